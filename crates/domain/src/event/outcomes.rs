//! What came out of runs, of the submission and of looking at it.

use crate::ids::PairId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What came out of a run of the candidate's tests: self-reported, it feeds no score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RunOutcome {
    /// How the run ended.
    pub end: RunEnd,
    /// Tests by node id, in order.
    pub tests: Vec<TestResult>,
    /// What was printed, shortened to its limit.
    pub output: String,
    /// Some output was left out.
    pub truncated: bool,
    /// Wall time in milliseconds.
    pub wall_ms: u64,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum RunEnd {
    /// Every test that ran passed.
    Passed,
    /// Some tests failed.
    Failed,
    /// No test was found.
    NoTests,
    /// A limit ended it.
    Limit {
        /// Which: time, memory, processes, output.
        which: String,
    },
    /// The run could not be judged.
    Broken {
        /// Why, and how to mend it.
        why: String,
    },
}

/// One test of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TestResult {
    /// pytest's node id.
    pub id: String,
    /// passed, failed, error or skipped.
    pub outcome: String,
    /// Milliseconds.
    pub ms: u64,
    /// What failed, shortened.
    pub message: String,
}

/// Who ended the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SubmittedBy {
    /// The candidate.
    Candidate,
    /// The clock.
    Deadline,
}

/// What one hidden check said, case by case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CheckOutcome {
    /// In the order of the task's cases.
    pub cases: Vec<CaseOutcome>,
}

impl CheckOutcome {
    /// Whether every case passed; a case that was not judged is not passed.
    pub fn passed(&self) -> bool {
        !self.cases.is_empty() && self.cases.iter().all(|case| matches!(case, CaseOutcome::Passed {}))
    }
}

/// What one case of a hidden check said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum CaseOutcome {
    /// Observed as expected.
    Passed {},
    /// Observed something else, or an exception.
    Failed {
        /// What was observed, in words.
        observed: String,
    },
    /// Nothing trustworthy was observed.
    NotJudged {
        /// Why.
        reason: String,
    },
}

/// Sealed: probes on one state of the files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Probed {
    /// The state is the files right after this event.
    pub upto: u64,
    /// Digest of the state's files.
    pub state: String,
    /// Outcomes by pair.
    pub outcomes: BTreeMap<PairId, ProbeOutcome>,
}

/// What a probe said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum ProbeOutcome {
    /// The plant is in the code.
    Tripped {},
    /// It is not.
    Clear {},
    /// Nothing trustworthy was observed.
    NotJudged {
        /// Why.
        reason: String,
    },
}
