//! Bodies of requests and answers that are not already a type of an audience.

use crate::links::Links;
use domain::access::Role;
use domain::audience::{CandidateView, StaffView};
use domain::event::{ContextItem, HypothesisStatus, Mode};
use domain::ids::{AnswerId, ChatId, EditId, FlagId, HypothesisId, PromptId, RepoPath, RunId, SessionId, TaskName};
use domain::session::Phase;
use domain::task::Brief;
use domain::text::ChangeSet;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How the server is.
#[derive(Serialize, ToSchema)]
pub(crate) struct Health {
    pub(crate) version: &'static str,
    /// What keeps a run inside.
    pub(crate) isolation: IsolationBody,
    /// Models that a session may be set up with.
    pub(crate) models: Vec<String>,
}

/// What keeps a run inside.
#[derive(Clone, Serialize, ToSchema)]
pub(crate) struct IsolationBody {
    /// `none`, `trusted`, `sampled` or `counted`.
    pub(crate) level: String,
    /// One line naming the means, or `none`.
    pub(crate) means: String,
    /// Each limit and what enforces it.
    pub(crate) limits: Vec<EnforcedBody>,
    /// What the self-test tried.
    pub(crate) attacks_repelled: Vec<String>,
    /// Why there are no runs, if there are none.
    pub(crate) refusal: Option<RefusalBody>,
}

/// A limit and what enforces it.
#[derive(Clone, Serialize, ToSchema)]
pub(crate) struct EnforcedBody {
    /// The limit.
    pub(crate) limit: String,
    /// What enforces it.
    pub(crate) by: String,
}

/// Why there are no runs on this machine.
#[derive(Clone, Serialize, ToSchema)]
pub(crate) struct RefusalBody {
    /// What is missing.
    pub(crate) cause: String,
    /// The one thing to do about it.
    pub(crate) remedy: String,
}

/// The library.
#[derive(Serialize, ToSchema)]
pub(crate) struct Tasks {
    pub(crate) tasks: Vec<TaskCard>,
    /// Tasks that cannot be offered, and why.
    pub(crate) problems: Vec<Problem>,
}

/// A task in the library.
#[derive(Serialize, ToSchema)]
pub(crate) struct TaskCard {
    pub(crate) brief: Brief,
    /// How many claim pairs it has.
    pub(crate) pairs: usize,
    /// How many hidden checks it has.
    pub(crate) checks: usize,
}

/// A fault in a task's or repository's folder.
#[derive(Serialize, ToSchema)]
pub(crate) struct Problem {
    pub(crate) task: String,
    pub(crate) file: String,
    pub(crate) line: Option<u32>,
    pub(crate) what: String,
    pub(crate) hint: String,
}

/// What a new session shall be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewSessionBody {
    pub(crate) task: TaskName,
    pub(crate) mode: Mode,
    /// None: as the task says.
    pub(crate) minutes: Option<u32>,
    /// Seed of the assistant's words; none: by chance.
    pub(crate) seed: Option<u64>,
    /// Seed of the sealed plan; none: by chance.
    pub(crate) plan_seed: Option<u64>,
    /// `"offline"`, `{"model": NAME}` or `{"models": [NAME, …]}`.
    #[serde(default)]
    #[schema(value_type = domain::event::AssistantKind)]
    pub(crate) assistant: engine::AssistantChoice,
    /// Most prompts; none: no budget.
    pub(crate) prompts: Option<u32>,
    /// Most that prompts may cost by what is visible of them, in millionths of a unit of the prices; none: no budget.
    pub(crate) cost: Option<u64>,
    /// The candidate's name; kept apart from the log.
    pub(crate) candidate: Option<String>,
}

/// A new session and the links that open it.
#[derive(Serialize, ToSchema)]
pub(crate) struct CreatedSession {
    pub(crate) id: SessionId,
    pub(crate) links: Links,
}

/// The sessions of this server.
#[derive(Serialize, ToSchema)]
pub(crate) struct Sessions {
    pub(crate) sessions: Vec<SessionCard>,
}

/// A session in a list.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionCard {
    pub(crate) id: SessionId,
    pub(crate) task: TaskName,
    pub(crate) title: String,
    pub(crate) phase: Phase,
    pub(crate) mode: Mode,
    /// Unix milliseconds.
    pub(crate) created: i64,
}

/// A session as the holder of a link sees it.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionPage {
    pub(crate) role: Role,
    pub(crate) brief: Brief,
    /// For the candidate.
    pub(crate) view: Option<CandidateView>,
    /// For everybody else.
    pub(crate) staff: Option<StaffView>,
    /// The sandbox takes runs.
    pub(crate) can_run: bool,
    /// What keeps a run inside.
    pub(crate) isolation: IsolationBody,
}

/// Agreement to the rules.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Consent {
    /// Files looked at and searches may be logged.
    pub(crate) views: bool,
}

/// A reason.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Why {
    pub(crate) why: String,
}

/// A file.
#[derive(Serialize, ToSchema)]
pub(crate) struct FileBody {
    pub(crate) path: RepoPath,
    pub(crate) text: String,
    pub(crate) version: u32,
}

/// A change of the files.
#[derive(Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum EditBody {
    /// Changes a file.
    Edit {
        edit: EditId,
        path: RepoPath,
        /// The version that this change makes: one more than the file's.
        version: u32,
        #[schema(value_type = Vec<serde_json::Value>)]
        changes: ChangeSet,
        /// The answer that the text was inserted from.
        inserted_from: Option<AnswerId>,
    },
    /// Makes a file.
    Create { path: RepoPath, text: String },
    /// Moves a file.
    Rename { from: RepoPath, to: RepoPath },
    /// Removes a file.
    Delete { path: RepoPath },
}

/// What a command brought about.
#[derive(Serialize, ToSchema)]
pub(crate) struct Done {
    /// The caller's counter after it.
    pub(crate) n: u64,
}

/// A prompt.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PromptBody {
    /// Chosen by the client, so that a retry is harmless; none: by the server.
    pub(crate) id: Option<PromptId>,
    /// The conversation; none: the session's first.
    pub(crate) chat: Option<ChatId>,
    pub(crate) text: String,
    #[serde(default)]
    pub(crate) context: Vec<ContextItem>,
    /// Which of the session's models it is for; none: the first.
    pub(crate) model: Option<String>,
}

/// A prompt that was taken.
#[derive(Serialize, ToSchema)]
pub(crate) struct PromptTaken {
    pub(crate) id: PromptId,
}

/// A mark on an answer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FlagBody {
    pub(crate) id: Option<FlagId>,
    /// The exact words; none: the whole answer.
    pub(crate) quote: Option<String>,
    pub(crate) reason: String,
}

/// A mark that was taken.
#[derive(Serialize, ToSchema)]
pub(crate) struct FlagTaken {
    pub(crate) id: FlagId,
}

/// A run of tests.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RunBody {
    pub(crate) id: Option<RunId>,
    /// pytest node ids or paths; none: everything.
    #[serde(default)]
    pub(crate) target: Vec<String>,
}

/// A run that was taken.
#[derive(Serialize, ToSchema)]
pub(crate) struct RunTaken {
    pub(crate) id: RunId,
}

/// A hypothesis.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HypothesisBody {
    pub(crate) id: Option<HypothesisId>,
    pub(crate) text: String,
}

/// A hypothesis that was taken.
#[derive(Serialize, ToSchema)]
pub(crate) struct HypothesisTaken {
    pub(crate) id: HypothesisId,
}

/// A hypothesis as it is now.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HypothesisChange {
    pub(crate) text: String,
    pub(crate) status: HypothesisStatus,
    #[serde(default)]
    pub(crate) evidence: String,
}

/// An answer to a comprehension question.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChoiceBody {
    /// Index into the choices.
    pub(crate) choice: u32,
}

/// A submission.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SubmissionBody {
    /// What is wrong, where and why, in the candidate's words; may be empty.
    #[serde(default)]
    pub(crate) diagnosis: String,
}

/// Lines in view.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ViewBody {
    pub(crate) path: RepoPath,
    pub(crate) from_line: u32,
    pub(crate) to_line: u32,
}
