//! What the walk writes down: scopes, bindings, symbols, their texts.

use crate::file::{Binding, BindingKind, FileIndex, Occurrence, Record, Role, Scope, ScopeKind, Value};
use crate::names::NONE;
use crate::symbol::{SymbolKind, is_fixture_decorator};
use crate::walk::{Frame, Walk};
use crate::wording;
use std::ops::Range;
use std::sync::Arc;

/// So many syntax errors are located; the others are only counted.
const LOCATED_ERRORS: usize = 64;

/// Names that wrap a type without being it.
const TYPE_WRAPPERS: [&str; 12] = [
    "Optional",
    "Annotated",
    "Final",
    "ClassVar",
    "Union",
    "Required",
    "NotRequired",
    "ReadOnly",
    "Awaitable",
    "Type",
    "type",
    "InitVar",
];

/// The bytes of the statement being read.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Statement {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl<'t> Walk<'t> {
    pub(crate) fn open_module(&mut self) {
        self.out.records.push(Record {
            kind: SymbolKind::Module,
            name: Arc::from(""),
            qualified: Arc::from(""),
            parent: NONE,
            scope: 0,
            binding: NONE,
            span: 0..self.out.bytes,
            selection: 0..0,
            signature: Arc::from(""),
            doc: None,
            decorators: Arc::from([]),
            bases: Vec::new(),
            returns: NONE,
            result: Value::UNKNOWN,
        });
        self.open_scope(ScopeKind::Module, NONE, 0);
    }

    pub(crate) fn open_scope(&mut self, kind: ScopeKind, parent: u32, record: u32) -> u32 {
        self.out.scopes.push(Scope { kind, parent, record, receiver: NONE });
        self.out.scopes.len() as u32 - 1
    }

    /// Notes an identifier in the scope in which names are read here.
    pub(crate) fn occur(&mut self, start: u32, text: &str, role: Role, link: u32) -> u32 {
        let name = self.out.names.intern(text);
        let scope = self.read_scope();
        self.out.occurrences.push(Occurrence { start, name, scope, link, role, called: false });
        self.out.occurrences.len() as u32 - 1
    }

    pub(crate) fn bind(&mut self, scope: u32, occurrence: u32, kind: BindingKind, fresh: bool) {
        let name = self.out.occurrences[occurrence as usize].name;
        match kind {
            BindingKind::Global => drop(self.global.insert((scope, name), ())),
            BindingKind::Parameter => self.note_receiver(scope, name),
            _ => {}
        }
        let declared_global = kind == BindingKind::Variable && self.global.contains_key(&(scope, name));
        let scope = if declared_global { 0 } else { scope };
        let visible = matches!(kind, BindingKind::Variable | BindingKind::TypeAlias)
            && matches!(self.out.scopes[scope as usize].kind, ScopeKind::Module | ScopeKind::Class);
        let target = match self.known.get(&(scope, name)) {
            Some(&record) if visible => record,
            None if visible && fresh => self.define_variable(scope, occurrence, kind),
            _ => NONE,
        };
        self.push_binding(scope, occurrence, kind, target);
    }

    fn push_binding(&mut self, scope: u32, occurrence: u32, kind: BindingKind, target: u32) {
        let name = self.out.occurrences[occurrence as usize].name;
        self.out.bindings.push(Binding {
            scope,
            name,
            occurrence,
            kind,
            target,
            value: Value::UNKNOWN,
            annotation: NONE,
        });
    }

    pub(crate) fn bind_import(&mut self, occurrence: u32, import: u32) {
        let scope = self.bind_scope();
        self.push_binding(scope, occurrence, BindingKind::Import, import);
    }

    /// The first parameter of a method is the object itself, whatever it is called.
    fn note_receiver(&mut self, scope: u32, name: u32) {
        let first = self.out.bindings.last().is_none_or(|binding| binding.scope != scope);
        let Scope { record, parent, .. } = self.out.scopes[scope as usize];
        let Some(method) = self.out.records.get(record as usize).filter(|_| first) else { return };
        let is_static = method.decorators.iter().any(|name| &**name == "staticmethod");
        let in_class = self.out.scopes.get(parent as usize).is_some_and(|around| around.kind == ScopeKind::Class);
        if in_class && !is_static {
            self.out.scopes[scope as usize].receiver = name;
        }
    }

    /// `self.name = …` in a method makes an attribute of the class.
    pub(crate) fn attribute_of_receiver(&mut self, occurrence: u32, receiver: u32) {
        let Occurrence { name: receiver, mut scope, role, .. } = self.out.occurrences[receiver as usize];
        if role != Role::Read {
            return;
        }
        while let Some(found) = self.out.scopes.get(scope as usize) {
            if found.receiver == receiver {
                break;
            }
            scope = found.parent;
        }
        let Some(class) = self.out.scopes.get(scope as usize).map(|method| method.parent) else { return };
        let name = self.out.occurrences[occurrence as usize].name;
        let record = match self.known.get(&(class, name)) {
            Some(&record) => record,
            None => self.define_variable(class, occurrence, BindingKind::Attribute),
        };
        self.push_binding(class, occurrence, BindingKind::Attribute, record);
    }

    pub(crate) fn define_function(&mut self, occurrence: u32, frame: Frame) -> (u32, u32) {
        let kind = match self.out.scopes[frame.load as usize].kind {
            ScopeKind::Class => SymbolKind::Method,
            _ => SymbolKind::Function,
        };
        self.define_body(occurrence, frame, kind, ScopeKind::Function, BindingKind::Function)
    }

    pub(crate) fn define_class(&mut self, occurrence: u32, frame: Frame) -> (u32, u32) {
        self.define_body(occurrence, frame, SymbolKind::Class, ScopeKind::Class, BindingKind::Class)
    }

    fn define_body(
        &mut self,
        occurrence: u32,
        frame: Frame,
        kind: SymbolKind,
        body: ScopeKind,
        binding: BindingKind,
    ) -> (u32, u32) {
        let record = self.push_record(kind, frame.load, occurrence, frame.start..frame.end);
        let scope = self.open_scope(body, frame.load, record);
        let decorators = std::mem::take(&mut self.decorators);
        let made = &mut self.out.records[record as usize];
        made.scope = scope;
        made.decorators = decorators.into();
        made.binding = self.out.bindings.len() as u32;
        self.push_binding(frame.bind, occurrence, binding, record);
        (record, scope)
    }

    fn define_variable(&mut self, scope: u32, occurrence: u32, binding: BindingKind) -> u32 {
        let name = self.out.name(occurrence);
        let kind = match (binding, self.out.scopes[scope as usize].kind) {
            (BindingKind::TypeAlias, _) => SymbolKind::TypeAlias,
            (BindingKind::Attribute, _) => SymbolKind::Attribute,
            _ if wording::is_constant(name) => SymbolKind::Constant,
            (_, ScopeKind::Class) => SymbolKind::Attribute,
            _ => SymbolKind::Variable,
        };
        let Statement { start, end } = self.statement;
        let record = self.push_record(kind, scope, occurrence, start..end);
        let text = self.text.get(start as usize..end as usize).unwrap_or("");
        let made = &mut self.out.records[record as usize];
        made.signature = wording::assignment(text).into();
        made.binding = self.out.bindings.len() as u32;
        record
    }

    fn push_record(&mut self, kind: SymbolKind, scope: u32, occurrence: u32, span: Range<u32>) -> u32 {
        let parent = self.out.record_of_scope(scope);
        let name = self.out.name(occurrence);
        let around = &self.out.records[parent as usize];
        let name: Arc<str> = name.into();
        let qualified = match around.kind {
            SymbolKind::Module => Arc::clone(&name),
            _ => format!("{}.{name}", around.qualified).into(),
        };
        let selection = self.out.span(occurrence);
        let number = self.out.records.len() as u32;
        self.known.insert((scope, self.out.occurrences[occurrence as usize].name), number);
        self.out.records.push(Record {
            kind,
            name,
            qualified,
            parent,
            scope: NONE,
            binding: NONE,
            span,
            selection: selection.start as u32..selection.end as u32,
            signature: Arc::from(""),
            doc: None,
            decorators: Arc::from([]),
            bases: Vec::new(),
            returns: NONE,
            result: Value::UNKNOWN,
        });
        number
    }

    /// An assigned lambda is a function under that name.
    pub(crate) fn name_lambda(&mut self, binding: u32, scope: u32) {
        let Binding { target, scope: around, .. } = self.out.bindings[binding as usize];
        let in_class = self.out.scopes[around as usize].kind == ScopeKind::Class;
        let Some(record) = self.out.records.get_mut(target as usize).filter(|record| record.binding == binding) else {
            return;
        };
        record.kind = if in_class { SymbolKind::Method } else { SymbolKind::Function };
        record.scope = scope;
        self.out.scopes[scope as usize].record = target;
    }

    /// Keeps the names of an assignment to `__all__`.
    pub(crate) fn export(&mut self, binding: u32, start: u32, end: u32) {
        let Binding { scope, occurrence, .. } = self.out.bindings[binding as usize];
        if scope != 0 || self.out.name(occurrence) != "__all__" {
            return;
        }
        let source = self.text.get(start as usize..end as usize).unwrap_or("");
        let value = source.split_once('=').map_or("", |(_, value)| value);
        let names: Vec<_> = wording::strings(value).into_iter().map(|name| self.out.names.intern(name)).collect();
        self.out.exports.get_or_insert_default().extend(names);
    }

    pub(crate) fn decorator(&mut self, start: u32, end: u32) {
        let text = self.text.get(start as usize..end as usize).unwrap_or("");
        self.decorators.push(wording::decorator(text).into());
    }

    /// Writes down how a function or class is introduced. Decorators stand apart.
    pub(crate) fn sign(&mut self, record: u32, start: u32, colon: u32) {
        let made = &mut self.out.records[record as usize];
        let (start, name) = (start as usize, made.selection.start as usize);
        let before = self.text.get(start..name).unwrap_or("");
        let keyword = if made.kind == SymbolKind::Class { "class" } else { "def" };
        let mut opening = before.rfind(keyword).map_or(start, |at| start + at);
        if before[..opening - start].trim_end().ends_with("async") {
            opening = start + before[..opening - start].rfind("async").unwrap_or(0);
        }
        let header = self.text.get(opening..colon as usize).unwrap_or("");
        made.signature = wording::signature(header).into();
    }

    /// A function returns this; a fixture may also yield it.
    pub(crate) fn result(&mut self, value: Value, is_yield: bool) {
        let record = self.out.record_of_scope(self.read_scope());
        let made = &mut self.out.records[record as usize];
        let counts = !is_yield || made.decorators.iter().any(|name| is_fixture_decorator(name));
        if counts && made.result == Value::UNKNOWN && value.occurrence().is_some() {
            made.result = value;
        }
    }

    pub(crate) fn document(&mut self, record: u32, literal: &str) {
        let made = &mut self.out.records[record as usize];
        if made.doc.is_none() {
            made.doc = wording::first_paragraph(literal).map(Arc::from);
        }
    }

    /// The occurrence that names the type in an annotation that began at an occurrence.
    pub(crate) fn annotated_since(&self, first: u32) -> u32 {
        let mut at = first;
        while (at as usize) < self.out.occurrences.len() {
            while self.out.occurrences.get(at as usize + 1).is_some_and(|next| next.link == Value::plain(at).0) {
                at += 1;
            }
            if !TYPE_WRAPPERS.contains(&self.out.name(at)) {
                return at;
            }
            at += 1;
        }
        NONE
    }

    pub(crate) fn note_error(&mut self, start: u32, end: u32) {
        self.out.error_count += 1;
        if self.out.errors.len() < LOCATED_ERRORS {
            self.out.errors.push(start..end);
        }
    }

    pub(crate) fn finish(mut self) -> FileIndex {
        // Where an error contains others, those say better where it is.
        let all = std::mem::take(&mut self.out.errors);
        let is_outer = |outer: &Range<u32>| {
            all.iter().any(|inner| inner != outer && outer.start <= inner.start && inner.end <= outer.end)
        };
        self.out.errors = all.iter().filter(|error| !is_outer(error)).cloned().collect();
        self.out.error_count -= (all.len() - self.out.errors.len()) as u32;
        let bindings = &self.out.bindings;
        let mut ordered: Vec<u32> = (0..bindings.len() as u32).collect();
        ordered.sort_unstable_by_key(|&number| {
            let binding = &bindings[number as usize];
            (binding.scope, binding.name, number)
        });
        self.out.ordered = ordered;
        self.out.occurrences.shrink_to_fit();
        self.out
    }
}
