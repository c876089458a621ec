//! An event in the form in which it lies in a store: columns for what every event has, JSON for what it says.

use crate::Error;
use crate::chain::{self, Hash, Salt, Salts};
use domain::ids::SessionId;
use domain::{Event, Fact};
use std::borrow::Cow;

/// One event at rest, without its place in the chain.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) seq: u64,
    pub(crate) at: u64,
    pub(crate) wall: i64,
    pub(crate) v: u32,
    pub(crate) kind: Cow<'static, str>,
    pub(crate) payload_hash: Hash,
    /// None when the store has lost it.
    pub(crate) payload: Option<Payload>,
}

/// What an event says.
#[derive(Clone, Debug)]
pub(crate) struct Payload {
    /// None when the words are erased.
    pub(crate) salt: Option<Salt>,
    /// The fact as JSON.
    pub(crate) body: String,
}

/// Checks that the events follow `after` and brings them into their stored form.
pub(crate) fn encode(session: SessionId, after: u64, events: &[Event], salts: &Salts) -> Result<Vec<Entry>, Error> {
    let mut entries = Vec::with_capacity(events.len());
    for (event, due) in events.iter().zip(after.saturating_add(1)..) {
        let unstorable = |why: String| Error::Unstorable { session, seq: event.seq, why };
        if event.seq != due {
            return Err(unstorable(format!("event {due} is due")));
        }
        entries.push(encode_one(session, event, salts).map_err(unstorable)?);
    }
    Ok(entries)
}

fn encode_one(session: SessionId, event: &Event, salts: &Salts) -> Result<Entry, String> {
    if event.v != Event::VERSION {
        return Err(format!("its form is version {}, this build writes {}", event.v, Event::VERSION));
    }
    if i64::try_from(event.seq.max(event.at)).is_err() {
        return Err("its number or time is beyond 2^63".to_owned());
    }
    let body = body(&event.fact)?;
    let salt = salts.salt(session, event.seq);
    Ok(Entry {
        seq: event.seq,
        at: event.at,
        wall: event.wall,
        v: event.v,
        kind: Cow::Borrowed(event.fact.kind()),
        payload_hash: chain::payload_hash(&salt, &body),
        payload: Some(Payload { salt: Some(salt), body }),
    })
}

/// A fact as stored JSON.
pub(crate) fn body(fact: &Fact) -> Result<String, String> {
    serde_json::to_string(fact).map_err(|error| error.to_string())
}

impl Entry {
    /// The event, as the domain knows it.
    pub(crate) fn event(&self, session: SessionId) -> Result<Event, Error> {
        let fact = self.fact(session)?;
        Ok(Event { seq: self.seq, at: self.at, wall: self.wall, v: self.v, fact })
    }

    /// What the event says.
    pub(crate) fn fact(&self, session: SessionId) -> Result<Fact, Error> {
        let seq = self.seq;
        let payload = self.payload.as_ref().ok_or_else(|| chain::lost_payload(session, seq))?;
        let unreadable = |why| Error::Unreadable { session, seq, why };
        if self.v != Event::VERSION {
            let why = format!("its form is version {}; use the caveat that wrote it, or a newer one", self.v);
            return Err(unreadable(why));
        }
        serde_json::from_str(&payload.body).map_err(|error| unreadable(error.to_string()))
    }
}
