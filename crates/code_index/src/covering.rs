//! Which tests reach a symbol.

use crate::file::BindingKind;
use crate::index::{Index, is_test_file};
use crate::links::{Resolved, Use, is_constructor};
use crate::modules::folder;
use crate::resolve::Target;
use crate::symbol::{Certainty, Symbol, SymbolId, SymbolKind, Usage, is_fixture_decorator};
use std::collections::{BTreeMap, BTreeSet};

/// Steps from a test to what it reaches, at most.
const DEPTH: u32 = 8;

/// Symbols looked at for one question, at most.
const VISITS: usize = 2000;

/// A use that may mean more symbols than this says nothing about any of them.
const CHOICES: usize = 6;

/// Methods that run before every test of their class.
const SET_UP: [&str; 5] = ["setUp", "asyncSetUp", "setUpClass", "setup_method", "setup_class"];

/// How far a symbol is from the one asked about: steps, and among them those by name only.
type Distance = (u32, u32);

impl Index {
    /// The test functions that reach a symbol: by using it or through what they use, at most eight steps away; nearest
    /// first, sure ways before those by name only. Fixtures and set-up methods count as used by their tests. For a
    /// module, the tests that reach anything in it.
    pub fn covering_tests(&self, id: SymbolId) -> Vec<&Symbol> {
        let Some(symbol) = self.get(id) else { return Vec::new() };
        let mut queue: BTreeSet<(Distance, SymbolId)> = self.sources(symbol).map(|id| ((0, 0), id)).collect();
        let mut seen: BTreeMap<SymbolId, Distance> = BTreeMap::new();
        let mut resolved = Resolved::default();
        while let Some((distance, next)) = queue.pop_first() {
            if seen.len() >= VISITS || seen.contains_key(&next) {
                continue;
            }
            seen.insert(next, distance);
            if distance.0 < DEPTH {
                let users = self.users(next, &mut resolved).into_iter().filter(|(user, _)| !seen.contains_key(user));
                queue.extend(users.map(|(user, by_name)| ((distance.0 + 1, distance.1 + by_name), user)));
            }
        }
        let mut tests: Vec<(Distance, &Symbol)> = seen
            .into_iter()
            .filter_map(|(found, distance)| Some((distance, self.get(found)?)))
            .filter(|(_, found)| found.is_test && found.id != id)
            .collect();
        tests.sort_by_key(|(distance, test)| (*distance, test.id));
        tests.into_iter().map(|(_, test)| test).collect()
    }

    fn sources<'i>(&'i self, symbol: &'i Symbol) -> impl Iterator<Item = SymbolId> + 'i {
        let is_module = symbol.kind == SymbolKind::Module;
        let all = self.symbols[symbol.id.file as usize].iter().filter(move |_| is_module).map(|inner| inner.id);
        std::iter::once(symbol.id).chain(all)
    }

    /// The functions and classes that use a symbol; 1 beside those by name only.
    fn users(&self, id: SymbolId, resolved: &mut Resolved) -> Vec<(SymbolId, u32)> {
        let Some(symbol) = self.get(id) else { return Vec::new() };
        let mut users: Vec<(SymbolId, u32)> = self.direct_users(&self.uses_with(id, resolved), Certainty::Definite);
        if let Some(class) = symbol.parent.filter(|_| is_special(symbol)) {
            // Nobody writes the name of `__len__`: whoever has the class may run it.
            let certainty = if is_constructor(symbol) { Certainty::Definite } else { Certainty::ByName };
            users.extend(self.direct_users(&self.uses_with(class, resolved), certainty));
        }
        if SET_UP.contains(&&*symbol.name) {
            let siblings = self.symbols[id.file as usize].iter();
            let tests = siblings.filter(|sibling| sibling.parent == symbol.parent && sibling.is_test);
            users.extend(tests.map(|test| (test.id, 0)));
        }
        users.extend(self.fixture_users(symbol).map(|user| (user, 0)));
        // A class that names its own member, as in `@name.setter`, does not thereby run it.
        users.retain(|(user, _)| Some(*user) != symbol.parent);
        users
    }

    fn direct_users(&self, uses: &[Use], weakest: Certainty) -> Vec<(SymbolId, u32)> {
        let counts = |found: &&Use| {
            let sure = found.certainty == Certainty::Definite || found.choices <= CHOICES;
            sure && !matches!(found.usage, Usage::Import | Usage::Keyword)
        };
        let user = |found: &Use| {
            let by_name = found.certainty.max(weakest) == Certainty::ByName;
            (self.enclosing_use(found.file, found.occurrence), u32::from(by_name))
        };
        uses.iter().filter(counts).map(user).filter(|(user, _)| user.symbol != 0).collect()
    }

    /// The functions that ask for a fixture by naming a parameter after it.
    fn fixture_users(&self, symbol: &Symbol) -> impl Iterator<Item = SymbolId> {
        let files = if is_fixture(symbol) { self.files_with(&symbol.name) } else { Vec::new() };
        let reach = reach(&symbol.path);
        let files = files.into_iter().filter(move |&file| match &reach {
            Some(folder) => self.paths[file as usize].starts_with(folder),
            None => file == symbol.id.file,
        });
        files.flat_map(move |file| self.functions_with_parameter(file, &symbol.name))
    }

    fn functions_with_parameter(&self, file: u32, name: &str) -> Vec<SymbolId> {
        let index = &self.files[file as usize];
        let name = index.names.find(name);
        let parameters =
            index.bindings.iter().filter(|found| found.kind == BindingKind::Parameter && Some(found.name) == name);
        let owners = parameters.map(|found| SymbolId { file, symbol: index.scopes[found.scope as usize].record });
        owners.filter(|&owner| self.get(owner).is_some_and(takes_fixtures)).collect()
    }

    /// The fixtures that a parameter of a test stands for, the nearest first.
    pub(crate) fn fixture_behind(&self, target: &Target) -> Vec<SymbolId> {
        let &Target::Local(file, binding) = target else { return Vec::new() };
        let index = &self.files[file as usize];
        let binding = &index.bindings[binding as usize];
        let owner = SymbolId { file, symbol: index.scopes[binding.scope as usize].record };
        if binding.kind != BindingKind::Parameter || !self.get(owner).is_some_and(takes_fixtures) {
            return Vec::new();
        }
        let path = &self.paths[file as usize];
        let named = self.by_name.get(index.names.get(binding.name)).map_or(&[][..], Vec::as_slice);
        let mut fixtures: Vec<&Symbol> = named
            .iter()
            .filter(|&&id| id != owner)
            .filter_map(|&id| self.get(id))
            .filter(|found| is_fixture(found))
            .filter(|found| match reach(&found.path) {
                Some(folder) => path.starts_with(&folder),
                None => found.id.file == file,
            })
            .collect();
        fixtures.sort_by_key(|found| (found.id.file != file, std::cmp::Reverse(found.path.len())));
        fixtures.into_iter().map(|found| found.id).collect()
    }
}

/// The folder in which fixtures of a file can be used; nothing if only in the file itself.
fn reach(path: &str) -> Option<String> {
    let folder = folder(path);
    (&path[folder.len()..] == "conftest.py").then(|| folder.to_owned())
}

fn is_fixture(symbol: &Symbol) -> bool {
    symbol.kind.is_function() && symbol.decorators.iter().any(|name| is_fixture_decorator(name))
}

fn takes_fixtures(symbol: &Symbol) -> bool {
    is_fixture(symbol) || (symbol.is_test && is_test_file(&symbol.path))
}

fn is_special(symbol: &Symbol) -> bool {
    symbol.kind == SymbolKind::Method && symbol.name.starts_with("__") && symbol.name.ends_with("__")
}
