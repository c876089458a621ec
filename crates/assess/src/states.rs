//! States of the files worth probing: which they are, and what the probes said of them.

use crate::Error;
use crate::timeline::{self, Moment, Snapshot, Timeline};
use code_index::has_syntax_error;
use domain::event::{Event, Fact, ProbeOutcome};
use domain::ids::{PairId, RepoPath};
use domain::session::{FileStatus, Workspace};
use domain::task::Task;
use std::collections::{BTreeMap, BTreeSet};

/// A state of the files on which the probes are to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateToProbe {
    /// The state is the files right after this event.
    pub upto: u64,
    /// Its digest: what `Probed::state` must say.
    pub digest: String,
    /// All files.
    pub files: BTreeMap<RepoPath, String>,
}

/// The states to probe, in the order in which they came up, each content once: each run, each pause in editing of ten
/// seconds or more whose changed files parse, and the submission, as far as they come after the first exposure of a
/// pair with a probe; and the states right before such a pair was met first. Empty where no such pair was met.
pub fn states_to_probe(task: &Task, events: &[Event]) -> Result<Vec<StateToProbe>, Error> {
    let timeline = timeline::read(task, events)?;
    let mut seen = BTreeSet::new();
    Ok(worth_probing(&timeline)
        .into_iter()
        .filter(|snapshot| seen.insert(snapshot.digest.as_str()))
        .map(|snapshot| StateToProbe {
            upto: snapshot.upto,
            digest: snapshot.digest.clone(),
            files: snapshot.workspace.files(),
        })
        .collect())
}

fn worth_probing<'t>(timeline: &'t Timeline<'_>) -> Vec<&'t Snapshot> {
    let with_probe = |pair: &PairId| timeline.task.key.pairs.get(pair).is_some_and(|pair| pair.code.is_some());
    let exposures: BTreeSet<u64> = timeline
        .at_end
        .exposures()
        .iter()
        .filter(|(pair, _)| with_probe(pair))
        .map(|(_, exposed)| exposed.seq)
        .collect();
    let Some(first) = exposures.first().copied() else { return Vec::new() };
    timeline
        .snapshots
        .iter()
        .filter(|snapshot| match snapshot.why {
            Moment::BeforeExposure => exposures.contains(&(snapshot.upto + 1)),
            Moment::Pause => snapshot.upto > first && parses(&snapshot.workspace),
            Moment::Run(_) | Moment::Submission => snapshot.upto > first,
            Moment::Probed => false,
        })
        .collect()
}

/// Whether every Python file that differs from the base revision parses.
fn parses(workspace: &Workspace) -> bool {
    workspace
        .paths()
        .into_iter()
        .filter(|path| path.as_str().ends_with(".py") && workspace.status(path) != FileStatus::Unchanged)
        .filter_map(|path| workspace.text(path))
        .all(|text| !has_syntax_error(&text))
}

/// What the probes of a session said, by state and pair.
pub(crate) struct Outcomes {
    by_state: BTreeMap<String, BTreeMap<PairId, bool>>,
    /// Probe events whose digest is not that of the files they name, and probes that could not be judged.
    pub(crate) misplaced: Vec<u64>,
    pub(crate) unjudged: Vec<u64>,
    untouched: String,
}

impl Outcomes {
    pub(crate) fn of(timeline: &Timeline<'_>) -> Self {
        let mut outcomes = Self {
            by_state: BTreeMap::new(),
            misplaced: Vec::new(),
            unjudged: Vec::new(),
            untouched: Workspace::new(timeline.task.base.clone()).digest(),
        };
        for event in timeline.events {
            if let Fact::Probed(probed) = &event.fact {
                let known = timeline
                    .snapshots
                    .iter()
                    .any(|snapshot| snapshot.upto == probed.upto && snapshot.digest == probed.state);
                if known {
                    outcomes.add(event.seq, probed);
                } else {
                    outcomes.misplaced.push(event.seq);
                }
            }
        }
        outcomes
    }

    fn add(&mut self, seq: u64, probed: &domain::event::Probed) {
        let state = self.by_state.entry(probed.state.clone()).or_default();
        for (pair, outcome) in &probed.outcomes {
            match outcome {
                ProbeOutcome::Tripped {} => {
                    state.insert(pair.clone(), true);
                }
                ProbeOutcome::Clear {} => {
                    state.insert(pair.clone(), false);
                }
                ProbeOutcome::NotJudged { .. } => {
                    self.unjudged.push(seq);
                }
            }
        }
        self.unjudged.dedup();
    }

    /// Whether the probe of a pair trips on a state; none where nothing trustworthy was observed. The base revision
    /// never trips: that is proven with the task.
    pub(crate) fn trips(&self, snapshot: &Snapshot, pair: &PairId) -> Option<bool> {
        let judged = self.by_state.get(&snapshot.digest).and_then(|state| state.get(pair)).copied();
        judged.or((snapshot.digest == self.untouched).then_some(false))
    }
}
