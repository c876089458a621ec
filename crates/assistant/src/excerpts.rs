//! What of a repository goes beside a prompt where the whole of it was asked for: what the prompt names, what calls it
//! and is called by it, what shares its words, then the rest, as much as fits.

use crate::code::{Code, Names};
use crate::near;
use code_index::{Index, Symbol, SymbolKind, is_test_file};
use domain::ids::RepoPath;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::Arc;

/// Bytes that the heading of an excerpt takes beside its path, at most.
const HEADING_BYTES: usize = 40;

/// Excerpts of a repository for a prompt, in at most so many bytes, each under its place. The index must be that of the
/// texts. The same code and prompt give the same excerpts.
pub fn excerpts(index: &Index, texts: &BTreeMap<RepoPath, Arc<str>>, prompt: &str, most: usize) -> String {
    let names = Names::of(index);
    let code = Code { index, names: &names, texts: Some(texts) };
    let mut chosen = Chosen { texts, room: most, order: Vec::new() };
    for symbol in asked_for(&code, prompt) {
        chosen.take(&symbol.path, symbol.lines);
    }
    for path in in_order(texts.keys()) {
        chosen.take(path.as_str(), (1, u32::MAX));
    }
    chosen.text()
}

/// Symbols in the order in which they go along, some more than once.
fn asked_for<'a>(code: &Code<'a>, prompt: &str) -> Vec<&'a Symbol> {
    let mentions = code.mentions(prompt);
    let symbol = |id| code.index.get(id);
    let meant = mentions.symbols.iter().flat_map(|mention| &mention.ids).filter_map(|id| symbol(*id));
    let files = mentions.files.iter().filter_map(|path| code.index.symbols_in(path).first());
    let named: Vec<&Symbol> = meant.filter(|symbol| symbol.kind != SymbolKind::Module).chain(files).collect();
    let callers = named.iter().flat_map(|symbol| code.index.callers(symbol.id)).filter_map(|site| symbol(site.caller));
    let callees = named.iter().flat_map(|symbol| code.index.callees(symbol.id));
    let callees = callees.filter_map(|callee| symbol(*callee.symbols.first()?));
    // A module that calls something is more than what is asked for.
    let around = callers.chain(callees).filter(|symbol| symbol.kind != SymbolKind::Module);
    let (tests, around): (Vec<&Symbol>, Vec<&Symbol>) = around.partition(|symbol| is_test_file(&symbol.path));
    let near = near::nearest(code, prompt);
    named.iter().copied().chain(around).chain(near).chain(tests).collect()
}

/// Code before tests, and tests before what is no Python.
fn in_order<'a>(paths: impl Iterator<Item = &'a RepoPath>) -> Vec<&'a RepoPath> {
    let mut paths: Vec<&RepoPath> = paths.collect();
    paths.sort_by_key(|path| (!path.as_str().ends_with(".py"), is_test_file(path.as_str()), *path));
    paths
}

/// Lines of files, while there is room for them.
struct Chosen<'a> {
    texts: &'a BTreeMap<RepoPath, Arc<str>>,
    room: usize,
    order: Vec<(&'a RepoPath, BTreeSet<u32>)>,
}

impl<'a> Chosen<'a> {
    /// Takes lines (from 1, the last included) that were not taken yet, if there is room for all of them.
    fn take(&mut self, path: &str, (first, last): (u32, u32)) {
        let Some((path, text)) = RepoPath::parse(path).ok().and_then(|path| self.texts.get_key_value(&path)) else {
            return;
        };
        let at = self.order.iter().position(|(known, _)| *known == path);
        let known = |line: &u32| at.is_some_and(|at| self.order[at].1.contains(line));
        let lines = (1..).zip(text.lines()).filter(|(line, _)| (first..=last).contains(line) && !known(line));
        let new: Vec<(u32, &str)> = lines.collect();
        // One more byte ends each line; every stretch gets a heading.
        let bytes = new.iter().map(|(_, line)| line.len() + 1).sum::<usize>();
        let Some(room) = self.room.checked_sub(bytes + path.as_str().len() + HEADING_BYTES) else { return };
        if new.is_empty() {
            return;
        }
        self.room = room;
        let at = at.unwrap_or_else(|| {
            self.order.push((path, BTreeSet::new()));
            self.order.len() - 1
        });
        self.order[at].1.extend(new.iter().map(|(line, _)| line));
    }

    fn text(&self) -> String {
        let mut all = String::new();
        for (path, chosen) in &self.order {
            let lines: Vec<&str> = self.texts.get(*path).map(|text| text.lines().collect()).unwrap_or_default();
            for (first, last) in stretches(chosen) {
                let whole = first == 1 && last as usize == lines.len();
                let place = if whole { path.to_string() } else { format!("{path}, lines {first} to {last}") };
                let _ = writeln!(all, "=== {place}");
                for line in lines.iter().take(last as usize).skip(first.saturating_sub(1) as usize) {
                    let _ = writeln!(all, "{line}");
                }
            }
        }
        all
    }
}

/// Neighbouring lines together.
fn stretches(lines: &BTreeSet<u32>) -> Vec<(u32, u32)> {
    let mut stretches: Vec<(u32, u32)> = Vec::new();
    for line in lines {
        match stretches.last_mut() {
            Some((_, last)) if *line <= last.saturating_add(1) => *last = *line,
            _ => stretches.push((*line, *line)),
        }
    }
    stretches
}
