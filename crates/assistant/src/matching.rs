//! Which written answer a question asks for: words weighed by how rare they are among the answers and in the repository,
//! and subjects.

use crate::words;
use std::collections::{BTreeMap, BTreeSet};

/// How much of a score comes from the best single intent.
const WEIGHT_INTENT: f64 = 0.55;
/// How much comes from the question's words that any intent of the item has.
const WEIGHT_TOPIC: f64 = 0.27;
/// How much comes from naming a subject.
const WEIGHT_SUBJECT: f64 = 0.18;
/// A pair of neighbouring words weighs this much of their mean.
const BIGRAM: f64 = 0.5;
/// A word that no intent has weighs this much of the rarest word.
const UNKNOWN: f64 = 0.5;
/// A number or label that no intent has is an example, not what is asked; it weighs so much of a word that no intent has.
const EXAMPLE: f64 = 0.5;
/// A word of an answer's text says so much as one of its intents.
const IN_TEXT: f64 = 0.4;
/// Two words of so many shared letter triples are taken for one misspelt word.
pub(crate) const ALIKE: f64 = 0.66;

/// A word that the intents of so many items have at most says which of them is meant.
const FOCUS_ITEMS: usize = 2;

/// Most words of a question that are looked at.
const MOST_WORDS: usize = 400;

/// Everything that can be matched, with the weights of the words. Made once for a task.
#[derive(Clone, Debug)]
pub(crate) struct Lexicon {
    rarity: BTreeMap<String, f64>,
    unknown: f64,
    /// Words in the intents of few items; the others are what the whole task is about.
    focus: BTreeSet<String>,
    /// Letter triples of the words of intents.
    triples: BTreeMap<String, BTreeSet<[char; 3]>>,
    items: Vec<Item>,
}

#[derive(Clone, Debug)]
struct Item {
    intents: Vec<Terms>,
    topic: BTreeSet<String>,
    text: BTreeSet<String>,
}

impl Item {
    /// How surely a word belongs to the item: what its intents say, less what its text says.
    fn knows(&self, word: &str) -> f64 {
        match (self.topic.contains(word), self.text.contains(word)) {
            (true, _) => 1.0,
            (false, true) => IN_TEXT,
            (false, false) => 0.0,
        }
    }
}

/// The words of the names in a question.
#[derive(Clone, Debug, Default)]
pub(crate) struct NameWords {
    /// Of names marked as code.
    pub(crate) marked: BTreeSet<String>,
    /// Those, and plain words that are names too.
    pub(crate) all: BTreeSet<String>,
}

/// What can be matched: what an answer is asked with, and what it says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Written {
    /// Questions it answers.
    pub(crate) intents: Vec<String>,
    /// Its words; of a pair those of both sides, so that a match is the same for both.
    pub(crate) text: String,
}

/// Words and neighbouring words, with how often they stand there.
type Terms = BTreeMap<String, f64>;

/// How well an item fits a question.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Score {
    /// All together, 0 to 1.
    pub(crate) total: f64,
    /// The best intent alone, 0 to 1.
    pub(crate) intent: f64,
    /// The share of the question's words that the item's intents know, 0 to 1.
    pub(crate) topic: f64,
    /// The same of the words beside the names in it: what it asks about what it names.
    pub(crate) beside: f64,
    /// How many different words of the question the item's intents know, beside the names in it; a whole identifier
    /// counts for two.
    pub(crate) shared: usize,
    /// How much of the item's subject the question names, 0 to 1.
    pub(crate) named: f64,
    /// One of the words that question and item share is one of few items.
    pub(crate) focused: bool,
}

impl Score {
    fn of_nothing(named: f64) -> Score {
        Score { total: WEIGHT_SUBJECT * named, intent: 0.0, topic: 0.0, beside: 0.0, shared: 0, named, focused: false }
    }
}

impl Lexicon {
    /// Weighs the words of all intents by the items that have them and by the texts of the repository that do: what the
    /// whole repository is about tells no two questions apart. Items keep their order.
    pub(crate) fn new(items: &[Written], repository: &[BTreeSet<String>]) -> Self {
        let stemmed: Vec<Vec<Vec<String>>> =
            items.iter().map(|item| item.intents.iter().map(|intent| words::stems(intent)).collect()).collect();
        let texts: Vec<BTreeSet<String>> =
            items.iter().map(|item| words::stems(&item.text).into_iter().collect()).collect();
        let topics: Vec<BTreeSet<String>> = stemmed
            .iter()
            .zip(&texts)
            .map(|(intents, text)| intents.iter().flatten().chain(text).cloned().collect())
            .collect();
        let mut holders: BTreeMap<&str, usize> = BTreeMap::new();
        for word in topics.iter().chain(repository).flatten() {
            *holders.entry(word).or_default() += 1;
        }
        let all = (topics.len() + repository.len()) as f64;
        let weight = |count: f64| ((all + 1.0) / (count + 0.5)).ln();
        let rarity = holders.into_iter().map(|(word, count)| (word.to_owned(), weight(count as f64))).collect();
        let rarity: BTreeMap<String, f64> = rarity;
        let asked = |intents: &Vec<Vec<String>>| intents.iter().flatten().cloned().collect::<BTreeSet<_>>();
        let mut asking: BTreeMap<String, usize> = BTreeMap::new();
        stemmed.iter().flat_map(asked).for_each(|word| *asking.entry(word).or_default() += 1);
        let focus = asking.into_iter().filter(|(_, items)| *items <= FOCUS_ITEMS).map(|(word, _)| word).collect();
        let triples = topics.iter().flatten().map(|word| (word.clone(), triples(word))).collect();
        let mut lexicon = Self { rarity, unknown: UNKNOWN * weight(1.0), focus, triples, items: Vec::new() };
        lexicon.items = stemmed.iter().zip(texts).map(|(intents, text)| lexicon.item(intents, text)).collect();
        lexicon
    }

    fn item(&self, intents: &[Vec<String>], text: BTreeSet<String>) -> Item {
        let topic: BTreeSet<String> = intents.iter().flatten().cloned().collect();
        Item { intents: intents.iter().map(|intent| self.terms(intent)).collect(), topic, text }
    }

    /// Scores every item for one question; `named` says how much of an item's subject it names, 0 to 1.
    pub(crate) fn scores(&self, question: &str, names: &NameWords, named: impl Fn(usize) -> f64) -> Vec<Score> {
        let stems: Vec<String> =
            words::stems(question).into_iter().take(MOST_WORDS).map(|word| self.known(word)).collect();
        let terms = self.terms(&stems);
        self.items
            .iter()
            .enumerate()
            .map(|(number, item)| {
                let score = self.score(&stems, &terms, item, named(number));
                let known = stems.iter().filter(|word| item.knows(word) > 0.0 && !names.marked.contains(*word));
                let shared = known.collect::<BTreeSet<_>>().into_iter().map(|word| telling(word)).sum();
                Score { shared, beside: self.beside(&stems, &names.all, item), ..score }
            })
            .collect()
    }

    fn score(&self, stems: &[String], terms: &Terms, item: &Item, named: f64) -> Score {
        let all: f64 = stems.iter().map(|word| self.weight(word)).sum();
        if all == 0.0 {
            return Score::of_nothing(named);
        }
        let known: f64 = stems.iter().map(|word| item.knows(word) * self.weight(word)).sum();
        let topic = known / all;
        let intent = item.intents.iter().map(|intent| cosine(terms, intent)).fold(0.0, f64::max);
        Score {
            total: WEIGHT_INTENT * intent + WEIGHT_TOPIC * topic + WEIGHT_SUBJECT * named,
            intent,
            topic,
            beside: 0.0,
            shared: 0,
            named,
            focused: stems.iter().any(|word| item.topic.contains(word) && self.focus.contains(word)),
        }
    }

    fn beside(&self, stems: &[String], names: &BTreeSet<String>, item: &Item) -> f64 {
        let is_name = |word: &&String| word.contains('_') || names.contains(*word);
        let weigh = |share: &dyn Fn(&str) -> f64| -> f64 {
            stems.iter().filter(|word| !is_name(word)).map(|word| share(word) * self.weight(word)).sum()
        };
        let all = weigh(&|_| 1.0);
        if all == 0.0 { 1.0 } else { weigh(&|word| item.knows(word)) / all }
    }

    /// Whether a word is at least as rare as one that nobody wrote down.
    pub(crate) fn is_rare(&self, word: &str) -> bool {
        self.weight(word) >= self.unknown
    }

    /// How rare a word is.
    pub(crate) fn weight(&self, word: &str) -> f64 {
        let is_example = word.chars().any(|character| character.is_ascii_digit());
        let unknown = if is_example { EXAMPLE * self.unknown } else { self.unknown };
        self.rarity.get(word).copied().unwrap_or(unknown)
    }

    fn terms(&self, stems: &[String]) -> Terms {
        let mut terms = Terms::new();
        for word in stems {
            terms.insert(word.clone(), self.weight(word));
        }
        for pair in stems.windows(2) {
            if let [one, other] = pair {
                let weight = BIGRAM * (self.weight(one) + self.weight(other)) / 2.0;
                terms.insert(format!("{one} {other}"), weight);
            }
        }
        terms
    }

    /// The word itself, or the known word it is a misspelling of.
    fn known(&self, word: String) -> String {
        if word.len() < 5 || self.rarity.contains_key(&word) {
            return word;
        }
        let asked = triples(&word);
        let near =
            |known: &str| known.len().abs_diff(word.len()) <= 2 && known.as_bytes().first() == word.as_bytes().first();
        let best = self
            .triples
            .iter()
            .filter(|(known, _)| near(known))
            .map(|(known, triples)| (alike(&asked, triples), known))
            .filter(|(alike, _)| *alike >= ALIKE)
            .max_by(|(one, a), (other, b)| one.total_cmp(other).then_with(|| b.cmp(a)));
        best.map(|(_, known)| known.clone()).unwrap_or(word)
    }
}

fn telling(word: &str) -> usize {
    if word.contains('_') { 2 } else { 1 }
}

/// How alike two texts are by their letter triples, 0 to 1.
pub(crate) fn likeness(one: &str, other: &str) -> f64 {
    alike(&triples(one), &triples(other))
}

fn triples(word: &str) -> BTreeSet<[char; 3]> {
    let padded: Vec<char> = std::iter::once(' ').chain(word.chars()).chain(std::iter::once(' ')).collect();
    padded.windows(3).filter_map(|window| window.try_into().ok()).collect()
}

fn alike(one: &BTreeSet<[char; 3]>, other: &BTreeSet<[char; 3]>) -> f64 {
    let shared = one.intersection(other).count() as f64;
    let all = (one.len() + other.len()) as f64;
    if all == 0.0 { 0.0 } else { 2.0 * shared / all }
}

fn cosine(one: &Terms, other: &Terms) -> f64 {
    let length = |terms: &Terms| terms.values().map(|weight| weight * weight).sum::<f64>().sqrt();
    let product: f64 = one.iter().filter_map(|(term, weight)| other.get(term).map(|w| w * weight)).sum();
    let lengths = length(one) * length(other);
    if lengths == 0.0 { 0.0 } else { product / lengths }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lexicon() -> Lexicon {
        let items = [
            ["what does faithfulness measure", "can faithfulness be high while the answer is outdated"],
            ["how is the newest version chosen", "how does the corpus pick the current page"],
            ["would raising top_k help", "is top_k too small"],
        ];
        let written =
            items.map(|intents| Written { intents: intents.map(str::to_owned).to_vec(), ..Written::default() });
        Lexicon::new(&written, &[])
    }

    fn best(question: &str) -> (usize, Score) {
        let scores = lexicon().scores(question, &NameWords::default(), |_| 0.0);
        scores.into_iter().enumerate().max_by(|a, b| a.1.total.total_cmp(&b.1.total)).unwrap()
    }

    #[test]
    fn an_intent_itself_fits_fully() {
        let (item, score) = best("how is the newest version chosen");
        assert_eq!(item, 1);
        assert!(score.intent > 0.99 && score.topic > 0.99, "{score:?}");
    }

    #[test]
    fn rephrasings_and_misspellings_still_fit_best() {
        for (question, item) in [
            ("what exactly is being measured by faithfulness?", 0),
            ("does faithfullness stay high for stale answers", 0),
            ("which page version counts as the latest one", 1),
            ("should we increase top_k", 2),
        ] {
            let (found, score) = best(question);
            assert_eq!(found, item, "{question}");
            assert!(score.total > 0.3, "{question}: {score:?}");
        }
    }

    #[test]
    fn strange_words_lower_a_score() {
        let with = best("how is the newest version chosen by the train conductor in winter").1;
        assert!(with.total < best("how is the newest version chosen").1.total);
        assert_eq!(best("").1.total, 0.0);
    }

    #[test]
    fn a_named_subject_raises_a_score() {
        let scores = |named: f64| {
            lexicon().scores("raise it", &NameWords::default(), |item| if item == 2 { named } else { 0.0 })[2].total
        };
        assert!(scores(1.0) > scores(0.0));
    }
}
