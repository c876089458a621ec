//! How symbols hang together: who calls whom, which tests reach what, where the history of a line is.

use super::contents::{lines_of, lines_with};
use super::{Fact, at, is_test_code, list, shown_name, signature, subject};
use crate::code::Code;
use crate::wording::{self, Statement};
use crate::words;
use code_index::{Certainty, Symbol, SymbolKind};
use std::collections::BTreeSet;

/// Most tests in one sentence: their names are long.
const LISTED_TESTS: usize = 3;

/// What a function calls and who calls it; `named` with its own name and place, else as "it".
pub(super) fn work(code: &Code<'_>, symbol: &Symbol, named: bool) -> Option<Statement> {
    let callees = list(&inner_callees(code, symbol, Certainty::Definite));
    let callers = list(&caller_names(code, symbol));
    let form = match (callees.is_empty(), callers.is_empty(), named) {
        (true, true, _) => return None,
        (false, true, true) => wording::CALLING,
        (false, true, false) => wording::ITS_CALLING,
        (true, false, true) => wording::CALLED,
        (true, false, false) => wording::ITS_CALLED,
        (false, false, true) => wording::WORK,
        (false, false, false) => wording::ITS_WORK,
    };
    let parts = [("signature", &*signature(symbol)), ("callees", &*callees), ("callers", &*callers)];
    Some(Statement::new(form, parts))
}

pub(super) fn used(code: &Code<'_>, symbol: &Symbol) -> Option<Statement> {
    let users = users(code, symbol);
    (!users.is_empty()).then(|| Statement::new(wording::USED, [("list", &list(&users))]))
}

fn users(code: &Code<'_>, symbol: &Symbol) -> Vec<String> {
    let mut names = Vec::new();
    for reference in code.index.references(symbol.id) {
        if let Some(user) = code.index.get(reference.enclosing) {
            push_name(&mut names, user);
        }
    }
    names
}

/// What of the repository a function calls, as surely as is said.
fn inner_callees(code: &Code<'_>, symbol: &Symbol, certainty: Certainty) -> Vec<String> {
    let mut names = Vec::new();
    for callee in code.index.callees(symbol.id).iter().filter(|callee| callee.certainty == certainty) {
        if let Some(called) = callee.symbols.first().and_then(|id| code.index.get(*id)) {
            push_name(&mut names, called);
        }
    }
    names
}

/// What of the repository a function surely calls.
pub(super) fn sure_callees(code: &Code<'_>, symbol: &Symbol) -> Vec<String> {
    inner_callees(code, symbol, Certainty::Definite)
}

/// What surely calls a symbol.
pub(super) fn sure_callers<'a>(code: &Code<'a>, symbol: &Symbol) -> Vec<&'a Symbol> {
    let mut sites = code.index.callers(symbol.id);
    sites.retain(|site| site.certainty == Certainty::Definite);
    sites.iter().filter_map(|site| code.index.get(site.caller)).collect()
}

/// Sure callers outside tests, or else those in tests.
fn caller_names(code: &Code<'_>, symbol: &Symbol) -> Vec<String> {
    let callers = sure_callers(code, symbol);
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

pub(super) fn callers(code: &Code<'_>, symbol: &Symbol) -> Option<Fact> {
    // What is no function is read and not called, often by way of something whose type nobody knows.
    if matches!(symbol.kind, SymbolKind::Attribute | SymbolKind::Constant | SymbolKind::Variable)
        && code.texts.is_some()
    {
        return lines_of(code, &symbol.name).map(|fact| Fact { about: subject(symbol), ..fact });
    }
    let sites = code.index.callers(symbol.id);
    let sure = sites.iter().any(|site| site.certainty == Certainty::Definite);
    let mut places: Vec<(bool, String)> = Vec::new();
    for site in sites.iter().filter(|site| !sure || site.certainty == Certainty::Definite) {
        if let Some(caller) = code.index.get(site.caller) {
            let name = match caller.kind {
                SymbolKind::Module => "the top level".to_owned(),
                _ => format!("`{}`", caller.qualified),
            };
            places.push((is_test_code(caller), format!("{name} (`{}:{}`)", site.path, site.line)));
        }
    }
    places.sort_by_key(|(test, _)| *test);
    places.dedup();
    let places: Vec<String> = places.into_iter().map(|(_, place)| place).collect();
    let name = shown_name(symbol);
    let (places, users) = (list(&places), list(&users(code, symbol)));
    let (form, list) = match (places.is_empty(), users.is_empty()) {
        (false, _) if sure => (wording::CALLERS, places),
        (false, _) => (wording::MAYBE_CALLERS, places),
        (true, false) => (wording::ONLY_USED, users),
        (true, true) => (wording::UNCALLED, users),
    };
    Some(Fact::of(vec![Statement::new(form, [("name", name), ("list", &list)])], subject(symbol)))
}

pub(super) fn callees(code: &Code<'_>, symbol: &Symbol) -> Option<Fact> {
    let inner = list(&inner_callees(code, symbol, Certainty::Definite));
    let maybe = inner_callees(code, symbol, Certainty::ByName);
    let mut outer: Vec<String> = Vec::new();
    for callee in code.index.callees(symbol.id).iter().filter(|callee| callee.symbols.is_empty()) {
        let name = format!("`{}`", callee.name.trim_start_matches("….").replace('`', "'"));
        if !outer.contains(&name) {
            outer.push(name);
        }
    }
    let name = shown_name(symbol);
    let form = match (inner.is_empty(), outer.is_empty()) {
        (true, true) if maybe.is_empty() => wording::CALLS_NOTHING,
        (true, true) => wording::CALLS_NOTHING_SURELY,
        (false, true) => wording::CALLS_INSIDE,
        (true, false) if maybe.is_empty() => wording::CALLS_OUTSIDE,
        (true, false) => wording::CALLS_OUTSIDE_SURELY,
        (false, false) => wording::CALLS,
    };
    let parts = [("name", name), ("inner", &inner), ("outer", &list(&outer))];
    let maybe = (!maybe.is_empty()).then(|| Statement::new(wording::MAY_CALL, [("list", &list(&maybe))]));
    let statements = [Statement::new(form, parts)].into_iter().chain(maybe).collect();
    Some(Fact::of(statements, subject(symbol)).at(code.place(symbol)))
}

pub(super) fn tests(code: &Code<'_>, symbol: &Symbol) -> Option<Fact> {
    let tests: Vec<String> =
        code.index.covering_tests(symbol.id).iter().map(|test| format!("`{}`", test.location())).collect();
    let name = shown_name(symbol);
    let listed = list(&tests[..tests.len().min(LISTED_TESTS)]);
    let form = match tests.len() {
        0 => wording::UNTESTED,
        1 => wording::ONE_TEST,
        2..=LISTED_TESTS => wording::FEW_TESTS,
        _ => wording::TESTS,
    };
    let parts = [("name", name), ("count", &tests.len().to_string()), ("list", &listed)];
    Some(Fact::of(vec![Statement::new(form, parts)], subject(symbol)))
}

/// Tests whose names say what the question asks for, or those that hold a number it names.
pub(super) fn tests_named(code: &Code<'_>, question: &str) -> Option<Fact> {
    let plain = words::stems("test tests tested testing check checks cover covers coverage any all");
    let asked: BTreeSet<String> = words::stems(question).into_iter().filter(|stem| !plain.contains(stem)).collect();
    if let Some(number) = asked.iter().find(|stem| stem.chars().any(|character| character.is_ascii_digit())) {
        let held = lines_with(code, &|path, line| path.starts_with("test") && words::stems(line).contains(number));
        let form = if held.is_empty() { wording::NUMBER_UNTESTED } else { wording::NUMBER_TESTED };
        return Some(Fact::of(vec![Statement::new(form, [("number", number), ("list", &list(&held))])], None));
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
    Some(Fact::of(vec![Statement::new(wording::TESTS_BY_NAME, [("list", &list(&named))])], None))
}

pub(super) fn history(code: &Code<'_>, symbol: Option<&Symbol>) -> Option<Fact> {
    let Some(symbol) = symbol else { return Some(Fact::of(vec![Statement::new(wording::HISTORY, [])], None)) };
    let of = Statement::new(wording::HISTORY_OF, [("path", &symbol.path)]);
    let at = (symbol.kind != SymbolKind::Module).then(|| at(code, symbol));
    Some(Fact::of([of].into_iter().chain(at).collect(), subject(symbol)))
}
