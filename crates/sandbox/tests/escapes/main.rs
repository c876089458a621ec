//! Ways out and ways to forge a verdict, each of which must be closed, at every level this machine offers.
//!
//! `walls` are the single promises. The attacks and forgeries are tables: each row is a test of its own as root
//! (`as_root`), as an ordinary user (`as_user`) and inside an unprivileged container (`in_container`).

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test may stop, and look at the clock"
)]

mod attack;
mod forgeries;
mod forgery;
mod host;
mod kernel;
mod killed;
mod level;
mod neighbours;
mod processes;
mod resources;
#[path = "../support/mod.rs"]
mod support;
mod walls;
