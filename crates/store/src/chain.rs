//! The chain of hashes: each event's hash covers the one before, so that no event can change, go or come later
//! without every following hash telling.

use crate::entry::{Entry, Payload};
use crate::{Error, Verified, erasure};
use domain::ids::SessionId;
use domain::plan::hex;
use sha2::{Digest, Sha256};

/// A SHA-256.
pub(crate) type Hash = [u8; 32];
/// Unguessable bytes that go into a payload's hash and go with the payload.
pub(crate) type Salt = [u8; 16];

/// What stands before the first event.
pub(crate) const START: Hash = [0; 32];

/// Where a log ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) seq: u64,
    pub(crate) hash: Hash,
}

/// One event in its place.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) entry: Entry,
    pub(crate) hash: Hash,
}

/// `SHA-256(prev ‖ session ‖ seq ‖ at ‖ wall ‖ v ‖ kind ‖ payload_hash)`, numbers big-endian; only `kind` varies in
/// length, so no two events read the same.
pub(crate) fn hash(prev: &Hash, session: SessionId, entry: &Entry) -> Hash {
    let mut hash = Sha256::new();
    hash.update(prev);
    hash.update(session.0.as_bytes());
    hash.update(entry.seq.to_be_bytes());
    hash.update(entry.at.to_be_bytes());
    hash.update(entry.wall.to_be_bytes());
    hash.update(entry.v.to_be_bytes());
    hash.update(entry.kind.as_bytes());
    hash.update(entry.payload_hash);
    hash.finalize().into()
}

/// `SHA-256(salt ‖ payload)`.
pub(crate) fn payload_hash(salt: &Salt, body: &str) -> Hash {
    let mut hash = Sha256::new();
    hash.update(salt);
    hash.update(body.as_bytes());
    hash.finalize().into()
}

/// Where salts come from: nobody without the key can tell them, and the key is kept nowhere.
pub(crate) struct Salts(Hash);

impl Salts {
    /// Salts by a key fresh from a random source.
    pub(crate) fn new(key: Hash) -> Self {
        Self(key)
    }

    /// The salt of one event.
    pub(crate) fn salt(&self, session: SessionId, seq: u64) -> Salt {
        let mut hash = Sha256::new();
        hash.update(self.0);
        hash.update(session.0.as_bytes());
        hash.update(seq.to_be_bytes());
        let digest: Hash = hash.finalize().into();
        let (salt, _) = digest.split_at(size_of::<Salt>());
        salt.try_into().unwrap_or_default()
    }
}

/// Follows a log from its start.
pub(crate) struct Verifier {
    session: SessionId,
    head: Head,
    erased: Vec<u64>,
}

impl Verifier {
    /// Before the first event.
    pub(crate) fn new(session: SessionId) -> Self {
        Self { session, head: Head { seq: 0, hash: START }, erased: Vec::new() }
    }

    /// The event that has to come next.
    pub(crate) fn due(&self) -> u64 {
        self.head.seq + 1
    }

    /// Takes the next event.
    pub(crate) fn step(&mut self, link: &Link) -> Result<(), Error> {
        let Link { entry, hash: stored } = link;
        if entry.seq != self.due() {
            return Err(self.broken(self.due(), format!("it is gone; event {} comes instead", entry.seq)));
        }
        if hash(&self.head.hash, self.session, entry) != *stored {
            let why = "its row, or the hash of the row before it, was changed";
            return Err(self.broken(entry.seq, why.to_owned()));
        }
        let payload = entry.payload.as_ref().ok_or_else(|| lost_payload(self.session, entry.seq))?;
        self.check_payload(entry, payload)?;
        self.head = Head { seq: entry.seq, hash: *stored };
        Ok(())
    }

    fn check_payload(&mut self, entry: &Entry, payload: &Payload) -> Result<(), Error> {
        if let Some(salt) = &payload.salt {
            return match payload_hash(salt, &payload.body) == entry.payload_hash {
                true => Ok(()),
                false => Err(self.broken(entry.seq, "its payload was changed".to_owned())),
            };
        }
        let fact = entry.fact(self.session)?;
        if fact.kind() != entry.kind || erasure::without_words(&fact).as_ref() != Some(&fact) {
            let why = "it is marked as erased, yet says something that erasing does not leave";
            return Err(self.broken(entry.seq, why.to_owned()));
        }
        self.erased.push(entry.seq);
        Ok(())
    }

    /// Compares the end that was reached with the end that was noted when it was written.
    pub(crate) fn finish(self, noted: Option<Head>) -> Result<Verified, Error> {
        let Head { seq, hash } = self.head;
        let Some(noted) = noted else {
            return Err(match seq {
                0 => Error::NoSession { session: self.session },
                _ => self.broken(seq, "nothing notes that the log ends here".to_owned()),
            });
        };
        if noted.seq > seq {
            return Err(self.broken(seq + 1, format!("the log was cut off; it had {} events", noted.seq)));
        }
        if noted.seq < seq {
            return Err(self.broken(noted.seq + 1, format!("the log is noted to end at event {}", noted.seq)));
        }
        if noted.hash != hash {
            return Err(self.broken(seq, "the log is noted to end with another hash".to_owned()));
        }
        Ok(Verified { events: seq, head_hash: hex(&hash), erased: self.erased })
    }

    fn broken(&self, seq: u64, why: String) -> Error {
        Error::Broken { session: self.session, seq, why }
    }
}

/// A payload that is missing altogether was not erased: erasing leaves something.
pub(crate) fn lost_payload(session: SessionId, seq: u64) -> Error {
    Error::Broken { session, seq, why: "its payload is gone and was not erased".to_owned() }
}

/// The events of consecutive links.
pub(crate) fn events(session: SessionId, after: u64, links: &[Link]) -> Result<Vec<domain::Event>, Error> {
    let numbered = links.iter().zip(after.saturating_add(1)..);
    numbered
        .map(|(Link { entry, .. }, due)| match entry.seq == due {
            true => entry.event(session),
            false => {
                Err(Error::Broken { session, seq: due, why: format!("it is gone; event {} comes instead", entry.seq) })
            }
        })
        .collect()
}
