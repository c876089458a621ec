import { expect, test } from "vitest";
import { byteLength, fromByte, splice } from "./bytes";
import { cut } from "./spans";

test("pieces put together are the text again, whatever the spans", () => {
  const text = "naïve 🙂 code";
  const spans = [
    { start: 0, end: 6, mark: "a" },
    { start: 2, end: 11, mark: "b" },
    { start: 90, end: 99, mark: "outside" },
  ];
  expect(cut(text, []).map((piece) => piece.text)).toEqual([text]);
  const whole = cut(
    text,
    [spans[0], spans[2]].flatMap((span) => span ?? []),
  );
  expect(whole.map((piece) => piece.text).join("")).toBe(text);
});

test("spans are bytes and may overlap", () => {
  expect(
    cut("ä b c", [
      { start: 0, end: 4, mark: 1 },
      { start: 3, end: 6, mark: 2 },
    ]),
  ).toEqual([
    { text: "ä ", marks: [1] },
    { text: "b", marks: [1, 2] },
    { text: " c", marks: [2] },
  ]);
});

test("an empty text has no pieces", () => {
  expect(cut("", [{ start: 0, end: 3, mark: 1 }])).toEqual([]);
});

test("bytes are counted as the server counts them", () => {
  expect(byteLength("ä🙂")).toBe(6);
  expect(fromByte("ä🙂x", 2)).toBe("🙂x");
  expect(fromByte("ä🙂x", 3)).toBe("x");
  expect(splice("ab", 1, "bc")).toBe("abc");
  expect(splice("ab", 5, "c")).toBeNull();
});
