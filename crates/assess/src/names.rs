//! Names that people give to code, and what a claim is about in words.

use crate::wording;
use domain::task::{Pair, Side, Subject};
use std::collections::BTreeSet;

/// `path` or `path::symbol`.
pub(crate) fn location(subject: &Subject) -> String {
    match &subject.symbol {
        Some(symbol) => format!("{}::{symbol}", subject.path),
        None => subject.path.to_string(),
    }
}

/// Whether a text names a subject: its short or qualified name as whole words, or its file.
pub(crate) fn names_subject(text: &str, subject: &Subject) -> bool {
    let file = subject.path.as_str().rsplit('/').next().unwrap_or_default();
    let named = match &subject.symbol {
        Some(symbol) => names_symbol(text, short_name(symbol)),
        // A module is called by its stem; the stem of a data file, such as `v10` of `v10.md`, is a word like others.
        None => file.strip_suffix(".py").is_some_and(|stem| has_word(&wording::padded(text), stem)),
    };
    named || names_file(text, subject)
}

/// Whether a text has a symbol's name as a whole word; a name that is a plain word but for its capital, such as `Page`,
/// in this form only.
fn names_symbol(text: &str, name: &str) -> bool {
    let rest = name.get(1..).unwrap_or_default();
    if name.starts_with(char::is_uppercase) && !rest.is_empty() && rest.chars().all(char::is_lowercase) {
        return wording::tokens(text).into_iter().any(|token| text.get(token.span) == Some(name));
    }
    has_word(&wording::padded(text), name)
}

/// Whether a text names a subject's file by its name or path.
fn names_file(text: &str, subject: &Subject) -> bool {
    let file = subject.path.as_str().rsplit('/').next().unwrap_or_default().to_lowercase();
    file.contains('.') && text.to_lowercase().contains(&file)
}

/// The last part of a dotted name.
pub(crate) fn short_name(symbol: &str) -> &str {
    symbol.rsplit(['.', ':']).next().unwrap_or(symbol)
}

fn has_word(padded: &str, word: &str) -> bool {
    !word.is_empty() && padded.contains(&format!(" {} ", word.to_lowercase()))
}

/// A side of a pair as the candidate met it, in words that can be looked for.
pub(crate) struct Claim<'t> {
    pair: &'t Pair,
    side: Side,
    /// Content of the side that was shown.
    own: BTreeSet<String>,
    /// What the shown side has and the other has not.
    telling: BTreeSet<String>,
    /// What the other side has and the shown one has not.
    opposite: BTreeSet<String>,
    /// One of the wordings has a negation itself, so a plain negation says nothing about the claim.
    negative: bool,
}

impl<'t> Claim<'t> {
    pub(crate) fn new(pair: &'t Pair, side: Side) -> Self {
        let words = |side: Side| {
            let aside = match side {
                Side::Control => &pair.aside.0,
                Side::Plant => &pair.aside.1,
            };
            format!("{}\n{aside}", pair.wording(side))
        };
        let own = wording::content(&words(side));
        let other = wording::content(&words(side.flipped()));
        Self {
            pair,
            side,
            telling: own.difference(&other).cloned().collect(),
            opposite: other.difference(&own).cloned().collect(),
            negative: wording::denies(&words(side), &[]) || wording::denies(&words(side.flipped()), &[]),
            own,
        }
    }

    /// Whether a text names something the claim is about.
    pub(crate) fn names_subject(&self, text: &str) -> bool {
        self.pair.subjects.iter().any(|subject| names_subject(text, subject))
    }

    /// Whether a text says what the claim says, not its opposite.
    pub(crate) fn repeated_in(&self, text: &str) -> bool {
        let turned = self.in_terms(text) && wording::denies(text, &self.pair.denial_terms);
        self.favoured_by(text) && !turned
    }

    /// Whether a text has what a plant says in the task's own terms.
    fn in_terms(&self, text: &str) -> bool {
        self.side == Side::Plant && wording::groups(text, &self.pair.diagnosis_terms).is_some()
    }

    /// Whether the words of a text are those of the shown side: the task's own terms, or else words that the other side
    /// has not, or where those leave it open, enough words of the claim.
    fn favoured_by(&self, text: &str) -> bool {
        let said = wording::content(text);
        let telling = self.telling.intersection(&said).count();
        let opposite = self.opposite.intersection(&said).count();
        let shared = self.own.intersection(&said).count();
        self.in_terms(text) || (telling > opposite && shared >= 2) || (telling == opposite && shared >= 3)
    }

    /// Whether a text touches the claim at all: its subject and words of it, whichever side they favour.
    pub(crate) fn touched_by(&self, text: &str) -> bool {
        let said = wording::content(text);
        let shared = self.own.union(&self.opposite).filter(|word| said.contains(*word)).count();
        (self.names_subject(text) && shared >= 2) || wording::groups(text, &self.pair.diagnosis_terms).is_some()
    }

    /// Whether one of the wordings has a negation itself.
    pub(crate) fn is_negative(&self) -> bool {
        self.negative
    }

    /// Whether a sentence turns the claim around with a plain negation.
    pub(crate) fn negated_in(&self, sentence: &str) -> bool {
        !self.negative && wording::stance(sentence) == wording::Stance::Negates && self.favoured_by(sentence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ids::RepoPath;

    #[test]
    fn a_subject_is_named_by_its_short_name_or_its_file() {
        let subject =
            Subject { path: RepoPath::parse("desk/corpus.py").unwrap(), symbol: Some("Corpus.newest".into()) };
        for (text, expected) in [
            ("does newest() sort?", true),
            ("Corpus.newest sorts", true),
            ("look at corpus.py", true),
            ("the newest_page", false),
            ("the corpus", false),
        ] {
            assert_eq!(names_subject(text, &subject), expected, "{text}");
        }
        let class = Subject { symbol: Some("Corpus".into()), ..subject.clone() };
        assert!(names_subject("`Corpus` keeps all", &class) && !names_subject("a corpus of pages", &class));
        let data = Subject { path: RepoPath::parse("data/refunds/v10.md").unwrap(), symbol: None };
        assert!(names_subject("v10.md says so", &data) && !names_subject("v10 sorts before v9", &data));
        let module = Subject { symbol: None, ..subject };
        assert!(names_subject("the corpus", &module));
        assert!(!names_subject("the corpora", &module));
    }
}
