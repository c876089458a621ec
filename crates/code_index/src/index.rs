//! A whole repository, put together from its files.

use crate::file::{FileIndex, Role};
use crate::grammar::Grammar;
use crate::modules::Modules;
use crate::names::{FastMap, NONE};
use crate::symbol::{OutlineItem, Stats, Symbol, SymbolId, SymbolKind, SyntaxError};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

/// Every Python file of a repository. It never changes: [`Index::with_file`] gives the next one, sharing all other
/// files with it.
#[derive(Debug, Default)]
pub struct Index {
    pub(crate) paths: Vec<Arc<str>>,
    pub(crate) files: Vec<Arc<FileIndex>>,
    pub(crate) symbols: Vec<Arc<[Symbol]>>,
    pub(crate) modules: Modules,
    pub(crate) by_name: FastMap<Arc<str>, Vec<SymbolId>>,
    /// Which files have a name, by the name's hash; made when first asked for.
    pub(crate) holders: OnceLock<FastMap<u64, Vec<u32>>>,
}

impl Index {
    /// Parses texts (path, text) on so many threads, at least one, and puts them together. Paths are relative to the
    /// repository, with slashes; of two texts with one path the later counts.
    pub fn build(files: impl IntoIterator<Item = (String, Arc<str>)>, threads: usize) -> Index {
        let texts: Vec<(String, Arc<str>)> = files.into_iter().collect();
        let next = AtomicUsize::new(0);
        // Each thread takes the next text, so its own results are in rising order but have gaps.
        let work = || {
            let mut parser = Grammar::get().parser();
            let mut done = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let Some((_, text)) = texts.get(number) else { return done };
                done.push((number, FileIndex::parse_with(&mut parser, text)));
            }
        };
        let helpers = threads.clamp(1, texts.len().clamp(1, 64)) - 1;
        let mut parsed = std::thread::scope(|scope| {
            let running: Vec<_> = (0..helpers).map(|_| scope.spawn(work)).collect();
            let mut parsed = work();
            for helper in running {
                match helper.join() {
                    Ok(done) => parsed.extend(done),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            parsed
        });
        parsed.sort_unstable_by_key(|&(number, _)| number);
        Index::assemble(parsed.into_iter().map(|(number, file)| (texts[number].0.as_str(), Arc::new(file))))
    }

    /// Puts parsed files together, such as those a cache still has.
    pub fn assemble<P: Into<Arc<str>>>(files: impl IntoIterator<Item = (P, Arc<FileIndex>)>) -> Index {
        let sorted: BTreeMap<Arc<str>, Arc<FileIndex>> =
            files.into_iter().map(|(path, file)| (path.into(), file)).collect();
        let (paths, files): (Vec<_>, Vec<_>) = sorted.into_iter().unzip();
        let modules = Modules::of(&paths);
        let symbols: Vec<Arc<[Symbol]>> = (0..paths.len())
            .map(|number| symbols_of(number as u32, &paths[number], &files[number], &modules))
            .collect();
        let mut by_name: FastMap<Arc<str>, Vec<SymbolId>> = FastMap::default();
        for symbol in symbols.iter().flat_map(|file| file.iter()) {
            by_name.entry(Arc::clone(&symbol.name)).or_default().push(symbol.id);
        }
        Index { paths, files, symbols, modules, by_name, holders: OnceLock::new() }
    }

    /// The index after one file got a new text, or was added. Only that file is parsed.
    pub fn with_file(&self, path: &str, text: &str) -> Index {
        let changed = std::iter::once((Arc::from(path), Arc::new(FileIndex::parse(text))));
        Index::assemble(self.shared().chain(changed))
    }

    /// The index after a file was removed.
    pub fn without_file(&self, path: &str) -> Index {
        Index::assemble(self.shared().filter(|(kept, _)| **kept != *path))
    }

    fn shared(&self) -> impl Iterator<Item = (Arc<str>, Arc<FileIndex>)> {
        self.paths.iter().cloned().zip(self.files.iter().cloned())
    }

    /// All paths, sorted.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.paths.iter().map(|path| &**path)
    }

    /// The parsed file at a path.
    pub fn file(&self, path: &str) -> Option<&Arc<FileIndex>> {
        self.modules.file(path).map(|number| &self.files[number as usize])
    }

    /// All symbols, file by file, in the order of the text.
    pub fn symbols(&self) -> impl Iterator<Item = &Symbol> {
        self.symbols.iter().flat_map(|file| file.iter())
    }

    /// The symbols of one file in the order of the text, its module first; empty for an unknown path.
    pub fn symbols_in(&self, path: &str) -> &[Symbol] {
        self.modules.file(path).map_or(&[], |number| &self.symbols[number as usize])
    }

    /// The symbol with this number, if the number is of this index.
    pub fn get(&self, id: SymbolId) -> Option<&Symbol> {
        self.symbols.get(id.file as usize)?.get(id.symbol as usize)
    }

    /// The innermost symbol that covers a byte; the module where nothing else does. `None` for an unknown path.
    pub fn enclosing(&self, path: &str, byte: usize) -> Option<&Symbol> {
        let covering = self.symbols_in(path).iter().filter(|symbol| symbol.span.contains(&byte));
        covering.min_by_key(|symbol| symbol.span.len()).or_else(|| self.symbols_in(path).first())
    }

    /// The innermost function or class, or else the module, that covers a line counted from 1; `None` for an unknown
    /// path or a line the file does not have.
    pub fn enclosing_line(&self, path: &str, line: u32) -> Option<&Symbol> {
        let last = self.file(path)?.line_count();
        let has_body = |kind: SymbolKind| kind.is_function() || matches!(kind, SymbolKind::Class | SymbolKind::Module);
        let covering = self.symbols_in(path).iter().filter(|symbol| {
            has_body(symbol.kind) && (1..=last).contains(&line) && symbol.lines.0 <= line && line <= symbol.lines.1
        });
        covering.min_by_key(|symbol| symbol.span.len())
    }

    /// The symbols of a file, nested as they stand in it; empty for an unknown path.
    pub fn outline(&self, path: &str) -> Vec<OutlineItem> {
        let symbols = self.symbols_in(path);
        // A symbol comes after the one it stands in, so from the back every item is complete when it is moved.
        let mut children: Vec<Vec<OutlineItem>> = vec![Vec::new(); symbols.len()];
        for symbol in symbols.iter().skip(1).rev() {
            let mut own = std::mem::take(&mut children[symbol.id.symbol as usize]);
            own.reverse();
            let parent = symbol.parent.map_or(0, |parent| parent.symbol as usize);
            children[parent].push(OutlineItem {
                id: symbol.id,
                name: Arc::clone(&symbol.name),
                kind: symbol.kind,
                signature: Arc::clone(&symbol.signature),
                lines: symbol.lines,
                selection: symbol.selection.clone(),
                children: own,
            });
        }
        let mut top = children.into_iter().next().unwrap_or_default();
        top.reverse();
        top
    }

    /// Where a file is not Python; empty for an unknown path.
    pub fn syntax_errors(&self, path: &str) -> Vec<SyntaxError> {
        self.file(path).map(|file| file.syntax_errors()).unwrap_or_default()
    }

    /// What the index holds.
    pub fn stats(&self) -> Stats {
        let mut stats = Stats { files: self.files.len(), ..Stats::default() };
        for (file, symbols) in self.files.iter().zip(&self.symbols) {
            stats.bytes += file.byte_len();
            stats.lines += file.line_count() as usize;
            stats.symbols += symbols.len();
            stats.references += file.occurrences.iter().filter(|found| found.role != Role::Defined).count();
            stats.broken_files += usize::from(file.error_count > 0);
        }
        stats
    }
}

/// A file's records as symbols of one index.
fn symbols_of(number: u32, path: &Arc<str>, file: &FileIndex, modules: &Modules) -> Arc<[Symbol]> {
    let is_test_file = is_test_file(path);
    let id = |symbol: u32| SymbolId { file: number, symbol };
    let as_symbol = |(place, record): (usize, &crate::file::Record)| Symbol {
        id: id(place as u32),
        path: Arc::clone(path),
        name: Arc::clone(&record.name),
        qualified: Arc::clone(&record.qualified),
        kind: record.kind,
        signature: Arc::clone(&record.signature),
        doc: record.doc.clone(),
        decorators: Arc::clone(&record.decorators),
        span: record.span.start as usize..record.span.end as usize,
        lines: (
            file.line_of(record.span.start),
            file.line_of(record.span.end.saturating_sub(1).max(record.span.start)),
        ),
        selection: record.selection.start as usize..record.selection.end as usize,
        is_test: is_test_file && record.kind.is_function() && record.name.starts_with("test"),
        parent: (record.parent != NONE).then(|| id(record.parent)),
    };
    let mut symbols: Vec<Symbol> = file.records.iter().enumerate().map(as_symbol).collect();
    if let Some(module) = symbols.first_mut() {
        let name = modules.display_name(path);
        module.name = name.rsplit('.').next().unwrap_or(&name).into();
        module.signature = format!("module {name}").into();
        module.qualified = name.into();
    }
    symbols.into()
}

/// Whether a test runner would look for tests in a file of this path.
pub fn is_test_file(path: &str) -> bool {
    let mut parts = path.rsplit('/');
    let file = parts.next().unwrap_or(path);
    file.starts_with("test_")
        || file.ends_with("_test.py")
        || file == "tests.py"
        || parts.any(|folder| matches!(folder, "tests" | "test"))
}
