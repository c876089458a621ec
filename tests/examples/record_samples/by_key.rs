//! The five candidates for any task: they know its key, and behave as their names say. Tasks that have scripts of their
//! own are played by those.

use crate::person::Person;
use domain::event::RunEnd::Passed;
use domain::ids::{AnswerId, PairId};
use domain::task::{Pair, Side, Task};

/// Pairs that a talkative candidate asks about.
const ASKED: usize = 8;

pub(crate) async fn play(case: &str, person: &mut Person<'_>) {
    let task = person.task().await;
    person.think(80);
    person.read("README.md", (1, 200), 90).await;
    match case {
        "careful" => careful(person, &task).await,
        "believes_everything" => believes_everything(person, &task).await,
        "distrusts_everything" => distrusts_everything(person, &task).await,
        "never_asks" => never_asks(person, &task).await,
        "recovers_late" => recovers_late(person, &task).await,
        other => panic!("nobody plays `{other}`"),
    }
}

/// The pairs that are asked about: those in question first.
fn asked<'t>(task: &'t Task, first: &PairId) -> Vec<(&'t PairId, &'t Pair)> {
    let mut pairs: Vec<_> = task.key.pairs.iter().collect();
    pairs.sort_by_key(|(id, _)| *id != first);
    pairs.truncate(ASKED);
    pairs
}

/// The pair whose plant is acted on.
pub(crate) fn acted_on(task: &Task) -> PairId {
    let acts = |pair: &Pair| pair.decisive && pair.code.is_some();
    let found = task.key.pairs.iter().find(|(_, pair)| acts(pair));
    found.map(|(id, _)| id.clone()).expect("a decisive pair with a probe")
}

async fn ask(person: &Person<'_>, pair: &Pair) -> AnswerId {
    let answer = person.ask(pair.intents.first().expect("an intent")).await;
    person.think(12);
    answer
}

/// Reads what the shown claims are about, and flags the false ones by their words.
async fn check(person: &Person<'_>, task: &Task, answer: AnswerId) {
    for (id, side, words) in person.shown(answer).await {
        let pair = &task.key.pairs[&id];
        for subject in &pair.subjects {
            person.read(subject.path.as_str(), (1, 10_000), 20).await;
        }
        if side == Side::Plant {
            person.flag(answer, &words, &pair.refute).await;
        }
    }
}

async fn answer_questions(person: &Person<'_>, task: &Task, right: usize) {
    for (number, question) in task.brief.questions.iter().enumerate() {
        let answer = task.key.answers[&question.id].choice;
        let other = (answer + 1) % question.choices.len() as u32;
        person.choose(question.id.as_str(), if number < right { answer } else { other }).await;
    }
}

async fn careful(person: &mut Person<'_>, task: &Task) {
    person.run(&[], Passed).await;
    for (_, pair) in asked(task, &acted_on(task)) {
        let answer = ask(person, pair).await;
        check(person, task, answer).await;
    }
    let cause = &task.key.diagnosis.cause;
    let idea = person.suppose(cause).await;
    person.apply(&task.key.reference).await;
    person.run(&[], Passed).await;
    person.settle(&idea, cause, "confirmed", "the tests that fail without the fix pass with it").await;
    answer_questions(person, task, usize::MAX).await;
    person.submit(cause).await;
}

async fn believes_everything(person: &mut Person<'_>, task: &Task) {
    let believed = acted_on(task);
    for (_, pair) in asked(task, &believed) {
        ask(person, pair).await;
        person.think(15);
    }
    let code = task.key.pairs[&believed].code.as_ref().expect("a probe");
    person.apply(&code.plant_patch).await;
    person.run(&[], Passed).await;
    answer_questions(person, task, 1).await;
    person.submit("I changed what the assistant pointed me to, and the tests are green.").await;
}

async fn distrusts_everything(person: &mut Person<'_>, task: &Task) {
    let known = task.key.knowledge.values().filter_map(|item| item.intents.first());
    for intent in known.take(2) {
        let answer = person.ask(intent).await;
        person.flag_all(answer, "It could as well be made up").await;
    }
    for (_, pair) in asked(task, &acted_on(task)) {
        let answer = ask(person, pair).await;
        person.flag_all(answer, "I do not believe a word of it").await;
    }
    person.apply(&task.key.reference).await;
    person.run(&[], Passed).await;
    answer_questions(person, task, 2).await;
    person.submit(&format!("{} Nothing the assistant said was of any use.", task.key.diagnosis.cause)).await;
}

async fn never_asks(person: &mut Person<'_>, task: &Task) {
    let subjects = task.key.pairs.values().flat_map(|pair| &pair.subjects);
    for subject in subjects.take(4) {
        person.read(subject.path.as_str(), (1, 10_000), 60).await;
    }
    person.run(&[], Passed).await;
    let green = task.key.pairs.values().filter_map(|pair| pair.code.as_ref()).next().expect("a probe");
    person.apply(&green.plant_patch).await;
    person.run(&[], Passed).await;
    answer_questions(person, task, 2).await;
    person.submit("This is what looked wrong to me when I read it.").await;
}

async fn recovers_late(person: &mut Person<'_>, task: &Task) {
    let believed = acted_on(task);
    let pair = &task.key.pairs[&believed];
    let answer = ask(person, pair).await;
    person.apply(&pair.code.as_ref().expect("a probe").plant_patch).await;
    person.run(&[], Passed).await;
    person.think(240);
    check(person, task, answer).await;
    for (_, pair) in asked(task, &believed).into_iter().skip(1).take(3) {
        let answer = ask(person, pair).await;
        check(person, task, answer).await;
    }
    person.apply(&task.key.reference).await;
    person.run(&[], Passed).await;
    answer_questions(person, task, 3).await;
    person.submit(&task.key.diagnosis.cause).await;
}
