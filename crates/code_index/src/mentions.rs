//! Names, files and lines that a free text mentions and that exist.

use crate::index::{Index, is_test_file};
use crate::lookup::Letters;
use crate::symbol::{Symbol, SymbolId, SymbolKind};
use serde::Serialize;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// So many files or symbols are kept for one mention.
const LIMIT: usize = 8;

/// How something is mentioned, the clearest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MentionForm {
    /// As a path, with or without a line.
    Path,
    /// Between back quotes.
    Quoted,
    /// With call parentheses.
    Call,
    /// With dots.
    Dotted,
    /// In `snake_case`, `CamelCase` or capitals.
    Cased,
    /// As a plain word that is no ordinary English one.
    Plain,
}

/// What is mentioned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mentioned {
    /// A file; several where the name does not tell them apart.
    File {
        /// The paths, best first.
        paths: Vec<Arc<str>>,
    },
    /// Lines that a file has.
    Lines {
        /// The paths that have them, best first.
        paths: Vec<Arc<str>>,
        /// First and last line, counted from 1.
        lines: (u32, u32),
        /// The function or class around the first line in the first path.
        symbol: Option<SymbolId>,
    },
    /// Symbols of that name.
    Symbols {
        /// The symbols, best first.
        symbols: Vec<SymbolId>,
    },
}

/// Something that exists and that a text mentions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mention {
    /// The bytes of the text.
    pub span: Range<usize>,
    /// How it is mentioned.
    pub form: MentionForm,
    /// What it is.
    pub what: Mentioned,
}

impl Index {
    /// What a text mentions, in its order. An ordinary English word that happens to be a name (`answer`, `score`,
    /// `run`) counts only in the form of code: quoted, called, dotted or cased; other words count if they are exactly
    /// the name of a function, class, constant or module.
    pub fn mentions(&self, text: &str) -> Vec<Mention> {
        let quoted = quoted_spans(text);
        let mut scan = Scan { index: self, text, quoted, found: Vec::new(), lines: Vec::new() };
        scan.run();
        scan.attach_lines();
        scan.found.sort_by_key(|mention| mention.span.start);
        scan.found
    }
}

/// "line 40", before it is known of which file.
struct LineWords {
    span: Range<usize>,
    lines: (u32, u32),
}

struct Scan<'t> {
    index: &'t Index,
    text: &'t str,
    quoted: Vec<Range<usize>>,
    found: Vec<Mention>,
    lines: Vec<LineWords>,
}

impl Scan<'_> {
    fn run(&mut self) {
        let mut at = 0;
        while let Some(start) = self.text[at..].find(|c: char| is_word(c) || c == '.' || c == '/').map(|s| at + s) {
            let token = start..end_of(self.text, start, |c| is_word(c) || matches!(c, '.' | '/' | '-'));
            at = match self.path(token) {
                Some(end) => end,
                None => self.word(start),
            };
        }
    }

    /// A path, with what follows it: `:18`, `#L18`, `::name`. Gives its end if there is such a file.
    fn path(&mut self, token: Range<usize>) -> Option<usize> {
        let name = self.text[token.clone()].trim_end_matches(['.', '-', '/']);
        if !name.ends_with(".py") && !name.contains('/') {
            return None;
        }
        let with_suffix = format!("{name}.py");
        let known = |name: &str| -> Vec<u32> { self.index.paths_matching(name, Letters::Exact).collect() };
        let files = Some(known(name)).filter(|files| !files.is_empty()).unwrap_or_else(|| known(&with_suffix));
        let mut paths: Vec<Arc<str>> = files.iter().map(|&file| self.index.paths[file as usize].clone()).collect();
        if paths.is_empty() {
            return None;
        }
        paths.sort_by_key(|path| (**path != *name, is_test_file(path)));
        paths.truncate(LIMIT);
        let end = token.start + name.len();
        let rest = &self.text[end..];
        if let Some(qualified) = rest.strip_prefix("::") {
            let length = end_of(qualified, 0, |c| is_word(c) || matches!(c, '.' | ':'));
            let whole = qualified[..length].trim_end_matches(['.', ':']);
            let symbols = self.index.symbol(&format!("{name}::{whole}"));
            if !symbols.is_empty() {
                let span = token.start..end + 2 + whole.len();
                self.push(span.clone(), MentionForm::Path, ids(symbols));
                return Some(span.end);
            }
        }
        let marked = [":", "#L"].into_iter().find_map(|mark| rest.strip_prefix(mark).map(|rest| (mark, rest)));
        let lines = marked.and_then(|(mark, rest)| number_range(rest).map(|(lines, used)| (lines, mark.len() + used)));
        if let Some((lines, used)) = lines
            && let Some(what) = self.lines_of(&paths, lines)
        {
            self.push(token.start..end + used, MentionForm::Path, what);
            return Some(end + used);
        }
        self.push(token.start..end, MentionForm::Path, Mentioned::File { paths });
        Some(end)
    }

    /// A name, perhaps dotted, or the word "line". Gives where to go on.
    fn word(&mut self, start: usize) -> usize {
        let end = end_of(self.text, start, |c| is_word(c) || c == '.');
        let raw = &self.text[start..end];
        let name = raw.trim_matches('.');
        if name.is_empty() {
            // Dots, or a slash that begins no path.
            return end.max(start + 1);
        }
        let start = start + (raw.len() - raw.trim_start_matches('.').len());
        if matches!(name, "line" | "lines" | "Line" | "Lines")
            && let Some(end) = self.line_words(start, start + name.len())
        {
            return end;
        }
        let span = start..start + name.len();
        let is_quoted = self.quoted.iter().any(|range| range.start <= span.start && span.end <= range.end);
        let is_called = self.text[span.end..].starts_with('(');
        self.name(span, is_quoted, is_called);
        end
    }

    fn name(&mut self, span: Range<usize>, is_quoted: bool, is_called: bool) {
        let name = &self.text[span.clone()];
        let last = name.rsplit('.').next().unwrap_or(name);
        let form = match () {
            () if is_quoted => MentionForm::Quoted,
            () if is_called => MentionForm::Call,
            () if name.contains('.') => MentionForm::Dotted,
            () if is_cased(name) || self.is_proper(&span) => MentionForm::Cased,
            () => MentionForm::Plain,
        };
        let whole = self.exactly(name);
        if !whole.is_empty() {
            let counts = form != MentionForm::Plain || (!is_ordinary(name) && whole.iter().any(|s| is_notable(s)));
            if counts {
                self.push(span, form, ids(whole));
            }
            return;
        }
        if !name.contains('.') {
            let loose = if is_quoted { self.index.symbol(name) } else { Vec::new() };
            if !loose.is_empty() {
                self.push(span, form, ids(loose));
            }
            return;
        }
        // `self.newest` or `result.newest`: what stands before the dot is no symbol, but the rest may be.
        let inner = self.exactly(last);
        if !inner.is_empty() && (is_quoted || is_called || is_cased(last) || !is_ordinary(last)) {
            return self.push(span, form, ids(inner));
        }
        // `Corpus.missing`: as much of it as exists.
        let mut known = name;
        while let Some((before, _)) = known.rsplit_once('.') {
            known = before;
            let found = self.exactly(known);
            if !found.is_empty() && (known.contains('.') || is_quoted || is_cased(known) || !is_ordinary(known)) {
                return self.push(span.start..span.start + known.len(), form, ids(found));
            }
        }
    }

    fn exactly(&self, name: &str) -> Vec<&Symbol> {
        let last = name.rsplit('.').next().unwrap_or(name);
        // `symbol` would fall back on other capitals.
        self.index.symbol(name).into_iter().filter(|symbol| &*symbol.name == last).collect()
    }

    /// A capitalised class name in the middle of a sentence.
    fn is_proper(&self, span: &Range<usize>) -> bool {
        let name = &self.text[span.clone()];
        let before = self.text[..span.start].trim_end_matches([' ', '*', '_', '"', '\'', '(']);
        let in_sentence = before.ends_with(|c: char| is_word(c) || c == ',');
        let is_class = || self.exactly(name).iter().any(|symbol| symbol.kind == SymbolKind::Class);
        name.starts_with(char::is_uppercase) && in_sentence && is_class()
    }

    fn line_words(&mut self, start: usize, end: usize) -> Option<usize> {
        let rest = &self.text[end..];
        let number = rest.trim_start_matches([' ', '\u{a0}']);
        let gap = rest.len() - number.len();
        let (lines, used) = number_range(number).filter(|_| gap > 0)?;
        let end = end + gap + used;
        self.lines.push(LineWords { span: start..end, lines });
        Some(end)
    }

    /// Finds the file for each "line 40": named right after or before it, or the only one of the whole text.
    fn attach_lines(&mut self) {
        for words in std::mem::take(&mut self.lines) {
            let is_file = |mention: &&Mention| matches!(mention.what, Mentioned::File { .. });
            let after = |mention: &&Mention| {
                mention.span.start >= words.span.end && joins(&self.text[words.span.end..mention.span.start])
            };
            let before = |mention: &&Mention| {
                mention.span.end <= words.span.start && joins(&self.text[mention.span.end..words.span.start])
            };
            let files = || self.found.iter().filter(is_file);
            let near = files().find(after).or_else(|| files().find(before));
            let (span, paths) = match near {
                Some(Mention { span, what: Mentioned::File { paths }, .. }) => (Some(span.clone()), paths.clone()),
                _ => (None, self.only_file()),
            };
            let Some(what) = self.lines_of(&paths, words.lines) else { continue };
            if let Some(file) = span {
                self.found.retain(|mention| mention.span != file);
                let whole = file.start.min(words.span.start)..file.end.max(words.span.end);
                self.push(whole, MentionForm::Path, what);
            } else {
                self.push(words.span, MentionForm::Path, what);
            }
        }
    }

    fn only_file(&self) -> Vec<Arc<str>> {
        let paths: BTreeSet<Arc<str>> = self
            .found
            .iter()
            .filter_map(|mention| match &mention.what {
                Mentioned::File { paths } | Mentioned::Lines { paths, .. } => Some(paths.clone()),
                Mentioned::Symbols { .. } => None,
            })
            .flatten()
            .collect();
        if paths.len() == 1 { paths.into_iter().collect() } else { Vec::new() }
    }

    /// The lines, in those files that have them.
    fn lines_of(&self, paths: &[Arc<str>], (first, last): (u32, u32)) -> Option<Mentioned> {
        let count = |path: &Arc<str>| self.index.file(path).map_or(0, |file| file.line_count());
        let paths: Vec<Arc<str>> = paths.iter().filter(|path| first <= count(path)).cloned().collect();
        let best = paths.first().filter(|_| first > 0)?;
        let lines = (first, last.clamp(first, count(best)));
        let symbol = self.index.enclosing_line(best, first).map(|symbol| symbol.id);
        Some(Mentioned::Lines { paths, lines, symbol })
    }

    fn push(&mut self, span: Range<usize>, form: MentionForm, what: Mentioned) {
        self.found.push(Mention { span, form, what });
    }
}

fn ids(symbols: Vec<&Symbol>) -> Mentioned {
    Mentioned::Symbols { symbols: symbols.into_iter().take(LIMIT).map(|symbol| symbol.id).collect() }
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// The end of a run of such characters.
fn end_of(text: &str, start: usize, fits: impl Fn(char) -> bool) -> usize {
    text[start..].find(|character| !fits(character)).map_or(text.len(), |length| start + length)
}

/// `18`, `18-25`, `18 to 25`: the lines and how many bytes that took.
fn number_range(text: &str) -> Option<((u32, u32), usize)> {
    let number = |text: &str| {
        let length = text.bytes().take_while(u8::is_ascii_digit).count();
        text[..length].parse::<u32>().ok().map(|number| (number, length))
    };
    let (first, used) = number(text)?;
    let rest = &text[used..];
    let second = ["-L", "-", "–", " - ", " to ", " through ", " and ", ", "]
        .into_iter()
        .find_map(|mark| number(rest.strip_prefix(mark)?).map(|(last, length)| (last, used + mark.len() + length)));
    Some(match second {
        Some((last, used)) if last >= first => ((first, last), used),
        _ => ((first, first), used),
    })
}

/// Whether nothing but small words stands between a file and a line.
fn joins(between: &str) -> bool {
    between.len() <= 24
        && !between.contains("\n\n")
        && between
            .split(|character: char| !character.is_alphanumeric())
            .all(|word| matches!(word, "" | "of" | "in" | "from" | "at" | "on" | "the" | "file" | "around" | "near"))
        && !between.contains([';', '!', '?'])
}

/// The insides of inline code; blocks of code are text like any other.
fn quoted_spans(text: &str) -> Vec<Range<usize>> {
    let mut spans = Vec::new();
    let mut at = 0;
    while let Some(open) = text[at..].find('`').map(|found| at + found) {
        let inside = end_of(text, open, |character| character == '`');
        let fence = &text[open..inside];
        let Some(close) = text[inside..].find(fence).map(|found| inside + found) else {
            at = inside;
            continue;
        };
        if fence.len() < 3 && !text[inside..close].contains("\n\n") {
            spans.push(inside..close);
            at = close + fence.len();
        } else if fence.len() < 3 {
            at = inside;
        } else {
            at = close + fence.len();
        }
    }
    spans
}

/// Written as only code is: `snake_case`, `CamelCase`, `CAPITALS`.
fn is_cased(name: &str) -> bool {
    let letters = name.chars().filter(|character| character.is_alphabetic()).count();
    let inner = name.trim_matches('_').contains('_') || (name.starts_with('_') && letters > 1);
    let humps = name.chars().zip(name.chars().skip(1)).any(|(a, b)| a.is_lowercase() && b.is_uppercase());
    let capitals = letters > 2 && !name.chars().any(char::is_lowercase);
    let acronym = name.chars().take_while(|character| character.is_uppercase()).count() > 1;
    (inner && letters > 0) || humps || capitals || (acronym && letters > 3)
}

/// Whether a plain word may stand for such a symbol.
fn is_notable(symbol: &Symbol) -> bool {
    symbol.name.len() > 2 && !matches!(symbol.kind, SymbolKind::Attribute | SymbolKind::Variable)
}

fn is_ordinary(name: &str) -> bool {
    static WORDS: OnceLock<BTreeSet<&str>> = OnceLock::new();
    let words = WORDS.get_or_init(|| include_str!("ordinary_words.txt").split_whitespace().collect());
    let name = name.to_lowercase();
    let stem = |ending: &str, instead: &str| {
        let stem = name.strip_suffix(ending)?;
        let doubled = stem.strip_suffix(|last: char| stem[..stem.len() - last.len_utf8()].ends_with(last));
        let whole = format!("{stem}{instead}");
        (words.contains(&*whole) || doubled.is_some_and(|single| words.contains(single))).then_some(())
    };
    words.contains(&*name)
        || [
            ("s", ""),
            ("es", ""),
            ("ies", "y"),
            ("ed", ""),
            ("ed", "e"),
            ("ing", ""),
            ("ing", "e"),
            ("er", ""),
            ("er", "e"),
            ("ly", ""),
        ]
        .into_iter()
        .any(|(ending, instead)| stem(ending, instead).is_some())
}
