/** One thin way to the server: JSON in, JSON out, errors as two kinds that callers treat differently. */

import type * as T from "./types";

/** The server answered, and said no. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly hint: string | null,
  ) {
    super(hint ? `${detail} ${hint}` : detail);
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

export type Method = "GET" | "POST" | "PUT" | "DELETE";
export type Fetch = typeof fetch;

export class Client {
  constructor(
    readonly base: string,
    private readonly key: string | null,
    private readonly fetcher: Fetch = (input, init) => fetch(input, init),
  ) {}

  headers(accept = "application/json"): Record<string, string> {
    const headers: Record<string, string> = { Accept: accept };
    if (this.key !== null) headers["Authorization"] = `Bearer ${this.key}`;
    return headers;
  }

  async request<R>(method: Method, path: string, body?: unknown, signal?: AbortSignal): Promise<R> {
    const headers = this.headers();
    if (body !== undefined) headers["Content-Type"] = "application/json";
    const init: RequestInit = { method, headers, cache: "no-store" };
    if (body !== undefined) init.body = JSON.stringify(body);
    if (signal) init.signal = signal;
    const response = await this.reach(path, init);
    const text = await response.text().catch((cause: unknown) => {
      throw new Unreachable(cause);
    });
    if (!response.ok) throw failure(response.status, text);
    return (text === "" ? undefined : JSON.parse(text)) as R;
  }

  get<R>(path: string, query: Record<string, string | number | boolean | undefined> = {}, signal?: AbortSignal) {
    return this.request<R>("GET", path + search(query), undefined, signal);
  }

  /** A response whose body the caller reads as it comes. */
  async open(path: string, accept: string, extra: Record<string, string>, signal: AbortSignal): Promise<Response> {
    const headers = { ...this.headers(accept), ...extra };
    const response = await this.reach(path, { headers, signal, cache: "no-store" });
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
    // A gateway in between that cannot reach the server is the same to us as no network.
    if (response.status === 502 || response.status === 503 || response.status === 504) {
      throw new Unreachable(new Error(`status ${response.status}`));
    }
    return response;
  }
}

/** Routes that need no session. */
export function library(fetcher?: Fetch) {
  const client = new Client("/api", null, fetcher);
  return {
    health: () => client.get<T.Health>("/health"),
    tasks: () => client.get<T.Library>("/tasks"),
    sessions: () => client.get<{ sessions: T.SessionSummary[] }>("/sessions"),
    create: (session: T.NewSession) => client.request<{ id: T.Id; links: T.Links }>("POST", "/sessions", session),
  };
}

/** A client for one session's routes. */
export function sessionClient(id: T.Id, key: string | null, fetcher?: Fetch): Client {
  return new Client(`/api/sessions/${encodeURIComponent(id)}`, key, fetcher);
}

/** A path inside the repository as part of an URL. */
export function segments(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}

/** What went wrong, in words for the page. */
export function explain(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function search(query: Record<string, string | number | boolean | undefined>): string {
  const pairs = Object.entries(query).filter((pair): pair is [string, string | number | boolean] => {
    return pair[1] !== undefined;
  });
  if (pairs.length === 0) return "";
  return "?" + pairs.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
}

function failure(status: number, text: string): ApiError {
  try {
    const { error } = JSON.parse(text) as { error: { code: string; detail: string; hint?: string } };
    return new ApiError(status, error.code, error.detail, error.hint ?? null);
  } catch {
    return new ApiError(status, `http_${status}`, `The server answered with status ${status}.`, null);
  }
}
