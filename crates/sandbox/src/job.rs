//! What goes in and what comes out.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::Limits;

/// A program to run in a fresh copy of its files.
#[derive(Debug, Clone, Default)]
pub struct Job {
    /// Relative path and content. Compiled Python, caches and `*.pth` files are left out.
    pub files: Vec<(String, Vec<u8>)>,
    /// The command; `python` and `pytest` are those of the Python environment. The working directory is `/box`.
    pub argv: Vec<String>,
    /// All of standard input.
    pub stdin: Vec<u8>,
    /// Added to the sandbox's own few variables; nothing of the server's environment is ever passed on.
    pub env: Vec<(String, String)>,
    /// The bounds of this run.
    pub limits: Limits,
}

/// What a program did. There is no default verdict: only [`End::Exited`] says that it ran to its own end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// How it ended.
    pub end: End,
    /// The beginning of standard output.
    pub stdout: Vec<u8>,
    /// The beginning of standard error.
    pub stderr: Vec<u8>,
    /// Whether more was written than was kept.
    pub truncated: bool,
    /// From when its turn came until the last process was gone.
    pub wall: Duration,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "detail", rename_all = "snake_case")]
pub enum End {
    /// By itself, with this status. A status above 128 that names a signal counts as that signal.
    Exited(i32),
    /// By this signal, none of our limits being the reason.
    Signalled(i32),
    /// It ran longer than allowed.
    WallLimit,
    /// It used more processor time than allowed.
    CpuLimit,
    /// It used more memory than allowed.
    MemoryLimit,
    /// It had more processes than allowed (only where the kernel does not refuse them one by one).
    ProcessLimit,
    /// It made more files than allowed.
    FileLimit,
    /// It wrote far more output than is kept.
    OutputLimit,
    /// Its status is not known; the reason is for people.
    Lost(String),
}
