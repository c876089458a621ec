/** What the clock shows, as a function of time. */

import type { ClockView, SuggestedPhase } from "../api/types";

export interface ClockFace {
  state: "waiting" | "running" | "paused" | "over";
  /** Milliseconds left; before the start, all of them. */
  left: number;
  elapsed: number;
  /** Three quarters of the time are gone. */
  late: boolean;
  phase: PhaseFace | null;
}
export interface PhaseFace {
  index: number;
  name: string;
  hint: string;
  /** Suggested end of this phase, in ms since the start. */
  until: number;
  minutes: number;
}

export const LATE_SHARE = 0.75;

/** Session time now, from the last clock that the server sent and the time since then. */
export function sessionNow(clock: ClockView, sinceMs: number): number {
  return clock.paused === null ? clock.now + Math.max(0, sinceMs) : clock.now;
}

export function face(clock: ClockView, now: number, phases: SuggestedPhase[]): ClockFace {
  const total = clock.minutes * 60_000;
  if (clock.started === null || clock.deadline === null) {
    return { state: "waiting", left: total, elapsed: 0, late: false, phase: null };
  }
  const span = clock.deadline - clock.started;
  const elapsed = Math.max(0, Math.min(now, clock.deadline) - clock.started);
  const left = Math.max(0, clock.deadline - now);
  const state = left === 0 ? "over" : clock.paused !== null ? "paused" : "running";
  return { state, left, elapsed, late: elapsed >= span * LATE_SHARE, phase: phaseAt(phases, elapsed, span) };
}

/** So long before the end a diagnosis that was not submitted goes out. */
export const HAND_IN_MS = 2500;

/** Whether the words written so far are handed in now, because the time is about to end. */
export function handsIn({ state, left }: ClockFace, diagnosis: string): boolean {
  return state === "running" && left <= HAND_IN_MS && diagnosis.trim() !== "";
}

/** The suggested phase; suggested minutes are stretched to the minutes of this session. */
export function phaseAt(phases: SuggestedPhase[], elapsed: number, span: number): PhaseFace | null {
  const sum = phases.reduce((minutes, phase) => minutes + phase.minutes, 0);
  if (sum === 0) return null;
  const scale = span / (sum * 60_000);
  let until = 0;
  for (const [index, phase] of phases.entries()) {
    until += phase.minutes * 60_000 * scale;
    if (elapsed < until || index === phases.length - 1) {
      return { index, name: phase.name, hint: phase.hint, until, minutes: Math.round(phase.minutes * scale) };
    }
  }
  return null;
}
