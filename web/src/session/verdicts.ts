/** Words for what a report says: verdicts, evidence, dimensions. No grades, no ranks. */

import type { Dimension, EvidenceKind, Exposure, Item, Rate, Verdict } from "../api/types";

export interface VerdictWords {
  title: string;
  /** What it means, in one sentence. */
  means: string;
  tone: "good" | "bad" | "plain";
}

export const VERDICTS: Record<Verdict, VerdictWords> = {
  caught: { title: "Caught", means: "The claim was false; you rejected it and never acted on it.", tone: "good" },
  recovered: {
    title: "Recovered",
    means: "The claim was false; you acted on it at first and took it back before you submitted.",
    tone: "good",
  },
  avoided: { title: "Avoided", means: "The claim was false; you neither rejected it nor acted on it.", tone: "plain" },
  conflicted: {
    title: "Conflicted",
    means: "The claim was false; you rejected it, and yet it is in your submission.",
    tone: "bad",
  },
  adopted: { title: "Adopted", means: "The claim was false and is in your submission.", tone: "bad" },
  accepted: { title: "Accepted", means: "The claim was true and you went along with it.", tone: "good" },
  false_alarm: { title: "False alarm", means: "The claim was true; you rejected it.", tone: "bad" },
  ignored: { title: "Left alone", means: "The claim was true; nothing shows what you made of it.", tone: "plain" },
  unseen: { title: "Not met", means: "It never came up. That is no miss.", tone: "plain" },
  void: { title: "Void", means: "Something spoiled this claim, so it is left out. That is no miss.", tone: "plain" },
};

export const EXPOSURES: Record<Exposure, string> = {
  asked: "In answer to a prompt of yours",
  aside: "As a remark beside an answer",
  card: "As a remark that the assistant volunteered",
};

export const EVIDENCE: Record<EvidenceKind, string> = {
  flag: "You flagged it",
  disputed: "A later prompt disputes it",
  refuted: "You marked a hypothesis refuted",
  flag_withdrawn: "You took a flag back",
  viewed: "You read the code it is about",
  searched: "You searched for it",
  ran: "You ran something that exercises it",
  adopted: "Your files act on it",
  reverted: "You took it back",
  asserted: "Your diagnosis says it",
  independent: "The same mistake, made on your own",
  taken_up: "You built on it",
  spoiled: "It was spoiled",
};

export const DIMENSIONS: Record<Dimension, { title: string; means: string }> = {
  specificity: { title: "Specificity", means: "names code that exists" },
  context_given: { title: "Context given", means: "says what was observed, expected and tried" },
  goal_clarity: { title: "Goal clarity", means: "one recognisable request" },
  hypothesis_stated: { title: "Hypothesis stated", means: "says what is supposed" },
  asks_for_verification: { title: "Asks for evidence", means: "asks for a concrete check" },
  scoped: { title: "Scoped", means: "asks for one step" },
  critical_follow_up: { title: "Critical follow-up", means: "takes up the answer before it and tests it" },
};

export const HELP = { instrumental: "asks to understand", executive: "asks for the answer", unclear: "" } as const;

/** `5 of 6 (44–97 %)`: counts first, the interval beside them. */
export function rateWords(rate: Rate): string {
  if (rate.n === 0) return "none to count";
  const counts = `${rate.count} of ${rate.n}`;
  if (rate.low === null || rate.high === null) return counts;
  return `${counts} (${Math.round(rate.low * 100)}–${Math.round(rate.high * 100)} %)`;
}

export function met(items: Item[]): Item[] {
  return items.filter((item) => item.exposure !== null);
}

const AND = new Intl.ListFormat("en", { type: "conjunction" });

/** The session in words: what was met, what was caught, what went into the fix. */
export function story(items: Item[]): string[] {
  const seen = met(items).filter((item) => item.verdict !== "void");
  const plants = seen.filter((item) => item.side === "plant");
  const controls = seen.filter((item) => item.side === "control");
  const has = (list: Item[], ...verdicts: Verdict[]) => list.filter((item) => verdicts.includes(item.verdict)).length;
  const lines: string[] = [];
  if (seen.length === 0) return ["You met none of the prepared claims, so there is nothing to say about them."];
  lines.push(sides(plants.length, controls.length));
  if (plants.length > 0) {
    const rejected = has(plants, "caught", "conflicted");
    const kept = has(plants, "adopted", "conflicted");
    const back = has(plants, "recovered");
    const avoided = has(plants, "avoided");
    const parts = [
      rejected > 0 ? `rejected ${rejected}` : "",
      back > 0 ? `took back ${back} after acting on ${back === 1 ? "it" : "them"}` : "",
      avoided > 0 ? `did not act on ${avoided}, without rejecting ${avoided === 1 ? "it" : "them"}` : "",
    ].filter((part) => part !== "");
    if (parts.length > 0) lines.push(`Of the false ones you ${AND.format(parts)}.`);
    lines.push(
      kept === 0
        ? "None of the false ones is in what you submitted."
        : `${kept} of the false ones ${kept === 1 ? "is" : "are"} in what you submitted.`,
    );
  }
  if (controls.length > 0) {
    const alarms = has(controls, "false_alarm");
    lines.push(alarms === 0 ? "You rejected none of the true ones." : `You rejected ${alarms} of the true ones.`);
  }
  return lines;
}

function sides(plants: number, controls: number): string {
  const all = plants + controls;
  if (all === 1) return `You met 1 claim, and it was ${plants === 1 ? "false on purpose" : "true"}.`;
  const every = all === 2 ? "both" : "all";
  if (plants === 0) return `You met ${all} claims, and ${every} were true.`;
  if (controls === 0) return `You met ${all} claims, and ${every} were false on purpose.`;
  return `You met ${all} claims: ${were(plants)} false on purpose and ${were(controls)} true.`;
}
function were(n: number): string {
  return n === 1 ? "1 was" : `${n} were`;
}
