//! Words of a prompt: stems, stop words, near synonyms, and the questions a prompt falls into.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// Longest part of a prompt that is looked at, in bytes: enough for a question with its paste.
const READ_BYTES: usize = 16 << 10;
/// Most questions of one prompt that are looked at.
const MOST_SEGMENTS: usize = 48;

const STOP_WORDS: &str = "\
    a, about, actually, after, again, ain, all, also, am, an, and, any, are, aren, as, at, be, because, been, \
    before, being, both, but, by, can, cannot, could, couldn, d, did, didn, do, does, doesn, doing, don, each, \
    either, else, even, exactly, explain, for, from, get, gets, give, got, had, hadn, has, hasn, have, haven, \
    he, hello, help, here, hey, hi, how, i, if, in, into, is, isn, it, its, just, kind, know, let, like, ll, \
    look, m, make, many, maybe, me, mean, might, more, much, my, need, no, not, now, of, ok, okay, on, or, our, \
    out, over, perhaps, please, pls, plz, re, really, s, say, see, she, should, shouldn, show, so, some, still, such, \
    sure, t, tell, than, thanks, that, the, their, them, then, there, these, they, thing, think, this, those, \
    to, too, up, us, ve, very, want, was, wasn, way, we, well, were, weren, what, when, where, whether, which, \
    while, who, why, will, with, would, wouldn, yeah, yes, you, your";

/// Words that ask for the same thing; the first stands for all.
const SYNONYMS: &[&[&str]] = &[
    &["old", "outdated", "stale", "superseded", "obsolete", "expired", "older"],
    &["new", "newest", "latest", "current", "recent", "fresh", "newer"],
    &["pick", "choose", "chose", "chosen", "select", "decide"],
    &["order", "sort", "rank", "ordering"],
    &["compare", "comparison", "match"],
    &["wrong", "incorrect", "bad", "broken", "broke", "break", "bug", "buggy", "fault", "faulty"],
    &["cause", "reason", "culprit", "blame", "responsible", "behind"],
    &["fix", "repair", "solve", "resolve", "mend", "solution"],
    &["doc", "document", "page"],
    &["measure", "score", "metric", "evaluate", "eval", "evaluation"],
    &["raise", "increase", "bigger", "larger", "higher", "grow", "large", "big"],
    &["lower", "decrease", "reduce", "smaller", "few", "fewer", "shrink", "small"],
    &["call", "invoke", "use", "usage"],
    &["return", "yield", "output", "result"],
    &["exception", "error", "crash", "throw", "traceback"],
    &["setting", "config", "option", "configuration", "configure"],
    &["remove", "delete", "drop", "discard", "lose", "lost", "disable"],
    &["ignore", "skip"],
    &["fast", "quick", "speed", "slow", "cost", "complexity", "expensive"],
    &["store", "save", "keep", "kept", "persist"],
    &["happen", "occur"],
    &["function", "method"],
    &["value", "number"],
    &["structure", "architecture", "layout", "organise", "organize", "overview"],
    &["run", "execute"],
    &["allow", "allowed", "valid", "permitted", "accepted"],
    &["load", "read", "open"],
    &["compute", "computation", "calculate", "calculation"],
];

/// The part of a prompt that is looked at: cut at a character.
pub(crate) fn readable(text: &str) -> &str {
    let mut end = text.len().min(READ_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// The words that carry meaning, as stems, in order, repeats included. An identifier gives itself and its parts.
pub(crate) fn stems(text: &str) -> Vec<String> {
    let mut stems = Vec::new();
    for word in text.split(|character: char| !character.is_alphanumeric() && character != '_') {
        let parts = parts(word);
        if parts.len() > 1 {
            stems.push(word.to_lowercase());
        }
        stems.extend(parts.iter().filter(|part| !is_stop(part)).map(|part| canonical(stem(part))));
    }
    stems
}

/// Whether a text has one of the phrases, which commas separate, word by word.
pub(crate) fn hold(text: &str, phrases: &str) -> bool {
    let joined = format!(" {} ", plain(text).join(" "));
    phrases.split(", ").any(|phrase| joined.contains(&format!(" {phrase} ")))
}

/// Whether a word is one of those in a list, which commas separate.
pub(crate) fn is_among(word: &str, list: &str) -> bool {
    list.split(", ").any(|known| known == word)
}

/// All words in lower case, in order, apostrophes kept inside words.
pub(crate) fn plain(text: &str) -> Vec<String> {
    text.to_lowercase()
        .replace('’', "'")
        .split(|character: char| !character.is_alphanumeric() && !matches!(character, '_' | '\''))
        .map(|word| word.trim_matches('\'').to_owned())
        .filter(|word| !word.is_empty())
        .collect()
}

fn is_stop(word: &str) -> bool {
    static STOPS: LazyLock<BTreeSet<&str>> = LazyLock::new(|| STOP_WORDS.split(", ").collect());
    STOPS.contains(word)
}

/// `snake_case` and `CamelCase` fall apart; all in lower case.
fn parts(word: &str) -> Vec<String> {
    let mut parts: Vec<String> = vec![String::new()];
    let mut previous_lower = false;
    for character in word.chars() {
        if character == '_' || (character.is_uppercase() && previous_lower) {
            parts.push(String::new());
        }
        previous_lower = character.is_lowercase();
        if character != '_'
            && let Some(part) = parts.last_mut()
        {
            part.extend(character.to_lowercase());
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// Cuts common English endings, so that forms of one word meet.
pub(crate) fn stem(word: &str) -> String {
    if !word.is_ascii() || word.chars().any(|character| character.is_ascii_digit()) {
        return word.to_owned();
    }
    let mut stem = word.to_owned();
    let rules: &[(&str, &str, usize)] = &[
        ("ies", "y", 3),
        ("sses", "ss", 2),
        ("ings", "", 4),
        ("ing", "", 4),
        ("edly", "", 4),
        ("ed", "", 4),
        ("ness", "", 4),
        ("ly", "", 4),
        ("es", "", 2),
        ("s", "", 3),
    ];
    for (ending, instead, least) in rules {
        if stem.len() >= ending.len() + least
            && stem.ends_with(ending)
            && !(*ending == "s" && (stem.ends_with("ss") || stem.ends_with("us")))
        {
            stem.truncate(stem.len() - ending.len());
            stem.push_str(instead);
            undouble(&mut stem);
            break;
        }
    }
    for (ending, instead) in [("ection", "ect"), ("ation", "at"), ("ieval", "iev"), ("oval", "ov")] {
        if stem.len() > ending.len() + 2 && stem.ends_with(ending) {
            stem.truncate(stem.len() - ending.len());
            stem.push_str(instead);
        }
    }
    if stem.len() > 3 && stem.ends_with('e') {
        stem.pop();
    }
    stem
}

/// `running` gives `runn`, which is `run`.
fn undouble(stem: &mut String) {
    let bytes = stem.as_bytes();
    if let [.., one, other] = bytes
        && one == other
        && bytes.len() > 3
        && !matches!(one, b's' | b'l' | b'e' | b'o')
    {
        stem.pop();
    }
}

fn canonical(stem: String) -> String {
    static FIRSTS: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
        let firsts = SYNONYMS.iter().filter_map(|group| Some((group, self::stem(group.first()?))));
        firsts.flat_map(|(group, first)| group.iter().map(move |word| (self::stem(word), first.clone()))).collect()
    });
    FIRSTS.get(&stem).cloned().unwrap_or(stem)
}

/// The questions and statements a prompt consists of, without its code blocks: at sentence ends, line breaks, and
/// where an `and` is followed by a new question.
pub(crate) fn segments(text: &str) -> Vec<String> {
    let mut segments = Vec::new();
    let mut fenced = false;
    for line in readable(text).lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            sentences(line, &mut segments);
        }
        if segments.len() >= MOST_SEGMENTS {
            break;
        }
    }
    segments.truncate(MOST_SEGMENTS);
    segments
}

fn sentences(line: &str, segments: &mut Vec<String>) {
    let mut start = 0;
    let mut characters = line.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let ends = matches!(character, '?' | '!' | ';')
            || (character == '.' && characters.peek().is_none_or(|(_, next)| next.is_whitespace()));
        if ends {
            clauses(&line[start..at + character.len_utf8()], segments);
            start = at + character.len_utf8();
        }
    }
    clauses(&line[start..], segments);
}

fn clauses(sentence: &str, segments: &mut Vec<String>) {
    const NEXT: &[&str] = &[
        " and who ",
        " and what ",
        " and where ",
        " and which ",
        " and how ",
        " and why ",
        ", who ",
        ", what ",
        ", where ",
        ", which ",
        ", how ",
        ", why ",
        " and is ",
        " and does ",
        " also ",
    ];
    let lower = sentence.to_ascii_lowercase();
    let cut = NEXT.iter().filter_map(|next| lower.find(next).map(|at| (at, next.trim_end().len()))).min();
    match cut {
        Some((at, _)) if at > 0 => {
            push(&sentence[..at], segments);
            let rest = sentence[at..].trim_start_matches([' ', ',']);
            let rest = rest.strip_prefix("and ").unwrap_or(rest);
            clauses(rest, segments);
        }
        _ => push(sentence, segments),
    }
}

fn push(segment: &str, segments: &mut Vec<String>) {
    let trimmed = segment.trim();
    if trimmed.chars().any(char::is_alphanumeric) {
        segments.push(trimmed.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_one_word_have_one_stem() {
        for forms in [
            &["compare", "compares", "compared", "comparing"][..],
            &["version", "versions"],
            &["retrieve", "retrieved", "retrieval", "retrieving"],
            &["policy", "policies"],
            &["run", "runs", "running"],
            &["select", "selects", "selection", "selected"],
            &["calculate", "calculation", "calculating"],
            &["class", "classes"],
        ] {
            let stems: std::collections::BTreeSet<_> = forms.iter().map(|form| stem(form)).collect();
            assert_eq!(stems.len(), 1, "{forms:?}: {stems:?}");
        }
    }

    #[test]
    fn identifiers_give_themselves_and_their_parts() {
        assert_eq!(stems("what does `sort_key` do"), ["sort_key", "order", "key"]);
        assert_eq!(stems("UnknownPage"), ["unknownpage", "unknown", "doc"]);
        assert_eq!(stems("helpdesk/corpus.py"), ["helpdesk", "corpus", "py"]);
    }

    #[test]
    fn a_prompt_falls_into_its_questions() {
        let table: [(&str, &[&str]); 6] = [
            ("what is newest?", &["what is newest?"]),
            ("where is newest and who calls it?", &["where is newest", "who calls it?"]),
            ("Version 4.1 wins. Why?", &["Version 4.1 wins.", "Why?"]),
            ("I ran it\n```\nassert 1 == 2\n```\nwhy?", &["I ran it", "why?"]),
            ("🙂", &[]),
            ("also what is x", &["also what is x"]),
        ];
        for (prompt, expected) in table {
            assert_eq!(segments(prompt), expected, "{prompt:?}");
        }
    }

    #[test]
    fn a_long_prompt_is_cut_at_a_character() {
        let long = "é".repeat(READ_BYTES);
        assert_eq!(readable(&long).len(), READ_BYTES);
        assert_eq!(readable(&format!("a{long}")).len(), READ_BYTES - 1);
    }
}
