//! Canaries: a random word in every sealed text of a task, and a long session over a wire that writes down all that goes
//! to the candidate. A canary may come out where the log says that its text was shown, once it was, and nowhere else.

mod ears;
mod key;
mod play;

use catalog::Library;
use ears::Ears;
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

#[tokio::test]
async fn no_sealed_text_reaches_a_candidate_before_it_is_shown_and_the_debrief_opens_what_belongs_there() {
    let folder = TempDir::new().expect("a folder");
    let mut library =
        Library::load(&root().join("repos"), &[root().join("tasks")], folder.path()).expect("the library");
    let written = library.task(&TASK.into()).expect("the task");
    let mut task = (*written).clone();
    let canaries = Canaries::hide(&mut task, 1);
    library.replace(task).expect("a known task");
    let mut house = House::stocked(1, Arc::new(Memory::new()), library).await;
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
