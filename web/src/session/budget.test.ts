import { describe, expect, test } from "vitest";
import type { ExchangeView } from "../api/types";
import { left } from "./budget";

const exchange = (volunteered: boolean): ExchangeView => ({
  prompt: { prompt: "p", chat: "c", text: "Why?", context: [], model: null },
  volunteered,
  at: 0,
  answer: null,
  outcome: "complete",
});

describe("what is left of a budget", () => {
  test.each([
    [{ prompts: null, cost: null, spent: null }, "", false],
    [{ prompts: 3, cost: null, spent: null }, "2 prompts left", false],
    [{ prompts: 1, cost: null, spent: null }, "0 prompts left", true],
    [{ prompts: null, cost: 2_000_000, spent: 500_000 }, "1.50 of 2.00 left", false],
    [{ prompts: 2, cost: 2_000_000, spent: 2_100_000 }, "1 prompt left · 0.00 of 2.00 left", true],
  ])("%j", (budget, words, over) => {
    // A remark of the assistant is no prompt.
    const told = left({ budget, exchanges: [exchange(false), exchange(true)] });
    expect(told.words).toBe(words);
    expect(told.over !== "").toBe(over);
  });
});
