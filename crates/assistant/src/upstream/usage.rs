//! How many tokens an answer took.

use crate::messages::Message;

/// Where an upstream counts no tokens, so many bytes are taken for one …
const BYTES_A_TOKEN: u64 = 4;
/// … and every message for so many more.
const TOKENS_A_MESSAGE: u64 = 4;

/// Tokens of one answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// What the model read.
    pub prompt: u64,
    /// What it wrote, what it thought included.
    pub completion: u64,
    /// True when the upstream did not tell both.
    pub estimated: bool,
}

impl Usage {
    /// The tokens of messages by their bytes: a quarter of them, rounded up, and four a message.
    pub fn of_messages(messages: &[Message]) -> u64 {
        messages.iter().map(|message| Self::of_bytes(message.content.len()) + TOKENS_A_MESSAGE).sum()
    }

    /// The tokens of a text by its bytes: a quarter of them, rounded up.
    pub fn of_bytes(bytes: usize) -> u64 {
        (bytes as u64).div_ceil(BYTES_A_TOKEN)
    }
}

/// What an upstream has told of its tokens so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) prompt: Option<u64>,
    pub(super) completion: Option<u64>,
}

impl Told {
    /// Takes over what is newer; nought is what servers say that do not count.
    pub(super) fn update(&mut self, newer: Self) {
        let said = |count: Option<u64>| count.filter(|count| *count > 0);
        self.prompt = said(newer.prompt).or(self.prompt);
        self.completion = said(newer.completion).or(self.completion);
    }

    pub(super) fn is_silent(self) -> bool {
        self == Self::default()
    }

    /// The usage, with estimates where nothing was told.
    pub(super) fn usage(self, prompt: u64, completion: u64) -> Usage {
        let estimated = self.prompt.is_none() || self.completion.is_none();
        Usage { prompt: self.prompt.unwrap_or(prompt), completion: self.completion.unwrap_or(completion), estimated }
    }
}
