//! What can go wrong between us and a model.

use std::fmt;
use std::time::Duration;

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
        /// Its words, shortened.
        detail: String,
    },
    /// 200, but no stream of events.
    #[error("the upstream sent `{got}` instead of text/event-stream")]
    ContentType {
        /// The type it named.
        got: String,
    },
    /// The connection ended without `[DONE]` and without a finish reason.
    #[error("the upstream broke off before the end of its answer")]
    Cut(#[source] Option<reqwest::Error>),
    /// What came is no chat completion.
    #[error("the upstream sent something that is no chat completion: {why}")]
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
    #[error("the upstream sent an empty answer")]
    Empty,
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
