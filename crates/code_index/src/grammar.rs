//! The Python grammar: node kinds as one small enum, and a parser that gives up on hopeless input.

use std::ops::ControlFlow;
use std::sync::OnceLock;
use tree_sitter::{Language, ParseOptions, Parser, Tree};

/// What the walk wants to know about a node. Everything that means nothing special to it is `Other` (has children) or
/// `Leaf` (has none worth visiting).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Other,
    Leaf,
    Identifier,
    Comment,
    Text,
    Concatenated,
    Literal,
    Nothing,
    Collection,
    Sequence,
    Module,
    Block,
    Expression,
    Function,
    Class,
    Decorated,
    Decorator,
    Lambda,
    Return,
    Yield,
    Parameters,
    DefaultParameter,
    TypedParameter,
    TypeParameter,
    Type,
    Constrained,
    Arguments,
    KeywordArgument,
    Call,
    Attribute,
    Subscript,
    Transparent,
    Assignment,
    Augmented,
    Walrus,
    For,
    ForClause,
    Comprehension,
    AsPattern,
    Except,
    Import,
    ImportFrom,
    FutureImport,
    AliasedImport,
    RelativeImport,
    ImportPrefix,
    DottedName,
    Wildcard,
    Global,
    Nonlocal,
    TypeAlias,
    Case,
    CasePattern,
    ClassPattern,
    KeywordPattern,
    Guard,
    Target,
    Error,
    // Tokens at which the meaning of what follows changes.
    Equals,
    Colon,
    Dot,
    Comma,
    Open,
    Close,
    Arrow,
    WalrusSign,
    AugmentedSign,
    InWord,
    ForWord,
    AsWord,
    CaseWord,
    ImportWord,
}

impl Kind {
    /// Whether such a node can have children that the walk must see.
    pub(crate) fn descends(self) -> bool {
        use Kind::*;
        !matches!(
            self,
            Leaf | Identifier
                | Comment
                | Text
                | Literal
                | Nothing
                | ImportPrefix
                | Wildcard
                | FutureImport
                | Equals
                | Colon
                | Dot
                | Comma
                | Open
                | Close
                | Arrow
                | WalrusSign
                | AugmentedSign
                | InWord
                | ForWord
                | AsWord
                | CaseWord
                | ImportWord
        )
    }

    fn of_token(text: &str) -> Kind {
        match text {
            "=" => Kind::Equals,
            ":" => Kind::Colon,
            "." => Kind::Dot,
            "," => Kind::Comma,
            "(" | "[" | "{" => Kind::Open,
            ")" | "]" | "}" => Kind::Close,
            "->" => Kind::Arrow,
            ":=" => Kind::WalrusSign,
            "in" => Kind::InWord,
            "for" => Kind::ForWord,
            "as" => Kind::AsWord,
            "case" => Kind::CaseWord,
            "import" => Kind::ImportWord,
            "==" | "<=" | ">=" | "!=" => Kind::Leaf,
            sign if sign.len() > 1 && sign.ends_with('=') => Kind::AugmentedSign,
            _ => Kind::Leaf,
        }
    }

    fn of_node(name: &str) -> Kind {
        use Kind::*;
        match name {
            "identifier" => Identifier,
            "comment" => Comment,
            "string" => Text,
            "concatenated_string" => Concatenated,
            "integer" | "float" | "true" | "false" => Literal,
            "none" | "ellipsis" => Nothing,
            "dictionary" | "set" => Collection,
            "tuple" | "list" => Sequence,
            "list_comprehension" | "set_comprehension" | "dictionary_comprehension" | "generator_expression" => {
                Comprehension
            }
            "module" => Module,
            "block" => Block,
            "expression_statement" => Expression,
            "function_definition" => Function,
            "class_definition" => Class,
            "decorated_definition" => Decorated,
            "decorator" => Decorator,
            "lambda" => Lambda,
            "return_statement" => Return,
            "yield" => Yield,
            "parameters" | "lambda_parameters" => Parameters,
            "default_parameter" => DefaultParameter,
            "typed_parameter" | "typed_default_parameter" => TypedParameter,
            "type_parameter" => TypeParameter,
            "type" => Type,
            "constrained_type" => Constrained,
            "argument_list" => Arguments,
            "keyword_argument" => KeywordArgument,
            "call" => Call,
            "attribute" => Attribute,
            "subscript" => Subscript,
            "await" | "parenthesized_expression" => Transparent,
            "assignment" => Assignment,
            "augmented_assignment" => Augmented,
            "named_expression" => Walrus,
            "for_statement" => For,
            "for_in_clause" => ForClause,
            "as_pattern" => AsPattern,
            "except_clause" => Except,
            "import_statement" => Import,
            "import_from_statement" => ImportFrom,
            "future_import_statement" => FutureImport,
            "aliased_import" => AliasedImport,
            "relative_import" => RelativeImport,
            "import_prefix" => ImportPrefix,
            "dotted_name" => DottedName,
            "wildcard_import" => Wildcard,
            "global_statement" => Global,
            "nonlocal_statement" => Nonlocal,
            "type_alias_statement" => TypeAlias,
            "case_clause" => Case,
            "case_pattern" => CasePattern,
            "class_pattern" => ClassPattern,
            "keyword_pattern" => KeywordPattern,
            "if_clause" => Guard,
            "pattern_list"
            | "tuple_pattern"
            | "list_pattern"
            | "list_splat_pattern"
            | "dictionary_splat_pattern"
            | "as_pattern_target"
            | "expression_list"
            | "list_splat"
            | "union_pattern"
            | "splat_pattern"
            | "dict_pattern"
            | "splat_type"
            | "with_item"
            | "generic_type"
            | "union_type" => Target,
            "string_start"
            | "string_content"
            | "string_end"
            | "escape_sequence"
            | "escape_interpolation"
            | "type_conversion"
            | "line_continuation"
            | "pass_statement"
            | "break_statement"
            | "continue_statement"
            | "keyword_separator"
            | "positional_separator" => Leaf,
            _ => Other,
        }
    }
}

pub(crate) struct Grammar {
    language: Language,
    kinds: Vec<Kind>,
}

impl Grammar {
    pub(crate) fn get() -> &'static Grammar {
        static GRAMMAR: OnceLock<Grammar> = OnceLock::new();
        GRAMMAR.get_or_init(|| {
            let language = Language::from(tree_sitter_python::LANGUAGE);
            let kinds = (0..language.node_kind_count() as u16)
                .map(|id| match (language.node_kind_for_id(id), language.node_kind_is_named(id)) {
                    (Some(name), true) => Kind::of_node(name),
                    (Some(token), false) => Kind::of_token(token),
                    (None, _) => Kind::Other,
                })
                .collect();
            Grammar { language, kinds }
        })
    }

    pub(crate) fn kind(&self, id: u16) -> Kind {
        // The one kind outside the table is the error node.
        self.kinds.get(usize::from(id)).copied().unwrap_or(Kind::Error)
    }

    /// A parser for Python. It has no language, and so parses nothing, only if the linked grammar does not fit the
    /// linked library; a test would show that.
    pub(crate) fn parser(&self) -> Parser {
        let mut parser = Parser::new();
        let fits = parser.set_language(&self.language);
        debug_assert!(fits.is_ok());
        parser
    }
}

/// Texts longer than this are not parsed (bytes).
const LONGEST: usize = 16 << 20;

/// Parses a text, or gives up (`None`) when it is far too long or error recovery runs away: the work allowed grows with
/// the length of the text. Real Python stays a hundred times below it.
pub(crate) fn parse(parser: &mut Parser, text: &str) -> Option<Tree> {
    if text.len() > LONGEST { None } else { parse_within(parser, text, 20_000 + text.len()) }
}

/// Parses with so many reports of progress at most; the parser makes one every hundred steps.
fn parse_within(parser: &mut Parser, text: &str, mut reports: usize) -> Option<Tree> {
    let mut spend = |_: &tree_sitter::ParseState| {
        reports = reports.saturating_sub(1);
        if reports == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let bytes = text.as_bytes();
    let mut read = |at: usize, _| bytes.get(at..).unwrap_or_default();
    let options = ParseOptions::new().progress_callback(&mut spend);
    let tree = parser.parse_with_options(&mut read, None, Some(options));
    if tree.is_none() {
        // Otherwise the next text would be taken for the rest of this one.
        parser.reset();
    }
    tree
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parser_that_gave_up_reads_the_next_text() {
        let mut parser = Grammar::get().parser();
        assert!(parse_within(&mut parser, &"x = [1, 2, 3]\n".repeat(500), 2).is_none());
        let tree = parse(&mut parser, "y = 1\n").expect("a short text is parsed");
        assert_eq!((tree.root_node().has_error(), tree.root_node().end_byte()), (false, 6));
    }
}
