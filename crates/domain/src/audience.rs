//! The two audiences as two types. Nothing planted can be said in [`CandidateFact`] or [`CandidateView`]: they have
//! no field for a pair, a side, a source, a check or a probe. Both matches are exhaustive, so a new fact needs a decision.

use crate::budget::Budget;
use crate::event::{
    AnswerOutcome, Asked, ContextItem, Edited, Event, Fact, Flagged, HypothesisChanged, Mode, Origin, RunOutcome,
    SubmittedBy, Used, Viewed,
};
use crate::ids::{
    AnswerId, ChatId, CommitId, FlagId, HypothesisId, PairId, PromptId, QuestionId, RepoPath, RunId, SessionId,
    TaskName,
};
use crate::session::{Exchange, FileStatus, Hypothesis, Phase, State};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// An event as the candidate's feed carries it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CandidateEvent {
    /// The candidate's own counter: no gap shows where a sealed event lies.
    pub n: u64,
    /// Session time in ms.
    pub at: u64,
    /// What happened.
    #[serde(flatten)]
    pub fact: CandidateFact,
}

/// What a candidate may know of an event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", content = "data", rename_all = "snake_case")]
pub enum CandidateFact {
    /// The rules were agreed to.
    Consented {
        /// Views and searches are logged.
        views: bool,
    },
    /// The clock started.
    Started {
        /// When time is up, session time in ms.
        deadline: u64,
    },
    /// A file changed.
    Edited(Edited),
    /// A file came into being.
    FileCreated {
        /// Its path.
        path: RepoPath,
        /// Its text.
        text: String,
    },
    /// A file moved.
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
    /// A prompt was sent.
    Asked(PromptShown),
    /// The assistant began a remark of its own accord.
    Volunteered {
        /// What its words are the answer to.
        prompt: PromptId,
        /// Its conversation.
        chat: ChatId,
    },
    /// An answer was shown to its end.
    Answered {
        /// The answer.
        answer: AnswerId,
        /// Its prompt.
        prompt: PromptId,
        /// How it ended.
        outcome: AnswerOutcome,
        /// All of its words.
        text: String,
        /// What the session's prompts count for after it, where there is a budget for cost.
        spent: Option<u64>,
    },
    /// An answer was marked as wrong.
    Flagged(Flagged),
    /// A mark was taken back.
    FlagWithdrawn {
        /// The flag.
        flag: FlagId,
    },
    /// A hypothesis was noted.
    Hypothesised {
        /// Its id.
        hypothesis: HypothesisId,
        /// Its text.
        text: String,
    },
    /// A hypothesis changed.
    HypothesisChanged(HypothesisChanged),
    /// Tests were started.
    RunRequested {
        /// The run.
        run: RunId,
        /// What it runs.
        target: Vec<String>,
    },
    /// Tests ended.
    RunFinished {
        /// The run.
        run: RunId,
        /// What came out.
        outcome: RunOutcome,
    },
    /// A comprehension question was answered.
    QuestionAnswered {
        /// Which.
        question: QuestionId,
        /// The choice.
        choice: u32,
    },
    /// The session was handed in.
    Submitted {
        /// By whom.
        by: SubmittedBy,
        /// The diagnosis.
        diagnosis: String,
    },
    /// The debrief is open.
    Concluded {},
    /// The clock stands still.
    Paused {
        /// Why.
        why: String,
    },
    /// The clock runs again.
    Resumed {},
}

/// A prompt as everyone sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PromptShown {
    /// Its id.
    pub prompt: PromptId,
    /// Its conversation.
    pub chat: ChatId,
    /// Its words.
    pub text: String,
    /// What stood beside it.
    pub context: Vec<ContextItem>,
    /// The model it was for, where there was a choice.
    pub model: Option<String>,
}

impl PromptShown {
    fn of(asked: &Asked, state: &State) -> Self {
        let assistant = &state.created().assistant;
        let choice = !assistant.choices().is_empty();
        Self {
            prompt: asked.prompt,
            chat: asked.chat,
            text: asked.text.clone(),
            context: asked.context.clone(),
            model: assistant.asked_of(asked).filter(|_| choice).map(str::to_owned),
        }
    }
}

/// What a candidate may know of an event; `state` is the state right after it.
pub fn for_candidate(event: &Event, state: &State) -> Option<CandidateFact> {
    match &event.fact {
        Fact::Consented { views } => Some(CandidateFact::Consented { views: *views }),
        Fact::Started {} => Some(CandidateFact::Started { deadline: state.deadline().unwrap_or(event.at) }),
        Fact::Edited(edited) => Some(CandidateFact::Edited(edited.clone())),
        Fact::FileCreated { path, text } => Some(CandidateFact::FileCreated { path: path.clone(), text: text.clone() }),
        Fact::FileRenamed { from, to } => Some(CandidateFact::FileRenamed { from: from.clone(), to: to.clone() }),
        Fact::FileDeleted { path } => Some(CandidateFact::FileDeleted { path: path.clone() }),
        Fact::Asked(asked) => Some(CandidateFact::Asked(PromptShown::of(asked, state))),
        Fact::Volunteered { prompt, chat } => Some(CandidateFact::Volunteered { prompt: *prompt, chat: *chat }),
        Fact::Answered { answer, prompt, outcome } => Some(CandidateFact::Answered {
            answer: *answer,
            prompt: *prompt,
            outcome: *outcome,
            text: answer_text(state, *prompt),
            spent: budget(state).spent,
        }),
        Fact::Flagged(flagged) => Some(CandidateFact::Flagged(flagged.clone())),
        Fact::FlagWithdrawn { flag } => Some(CandidateFact::FlagWithdrawn { flag: *flag }),
        Fact::Hypothesised { hypothesis, text } => {
            Some(CandidateFact::Hypothesised { hypothesis: *hypothesis, text: text.clone() })
        }
        Fact::HypothesisChanged(change) => Some(CandidateFact::HypothesisChanged(change.clone())),
        Fact::RunRequested { run, target } => Some(CandidateFact::RunRequested { run: *run, target: target.clone() }),
        Fact::RunFinished { run, outcome } => Some(CandidateFact::RunFinished { run: *run, outcome: outcome.clone() }),
        Fact::QuestionAnswered { question, choice } => {
            Some(CandidateFact::QuestionAnswered { question: question.clone(), choice: *choice })
        }
        Fact::Submitted { by, diagnosis } => Some(CandidateFact::Submitted { by: *by, diagnosis: diagnosis.clone() }),
        Fact::Concluded {} => Some(CandidateFact::Concluded {}),
        Fact::Paused { why } => Some(CandidateFact::Paused { why: why.clone() }),
        Fact::Resumed {} => Some(CandidateFact::Resumed {}),
        Fact::Created(_)
        | Fact::PlanSealed(_)
        | Fact::Viewed(_)
        | Fact::Searched { .. }
        | Fact::CardsHeld {}
        | Fact::CardsReleased {}
        | Fact::Composed(_)
        | Fact::UpstreamFailed { .. }
        | Fact::Used(_)
        | Fact::Committed { .. }
        | Fact::Judged { .. }
        | Fact::Probed(_)
        | Fact::Restarted {} => None,
    }
}

fn answer_text(state: &State, prompt: PromptId) -> String {
    state
        .exchanges()
        .iter()
        .find(|exchange| exchange.asked.prompt == prompt)
        .and_then(|exchange| exchange.answer.as_ref())
        .map(crate::session::Answer::text)
        .unwrap_or_default()
}

/// Words that became visible between two events: unnumbered, rebuilt from the clock after a reload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AnswerDelta {
    /// The answer.
    pub answer: AnswerId,
    /// Its prompt.
    pub prompt: PromptId,
    /// Byte of the whole text at which the words begin.
    pub from: usize,
    /// The words.
    pub text: String,
}

/// An event as the feed of interviewers, observers and reviewers carries it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StaffEvent {
    /// Its number in the log.
    pub seq: u64,
    /// Session time in ms.
    pub at: u64,
    /// Milliseconds since 1970-01-01 UTC.
    pub wall: i64,
    /// What happened.
    #[serde(flatten)]
    pub fact: StaffFact,
}

/// What staff may know of an event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", content = "data", rename_all = "snake_case")]
pub enum StaffFact {
    /// What the candidate knows too.
    Shown(CandidateFact),
    /// The session was set up.
    Created {
        /// Its task.
        task: TaskName,
        /// Minutes on the clock.
        minutes: u32,
    },
    /// Lines of a file were in view.
    Viewed(Viewed),
    /// The text was searched.
    Searched {
        /// What for.
        query: String,
        /// Lines found.
        hits: u32,
    },
    /// Claim pairs were met; which side stays sealed.
    Exposed {
        /// In this answer.
        answer: AnswerId,
        /// These pairs.
        pairs: BTreeSet<PairId>,
    },
    /// Cards are held back, or come at their times again.
    Cards {
        /// They are held back.
        held: bool,
    },
    /// What a live model took.
    Used(Used),
    /// The upstream failed.
    UpstreamFailed {
        /// For this prompt.
        prompt: PromptId,
        /// Why.
        cause: String,
    },
    /// The submission was committed.
    Committed {
        /// The commit.
        commit: CommitId,
    },
    /// The server was started again.
    Restarted {},
    /// A sealed fact, opened on request.
    Sealed {
        /// The stored form of the fact.
        #[schema(value_type = Object)]
        fact: Value,
    },
}

/// Whether sealed facts are opened for a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reveal {
    /// Blind: the default.
    Nothing,
    /// Everything, for a reviewer who asked for it.
    Sealed,
}

/// What staff may know of an event; `state` is the state right after it.
pub fn for_staff(event: &Event, state: &State, reveal: Reveal) -> Option<StaffFact> {
    if let Some(shown) = for_candidate(event, state) {
        return Some(StaffFact::Shown(shown));
    }
    match &event.fact {
        Fact::Created(created) => Some(StaffFact::Created { task: created.task.clone(), minutes: created.minutes }),
        Fact::Viewed(viewed) => Some(StaffFact::Viewed(viewed.clone())),
        Fact::Searched { query, hits } => Some(StaffFact::Searched { query: query.clone(), hits: *hits }),
        Fact::CardsHeld {} => Some(StaffFact::Cards { held: true }),
        Fact::CardsReleased {} => Some(StaffFact::Cards { held: false }),
        Fact::UpstreamFailed { prompt, cause } => {
            Some(StaffFact::UpstreamFailed { prompt: *prompt, cause: cause.clone() })
        }
        Fact::Used(used) => Some(StaffFact::Used(used.clone())),
        Fact::Committed { commit } => Some(StaffFact::Committed { commit: commit.clone() }),
        Fact::Restarted {} => Some(StaffFact::Restarted {}),
        Fact::Composed(_) | Fact::PlanSealed(_) | Fact::Judged { .. } | Fact::Probed(_) if reveal == Reveal::Sealed => {
            serde_json::to_value(&event.fact).ok().map(|fact| StaffFact::Sealed { fact })
        }
        Fact::Composed(composed) => {
            let pairs: BTreeSet<PairId> = composed
                .sources
                .iter()
                .filter_map(|source| match &source.origin {
                    Origin::Pair { pair, .. } => Some(pair.clone()),
                    Origin::Reply { .. }
                    | Origin::Knowledge { .. }
                    | Origin::Clarification {}
                    | Origin::Index {}
                    | Origin::Model {}
                    | Origin::Plain {} => None,
                })
                .collect();
            (!pairs.is_empty()).then_some(StaffFact::Exposed { answer: composed.answer, pairs })
        }
        Fact::PlanSealed(_)
        | Fact::Judged { .. }
        | Fact::Probed(_)
        | Fact::Consented { .. }
        | Fact::Started {}
        | Fact::Edited(_)
        | Fact::FileCreated { .. }
        | Fact::FileRenamed { .. }
        | Fact::FileDeleted { .. }
        | Fact::Asked(_)
        | Fact::Volunteered { .. }
        | Fact::Answered { .. }
        | Fact::Flagged(_)
        | Fact::FlagWithdrawn { .. }
        | Fact::Hypothesised { .. }
        | Fact::HypothesisChanged(_)
        | Fact::RunRequested { .. }
        | Fact::RunFinished { .. }
        | Fact::QuestionAnswered { .. }
        | Fact::Submitted { .. }
        | Fact::Concluded {}
        | Fact::Paused { .. }
        | Fact::Resumed {} => None,
    }
}

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

fn budget(state: &State) -> BudgetView {
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
