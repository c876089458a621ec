//! What the index hands out: symbols, references, call sites, outlines, figures.

use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::sync::Arc;

/// Names one symbol of one [`crate::Index`]. Another index, also one made by changing a file, numbers anew: to keep a
/// symbol across changes, keep its path and qualified name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SymbolId {
    pub(crate) file: u32,
    pub(crate) symbol: u32,
}

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SymbolKind {
    /// A whole file.
    Module,
    /// `class`.
    Class,
    /// `def` or an assigned lambda outside a class.
    Function,
    /// `def` or an assigned lambda in a class.
    Method,
    /// An assigned name in capitals, in a module or a class.
    Constant,
    /// Another assigned name of a module, or a local one.
    Variable,
    /// A name assigned in a class body, or through `self` in one of its methods.
    Attribute,
    /// `type Name = …`.
    TypeAlias,
    /// A parameter: only as the target of go to definition, never in the symbol table.
    Parameter,
    /// A name bound by an import that leads out of the indexed files: only as the target of go to definition.
    Import,
}

impl SymbolKind {
    /// Whether such a symbol can be called and has a body of its own.
    pub fn is_function(self) -> bool {
        matches!(self, SymbolKind::Function | SymbolKind::Method)
    }
}

/// Something that has a name and can be seen from outside the function it stands in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Symbol {
    /// Its number in the index it came from.
    pub id: SymbolId,
    /// The file, as given to the index.
    pub path: Arc<str>,
    /// The last part of its name; for a module, the last part of the module's name.
    pub name: Arc<str>,
    /// Its name within the module, such as `Class.method`; for a module, the dotted module name.
    pub qualified: Arc<str>,
    /// What kind of thing it is.
    pub kind: SymbolKind,
    /// The line or lines that introduce it, without comments, on one line: `def f(a, b=1) -> int`.
    pub signature: Arc<str>,
    /// The first paragraph of the docstring, on one line.
    pub doc: Option<Arc<str>>,
    /// Decorators without the `@`, outermost first.
    pub decorators: Arc<[Arc<str>]>,
    /// The bytes it covers, decorators included.
    pub span: Range<usize>,
    /// First and last line, counted from 1.
    pub lines: (u32, u32),
    /// The bytes of the name itself; empty at the start of the file for a module.
    pub selection: Range<usize>,
    /// Whether it is a test function or a test method.
    pub is_test: bool,
    /// The symbol it stands in: nothing for a module.
    pub parent: Option<SymbolId>,
}

impl Symbol {
    /// Whether the function is read like an attribute.
    pub fn is_property(&self) -> bool {
        self.kind == SymbolKind::Method && self.decorators.iter().any(|name| is_property_decorator(name))
    }

    /// `path::qualified`, or the path alone for a module: the form in which symbols are written down elsewhere.
    pub fn location(&self) -> String {
        match self.kind {
            SymbolKind::Module => self.path.to_string(),
            _ => format!("{}::{}", self.path, self.qualified),
        }
    }
}

pub(crate) fn is_property_decorator(name: &str) -> bool {
    let name = name.split('(').next().unwrap_or(name);
    matches!(name.rsplit('.').next(), Some("property" | "cached_property" | "setter" | "getter" | "deleter"))
}

pub(crate) fn is_fixture_decorator(name: &str) -> bool {
    let name = name.split('(').next().unwrap_or(name);
    name.rsplit('.').next() == Some("fixture")
}

/// How sure a link is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// Scopes, imports or types lead there.
    Definite,
    /// Only the name fits, or a subclass may stand in for the class that was found.
    ByName,
}

/// Where an identifier was defined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Definition {
    /// The symbol, unless it is local to a function or leads out of the indexed files.
    pub symbol: Option<SymbolId>,
    /// What kind of thing it is.
    pub kind: SymbolKind,
    /// The file.
    pub path: Arc<str>,
    /// The bytes of the defining name.
    pub selection: Range<usize>,
    /// The line of the defining name, counted from 1.
    pub line: u32,
    /// How sure the link is.
    pub certainty: Certainty,
}

/// What an occurrence of a name does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Usage {
    /// It is called.
    Call,
    /// It is read.
    Read,
    /// It is assigned to again.
    Write,
    /// It is imported.
    Import,
    /// It names an argument, `f(name=…)`.
    Keyword,
}

/// A place where a symbol is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reference {
    /// The file.
    pub path: Arc<str>,
    /// The bytes of the name there.
    pub span: Range<usize>,
    /// The line, counted from 1.
    pub line: u32,
    /// The function, class or module it stands in.
    pub enclosing: SymbolId,
    /// What is done with it.
    pub usage: Usage,
    /// How sure the link is.
    pub certainty: Certainty,
}

/// A place where a function is called, or a property read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CallSite {
    /// The function, class or module that calls.
    pub caller: SymbolId,
    /// The file.
    pub path: Arc<str>,
    /// The bytes of the called name.
    pub span: Range<usize>,
    /// The line, counted from 1.
    pub line: u32,
    /// How sure the link is.
    pub certainty: Certainty,
}

/// Something a function calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Callee {
    /// The name as written, dots included.
    pub name: String,
    /// The symbols it may be, best first; empty when it leads out of the indexed files.
    pub symbols: Vec<SymbolId>,
    /// The bytes of the called name.
    pub span: Range<usize>,
    /// The line, counted from 1.
    pub line: u32,
    /// How sure the link is.
    pub certainty: Certainty,
}

/// One entry of a file's outline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OutlineItem {
    /// The symbol.
    pub id: SymbolId,
    /// Its short name.
    pub name: Arc<str>,
    /// What kind of thing it is.
    pub kind: SymbolKind,
    /// The line that introduces it.
    pub signature: Arc<str>,
    /// First and last line, counted from 1.
    pub lines: (u32, u32),
    /// The bytes of the name.
    pub selection: Range<usize>,
    /// What stands inside it.
    pub children: Vec<OutlineItem>,
}

/// A place where the text is not Python.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SyntaxError {
    /// The bytes that fit nowhere; empty where something is missing.
    pub span: Range<usize>,
    /// The line, counted from 1.
    pub line: u32,
}

/// What an index holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// Files.
    pub files: usize,
    /// Bytes of text.
    pub bytes: usize,
    /// Lines of text.
    pub lines: usize,
    /// Symbols, one module for each file included.
    pub symbols: usize,
    /// Occurrences of names that do not define anything.
    pub references: usize,
    /// Files with syntax errors.
    pub broken_files: usize,
}
