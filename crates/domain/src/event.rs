//! Events: the facts of a session, in the form in which they are stored for ever.
//!
//! A kind's stored form never changes: a new form is a new version, and the store keeps a golden sample of each.

mod asking;
mod outcomes;

pub use asking::{AnswerOutcome, Asked, Composed, ContextItem, Exposure, Flagged, Origin, Rest, Source, Used};
pub use outcomes::{CaseOutcome, CheckOutcome, ProbeOutcome, Probed, RunEnd, RunOutcome, SubmittedBy, TestResult};

use crate::budget::Budget;
use crate::ids::{
    AnswerId, ChatId, CheckId, CommitId, EditId, FlagId, HypothesisId, PromptId, QuestionId, RepoPath, RepositoryName,
    RunId, SessionId, TaskName,
};
use crate::plan::Plan;
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
