/** A file's text at any moment of the log. */

import { ChangeSet, Text } from "@codemirror/state";
import type { CandidateFact, StaffEvent, Viewed } from "../api/types";

/** The text of a file right after an event; null when there was no such file then. */
export function textAt(base: string | null, events: StaffEvent[], path: string, upto: number): string | null {
  let text = base === null ? null : Text.of(base.split("\n"));
  for (const event of events) {
    if (event.seq > upto) break;
    if (event.kind === "shown") text = after(text, event.data, path);
  }
  return text?.toString() ?? null;
}

function after(text: Text | null, fact: CandidateFact, path: string): Text | null {
  if (fact.kind === "edited" && fact.data.path === path && text)
    return ChangeSet.fromJSON(fact.data.changes).apply(text);
  if (fact.kind === "file_created" && fact.data.path === path) return Text.of(fact.data.text.split("\n"));
  if (fact.kind === "file_deleted" && fact.data.path === path) return null;
  if (fact.kind === "file_renamed" && fact.data.from === path) return null;
  return text;
}

/** What stood on the candidate's screen at an event: the last file viewed or edited before it. */
export function screenAt(events: StaffEvent[], upto: number): { path: string; lines: Viewed | null } | null {
  for (const event of events.toReversed()) {
    if (event.seq > upto) continue;
    if (event.kind === "viewed") return { path: event.data.path, lines: event.data };
    if (event.kind === "shown" && event.data.kind === "edited") return { path: event.data.data.path, lines: null };
  }
  return null;
}
