//! Events: the facts of a session, in the form in which they are stored for ever.
//!
//! A kind's stored form never changes: a new form is a new version, and the store keeps a golden sample of each.

use crate::budget::Budget;
use crate::ids::{
    AnswerId, ChatId, CheckId, CommitId, EditId, FlagId, HypothesisId, KnowledgeId, PairId, PromptId, QuestionId,
    RepoPath, RepositoryName, RunId, SessionId, TaskName,
};
use crate::plan::Plan;
use crate::task::Side;
use crate::text::ChangeSet;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// One fact in a session's append-only log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Its number in the log, from 1, without gaps.
    pub seq: u64,
    /// Session time in milliseconds: what the session's clock had counted.
    pub at: u64,
    /// Milliseconds since 1970-01-01 UTC.
    pub wall: i64,
    /// Version of the stored form of this kind.
    pub v: u32,
    /// What happened.
    #[serde(flatten)]
    pub fact: Fact,
}

impl Event {
    /// The version of every kind's stored form that this build writes and reads.
    pub const VERSION: u32 = 1;
}

/// What happened. Facts marked *sealed* reach nobody before the debrief, except staff who ask for them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "data", rename_all = "snake_case")]
pub enum Fact {
    /// A session was set up.
    Created(Created),
    /// Sealed: which sides this session meets.
    PlanSealed(PlanSealed),
    /// The candidate agreed to the rules.
    Consented {
        /// Whether files looked at and searches may be logged.
        views: bool,
    },
    /// The clock started.
    Started {},
    /// The candidate had lines of a file in view.
    Viewed(Viewed),
    /// The candidate searched the repository's text.
    Searched {
        /// What for.
        query: String,
        /// How many lines matched.
        hits: u32,
    },
    /// A file changed.
    Edited(Edited),
    /// A file came into being.
    FileCreated {
        /// Its path.
        path: RepoPath,
        /// Its first text.
        text: String,
    },
    /// A file got another path.
    FileRenamed {
        /// The old path.
        from: RepoPath,
        /// The new path.
        to: RepoPath,
    },
    /// A file went.
    FileDeleted {
        /// Its path.
        path: RepoPath,
    },
    /// The candidate asked the assistant.
    Asked(Asked),
    /// The assistant began a remark of its own accord: a card. Its words follow as those of an answer do.
    Volunteered {
        /// What the words are the answer to, for there is no prompt.
        prompt: PromptId,
        /// The conversation in which it came up.
        chat: ChatId,
    },
    /// Cards come no more at their times; an interviewer holds them back.
    CardsHeld {},
    /// Cards come at their times again.
    CardsReleased {},
    /// Sealed: (a part of) an answer was composed and is being shown.
    Composed(Composed),
    /// Sealed: the upstream model failed; what the candidate saw is neutral.
    UpstreamFailed {
        /// The prompt that was not answered by it.
        prompt: PromptId,
        /// What went wrong, for staff.
        cause: String,
    },
    /// Sealed from the candidate: what a live model took for a prompt.
    Used(Used),
    /// The last word of an answer was shown.
    Answered {
        /// The answer.
        answer: AnswerId,
        /// The prompt it belongs to.
        prompt: PromptId,
        /// How it ended.
        outcome: AnswerOutcome,
    },
    /// The candidate marked an answer, or a part of it, as wrong.
    Flagged(Flagged),
    /// The candidate took a flag back.
    FlagWithdrawn {
        /// The flag.
        flag: FlagId,
    },
    /// A new entry in the diagnosis notebook.
    Hypothesised {
        /// Its id.
        hypothesis: HypothesisId,
        /// What the candidate supposes.
        text: String,
    },
    /// An entry of the notebook changed.
    HypothesisChanged(HypothesisChanged),
    /// The candidate ran tests.
    RunRequested {
        /// The run.
        run: RunId,
        /// Arguments for pytest: node ids or paths; none: the whole suite.
        target: Vec<String>,
    },
    /// The run ended.
    RunFinished {
        /// The run.
        run: RunId,
        /// What came out.
        outcome: RunOutcome,
    },
    /// A comprehension question was answered (again).
    QuestionAnswered {
        /// The question.
        question: QuestionId,
        /// Index into its choices.
        choice: u32,
    },
    /// The session's files were handed in; later changes do not count.
    Submitted {
        /// Who handed them in.
        by: SubmittedBy,
        /// The candidate's diagnosis in words.
        diagnosis: String,
    },
    /// The submission was committed on the session's own ref.
    Committed {
        /// The commit.
        commit: CommitId,
    },
    /// Sealed: the hidden checks were judged.
    Judged {
        /// Outcomes by check.
        checks: BTreeMap<CheckId, CheckOutcome>,
    },
    /// Sealed: the probes ran on one state of the files.
    Probed(Probed),
    /// Judging is over: the debrief is open.
    Concluded {},
    /// The clock stood still from here.
    Paused {
        /// Why, in words for everyone.
        why: String,
    },
    /// The clock runs again.
    Resumed {},
    /// The server was started again in mid-session.
    Restarted {},
}

impl Fact {
    /// The kind's name as stored.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Created(_) => "created",
            Self::PlanSealed(_) => "plan_sealed",
            Self::Consented { .. } => "consented",
            Self::Started {} => "started",
            Self::Viewed(_) => "viewed",
            Self::Searched { .. } => "searched",
            Self::Edited(_) => "edited",
            Self::FileCreated { .. } => "file_created",
            Self::FileRenamed { .. } => "file_renamed",
            Self::FileDeleted { .. } => "file_deleted",
            Self::Asked(_) => "asked",
            Self::Volunteered { .. } => "volunteered",
            Self::CardsHeld {} => "cards_held",
            Self::CardsReleased {} => "cards_released",
            Self::Composed(_) => "composed",
            Self::UpstreamFailed { .. } => "upstream_failed",
            Self::Used(_) => "used",
            Self::Answered { .. } => "answered",
            Self::Flagged(_) => "flagged",
            Self::FlagWithdrawn { .. } => "flag_withdrawn",
            Self::Hypothesised { .. } => "hypothesised",
            Self::HypothesisChanged(_) => "hypothesis_changed",
            Self::RunRequested { .. } => "run_requested",
            Self::RunFinished { .. } => "run_finished",
            Self::QuestionAnswered { .. } => "question_answered",
            Self::Submitted { .. } => "submitted",
            Self::Committed { .. } => "committed",
            Self::Judged { .. } => "judged",
            Self::Probed(_) => "probed",
            Self::Concluded {} => "concluded",
            Self::Paused { .. } => "paused",
            Self::Resumed {} => "resumed",
            Self::Restarted {} => "restarted",
        }
    }
}

/// How a session was set up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Created {
    /// The session.
    pub session: SessionId,
    /// Its task.
    pub task: TaskName,
    /// Digest of the task's content.
    pub task_digest: String,
    /// The repository.
    pub repository: RepositoryName,
    /// The commit the session starts from.
    pub base: CommitId,
    /// Practice or interview.
    pub mode: Mode,
    /// Minutes on the clock.
    pub minutes: u32,
    /// Seed of the assistant's choice of words.
    pub seed: u64,
    /// Who answers.
    pub assistant: AssistantKind,
    /// `SHA-256(salt ‖ plan)`.
    pub commitment: String,
    /// Version of the rules of measurement in force.
    pub rules: u32,
    /// How much may be asked.
    #[serde(default, skip_serializing_if = "Budget::is_none")]
    pub budget: Budget,
}

/// What a session is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Somebody trains alone.
    Practice,
    /// Somebody is interviewed.
    Interview,
}

/// Who answers what no claim pair answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum AssistantKind {
    /// Proven knowledge and facts from the index only.
    Offline,
    /// A live model, by its name in the settings.
    Model(String),
    /// Several live models, by their names in the settings: every prompt says which it is for.
    Models(Vec<String>),
}

impl AssistantKind {
    /// The live models, the first of which answers a prompt that names none.
    pub fn models(&self) -> &[String] {
        match self {
            Self::Offline => &[],
            Self::Model(name) => std::slice::from_ref(name),
            Self::Models(names) => names,
        }
    }

    /// The live models where a prompt has a choice.
    pub fn choices(&self) -> &[String] {
        Some(self.models()).filter(|names| names.len() > 1).unwrap_or_default()
    }

    /// The model that a prompt is for: the one it names, or the first.
    pub fn asked_of<'a>(&'a self, asked: &'a Asked) -> Option<&'a str> {
        asked.model.as_deref().or_else(|| self.models().first().map(String::as_str))
    }
}

/// Sealed: the plan, and what opens its commitment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlanSealed {
    /// The seed it was drawn from.
    pub plan_seed: u64,
    /// The salt of the commitment.
    pub salt: String,
    /// The sides.
    pub plan: Plan,
}

/// Lines of a file that were in view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Viewed {
    /// The file.
    pub path: RepoPath,
    /// First line in view, from 1.
    pub from_line: u32,
    /// Last line in view.
    pub to_line: u32,
}

/// A change of one file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Edited {
    /// The change's own id.
    pub edit: EditId,
    /// The file.
    pub path: RepoPath,
    /// The file's version after this change; a file of the base revision has version 0.
    pub version: u32,
    /// What changed.
    #[schema(value_type = Vec<Value>)]
    pub changes: ChangeSet,
    /// The answer this text was inserted from with the button, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inserted_from: Option<AnswerId>,
}

/// A prompt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    /// Its id.
    pub prompt: PromptId,
    /// The conversation it belongs to.
    pub chat: ChatId,
    /// The words.
    pub text: String,
    /// What the candidate let the assistant see.
    pub context: Vec<ContextItem>,
    /// The live model it is for; none: the session's first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
}

/// Something the candidate put beside a prompt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ContextItem {
    /// A file, as it stands in the session.
    File {
        /// Which.
        path: RepoPath,
    },
    /// Lines of a file.
    Selection {
        /// Which file.
        path: RepoPath,
        /// First line, from 1.
        from_line: u32,
        /// Last line.
        to_line: u32,
    },
    /// The output of a run.
    Run {
        /// Which.
        run: RunId,
    },
    /// The whole repository, as it stands in the session: what of it is nearest to the prompt, as much as fits.
    Repository {},
}

/// Sealed: a part of an answer with where each piece comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Composed {
    /// The answer.
    pub answer: AnswerId,
    /// The prompt it answers.
    pub prompt: PromptId,
    /// The words, Markdown.
    pub text: String,
    /// No further part follows.
    pub last: bool,
    /// Where the pieces of `text` come from, in order.
    pub sources: Vec<Source>,
    /// Where the words wait, as those of a live model do between paragraphs, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rests: Vec<Rest>,
}

/// A wait inside a part of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rest {
    /// First byte in the part's text that waits.
    pub at: u32,
    /// Milliseconds from the composing of the part; before that nothing from there on begins to show.
    pub ms: u32,
}

/// A piece of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// First byte in the part's text.
    pub start: u32,
    /// Byte after the last.
    pub end: u32,
    /// Where it comes from.
    pub origin: Origin,
}

/// Where a piece of an answer comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum Origin {
    /// A side of a claim pair, shown in one of the ways of exposure.
    Pair {
        /// The pair.
        pair: PairId,
        /// The side.
        side: Side,
        /// How it came up.
        exposure: Exposure,
    },
    /// The reply to doubt or to a challenge about a pair: the same words for both sides.
    Reply {
        /// The pair.
        pair: PairId,
    },
    /// Proven knowledge.
    Knowledge {
        /// Which.
        knowledge: KnowledgeId,
    },
    /// What the ticket's reporter answers.
    Clarification {},
    /// A fact from the index.
    Index {},
    /// A live model's own words: unverified.
    Model {},
    /// Words that claim nothing about the repository.
    Plain {},
}

/// How a pair came up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Exposure {
    /// A prompt matched the pair.
    Asked,
    /// A remark in an answer that touches its subject.
    Aside,
    /// A remark that the assistant volunteered at a set time.
    Card,
}

/// What a live model took for a prompt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Used {
    /// The prompt.
    pub prompt: PromptId,
    /// The upstream, as the settings call it.
    pub upstream: String,
    /// Tokens it read.
    pub read: u64,
    /// Tokens it wrote.
    pub written: u64,
    /// What that cost, in millionths of a unit.
    pub cost: u64,
    /// The upstream did not tell the tokens: they are estimated.
    pub estimated: bool,
}

/// How an answer ended, as everyone may know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum AnswerOutcome {
    /// All of it was shown.
    Complete,
    /// The assistant could not be reached; asking again is harmless.
    Unavailable,
}

/// A mark on an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Flagged {
    /// Its id.
    pub flag: FlagId,
    /// The answer.
    pub answer: AnswerId,
    /// The exact words it is about; none: the whole answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<String>,
    /// Why the candidate holds them to be wrong.
    pub reason: String,
}

/// A change of a notebook entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HypothesisChanged {
    /// The entry.
    pub hypothesis: HypothesisId,
    /// Its text now.
    pub text: String,
    /// Its state now.
    pub status: HypothesisStatus,
    /// What speaks for that state.
    pub evidence: String,
}

/// The fate of a hypothesis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum HypothesisStatus {
    /// Not settled.
    #[default]
    Open,
    /// Holds.
    Confirmed,
    /// Does not hold.
    Refuted,
}

/// What came out of a run of the candidate's tests: self-reported, it feeds no score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RunOutcome {
    /// How the run ended.
    pub end: RunEnd,
    /// Tests by node id, in order.
    pub tests: Vec<TestResult>,
    /// What was printed, shortened to its limit.
    pub output: String,
    /// Some output was left out.
    pub truncated: bool,
    /// Wall time in milliseconds.
    pub wall_ms: u64,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum RunEnd {
    /// Every test that ran passed.
    Passed,
    /// Some tests failed.
    Failed,
    /// No test was found.
    NoTests,
    /// A limit ended it.
    Limit {
        /// Which: time, memory, processes, output.
        which: String,
    },
    /// The run could not be judged.
    Broken {
        /// Why, and how to mend it.
        why: String,
    },
}

/// One test of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TestResult {
    /// pytest's node id.
    pub id: String,
    /// passed, failed, error or skipped.
    pub outcome: String,
    /// Milliseconds.
    pub ms: u64,
    /// What failed, shortened.
    pub message: String,
}

/// Who ended the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SubmittedBy {
    /// The candidate.
    Candidate,
    /// The clock.
    Deadline,
}

/// What one hidden check said, case by case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CheckOutcome {
    /// In the order of the task's cases.
    pub cases: Vec<CaseOutcome>,
}

impl CheckOutcome {
    /// Whether every case passed; a case that was not judged is not passed.
    pub fn passed(&self) -> bool {
        !self.cases.is_empty() && self.cases.iter().all(|case| matches!(case, CaseOutcome::Passed {}))
    }
}

/// What one case of a hidden check said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum CaseOutcome {
    /// Observed as expected.
    Passed {},
    /// Observed something else, or an exception.
    Failed {
        /// What was observed, in words.
        observed: String,
    },
    /// Nothing trustworthy was observed.
    NotJudged {
        /// Why.
        reason: String,
    },
}

/// Sealed: probes on one state of the files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Probed {
    /// The state is the files right after this event.
    pub upto: u64,
    /// Digest of the state's files.
    pub state: String,
    /// Outcomes by pair.
    pub outcomes: BTreeMap<PairId, ProbeOutcome>,
}

/// What a probe said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum ProbeOutcome {
    /// The plant is in the code.
    Tripped {},
    /// It is not.
    Clear {},
    /// Nothing trustworthy was observed.
    NotJudged {
        /// Why.
        reason: String,
    },
}
