//! Facts that were not asked for, beside an answer about a symbol.

use super::contents::{lines_of, outline};
use super::relations::{callees, callers, sure_callers, tests, work};
use super::{Fact, at, is_test_code, subject};
use crate::code::Code;
use crate::wording::Statement;
use crate::words;
use code_index::{Symbol, SymbolKind};
use domain::task::Subject;

/// How often each kind of note is among those to choose from: beside answers it is about as common as it is as one.
const OF_CALLERS: usize = 3;
const OF_A_CALLER: usize = 3;
const OF_OTHERS: usize = 2;

/// What can be said beside words about subjects, of whose symbols one is given: who calls it, what its caller calls, what
/// tests it, what stands beside it, where it is named and where it is. None says how a subject works, because a claim may
/// be about that; and none is about what the words speak of already.
pub(crate) fn notes(code: &Code<'_>, symbol: &Symbol, about: &[Subject], said: &str) -> Vec<Statement> {
    if is_test_code(symbol) || !symbol.path.ends_with(".py") {
        return Vec::new();
    }
    let plain = words::plain(said);
    let speaks_of = |what: &str| plain.iter().any(|word| word.starts_with(what));
    let is_named = |name: &str| said.contains(&format!("{name}`"));
    let is_part = symbol.kind != SymbolKind::Module;
    let mut sure = sure_callers(code, symbol);
    if speaks_of("calls") || speaks_of("caller") || sure.iter().any(|caller| is_named(&caller.name)) {
        sure.clear();
    }
    let is_other = |caller: &&&Symbol| !subject(caller).is_some_and(|caller| about.contains(&caller));
    let caller = sure.iter().filter(is_other).find(|caller| caller.kind.is_function() && !is_test_code(caller));
    let is_tested = !speaks_of("test") && !code.index.covering_tests(symbol.id).is_empty();
    let first = |fact: Fact| fact.statements.into_iter().next();
    let notes = [
        (OF_CALLERS, sure.first().and_then(|_| callers(code, symbol)).and_then(first)),
        (OF_A_CALLER, caller.and_then(|caller| work(code, caller, true))),
        (OF_OTHERS, caller.and_then(|caller| callees(code, caller)).and_then(first)),
        (OF_OTHERS, is_tested.then(|| tests(code, symbol)).flatten().and_then(first)),
        (OF_OTHERS, (!is_named(&symbol.path)).then(|| outline(code, &symbol.path)).flatten().and_then(first)),
        (OF_OTHERS, (is_part && !said.contains(&*symbol.path)).then(|| at(code, symbol))),
        (OF_OTHERS, (is_part && !speaks_of("line")).then(|| lines_of(code, &symbol.name)).flatten().and_then(first)),
    ];
    notes.into_iter().flat_map(|(times, note)| note.into_iter().cycle().take(times)).collect()
}
