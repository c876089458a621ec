//! The events of a session as its candidate is told of them.

use super::views;
use crate::event::{
    AnswerOutcome, Asked, ContextItem, Edited, Event, Fact, Flagged, HypothesisChanged, RunOutcome, SubmittedBy,
};
use crate::ids::{AnswerId, ChatId, FlagId, HypothesisId, PromptId, QuestionId, RepoPath, RunId};
use crate::session::State;
use serde::{Deserialize, Serialize};
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
    pub(super) fn of(asked: &Asked, state: &State) -> Self {
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
            spent: views::budget(state).spent,
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
