import { describe, expect, test } from "vitest";
import type { ClockView } from "../api/types";
import { face, phaseAt, sessionNow, handsIn } from "./clock";
import { saveWords } from "./save";

const PHASES = [
  { name: "understand", minutes: 10, hint: "" },
  { name: "diagnose", minutes: 20, hint: "" },
  { name: "fix", minutes: 10, hint: "" },
];
const MINUTE = 60_000;
const RUNNING: ClockView = { now: 5000, minutes: 40, started: 1000, deadline: 1000 + 40 * MINUTE, paused: null };

describe("the clock", () => {
  test("before the start all of the time is left", () => {
    const clock = { ...RUNNING, started: null, deadline: null };
    expect(face(clock, 9000, PHASES)).toMatchObject({ state: "waiting", left: 40 * MINUTE, late: false, phase: null });
  });
  test.each([
    [0, "understand", false],
    [10 * MINUTE - 1, "understand", false],
    [10 * MINUTE, "diagnose", false],
    [30 * MINUTE - 1, "diagnose", false],
    [30 * MINUTE, "fix", true],
    [50 * MINUTE, "fix", true],
  ])("after %i ms it is in the phase %s, late: %s", (elapsed, phase, late) => {
    const shown = face(RUNNING, 1000 + elapsed, PHASES);
    expect(shown.phase?.name).toBe(phase);
    expect(shown.late).toBe(late);
  });
  test("nothing is left after the deadline", () => {
    expect(face(RUNNING, RUNNING.deadline ?? 0, PHASES)).toMatchObject({ state: "over", left: 0 });
  });
  test("extra time shows at once: the deadline rules", () => {
    const extended = { ...RUNNING, deadline: 1000 + 60 * MINUTE };
    expect(face(extended, 1000 + 31 * MINUTE, PHASES)).toMatchObject({ left: 29 * MINUTE, late: false });
  });
  test("it stands still while paused", () => {
    expect(sessionNow({ ...RUNNING, paused: "a fault" }, 60_000)).toBe(5000);
    expect(sessionNow(RUNNING, 60_000)).toBe(65_000);
    expect(face({ ...RUNNING, paused: "a fault" }, 5000, PHASES).state).toBe("paused");
  });
  test("suggested minutes are stretched to the minutes of the session", () => {
    expect(phaseAt(PHASES, 19 * MINUTE, 80 * MINUTE)).toMatchObject({
      name: "understand",
      minutes: 20,
      until: 20 * MINUTE,
    });
  });
  test.each([
    [297_000, null, "it is late", false],
    [297_500, null, "it is text", true],
    [299_900, null, "it is text", true],
    [299_900, null, " \n", false],
    [299_900, "a fault", "it is text", false],
    [300_000, null, "it is text", false],
  ])("at %i ms, paused by %o, %o is handed in: %o", (now, paused, diagnosis, expected) => {
    const ending: ClockView = { now: 0, minutes: 5, started: 0, deadline: 300_000, paused };
    expect(handsIn(face(ending, now, []), diagnosis)).toBe(expected);
  });
  test("a task without phases shows none", () => {
    expect(phaseAt([], 0, MINUTE)).toBeNull();
  });
});

test.each([
  [0, null, "saved"],
  [3, null, "3 unsent"],
  [0, 12_400, "saved · offline 0:12"],
  [3, 72_000, "3 unsent · offline 1:12"],
])("%i unsent, away for %s ms: %s", (unsent, away, words) => {
  expect(saveWords(unsent, away).short).toBe(words);
});
