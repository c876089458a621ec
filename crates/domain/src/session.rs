//! A session as it stands after some events: [`State::apply`] folds, [`State::decide`] judges commands.

mod decide;
mod exchange;
mod workspace;

pub use decide::limits;
pub use exchange::{Answer, Exchange};
pub use workspace::{FileStatus, Workspace};

use crate::audience;
use crate::cards;
use crate::event::{
    Asked, CheckOutcome, Composed, Created, Edited, Event, Exposure, Fact, Flagged, HypothesisChanged,
    HypothesisStatus, Origin, PlanSealed, Probed, RunOutcome, SubmittedBy, Viewed,
};
use crate::ids::{
    AnswerId, CheckId, CommitId, EditId, FlagId, HypothesisId, PairId, PromptId, QuestionId, RepoPath, RunId,
};
use crate::task::{BaseFiles, Side};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use utoipa::ToSchema;

/// Why a log cannot be folded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("event {seq} does not follow from the ones before it: {why}")]
pub struct Corrupt {
    /// Where.
    pub seq: u64,
    /// What is wrong.
    pub why: String,
}

/// Which commands are due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Set up; the candidate has not agreed to the rules.
    Invited,
    /// Agreed; the clock has not started.
    Ready,
    /// The clock runs (or is paused).
    Working,
    /// Handed in; being judged.
    Submitted,
    /// Judged; the debrief is open.
    Concluded,
}

/// A run and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// Arguments for pytest.
    pub target: Vec<String>,
    /// When it was requested, session time in ms.
    pub at: u64,
    /// What came out; none: under way.
    pub outcome: Option<RunOutcome>,
}

/// An entry of the diagnosis notebook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Hypothesis {
    /// Its id.
    pub id: HypothesisId,
    /// What the candidate supposes.
    pub text: String,
    /// Its fate.
    pub status: HypothesisStatus,
    /// What speaks for that.
    pub evidence: String,
    /// When it was noted, session time in ms.
    pub at: u64,
}

/// The moment a pair's side was first shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exposed {
    /// The side.
    pub side: Side,
    /// The answer it was shown in.
    pub answer: AnswerId,
    /// How it came up.
    pub exposure: Exposure,
    /// The event.
    pub seq: u64,
}

/// The submission.
#[derive(Clone, Debug, PartialEq)]
pub struct Submission {
    /// Who handed it in.
    pub by: SubmittedBy,
    /// The diagnosis.
    pub diagnosis: String,
    /// Session time in ms.
    pub at: u64,
    /// The event.
    pub seq: u64,
    /// The commit on the session's own ref, once made.
    pub commit: Option<CommitId>,
}

/// Work that the log says is due and not done: issued after an append, and again after a restart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Compose an answer.
    Answer(PromptId),
    /// Show an answer to its end.
    Deliver(PromptId),
    /// Run tests.
    Run(RunId),
    /// Commit, judge and probe the submission.
    Judge,
}

/// A session after some events.
#[derive(Clone, Debug)]
pub struct State {
    seq: u64,
    at: u64,
    // The log's number of each event that the candidate could see: the candidate's own counter is its length.
    candidate_seqs: Vec<u64>,
    created: Created,
    sealed: Option<PlanSealed>,
    phase: Phase,
    views_allowed: bool,
    started: Option<u64>,
    paused: Option<String>,
    workspace: Workspace,
    recent_edits: VecDeque<(EditId, RepoPath, u32)>,
    looking_at: Option<Viewed>,
    exchanges: Vec<Exchange>,
    exposures: BTreeMap<PairId, Exposed>,
    cards_held: bool,
    // When the assistant last ended an answer.
    spoken: u64,
    flags: Vec<Flagged>,
    withdrawn: BTreeSet<FlagId>,
    hypotheses: Vec<Hypothesis>,
    runs: Vec<Run>,
    choices: BTreeMap<QuestionId, u32>,
    submission: Option<Submission>,
    judgement: Option<BTreeMap<CheckId, CheckOutcome>>,
    probes: Vec<Probed>,
}

/// How many accepted edits are remembered to recognise a retry; a browser has one a file under way.
const REMEMBERED_EDITS: usize = 64;

/// The facts that set a session up.
pub fn create(created: Created, sealed: PlanSealed) -> Vec<Fact> {
    vec![Fact::Created(created), Fact::PlanSealed(sealed)]
}

impl State {
    /// Folds a whole log over the files the session started from.
    pub fn replay<'a>(base: BaseFiles, events: impl IntoIterator<Item = &'a Event>) -> Result<Self, Corrupt> {
        let mut events = events.into_iter();
        let first = events.next().ok_or(Corrupt { seq: 1, why: "the log is empty".to_owned() })?;
        let mut state = Self::begin(base, first)?;
        for event in events {
            state.apply(event)?;
        }
        Ok(state)
    }

    /// The state after a log's first event.
    pub fn begin(base: BaseFiles, first: &Event) -> Result<Self, Corrupt> {
        let corrupt = |why: &str| Corrupt { seq: first.seq, why: why.to_owned() };
        let Fact::Created(created) = &first.fact else {
            return Err(corrupt("a log begins with `created`"));
        };
        if first.seq != 1 {
            return Err(corrupt("a log begins with event 1"));
        }
        Ok(Self {
            seq: 1,
            at: first.at,
            candidate_seqs: Vec::new(),
            created: created.clone(),
            sealed: None,
            phase: Phase::Invited,
            views_allowed: false,
            started: None,
            paused: None,
            workspace: Workspace::new(base),
            recent_edits: VecDeque::new(),
            looking_at: None,
            exchanges: Vec::new(),
            exposures: BTreeMap::new(),
            cards_held: false,
            spoken: 0,
            flags: Vec::new(),
            withdrawn: BTreeSet::new(),
            hypotheses: Vec::new(),
            runs: Vec::new(),
            choices: BTreeMap::new(),
            submission: None,
            judgement: None,
            probes: Vec::new(),
        })
    }

    /// Folds one more event.
    pub fn apply(&mut self, event: &Event) -> Result<(), Corrupt> {
        let corrupt = |why: String| Corrupt { seq: event.seq, why };
        if event.seq != self.seq + 1 {
            return Err(corrupt(format!("it comes after event {}", self.seq)));
        }
        if event.at < self.at {
            return Err(corrupt("session time runs backwards".to_owned()));
        }
        self.fold(event).map_err(corrupt)?;
        self.seq = event.seq;
        self.at = event.at;
        if audience::for_candidate(event, self).is_some() {
            self.candidate_seqs.push(event.seq);
        }
        Ok(())
    }

    fn fold(&mut self, event: &Event) -> Result<(), String> {
        match &event.fact {
            Fact::Created(_) => return Err("a session is created once".to_owned()),
            Fact::PlanSealed(sealed) => self.sealed = Some(sealed.clone()),
            Fact::Consented { views } => {
                self.views_allowed = *views;
                self.phase = Phase::Ready;
            }
            Fact::Started {} => {
                self.started = Some(event.at);
                self.phase = Phase::Working;
            }
            Fact::Viewed(viewed) => self.looking_at = Some(viewed.clone()),
            Fact::Searched { .. } | Fact::UpstreamFailed { .. } | Fact::Used(_) | Fact::Restarted {} => {}
            Fact::Edited(edited) => {
                self.workspace.edit(&edited.path, edited.version, &edited.changes).map_err(|e| e.to_string())?;
                self.remember(edited);
            }
            Fact::FileCreated { path, text } => self.workspace.create(path, text),
            Fact::FileRenamed { from, to } => self.workspace.rename(from, to)?,
            Fact::FileDeleted { path } => self.workspace.delete(path)?,
            Fact::Asked(asked) => self.exchanges.push(Exchange::begin(asked.clone(), false, event)),
            Fact::Volunteered { prompt, chat } => {
                let nothing =
                    Asked { prompt: *prompt, chat: *chat, text: String::new(), context: Vec::new(), model: None };
                self.exchanges.push(Exchange::begin(nothing, true, event));
            }
            Fact::CardsHeld {} => self.cards_held = true,
            Fact::CardsReleased {} => self.cards_held = false,
            Fact::Composed(composed) => self.composed(event, composed)?,
            Fact::Answered { prompt, outcome, .. } => {
                self.exchange(*prompt)?.outcome = Some(*outcome);
                self.spoken = event.at;
            }
            Fact::Flagged(flagged) => self.flags.push(flagged.clone()),
            Fact::FlagWithdrawn { flag } => {
                self.flags.retain(|known| known.flag != *flag);
                self.withdrawn.insert(*flag);
            }
            Fact::Hypothesised { hypothesis, text } => self.hypotheses.push(Hypothesis {
                id: *hypothesis,
                text: text.clone(),
                status: HypothesisStatus::Open,
                evidence: String::new(),
                at: event.at,
            }),
            Fact::HypothesisChanged(change) => self.change_hypothesis(change)?,
            Fact::RunRequested { run, target } => {
                self.runs.push(Run { id: *run, target: target.clone(), at: event.at, outcome: None });
            }
            Fact::RunFinished { run, outcome } => {
                let known = self.runs.iter_mut().find(|known| known.id == *run).ok_or("no such run")?;
                known.outcome = Some(outcome.clone());
            }
            Fact::QuestionAnswered { question, choice } => {
                self.choices.insert(question.clone(), *choice);
            }
            Fact::Submitted { by, diagnosis } => {
                self.phase = Phase::Submitted;
                self.submission = Some(Submission {
                    by: *by,
                    diagnosis: diagnosis.clone(),
                    at: event.at,
                    seq: event.seq,
                    commit: None,
                });
            }
            Fact::Committed { commit } => {
                self.submission.as_mut().ok_or("nothing was submitted")?.commit = Some(commit.clone());
            }
            Fact::Judged { checks } => self.judgement = Some(checks.clone()),
            Fact::Probed(probed) => self.probes.push(probed.clone()),
            Fact::Concluded {} => self.phase = Phase::Concluded,
            Fact::Paused { why } => self.paused = Some(why.clone()),
            Fact::Resumed {} => self.paused = None,
        }
        Ok(())
    }

    fn remember(&mut self, edited: &Edited) {
        if self.recent_edits.len() == REMEMBERED_EDITS {
            self.recent_edits.pop_front();
        }
        self.recent_edits.push_back((edited.edit, edited.path.clone(), edited.version));
    }

    fn composed(&mut self, event: &Event, composed: &Composed) -> Result<(), String> {
        for source in &composed.sources {
            if let Origin::Pair { pair, side, exposure } = &source.origin {
                self.exposures.entry(pair.clone()).or_insert(Exposed {
                    side: *side,
                    answer: composed.answer,
                    exposure: *exposure,
                    seq: event.seq,
                });
            }
        }
        let exchange = self.exchange(composed.prompt)?;
        let answer = exchange.answer.get_or_insert(Answer { id: composed.answer, parts: Vec::new() });
        answer.parts.push((event.at, composed.clone()));
        Ok(())
    }

    fn exchange(&mut self, prompt: PromptId) -> Result<&mut Exchange, String> {
        self.exchanges
            .iter_mut()
            .find(|exchange| exchange.asked.prompt == prompt)
            .ok_or_else(|| format!("no prompt {prompt}"))
    }

    fn change_hypothesis(&mut self, change: &HypothesisChanged) -> Result<(), String> {
        let known = self
            .hypotheses
            .iter_mut()
            .find(|known| known.id == change.hypothesis)
            .ok_or_else(|| format!("no hypothesis {}", change.hypothesis))?;
        known.text.clone_from(&change.text);
        known.status = change.status;
        known.evidence.clone_from(&change.evidence);
        Ok(())
    }

    /// What is due and not done, in the order in which it became due.
    pub fn effects(&self) -> Vec<Effect> {
        let mut effects: Vec<Effect> = self
            .exchanges
            .iter()
            .filter(|exchange| exchange.outcome.is_none())
            .map(|exchange| {
                let prompt = exchange.asked.prompt;
                let whole = exchange.answer.as_ref().is_some_and(Answer::is_whole);
                if whole { Effect::Deliver(prompt) } else { Effect::Answer(prompt) }
            })
            .collect();
        effects.extend(self.runs.iter().filter(|run| run.outcome.is_none()).map(|run| Effect::Run(run.id)));
        if self.phase == Phase::Submitted {
            effects.push(Effect::Judge);
        }
        effects
    }

    /// Number of the last event.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// Session time of the last event, ms.
    pub fn at(&self) -> u64 {
        self.at
    }

    /// How many events a candidate could see so far: the candidate's own counter.
    pub fn candidate_n(&self) -> u64 {
        self.candidate_seqs.len() as u64
    }

    /// The candidate's counter right after an event of the log.
    pub fn candidate_n_at(&self, seq: u64) -> u64 {
        self.candidate_seqs.partition_point(|seen| *seen <= seq) as u64
    }

    /// The log's number of the candidate's event `n`; 0 before the first, the last number for what is yet to come.
    pub fn seq_of_candidate_n(&self, n: u64) -> u64 {
        let before = usize::try_from(n).unwrap_or(usize::MAX).checked_sub(1);
        before.map_or(0, |at| self.candidate_seqs.get(at).copied().unwrap_or(self.seq))
    }

    /// How the session was set up.
    pub fn created(&self) -> &Created {
        &self.created
    }

    /// Sealed: the plan, once it is in the log.
    pub fn sealed(&self) -> Option<&PlanSealed> {
        self.sealed.as_ref()
    }

    /// Where the session stands.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// Whether views and searches may be logged.
    pub fn views_allowed(&self) -> bool {
        self.views_allowed
    }

    /// When the clock started, session time in ms.
    pub fn started(&self) -> Option<u64> {
        self.started
    }

    /// When time is up, session time in ms.
    pub fn deadline(&self) -> Option<u64> {
        self.started.map(|started| started + u64::from(self.created.minutes) * 60_000)
    }

    /// Why the clock stands still, if it does.
    pub fn paused(&self) -> Option<&str> {
        self.paused.as_deref()
    }

    /// The files as they stand.
    pub fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    /// What the candidate last had in view.
    pub fn looking_at(&self) -> Option<&Viewed> {
        self.looking_at.as_ref()
    }

    /// Prompts and answers, in order.
    pub fn exchanges(&self) -> &[Exchange] {
        &self.exchanges
    }

    /// Sealed: which pairs were shown, and when first.
    pub fn exposures(&self) -> &BTreeMap<PairId, Exposed> {
        &self.exposures
    }

    /// When the next card is due, session time in ms; none: no card is, or nothing may come up now.
    pub fn card_due(&self) -> Option<u64> {
        let may = self.phase == Phase::Working
            && self.paused.is_none()
            && !self.cards_held
            && self.exchanges.iter().all(|exchange| exchange.outcome.is_some());
        let due = self.started.filter(|_| may)? + cards::due(self.created.minutes, self.exposures.len())?;
        let quiet = if self.exchanges.is_empty() { 0 } else { self.spoken + cards::QUIET_MS };
        Some(due.max(quiet)).filter(|due| self.deadline().is_some_and(|deadline| *due < deadline))
    }

    /// Whether an interviewer holds cards back.
    pub fn cards_held(&self) -> bool {
        self.cards_held
    }

    /// Flags that stand.
    pub fn flags(&self) -> &[Flagged] {
        &self.flags
    }

    /// The notebook.
    pub fn hypotheses(&self) -> &[Hypothesis] {
        &self.hypotheses
    }

    /// Runs, in order.
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// Choices by comprehension question.
    pub fn choices(&self) -> &BTreeMap<QuestionId, u32> {
        &self.choices
    }

    /// The submission, if there is one.
    pub fn submission(&self) -> Option<&Submission> {
        self.submission.as_ref()
    }

    /// Sealed: what the hidden checks said.
    pub fn judgement(&self) -> Option<&BTreeMap<CheckId, CheckOutcome>> {
        self.judgement.as_ref()
    }

    /// Sealed: what the probes said.
    pub fn probes(&self) -> &[Probed] {
        &self.probes
    }
}
