//! A prompt and its answer, as far as they went.

use crate::event::{AnswerOutcome, Asked, Composed, Event};
use crate::ids::AnswerId;
use crate::pace;

/// A prompt and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Exchange {
    /// The prompt; without words where the assistant volunteered.
    pub asked: Asked,
    /// The assistant spoke of its own accord.
    pub volunteered: bool,
    /// When it was asked, session time in ms.
    pub at: u64,
    /// Its event.
    pub seq: u64,
    /// The answer, as far as it was composed.
    pub answer: Option<Answer>,
    /// How it ended; none: under way.
    pub outcome: Option<AnswerOutcome>,
}

impl Exchange {
    pub(super) fn begin(asked: Asked, volunteered: bool, event: &Event) -> Self {
        Self { asked, volunteered, at: event.at, seq: event.seq, answer: None, outcome: None }
    }
}

/// An answer, as far as it was composed.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// Its id.
    pub id: AnswerId,
    /// Its parts: session time in ms, and what was composed then.
    pub parts: Vec<(u64, Composed)>,
}

impl Answer {
    /// All that was composed.
    pub fn text(&self) -> String {
        self.parts.iter().map(|(_, part)| part.text.as_str()).collect()
    }

    /// No further part follows.
    pub fn is_whole(&self) -> bool {
        self.parts.last().is_some_and(|(_, part)| part.last)
    }

    /// The parts as the pacer wants them.
    pub fn paced(&self) -> Vec<pace::Part<'_>> {
        self.parts.iter().flat_map(|(at, part)| pace::rested(*at, &part.text, &part.rests)).collect()
    }

    /// What is visible of it at a session time.
    pub fn visible(&self, now: u64) -> String {
        let mut text = self.text();
        text.truncate(pace::visible(&self.paced(), now));
        text
    }
}
