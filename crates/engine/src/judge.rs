//! The effect of a submission: commit it, judge it from outside, probe the states on the way to it.
//!
//! Each step looks first whether the log has it, so that after a restart the rest is done and nothing twice.

use crate::session::report;
use crate::{Engine, Error, Session};
use assess::StateToProbe;
use domain::Command;
use domain::event::{CaseOutcome, CheckOutcome, Mode, ProbeOutcome, Probed};
use domain::ids::{CheckId, PairId, RepoPath};
use domain::session::Effect;
use domain::task::{CheckCase, CodeProbe};
use futures_util::{StreamExt, stream};
use sandbox::{Limits, Observation};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// Runs at one time; the sandbox has its own bound besides.
const AT_ONCE: usize = 4;
/// States that are probed at most; who runs tests a hundred times should not wait for a thousand probes.
const MAX_STATES: usize = 40;
/// After this time only the submission is still probed.
const PROBING: Duration = Duration::from_secs(90);
/// Bytes of an observation that are kept in the log.
const OBSERVED_CHARS: usize = 400;

/// Commits, judges and probes the submission, and concludes the session.
pub(crate) async fn carry_out(engine: Engine, session: Session) {
    if let Err(error) = steps(&engine, &session).await {
        // The effect stays due: the next start of the server takes it up again.
        tracing::error!(session = %session.id(), %error, "the submission could not be judged");
    }
}

async fn steps(engine: &Engine, session: &Session) -> Result<(), Error> {
    if let Err(error) = commit(engine, session).await {
        // The log has the files all the same: what is judged does not depend on git.
        tracing::error!(session = %session.id(), %error, "the submission could not be committed");
    }
    judge(engine, session).await;
    probe(engine, session).await?;
    last_words(session).await?;
    report(session, Command::Conclude).await;
    Ok(())
}

/// Waits until no answer is under way: session time ends with the conclusion, and what was asked should be answered.
async fn last_words(session: &Session) -> Result<(), Error> {
    loop {
        let (speaking, seq) = session.with(|state, _| {
            let speaking = |effect: &Effect| matches!(effect, Effect::Answer(_) | Effect::Deliver(_));
            (state.effects().iter().any(speaking), state.seq())
        });
        if !speaking {
            return Ok(());
        }
        session.changed(seq).await?;
    }
}

async fn commit(engine: &Engine, session: &Session) -> Result<(), Error> {
    let due = session.with(|state, _| {
        let submission = state.submission().filter(|submission| submission.commit.is_none())?;
        Some((state.workspace().files(), submission.diagnosis.clone()))
    });
    let Some((files, diagnosis)) = due else { return Ok(()) };
    let (task, id) = (session.task().brief.name.clone(), session.id());
    let (library, wall) = (Arc::clone(&engine.parts().library), engine.parts().clock.wall());
    let message = format!("Submission\n\n{diagnosis}");
    let recorded = tokio::task::spawn_blocking(move || library.record_submission(&task, id, &files, wall, &message));
    let commit = recorded.await.map_err(|error| Error::Lost(error.to_string()))??;
    report(session, Command::RecordCommit { commit }).await;
    Ok(())
}

async fn judge(engine: &Engine, session: &Session) {
    let due = session.with(|state, _| state.judgement().is_none().then(|| state.workspace().files()));
    let Some(files) = due else { return };
    let files = Arc::new(bytes(&files));
    let task = Arc::clone(session.task());
    let eye = Eye::of(engine, session);
    let cases = task.key.checks.iter().flat_map(|(id, check)| check.cases.iter().map(move |case| (id, check, case)));
    let judged = cases.map(|(id, check, case)| {
        let (eye, files) = (eye.clone(), Arc::clone(&files));
        let (id, program, case) = (id.clone(), check.observe.clone(), case.clone());
        async move { (id, case_outcome(&eye, &files, &program, &case).await) }
    });
    let judged: Vec<(CheckId, CaseOutcome)> = in_parallel(judged.collect()).await;
    let mut checks: BTreeMap<CheckId, CheckOutcome> = BTreeMap::new();
    for (id, outcome) in judged {
        checks.entry(id).or_insert_with(|| CheckOutcome { cases: Vec::new() }).cases.push(outcome);
    }
    report(session, Command::RecordJudgement { checks }).await;
}

/// Awaits all, a few at a time; results in the order of the work.
async fn in_parallel<F: Future>(work: Vec<F>) -> Vec<F::Output> {
    stream::iter(work).buffered(AT_ONCE).collect().await
}

/// What looks at the files of a session.
#[derive(Clone)]
struct Eye {
    engine: Engine,
    mode: Mode,
}

impl Eye {
    fn of(engine: &Engine, session: &Session) -> Self {
        Self { engine: engine.clone(), mode: session.mode() }
    }

    async fn observe(&self, files: &Files, program: &str, given: Option<&Value>) -> Observation {
        let sandbox = match self.engine.sandbox_for(self.mode) {
            Ok(sandbox) => sandbox,
            Err(error) => return Observation::NotJudged { reason: error.to_string() },
        };
        let observed = sandbox.observe(files.clone(), program, given, &limits()).await;
        observed.unwrap_or_else(|error| Observation::NotJudged { reason: error.to_string() })
    }
}

async fn case_outcome(eye: &Eye, files: &Files, program: &str, case: &CheckCase) -> CaseOutcome {
    match eye.observe(files, program, Some(&case.given)).await {
        Observation::Value(value) if same(&value, &case.expect) => CaseOutcome::Passed {},
        Observation::Value(value) => CaseOutcome::Failed { observed: short(&value.to_string()) },
        Observation::Raised { kind, message } => CaseOutcome::Failed { observed: short(&format!("{kind}: {message}")) },
        Observation::NotJudged { reason } => CaseOutcome::NotJudged { reason },
    }
}

async fn probe(engine: &Engine, session: &Session) -> Result<(), Error> {
    let events = session.events(engine).await?;
    let task = Arc::clone(session.task());
    let states = {
        let task = Arc::clone(&task);
        let states = tokio::task::spawn_blocking(move || assess::states_to_probe(&task, &events)).await;
        spread(states.map_err(|error| Error::Lost(error.to_string()))??, MAX_STATES)
    };
    let eye = Eye::of(engine, session);
    let clock = &engine.parts().clock;
    let began = clock.monotonic();
    let (done, exposed): (BTreeSet<String>, BTreeSet<PairId>) = session.with(|state, _| {
        (
            state.probes().iter().map(|probed| probed.state.clone()).collect(),
            state.exposures().keys().cloned().collect(),
        )
    });
    let probes: Vec<(&PairId, &CodeProbe)> = task
        .key
        .pairs
        .iter()
        .filter(|(id, _)| exposed.contains(*id))
        .filter_map(|(id, pair)| Some((id, pair.code.as_ref()?)))
        .collect();
    for (state, last) in states.into_iter().filter(|(state, _)| !done.contains(&state.digest)) {
        // The submission is always probed; the states on the way to it only as long as that takes a bearable time.
        if !last && clock.monotonic().saturating_sub(began) > PROBING {
            tracing::warn!(session = %session.id(), upto = state.upto, "a state is not probed: probing takes too long");
            continue;
        }
        let outcomes = probe_state(&eye, &state, &probes).await;
        report(session, Command::RecordProbes(Probed { upto: state.upto, state: state.digest, outcomes })).await;
    }
    Ok(())
}

async fn probe_state(
    eye: &Eye,
    state: &StateToProbe,
    probes: &[(&PairId, &CodeProbe)],
) -> BTreeMap<PairId, ProbeOutcome> {
    let files = Arc::new(bytes(&state.files));
    let outcomes = probes.iter().map(|(id, probe)| {
        let (eye, files) = (eye.clone(), Arc::clone(&files));
        let (id, probe) = ((*id).clone(), (*probe).clone());
        async move { (id, probe_outcome(&eye, &files, &probe).await) }
    });
    in_parallel(outcomes.collect()).await.into_iter().collect()
}

async fn probe_outcome(eye: &Eye, files: &Files, probe: &CodeProbe) -> ProbeOutcome {
    match eye.observe(files, &probe.observe, None).await {
        Observation::Value(value) if same(&value, &probe.trips) => ProbeOutcome::Tripped {},
        // An exception is an observation too: code that does not run does not hold the plant.
        Observation::Value(_) | Observation::Raised { .. } => ProbeOutcome::Clear {},
        Observation::NotJudged { reason } => ProbeOutcome::NotJudged { reason },
    }
}

/// At most so many states, spread over the session, each with whether it is the last.
fn spread(states: Vec<StateToProbe>, most: usize) -> Vec<(StateToProbe, bool)> {
    let count = states.len();
    let kept: BTreeSet<usize> = match count.checked_sub(1) {
        Some(last) if count > most => (0..most).map(|place| place * last / (most - 1)).collect(),
        _ => (0..count).collect(),
    };
    let states = states.into_iter().enumerate().filter(|(place, _)| kept.contains(place));
    states.map(|(place, state)| (state, place + 1 == count)).collect()
}

pub(crate) type Files = Vec<(String, Vec<u8>)>;

pub(crate) fn bytes(files: &BTreeMap<RepoPath, String>) -> Files {
    files.iter().map(|(path, text)| (path.to_string(), text.clone().into_bytes())).collect()
}

pub(crate) fn limits() -> Limits {
    Limits { wall: Duration::from_secs(10), cpu: Duration::from_secs(10), ..Limits::default() }
}

fn short(text: &str) -> String {
    let mut short: String = text.chars().take(OBSERVED_CHARS).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// Whether two observations are the same: JSON equality, numbers within 1e-9.
pub(crate) fn same(observed: &Value, expected: &Value) -> bool {
    match (observed, expected) {
        (Value::Number(a), Value::Number(b)) => match (a.as_i64(), b.as_i64()) {
            (Some(a), Some(b)) => a == b,
            _ => a.as_f64().zip(b.as_f64()).is_some_and(|(a, b)| (a - b).abs() <= 1e-9),
        },
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => observed == expected,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn states_are_thinned_evenly_and_the_first_and_the_last_stay() {
        let states = |count: u64| {
            (1..=count).map(|upto| StateToProbe { upto, digest: upto.to_string(), files: BTreeMap::new() }).collect()
        };
        let kept: Vec<u64> = spread(states(100), 4).into_iter().map(|(state, _)| state.upto).collect();
        assert_eq!(kept, [1, 34, 67, 100]);
        assert!(spread(states(100), 4).last().is_some_and(|(_, last)| *last));
        assert_eq!(spread(states(3), 4).len(), 3);
        assert!(spread(states(0), 4).is_empty());
    }

    #[test]
    fn observations_are_compared_by_value_and_numbers_within_a_billionth() {
        for (a, b, expected) in [
            (json!(1), json!(1.0), true),
            (json!(0.1 + 0.2), json!(0.3), true),
            (json!(0.31), json!(0.3), false),
            (json!(9007199254740993i64), json!(9007199254740992i64), false),
            (json!([1, {"a": 2.0}]), json!([1.0, {"a": 2}]), true),
            (json!({"a": 1}), json!({"a": 1, "b": 2}), false),
            (json!(true), json!(1), false),
            (json!("1"), json!(1), false),
            (json!(null), json!(false), false),
        ] {
            assert_eq!(same(&a, &b), expected, "{a} {b}");
        }
    }
}
