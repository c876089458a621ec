import { expect, test } from "vitest";
import type { ExchangeView } from "../api/types";
import { besideWords, cardsIn, chatsOf, isAwaited, news, shownIn } from "./chat";

const exchange = (prompt: string, chat: string, words: string | null, whole: boolean): ExchangeView => ({
  prompt: { prompt, chat, text: `Why ${prompt}?\nTell me.`, context: [], model: null },
  volunteered: false,
  at: 0,
  answer: words === null ? null : { answer: `a-${prompt}`, text: words },
  outcome: whole ? "complete" : null,
});
const card = (prompt: string, chat: string, words: string | null, whole: boolean): ExchangeView => ({
  ...exchange(prompt, chat, words, whole),
  prompt: { prompt, chat, text: "", context: [], model: null },
  volunteered: true,
});
const names = (exchanges: ExchangeView[]) => exchanges.map(({ prompt }) => prompt.prompt);

const LOG = [
  card("c1", "unknown", "First.", true),
  exchange("p1", "one", "Yes.", true),
  card("c2", "one", "Second.", true),
  exchange("p2", "two", "No.", true),
];

test("a chat is named by its first prompt; cards make and name none", () => {
  expect(chatsOf(LOG)).toEqual([
    { chat: "one", title: "Why p1?" },
    { chat: "two", title: "Why p2?" },
  ]);
  expect(chatsOf(LOG.slice(0, 1))).toEqual([]);
});

test.each([
  ["one", ["c1", "p1", "c2"]],
  ["two", ["c1", "c2", "p2"]],
  ["a chat that nobody wrote in", ["c1", "c2"]],
  [null, ["c1", "c2"]],
])("cards stand in every conversation, in the order of time: %s", (chat, expected) => {
  expect(names(shownIn(LOG, chat))).toEqual(expected);
});

test("a card is shown as soon as words of it are there, a prompt at once", () => {
  const log = [exchange("p", "one", null, false), card("c", "one", null, false), card("d", "one", "Some", false)];
  expect(names(shownIn(log, "one"))).toEqual(["p", "d"]);
  expect(cardsIn(log)).toBe(1);
});

test("the next prompt waits for an answer and never for a card", () => {
  expect(isAwaited([...LOG, card("c3", "one", "Thi", false)])).toBe(false);
  expect(isAwaited([...LOG, exchange("p3", "one", "Thi", false), card("c3", "one", "Third.", true)])).toBe(true);
});

test("what became whole is told once, in whichever order it did", () => {
  const told = new Set<string>();
  const log = (first: boolean, second: boolean) => [card("c", "one", "A.", first), exchange("p", "one", "B.", second)];
  expect(news(log(false, false), told)).toBe("");
  expect(news(log(false, true), told)).toBe("The assistant answered: B.");
  expect(news(log(true, true), told)).toBe("The assistant adds: A.");
  expect(news(log(true, true), told)).toBe("");
});

test("beside a prompt stands which model it was for, where there was a choice, and what it came with", () => {
  const { prompt } = exchange("a", "c", null, false);
  const run = { type: "run" as const, run: "r" };
  expect(besideWords(prompt)).toBe("");
  expect(besideWords({ ...prompt, model: "claude" })).toBe("to claude");
  expect(besideWords({ ...prompt, context: [run] })).toBe("with last run");
  expect(besideWords({ ...prompt, context: [run, { type: "repository" }] })).toBe("with last run, whole repository");
  expect(besideWords({ ...prompt, model: "claude", context: [run] })).toBe("to claude with last run");
});
