import { describe, expect, test } from "vitest";
import type { CandidateFact, CandidateView, StaffFact } from "../api/types";
import { apply, applyStaff, grow, movesCard, type StaffSide } from "./reduce";

const START: CandidateView = {
  session: "s",
  task: "t",
  mode: "practice",
  phase: "invited",
  n: 0,
  clock: { now: 0, minutes: 45, started: null, deadline: null, paused: null },
  commitment: "c",
  views_allowed: false,
  models: [],
  budget: { prompts: null, cost: null, spent: null },
  files: [
    { path: "a.py", version: 0, status: "unchanged" },
    { path: "b/c.py", version: 0, status: "unchanged" },
  ],
  exchanges: [],
  flags: [],
  hypotheses: [],
  runs: [],
  choices: {},
  submission: null,
};
const CARD: CandidateFact = { kind: "volunteered", data: { prompt: "card", chat: "c" } };
const SIDE: StaffSide = { looking_at: null, exposed: 0, pairs: 12, met: new Set(), cards_held: false, card_due: null };
const AT = { seq: 1, at: 0, wall: 0 };
const ASKED: CandidateFact = {
  kind: "asked",
  data: { prompt: "p", chat: "c", text: "why?", context: [], model: null },
};

function fold(...facts: CandidateFact[]): CandidateView {
  return facts.reduce((view, fact, index) => apply(view, index * 10, fact), START);
}

describe("the fold from facts to the view", () => {
  test("consent, start, submission and conclusion move the phase on", () => {
    const phases: string[] = [];
    const facts: CandidateFact[] = [
      { kind: "consented", data: { views: true } },
      { kind: "started", data: { deadline: 100 } },
      { kind: "submitted", data: { by: "deadline", diagnosis: "d" } },
      { kind: "concluded", data: {} },
    ];
    facts.reduce((view, fact, index) => {
      const next = apply(view, index, fact);
      phases.push(next.phase);
      return next;
    }, START);
    expect(phases).toEqual(["ready", "working", "submitted", "concluded"]);
    const end = fold(...facts);
    expect(end.clock).toMatchObject({ started: 10, deadline: 100 });
    expect(end.submission).toEqual({ by: "deadline", diagnosis: "d", at: 20 });
    expect(end.views_allowed).toBe(true);
  });

  test("an edit raises the version and marks the file, an added file stays added", () => {
    const edited = fold(
      { kind: "edited", data: { edit: "e", path: "a.py", version: 1, changes: [] } },
      { kind: "file_created", data: { path: "a2.py", text: "" } },
      { kind: "edited", data: { edit: "f", path: "a2.py", version: 1, changes: [] } },
    );
    expect(edited.files).toEqual([
      { path: "a.py", version: 1, status: "changed" },
      { path: "a2.py", version: 1, status: "added" },
      { path: "b/c.py", version: 0, status: "unchanged" },
    ]);
  });

  test("renaming and deleting keep the list in order", () => {
    const files = fold(
      { kind: "file_renamed", data: { from: "a.py", to: "z.py" } },
      { kind: "file_deleted", data: { path: "b/c.py" } },
    ).files;
    expect(files).toEqual([{ path: "z.py", version: 0, status: "added" }]);
  });

  test("an answer ends with the whole of its words, whatever was shown before", () => {
    const view = fold(ASKED);
    const shown = grow(view, { answer: "a", prompt: "p", from: 0, text: "It is" });
    expect(shown?.exchanges[0]?.answer?.text).toBe("It is");
    const end = apply(shown ?? view, 20, {
      kind: "answered",
      data: { answer: "a", prompt: "p", outcome: "complete", text: "It is so.", spent: null },
    });
    expect(end.exchanges[0]).toMatchObject({ outcome: "complete", answer: { text: "It is so." } });
  });

  test("a card begins an exchange without a prompt, once, and its words come as those of an answer do", () => {
    const view = fold(CARD, CARD);
    expect(view.exchanges).toEqual([
      {
        prompt: { prompt: "card", chat: "c", text: "", context: [], model: null },
        volunteered: true,
        at: 0,
        answer: null,
        outcome: null,
      },
    ]);
    const asked = apply(view, 20, ASKED);
    expect(asked.exchanges.map(({ volunteered }) => volunteered)).toEqual([true, false]);
    const shown = grow(asked, { answer: "a", prompt: "card", from: 0, text: "I went on" });
    expect(shown?.exchanges.map(({ answer }) => answer?.text)).toEqual(["I went on", undefined]);
    const end: CandidateFact = {
      kind: "answered",
      data: { answer: "a", prompt: "card", outcome: "complete", text: "I went on reading.", spent: null },
    };
    expect(apply(shown ?? asked, 30, end).exchanges.map(({ outcome }) => outcome)).toEqual(["complete", null]);
  });

  test("a flag that is told twice stands once, and can be withdrawn", () => {
    const flag: CandidateFact = { kind: "flagged", data: { flag: "f", answer: "a", reason: "r" } };
    expect(fold(flag, flag).flags).toHaveLength(1);
    expect(fold(flag, { kind: "flag_withdrawn", data: { flag: "f" } }).flags).toEqual([]);
  });

  test("a hypothesis changes its words, state and evidence", () => {
    const view = fold(
      { kind: "hypothesised", data: { hypothesis: "h", text: "x" } },
      { kind: "hypothesis_changed", data: { hypothesis: "h", text: "y", status: "refuted", evidence: "z" } },
    );
    expect(view.hypotheses).toEqual([{ id: "h", text: "y", status: "refuted", evidence: "z", at: 0 }]);
  });

  test("a run waits for its outcome", () => {
    const outcome = { end: { type: "passed" as const }, tests: [], output: "", truncated: false, wall_ms: 1 };
    const asked = fold({ kind: "run_requested", data: { run: "r", target: ["tests"] } });
    expect(asked.runs[0]?.outcome).toBeNull();
    expect(apply(asked, 5, { kind: "run_finished", data: { run: "r", outcome } }).runs[0]?.outcome).toEqual(outcome);
  });

  test("pausing and resuming change the clock only", () => {
    const paused = fold({ kind: "paused", data: { why: "a call" } });
    expect(paused.clock.paused).toBe("a call");
    expect(apply(paused, 9, { kind: "resumed", data: {} }).clock.paused).toBeNull();
  });
});

describe("words of an answer under way", () => {
  const view = fold(ASKED);
  const first = grow(view, { answer: "a", prompt: "p", from: 0, text: "naïve 🙂 " });

  test("positions are bytes", () => {
    expect(first && grow(first, { answer: "a", prompt: "p", from: 12, text: "yes" })?.exchanges[0]?.answer?.text).toBe(
      "naïve 🙂 yes",
    );
  });
  test("words that are known already are skipped", () => {
    expect(
      first && grow(first, { answer: "a", prompt: "p", from: 7, text: "🙂 yes" })?.exchanges[0]?.answer?.text,
    ).toBe("naïve 🙂 yes");
  });
  test("a hole asks for the whole state", () => {
    expect(first && grow(first, { answer: "a", prompt: "p", from: 30, text: "x" })).toBeNull();
  });
  test("an unknown prompt asks for the whole state", () => {
    expect(grow(view, { answer: "a", prompt: "other", from: 0, text: "x" })).toBeNull();
  });
});

test("staff see whether cards are held back", () => {
  const held = (held: boolean) => applyStaff(SIDE, { ...AT, kind: "cards", data: { held } }).cards_held;
  expect([held(true), held(false)]).toEqual([true, false]);
});

test.each<[StaffFact, boolean]>([
  [{ kind: "cards", data: { held: true } }, false],
  [{ kind: "cards", data: { held: false } }, true],
  [{ kind: "shown", data: { kind: "started", data: { deadline: 1 } } }, true],
  [{ kind: "shown", data: { kind: "resumed", data: {} } }, true],
  [
    {
      kind: "shown",
      data: { kind: "answered", data: { answer: "a", prompt: "p", outcome: "complete", text: "", spent: null } },
    },
    true,
  ],
  [{ kind: "shown", data: CARD }, false],
  [{ kind: "exposed", data: { answer: "a", pairs: [] } }, false],
])("%j moves the time of the next card: %s", (fact, expected) => {
  expect(movesCard({ ...AT, ...fact })).toBe(expected);
});

test("staff see what is looked at and how many claims were met", () => {
  const viewed = applyStaff(SIDE, { ...AT, kind: "viewed", data: { path: "a.py", from_line: 1, to_line: 9 } });
  const once = applyStaff(viewed, { ...AT, kind: "exposed", data: { answer: "a", pairs: ["x", "y"] } });
  const again = applyStaff(once, { ...AT, kind: "exposed", data: { answer: "b", pairs: ["y"] } });
  expect(again.looking_at?.path).toBe("a.py");
  expect(again.exposed).toBe(2);
});
