//! What an author's check runs besides the key: statements about the task that must hold on its
//! untouched files. Sessions need none of it.

use domain::ids::{KnowledgeId, QuestionId};
use domain::task::Subject;
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
