//! The effect of a run: the candidate's own tests in the sandbox. Self-reported, it feeds no score.

use crate::session::report;
use crate::{Engine, Session};
use domain::Command;
use domain::event::{RunEnd, RunOutcome, TestResult};
use domain::ids::RunId;
use sandbox::{End, Limits, TestOutcome, TestReport};
use std::time::Duration;

/// Bytes of output that are kept in the log.
const OUTPUT_BYTES: usize = 48 * 1024;
/// Bytes of one test's message that are kept in the log.
const MESSAGE_BYTES: usize = 4 * 1024;

/// Runs the tests of a run that was requested, and reports.
pub(crate) async fn carry_out(engine: Engine, session: Session, run: RunId) {
    let job = session.with(|state, _| {
        let known = state.runs().iter().find(|known| known.id == run)?;
        Some((known.target.clone(), state.workspace().files()))
    });
    let Some((target, files)) = job else { return };
    let files = files.into_iter().map(|(path, text)| (path.to_string(), text.into_bytes())).collect();
    let clock = &engine.parts().clock;
    let began = clock.monotonic();
    let outcome = match engine.sandbox_for(session.mode()) {
        Ok(sandbox) => match sandbox.pytest(files, &target, &Limits::default()).await {
            Ok(report) => outcome(report, clock.monotonic().saturating_sub(began)),
            Err(error) => broken(error.to_string()),
        },
        Err(error) => broken(error.to_string()),
    };
    report(&session, Command::FinishRun { run, outcome }).await;
}

/// What becomes of a run that was under way when the server ended.
pub(crate) fn lost_with_the_server() -> RunOutcome {
    broken("the server was started again during this run: run it once more".to_owned())
}

fn broken(why: String) -> RunOutcome {
    RunOutcome { end: RunEnd::Broken { why }, tests: Vec::new(), output: String::new(), truncated: false, wall_ms: 0 }
}

fn outcome(report: TestReport, wall: Duration) -> RunOutcome {
    let end = end(&report);
    let (output, cut) = shortened(report.output, OUTPUT_BYTES);
    let tests = report
        .tests
        .into_iter()
        .map(|test| TestResult {
            id: test.id,
            outcome: match test.outcome {
                TestOutcome::Passed => "passed",
                TestOutcome::Failed => "failed",
                TestOutcome::Error => "error",
                TestOutcome::Skipped => "skipped",
            }
            .to_owned(),
            ms: millis(test.seconds),
            message: shortened(test.message, MESSAGE_BYTES).0,
        })
        .collect();
    RunOutcome { end, tests, output, truncated: report.truncated || cut, wall_ms: millis(wall.as_secs_f64()) }
}

fn end(report: &TestReport) -> RunEnd {
    let limit = |which: &str| RunEnd::Limit { which: which.to_owned() };
    match &report.end {
        End::WallLimit => limit("time"),
        End::CpuLimit => limit("processor time"),
        End::MemoryLimit => limit("memory"),
        End::ProcessLimit => limit("processes"),
        End::FileLimit => limit("files"),
        End::OutputLimit => limit("output"),
        End::Lost(why) => RunEnd::Broken { why: why.clone() },
        End::Signalled(signal) => RunEnd::Broken { why: format!("the tests were ended by signal {signal}") },
        // pytest's own exit codes: 0 all passed, 1 some failed, 5 nothing collected; 2 to 4 are errors of collection or use.
        End::Exited(0) => RunEnd::Passed,
        End::Exited(5) => RunEnd::NoTests,
        End::Exited(_) if report.tests.iter().any(|test| test.outcome != TestOutcome::Passed) => RunEnd::Failed,
        End::Exited(code) => RunEnd::Broken { why: format!("pytest ended with code {code}: its output says why") },
    }
}

fn millis(seconds: f64) -> u64 {
    // Negative and not-a-number become zero.
    (seconds * 1000.0).round() as u64
}

/// The beginning and the end of a long text: the summary that pytest prints last is what people read.
fn shortened(text: String, limit: usize) -> (String, bool) {
    if text.len() <= limit {
        return (text, false);
    }
    let head = text.floor_char_boundary(limit / 4);
    let tail = text.ceil_char_boundary(text.len() - limit * 3 / 4);
    (format!("{}\n… {} bytes left out …\n{}", &text[..head], tail - head, &text[tail..]), true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_output_keeps_its_beginning_and_its_end() {
        let text = format!("begin{}end", "é".repeat(50_000));
        let (short, cut) = shortened(text, 1000);
        assert!(cut && short.starts_with("begin") && short.ends_with("end") && short.len() < 1100);
        assert_eq!(shortened("short".to_owned(), 1000), ("short".to_owned(), false));
    }
}
