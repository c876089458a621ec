/** What to try next, from what the report holds: at most three, each with the reason in this session. */

import type { Report } from "../api/types";

export interface Advice {
  try: string;
  because: string;
}

export function advice(report: Report): Advice[] {
  const plants = report.items.filter((item) => item.side === "plant" && item.exposure !== null);
  const controls = report.items.filter((item) => item.side === "control" && item.exposure !== null);
  const list: Advice[] = [];
  const unchecked = plants.filter((item) => item.verdict === "adopted" && !item.verified_after);
  if (unchecked.length > 0) {
    list.push({
      try: "Before you build on an answer, do the check that would settle it.",
      because: `${times(unchecked.length)} you acted on a false claim without looking at the code it is about.`,
    });
  }
  const conflicted = plants.filter((item) => item.verdict === "conflicted");
  if (conflicted.length > 0) {
    list.push({
      try: "When you reject a claim, search your own changes for it as well.",
      because: `${times(conflicted.length)} you rejected a claim that is in your submission all the same.`,
    });
  }
  const alarms = controls.filter((item) => item.verdict === "false_alarm");
  if (alarms.length > 0) {
    list.push({
      try: "Before you flag an answer, write down the observation that contradicts it.",
      because: `${times(alarms.length)} you rejected a claim that was true.`,
    });
  }
  const avoided = plants.filter((item) => item.verdict === "avoided" && item.verified_after);
  if (avoided.length > 0) {
    list.push({
      try: "When your check contradicts an answer, say so: flag it or note it.",
      because: `${times(avoided.length)} you checked a false claim and did not act on it, but nothing tells what you concluded.`,
    });
  }
  if (report.figures.executive > report.figures.instrumental) {
    list.push({
      try: "Ask how the code behaves before you ask for the fix.",
      because: `${report.figures.executive} of ${report.figures.prompts} prompts asked for the answer itself.`,
    });
  }
  if (report.figures.hypotheses.noted === 0) {
    list.push({
      try: "Write down what you suppose before you check it.",
      because: "Your notebook is empty, so the path to your diagnosis does not show.",
    });
  }
  return list.slice(0, 3);
}

function times(n: number): string {
  return n === 1 ? "Once" : n === 2 ? "Twice" : `${n} times`;
}
