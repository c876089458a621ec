import { describe, expect, test } from "vitest";
import { ApiError } from "../api/client";
import type { CandidateView, ExchangeView } from "../api/types";
import { dueWords, refusalWords } from "./cards";
import type { StaffSide } from "./reduce";

const START = 60_000;
const SIDE: StaffSide = { looking_at: null, exposed: 0, pairs: 12, met: new Set(), cards_held: false, card_due: null };
const SPEAKING: ExchangeView = {
  prompt: { prompt: "p", chat: "c", text: "", context: [], model: null },
  volunteered: true,
  at: 0,
  answer: null,
  outcome: null,
};

interface Case {
  due?: number;
  held?: boolean;
  started?: number | null;
  paused?: string;
  speaking?: boolean;
}
function words({ due, held = false, started = START, paused, speaking = false }: Case): string {
  const clock = { now: 0, minutes: 45, started, deadline: null, paused: paused ?? null };
  const view = { clock, exchanges: speaking ? [SPEAKING] : [] } as unknown as CandidateView;
  return dueWords({ ...SIDE, cards_held: held, card_due: due ?? null }, view, START + 100_000);
}

describe("when the next card comes", () => {
  test.each<[Case, string]>([
    [{ due: START + 324_000 }, "The next one comes at 5:24, in 3 minutes."],
    [{ due: START + 160_000 }, "The next one comes at 2:40, in 1 minute."],
    [{ due: START + 130_000 }, "The next one comes at 2:10, in less than a minute."],
    [{ due: START + 90_000 }, "The next one has been due since 1:30."],
    [{}, "No further one is planned."],
    [{ held: true, due: START + 324_000 }, "None comes until you let them come again."],
    [{ started: null }, "None comes before the clock runs."],
    [{ paused: "a call", due: START + 324_000 }, "None comes while the clock stands still."],
    [{ speaking: true, due: START + 90_000 }, "The assistant is speaking."],
  ])("%j", (one, expected) => {
    expect(words(one)).toBe(expected);
  });
});

test.each([
  ["no_card", "The assistant has nothing left to remark on."],
  ["answer_pending", "The assistant is speaking. Try again when its answer is whole."],
  ["paused", "The clock stands still."],
])("a refusal is told in words: %s", (code, expected) => {
  expect(refusalWords(new ApiError(409, code, "the clock stands still", null))).toBe(expected);
});
