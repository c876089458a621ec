//! Why what an admin wrote about a model makes none.

use super::{KEY_PREFIX, NAME_CHARACTERS};
use assistant::{EntryError, UpstreamError};

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
        /// What it is about.
        code: &'static str,
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

impl From<UpstreamError> for Unfit {
    fn from(error: UpstreamError) -> Self {
        let code = match &error {
            UpstreamError::Address { .. } => "bad_address",
            UpstreamError::Key => "bad_key",
            _ => "bad_model",
        };
        Self::Upstream { cause: error.to_string(), remedy: error.remedy(), code }
    }
}

impl Unfit {
    /// A stable name for programs, by the part that it is about.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Name => "bad_model_name",
            Self::KeyFile | Self::KeyName { .. } | Self::NoKey { .. } => "bad_key",
            Self::Entry(EntryError::NoAddress | EntryError::NoResource) => "bad_address",
            Self::Entry(EntryError::NoTokens) => "bad_max_tokens",
            Self::Entry(EntryError::Temperature(_)) => "bad_temperature",
            Self::Entry(EntryError::Price { name, .. }) if *name == "price_in" => "bad_price_in",
            Self::Entry(EntryError::Price { .. }) => "bad_price_out",
            Self::Linked(_) => "bad_fallback",
            Self::Upstream { code, .. } => code,
            Self::Entry(EntryError::NoModel) | Self::InFile | Self::Unreadable(_) => "bad_model",
        }
    }

    /// What to do about one that is listed.
    pub fn remedy(&self) -> &'static str {
        self.hint().unwrap_or("edit the model")
    }

    /// What to do about it; none where the cause says so itself.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::Name => "choose another name",
            Self::KeyFile | Self::KeyName { .. } => {
                "put the key into a variable CAVEAT_KEY_… where the server is started, or name the model in the settings file"
            }
            Self::NoKey { .. } => "set it to the key where the server is started, and start the server again",
            Self::Upstream { remedy, .. } => remedy,
            Self::Entry(_) | Self::Linked(_) => return None,
            Self::InFile => "remove this one; add it again under another name if you need it",
            Self::Unreadable(_) => "edit it, or remove it",
        })
    }
}
