//! One parsed file, without its path and without its text, so that one parse serves every place the same bytes stand.

use crate::grammar::Grammar;
use crate::names::{NONE, NameId, Names};
use crate::symbol::{SymbolKind, SyntaxError};
use crate::walk::Walk;
use std::ops::Range;
use std::sync::Arc;
use tree_sitter::Parser;

/// What the index knows about one text: its symbols, scopes, bindings and the occurrences of every name. It depends on
/// nothing but the text, so it can be kept under the id of the blob ([`FileIndex::to_bytes`]) and shared by all paths
/// with that content.
#[derive(Debug, Clone, Default)]
pub struct FileIndex {
    pub(crate) bytes: u32,
    pub(crate) lines: Vec<u32>,
    pub(crate) names: Names,
    pub(crate) occurrences: Vec<Occurrence>,
    pub(crate) scopes: Vec<Scope>,
    pub(crate) bindings: Vec<Binding>,
    /// Numbers of bindings, ordered by scope, name and place.
    pub(crate) ordered: Vec<u32>,
    pub(crate) imports: Vec<Import>,
    /// Imports of everything a module exports.
    pub(crate) stars: Vec<u32>,
    /// The names in `__all__`, if it is there.
    pub(crate) exports: Option<Vec<NameId>>,
    pub(crate) records: Vec<Record>,
    pub(crate) errors: Vec<Range<u32>>,
    pub(crate) error_count: u32,
}

impl FileIndex {
    /// Reads a text. Never fails: where it is not Python, the rest is read as well as it goes, and
    /// [`FileIndex::syntax_errors`] says where that was. A text of more than 16 MB, or one on which the parser gives
    /// up, is one syntax error without any symbol but the module.
    pub fn parse(text: &str) -> FileIndex {
        FileIndex::parse_with(&mut Grammar::get().parser(), text)
    }

    pub(crate) fn parse_with(parser: &mut Parser, text: &str) -> FileIndex {
        match crate::grammar::parse(parser, text) {
            Some(tree) => Walk::over(&tree, text),
            None => Walk::nothing(text),
        }
    }

    /// How many places are not Python.
    pub fn syntax_error_count(&self) -> usize {
        self.error_count as usize
    }

    /// Where the text is not Python: the first 64 places.
    pub fn syntax_errors(&self) -> Vec<SyntaxError> {
        self.errors
            .iter()
            .map(|span| SyntaxError { span: span.start as usize..span.end as usize, line: self.line_of(span.start) })
            .collect()
    }

    /// Length of the text in bytes.
    pub fn byte_len(&self) -> usize {
        self.bytes as usize
    }

    /// Lines of the text; an empty one after the last line break counts only in an empty text.
    pub fn line_count(&self) -> u32 {
        match self.lines.last() {
            Some(&start) if start == self.bytes && self.lines.len() > 1 => self.lines.len() as u32 - 1,
            _ => self.lines.len() as u32,
        }
    }

    /// The line of a byte, counted from 1.
    pub(crate) fn line_of(&self, byte: u32) -> u32 {
        self.lines.partition_point(|&start| start <= byte).max(1) as u32
    }

    pub(crate) fn name(&self, occurrence: u32) -> &str {
        self.names.get(self.occurrences[occurrence as usize].name)
    }

    pub(crate) fn span(&self, occurrence: u32) -> Range<usize> {
        let start = self.occurrences[occurrence as usize].start as usize;
        start..start + self.name(occurrence).len()
    }

    /// The occurrence that covers a byte, or ends right before it.
    pub(crate) fn occurrence_at(&self, byte: usize) -> Option<u32> {
        let after = self.occurrences.partition_point(|occurrence| occurrence.start as usize <= byte);
        let candidate = after.checked_sub(1)? as u32;
        (self.span(candidate).end >= byte).then_some(candidate)
    }

    /// All bindings of a name in one scope, in the order of the text.
    pub(crate) fn bindings_in(&self, scope: u32, name: NameId) -> &[u32] {
        let key = |&number: &u32| {
            let binding = &self.bindings[number as usize];
            (binding.scope, binding.name)
        };
        let start = self.ordered.partition_point(|number| key(number) < (scope, name));
        let length = self.ordered[start..].partition_point(|number| key(number) == (scope, name));
        &self.ordered[start..start + length]
    }

    /// The innermost symbol that a scope belongs to.
    pub(crate) fn record_of_scope(&self, mut scope: u32) -> u32 {
        while let Some(found) = self.scopes.get(scope as usize) {
            if found.record != NONE {
                return found.record;
            }
            scope = found.parent;
        }
        0
    }
}

/// An expression as far as resolving follows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Value(pub(crate) u32);

impl Value {
    /// Anything else.
    pub(crate) const UNKNOWN: Value = Value(u32::MAX);
    /// A string, number or collection: surely nothing of this repository.
    pub(crate) const LITERAL: Value = Value(u32::MAX - 1);

    /// The name or attribute that the occurrence ends.
    pub(crate) fn plain(occurrence: u32) -> Value {
        Value(occurrence << 1)
    }

    /// The result of calling it.
    pub(crate) fn called(occurrence: u32) -> Value {
        Value(occurrence << 1 | 1)
    }

    /// The occurrence and whether it is called.
    pub(crate) fn occurrence(self) -> Option<(u32, bool)> {
        (self.0 < Value::LITERAL.0).then_some((self.0 >> 1, self.0 & 1 == 1))
    }

    /// The occurrence, if it is not called.
    pub(crate) fn as_plain(self) -> Option<u32> {
        self.occurrence().and_then(|(occurrence, called)| (!called).then_some(occurrence))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Role {
    /// A name that is read.
    Read,
    /// A name that is bound, or declared global.
    Bound,
    /// The name of a function or class where it is defined.
    Defined,
    /// `.name`; `link` is the value before the dot.
    Attribute,
    /// `.name = …`; `link` is the value before the dot.
    AttributeStore,
    /// `name=…` in a call; `link` is the called value.
    Keyword,
    /// A part of a module's name in an import; `link` is the import.
    ModulePart,
    /// An imported name or its alias; `link` is the import.
    Imported,
}

impl Role {
    pub(crate) const ALL: [Role; 8] = [
        Role::Read,
        Role::Bound,
        Role::Defined,
        Role::Attribute,
        Role::AttributeStore,
        Role::Keyword,
        Role::ModulePart,
        Role::Imported,
    ];
}

/// One identifier in the text. They stand in the order of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Occurrence {
    pub(crate) start: u32,
    pub(crate) name: NameId,
    pub(crate) scope: u32,
    pub(crate) link: u32,
    pub(crate) role: Role,
    pub(crate) called: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum ScopeKind {
    Module,
    Class,
    Function,
    Comprehension,
}

impl ScopeKind {
    pub(crate) const ALL: [ScopeKind; 4] =
        [ScopeKind::Module, ScopeKind::Class, ScopeKind::Function, ScopeKind::Comprehension];
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Scope {
    pub(crate) kind: ScopeKind,
    pub(crate) parent: u32,
    /// The symbol whose body it is, if it has one.
    pub(crate) record: u32,
    /// For a method, the name of its first parameter.
    pub(crate) receiver: NameId,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum BindingKind {
    Parameter,
    Variable,
    /// Through `self.name = …`, in the scope of the class.
    Attribute,
    Function,
    Class,
    Import,
    TypeParameter,
    TypeAlias,
    Global,
    Nonlocal,
}

impl BindingKind {
    pub(crate) const ALL: [BindingKind; 10] = [
        BindingKind::Parameter,
        BindingKind::Variable,
        BindingKind::Attribute,
        BindingKind::Function,
        BindingKind::Class,
        BindingKind::Import,
        BindingKind::TypeParameter,
        BindingKind::TypeAlias,
        BindingKind::Global,
        BindingKind::Nonlocal,
    ];
}

/// One act of giving a name a meaning in a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Binding {
    pub(crate) scope: u32,
    pub(crate) name: NameId,
    pub(crate) occurrence: u32,
    pub(crate) kind: BindingKind,
    /// The symbol, or the import for an import.
    pub(crate) target: u32,
    /// What is assigned.
    pub(crate) value: Value,
    /// The occurrence that names the annotated type.
    pub(crate) annotation: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Import {
    /// Leading dots.
    pub(crate) level: u32,
    /// The dotted module name; empty for `from . import x`.
    pub(crate) module: NameId,
    /// The imported name of a `from … import name`.
    pub(crate) name: NameId,
}

/// A symbol as one file knows it. The first record of a file is its module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) kind: SymbolKind,
    pub(crate) name: Arc<str>,
    pub(crate) qualified: Arc<str>,
    pub(crate) parent: u32,
    /// The scope of its body.
    pub(crate) scope: u32,
    /// The binding that made it.
    pub(crate) binding: u32,
    pub(crate) span: Range<u32>,
    pub(crate) selection: Range<u32>,
    pub(crate) signature: Arc<str>,
    pub(crate) doc: Option<Arc<str>>,
    pub(crate) decorators: Arc<[Arc<str>]>,
    /// Occurrences that name the base classes.
    pub(crate) bases: Vec<u32>,
    /// The occurrence that names the returned type.
    pub(crate) returns: u32,
    /// The first returned value that shows what it is.
    pub(crate) result: Value,
}
