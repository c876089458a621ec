//! Six of the seven dimensions: what a prompt shows by itself.

use super::Dimension;
use super::reading::{Named, Reading, Sentence};
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
        goal(&requests),
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
fn outside(detail: &Range<usize>, sentence: &Sentence) -> bool {
    !sentence.mentions.iter().any(|mention| crate::rejection::overlap(&mention.span, detail))
}

const OBSERVED: &[&str] = &[
    "returns",
    "returned",
    "it gives",
    "gives",
    "gave",
    "get",
    "gets",
    "got",
    "see",
    "saw",
    "shows",
    "showed",
    "prints",
    "printed",
    "fails",
    "failed",
    "failing",
    "raises",
    "raised",
    "throws",
    "logs",
    "logged",
    "answers",
    "answered",
    "says",
    "comes back",
    "came back",
    "output",
    "outputs",
    "reports",
    "reported",
    "quotes",
    "cites",
    "is missing",
    "dropped",
    "fell",
    "went from",
    "went up",
    "instead of",
    "contains",
    "picks",
    "ends up",
    "stays",
    "stayed",
];

const EXPECTED: &[&str] = &[
    "expected",
    "i expect",
    "i'd expect",
    "i would expect",
    "expecting",
    "supposed to",
    "ought to",
    "instead of",
    "it should",
    "should be",
    "should have",
    "should return",
    "should give",
    "should pick",
    "should win",
    "should come",
    "should not",
    "shouldn't",
    "must be",
    "must return",
    "rather than",
    "the ticket says",
    "the brief says",
    "the docstring says",
    "the readme says",
];

const TRIED: &[&str] = &[
    "i tried",
    "i've tried",
    "i have tried",
    "i ran",
    "i've run",
    "i have run",
    "i reran",
    "i checked",
    "i've checked",
    "i have checked",
    "i already",
    "i looked",
    "i've looked",
    "i read",
    "i've read",
    "i have read",
    "i called",
    "i printed",
    "i changed",
    "i added",
    "i removed",
    "i replaced",
    "i compared",
    "i traced",
    "i stepped",
    "i set",
    "i tested",
    "i searched",
    "i grepped",
    "after running",
    "after changing",
    "when i run",
    "when i ran",
    "when i call",
    "when i called",
    "running",
    "i verified",
    "i confirmed",
    "i measured",
    "i reproduced",
    "i bisected",
];

/// Openings after which `should` asks instead of telling.
const ASKING: &[&str] =
    &["what", "how", "should", "where", "which", "why", "who", "can", "could", "do", "does", "is", "are"];

/// What was observed, expected and tried; a pasted output counts when it is of a run of this session and the words
/// point into it.
fn context(reading: &Reading<'_>) -> Level {
    let mut spans = Vec::new();
    let first = |wanted: &dyn Fn(&Sentence) -> bool| reading.said().find(|sentence| wanted(sentence));
    let observed = first(&|one| one.has(OBSERVED) && one.is_concrete() && (!one.asks || one.has(&["why", "how come"])));
    let expected = first(&|one| {
        let asked = one.tokens.first().is_some_and(|token| ASKING.contains(&token.lower.as_str()));
        one.has(EXPECTED)
            && (!asked || one.has(&["instead of", "expected"]))
            && (one.is_concrete() || observed.is_some())
    });
    let tried = first(&|one| one.has(TRIED) && one.is_concrete());
    let pasted = reading.pastes.iter().find(|paste| paste.from_run && points_into(reading, paste.lines, &paste.span));
    spans.extend(observed.map(|one| (one.span.clone(), "says what was observed")));
    spans.extend(expected.map(|one| (one.span.clone(), "says what was expected")));
    spans.extend(tried.map(|one| (one.span.clone(), "says what was tried")));
    spans.extend(
        pasted.map(|paste| (paste.span.clone(), "output of a run of this session, with words that point into it")),
    );
    let level = spans.len().min(3) as u8;
    Level::new(Dimension::Context, level, spans)
}

/// So many lines are a long paste, into which the words must point.
const LONG_PASTE: usize = 6;
/// Words that point at a paste.
const POINTING: &[&str] = &[
    "this output",
    "the output",
    "this run",
    "this failure",
    "this error",
    "above",
    "below",
    "here",
    "this traceback",
];

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
        repeats || (lines <= LONG_PASTE && sentence.has(POINTING))
    })
}

/// Something the prompt asks for.
pub(super) struct Request<'r> {
    pub(super) sentence: &'r Sentence,
    /// Nobody could tell whether it was done.
    pub(super) vague: bool,
}

const QUESTION_WORDS: &[&str] = &[
    "what", "why", "how", "where", "which", "who", "when", "whose", "does", "do", "did", "is", "are", "was", "were",
    "can", "could", "would", "will", "should", "has", "have", "in", "if", "under",
];

const IMPERATIVES: &[&str] = &[
    "explain",
    "show",
    "list",
    "find",
    "tell",
    "describe",
    "walk",
    "trace",
    "compare",
    "point",
    "write",
    "add",
    "give",
    "check",
    "help",
    "summarise",
    "summarize",
    "name",
    "fix",
    "refactor",
    "rewrite",
    "change",
    "make",
    "implement",
    "debug",
    "look",
    "review",
    "suggest",
    "propose",
    "outline",
    "identify",
    "locate",
    "quote",
    "cite",
    "sketch",
    "confirm",
    "verify",
    "optimise",
    "optimize",
    "improve",
    "remove",
    "replace",
    "print",
    "run",
    "generate",
    "solve",
    "do",
];

/// Openings before an imperative that are only polite.
const POLITE: &[&str] =
    &["please", "now", "then", "first", "next", "so", "ok", "okay", "and", "also", "just", "only", "hey", "hi"];

const VAGUE: &[&str] = &[
    "fix it",
    "fix this",
    "fix everything",
    "fix all",
    "fix the code",
    "fix the bug",
    "fix the bugs",
    "help me",
    "any ideas",
    "any idea",
    "what's wrong",
    "what is wrong",
    "what now",
    "what next",
    "what should i do",
    "what do i do",
    "what do you think",
    "make it work",
    "do it",
    "solve it",
    "solve this",
    "solve the task",
    "is this right",
    "is it right",
    "is this correct",
    "is that right",
    "are you sure",
    "does it work",
    "explain the code",
    "explain this",
    "explain it",
    "explain everything",
    "explain the codebase",
    "explain this codebase",
    "the whole codebase",
    "the entire codebase",
    "improve the code",
    "improve this",
    "improve everything",
    "all the bugs",
    "every bug",
    "everything",
    "can you help",
    "could you help",
    "please help",
    "thoughts",
    "tell me more",
    "give me the answer",
    "the answer please",
    "do your thing",
    "do something",
    "clean up",
    "look into this",
    "check everything",
    "review everything",
    "review the code",
];

/// What the prompt asks for, sentence by sentence.
pub(super) fn requests<'r>(reading: &'r Reading<'_>) -> Vec<Request<'r>> {
    reading
        .said()
        .filter(|sentence| is_request(sentence))
        .map(|sentence| {
            let thin = sentence.content().len() < 2 && sentence.named().next().is_none();
            Request { sentence, vague: thin || sentence.has(VAGUE) && sentence.named().count() == 0 }
        })
        .collect()
}

fn is_request(sentence: &Sentence) -> bool {
    let mut words = sentence.tokens.iter().map(|token| token.lower.as_str()).skip_while(|word| POLITE.contains(word));
    let first = words.next().unwrap_or_default();
    let asked = sentence.asks && sentence.tokens.len() > 1;
    let ordered = IMPERATIVES.contains(&first);
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
    let question = QUESTION_WORDS.contains(&first)
        && sentence.tokens.len() > 3
        && !matches!(first, "if" | "in" | "under" | "when");
    asked || ordered || wished || question
}

/// One recognisable request.
fn goal(requests: &[Request<'_>]) -> Level {
    let clear: Vec<&Request<'_>> = requests.iter().filter(|request| !request.vague).collect();
    let level = match (clear.len(), requests.len()) {
        (0, 0) => 0,
        (0, _) => 1,
        (_, 4..) => 1,
        (1 | 2, 1 | 2) if clear.iter().any(|request| is_pointed(request.sentence)) => 3,
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

/// Whether a request is about something that can be pointed at.
fn is_pointed(sentence: &Sentence) -> bool {
    sentence.is_concrete() || !sentence.mentions.is_empty() || sentence.content().len() >= 5
}

const SUPPOSES: &[&str] = &[
    "i suspect",
    "i think",
    "i believe",
    "i guess",
    "i assume",
    "my guess",
    "my hypothesis",
    "my theory",
    "hypothesis",
    "i suppose",
    "my suspicion",
    "suspect that",
    "could it be that",
    "could it be",
    "might it be",
    "maybe",
    "perhaps",
    "probably",
    "presumably",
    "it looks like",
    "looks like",
    "it seems",
    "seems to",
    "seems that",
    "might be",
    "may be",
    "could be",
    "possibly",
    "i wonder if",
    "i wonder whether",
    "is it because",
    "is that because",
    "is this because",
];

/// Suppositions about something else than the code.
const NO_SUPPOSITION: &[&str] = &[
    "i think so",
    "i think you",
    "i think we",
    "i think i",
    "i think it's great",
    "i don't think so",
    "maybe you",
    "perhaps you",
    "maybe we",
    "looks like you",
    "i think that's fine",
    "i think that's it",
    "could be better",
];

const REASONS: &[&str] = &[
    "because",
    "since",
    "so that",
    "which means",
    "which would",
    "that would",
    "this would",
    "due to",
    "caused by",
    "causes",
    "instead of",
    "rather than",
    "before",
    "after",
    "as text",
    "as strings",
    "and then",
    "therefore",
    "so the",
    "so it",
    "would explain",
    "leads to",
    "means that",
    "then",
];

const PREDICTIONS: &[&str] = &[
    "if so",
    "if that is",
    "if that's",
    "if this is",
    "if i am right",
    "if i'm right",
    "then i would",
    "then i'd",
    "would see",
    "would expect",
    "i'd expect",
    "i would expect",
    "should then",
    "would then",
    "would show",
    "would fail",
    "would explain",
    "would return",
    "that predicts",
];

/// States what it supposes.
fn hypothesis(reading: &Reading<'_>) -> Level {
    let supposing: Vec<&Sentence> = reading
        .said()
        .filter(|sentence| sentence.has(SUPPOSES) && !sentence.has(NO_SUPPOSITION) && sentence.content().len() >= 2)
        .collect();
    let Some(best) = supposing.iter().max_by_key(|sentence| supposition(sentence)) else {
        return Level::none(Dimension::Hypothesis);
    };
    let mut spans = vec![(best.span.clone(), "states a hypothesis")];
    let prediction = reading.said().find(|sentence| sentence.has(PREDICTIONS) && sentence.is_concrete());
    let mut level = supposition(best);
    if let Some(prediction) = prediction {
        level = (level + 1).min(3);
        if prediction.span != best.span {
            spans.push((prediction.span.clone(), "says what would follow from it"));
        }
    }
    Level::new(Dimension::Hypothesis, level, spans)
}

/// 1 for a supposition, 2 with a place or a reason, 3 with both.
fn supposition(sentence: &Sentence) -> u8 {
    let place = sentence.is_concrete() || !sentence.mentions.is_empty();
    1 + u8::from(place) + u8::from(sentence.has(REASONS) && sentence.content().len() >= 4)
}

const CHECKS: &[&str] = &[
    "how can i check",
    "how do i check",
    "how could i check",
    "how would i check",
    "how can i verify",
    "how do i verify",
    "how could i verify",
    "how would i verify",
    "how can i confirm",
    "how do i confirm",
    "how can i test",
    "how do i test",
    "how would i test",
    "how could i test",
    "how can i prove",
    "how can we check",
    "how can we verify",
    "how would we verify",
    "which test",
    "what test",
    "is there a test",
    "which line",
    "which lines",
    "what line",
    "show me the line",
    "show me the lines",
    "show me where",
    "point me to",
    "point to the",
    "where in the code",
    "where exactly",
    "quote the",
    "cite the",
    "what evidence",
    "any evidence",
    "the evidence",
    "evidence for",
    "evidence that",
    "prove that",
    "prove it with",
    "proof that",
    "reproduce",
    "repro",
    "write a test",
    "a failing test",
    "a test that",
    "test case that",
    "an assertion",
    "assert that",
    "a snippet that shows",
    "a snippet that checks",
    "an example that shows",
    "an input where",
    "an input that",
    "an input for which",
    "input would",
    "what would i run",
    "what can i run",
    "what should i run",
    "which command",
    "what command",
    "what output",
    "what would i see",
    "what should i see",
    "counterexample",
    "counter example",
    "how do you know",
    "where do you see",
    "what does it return for",
    "what would it return",
    "what does it give for",
    "verify that",
    "confirm that",
    "check that",
    "check whether",
    "verify whether",
    "confirm whether",
    "to rule out",
    "rule out",
    "distinguish",
    "tell apart",
    "smallest input",
    "minimal input",
    "minimal example",
];

const RESULTS: &[&str] = &[
    "should return",
    "should give",
    "should print",
    "should fail",
    "should pass",
    "would return",
    "would give",
    "would fail",
    "would pass",
    "would print",
    "returns",
    "return",
    "fails",
    "passes",
    "prints",
    "raises",
    "see",
    "expect",
];

/// Asks for a check or for evidence that one could go and look at; `are you sure` and `please verify` are none.
fn verification(reading: &Reading<'_>) -> Level {
    let asked = reading.said().filter(|sentence| sentence.has(CHECKS) && sentence.content().len() >= 3);
    let level = |sentence: &Sentence| {
        let about = sentence.is_concrete() || !sentence.mentions.is_empty() || in_reach(reading, sentence);
        let result = sentence.has(RESULTS) || sentence.details.iter().any(|detail| outside(detail, sentence));
        1 + u8::from(about) + u8::from(about && result)
    };
    match asked.max_by_key(|sentence| level(sentence)) {
        Some(best) => Level::new(
            Dimension::Verification,
            level(best),
            vec![(best.span.clone(), "asks for a check or for evidence")],
        ),
        None => Level::none(Dimension::Verification),
    }
}

/// Whether the sentence before names what this one speaks of.
fn in_reach(reading: &Reading<'_>, sentence: &Sentence) -> bool {
    let before = reading.sentences.iter().take_while(|one| one.span.start < sentence.span.start).last();
    before.is_some_and(|before| !before.listing && before.named().next().is_some())
        && sentence.has(&["it", "that", "this", "there", "they"])
}

const BROAD: &[&str] = &[
    "everything",
    "whole",
    "entire",
    "all the",
    "all of",
    "every file",
    "every bug",
    "all bugs",
    "all issues",
    "the codebase",
    "this codebase",
    "the project",
    "this project",
    "the repository",
    "this repository",
    "the repo",
    "the task",
    "end to end",
    "from scratch",
    "the bug",
    "the bugs",
    "and also",
    "as well as",
    "anything else",
];

const LIMITS: &[&str] = &[
    "only",
    "just the",
    "just this",
    "nothing else",
    "don't change",
    "do not change",
    "without changing",
    "don't fix",
    "do not fix",
    "without fixing",
    "before we",
    "before i",
    "first step",
    "one step",
    "for now",
    "no code",
    "not the fix",
    "don't write",
    "do not write",
    "leave the",
    "one line",
    "one sentence",
    "in two sentences",
    "one thing",
];

/// Asks for one step.
fn scoped(reading: &Reading<'_>, requests: &[Request<'_>]) -> Level {
    let clear: Vec<&Request<'_>> = requests.iter().filter(|request| !request.vague).collect();
    let Some(first) = clear.first() else { return Level::none(Dimension::Scoped) };
    if requests.iter().any(|request| request.sentence.has(BROAD)) || requests.len() > 3 {
        return Level::none(Dimension::Scoped);
    }
    let limit =
        reading.said().find(|sentence| sentence.has(LIMITS) && (sentence.is_concrete() || is_request(sentence)));
    let named = clear.iter().any(|request| request.sentence.is_concrete() || !request.sentence.mentions.is_empty());
    let level = match (requests.len(), named, limit.is_some()) {
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
