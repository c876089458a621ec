//! Names of things: random ids where a candidate can see them, checked names where people write them.

use serde::{Deserialize, Serialize};
use std::fmt;
use utoipa::ToSchema;
use uuid::Uuid;

macro_rules! random_id {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

random_id! {
    /// One candidate working on one task.
    SessionId
    /// One question the candidate put to the assistant.
    PromptId
    /// What the assistant said to one prompt.
    AnswerId
    /// One mark "this is wrong" on an answer.
    FlagId
    /// One entry of the diagnosis notebook.
    HypothesisId
    /// One run of the candidate's tests.
    RunId
    /// One accepted change to a file; a repeated id is a retry.
    EditId
    /// One conversation; a session may hold several.
    ChatId
    /// One invitation to a session.
    LinkId
    /// One person with an account.
    PersonId
    /// One key that a program comes in with.
    ApiKeyId
}

macro_rules! name {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(name: &str) -> Self {
                Self(name.to_owned())
            }
        }
    )*};
}

name! {
    /// The folder name of a task under `tasks/`.
    TaskName
    /// The folder name of a repository under `repos/`.
    RepositoryName
    /// The file name, without ending, of a claim pair under `tasks/<name>/pairs/`.
    PairId
    /// The file name, without ending, of a hidden check.
    CheckId
    /// The id of a comprehension question.
    QuestionId
    /// The file name, without ending, of a piece of proven knowledge.
    KnowledgeId
    /// A git commit id, forty hexadecimal digits.
    CommitId
}

/// A path inside a repository: relative, `/`-separated, without `.`, `..`, `.git` or control characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
#[serde(transparent)]
pub struct RepoPath(String);

/// Why a text is not a path inside a repository.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{path}` is not a path inside the repository: {reason}")]
pub struct BadPath {
    /// The text as given, shortened.
    pub path: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl RepoPath {
    /// The longest path accepted, in bytes.
    pub const MAX_BYTES: usize = 240;

    /// Checks a text; the error says what is wrong with it.
    pub fn parse(path: &str) -> Result<Self, BadPath> {
        match Self::problem(path) {
            None => Ok(Self(path.to_owned())),
            Some(reason) => Err(BadPath { path: path.chars().take(80).collect(), reason }),
        }
    }

    fn problem(path: &str) -> Option<&'static str> {
        if path.is_empty() {
            return Some("it is empty");
        }
        if path.len() > Self::MAX_BYTES {
            return Some("it is longer than 240 bytes");
        }
        if path.starts_with('/') {
            return Some("it is absolute; name it from the repository's root");
        }
        if path.contains('\\') {
            return Some("it has a backslash; separate folders with /");
        }
        if path.chars().any(char::is_control) {
            return Some("it has a control character");
        }
        path.split('/').find_map(|part| match part {
            "" => Some("it has an empty part"),
            "." | ".." => Some("it has a `.` or `..` part"),
            part if names_git(part) => Some("`.git` is not part of the working files"),
            _ => None,
        })
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether some file system or git itself takes a part of a path for `.git`: in capitals, by its short name, with dots,
/// spaces or a stream behind it, or with characters between that are not seen.
fn names_git(part: &str) -> bool {
    let seen: String = part
        .chars()
        .filter(
            |c| !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}'),
        )
        .collect();
    let name = seen.split(':').next().unwrap_or_default().trim_end_matches(['.', ' ']);
    name.eq_ignore_ascii_case(".git") || name.eq_ignore_ascii_case("git~1")
}

impl fmt::Display for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for RepoPath {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_leave_the_repository_are_refused_with_the_reason() {
        for (path, reason) in [
            ("", "empty"),
            ("/etc/passwd", "absolute"),
            ("../x", "`..`"),
            ("a/../../x", "`..`"),
            ("a//b", "empty part"),
            ("a\\b", "backslash"),
            (".git/config", "`.git`"),
            ("a/.GIT/hooks", "`.git`"),
            ("GIT~1/x", "`.git`"),
            ("a/git~1", "`.git`"),
            ("a/.git./x", "`.git`"),
            (".git /x", "`.git`"),
            (".git::$INDEX_ALLOCATION/x", "`.git`"),
            (".g\u{200c}it/x", "`.git`"),
            ("a\0b", "control"),
        ] {
            let error = RepoPath::parse(path).unwrap_err();
            assert!(error.to_string().contains(reason), "{path:?}: {error}");
        }
        assert!(RepoPath::parse(&"a".repeat(241)).is_err());
        for path in ["helpdesk/corpus.py", ".gitignore", "git.py", ".github/x", "a b/é.py"] {
            assert_eq!(RepoPath::parse(path).unwrap().as_str(), path);
        }
    }
}
