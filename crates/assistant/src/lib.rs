//! The AI beside the candidate: the offline assistant, claim pairs, and a live model behind an OpenAI-compatible
//! endpoint.
//!
//! [`Offline`] answers from what was written and proven beforehand and from the index; it is a pure function of what it
//! is asked. [`Upstream`] brings the words of a live model, [`messages`] says what that model hears, and [`Guard`]
//! holds back what it says about claims that were already shown. A model is never told that anything is planted.

mod code;
mod facts;
mod followup;
mod guard;
mod matching;
mod messages;
mod near;
mod offline;
mod paragraphs;
mod questions;
mod repository;
mod talk;
mod upstream;
mod voice;
mod words;

pub use guard::Guard;
pub use messages::{Message, Role, messages};
pub use offline::{Ask, Offline, Reply, Route, Turn};
pub use paragraphs::Paragraphs;
pub use repository::repository_reply;
pub use upstream::{AnswerStream, Limits, Secret, Size, Upstream, UpstreamConfig, UpstreamError, Wait};
