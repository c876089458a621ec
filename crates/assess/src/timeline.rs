//! The log read once: who saw, said and changed what, when, and the files at the moments that matter.

use crate::Error;
use domain::event::{Asked, Event, Exposure, Fact, Flagged, HypothesisStatus, Origin};
use domain::ids::{AnswerId, HypothesisId, PairId, PromptId, RunId};
use domain::pace;
use domain::session::{State, Workspace};
use domain::task::{Side, Task};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// A pause in editing of this length (session time, ms) makes a state worth probing.
pub(crate) const PAUSE_MS: u64 = 10_000;

/// The log, folded.
pub(crate) struct Timeline<'a> {
    pub(crate) task: &'a Task,
    pub(crate) events: &'a [Event],
    /// The session after its last event.
    pub(crate) state: State,
    /// The session at the end of the evidence.
    pub(crate) at_end: State,
    /// Evidence ends here: the submission, or else the last event.
    pub(crate) end: u64,
    /// The session time of that.
    pub(crate) end_at: u64,
    pub(crate) prompts: Vec<Prompt>,
    /// What the assistant said of its own accord: the event that began it, and what the words are the answer to.
    pub(crate) cards: Vec<(u64, PromptId)>,
    pub(crate) answers: Vec<Answer>,
    pub(crate) flags: Vec<Flag>,
    pub(crate) notes: Vec<Note>,
    /// Files at moments that matter, in order, none after the end.
    pub(crate) snapshots: Vec<Snapshot>,
    /// Changes of files after the end.
    pub(crate) late: Vec<u64>,
}

/// A prompt.
pub(crate) struct Prompt {
    pub(crate) seq: u64,
    pub(crate) at: u64,
    pub(crate) asked: Asked,
}

/// An answer as far as it was composed.
pub(crate) struct Answer {
    pub(crate) id: AnswerId,
    pub(crate) prompt: PromptId,
    pub(crate) text: String,
    pub(crate) pieces: Vec<Piece>,
    parts: Vec<(u64, String)>,
    /// The event that says that all of it was shown.
    answered: Option<u64>,
}

/// A piece of an answer.
pub(crate) struct Piece {
    /// Its bytes in the whole answer, at character boundaries.
    pub(crate) span: Range<usize>,
    pub(crate) origin: Origin,
    /// The event that composed it.
    pub(crate) seq: u64,
    /// Session time at which its first words show.
    first_words: u64,
    /// Session time at which its last word shows.
    last_word: u64,
    answered: Option<u64>,
}

impl Piece {
    /// Whether its first words were in sight at an event.
    pub(crate) fn seen_by(&self, seq: u64, at: u64) -> bool {
        seq > self.seq && (at >= self.first_words || self.answered.is_some_and(|answered| seq > answered))
    }

    /// Session time at which it was shown to its end, if that was before the end of the evidence.
    pub(crate) fn shown(&self, end: u64, end_at: u64) -> Option<u64> {
        let on_time = self.seq <= end && self.last_word <= end_at;
        let declared = self.answered.is_some_and(|answered| answered <= end);
        (on_time || declared).then(|| self.last_word.min(end_at))
    }
}

/// A claim pair in sight: the piece that shows it.
#[derive(Clone, Copy)]
pub(crate) struct Showing<'t> {
    pub(crate) answer: &'t Answer,
    pub(crate) piece: &'t Piece,
    pub(crate) side: Side,
    pub(crate) how: Exposure,
}

/// A flag and whether it stands.
pub(crate) struct Flag {
    pub(crate) seq: u64,
    pub(crate) at: u64,
    pub(crate) flagged: Flagged,
    /// Taken back by this event.
    pub(crate) withdrawn: Option<u64>,
}

/// A notebook entry with its changes.
pub(crate) struct Note {
    pub(crate) id: HypothesisId,
    pub(crate) versions: Vec<NoteVersion>,
}

/// A notebook entry at one time.
#[derive(Clone)]
pub(crate) struct NoteVersion {
    pub(crate) seq: u64,
    pub(crate) at: u64,
    pub(crate) text: String,
    pub(crate) status: HypothesisStatus,
    pub(crate) evidence: String,
}

/// The files at one moment.
pub(crate) struct Snapshot {
    /// The files are those right after this event.
    pub(crate) upto: u64,
    pub(crate) at: u64,
    pub(crate) why: Moment,
    pub(crate) workspace: Workspace,
    pub(crate) digest: String,
}

/// Why a moment matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Moment {
    /// Right before a pair was met for the first time.
    BeforeExposure,
    /// Editing paused.
    Pause,
    /// Tests were run.
    Run(RunId),
    /// Probes ran on it, though it is none of the others.
    Probed,
    /// The submission.
    Submission,
}

/// Reads a log; refuses one it cannot read.
pub(crate) fn read<'a>(task: &'a Task, events: &'a [Event]) -> Result<Timeline<'a>, Error> {
    let first = events.first().ok_or(Error::Empty)?;
    known_version(first)?;
    if first.seq != 1 || !matches!(first.fact, Fact::Created(_)) {
        return Err(Error::NoBeginning { seq: first.seq, kind: first.fact.kind() });
    }
    let corrupt = |source: domain::session::Corrupt| Error::Corrupt { seq: source.seq, source };
    let state = State::begin(task.base.clone(), first).map_err(corrupt)?;
    let mut reader = Reader::new(task, events, state);
    for event in events.get(1..).unwrap_or_default() {
        known_version(event)?;
        reader.before(event);
        reader.state.apply(event).map_err(corrupt)?;
        reader.after(event);
    }
    Ok(reader.finish())
}

fn known_version(event: &Event) -> Result<(), Error> {
    if event.v == Event::VERSION {
        return Ok(());
    }
    Err(Error::UnknownVersion { seq: event.seq, kind: event.fact.kind(), version: event.v, known: Event::VERSION })
}

/// Whether an event changes files.
pub(crate) fn changes_files(fact: &Fact) -> bool {
    matches!(fact, Fact::Edited(_) | Fact::FileCreated { .. } | Fact::FileRenamed { .. } | Fact::FileDeleted { .. })
}

struct Reader<'a> {
    task: &'a Task,
    events: &'a [Event],
    state: State,
    at_end: Option<State>,
    prompts: Vec<Prompt>,
    cards: Vec<(u64, PromptId)>,
    answers: Vec<Answer>,
    flags: Vec<Flag>,
    notes: Vec<Note>,
    snapshots: Vec<Snapshot>,
    late: Vec<u64>,
    /// The last change of a file: its event and time.
    changed: Option<(u64, u64)>,
    /// Moments that the log's probes name.
    probed: BTreeSet<u64>,
}

impl<'a> Reader<'a> {
    fn new(task: &'a Task, events: &'a [Event], state: State) -> Self {
        let probed = events
            .iter()
            .filter_map(|event| match &event.fact {
                Fact::Probed(probed) => Some(probed.upto),
                _ => None,
            })
            .collect();
        Self {
            task,
            events,
            state,
            at_end: None,
            prompts: Vec::new(),
            cards: Vec::new(),
            answers: Vec::new(),
            flags: Vec::new(),
            notes: Vec::new(),
            snapshots: Vec::new(),
            late: Vec::new(),
            changed: None,
            probed,
        }
    }

    fn over(&self) -> bool {
        self.at_end.is_some()
    }

    /// What must be kept before an event changes the state.
    fn before(&mut self, event: &Event) {
        if self.over() {
            return;
        }
        let ends_pause = changes_files(&event.fact) || matches!(event.fact, Fact::Submitted { .. });
        if ends_pause {
            self.pause(event.at);
        }
        if let Fact::Composed(composed) = &event.fact {
            let meets = composed.sources.iter().any(|source| match &source.origin {
                Origin::Pair { pair, .. } => !self.state.exposures().contains_key(pair),
                _ => false,
            });
            if meets {
                self.snapshot(self.state.seq(), self.state.at(), Moment::BeforeExposure);
            }
        }
    }

    fn pause(&mut self, now: u64) {
        if let Some((seq, at)) = self.changed
            && now.saturating_sub(at) >= PAUSE_MS
        {
            self.snapshot(seq, at, Moment::Pause);
        }
    }

    fn snapshot(&mut self, upto: u64, at: u64, why: Moment) {
        let workspace = self.state.workspace().clone();
        let digest = workspace.digest();
        self.snapshots.push(Snapshot { upto, at, why, workspace, digest });
    }

    fn after(&mut self, event: &Event) {
        if self.over() {
            if changes_files(&event.fact) {
                self.late.push(event.seq);
            }
            self.close_answer(event);
            return;
        }
        if changes_files(&event.fact) {
            self.changed = Some((event.seq, event.at));
        }
        match &event.fact {
            Fact::Asked(asked) => {
                self.prompts.push(Prompt { seq: event.seq, at: event.at, asked: asked.clone() });
            }
            Fact::Volunteered { prompt, .. } => self.cards.push((event.seq, *prompt)),
            Fact::Composed(composed) => self.compose(event, composed),
            Fact::Flagged(flagged) => {
                self.flags.push(Flag { seq: event.seq, at: event.at, flagged: flagged.clone(), withdrawn: None });
            }
            Fact::FlagWithdrawn { flag } => {
                for known in self.flags.iter_mut().filter(|known| known.flagged.flag == *flag) {
                    known.withdrawn.get_or_insert(event.seq);
                }
            }
            Fact::Hypothesised { .. } | Fact::HypothesisChanged(_) => self.note(event),
            Fact::RunRequested { run, .. } => self.snapshot(event.seq, event.at, Moment::Run(*run)),
            Fact::Submitted { .. } => {
                self.snapshot(event.seq, event.at, Moment::Submission);
                self.at_end = Some(self.state.clone());
            }
            _ => self.close_answer(event),
        }
        if self.probed.contains(&event.seq) && !matches!(event.fact, Fact::Submitted { .. } | Fact::RunRequested { .. })
        {
            self.snapshot(event.seq, event.at, Moment::Probed);
        }
    }

    fn compose(&mut self, event: &Event, composed: &domain::event::Composed) {
        let known = self.answers.iter().position(|answer| answer.id == composed.answer);
        let index = known.unwrap_or_else(|| {
            self.answers.push(Answer {
                id: composed.answer,
                prompt: composed.prompt,
                text: String::new(),
                pieces: Vec::new(),
                parts: Vec::new(),
                answered: None,
            });
            self.answers.len() - 1
        });
        let Some(answer) = self.answers.get_mut(index) else { return };
        let offset = answer.text.len();
        answer.text.push_str(&composed.text);
        let parts = pace::rested(event.at, &composed.text, &composed.rests);
        answer.parts.extend(parts.into_iter().map(|(at, text)| (at, text.to_owned())));
        for source in &composed.sources {
            let start = boundary(&composed.text, source.start);
            let end = boundary(&composed.text, source.end).max(start);
            answer.pieces.push(Piece {
                span: offset + start..offset + end,
                origin: source.origin.clone(),
                seq: event.seq,
                first_words: event.at,
                last_word: event.at,
                answered: None,
            });
        }
    }

    fn close_answer(&mut self, event: &Event) {
        if let Fact::Answered { prompt, .. } = &event.fact {
            for answer in self.answers.iter_mut().filter(|answer| answer.prompt == *prompt) {
                answer.answered.get_or_insert(event.seq);
            }
        }
    }

    fn note(&mut self, event: &Event) {
        let (id, text, status, evidence) = match &event.fact {
            Fact::Hypothesised { hypothesis, text } => (*hypothesis, text, HypothesisStatus::Open, ""),
            Fact::HypothesisChanged(change) => {
                (change.hypothesis, &change.text, change.status, change.evidence.as_str())
            }
            _ => return,
        };
        let version =
            NoteVersion { seq: event.seq, at: event.at, text: text.clone(), status, evidence: evidence.to_owned() };
        match self.notes.iter_mut().find(|note| note.id == id) {
            Some(note) => note.versions.push(version),
            None => self.notes.push(Note { id, versions: vec![version] }),
        }
    }

    fn finish(mut self) -> Timeline<'a> {
        if !self.over() {
            self.pause(self.state.at());
        }
        self.answers.iter_mut().for_each(Answer::pace);
        // Moments at one event: what is said of it in the order of the enum, the submission last.
        self.snapshots.sort_by_key(|snapshot| (snapshot.upto, snapshot.why));
        let at_end = self.at_end.unwrap_or_else(|| self.state.clone());
        Timeline {
            task: self.task,
            events: self.events,
            end: at_end.seq(),
            end_at: at_end.at(),
            at_end,
            state: self.state,
            prompts: self.prompts,
            cards: self.cards,
            answers: self.answers,
            flags: self.flags,
            notes: self.notes,
            snapshots: self.snapshots,
            late: self.late,
        }
    }
}

/// The nearest character boundary at or below a byte.
fn boundary(text: &str, byte: u32) -> usize {
    text.floor_char_boundary(usize::try_from(byte).unwrap_or(usize::MAX).min(text.len()))
}

impl Answer {
    /// Works out when its pieces became visible.
    fn pace(&mut self) {
        let parts: Vec<pace::Part<'_>> = self.parts.iter().map(|(at, text)| (*at, text.as_str())).collect();
        let steps = pace::steps(&parts);
        let due = |byte: usize, otherwise: u64| {
            steps.iter().find(|step| step.upto >= byte).map_or(otherwise, |step| step.due)
        };
        for piece in &mut self.pieces {
            piece.first_words = due(piece.span.start + 1, piece.first_words);
            piece.last_word = due(piece.span.end, piece.last_word);
            piece.answered = self.answered;
        }
    }

    /// The words of a piece.
    pub(crate) fn words(&self, piece: &Piece) -> &str {
        self.text.get(piece.span.clone()).unwrap_or_default()
    }

    /// The pairs it shows or stands by.
    pub(crate) fn pairs(&self) -> BTreeSet<&PairId> {
        self.pieces.iter().filter_map(|piece| pair_of(&piece.origin)).collect()
    }
}

/// The pair a piece shows or stands by.
pub(crate) fn pair_of(origin: &Origin) -> Option<&PairId> {
    match origin {
        Origin::Pair { pair, .. } | Origin::Reply { pair } => Some(pair),
        Origin::Knowledge { .. }
        | Origin::Clarification {}
        | Origin::Index {}
        | Origin::Model {}
        | Origin::Plain {} => None,
    }
}

impl<'a> Timeline<'a> {
    /// Events up to the end of the evidence.
    pub(crate) fn evidence(&self) -> impl Iterator<Item = &'a Event> + use<'a> {
        let end = self.end;
        self.events.iter().take_while(move |event| event.seq <= end)
    }

    /// Session time of an event; 0 for one that is not in the log.
    pub(crate) fn time_of(&self, seq: u64) -> u64 {
        let place = usize::try_from(seq.saturating_sub(1)).unwrap_or(usize::MAX);
        self.events.get(place).map_or(0, |event| event.at)
    }

    /// Every showing of every pair, in the order of the log.
    pub(crate) fn showings(&self) -> BTreeMap<&PairId, Vec<Showing<'_>>> {
        let mut found: BTreeMap<&PairId, Vec<Showing<'_>>> = BTreeMap::new();
        for answer in &self.answers {
            for piece in &answer.pieces {
                if let Origin::Pair { pair, side, exposure } = &piece.origin {
                    found.entry(pair).or_default().push(Showing { answer, piece, side: *side, how: *exposure });
                }
            }
        }
        found
    }

    /// The files at the last kept moment at or before an event.
    pub(crate) fn files_at(&self, seq: u64) -> Option<&Snapshot> {
        self.snapshots.iter().rev().find(|snapshot| snapshot.upto <= seq)
    }

    /// The submission's files, if there is one.
    pub(crate) fn submission(&self) -> Option<&Snapshot> {
        self.snapshots.iter().find(|snapshot| snapshot.why == Moment::Submission)
    }

    /// The prompt asked before this one in the same conversation.
    pub(crate) fn previous(&self, prompt: &Prompt) -> Option<&Prompt> {
        self.prompts.iter().rev().find(|earlier| earlier.seq < prompt.seq && earlier.asked.chat == prompt.asked.chat)
    }

    /// What the assistant said last before a prompt: an answer in the same conversation, or a card, which every
    /// conversation shows.
    pub(crate) fn said_before(&self, prompt: &Prompt) -> Option<&Answer> {
        let asked = self.previous(prompt).map(|earlier| (earlier.seq, earlier.asked.prompt));
        let card = self.cards.iter().rfind(|(seq, _)| *seq < prompt.seq).copied();
        self.answer_to(asked.max(card)?.1)
    }

    /// The answer to a prompt.
    pub(crate) fn answer_to(&self, prompt: PromptId) -> Option<&Answer> {
        self.answers.iter().find(|answer| answer.prompt == prompt)
    }
}
