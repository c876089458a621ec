//! The store for as long as the process lives: for tests, demonstrations and simulations.

use crate::chain::{self, Head, Link, START, Salts, Verifier};
use crate::entry::{self, Payload};
use crate::register::{
    ApiKeyRow, AuditRow, Change, LinkRow, ModelRow, Pages, PersonRow, Register, SignInRow, TokenHash,
};
use crate::{Error, EventLog, Pending, SessionRow, Verified, erasure};
use domain::Event;
use domain::ids::SessionId;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Event logs in memory. Its salts protect nothing that outlives the process, so they come from no random source.
#[derive(Default)]
pub struct Memory {
    shelves: Mutex<Shelves>,
    register: Mutex<Pages>,
}

#[derive(Default)]
struct Shelves {
    logs: HashMap<SessionId, Log>,
    names: HashMap<SessionId, String>,
}

#[derive(Default)]
struct Log {
    links: Vec<Link>,
    elapsed_ms: u64,
}

impl Log {
    fn head(&self) -> Option<Head> {
        self.links.last().map(|last| Head { seq: last.entry.seq, hash: last.hash })
    }

    fn from(&self, after: u64) -> &[Link] {
        let after = usize::try_from(after).unwrap_or(usize::MAX);
        self.links.get(after..).unwrap_or_default()
    }
}

impl Memory {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn shelves(&self) -> MutexGuard<'_, Shelves> {
        // Nothing below panics half-way through a change.
        self.shelves.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn append_now(&self, session: SessionId, after: u64, events: &[Event]) -> Result<(), Error> {
        let entries = entry::encode(session, after, events, &Salts::new(START))?;
        let mut shelves = self.shelves();
        let head = shelves.logs.get(&session).and_then(Log::head).unwrap_or(Head { seq: 0, hash: START });
        if head.seq != after {
            return Err(Error::Conflict { session, expected: after, actual: head.seq });
        }
        if entries.is_empty() {
            return Ok(());
        }
        let log = shelves.logs.entry(session).or_default();
        let mut prev = head.hash;
        for entry in entries {
            prev = chain::hash(&prev, session, &entry);
            log.elapsed_ms = log.elapsed_ms.max(entry.at);
            log.links.push(Link { entry, hash: prev });
        }
        Ok(())
    }

    fn sessions_now(&self) -> Vec<SessionRow> {
        let shelves = self.shelves();
        let row = |(session, log): (&SessionId, &Log)| {
            let (first, last) = (log.links.first()?, log.links.last()?);
            Some(SessionRow {
                session: *session,
                events: last.entry.seq,
                last_seq: last.entry.seq,
                first_wall: first.entry.wall,
                elapsed_ms: log.elapsed_ms,
            })
        };
        let mut rows: Vec<_> = shelves.logs.iter().filter_map(row).collect();
        rows.sort_by_key(|row| (std::cmp::Reverse(row.first_wall), row.session));
        rows
    }

    fn verify_now(&self, session: SessionId) -> Result<Verified, Error> {
        let shelves = self.shelves();
        let log = shelves.logs.get(&session).ok_or(Error::NoSession { session })?;
        let mut verifier = Verifier::new(session);
        log.links.iter().try_for_each(|link| verifier.step(link))?;
        verifier.finish(log.head())
    }

    fn erase_now(&self, session: SessionId, seq: u64) -> Result<(), Error> {
        let mut shelves = self.shelves();
        let mut links = shelves.logs.get_mut(&session).into_iter().flat_map(|log| &mut log.links);
        let link = links.find(|link| link.entry.seq == seq).ok_or(Error::NoEvent { session, seq })?;
        if let Some(fact) = erasure::without_words(&link.entry.fact(session)?) {
            let body = entry::body(&fact).map_err(|why| Error::Unstorable { session, seq, why })?;
            link.entry.payload = Some(Payload { salt: None, body });
        }
        Ok(())
    }

    fn heartbeat_now(&self, session: SessionId, elapsed_ms: u64) -> Result<(), Error> {
        let mut shelves = self.shelves();
        let log = shelves.logs.get_mut(&session).ok_or(Error::NoSession { session })?;
        log.elapsed_ms = log.elapsed_ms.max(elapsed_ms);
        Ok(())
    }

    fn name_now(&self, session: SessionId, name: String) -> Result<(), Error> {
        let mut shelves = self.shelves();
        if !shelves.logs.contains_key(&session) {
            return Err(Error::NoSession { session });
        }
        shelves.names.insert(session, name);
        Ok(())
    }
}

impl EventLog for Memory {
    fn append(&self, session: SessionId, after: u64, events: Vec<Event>) -> Pending<'_, ()> {
        Box::pin(async move { self.append_now(session, after, &events) })
    }

    fn read(&self, session: SessionId, after: u64) -> Pending<'_, Vec<Event>> {
        Box::pin(async move {
            let shelves = self.shelves();
            let links = shelves.logs.get(&session).map(|log| log.from(after)).unwrap_or_default();
            chain::events(session, after, links)
        })
    }

    fn sessions(&self) -> Pending<'_, Vec<SessionRow>> {
        Box::pin(async move { Ok(self.sessions_now()) })
    }

    fn heartbeat(&self, session: SessionId, elapsed_ms: u64) -> Pending<'_, ()> {
        Box::pin(async move { self.heartbeat_now(session, elapsed_ms) })
    }

    fn elapsed(&self, session: SessionId) -> Pending<'_, u64> {
        Box::pin(async move { Ok(self.shelves().logs.get(&session).map_or(0, |log| log.elapsed_ms)) })
    }

    fn verify(&self, session: SessionId) -> Pending<'_, Verified> {
        Box::pin(async move { self.verify_now(session) })
    }

    fn erase_payload(&self, session: SessionId, seq: u64) -> Pending<'_, ()> {
        Box::pin(async move { self.erase_now(session, seq) })
    }

    fn name_candidate(&self, session: SessionId, name: String) -> Pending<'_, ()> {
        Box::pin(async move { self.name_now(session, name) })
    }

    fn candidate_name(&self, session: SessionId) -> Pending<'_, Option<String>> {
        Box::pin(async move { Ok(self.shelves().names.get(&session).cloned()) })
    }

    fn erase_candidate(&self, session: SessionId) -> Pending<'_, ()> {
        Box::pin(async move {
            self.shelves().names.remove(&session);
            Ok(())
        })
    }
}

impl Memory {
    fn pages(&self) -> MutexGuard<'_, Pages> {
        // As above.
        self.register.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Register for Memory {
    fn change(&self, change: Change) -> Pending<'_, ()> {
        Box::pin(async move { self.pages().apply(change) })
    }

    fn links(&self, session: SessionId) -> Pending<'_, Vec<LinkRow>> {
        Box::pin(async move { Ok(self.pages().links(session)) })
    }

    fn link(&self, token: TokenHash) -> Pending<'_, Option<LinkRow>> {
        Box::pin(async move { Ok(self.pages().link(&token)) })
    }

    fn people(&self) -> Pending<'_, Vec<PersonRow>> {
        Box::pin(async move { Ok(self.pages().people()) })
    }

    fn sign_in(&self, token: TokenHash) -> Pending<'_, Option<SignInRow>> {
        Box::pin(async move { Ok(self.pages().sign_in(&token)) })
    }

    fn api_keys(&self) -> Pending<'_, Vec<ApiKeyRow>> {
        Box::pin(async move { Ok(self.pages().api_keys()) })
    }

    fn models(&self) -> Pending<'_, Vec<ModelRow>> {
        Box::pin(async move { Ok(self.pages().models()) })
    }

    fn audit(&self, before: Option<u64>, most: u32) -> Pending<'_, Vec<AuditRow>> {
        Box::pin(async move { Ok(self.pages().audit(before, most)) })
    }
}
