//! What files hold: their names, their lines, and all of them together.

use super::{Fact, LISTED, LONGEST_TERM, doc_text, first_sentence, is_test_code, list, list_of, subject};
use crate::code::{Code, Mentions};
use crate::wording::{self, Statement};
use code_index::{Symbol, SymbolKind};
use domain::ids::RepoPath;
use domain::task::Subject;

pub(super) fn outline(code: &Code<'_>, path: &str) -> Option<Fact> {
    let symbols = code.index.symbols_in(path);
    let about = RepoPath::parse(path).ok().map(|path| Subject { path, symbol: None });
    let Some(module) = symbols.first() else {
        let lines = code.texts?.get(&about.as_ref()?.path)?.lines().count().to_string();
        return Some(Fact::of(vec![Statement::new(wording::NO_PYTHON, [("path", path), ("lines", &lines)])], about));
    };
    let top = symbols.iter().filter(|symbol| symbol.parent == Some(module.id) && symbol.kind != SymbolKind::Variable);
    let names: Vec<String> = top.map(|symbol| format!("`{}`", symbol.name)).collect();
    let form = if names.is_empty() { wording::OUTLINE_EMPTY } else { wording::OUTLINE };
    let holds = Statement::new(form, [("path", path), ("list", &list_of(&names, 2 * LISTED))]);
    let doc = module.doc.as_ref().map(|doc| Statement::new(wording::OUTLINE_DOC, [("doc", &doc_text(doc))]));
    Some(Fact::of([holds].into_iter().chain(doc).collect(), about))
}

pub(super) fn overview(code: &Code<'_>) -> Option<Fact> {
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
    let form = if modules.is_empty() { wording::NO_MODULE } else { wording::OVERVIEW };
    let parts = [("count", &*modules.len().to_string()), ("list", &*list(&shown)), ("tests", &*tests.to_string())];
    Some(Fact::of(vec![Statement::new(form, parts)], None))
}

/// Lines that hold a text which the question quotes or names.
pub(super) fn occurrences(code: &Code<'_>, mentions: &Mentions) -> Option<Fact> {
    code.texts?;
    let symbol = mentions.first().and_then(|id| code.index.get(id)).map(|symbol| symbol.name.to_string());
    let term = mentions.quoted.first().cloned().or(symbol).or_else(|| mentions.names.first().cloned())?;
    let term: String = term.trim().chars().filter(|character| *character != '`').take(LONGEST_TERM).collect();
    if term.is_empty() {
        return None;
    }
    let about = mentions.first().and_then(|id| code.index.get(id)).and_then(subject);
    lines_of(code, &term).map(|fact| Fact { about, ..fact })
}

/// The lines that hold a text, in any case if none has it as it is.
pub(super) fn lines_of(code: &Code<'_>, term: &str) -> Option<Fact> {
    code.texts?;
    let lower = term.to_lowercase();
    let mut found = lines_with(code, &|_, line| line.contains(term));
    if found.is_empty() {
        found = lines_with(code, &|_, line| line.to_lowercase().contains(&lower));
    }
    let form = match found.len() {
        0 => wording::NOWHERE,
        1 => wording::ONE_LINE,
        _ => wording::LINES,
    };
    let parts = [("term", term), ("count", &*found.len().to_string()), ("list", &*list(&found))];
    Some(Fact::of(vec![Statement::new(form, parts)], None))
}

/// Places of the lines that pass, as code; the first argument is the path.
pub(super) fn lines_with(code: &Code<'_>, passes: &dyn Fn(&str, &str) -> bool) -> Vec<String> {
    let in_file = |(path, text): (&RepoPath, &std::sync::Arc<str>)| {
        let numbered = text.lines().enumerate().filter(|(_, line)| passes(path.as_str(), line));
        numbered.map(|(number, _)| format!("`{path}:{}`", number + 1)).collect::<Vec<_>>()
    };
    code.texts.into_iter().flatten().flat_map(in_file).collect()
}
