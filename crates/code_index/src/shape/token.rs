//! Python's tokens, as far as single lines show them. Any text has tokens.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RawKind {
    Word,
    Number,
    Text,
    Sign,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Raw<'t> {
    pub(super) kind: RawKind,
    pub(super) text: &'t str,
}

const KEYWORDS: [&str; 35] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
    "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal",
    "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

/// Words that begin a statement and never a line within brackets.
const OPENERS: [&str; 19] = [
    "def", "class", "return", "import", "raise", "while", "with", "try", "except", "finally", "elif", "pass", "break",
    "continue", "assert", "del", "global", "nonlocal", "@",
];

const SIGNS: [&str; 24] = [
    "**=", "//=", ">>=", "<<=", "...", "==", "!=", "<=", ">=", "->", ":=", "+=", "-=", "*=", "/=", "%=", "&=", "|=",
    "^=", "@=", "**", "//", "<<", ">>",
];

pub(super) fn is_keyword(word: &str) -> bool {
    KEYWORDS.contains(&word)
}

/// The tokens of each logical line: brackets and backslashes join lines. Where a bracket is left open, as in a part of
/// a change, the next line that can only begin a statement begins one.
pub(super) fn lines(text: &str) -> Vec<Vec<Raw<'_>>> {
    let mut lines = vec![Vec::new()];
    let (mut depth, mut fresh) = (0_u32, true);
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if first == '\n' {
            fresh = true;
            if depth == 0 {
                lines.push(Vec::new());
            }
            rest = &rest[1..];
            continue;
        }
        let (kind, length) = next(rest, first);
        let (token, behind) = rest.split_at(length);
        rest = behind;
        let Some(kind) = kind else { continue };
        if fresh && depth > 0 && OPENERS.contains(&token) {
            depth = 0;
            lines.push(Vec::new());
        }
        fresh = false;
        match token {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if let Some(line) = lines.last_mut() {
            line.push(Raw { kind, text: token });
        }
    }
    lines
}

/// The kind and length of what comes next; no kind for what is left out.
fn next(rest: &str, first: char) -> (Option<RawKind>, usize) {
    let run = |fits: fn(char) -> bool| rest.find(|character| !fits(character)).unwrap_or(rest.len());
    match first {
        '#' => (None, rest.find('\n').unwrap_or(rest.len())),
        '\\' => (None, if rest.starts_with("\\\r\n") { 3 } else { rest.chars().take(2).map(char::len_utf8).sum() }),
        white if white.is_whitespace() || white == '\u{feff}' => (None, first.len_utf8()),
        '"' | '\'' => (Some(RawKind::Text), text_length(rest)),
        digit if digit.is_ascii_digit() => {
            (Some(RawKind::Number), run(|character| character.is_alphanumeric() || matches!(character, '_' | '.')))
        }
        letter if letter.is_alphabetic() || letter == '_' => {
            let length = run(|character| character.is_alphanumeric() || character == '_');
            match rest[length..].chars().next() {
                Some('"' | '\'') if length <= 2 => (Some(RawKind::Text), length + text_length(&rest[length..])),
                _ => (Some(RawKind::Word), length),
            }
        }
        _ => {
            let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign));
            (Some(RawKind::Sign), sign.map_or(first.len_utf8(), |sign| sign.len()))
        }
    }
}

/// The length of a string literal that starts with a quote; to the end of the line, or for three quotes of the text,
/// if it is left open.
fn text_length(rest: &str) -> usize {
    let quote = &rest[..1];
    let triple = quote.repeat(3);
    let is_triple = rest.starts_with(&triple);
    let mark = if is_triple { triple.as_str() } else { quote };
    let mut at = mark.len();
    while let Some(character) = rest[at..].chars().next() {
        if rest[at..].starts_with(mark) {
            return at + mark.len();
        }
        if character == '\n' && !is_triple {
            return at;
        }
        at += character.len_utf8();
        if character == '\\' {
            at += rest[at..].chars().next().map_or(0, char::len_utf8);
        }
    }
    at
}

/// What a string literal holds, whatever its quotes.
pub(super) fn content(literal: &str) -> &str {
    crate::wording::unquoted(literal).unwrap_or(literal)
}
