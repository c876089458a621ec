/** The one fold from facts to what the page shows; the server's `candidate_view` folds the same way. */

import type {
  AnswerDelta,
  CandidateFact,
  CandidateView,
  ExchangeView,
  FileEntry,
  PromptShown,
  StaffEvent,
  Viewed,
} from "../api/types";
import { splice } from "../text/bytes";

/** The view after a fact at a session time (ms). */
export function apply(view: CandidateView, at: number, fact: CandidateFact): CandidateView {
  switch (fact.kind) {
    case "consented":
      return { ...view, phase: "ready", views_allowed: fact.data.views };
    case "started":
      return { ...view, phase: "working", clock: { ...view.clock, started: at, deadline: fact.data.deadline } };
    case "edited": {
      const { path, version } = fact.data;
      return { ...view, files: patch(view.files, path, (file) => ({ ...file, version, status: touched(file) })) };
    }
    case "file_created":
      return { ...view, files: place(view.files, { path: fact.data.path, version: 0, status: "added" }) };
    case "file_renamed": {
      const files = view.files.filter((file) => file.path !== fact.data.from);
      return { ...view, files: place(files, { path: fact.data.to, version: 0, status: "added" }) };
    }
    case "file_deleted":
      return { ...view, files: view.files.filter((file) => file.path !== fact.data.path) };
    case "asked":
      return { ...view, exchanges: begun(view.exchanges, at, fact.data, false) };
    case "volunteered":
      return {
        ...view,
        exchanges: begun(view.exchanges, at, { ...fact.data, text: "", context: [], model: null }, true),
      };
    case "answered": {
      const { answer, prompt, outcome, text, spent } = fact.data;
      const end = (exchange: ExchangeView) => ({ ...exchange, outcome, answer: { answer, text } });
      const budget = { ...view.budget, spent };
      return { ...view, budget, exchanges: exchangeOf(view.exchanges, prompt, end) };
    }
    case "flagged":
      return { ...view, flags: [...view.flags.filter((flag) => flag.flag !== fact.data.flag), fact.data] };
    case "flag_withdrawn":
      return { ...view, flags: view.flags.filter((flag) => flag.flag !== fact.data.flag) };
    case "hypothesised": {
      const { hypothesis, text } = fact.data;
      return { ...view, hypotheses: [...view.hypotheses, { id: hypothesis, text, status: "open", evidence: "", at }] };
    }
    case "hypothesis_changed": {
      const { hypothesis, ...change } = fact.data;
      const hypotheses = view.hypotheses.map((known) => (known.id === hypothesis ? { ...known, ...change } : known));
      return { ...view, hypotheses };
    }
    case "run_requested":
      return { ...view, runs: [...view.runs, { ...fact.data, at, outcome: null }] };
    case "run_finished": {
      const { run, outcome } = fact.data;
      return { ...view, runs: view.runs.map((known) => (known.run === run ? { ...known, outcome } : known)) };
    }
    case "question_answered":
      return { ...view, choices: { ...view.choices, [fact.data.question]: fact.data.choice } };
    case "submitted":
      return { ...view, phase: "submitted", submission: { ...fact.data, at } };
    case "concluded":
      return { ...view, phase: "concluded" };
    case "paused":
      return { ...view, clock: { ...view.clock, paused: fact.data.why } };
    case "resumed":
      return { ...view, clock: { ...view.clock, paused: null } };
  }
}

/** The view with more words of an answer; null when words in between are missing. */
export function grow(view: CandidateView, delta: AnswerDelta): CandidateView | null {
  const exchange = view.exchanges.find((known) => known.prompt.prompt === delta.prompt);
  if (!exchange) return null;
  if (exchange.outcome !== null) return view;
  const text = splice(exchange.answer?.text ?? "", delta.from, delta.text);
  if (text === null) return null;
  const answer = { answer: delta.answer, text };
  return { ...view, exchanges: exchangeOf(view.exchanges, delta.prompt, (known) => ({ ...known, answer })) };
}

/** What staff see beside the candidate's view. */
export interface StaffSide {
  looking_at: Viewed | null;
  exposed: number;
  pairs: number;
  met: ReadonlySet<string>;
  cards_held: boolean;
  /** When the next card is due, as the server said last. */
  card_due: number | null;
}

export function applyStaff(side: StaffSide, event: StaffEvent): StaffSide {
  switch (event.kind) {
    case "viewed":
      return { ...side, looking_at: event.data };
    case "exposed": {
      const met = new Set([...side.met, ...event.data.pairs]);
      return { ...side, met, exposed: Math.max(side.exposed, met.size) };
    }
    case "cards":
      return { ...side, cards_held: event.data.held };
    default:
      return side;
  }
}

/** Whether the server may now name another time for the next card. */
export function movesCard(event: StaffEvent): boolean {
  if (event.kind === "cards") return !event.data.held;
  return event.kind === "shown" && ["started", "resumed", "answered"].includes(event.data.kind);
}

function touched(file: FileEntry): FileEntry["status"] {
  return file.status === "added" ? "added" : "changed";
}

function patch(files: FileEntry[], path: string, change: (file: FileEntry) => FileEntry): FileEntry[] {
  return files.map((file) => (file.path === path ? change(file) : file));
}

function place(files: FileEntry[], file: FileEntry): FileEntry[] {
  const others = files.filter((known) => known.path !== file.path);
  return [...others, file].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function begun(exchanges: ExchangeView[], at: number, prompt: PromptShown, volunteered: boolean): ExchangeView[] {
  const known = exchanges.some((other) => other.prompt.prompt === prompt.prompt);
  return known ? exchanges : [...exchanges, { prompt, volunteered, at, answer: null, outcome: null }];
}

function exchangeOf(all: ExchangeView[], prompt: string, change: (exchange: ExchangeView) => ExchangeView) {
  return all.map((exchange) => (exchange.prompt.prompt === prompt ? change(exchange) : exchange));
}
