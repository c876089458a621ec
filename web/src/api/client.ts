/** One thin way to the server: JSON in, JSON out, errors as two kinds that callers treat differently. */

import { address, type Answer, type Arguments, type Body, type Method, type Rest, type Route } from "./routes";
import type { SessionBase } from "./routes";
import type { components } from "./schema";
import { sentence } from "../text/format";
import type * as T from "./types";

/** The server answered, and said no. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly hint: string | null,
  ) {
    super([detail, hint ?? ""].filter(Boolean).map(sentence).join(" "));
    this.name = "ApiError";
  }
}

/** Nothing came back: offline, server down. Trying again is harmless. */
export class Unreachable extends Error {
  constructor(cause: unknown) {
    super("The server cannot be reached. Nothing is lost: this page keeps trying.", { cause });
    this.name = "Unreachable";
  }
}

export type Fetch = typeof fetch;

/** Calls the routes below a base; which there are, and what they take and give, says the server's document. */
export class Client<Base extends string = SessionBase> {
  constructor(
    /** The base with its braces filled. */
    readonly base: string,
    private readonly key: string | null,
    private readonly fetcher: Fetch = (input, init) => fetch(input, init),
  ) {}

  get<R extends Route<Base, "GET">>(
    route: R,
    ...[values]: Rest<Arguments<Base, "GET", R>>
  ): Promise<Answer<Base, "GET", R>> {
    return this.request("GET", address(route, values ?? {}));
  }

  send<M extends Method, R extends Route<Base, M>>(
    method: M,
    route: R,
    body: Body<Base, M, R>,
    ...[values]: Rest<Arguments<Base, M, R>>
  ): Promise<Answer<Base, M, R>> {
    return this.request(method, address(route, values ?? {}), body);
  }

  /** A response whose body the caller reads as it comes. */
  open<R extends Route<Base, "GET">>(
    route: R,
    values: Arguments<Base, "GET", R>,
    { accept, signal, headers = {} }: { accept: string; signal?: AbortSignal; headers?: Record<string, string> },
  ): Promise<Response> {
    return this.read(address(route, values), { ...this.headers(accept), ...headers }, signal);
  }

  /** A call whose address was made before, such as one that waited. */
  async request<R>(method: Method, path: string, body?: unknown): Promise<R> {
    const headers = this.headers();
    if (body !== undefined) headers["Content-Type"] = "application/json";
    const init: RequestInit = { method, headers, cache: "no-store" };
    if (body !== undefined) init.body = JSON.stringify(body);
    const response = await this.reach(path, init);
    const text = await response.text().catch((cause: unknown) => {
      throw new Unreachable(cause);
    });
    if (!response.ok) throw failure(response.status, text);
    return (text === "" ? undefined : JSON.parse(text)) as R;
  }

  private headers(accept = "application/json"): Record<string, string> {
    const headers: Record<string, string> = { Accept: accept };
    if (this.key !== null) headers["Authorization"] = `Bearer ${this.key}`;
    return headers;
  }

  private async read(path: string, headers: Record<string, string>, signal?: AbortSignal): Promise<Response> {
    const response = await this.reach(path, { headers, cache: "no-store", ...(signal ? { signal } : {}) });
    if (!response.ok) throw failure(response.status, await response.text().catch(() => ""));
    return response;
  }

  private async reach(path: string, init: RequestInit): Promise<Response> {
    let response: Response;
    try {
      response = await this.fetcher(this.base + path, init);
    } catch (cause) {
      if (init.signal?.aborted) throw cause;
      throw new Unreachable(cause);
    }
    // A gateway in between that cannot reach the server is the same to us as no network, and so is a server that asks
    // to be left in peace for a while: what waits is sent again.
    if (![429, 502, 503, 504].includes(response.status)) return response;
    const refusal = failure(response.status, await response.text().catch(() => ""));
    // Guessing at a password is nothing that waits: who tries must know.
    throw refusal.code === "too_many_tries" ? refusal : new Unreachable(refusal);
  }
}

/** Routes that need no session. */
export function library(fetcher?: Fetch) {
  const client = new Client<"/api">("/api", null, fetcher);
  return {
    health: () => client.get("/health"),
    tasks: () => client.get("/tasks"),
    sessions: () => client.get("/sessions"),
    create: (session: T.NewSession) => client.send("POST", "/sessions", session),
  };
}

/** Routes about who comes in. */
export function accounts(fetcher?: Fetch) {
  const client = new Client<"/api">("/api", null, fetcher);
  return {
    me: () => client.get("/me"),
    setUp: (first: T.FirstAdmin) => client.send("POST", "/setup", first),
    signIn: (who: T.SignIn) => client.send("POST", "/sign-in", who),
    signOut: () => client.send("POST", "/sign-out", undefined),
    changePassword: (change: T.PasswordChange) => client.send("PUT", "/me/password", change),
    people: () => client.get("/people"),
    add: (person: T.NewPerson) => client.send("POST", "/people", person),
    change: (person: T.Id, change: T.PersonChange) => client.send("PUT", "/people/{person}", change, { person }),
    audit: (before?: number) => client.get("/audit", { before }),
    keys: () => client.get("/keys"),
    makeKey: (key: T.NewApiKey) => client.send("POST", "/keys", key),
    revokeKey: (key: T.Id) => client.send("DELETE", "/keys/{key}", undefined, { key }),
    models: () => client.get("/models"),
    addModel: (model: T.WrittenModel) => client.send("POST", "/models", model),
    changeModel: (name: string, change: T.ModelChange) => client.send("PUT", "/models/{name}", change, { name }),
    testModel: (name: string) => client.send("POST", "/models/{name}/test", undefined, { name }),
    removeModel: (name: string) => client.send("DELETE", "/models/{name}", undefined, { name }),
    remove: (person: T.Id) => client.send("DELETE", "/people/{person}", undefined, { person }),
  };
}

/** A client for one session's routes. */
export function sessionClient(id: T.Id, key: string | null, fetcher?: Fetch): Client {
  return new Client(`/api/sessions/${encodeURIComponent(id)}`, key, fetcher);
}

/** What went wrong, in words for the page. */
export function explain(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

type ErrorBody = components["schemas"]["ErrorBody"];
function failure(status: number, text: string): ApiError {
  try {
    const { error } = JSON.parse(text) as ErrorBody;
    return new ApiError(status, error.code, error.detail, error.hint ?? null);
  } catch {
    return new ApiError(status, `http_${status}`, `The server answered with status ${status}.`, null);
  }
}
