//! What `assess` makes of logs, seen from outside.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod evidence;
mod log;
mod prompts;
mod properties;
mod states;
mod verdicts;
