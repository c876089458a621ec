//! The diagnosis and the notebook against the real cause, the hidden checks, the comprehension questions.

use crate::names::short_name;
use crate::report::{CheckResult, CheckVerdict, Diagnosis, NotebookEntry, QuestionResult};
use crate::timeline::{Note, Timeline};
use crate::wording;
use domain::event::{CaseOutcome, Fact};
use domain::task::DiagnosisKey;
use std::ops::Range;

/// The final diagnosis against the real cause.
pub(crate) fn of(timeline: &Timeline<'_>) -> Diagnosis {
    let key = &timeline.task.key.diagnosis;
    let submission = timeline.at_end.submission();
    let text = submission.map(|submission| submission.diagnosis.as_str());
    let quote = |span: Range<usize>| text.and_then(|text| text.get(span)).map(str::to_owned);
    Diagnosis {
        text: text.map(str::to_owned),
        seq: submission.map(|submission| submission.seq),
        location: text.and_then(|text| location(text, key)).and_then(quote),
        mechanism: text.and_then(|text| mechanism(text, key)).and_then(|spans| spans.into_iter().map(quote).collect()),
        cause: key.cause.clone(),
    }
}

/// Whether a text states the real cause: its place and its mechanism, by the rule that reads a diagnosis.
pub fn states_cause(text: &str, key: &DiagnosisKey) -> bool {
    location(text, key).is_some() && mechanism(text, key).is_some()
}

/// Where a text names the place of the real cause: one of the key's names, or the short name of its symbol, and not
/// only to say that it is not there.
fn location(text: &str, key: &DiagnosisKey) -> Option<Range<usize>> {
    let lower: Vec<String> = key.location.iter().map(|name| name.to_lowercase()).collect();
    let shorts = lower.iter().filter(|name| !is_file(name)).map(|name| short_name(name));
    let mut names: Vec<&str> = lower.iter().map(String::as_str).chain(shorts).filter(|name| !name.is_empty()).collect();
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    wording::sentences(text).into_iter().filter_map(|span| Some((span.start, text.get(span)?))).find_map(
        |(start, sentence)| {
            let place = names.iter().find_map(|name| innocent_free(sentence, name))?;
            Some(place.start + start..place.end + start)
        },
    )
}

/// A path, whose last part is no symbol.
fn is_file(name: &str) -> bool {
    !name.contains("::") && (name.contains('/') || name.ends_with(".py"))
}

/// A whole-word place of a name that the words around it do not acquit.
fn innocent_free(sentence: &str, name: &str) -> Option<Range<usize>> {
    let mut from = 0;
    while let Some(found) = sentence.get(from..).and_then(|rest| wording::fragment(rest, name)) {
        let span = from + found.start..from + found.end;
        let inside = |character: char| character.is_alphanumeric() || character == '_';
        let before = sentence.get(..span.start).unwrap_or_default();
        let after = sentence.get(span.end..).unwrap_or_default();
        let whole = !before.ends_with(inside) && !after.starts_with(inside);
        if whole && !acquitted(before, after) && !is_plain_word(before, name, after) {
            return Some(span);
        }
        from = span.end;
    }
    None
}

/// Whether a name that is a plain word is used as one: `the newest page` does not name a function `newest`.
fn is_plain_word(before: &str, name: &str, after: &str) -> bool {
    let spelt_out = before.ends_with('`') || after.starts_with(['`', '(', '.']);
    if spelt_out || !name.chars().all(|character| character.is_ascii_lowercase()) {
        return false;
    }
    let (before, after) = (wording::padded(before), wording::padded(after));
    let of_code = ["function", "method", "helper", "call", "code", "line", "lines", "docstring"];
    [" the ", " a ", " its ", " their ", " this ", " that "].iter().any(|article| before.ends_with(article))
        && !of_code.iter().any(|noun| after.starts_with(&format!(" {noun} ")))
}

/// Whether the words right before or after a name say that it is not to blame.
fn acquitted(before: &str, after: &str) -> bool {
    let before = wording::padded(before);
    let after = wording::padded(after);
    let blames_not =
        [" not ", " not in ", " isn't ", " isn't in ", " rule out ", " ruled out ", " nothing wrong with "];
    let is_fine = [
        " is fine ",
        " is correct ",
        " is ok ",
        " is right ",
        " is innocent ",
        " is not the cause ",
        " isn't the cause ",
        " is not the problem ",
        " isn't the problem ",
        " is not to blame ",
        " works ",
        " is not at fault ",
    ];
    blames_not.iter().any(|words| before.ends_with(words)) || is_fine.iter().any(|words| after.starts_with(words))
}

/// Where a text names the mechanism: one fragment of every group.
fn mechanism(text: &str, key: &DiagnosisKey) -> Option<Vec<Range<usize>>> {
    wording::groups(text, &key.mechanism)
}

/// The notebook's entries at the end, in the order in which they were noted.
pub(crate) fn notebook(timeline: &Timeline<'_>) -> Vec<NotebookEntry> {
    timeline.notes.iter().filter_map(|note| entry(note, &timeline.task.key.diagnosis)).collect()
}

fn entry(note: &Note, key: &DiagnosisKey) -> Option<NotebookEntry> {
    let (first, last) = (note.versions.first()?, note.versions.last()?);
    Some(NotebookEntry {
        hypothesis: note.id,
        text: last.text.clone(),
        status: last.status,
        evidence: last.evidence.clone(),
        at: first.at,
        seqs: note.versions.iter().map(|version| version.seq).collect(),
        names_location: location(&last.text, key).is_some(),
        names_mechanism: mechanism(&last.text, key).is_some(),
    })
}

/// The first version of a notebook entry that names place and mechanism of the real cause.
pub(crate) fn first_right(timeline: &Timeline<'_>) -> Option<(u64, u64)> {
    let key = &timeline.task.key.diagnosis;
    let versions = timeline.notes.iter().flat_map(|note| &note.versions);
    versions
        .filter(|version| location(&version.text, key).is_some() && mechanism(&version.text, key).is_some())
        .map(|version| (version.seq, version.at))
        .min()
}

/// The hidden checks of the task with what they said.
pub(crate) fn checks(timeline: &Timeline<'_>) -> Vec<CheckResult> {
    let seq =
        timeline.events.iter().rev().find(|event| matches!(event.fact, Fact::Judged { .. })).map(|event| event.seq);
    let judged = timeline.state.judgement();
    let known = timeline.task.key.checks.iter();
    known
        .map(|(id, check)| {
            let outcome = judged.and_then(|judged| judged.get(id));
            let cases = outcome.map(|outcome| outcome.cases.clone()).unwrap_or_default();
            CheckResult {
                check: id.clone(),
                title: check.title.clone(),
                outcome: match outcome {
                    Some(outcome) if outcome.passed() => CheckVerdict::Passed,
                    _ if cases.iter().any(|case| matches!(case, CaseOutcome::Failed { .. })) => CheckVerdict::Failed,
                    _ => CheckVerdict::NotJudged,
                },
                cases,
                seq: outcome.and(seq),
            }
        })
        .collect()
}

/// The task's comprehension questions with the choices made.
pub(crate) fn questions(timeline: &Timeline<'_>) -> Vec<QuestionResult> {
    timeline
        .task
        .brief
        .questions
        .iter()
        .map(|open| {
            let key = timeline.task.key.answers.get(&open.id);
            let choice = timeline.at_end.choices().get(&open.id).copied();
            let answer = key.map(|key| key.choice);
            QuestionResult {
                question: open.id.clone(),
                text: open.text.clone(),
                choices: open.choices.clone(),
                choice,
                answer,
                right: choice.zip(answer).map(|(choice, answer)| choice == answer),
                why: key.map(|key| key.why.clone()).unwrap_or_default(),
                seqs: timeline
                    .evidence()
                    .filter(
                        |event| matches!(&event.fact, Fact::QuestionAnswered { question, .. } if *question == open.id),
                    )
                    .map(|event| event.seq)
                    .collect(),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_named_by_its_name_and_not_by_the_same_word_in_a_sentence() {
        let key = DiagnosisKey { location: vec!["desk/corpus.py::newest".to_owned()], ..DiagnosisKey::default() };
        for (text, named) in [
            ("newest picks v9.", true),
            ("It is the newest function.", true),
            ("The `newest` call picks v9.", true),
            ("In the newest() of the corpus.", true),
            ("See desk/corpus.py::newest.", true),
            ("The newest page is picked by its date.", false),
            ("Its newest version is v10.", false),
        ] {
            assert_eq!(location(text, &key).is_some(), named, "{text}");
        }
    }
}
