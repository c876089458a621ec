//! The type of a value, as far as assignments, annotations and results show it.

use crate::file::{BindingKind, Value};
use crate::names::NONE;
use crate::resolve::{Resolver, Target};
use crate::symbol::{Certainty, SymbolKind, is_property_decorator};

/// The type of a value, as far as it shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Type {
    Instance(u32, u32),
    Class(u32, u32),
    Super(u32, u32),
    Module(u32),
    Package(String),
    Literal,
    Unknown,
}

impl Type {
    fn is_known(&self) -> bool {
        !matches!(self, Type::Unknown | Type::Literal)
    }

    /// The type of the result, if a value of this type is called.
    fn called(self) -> Type {
        match self {
            Type::Class(file, record) => Type::Instance(file, record),
            Type::Package(name) => Type::Package(name),
            _ => Type::Unknown,
        }
    }
}

impl Resolver<'_> {
    pub(crate) fn type_of(&self, file: u32, value: Value) -> Type {
        let Some((occurrence, called)) = value.occurrence() else {
            return if value == Value::LITERAL { Type::Literal } else { Type::Unknown };
        };
        if !self.step() {
            return Type::Unknown;
        }
        let (targets, certainty) = self.resolve(file, occurrence);
        let index = self.file(file);
        if called && targets.is_empty() && index.name(occurrence) == "super" {
            return self.class_around(file, occurrence).map_or(Type::Unknown, |class| Type::Super(file, class));
        }
        if certainty == Certainty::ByName && targets.len() > 1 {
            return Type::Unknown;
        }
        let types = targets.iter().map(|target| self.type_of_target(target, called));
        types.into_iter().find(Type::is_known).unwrap_or(Type::Unknown)
    }

    fn class_around(&self, file: u32, occurrence: u32) -> Option<u32> {
        let index = self.file(file);
        let mut record = index.record_of_scope(index.occurrences[occurrence as usize].scope);
        while let Some(found) = index.records.get(record as usize) {
            if found.kind == SymbolKind::Class {
                return Some(record);
            }
            record = found.parent;
        }
        None
    }

    fn type_of_target(&self, target: &Target, called: bool) -> Type {
        match target {
            &Target::Symbol(file, record) => self.type_of_symbol(file, record, called),
            &Target::Local(file, binding) => {
                let found = self.type_of_binding(file, binding);
                if called { found.called() } else { found }
            }
            &Target::File(file) => Type::Module(file),
            Target::Outside(_, _, name) | Target::Package(name) => Type::Package(name.clone()),
        }
    }

    fn type_of_symbol(&self, file: u32, record: u32, called: bool) -> Type {
        let index = self.file(file);
        let found = &index.records[record as usize];
        match found.kind {
            SymbolKind::Class if called => Type::Instance(file, record),
            SymbolKind::Class => Type::Class(file, record),
            SymbolKind::Function | SymbolKind::Method => {
                let is_property = found.decorators.iter().any(|name| is_property_decorator(name));
                match called != is_property {
                    true if found.returns != NONE => self.annotated(file, found.returns),
                    true => self.type_of(file, found.result),
                    false => Type::Unknown,
                }
            }
            _ => {
                let Some(first) = index.bindings.get(found.binding as usize) else { return Type::Unknown };
                let bindings = index.bindings_in(first.scope, first.name).iter();
                let mut types = bindings.map(|&binding| self.type_of_binding(file, binding));
                let known = types.find(Type::is_known).unwrap_or_else(|| self.type_of_binding(file, found.binding));
                if called { known.called() } else { known }
            }
        }
    }

    fn type_of_binding(&self, file: u32, binding: u32) -> Type {
        if !self.step() {
            return Type::Unknown;
        }
        let index = self.file(file);
        let found = index.bindings[binding as usize];
        let scope = index.scopes[found.scope as usize];
        if found.kind == BindingKind::Parameter && scope.receiver == found.name {
            let class = index.scopes.get(scope.parent as usize).map_or(NONE, |class| class.record);
            let known = index.records.get(class as usize);
            return known.map_or(Type::Unknown, |_| Type::Instance(file, class));
        }
        if found.annotation != NONE {
            return self.annotated(file, found.annotation);
        }
        if found.kind == BindingKind::Parameter
            && let Some(fixture) = self.index.fixture_behind(&Target::Local(file, binding)).first()
        {
            return self.type_of_symbol(fixture.file, fixture.symbol, true);
        }
        match (found.kind, self.type_of(file, found.value)) {
            // A default value says little about what is passed.
            (BindingKind::Parameter, Type::Literal) => Type::Unknown,
            (_, found) => found,
        }
    }

    fn annotated(&self, file: u32, annotation: u32) -> Type {
        if self.file(file).occurrences.get(annotation as usize).is_none() || !self.step() {
            return Type::Unknown;
        }
        if self.file(file).name(annotation) == "Self" {
            return self.class_around(file, annotation).map_or(Type::Unknown, |class| Type::Instance(file, class));
        }
        for target in self.resolve(file, annotation).0 {
            match (self.as_class(&target), target) {
                (Some((file, record)), _) => return Type::Instance(file, record),
                (None, Target::Outside(_, _, name) | Target::Package(name)) => return Type::Package(name),
                _ => {}
            }
        }
        Type::Unknown
    }
}
