/** The report as the server computes it (crates/assess, report.rs). */

import type { HypothesisStatus, Id, Mode } from "./types";

export type Side = "control" | "plant";
export type Verdict =
  | "caught"
  | "recovered"
  | "avoided"
  | "conflicted"
  | "adopted"
  | "accepted"
  | "false_alarm"
  | "ignored"
  | "unseen"
  | "void";
export type EvidenceKind =
  | "flag"
  | "disputed"
  | "refuted"
  | "flag_withdrawn"
  | "viewed"
  | "searched"
  | "ran"
  | "adopted"
  | "reverted"
  | "asserted"
  | "independent"
  | "taken_up"
  | "spoiled";
export type Dimension =
  | "specificity"
  | "context_given"
  | "goal_clarity"
  | "hypothesis_stated"
  | "asks_for_verification"
  | "scoped"
  | "critical_follow_up";

export interface Rate {
  count: number;
  n: number;
  value: number | null;
  low: number | null;
  high: number | null;
}
export interface Bounded {
  value: number;
  low: number;
  high: number;
}
export interface OpenedPlan {
  plan_seed: string;
  salt: string;
  canonical: string;
  sides: Record<string, Side>;
  matches_commitment: boolean;
  seq: number;
}
export interface ReportHeader {
  session: Id;
  task: string;
  title: string;
  task_digest: string;
  same_task: boolean;
  repository: string;
  base: string;
  mode: Mode;
  minutes: number;
  assistant: "offline" | { model: string };
  rules_at_creation: number;
  commitment: string;
  plan: OpenedPlan | null;
  created_wall: number;
  started_at: number | null;
  submission: { seq: number; at: number; by: "candidate" | "deadline"; commit: string | null } | null;
  evidence_upto: number;
  last_seq: number;
  views_logged: boolean;
  concluded: boolean;
}
export interface Caveat {
  code: string;
  text: string;
  seqs: number[];
}
export interface Evidence {
  what: EvidenceKind;
  seq: number;
  at: number;
  quote: string | null;
  diff: string | null;
  why: string;
}
export interface Met {
  how: "asked" | "aside";
  seq: number;
  at: number;
  answer: Id;
  prompt: Id;
  words: string;
  again: number[];
}
export interface Item {
  pair: string;
  kind: string;
  decisive: boolean;
  side: Side | null;
  subjects: string[];
  exposure: Met | null;
  truth: string;
  refute: string;
  control: string;
  plant: string;
  verdict: Verdict;
  because: string;
  rejected: boolean;
  verified_after: boolean;
  first_check_ms: number | null;
  independent: boolean;
  unjudged: boolean;
  evidence: Evidence[];
}
export type Discrimination =
  | { type: "too_few_to_say"; plants: number; controls: number }
  | { type: "estimate"; plants: number; controls: number; d_prime: Bounded; criterion: Bounded };
export interface Reliance {
  verdicts: { verdict: Verdict; count: number; pairs: string[] }[];
  plants: number;
  controls: number;
  hits: Rate;
  false_alarms: Rate;
  over_reliance: Rate;
  under_reliance: Rate;
  plants_verified: Rate;
  controls_verified: Rate;
  discrimination: Discrimination;
  by_exposure: { how: "asked" | "aside"; hits: Rate; false_alarms: Rate }[];
}
export type CaseOutcome =
  { outcome: "passed" } | { outcome: "failed"; observed: string } | { outcome: "not_judged"; reason: string };
export interface CheckResult {
  check: string;
  title: string;
  outcome: "passed" | "failed" | "not_judged";
  cases: CaseOutcome[];
  seq: number | null;
}
export interface QuestionResult {
  question: string;
  text: string;
  choices: string[];
  choice: number | null;
  answer: number | null;
  right: boolean | null;
  why: string;
  seqs: number[];
}
export interface Diagnosis {
  text: string | null;
  seq: number | null;
  location: string | null;
  mechanism: string[] | null;
  cause: string;
}
export interface NotebookEntry {
  hypothesis: Id;
  text: string;
  status: HypothesisStatus;
  evidence: string;
  at: number;
  seqs: number[];
  names_location: boolean;
  names_mechanism: boolean;
}
export interface QualityEvidence {
  dimension: Dimension;
  quote: string;
  /** UTF-8 bytes of the prompt. */
  start: number;
  end: number;
  why: string;
}
export interface Judgement {
  quality: Record<Dimension, number>;
  overall: number;
  evidence: QualityEvidence[];
}
export interface PromptResult {
  prompt: Id;
  seq: number;
  at: number;
  text: string;
  judgement: Judgement;
  help: "instrumental" | "executive" | "unclear";
  repeats: number | null;
  run_before: boolean;
  exposed: string[];
}
export interface Moment {
  seq: number;
  after_ms: number;
}
export interface Figures {
  prompts: number;
  runs: number;
  edits: number;
  inserted: number;
  flags: number;
  instrumental: number;
  executive: number;
  reprompts: Rate;
  run_before_ask: Rate;
  check_before_adopt: Rate;
  check_delays_ms: number[];
  median_check_ms: number | null;
  first_prompt: Moment | null;
  first_run: Moment | null;
  first_edit: Moment | null;
  first_check: Moment | null;
  first_right_hypothesis: Moment | null;
  hypotheses: { noted: number; confirmed: number; refuted: number };
}
export interface Report {
  rules: number;
  header: ReportHeader;
  caveats: Caveat[];
  items: Item[];
  reliance: Reliance;
  checks: CheckResult[];
  questions: QuestionResult[];
  diagnosis: Diagnosis;
  hypotheses: NotebookEntry[];
  prompts: PromptResult[];
  dimensions: { dimension: Dimension; levels: [number, number, number, number]; examples: number[] }[];
  figures: Figures;
  other_flags: {
    seq: number;
    answer: Id;
    quote: string | null;
    reason: string;
    on: "verified" | "unverified" | "plain";
  }[];
  late: number[];
}
