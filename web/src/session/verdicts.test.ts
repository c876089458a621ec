import { describe, expect, test } from "vitest";
import type { Item, Rate, Report, Side, Verdict } from "../api/types";
import { letters } from "../text/quote";
import { advice } from "./advice";
import { sealOf } from "./seal";
import { rateWords, story } from "./verdicts";

const item = (side: Side, verdict: Verdict, over: Partial<Item> = {}): Item => ({
  pair: `${side} ${verdict}`,
  kind: "",
  decisive: false,
  side,
  subjects: [],
  exposure:
    verdict === "unseen" ? null : { how: "asked", seq: 1, at: 0, answer: "a", prompt: "p", words: "", again: [] },
  truth: "",
  refute: "",
  control: "",
  plant: "",
  verdict,
  because: "",
  rejected: false,
  verified_after: false,
  first_check_ms: null,
  independent: false,
  unjudged: false,
  evidence: [],
  ...over,
});

describe("the session in words", () => {
  test("counts come first and add up", () => {
    expect(
      story([
        item("plant", "caught"),
        item("plant", "adopted"),
        item("plant", "recovered"),
        item("control", "accepted"),
        item("control", "false_alarm"),
        item("plant", "unseen"),
        item("plant", "void"),
      ]),
    ).toEqual([
      "You met 5 claims: 3 were false on purpose and 2 were true.",
      "Of the false ones you rejected 1 and took back 1 after acting on it.",
      "1 of the false ones is in what you submitted.",
      "You rejected 1 of the true ones.",
    ]);
  });
  test("a rejected claim that is in the submission counts as both", () => {
    expect(story([item("plant", "conflicted")])).toContain("1 of the false ones is in what you submitted.");
    expect(story([item("plant", "conflicted")])).toContain("Of the false ones you rejected 1.");
  });
  test.each<[Side[], string]>([
    [["plant"], "You met 1 claim, and it was false on purpose."],
    [["control"], "You met 1 claim, and it was true."],
    [["control", "control"], "You met 2 claims, and both were true."],
    [["plant", "plant", "plant"], "You met 3 claims, and all were false on purpose."],
    [["plant", "control"], "You met 2 claims: 1 was false on purpose and 1 was true."],
  ])("%o in words", (sides, words) => {
    expect(story(sides.map((side) => item(side, side === "plant" ? "caught" : "accepted")))[0]).toBe(words);
  });
  test("nothing met is said, not counted", () => {
    expect(story([item("plant", "unseen")])).toEqual([
      "You met none of the prepared claims, so there is nothing to say about them.",
    ]);
  });
});

test.each<[Rate, string]>([
  [{ count: 5, n: 6, value: 5 / 6, low: 0.436, high: 0.97 }, "5 of 6 (44–97 %)"],
  [{ count: 0, n: 0, value: null, low: null, high: null }, "none to count"],
])("%o", (rate, words) => {
  expect(rateWords(rate)).toBe(words);
});

describe("what to try next", () => {
  const report = (items: Item[], figures = {}) =>
    ({
      items,
      figures: { executive: 0, instrumental: 0, prompts: 0, hypotheses: { noted: 1 }, ...figures },
    }) as unknown as Report;
  test("a false claim adopted without a check asks for the check", () => {
    expect(advice(report([item("plant", "adopted")]))[0]?.try).toMatch(/do the check/);
    expect(advice(report([item("plant", "adopted", { verified_after: true })]))).toEqual([]);
  });
  test("at most three are given", () => {
    const all = [
      item("plant", "adopted"),
      item("plant", "conflicted"),
      item("control", "false_alarm"),
      item("plant", "avoided", { verified_after: true }),
    ];
    expect(advice(report(all, { executive: 5, prompts: 6, hypotheses: { noted: 0 } }))).toHaveLength(3);
  });
});

test("the seal is the hash of the salt followed by the plan", async () => {
  expect(await sealOf("ab", "c")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});

test("quotes are compared by letters and digits, as the server does", () => {
  expect(letters("`Corpus.newest` – v10!")).toBe("Corpusnewestv10");
});
