//! Why what an admin wrote about a model makes none.

use super::{KEY_PREFIX, NAME_CHARACTERS};
use assistant::EntryError;

/// Why what an admin wrote about a model makes none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// A name that is none, or that means something else.
    #[error(
        "a model's name has 1 to {NAME_CHARACTERS} letters, digits and - _ . : and begins with a letter or digit; `{}` is the offline assistant",
        assistant::OFFLINE
    )]
    Name,
    /// A key in a file.
    #[error("a key in a file can be used by the settings file only: nobody can have a file of the server sent away")]
    KeyFile,
    /// A variable that the page may not use.
    #[error(
        "`{name}` cannot be used: the page takes only variables whose names begin with {KEY_PREFIX} and go on with letters, digits or _: \
         nobody can have other variables of the server sent away"
    )]
    KeyName {
        /// As written.
        name: String,
    },
    /// The variable is not there, or empty.
    #[error("the server's environment has no {name}, or an empty one")]
    NoKey {
        /// Its name.
        name: String,
    },
    /// What is written cannot be used.
    #[error(transparent)]
    Entry(EntryError),
    /// The upstream cannot be made.
    #[error("{cause}")]
    Upstream {
        /// Why.
        cause: String,
        /// What to do.
        remedy: &'static str,
    },
    /// It does not go together with the other models.
    #[error("{0}")]
    Linked(String),
    /// The settings file has the name.
    #[error("the settings file has a model of this name, and that one is asked")]
    InFile,
    /// Another build wrote it.
    #[error("what is kept about it cannot be read: {0}")]
    Unreadable(String),
}

impl Unfit {
    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Name => "choose another name",
            Self::KeyFile | Self::KeyName { .. } => {
                "put the key into a variable CAVEAT_KEY_… where the server is started, or name the model in the settings file"
            }
            Self::NoKey { .. } => "set it to the key where the server is started, and start the server again",
            Self::Upstream { remedy, .. } => remedy,
            Self::Entry(_) | Self::Linked(_) => "correct that",
            Self::InFile => "remove this one; add it again under another name if you need it",
            Self::Unreadable(_) => "edit it, or remove it",
        }
    }
}
