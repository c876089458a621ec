//! What the walk does at the leaves: tokens that change the meaning of what follows, and identifiers.

use crate::file::{BindingKind, Import, Role, Value};
use crate::grammar::Kind;
use crate::names::NONE;
use crate::walk::{BIND, Frame, Mode, Walk};
use tree_sitter::Node;

impl Walk<'_> {
    /// A token after which the identifiers of its frame mean something else.
    pub(crate) fn token(&mut self, token: Kind, node: Node<'_>) {
        let top = *self.top();
        match (top.kind, token) {
            (Kind::Assignment | Kind::TypedParameter, Kind::Colon) => {
                self.end_targets();
                self.begin_annotation();
            }
            (Kind::Assignment | Kind::TypedParameter, Kind::Equals) => {
                self.close_annotation();
                self.end_targets();
            }
            (Kind::DefaultParameter, Kind::Equals)
            | (Kind::Augmented, Kind::AugmentedSign)
            | (Kind::Walrus, Kind::WalrusSign) => self.end_targets(),
            (Kind::TypeAlias | Kind::KeywordArgument, Kind::Equals)
            | (Kind::Constrained | Kind::Except | Kind::Case | Kind::For, Kind::Colon) => {
                self.top().mode = Mode::Read;
            }
            (Kind::KeywordPattern, Kind::Equals) | (Kind::Case, Kind::CaseWord) => self.top().mode = Mode::Capture,
            (Kind::Function, Kind::Arrow) => self.begin_annotation(),
            (Kind::Function | Kind::Class, Kind::Colon) => self.close_header(node.start_byte() as u32),
            (Kind::Lambda, Kind::Colon) => {
                let top = self.top();
                (top.load, top.bind) = (top.scope, top.scope);
            }
            (Kind::Attribute, Kind::Dot) => {
                let top = self.top();
                (top.value, top.mode) = (top.last, Mode::Attribute);
            }
            (Kind::Subscript, Kind::Open) => {
                let top = self.top();
                top.value = top.last;
            }
            (Kind::Arguments, Kind::Comma | Kind::Close) if top.record != NONE => self.base(top),
            (Kind::For | Kind::ForClause, Kind::ForWord) => self.begin_loop(),
            (Kind::For | Kind::ForClause, Kind::InWord) => self.begin_iterable(),
            (Kind::AsPattern | Kind::Except, Kind::AsWord) => self.begin_alias(),
            (Kind::AliasedImport, Kind::AsWord) => self.top().mode = Mode::Alias,
            (Kind::ImportFrom, Kind::ImportWord) => self.top().mode = Mode::ImportedName,
            _ => {}
        }
    }

    /// What follows is no longer bound.
    fn end_targets(&mut self) {
        let bindings = self.out.bindings.len() as u32;
        let top = self.top();
        top.targets.1 = top.targets.1.min(bindings);
        top.mode = Mode::Read;
    }

    fn begin_annotation(&mut self) {
        let occurrences = self.out.occurrences.len() as u32;
        let top = self.top();
        (top.mark, top.mode) = (occurrences, Mode::Read);
    }

    /// `… as name`: the name gets what stands before it; an exception is an instance of the class there.
    fn begin_alias(&mut self) {
        let bindings = self.out.bindings.len() as u32;
        let top = self.top();
        top.value = match (top.kind, top.last.as_plain()) {
            (Kind::Except, Some(class)) => Value::called(class),
            _ => top.last,
        };
        (top.targets.0, top.mode) = (bindings, BIND);
    }

    /// A base class ends here.
    fn base(&mut self, arguments: Frame) {
        if let Some(base) = arguments.last.as_plain() {
            self.out.records[arguments.record as usize].bases.push(base);
        }
        self.top().last = Value::UNKNOWN;
    }

    fn begin_loop(&mut self) {
        let around = self.stack.iter().rev().nth(1).copied();
        let top = self.top();
        top.mode = BIND;
        if let Some(comprehension) = around.filter(|frame| frame.kind == Kind::Comprehension) {
            top.bind = comprehension.scope;
        }
    }

    /// The first iterable of a comprehension is evaluated outside of it.
    fn begin_iterable(&mut self) {
        let above = self.stack.len().wrapping_sub(2);
        let (mut bind, mut outside) = (None, None);
        if let Some(comprehension) = self.stack.get_mut(above).filter(|frame| frame.kind == Kind::Comprehension) {
            bind = Some(comprehension.bind);
            if comprehension.mark != NONE {
                outside = Some(comprehension.mark);
                comprehension.mark = NONE;
            }
        }
        let top = self.top();
        top.mode = Mode::Read;
        top.bind = bind.unwrap_or(top.bind);
        top.load = outside.unwrap_or(top.load);
    }

    /// Remembers which type the annotation that began at the mark names.
    fn close_annotation(&mut self) {
        let mark = self.top().mark;
        if mark != NONE {
            let annotation = self.annotated_since(mark);
            let top = self.top();
            top.annotation = annotation;
            top.mark = NONE;
        }
    }

    fn close_header(&mut self, colon: u32) {
        let top = *self.top();
        if top.record != NONE {
            self.sign(top.record, top.start, colon);
            if top.kind == Kind::Function && top.mark != NONE {
                self.out.records[top.record as usize].returns = self.annotated_since(top.mark);
            }
        }
        self.top().mode = Mode::Read;
    }

    pub(crate) fn identifier(&mut self, node: Node<'_>) {
        let (start, end) = (node.start_byte(), node.end_byte());
        let Some(text) = self.text.get(start..end).filter(|text| !text.is_empty()) else { return };
        let start = start as u32;
        let top = *self.top();
        let made = match top.mode {
            Mode::Read => match top.last.as_plain() {
                Some(_) if top.kind == Kind::DottedName => self.occur(start, text, Role::Attribute, top.last.0),
                _ => self.occur(start, text, Role::Read, NONE),
            },
            Mode::Attribute => self.attribute(start, text, top),
            Mode::Bind { kind, fresh } => self.bound(start, text, kind, fresh),
            Mode::Define => return self.define(start, text),
            Mode::Capture if text == "_" => return,
            Mode::Capture => self.bound(start, text, BindingKind::Variable, false),
            Mode::Keyword => {
                self.occur(start, text, Role::Keyword, top.value.0);
                Value::UNKNOWN.0
            }
            Mode::ModulePath => self.module_part(start, text, top),
            Mode::ImportedName | Mode::Alias => self.imported(start, text, top),
            Mode::Ignore => return,
        };
        self.top().last = if made < Value::LITERAL.0 >> 1 { Value::plain(made) } else { Value::UNKNOWN };
    }

    fn attribute(&mut self, start: u32, text: &str, top: Frame) -> u32 {
        let stored = matches!(top.outer, Mode::Bind { .. });
        let role = if stored { Role::AttributeStore } else { Role::Attribute };
        let made = self.occur(start, text, role, top.value.0);
        if let (Mode::Bind { fresh: true, .. }, Some(receiver)) = (top.outer, top.value.as_plain()) {
            self.attribute_of_receiver(made, receiver);
        }
        made
    }

    fn bound(&mut self, start: u32, text: &str, kind: BindingKind, fresh: bool) -> u32 {
        let scope = self.top().bind;
        let made = self.occur(start, text, Role::Bound, NONE);
        self.out.occurrences[made as usize].scope = scope;
        self.bind(scope, made, kind, fresh);
        made
    }

    /// The name of a function or class: from here on there is a symbol.
    fn define(&mut self, start: u32, text: &str) {
        let made = self.occur(start, text, Role::Defined, NONE);
        let top = *self.top();
        let (record, scope) = match top.kind {
            Kind::Class => self.define_class(made, top),
            _ => self.define_function(made, top),
        };
        let top = self.top();
        top.record = record;
        top.scope = scope;
        top.mode = Mode::Ignore;
    }

    fn module_part(&mut self, start: u32, text: &str, top: Frame) -> u32 {
        let first = top.children == 1;
        let made = self.occur(start, text, Role::ModulePart, top.mark);
        let around = self.stack.iter().rev().nth(1).map(|frame| frame.kind);
        if first && around == Some(Kind::Import) {
            // `import a.b` binds `a`, to the package.
            let module = self.out.occurrences[made as usize].name;
            let import = self.import(Import { level: 0, module, name: NONE });
            self.bind_import(made, import);
        }
        made
    }

    fn imported(&mut self, start: u32, text: &str, top: Frame) -> u32 {
        let made = self.occur(start, text, Role::Imported, top.mark);
        let around = self.stack.iter().rev().nth(1).map(|frame| frame.kind);
        if top.mode == Mode::Alias || around != Some(Kind::AliasedImport) {
            self.bind_import(made, top.mark);
        }
        made
    }
}
