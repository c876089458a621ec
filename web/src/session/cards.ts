/** When the assistant volunteers its next remark, in words for who sees to it. */

import { ApiError, explain } from "../api/client";
import type { CandidateView } from "../api/types";
import { elapsed, minutes } from "../text/format";
import type { StaffSide } from "./reduce";

/** When the next card comes, or why none does, at a session time (ms). */
export function dueWords({ cards_held: held, card_due: due }: StaffSide, view: CandidateView, now: number): string {
  if (held) return "None comes until you let them come again.";
  if (view.clock.started === null) return "None comes before the clock runs.";
  if (view.clock.paused !== null) return "None comes while the clock stands still.";
  if (view.exchanges.some((exchange) => exchange.outcome === null)) return "The assistant is speaking.";
  if (due === null) return "No further one is planned.";
  const at = elapsed(due - view.clock.started);
  if (due <= now) return `The next one has been due since ${at}.`;
  const left = Math.floor((due - now) / 60_000);
  return `The next one comes at ${at}, in ${left === 0 ? "less than a minute" : minutes(left)}.`;
}

/** Why the next card did not come at once. */
export function refusalWords(error: unknown): string {
  const code = error instanceof ApiError ? error.code : "";
  if (code === "no_card") return "The assistant has nothing left to remark on.";
  if (code === "answer_pending") return "The assistant is speaking. Try again when its answer is whole.";
  return explain(error);
}
