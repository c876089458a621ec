//! Proves tasks: runs, reads and compares what their authors say, and names every discrepancy with its place.
//!
//! What a task needs is a list of demands: trials, and what their outcomes must be. Trials are known by the
//! content of what they run, so an outcome that was seen once need not be seen again ([`Cache`]).

mod asking;
mod bench;
mod cache;
mod candidates;
mod delivered;
mod demand;
mod prose;
mod samples;
mod sealed;
mod style;
mod trial;

pub use cache::Cache;
pub use delivered::delivered;
pub use style::{MOST, Tell};

use crate::Material;
use bench::Bench;
use catalog::{Library, Problem, Spot};
use demand::Trees;
use domain::ids::TaskName;
use sandbox::Sandbox;
use serde::Serialize;
use std::sync::Arc;

/// So many pairs make a full task; with fewer a candidate meets too few.
const FULL: usize = 12;

/// Why a check could not be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A repository could not be read.
    #[error(transparent)]
    Catalog(#[from] catalog::Error),
    /// Nothing can be run here.
    #[error("proofs have to run, and runs are refused: {cause}; {remedy}")]
    NoRuns {
        /// What is missing.
        cause: String,
        /// How to mend it.
        remedy: String,
    },
    /// An outcome could not be kept.
    #[error("an outcome could not be kept: {0}")]
    Cache(#[from] std::io::Error),
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Something is not proven.
    Error,
    /// Everything is proven, and something is less than it should be.
    Warning,
}

/// Something that is not as it must be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// The rule that says so: a name that stays.
    pub rule: &'static str,
    /// Where, what, and how to mend it.
    #[serde(flatten)]
    pub problem: Problem,
}

/// A rule that a task breaks, before the place is looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Complaint {
    pub(crate) severity: Severity,
    pub(crate) rule: &'static str,
    pub(crate) spot: Spot,
    pub(crate) what: String,
    pub(crate) hint: String,
}

impl Complaint {
    pub(crate) fn error(rule: &'static str, spot: Spot, what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { severity: Severity::Error, rule, spot, what: what.into(), hint: hint.into() }
    }

    fn warning(self) -> Self {
        Self { severity: Severity::Warning, ..self }
    }
}

/// What was looked at in one task, and held unless there is a finding about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Proven {
    /// The task.
    pub task: TaskName,
    /// Its version, as its author counts.
    pub version: u32,
    /// Claim pairs.
    pub pairs: usize,
    /// Decisive ones among them.
    pub decisive: usize,
    /// Pieces of proven knowledge.
    pub knowledge: usize,
    /// Hidden checks.
    pub checks: usize,
    /// Fixes that tempt.
    pub tempting: usize,
    /// Recorded sessions.
    pub samples: usize,
    /// Things that were run.
    pub trials: usize,
    /// Those among them whose outcome was known.
    pub known: usize,
}

/// Everything that was found out.
#[derive(Clone, Debug, Serialize)]
pub struct Checked {
    /// The tasks that could be read.
    pub tasks: Vec<Proven>,
    /// What is wrong, errors first.
    pub findings: Vec<Finding>,
    /// How well texts give themselves away, over all tasks together.
    pub tells: Vec<Tell>,
    /// How well whole answers do, as candidates get them; no error, since authors write only a part of them.
    pub delivered: Vec<Tell>,
}

impl Checked {
    /// Whether everything is proven.
    pub fn holds(&self) -> bool {
        self.findings.iter().all(|finding| finding.severity != Severity::Error) && self.tells.iter().all(Tell::holds)
    }
}

/// How far the running of trials is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Outcomes there are.
    pub done: usize,
    /// Outcomes there will be.
    pub all: usize,
}

/// What checking needs besides the library.
pub struct Checking<'a> {
    /// The tasks to check; empty: all.
    pub only: &'a [TaskName],
    /// Outcomes that are known.
    pub cache: &'a mut Cache,
    /// Hears how far it is.
    pub progress: &'a mut dyn FnMut(Progress),
}

/// Checks tasks of a library. `sandbox` is asked for when something must be run, and only then.
///
/// # Errors
/// When something must be run and cannot be, or a repository cannot be read.
pub async fn check<S: AsyncFnOnce() -> Sandbox>(
    library: &Library,
    checking: Checking<'_>,
    sandbox: S,
) -> Result<Checked, Error> {
    let Checking { only, cache, progress } = checking;
    let wanted = |name: &TaskName| only.is_empty() || only.contains(name);
    let mut findings: Vec<Finding> =
        library.problems().iter().filter(|problem| wanted(&problem.task)).map(broken_file).collect();
    let mut cases = Vec::new();
    for task in library.tasks().filter(|task| wanted(&task.brief.name)) {
        let Some(proofs) = library.proofs(&task.brief.name) else { continue };
        let demands = demand::of(task, proofs, &Trees::new(library, task)?)?;
        cases.push((task, proofs, demands));
    }
    let trials = cases.iter().flat_map(|(.., demands)| demands.iter().flat_map(|demand| &demand.trials));
    let bench = Bench::run(trials, cache, sandbox, progress).await?;
    let materials: Vec<Material> = cases.iter().map(|(task, ..)| Material::new(Arc::clone(task))).collect();
    let mut tasks = Vec::new();
    for ((task, proofs, demands), material) in cases.iter().zip(&materials) {
        let name = &task.brief.name;
        let mut complaints: Vec<Complaint> = demands.iter().filter_map(|demand| bench.judge(demand)).collect();
        complaints.extend(prose::complaints(material, proofs));
        complaints.extend(sealed::complaints(library, task)?);
        complaints.extend(asking::complaints(material));
        complaints.extend(samples::complaints(task, proofs));
        complaints.extend(few_pairs(task.key.pairs.len()));
        findings.extend(complaints.into_iter().map(|complaint| {
            let Complaint { severity, rule, spot, what, hint } = complaint;
            Finding { severity, rule, problem: proofs.problem(name, &spot, what, hint) }
        }));
        let (trials, known) = bench.count(demands);
        tasks.push(Proven {
            task: name.clone(),
            version: proofs.version,
            pairs: task.key.pairs.len(),
            decisive: task.key.pairs.values().filter(|pair| pair.decisive).count(),
            knowledge: task.key.knowledge.len(),
            checks: task.key.checks.len(),
            tempting: task.key.tempting.len(),
            samples: proofs.samples.len(),
            trials,
            known,
        });
    }
    findings.sort();
    let tells = style::tells(cases.iter().map(|(task, ..)| task.as_ref()));
    Ok(Checked { tasks, findings, tells, delivered: delivered(&materials) })
}

fn broken_file(problem: &Problem) -> Finding {
    let rule = if problem.what.starts_with("still to be written") { "unwritten" } else { "broken-file" };
    Finding { severity: Severity::Error, rule, problem: problem.clone() }
}

fn few_pairs(pairs: usize) -> Option<Complaint> {
    let what = format!("{pairs} claim pairs; a full task has {FULL} or more");
    let hint = "write more pairs, so that a candidate meets eight to ten of them";
    (pairs < FULL).then(|| Complaint::error("few-pairs", Spot::new("pairs", ""), what, hint).warning())
}
