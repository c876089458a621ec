//! Questions that the index answers: where, what, who calls, what is called, which tests, what is in a file, overview,
//! where a text occurs. Worded as sentences, because every other answer is.

use crate::code::{Code, Mentions};
use crate::words;
use code_index::{Certainty, Symbol, SymbolId, SymbolKind};
use domain::ids::RepoPath;
use domain::task::Subject;
use std::collections::BTreeSet;

/// Most places or names in one sentence.
const LISTED: usize = 5;
/// A description taken from a docstring is cut at this many characters.
const LONGEST_DOC: usize = 220;
/// A signature is cut at this many characters.
const LONGEST_SIGNATURE: usize = 140;
/// A text that is looked for is cut at this many characters.
const LONGEST_TERM: usize = 60;

/// A fact from the index.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fact {
    /// In words.
    pub(crate) text: String,
    /// Where to read it, unless the words say so.
    pub(crate) place: Option<String>,
    /// What it is about.
    pub(crate) about: Option<Subject>,
}

/// What a question wants to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The modules and what they are for.
    Overview,
    /// What a file holds.
    Outline,
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
const PHRASES: &[(Kind, &[&str])] = &[
    (
        Kind::Tests,
        &[
            "which tests",
            "which test",
            "what tests",
            "what test",
            "tests cover",
            "test covers",
            "tests for",
            "tested by",
            "is * tested",
            "are * tested",
            "test coverage",
            "covered by",
            "any test",
            "any tests",
            "tests exercise",
            "there a test",
            "there tests",
            "where are the tests",
        ],
    ),
    (
        Kind::Callees,
        &[
            "what does * call",
            "which functions does",
            "what functions does",
            "callees",
            "what does * use",
            "what does * depend on",
            "calls inside",
            "functions does * call",
            "what is called by",
            "dependencies of",
        ],
    ),
    (
        Kind::Callers,
        &[
            "who calls",
            "what calls",
            "who uses",
            "what uses",
            "callers",
            "caller of",
            "called from",
            "called by",
            "where is * called",
            "where is * used",
            "where are * used",
            "where do we call",
            "where do we use",
            "usages of",
            "uses of",
            "references to",
            "calls to",
            "depends on",
            "who invokes",
            "what invokes",
            "where does * get called",
            "where does * get used",
            "which functions call",
            "which functions use",
            "which code calls",
            "which code uses",
            "who else calls",
            "who else uses",
        ],
    ),
    (
        Kind::Occurrences,
        &[
            "occurrences of",
            "occurrence of",
            "occur",
            "occurs",
            "grep",
            "search for",
            "which lines",
            "which files contain",
            "which files mention",
            "mentioned",
            "where is the string",
            "where is the text",
            "where is the option",
            "where is the setting",
            "where does the string",
            "where does the text",
            "where does the message",
            "where does the option",
            "where is the message",
            "where does * appear",
            "where do * appear",
            "find the string",
            "find the text",
        ],
    ),
    (
        Kind::Outline,
        &[
            "what is in",
            "what's in",
            "whats in",
            "what is inside",
            "what's inside",
            "contents of",
            "outline",
            "functions in",
            "classes in",
            "methods in",
            "methods of",
            "methods does",
            "symbols in",
            "list functions",
            "what does the file",
            "what does the module",
            "defined in",
            "what is this file",
        ],
    ),
    (
        Kind::Overview,
        &[
            "overview",
            "which modules",
            "what modules",
            "list modules",
            "list the modules",
            "list all modules",
            "list of modules",
            "list of files",
            "which files are there",
            "list the files",
            "list files",
            "architecture",
            "structure of",
            "how is * organised",
            "how is * organized",
            "how is * structured",
            "what does this repo",
            "what does this repository",
            "what does this project",
            "what does this codebase",
            "what is this repo",
            "what is this repository",
            "what is this project",
            "what is this codebase",
            "what is this code",
            "tour of",
            "through the code",
            "through the codebase",
            "entry point",
            "entry points",
            "where do i start",
            "where to start",
            "where should i start",
            "main modules",
            "main files",
        ],
    ),
    (
        Kind::Where,
        &[
            "where is",
            "where's",
            "wheres",
            "where are",
            "where can i find",
            "where do i find",
            "where would i find",
            "which file",
            "what file",
            "which module",
            "which line",
            "what line",
            "is defined",
            "definition of",
            "location of",
            "located",
            "find the function",
            "find the class",
            "where does * live",
            "where in the",
        ],
    ),
    (
        Kind::What,
        &[
            "what does",
            "what is",
            "what's",
            "whats",
            "what are",
            "explain",
            "describe",
            "how does",
            "how do",
            "purpose of",
            "tell me about",
            "signature of",
            "signature",
            "arguments",
            "parameters",
            "return",
            "returns",
            "docstring",
            "summary of",
            "summarize",
            "summarise",
            "show me",
            "walk me through",
            "meaning of",
            "what do",
        ],
    ),
];

/// Reads what a question wants to know; `None` if it fits no kind.
pub(crate) fn kind(question: &str, mentions: &Mentions) -> Option<Kind> {
    let words = words::plain(question);
    let fits = |phrase: &str| fits(&words, phrase);
    PHRASES.iter().filter(|(_, phrases)| phrases.iter().any(|phrase| fits(phrase))).map(|(kind, _)| *kind).find(
        |kind| match kind {
            Kind::Outline => !mentions.files.is_empty() || !mentions.symbols.is_empty(),
            Kind::Overview => !mentions.symbols.iter().any(|mention| mention.strong) && mentions.files.is_empty(),
            Kind::Occurrences => !mentions.quoted.is_empty() || !mentions.names.is_empty() || !mentions.is_empty(),
            _ => true,
        },
    )
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

/// Answers a question of a kind; `fallback` is what "it" means when nothing is named.
pub(crate) fn answer(
    code: &Code<'_>,
    kind: Kind,
    question: &str,
    mentions: &Mentions,
    fallback: Option<SymbolId>,
) -> Option<Fact> {
    let symbol = || mentions.first().or(fallback).and_then(|id| code.index.get(id));
    match kind {
        Kind::Overview => overview(code),
        Kind::Outline => mentions.files.first().and_then(|path| outline(code, path)).or_else(|| what(code, symbol()?)),
        Kind::Tests => tests(code, symbol().or_else(|| module(code, mentions))?),
        Kind::Callees => callees(code, symbol()?),
        Kind::Callers => callers(code, symbol().or_else(|| module(code, mentions))?),
        Kind::Occurrences => occurrences(code, mentions).or_else(|| place(code, mentions, fallback)),
        Kind::Where => place(code, mentions, fallback).or_else(|| occurrences(code, mentions)),
        Kind::What if is_about_a_name(code, question, mentions) => {
            let file = mentions.files.first().filter(|_| mentions.symbols.is_empty());
            file.and_then(|path| outline(code, path)).or_else(|| what(code, symbol()?))
        }
        Kind::What if mentions.is_empty() => what(code, fallback.and_then(|id| code.index.get(id))?),
        Kind::What => None,
    }
}

fn module<'a>(code: &Code<'a>, mentions: &Mentions) -> Option<&'a Symbol> {
    mentions.files.iter().find_map(|path| code.index.symbols_in(path).first())
}

/// Whether the question is about something it names, and not about something else in whose words a name happens to
/// stand: "explain the answer" means `answer`, "why is the answer old" does not.
fn is_about_a_name(code: &Code<'_>, question: &str, mentions: &Mentions) -> bool {
    if !mentions.files.is_empty() || mentions.symbols.iter().any(|mention| mention.strong) {
        return true;
    }
    let Some(symbol) = mentions.first().and_then(|id| code.index.get(id)) else { return false };
    const FILLING: &[&str] = &["the", "function", "class", "method", "module", "our", "a", "exactly", "please"];
    let words: Vec<String> = words::plain(question).into_iter().filter(|w| !FILLING.contains(&w.as_str())).collect();
    let joined = format!(" {} ", words.join(" "));
    let name = symbol.name.to_lowercase();
    [
        "what does",
        "what is",
        "what's",
        "explain",
        "describe",
        "how does",
        "purpose of",
        "about",
        "signature of",
        "returns",
    ]
    .iter()
    .any(|start| joined.contains(&format!(" {start} {name} ")))
        && words.len() <= 7
}

/// Where a symbol, or each of several with its name, is defined.
fn place(code: &Code<'_>, mentions: &Mentions, fallback: Option<SymbolId>) -> Option<Fact> {
    let strong = mentions.symbols.iter().find(|mention| mention.strong);
    let ids = strong.or_else(|| mentions.symbols.first()).map(|mention| mention.ids.clone());
    let ids = ids.or_else(|| fallback.map(|id| vec![id]))?;
    let symbols: Vec<&Symbol> = ids.iter().filter_map(|id| code.index.get(*id)).collect();
    let first = symbols.first()?;
    let text = if symbols.len() == 1 {
        let signature = signature(first);
        match first.kind {
            SymbolKind::Module => format!("The module `{}` is the file `{}`.", first.qualified, first.path),
            _ => format!("`{}` is defined in {} as `{signature}`.", first.qualified, code.place(first)),
        }
    } else {
        let places: Vec<String> =
            symbols.iter().map(|symbol| format!("`{}` in {}", symbol.qualified, code.place(symbol))).collect();
        format!("The name `{}` is defined more than once: {}.", first.name, list(&places))
    };
    Some(Fact { text, place: None, about: subject(first) })
}

/// What a symbol is, in two or three sentences.
pub(crate) fn what(code: &Code<'_>, symbol: &Symbol) -> Option<Fact> {
    let sentences = match symbol.kind {
        SymbolKind::Module => return outline(code, &symbol.path),
        SymbolKind::Class => vec![described(symbol), members(code, symbol)],
        kind if kind.is_function() => vec![described(symbol), calls(code, symbol)],
        _ => vec![described(symbol), used(code, symbol)],
    };
    Some(Fact { text: joined(sentences), place: Some(code.place(symbol)), about: subject(symbol) })
}

fn described(symbol: &Symbol) -> Option<String> {
    let signature = signature(symbol);
    Some(match &symbol.doc {
        Some(doc) => format!("`{signature}` is described as \"{}\".", doc_text(doc)),
        None => format!("`{signature}` has no docstring; its body is lines {}-{}.", symbol.lines.0, symbol.lines.1),
    })
}

fn members(code: &Code<'_>, class: &Symbol) -> Option<String> {
    let inside = code.index.symbols_in(&class.path).iter().filter(|symbol| symbol.parent == Some(class.id));
    let (methods, others): (Vec<&Symbol>, Vec<&Symbol>) = inside.partition(|symbol| symbol.kind.is_function());
    let names = |symbols: &[&Symbol]| list(&symbols.iter().map(|s| format!("`{}`", s.name)).collect::<Vec<_>>());
    match (methods.as_slice(), others.as_slice()) {
        ([], []) => None,
        ([], others) => Some(format!("It holds {}.", names(others))),
        (methods, _) => Some(format!("It has the methods {}.", names(methods))),
    }
}

fn calls(code: &Code<'_>, symbol: &Symbol) -> Option<String> {
    let called = inner_callees(code, symbol);
    let callers = caller_names(code, symbol);
    match (called.is_empty(), callers.is_empty()) {
        (true, true) => None,
        (false, true) => Some(format!("It calls {}.", list(&called))),
        (true, false) => Some(format!("It is called from {}.", list(&callers))),
        (false, false) => Some(format!("It calls {} and is called from {}.", list(&called), list(&callers))),
    }
}

fn used(code: &Code<'_>, symbol: &Symbol) -> Option<String> {
    let mut names = Vec::new();
    for reference in code.index.references(symbol.id) {
        if let Some(user) = code.index.get(reference.enclosing) {
            push_name(&mut names, user);
        }
    }
    (!names.is_empty()).then(|| format!("It is used in {}.", list(&names)))
}

fn inner_callees(code: &Code<'_>, symbol: &Symbol) -> Vec<String> {
    let mut names = Vec::new();
    for callee in code.index.callees(symbol.id) {
        if let Some(called) = callee.symbols.first().and_then(|id| code.index.get(*id)) {
            push_name(&mut names, called);
        }
    }
    names
}

/// Callers outside tests, or else those in tests.
fn caller_names(code: &Code<'_>, symbol: &Symbol) -> Vec<String> {
    let sites = code.index.callers(symbol.id);
    let callers: Vec<&Symbol> = sites.iter().filter_map(|site| code.index.get(site.caller)).collect();
    let mut names = Vec::new();
    callers.iter().filter(|caller| !is_test_code(caller)).for_each(|caller| push_name(&mut names, caller));
    if names.is_empty() {
        callers.iter().for_each(|caller| push_name(&mut names, caller));
    }
    names
}

fn push_name(names: &mut Vec<String>, symbol: &Symbol) {
    let name = match symbol.kind {
        SymbolKind::Module => format!("`{}`", symbol.path),
        _ => format!("`{}`", symbol.qualified),
    };
    if !names.contains(&name) {
        names.push(name);
    }
}

fn is_test_code(symbol: &Symbol) -> bool {
    let file = symbol.path.rsplit('/').next().unwrap_or(&symbol.path);
    symbol.is_test || file.starts_with("test_") || file.ends_with("_test.py") || file == "conftest.py"
}

fn callers(code: &Code<'_>, symbol: &Symbol) -> Option<Fact> {
    let sites = code.index.callers(symbol.id);
    let sure = sites.iter().any(|site| site.certainty == Certainty::Definite);
    let mut places: Vec<(bool, String)> = Vec::new();
    for site in sites.iter().filter(|site| !sure || site.certainty == Certainty::Definite) {
        if let Some(caller) = code.index.get(site.caller) {
            let name = match caller.kind {
                SymbolKind::Module => "module level".to_owned(),
                _ => format!("`{}`", caller.qualified),
            };
            places.push((is_test_code(caller), format!("{name} (`{}:{}`)", site.path, site.line)));
        }
    }
    places.sort_by_key(|(test, _)| *test);
    let places: Vec<String> = places.into_iter().map(|(_, place)| place).collect();
    let name = shown_name(symbol);
    let text = match (places.is_empty(), used(code, symbol)) {
        (false, _) if sure => format!("`{name}` is called from {}.", list(&places)),
        (false, _) => format!("Calls that may mean `{name}`, going by the name alone, are in {}.", list(&places)),
        (true, Some(used)) => format!("Nothing in this repository calls `{name}` directly. {used}"),
        (true, None) => format!("Nothing in this repository calls `{name}`; it can only be reached from outside."),
    };
    Some(Fact { text, place: Some(code.place(symbol)), about: subject(symbol) })
}

fn callees(code: &Code<'_>, symbol: &Symbol) -> Option<Fact> {
    let inner = inner_callees(code, symbol);
    let mut outer: Vec<String> = Vec::new();
    for callee in code.index.callees(symbol.id).iter().filter(|callee| callee.symbols.is_empty()) {
        let name = format!("`{}`", callee.name);
        if !outer.contains(&name) {
            outer.push(name);
        }
    }
    let name = shown_name(symbol);
    let text = match (inner.is_empty(), outer.is_empty()) {
        (true, true) => format!("`{name}` calls nothing."),
        (false, true) => format!("`{name}` calls {}.", list(&inner)),
        (true, false) => format!("`{name}` calls nothing of this repository, only {}.", list(&outer)),
        (false, false) => format!("`{name}` calls {}, and from outside {}.", list(&inner), list(&outer)),
    };
    Some(Fact { text, place: Some(code.place(symbol)), about: subject(symbol) })
}

fn tests(code: &Code<'_>, symbol: &Symbol) -> Option<Fact> {
    let tests: Vec<String> =
        code.index.covering_tests(symbol.id).iter().map(|test| format!("`{}`", test.location())).collect();
    let name = shown_name(symbol);
    let text = match tests.len() {
        0 => format!("I find no test that reaches `{name}`."),
        1 => format!("`{name}` is reached by one test, {}.", list(&tests)),
        count => format!("`{name}` is reached by {count} tests, the nearest first: {}.", list(&tests)),
    };
    Some(Fact { text, place: Some(code.place(symbol)), about: subject(symbol) })
}

fn shown_name(symbol: &Symbol) -> &str {
    if symbol.kind == SymbolKind::Module { &symbol.path } else { &symbol.qualified }
}

fn outline(code: &Code<'_>, path: &str) -> Option<Fact> {
    let symbols = code.index.symbols_in(path);
    let about = RepoPath::parse(path).ok().map(|path| Subject { path, symbol: None });
    let Some(module) = symbols.first() else {
        let lines = code.texts?.get(&about.as_ref()?.path)?.lines().count();
        let text =
            format!("`{path}` is no Python file; it has {lines} lines, and I can search it for a text you name.");
        return Some(Fact { text, place: None, about });
    };
    let top = symbols.iter().filter(|symbol| symbol.parent == Some(module.id) && symbol.kind != SymbolKind::Variable);
    let names: Vec<String> = top.map(|symbol| format!("`{}`", symbol.name)).collect();
    let holds = match names.is_empty() {
        true => format!("`{path}` defines no names of its own."),
        false => format!("`{path}` holds {}.", list_of(&names, 2 * LISTED)),
    };
    let doc = module.doc.as_ref().map(|doc| format!("It is described as \"{}\".", doc_text(doc)));
    Some(Fact { text: joined(vec![Some(holds), doc]), place: None, about })
}

fn overview(code: &Code<'_>) -> Option<Fact> {
    let modules: Vec<&Symbol> =
        code.index.symbols().filter(|symbol| symbol.kind == SymbolKind::Module && !is_test_code(symbol)).collect();
    let mut described: Vec<String> = Vec::new();
    for module in &modules {
        if let Some(doc) = module.doc.as_ref().filter(|_| !module.path.ends_with("__init__.py")) {
            described.push(format!("`{}` (\"{}\")", module.path, first_sentence(&doc_text(doc))));
        }
    }
    let plain: Vec<String> = modules.iter().map(|module| format!("`{}`", module.path)).collect();
    let shown = if described.is_empty() { plain } else { described };
    let tests = code.index.symbols().filter(|symbol| symbol.is_test).count();
    let text = match modules.len() {
        0 => "I find no Python module here.".to_owned(),
        count => format!(
            "There are {count} modules, among them {}. The tests are {tests} functions in their own files.",
            list(&shown)
        ),
    };
    Some(Fact { text, place: None, about: None })
}

/// Lines that hold a text which the question quotes or names.
fn occurrences(code: &Code<'_>, mentions: &Mentions) -> Option<Fact> {
    let texts = code.texts?;
    let symbol = mentions.first().and_then(|id| code.index.get(id)).map(|symbol| symbol.name.to_string());
    let term = mentions.quoted.first().cloned().or(symbol).or_else(|| mentions.names.first().cloned())?;
    let term: String = term.trim().chars().filter(|character| *character != '`').take(LONGEST_TERM).collect();
    if term.is_empty() {
        return None;
    }
    let lines = |same: &dyn Fn(&str) -> bool| -> Vec<String> {
        let in_file = |(path, text): (&RepoPath, &std::sync::Arc<str>)| {
            let numbered = text.lines().enumerate().filter(|(_, line)| same(line));
            numbered.map(|(number, _)| format!("`{path}:{}`", number + 1)).collect::<Vec<_>>()
        };
        texts.iter().flat_map(in_file).collect()
    };
    let lower = term.to_lowercase();
    let mut found = lines(&|line| line.contains(&term));
    if found.is_empty() {
        found = lines(&|line| line.to_lowercase().contains(&lower));
    }
    let text = match found.len() {
        0 => format!("The text `{term}` stands nowhere in this repository."),
        1 => format!("The text `{term}` stands in one line, {}.", list(&found)),
        count => format!("The text `{term}` stands in {count} lines: {}.", list(&found)),
    };
    Some(Fact { text, place: None, about: mentions.first().and_then(|id| code.index.get(id)).and_then(subject) })
}

/// One sentence about a symbol that was not asked for.
pub(crate) fn remark(code: &Code<'_>, symbol: &Symbol) -> Option<String> {
    let name = shown_name(symbol);
    let tests = code.index.covering_tests(symbol.id);
    let callers = caller_names(code, symbol);
    match (tests.first(), callers.is_empty()) {
        (Some(test), _) => Some(format!("Side note: the test nearest to `{name}` is `{}`.", test.location())),
        (None, false) => Some(format!("Side note: `{name}` is called from {}.", list(&callers))),
        (None, true) => None,
    }
}

/// The symbols a question that nothing answers comes nearest to, at most two.
pub(crate) fn nearest<'a>(code: &Code<'a>, question: &str) -> Vec<&'a Symbol> {
    let asked: BTreeSet<String> = words::stems(words::readable(question)).into_iter().take(40).collect();
    let mut scored: Vec<(f64, &Symbol)> = code
        .index
        .symbols()
        .filter(|symbol| !is_test_code(symbol) && !symbol.name.starts_with("__"))
        .filter(|symbol| symbol.kind.is_function() || symbol.kind == SymbolKind::Class)
        .map(|symbol| (nearness(&asked, symbol), symbol))
        .collect();
    scored.sort_by(|(one, a), (other, b)| other.total_cmp(one).then_with(|| a.location().cmp(&b.location())));
    scored.into_iter().take(2).map(|(_, symbol)| symbol).collect()
}

fn nearness(asked: &BTreeSet<String>, symbol: &Symbol) -> f64 {
    let name: BTreeSet<String> = words::stems(&symbol.qualified).into_iter().collect();
    let doc: BTreeSet<String> = symbol.doc.iter().flat_map(|doc| words::stems(doc)).collect();
    let misspelt =
        asked.iter().map(|word| crate::matching::likeness(word, &symbol.name.to_lowercase())).fold(0.0, f64::max);
    name.intersection(asked).count() as f64 + 0.4 * doc.intersection(asked).count() as f64 + 0.8 * misspelt
}

/// What a symbol is as the subject of an answer.
pub(crate) fn subject(symbol: &Symbol) -> Option<Subject> {
    let name = (symbol.kind != SymbolKind::Module).then(|| symbol.qualified.to_string());
    RepoPath::parse(&symbol.path).ok().map(|path| Subject { path, symbol: name })
}

fn signature(symbol: &Symbol) -> String {
    let bare = symbol.signature.trim_start_matches("async ").trim_start_matches("def ").trim_start_matches("class ");
    cut(bare.trim_end_matches(':'), LONGEST_SIGNATURE).replace('`', "'")
}

fn doc_text(doc: &str) -> String {
    cut(doc, LONGEST_DOC).trim_end_matches('.').replace('"', "'")
}

fn first_sentence(text: &str) -> &str {
    text.split_inclusive(". ").next().unwrap_or(text).trim_end().trim_end_matches('.')
}

fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{} …", text[..at].trim_end()),
        None => text.to_owned(),
    }
}

fn joined(sentences: Vec<Option<String>>) -> String {
    sentences.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn list(items: &[String]) -> String {
    list_of(items, LISTED)
}

fn list_of(items: &[String], most: usize) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        items if items.len() > most => {
            format!("{} and {} more", items[..most].join(", "), items.len() - most)
        }
        [items @ .., last] => format!("{} and {last}", items.join(", ")),
    }
}
