//! Runs trials, each once, and keeps what was seen.

use super::demand::Demand;
use super::trial::{Program, Seen, Trial};
use super::{Cache, Complaint, Error, Progress};
use futures_util::{StreamExt, stream};
use sandbox::Sandbox;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Runs that wait for a slot of the sandbox at one time.
const AT_ONCE: usize = 8;

/// What was seen, by the key of the trial.
pub(crate) struct Bench {
    machine: String,
    seen: HashMap<String, Seen>,
    /// Keys whose outcome was known before.
    known: BTreeSet<String>,
}

impl Bench {
    /// Brings about the outcomes of all trials.
    pub(crate) async fn run<'a, S: AsyncFnOnce() -> Sandbox>(
        trials: impl Iterator<Item = &'a Trial>,
        cache: &mut Cache,
        sandbox: S,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Self, Error> {
        let mut bench = Self { machine: cache.machine().to_owned(), seen: HashMap::new(), known: BTreeSet::new() };
        let mut due: BTreeMap<String, &Trial> = BTreeMap::new();
        for trial in trials {
            let key = trial.key(&bench.machine);
            match cache.get(&key) {
                Some(seen) => {
                    bench.seen.insert(key.clone(), seen.clone());
                    bench.known.insert(key);
                }
                None => {
                    due.insert(key, trial);
                }
            }
        }
        if due.is_empty() {
            return Ok(bench);
        }
        let sandbox = sandbox().await;
        if let Some(refusal) = &sandbox.isolation().refusal {
            let (cause, remedy) = (refusal.cause.clone(), refusal.remedy.clone());
            return Err(Error::NoRuns { cause, remedy });
        }
        let all = due.len();
        progress(Progress { done: 0, all });
        let runs = due.into_iter().map(|(key, trial)| {
            let sandbox = sandbox.clone();
            async move { (key, run(&sandbox, trial).await) }
        });
        let mut outcomes = stream::iter(runs).buffer_unordered(AT_ONCE);
        while let Some((key, seen)) = outcomes.next().await {
            cache.put(key.clone(), &seen)?;
            bench.seen.insert(key, seen);
            progress(Progress { done: bench.seen.len() - bench.known.len(), all });
        }
        Ok(bench)
    }

    /// What a demand has to complain about.
    pub(crate) fn judge(&self, demand: &Demand) -> Option<Complaint> {
        let seen: Vec<&Seen> =
            demand.trials.iter().filter_map(|trial| self.seen.get(&trial.key(&self.machine))).collect();
        let nothing = seen.iter().find_map(|seen| match seen {
            Seen::Nothing { why } => Some(why),
            _ => None,
        });
        match nothing {
            Some(why) => {
                let what = format!("nothing can be said about {}: {why}", demand.about);
                let hint = "make it smaller and quicker; it has the limits of a candidate's run";
                Some(Complaint::error("not-judged", demand.spot.clone(), what, hint))
            }
            None => (demand.judge)(&seen),
        }
    }

    /// How many different trials there are, and how many of those were known.
    pub(crate) fn count(&self, demands: &[Demand]) -> (usize, usize) {
        let trials = demands.iter().flat_map(|demand| &demand.trials);
        let keys: BTreeSet<String> = trials.map(|trial| trial.key(&self.machine)).collect();
        let known = keys.iter().filter(|key| self.known.contains(*key)).count();
        (keys.len(), known)
    }
}

async fn run(sandbox: &Sandbox, trial: &Trial) -> Seen {
    let (files, limits) = (trial.tree.files(), trial.limits());
    let seen = match &trial.program {
        Program::Observe { program, given } => {
            sandbox.observe(files, program, given.as_ref(), &limits).await.map(Seen::from)
        }
        Program::Tests { arguments } => sandbox.pytest(files, arguments, &limits).await.map(Seen::from),
    };
    seen.unwrap_or_else(|error| Seen::Nothing { why: error.to_string() })
}
