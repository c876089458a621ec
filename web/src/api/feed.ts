/** Follows a session's live feed: reads, notices silence, waits, comes back where it left off. */

import { ApiError, type Client } from "./client";
import { SseParser, type SseMessage } from "./sse";

export type LinkState = "connecting" | "live" | "offline";

export interface FeedOptions {
  client: Client;
  /** Number of the last event that is known. */
  after: () => number;
  message: (message: SseMessage) => void;
  state: (state: LinkState) => void;
  /** The server said no for good (wrong key, no such session). */
  refused: (error: ApiError) => void;
  signal: AbortSignal;
  sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  random?: () => number;
}

/** The server sends a clock every ten seconds; this long without a word means that the line is dead. */
export const SILENCE_MS = 25_000;
const FIRST_WAIT_MS = 400;
const LONGEST_WAIT_MS = 8_000;

export async function follow(options: FeedOptions): Promise<void> {
  const sleep = options.sleep ?? pause;
  const random = options.random ?? Math.random;
  let failures = 0;
  while (!options.signal.aborted) {
    options.state(failures === 0 ? "connecting" : "offline");
    try {
      await listen(options, () => {
        failures = 0;
        options.state("live");
      });
    } catch (error) {
      if (options.signal.aborted) return;
      if (error instanceof ApiError && isFinal(error.status)) {
        options.refused(error);
        return;
      }
    }
    if (options.signal.aborted) return;
    failures += 1;
    options.state("offline");
    await sleep(backoff(failures, random()), options.signal).catch(() => undefined);
  }
}

/** How long to wait before the next attempt; half of it is chance, so that many pages do not come back at once. */
export function backoff(failures: number, chance: number): number {
  const full = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (failures - 1));
  return full / 2 + (full / 2) * chance;
}

async function listen(options: FeedOptions, opened: () => void): Promise<void> {
  const silence = new AbortController();
  const signal = AbortSignal.any([options.signal, silence.signal]);
  let timer = setTimeout(() => silence.abort(), SILENCE_MS);
  try {
    const after = options.after();
    const headers: Record<string, string> = after > 0 ? { "Last-Event-ID": String(after) } : {};
    const response = await options.client.open("/events", { after }, { accept: "text/event-stream", signal, headers });
    if (!response.body) return;
    opened();
    const parser = new SseParser();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), SILENCE_MS);
      for (const message of parser.push(value)) options.message(message);
    }
  } finally {
    clearTimeout(timer);
  }
}

function isFinal(status: number): boolean {
  return status === 401 || status === 403 || status === 404 || status === 410;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      window.removeEventListener("online", done);
      resolve();
    }
    signal.addEventListener("abort", done);
    // When the network is back there is no reason to wait any longer.
    window.addEventListener("online", done);
  });
}
