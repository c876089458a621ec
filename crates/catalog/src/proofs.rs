//! What an author's check runs besides the key: statements about the task that must hold on its
//! untouched files. Sessions need none of it.

use domain::ids::{KnowledgeId, PairId, QuestionId};
use domain::task::{Side, Subject};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What an author's check runs besides what the task's key holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Proofs {
    /// The task's folder, for messages.
    pub folder: PathBuf,
    /// The task's version, as its author counts.
    pub version: u32,
    /// What the visible suite does on the untouched files.
    pub tests: VisibleTests,
    /// Why each piece of knowledge is true.
    pub knowledge: BTreeMap<KnowledgeId, KnowledgeProof>,
    /// What answers each comprehension question.
    pub questions: BTreeMap<QuestionId, Observation>,
    /// Names that a plant makes up, by pair.
    pub invented: BTreeMap<PairId, Vec<String>>,
    /// Why the combinations of testlets do not contradict themselves.
    pub worlds: Vec<World>,
    /// The combinations of sides that no plan may have.
    pub contradictions: Vec<Contradiction>,
    /// Recorded sessions with the reports they must get, by the names of their folders.
    pub samples: BTreeMap<String, Sample>,
}

/// A combination of sides, and the change to the code under which all of them would be true at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct World {
    /// Where the combination stands: `testlet.<n>.combination.<m>`.
    pub key: String,
    /// The side of every pair in it.
    pub sides: BTreeMap<PairId, Side>,
    /// A unified diff against the base revision; none: the code as it is.
    pub witness: Option<String>,
}

/// A combination of sides of which not all can be true at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// The side of every pair in it.
    pub sides: BTreeMap<PairId, Side>,
    /// Why they contradict each other.
    pub why: String,
}

/// A recorded session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// Its log, one event a line.
    pub log: PathBuf,
    /// Its report.
    pub report: PathBuf,
}

/// The visible suite and what fails in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VisibleTests {
    /// The command, word by word.
    pub command: Vec<String>,
    /// Node ids that fail; all others pass.
    pub failing: Vec<String>,
}

/// Python that defines `observe()`, and what it must return.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// The Python.
    pub observe: String,
    /// What is observed.
    pub equals: Value,
}

/// Why a piece of knowledge is true.
#[derive(Clone, Debug, PartialEq)]
pub enum KnowledgeProof {
    /// Something that runs says so.
    Observed(Observation),
    /// The symbol is defined there.
    Definition(Subject),
    /// One symbol is called by another.
    Callers {
        /// The symbol that is called.
        of: Subject,
        /// One of its callers.
        includes: Subject,
    },
}
