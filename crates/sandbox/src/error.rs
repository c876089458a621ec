//! What can keep a run from happening at all.

use std::io;

/// Why a run did not take place. A run that took place answers with its [`crate::End`] instead.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// This machine cannot run untrusted code safely.
    #[error("runs are refused: {cause} ({remedy})")]
    Refused {
        /// What is missing or what the self-test found.
        cause: String,
        /// The one thing to do about it.
        remedy: String,
    },
    /// A file that must not go in.
    #[error("the file {path:?} cannot be copied in: {reason}")]
    File {
        /// The path as it was given.
        path: String,
        /// Which rule said no.
        reason: &'static str,
    },
    /// Something about the job other than a file.
    #[error("the job cannot be run: {0}")]
    Job(String),
    /// The operating system refused a pipe, a process or a descriptor.
    #[error("the sandbox could not be set up: {doing}")]
    System {
        /// What was being done.
        doing: &'static str,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Bubblewrap or the trusted program inside stopped before the candidate's code was started.
    #[error("the sandbox could not be set up: {0}")]
    Setup(String),
}

impl Error {
    pub(crate) fn system(doing: &'static str) -> impl FnOnce(io::Error) -> Error {
        move |source| Error::System { doing, source }
    }

    pub(crate) fn errno(doing: &'static str) -> impl FnOnce(rustix::io::Errno) -> Error {
        move |errno| Error::System { doing, source: errno.into() }
    }
}
