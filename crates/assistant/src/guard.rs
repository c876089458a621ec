//! Keeps a live model from speaking about claims that were already shown.

use crate::words;
use domain::task::Pair;
use std::collections::BTreeSet;

/// A plain word that is also a symbol's name counts when the paragraph shares this many more words with the claim.
const SHARED_WORDS: usize = 2;
/// A sentence that shares this many words with a claim speaks about it without naming it …
const TOPIC_WORDS: usize = 4;
/// … if they are at least this share of its words.
const TOPIC_SHARE: f64 = 0.6;

/// Decides paragraph by paragraph what of a live model's words may be shown. A paragraph that speaks about the subject
/// of an exposed claim, be it to contradict or to repeat it, is withheld and replaced by nothing: a contradiction would
/// void the item, a repetition would lend it weight that the other side does not get.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    watched: Vec<Watched>,
}

#[derive(Clone, Debug)]
struct Watched {
    /// Paths and file names of subjects, lower case.
    files: BTreeSet<String>,
    /// Names that are no English words, lower case.
    names: BTreeSet<String>,
    /// Names that are also English words, lower case.
    plain: BTreeSet<String>,
    /// Stems of intents and of both sides.
    topic: BTreeSet<String>,
}

impl Guard {
    /// Watches over the given pairs: those that were exposed in the session.
    pub(crate) fn over<'a>(pairs: impl IntoIterator<Item = &'a Pair>) -> Self {
        Self { watched: pairs.into_iter().map(Watched::of).collect() }
    }

    /// Whether the paragraph may be shown.
    pub fn admits(&self, paragraph: &str) -> bool {
        if !self.watched.is_empty() && takes_back(paragraph) {
            return false;
        }
        let tokens = tokens(paragraph);
        let stems: BTreeSet<String> = words::stems(paragraph).into_iter().collect();
        !self.watched.iter().any(|watched| watched.is_named(&tokens, &stems) || watched.is_meant(paragraph))
    }
}

/// Signs that a paragraph speaks about what was said before, to take it back or to stand by it.
const SPEAKS_OF_ITSELF: &[&str] = &[
    "correct myself",
    "correction to",
    "i was wrong",
    "i was mistaken",
    "i made a mistake",
    "i misspoke",
    "my earlier",
    "my previous",
    "my last answer",
    "earlier answer",
    "previous answer",
    "i told you",
    "i said",
    "i claimed",
    "apolog",
    "sorry",
    "disregard",
    "do not rely on",
    "don't rely on",
];

fn takes_back(paragraph: &str) -> bool {
    let lower = paragraph.to_lowercase();
    SPEAKS_OF_ITSELF.iter().any(|sign| lower.contains(sign))
}

impl Watched {
    fn of(pair: &Pair) -> Self {
        let mut watched =
            Self { files: BTreeSet::new(), names: BTreeSet::new(), plain: BTreeSet::new(), topic: BTreeSet::new() };
        for subject in &pair.subjects {
            let path = subject.path.as_str().to_lowercase();
            watched.files.extend(path.rsplit('/').next().map(str::to_owned));
            watched.files.insert(path);
            if let Some(symbol) = &subject.symbol {
                let short = symbol.rsplit('.').next().unwrap_or(symbol);
                let is_plain = !short.contains('_') && !short.chars().skip(1).any(char::is_uppercase);
                let names = if is_plain { &mut watched.plain } else { &mut watched.names };
                names.insert(short.to_lowercase());
            }
        }
        let texts = pair.intents.iter().map(String::as_str).chain([pair.control.as_str(), pair.plant.as_str()]);
        watched.topic = texts.flat_map(words::stems).collect();
        watched
    }

    fn is_named(&self, tokens: &[Token], stems: &BTreeSet<String>) -> bool {
        let shared = || stems.intersection(&self.topic).count();
        tokens.iter().any(|token| {
            self.files.contains(&token.text)
                || self.files.contains(token.last_part('/'))
                || self.names.contains(token.last_part('.'))
                || (self.plain.contains(token.last_part('.')) && (token.marked || shared() > SHARED_WORDS))
        })
    }

    /// Whether some sentence has mostly words of the claim.
    fn is_meant(&self, paragraph: &str) -> bool {
        paragraph.split(['.', '?', '!', ';', '\n']).any(|sentence| {
            let stems: BTreeSet<String> = words::stems(sentence).into_iter().collect();
            let shared = stems.intersection(&self.topic).count();
            shared >= TOPIC_WORDS && shared as f64 >= TOPIC_SHARE * stems.len() as f64
        })
    }
}

struct Token {
    text: String,
    /// Written as code: in back quotes, called, or behind a dot.
    marked: bool,
}

impl Token {
    fn last_part(&self, separator: char) -> &str {
        self.text.rsplit(separator).next().unwrap_or(&self.text)
    }
}

fn tokens(text: &str) -> Vec<Token> {
    let lower = text.to_lowercase();
    let inside = |character: char| character.is_alphanumeric() || matches!(character, '_' | '.' | '/');
    let mut tokens = Vec::new();
    let mut start = None;
    let mut quoted = false;
    for (at, character) in lower.char_indices().chain([(lower.len(), ' ')]) {
        match (start, inside(character)) {
            (None, true) => start = Some(at),
            (Some(from), false) => {
                let word = lower[from..at].trim_matches(['.', '/']);
                let marked = quoted || character == '(' || word.contains('.');
                tokens.push(Token { text: word.to_owned(), marked });
                start = None;
            }
            _ => {}
        }
        quoted ^= character == '`';
    }
    tokens
}
