/** The JSON that the server speaks: candidate, staff and library types. */

export type Id = string;
export type Role = "candidate" | "observer" | "reviewer";
export type Mode = "practice" | "interview";
export type SessionPhase = "invited" | "ready" | "working" | "submitted" | "concluded";

export interface Brief {
  name: string;
  title: string;
  summary: string;
  repository: string;
  head: string;
  minutes: number;
  level: string;
  focus: string[];
  text: string;
  stable: string[];
  phases: SuggestedPhase[];
  questions: OpenQuestion[];
}
export interface SuggestedPhase {
  name: string;
  minutes: number;
  hint: string;
}
export interface OpenQuestion {
  id: string;
  text: string;
  choices: string[];
}

export interface LibraryTask {
  brief: Brief;
  pairs: number;
  checks: number;
  /** Such as: a public task, whose key can be found. */
  warning?: string | null;
}
export interface TaskProblem {
  task: string;
  file: string;
  line: number | null;
  what: string;
  hint: string;
}
export interface Library {
  tasks: LibraryTask[];
  problems: TaskProblem[];
}
export interface Links {
  candidate: string;
  observe: string;
  review: string;
}
export interface SessionSummary {
  id: Id;
  task: string;
  title: string;
  phase: SessionPhase;
  mode: Mode;
  created: number;
  links: Links;
}
export interface NewSession {
  task: string;
  mode: Mode;
  minutes?: number;
  seed?: number;
  assistant?: "offline" | { model: string };
}
export interface Isolation {
  level: string;
  refusal: { cause: string; remedy: string } | null;
}
export interface Health {
  version: string;
  isolation: Isolation;
  /** Models that a session may be set up with. */
  models?: string[];
  assistant?: { models: string[] };
}

export type FileStatus = "unchanged" | "changed" | "added";
export interface FileEntry {
  path: string;
  version: number;
  status: FileStatus;
}
export interface FileText {
  path: string;
  text: string;
  version: number;
}
/** A change set in CodeMirror's JSON form. */
export type ChangeJson = unknown[];
export interface Edited {
  edit: Id;
  path: string;
  version: number;
  changes: ChangeJson;
  inserted_from?: Id | null;
}

export type ContextItem =
  | { type: "file"; path: string }
  | { type: "selection"; path: string; from_line: number; to_line: number }
  | { type: "run"; run: Id };

export interface PromptShown {
  prompt: Id;
  chat: Id;
  text: string;
  context: ContextItem[];
}
export type AnswerOutcome = "complete" | "unavailable";
export interface AnswerView {
  answer: Id;
  text: string;
}
export interface ExchangeView {
  prompt: PromptShown;
  at: number;
  answer: AnswerView | null;
  outcome: AnswerOutcome | null;
}
export interface Flagged {
  flag: Id;
  answer: Id;
  quote?: string | null;
  reason: string;
}
export type HypothesisStatus = "open" | "confirmed" | "refuted";
export interface Hypothesis {
  id: Id;
  text: string;
  status: HypothesisStatus;
  evidence: string;
  at: number;
}
export interface HypothesisChanged {
  hypothesis: Id;
  text: string;
  status: HypothesisStatus;
  evidence: string;
}
export type RunEnd =
  | { type: "passed" }
  | { type: "failed" }
  | { type: "no_tests" }
  | { type: "limit"; which: string }
  | { type: "broken"; why: string };
export interface TestResult {
  id: string;
  outcome: string;
  ms: number;
  message: string;
}
export interface RunOutcome {
  end: RunEnd;
  tests: TestResult[];
  output: string;
  truncated: boolean;
  wall_ms: number;
}
export interface RunView {
  run: Id;
  target: string[];
  at: number;
  outcome: RunOutcome | null;
}
export interface SubmissionView {
  by: "candidate" | "deadline";
  diagnosis: string;
  at: number;
}
export interface ClockView {
  now: number;
  minutes: number;
  started: number | null;
  deadline: number | null;
  paused: string | null;
}

export interface CandidateView {
  session: Id;
  task: string;
  mode: Mode;
  phase: SessionPhase;
  n: number;
  clock: ClockView;
  commitment: string;
  views_allowed: boolean;
  files: FileEntry[];
  exchanges: ExchangeView[];
  flags: Flagged[];
  hypotheses: Hypothesis[];
  runs: RunView[];
  choices: Record<string, number>;
  submission: SubmissionView | null;
}
export interface Viewed {
  path: string;
  from_line: number;
  to_line: number;
}
export interface StaffView {
  seq: number;
  candidate: CandidateView;
  looking_at: Viewed | null;
  exposed: number;
  pairs: number;
}
export interface SessionState {
  role: Role;
  brief: Brief;
  view: CandidateView | null;
  staff: StaffView | null;
  can_run: boolean;
  isolation: Isolation;
}

/** What happened, as the candidate may know it. */
export type CandidateFact =
  | { kind: "consented"; data: { views: boolean } }
  | { kind: "started"; data: { deadline: number } }
  | { kind: "edited"; data: Edited }
  | { kind: "file_created"; data: { path: string; text: string } }
  | { kind: "file_renamed"; data: { from: string; to: string } }
  | { kind: "file_deleted"; data: { path: string } }
  | { kind: "asked"; data: PromptShown }
  | { kind: "answered"; data: { answer: Id; prompt: Id; outcome: AnswerOutcome; text: string } }
  | { kind: "flagged"; data: Flagged }
  | { kind: "flag_withdrawn"; data: { flag: Id } }
  | { kind: "hypothesised"; data: { hypothesis: Id; text: string } }
  | { kind: "hypothesis_changed"; data: HypothesisChanged }
  | { kind: "run_requested"; data: { run: Id; target: string[] } }
  | { kind: "run_finished"; data: { run: Id; outcome: RunOutcome } }
  | { kind: "question_answered"; data: { question: string; choice: number } }
  | { kind: "submitted"; data: { by: "candidate" | "deadline"; diagnosis: string } }
  | { kind: "concluded"; data?: object }
  | { kind: "paused"; data: { why: string } }
  | { kind: "resumed"; data?: object };

export type CandidateEvent = { n: number; at: number } & CandidateFact;

export type StaffFact =
  | { kind: "shown"; data: CandidateFact }
  | { kind: "created"; data: { task: string; minutes: number } }
  | { kind: "viewed"; data: Viewed }
  | { kind: "searched"; data: { query: string; hits: number } }
  | { kind: "exposed"; data: { answer: Id; pairs: string[] } }
  | { kind: "upstream_failed"; data: { prompt: Id; cause: string } }
  | { kind: "committed"; data: { commit: string } }
  | { kind: "restarted"; data?: object }
  | { kind: "sealed"; data: { fact: unknown } };

export type StaffEvent = { seq: number; at: number; wall: number } & StaffFact;

export interface AnswerDelta {
  answer: Id;
  prompt: Id;
  /** UTF-8 byte of the whole text at which the words begin. */
  from: number;
  text: string;
}

/** Lines count from 1, columns from 0 in UTF-16 units. */
export interface SearchHit {
  path: string;
  line: number;
  column: number;
  text: string;
}
export interface OutlineItem {
  name: string;
  kind: string;
  line: number;
  end_line: number;
  children: OutlineItem[];
}
export interface DefinitionTarget {
  path: string;
  line: number;
  column: number;
  name: string;
  kind: string;
  signature: string;
}
export interface Reference {
  path: string;
  line: number;
  column: number;
  text: string;
  certain: boolean;
}
export interface SymbolHit {
  path: string;
  line: number;
  name: string;
  qualified: string;
  kind: string;
}
export interface Commit {
  id: string;
  author: string;
  when: string;
  subject: string;
  body: string;
  files: string[];
}
export interface BlameLine {
  line: number;
  commit: string;
  author: string;
  when: string;
  subject: string;
}
