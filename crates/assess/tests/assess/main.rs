//! What `assess` makes of logs, seen from outside.

mod log;
mod verdicts;
