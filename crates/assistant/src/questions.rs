//! What a question wants to know, by the phrases in it.

use crate::code::Mentions;
use crate::words;

/// What a question wants to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The modules and what they are for.
    Overview,
    /// What a file holds.
    Outline,
    /// Who changed a symbol, and when.
    History,
    /// Tests that reach a symbol.
    Tests,
    /// What a symbol calls.
    Callees,
    /// Who calls a symbol.
    Callers,
    /// Lines that hold a text.
    Occurrences,
    /// Where a symbol is defined.
    Where,
    /// What a symbol is and does.
    What,
}

impl Kind {
    /// Whether only the index can answer it: such a question means no written answer unless it is almost one of the
    /// intents.
    pub(crate) fn is_structural(self) -> bool {
        self != Kind::What
    }
}

/// Phrases by kind, the more particular kind first. `*` stands for up to six words.
const PHRASES: &[(Kind, &str)] = &[
    (
        Kind::History,
        "\
        who wrote, who changed, who added, who touched, when was, when did * change, last changed, last change, git \
        blame, git log, which commit, what commit, history of",
    ),
    (
        Kind::Tests,
        "\
        which tests, which test, what tests, what test, tests cover, test covers, tests for, tested by, is * \
        tested, are * tested, test coverage, covered by, any test, any tests, tests exercise, there a test, \
        there tests, where are the tests",
    ),
    (
        Kind::Callees,
        "\
        what does * call, which functions does, what functions does, callees, what does * use, what does * \
        depend on, calls inside, functions does * call, what is called by, dependencies of",
    ),
    (
        Kind::Callers,
        "\
        who calls, what calls, who uses, what uses, callers, caller of, called from, called by, where is * \
        called, where is * used, where are * used, where do we call, where do we use, usages of, uses of, \
        references to, calls to, depends on, who invokes, what invokes, where does * get called, where does * \
        get used, which functions call, which functions use, which code calls, which code uses, who else calls, \
        who else uses",
    ),
    (
        Kind::Occurrences,
        "\
        occurrences of, occurrence of, occur, occurs, grep, search for, which lines, which files contain, which \
        files mention, mentioned, where is the string, where is the text, where is the option, where is the \
        setting, where does the string, where does the text, where does the message, where does the option, \
        where is the message, where does * appear, where do * appear, find the string, find the text",
    ),
    (
        Kind::Outline,
        "\
        what is in, what's in, whats in, what is inside, what's inside, contents of, outline, functions in, \
        classes in, methods in, methods of, methods does, symbols in, list functions, what does the file, what \
        does the module, defined in, what is this file",
    ),
    (
        Kind::Overview,
        "\
        overview, which modules, what modules, list modules, list the modules, list all modules, list of \
        modules, list of files, which files are there, list the files, list files, architecture, structure of, \
        of this repo, of this repository, of this project, of this codebase, of the repo, of the codebase, how is * \
        organised, how is * organized, how is * structured, what does this repo, what does this \
        repository, what does this project, what does this codebase, what is this repo, what is this repository, \
        what is this project, what is this codebase, what is this code, tour of, through the code, through the \
        codebase, entry point, entry points, where do i start, where to start, where should i start, main \
        modules, main files",
    ),
    (
        Kind::Where,
        "\
        where is, where's, wheres, where are, where can i find, where do i find, where would i find, which file, \
        what file, which module, which line, what line, is defined, definition of, location of, located, find \
        the function, find the class, where does * live, where in the",
    ),
    (
        Kind::What,
        "\
        what does, what is, what's, whats, what are, explain, describe, how does, how do, purpose of, tell me \
        about, signature of, signature, arguments, parameters, return, returns, docstring, summary of, \
        summarize, summarise, show me, walk me through, meaning of, what do",
    ),
];

/// Reads what a question wants to know; `None` if it fits no kind.
pub(crate) fn kind(question: &str, mentions: &Mentions) -> Option<Kind> {
    let words = words::plain(question);
    let fits = |phrase: &str| fits(&words, phrase);
    PHRASES.iter().filter(|(_, phrases)| phrases.split(", ").any(fits)).map(|(kind, _)| *kind).find(|kind| match kind {
        Kind::Outline => !mentions.files.is_empty() || !mentions.symbols.is_empty(),
        Kind::Overview => !mentions.symbols.iter().any(|mention| mention.strong) && mentions.files.is_empty(),
        Kind::Occurrences => !mentions.quoted.is_empty() || !mentions.names.is_empty() || !mentions.is_empty(),
        _ => true,
    })
}

/// Whether the words hold a phrase; its `*` stands for one to six words.
fn fits(words: &[String], phrase: &str) -> bool {
    const GAP: usize = 6;
    let (head, tail) = phrase.split_once(" * ").map_or((phrase, None), |(head, tail)| (head, Some(tail)));
    let head: Vec<&str> = head.split(' ').collect();
    let starts_with = |at: usize, part: &[&str]| {
        words.get(at..at + part.len()).is_some_and(|window| window.iter().zip(part).all(|(word, part)| word == part))
    };
    (0..words.len()).filter(|at| starts_with(*at, &head)).any(|at| match tail {
        None => true,
        Some(tail) => {
            let tail: Vec<&str> = tail.split(' ').collect();
            (1..=GAP).any(|gap| starts_with(at + head.len() + gap, &tail))
        }
    })
}
