//! What an interview is: names, events, and the rules that turn commands into events and events
//! into state. Nothing here reads a clock, a file, the environment, a network or a random source.

pub mod access;
pub mod audience;
pub mod budget;
pub mod cards;
pub mod chance;
pub mod command;
pub mod event;
pub mod ids;
pub mod pace;
pub mod plan;
pub mod session;
pub mod task;
pub mod text;

pub use command::{Command, Refusal};
pub use event::{Event, Fact};
pub use session::State;
