/** What is left of a session's budgets, in words. */

import type { CandidateView } from "../api/types";
import { count } from "../text/format";

/** Millionths of a unit as people write them. */
export function units(millionths: number): string {
  return (millionths / 1e6).toFixed(2);
}

export interface Left {
  /** What is left; nothing without a budget. */
  words: string;
  /** Why nothing more can be asked. */
  over: string;
}

export function left({ budget, exchanges }: Pick<CandidateView, "budget" | "exchanges">): Left {
  const asked = exchanges.filter((exchange) => !exchange.volunteered).length;
  const prompts = budget.prompts === null ? null : Math.max(0, budget.prompts - asked);
  const cost = budget.cost === null ? null : Math.max(0, budget.cost - (budget.spent ?? 0));
  const words = [
    prompts === null ? "" : `${count(prompts, "prompt")} left`,
    cost === null || budget.cost === null ? "" : `${units(cost)} of ${units(budget.cost)} left`,
  ];
  const used = prompts === 0 ? "prompts" : cost === 0 ? "cost" : "";
  return {
    words: words.filter((one) => one !== "").join(" · "),
    over: used === "" ? "" : `The budget for ${used} is used up. Files, tests and notebook stay open.`,
  };
}
