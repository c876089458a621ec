import { describe, expect, test } from "vitest";
import { FakeModels } from "../../../dev/models";
import type { LiveModel, UpstreamFigures } from "../../api/types";
import {
  behind,
  failures,
  keyPlace,
  kind,
  lastError,
  order,
  outcome,
  price,
  prices,
  pricing,
  requests,
  span,
  speed,
  standing,
} from "./models";

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
  const none = ["3 requests, 1 answer", "nothing failed", "no answer yet"];
  expect([requests(FIGURES), failures(FIGURES), speed(FIGURES)]).toEqual(none);
  expect(failures({ ...FIGURES, failures: busy })).toBe("2\u00a0× busy (429), 1\u00a0× broken off");
  expect(speed({ ...FIGURES, first_word })).toBe("median 420\u00a0ms, slowest 1.2\u00a0s");
  expect(lastError(FIGURES)).toBe("No error so far.");
  expect(lastError({ last_error: { text: "it broke off", ago_ms: 61_000 } })).toBe(
    "Last error 61 seconds ago: It broke off.",
  );
});

test("a test ends in words", () => {
  expect(outcome({ upstream: "a", first_word_ms: 420, trouble: null })).toBe("it answers, first word after 420 ms.");
  expect(outcome({ upstream: "a", first_word_ms: null, trouble: TROUBLE })).toBe("No key. To mend it: set it.");
});

test.each<[LiveModel["key"], boolean, string]>([
  [{ in: "nowhere" }, false, "no key is sent"],
  [{ in: "environment", name: "CAVEAT_KEY_A" }, false, "key in CAVEAT_KEY_A"],
  [{ in: "environment", name: "CAVEAT_KEY_A" }, true, "key in CAVEAT_KEY_A, which is not set"],
  [{ in: "file", name: "/etc/key" }, false, "key in /etc/key"],
])("%o is a place, and missing: %s", (key, key_missing, words) => {
  expect(keyPlace({ key, key_missing })).toBe(words);
});

describe("who is asked, and what that costs", () => {
  const { models } = new FakeModels([
    { name: "free", model: "m", base_url: "http://a/v1", price_in: 0 },
    { name: "dear", model: "m", base_url: "http://a/v1", price_in: 3, price_out: 15, fallback: ["offline"] },
    { name: "cheap", model: "m", base_url: "http://a/v1", price_in: 0.075 },
    { name: "first", model: "m", base_url: "http://a/v1", fallback: ["free", "dear"] },
    { name: "second", model: "m", base_url: "http://a/v1", price_out: 1, fallback: ["first", "cheap", "offline"] },
    { name: "keyless", model: "m", base_url: "http://a/v1", key_env: "CAVEAT_KEY_GONE", fallback: ["free"] },
    { name: "third", model: "m", base_url: "http://a/v1", fallback: ["keyless"] },
  ]);
  const of = (name: string) => order(models.find((model) => model.name === name) as LiveModel, models);

  test.each([
    ["free", "nobody: a prompt stays unanswered"],
    ["dear", "then the offline assistant"],
    ["first", "then free, then dear, then the offline assistant"],
    ["second", "then first, then free, then dear, then cheap, then the offline assistant"],
    ["third", "nobody: a prompt stays unanswered"],
  ])("behind %s comes %s", (name, words) => {
    expect(behind(of(name))).toBe(words);
  });

  const none = "none. A session with this model alone can have no budget for cost, and staff see tokens but no cost.";
  test.each([
    ["free", "no prices, so no budget for cost", none],
    ["dear", "a million tokens: 3.00 read, 15.00 written", "a million tokens: 3.00 read, 15.00 written."],
    ["cheap", "a million tokens: 0.075 read, 0.00 written", "a million tokens: 0.075 read, 0.00 written."],
    ["first", "no prices of its own", "none. A budget for cost counts at the prices of dear, which it falls back to."],
    [
      "second",
      "a million tokens: 0.00 read, 1.00 written",
      "a million tokens: 0.00 read, 1.00 written. A budget for cost counts at the dearest of these and those of dear and cheap.",
    ],
    ["third", "no prices, so no budget for cost", none],
  ])("%s has %s", (name, short, long) => {
    expect([prices(of(name)), pricing(of(name))]).toEqual([short, long]);
  });
});

test.each([
  [3, "3.00"],
  [0.15, "0.15"],
  [0.075, "0.075"],
  [1.2345678, "1.234568"],
  [100, "100.00"],
])("%f is written %s", (units, words) => {
  expect(price(units)).toBe(words);
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
