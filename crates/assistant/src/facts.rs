//! Questions that the index answers: where, what, who calls, what is called, which tests, what is in a file, overview,
//! where a text occurs. What it says is made of statements, which get their words elsewhere.

mod contents;
mod notes;
mod relations;

pub(crate) use self::notes::notes;

use self::contents::{occurrences, outline, overview};
use self::relations::{callees, callers, history, tests, tests_named, used, work};
use crate::code::{Code, Mentions};
use crate::questions::Kind;
use crate::wording::{self, Statement};
use crate::words;
use code_index::{Symbol, SymbolId, SymbolKind};
use domain::ids::RepoPath;
use domain::task::Subject;

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
    /// What it says, in order.
    pub(crate) statements: Vec<Statement>,
    /// Where to read it, unless the words say so.
    pub(crate) place: Option<String>,
    /// What it is about.
    pub(crate) about: Option<Subject>,
    /// It describes what the question names, and the question asks something else about that.
    pub(crate) near: bool,
}

impl Fact {
    fn of(statements: Vec<Statement>, about: Option<Subject>) -> Self {
        Self { statements, place: None, about, near: false }
    }

    fn at(self, place: String) -> Self {
        Self { place: Some(place), ..self }
    }
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
    let statement = match (symbols.as_slice(), first.kind) {
        ([_], SymbolKind::Module) => {
            Statement::new(wording::MODULE, [("name", &first.qualified), ("path", &first.path)])
        }
        ([_], _) => at(code, first),
        _ => {
            let place = |symbol: &&Symbol| format!("`{}` in {}", symbol.qualified, code.place(symbol));
            let places: Vec<String> = symbols.iter().map(place).collect();
            Statement::new(wording::SEVERAL, [("name", &first.name), ("list", &list(&places))])
        }
    };
    Some(Fact::of(vec![statement], subject(first)))
}

/// Where a symbol stands.
fn at(code: &Code<'_>, symbol: &Symbol) -> Statement {
    Statement::new(wording::AT, [("name", &symbol.qualified), ("place", &code.place(symbol))])
}

/// What a symbol is, in two or three sentences.
pub(crate) fn what(code: &Code<'_>, symbol: &Symbol) -> Option<Fact> {
    let statements = match symbol.kind {
        SymbolKind::Module => return outline(code, &symbol.path),
        SymbolKind::Class => class(code, symbol),
        kind if kind.is_function() => function(code, symbol),
        _ => [described(symbol).unwrap_or_else(|| set(symbol))].into_iter().chain(used(code, symbol)).collect(),
    };
    Some(Fact::of(statements, subject(symbol)).at(code.place(symbol)))
}

/// The same, and where else the name is defined.
fn what_of(code: &Code<'_>, mentions: &Mentions, symbol: &Symbol) -> Option<Fact> {
    let mut fact = what(code, symbol)?;
    let misplaced = mentions.symbols.iter().filter_map(|mention| mention.misplaced.as_deref()).next();
    if let Some(asked) = misplaced {
        fact.statements.insert(0, Statement::new(wording::MISPLACED, [("asked", asked)]));
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
        fact.statements.push(Statement::new(wording::ALSO, [("list", &list(&others))]));
    }
    Some(fact)
}

/// What a class says of itself, and what it has in it.
fn class(code: &Code<'_>, class: &Symbol) -> Vec<Statement> {
    let members = members(code, class);
    match (described(class), members.is_empty()) {
        (Some(described), true) => vec![described],
        (Some(described), false) => vec![described, Statement::new(wording::HAS, [("list", &members)])],
        (None, true) => vec![undescribed(class)],
        (None, false) => {
            vec![Statement::new(wording::CLASS_HAS, [("signature", &signature(class)), ("list", &members)])]
        }
    }
}

/// What a function says of itself, and what it has to do with others.
fn function(code: &Code<'_>, symbol: &Symbol) -> Vec<Statement> {
    let line = only_line(code, symbol);
    match (described(symbol), work(code, symbol, true)) {
        (Some(described), _) => [described].into_iter().chain(work(code, symbol, false)).collect(),
        (None, work) => [work.unwrap_or_else(|| undescribed(symbol))].into_iter().chain(line).collect(),
    }
}

fn described(symbol: &Symbol) -> Option<Statement> {
    let doc = doc_text(symbol.doc.as_ref()?);
    Some(Statement::new(wording::DESCRIBED, [("signature", &signature(symbol)), ("doc", &doc)]))
}

fn undescribed(symbol: &Symbol) -> Statement {
    Statement::new(wording::UNDESCRIBED, [("signature", &signature(symbol))])
}

/// Where a value is set.
fn set(symbol: &Symbol) -> Statement {
    let signature = signature(symbol);
    match symbol.qualified.rsplit_once('.') {
        Some((class, _)) => Statement::new(wording::IN_CLASS, [("signature", &signature), ("class", class)]),
        None => Statement::new(wording::AT_TOP, [("signature", &signature)]),
    }
}

/// What a function does that has one line and no docstring.
fn only_line(code: &Code<'_>, symbol: &Symbol) -> Option<Statement> {
    if symbol.doc.is_some() || symbol.lines.1 != symbol.lines.0 + 1 {
        return None;
    }
    let text = code.texts?.get(&RepoPath::parse(&symbol.path).ok()?)?;
    let line = text.lines().nth(symbol.lines.1.checked_sub(1)? as usize)?;
    let line = cut(line.trim(), LONGEST_SIGNATURE).replace('`', "'");
    Some(Statement::new(wording::ONLY_LINE, [("line", &line)]))
}

/// The names in a class: its methods, or else what it holds.
fn members(code: &Code<'_>, class: &Symbol) -> String {
    let inside = code.index.symbols_in(&class.path).iter().filter(|symbol| symbol.parent == Some(class.id));
    let (methods, others): (Vec<&Symbol>, Vec<&Symbol>) = inside.partition(|symbol| symbol.kind.is_function());
    let shown = if methods.is_empty() { others } else { methods };
    list(&shown.iter().map(|symbol| format!("`{}`", symbol.name)).collect::<Vec<_>>())
}

/// What a function surely calls of the repository, as a sentence.
pub(crate) fn called(code: &Code<'_>, symbol: &Symbol) -> Option<String> {
    let called = relations::sure_callees(code, symbol);
    (!called.is_empty()).then(|| format!("`{}` calls {}.", symbol.qualified, list(&called)))
}

pub(crate) fn is_test_code(symbol: &Symbol) -> bool {
    let file = symbol.path.rsplit('/').next().unwrap_or(&symbol.path);
    symbol.is_test || file.starts_with("test_") || file.ends_with("_test.py") || file == "conftest.py"
}

fn shown_name(symbol: &Symbol) -> &str {
    if symbol.kind == SymbolKind::Module { &symbol.path } else { &symbol.qualified }
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
