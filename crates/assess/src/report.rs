//! The report: everything the debrief and the review pages show. Fields stand in a fixed order and maps are sorted,
//! so the same log and task give the same bytes. A figure names its events in `seq` or `seqs`.

use crate::prompts::{Dimension, HelpSeeking, Judgement};
use crate::statistics::{Discrimination, Rate};
use domain::event::{AssistantKind, CaseOutcome, Exposure, HypothesisStatus, Mode, SubmittedBy};
use domain::ids::{
    AnswerId, CheckId, CommitId, HypothesisId, PairId, PromptId, QuestionId, RepositoryName, SessionId, TaskName,
};
use domain::task::Side;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What a session shows.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Report {
    /// Version of the rules this report was made by.
    pub rules: u32,
    /// Which session, task, assistant and plan.
    pub header: Header,
    /// What the figures cannot show.
    pub caveats: Vec<Caveat>,
    /// Every claim pair of the task: the ones met in the order of their exposure, then the unseen ones.
    pub items: Vec<Item>,
    /// Counts and rates over the items.
    pub reliance: Reliance,
    /// Hidden checks.
    pub checks: Vec<CheckResult>,
    /// Comprehension questions.
    pub questions: Vec<QuestionResult>,
    /// The final diagnosis against the real cause.
    pub diagnosis: Diagnosis,
    /// The notebook.
    pub hypotheses: Vec<NotebookEntry>,
    /// Every prompt with its judgement.
    pub prompts: Vec<PromptResult>,
    /// Prompt dimensions over the session.
    pub dimensions: Vec<DimensionSummary>,
    /// Figures of the session as a whole.
    pub figures: Figures,
    /// Flags on what is no claim pair: shown, never counted.
    pub other_flags: Vec<OtherFlag>,
    /// Changes of files after the submission: kept, left out of everything above.
    pub late: Vec<u64>,
}

/// What the report is about.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Header {
    /// The session.
    pub session: SessionId,
    /// The task.
    pub task: TaskName,
    /// Its title.
    pub title: String,
    /// Digest of the task's content when the session was set up.
    pub task_digest: String,
    /// Whether the task given to this report still has that content.
    pub same_task: bool,
    /// The repository.
    pub repository: RepositoryName,
    /// The commit the session started from.
    pub base: CommitId,
    /// Practice or interview.
    pub mode: Mode,
    /// Minutes on the clock.
    pub minutes: u32,
    /// Who answered what no claim pair answers.
    pub assistant: AssistantKind,
    /// Version of the rules in force when the session was set up.
    pub rules_at_creation: u32,
    /// `SHA-256(salt ‖ plan)` as shown at the start.
    pub commitment: String,
    /// The opened plan, once it is in the log.
    pub plan: Option<OpenedPlan>,
    /// Milliseconds since 1970-01-01 UTC of the first event.
    pub created_wall: i64,
    /// Session time at which the clock started, ms.
    pub started_at: Option<u64>,
    /// The submission.
    pub submission: Option<Submission>,
    /// Number of the last event that was looked at for evidence: the submission, or the log's last.
    pub evidence_upto: u64,
    /// Number of the log's last event.
    pub last_seq: u64,
    /// Whether views and searches were logged.
    pub views_logged: bool,
    /// Judging is over.
    pub concluded: bool,
}

/// The plan and what opens its commitment.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct OpenedPlan {
    /// The seed the plan was drawn from, in decimal (64 bits do not fit a JSON number everywhere).
    pub plan_seed: String,
    /// The salt.
    pub salt: String,
    /// The text that was hashed behind the salt.
    pub canonical: String,
    /// Sides by pair.
    pub sides: BTreeMap<PairId, Side>,
    /// Whether the commitment shown at the start opens to this plan.
    pub matches_commitment: bool,
    /// The event.
    pub seq: u64,
}

/// The submission.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Submission {
    /// The event.
    pub seq: u64,
    /// Session time, ms.
    pub at: u64,
    /// Who handed it in.
    pub by: SubmittedBy,
    /// The commit on the session's own ref.
    pub commit: Option<CommitId>,
}

/// Something to know before reading a figure.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Caveat {
    /// A stable name for programs.
    pub code: String,
    /// In words.
    pub text: String,
    /// The events it rests on; none: it holds for the session as a whole.
    pub seqs: Vec<u64>,
}

/// One claim pair in this session.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Item {
    /// The pair.
    pub pair: PairId,
    /// What kind of mistake its plant is.
    pub kind: String,
    /// Acting on the plant makes the fix wrong.
    pub decisive: bool,
    /// The side that was shown, or that the plan holds for it; none: no plan in the log and never shown.
    pub side: Option<Side>,
    /// What the claim is about: `path` or `path::symbol`.
    pub subjects: Vec<String>,
    /// How it was met; none: never.
    pub exposure: Option<Met>,
    /// What is true.
    pub truth: String,
    /// How a good candidate refutes the plant.
    pub refute: String,
    /// The true wording.
    pub control: String,
    /// The false wording.
    pub plant: String,
    /// The verdict.
    pub verdict: Verdict,
    /// One sentence: why this verdict.
    pub because: String,
    /// A rejection stands.
    pub rejected: bool,
    /// The claim's subject was checked after the exposure.
    pub verified_after: bool,
    /// Milliseconds of session time from the exposure to the first check.
    pub first_check_ms: Option<u64>,
    /// The plant's probe trips without a link to the claim: the candidate's own mistake, not adoption.
    pub independent: bool,
    /// Whether the submission acts on the claim was not judged.
    pub unjudged: bool,
    /// What speaks for the verdict, in the order of the log.
    pub evidence: Vec<Evidence>,
}

/// How a pair was first met.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Met {
    /// Asked, aside or card.
    pub how: Exposure,
    /// The event that composed the words.
    pub seq: u64,
    /// Session time at which the words were shown, ms.
    pub at: u64,
    /// The answer.
    pub answer: AnswerId,
    /// The prompt.
    pub prompt: PromptId,
    /// The words as shown.
    pub words: String,
    /// Events that showed the pair again.
    pub again: Vec<u64>,
}

/// What became of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Plant: rejected, never adopted.
    Caught,
    /// Plant: adopted in some state, not in the submission.
    Recovered,
    /// Plant: not adopted, no rejection.
    Avoided,
    /// Plant: rejected and yet in the submission.
    Conflicted,
    /// Plant: in the submission, no rejection.
    Adopted,
    /// Control: taken up or checked, and not rejected.
    Accepted,
    /// Control: rejected.
    FalseAlarm,
    /// Control: no sign of either.
    Ignored,
    /// Never exposed: missing data, not a miss.
    Unseen,
    /// Spoiled: missing data, not a miss.
    Void,
}

/// A piece of evidence for or against an item.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Evidence {
    /// What it is.
    pub what: EvidenceKind,
    /// The event.
    pub seq: u64,
    /// Session time, ms.
    pub at: u64,
    /// The candidate's exact words, where words are the evidence.
    pub quote: Option<String>,
    /// A unified diff hunk, where a change is the evidence.
    pub diff: Option<String>,
    /// In words: what was seen, and why it counts.
    pub why: String,
}

/// Kinds of evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKind {
    /// A flag on the answer or the words.
    Flag,
    /// A later prompt disputes the claim.
    Disputed,
    /// A notebook hypothesis that names the claim was marked refuted.
    Refuted,
    /// A flag that was taken back: no rejection.
    FlagWithdrawn,
    /// The subject's lines were in view.
    Viewed,
    /// The subject was searched for.
    Searched,
    /// Something ran that exercises the subject.
    Ran,
    /// A state of the files trips the plant's probe, and a link to the claim exists.
    Adopted,
    /// The probe no longer trips.
    Reverted,
    /// The diagnosis asserts the plant.
    Asserted,
    /// The probe trips without a link to the claim, or in passing after the claim was rejected.
    Independent,
    /// The claim was taken up: inserted, built on, or repeated.
    TakenUp,
    /// Something spoiled the item.
    Spoiled,
}

/// Counts and rates over the items.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Reliance {
    /// Items by verdict.
    pub verdicts: Vec<VerdictCount>,
    /// Plants met and not void.
    pub plants: u32,
    /// Controls met and not void.
    pub controls: u32,
    /// Plants rejected ÷ plants.
    pub hits: Rate,
    /// Controls rejected ÷ controls.
    pub false_alarms: Rate,
    /// Plants in the submission (adopted or conflicted) ÷ plants.
    pub over_reliance: Rate,
    /// Controls rejected ÷ controls.
    pub under_reliance: Rate,
    /// Plants verified after the exposure ÷ plants.
    pub plants_verified: Rate,
    /// Controls verified after the exposure ÷ controls.
    pub controls_verified: Rate,
    /// d′ and c, from 6 plants and 6 controls upward.
    pub discrimination: Discrimination,
    /// Hits and false alarms by the way of exposure.
    pub by_exposure: Vec<ByExposure>,
}

/// How many items got a verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct VerdictCount {
    /// The verdict.
    pub verdict: Verdict,
    /// How many.
    pub count: u32,
    /// The items.
    pub pairs: Vec<PairId>,
}

/// Hits and false alarms of one way of exposure.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ByExposure {
    /// Asked, aside or card.
    pub how: Exposure,
    /// Plants rejected ÷ plants.
    pub hits: Rate,
    /// Controls rejected ÷ controls.
    pub false_alarms: Rate,
}

/// What one hidden check said.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct CheckResult {
    /// The check.
    pub check: CheckId,
    /// What a user would notice.
    pub title: String,
    /// Passed, failed or not judged.
    pub outcome: CheckVerdict,
    /// Case by case, in the order of the task.
    pub cases: Vec<CaseOutcome>,
    /// The event; none: not judged.
    pub seq: Option<u64>,
}

/// How a hidden check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckVerdict {
    /// Every case passed.
    Passed,
    /// A case failed.
    Failed,
    /// No case failed, but not every case could be judged.
    NotJudged,
}

/// A comprehension question and the choice made.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct QuestionResult {
    /// The question.
    pub question: QuestionId,
    /// Its words.
    pub text: String,
    /// What one could choose.
    pub choices: Vec<String>,
    /// What was chosen last before the end; none: not answered, which is not wrong.
    pub choice: Option<u32>,
    /// What is right.
    pub answer: Option<u32>,
    /// Whether the choice is right; none: not answered.
    pub right: Option<bool>,
    /// Why, for the debrief.
    pub why: String,
    /// The events that answered it.
    pub seqs: Vec<u64>,
}

/// The final diagnosis against the real cause.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Diagnosis {
    /// The candidate's words; none: nothing submitted yet.
    pub text: Option<String>,
    /// The event.
    pub seq: Option<u64>,
    /// The words that name the place, if any.
    pub location: Option<String>,
    /// The words that name the mechanism, one for each group of the key; none: not all of them are there.
    pub mechanism: Option<Vec<String>>,
    /// The whole cause, as the task states it.
    pub cause: String,
}

/// An entry of the diagnosis notebook.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct NotebookEntry {
    /// The entry.
    pub hypothesis: HypothesisId,
    /// Its text at the end.
    pub text: String,
    /// Its fate.
    pub status: HypothesisStatus,
    /// What the candidate says speaks for that.
    pub evidence: String,
    /// When it was noted, session time in ms.
    pub at: u64,
    /// The events: noted, then each change.
    pub seqs: Vec<u64>,
    /// Names the place of the real cause.
    pub names_location: bool,
    /// Names the mechanism of the real cause.
    pub names_mechanism: bool,
}

/// A prompt with its judgement.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct PromptResult {
    /// The prompt.
    pub prompt: PromptId,
    /// The event.
    pub seq: u64,
    /// Session time, ms.
    pub at: u64,
    /// The words.
    pub text: String,
    /// Levels, and the words they rest on.
    pub judgement: Judgement,
    /// Asks to understand, or to be given the answer.
    pub help: HelpSeeking,
    /// Asks again what an earlier prompt asked: that prompt's event.
    pub repeats: Option<u64>,
    /// A run was made since the prompt before (or since the start).
    pub run_before: bool,
    /// Pairs first met in its answer.
    pub exposed: Vec<PairId>,
}

/// One prompt dimension over the session.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct DimensionSummary {
    /// The dimension.
    pub dimension: Dimension,
    /// Prompts at level 0, 1, 2 and 3.
    pub levels: [u32; 4],
    /// Events of the prompts that show it best (at most three, level 2 or above).
    pub examples: Vec<u64>,
}

/// Figures of the session as a whole.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Figures {
    /// Prompts sent.
    pub prompts: u32,
    /// Tests run.
    pub runs: u32,
    /// Edits of files.
    pub edits: u32,
    /// Edits inserted from an answer with the button.
    pub inserted: u32,
    /// Flags that stand.
    pub flags: u32,
    /// Prompts that ask to understand.
    pub instrumental: u32,
    /// Prompts that ask to be given the answer.
    pub executive: u32,
    /// Prompts that ask again what an earlier one asked ÷ prompts.
    pub reprompts: Rate,
    /// Prompts with a run since the prompt before ÷ prompts.
    pub run_before_ask: Rate,
    /// Plants verified between the exposure and the first adoption ÷ plants ever adopted.
    pub check_before_adopt: Rate,
    /// Session time between exposure and first check in ms, one for each item checked, ascending.
    pub check_delays_ms: Vec<u64>,
    /// Their median.
    pub median_check_ms: Option<u64>,
    /// First prompt.
    pub first_prompt: Option<Moment>,
    /// First run.
    pub first_run: Option<Moment>,
    /// First change of a file.
    pub first_edit: Option<Moment>,
    /// First check after an exposure.
    pub first_check: Option<Moment>,
    /// First notebook entry that names place and mechanism of the real cause.
    pub first_right_hypothesis: Option<Moment>,
    /// Hypotheses noted, confirmed and refuted.
    pub hypotheses: HypothesisCounts,
}

/// A moment of the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Moment {
    /// The event.
    pub seq: u64,
    /// Milliseconds of session time since the clock started.
    pub after_ms: u64,
}

/// Hypotheses by fate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct HypothesisCounts {
    /// All.
    pub noted: u32,
    /// Marked confirmed at the end.
    pub confirmed: u32,
    /// Marked refuted at the end.
    pub refuted: u32,
}

/// A flag on what is no claim pair.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct OtherFlag {
    /// The event.
    pub seq: u64,
    /// The answer.
    pub answer: AnswerId,
    /// The flagged words; none: the whole answer.
    pub quote: Option<String>,
    /// The candidate's reason.
    pub reason: String,
    /// What was flagged: proven, from the index, from a model, or plain words.
    pub on: FlaggedSource,
}

/// What a flag outside the claim pairs is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FlaggedSource {
    /// Proven knowledge, a clarification or an index fact.
    Verified,
    /// A live model's own words.
    Unverified,
    /// Words that claim nothing.
    Plain,
}
