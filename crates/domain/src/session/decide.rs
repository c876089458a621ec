//! The rules: a command and a state give facts, or the reason why not. Nothing is changed here.

use super::{Effect, FileStatus, Phase, State};
use crate::command::{Command, Refusal};
use crate::event::{Asked, Composed, Edited, Fact, Flagged, HypothesisChanged, SubmittedBy, Viewed};
use crate::ids::{AnswerId, ChatId, PromptId, RepoPath};
use crate::text::normalised;

/// Limits on what one session may hold.
pub mod limits {
    /// Bytes of a prompt.
    pub const PROMPT_BYTES: usize = 16 * 1024;
    /// Bytes of a reason, a hypothesis, a piece of evidence.
    pub const NOTE_BYTES: usize = 4 * 1024;
    /// Bytes of the diagnosis.
    pub const DIAGNOSIS_BYTES: usize = 32 * 1024;
    /// Bytes of a new file.
    pub const FILE_BYTES: usize = 1_000_000;
    /// Files.
    pub const FILES: usize = 2_000;
    /// Prompts.
    pub const PROMPTS: usize = 400;
    /// Items of context beside one prompt.
    pub const CONTEXT_ITEMS: usize = 20;
    /// Runs of tests.
    pub const RUNS: usize = 1_000;
    /// Flags, and entries of the notebook.
    pub const NOTES: usize = 500;
    /// Arguments of one run.
    pub const RUN_TARGETS: usize = 50;
    /// Bytes of all changed and added files together.
    pub const CHANGED_BYTES: usize = 16 * 1024 * 1024;
    /// Lines that can be in view at once.
    pub const VIEW_LINES: u32 = 400;
}

type Decision = Result<Vec<Fact>, Refusal>;

impl State {
    /// Judges a command at a session time (ms).
    pub fn decide(&self, command: Command, now: u64) -> Decision {
        if self.is_late(now) && is_work(&command) {
            return Err(Refusal::Over);
        }
        match command {
            Command::Consent { views } => self.consent(views),
            Command::Start => self.start(),
            Command::View(viewed) => self.view(viewed),
            Command::Search { query, hits } => {
                self.working()?;
                text("search", &query, limits::NOTE_BYTES)?;
                Ok(if self.views_allowed { vec![Fact::Searched { query, hits }] } else { Vec::new() })
            }
            Command::Edit(edited) => self.edit(edited),
            Command::CreateFile { path, text } => self.create_file(path, text),
            Command::RenameFile { from, to } => self.rename_file(from, to),
            Command::DeleteFile { path } => {
                self.changing()?;
                if self.workspace.was_removed(&path) {
                    return Err(Refusal::Duplicate);
                }
                self.existing(&path)?;
                Ok(vec![Fact::FileDeleted { path }])
            }
            Command::Ask(asked) => self.ask(asked),
            Command::Volunteer { chat, card } => self.volunteer(chat, card),
            Command::HoldCards => self.hold_cards(true),
            Command::ReleaseCards => self.hold_cards(false),
            Command::Compose(composed) => self.compose(composed),
            Command::FailUpstream { prompt, cause } => {
                self.due(&Effect::Answer(prompt), "an upstream failure")?;
                Ok(vec![Fact::UpstreamFailed { prompt, cause }])
            }
            Command::RecordUsage(used) => {
                self.due(&Effect::Answer(used.prompt), "the usage of a model")?;
                Ok(vec![Fact::Used(used)])
            }
            Command::FinishAnswer { answer, prompt, outcome } => {
                self.exchanges
                    .iter()
                    .find(|exchange| exchange.asked.prompt == prompt && exchange.outcome.is_none())
                    .ok_or(Refusal::NotDue { what: "the end of an answer" })?;
                Ok(vec![Fact::Answered { answer, prompt, outcome }])
            }
            Command::Flag(flagged) => self.flag(flagged, now),
            Command::WithdrawFlag { flag } => {
                if self.withdrawn.contains(&flag) {
                    return Err(Refusal::Duplicate);
                }
                self.changing()?;
                if !self.flags.iter().any(|known| known.flag == flag) {
                    return Err(Refusal::Unknown { what: "flag", id: flag.to_string() });
                }
                Ok(vec![Fact::FlagWithdrawn { flag }])
            }
            Command::Hypothesise { hypothesis, text: words } => {
                if self.hypotheses.iter().any(|known| known.id == hypothesis) {
                    // Its text may have been changed since: the id alone tells a retry.
                    return Err(Refusal::Duplicate);
                }
                self.changing()?;
                room("hypotheses", self.hypotheses.len(), limits::NOTES)?;
                text("hypothesis", &words, limits::NOTE_BYTES)?;
                Ok(vec![Fact::Hypothesised { hypothesis, text: words }])
            }
            Command::ChangeHypothesis(change) => self.change(change),
            Command::Run { run, target } => self.run(run, target),
            Command::FinishRun { run, outcome } => {
                self.due(&Effect::Run(run), "the end of a run")?;
                Ok(vec![Fact::RunFinished { run, outcome }])
            }
            Command::AnswerQuestion { question, choice, choices } => {
                self.changing()?;
                if choice >= choices {
                    return Err(Refusal::NoSuchChoice { choice, choices });
                }
                Ok(vec![Fact::QuestionAnswered { question, choice }])
            }
            Command::Submit { by, diagnosis } => self.submit(by, diagnosis),
            Command::RecordCommit { commit } => {
                self.due(&Effect::Judge, "the commit of the submission")?;
                Ok(vec![Fact::Committed { commit }])
            }
            Command::RecordJudgement { checks } => {
                self.due(&Effect::Judge, "the judgement")?;
                Ok(vec![Fact::Judged { checks }])
            }
            Command::RecordProbes(probed) => {
                self.due(&Effect::Judge, "a probe")?;
                Ok(vec![Fact::Probed(probed)])
            }
            Command::Conclude => {
                self.due(&Effect::Judge, "the conclusion")?;
                Ok(vec![Fact::Concluded {}])
            }
            Command::Pause { why } => {
                if self.paused.as_ref() == Some(&why) {
                    return Err(Refusal::Duplicate);
                }
                self.changing()?;
                text("reason", &why, limits::NOTE_BYTES)?;
                Ok(vec![Fact::Paused { why }])
            }
            Command::Resume => {
                self.working()?;
                if self.paused.is_none() {
                    return Err(Refusal::Duplicate);
                }
                Ok(vec![Fact::Resumed {}])
            }
            Command::Restart => Ok(vec![Fact::Restarted {}]),
        }
    }

    fn consent(&self, views: bool) -> Decision {
        match self.phase {
            Phase::Invited => Ok(vec![Fact::Consented { views }]),
            Phase::Ready | Phase::Working => Err(Refusal::Duplicate),
            Phase::Submitted | Phase::Concluded => Err(Refusal::Over),
        }
    }

    fn start(&self) -> Decision {
        match self.phase {
            Phase::Invited => Err(Refusal::NoConsent),
            Phase::Ready => Ok(vec![Fact::Started {}]),
            Phase::Working => Err(Refusal::Duplicate),
            Phase::Submitted | Phase::Concluded => Err(Refusal::Over),
        }
    }

    fn edit(&self, edited: Edited) -> Decision {
        if let Some((_, path, version)) = self.recent_edits.iter().find(|(edit, ..)| *edit == edited.edit) {
            return Err(repeated("edit", *path == edited.path && *version == edited.version));
        }
        self.changing()?;
        self.existing(&edited.path)?;
        let actual = self.workspace.version(&edited.path).unwrap_or_default();
        if edited.version != actual + 1 {
            return Err(Refusal::StaleVersion { path: edited.path, actual, given: edited.version });
        }
        match self.workspace.check(&edited.path, &edited.changes) {
            Ok(()) => {
                self.has_room_for(edited.changes.inserted_bytes())?;
                Ok(vec![Fact::Edited(edited)])
            }
            Err(source) => Err(Refusal::BadChange { path: edited.path, source }),
        }
    }

    fn create_file(&self, path: RepoPath, text: String) -> Decision {
        self.changing()?;
        if self.workspace.version(&path) == Some(0)
            && self.workspace.text(&path).as_deref() == Some(normalised(&text).as_str())
            && self.workspace.status(&path) == FileStatus::Added
        {
            return Err(Refusal::Duplicate);
        }
        self.vacant(&path)?;
        room("files", self.workspace.paths().len(), limits::FILES)?;
        within("file", &text, limits::FILE_BYTES)?;
        self.has_room_for(text.len())?;
        Ok(vec![Fact::FileCreated { path, text }])
    }

    fn rename_file(&self, from: RepoPath, to: RepoPath) -> Decision {
        self.changing()?;
        if self.workspace.was_removed(&from) && self.workspace.contains(&to) {
            return Err(Refusal::Duplicate);
        }
        self.existing(&from)?;
        self.vacant(&to)?;
        Ok(vec![Fact::FileRenamed { from, to }])
    }

    fn ask(&self, asked: Asked) -> Decision {
        if let Some(known) = self.exchanges.iter().find(|exchange| exchange.asked.prompt == asked.prompt) {
            return Err(repeated("prompt", known.asked == asked));
        }
        self.changing()?;
        text("prompt", &asked.text, limits::PROMPT_BYTES)?;
        room("prompts", self.exchanges.len(), limits::PROMPTS)?;
        self.created.budget.admits(&self.exchanges)?;
        if asked.context.len() > limits::CONTEXT_ITEMS {
            return Err(Refusal::TooMany { what: "items of context", limit: limits::CONTEXT_ITEMS });
        }
        if let Some(model) = asked.model.as_ref().filter(|name| !self.created.assistant.models().contains(name)) {
            return Err(Refusal::Unknown { what: "model", id: model.clone() });
        }
        if self.exchanges.iter().any(|exchange| exchange.outcome.is_none() && !exchange.volunteered) {
            return Err(Refusal::AnswerPending);
        }
        Ok(vec![Fact::Asked(asked)])
    }

    fn volunteer(&self, chat: ChatId, card: Composed) -> Decision {
        self.changing()?;
        if self.exchanges.iter().any(|exchange| exchange.outcome.is_none()) {
            return Err(Refusal::AnswerPending);
        }
        Ok(vec![Fact::Volunteered { prompt: card.prompt, chat }, Fact::Composed(card)])
    }

    fn hold_cards(&self, hold: bool) -> Decision {
        if matches!(self.phase, Phase::Submitted | Phase::Concluded) {
            return Err(Refusal::Over);
        }
        if self.cards_held == hold {
            return Err(Refusal::Duplicate);
        }
        Ok(vec![if hold { Fact::CardsHeld {} } else { Fact::CardsReleased {} }])
    }

    fn compose(&self, composed: Composed) -> Decision {
        self.due(&Effect::Answer(composed.prompt), "an answer")?;
        Ok(vec![Fact::Composed(composed)])
    }

    fn flag(&self, flagged: Flagged, now: u64) -> Decision {
        if self.withdrawn.contains(&flagged.flag) {
            return Err(Refusal::Duplicate);
        }
        if let Some(known) = self.flags.iter().find(|known| known.flag == flagged.flag) {
            return Err(repeated("flag", *known == flagged));
        }
        self.changing()?;
        text("reason", &flagged.reason, limits::NOTE_BYTES)?;
        room("flags", self.flags.len(), limits::NOTES)?;
        let answer = self
            .exchanges
            .iter()
            .filter_map(|exchange| exchange.answer.as_ref())
            .find(|answer| answer.id == flagged.answer)
            .ok_or_else(|| Refusal::Unknown { what: "answer", id: flagged.answer.to_string() })?;
        if let Some(quote) = &flagged.quote {
            within("quote", quote, limits::NOTE_BYTES)?;
            let words = letters(quote);
            if words.is_empty() || !letters(&answer.visible(now)).contains(&words) {
                return Err(Refusal::QuoteNotFound);
            }
        }
        Ok(vec![Fact::Flagged(flagged)])
    }

    fn change(&self, change: HypothesisChanged) -> Decision {
        self.changing()?;
        text("hypothesis", &change.text, limits::NOTE_BYTES)?;
        within("evidence", &change.evidence, limits::NOTE_BYTES)?;
        if !self.hypotheses.iter().any(|known| known.id == change.hypothesis) {
            return Err(Refusal::Unknown { what: "hypothesis", id: change.hypothesis.to_string() });
        }
        Ok(vec![Fact::HypothesisChanged(change)])
    }

    fn run(&self, run: crate::ids::RunId, target: Vec<String>) -> Decision {
        if let Some(known) = self.runs.iter().find(|known| known.id == run) {
            return Err(repeated("run", known.target == target));
        }
        self.changing()?;
        room("runs", self.runs.len(), limits::RUNS)?;
        if self.runs.iter().any(|known| known.outcome.is_none()) {
            return Err(Refusal::RunPending);
        }
        if target.len() > limits::RUN_TARGETS {
            return Err(Refusal::TooMany { what: "tests to run", limit: limits::RUN_TARGETS });
        }
        for argument in &target {
            text("test to run", argument, limits::NOTE_BYTES)?;
            // What looks like an option would steer pytest instead of naming a test.
            RepoPath::parse(argument.split("::").next().unwrap_or_default())?;
            if argument.starts_with('-') {
                return Err(Refusal::Unknown { what: "test", id: argument.clone() });
            }
        }
        Ok(vec![Fact::RunRequested { run, target }])
    }

    fn submit(&self, by: SubmittedBy, diagnosis: String) -> Decision {
        if self.submission.as_ref().is_some_and(|known| (known.by, &known.diagnosis) == (by, &diagnosis)) {
            return Err(Refusal::Duplicate);
        }
        match by {
            SubmittedBy::Candidate => self.changing()?,
            SubmittedBy::Deadline => self.working()?,
        }
        within("diagnosis", &diagnosis, limits::DIAGNOSIS_BYTES)?;
        Ok(vec![Fact::Submitted { by, diagnosis }])
    }

    fn view(&self, viewed: Viewed) -> Decision {
        self.working()?;
        self.existing(&viewed.path)?;
        let Viewed { path, from_line: from, to_line: to } = viewed.clone();
        let lines = self.workspace.lines(&path).unwrap_or_default();
        if from == 0 || from > to || to > lines || to - from >= limits::VIEW_LINES {
            return Err(Refusal::BadLines { path, from, to, lines, limit: limits::VIEW_LINES });
        }
        let noted = self.views_allowed && self.looking_at.as_ref() != Some(&viewed);
        Ok(if noted { vec![Fact::Viewed(viewed)] } else { Vec::new() })
    }

    /// Whether time is up though nobody has said so yet.
    fn is_late(&self, now: u64) -> bool {
        self.phase == Phase::Working && self.paused.is_none() && self.deadline().is_some_and(|deadline| now >= deadline)
    }

    fn has_room_for(&self, bytes: usize) -> Result<(), Refusal> {
        let bytes = self.workspace.changed_bytes().saturating_add(bytes);
        if bytes > limits::CHANGED_BYTES {
            return Err(Refusal::TooLong { what: "sum of all changed files", bytes, limit: limits::CHANGED_BYTES });
        }
        Ok(())
    }

    fn working(&self) -> Result<(), Refusal> {
        match self.phase {
            Phase::Invited => Err(Refusal::NoConsent),
            Phase::Ready => Err(Refusal::NotStarted),
            Phase::Working => Ok(()),
            Phase::Submitted | Phase::Concluded => Err(Refusal::Over),
        }
    }

    fn changing(&self) -> Result<(), Refusal> {
        self.working()?;
        match &self.paused {
            Some(why) => Err(Refusal::Paused { why: why.clone() }),
            None => Ok(()),
        }
    }

    fn existing(&self, path: &RepoPath) -> Result<(), Refusal> {
        if self.workspace.contains(path) {
            return Ok(());
        }
        Err(Refusal::Unknown { what: "file", id: path.to_string() })
    }

    fn vacant(&self, path: &RepoPath) -> Result<(), Refusal> {
        // A file cannot be a folder too.
        let below = format!("{path}/");
        let clash = self.workspace.paths().into_iter().find(|known| {
            *known == path || known.as_str().starts_with(&below) || path.as_str().starts_with(&format!("{known}/"))
        });
        match clash {
            Some(known) => Err(Refusal::FileExists { path: known.clone() }),
            None => Ok(()),
        }
    }

    fn due(&self, effect: &Effect, what: &'static str) -> Result<(), Refusal> {
        if self.effects().contains(effect) { Ok(()) } else { Err(Refusal::NotDue { what }) }
    }

    /// The answer's id of a prompt whose answer has begun.
    pub fn answer_of(&self, prompt: PromptId) -> Option<AnswerId> {
        let exchange = self.exchanges.iter().find(|exchange| exchange.asked.prompt == prompt)?;
        exchange.answer.as_ref().map(|answer| answer.id)
    }
}

/// Whether a command is a candidate's work, which ends with the clock.
fn is_work(command: &Command) -> bool {
    match command {
        Command::View(_)
        | Command::Search { .. }
        | Command::Edit(_)
        | Command::CreateFile { .. }
        | Command::RenameFile { .. }
        | Command::DeleteFile { .. }
        | Command::Ask(_)
        | Command::Flag(_)
        | Command::WithdrawFlag { .. }
        | Command::Hypothesise { .. }
        | Command::ChangeHypothesis(_)
        | Command::Run { .. }
        | Command::AnswerQuestion { .. }
        | Command::Pause { .. }
        | Command::Submit { by: SubmittedBy::Candidate, .. } => true,
        Command::Consent { .. }
        | Command::Start
        | Command::Volunteer { .. }
        | Command::HoldCards
        | Command::ReleaseCards
        | Command::Compose(_)
        | Command::FailUpstream { .. }
        | Command::RecordUsage(_)
        | Command::FinishAnswer { .. }
        | Command::FinishRun { .. }
        | Command::Submit { by: SubmittedBy::Deadline, .. }
        | Command::RecordCommit { .. }
        | Command::RecordJudgement { .. }
        | Command::RecordProbes(_)
        | Command::Conclude
        | Command::Resume
        | Command::Restart => false,
    }
}

/// What an id that is known already means: the same thing once more, or another thing under its name.
fn repeated(what: &'static str, same: bool) -> Refusal {
    if same { Refusal::Duplicate } else { Refusal::IdReused { what } }
}

fn within(what: &'static str, text: &str, limit: usize) -> Result<(), Refusal> {
    if text.len() > limit { Err(Refusal::TooLong { what, bytes: text.len(), limit }) } else { Ok(()) }
}

fn text(what: &'static str, text: &str, limit: usize) -> Result<(), Refusal> {
    if text.trim().is_empty() {
        return Err(Refusal::Empty { what });
    }
    within(what, text, limit)
}

fn room(what: &'static str, count: usize, limit: usize) -> Result<(), Refusal> {
    if count >= limit { Err(Refusal::TooMany { what, limit }) } else { Ok(()) }
}

/// Letters and digits only: a selection on the page has lost the Markdown marks and the line breaks.
fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}
