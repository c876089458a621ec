//! Why the engine could not do what was asked.

use crate::Unfit;
use domain::Refusal;
use domain::access::Role;
use domain::ids::{SessionId, TaskName};
use domain::plan::NoPlan;
use domain::session::Corrupt;

/// Why the engine could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A rule said no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// No such task.
    #[error("there is no task `{name}`; known are: {}", known.join(", "))]
    UnknownTask {
        /// As asked.
        name: TaskName,
        /// What there is.
        known: Vec<String>,
    },
    /// No such session.
    #[error("there is no session {0}")]
    UnknownSession(SessionId),
    /// No such model.
    #[error("no model `{name}` is configured; known are: {}", if known.is_empty() { "none".to_owned() } else { known.join(", ") })]
    UnknownModel {
        /// As asked.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// What an admin wrote makes no model.
    #[error(transparent)]
    UnfitModel(#[from] Unfit),
    /// A model's name is another's.
    #[error("there is a model `{name}` already: choose another name, or remove that one first")]
    ModelTaken {
        /// The name.
        name: String,
    },
    /// It is not as it was read.
    #[error(
        "somebody changed model `{name}` since you read it: read it again, and change what still has to be changed"
    )]
    ModelChanged {
        /// The name.
        name: String,
    },
    /// Another name.
    #[error("model `{name}` keeps its name, by which sessions and other models know it: add another one instead")]
    ModelKeepsName {
        /// The name.
        name: String,
    },
    /// The settings file is changed by hand only.
    #[error("model `{name}` is in the settings file: change it there, and start the server again")]
    ModelOfFile {
        /// The name.
        name: String,
    },
    /// Another model falls back to it.
    #[error("model `{by}` falls back to `{name}`: remove that one first")]
    ModelInUse {
        /// The name.
        name: String,
        /// Whose fallback it is.
        by: String,
    },
    /// A session is set up with one model two times.
    #[error("the model `{name}` is named twice: name each once")]
    ModelTwice {
        /// Which.
        name: String,
    },
    /// A budget for cost where nothing costs anything.
    #[error(
        "a budget for cost needs a live model with prices: give `price_in` and `price_out` in its settings, or leave the cost out"
    )]
    NoPrices,
    /// Every pair was shown, or is about a file that the candidate changed.
    #[error("the assistant has nothing left to volunteer")]
    NoCard,
    /// No code is run for such a session here.
    #[error("no code is run here: {cause}")]
    NoIsolation {
        /// What is missing.
        cause: String,
        /// The one thing to do about it.
        remedy: String,
    },
    /// Minutes out of range.
    #[error("{minutes} minutes are out of range: choose between 5 and 480")]
    BadMinutes {
        /// As asked.
        minutes: u32,
    },
    /// A role that no link gives.
    #[error("no link gives the role `{role}`: choose candidate, observer or reviewer")]
    NotByLink {
        /// As asked.
        role: Role,
    },
    /// Hours out of range.
    #[error("{hours} hours are out of range: a link holds between 1 and 8784")]
    BadHours {
        /// As asked.
        hours: u32,
    },
    /// A note that is too long.
    #[error("the note is too long: {most} characters at most")]
    LongNote {
        /// The most there may be.
        most: usize,
    },
    /// The task's repository is another one than the session started from.
    #[error(
        "session {session} started from commit {expected} of task `{task}`, which now begins at {actual}: restore that version of the task"
    )]
    TaskChanged {
        /// The session.
        session: SessionId,
        /// The task.
        task: TaskName,
        /// The commit in the log.
        expected: String,
        /// The commit in the library.
        actual: String,
    },
    /// The task allows no plan.
    #[error("task `{task}`: {source}")]
    NoPlan {
        /// The task.
        task: TaskName,
        /// Why.
        source: NoPlan,
    },
    /// The log cannot be folded.
    #[error("the log of session {session} cannot be read: {source}")]
    Corrupt {
        /// The session.
        session: SessionId,
        /// Where and why.
        source: Corrupt,
    },
    /// Something is not there (yet).
    #[error("{what} is not there yet: {hint}")]
    NotYet {
        /// What.
        what: &'static str,
        /// When it will be.
        hint: &'static str,
    },
    /// No such file in the session.
    #[error("there is no file `{0}` in this session")]
    UnknownFile(String),
    /// A role that no account has.
    #[error("no account has the role `candidate`: candidates come by link")]
    NotByAccount,
    /// A name that is none.
    #[error("a name has between 1 and 100 characters")]
    BadName,
    /// A mail address that is none.
    #[error("this is no mail address: it has an @, no blanks, and at most 100 characters")]
    BadMail,
    /// A password that is too short or too long.
    #[error("a password has between 12 and 200 characters")]
    BadPassword,
    /// Days out of range.
    #[error("{days} days are out of range: an API key holds between 1 and 3660, or until it is revoked")]
    BadDays {
        /// As asked.
        days: u32,
    },
    /// An API key for nothing.
    #[error("an API key needs at least one scope")]
    NoScope,
    /// The token of the first set-up is not the one, or was used.
    #[error("this set-up link is not the newest, or was used")]
    BadSetUp,
    /// The last admin cannot go.
    #[error("this is the last admin: make somebody else one first")]
    LastAdmin,
    /// Mail address and password do not belong together.
    #[error("mail address and password do not belong together")]
    WrongSignIn,
    /// An identity provider vouches for somebody who has no account.
    #[error("nobody here has this mail address: ask an admin of this server to add you")]
    UnknownMail,
    /// Nobody has an account yet, so nobody comes in by an identity provider.
    #[error("this server has no admin yet: open the set-up link from its terminal first")]
    NoAdminYet,
    /// Too many wrong passwords.
    #[error("too many tries: wait {} minutes", wait.as_secs().div_ceil(60))]
    TooManyTries {
        /// How long.
        wait: std::time::Duration,
    },
    /// The register has another entry with the same name.
    #[error("there is another {what} with this mail address")]
    Taken {
        /// What was to be added.
        what: &'static str,
    },
    /// The register has no such entry.
    #[error("there is no such {what}")]
    Missing {
        /// What was named.
        what: &'static str,
    },
    /// The store could not be read or written.
    #[error(transparent)]
    Store(store::Error),
    /// The repository could not be read or written.
    #[error(transparent)]
    Catalog(#[from] catalog::Error),
    /// The report could not be computed.
    #[error(transparent)]
    Assess(#[from] assess::Error),
    /// The session's own task ended; it is loaded again at the next try.
    #[error("the session was being put away: try again")]
    Closed,
    /// A thread of ours died.
    #[error("a part of the work ended unexpectedly: {0}")]
    Lost(String),
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Missing { what } => Self::Missing { what },
            store::Error::Taken { what } => Self::Taken { what },
            error => Self::Store(error),
        }
    }
}
