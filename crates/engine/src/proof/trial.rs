//! One thing that is run for a proof, and what was seen.

use crate::judge::Files;
use domain::ids::RepoPath;
use domain::plan::hex;
use sandbox::{End, Limits, Observation, TestOutcome, TestReport};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// The files that something is run on.
#[derive(Debug)]
pub(crate) struct Tree {
    files: Files,
    digest: String,
}

impl Tree {
    pub(crate) fn new(files: &BTreeMap<RepoPath, String>) -> Arc<Self> {
        let mut hash = Sha256::new();
        for (path, text) in files {
            for part in [path.as_str(), text] {
                hash.update((part.len() as u64).to_be_bytes());
                hash.update(part.as_bytes());
            }
        }
        Arc::new(Self { files: crate::judge::bytes(files), digest: hex(&hash.finalize()) })
    }

    pub(crate) fn files(&self) -> Files {
        self.files.clone()
    }
}

/// What is run.
#[derive(Clone, Debug, Serialize)]
pub(crate) enum Program {
    /// `observe`, with an input if it takes one.
    Observe { program: String, given: Option<Value> },
    /// The visible tests, with these arguments.
    Tests { arguments: Vec<String> },
}

/// One thing that is run.
#[derive(Clone, Debug)]
pub(crate) struct Trial {
    pub(crate) tree: Arc<Tree>,
    pub(crate) program: Program,
}

impl Trial {
    pub(crate) fn observe(tree: &Arc<Tree>, program: &str, given: Option<&Value>) -> Self {
        let program = Program::Observe { program: program.to_owned(), given: given.cloned() };
        Self { tree: Arc::clone(tree), program }
    }

    pub(crate) fn tests(tree: &Arc<Tree>, arguments: &[String]) -> Self {
        Self { tree: Arc::clone(tree), program: Program::Tests { arguments: arguments.to_vec() } }
    }

    /// What the outcome depends on: files, program, limits and what they run on.
    pub(crate) fn key(&self, machine: &str) -> String {
        // Values of these types have a form in JSON.
        let program = serde_json::to_string(&(&self.program, self.limits())).unwrap_or_default();
        let mut hash = Sha256::new();
        for part in [machine, &self.tree.digest, &program] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        hex(&hash.finalize())
    }

    pub(crate) fn limits(&self) -> Limits {
        match self.program {
            Program::Observe { .. } => crate::judge::limits(),
            Program::Tests { .. } => {
                Limits { wall: Duration::from_secs(60), cpu: Duration::from_secs(60), ..Limits::default() }
            }
        }
    }
}

/// What was seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Seen {
    /// `observe` returned this.
    Value(Value),
    /// It raised.
    Raised {
        /// The exception's class.
        kind: String,
        /// Its text.
        message: String,
    },
    /// The visible tests ran to their end.
    Tests {
        /// How many passed.
        passed: usize,
        /// Node ids of those that did not.
        failed: Vec<String>,
    },
    /// Nothing was seen that can be relied on.
    Nothing {
        /// Why.
        why: String,
    },
}

impl From<Observation> for Seen {
    fn from(observation: Observation) -> Self {
        match observation {
            Observation::Value(value) => Self::Value(value),
            Observation::Raised { kind, message } => Self::Raised { kind, message },
            Observation::NotJudged { reason } => Self::Nothing { why: reason },
        }
    }
}

impl From<TestReport> for Seen {
    fn from(report: TestReport) -> Self {
        let nothing = |why: String| Self::Nothing { why };
        match report.end {
            // pytest's own: all passed, some failed, some could not be collected.
            End::Exited(0..=2) if !report.tests.is_empty() => {
                let of = |outcome: TestOutcome| matches!(outcome, TestOutcome::Failed | TestOutcome::Error);
                let (failed, others): (Vec<_>, Vec<_>) = report.tests.into_iter().partition(|test| of(test.outcome));
                let passed = others.iter().filter(|test| test.outcome == TestOutcome::Passed).count();
                Self::Tests { passed, failed: failed.into_iter().map(|test| test.id).collect() }
            }
            End::Exited(0..=2 | 5) => nothing("no test was found".to_owned()),
            End::Exited(status) => nothing(format!("pytest ended with status {status}")),
            End::WallLimit | End::CpuLimit => nothing("the tests ran longer than allowed".to_owned()),
            end => nothing(format!("the tests were ended: {end:?}")),
        }
    }
}

/// As it stands in a message.
impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(value) => write!(f, "`{}`", short(&value.to_string())),
            Self::Raised { kind, message } if message.is_empty() => f.write_str(kind),
            Self::Raised { kind, message } => write!(f, "{kind}: {}", short(message)),
            Self::Tests { passed, failed } if failed.is_empty() => write!(f, "{passed} passed"),
            Self::Tests { passed, failed } => write!(f, "{passed} passed, {} did not", failed.len()),
            Self::Nothing { why } => f.write_str(why),
        }
    }
}

/// The beginning of a long text.
pub(crate) fn short(text: &str) -> String {
    const CHARS: usize = 120;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(CHARS) {
        Some((cut, _)) => format!("{}…", line.get(..cut).unwrap_or_default()),
        None => line,
    }
}
