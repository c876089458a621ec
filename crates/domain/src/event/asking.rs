//! What is asked, what is answered, and where each word of an answer comes from.

use crate::ids::{AnswerId, ChatId, FlagId, KnowledgeId, PairId, PromptId, RepoPath, RunId};
use crate::task::Side;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A prompt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    /// Its id.
    pub prompt: PromptId,
    /// The conversation it belongs to.
    pub chat: ChatId,
    /// The words.
    pub text: String,
    /// What the candidate let the assistant see.
    pub context: Vec<ContextItem>,
    /// The live model it is for; none: the session's first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
}

/// Something the candidate put beside a prompt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ContextItem {
    /// A file, as it stands in the session.
    File {
        /// Which.
        path: RepoPath,
    },
    /// Lines of a file.
    Selection {
        /// Which file.
        path: RepoPath,
        /// First line, from 1.
        from_line: u32,
        /// Last line.
        to_line: u32,
    },
    /// The output of a run.
    Run {
        /// Which.
        run: RunId,
    },
    /// The whole repository, as it stands in the session: what of it is nearest to the prompt, as much as fits.
    Repository {},
}

/// Sealed: a part of an answer with where each piece comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Composed {
    /// The answer.
    pub answer: AnswerId,
    /// The prompt it answers.
    pub prompt: PromptId,
    /// The words, Markdown.
    pub text: String,
    /// No further part follows.
    pub last: bool,
    /// Where the pieces of `text` come from, in order.
    pub sources: Vec<Source>,
    /// Where the words wait, as those of a live model do between paragraphs, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rests: Vec<Rest>,
}

/// A wait inside a part of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rest {
    /// First byte in the part's text that waits.
    pub at: u32,
    /// Milliseconds from the composing of the part; before that nothing from there on begins to show.
    pub ms: u32,
}

/// A piece of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// First byte in the part's text.
    pub start: u32,
    /// Byte after the last.
    pub end: u32,
    /// Where it comes from.
    pub origin: Origin,
}

/// Where a piece of an answer comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum Origin {
    /// A side of a claim pair, shown in one of the ways of exposure.
    Pair {
        /// The pair.
        pair: PairId,
        /// The side.
        side: Side,
        /// How it came up.
        exposure: Exposure,
    },
    /// The reply to doubt or to a challenge about a pair: the same words for both sides.
    Reply {
        /// The pair.
        pair: PairId,
    },
    /// Proven knowledge.
    Knowledge {
        /// Which.
        knowledge: KnowledgeId,
    },
    /// What the ticket's reporter answers.
    Clarification {},
    /// A fact from the index.
    Index {},
    /// A live model's own words: unverified.
    Model {},
    /// Words that claim nothing about the repository.
    Plain {},
}

/// How a pair came up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Exposure {
    /// A prompt matched the pair.
    Asked,
    /// A remark in an answer that touches its subject.
    Aside,
    /// A remark that the assistant volunteered at a set time.
    Card,
}

/// What a live model took for a prompt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Used {
    /// The prompt.
    pub prompt: PromptId,
    /// The upstream, as the settings call it.
    pub upstream: String,
    /// Tokens it read.
    pub read: u64,
    /// Tokens it wrote.
    pub written: u64,
    /// What that cost, in millionths of a unit.
    pub cost: u64,
    /// The upstream did not tell the tokens: they are estimated.
    pub estimated: bool,
}

/// How an answer ended, as everyone may know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum AnswerOutcome {
    /// All of it was shown.
    Complete,
    /// The assistant could not be reached; asking again is harmless.
    Unavailable,
}

/// A mark on an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Flagged {
    /// Its id.
    pub flag: FlagId,
    /// The answer.
    pub answer: AnswerId,
    /// The exact words it is about; none: the whole answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<String>,
    /// Why the candidate holds them to be wrong.
    pub reason: String,
}
