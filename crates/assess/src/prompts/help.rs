//! What kind of help a prompt seeks, and whether it asks again what was asked before.

use crate::wording;
use serde::Serialize;
use similar::TextDiff;
use utoipa::ToSchema;

/// Kinds of help-seeking (after Nelson-Le Gall 1985): to understand, or to be given the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HelpSeeking {
    /// Asks to understand or for a way to find out.
    Instrumental,
    /// Asks to be given the answer or the fix.
    Executive,
    /// Neither can be told.
    Unclear,
}

const EXECUTIVE: &[&str] = &[
    "fix it",
    "fix this",
    "fix the",
    "fix everything",
    "fix all",
    "solve it",
    "solve this",
    "solve the",
    "do it for me",
    "for me",
    "give me the fix",
    "give me the patch",
    "give me the solution",
    "give me the answer",
    "give me the code",
    "give me the full",
    "give me a fix",
    "give me a patch",
    "give me code",
    "write the fix",
    "write the code",
    "write the patch",
    "write the solution",
    "write the whole",
    "write me the",
    "write me a",
    "just tell me",
    "just give me",
    "just fix",
    "just write",
    "what's the fix",
    "what is the fix",
    "what's the answer",
    "what is the answer",
    "what's the bug",
    "what is the bug",
    "what is the root cause",
    "what's the root cause",
    "what is the solution",
    "what's the solution",
    "rewrite the",
    "rewrite it",
    "implement the",
    "implement it",
    "full solution",
    "complete fix",
    "make it work",
    "make the tests pass",
    "make the test pass",
    "which line do i change",
    "what should i change",
    "what do i change",
];

const INSTRUMENTAL: &[&str] = &[
    "why",
    "how does",
    "how do",
    "how is",
    "how are",
    "how can i",
    "how could i",
    "how would i",
    "explain",
    "what does",
    "what is",
    "what are",
    "what happens",
    "what would",
    "where",
    "which",
    "who calls",
    "does",
    "is it",
    "is there",
    "are there",
    "walk me",
    "difference between",
    "understand",
    "when is",
    "when does",
    "show me where",
    "trace",
    "describe",
    "compare",
    "what calls",
    "i suspect",
    "i think",
    "can you check",
    "should i",
];

/// What kind of help a prompt seeks.
pub(crate) fn help_seeking(prompt: &str) -> HelpSeeking {
    let words = wording::padded(prompt);
    match (wording::has_any(&words, EXECUTIVE), wording::has_any(&words, INSTRUMENTAL)) {
        (true, _) => HelpSeeking::Executive,
        (false, true) => HelpSeeking::Instrumental,
        (false, false) => HelpSeeking::Unclear,
    }
}

/// Two prompts this alike ask the same.
const SAME: f32 = 0.85;
/// Characters of a prompt that are compared.
const COMPARED: usize = 2_000;

/// Whether two prompts ask the same in (nearly) the same words.
pub(super) fn same_question(earlier: &str, later: &str) -> bool {
    let (earlier, later) = (compared(earlier), compared(later));
    if earlier.trim().is_empty() || later.trim().is_empty() {
        return false;
    }
    earlier == later || {
        let (left, right): (Vec<&str>, Vec<&str>) = (earlier.split(' ').collect(), later.split(' ').collect());
        TextDiff::from_slices(&left, &right).ratio() >= SAME && same_content(&earlier, &later)
    }
}

fn compared(prompt: &str) -> String {
    wording::padded(&prompt.chars().take(COMPARED).collect::<String>())
}

/// A single changed word of content makes it another question.
fn same_content(left: &str, right: &str) -> bool {
    let (left, right) = (wording::content(left), wording::content(right));
    left.symmetric_difference(&right).count() <= 1 && !left.is_disjoint(&right)
}

/// The first earlier prompt that a prompt asks again.
pub(crate) fn repeats<'p>(earlier: impl Iterator<Item = (u64, &'p str)>, prompt: &str) -> Option<u64> {
    earlier.into_iter().find(|(_, text)| same_question(text, prompt)).map(|(seq, _)| seq)
}
