//! Words of people: sentences, tokens, terms of a claim, and whether a sentence disputes something.

use std::collections::BTreeSet;
use std::ops::Range;

/// A token: letters, digits and underscores, apostrophes inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    /// Its bytes in the text.
    pub(crate) span: Range<usize>,
    /// In lower case, with a plain apostrophe.
    pub(crate) lower: String,
}

/// The tokens of a text in order.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut start = None;
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let next_is_letter = characters.peek().is_some_and(|(_, next)| next.is_alphanumeric());
        let inside = character.is_alphanumeric()
            || character == '_'
            || (is_apostrophe(character) && start.is_some() && next_is_letter);
        match (inside, start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                found.push(token(text, from..at));
                start = None;
            }
            _ => {}
        }
    }
    if let Some(from) = start {
        found.push(token(text, from..text.len()));
    }
    found
}

fn is_apostrophe(character: char) -> bool {
    matches!(character, '\'' | '’')
}

fn token(text: &str, span: Range<usize>) -> Token {
    let lower = text.get(span.clone()).unwrap_or_default().to_lowercase().replace('’', "'");
    Token { span, lower }
}

/// The tokens in lower case, separated and surrounded by one blank: phrases are found in it at word boundaries.
pub(crate) fn padded(text: &str) -> String {
    let mut padded = String::from(" ");
    for token in tokens(text) {
        padded.push_str(&token.lower);
        padded.push(' ');
    }
    padded
}

/// A list of phrases, one a line, in lower case.
pub(crate) struct Phrases(pub(crate) &'static str);

impl Phrases {
    /// Whether one of them stands in a padded text as whole words.
    pub(crate) fn stand_in(&self, padded: &str) -> bool {
        self.0.lines().any(|phrase| has_phrase(padded, phrase))
    }

    /// Whether a word is one of them.
    pub(crate) fn has_word(&self, word: &str) -> bool {
        self.0.lines().any(|phrase| phrase == word)
    }
}

fn has_phrase(padded: &str, phrase: &str) -> bool {
    padded.match_indices(phrase).any(|(at, _)| {
        padded.get(..at).is_some_and(|before| before.ends_with(' '))
            && padded.get(at + phrase.len()..).is_some_and(|after| after.starts_with(' '))
    })
}

/// Whether a padded text holds one of the phrases as whole words.
pub(crate) fn has_any(padded: &str, phrases: &[&str]) -> bool {
    phrases.iter().any(|phrase| has_phrase(padded, phrase))
}

/// The sentences of a text: they end at `.`, `!`, `?` before white space, at blank lines and before list items. A dot
/// inside a name or a number ends nothing.
pub(crate) fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut push = |from: usize, to: usize| {
        let part = text.get(from..to).unwrap_or_default();
        let lead = part.len() - part.trim_start().len();
        let trimmed = part.trim();
        if !trimmed.is_empty() {
            found.push(from + lead..from + lead + trimmed.len());
        }
    };
    for (at, character) in text.char_indices() {
        let end = at + character.len_utf8();
        let rest = text.get(end..).unwrap_or_default();
        let ends = match character {
            '.' if is_number(text.get(start..at).unwrap_or_default()) => false,
            '.' | '!' | '?' => rest.is_empty() || rest.starts_with(char::is_whitespace),
            '\n' => is_blank_line(rest) || starts_item(rest),
            _ => false,
        };
        if ends {
            push(start, end);
            start = end;
        }
    }
    push(start, text.len());
    found
}

fn is_blank_line(rest: &str) -> bool {
    rest.lines().next().is_none_or(|line| line.trim().is_empty())
}

fn starts_item(line: &str) -> bool {
    let line = line.trim_start_matches([' ', '\t']);
    line.starts_with("- ")
        || line.starts_with("* ")
        || line.starts_with("```")
        || line.split_once(['.', ')']).is_some_and(|(number, _)| is_number(number))
}

/// The number of a list's item.
fn is_number(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty() && text.len() < 3 && text.bytes().all(|digit| digit.is_ascii_digit())
}

/// Where a fragment stands in a text at the beginning of a word, whatever its case.
pub(crate) fn fragment(text: &str, fragment: &str) -> Option<Range<usize>> {
    let wanted: Vec<char> = fragment.trim().chars().flat_map(char::to_lowercase).collect();
    let bound = wanted.first()?.is_alphanumeric();
    let mut before: Option<char> = None;
    for (at, character) in text.char_indices() {
        let free = !bound || !before.is_some_and(char::is_alphanumeric);
        before = Some(character);
        if free && let Some(length) = starts_with(text.get(at..).unwrap_or_default(), &wanted) {
            return Some(at..at + length);
        }
    }
    None
}

/// How many bytes of the text make up the wanted lower-case characters at its start.
fn starts_with(text: &str, wanted: &[char]) -> Option<usize> {
    let mut left = wanted;
    for (at, character) in text.char_indices() {
        if left.is_empty() {
            return Some(at);
        }
        for lower in character.to_lowercase() {
            let (first, rest) = left.split_first()?;
            if lower != *first {
                return None;
            }
            left = rest;
        }
    }
    (left.is_empty() && !wanted.is_empty()).then_some(text.len())
}

/// Where one fragment of every group stands; none when a group is missing or there are no groups.
pub(crate) fn groups(text: &str, groups: &[Vec<String>]) -> Option<Vec<Range<usize>>> {
    if groups.is_empty() {
        return None;
    }
    groups.iter().map(|group| group.iter().find_map(|term| fragment(text, term))).collect()
}

/// Plain negations.
const NEGATIONS: Phrases = Phrases(include_str!("phrases/negations.txt"));

/// Further words that turn a sentence around, where a task names none.
const DENIALS: Phrases = Phrases(include_str!("phrases/denials.txt"));

/// Whether a sentence holds a word that turns it around: one of the given ones, or else of the usual ones.
pub(crate) fn denies(sentence: &str, terms: &[String]) -> bool {
    if terms.is_empty() {
        let words = padded(sentence);
        return NEGATIONS.stand_in(&words) || DENIALS.stand_in(&words);
    }
    let words = padded(sentence);
    terms.iter().any(|term| {
        let term = term.to_lowercase().replace('’', "'");
        let whole = term.chars().next().is_some_and(char::is_alphanumeric) && term != "n't";
        if whole { words.contains(&format!(" {} ", padded(&term).trim())) } else { words.contains(term.trim()) }
    })
}

/// The first sentence that holds one of each group and no denial, and is no question.
pub(crate) fn asserted(text: &str, terms: &[Vec<String>], denials: &[String]) -> Option<Range<usize>> {
    sentences(text).into_iter().find(|span| {
        let sentence = text.get(span.clone()).unwrap_or_default();
        !sentence.ends_with('?') && groups(sentence, terms).is_some() && !denies(sentence, denials)
    })
}

/// Words that carry no content of a claim; what two sides of a claim may differ in, such as `before` and `after`, does.
const STOPWORDS: Phrases = Phrases(include_str!("phrases/stopwords.txt"));

/// The words of a text that carry content, reduced to their stems; names are kept whole and in their parts.
pub(crate) fn content(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for token in tokens(text) {
        let parts = token.lower.split('_').filter(|part| !part.is_empty());
        for word in std::iter::once(token.lower.as_str()).chain(parts) {
            if !STOPWORDS.has_word(word) && (word.len() > 2 || word.chars().any(char::is_numeric)) {
                found.insert(stem(word).to_owned());
            }
        }
    }
    found
}

fn stem(word: &str) -> &str {
    for ending in ["ingly", "edly", "ings", "ing", "ies", "ied", "ed", "es", "ly", "s", "e"] {
        if let Some(start) = word.strip_suffix(ending)
            && start.chars().count() >= 4
        {
            return start;
        }
    }
    word
}

/// Phrases that say of something said before that it does not hold.
const DISPUTES: Phrases = Phrases(include_str!("phrases/disputes.txt"));

/// Words that set something against what was said.
const CONTRASTS: Phrases = Phrases(include_str!("phrases/contrasts.txt"));

/// Words that bring something seen.
const OBSERVATIONS: Phrases = Phrases(include_str!("phrases/observations.txt"));

/// Opening words of a sentence that only supposes.
const SUPPOSING: &[&str] = &["if", "suppose", "assuming", "what if", "unless"];

/// How a sentence stands to what was said before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stance {
    /// It asks, tells, or doubts without a reason.
    Neutral,
    /// It has a plain negation: a dispute if it is about the claim and the claim has none.
    Negates,
    /// It sets something seen against what was said.
    Contrasts,
    /// It says that what was said does not hold.
    Disputes,
}

/// How a sentence stands to what was said before it.
pub(crate) fn stance(sentence: &str) -> Stance {
    let words = padded(sentence);
    let asks = sentence.trim_end().ends_with('?');
    let supposes = SUPPOSING.iter().any(|opening| words.starts_with(&format!(" {opening} ")));
    let disputes = DISPUTES.stand_in(&words) || opens_with_no(sentence) || opens_with_wrong(&words);
    let contrasts = CONTRASTS.stand_in(&words) && OBSERVATIONS.stand_in(&words);
    match (asks || supposes, disputes, contrasts) {
        (false, true, _) => Stance::Disputes,
        (_, _, true) => Stance::Contrasts,
        (false, false, false) if NEGATIONS.stand_in(&words) => Stance::Negates,
        _ => Stance::Neutral,
    }
}

fn opens_with_no(sentence: &str) -> bool {
    let lower = sentence.trim_start().to_lowercase();
    lower.starts_with("no,") || lower.starts_with("no.") || lower.starts_with("no -") || lower == "no"
}

fn opens_with_wrong(padded: &str) -> bool {
    padded.starts_with(" wrong ") || padded.starts_with(" incorrect ") || padded.starts_with(" false ")
}

/// Letters and digits of a text in lower case, each with the bytes it comes from: a selection on the page has lost the
/// Markdown marks and the line breaks.
fn letters(text: &str) -> Vec<(char, Range<usize>)> {
    text.char_indices()
        .filter(|(_, character)| character.is_alphanumeric())
        .map(|(at, character)| (character, at..at + character.len_utf8()))
        .collect()
}

/// Where a quote stands in a text, by letters and digits only: every place.
pub(crate) fn quoted(text: &str, quote: &str) -> Vec<Range<usize>> {
    let words: Vec<char> = quote.chars().filter(|character| character.is_alphanumeric()).collect();
    let letters = letters(text);
    if words.is_empty() || words.len() > letters.len() {
        return Vec::new();
    }
    letters
        .windows(words.len())
        .filter(|window| window.iter().zip(&words).all(|((letter, _), wanted)| letter == wanted))
        .filter_map(|window| Some(window.first()?.1.start..window.last()?.1.end))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts<'a>(text: &'a str, spans: &[Range<usize>]) -> Vec<&'a str> {
        spans.iter().map(|span| &text[span.clone()]).collect()
    }

    #[test]
    fn sentences_end_at_marks_and_items_and_not_inside_names() {
        for (text, expected) in [
            ("It is `a.b`. Then c? Yes", vec!["It is `a.b`.", "Then c?", "Yes"]),
            ("one\ntwo\n\nthree", vec!["one\ntwo", "three"]),
            ("why:\n- a\n- b\n2. c", vec!["why:", "- a", "- b", "2. c"]),
            ("v1.2 is out", vec!["v1.2 is out"]),
            ("  ", vec![]),
        ] {
            assert_eq!(texts(text, &sentences(text)), expected, "{text:?}");
        }
    }

    #[test]
    fn fragments_stand_at_the_beginning_of_words_in_any_case() {
        for (text, term, found) in [
            ("It Compares strings", "compar", Some("Compar")),
            ("the context grows", "text", None),
            ("sort_key", "key", Some("key")),
            ("ÄNDERUNG", "änder", Some("ÄNDER")),
            ("x", "", None),
        ] {
            assert_eq!(fragment(text, term).map(|span| &text[span]), found, "{text} / {term}");
        }
    }

    #[test]
    fn an_assertion_with_a_denial_in_its_sentence_asserts_nothing() {
        let terms = vec![vec!["top_k".to_owned()], vec!["small".to_owned(), "low".to_owned()]];
        for (text, expected) in [
            ("The cause: top_k is too low.", true),
            ("The cause is not that top_k is too low.", false),
            ("top_k isn't too small. Sorting is.", false),
            ("It is not the prompt. `top_k` is too small!", true),
            ("Is top_k too small?", false),
            ("top_k matters. The batch is small.", false),
            ("Another note on top_k: low.", true),
        ] {
            assert_eq!(asserted(text, &terms, &[]).is_some(), expected, "{text}");
            let own = vec!["not".to_owned(), "n't".to_owned()];
            assert_eq!(asserted(text, &terms, &own).is_some(), expected, "{text} (own terms)");
        }
    }

    #[test]
    fn a_stance_is_a_dispute_only_when_something_is_said_against_what_was_said() {
        for (sentence, expected) in [
            ("That's wrong.", Stance::Disputes),
            ("No, it sorts text.", Stance::Disputes),
            ("I don't think so, the key is text.", Stance::Disputes),
            ("But line 12 compares strings.", Stance::Contrasts),
            ("How can it be numeric when the test shows v9 above v10?", Stance::Contrasts),
            ("How can I see which line fails?", Stance::Neutral),
            ("Are you sure?", Stance::Neutral),
            ("Isn't that wrong?", Stance::Neutral),
            ("What is wrong with the index?", Stance::Neutral),
            ("It returns the wrong page.", Stance::Neutral),
            ("It does not sort numbers.", Stance::Negates),
            ("If that's wrong, where do I look next.", Stance::Neutral),
            ("Thanks, that makes sense.", Stance::Neutral),
        ] {
            assert_eq!(stance(sentence), expected, "{sentence}");
        }
    }

    #[test]
    fn a_quote_is_found_without_its_marks_wherever_it_stands() {
        let text = "Use `top_k`.\nThen **top k** again 🦀";
        assert_eq!(texts(text, &quoted(text, "top k")), ["top_k", "top k"]);
        assert_eq!(texts(text, &quoted(text, "Then top")), ["Then **top"]);
        assert!(quoted(text, "…").is_empty() && quoted(text, "topk then nothing more of this kind here").is_empty());
    }
}
