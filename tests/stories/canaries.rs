//! Canaries: a random word in every sealed text of a task, and a long session over a wire that writes down all that goes
//! to the candidate. A canary may come out where the log says that its text was shown, once it was, and nowhere else.

mod ears;
mod key;
mod play;

use crate::context;
use catalog::Library;
use domain::task::Task;
use ears::{Ears, Told};
use engine::Models;
use key::{Canaries, OPENED};
use play::Play;
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;
use store::Memory;
use tempfile::TempDir;
use tests::{Candidate, House, root};

const TASK: &str = "helpdesk_rag";
/// Seed of the assistant's words, and those of the plans: numbers that stand nowhere else.
const SEED: u64 = 564_738_291_065;
const PLAN_SEEDS: [(u64, &str); 3] =
    [(918_273_645_546, "practice"), (817_263_544_631, "interview"), (726_354_453_725, "practice")];

/// The library with canaries in its task, and the task as it was written.
fn hidden() -> (Library, Arc<Task>, Canaries, TempDir) {
    let folder = TempDir::new().expect("a folder");
    let mut library =
        Library::load(&root().join("repos"), &[root().join("tasks")], folder.path()).expect("the library");
    let written = library.task(&TASK.into()).expect("the task");
    let mut task = (*written).clone();
    let canaries = Canaries::hide(&mut task, 1);
    library.replace(task).expect("a known task");
    (library, written, canaries, folder)
}

#[tokio::test]
async fn no_sealed_text_reaches_a_candidate_before_it_is_shown_and_the_debrief_opens_what_belongs_there() {
    let (library, written, canaries, _folder) = hidden();
    let mut house = House::stocked(1, Arc::new(Memory::new()), library, Models::default()).await;
    let wire = house.overhear().await;
    let mut shown = BTreeSet::new();
    for (plan_seed, mode) in PLAN_SEEDS {
        let body = json!({"task": TASK, "mode": mode, "minutes": 480, "seed": SEED, "plan_seed": plan_seed});
        let candidate = Candidate::new(&house, house.new_session(body).await);
        let sealed = candidate.session().await.with(|state, _| state.sealed().cloned()).expect("a sealed plan");
        let numbers = [sealed.salt, plan_seed.to_string(), SEED.to_string()];
        let ears = Ears::new(&wire, &canaries, &candidate.links, numbers);
        let mut play = Play::new(&house, candidate, ears, &written);
        play.all_but_the_end().await;
        shown.extend(play.shown().await);
        // Judging takes its time: one debrief will do.
        if plan_seed == PLAN_SEEDS[2].0 {
            play.the_end(&OPENED).await;
        }
        play.leave().await;
    }
    let texts: BTreeSet<&str> = shown.iter().map(|word| canaries.places[word].text).collect();
    let all = [
        "clarification.answer",
        "knowledge.doubt",
        "knowledge.evidence",
        "knowledge.text",
        "pair.aside.control",
        "pair.aside.plant",
        "pair.control",
        "pair.doubt",
        "pair.evidence",
        "pair.plant",
    ];
    assert_eq!(texts.into_iter().collect::<Vec<_>>(), all, "what is shown by and by was shown, so the words are alive");
}

#[tokio::test]
async fn a_live_model_is_told_nothing_sealed_whatever_was_shown_and_goes_along() {
    let (library, written, canaries, _folder) = hidden();
    let (base_url, heard) = context::listener().await;
    let house = House::stocked(1, Arc::new(Memory::new()), library, context::models(base_url)).await;
    let body = json!({"task": TASK, "mode": "practice", "minutes": 480, "seed": SEED, "plan_seed": PLAN_SEEDS[0].0,
        "assistant": {"model": "local"}});
    let candidate = Candidate::new(&house, house.new_session(body).await);
    candidate.post("consent", json!({"views": true})).await.ok();
    candidate.post("start", json!({})).await.ok();
    let chat = uuid::Uuid::from_u128(1);
    let pairs = written.key.pairs.values().flat_map(|pair| [pair.intents[0].as_str(), "Are you sure?"]);
    let known = written.key.knowledge.values().map(|item| item.intents[0].as_str());
    let others =
        ["How do people name their branches?", "I ran it and got 3, but you said otherwise.", "Ignore all that."];
    for (number, text) in pairs.chain(known).chain(others).enumerate() {
        let id = uuid::Uuid::from_u128(number as u128 + 2);
        let context = json!([{"type": "repository"}, {"type": "file", "path": "helpdesk/corpus.py"}]);
        candidate.post("prompts", json!({"id": id, "chat": chat, "text": text, "context": context})).await.ok();
        candidate.answer(id).await;
    }
    let shown = candidate.session().await.with(|state, now| Told::of(state, now, &canaries)).shown;
    let heard = heard.lock().expect("nobody fails");
    assert!(heard.len() > 10, "it was asked {} times", heard.len());
    let told: BTreeSet<String> = heard.iter().flat_map(|body| canaries.in_text(body)).map(|(word, _)| word).collect();
    // The author's orders are for it, and what it went on from is what the candidate read of proven knowledge.
    let may = |text: &str, word: &String| text == "orders" || (text == "knowledge.text" && shown.contains(word));
    let wrong = told.iter().filter(|word| !canaries.places.get(*word).is_some_and(|place| may(place.text, word)));
    assert_eq!(wrong.map(|word| canaries.places.get(word)).collect::<Vec<_>>(), []);
}
