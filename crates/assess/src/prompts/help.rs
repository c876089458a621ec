//! What kind of help a prompt seeks, and whether it asks again what was asked before.

use crate::wording::{self, Phrases};
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

const EXECUTIVE: Phrases = Phrases(include_str!("../phrases/executive.txt"));

const INSTRUMENTAL: Phrases = Phrases(include_str!("../phrases/instrumental.txt"));

/// What kind of help a prompt seeks.
pub(crate) fn help_seeking(prompt: &str) -> HelpSeeking {
    let words = wording::padded(prompt);
    match (EXECUTIVE.stand_in(&words), INSTRUMENTAL.stand_in(&words)) {
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
    let alike = || {
        let (left, right): (Vec<&str>, Vec<&str>) = (earlier.split(' ').collect(), later.split(' ').collect());
        TextDiff::from_slices(&left, &right).ratio() >= SAME
    };
    earlier == later || (same_content(&earlier, &later) && alike())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wishes_for_the_answer_are_told_from_questions_to_understand() {
        for (prompt, expected) in [
            ("can you find the bug?", HelpSeeking::Executive),
            ("Where is the bug?", HelpSeeking::Executive),
            ("Write the fix for me.", HelpSeeking::Executive),
            ("Give me an overview of the architecture.", HelpSeeking::Instrumental),
            ("would a larger top_k help?", HelpSeeking::Instrumental),
            ("can I just remove the filter?", HelpSeeking::Instrumental),
            ("What if old pages were not filtered?", HelpSeeking::Instrumental),
            ("Are you sure?", HelpSeeking::Unclear),
            ("ok", HelpSeeking::Unclear),
        ] {
            assert_eq!(help_seeking(prompt), expected, "{prompt}");
        }
    }
}
