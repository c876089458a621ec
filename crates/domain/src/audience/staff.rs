//! The events of a session as interviewers, observers and reviewers are told of them.

use super::{CandidateFact, for_candidate};
use crate::event::{Event, Fact, Origin, Used, Viewed};
use crate::ids::{AnswerId, CommitId, PairId, PromptId, TaskName};
use crate::session::State;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;
use utoipa::ToSchema;

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
