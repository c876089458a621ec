//! What comes near to a question that nothing answers outright, and whether a fact is only near.

use crate::code::{Code, Mentions};
use crate::facts::{Fact, is_test_code, what};
use crate::matching::{self, Lexicon};
use crate::wording::Statement;
use crate::words;
use code_index::{Index, Symbol, SymbolKind};
use std::collections::{BTreeMap, BTreeSet};

/// A question is about a symbol that it names in a plain word if the symbol's words are so much of it.
const LIKELY_SHARE: f64 = 0.2;
/// A word in the names or descriptions of so many symbols at most is rare.
const RARE: usize = 3;
/// Shorter words are not taken for misspelt names.
const SHORTEST_MISSPELT: usize = 5;

impl Fact {
    /// The same, as an answer to a question that may ask more than what something is.
    pub(crate) fn for_question(mut self, question: &str) -> Self {
        let formal = words::stems(
            "signature arguments parameters argument parameter return docstring class dataclass function method module file \
             line deal purpose hold work step by walk through describe docstring set top level call it only",
        );
        let path = self.about.iter().flat_map(|about| words::stems(about.path.as_str()));
        let told: BTreeSet<String> =
            self.statements.iter().flat_map(Statement::stems).chain(path).chain(formal).collect();
        let asked = words::stems(question);
        let open = asked.iter().filter(|stem| !told.contains(*stem)).count();
        self.near = open * 4 > asked.len();
        self
    }
}

/// What the question is most likely about, where nothing in it is marked as a name: a plain word that is one, if the
/// description goes on with the question's words.
pub(crate) fn likely(code: &Code<'_>, lexicon: &Lexicon, question: &str, mentions: &Mentions) -> Option<Fact> {
    let asked: BTreeSet<String> = words::stems(words::readable(question)).into_iter().collect();
    let weigh = |stems: &mut dyn Iterator<Item = &String>| stems.map(|stem| lexicon.weight(stem)).sum::<f64>();
    let named = mentions.symbols.iter().flat_map(|mention| &mention.ids).filter_map(|id| code.index.get(*id));
    let share = |symbol: &Symbol| weigh(&mut asked.intersection(&stems_of(symbol))) / weigh(&mut asked.iter());
    let named = named.filter(|symbol| symbol.kind.is_function() || symbol.kind == SymbolKind::Class);
    let near = named.map(|symbol| (share(symbol), symbol)).filter(|(share, _)| *share >= LIKELY_SHARE);
    let near = near.max_by(|(one, a), (other, b)| {
        a.kind.is_function().cmp(&b.kind.is_function()).then_with(|| one.total_cmp(other))
    });
    what(code, near?.1).map(|fact| fact.for_question(question))
}

/// The names a question that nothing answers comes near to, at most two: rare words of it, or misspelt ones.
pub(crate) fn nearest<'a>(code: &Code<'a>, question: &str) -> Vec<&'a Symbol> {
    let asked: BTreeSet<String> = words::stems(words::readable(question)).into_iter().take(40).collect();
    let written: BTreeSet<String> = words::plain(words::readable(question)).into_iter().take(40).collect();
    let mut holders: BTreeMap<String, usize> = BTreeMap::new();
    let symbols = || told(code.index).filter(|symbol| !symbol.name.starts_with("__"));
    symbols().flat_map(stems_of).for_each(|stem| *holders.entry(stem).or_default() += 1);
    let rare = |stem: &String| holders.get(stem).is_some_and(|count| *count <= RARE);
    let nearness = |symbol: &Symbol| {
        let name: BTreeSet<String> = words::stems(&symbol.name).into_iter().collect();
        let is_misspelt = |word: &String| matching::likeness(word, &symbol.name.to_lowercase()) >= matching::ALIKE;
        let misspelt = written.iter().any(|word| word.len() >= SHORTEST_MISSPELT && is_misspelt(word));
        name.intersection(&asked).filter(|stem| rare(stem)).count() + usize::from(misspelt)
    };
    let mut near: Vec<(usize, &Symbol)> = symbols().map(|symbol| (nearness(symbol), symbol)).collect();
    near.retain(|(nearness, symbol)| {
        *nearness > 0 && !matches!(symbol.kind, SymbolKind::Module | SymbolKind::Attribute)
    });
    near.sort_by_key(|(nearness, symbol)| (std::cmp::Reverse(*nearness), symbol.location()));
    near.into_iter().take(2).map(|(_, symbol)| symbol).collect()
}

/// The words of each symbol outside tests, in its name and description.
pub(crate) fn vocabulary(index: &Index) -> Vec<BTreeSet<String>> {
    told(index).map(stems_of).collect()
}

fn told(index: &Index) -> impl Iterator<Item = &Symbol> {
    index.symbols().filter(|symbol| !is_test_code(symbol) && symbol.kind != SymbolKind::Variable)
}

fn stems_of(symbol: &Symbol) -> BTreeSet<String> {
    let name = words::stems(&symbol.name);
    symbol.doc.iter().flat_map(|doc| words::stems(doc)).chain(name).collect()
}
