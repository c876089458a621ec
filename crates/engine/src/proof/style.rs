//! Whether texts give themselves away by their style: plants beside controls, and what is said for pairs beside what is
//! said for proven knowledge.
//!
//! A naive Bayes classifier over words and word pairs learns on all tasks but one and judges that one, in turn. What it
//! gets right is what somebody could learn who has seen other tasks: the words of one task's code tell nothing about
//! the next.

use assess::statistics::{Bounded, area_under_curve};
use domain::task::{Side, Task};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Above this, texts give themselves away.
pub const MOST: f64 = 0.60;
/// Words that are named as the ones that tell most.
const NAMED: usize = 8;
/// Characters and pieces that are one step of length.
const LENGTH_STEP: usize = 30;

/// How well two kinds of text can be told apart.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Tell {
    /// What is told from what.
    pub what: &'static str,
    /// Texts of the first and of the second kind.
    pub texts: (usize, usize),
    /// Tasks they are from.
    pub tasks: usize,
    /// The area under the ROC curve, 0.5 is chance: how often the classifier ranks one of the first kind above one of the
    /// second; none: fewer than two tasks.
    pub auc: Option<Bounded>,
    /// The words that say most, with what they speak for.
    pub words: Vec<String>,
}

impl Tell {
    /// Whether the texts keep their secret.
    pub fn holds(&self) -> bool {
        self.auc.is_none_or(|auc| auc.value <= MOST)
    }
}

/// One text with its kind and the task it is from.
pub(super) struct Sample {
    fold: usize,
    first: bool,
    features: BTreeSet<String>,
    /// What it says, where several texts say the same.
    said: Option<String>,
}

impl Sample {
    /// A text of the first kind or of the second.
    pub(super) fn new(fold: usize, first: bool, text: &str) -> Self {
        Self { fold, first, features: features(text), said: None }
    }

    /// The same, for one of several texts that say one thing: they count once for the interval.
    pub(super) fn saying(self, what: &str) -> Self {
        Self { said: Some(what.to_owned()), ..self }
    }
}

/// What the texts of all tasks together tell.
pub(crate) fn tells<'a>(tasks: impl Iterator<Item = &'a Task>) -> Vec<Tell> {
    let tasks: Vec<&Task> = tasks.collect();
    if tasks.is_empty() {
        return Vec::new();
    }
    let of = |texts: fn(&Task) -> Vec<(bool, &str)>| -> Vec<Sample> {
        let numbered = tasks.iter().enumerate();
        let samples = numbered.flat_map(|(fold, task)| texts(task).into_iter().map(move |text| (fold, text)));
        samples.map(|(fold, (first, text))| Sample::new(fold, first, text)).collect()
    };
    let sides: fn(&Task) -> Vec<(bool, &str)> = |task| {
        let both = |pair| {
            [Side::Plant, Side::Control].map(|side| (side == Side::Plant, domain::task::Pair::wording(pair, side)))
        };
        task.key.pairs.values().flat_map(both).collect()
    };
    let asides: fn(&Task) -> Vec<(bool, &str)> =
        |task| task.key.pairs.values().flat_map(|pair| [(true, &*pair.aside.1), (false, &*pair.aside.0)]).collect();
    let kinds: fn(&Task) -> Vec<(bool, &str)> = |task| {
        let pairs = task.key.pairs.values().flat_map(|pair| [(true, &*pair.plant), (true, &*pair.control)]);
        pairs.chain(task.key.knowledge.values().map(|item| (false, &*item.text))).collect()
    };
    let doubts: fn(&Task) -> Vec<(bool, &str)> = |task| {
        let pairs = task.key.pairs.values().flat_map(|pair| [(true, &*pair.doubt), (true, &*pair.evidence)]);
        let others = task.key.knowledge.values().flat_map(|item| [(false, &*item.doubt), (false, &*item.evidence)]);
        pairs.chain(others).collect()
    };
    vec![
        tell("plants from controls", ("plants", "controls"), &of(sides), tasks.len()),
        tell("asides of plants from those of controls", ("plants", "controls"), &of(asides), tasks.len()),
        tell("answers of pairs from proven knowledge", ("pairs", "knowledge"), &of(kinds), tasks.len()),
        tell("replies about pairs from those about knowledge", ("pairs", "knowledge"), &of(doubts), tasks.len()),
    ]
}

/// How well texts of two kinds can be told apart.
pub(super) fn tell(what: &'static str, names: (&str, &str), samples: &[Sample], tasks: usize) -> Tell {
    let firsts = samples.iter().filter(|sample| sample.first).count();
    let scored: Vec<(usize, bool, f64)> = (0..tasks)
        .flat_map(|fold| {
            let bayes = Bayes::learn(samples.iter().filter(|sample| sample.fold != fold));
            let held_out = samples.iter().filter(move |sample| sample.fold == fold);
            held_out.map(|sample| (fold, sample.first, bayes.score(&sample.features))).collect::<Vec<_>>()
        })
        .collect();
    let different = [true, false].map(|first| different(samples, first));
    let auc =
        if tasks < 2 { None } else { auc(&scored).map(|area| area_under_curve(area, different[0], different[1])) };
    let words = Bayes::learn(samples.iter()).strongest(names);
    Tell { what, texts: (firsts, samples.len() - firsts), tasks, auc, words }
}

/// How many of one kind say something that none of the others says.
fn different(samples: &[Sample], first: bool) -> usize {
    let of_kind = || samples.iter().filter(|sample| sample.first == first);
    let shared: BTreeSet<_> = of_kind().filter_map(|sample| Some((sample.fold, sample.said.as_ref()?))).collect();
    shared.len() + of_kind().filter(|sample| sample.said.is_none()).count()
}

/// The share of pairs of one task in which the first kind scores above the second, a draw counting half. Scores of
/// different folds come from different classifiers and are not compared.
fn auc(scored: &[(usize, bool, f64)]) -> Option<f64> {
    let (mut above, mut pairs) = (0.0, 0.0);
    let kind = |wanted: bool| scored.iter().filter(move |(_, first, _)| *first == wanted);
    for (fold, _, score) in kind(true) {
        for (_, _, other) in kind(false).filter(|(other, ..)| other == fold) {
            pairs += 1.0;
            above += match score.total_cmp(other) {
                std::cmp::Ordering::Greater => 1.0,
                std::cmp::Ordering::Equal => 0.5,
                std::cmp::Ordering::Less => 0.0,
            };
        }
    }
    (pairs > 0.0).then(|| above / pairs)
}

/// Bernoulli naive Bayes with add-one smoothing.
struct Bayes {
    /// In how many texts of the first and of the second kind a feature occurs.
    counts: BTreeMap<String, (f64, f64)>,
    texts: (f64, f64),
}

impl Bayes {
    fn learn<'a>(samples: impl Iterator<Item = &'a Sample>) -> Self {
        let mut bayes = Self { counts: BTreeMap::new(), texts: (0.0, 0.0) };
        for sample in samples {
            let one = if sample.first { (1.0, 0.0) } else { (0.0, 1.0) };
            bayes.texts = (bayes.texts.0 + one.0, bayes.texts.1 + one.1);
            for feature in &sample.features {
                let count = bayes.counts.entry(feature.clone()).or_default();
                *count = (count.0 + one.0, count.1 + one.1);
            }
        }
        bayes
    }

    /// The logarithm of how much more likely a feature is in the first kind.
    fn weight(&self, (first, second): (f64, f64)) -> f64 {
        ((first + 1.0) / (self.texts.0 + 2.0)).ln() - ((second + 1.0) / (self.texts.1 + 2.0)).ln()
    }

    /// Speaks for the first kind above 0, as far as features that were seen say anything.
    fn score(&self, features: &BTreeSet<String>) -> f64 {
        features.iter().filter_map(|feature| self.counts.get(feature)).map(|count| self.weight(*count)).sum()
    }

    /// The features that say most, with what they speak for.
    fn strongest(&self, names: (&str, &str)) -> Vec<String> {
        let mut weighted: Vec<(f64, &String)> =
            self.counts.iter().map(|(feature, count)| (self.weight(*count), feature)).collect();
        weighted.sort_by(|(one, _), (other, _)| other.abs().total_cmp(&one.abs()));
        let named = weighted.into_iter().take(NAMED);
        named.map(|(weight, feature)| format!("{feature} ({})", if weight > 0.0 { names.0 } else { names.1 })).collect()
    }
}

/// Words, pairs of words and measures of a text; what stands in code marks and what is a number counts as such.
fn features(text: &str) -> BTreeSet<String> {
    let mut words = Vec::new();
    for (place, piece) in text.split('`').enumerate() {
        if place % 2 == 1 {
            words.push("CODE".to_owned());
            continue;
        }
        let split = piece.split(|character: char| !(character.is_alphanumeric() || character == '\''));
        let plain = |word: &str| match word.parse::<f64>() {
            Ok(_) => "NUMBER".to_owned(),
            Err(_) => word.to_lowercase(),
        };
        words.extend(split.filter(|word| !word.is_empty()).map(plain));
    }
    let sentences = text.matches(['.', ';', ':']).count();
    let measures = [
        format!("about {} characters", text.chars().count() / LENGTH_STEP * LENGTH_STEP),
        format!("{} code names", text.matches('`').count() / 2),
        format!("{sentences} stops"),
    ];
    let pairs: Vec<String> = words.windows(2).map(|pair| pair.join(" ")).collect();
    words.into_iter().chain(pairs).chain(measures).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(texts: &[(usize, bool, &str)]) -> Vec<Sample> {
        texts.iter().map(|(fold, first, text)| Sample::new(*fold, *first, text)).collect()
    }

    #[test]
    fn a_word_that_only_plants_have_is_found_in_another_task() {
        let told = tell(
            "x",
            ("plants", "controls"),
            &samples(&[
                (0, true, "`a` surely waits"),
                (0, false, "`a` waits"),
                (1, true, "`b` surely stops"),
                (1, false, "`b` stops"),
                (2, true, "`c` surely runs"),
                (2, false, "`c` runs"),
            ]),
            3,
        );
        assert_eq!(told.auc.map(|auc| auc.value), Some(1.0));
        assert!(told.words.iter().any(|word| word == "surely (plants)"), "{:?}", told.words);
        assert!(!told.holds());
    }

    #[test]
    fn sides_of_the_same_words_are_told_no_better_than_by_chance() {
        let told = tell(
            "x",
            ("plants", "controls"),
            &samples(&[
                (0, true, "first `a` then `b`"),
                (0, false, "first `b` then `a`"),
                (1, true, "after `c` comes `d`"),
                (1, false, "after `d` comes `c`"),
            ]),
            2,
        );
        let auc = told.auc.unwrap();
        assert!((auc.value - 0.5).abs() < 1e-9 && auc.low < 0.5 && auc.high > 0.5, "{auc:?}");
        assert!(told.holds());
    }

    #[test]
    fn texts_that_say_the_same_count_once_for_the_interval() {
        let text = |fold, first| Sample::new(fold, first, "`a` waits").saying("it waits");
        let samples = [text(0, true), text(0, true), text(1, true), text(0, false), Sample::new(1, false, "no")];
        assert_eq!((different(&samples, true), different(&samples, false)), (2, 2));
    }

    #[test]
    fn one_task_alone_says_nothing() {
        let told = tell("x", ("a", "b"), &samples(&[(0, true, "yes"), (0, false, "no")]), 1);
        assert_eq!((told.auc, told.holds()), (None, true));
    }
}
