//! What `assess` makes of logs, seen from outside.

mod log;
mod prompts;
mod properties;
mod states;
mod verdicts;
