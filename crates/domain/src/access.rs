//! Who may come in, and as what.

use crate::ids::{ApiKeyId, LinkId, PersonId};
use serde::{Deserialize, Serialize};
use std::fmt;
use utoipa::ToSchema;

/// What somebody is on this server, or in one session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Runs the server: everything an interviewer may, and people, API keys, live models and the audit log.
    Admin,
    /// Sets sessions up, keeps their clocks, reads their logs and reports.
    Interviewer,
    /// Watches, blind.
    Observer,
    /// Reads logs and reports, opens sealed facts.
    Reviewer,
    /// Works on the task of one session.
    Candidate,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 5] = [Self::Admin, Self::Interviewer, Self::Observer, Self::Reviewer, Self::Candidate];

    /// The role as programs write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Interviewer => "interviewer",
            Self::Observer => "observer",
            Self::Reviewer => "reviewer",
            Self::Candidate => "candidate",
        }
    }

    /// The role of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// Whether a link may give it: a link opens one session and nothing else of the server.
    pub fn comes_by_link(self) -> bool {
        matches!(self, Self::Candidate | Self::Observer | Self::Reviewer)
    }

    /// Whether somebody may get it whom no admin added: an identity provider vouched for them, and no more.
    pub fn comes_unasked(self) -> bool {
        matches!(self, Self::Interviewer | Self::Observer | Self::Reviewer)
    }

    /// Whether a person with this role may do that on this server.
    pub fn may(self, right: Right) -> bool {
        match right {
            Right::SetUp => matches!(self, Self::Admin | Self::Interviewer),
            Right::List => self != Self::Candidate,
            Right::Administer => self == Self::Admin,
        }
    }

    /// Whether what is sealed may be opened by who has it.
    pub fn may_open_sealed(self) -> bool {
        matches!(self, Self::Admin | Self::Interviewer | Self::Reviewer)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What somebody may do outside the sessions themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// Set sessions up; make, list and revoke their links.
    SetUp,
    /// See which sessions there are, and enter them.
    List,
    /// People, API keys, live models, the audit log.
    Administer,
}

/// What an API key is for. A program with a key reads sessions; it changes nothing in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
pub enum Scope {
    /// Set sessions up; make, list and revoke their links.
    #[serde(rename = "sessions:create")]
    SessionsCreate,
    /// List sessions and read them as an observer does.
    #[serde(rename = "sessions:read")]
    SessionsRead,
    /// Read logs and reports as a reviewer does.
    #[serde(rename = "reports:read")]
    ReportsRead,
}

impl Scope {
    /// Whether it allows that.
    pub fn gives(self, right: Right) -> bool {
        matches!((self, right), (Self::SessionsCreate, Right::SetUp) | (Self::SessionsRead, Right::List))
    }

    /// As what it lets into a session, if it does.
    pub fn role(self) -> Option<Role> {
        match self {
            Self::SessionsCreate => None,
            Self::SessionsRead => Some(Role::Observer),
            Self::ReportsRead => Some(Role::Reviewer),
        }
    }
}

/// Who did something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", content = "id", rename_all = "snake_case")]
pub enum Actor {
    /// The owner of the machine, on a server for it alone.
    Owner,
    /// Somebody who signed in.
    Person(PersonId),
    /// A program.
    ApiKey(ApiKeyId),
    /// Whoever holds a link.
    Link(LinkId),
}

/// What the audit log tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Sealed facts of a session were asked for.
    KeyOpened,
    /// A report was read.
    ReportRead,
    /// A log was taken out whole.
    LogExported,
    /// A session was set up.
    SessionCreated,
    /// A link was made.
    LinkMade,
    /// A link was revoked.
    LinkRevoked,
    /// Somebody signed in.
    SignedIn,
    /// A person was added.
    PersonAdded,
    /// A person's name, role or password was changed.
    PersonChanged,
    /// A person was removed.
    PersonRemoved,
    /// An API key was made.
    ApiKeyMade,
    /// An API key was revoked.
    ApiKeyRevoked,
    /// A live model was added.
    ModelAdded,
    /// A live model's settings were changed.
    ModelChanged,
    /// A live model was removed.
    ModelRemoved,
}

/// Whether something with an end and a revocation still holds (times in Unix milliseconds).
pub fn holds(expires: Option<i64>, revoked: Option<i64>, now: i64) -> bool {
    revoked.is_none() && expires.is_none_or(|end| now < end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_found_by_its_name_and_no_other() {
        for role in Role::ALL {
            assert_eq!(Role::named(role.name()), Some(role));
            assert_eq!(serde_json::to_value(role).expect("JSON"), role.name());
        }
        for name in ["", "Admin", "owner"] {
            assert_eq!(Role::named(name), None, "{name}");
        }
    }

    #[test]
    fn what_was_revoked_or_has_ended_does_not_hold() {
        for (expires, revoked, expected) in [
            (None, None, true),
            (Some(11), None, true),
            (Some(10), None, false),
            (None, Some(3), false),
            (Some(99), Some(99), false),
        ] {
            assert_eq!(holds(expires, revoked, 10), expected, "{expires:?} {revoked:?}");
        }
    }
}
