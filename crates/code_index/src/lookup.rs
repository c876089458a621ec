//! Symbols by the names people give them.

use crate::index::Index;
use crate::symbol::{Symbol, SymbolId, SymbolKind};

/// Whether capitals matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Letters {
    Exact,
    AnyCase,
}

impl Letters {
    fn same(self, a: &str, b: &str) -> bool {
        match self {
            Letters::Exact => a == b,
            Letters::AnyCase => a.chars().flat_map(char::to_lowercase).eq(b.chars().flat_map(char::to_lowercase)),
        }
    }
}

impl Index {
    /// The symbols meant by a name, best first: a short name, `Class.method`, `module.function`, `path::Qual.name`,
    /// a path, or a dotted module. Back quotes and trailing parentheses do not matter. If nothing has exactly that
    /// name, capitals do not matter either.
    pub fn symbol(&self, name: &str) -> Vec<&Symbol> {
        let name = name.trim().trim_matches('`');
        let name = name.split('(').next().unwrap_or(name).trim();
        let exact = self.matching(name, Letters::Exact);
        if exact.is_empty() { self.matching(name, Letters::AnyCase) } else { exact }
    }

    fn matching(&self, name: &str, letters: Letters) -> Vec<&Symbol> {
        if name.is_empty() {
            return Vec::new();
        }
        let (path, name) = name.split_once("::").map_or((None, name), |(path, name)| (Some(path), name));
        if path.is_none() && (name.contains('/') || name.ends_with(".py")) {
            return self.paths_matching(name, letters).filter_map(|file| self.get(module(file))).collect();
        }
        let name = name.replace("::", ".");
        let last = name.rsplit('.').next().unwrap_or(&name);
        let mut found: Vec<(u8, &Symbol)> = self
            .named(last, letters)
            .filter(|symbol| path.is_none_or(|path| is_suffix_at(&symbol.path, path, '/', letters)))
            .filter_map(|symbol| Some((self.fit(symbol, &name, letters)?, symbol)))
            .collect();
        found.sort_by_key(|&(fit, symbol)| (fit, weight(symbol), symbol.id));
        found.into_iter().map(|(_, symbol)| symbol).collect()
    }

    fn named<'i>(&'i self, last: &str, letters: Letters) -> Box<dyn Iterator<Item = &'i Symbol> + 'i> {
        if letters == Letters::Exact {
            let ids = self.by_name.get(last).map_or(&[][..], Vec::as_slice);
            return Box::new(ids.iter().filter_map(|&id| self.get(id)));
        }
        let last = last.to_owned();
        let names = self.by_name.iter().filter(move |(name, _)| letters.same(name, &last));
        Box::new(names.flat_map(|(_, ids)| ids.iter().filter_map(|&id| self.get(id))))
    }

    /// How well a dotted name fits a symbol, 0 best; nothing if it does not.
    fn fit(&self, symbol: &Symbol, name: &str, letters: Letters) -> Option<u8> {
        if letters.same(&symbol.qualified, name) {
            return Some(0);
        }
        let module = self.get(module(symbol.id.file)).map_or("", |module| &module.qualified);
        let whole = match symbol.kind {
            SymbolKind::Module => module.to_owned(),
            _ => format!("{module}.{}", symbol.qualified),
        };
        if letters.same(&whole, name) {
            return Some(0);
        }
        is_suffix_at(&whole, name, '.', letters).then_some(1)
    }

    /// The files whose path is, or ends in, the given one.
    pub(crate) fn paths_matching(&self, path: &str, letters: Letters) -> impl Iterator<Item = u32> {
        let path = path.trim_start_matches("./").trim_start_matches('/');
        let exact = self.paths.iter().position(|known| letters.same(known, path)).map(|file| file as u32);
        let suffixes = self.paths.iter().enumerate().filter(move |(file, known)| {
            !path.is_empty() && Some(*file as u32) != exact && is_suffix_at(known, path, '/', letters)
        });
        exact.into_iter().chain(suffixes.map(|(file, _)| file as u32))
    }
}

fn module(file: u32) -> SymbolId {
    SymbolId { file, symbol: 0 }
}

/// Definitions before data, the code before its tests.
fn weight(symbol: &Symbol) -> (bool, u8) {
    let kind = match symbol.kind {
        SymbolKind::Class => 0,
        SymbolKind::Function | SymbolKind::Method => 1,
        SymbolKind::Module => 2,
        SymbolKind::Constant | SymbolKind::TypeAlias => 3,
        _ => 4,
    };
    (crate::index::is_test_file(&symbol.path), kind)
}

/// Whether a text is, or ends in, another that begins at a boundary.
pub(crate) fn is_suffix_at(whole: &str, part: &str, boundary: char, letters: Letters) -> bool {
    if letters.same(whole, part) {
        return true;
    }
    whole.match_indices(boundary).any(|(at, _)| letters.same(&whole[at + 1..], part))
}
