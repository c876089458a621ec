//! The two audiences as two types. Nothing planted can be said in [`CandidateFact`] or [`CandidateView`]: they have
//! no field for a pair, a side, a source, a check or a probe. Both matches are exhaustive, so a new fact needs a decision.

mod candidate;
mod staff;
mod views;

pub use candidate::{AnswerDelta, CandidateEvent, CandidateFact, PromptShown, for_candidate};
pub use staff::{Reveal, StaffEvent, StaffFact, for_staff};
pub use views::{
    AnswerView, BudgetView, CandidateView, ClockView, ExchangeView, FileEntry, RunView, StaffView, SubmissionView,
    candidate_view, staff_view,
};
