//! Critical follow-up: takes up the answer before and tests it, instead of accepting it or asking the same again.

use super::help::same_question;
use super::levels::{Level, outside};
use super::reading::{Reading, Sentence};
use super::{Dimension, Role, Turn};
use crate::wording::{self, Phrases, Stance};
use code_index::Index;
use std::collections::BTreeSet;

const TESTS: Phrases = Phrases(include_str!("../phrases/tests.txt"));

/// The level of the follow-up; none without an answer before it.
pub(super) fn level(reading: &Reading<'_>, index: &Index, history: &[Turn]) -> Level {
    let none = Level::none(Dimension::CriticalFollowUp);
    let Some(last) = history.iter().rposition(|turn| turn.role == Role::Assistant) else { return none };
    let answer = history.get(last).map(|turn| turn.text.as_str()).unwrap_or_default();
    let asked_before = history.iter().filter(|turn| turn.role == Role::User);
    if asked_before.into_iter().any(|turn| same_question(&turn.text, reading.text)) {
        return none;
    }
    let said_before: BTreeSet<String> = history
        .iter()
        .take(last)
        .rev()
        .find(|turn| turn.role == Role::User)
        .map(|turn| wording::content(&turn.text))
        .unwrap_or_default();
    let answered = wording::content(answer);
    let names: BTreeSet<String> = index
        .mentions(answer)
        .iter()
        .filter_map(|mention| answer.get(mention.span.clone()))
        .flat_map(wording::content)
        .collect();
    let best = reading
        .said()
        .map(|sentence| (rank(reading, sentence, &answered, &said_before, &names), sentence))
        .max_by_key(|(rank, _)| *rank);
    match best {
        Some((level, sentence)) if level > 0 => Level {
            dimension: Dimension::CriticalFollowUp,
            level,
            spans: vec![(sentence.span.clone(), "takes up the answer before it".to_owned())],
        },
        _ => none,
    }
}

/// 1: goes on from the answer's content; 2: tests it; 3: sets something seen, a value or a counterexample against it.
fn rank(
    reading: &Reading<'_>,
    sentence: &Sentence,
    answered: &BTreeSet<String>,
    asked: &BTreeSet<String>,
    names: &BTreeSet<String>,
) -> u8 {
    let said = sentence.content();
    let taken: Vec<&String> = said.intersection(answered).collect();
    let fresh = taken.iter().filter(|word| !asked.contains(**word)).count();
    let named = taken.iter().any(|word| names.contains(*word));
    let text = reading.text.get(sentence.span.clone()).unwrap_or_default();
    let stance = wording::stance(text);
    let whole = reading.said().any(|one| one.content().intersection(answered).count() >= 2);
    let tests = sentence.speaks(&TESTS) || stance >= Stance::Contrasts;
    // With names of its own, "it" is one of them and not the answer.
    let own = reading.said().flat_map(Sentence::named).filter_map(|mention| reading.text.get(mention.span.clone()));
    let mut own = own.map(wording::content).peekable();
    let elsewhere = own.peek().is_some() && own.all(|name| name.is_disjoint(answered));
    let points = !taken.is_empty() && tests && !elsewhere && sentence.has(&["that", "this", "it", "also"]);
    let takes_up = points || (taken.len() >= 2 && (fresh >= 1 || named)) || (whole && stance > Stance::Negates);
    if !takes_up {
        return 0;
    }
    let seen = tests
        && (stance >= Stance::Contrasts || sentence.details.iter().any(|detail| outside(detail, sentence)))
        && reading.said().any(Sentence::is_concrete);
    let accepts = !sentence.asks && stance < Stance::Negates && !tests;
    match (accepts, tests, seen) {
        (true, ..) => 0,
        (_, _, true) => 3,
        (_, true, _) => 2,
        _ => 1,
    }
}
