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

/// Whether a padded text holds one of the phrases as whole words.
pub(crate) fn has_any(padded: &str, phrases: &[&str]) -> bool {
    phrases.iter().any(|phrase| padded.contains(&format!(" {phrase} ")))
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
            '\n' => rest.starts_with('\n') || starts_item(rest),
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
const NEGATIONS: &[&str] = &[
    "not",
    "no",
    "never",
    "neither",
    "nor",
    "isn't",
    "aren't",
    "wasn't",
    "weren't",
    "doesn't",
    "don't",
    "didn't",
    "can't",
    "cannot",
    "won't",
    "wouldn't",
    "couldn't",
    "shouldn't",
];

/// Further words that turn a sentence around, where a task names none.
const DENIALS: &[&str] =
    &["wrong", "incorrect", "false", "untrue", "rather", "instead", "contrary", "disproved", "refuted"];

/// Whether a sentence holds a word that turns it around: one of the given ones, or else of the usual ones.
pub(crate) fn denies(sentence: &str, terms: &[String]) -> bool {
    if terms.is_empty() {
        let words = padded(sentence);
        return has_any(&words, NEGATIONS) || has_any(&words, DENIALS);
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
const STOPWORDS: &[&str] = &[
    "a", "about", "also", "an", "and", "are", "as", "at", "be", "because", "been", "being", "but", "by", "can",
    "could", "did", "do", "does", "for", "from", "get", "gets", "had", "has", "have", "here", "how", "i", "if", "in",
    "into", "is", "it", "its", "it's", "just", "me", "my", "no", "of", "on", "or", "our", "should", "so", "some",
    "still", "such", "than", "that", "that's", "the", "their", "them", "then", "there", "these", "they", "this",
    "those", "to", "too", "very", "was", "we", "were", "what", "when", "where", "which", "while", "who", "why", "will",
    "with", "would", "you", "your", "think", "wrong", "right", "true", "false", "sure", "say", "said", "says", "claim",
];

/// The words of a text that carry content, reduced to their stems; names are kept whole and in their parts.
pub(crate) fn content(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for token in tokens(text) {
        let parts = token.lower.split('_').filter(|part| !part.is_empty());
        for word in std::iter::once(token.lower.as_str()).chain(parts) {
            if !STOPWORDS.contains(&word) && (word.len() > 2 || word.chars().all(char::is_numeric)) {
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
const DISPUTES: &[&str] = &[
    "that's wrong",
    "that is wrong",
    "this is wrong",
    "this is incorrect",
    "you are wrong",
    "you're wrong",
    "it is wrong",
    "it's wrong",
    "which is wrong",
    "answer is wrong",
    "claim is wrong",
    "statement is wrong",
    "seems wrong",
    "looks wrong",
    "is plainly wrong",
    "is simply wrong",
    "is just wrong",
    "must be wrong",
    "was wrong",
    "were wrong",
    "that's incorrect",
    "that is incorrect",
    "is incorrect",
    "is inaccurate",
    "is misleading",
    "not true",
    "isn't true",
    "not correct",
    "isn't correct",
    "not right",
    "isn't right",
    "that's false",
    "that is false",
    "is false",
    "is untrue",
    "not the case",
    "isn't the case",
    "not accurate",
    "mistaken",
    "i disagree",
    "i don't agree",
    "i do not agree",
    "i don't believe",
    "i do not believe",
    "i don't buy",
    "i doubt that",
    "contradicts",
    "contradict",
    "contradicted by",
    "that can't be",
    "that cannot be",
    "can't be right",
    "cannot be right",
    "doesn't match",
    "does not match",
    "doesn't hold",
    "does not hold",
    "doesn't add up",
    "does not add up",
    "you made up",
    "you made that up",
    "made up",
    "hallucinated",
    "hallucinating",
    "you misread",
    "misreading",
    "other way around",
    "the opposite",
    "there is no such",
    "there's no such",
    "no such function",
    "no such option",
    "no such file",
    "doesn't exist",
    "does not exist",
    "is refuted",
    "is disproved",
    "i don't think that's",
    "i don't think that is",
    "i don't think so",
    "i do not think so",
    "that's not what",
    "that is not what",
    "disproves",
    "refutes",
    "nope",
];

/// Words that set something against what was said.
const CONTRASTS: &[&str] = &[
    "but",
    "yet",
    "however",
    "actually",
    "whereas",
    "although",
    "in fact",
    "then why",
    "how come",
    "how can it",
    "how can that",
    "how can this",
];

/// Words that bring something seen.
const OBSERVATIONS: &[&str] = &[
    "i ran",
    "i run",
    "i tried",
    "i checked",
    "i called",
    "i tested",
    "i printed",
    "i see",
    "i saw",
    "i read",
    "i get",
    "i got",
    "i looked",
    "i measured",
    "i found",
    "it returns",
    "returns",
    "returned",
    "it prints",
    "prints",
    "printed",
    "shows",
    "showed",
    "the code",
    "the test",
    "the tests",
    "the output",
    "the docstring",
    "the source",
    "the log",
    "the diff",
    "the commit",
    "line",
    "lines",
    "passes",
    "passed",
    "fails",
    "failed",
    "raises",
    "gives",
    "gave",
    "reads",
    "according to",
];

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
    let disputes = has_any(&words, DISPUTES) || opens_with_no(sentence) || opens_with_wrong(&words);
    let contrasts = has_any(&words, CONTRASTS) && has_any(&words, OBSERVATIONS);
    match (asks || supposes, disputes, contrasts) {
        (false, true, _) => Stance::Disputes,
        (_, _, true) => Stance::Contrasts,
        (false, false, false) if has_any(&words, NEGATIONS) => Stance::Negates,
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
