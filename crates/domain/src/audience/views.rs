//! A session as it stands, for each audience: what a page needs after a reload.

use super::PromptShown;
use crate::budget::Budget;
use crate::event::{AnswerOutcome, Flagged, Mode, RunOutcome, SubmittedBy, Viewed};
use crate::ids::{AnswerId, QuestionId, RepoPath, RunId, SessionId, TaskName};
use crate::session::{Exchange, FileStatus, Hypothesis, Phase, State};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A session as the candidate sees it: what a page needs after a reload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CandidateView {
    /// The session.
    pub session: SessionId,
    /// Its task.
    pub task: TaskName,
    /// Practice or interview.
    pub mode: Mode,
    /// Where it stands.
    pub phase: Phase,
    /// The candidate's counter: the feed goes on after it.
    pub n: u64,
    /// The clock.
    pub clock: ClockView,
    /// `SHA-256(salt ‖ plan)`: what the debrief will open.
    pub commitment: String,
    /// Views and searches are logged.
    pub views_allowed: bool,
    /// The models that a prompt may be for, where there is a choice.
    pub models: Vec<String>,
    /// How much may be asked.
    pub budget: BudgetView,
    /// The files.
    pub files: Vec<FileEntry>,
    /// Prompts and answers.
    pub exchanges: Vec<ExchangeView>,
    /// Flags that stand.
    pub flags: Vec<Flagged>,
    /// The notebook.
    pub hypotheses: Vec<Hypothesis>,
    /// Runs of tests.
    pub runs: Vec<RunView>,
    /// Choices by comprehension question.
    pub choices: BTreeMap<QuestionId, u32>,
    /// The submission.
    pub submission: Option<SubmissionView>,
}

/// Budgets, and what of them is used. Every answer counts by one formula over its visible words, whoever wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BudgetView {
    /// Most prompts; none: no budget.
    pub prompts: Option<u32>,
    /// Most that they may cost, in millionths of a unit; none: no budget.
    pub cost: Option<u64>,
    /// What they count for so far, where there is a budget for cost.
    pub spent: Option<u64>,
}

/// The clock, in session time (ms).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ClockView {
    /// Now.
    pub now: u64,
    /// Minutes of the session.
    pub minutes: u32,
    /// When the clock started.
    pub started: Option<u64>,
    /// When time is up.
    pub deadline: Option<u64>,
    /// Why it stands still.
    pub paused: Option<String>,
}

/// A file of the session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FileEntry {
    /// Its path.
    pub path: RepoPath,
    /// Its version.
    pub version: u32,
    /// How it stands against the base revision.
    pub status: FileStatus,
}

/// A prompt and its answer as far as it is visible.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExchangeView {
    /// The prompt; without words where the assistant volunteered.
    pub prompt: PromptShown,
    /// The assistant spoke of its own accord.
    pub volunteered: bool,
    /// When it was asked, session time in ms.
    pub at: u64,
    /// The answer, once words of it are visible.
    pub answer: Option<AnswerView>,
    /// How it ended; none: under way.
    pub outcome: Option<AnswerOutcome>,
}

/// What is visible of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AnswerView {
    /// Its id.
    pub answer: AnswerId,
    /// The visible words.
    pub text: String,
}

/// A run of tests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RunView {
    /// Its id.
    pub run: RunId,
    /// What it runs.
    pub target: Vec<String>,
    /// When it was requested, session time in ms.
    pub at: u64,
    /// What came out; none: under way.
    pub outcome: Option<RunOutcome>,
}

/// The submission as everyone sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SubmissionView {
    /// Who handed it in.
    pub by: SubmittedBy,
    /// The diagnosis.
    pub diagnosis: String,
    /// Session time in ms.
    pub at: u64,
}

/// A session as an observer sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StaffView {
    /// Number of the log's last event: the feed goes on after it.
    pub seq: u64,
    /// What the candidate sees.
    pub candidate: CandidateView,
    /// What the candidate has in view.
    pub looking_at: Option<Viewed>,
    /// How many claim pairs were met so far.
    pub exposed: usize,
    /// How many pairs the task has.
    pub pairs: usize,
    /// Cards are held back.
    pub cards_held: bool,
    /// When the next card is due, session time in ms, if one is.
    pub card_due: Option<u64>,
}

/// The session as the candidate sees it at a session time (ms).
pub fn candidate_view(state: &State, now: u64) -> CandidateView {
    let created = state.created();
    CandidateView {
        session: created.session,
        task: created.task.clone(),
        mode: created.mode,
        phase: state.phase(),
        n: state.candidate_n(),
        clock: ClockView {
            now,
            minutes: created.minutes,
            started: state.started(),
            deadline: state.deadline(),
            paused: state.paused().map(str::to_owned),
        },
        commitment: created.commitment.clone(),
        views_allowed: state.views_allowed(),
        models: created.assistant.choices().to_vec(),
        budget: budget(state),
        files: files(state),
        exchanges: state.exchanges().iter().map(|exchange| exchange_view(exchange, state, now)).collect(),
        flags: state.flags().to_vec(),
        hypotheses: state.hypotheses().to_vec(),
        runs: state
            .runs()
            .iter()
            .map(|run| RunView { run: run.id, target: run.target.clone(), at: run.at, outcome: run.outcome.clone() })
            .collect(),
        choices: state.choices().clone(),
        submission: state.submission().map(|submission| SubmissionView {
            by: submission.by,
            diagnosis: submission.diagnosis.clone(),
            at: submission.at,
        }),
    }
}

/// The session as staff see it at a session time (ms).
pub fn staff_view(state: &State, now: u64) -> StaffView {
    StaffView {
        seq: state.seq(),
        candidate: candidate_view(state, now),
        looking_at: state.looking_at().cloned(),
        exposed: state.exposures().len(),
        pairs: state.sealed().map_or(0, |sealed| sealed.plan.sides.len()),
        cards_held: state.cards_held(),
        card_due: state.card_due(),
    }
}

pub(super) fn budget(state: &State) -> BudgetView {
    let Budget { prompts, cost } = state.created().budget;
    let spent = cost.map(|cost| cost.spent(state.exchanges()));
    BudgetView { prompts, cost: cost.map(|cost| cost.most), spent }
}

fn files(state: &State) -> Vec<FileEntry> {
    let workspace = state.workspace();
    workspace
        .paths()
        .into_iter()
        .map(|path| FileEntry {
            path: path.clone(),
            version: workspace.version(path).unwrap_or_default(),
            status: workspace.status(path),
        })
        .collect()
}

fn exchange_view(exchange: &Exchange, state: &State, now: u64) -> ExchangeView {
    let prompt = PromptShown::of(&exchange.asked, state);
    let answer = exchange.answer.as_ref().and_then(|answer| {
        // Once its end is in the log, all of it counts as shown, whatever the clock says.
        let text = if exchange.outcome.is_some() { answer.text() } else { answer.visible(now) };
        (exchange.outcome.is_some() || !text.is_empty()).then_some(AnswerView { answer: answer.id, text })
    });
    ExchangeView {
        prompt: PromptShown {
            // Nobody chose who volunteers.
            model: prompt.model.filter(|_| !exchange.volunteered),
            ..prompt
        },
        volunteered: exchange.volunteered,
        at: exchange.at,
        answer,
        outcome: exchange.outcome,
    }
}
