//! The shape of a piece of code: what it does to its values, whatever they are called.
//!
//! Added lines are seldom a whole program, so this works on tokens, line by logical line: indentation and everything
//! around a statement are of no account. Names of locals become numbers in the order of their first use in the
//! statement; names of what is called, of attributes, arguments, classes and constants stay.

use crate::names::FastMap;
use std::fmt;

mod token;
use token::{Raw, RawKind};

/// Below this, two statements have nothing to do with one another.
const THRESHOLD: f64 = 0.6;

/// Tokens of one statement that are compared, at most.
const LONGEST: usize = 600;

/// One statement, or the head of a compound one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Shape {
    tokens: Vec<Token>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Token {
    /// A local name, numbered in its statement.
    Local(u32),
    /// A name that keeps its meaning elsewhere.
    Name(String),
    Keyword(String),
    Number(String),
    Text(String),
    Operator(String),
}

impl Token {
    /// How much it says about the statement.
    fn weight(&self) -> f64 {
        match self {
            Token::Name(_) => 3.0,
            Token::Keyword(_) | Token::Number(_) | Token::Text(_) => 2.0,
            Token::Local(_) => 1.0,
            Token::Operator(sign) if matches!(&**sign, "(" | ")" | "[" | "]" | "{" | "}" | "," | ":" | ".") => 0.5,
            Token::Operator(_) => 1.5,
        }
    }

    /// How much of the weight two tokens share, 0 to 1.
    fn likeness(&self, other: &Token) -> f64 {
        match (self, other) {
            (a, b) if a == b => 1.0,
            (Token::Local(_), Token::Local(_)) => 0.5,
            (Token::Number(_), Token::Number(_)) | (Token::Text(_), Token::Text(_)) => 0.25,
            _ => 0.0,
        }
    }
}

impl fmt::Display for Shape {
    /// The statement with its locals as `$1`, `$2`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, token) in self.tokens.iter().enumerate() {
            let space = if place > 0 { " " } else { "" };
            match token {
                Token::Local(number) => write!(out, "{space}${number}")?,
                Token::Text(text) => write!(out, "{space}{text:?}")?,
                Token::Name(text) | Token::Keyword(text) | Token::Number(text) | Token::Operator(text) => {
                    write!(out, "{space}{text}")?;
                }
            }
        }
        Ok(())
    }
}

impl Shape {
    fn weight(&self) -> f64 {
        self.tokens.iter().map(Token::weight).sum()
    }

    /// How alike two statements are, 0 to 1: the weight of what they share in the same order.
    pub fn likeness(&self, other: &Shape) -> f64 {
        let (a, b) = (self.weight(), other.weight());
        if self == other {
            return 1.0;
        }
        // What both have cannot be more than the lighter one.
        if 2.0 * a.min(b) / (a + b) < THRESHOLD {
            return 0.0;
        }
        2.0 * self.shared(other) / (a + b)
    }

    fn shared(&self, other: &Shape) -> f64 {
        let mut row = vec![0.0_f64; other.tokens.len() + 1];
        for mine in &self.tokens {
            let mut diagonal = 0.0;
            for (place, theirs) in other.tokens.iter().enumerate() {
                let with_both = diagonal + mine.weight().min(theirs.weight()) * mine.likeness(theirs);
                diagonal = row[place + 1];
                row[place + 1] = with_both.max(row[place]).max(row[place + 1]);
            }
        }
        row[other.tokens.len()]
    }
}

/// The statements of a piece of code, in order. Comments, bare strings and the annotations of assignments are left
/// out; `;` and a body on the line of its head are taken apart.
pub fn statements(text: &str) -> Vec<Shape> {
    token::lines(text).into_iter().flat_map(|line| parts(&line)).filter_map(|part| shape(&part)).collect()
}

/// How far the statements of a pattern occur in added code in the same order, 0 to 1: 1 if all do, with the same names
/// for what is not local; near matches count in part, and each statement as much as it says. 0 for an empty pattern.
pub fn similarity(pattern: &str, added: &str) -> f64 {
    let (pattern, added) = (statements(pattern), statements(added));
    let total: f64 = pattern.iter().map(Shape::weight).sum();
    if total <= 0.0 {
        return 0.0;
    }
    let mut best = vec![0.0_f64; added.len() + 1];
    for wanted in &pattern {
        let mut diagonal = 0.0;
        for (place, given) in added.iter().enumerate() {
            let likeness = wanted.likeness(given);
            let counted = if likeness < THRESHOLD { 0.0 } else { likeness * wanted.weight() };
            let taken = diagonal + counted;
            diagonal = best[place + 1];
            best[place + 1] = taken.max(best[place]).max(best[place + 1]);
        }
    }
    (best[added.len()] / total).clamp(0.0, 1.0)
}

const HEADS: [&str; 14] = [
    "if", "elif", "else", "for", "while", "with", "try", "except", "finally", "def", "class", "async", "match", "case",
];

fn is_head(token: &Raw<'_>) -> bool {
    token.kind == RawKind::Word && HEADS.contains(&token.text)
}

/// Takes a logical line apart: at `;`, and behind the head of a compound statement.
fn parts<'t>(line: &[Raw<'t>]) -> Vec<Vec<Raw<'t>>> {
    let mut parts = vec![Vec::new()];
    let (mut depth, mut lambdas, mut in_head) = (0_u32, 0_u32, line.first().is_some_and(is_head));
    for &token in line {
        match token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            "lambda" if depth == 0 => lambdas += 1,
            _ => {}
        }
        let ends_head = in_head && depth == 0 && token.text == ":" && lambdas == 0;
        if depth == 0 && token.text == ":" {
            lambdas = lambdas.saturating_sub(1);
        }
        if depth == 0 && token.text == ";" {
            parts.push(Vec::new());
            continue;
        }
        if let Some(part) = parts.last_mut() {
            part.push(token);
        }
        if ends_head {
            in_head = false;
            parts.push(Vec::new());
        }
    }
    parts
}

fn shape(part: &[Raw<'_>]) -> Option<Shape> {
    let part = without_annotation(part);
    let first = part.first()?;
    if part.iter().all(|token| token.kind == RawKind::Text) {
        return None;
    }
    let keeps_all = matches!(first.text, "import" | "from");
    let defines = part.iter().take(3).any(|token| matches!(token.text, "def" | "class"));
    let mut locals = FastMap::default();
    let mut depth = 0_u32;
    let mut tokens = Vec::new();
    for (place, token) in part.iter().take(LONGEST).enumerate() {
        match token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        let before = place.checked_sub(1).map_or("", |before| part[before].text);
        let after = part.get(place + 1).map_or("", |after| after.text);
        tokens.push(match token.kind {
            RawKind::Text => Token::Text(token::content(token.text).to_owned()),
            RawKind::Number => Token::Number(token.text.to_lowercase().replace('_', "")),
            RawKind::Sign => Token::Operator(token.text.to_owned()),
            RawKind::Word if token::is_keyword(token.text) => Token::Keyword(token.text.to_owned()),
            RawKind::Word => {
                let is_argument = depth > 0 && after == "=" && matches!(before, "(" | ",") && !defines;
                let is_called = after == "(" && !matches!(before, "def" | "class");
                let stays = keeps_all || before == "." || is_called || is_argument || keeps_case(token.text);
                if stays && !matches!(before, "def" | "class") {
                    Token::Name(token.text.to_owned())
                } else {
                    let next = locals.len() as u32 + 1;
                    Token::Local(*locals.entry(token.text).or_insert(next))
                }
            }
        });
    }
    Some(Shape { tokens })
}

/// Names of classes and constants, and the object itself.
fn keeps_case(name: &str) -> bool {
    matches!(name, "self" | "cls") || name.trim_start_matches('_').starts_with(char::is_uppercase)
}

/// `x: int = 3` does what `x = 3` does.
fn without_annotation<'t>(part: &[Raw<'t>]) -> Vec<Raw<'t>> {
    let mut depth = 0_i32;
    let mut colon = None;
    for (place, token) in part.iter().enumerate() {
        match token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            "lambda" => break,
            ":" if depth == 0 && colon.is_none() => colon = Some(place),
            "=" if depth == 0 => {
                let Some(colon) = colon.filter(|_| !is_head(&part[0])) else { break };
                return [&part[..colon], &part[place..]].concat();
            }
            _ => {}
        }
    }
    part.to_vec()
}
