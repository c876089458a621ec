import { describe, expect, test } from "vitest";
import type { LiveModel, UpstreamFigures } from "../../api/types";
import { failures, keyPlace, kind, names, requests, span, speed, standing } from "./models";

const FIGURES: UpstreamFigures = {
  breaker: { state: "closed", failures: 0 },
  attempts: 3,
  answers: 1,
  failures: [],
  last_error: null,
  first_word: null,
};
const TROUBLE = { cause: "no key", remedy: "set it" };

describe("whether a model is asked", () => {
  test.each<[Partial<UpstreamFigures>, string]>([
    [{}, "Asked"],
    [{ attempts: 0 }, "Not asked yet"],
    [{ breaker: { state: "closed", failures: 2 } }, "Asked, after 2 failures in a row"],
    [{ breaker: { state: "open", left_ms: 4200 } }, "Left alone for 5 seconds"],
    [{ breaker: { state: "open", left_ms: 0 } }, "Left alone until the next prompt"],
    [{ breaker: { state: "half_open" } }, "Being tried again"],
  ])("%o is told as %s", (more, words) => {
    expect(standing({ trouble: null, upstream: { ...FIGURES, ...more } })).toBe(words);
  });

  test("one that cannot work is not", () => {
    expect(standing({ trouble: TROUBLE, upstream: null })).toBe("Cannot be asked");
  });
});

test("figures in words", () => {
  const first_word = { median_ms: 420, p95_ms: 1100, slowest_ms: 1240, answers: 9 };
  const busy: UpstreamFigures["failures"] = [
    { kind: "busy", count: 2 },
    { kind: "cut", count: 1 },
  ];
  expect([requests(FIGURES), failures(FIGURES), speed(FIGURES)]).toEqual(["3 requests, 1 answer", "", "no answer yet"]);
  expect(failures({ ...FIGURES, failures: busy })).toBe("2 × busy (429), 1 × broken off");
  expect(speed({ ...FIGURES, first_word })).toBe("median 420 ms, slowest 1.2 s");
});

test.each<[LiveModel["key"], string]>([
  [{ in: "nowhere" }, "no key"],
  [{ in: "environment", name: "CAVEAT_KEY_A" }, "key in CAVEAT_KEY_A"],
  [{ in: "file", name: "/etc/key" }, "key in /etc/key"],
])("%o is a place", (key, words) => {
  expect(keyPlace({ key })).toBe(words);
});

test.each<[Pick<LiveModel, "preset" | "dialect">, string]>([
  [{ preset: "llama_cpp", dialect: "openai_chat" }, "llama.cpp, m"],
  [{ preset: null, dialect: "anthropic" }, "Anthropic messages, m"],
])("%o is a kind", (model, words) => {
  expect(kind({ ...model, model: "m" })).toBe(words);
});

test.each([
  [1, "1 second"],
  [61_000, "61 seconds"],
  [120_000, "2 minutes"],
  [3 * 3_600_000, "3 hours"],
])("%i ms are %s", (ms, words) => {
  expect(span(ms)).toBe(words);
});

test("names are read as people write them", () => {
  expect(names(" local, big  offline,")).toEqual(["local", "big", "offline"]);
});
