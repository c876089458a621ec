//! What a name stands for: scopes, imports, classes, and as much of types as assignments and annotations show.

use crate::file::{BindingKind, FileIndex, Import, Occurrence, Role, ScopeKind, Value};
use crate::index::Index;
use crate::modules::{above, folder};
use crate::names::NONE;
use crate::symbol::{Certainty, SymbolKind};
use crate::types::Type;
use std::cell::Cell;

/// Steps that one question may take. Cycles of imports, bases and assignments end here.
const FUEL: u32 = 300;

/// So many symbols are offered when only the name fits.
const LIMIT: usize = 16;

/// What an identifier may stand for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// A symbol: file, record.
    Symbol(u32, u32),
    /// A local name or parameter: file, binding.
    Local(u32, u32),
    /// A module.
    File(u32),
    /// A name that is imported from outside: file, binding, dotted name.
    Outside(u32, u32, String),
    /// A package without a file, here or outside.
    Package(String),
}

/// Answers one question about an index.
pub(crate) struct Resolver<'i> {
    pub(crate) index: &'i Index,
    fuel: Cell<u32>,
}

impl<'i> Resolver<'i> {
    pub(crate) fn new(index: &'i Index) -> Self {
        Resolver { index, fuel: Cell::new(FUEL) }
    }

    pub(crate) fn file(&self, number: u32) -> &'i FileIndex {
        &self.index.files[number as usize]
    }

    /// Whether another step may be taken.
    pub(crate) fn step(&self) -> bool {
        let left = self.fuel.get();
        self.fuel.set(left.saturating_sub(1));
        left > 0
    }

    /// What an occurrence stands for, best first, and how sure that is.
    pub(crate) fn resolve(&self, file: u32, occurrence: u32) -> (Vec<Target>, Certainty) {
        if !self.step() {
            return (Vec::new(), Certainty::ByName);
        }
        let index = self.file(file);
        let found = index.occurrences[occurrence as usize];
        let name = index.names.get(found.name);
        let sure = match found.role {
            Role::Read => self.lookup(file, found),
            Role::Bound | Role::Defined => self.bound(file, occurrence, found),
            Role::Attribute | Role::AttributeStore => return self.attribute(file, Value(found.link), name),
            Role::Keyword => self.keyword(file, Value(found.link), name),
            Role::ModulePart => self.module_part(file, occurrence, found.link),
            Role::Imported => {
                let import = index.imports.get(found.link as usize);
                let bound = index.bindings_in(found.scope, found.name);
                let binding = bound.iter().copied().find(|&at| index.bindings[at as usize].occurrence == occurrence);
                import.map_or(Vec::new(), |import| self.import(file, import, binding))
            }
        };
        (sure, Certainty::Definite)
    }

    /// A name that is read: the innermost scope that binds it, then what star imports bring.
    fn lookup(&self, file: u32, found: Occurrence) -> Vec<Target> {
        let index = self.file(file);
        let mut at = found.scope;
        while let Some(scope) = index.scopes.get(at as usize) {
            let visible = scope.kind != ScopeKind::Class || at == found.scope;
            let bindings = if visible { index.bindings_in(at, found.name) } else { &[] };
            let declares = |kind| at != 0 && bindings.iter().any(|&b| index.bindings[b as usize].kind == kind);
            if declares(BindingKind::Global) {
                at = 0;
                continue;
            }
            if !declares(BindingKind::Nonlocal) {
                let targets = self.targets(file, bindings, Some(found.start), false);
                if !targets.is_empty() {
                    return targets;
                }
            }
            at = scope.parent;
        }
        self.starred(file, index.names.get(found.name))
    }

    fn starred(&self, file: u32, name: &str) -> Vec<Target> {
        let index = self.file(file);
        let modules = index.stars.iter().filter_map(|&star| index.imports.get(star as usize));
        for import in modules {
            for module in self.module_files(file, import) {
                let targets = if self.exports(module, name) { self.module_member(module, name) } else { Vec::new() };
                if !targets.is_empty() {
                    return targets;
                }
            }
        }
        Vec::new()
    }

    fn exports(&self, file: u32, name: &str) -> bool {
        let index = self.file(file);
        match &index.exports {
            Some(names) => names.iter().any(|&exported| index.names.get(exported) == name),
            None => !name.starts_with('_'),
        }
    }

    /// A name where it is bound: the binding itself, or the module's for a name declared global.
    fn bound(&self, file: u32, occurrence: u32, found: Occurrence) -> Vec<Target> {
        let index = self.file(file);
        let here = index.bindings_in(found.scope, found.name).iter().copied();
        let own = here.clone().find(|&at| index.bindings[at as usize].occurrence == occurrence);
        match own {
            Some(at) if !matches!(index.bindings[at as usize].kind, BindingKind::Global | BindingKind::Nonlocal) => {
                self.targets(file, &[at], None, true)
            }
            _ => self.lookup(file, found),
        }
    }

    /// What bindings of one name lead to. `in_class` lets attributes made through `self` count.
    fn targets(&self, file: u32, bindings: &[u32], near: Option<u32>, in_class: bool) -> Vec<Target> {
        let index = self.file(file);
        let mut ranked: Vec<(i64, u32)> = Vec::with_capacity(bindings.len());
        for &at in bindings {
            let binding = &index.bindings[at as usize];
            let start = i64::from(index.occurrences[binding.occurrence as usize].start);
            let rank = match binding.kind {
                BindingKind::Global | BindingKind::Nonlocal => continue,
                BindingKind::Attribute if !in_class => continue,
                // The last definition holds, but the first of a property is its getter.
                BindingKind::Function if self.is_accessor(file, binding.target) => i64::MAX,
                BindingKind::Function | BindingKind::Class => -start,
                _ if binding.target != NONE => start,
                // The nearest assignment above is the one that most likely holds.
                _ => match near {
                    Some(near) if start <= i64::from(near) => -start,
                    _ => start,
                },
            };
            ranked.push((rank, at));
        }
        ranked.sort_unstable();
        let mut targets = Vec::new();
        for (_, at) in ranked {
            for target in self.target(file, at) {
                if !targets.contains(&target) && targets.len() < LIMIT {
                    targets.push(target);
                }
            }
        }
        targets
    }

    fn is_accessor(&self, file: u32, record: u32) -> bool {
        let decorators = self.file(file).records.get(record as usize).map(|record| &record.decorators);
        decorators.is_some_and(|names| {
            names.iter().any(|name| {
                name.ends_with(".setter") || name.ends_with(".deleter") || name.rsplit('.').next() == Some("overload")
            })
        })
    }

    fn target(&self, file: u32, at: u32) -> Vec<Target> {
        let index = self.file(file);
        let binding = &index.bindings[at as usize];
        match binding.kind {
            BindingKind::Import => match index.imports.get(binding.target as usize) {
                Some(import) if self.step() => self.import(file, import, Some(at)),
                _ => Vec::new(),
            },
            _ if (binding.target as usize) < index.records.len() => vec![Target::Symbol(file, binding.target)],
            _ => vec![Target::Local(file, at)],
        }
    }

    /// The files that an import's module may be.
    fn module_files(&self, file: u32, import: &Import) -> Vec<u32> {
        let (path, module) = (&self.index.paths[file as usize], self.file(file).names.get(import.module));
        let modules = &self.index.modules;
        if import.level == 0 {
            return modules.absolute(module, path, &self.index.paths);
        }
        let Some(folder) = above(path, import.level) else { return Vec::new() };
        let found = match module {
            "" => modules.file(&format!("{folder}__init__.py")),
            name => modules.within(folder, name),
        };
        found.into_iter().collect()
    }

    /// What an import brings.
    fn import(&self, file: u32, import: &Import, binding: Option<u32>) -> Vec<Target> {
        let index = self.file(file);
        let files = self.module_files(file, import);
        if import.name == NONE {
            if let Some(&first) = files.first() {
                return vec![Target::File(first)];
            }
        } else {
            let name = index.names.get(import.name);
            // In `from . import x` the package must not look for `x` in itself through this very import.
            let others = files.iter().copied().filter(|&found| found != file);
            let found = others.map(|found| self.module_member(found, name)).find(|targets| !targets.is_empty());
            let found = found.or_else(|| self.submodule(file, import, name).map(|found| vec![Target::File(found)]));
            if let Some(found) = found {
                return found;
            }
        }
        let mut name = index.names.get(import.module).to_owned();
        if import.name != NONE {
            name = format!("{name}.{}", index.names.get(import.name));
        }
        match binding {
            Some(binding) if files.is_empty() && !self.is_folder(file, import) => {
                vec![Target::Outside(file, binding, name)]
            }
            _ if files.is_empty() => vec![Target::Package(name)],
            _ => Vec::new(),
        }
    }

    /// Whether an import leads to a folder without `__init__.py` in the repository.
    fn is_folder(&self, file: u32, import: &Import) -> bool {
        let inner = self.file(file).names.get(import.module).replace('.', "/");
        let path = &self.index.paths[file as usize];
        let base = if import.level == 0 { Some("") } else { above(path, import.level) };
        base.is_some_and(|base| {
            let prefix = format!("{base}{inner}/");
            let after = self.index.paths.partition_point(|path| **path < *prefix);
            self.index.paths.get(after).is_some_and(|path| path.starts_with(&prefix))
        })
    }

    fn submodule(&self, file: u32, import: &Import, name: &str) -> Option<u32> {
        let (path, module) = (&self.index.paths[file as usize], self.file(file).names.get(import.module));
        if import.level == 0 {
            let modules = self.index.modules.absolute(&format!("{module}.{name}"), path, &self.index.paths);
            return modules.first().copied();
        }
        let inner = match module {
            "" => name.to_owned(),
            module => format!("{module}.{name}"),
        };
        self.index.modules.within(above(path, import.level)?, &inner)
    }

    /// A name of a module: bound there, a submodule, or brought by a star import.
    fn module_member(&self, file: u32, name: &str) -> Vec<Target> {
        if !self.step() {
            return Vec::new();
        }
        let index = self.file(file);
        if let Some(id) = index.names.find(name) {
            let targets = self.targets(file, index.bindings_in(0, id), None, false);
            if !targets.is_empty() {
                return targets;
            }
        }
        let path = &self.index.paths[file as usize];
        if path.ends_with("__init__.py")
            && let Some(found) = self.index.modules.within(folder(path), name)
        {
            return vec![Target::File(found)];
        }
        self.starred(file, name)
    }

    /// One part of the dotted name in an import: the package up to there.
    fn module_part(&self, file: u32, occurrence: u32, import: u32) -> Vec<Target> {
        let index = self.file(file);
        let Some(&import) = index.imports.get(import as usize) else { return Vec::new() };
        let mine = index.occurrences[occurrence as usize].link;
        let before = index.occurrences[..occurrence as usize]
            .iter()
            .rev()
            .take_while(|found| found.role == Role::ModulePart && found.link == mine)
            .count();
        let name = index.names.get(import.module).split('.').take(before + 1).collect::<Vec<_>>().join(".");
        let path = &self.index.paths[file as usize];
        let found = match import.level {
            0 => self.index.modules.absolute(&name, path, &self.index.paths).first().copied(),
            level => above(path, level).and_then(|folder| self.index.modules.within(folder, &name)),
        };
        vec![found.map_or(Target::Package(name), Target::File)]
    }

    /// `f(name=…)`: the parameter, or the field of a class without a constructor of its own.
    fn keyword(&self, file: u32, callee: Value, name: &str) -> Vec<Target> {
        let Some(callee) = callee.as_plain() else { return Vec::new() };
        let (callees, _) = self.resolve(file, callee);
        for target in callees {
            let Target::Symbol(file, record) = target else { continue };
            let found = match self.file(file).records[record as usize].kind {
                SymbolKind::Class => {
                    let made = self.class_member(file, record, "__init__");
                    let parameter = made.into_iter().find_map(|target| self.parameter(&target, name));
                    parameter.map_or_else(|| self.class_member(file, record, name), |found| vec![found])
                }
                _ => self.parameter(&Target::Symbol(file, record), name).into_iter().collect(),
            };
            if !found.is_empty() {
                return found;
            }
        }
        Vec::new()
    }

    fn parameter(&self, function: &Target, name: &str) -> Option<Target> {
        let &Target::Symbol(file, record) = function else { return None };
        let index = self.file(file);
        let bindings = index.bindings_in(index.records[record as usize].scope, index.names.find(name)?);
        let is_parameter = |&&at: &&u32| index.bindings[at as usize].kind == BindingKind::Parameter;
        bindings.iter().find(is_parameter).map(|&at| Target::Local(file, at))
    }

    fn attribute(&self, file: u32, base: Value, name: &str) -> (Vec<Target>, Certainty) {
        let found = match self.type_of(file, base) {
            Type::Module(module) => self.module_member(module, name),
            Type::Package(package) => self.package_member(file, &package, name),
            Type::Literal => Vec::new(),
            Type::Unknown => return (self.by_name(file, name), Certainty::ByName),
            Type::Instance(class_file, record) | Type::Class(class_file, record) => {
                let found = self.class_member(class_file, record, name);
                if found.is_empty() {
                    // Perhaps a mixin that relies on its other half.
                    return (self.by_name(file, name), Certainty::ByName);
                }
                found
            }
            Type::Super(file, record) => self.inherited(file, record, name),
        };
        (found, Certainty::Definite)
    }

    fn package_member(&self, file: u32, package: &str, name: &str) -> Vec<Target> {
        let whole = format!("{package}.{name}");
        let files = self.index.modules.absolute(&whole, &self.index.paths[file as usize], &self.index.paths);
        vec![files.first().map_or(Target::Package(whole), |&found| Target::File(found))]
    }

    /// A member of a class or of one of its bases.
    pub(crate) fn class_member(&self, file: u32, record: u32, name: &str) -> Vec<Target> {
        if !self.step() {
            return Vec::new();
        }
        let index = self.file(file);
        if let Some(id) = index.names.find(name) {
            let own = self.targets(file, index.bindings_in(index.records[record as usize].scope, id), None, true);
            if !own.is_empty() {
                return own;
            }
        }
        self.inherited(file, record, name)
    }

    fn inherited(&self, file: u32, record: u32, name: &str) -> Vec<Target> {
        let bases = self.bases(file, record);
        let members = bases.into_iter().map(|(file, record)| self.class_member(file, record, name));
        members.into_iter().find(|found| !found.is_empty()).unwrap_or_default()
    }

    /// The classes a class is derived from, as far as they are in the index.
    pub(crate) fn bases(&self, file: u32, record: u32) -> Vec<(u32, u32)> {
        let bases = self.file(file).records[record as usize].bases.iter();
        let class = |&base: &u32| self.resolve(file, base).0.into_iter().find_map(|target| self.as_class(&target));
        bases.filter_map(class).collect()
    }

    pub(crate) fn as_class(&self, target: &Target) -> Option<(u32, u32)> {
        let &Target::Symbol(file, record) = target else { return None };
        (self.file(file).records[record as usize].kind == SymbolKind::Class).then_some((file, record))
    }

    /// Methods and attributes of this name in any class, those of the same file first.
    fn by_name(&self, file: u32, name: &str) -> Vec<Target> {
        let ids = self.index.by_name.get(name).map_or(&[][..], Vec::as_slice);
        let mut found: Vec<(bool, u32, u32)> = ids
            .iter()
            .filter(|id| {
                let records = &self.file(id.file).records;
                let parent = records.get(records[id.symbol as usize].parent as usize);
                parent.is_some_and(|parent| parent.kind == SymbolKind::Class)
            })
            .map(|id| (id.file != file, id.file, id.symbol))
            .collect();
        found.sort_unstable();
        found.truncate(LIMIT);
        found.into_iter().map(|(_, file, record)| Target::Symbol(file, record)).collect()
    }
}
