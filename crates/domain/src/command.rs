//! Commands: what people and effects want to happen, and why a rule may say no.

use crate::event::{
    AnswerOutcome, Asked, CheckOutcome, Composed, Edited, Flagged, HypothesisChanged, Probed, RunOutcome, SubmittedBy,
    Used, Viewed,
};
use crate::ids::{
    AnswerId, BadPath, ChatId, CheckId, CommitId, FlagId, HypothesisId, PromptId, QuestionId, RepoPath, RunId,
};
use crate::text::BadChange;
use std::collections::BTreeMap;

/// What shall happen. Every command that makes a thing carries the thing's id, so a retry is harmless.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Agrees to the rules.
    Consent {
        /// Whether views and searches may be logged.
        views: bool,
    },
    /// Starts the clock.
    Start,
    /// Tells what is in view.
    View(Viewed),
    /// Tells what was searched.
    Search {
        /// What for.
        query: String,
        /// How many lines matched.
        hits: u32,
    },
    /// Changes a file; `version` is the version the change makes.
    Edit(Edited),
    /// Makes a file.
    CreateFile {
        /// Where.
        path: RepoPath,
        /// With which text.
        text: String,
    },
    /// Moves a file.
    RenameFile {
        /// From here.
        from: RepoPath,
        /// To there.
        to: RepoPath,
    },
    /// Removes a file.
    DeleteFile {
        /// Which.
        path: RepoPath,
    },
    /// Asks the assistant.
    Ask(Asked),
    /// The assistant volunteers a remark, whole.
    Volunteer {
        /// The conversation in which it comes up.
        chat: ChatId,
        /// Its words.
        card: Composed,
    },
    /// Holds cards back.
    HoldCards,
    /// Lets cards come at their times again.
    ReleaseCards,
    /// An effect's result: a part of an answer.
    Compose(Composed),
    /// An effect's result: the upstream failed.
    FailUpstream {
        /// The prompt.
        prompt: PromptId,
        /// Why.
        cause: String,
    },
    /// An effect's result: what a live model took.
    RecordUsage(Used),
    /// An effect's result: the answer was shown to its end.
    FinishAnswer {
        /// The answer.
        answer: AnswerId,
        /// The prompt.
        prompt: PromptId,
        /// How it ended.
        outcome: AnswerOutcome,
    },
    /// Marks an answer as wrong.
    Flag(Flagged),
    /// Takes a mark back.
    WithdrawFlag {
        /// Which.
        flag: FlagId,
    },
    /// Notes a hypothesis.
    Hypothesise {
        /// Its id.
        hypothesis: HypothesisId,
        /// Its text.
        text: String,
    },
    /// Changes a hypothesis.
    ChangeHypothesis(HypothesisChanged),
    /// Runs tests.
    Run {
        /// The run's id.
        run: RunId,
        /// Arguments for pytest.
        target: Vec<String>,
    },
    /// An effect's result: the run ended.
    FinishRun {
        /// The run.
        run: RunId,
        /// What came out.
        outcome: RunOutcome,
    },
    /// Answers a comprehension question.
    AnswerQuestion {
        /// Which.
        question: QuestionId,
        /// Index into the choices.
        choice: u32,
        /// How many choices the question has.
        choices: u32,
    },
    /// Hands the files in.
    Submit {
        /// Who.
        by: SubmittedBy,
        /// The diagnosis in words.
        diagnosis: String,
    },
    /// An effect's result: the submission was committed.
    RecordCommit {
        /// The commit.
        commit: CommitId,
    },
    /// An effect's result: the hidden checks.
    RecordJudgement {
        /// Outcomes by check.
        checks: BTreeMap<CheckId, CheckOutcome>,
    },
    /// An effect's result: probes on one state.
    RecordProbes(Probed),
    /// Judging is over.
    Conclude,
    /// Stops the clock.
    Pause {
        /// Why.
        why: String,
    },
    /// Lets the clock run again.
    Resume,
    /// Tells that the server was started again.
    Restart,
}

/// Which rule said no, in words that tell how to mend it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The thing is there already, made by the same command: a retry, no harm done.
    #[error("this was done already")]
    Duplicate,
    /// The id names something else already.
    #[error("the id was used for another {what}: choose a fresh one")]
    IdReused {
        /// For what.
        what: &'static str,
    },
    /// Lines that are not in the file, or more than one can have in view.
    #[error("lines {from} to {to} of `{path}` cannot be in view: it has {lines}, and a view has at most {limit}")]
    BadLines {
        /// The file.
        path: RepoPath,
        /// First line.
        from: u32,
        /// Last line.
        to: u32,
        /// Lines of the file.
        lines: u32,
        /// Lines of a view.
        limit: u32,
    },
    /// Consent comes first.
    #[error("consent comes first: agree to the rules on the start page")]
    NoConsent,
    /// The clock has not started.
    #[error("the session has not started: start the clock first")]
    NotStarted,
    /// The session was submitted.
    #[error("the session is over: it was submitted and takes no further changes")]
    Over,
    /// The clock stands still.
    #[error("the session is paused: {why}")]
    Paused {
        /// Why.
        why: String,
    },
    /// The command does not fit the state.
    #[error("{what} is not due in this state of the session")]
    NotDue {
        /// What.
        what: &'static str,
    },
    /// No such thing in this session.
    #[error("there is no {what} `{id}` in this session")]
    Unknown {
        /// Kind of thing.
        what: &'static str,
        /// Its id as given.
        id: String,
    },
    /// A text is too long.
    #[error("the {what} has {bytes} bytes; the limit is {limit}: shorten it")]
    TooLong {
        /// Which text.
        what: &'static str,
        /// What it has.
        bytes: usize,
        /// What it may have.
        limit: usize,
    },
    /// A text is missing.
    #[error("the {what} is empty: write it first")]
    Empty {
        /// Which text.
        what: &'static str,
    },
    /// Too many of a thing.
    #[error("there are {limit} {what} already, which is the limit")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// Not a path inside the repository.
    #[error(transparent)]
    BadPath(#[from] BadPath),
    /// The change does not fit the file.
    #[error("the change does not fit `{path}`: {source}")]
    BadChange {
        /// The file.
        path: RepoPath,
        /// Why.
        source: BadChange,
    },
    /// The change was made for another version.
    #[error("`{path}` is at version {actual}, the change makes version {given}: fetch the newer changes and rebase")]
    StaleVersion {
        /// The file.
        path: RepoPath,
        /// The file's version.
        actual: u32,
        /// The version that the change would make.
        given: u32,
    },
    /// A file stands there already.
    #[error("`{path}` exists already: choose another name")]
    FileExists {
        /// The path.
        path: RepoPath,
    },
    /// The words are not part of the answer.
    #[error("the quoted words do not occur in what you were shown of that answer: select them again")]
    QuoteNotFound,
    /// A choice that is not there.
    #[error("the question has {choices} choices, numbered from 0; {choice} is none of them")]
    NoSuchChoice {
        /// What was chosen.
        choice: u32,
        /// How many there are.
        choices: u32,
    },
    /// A budget of the session is used up.
    #[error(
        "the session's budget for {what} is used up: nothing more can be asked; go on with the files and the tests"
    )]
    BudgetUsedUp {
        /// Which: prompts or cost.
        what: &'static str,
    },
    /// An answer is still on its way.
    #[error("an answer is still on its way: wait for it to finish, then ask")]
    AnswerPending,
    /// A run is still under way.
    #[error("a run is still under way: wait for it to finish")]
    RunPending,
}

impl Refusal {
    /// A stable name for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Duplicate => "duplicate",
            Self::IdReused { .. } => "id_reused",
            Self::BadLines { .. } => "bad_lines",
            Self::NoConsent => "consent_required",
            Self::NotStarted => "not_started",
            Self::Over => "session_over",
            Self::Paused { .. } => "paused",
            Self::NotDue { .. } => "not_due",
            Self::Unknown { .. } => "not_found",
            Self::TooLong { .. } => "too_long",
            Self::Empty { .. } => "empty",
            Self::TooMany { .. } => "too_many",
            Self::BadPath(_) => "bad_path",
            Self::BadChange { .. } => "bad_change",
            Self::StaleVersion { .. } => "stale_version",
            Self::FileExists { .. } => "file_exists",
            Self::QuoteNotFound => "quote_not_found",
            Self::NoSuchChoice { .. } => "no_such_choice",
            Self::BudgetUsedUp { .. } => "budget_used_up",
            Self::AnswerPending => "answer_pending",
            Self::RunPending => "run_pending",
        }
    }
}
