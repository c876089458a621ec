//! Invitations: a link's token opens one session in one role until it ends or is revoked.

use crate::passes::hash;
use crate::{Engine, Error, Pass, Session};
use domain::access::{self, Act, Actor, Role};
use domain::ids::{LinkId, SessionId};
use domain::plan::hex;
use serde::Serialize;
use store::{Change, LinkRow};
use utoipa::ToSchema;

/// How long a link may hold at most, in hours.
const HOURS: std::ops::RangeInclusive<u32> = 1..=8784;

/// How long a link holds when nothing else is said: 30 days.
const USUAL_HOURS: u32 = 720;

/// Longest note on a link, in characters.
const NOTE_CHARS: usize = 200;

const HOUR_MS: i64 = 3_600_000;

/// What a new link shall be.
#[derive(Clone, Debug)]
pub struct NewLink {
    /// As what it lets in.
    pub role: Role,
    /// How many hours it holds; none: 30 days.
    pub hours: Option<u32>,
    /// Whom it is for; may be empty.
    pub note: String,
}

impl NewLink {
    /// A link as a new session gets it.
    pub fn usual(role: Role) -> Self {
        Self { role, hours: None, note: String::new() }
    }
}

/// A link as it is listed. Times are Unix milliseconds.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Link {
    /// The link.
    pub id: LinkId,
    /// As what it lets in.
    pub role: Role,
    /// Whom it is for.
    pub note: String,
    /// When it was made.
    pub created: i64,
    /// When it ends.
    pub expires: Option<i64>,
    /// When it was revoked.
    pub revoked: Option<i64>,
    /// When it was first used.
    pub opened: Option<i64>,
    /// Whether it opens the session now.
    pub holds: bool,
}

impl Engine {
    /// Makes a link to a session; gives its token, which is kept nowhere.
    pub async fn make_link(&self, by: &Pass, session: &Session, new: NewLink) -> Result<(Link, String), Error> {
        if !new.role.comes_by_link() {
            return Err(Error::NotByLink { role: new.role });
        }
        let hours = new.hours.unwrap_or(USUAL_HOURS);
        if !HOURS.contains(&hours) {
            return Err(Error::BadHours { hours });
        }
        if new.note.chars().count() > NOTE_CHARS {
            return Err(Error::LongNote { most: NOTE_CHARS });
        }
        let (entropy, now) = (&self.parts().entropy, self.parts().clock.wall());
        let token = hex(&entropy.token());
        let row = LinkRow {
            id: LinkId(entropy.uuid()),
            session: session.id(),
            token: hash(&token),
            role: new.role,
            note: new.note,
            created: now,
            expires: Some(now + i64::from(hours) * HOUR_MS),
            revoked: None,
            opened: None,
        };
        self.parts().register.change(Change::AddLink(row.clone())).await?;
        self.note(by.actor, Act::LinkMade, Some(session.id()), Some(row.id.to_string())).await?;
        Ok((listed(row, now), token))
    }

    /// The links of a session, oldest first, also those that no longer hold.
    pub async fn links(&self, session: SessionId) -> Result<Vec<Link>, Error> {
        let now = self.parts().clock.wall();
        let rows = self.parts().register.links(session).await?;
        Ok(rows.into_iter().map(|row| listed(row, now)).collect())
    }

    /// Revokes a link: it opens nothing any more, and what it opened closes.
    pub async fn revoke_link(&self, by: &Pass, session: SessionId, id: LinkId) -> Result<(), Error> {
        let at = self.parts().clock.wall();
        self.parts().register.change(Change::RevokeLink { session, id, at }).await?;
        self.tell_of_passes();
        self.note(by.actor, Act::LinkRevoked, Some(session), Some(id.to_string())).await
    }

    /// What a token opens, if it holds. Using it up is not possible.
    pub async fn open_link(&self, token: &str) -> Result<Option<(SessionId, Pass)>, Error> {
        let (register, now) = (&self.parts().register, self.parts().clock.wall());
        let found = register.link(hash(token)).await?;
        let Some(link) = found.filter(|link| access::holds(link.expires, link.revoked, now)) else { return Ok(None) };
        if link.opened.is_none() {
            register.change(Change::LinkOpened { id: link.id, at: now }).await?;
        }
        Ok(Some((
            link.session,
            Pass { actor: Actor::Link(link.id), role: link.role, scopes: Vec::new(), token: Some(link.token) },
        )))
    }
}

fn listed(row: LinkRow, now: i64) -> Link {
    let holds = access::holds(row.expires, row.revoked, now);
    let LinkRow { id, role, note, created, expires, revoked, opened, session: _, token: _ } = row;
    Link { id, role, note, created, expires, revoked, opened, holds }
}
