//! What can go wrong at rest.

use domain::ids::SessionId;
use std::path::PathBuf;

/// Why the store could not do something. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Another writer was faster: read on from `expected` and decide again.
    #[error("session {session} has {actual} events where {expected} were known")]
    Conflict {
        /// The session.
        session: SessionId,
        /// The last event the caller knew.
        expected: u64,
        /// The last event there is.
        actual: u64,
    },
    /// An event that cannot be stored: a mistake of the caller.
    #[error("event {seq} of session {session} cannot be stored: {why}")]
    Unstorable {
        /// The session.
        session: SessionId,
        /// The event.
        seq: u64,
        /// What is wrong with it.
        why: String,
    },
    /// No such session.
    #[error("there is no session {session}")]
    NoSession {
        /// The one asked for.
        session: SessionId,
    },
    /// No such event.
    #[error("session {session} has no event {seq}")]
    NoEvent {
        /// The session.
        session: SessionId,
        /// The event asked for.
        seq: u64,
    },
    /// The register has no such entry.
    #[error("there is no such {what}")]
    Missing {
        /// What was named.
        what: &'static str,
    },
    /// The register has another entry with the same name.
    #[error("there is another {what} with this name")]
    Taken {
        /// What was to be added.
        what: &'static str,
    },
    /// The log is not what was written.
    #[error("the log of session {session} is broken at event {seq}: {why}")]
    Broken {
        /// The session.
        session: SessionId,
        /// The first event that is not as it was written.
        seq: u64,
        /// How it shows.
        why: String,
    },
    /// An event that this build does not understand.
    #[error("event {seq} of session {session} cannot be read: {why}")]
    Unreadable {
        /// The session.
        session: SessionId,
        /// The event.
        seq: u64,
        /// What is not understood.
        why: String,
    },
    /// The database does not answer or does not take more: disk full, read-only, locked, failing. Trying again later
    /// is right; an append that ended so may be tried again as it was.
    #[error("the database is not available: {source}")]
    Unavailable {
        /// What it said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The database could not be opened.
    #[error("the database {} cannot be opened: {source}", path.display())]
    Open {
        /// Its file.
        path: PathBuf,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl From<sqlx::Error> for Error {
    fn from(source: sqlx::Error) -> Self {
        Self::Unavailable { source: source.into() }
    }
}
