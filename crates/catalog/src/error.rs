//! Why the catalog could not do what it was asked.

use crate::patch::Mistake;
use domain::ids::{CommitId, RepoPath, TaskName};
use std::io;
use std::path::{Path, PathBuf};

/// Why the catalog could not do what it was asked. Mistakes in a task's files are no errors but
/// [`Problem`](crate::Problem)s: they hide that task and no other.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or folder could not be read or written.
    #[error("cannot {action} `{}`: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// Where.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// Git could not do its part.
    #[error("cannot {action} in `{}`: {source}; if the repository is damaged, move that folder away and load again", path.display())]
    Git {
        /// What was tried.
        action: &'static str,
        /// The bare repository.
        path: PathBuf,
        /// Why it failed.
        source: git2::Error,
    },
    /// A git configuration file of the user or the machine is malformed. None of its settings would
    /// count, but git's library opens no repository past it.
    #[error("git's configuration of this user or machine cannot be read: {0}; mend or remove that file")]
    Configuration(git2::Error),
    /// No such task was loaded.
    #[error("there is no task `{0}`; if its folder exists, the library's problems say why it was not loaded")]
    UnknownTask(TaskName),
    /// The commit is no part of the task's history.
    #[error("`{commit}` is no commit in the history of task `{task}`")]
    UnknownCommit {
        /// The task.
        task: TaskName,
        /// What was asked for, shortened.
        commit: CommitId,
    },
    /// The file does not exist in that commit.
    #[error("commit `{commit}` has no file `{path}`")]
    UnknownFile {
        /// The commit.
        commit: CommitId,
        /// The file.
        path: RepoPath,
    },
    /// The file is no UTF-8 text of at most one megabyte.
    #[error("`{path}` is no UTF-8 text of at most {} bytes", crate::bare::MAX_TEXT_BYTES)]
    NotText {
        /// The file.
        path: RepoPath,
    },
    /// A patch is malformed or does not apply.
    #[error(transparent)]
    Patch(#[from] Mistake),
    /// A git repository cannot be written down as reviewable text, or a task cannot be begun.
    #[error("{what}; {hint}")]
    Unfit {
        /// What is in the way, and where.
        what: String,
        /// How to get around it.
        hint: String,
    },
    /// One path would have to be a file and a folder at once.
    #[error("`{path}` cannot be a file beside `{other}`: one of them would have to be a folder")]
    PathConflict {
        /// The file.
        path: RepoPath,
        /// The file below it.
        other: RepoPath,
    },
}

impl Error {
    /// What is in the way and how to get around it.
    pub(crate) fn unfit(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Unfit { what: what.into(), hint: hint.into() }
    }

    /// Wraps an input or output error: `.map_err(Error::io("read", path))`.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }

    /// Wraps a git error: `.map_err(Error::git("read a commit", path))`.
    pub(crate) fn git(action: &'static str, path: &Path) -> impl FnOnce(git2::Error) -> Self {
        let path = path.to_owned();
        move |source| match source.class() {
            git2::ErrorClass::Config => Self::Configuration(source),
            _ => Self::Git { action, path, source },
        }
    }
}
