//! A test suite as it reports on itself. Test and subject share an interpreter, so this feeds no score.

use serde::{Deserialize, Serialize};
use serde_json::{Map, json};

use crate::driver::{Order, Ran};
use crate::limits::Counting;
use crate::{End, Limits};

/// What a suite said about itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TestReport {
    /// One entry a test that was finished, in the order of their ends. A file that cannot be collected is an entry too.
    pub tests: Vec<TestResult>,
    /// Tests found, finished or not.
    pub collected: usize,
    /// How the run ended: pytest's own statuses are 0 all passed, 1 some failed, 2 interrupted, 4 usage, 5 no tests.
    pub end: End,
    /// What pytest printed, for people.
    pub output: String,
    /// Whether more was printed than was kept.
    pub truncated: bool,
}

/// One test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TestResult {
    /// Pytest's node id.
    pub id: String,
    /// What became of it.
    pub outcome: TestOutcome,
    /// Time spent in set-up, test and tear-down.
    pub seconds: f64,
    /// The failure or the reason for skipping; empty for a test that passed.
    pub message: String,
}

/// What became of a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TestOutcome {
    /// It ran and held.
    Passed,
    /// It ran and did not hold.
    Failed,
    /// Its set-up, tear-down or collection broke.
    Error,
    /// It was skipped or failed as it was expected to.
    Skipped,
}

/// Kept of all results together.
const REPORT_BYTES: usize = 4 << 20;

/// The order to run pytest with these arguments.
pub(crate) fn order(files: Vec<(String, Vec<u8>)>, args: &[String], limits: &Limits, counting: Counting) -> Order {
    let mut header = Map::new();
    header.insert("mode".to_owned(), json!("pytest"));
    header.insert("argv".to_owned(), json!(args));
    Order { header, files, stdin: Vec::new(), limits: limits.clone(), mark: None, result_bytes: REPORT_BYTES, counting }
}

/// The report of a finished run.
pub(crate) fn read(ran: Ran) -> TestReport {
    let mut report = TestReport {
        tests: Vec::new(),
        collected: 0,
        end: ran.end,
        output: String::from_utf8_lossy(&ran.stdout.kept).into_owned(),
        truncated: ran.stdout.truncated || ran.result.truncated,
    };
    for line in ran.result.kept.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        match serde_json::from_slice(line) {
            Ok(Line::Collected { collected }) => report.collected = collected,
            Ok(Line::Test(test)) => report.tests.push(test),
            // The candidate's code can write here as well. Its report is its own.
            Err(_) => report.truncated = true,
        }
    }
    report
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Collected { collected: usize },
    Test(TestResult),
}
