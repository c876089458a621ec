//! What can go wrong between us and a model.

use super::breaker::Harm;
use super::config::Secret;
use super::dialect::End;
use serde::Serialize;
use std::fmt;
use std::time::Duration;
use utoipa::ToSchema;

/// So much of what an upstream says about a fault is kept, in characters.
const DETAIL_CHARACTERS: usize = 300;

/// Why a model gave no whole answer. For the log and for staff: a candidate is only told that the assistant cannot be
/// reached, whichever it was.
#[derive(Debug, thiserror::Error)]
pub enum UpstreamError {
    /// The configured address cannot work.
    #[error("the upstream's address cannot be used: {why}")]
    Address {
        /// What is wrong with it.
        why: String,
    },
    /// The configured key cannot be sent.
    #[error("the upstream's key has characters that cannot be sent in a header; look for a line break at its end")]
    Key,
    /// The HTTP client could not be made.
    #[error("the HTTP client could not be made")]
    Client(#[source] reqwest::Error),
    /// No connection could be made.
    #[error("no connection to the upstream: it refused, or its name is unknown")]
    Refused(#[source] reqwest::Error),
    /// A limit of time was reached.
    #[error("the upstream took too long: {0}")]
    TimedOut(Wait),
    /// 429.
    #[error("the upstream is busy (429): {detail}")]
    Busy {
        /// How long it asks to wait.
        retry_after: Option<Duration>,
        /// Its words, shortened.
        detail: String,
    },
    /// 5xx.
    #[error("the upstream failed ({status}): {detail}")]
    Server {
        /// The HTTP status.
        status: u16,
        /// How long it asks to wait.
        retry_after: Option<Duration>,
        /// Its words, shortened.
        detail: String,
    },
    /// Any other status but 200, such as 401 for a wrong key or 404 for an unknown model.
    #[error("the upstream refused the request ({status}): {detail}")]
    Rejected {
        /// The HTTP status.
        status: u16,
        /// What it is about.
        about: About,
        /// Its words, shortened.
        detail: String,
    },
    /// 200, but no stream of events.
    #[error("the upstream sent `{got}` instead of text/event-stream")]
    ContentType {
        /// The type it named.
        got: String,
    },
    /// The connection ended without the dialect's mark of the end.
    #[error("the upstream broke off before the end of its answer")]
    Cut(#[source] Option<reqwest::Error>),
    /// What came is nothing that the dialect knows.
    #[error("the upstream sent something that cannot be read: {why}")]
    Malformed {
        /// What is wrong with it.
        why: String,
    },
    /// A limit of size was reached.
    #[error("the upstream sent too much: {0}")]
    TooLarge(Size),
    /// It reported an error inside the stream.
    #[error("the upstream reported an error: {detail}")]
    Reported {
        /// Its words, shortened.
        detail: String,
    },
    /// It ended properly without a word.
    #[error("the upstream sent an empty answer{}", why_empty(.0))]
    Empty(End),
    /// It failed too often, and is not asked for a while.
    #[error("the upstream is left alone for another {} s, because it failed before", left.as_secs())]
    LeftAlone {
        /// Until it is tried again.
        left: Duration,
    },
}

fn why_empty(end: &End) -> &'static str {
    match end {
        End::Stop => "",
        End::Length => ": the limit of tokens was reached before the first word",
        End::Refused => ": the model declined",
        End::Filtered => ": its filter took the words away",
    }
}

/// What a rejection is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// The key, or what it may do.
    Key,
    /// The address, or a model that is not there.
    Place,
    /// This one prompt.
    Prompt,
}

/// Faults by kind, for counting them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// Settings that cannot work.
    Settings,
    /// No connection.
    Refused,
    /// Too slow.
    TimedOut,
    /// 429.
    Busy,
    /// 5xx.
    Server,
    /// Any other status.
    Rejected,
    /// Broken off.
    Cut,
    /// No stream, not readable, or too much of it.
    Malformed,
    /// An error inside the stream.
    Reported,
    /// No words.
    Empty,
    /// Not asked.
    LeftAlone,
}

impl UpstreamError {
    /// For counting.
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::Address { .. } | Self::Key | Self::Client(_) => FailureKind::Settings,
            Self::Refused(_) => FailureKind::Refused,
            Self::TimedOut(_) => FailureKind::TimedOut,
            Self::Busy { .. } => FailureKind::Busy,
            Self::Server { .. } => FailureKind::Server,
            Self::Rejected { .. } => FailureKind::Rejected,
            Self::Cut(_) => FailureKind::Cut,
            Self::ContentType { .. } | Self::Malformed { .. } | Self::TooLarge(_) => FailureKind::Malformed,
            Self::Reported { .. } => FailureKind::Reported,
            Self::Empty(_) => FailureKind::Empty,
            Self::LeftAlone { .. } => FailureKind::LeftAlone,
        }
    }

    /// What whoever runs the server can do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Address { .. } => "give base_url as http:// or https://, a host, and a path up to the version",
            Self::Key => "take the line break or other odd character out of the key",
            Self::Client(_) => "see that this machine has certificates of authorities (ca-certificates)",
            Self::Refused(_) => "start the server it names, or correct base_url",
            Self::TimedOut(Wait::Connect) => {
                "see that this machine reaches the host of base_url, by a proxy if need be"
            }
            Self::TimedOut(_) => "try again; if it stays slow, choose a smaller model or give it more machine",
            Self::Busy { .. } => "wait, or raise the key's limits at the provider",
            Self::Server { .. } | Self::Cut(_) => "try again; the upstream's own log says why",
            Self::Rejected { about: About::Key, .. } => "give a key that is valid there: key_env or key_file",
            Self::Rejected { about: About::Place, .. } => "correct model or base_url: nothing is there by that name",
            Self::Rejected { about: About::Prompt, .. } => {
                "compare dialect, model, max_tokens and temperature with what the upstream takes"
            }
            Self::ContentType { .. } | Self::Malformed { .. } | Self::TooLarge(_) => {
                "see that base_url is the API and not a web page, and that dialect is its own"
            }
            Self::Reported { .. } => "read what it reports; the upstream's own log says more",
            Self::Empty(End::Length) => "raise max_tokens: a model that thinks needs room for it",
            Self::Empty(_) => "see that the model is one that writes text",
            Self::LeftAlone { .. } => "wait, or test it by hand once the cause is mended",
        }
    }

    /// What it says about answers to come.
    pub(super) fn harm(&self) -> Harm {
        match self {
            Self::Address { .. } | Self::Key | Self::Client(_) => Harm::Lasting(None),
            Self::Rejected { about: About::Key | About::Place, .. } => Harm::Lasting(None),
            Self::Busy { retry_after: asked, .. } | Self::Server { retry_after: asked, .. } => {
                match asked.filter(|asked| *asked > super::retry::PATIENCE) {
                    Some(asked) => Harm::Lasting(Some(asked)),
                    None => Harm::Once,
                }
            }
            Self::Rejected { about: About::Prompt, .. } | Self::TooLarge(Size::Answer) | Self::LeftAlone { .. } => {
                Harm::Nothing
            }
            Self::Empty(end) if *end != End::Stop => Harm::Nothing,
            _ => Harm::Once,
        }
    }

    /// The same on one line and not too long, without the key.
    pub(super) fn tidied(mut self, key: Option<&Secret>) -> Self {
        match &mut self {
            Self::Busy { detail: said, .. }
            | Self::Server { detail: said, .. }
            | Self::Rejected { detail: said, .. }
            | Self::ContentType { got: said }
            | Self::Malformed { why: said }
            | Self::Reported { detail: said } => *said = tidy(said, key),
            _ => {}
        }
        self
    }
}

/// The key goes before anything is cut off, so that no part of it stays.
fn tidy(text: &str, key: Option<&Secret>) -> String {
    let text = key.map_or_else(|| text.to_owned(), |key| key.gone_from(text));
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(DETAIL_CHARACTERS).collect()
}

/// Which limit of time was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Until a connection stood.
    Connect,
    /// Until the first byte of the answer.
    FirstByte,
    /// Between two pieces of it.
    Idle,
    /// For all of it.
    Total,
}

impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "no connection in time",
            Self::FirstByte => "no first byte in time",
            Self::Idle => "it fell silent in the middle",
            Self::Total => "the answer did not end in time",
        })
    }
}

/// Which limit of size was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// One line or event.
    Line,
    /// The answer's words.
    Answer,
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Line => "a line is too long",
            Self::Answer => "the answer is too long",
        })
    }
}
