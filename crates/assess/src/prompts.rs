//! The quality of one prompt: seven dimensions, levels 0 to 3, each with the exact words it rests on. The levels come
//! from the text, the index and the runs of the session. Length is not quality, free-floating keywords and words
//! addressed to a grader score nothing.

mod follow_up;
mod help;
mod levels;
mod reading;

pub use help::HelpSeeking;
pub(crate) use help::{help_seeking, repeats};

use code_index::Index;
use reading::Reading;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What is looked at in a prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Dimension {
    /// Names code that exists.
    Specificity,
    /// Says what was observed, expected and tried.
    ContextGiven,
    /// One recognisable request.
    GoalClarity,
    /// States a hypothesis.
    HypothesisStated,
    /// Asks for a concrete check or for evidence.
    AsksForVerification,
    /// Asks for one step.
    Scoped,
    /// Takes up the answer before it and tests it.
    CriticalFollowUp,
}

impl Dimension {
    /// All dimensions in their order.
    pub const ALL: [Self; 7] = [
        Self::Specificity,
        Self::ContextGiven,
        Self::GoalClarity,
        Self::HypothesisStated,
        Self::AsksForVerification,
        Self::Scoped,
        Self::CriticalFollowUp,
    ];

    /// Its share in `overall`; the follow-up counts only where there is an answer to follow up.
    fn weight(self) -> f64 {
        match self {
            Self::Specificity | Self::ContextGiven | Self::GoalClarity => 0.2,
            Self::AsksForVerification | Self::Scoped | Self::CriticalFollowUp => 0.15,
            Self::HypothesisStated => 0.1,
        }
    }
}

/// Who spoke in a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The candidate.
    #[serde(alias = "candidate")]
    User,
    /// The assistant.
    Assistant,
}

/// Something said before the prompt, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Turn {
    /// Who.
    pub role: Role,
    /// What.
    #[serde(alias = "content")]
    pub text: String,
}

/// Levels of a prompt and the words they rest on.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Judgement {
    /// Level 0 to 3 by dimension; every dimension is there.
    pub quality: BTreeMap<Dimension, u8>,
    /// From 0 to 1, for sorting and tests; a person gets no single grade.
    pub overall: f64,
    /// The words the levels rest on: every level above 0 has some.
    pub evidence: Vec<Evidence>,
}

impl Judgement {
    /// The level of a dimension.
    pub fn level(&self, dimension: Dimension) -> u8 {
        self.quality.get(&dimension).copied().unwrap_or(0)
    }
}

/// Words of a prompt that a level rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = PromptEvidence)]
pub struct Evidence {
    /// The dimension.
    pub dimension: Dimension,
    /// The exact words: `prompt[start..end]`.
    pub quote: String,
    /// First byte in the prompt.
    pub start: usize,
    /// Byte after the last.
    pub end: usize,
    /// What they show.
    pub why: String,
}

/// Judges a prompt by its words, the repository it is about, what was said before it in the conversation, and the
/// outputs of the session's runs so far.
pub fn judge(index: &Index, prompt: &str, history: &[Turn], runs: &[String]) -> Judgement {
    let reading = Reading::of(index, prompt, runs);
    let mut found = levels::all(&reading);
    found.push(follow_up::level(&reading, index, history));
    let mut judgement = Judgement { quality: BTreeMap::new(), overall: 0.0, evidence: Vec::new() };
    for level in found {
        let evidence: Vec<Evidence> =
            level.spans.iter().filter_map(|(span, why)| quote(prompt, level.dimension, span.clone(), why)).collect();
        // A level without words to rest on is none.
        let reached = if evidence.is_empty() { 0 } else { level.level.min(3) };
        judgement.quality.insert(level.dimension, reached);
        if reached > 0 {
            judgement.evidence.extend(evidence);
        }
    }
    let answered = history.iter().any(|turn| turn.role == Role::Assistant);
    judgement.overall = overall(&judgement, answered);
    judgement
}

fn quote(prompt: &str, dimension: Dimension, span: std::ops::Range<usize>, why: &str) -> Option<Evidence> {
    let quote = prompt.get(span.clone()).filter(|quote| !quote.trim().is_empty())?;
    Some(Evidence { dimension, quote: quote.to_owned(), start: span.start, end: span.end, why: why.to_owned() })
}

fn overall(judgement: &Judgement, answered: bool) -> f64 {
    let counted =
        || Dimension::ALL.into_iter().filter(|dimension| answered || *dimension != Dimension::CriticalFollowUp);
    let whole: f64 = counted().map(Dimension::weight).sum();
    let reached: f64 = counted().map(|one| one.weight() * f64::from(judgement.level(one)) / 3.0).sum();
    // Four digits: sums of floating point differ in the last ones only.
    (reached / whole * 10_000.0).round() / 10_000.0
}
