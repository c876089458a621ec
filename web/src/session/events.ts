/** The log in words, for those who watch or read it afterwards. */

import type { CandidateFact, StaffEvent } from "../api/types";
import { count } from "../text/format";
import { units } from "./budget";
import { besideWords } from "./chat";
import { runWords } from "./runs";
import { targetWords } from "./targets";

export const CATEGORIES = ["prompts", "doubt", "runs", "edits", "reading", "course"] as const;
export type Category = (typeof CATEGORIES)[number];
export const CATEGORY_WORDS: Record<Category, string> = {
  prompts: "Prompts and answers",
  doubt: "Flags and notebook",
  runs: "Runs",
  edits: "Edits",
  reading: "Reading and searching",
  course: "Course of the session",
};

/** What a card is called before those who watch. */
export const CARD_WORDS = "The assistant volunteered a remark";

export interface Entry {
  /** Number of its (last) event. */
  seq: number;
  first: number;
  at: number;
  category: Category;
  title: string;
  detail: string;
  /** A key event: somebody pushed back, ran, asked, submitted. */
  key: boolean;
}

/** Entries of the list; edits of one file and views of one file in a row become one. */
export function entries(events: StaffEvent[]): Entry[] {
  const list: Entry[] = [];
  const cards = new Set<string>();
  let run = null as { kind: string; count: number } | null;
  for (const event of events) {
    if (event.kind === "shown" && event.data.kind === "volunteered") cards.add(event.data.data.prompt);
    const entry = entryOf(event, cards);
    if (!entry) continue;
    const kind = foldable(event);
    const last = list.at(-1);
    if (kind !== null && run?.kind === kind && last) {
      run.count++;
      last.seq = entry.seq;
      last.detail = kind.startsWith("edit") ? count(run.count, "change") : entry.detail;
      continue;
    }
    run = kind === null ? null : { kind, count: 1 };
    list.push(entry);
  }
  return list;
}

function foldable(event: StaffEvent): string | null {
  if (event.kind === "viewed") return `view ${event.data.path}`;
  if (event.kind === "shown" && event.data.kind === "edited") {
    // What was inserted from an answer stays to be seen.
    return event.data.data.inserted_from ? null : `edit ${event.data.data.path}`;
  }
  return null;
}

/** An event in words; an answer to one of the cards is the card itself. */
export function entryOf(event: StaffEvent, cards: ReadonlySet<string> = new Set()): Entry | null {
  const entry = (category: Category, title: string, detail = "", key = false): Entry => {
    return { seq: event.seq, first: event.seq, at: event.at, category, title, detail, key };
  };
  switch (event.kind) {
    case "shown":
      return shown(event.data, cards, entry);
    case "created":
      return entry("course", "Set up", `${event.data.task}, ${count(event.data.minutes, "minute")}`);
    case "viewed":
      return entry("reading", `Looked at ${event.data.path}`, `lines ${event.data.from_line}–${event.data.to_line}`);
    case "searched":
      return entry("reading", `Searched “${event.data.query}”`, count(event.data.hits, "line"));
    case "exposed":
      return entry("prompts", "Met a claim", event.data.pairs.join(", "));
    case "cards":
      return entry(
        "course",
        event.data.held ? "Held the assistant's own remarks back" : "Let the assistant remark again",
      );
    case "upstream_failed":
      return entry("course", "The model failed", event.data.cause);
    case "committed":
      return entry("course", "Submission committed", event.data.commit.slice(0, 12));
    case "used": {
      const { upstream, read, written, cost, estimated } = event.data;
      const tokens = `${estimated ? "about " : ""}${count(read, "token")} read, ${written} written`;
      return entry("course", `Asked ${upstream}`, cost > 0 ? `${tokens}, cost ${units(cost)}` : tokens);
    }
    case "restarted":
      return entry("course", "The server was started again");
    case "sealed":
      return null;
  }
}

type Make = (category: Category, title: string, detail?: string, key?: boolean) => Entry;

function shown(fact: CandidateFact, cards: ReadonlySet<string>, entry: Make): Entry | null {
  switch (fact.kind) {
    case "consented":
      return entry("course", "Agreed to the rules", fact.data.views ? "views are logged" : "views are not logged");
    case "started":
      return entry("course", "Started the clock", "", true);
    case "edited":
      return entry(
        "edits",
        `Edited ${fact.data.path}`,
        fact.data.inserted_from ? "inserted from an answer" : "1 change",
      );
    case "file_created":
      return entry("edits", `Made ${fact.data.path}`);
    case "file_renamed":
      return entry("edits", `Renamed ${fact.data.from}`, `to ${fact.data.to}`);
    case "file_deleted":
      return entry("edits", `Deleted ${fact.data.path}`);
    case "asked":
      return entry("prompts", fact.data.text, besideWords(fact.data), true);
    case "volunteered":
      return entry("prompts", CARD_WORDS);
    case "answered": {
      const title = cards.has(fact.data.prompt) ? "Remark" : "Answer";
      return entry(
        "prompts",
        fact.data.outcome === "complete" ? title : "No answer: not reachable",
        shorten(fact.data.text),
      );
    }
    case "flagged":
      return entry(
        "doubt",
        fact.data.quote ? `Flagged “${shorten(fact.data.quote)}”` : "Flagged an answer",
        fact.data.reason,
        true,
      );
    case "flag_withdrawn":
      return entry("doubt", "Withdrew a flag");
    case "hypothesised":
      return entry("doubt", `Supposed: ${fact.data.text}`, "", true);
    case "hypothesis_changed":
      return entry(
        "doubt",
        `${fact.data.status === "open" ? "Changed" : `Marked ${fact.data.status}`}: ${fact.data.text}`,
        fact.data.evidence,
        fact.data.status !== "open",
      );
    case "run_requested":
      return entry("runs", `Ran ${targetWords(fact.data.target)}`);
    case "run_finished":
      return entry("runs", runWords(fact.data.outcome).title, "", true);
    case "question_answered":
      return entry("course", `Answered the question ${fact.data.question}`, `choice ${fact.data.choice + 1}`);
    case "submitted":
      return entry(
        "course",
        fact.data.by === "deadline" ? "Submitted by the clock" : "Submitted",
        fact.data.diagnosis,
        true,
      );
    case "concluded":
      return entry("course", "Judged: the debrief is open");
    case "paused":
      return entry("course", "Clock paused", fact.data.why);
    case "resumed":
      return entry("course", "Clock runs again");
  }
}

function shorten(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length > 120 ? `${line.slice(0, 119)}…` : line;
}

/** Where moments stand on a line of a given width; pauses in which nothing happened may be shortened. */
export function scale(times: number[], width: number, idleMs: number | null): (at: number) => number {
  const sorted = [...new Set(times)].sort((a, b) => a - b);
  const first = sorted[0] ?? 0;
  const stops: { at: number; to: number }[] = [{ at: first, to: 0 }];
  let to = 0;
  for (let index = 1; index < sorted.length; index++) {
    const [before, now] = [sorted[index - 1] ?? 0, sorted[index] ?? 0];
    to += idleMs === null ? now - before : Math.min(now - before, idleMs);
    stops.push({ at: now, to });
  }
  const whole = Math.max(1, to);
  return (at) => {
    const after = stops.findIndex((stop) => stop.at >= at);
    if (after <= 0) return after === 0 ? 0 : width;
    const [left, right] = [stops[after - 1], stops[after]];
    if (!left || !right) return 0;
    const share = right.at === left.at ? 0 : (at - left.at) / (right.at - left.at);
    return ((left.to + share * (right.to - left.to)) / whole) * width;
  };
}
