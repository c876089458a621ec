import { ChangeSet } from "@codemirror/state";
import { describe, expect, test } from "vitest";
import type { CandidateFact, ChangeJson, StaffEvent, StaffFact } from "../api/types";
import { entries, scale } from "./events";
import { screenAt, textAt } from "./replay";

let seq = 0;
const event = (fact: StaffFact, at = seq * 1000): StaffEvent => ({ seq: ++seq, at, wall: 0, ...fact });
const shown = (fact: CandidateFact) => event({ kind: "shown", data: fact });
const edit = (path: string, version: number, from: number, insert: string, length: number) =>
  shown({
    kind: "edited",
    data: { edit: `e${seq}`, path, version, changes: ChangeSet.of([{ from, insert }], length).toJSON() as ChangeJson },
  });

describe("the list of events", () => {
  test("edits of one file in a row are one entry, and other events come between", () => {
    seq = 0;
    const list = entries([
      edit("a.py", 1, 0, "x", 0),
      edit("a.py", 2, 0, "x", 1),
      shown({ kind: "run_requested", data: { run: "r", target: [] } }),
      edit("a.py", 3, 0, "x", 2),
      edit("b.py", 1, 0, "x", 0),
    ]);
    expect(list.map((entry) => [entry.title, entry.detail, entry.first, entry.seq])).toEqual([
      ["Edited a.py", "2 changes", 1, 2],
      ["Ran all tests", "", 3, 3],
      ["Edited a.py", "1 change", 4, 4],
      ["Edited b.py", "1 change", 5, 5],
    ]);
  });

  test("words inserted from an answer are an entry of their own", () => {
    seq = 0;
    const inserted = edit("a.py", 2, 0, "x", 1);
    if (inserted.kind === "shown" && inserted.data.kind === "edited") inserted.data.data.inserted_from = "answer";
    const list = entries([edit("a.py", 1, 0, "x", 0), inserted, edit("a.py", 3, 0, "x", 2)]);
    expect(list.map((entry) => entry.detail)).toEqual(["1 change", "inserted from an answer", "1 change"]);
  });

  test("a card is a remark in words, and what interviewers do about cards belongs to the course", () => {
    seq = 0;
    const answered = (prompt: string) =>
      shown({
        kind: "answered",
        data: { answer: `a-${prompt}`, prompt, outcome: "complete", text: "Words.", spent: null },
      });
    const list = entries([
      event({ kind: "cards", data: { held: true } }),
      event({ kind: "cards", data: { held: false } }),
      shown({ kind: "volunteered", data: { prompt: "card", chat: "c" } }),
      answered("card"),
      answered("p"),
    ]);
    expect(list.map((entry) => [entry.category, entry.title, entry.detail])).toEqual([
      ["course", "Held the assistant's own remarks back", ""],
      ["course", "Let the assistant remark again", ""],
      ["prompts", "The assistant volunteered a remark", ""],
      ["prompts", "Remark", "Words."],
      ["prompts", "Answer", "Words."],
    ]);
  });

  test("pushing back is a key event, and sealed facts stay out", () => {
    seq = 0;
    const list = entries([
      shown({ kind: "flagged", data: { flag: "f", answer: "a", quote: "it is", reason: "no" } }),
      event({ kind: "sealed", data: { fact: {} } }),
    ]);
    expect(list).toHaveLength(1);
    expect(list[0]).toMatchObject({ category: "doubt", key: true, title: "Flagged “it is”", detail: "no" });
  });
});

describe("the timeline's scale", () => {
  test("is straight when idle time counts", () => {
    const place = scale([0, 10, 100], 200, null);
    expect([0, 10, 50, 100].map(place)).toEqual([0, 20, 100, 200]);
  });
  test("shortens idle time, and keeps the order", () => {
    const place = scale([0, 10, 1000, 1010], 300, 10);
    expect([0, 10, 1000, 1010].map(place)).toEqual([0, 100, 200, 300]);
  });
  test("one moment stands at the beginning", () => {
    expect(scale([5], 100, null)(5)).toBe(0);
    expect(scale([], 100, null)(5)).toBe(100);
  });
});

describe("replay", () => {
  seq = 0;
  const log = [
    event({ kind: "viewed", data: { path: "a.py", from_line: 1, to_line: 9 } }),
    edit("a.py", 1, 3, "!", 3),
    shown({ kind: "file_created", data: { path: "n.py", text: "new" } }),
    edit("n.py", 1, 0, "# ", 3),
    shown({ kind: "file_deleted", data: { path: "a.py" } }),
  ];
  test.each([
    ["a.py", 1, "abc"],
    ["a.py", 2, "abc!"],
    ["a.py", 5, null],
    ["n.py", 2, null],
    ["n.py", 3, "new"],
    ["n.py", 9, "# new"],
  ])("%s after event %i", (path, upto, text) => {
    expect(textAt(path === "a.py" ? "abc" : null, log, path, upto)).toBe(text);
  });
  test("what stood on the screen is the last file viewed or edited", () => {
    expect(screenAt(log, 1)).toMatchObject({ path: "a.py", lines: { from_line: 1 } });
    expect(screenAt(log, 2)).toEqual({ path: "a.py", lines: null });
    expect(screenAt(log, 4)).toEqual({ path: "n.py", lines: null });
    expect(screenAt(log, 0)).toBeNull();
  });
});
