//! From a symbol to its uses and back: go to definition, references, callers, callees.

use crate::file::{BindingKind, FileIndex, Role, Value};
use crate::index::Index;
use crate::names::{FastMap, FoldHasher, NONE};
use crate::resolve::{Resolver, Target};
use crate::symbol::{CallSite, Callee, Certainty, Definition, Reference, Symbol, SymbolId, SymbolKind, Usage};
use std::collections::BTreeSet;
use std::hash::Hasher;

/// A use of a symbol, before it is described.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Use {
    pub(crate) file: u32,
    pub(crate) occurrence: u32,
    pub(crate) usage: Usage,
    pub(crate) certainty: Certainty,
    /// How many symbols it may be.
    pub(crate) choices: usize,
}

/// What occurrences mean, by their name.
#[derive(Debug, Default)]
pub(crate) struct Resolved {
    by_name: FastMap<String, Vec<Meaning>>,
}

#[derive(Debug)]
struct Meaning {
    file: u32,
    occurrence: u32,
    targets: Vec<Target>,
    certainty: Certainty,
}

impl Index {
    /// Go to definition: what the identifier at a byte (or ending right there) stands for, best first. Local names and
    /// parameters come without a symbol, names imported from outside lead to their import. Empty where no identifier
    /// is, for builtins, and for an unknown path.
    pub fn definition_at(&self, path: &str, byte: usize) -> Vec<Definition> {
        let Some(file) = self.modules.file(path) else { return Vec::new() };
        let Some(occurrence) = self.files[file as usize].occurrence_at(byte) else { return Vec::new() };
        let (mut targets, certainty) = Resolver::new(self).resolve(file, occurrence);
        for fixture in targets.iter().flat_map(|target| self.fixture_behind(target)).collect::<Vec<_>>() {
            targets.push(Target::Symbol(fixture.file, fixture.symbol));
        }
        targets.iter().filter_map(|target| self.describe(target, certainty)).collect()
    }

    fn describe(&self, target: &Target, certainty: Certainty) -> Option<Definition> {
        match *target {
            Target::Symbol(file, symbol) => self.define(SymbolId { file, symbol }, certainty),
            Target::File(file) => self.define(SymbolId { file, symbol: 0 }, certainty),
            Target::Local(file, binding) | Target::Outside(file, binding, _) => {
                let index = &self.files[file as usize];
                let binding = index.bindings.get(binding as usize)?;
                let selection = index.span(binding.occurrence);
                let kind = match binding.kind {
                    BindingKind::Parameter => SymbolKind::Parameter,
                    BindingKind::Import => SymbolKind::Import,
                    BindingKind::TypeParameter | BindingKind::TypeAlias => SymbolKind::TypeAlias,
                    _ => SymbolKind::Variable,
                };
                let line = index.line_of(selection.start as u32);
                let path = self.paths[file as usize].clone();
                Some(Definition { symbol: None, kind, path, selection, line, certainty })
            }
            Target::Package(_) => None,
        }
    }

    fn define(&self, id: SymbolId, certainty: Certainty) -> Option<Definition> {
        let symbol = self.get(id)?;
        Some(Definition {
            symbol: Some(id),
            kind: symbol.kind,
            path: symbol.path.clone(),
            selection: symbol.selection.clone(),
            line: self.files[id.file as usize].line_of(symbol.selection.start as u32),
            certainty,
        })
    }

    /// Where a symbol is used, in the order of paths and text. Its own definition is not among them.
    pub fn references(&self, id: SymbolId) -> Vec<Reference> {
        let describe = |found: &Use| {
            let (path, span, line) = self.place(found.file, found.occurrence);
            let enclosing = self.enclosing_use(found.file, found.occurrence);
            Reference { path, span, line, enclosing, usage: found.usage, certainty: found.certainty }
        };
        self.uses(id).iter().map(describe).collect()
    }

    /// Who calls a function, in the order of paths and text: calls of it, reads of a property, and for `__init__` the
    /// calls of its class.
    pub fn callers(&self, id: SymbolId) -> Vec<CallSite> {
        let Some(symbol) = self.get(id) else { return Vec::new() };
        let mut uses = self.uses(id);
        if symbol.is_property() {
            let role = |found: &Use| self.files[found.file as usize].occurrences[found.occurrence as usize].role;
            uses.retain(|found| matches!(role(found), Role::Attribute | Role::AttributeStore));
        } else {
            uses.retain(|found| found.usage == Usage::Call);
        }
        if let (true, Some(class)) = (is_constructor(symbol), symbol.parent) {
            uses.extend(self.uses(class).into_iter().filter(|found| found.usage == Usage::Call));
            uses.sort_by_key(|found| (found.file, found.occurrence));
        }
        let describe = |found: Use| {
            let (path, span, line) = self.place(found.file, found.occurrence);
            let caller = self.enclosing_use(found.file, found.occurrence);
            CallSite { caller, path, span, line, certainty: found.certainty }
        };
        uses.into_iter().map(describe).collect()
    }

    /// What the code inside a symbol calls, in the order of the text: calls, and reads of properties. For a module or
    /// a class, the calls in everything it holds count.
    pub fn callees(&self, id: SymbolId) -> Vec<Callee> {
        let Some(file) = self.files.get(id.file as usize) else { return Vec::new() };
        let mut callees = Vec::new();
        for number in 0..file.occurrences.len() as u32 {
            let found = file.occurrences[number as usize];
            let is_read = matches!(found.role, Role::Read | Role::Attribute);
            if !(found.called || found.role == Role::Attribute) || !is_read || !self.is_inside(id, number) {
                continue;
            }
            let (targets, certainty) = Resolver::new(self).resolve(id.file, number);
            let symbols: Vec<SymbolId> = targets.iter().filter_map(symbol_of).collect();
            let property = |id: &SymbolId| self.get(*id).is_some_and(Symbol::is_property);
            if found.called || (certainty == Certainty::Definite && symbols.iter().any(property)) {
                let (_, span, line) = self.place(id.file, number);
                callees.push(Callee { name: written(file, number), symbols, span, line, certainty });
            }
        }
        callees
    }

    /// Whether an occurrence stands in the body of a symbol of its file.
    fn is_inside(&self, id: SymbolId, occurrence: u32) -> bool {
        let file = &self.files[id.file as usize];
        let mut record = file.record_of_scope(file.occurrences[occurrence as usize].scope);
        while record != id.symbol {
            match file.records.get(record as usize) {
                Some(found) => record = found.parent,
                None => return false,
            }
        }
        true
    }

    /// Every use of a symbol, in the order of files and text.
    pub(crate) fn uses(&self, id: SymbolId) -> Vec<Use> {
        self.uses_with(id, &mut Resolved::default())
    }

    /// The same, for several symbols in turn: what a name's occurrences mean is found out once.
    pub(crate) fn uses_with(&self, id: SymbolId, resolved: &mut Resolved) -> Vec<Use> {
        let Some(symbol) = self.get(id) else { return Vec::new() };
        let ancestors = self.ancestors(symbol);
        let mut uses = Vec::new();
        // An import may give it another name, under which it is then used too.
        let mut names = vec![symbol.name.to_string()];
        let mut next = 0;
        while let Some(name) = names.get(next).cloned() {
            next += 1;
            let found = resolved.by_name.entry(name.clone()).or_insert_with(|| self.resolve_all(&name));
            uses.extend(found.iter().filter_map(|found| self.as_use(found, symbol, &ancestors)));
            for file in self.files_with(&name) {
                for alias in self.aliases_in(file, &name, symbol) {
                    if !names.contains(&alias) {
                        names.push(alias);
                    }
                }
            }
        }
        uses.sort_by_key(|found| (found.file, found.occurrence));
        uses
    }

    /// What every occurrence of a name stands for.
    fn resolve_all(&self, name: &str) -> Vec<Meaning> {
        let mut meanings = Vec::new();
        for file in self.files_with(name) {
            let index = &self.files[file as usize];
            let Some(name) = index.names.find(name) else { continue };
            for (number, found) in index.occurrences.iter().enumerate() {
                if found.name == name && found.role != Role::Defined {
                    let (targets, certainty) = Resolver::new(self).resolve(file, number as u32);
                    meanings.push(Meaning { file, occurrence: number as u32, targets, certainty });
                }
            }
        }
        meanings
    }

    fn as_use(&self, found: &Meaning, symbol: &Symbol, ancestors: &BTreeSet<(u32, u32)>) -> Option<Use> {
        let &Meaning { file, occurrence, ref targets, certainty } = found;
        let at = self.files[file as usize].occurrences[occurrence as usize];
        let is_definition = file == symbol.id.file && at.start as usize == symbol.selection.start;
        if is_definition && symbol.kind != SymbolKind::Module {
            return None;
        }
        // What it overrides may turn out to be it.
        let overridden = |target: &Target| {
            let &Target::Symbol(file, record) = target else { return false };
            let class = self.files[file as usize].records[record as usize].parent;
            class != NONE && ancestors.contains(&(file, class))
        };
        let certainty = if targets.iter().any(|target| symbol_of(target) == Some(symbol.id)) {
            certainty
        } else if !ancestors.is_empty() && targets.iter().any(overridden) {
            Certainty::ByName
        } else {
            return None;
        };
        let usage = usage(at.role, at.called);
        Some(Use { file, occurrence, usage, certainty, choices: targets.len() })
    }

    /// The classes that the class of a method is derived from, at most ten steps up.
    fn ancestors(&self, symbol: &Symbol) -> BTreeSet<(u32, u32)> {
        let mut seen = BTreeSet::new();
        let Some(class) = symbol.parent.filter(|_| symbol.kind == SymbolKind::Method) else { return seen };
        let mut classes = vec![(class.file, class.symbol)];
        for _ in 0..10 {
            let resolver = Resolver::new(self);
            let bases: Vec<_> = classes.iter().flat_map(|&(file, record)| resolver.bases(file, record)).collect();
            classes = bases.into_iter().filter(|base| seen.insert(*base)).collect();
        }
        seen
    }

    /// Other names that imports in a file give to a symbol.
    fn aliases_in(&self, file: u32, name: &str, symbol: &Symbol) -> Vec<String> {
        let index = &self.files[file as usize];
        let Some(name) = index.names.find(name) else { return Vec::new() };
        let renamed = |number: &u32| {
            let binding = &index.bindings[*number as usize];
            let Some(import) = index.imports.get(binding.target as usize) else { return false };
            let imported = if import.name == NONE {
                index.names.get(import.module).rsplit('.').next().unwrap_or_default()
            } else {
                index.names.get(import.name)
            };
            binding.kind == BindingKind::Import && binding.name != name && imported == index.names.get(name)
        };
        let leads = |number: &u32| {
            let (targets, _) = Resolver::new(self).resolve(file, index.bindings[*number as usize].occurrence);
            targets.iter().any(|target| symbol_of(target) == Some(symbol.id))
        };
        let found = (0..index.bindings.len() as u32).filter(renamed).filter(leads);
        found.map(|number| index.name(index.bindings[number as usize].occurrence).to_owned()).collect()
    }

    /// The files in which a name occurs, in order.
    pub(crate) fn files_with(&self, name: &str) -> Vec<u32> {
        let holders = self.holders.get_or_init(|| {
            let mut holders: FastMap<u64, Vec<u32>> = FastMap::default();
            for (number, file) in self.files.iter().enumerate() {
                for name in file.names.iter() {
                    holders.entry(hash(name)).or_default().push(number as u32);
                }
            }
            holders
        });
        let mut files = holders.get(&hash(name)).cloned().unwrap_or_default();
        files.dedup();
        files
    }

    fn place(&self, file: u32, occurrence: u32) -> (std::sync::Arc<str>, std::ops::Range<usize>, u32) {
        let index = &self.files[file as usize];
        let span = index.span(occurrence);
        let line = index.line_of(span.start as u32);
        (self.paths[file as usize].clone(), span, line)
    }

    pub(crate) fn enclosing_use(&self, file: u32, occurrence: u32) -> SymbolId {
        let index = &self.files[file as usize];
        SymbolId { file, symbol: index.record_of_scope(index.occurrences[occurrence as usize].scope) }
    }
}

pub(crate) fn is_constructor(symbol: &Symbol) -> bool {
    matches!(&*symbol.name, "__init__" | "__new__" | "__post_init__")
}

fn symbol_of(target: &Target) -> Option<SymbolId> {
    match *target {
        Target::Symbol(file, symbol) => Some(SymbolId { file, symbol }),
        Target::File(file) => Some(SymbolId { file, symbol: 0 }),
        _ => None,
    }
}

fn usage(role: Role, called: bool) -> Usage {
    match role {
        _ if called => Usage::Call,
        Role::Bound | Role::AttributeStore => Usage::Write,
        Role::ModulePart | Role::Imported => Usage::Import,
        Role::Keyword => Usage::Keyword,
        Role::Read | Role::Attribute | Role::Defined => Usage::Read,
    }
}

/// A called name as written, dots included: `self.store.get`.
fn written(file: &FileIndex, occurrence: u32) -> String {
    let mut parts = vec![file.name(occurrence)];
    let mut at = file.occurrences[occurrence as usize];
    while matches!(at.role, Role::Attribute | Role::AttributeStore) {
        let Some((base, called)) = Value(at.link).occurrence() else {
            parts.push("…");
            break;
        };
        parts.push(if called { "()" } else { "" });
        parts.push(file.name(base));
        at = file.occurrences[base as usize];
    }
    let mut out = String::new();
    for part in parts.into_iter().rev() {
        match part {
            "" => out.push('.'),
            "()" => out.push_str("()."),
            "…" => out.push_str("…."),
            name => out.push_str(name),
        }
    }
    out
}

fn hash(name: &str) -> u64 {
    let mut hasher = FoldHasher::default();
    hasher.write(name.as_bytes());
    hasher.finish()
}
