//! Questions that the index answers: where, what, who calls, what is called, which tests, what is in a file, overview,
//! where a text occurs. Worded as sentences, because every other answer is.

use crate::code::{Code, Mentions};
use crate::questions::Kind;
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
    /// It describes what the question names, and the question asks something else about that.
    pub(crate) near: bool,
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
        Kind::History => history(code, symbol().or_else(|| module(code, mentions))),
        Kind::Tests => match symbol().or_else(|| module(code, mentions)) {
            Some(symbol) => tests(code, symbol),
            None => tests_named(code, question),
        },
        Kind::Callees => callees(code, symbol()?),
        Kind::Callers => callers(code, symbol().or_else(|| module(code, mentions))?),
        Kind::Occurrences => occurrences(code, mentions).or_else(|| place(code, mentions, fallback)),
        Kind::Where if is_about_its_words(code, question, mentions) => None,
        Kind::Where => place(code, mentions, fallback).or_else(|| occurrences(code, mentions)),
        Kind::What if is_about_a_name(code, question, mentions) => {
            let file = mentions.files.first().filter(|_| mentions.symbols.is_empty());
            file.and_then(|path| outline(code, path)).or_else(|| what_of(code, mentions, symbol()?))
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
    const FILLING: &str =
        "the, function, class, dataclass, method, module, our, a, exactly, please, pls, plz, me, to, us";
    let words: Vec<String> = words::plain(question).into_iter().filter(|w| !words::is_among(w, FILLING)).collect();
    const STARTS: &str =
        "what does, what is, what's, explain, describe, how does, purpose of, about, signature of, returns";
    let name = symbol.name.to_lowercase();
    let at = words.iter().position(|word| *word == name);
    at.is_some_and(|at| {
        let before = words[..at].join(" ");
        STARTS.split(", ").any(|start| before.ends_with(start)) && words.len() - at <= 2 && at <= 5
    })
}

/// Whether the only name in the question is a plain word that is not what it looks for: "where are superseded pages
/// dropped" does not ask for the module `pages`.
fn is_about_its_words(code: &Code<'_>, question: &str, mentions: &Mentions) -> bool {
    let marked = mentions.symbols.iter().any(|mention| mention.strong) || !mentions.files.is_empty();
    let Some(symbol) = mentions.first().and_then(|id| code.index.get(id)).filter(|_| !marked) else { return false };
    const FILLING: &str = "where, where's, wheres, is, are, the, function, class, module, file, code, in, of, which, can, \
        i, find, definition, what, line";
    let name = symbol.name.to_lowercase();
    words::plain(question).iter().find(|word| !words::is_among(word, FILLING)) != Some(&name)
}

/// Where a symbol, or each of several with its name, is defined.
fn place(code: &Code<'_>, mentions: &Mentions, fallback: Option<SymbolId>) -> Option<Fact> {
    let strong = mentions.symbols.iter().find(|mention| mention.strong);
    let ids = strong.or_else(|| mentions.symbols.first()).map(|mention| mention.ids.clone());
    let ids = ids.or_else(|| fallback.map(|id| vec![id]))?;
    let symbols: Vec<&Symbol> = ids.iter().filter_map(|id| code.index.get(*id)).collect();
    let first = symbols.first()?;
    let text = if symbols.len() == 1 {
        let signature = cut(&first.signature, LONGEST_SIGNATURE).replace('`', "'");
        match first.kind {
            SymbolKind::Module => format!("The module `{}` is the file `{}`.", first.qualified, first.path),
            _ => format!("`{}` is defined in {} as `{signature}`.", first.qualified, code.place(first)),
        }
    } else {
        let places: Vec<String> =
            symbols.iter().map(|symbol| format!("`{}` in {}", symbol.qualified, code.place(symbol))).collect();
        format!("The name `{}` is defined more than once: {}.", first.name, list(&places))
    };
    Some(Fact { text, place: None, about: subject(first), near: false })
}

/// What a symbol is, in two or three sentences.
pub(crate) fn what(code: &Code<'_>, symbol: &Symbol) -> Option<Fact> {
    let sentences = match symbol.kind {
        SymbolKind::Module => return outline(code, &symbol.path),
        SymbolKind::Class => vec![described(symbol), members(code, symbol)],
        kind if kind.is_function() => vec![described(symbol), only_line(code, symbol), calls(code, symbol)],
        _ => vec![described(symbol), used(code, symbol)],
    };
    Some(Fact { text: joined(sentences), place: Some(code.place(symbol)), about: subject(symbol), near: false })
}

/// The same, and where else the name is defined.
fn what_of(code: &Code<'_>, mentions: &Mentions, symbol: &Symbol) -> Option<Fact> {
    let mut fact = what(code, symbol)?;
    let misplaced = mentions.symbols.iter().filter_map(|mention| mention.misplaced.as_deref()).next();
    if let Some(asked) = misplaced {
        fact.text = format!("There is no `{asked}`, only this one. {}", fact.text);
    }
    let same = mentions.symbols.iter().find(|mention| mention.ids.first() == Some(&symbol.id));
    let others: Vec<String> = same
        .into_iter()
        .flat_map(|mention| mention.ids.iter().skip(1))
        .filter_map(|id| code.index.get(*id))
        .filter(|other| other.kind.is_function() && other.name == symbol.name)
        .map(|other| format!("`{}`", other.qualified))
        .collect();
    if !others.is_empty() {
        fact.text.push_str(&format!(" The name also stands for {}.", list(&others)));
    }
    Some(fact)
}

fn described(symbol: &Symbol) -> Option<String> {
    let signature = signature(symbol);
    Some(match &symbol.doc {
        Some(doc) => format!("`{signature}` is described as \"{}\".", doc_text(doc)),
        None if symbol.kind.is_function() || symbol.kind == SymbolKind::Class => {
            format!("`{signature}` has {} lines and no docstring.", lines(symbol))
        }
        None => match symbol.qualified.rsplit_once('.') {
            Some((class, _)) => format!("`{signature}` is set in `{class}`."),
            None => format!("`{signature}` is set at the top level of its module."),
        },
    })
}

/// What a function does that has one line and no docstring.
fn only_line(code: &Code<'_>, symbol: &Symbol) -> Option<String> {
    if symbol.doc.is_some() || lines(symbol) != 2 {
        return None;
    }
    let text = code.texts?.get(&RepoPath::parse(&symbol.path).ok()?)?;
    let line = text.lines().nth(symbol.lines.1.checked_sub(1)? as usize)?;
    Some(format!("All it does is `{}`.", cut(line.trim(), LONGEST_SIGNATURE).replace('`', "'")))
}

fn lines(symbol: &Symbol) -> u32 {
    symbol.lines.1.saturating_sub(symbol.lines.0) + 1
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

pub(crate) fn is_test_code(symbol: &Symbol) -> bool {
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
    places.dedup();
    let places: Vec<String> = places.into_iter().map(|(_, place)| place).collect();
    let name = shown_name(symbol);
    let text = match (places.is_empty(), used(code, symbol)) {
        (false, _) if sure => format!("`{name}` is called from {}.", list(&places)),
        (false, _) => format!("Calls that may mean `{name}`, going by the name alone, are in {}.", list(&places)),
        (true, Some(used)) => format!("Nothing in this repository calls `{name}` directly. {used}"),
        (true, None) => format!("Nothing in this repository calls `{name}`; it can only be reached from outside."),
    };
    Some(Fact { text, place: None, about: subject(symbol), near: false })
}

fn callees(code: &Code<'_>, symbol: &Symbol) -> Option<Fact> {
    let inner = inner_callees(code, symbol);
    let mut outer: Vec<String> = Vec::new();
    for callee in code.index.callees(symbol.id).iter().filter(|callee| callee.symbols.is_empty()) {
        let name = format!("`{}`", callee.name.trim_start_matches("….").replace('`', "'"));
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
    Some(Fact { text, place: Some(code.place(symbol)), about: subject(symbol), near: false })
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
    Some(Fact { text, place: None, about: subject(symbol), near: false })
}

/// Tests whose names say what the question asks for, or those that hold a number it names.
fn tests_named(code: &Code<'_>, question: &str) -> Option<Fact> {
    let plain = words::stems("test tests tested testing check checks cover covers coverage any all");
    let asked: BTreeSet<String> = words::stems(question).into_iter().filter(|stem| !plain.contains(stem)).collect();
    if let Some(number) = asked.iter().find(|stem| stem.chars().any(|character| character.is_ascii_digit())) {
        let held = lines_with(code, &|path, line| path.starts_with("test") && words::stems(line).contains(number));
        let text = match held.is_empty() {
            true => format!("I find no test with `{number}` in it."),
            false => format!("`{number}` stands in tests at {}.", list(&held)),
        };
        return Some(Fact { text, place: None, about: None, near: false });
    }
    let mut named: Vec<(usize, &Symbol)> = code
        .index
        .symbols()
        .filter(|symbol| symbol.is_test)
        .map(|symbol| (words::stems(&symbol.location()).iter().filter(|stem| asked.contains(*stem)).count(), symbol))
        .filter(|(shared, _)| *shared > 0)
        .collect();
    named.sort_by_key(|(shared, _)| std::cmp::Reverse(*shared));
    let best = named.first()?.0;
    let named: Vec<String> = named
        .iter()
        .take_while(|(shared, _)| *shared == best)
        .map(|(_, test)| format!("`{}`", test.location()))
        .collect();
    let text = format!("Going by their names, these tests come nearest: {}.", list(&named));
    Some(Fact { text, place: None, about: None, near: false })
}

fn history(code: &Code<'_>, symbol: Option<&Symbol>) -> Option<Fact> {
    const SEEN: &str = "I see the files as they are, not who changed them";
    let Some(symbol) = symbol else {
        let text = format!("{SEEN}; the history of a file names author, day and reason of every line.");
        return Some(Fact { text, place: None, about: None, near: false });
    };
    let mut text = format!("{SEEN}; the history of `{}` names author, day and reason of every line.", symbol.path);
    if symbol.kind != SymbolKind::Module {
        text.push_str(&format!(" `{}` is {}.", symbol.qualified, code.place(symbol)));
    }
    Some(Fact { text, place: None, about: subject(symbol), near: false })
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
        return Some(Fact { text, place: None, about, near: false });
    };
    let top = symbols.iter().filter(|symbol| symbol.parent == Some(module.id) && symbol.kind != SymbolKind::Variable);
    let names: Vec<String> = top.map(|symbol| format!("`{}`", symbol.name)).collect();
    let holds = match names.is_empty() {
        true => format!("`{path}` defines no names of its own."),
        false => format!("`{path}` holds {}.", list_of(&names, 2 * LISTED)),
    };
    let doc = module.doc.as_ref().map(|doc| format!("It is described as \"{}\".", doc_text(doc)));
    Some(Fact { text: joined(vec![Some(holds), doc]), place: None, about, near: false })
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
    Some(Fact { text, place: None, about: None, near: false })
}

/// Lines that hold a text which the question quotes or names.
fn occurrences(code: &Code<'_>, mentions: &Mentions) -> Option<Fact> {
    code.texts?;
    let symbol = mentions.first().and_then(|id| code.index.get(id)).map(|symbol| symbol.name.to_string());
    let term = mentions.quoted.first().cloned().or(symbol).or_else(|| mentions.names.first().cloned())?;
    let term: String = term.trim().chars().filter(|character| *character != '`').take(LONGEST_TERM).collect();
    if term.is_empty() {
        return None;
    }
    let lower = term.to_lowercase();
    let mut found = lines_with(code, &|_, line| line.contains(&term));
    if found.is_empty() {
        found = lines_with(code, &|_, line| line.to_lowercase().contains(&lower));
    }
    let text = match found.len() {
        0 => format!("The text `{term}` stands nowhere in this repository."),
        1 => format!("The text `{term}` stands in one line, {}.", list(&found)),
        count => format!("The text `{term}` stands in {count} lines: {}.", list(&found)),
    };
    Some(Fact {
        text,
        place: None,
        about: mentions.first().and_then(|id| code.index.get(id)).and_then(subject),
        near: false,
    })
}

/// Places of the lines that pass, as code; the first argument is the path.
fn lines_with(code: &Code<'_>, passes: &dyn Fn(&str, &str) -> bool) -> Vec<String> {
    let in_file = |(path, text): (&RepoPath, &std::sync::Arc<str>)| {
        let numbered = text.lines().enumerate().filter(|(_, line)| passes(path.as_str(), line));
        numbered.map(|(number, _)| format!("`{path}:{}`", number + 1)).collect::<Vec<_>>()
    };
    code.texts.into_iter().flatten().flat_map(in_file).collect()
}

/// One sentence about a symbol that was not asked for.
pub(crate) fn remark(code: &Code<'_>, symbol: &Symbol) -> Option<String> {
    if is_test_code(symbol) {
        return None;
    }
    let name = shown_name(symbol);
    let tests = code.index.covering_tests(symbol.id);
    let callers = caller_names(code, symbol);
    match (tests.first(), callers.is_empty()) {
        (Some(test), _) => Some(format!("Side note: the test nearest to `{name}` is `{}`.", test.location())),
        (None, false) => Some(format!("Side note: `{name}` is called from {}.", list(&callers))),
        (None, true) => None,
    }
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
