/** A run's outcome in words. */

import type { RunOutcome } from "../api/types";
import { count } from "../text/format";

export interface RunWords {
  tone: "good" | "bad" | "warn";
  title: string;
  detail: string;
}

const LIMITS: Record<string, string> = {
  time: "The run took too long and was ended.",
  memory: "The run needed too much memory and was ended.",
  processes: "The run started too many processes and was ended.",
  output: "The run printed too much and was ended.",
};

export function runWords(outcome: RunOutcome | null): RunWords {
  if (!outcome) return { tone: "warn", title: "Running", detail: "" };
  const failed = outcome.tests.filter((test) => test.outcome === "failed" || test.outcome === "error").length;
  const passed = outcome.tests.filter((test) => test.outcome === "passed").length;
  const skipped = outcome.tests.filter((test) => test.outcome === "skipped").length;
  const rest = skipped > 0 ? `, ${skipped} skipped` : "";
  switch (outcome.end.type) {
    case "passed":
      return { tone: "good", title: `${count(passed, "test")} passed${rest}`, detail: "" };
    case "failed":
      return { tone: "bad", title: `${failed} failed, ${passed} passed${rest}`, detail: "" };
    case "no_tests":
      return {
        tone: "warn",
        title: "No test was found",
        detail: "Check the path, and that the names begin with test_.",
      };
    case "limit":
      return {
        tone: "warn",
        title: "A limit ended the run",
        detail: LIMITS[outcome.end.which] ?? `Limit: ${outcome.end.which}.`,
      };
    case "broken":
      return { tone: "warn", title: "The run could not be judged", detail: outcome.end.why };
  }
}

/** The last place in the repository that a failure names, such as `tests/test_corpus.py:12`. */
export function whereIn(message: string): { path: string; line: number } | null {
  const found = [...message.matchAll(/(?:^|[\s"'(])((?:[\w.-]+\/)*[\w.-]+\.py)(?:"?, line |:)(\d+)/g)].at(-1);
  return found?.[1] ? { path: found[1], line: Number(found[2]) } : null;
}
