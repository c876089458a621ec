//! The repository as a prompt talks about it: which symbols and files its words mean.

use crate::facts;
use code_index::{Index, Symbol, SymbolId, SymbolKind};
use domain::ids::RepoPath;
use domain::task::Subject;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

/// Shorter words never mean a symbol unless they are marked as code.
const SHORTEST_PLAIN: usize = 3;
/// Names are looked for in so many neighbouring words, as in "sort key" for `sort_key`.
const LONGEST_NAME: usize = 3;
/// In these words something is asked about what a question names or points at; they are no names then, though some
/// function may be called so.
const VERBS: &str = "call, calls, called, use, uses, used, test, tests, tested, reach, reaches, cover, covers";
/// Most words of one text that are looked at.
const MOST_WORDS: usize = 600;
/// Most names of one text that are looked at.
const MOST_NAMES: usize = 64;

/// An index and, where they are at hand, the texts it was made from.
#[derive(Clone, Copy)]
pub(crate) struct Code<'a> {
    pub(crate) index: &'a Index,
    pub(crate) names: &'a Names,
    pub(crate) texts: Option<&'a BTreeMap<RepoPath, Arc<str>>>,
}

/// The names of all symbols in lower case, so that most words are known to be none at once.
#[derive(Clone, Debug)]
pub(crate) struct Names(HashSet<String>);

impl Names {
    /// Those of an index.
    pub(crate) fn of(index: &Index) -> Self {
        Self(index.symbols().map(|symbol| symbol.name.to_lowercase()).collect())
    }

    fn has(&self, name: &str) -> bool {
        self.0.contains(&last_part(name).to_lowercase())
    }
}

/// What a text names.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mentions {
    /// Symbols, in the order of the text.
    pub(crate) symbols: Vec<Mention>,
    /// Files, in the order of the text.
    pub(crate) files: Vec<String>,
    /// Words that look like code, whether they exist or not.
    pub(crate) names: BTreeSet<String>,
    /// Texts in quotation marks.
    pub(crate) quoted: Vec<String>,
}

/// A name in a text, and what it may mean.
#[derive(Clone, Debug)]
pub(crate) struct Mention {
    /// The symbols it may mean, best first; never empty.
    pub(crate) ids: Vec<SymbolId>,
    /// It is no plain word of English that may mean something else.
    pub(crate) strong: bool,
    /// What was written, where only its last part is a name, as in `Corpus.in_force` for the `in_force` of `retrieve`.
    pub(crate) misplaced: Option<String>,
}

impl Mentions {
    /// The symbol that is meant first of all: one written as code before a plain word.
    pub(crate) fn first(&self) -> Option<SymbolId> {
        let strong = self.symbols.iter().find(|mention| mention.strong);
        strong.or_else(|| self.symbols.first()).and_then(|mention| mention.ids.first().copied())
    }

    /// Nothing of the repository is named.
    pub(crate) fn is_empty(&self) -> bool {
        self.symbols.is_empty() && self.files.is_empty()
    }
}

struct Word<'t> {
    text: &'t str,
    marked: bool,
}

impl<'a> Code<'a> {
    /// What a text names, plain words included.
    pub(crate) fn mentions(&self, text: &str) -> Mentions {
        let mut words = words(text);
        words.truncate(MOST_WORDS);
        let mut mentions = Mentions { quoted: quoted(text), ..Mentions::default() };
        for (at, word) in words.iter().enumerate() {
            if mentions.symbols.len() + mentions.files.len() >= MOST_NAMES {
                break;
            }
            if is_code(word) {
                mentions.names.insert(last_part(word.text).to_lowercase());
            }
            self.mention(word, &mut mentions);
            self.joined(&words[at..], &mut mentions);
        }
        self.drop_verbs(text, &mut mentions);
        self.prefer_named_files(&mut mentions);
        mentions
    }

    /// "who calls this" and "who calls newest" do not mean a function `calls`; "what does calls do" does.
    fn drop_verbs(&self, text: &str, mentions: &mut Mentions) {
        let is_verb = |mention: &Mention| {
            let symbol = mention.ids.first().and_then(|id| self.index.get(*id));
            !mention.strong && symbol.is_some_and(|symbol| crate::words::is_among(&symbol.name.to_lowercase(), VERBS))
        };
        let asks_about_more = crate::words::hold(text, "this, it") || !mentions.symbols.iter().all(is_verb);
        if asks_about_more {
            mentions.symbols.retain(|mention| !is_verb(mention));
        }
    }

    fn mention(&self, word: &Word<'_>, mentions: &mut Mentions) {
        let (path, line) = path_and_line(word.text);
        let files = self.files_named(path);
        if !files.is_empty() && (path.contains('/') || path.contains('.')) {
            let at_line = line.and_then(|line| self.index.enclosing_line(&files[0], line));
            mentions.symbols.extend(at_line.map(|symbol| Mention {
                ids: vec![symbol.id],
                strong: true,
                misplaced: None,
            }));
            mentions.files.extend(files);
            return;
        }
        let code = is_code(word);
        let mut misplaced = None;
        let found = if !self.names.has(word.text) {
            Vec::new()
        } else if code {
            let found = self.index.symbol(word.text);
            misplaced = (found.is_empty() && path.contains('.')).then(|| path.to_owned());
            if misplaced.is_some() { self.index.symbol(last_part(word.text)) } else { found }
        } else if word.text.len() >= SHORTEST_PLAIN && !crate::words::stems(word.text).is_empty() {
            self.plain(word.text)
        } else {
            Vec::new()
        };
        let ids = found.iter().map(|symbol| symbol.id).collect();
        push(mentions, Mention { ids, strong: code, misplaced });
    }

    /// A plain word means a function or module of exactly that name or a class of that name, never a variable.
    fn plain(&self, word: &str) -> Vec<&'a Symbol> {
        let mut letters = word.chars();
        let capital: String =
            letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect();
        let named = |symbol: &&Symbol| match symbol.kind {
            SymbolKind::Class => *symbol.name == *capital,
            SymbolKind::Module => &*symbol.name == word,
            kind => kind.is_function() && &*symbol.name == word,
        };
        let capitals = self.index.symbol(&capital).into_iter().filter(|symbol| *symbol.name != *word);
        let mut found: Vec<&Symbol> = self.index.symbol(word).into_iter().chain(capitals).collect();
        found.retain(|symbol| named(symbol) && !facts::is_test_code(symbol));
        found
    }

    /// Neighbouring words that make up one name; "in force" and "not found" are English.
    fn joined(&self, words: &[Word<'_>], mentions: &mut Mentions) {
        for length in 2..=LONGEST_NAME.min(words.len()) {
            let parts: Vec<&str> = words[..length].iter().map(|word| word.text).collect();
            let telling =
                |part: &&str| part.chars().all(char::is_alphanumeric) && !crate::words::stems(part).is_empty();
            if parts.iter().all(telling) {
                let snake = parts.join("_").to_lowercase();
                let camel = parts.concat();
                let known = [snake, camel].into_iter().filter(|name| self.names.has(name));
                let found = known.flat_map(|name| self.index.symbol(&name)).map(|symbol| symbol.id).collect();
                push(mentions, Mention { ids: found, strong: true, misplaced: None });
            }
        }
    }

    /// "load in corpus.py" means the `load` of that file.
    fn prefer_named_files(&self, mentions: &mut Mentions) {
        let modules: Vec<String> = mentions
            .symbols
            .iter()
            .filter_map(|mention| self.index.get(*mention.ids.first()?))
            .filter(|symbol| matches!(symbol.kind, SymbolKind::Module | SymbolKind::Class))
            .map(|symbol| symbol.path.to_string())
            .chain(mentions.files.iter().cloned())
            .collect();
        for mention in &mut mentions.symbols {
            let elsewhere = |id: &SymbolId| self.index.get(*id).is_none_or(|s| !modules.iter().any(|m| **m == *s.path));
            mention.ids.sort_by_key(elsewhere);
        }
    }

    /// The words that names consist of, those in plain words left out or not; a name with an underscore is itself no such
    /// word, because it is rare enough to say what the question is about.
    pub(crate) fn name_stems(&self, mentions: &Mentions, plain: bool) -> BTreeSet<String> {
        let named = mentions.symbols.iter().filter(|mention| plain || mention.strong);
        let symbols = named.filter_map(|mention| self.index.get(*mention.ids.first()?));
        symbols.flat_map(|symbol| crate::words::stems(&symbol.qualified)).filter(|stem| !stem.contains('_')).collect()
    }

    /// All files, also those that are no Python, whose path is or ends in this one.
    pub(crate) fn files_named(&self, path: &str) -> Vec<String> {
        let path = path.trim_start_matches("./").trim_matches('/');
        if path.len() < SHORTEST_PLAIN {
            return Vec::new();
        }
        let fits = |known: &str| known == path || known.strip_suffix(path).is_some_and(|rest| rest.ends_with('/'));
        self.files().into_iter().filter(|known| fits(known)).map(str::to_owned).collect()
    }

    /// The paths of all files.
    pub(crate) fn files(&self) -> Vec<&'a str> {
        match self.texts {
            Some(texts) => texts.keys().map(RepoPath::as_str).collect(),
            None => self.index.files().collect(),
        }
    }

    /// The symbol a subject names, or the module of its file.
    pub(crate) fn subject(&self, subject: &Subject) -> Option<&'a Symbol> {
        let symbols = self.index.symbols_in(subject.path.as_str());
        match &subject.symbol {
            None => symbols.first(),
            Some(name) => {
                symbols.iter().find(|symbol| *symbol.qualified == **name && symbol.kind != SymbolKind::Module)
            }
        }
    }

    /// How plainly the mentions name a subject, 0 to 1.
    pub(crate) fn naming(&self, mentions: &Mentions, subject: &Subject) -> f64 {
        let file = mentions.files.iter().any(|file| file == subject.path.as_str());
        let symbol = match (&subject.symbol, self.subject(subject)) {
            (_, Some(symbol)) => mentions
                .symbols
                .iter()
                .filter(|mention| mention.ids.contains(&symbol.id))
                .map(|mention| if mention.strong { 1.0 } else { 0.6 })
                .fold(0.0, f64::max),
            // An invented name is found nowhere but in the subject.
            (Some(name), None) if mentions.names.contains(&last_part(name).to_lowercase()) => 1.0,
            _ => 0.0,
        };
        match (file, &subject.symbol) {
            (true, None) => 1.0,
            (true, Some(_)) => symbol.max(0.5),
            (false, _) => symbol,
        }
    }

    /// The lines of a symbol, as code: `` `path:first-last` ``.
    pub(crate) fn place(&self, symbol: &Symbol) -> String {
        match (symbol.kind, symbol.lines) {
            (SymbolKind::Module, _) => format!("`{}`", symbol.path),
            (_, (first, last)) if first == last => format!("`{}:{first}`", symbol.path),
            (_, (first, last)) => format!("`{}:{first}-{last}`", symbol.path),
        }
    }
}

fn push(mentions: &mut Mentions, mention: Mention) {
    if mention.ids.is_empty() {
        return;
    }
    match mentions.symbols.iter_mut().find(|known| known.ids == mention.ids) {
        Some(known) => known.strong |= mention.strong,
        None => mentions.symbols.push(mention),
    }
}

fn last_part(name: &str) -> &str {
    name.rsplit(['.', ':', '/']).next().unwrap_or(name)
}

/// Marked with back quotes or a parenthesis, or not written as English words are.
fn is_code(word: &Word<'_>) -> bool {
    let inner_capital =
        word.text.chars().zip(word.text.chars().skip(1)).any(|(a, b)| a.is_lowercase() && b.is_uppercase());
    let shouted =
        word.text.len() > 2 && word.text.chars().any(char::is_uppercase) && !word.text.chars().any(char::is_lowercase);
    word.marked || inner_capital || shouted || word.text.contains(['_', '.', ':', '/'])
}

/// `path:12` and `path:12-20` name a line.
fn path_and_line(text: &str) -> (&str, Option<u32>) {
    match text.split_once(':') {
        Some((path, rest)) if !rest.starts_with(':') => {
            (path, rest.split('-').next().and_then(|line| line.parse().ok()))
        }
        _ => (text, None),
    }
}

fn words(text: &str) -> Vec<Word<'_>> {
    let inside = |character: char| character.is_alphanumeric() || matches!(character, '_' | '.' | '/' | ':' | '-');
    let mut words = Vec::new();
    let mut start = None;
    for (at, character) in text.char_indices().chain([(text.len(), ' ')]) {
        match (start, inside(character)) {
            (None, true) => start = Some(at),
            (Some(from), false) => {
                start = None;
                let word =
                    text[from..at].trim_start_matches(['.', '/', ':', '-']).trim_end_matches(['.', ':', '/', '-']);
                let marked = character == '(' || text[..from].ends_with('`');
                if word.chars().any(char::is_alphanumeric) {
                    words.push(Word { text: word, marked });
                }
            }
            _ => {}
        }
    }
    words
}

/// What stands between straight or curly quotation marks, or between back quotes, on one line.
fn quoted(text: &str) -> Vec<String> {
    let mut quoted = Vec::new();
    for line in text.lines() {
        for (open, close) in [('"', '"'), ('“', '”'), ('`', '`'), ('\'', '\'')] {
            let mut rest = line;
            while let Some((_, after)) = rest.split_once(open) {
                let Some((inner, next)) = after.split_once(close) else { break };
                let apostrophe = open == '\'' && (inner.contains(' ') || next.starts_with(char::is_alphanumeric));
                if !inner.trim().is_empty() && !apostrophe {
                    quoted.push(inner.to_owned());
                }
                rest = next;
            }
        }
    }
    quoted
}
