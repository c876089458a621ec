//! Runs untrusted Python under stated limits on Linux.
//!
//! [`Sandbox::start`] looks at the machine, attacks itself once and says in [`Isolation`] what it found. A machine that
//! cannot keep a promise gets no runs: every call answers [`Error::Refused`] with the cause and the remedy.
//!
//! Three ways in, all of them a fresh copy of the files in a fresh set of namespaces:
//! [`Sandbox::run`] for a program, [`Sandbox::observe`] for one value that is judged outside, and [`Sandbox::pytest`]
//! for a test suite that reports on itself. The whole process tree is gone when any of them answers.

mod cgroup;
mod driver;
mod error;
mod files;
mod isolation;
mod job;
mod layout;
mod limits;
mod observe;
mod orphans;
mod pytest;
mod python;
mod sandbox;
mod seccomp;
mod selftest;
mod slot;
mod spawn;
mod stand;
mod usage;

/// The program that runs inside beside what is run, as text: outcomes may depend on it.
#[must_use]
pub fn inside() -> &'static str {
    driver::PROGRAM
}

pub use error::Error;
pub use isolation::{Enforced, Isolation, Level, Refusal};
pub use job::{End, Job, Outcome};
pub use limits::Limits;
pub use observe::Observation;
pub use pytest::{TestOutcome, TestReport, TestResult};
pub use sandbox::{Config, Sandbox};
