//! What a session shows: events in, report with reasons out. Pure and versioned: a report is a function of the log,
//! the task and [`RULES`], and every figure in it names the events it rests on.

mod adoption;
mod assembly;
mod caveats;
mod diagnosis;
mod figures;
mod names;
pub mod prompts;
mod rejection;
mod reliance;
pub mod report;
mod states;
pub mod statistics;
mod timeline;
mod verdict;
mod verification;
mod wording;

pub use adoption::shows_pattern;
pub use assembly::report;
pub use diagnosis::states_cause;
pub use report::Report;
pub use states::{StateToProbe, states_to_probe};

/// Version of the rules by which reports are made. A change of any verdict or figure is a new version.
pub const RULES: u32 = 1;

/// Why a log cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There is no event at all.
    #[error("the log is empty: a session's log begins with `created`")]
    Empty,
    /// The log does not begin with its first event.
    #[error("event {seq} is `{kind}`: a log begins with event 1, `created`; give the log from its start")]
    NoBeginning {
        /// The first event given.
        seq: u64,
        /// Its kind.
        kind: &'static str,
    },
    /// An event is stored in a form that this build does not know.
    #[error("event {seq} (`{kind}`) is stored in version {version}; this build reads version {known}")]
    UnknownVersion {
        /// The event.
        seq: u64,
        /// Its kind.
        kind: &'static str,
        /// Its version.
        version: u32,
        /// What can be read.
        known: u32,
    },
    /// An event does not follow from the ones before it.
    #[error("the log cannot be folded at event {seq}")]
    Corrupt {
        /// The event.
        seq: u64,
        /// What is wrong.
        #[source]
        source: domain::session::Corrupt,
    },
}

impl Error {
    /// The event at which reading stopped; 0 for an empty log.
    pub fn seq(&self) -> u64 {
        match self {
            Self::Empty => 0,
            Self::NoBeginning { seq, .. } | Self::UnknownVersion { seq, .. } | Self::Corrupt { seq, .. } => *seq,
        }
    }
}
