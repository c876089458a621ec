//! A prompt taken apart: the candidate's own sentences, pasted blocks, names that the repository knows, and details.

use crate::wording::{self, Phrases, Token};
use code_index::{Index, MentionForm, Mentioned};
use std::collections::BTreeSet;
use std::ops::Range;

/// A prompt taken apart.
pub(super) struct Reading<'p> {
    pub(super) text: &'p str,
    /// The candidate's own sentences, without pasted blocks and words to a grader.
    pub(super) sentences: Vec<Sentence>,
    /// Pasted blocks.
    pub(super) pastes: Vec<Paste>,
}

/// One sentence of the candidate's own.
pub(super) struct Sentence {
    pub(super) span: Range<usize>,
    /// Its tokens in lower case with blanks around.
    pub(super) padded: String,
    pub(super) tokens: Vec<Token>,
    /// Names in it that the repository knows.
    pub(super) mentions: Vec<Mention>,
    /// Numbers, quoted words, exceptions and names in it.
    pub(super) details: Vec<Range<usize>>,
    /// It ends with a question mark.
    pub(super) asks: bool,
    /// It is a list of words rather than a sentence.
    pub(super) listing: bool,
}

/// A name that the repository knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mention {
    pub(super) span: Range<usize>,
    pub(super) what: Named,
}

/// What a mention names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Named {
    /// A plain word that is the name of something.
    Word,
    /// A file.
    File,
    /// A symbol.
    Symbol,
    /// A line that a named file has.
    Line,
}

/// A pasted block.
pub(super) struct Paste {
    pub(super) span: Range<usize>,
    pub(super) lines: usize,
    /// It matches the output of a run of this session.
    pub(super) from_run: bool,
}

impl<'p> Reading<'p> {
    pub(super) fn of(index: &Index, text: &'p str, runs: &[String]) -> Self {
        let pastes = pastes(text, runs);
        let prose = blanked(text, &pastes);
        let mentions = mentions(index, &prose);
        let sentences = wording::sentences(&prose)
            .into_iter()
            .filter(|span| !to_grader(prose.get(span.clone()).unwrap_or_default()))
            .map(|span| Sentence::new(&prose, span, &mentions))
            .filter(|sentence| !sentence.tokens.is_empty())
            .collect();
        Self { text, sentences, pastes }
    }

    /// Sentences that say something, not lists of keywords.
    pub(super) fn said(&self) -> impl Iterator<Item = &Sentence> {
        self.sentences.iter().filter(|sentence| !sentence.listing)
    }
}

impl Sentence {
    fn new(prose: &str, span: Range<usize>, all: &[Mention]) -> Self {
        let text = prose.get(span.clone()).unwrap_or_default();
        let mentions: Vec<Mention> = all
            .iter()
            .filter(|mention| span.start <= mention.span.start && mention.span.end <= span.end)
            .cloned()
            .collect();
        let tokens: Vec<Token> = wording::tokens(text)
            .into_iter()
            .map(|token| Token { span: token.span.start + span.start..token.span.end + span.start, lower: token.lower })
            .collect();
        let details =
            details(text).into_iter().map(|detail| detail.start + span.start..detail.end + span.start).collect();
        let listing = is_listing(text, &tokens, &mentions);
        Self {
            padded: wording::padded(text),
            tokens,
            mentions,
            details,
            asks: text.trim_end().ends_with('?'),
            listing,
            span,
        }
    }

    /// Whether one of the phrases stands in it.
    pub(super) fn has(&self, phrases: &[&str]) -> bool {
        wording::has_any(&self.padded, phrases)
    }

    /// Whether a phrase of a list stands in it.
    pub(super) fn speaks(&self, phrases: &Phrases) -> bool {
        phrases.stand_in(&self.padded)
    }

    /// Names it gives in the form of code, or that can only be code.
    pub(super) fn named(&self) -> impl Iterator<Item = &Mention> {
        self.mentions.iter().filter(|mention| mention.what > Named::Word)
    }

    /// Whether it has anything one can hold on to: a name, a number, quoted words.
    pub(super) fn is_concrete(&self) -> bool {
        self.named().next().is_some() || !self.details.is_empty()
    }

    /// Words of content in it.
    pub(super) fn content(&self) -> BTreeSet<String> {
        wording::content(&self.padded)
    }
}

/// Words without which nobody asks or tells anything.
const GRAMMAR: Phrases = Phrases(include_str!("../phrases/grammar.txt"));

/// A sentence is a listing when hardly a word holds the others together, or when most of it is names.
fn is_listing(text: &str, tokens: &[Token], mentions: &[Mention]) -> bool {
    let grammar = tokens.iter().filter(|token| GRAMMAR.has_word(token.lower.as_str())).count();
    let named = tokens
        .iter()
        .filter(|token| mentions.iter().any(|mention| crate::rejection::overlap(&mention.span, &token.span)))
        .count();
    let commas = text.matches([',', ';', '|']).count();
    let plain = tokens.len().saturating_sub(named);
    // Beside names in code, a plain word that is a name too makes no list.
    let names = mentions.iter().filter(|mention| mention.what > Named::Word).count();
    let crowded = names >= 4 && (mentions.len() * 2 > plain || commas + 1 >= mentions.len() && grammar < 5);
    let loose = tokens.len() >= 5 && grammar == 0;
    let bare = mentions.len() > 1 && named > plain;
    crowded || loose || bare
}

/// Phrases addressed to whoever grades.
const TO_GRADER: Phrases = Phrases(include_str!("../phrases/to_grader.txt"));

fn to_grader(sentence: &str) -> bool {
    TO_GRADER.stand_in(&wording::padded(sentence))
}

/// Pasted blocks: fenced ones, tracebacks and test output, and what repeats a run's output line by line.
fn pastes(text: &str, runs: &[String]) -> Vec<Paste> {
    let run_lines: BTreeSet<&str> =
        runs.iter().flat_map(|run| run.lines()).map(str::trim).filter(|line| telling(line)).collect();
    let mut found: Vec<Paste> = Vec::new();
    let mut fenced = false;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim();
        let fence = trimmed.starts_with("```");
        let from_run = run_lines.contains(trimmed) || run_lines.contains(trimmed.trim_start_matches("> "));
        let pasted = fenced || fence || looks_pasted(line) || (from_run && trimmed.len() > 12);
        if pasted {
            let touching = found.last_mut().filter(|last| last.span.end == at);
            match touching {
                Some(last) => {
                    last.span.end = at + line.len();
                    last.lines += 1;
                    last.from_run |= from_run;
                }
                None => found.push(Paste { span: at..at + line.len(), lines: 1, from_run }),
            }
        }
        fenced ^= fence && !(trimmed.len() > 3 && trimmed.ends_with("```"));
        at += line.len();
    }
    found
}

/// Whether a line of output tells one run from another.
fn telling(line: &str) -> bool {
    line.chars().filter(|character| character.is_alphanumeric()).count() >= 6
}

/// Beginnings of lines that tools print.
const PRINTED: &[&str] = &[
    "FAILED ",
    "PASSED ",
    "ERROR ",
    "E   ",
    ">>> ",
    "$ ",
    "Traceback (most recent",
    "File \"",
    "@@ ",
    "diff --git",
    "====",
    "----",
    "____",
];

/// Whether a line looks like the output of a tool, or like code.
fn looks_pasted(line: &str) -> bool {
    let trimmed = line.trim();
    let code = line.starts_with("    ") && trimmed.ends_with([')', ':', ']', '}', ',']);
    let progress = trimmed.ends_with("%]");
    let summary = trimmed.ends_with('s') && [" passed in ", " failed in "].iter().any(|words| trimmed.contains(words));
    code || progress || summary || PRINTED.iter().any(|start| trimmed.starts_with(start) && trimmed.len() > 10)
}

/// The text with pasted blocks as blanks, byte for byte, so that places stay where they are.
fn blanked(text: &str, pastes: &[Paste]) -> String {
    let mut prose = String::with_capacity(text.len());
    for (at, character) in text.char_indices() {
        let pasted = pastes.iter().any(|paste| paste.span.contains(&at));
        match (pasted, character) {
            (true, '\n') | (false, _) => prose.push(character),
            (true, _) => prose.extend(std::iter::repeat_n(' ', character.len_utf8())),
        }
    }
    prose
}

/// Names in a text that the index knows, in order.
fn mentions(index: &Index, text: &str) -> Vec<Mention> {
    index
        .mentions(text)
        .into_iter()
        .map(|mention| Mention {
            what: match (mention.form, mention.what) {
                (MentionForm::Plain, _) => Named::Word,
                (_, Mentioned::File { .. }) => Named::File,
                (_, Mentioned::Symbols { .. }) => Named::Symbol,
                (_, Mentioned::Lines { .. }) => Named::Line,
            },
            span: mention.span,
        })
        .collect()
}

/// Numbers, quoted words, exceptions, names.
fn details(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = wording::tokens(text)
        .into_iter()
        .filter(|token| {
            let word = text.get(token.span.clone()).unwrap_or_default();
            let version = word.strip_prefix(['v', 'V']).unwrap_or(word);
            let number = version.starts_with(|first: char| first.is_ascii_digit());
            let exception = word.len() > 5 && (word.ends_with("Error") || word.ends_with("Exception"));
            number || exception || is_written_as_code(word)
        })
        .map(|token| token.span)
        .collect();
    for mark in ['"', '`'] {
        found.extend(between(text, mark));
    }
    found.extend(between_pair(text, '“', '”'));
    found.extend(single_quoted(text));
    found.sort_by_key(|span| span.start);
    found
}

/// `snake_case`, or `CamelCase` with two humps: a name, known to the index or not.
fn is_written_as_code(word: &str) -> bool {
    let inner = word.trim_matches('_');
    let humps = inner.chars().filter(|letter| letter.is_uppercase()).count();
    (inner.contains('_') || word.len() > inner.len() && inner.len() > 2)
        || (humps > 1 && inner.chars().filter(|letter| letter.is_lowercase()).count() > humps)
}

fn between(text: &str, mark: char) -> Vec<Range<usize>> {
    let places: Vec<usize> = text.match_indices(mark).map(|(at, _)| at).collect();
    places
        .chunks_exact(2)
        .filter_map(|pair| {
            let [open, close] = pair else { return None };
            (close - open > 1).then_some(*open..close + mark.len_utf8())
        })
        .collect()
}

/// `'v9'`: single quotes that are no apostrophes.
fn single_quoted(text: &str) -> Vec<Range<usize>> {
    let free = |character: Option<char>| !character.is_some_and(char::is_alphanumeric);
    let opens =
        text.match_indices('\'').filter(|(at, _)| free(text.get(..*at).and_then(|before| before.chars().next_back())));
    opens
        .filter_map(|(at, _)| {
            let inner = text.get(at + 1..)?;
            let length = inner.find('\'')?;
            let end = at + 1 + length + 1;
            (length > 0 && length < 60 && free(text.get(end..)?.chars().next())).then_some(at..end)
        })
        .collect()
}

fn between_pair(text: &str, open: char, close: char) -> Vec<Range<usize>> {
    text.match_indices(open)
        .filter_map(|(at, _)| {
            let length = text.get(at..)?.find(close)?;
            Some(at..at + length + close.len_utf8())
        })
        .collect()
}
