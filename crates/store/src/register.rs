//! The register: who may come in. Tokens are known by their hashes only.

use crate::{Error, Pending};
use domain::access::Role;
use domain::ids::{LinkId, SessionId};

/// The SHA-256 of a token.
pub type TokenHash = [u8; 32];

/// Who may come in. Every change is on disk when it answers.
pub trait Register: Send + Sync {
    /// Changes one entry.
    ///
    /// Fails with [`Error::Missing`] when the entry to change is not there.
    fn change(&self, change: Change) -> Pending<'_, ()>;

    /// The links of a session, oldest first, also those that no longer hold.
    fn links(&self, session: SessionId) -> Pending<'_, Vec<LinkRow>>;

    /// The link of a token, also when it no longer holds.
    fn link(&self, token: TokenHash) -> Pending<'_, Option<LinkRow>>;
}

/// A change of one entry.
#[derive(Clone, Debug)]
pub enum Change {
    /// A new link to a session that exists.
    AddLink(LinkRow),
    /// A link was used; only the first time is noted.
    LinkOpened {
        /// The link.
        id: LinkId,
        /// When, in Unix milliseconds.
        at: i64,
    },
    /// A link of a session no longer holds; the first revocation counts.
    RevokeLink {
        /// The session.
        session: SessionId,
        /// The link.
        id: LinkId,
        /// When, in Unix milliseconds.
        at: i64,
    },
}

/// An invitation to one session. Times are Unix milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkRow {
    /// The link.
    pub id: LinkId,
    /// What it opens.
    pub session: SessionId,
    /// What its token hashes to.
    pub token: TokenHash,
    /// As what it lets in.
    pub role: Role,
    /// Whom it is for, in the words of who made it.
    pub note: String,
    /// When it was made.
    pub created: i64,
    /// When it ends; none: it does not end by itself.
    pub expires: Option<i64>,
    /// When it was revoked.
    pub revoked: Option<i64>,
    /// When it was first used.
    pub opened: Option<i64>,
}

/// The register in memory.
#[derive(Default)]
pub(crate) struct Pages {
    links: Vec<LinkRow>,
}

impl Pages {
    pub(crate) fn apply(&mut self, change: Change) -> Result<(), Error> {
        match change {
            Change::AddLink(link) => self.links.push(link),
            Change::LinkOpened { id, at } => {
                let link = self.links.iter_mut().find(|link| link.id == id);
                link.ok_or(Error::Missing { what: "link" })?.opened.get_or_insert(at);
            }
            Change::RevokeLink { session, id, at } => {
                let link = self.links.iter_mut().find(|link| link.id == id && link.session == session);
                link.ok_or(Error::Missing { what: "link" })?.revoked.get_or_insert(at);
            }
        }
        Ok(())
    }

    pub(crate) fn links(&self, session: SessionId) -> Vec<LinkRow> {
        let mut links: Vec<_> = self.links.iter().filter(|link| link.session == session).cloned().collect();
        links.sort_by_key(|link| (link.created, link.id));
        links
    }

    pub(crate) fn link(&self, token: &TokenHash) -> Option<LinkRow> {
        self.links.iter().find(|link| link.token == *token).cloned()
    }
}
