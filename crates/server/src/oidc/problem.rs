//! Why somebody did not come in: a code that the sign-in page turns into words. What the provider said stays in the log.

use std::error::Error;
use std::fmt::Debug;

/// Why somebody did not come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// The provider does not answer, or not as one.
    Unreachable,
    /// Whoever was asked there said no, or was not let through.
    Declined,
    /// This browser has no such sign-in under way.
    Stale,
    /// What the provider gave as proof does not hold.
    Refused,
    /// The provider does not say that a mail address is theirs.
    Unverified,
    /// Nobody here has the mail address.
    Unknown,
    /// Nobody has an account yet.
    NoAdmin,
    /// This server cannot, for now.
    Unavailable,
}

impl Problem {
    /// As the page's address names it.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Declined => "declined",
            Self::Stale => "stale",
            Self::Refused => "refused",
            Self::Unverified => "unverified",
            Self::Unknown => "unknown",
            Self::NoAdmin => "no_admin",
            Self::Unavailable => "unavailable",
        }
    }

    /// The same, with the cause in the log. Others wrote a part of it: it goes there as one quoted line.
    pub(super) fn because(self, cause: &(impl Error + ?Sized)) -> Self {
        let mut whole = cause.to_string();
        let mut next = cause.source();
        while let Some(cause) = next {
            whole = format!("{whole}: {cause}");
            next = cause.source();
        }
        self.said(&whole)
    }

    /// The same, with what was said in the log.
    pub(super) fn said(self, what: &str) -> Self {
        let cause: String = what.chars().take(300).collect();
        tracing::warn!(?cause, problem = self.code(), "a sign-in with OpenID Connect failed");
        self
    }
}

impl From<engine::Error> for Problem {
    fn from(error: engine::Error) -> Self {
        match error {
            engine::Error::UnknownMail => Self::Unknown,
            engine::Error::NoAdminYet => Self::NoAdmin,
            engine::Error::BadMail => Self::Unverified,
            error => Self::Unavailable.because(&error),
        }
    }
}
