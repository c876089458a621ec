import { expect, test, vi } from "vitest";
import { Client } from "./client";
import { backoff, follow, type LinkState } from "./feed";

function stream(text: string): Response {
  return new Response(text, { status: 200 });
}

interface Script {
  responses: (() => Response | Promise<Response>)[];
}

async function run({ responses }: Script) {
  const ended = new AbortController();
  const asked: { url: string; resume: string | null }[] = [];
  const states: LinkState[] = [];
  const messages: string[] = [];
  const waits: number[] = [];
  let after = 0;
  let refused: number | null = null;
  const fetcher = vi.fn(async (url: RequestInfo | URL, init?: RequestInit) => {
    asked.push({ url: String(url), resume: new Headers(init?.headers).get("Last-Event-ID") });
    const next = responses.shift();
    if (!next) {
      ended.abort();
      throw new TypeError("no more");
    }
    return next();
  });
  await follow({
    client: new Client("/s", "k", fetcher as unknown as typeof fetch),
    after: () => after,
    message: (message) => {
      messages.push(message.data);
      if (message.id !== null) after = Number(message.id);
    },
    state: (state) => states.push(state),
    refused: (error) => (refused = error.status),
    signal: ended.signal,
    sleep: async (ms) => void waits.push(ms),
    random: () => 1,
  });
  return { asked, states, messages, waits, refused };
}

test("a feed that ends is taken up again after the last event", async () => {
  const { asked, messages } = await run({
    responses: [() => stream("id: 4\ndata: a\n\n"), () => stream("id: 5\ndata: b\n\n")],
  });
  expect(messages).toEqual(["a", "b"]);
  expect(asked.slice(0, 3)).toEqual([
    { url: "/s/events?after=0", resume: null },
    { url: "/s/events?after=4", resume: "4" },
    { url: "/s/events?after=5", resume: "5" },
  ]);
});

test("a server that is not reached is tried again, each time later", async () => {
  const down = () => Promise.reject(new TypeError("refused"));
  const { waits, states } = await run({ responses: [down, () => new Response("", { status: 502 }), down] });
  expect(waits).toEqual([400, 800, 1600]);
  expect(states[0]).toBe("connecting");
  expect(states.slice(1).every((state) => state === "offline")).toBe(true);
});

test("after a good line the waiting starts from the beginning", async () => {
  const down = () => Promise.reject(new TypeError("refused"));
  const { waits } = await run({ responses: [down, down, () => stream("data: a\n\n"), down] });
  expect(waits).toEqual([400, 800, 400, 800]);
});

test("a wrong key ends the feed", async () => {
  const body = JSON.stringify({ error: { code: "unauthorized", detail: "no" } });
  const { refused, asked } = await run({ responses: [() => new Response(body, { status: 401 })] });
  expect(refused).toBe(401);
  expect(asked).toHaveLength(1);
});

test("waiting grows to a limit, and half of it is chance", () => {
  expect(backoff(1, 0)).toBe(200);
  expect(backoff(3, 1)).toBe(1600);
  expect(backoff(20, 1)).toBe(8000);
});
