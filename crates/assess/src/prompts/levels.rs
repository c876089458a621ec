//! Six of the seven dimensions: what a prompt shows by itself.

use super::Dimension;
use super::reading::{Named, Reading, Sentence};
use crate::wording::Phrases;
use std::ops::Range;

/// A level and the places it rests on, with what they show.
pub(super) struct Level {
    pub(super) dimension: Dimension,
    pub(super) level: u8,
    pub(super) spans: Vec<(Range<usize>, String)>,
}

impl Level {
    pub(super) fn none(dimension: Dimension) -> Self {
        Self { dimension, level: 0, spans: Vec::new() }
    }

    fn new(dimension: Dimension, level: u8, spans: Vec<(Range<usize>, &str)>) -> Self {
        let spans = spans.into_iter().map(|(span, why)| (span, why.to_owned())).collect();
        Self { dimension, level, spans }
    }
}

/// The levels of all dimensions but the follow-up.
pub(super) fn all(reading: &Reading<'_>) -> Vec<Level> {
    let requests = requests(reading);
    vec![
        specificity(reading),
        context(reading),
        goal(reading, &requests),
        hypothesis(reading),
        verification(reading),
        scoped(reading, &requests),
    ]
}

/// Names code that exists, in sentences that say something.
fn specificity(reading: &Reading<'_>) -> Level {
    let mentions: Vec<_> = reading.said().flat_map(|sentence| &sentence.mentions).collect();
    let named: Vec<_> = mentions.iter().filter(|mention| mention.what > Named::Word).collect();
    let symbols = named.iter().filter(|mention| mention.what == Named::Symbol).count();
    let lines = named.iter().any(|mention| mention.what == Named::Line);
    let detailed = reading.said().any(|sentence| {
        sentence.named().any(|mention| mention.what == Named::Symbol)
            && sentence.details.iter().any(|detail| outside(detail, sentence))
    });
    let level = match (named.len(), mentions.len()) {
        (0, 0) => 0,
        (0, _) => 1,
        _ if lines || symbols > 1 || (symbols > 0 && named.len() > 1) || detailed => 3,
        _ => 2,
    };
    let spans = mentions.iter().map(|mention| (mention.span.clone(), "names code that exists")).collect();
    Level::new(Dimension::Specificity, level, spans)
}

/// Whether a detail says more than the names in its sentence.
pub(super) fn outside(detail: &Range<usize>, sentence: &Sentence) -> bool {
    !sentence.mentions.iter().any(|mention| crate::rejection::overlap(&mention.span, detail))
}

const OBSERVED: Phrases = Phrases(include_str!("../phrases/observed.txt"));

const EXPECTED: Phrases = Phrases(include_str!("../phrases/expected.txt"));

const TRIED: Phrases = Phrases(include_str!("../phrases/tried.txt"));

/// Openings after which `should` asks instead of telling.
const ASKING: Phrases = Phrases(include_str!("../phrases/asking.txt"));

/// What was observed, expected and tried; a pasted output counts when it is of a run of this session and the words
/// point into it.
fn context(reading: &Reading<'_>) -> Level {
    let mut spans = Vec::new();
    let first = |wanted: &dyn Fn(&Sentence) -> bool| reading.said().find(|sentence| wanted(sentence));
    let observed = first(&|one| {
        let told = !one.asks && !is_ordered(one);
        one.speaks(&OBSERVED) && one.is_concrete() && (told || one.has(&["why", "how come"]))
    });
    let expected = first(&|one| {
        let asked = one.tokens.first().is_some_and(|token| ASKING.has_word(token.lower.as_str()));
        one.speaks(&EXPECTED)
            && (!asked || one.has(&["instead of", "expected"]))
            && (one.is_concrete() || observed.is_some())
    });
    let tried = first(&|one| one.speaks(&TRIED) && one.is_concrete());
    let pasted = reading.pastes.iter().find(|paste| paste.from_run && points_into(reading, paste.lines, &paste.span));
    spans.extend(observed.map(|one| (one.span.clone(), "says what was observed")));
    spans.extend(expected.map(|one| (one.span.clone(), "says what was expected")));
    spans.extend(tried.map(|one| (one.span.clone(), "says what was tried")));
    spans.extend(
        pasted.map(|paste| (paste.span.clone(), "output of a run of this session, with words that point into it")),
    );
    let level = spans.len().min(3) as u8;
    Level::new(Dimension::ContextGiven, level, spans)
}

/// So many lines are a long paste, into which the words must point.
const LONG_PASTE: usize = 6;
/// Words that point at a paste.
const POINTING: Phrases = Phrases(include_str!("../phrases/pointing.txt"));

/// Whether the words take something up from a paste: for a short one that they point at it, for a long one that they
/// repeat a name or a value that stands in it.
fn points_into(reading: &Reading<'_>, lines: usize, paste: &Range<usize>) -> bool {
    let pasted = reading.text.get(paste.clone()).unwrap_or_default();
    let words = crate::wording::padded(pasted);
    reading.said().any(|sentence| {
        let places = sentence.details.iter().chain(sentence.mentions.iter().map(|mention| &mention.span));
        let repeats = places.filter_map(|span| reading.text.get(span.clone())).any(|place| {
            let place = crate::wording::padded(place);
            place.trim().len() > 1 && words.contains(&place)
        });
        repeats || (lines <= LONG_PASTE && sentence.speaks(&POINTING))
    })
}

/// Something the prompt asks for.
pub(super) struct Request<'r> {
    pub(super) sentence: &'r Sentence,
    /// The sentence it leans on, for a question such as `Why?`.
    about: Option<&'r Sentence>,
    /// Nobody could tell whether it was done.
    pub(super) vague: bool,
}

const QUESTION_WORDS: Phrases = Phrases(include_str!("../phrases/question_words.txt"));

const IMPERATIVES: Phrases = Phrases(include_str!("../phrases/imperatives.txt"));

/// Openings before an imperative that are only polite.
const POLITE: Phrases = Phrases(include_str!("../phrases/polite.txt"));

const VAGUE: Phrases = Phrases(include_str!("../phrases/vague.txt"));

/// Stems that are in any request and say nothing about this one.
const FILLER: Phrases = Phrases(include_str!("../phrases/filler.txt"));

/// Words of content that say what a request is about.
fn substance(sentence: &Sentence) -> usize {
    sentence.content().iter().filter(|word| !FILLER.has_word(word.as_str())).count()
}

/// What the prompt asks for, sentence by sentence.
pub(super) fn requests<'r>(reading: &'r Reading<'_>) -> Vec<Request<'r>> {
    let mut found = Vec::new();
    let mut before: Option<&Sentence> = None;
    for sentence in reading.said() {
        let leans =
            sentence.asks && substance(sentence) < 2 && sentence.has(&["why", "how", "where", "that", "it", "this"]);
        let about = before.filter(|before| leans && is_pointed(before));
        if is_request(sentence) || (sentence.asks && about.is_some()) {
            let empty = substance(sentence) == 0 && sentence.mentions.is_empty() && sentence.details.is_empty();
            let vague = empty || (sentence.speaks(&VAGUE) && sentence.named().next().is_none());
            found.push(Request { sentence, about, vague: vague && about.is_none() });
        }
        before = Some(sentence);
    }
    found
}

impl Request<'_> {
    fn is_pointed(&self) -> bool {
        is_pointed(self.sentence) || self.about.is_some()
    }

    fn is_narrow(&self) -> bool {
        is_narrow(self.sentence) || self.about.is_some_and(is_narrow)
    }

    fn is_named(&self) -> bool {
        let names = |sentence: &Sentence| sentence.is_concrete() || !sentence.mentions.is_empty();
        names(self.sentence) || self.about.is_some_and(names)
    }
}

/// Its first word that is not only polite.
fn opening(sentence: &Sentence) -> &str {
    let mut words = sentence.tokens.iter().map(|token| token.lower.as_str()).skip_while(|word| POLITE.has_word(word));
    words.next().unwrap_or_default()
}

fn is_ordered(sentence: &Sentence) -> bool {
    IMPERATIVES.has_word(opening(sentence))
}

fn is_request(sentence: &Sentence) -> bool {
    let first = opening(sentence);
    let asked = sentence.asks && sentence.tokens.len() > 1;
    let tells = matches!(first, "i" | "it" | "that's");
    let ordered = is_ordered(sentence);
    let wished = sentence.has(&[
        "can you",
        "could you",
        "would you",
        "i need",
        "i want to know",
        "i'd like",
        "i would like",
        "i want you to",
        "tell me",
        "show me",
        "help me",
        "wondering",
        "i want to understand",
        "please",
    ]);
    let question =
        QUESTION_WORDS.has_word(first) && sentence.tokens.len() > 3 && !matches!(first, "if" | "in" | "under" | "when");
    asked || ordered || (wished && !(tells && sentence.speaks(&SUPPOSES))) || question
}

/// One recognisable request.
fn goal(reading: &Reading<'_>, requests: &[Request<'_>]) -> Level {
    let clear: Vec<&Request<'_>> = requests.iter().filter(|request| !request.vague).collect();
    let level = match (clear.len(), requests.len()) {
        (0, 0) => 0,
        (0, _) => 1,
        (_, 4..) => 1,
        (1 | 2, 1 | 2) if clear.iter().any(|request| request.is_pointed()) => 3,
        (1, 1 | 2) if reading.said().any(Sentence::is_concrete) => 3,
        _ => 2,
    };
    let shown = if clear.is_empty() { requests.iter().collect() } else { clear };
    let why = if level == 1 { "asks, without saying for what exactly" } else { "says what is asked for" };
    Level::new(
        Dimension::GoalClarity,
        level,
        shown.iter().map(|request| (request.sentence.span.clone(), why)).collect(),
    )
}

/// Whether a sentence names less than a file.
fn is_narrow(sentence: &Sentence) -> bool {
    sentence.mentions.iter().any(|mention| mention.what != Named::File)
        || sentence.details.iter().any(|detail| outside(detail, sentence))
}

/// Whether a request is about something that can be pointed at.
fn is_pointed(sentence: &Sentence) -> bool {
    sentence.is_concrete() || !sentence.mentions.is_empty() || (substance(sentence) >= 4 && sentence.tokens.len() < 40)
}

const SUPPOSES: Phrases = Phrases(include_str!("../phrases/supposes.txt"));

/// Words that suppose something where nobody is asked what it might be.
const HEDGES: Phrases = Phrases(include_str!("../phrases/hedges.txt"));

/// Suppositions about something else than the code.
const NO_SUPPOSITION: Phrases = Phrases(include_str!("../phrases/no_supposition.txt"));

const REASONS: Phrases = Phrases(include_str!("../phrases/reasons.txt"));

const PREDICTIONS: Phrases = Phrases(include_str!("../phrases/predictions.txt"));

/// States what it supposes.
fn hypothesis(reading: &Reading<'_>) -> Level {
    let supposing: Vec<&Sentence> = reading.said().filter(|sentence| supposes(sentence)).collect();
    let Some(best) = supposing.iter().max_by_key(|sentence| supposition(sentence)) else {
        return Level::none(Dimension::HypothesisStated);
    };
    let mut spans = vec![(best.span.clone(), "states a hypothesis")];
    let prediction = reading.said().find(|sentence| sentence.speaks(&PREDICTIONS) && sentence.is_concrete());
    let mut level = supposition(best);
    if let Some(prediction) = prediction {
        level = (level + 1).min(3);
        if prediction.span != best.span {
            spans.push((prediction.span.clone(), "says what would follow from it"));
        }
    }
    Level::new(Dimension::HypothesisStated, level, spans)
}

fn supposes(sentence: &Sentence) -> bool {
    let asked =
        matches!(opening(sentence), "what" | "why" | "how" | "where" | "which" | "who" | "can" | "could" | "would");
    let hedged = sentence.speaks(&HEDGES) && !asked && !sentence.has(&["you"]);
    let empty =
        ["fine", "good", "great", "okay", "broken", "weird", "hard", "think", "suspect", "guess", "believ", "mayb"];
    let content = sentence.content();
    let about =
        content.iter().filter(|word| !FILLER.has_word(word) && !empty.iter().any(|empty| word.starts_with(empty)));
    (sentence.speaks(&SUPPOSES) || hedged) && !sentence.speaks(&NO_SUPPOSITION) && about.count() > 0
}

/// 1 for a supposition, 2 with a place or a reason, 3 with both.
fn supposition(sentence: &Sentence) -> u8 {
    let place = sentence.is_concrete() || !sentence.mentions.is_empty();
    1 + u8::from(place) + u8::from(sentence.speaks(&REASONS) && sentence.content().len() >= 4)
}

const CHECKS: Phrases = Phrases(include_str!("../phrases/checks.txt"));

const RESULTS: Phrases = Phrases(include_str!("../phrases/results.txt"));

/// Asks for a check or for evidence that one could go and look at; `are you sure` and `please verify` are none.
fn verification(reading: &Reading<'_>) -> Level {
    let asks = reading.said().any(|sentence| sentence.asks);
    let asked: Vec<(&Sentence, u8)> = reading
        .said()
        .filter(|sentence| {
            sentence.speaks(&CHECKS)
                || (asks && foretells(sentence))
                || (sentence.has(&["what would"]) && sentence.speaks(&RESULTS))
        })
        .filter_map(|sentence| {
            let about = sentence.is_concrete() || !sentence.mentions.is_empty() || in_reach(reading, sentence);
            let result = sentence.speaks(&RESULTS) || sentence.details.iter().any(|detail| outside(detail, sentence));
            (about || substance(sentence) >= 2).then(|| (sentence, 1 + u8::from(about) + u8::from(about && result)))
        })
        .collect();
    let best = asked.iter().map(|(_, level)| *level).max().unwrap_or(0);
    // A way to check and an input that tells the cases apart are more than either.
    let level = if asked.len() > 1 { best + 1 } else { best };
    let spans = asked.iter().map(|(sentence, _)| (sentence.span.clone(), "asks for a check or for evidence")).collect();
    Level::new(Dimension::AsksForVerification, level, spans)
}

/// Whether a sentence says what one would see.
fn foretells(sentence: &Sentence) -> bool {
    sentence.speaks(&PREDICTIONS) && sentence.speaks(&RESULTS) && sentence.is_concrete()
}

/// Whether the sentence before names what this one speaks of.
fn in_reach(reading: &Reading<'_>, sentence: &Sentence) -> bool {
    let before = reading.sentences.iter().take_while(|one| one.span.start < sentence.span.start).last();
    before.is_some_and(|before| !before.listing && before.named().next().is_some())
        && sentence.has(&["it", "that", "this", "there", "they"])
}

const BROAD: Phrases = Phrases(include_str!("../phrases/broad.txt"));

const LIMITS: Phrases = Phrases(include_str!("../phrases/limits.txt"));

/// Asks for one step.
fn scoped(reading: &Reading<'_>, requests: &[Request<'_>]) -> Level {
    let clear: Vec<&Request<'_>> = requests.iter().filter(|request| !request.vague).collect();
    let Some(first) = clear.first() else { return Level::none(Dimension::Scoped) };
    if requests.iter().any(|request| request.sentence.speaks(&BROAD)) || requests.len() > 3 {
        return Level::none(Dimension::Scoped);
    }
    let limit =
        reading.said().find(|sentence| sentence.speaks(&LIMITS) && (sentence.is_concrete() || is_request(sentence)));
    let alone = requests.len() == 1 && reading.said().any(is_narrow);
    let named = alone || clear.iter().any(|request| request.is_named());
    // A whole file is more than one step.
    let narrow = clear.iter().any(|request| request.is_narrow());
    let level = match (requests.len(), named, limit.is_some()) {
        (1, true, false) if !narrow && !alone => 2,
        (1, true, _) | (1 | 2, _, true) => 3,
        (1, false, _) | (2, true, _) => 2,
        _ => 1,
    };
    let mut spans = vec![(first.sentence.span.clone(), "asks for one step")];
    if let Some(limit) = limit.filter(|limit| limit.span != first.sentence.span) {
        spans.push((limit.span.clone(), "says where to stop"));
    }
    Level::new(Dimension::Scoped, level, spans)
}
