//! One pass over a syntax tree that notes scopes, bindings, symbols and every identifier.
//!
//! The walk keeps its own stack of [`Frame`]s, so code nested however deep costs memory, never stack. Which role an
//! identifier has depends on the innermost frame: its mode changes as the tokens between the children go by.

use crate::file::{BindingKind, FileIndex, Import, Role, ScopeKind, Value};
use crate::grammar::{Grammar, Kind};
use crate::names::{FastMap, NONE, NameId};
use crate::notes::Statement;
use std::sync::Arc;
use tree_sitter::{Node, Tree};

/// What an identifier does at this point of the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Read,
    /// It is bound; `fresh` if this may be where a symbol is introduced.
    Bind {
        kind: BindingKind,
        fresh: bool,
    },
    /// It names the function or class that the frame stands for.
    Define,
    /// It captures in a `case`.
    Capture,
    /// It follows a dot.
    Attribute,
    Keyword,
    ModulePath,
    ImportedName,
    Alias,
    Ignore,
}

pub(crate) const BIND: Mode = Mode::Bind { kind: BindingKind::Variable, fresh: false };
const DECLARE: Mode = Mode::Bind { kind: BindingKind::Variable, fresh: true };

/// What is known about a node while its children are visited.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame {
    pub(crate) kind: Kind,
    pub(crate) mode: Mode,
    /// The mode of the frame around it.
    pub(crate) outer: Mode,
    /// The scope in which names are read.
    pub(crate) load: u32,
    /// The scope in which names are bound.
    pub(crate) bind: u32,
    /// The scope that this node opens.
    pub(crate) scope: u32,
    /// The symbol that this node defines, documents or takes bases for.
    pub(crate) record: u32,
    /// The child left last.
    pub(crate) last: Value,
    /// The called value, the value before a dot, or what will be assigned.
    pub(crate) value: Value,
    /// A count of occurrences, an import or a scope, depending on the kind.
    pub(crate) mark: u32,
    /// The first and one past the last of the bindings that the value goes to.
    pub(crate) targets: (u32, u32),
    pub(crate) annotation: u32,
    pub(crate) children: u32,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

pub(crate) struct Walk<'t> {
    pub(crate) text: &'t str,
    pub(crate) out: FileIndex,
    pub(crate) stack: Vec<Frame>,
    pub(crate) decorators: Vec<Arc<str>>,
    /// Symbols by scope and name.
    pub(crate) known: FastMap<(u32, NameId), u32>,
    /// Names declared global.
    pub(crate) global: FastMap<(u32, NameId), ()>,
    /// The assignment that is being read.
    pub(crate) statement: Statement,
    /// The `from … import` that is being read.
    pub(crate) from: Import,
    broken: bool,
}

impl<'t> Walk<'t> {
    /// Reads a whole tree.
    pub(crate) fn over(tree: &Tree, text: &'t str) -> FileIndex {
        let mut walk = Walk::start(text);
        walk.broken = tree.root_node().has_error();
        walk.run(tree);
        if walk.broken && walk.out.error_count == 0 {
            // Only the root is in error: nothing says where.
            walk.note_error(0, walk.out.bytes);
        }
        walk.finish()
    }

    /// What is left of a text that could not be parsed at all.
    pub(crate) fn nothing(text: &'t str) -> FileIndex {
        let mut walk = Walk::start(text);
        walk.note_error(0, walk.out.bytes);
        walk.finish()
    }

    fn start(text: &'t str) -> Self {
        let mut out = FileIndex { bytes: text.len().min(u32::MAX as usize) as u32, ..FileIndex::default() };
        out.lines.push(0);
        out.lines.extend(text.bytes().enumerate().filter(|&(_, byte)| byte == b'\n').map(|(at, _)| at as u32 + 1));
        out.occurrences.reserve(text.len() / 8);
        let mut walk = Walk {
            text,
            out,
            stack: Vec::with_capacity(64),
            decorators: Vec::new(),
            known: FastMap::default(),
            global: FastMap::default(),
            statement: Statement::default(),
            from: Import { level: 0, module: 0, name: NONE },
            broken: false,
        };
        walk.open_module();
        walk
    }

    fn run(&mut self, tree: &Tree) {
        let grammar = Grammar::get();
        let mut cursor = tree.walk();
        self.stack.push(Frame {
            kind: Kind::Module,
            mode: Mode::Read,
            outer: Mode::Read,
            load: 0,
            bind: 0,
            scope: 0,
            record: 0,
            last: Value::UNKNOWN,
            value: Value::UNKNOWN,
            mark: NONE,
            targets: (0, 0),
            annotation: NONE,
            children: 0,
            start: 0,
            end: self.out.bytes,
        });
        if !cursor.goto_first_child() {
            return;
        }
        loop {
            let node = cursor.node();
            let kind = grammar.kind(node.kind_id());
            if self.visit(kind, node) {
                if cursor.goto_first_child() {
                    continue;
                }
                self.leave();
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() || self.stack.len() < 2 {
                    return;
                }
                self.leave();
            }
        }
    }

    pub(crate) fn read_scope(&self) -> u32 {
        self.stack.last().map_or(0, |top| top.load)
    }

    pub(crate) fn bind_scope(&self) -> u32 {
        self.stack.last().map_or(0, |top| top.bind)
    }

    pub(crate) fn top(&mut self) -> &mut Frame {
        // The module's frame is never left.
        let last = self.stack.len() - 1;
        &mut self.stack[last]
    }

    /// Takes note of a node; true if a frame was opened for its children.
    fn visit(&mut self, kind: Kind, node: Node<'_>) -> bool {
        if self.broken {
            self.check(kind, node);
        }
        if kind == Kind::Comment {
            return false;
        }
        let top = self.top();
        top.children += 1;
        match kind {
            Kind::Identifier => self.identifier(node),
            Kind::Literal => top.last = Value::LITERAL,
            Kind::Nothing => top.last = Value::UNKNOWN,
            Kind::Text => return self.string(node),
            Kind::ImportPrefix => self.from.level = (node.end_byte() - node.start_byte()) as u32,
            Kind::Wildcard => self.star(),
            Kind::Leaf | Kind::FutureImport => {}
            kind if kind.descends() => {
                let frame = self.enter(kind, node);
                self.stack.push(frame);
                return true;
            }
            token => self.token(token, node),
        }
        false
    }

    fn check(&mut self, kind: Kind, node: Node<'_>) {
        if kind == Kind::Error || node.is_missing() {
            self.note_error(node.start_byte() as u32, node.end_byte() as u32);
        }
    }

    /// A string: perhaps documentation or a type written as a string; true if there is code in it.
    fn string(&mut self, node: Node<'_>) -> bool {
        let (start, end) = (node.start_byte(), node.end_byte());
        let text = self.text.get(start..end).unwrap_or("");
        let top = *self.top();
        if top.kind == Kind::Expression && top.record != NONE && top.children == 1 {
            self.document(top.record, text);
        }
        if top.kind == Kind::Type {
            self.quoted_type(start, text);
            return false;
        }
        self.top().last = Value::LITERAL;
        let prefix = text.bytes().take_while(u8::is_ascii_alphabetic);
        if prefix.into_iter().any(|letter| matches!(letter, b'f' | b'F' | b't' | b'T')) {
            let frame = self.enter(Kind::Text, node);
            self.stack.push(frame);
            return true;
        }
        false
    }

    /// A name in quotes where a type is expected refers to it all the same.
    fn quoted_type(&mut self, start: usize, text: &str) {
        let Some(body) = crate::wording::unquoted(text) else { return };
        let is_name = |part: &str| {
            part.starts_with(|first: char| first.is_alphabetic() || first == '_')
                && part.chars().all(|character| character.is_alphanumeric() || character == '_')
        };
        if !body.split('.').all(is_name) {
            return;
        }
        let mut at = start + (body.as_ptr() as usize - text.as_ptr() as usize);
        let mut last = Value::UNKNOWN;
        for part in body.split('.') {
            let (role, link) = if last == Value::UNKNOWN { (Role::Read, NONE) } else { (Role::Attribute, last.0) };
            last = Value::plain(self.occur(at as u32, part, role, link));
            at += part.len() + 1;
        }
        self.top().last = last;
    }

    fn enter(&mut self, kind: Kind, node: Node<'_>) -> Frame {
        let parent = *self.top();
        let start = node.start_byte() as u32;
        let mut frame = Frame {
            kind,
            mode: Mode::Read,
            outer: parent.mode,
            load: parent.load,
            bind: parent.bind,
            scope: NONE,
            record: NONE,
            last: Value::UNKNOWN,
            value: Value::UNKNOWN,
            mark: NONE,
            targets: (self.out.bindings.len() as u32, NONE),
            annotation: NONE,
            children: 0,
            start,
            end: node.end_byte() as u32,
        };
        match kind {
            Kind::Block if matches!(parent.kind, Kind::Function | Kind::Class) && parent.scope != NONE => {
                frame.load = parent.scope;
                frame.bind = parent.scope;
                frame.record = parent.record;
            }
            Kind::Expression if matches!(parent.kind, Kind::Block | Kind::Module) && parent.children == 1 => {
                frame.record = parent.record;
            }
            Kind::Function | Kind::Class => {
                frame.mode = Mode::Define;
                if parent.kind == Kind::Decorated {
                    frame.start = parent.start;
                } else {
                    self.decorators.clear();
                }
            }
            Kind::Decorated => self.decorators.clear(),
            Kind::Decorator => self.decorator(start, frame.end),
            Kind::Lambda => frame.scope = self.open_scope(ScopeKind::Function, parent.load, NONE),
            Kind::Comprehension => {
                frame.scope = self.open_scope(ScopeKind::Comprehension, parent.load, NONE);
                frame.mark = parent.load;
                frame.load = frame.scope;
                self.mark_called(parent);
            }
            Kind::Parameters => {
                frame.mode = Mode::Bind { kind: BindingKind::Parameter, fresh: false };
                if parent.scope != NONE {
                    frame.bind = parent.scope;
                }
            }
            Kind::TypeParameter if matches!(parent.kind, Kind::Function | Kind::Class) && parent.scope != NONE => {
                frame.mode = Mode::Bind { kind: BindingKind::TypeParameter, fresh: false };
                frame.bind = parent.scope;
                frame.load = parent.scope;
                // From here on annotations and bases can name the type parameters.
                self.top().load = parent.scope;
            }
            Kind::Type if matches!(parent.mode, Mode::Bind { kind, .. } if is_type_binding(kind)) => {
                frame.mode = parent.mode;
            }
            Kind::DefaultParameter
            | Kind::TypedParameter
            | Kind::Constrained
            | Kind::Sequence
            | Kind::Target
            | Kind::CasePattern
            | Kind::ClassPattern
            | Kind::Transparent
            | Kind::RelativeImport
            | Kind::AliasedImport => frame.mode = parent.mode,
            Kind::AsPattern if parent.mode == Mode::Capture => frame.mode = Mode::Capture,
            Kind::Arguments => {
                frame.value = parent.value;
                match parent.kind {
                    Kind::Class => frame.record = parent.record,
                    _ => {
                        frame.value = parent.last;
                        self.mark_called(parent);
                    }
                }
            }
            Kind::KeywordArgument => {
                frame.mode = Mode::Keyword;
                frame.value = parent.value;
            }
            Kind::Assignment => {
                frame.mode = DECLARE;
                if parent.kind != Kind::Assignment {
                    self.statement = Statement { start, end: frame.end };
                }
            }
            Kind::Augmented | Kind::Walrus => frame.mode = BIND,
            Kind::TypeAlias => {
                frame.mode = Mode::Bind { kind: BindingKind::TypeAlias, fresh: true };
                self.statement = Statement { start, end: frame.end };
            }
            Kind::Import => {
                frame.mode = Mode::ModulePath;
                self.from = Import { level: 0, module: NONE, name: NONE };
            }
            Kind::ImportFrom => {
                frame.mode = Mode::ModulePath;
                self.from = Import { level: 0, module: self.out.names.intern(""), name: NONE };
            }
            Kind::DottedName => self.dotted_name(&mut frame, parent, node),
            Kind::Global => frame.mode = Mode::Bind { kind: BindingKind::Global, fresh: false },
            Kind::Nonlocal => frame.mode = Mode::Bind { kind: BindingKind::Nonlocal, fresh: false },
            Kind::KeywordPattern => frame.mode = Mode::Ignore,
            _ => {}
        }
        frame
    }

    /// The callee left last in a call is now known to be called.
    fn mark_called(&mut self, call: Frame) {
        if call.kind == Kind::Call
            && let Some(callee) = call.last.as_plain()
        {
            self.out.occurrences[callee as usize].called = true;
        }
        let top = self.top();
        if top.kind == Kind::Call {
            top.value = call.last;
        }
    }

    fn dotted_name(&mut self, frame: &mut Frame, parent: Frame, node: Node<'_>) {
        let text = self.text.get(frame.start as usize..frame.end as usize).unwrap_or("");
        frame.mode = parent.mode;
        match parent.mode {
            Mode::Capture if parent.kind == Kind::ClassPattern || node.child_count() > 1 => frame.mode = Mode::Read,
            Mode::ModulePath => {
                let module = self.out.names.intern(text);
                let import = Import { module, ..self.from };
                self.from = import;
                frame.mark = self.import(import);
            }
            Mode::ImportedName => {
                let name = self.out.names.intern(text);
                frame.mark = self.import(Import { name, ..self.from });
            }
            _ => {}
        }
    }

    pub(crate) fn import(&mut self, import: Import) -> u32 {
        self.out.imports.push(import);
        self.out.imports.len() as u32 - 1
    }

    fn star(&mut self) {
        let import = self.import(self.from);
        self.out.stars.push(import);
    }

    /// Closes the innermost frame and tells the one around it what it was.
    fn leave(&mut self) {
        let Some(frame) = self.stack.pop() else { return };
        let made = match frame.kind {
            Kind::Attribute | Kind::Transparent | Kind::Type | Kind::DottedName => frame.last,
            Kind::Assignment | Kind::Walrus => frame.last,
            Kind::Call => frame.value.as_plain().map_or(Value::UNKNOWN, Value::called),
            Kind::Subscript if self.top().kind == Kind::Arguments && self.top().record != NONE => frame.value,
            Kind::Text | Kind::Concatenated | Kind::Collection | Kind::Comprehension => Value::LITERAL,
            Kind::Sequence if frame.mode == Mode::Read => Value::LITERAL,
            _ => Value::UNKNOWN,
        };
        match frame.kind {
            Kind::Assignment | Kind::Walrus => self.close_assignment(frame, frame.last),
            Kind::TypedParameter | Kind::DefaultParameter => self.close_assignment(frame, frame.last),
            Kind::Return | Kind::Yield => self.result(frame.last, frame.kind == Kind::Yield),
            Kind::AsPattern | Kind::Except => {
                let end = self.out.bindings.len() as u32;
                self.close_assignment(Frame { targets: (frame.targets.0, end), ..frame }, frame.value);
            }
            _ => {}
        }
        let top = self.top();
        match (top.kind, frame.kind) {
            (Kind::AliasedImport, Kind::DottedName) => top.mark = frame.mark,
            (Kind::Assignment, Kind::Lambda) => top.scope = frame.scope,
            _ => {}
        }
        top.last = made;
    }

    fn close_assignment(&mut self, mut frame: Frame, value: Value) {
        if frame.mark != NONE {
            frame.annotation = self.annotated_since(frame.mark);
        }
        let (first, end) = (frame.targets.0, frame.targets.1.min(self.out.bindings.len() as u32));
        if end != first + 1 {
            return;
        }
        let binding = &mut self.out.bindings[first as usize];
        binding.annotation = frame.annotation;
        // An annotation without a value leaves the annotation behind as the last child.
        if frame.mark == NONE {
            binding.value = value;
        }
        if frame.kind == Kind::Assignment {
            if frame.scope != NONE {
                self.name_lambda(first, frame.scope);
            }
            self.export(first, frame.start, frame.end);
        }
    }
}

fn is_type_binding(kind: BindingKind) -> bool {
    matches!(kind, BindingKind::TypeParameter | BindingKind::TypeAlias)
}
