//! Everything at rest: the event log of every session, who its candidate is, and the register of who may come in.
//!
//! [`Sqlite`] keeps it on disk, [`Memory`] for as long as the process lives; both tell one story (`tests/story.rs`).
//! A log is a chain of hashes over salted payload hashes: whatever is changed, deleted or cut off afterwards is
//! found by [`EventLog::verify`], and the words of an event can still be erased.

mod chain;
mod entry;
mod erasure;
mod error;
mod memory;
mod register;
mod sqlite;

pub use error::Error;
pub use memory::Memory;
pub use register::{ApiKeyRow, AuditRow, Change, LinkRow, ModelRow, PersonRow, Register, SignInRow, TokenHash};
pub use sqlite::Sqlite;

use domain::Event;
use domain::ids::SessionId;
use futures_util::future::BoxFuture;
use serde::Serialize;

/// What a call on the store comes to. Who stops waiting for it does not know whether it went through.
pub type Pending<'a, T> = BoxFuture<'a, Result<T, Error>>;

/// The event logs of all sessions, and what belongs to a session but must not stand in its log.
pub trait EventLog: Send + Sync {
    /// Adds events to a session's log, all or none. `after` is the `seq` of the last event the caller knows, 0 for a
    /// new log. `Ok` means that they are on disk.
    ///
    /// Fails with [`Error::Conflict`] when another writer was faster, [`Error::Unstorable`] when the events do not
    /// follow `after`, [`Error::Unavailable`] when the disk does not take them.
    fn append(&self, session: SessionId, after: u64, events: Vec<Event>) -> Pending<'_, ()>;

    /// The events after `after`, in order; none for a session that does not exist. An erased event comes without its
    /// words.
    ///
    /// Fails with [`Error::Broken`] at a gap, [`Error::Unreadable`] at an event that this build does not understand.
    fn read(&self, session: SessionId, after: u64) -> Pending<'_, Vec<Event>>;

    /// All sessions, newest first.
    fn sessions(&self) -> Pending<'_, Vec<SessionRow>>;

    /// Notes how far the session's clock got, in milliseconds; a smaller number than the noted one changes nothing.
    ///
    /// Fails with [`Error::NoSession`] before the first event.
    fn heartbeat(&self, session: SessionId, elapsed_ms: u64) -> Pending<'_, ()>;

    /// How far a session's clock got in milliseconds, by its events and by [`EventLog::heartbeat`]; 0 for a session
    /// that does not exist.
    fn elapsed(&self, session: SessionId) -> Pending<'_, u64>;

    /// Recomputes a log's chain of hashes.
    ///
    /// Fails with [`Error::Broken`] at the first event that was changed, deleted or cut off.
    fn verify(&self, session: SessionId) -> Pending<'_, Verified>;

    /// Erases the words in one event for good. What kind of event it was, its ids and its times remain, so the log
    /// still folds; its hashes remain, so the chain still verifies. An event without anybody's words stays whole.
    ///
    /// Fails with [`Error::NoEvent`] when there is none.
    fn erase_payload(&self, session: SessionId, seq: u64) -> Pending<'_, ()>;

    /// Notes who the candidate of a session is, in place of what was noted before.
    ///
    /// Fails with [`Error::NoSession`] before the first event.
    fn name_candidate(&self, session: SessionId, name: String) -> Pending<'_, ()>;

    /// Who the candidate of a session is, as far as it is noted.
    fn candidate_name(&self, session: SessionId) -> Pending<'_, Option<String>>;

    /// Forgets who the candidate of a session is; harmless when nothing is noted.
    fn erase_candidate(&self, session: SessionId) -> Pending<'_, ()>;
}

/// One session in the list of all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SessionRow {
    /// The session.
    pub session: SessionId,
    /// How many events its log has.
    pub events: u64,
    /// The number of the last one.
    pub last_seq: u64,
    /// When its first event happened, in milliseconds since 1970-01-01 UTC.
    pub first_wall: i64,
    /// How far its clock got in milliseconds, by its events and by [`EventLog::heartbeat`].
    pub elapsed_ms: u64,
}

/// A log whose chain of hashes holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// How many events it has.
    pub events: u64,
    /// The hash of the last one, in hexadecimal: noted elsewhere, it proves even the loss of a whole log.
    pub head_hash: String,
    /// Events whose words were erased, by number.
    pub erased: Vec<u64>,
}
