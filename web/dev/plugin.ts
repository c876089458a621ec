/** A fake of the server's HTTP interface for `vite` and `vite preview`, with the real Content-Security-Policy on preview. */

import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Connect, Plugin } from "vite";
import type * as T from "../src/api/types";
import { sampleModels } from "./models";
import { sampleReport } from "./report";
import { BRIEF, COMMITS, DIFF, FILES } from "./repository";
import { FakeSession } from "./state";

const sessions = new Map<string, FakeSession>();
const models = sampleModels();
const ISOLATION = { level: "namespaces and Landlock", refusal: null };
let down = false;

export function fakeServer(): Plugin {
  const active = !process.env["CAVEAT_SERVER"];
  return {
    name: "fake-server",
    configureServer: (server) => void (active && server.middlewares.use(api)),
    configurePreviewServer(server) {
      server.middlewares.use(active ? api : (_request, _response, next) => next());
      server.middlewares.use(page);
    },
  };
}

/** The built page as the server sends it: a nonce in its place, and the policy. */
const page: Connect.NextHandleFunction = (request, response, next) => {
  const path = (request.url ?? "/").split("?")[0] ?? "/";
  if (/\.\w+$/.test(path)) return next();
  const nonce = crypto.randomUUID().replaceAll("-", "");
  const html = readFileSync(new URL("../dist/index.html", import.meta.url), "utf8").replace("__CSP_NONCE__", nonce);
  response.setHeader(
    "Content-Security-Policy",
    `default-src 'none'; script-src 'self'; style-src 'self' 'nonce-${nonce}'; font-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  );
  response.setHeader("Content-Type", "text/html; charset=utf-8");
  response.end(html);
};

const api: Connect.NextHandleFunction = (request, response, next) => {
  const url = new URL(request.url ?? "/", "http://fake");
  if (!url.pathname.startsWith("/api/")) return next();
  void answer(request, response, url).catch((error: unknown) => fail(response, 500, "broken", String(error)));
};

async function answer(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
  const path = url.pathname.slice("/api/".length);
  if (path === "fake/down") return send(response, { down: (down = url.searchParams.get("is") === "true") });
  if (down) return void response.writeHead(502).end();
  const body = request.method === "GET" ? {} : ((await read(request)) as Record<string, unknown>);
  if (path === "health") return send(response, { version: "0.1.0", isolation: ISOLATION, models: ["local-model"] });
  if (path === "me")
    return send(response, {
      actor: { type: "owner" },
      person: null,
      may_set_up: true,
      may_list: true,
      may_administer: true,
      awaits_set_up: false,
    });
  if (path === "people") return send(response, { people: [] });
  if (path === "keys") return send(response, { keys: [] });
  if (/^models(\/|$)/.test(path)) {
    const { status, value, after } = models.answer(
      request.method ?? "",
      path.split("/").slice(1).map(decodeURIComponent),
      body,
    );
    await new Promise((done) => setTimeout(done, after));
    return status === 204 ? void response.writeHead(204).end() : send(response, value, status);
  }
  if (path === "audit") return send(response, { entries: [] });
  if (path === "tasks") return send(response, library());
  if (path === "sessions")
    return request.method === "POST" ? create(response, body) : send(response, { sessions: list() });
  const match = /^sessions\/([^/]+)(?:\/(.*))?$/.exec(path);
  const session = sessions.get(match?.[1] ?? "");
  if (!session) return fail(response, 404, "not_found", "There is no such session.");
  const key = /^Bearer (\w+)-/.exec(request.headers.authorization ?? "")?.[1];
  if (!key) return fail(response, 401, "unauthorized", "The session's key is missing.");
  return route(request, response, url, session, match?.[2] ?? "", body, key === "c" ? "candidate" : "staff");
}

async function route(
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  session: FakeSession,
  path: string,
  body: Record<string, unknown>,
  role: "candidate" | "staff",
): Promise<void> {
  const query = (name: string) => url.searchParams.get(name) ?? "";
  const [head, ...rest] = path.split("/").map(decodeURIComponent);
  const below = rest.join("/");
  const done = (fact: T.CandidateFact) => {
    session.fact(fact);
    send(response, { n: session.view.n }, 201);
  };
  if (request.method === "GET") return read_(head ?? "", below, query, request, response, session, role);
  switch (head) {
    case "consent":
      return done({ kind: "consented", data: { views: body["views"] === true } });
    case "start":
      return done({ kind: "started", data: { deadline: session.now + session.view.clock.minutes * 60_000 } });
    case "pause":
      return done({ kind: "paused", data: { why: String(body["why"]) } });
    case "resume":
      return done({ kind: "resumed", data: {} });
    case "edits":
      return change(response, session, body);
    case "views":
      session.looking = body as unknown as T.Viewed;
      session.log({ kind: "viewed", data: session.looking });
      return void response.writeHead(204).end();
    case "prompts":
      session.ask({
        prompt: String(body["id"]),
        chat: String(body["chat"]),
        text: String(body["text"]),
        context: body["context"] as T.ContextItem[],
        model: body["model"] as string | null,
      });
      return send(response, { id: body["id"] }, 202);
    case "cards":
      if (request.method === "PUT") session.hold(body["held"] === true);
      else if (session.view.exchanges.some((exchange) => exchange.outcome === null))
        return fail(response, 409, "answer_pending", "an answer is still on its way");
      else if (!session.volunteer()) return fail(response, 409, "no_card", "nothing is left");
      return send(response, { n: session.view.n });
    case "answers":
      return done({
        kind: "flagged",
        data: {
          flag: String(body["id"]),
          answer: rest[0] ?? "",
          reason: String(body["reason"]),
          ...(body["quote"] ? { quote: String(body["quote"]) } : {}),
        },
      });
    case "flags":
      return done({ kind: "flag_withdrawn", data: { flag: below } });
    case "runs":
      session.run(String(body["id"]), body["target"] as string[]);
      return send(response, { id: body["id"] }, 202);
    case "hypotheses":
      if (request.method === "POST")
        return done({ kind: "hypothesised", data: { hypothesis: String(body["id"]), text: String(body["text"]) } });
      return done({
        kind: "hypothesis_changed",
        data: { hypothesis: below, ...(body as Omit<T.HypothesisChanged, "hypothesis">) },
      });
    case "questions":
      return done({ kind: "question_answered", data: { question: below, choice: Number(body["choice"]) } });
    case "submission":
      session.submit(String(body["diagnosis"]));
      return send(response, {}, 202);
    default:
      return fail(response, 404, "not_found", `No route ${path}.`);
  }
}

function read_(
  head: string,
  below: string,
  query: (name: string) => string,
  request: IncomingMessage,
  response: ServerResponse,
  session: FakeSession,
  role: "candidate" | "staff",
): void {
  const files = [...session.files].map(([path, text]) => ({ path, lines: text.toString().split("\n") }));
  const grep = (text: string) =>
    files.flatMap(({ path, lines }) =>
      lines.flatMap((line, at) =>
        text && line.toLowerCase().includes(text.toLowerCase())
          ? [
              {
                path,
                line: at + 1,
                column: line.toLowerCase().indexOf(text.toLowerCase()),
                text: line,
                certain: true,
              },
            ]
          : [],
      ),
    );
  const word = () => {
    const text = session.text(query("path")) ?? "";
    const at = Number(query("offset"));
    return (/\w*$/.exec(text.slice(0, at))?.[0] ?? "") + (/^\w*/.exec(text.slice(at))?.[0] ?? "");
  };
  switch (head) {
    case "": {
      const view = { ...session.view, clock: session.clock() };
      const staff = {
        seq: session.staff.length,
        candidate: view,
        looking_at: session.looking,
        exposed: session.view.exchanges.length,
        pairs: 12,
        cards_held: session.held,
        card_due: session.held || session.view.clock.started === null ? null : session.now + 5 * 60_000,
      };
      return send(response, {
        role: role === "candidate" ? "candidate" : "reviewer",
        brief: BRIEF,
        view: role === "candidate" ? view : null,
        staff: role === "candidate" ? null : staff,
        can_run: true,
        isolation: ISOLATION,
      });
    }
    case "events":
      if (!request.headers.accept?.includes("event-stream")) {
        return send(response, { events: role === "candidate" ? [] : session.staff.slice(Number(query("after"))) });
      }
      return feed(request, response, session, role, Number(query("after")));
    case "files": {
      const text = session.text(below);
      if (text === null) return fail(response, 404, "not_found", `There is no file ${below}.`);
      return send(response, {
        path: below,
        text,
        version: session.view.files.find((file) => file.path === below)?.version ?? 0,
      });
    }
    case "edits":
      return send(response, {
        edits: session.edits.filter((edit) => edit.path === query("path") && edit.version > Number(query("after"))),
      });
    case "search":
      return send(response, { hits: grep(query("q")), truncated: false });
    case "outline": {
      const items = (session.text(query("path")) ?? "").split("\n").flatMap((line, at) => {
        const found = /^(\s*)(def|class) (\w+)/.exec(line);
        return found
          ? [
              {
                name: found[3],
                kind: found[2] === "class" ? "class" : found[1] ? "method" : "function",
                line: at + 1,
                end_line: at + 3,
                children: [],
              },
            ]
          : [];
      });
      return send(response, { items });
    }
    case "definition": {
      const name = word();
      return send(response, {
        targets: grep(`class ${name}`)
          .concat(grep(`def ${name}(`))
          .map((hit) => ({ ...hit, name, kind: "function", signature: hit.text })),
      });
    }
    case "references":
      return send(response, { references: grep(word()) });
    case "symbols":
      return send(response, {
        symbols: grep(`def ${query("q")}`).map((hit) => ({
          path: hit.path,
          line: hit.line,
          name: hit.text.trim(),
          qualified: /def (\w+)/.exec(hit.text)?.[1] ?? "",
          kind: "function",
        })),
      });
    case "history": {
      const commit = COMMITS.find((one) => one.id === below);
      if (below) return send(response, { commit: commit ?? COMMITS[0], diff: DIFF });
      return send(response, { commits: COMMITS.filter((one) => !query("path") || one.files.includes(query("path"))) });
    }
    case "revisions":
      return send(response, { text: FILES[below.split("/").slice(1).join("/")] ?? "" });
    case "blame": {
      const lines = (session.text(query("path")) ?? "").split("\n");
      return send(response, {
        lines: lines.map((_, at) => {
          const commit = COMMITS[(Math.floor(at / 6) % 3) + 1] ?? COMMITS[0];
          return {
            line: at + 1,
            commit: commit?.id,
            author: commit?.author,
            when: commit?.when,
            subject: commit?.subject,
          };
        }),
      });
    }
    case "changes":
      return send(response, { diff: session.edits.length > 0 ? DIFF : "" });
    case "report":
      return send(response, sampleReport(session));
    case "export":
      return void response
        .writeHead(200, { "Content-Type": "application/jsonl" })
        .end(session.staff.map((event) => JSON.stringify(event)).join("\n"));
    default:
      return fail(response, 404, "not_found", `No route ${head}.`);
  }
}

function change(response: ServerResponse, session: FakeSession, body: Record<string, unknown>): void {
  if (body["type"] === "edit") {
    const { type: _, ...edit } = body;
    const result = session.edit(edit as unknown as T.Edited);
    if (result === "stale") return fail(response, 409, "stale_version", "The file is at another version.");
    if (result === "missing") return fail(response, 404, "not_found", "There is no such file.");
  } else if (body["type"] === "create") {
    void import("@codemirror/state").then(({ Text }) =>
      session.files.set(String(body["path"]), Text.of(String(body["text"]).split("\n"))),
    );
    session.fact({ kind: "file_created", data: { path: String(body["path"]), text: String(body["text"]) } });
  } else if (body["type"] === "rename") {
    const text = session.files.get(String(body["from"]));
    if (text) session.files.set(String(body["to"]), text);
    session.files.delete(String(body["from"]));
    session.fact({ kind: "file_renamed", data: { from: String(body["from"]), to: String(body["to"]) } });
  } else {
    session.files.delete(String(body["path"]));
    session.fact({ kind: "file_deleted", data: { path: String(body["path"]) } });
  }
  send(response, { n: session.view.n });
}

function feed(
  request: IncomingMessage,
  response: ServerResponse,
  session: FakeSession,
  role: "candidate" | "staff",
  after: number,
): void {
  response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
  const listener = (name: string, id: string | null, data: unknown) =>
    void response.write(`event: ${name}\n${id === null ? "" : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`);
  if (role === "candidate")
    for (const { n, at, fact } of session.candidate.slice(after)) listener("fact", String(n), { n, at, ...fact });
  else for (const event of session.staff.slice(after)) listener("fact", String(event.seq), event);
  listener("clock", null, session.clock());
  session.listeners.set(listener, role);
  const ticker = setInterval(() => (down ? response.destroy() : listener("clock", null, session.clock())), 2000);
  request.on("close", () => {
    clearInterval(ticker);
    session.listeners.delete(listener);
  });
}

function create(response: ServerResponse, body: Record<string, unknown>): void {
  const id = crypto.randomUUID();
  const session = new FakeSession(
    id,
    body["mode"] === "interview" ? "interview" : "practice",
    Number(body["minutes"] ?? 45),
  );
  sessions.set(id, session);
  send(response, { id, links: links(id) }, 201);
}

function list(): T.SessionSummary[] {
  return [...sessions.values()].map(({ id, view, mode, began }) => ({
    id,
    task: view.task,
    title: BRIEF.title,
    phase: view.phase,
    mode,
    created: began,
  }));
}

function links(id: string): T.Links {
  return {
    candidate: `http://fake/session/${id}#key=c-${id}`,
    observe: `http://fake/observe/${id}#key=o-${id}`,
    review: `http://fake/review/${id}#key=r-${id}`,
  };
}

function library(): T.Library {
  const other = {
    ...BRIEF,
    name: "agent_budget",
    title: "The agent spends twice",
    summary: "A tool-calling agent books the same trip two times when a tool answers late.",
    level: "mid",
    minutes: 35,
    focus: ["agents", "idempotency"],
  };
  return {
    tasks: [
      { brief: BRIEF, pairs: 14, checks: 5 },
      { brief: other, pairs: 12, checks: 4 },
    ],
    problems: [
      {
        task: "token_cost",
        file: "tasks/token_cost/pairs/cache.toml",
        line: 12,
        what: "the plant is 9 % longer than the control",
        hint: "Bring both within 5 % of each other.",
      },
    ],
  };
}

async function read(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString("utf8");
  return text === "" ? {} : JSON.parse(text);
}

function send(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(value));
}

function fail(response: ServerResponse, status: number, code: string, detail: string): void {
  send(response, { error: { code, detail } }, status);
}
