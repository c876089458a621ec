//! The AI beside the candidate: the offline assistant, claim pairs, and live models at the endpoints that serve them.
//!
//! [`Offline`] answers from what was written and proven beforehand and from the index; it is a pure function of what it
//! is asked. [`Model`] brings the words of a live model from the first [`Upstream`] that has any, [`messages`] says
//! what it hears, and [`Guard`] holds back what it says about claims that were already shown. A model is never told that
//! anything is planted.

mod code;
mod entry;
mod excerpts;
mod facts;
mod followup;
mod guard;
mod matching;
mod messages;
mod model;
mod near;
mod offline;
mod paragraphs;
mod present;
mod questions;
mod repository;
mod runs;
mod talk;
mod upstream;
mod voice;
mod wording;
mod words;

pub use entry::{EntryError, ModelEntry};
pub use excerpts::excerpts;
pub use guard::Guard;
pub use messages::{Message, REPOSITORY_BYTES, Role, messages};
pub use model::{Answerer, Asked, Model, ModelConfig, ModelError, OFFLINE, Skipped, WithFallback, linked, models};
pub use offline::{Ask, Offline, Reply, Route, Turn};
pub use paragraphs::Paragraphs;
pub use present::Present;
pub use repository::repository_reply;
pub use upstream::{
    About, AnswerStream, BreakerState, Circumstances, Dialect, End, FailureKind, FirstWord, KeyHeader, LastError,
    Limits, Piece, Preset, Prices, Secret, Size, Statistics, Upstream, UpstreamConfig, UpstreamError, Usage, Wait,
};
