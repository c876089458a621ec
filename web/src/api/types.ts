/**
 * What the server sends, by the names that the page uses.
 * Every type comes from `schema.d.ts`, which `npm run schema` makes from the server's OpenAPI document.
 */

import type { components } from "./schema";

type Schemas = components["schemas"];

/** Left out when there is none, unlike everything else in an answer. */
type Sparse = Schemas["Edited"] | Schemas["Flagged"];

/** A form as answers carry it: what the document calls optional is there, and null when there is none. */
export type Filled<T> = T extends Sparse
  ? T
  : T extends (infer Item)[]
    ? Filled<Item>[]
    : T extends object
      ? { [Name in keyof T]-?: Filled<T[Name]> }
      : T;

type Answer<Name extends keyof Schemas> = Filled<Schemas[Name]>;

export type Id = string;
export type Mode = Schemas["Mode"];
export type SessionPhase = Schemas["Phase"];

export type Brief = Answer<"Brief">;
export type SuggestedPhase = Answer<"SuggestedPhase">;
export type LibraryTask = Answer<"TaskCard">;
export type Library = Answer<"Tasks">;
export type Links = Answer<"Links">;
export type Role = Schemas["Role"];
export type Me = Answer<"Me">;
export type Person = Answer<"Person">;
export type FirstAdmin = Schemas["SetUpBody"];
export type SignIn = Schemas["SignInBody"];
export type PasswordChange = Schemas["PasswordBody"];
export type NewPerson = Schemas["NewPersonBody"];
export type PersonChange = Schemas["PersonChangeBody"];
export type Act = Schemas["Act"];
export type Actor = Schemas["Actor"];
export type AuditEntry = Answer<"AuditEntry">;
export type Scope = Schemas["Scope"];
export type ApiKey = Answer<"ApiKey">;
export type NewApiKey = Schemas["NewApiKeyBody"];
export type LiveModels = Answer<"LiveModels">;
export type LiveModel = Answer<"ModelView">;
export type WrittenModel = Schemas["ModelBody"];
export type ModelChange = Schemas["ModelChangeBody"];
export type Preset = Schemas["Preset"];
export type FailureKind = Schemas["FailureKind"];
export type UpstreamFigures = Answer<"UpstreamView">;
export type UpstreamTest = Answer<"UpstreamTest">;
export type SessionLink = Answer<"Link">;
export type NewLink = Schemas["NewLinkBody"];
export type SessionSummary = Answer<"SessionCard">;
export type NewSession = Schemas["NewSessionBody"];
export type Isolation = Answer<"IsolationBody">;
export type Health = Answer<"Health">;

export type FileStatus = Schemas["FileStatus"];
export type FileEntry = Answer<"FileEntry">;
export type FileText = Answer<"FileBody">;
/** A change set in CodeMirror's JSON form. */
export type ChangeJson = Edited["changes"];
export type Edited = Schemas["Edited"];

export type ContextItem = Schemas["ContextItem"];
export type PromptShown = Answer<"PromptShown">;
export type ExchangeView = Answer<"ExchangeView">;
export type AnswerDelta = Answer<"AnswerDelta">;
export type Flagged = Schemas["Flagged"];
export type HypothesisStatus = Schemas["HypothesisStatus"];
export type Hypothesis = Answer<"Hypothesis">;
export type HypothesisChanged = Answer<"HypothesisChanged">;
export type TestResult = Answer<"TestResult">;
export type RunOutcome = Answer<"RunOutcome">;
export type RunView = Answer<"RunView">;
export type ClockView = Answer<"ClockView">;

export type CandidateView = Answer<"CandidateView">;
export type Viewed = Answer<"Viewed">;
export type CandidateFact = Answer<"CandidateFact">;
export type CandidateEvent = Answer<"CandidateEvent">;
export type StaffFact = Answer<"StaffFact">;
export type StaffEvent = Answer<"StaffEvent">;

export type SearchHits = Answer<"SearchHits">;
export type SearchHit = Answer<"SearchHit">;
export type OutlineItem = Answer<"OutlineNode">;
export type Place = Answer<"Place">;
export type Reference = Answer<"UseOfSymbol">;
export type Commit = Answer<"CommitBody">;
export type CommitDiff = Answer<"CommitDiff">;
export type BlameLine = Answer<"BlameBody">;

export type Report = Answer<"Report">;
export type ReportHeader = Answer<"Header">;
export type Item = Answer<"Item">;
export type Side = Schemas["Side"];
export type Exposure = Schemas["Exposure"];
export type Verdict = Schemas["Verdict"];
export type Evidence = Answer<"Evidence">;
export type EvidenceKind = Schemas["EvidenceKind"];
export type Dimension = Schemas["Dimension"];
export type Rate = Answer<"Rate">;
export type CheckResult = Answer<"CheckResult">;
export type QuestionResult = Answer<"QuestionResult">;
export type PromptResult = Answer<"PromptResult">;
