import { describe, expect, test } from "vitest";
import { locate } from "./quote";

describe("words of an answer", () => {
  const text = "Here is what I see. faithfulness compares an answer with the retrieved chunks (0.89), nothing else.";
  test.each([
    ["retrieved chunks", "retrieved chunks"],
    ["`faithfulness` compares *an* answer", "faithfulness compares an answer"],
    ["the  retrieved\nchunks (0.89),", "the retrieved chunks (0.89"],
    ["Here", "Here"],
    ["else.", "else"],
  ])("%o is found", (quote, found) => {
    const place = locate(text, quote);
    expect(place && text.slice(place.start, place.end)).toBe(found);
  });

  test.each(["retrieved pages", "", "…!", "chunks 0.9"])("%o is not there", (quote) => {
    expect(locate(text, quote)).toBeNull();
  });

  test("letters outside the basic plane are whole", () => {
    const place = locate("x \u{1D465} = größer 3", "\u{1D465} = größer");
    expect(place).toEqual({ start: 2, end: 13 });
  });
});
