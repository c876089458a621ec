//! A parsed file as bytes, for a cache.

use crate::error::Error;
use crate::file::{Binding, BindingKind, FileIndex, Import, Occurrence, Record, Role, Scope, ScopeKind, Value};
use crate::names::{NONE, Names};
use crate::symbol::SymbolKind;
use std::sync::Arc;

/// Changes with every change of what is written, or of what parsing finds.
const FORMAT: &[u8; 8] = b"pyindex1";

const KINDS: [SymbolKind; 10] = [
    SymbolKind::Module,
    SymbolKind::Class,
    SymbolKind::Function,
    SymbolKind::Method,
    SymbolKind::Constant,
    SymbolKind::Variable,
    SymbolKind::Attribute,
    SymbolKind::TypeAlias,
    SymbolKind::Parameter,
    SymbolKind::Import,
];

impl FileIndex {
    /// The whole index of the text as bytes, about three times as many as the text has.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer(FORMAT.to_vec());
        out.number(self.bytes);
        out.list(&self.lines, |out, &line| out.number(line));
        out.list(&self.names.iter().collect::<Vec<_>>(), |out, name| out.text(name));
        out.list(&self.occurrences, |out, found| {
            out.numbers([found.start, found.name, found.scope, found.link]);
            out.number(found.role as u32 | u32::from(found.called) << 8);
        });
        out.list(&self.scopes, |out, scope| {
            out.numbers([scope.kind as u32, scope.parent, scope.record, scope.receiver]);
        });
        out.list(&self.bindings, |out, found| {
            out.numbers([found.scope, found.name, found.occurrence, found.kind as u32]);
            out.numbers([found.target, found.value.0, found.annotation]);
        });
        out.list(&self.ordered, |out, &number| out.number(number));
        out.list(&self.imports, |out, import| out.numbers([import.level, import.module, import.name]));
        out.list(&self.stars, |out, &star| out.number(star));
        out.list(self.exports.as_slice(), |out, names| out.list(names, |out, &name| out.number(name)));
        out.list(&self.records, record_to);
        out.list(&self.errors, |out, error| out.numbers([error.start, error.end]));
        out.number(self.error_count);
        out.0
    }

    /// The index that [`FileIndex::to_bytes`] gave.
    ///
    /// # Errors
    /// If the bytes are of another version of this crate, or damaged: then the text has to be parsed again.
    pub fn from_bytes(bytes: &[u8]) -> Result<FileIndex, Error> {
        let mut input = Reader(bytes.strip_prefix(FORMAT).ok_or(Error::Format)?);
        let bytes = input.number()?;
        let lines = input.list(Reader::number)?;
        let mut names = Names::default();
        for name in input.list(Reader::text)? {
            names.intern(&name);
        }
        let file = FileIndex {
            bytes,
            lines,
            names,
            occurrences: input.list(|input| {
                let [start, name, scope, link, role] = input.numbers()?;
                let (role, called) = (input.one_of(&Role::ALL, role & 0xff)?, role >> 8 == 1);
                Ok(Occurrence { start, name, scope, link, role, called })
            })?,
            scopes: input.list(|input| {
                let [kind, parent, record, receiver] = input.numbers()?;
                Ok(Scope { kind: input.one_of(&ScopeKind::ALL, kind)?, parent, record, receiver })
            })?,
            bindings: input.list(|input| {
                let [scope, name, occurrence, kind, target, value, annotation] = input.numbers()?;
                let kind = input.one_of(&BindingKind::ALL, kind)?;
                Ok(Binding { scope, name, occurrence, kind, target, value: Value(value), annotation })
            })?,
            ordered: input.list(Reader::number)?,
            imports: input.list(|input| {
                let [level, module, name] = input.numbers()?;
                Ok(Import { level, module, name })
            })?,
            stars: input.list(Reader::number)?,
            exports: input.list(|input| input.list(Reader::number))?.pop(),
            records: input.list(record_from)?,
            errors: input.list(|input| {
                let [start, end] = input.numbers()?;
                Ok(start..end)
            })?,
            error_count: input.number()?,
        };
        if input.0.is_empty() && file.is_consistent() { Ok(file) } else { Err(Error::Damaged) }
    }

    /// Whether every number leads to something, so that nothing needs to be checked again.
    fn is_consistent(&self) -> bool {
        let in_range = |number: u32, length: usize| (number as usize) < length;
        let optional = |number: u32, length: usize| number == NONE || in_range(number, length);
        let (names, occurrences) = (self.names.len(), self.occurrences.len());
        let value = |value: Value| value.occurrence().is_none_or(|(number, _)| in_range(number, occurrences));
        let link = |number: usize, found: &Occurrence| match found.role {
            // What stands before a dot comes earlier: so chains end.
            Role::Attribute | Role::AttributeStore | Role::Keyword => {
                Value(found.link).occurrence().is_none_or(|(base, _)| in_range(base, number))
            }
            _ => optional(found.link, self.imports.len()),
        };
        !self.scopes.is_empty()
            && !self.records.is_empty()
            && !self.lines.is_empty()
            && self.ordered.len() == self.bindings.len()
            && self.occurrences.iter().enumerate().all(|(number, found)| {
                in_range(found.name, names) && in_range(found.scope, self.scopes.len()) && link(number, found)
            })
            && self.scopes.iter().enumerate().all(|(number, scope)| {
                // A scope comes after the one around it: so climbing ends.
                (scope.parent == NONE || in_range(scope.parent, number)) && optional(scope.record, self.records.len())
            })
            && self.bindings.iter().all(|found| {
                in_range(found.scope, self.scopes.len())
                    && in_range(found.name, names)
                    && in_range(found.occurrence, occurrences)
                    && value(found.value)
                    && optional(found.annotation, occurrences)
            })
            && self.ordered.iter().all(|&number| in_range(number, self.bindings.len()))
            && self.imports.iter().all(|import| in_range(import.module, names) && optional(import.name, names))
            && self.records.iter().enumerate().all(|(number, record)| {
                let parent = (record.parent == NONE) == (number == 0) && optional(record.parent, number.max(1));
                parent
                    && record.span.start <= record.span.end
                    && optional(record.scope, self.scopes.len())
                    && record.bases.iter().all(|&base| in_range(base, occurrences))
                    && optional(record.returns, occurrences)
                    && value(record.result)
            })
    }
}

fn record_to(out: &mut Writer, record: &Record) {
    out.numbers([record.kind as u32, record.parent, record.scope, record.binding, record.returns, record.result.0]);
    out.numbers([record.span.start, record.span.end, record.selection.start, record.selection.end]);
    for text in [&record.name, &record.qualified, &record.signature] {
        out.text(text);
    }
    out.list(record.doc.as_slice(), |out, doc| out.text(doc));
    out.list(&record.decorators, |out, name| out.text(name));
    out.list(&record.bases, |out, &base| out.number(base));
}

fn record_from(input: &mut Reader<'_>) -> Result<Record, Error> {
    let [kind, parent, scope, binding, returns, result] = input.numbers()?;
    let [start, end, selection_start, selection_end] = input.numbers()?;
    Ok(Record {
        kind: input.one_of(&KINDS, kind)?,
        parent,
        scope,
        binding,
        returns,
        result: Value(result),
        span: start..end,
        selection: selection_start..selection_end,
        name: input.text()?,
        qualified: input.text()?,
        signature: input.text()?,
        doc: input.list(Reader::text)?.pop(),
        decorators: input.list(Reader::text)?.into(),
        bases: input.list(Reader::number)?,
    })
}

struct Writer(Vec<u8>);

impl Writer {
    fn number(&mut self, number: u32) {
        self.0.extend_from_slice(&number.to_le_bytes());
    }

    fn numbers<const N: usize>(&mut self, numbers: [u32; N]) {
        for number in numbers {
            self.number(number);
        }
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u32);
        self.0.extend_from_slice(text.as_bytes());
    }

    fn list<T>(&mut self, items: &[T], write: impl Fn(&mut Writer, &T)) {
        self.number(items.len() as u32);
        for item in items {
            write(self, item);
        }
    }
}

struct Reader<'b>(&'b [u8]);

impl<'b> Reader<'b> {
    fn take(&mut self, length: usize) -> Result<&'b [u8], Error> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(Error::Damaged)?;
        self.0 = rest;
        Ok(taken)
    }

    fn number(&mut self) -> Result<u32, Error> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(Error::Damaged)?;
        self.0 = rest;
        Ok(u32::from_le_bytes(*taken))
    }

    fn numbers<const N: usize>(&mut self) -> Result<[u32; N], Error> {
        let mut numbers = [0; N];
        for number in &mut numbers {
            *number = self.number()?;
        }
        Ok(numbers)
    }

    fn text(&mut self) -> Result<Arc<str>, Error> {
        let length = self.number()? as usize;
        let text = std::str::from_utf8(self.take(length)?).map_err(|_| Error::Damaged)?;
        Ok(text.into())
    }

    fn list<T>(&mut self, read: impl Fn(&mut Self) -> Result<T, Error>) -> Result<Vec<T>, Error> {
        let length = self.number()? as usize;
        // Every item takes at least four bytes, so a damaged length cannot ask for much memory.
        let mut items = Vec::with_capacity(length.min(self.0.len() / 4));
        for _ in 0..length {
            items.push(read(self)?);
        }
        Ok(items)
    }

    fn one_of<T: Copy>(&self, all: &[T], number: u32) -> Result<T, Error> {
        all.get(number as usize).copied().ok_or(Error::Damaged)
    }
}
