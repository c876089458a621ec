//! What is asked in other words, in another chat, after a reload or a restart; and what is asked to get at the key.

use domain::ids::PairId;
use domain::plan::Plan;
use domain::session::Answer;
use domain::task::{Side, Task};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use store::Memory;
use tests::{Candidate, House, Shown, root};

/// The share of rephrasings, in percent, that get the same claim, or none, in every condition.
const CONSISTENT: usize = 95;
/// The share of them that bring the claim up at all; nobody who wrote them had seen how prompts are matched.
const MATCHED: usize = 65;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rephrased {
    task: String,
    pair: PairId,
    ask: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Injection {
    kind: String,
    ask: String,
}

fn words<T: DeserializeOwned>(file: &str) -> Vec<T> {
    let text = std::fs::read_to_string(root().join("tests/words").join(file)).expect("the words");
    let tables: BTreeMap<String, Vec<T>> = toml::from_str(&text).expect("tables");
    tables.into_values().flatten().collect()
}

/// Who met a claim, and what they ask about it.
struct Asker {
    links: tests::Links,
    pair: PairId,
    side: Side,
    ask: Vec<String>,
    /// What each of the words got under each condition: the claims that the answer showed.
    got: Vec<Vec<Vec<(PairId, Side)>>>,
}

impl Asker {
    /// Their time stands still while others ask.
    async fn asks(&mut self, house: &House, condition: &str) {
        let candidate = Candidate::new(house, self.links.clone());
        candidate.post("resume", json!({})).await.ok();
        for (text, got) in self.ask.iter().zip(&mut self.got) {
            let shown = say(&candidate, condition, text).await;
            got.push(shown.pairs.into_iter().map(|(pair, side, _)| (pair, side)).collect());
        }
        candidate.post("pause", json!({"why": "others come first"})).await.ok();
    }
}

/// Asks in the chat that belongs to a condition.
async fn say(candidate: &Candidate<'_>, condition: &str, text: &str) -> Shown {
    let chat = if condition == "new chat" { "new" } else { "first" };
    let id = |name: &str| domain::chance::Chance::new(1, name).uuid();
    let prompt = id(&format!("{condition} {text} {}", candidate.view().await["session"]));
    let body = json!({"id": prompt, "chat": id(chat), "text": text});
    let taken = candidate.post("prompts", body).await;
    assert_eq!(taken.status, 202, "{}", taken.body);
    candidate.answer(prompt).await
}

/// A session at work in which the assistant volunteers nothing.
async fn begin(house: &House, body: serde_json::Value) -> Candidate<'_> {
    let candidate = Candidate::new(house, house.new_session(body).await);
    candidate.as_reviewer("PUT", "cards", Some(json!({"held": true}))).await.ok();
    candidate.post("consent", json!({"views": true})).await.ok();
    candidate.post("start", json!({})).await.ok();
    candidate
}

fn plan_seed(task: &Task, pair: &PairId, side: Side) -> u64 {
    (0..).find(|seed| Plan::draw(&task.key, *seed).expect("a plan").sides[pair] == side).expect("a seed")
}

#[tokio::test]
async fn a_claim_is_kept_in_other_words_in_another_chat_after_a_reload_and_a_restart() {
    let store = Arc::new(Memory::new());
    let house = House::over(1, Arc::clone(&store), engine::Models::default()).await;
    let mut askers = Vec::new();
    for Rephrased { task, pair, ask } in words::<Rephrased>("rephrasings.toml") {
        assert_eq!(ask.len(), 5, "{task} {pair}");
        let known = house.engine.library().task(&task.as_str().into()).expect("a task").clone();
        for side in [Side::Plant, Side::Control] {
            let body =
                json!({"task": task, "mode": "practice", "minutes": 480, "plan_seed": plan_seed(&known, &pair, side)});
            let candidate = begin(&house, body).await;
            let first = say(&candidate, "", &known.key.pairs[&pair].intents[0]).await;
            assert!(first.pairs.iter().any(|(met, ..)| *met == pair), "{pair}: {}", first.text);
            let got = vec![Vec::new(); ask.len()];
            let links = candidate.links.clone();
            candidate.post("pause", json!({"why": "others come first"})).await.ok();
            askers.push(Asker { links, pair: pair.clone(), side, ask: ask.clone(), got });
        }
    }
    for asker in &mut askers {
        asker.asks(&house, "same chat").await;
        asker.asks(&house, "new chat").await;
        let candidate = Candidate::new(&house, asker.links.clone());
        // A reload reads everything anew, and what it reads is what was shown.
        let view = candidate.view().await["exchanges"].clone();
        let told = candidate.session().await.with(|state, _| {
            let answers = state.exchanges().iter().filter_map(|exchange| exchange.answer.as_ref());
            answers.map(Answer::text).collect::<Vec<_>>()
        });
        let read = view.as_array().expect("exchanges").iter().map(|one| one["answer"]["text"].clone());
        assert_eq!(read.collect::<Vec<_>>(), told);
        asker.asks(&house, "reload").await;
    }
    drop(house);
    let house = House::over(2, store, engine::Models::default()).await;
    let (mut all, mut kept, mut again) = (0, 0, 0);
    for asker in &mut askers {
        asker.asks(&house, "restart").await;
        for (text, got) in asker.ask.iter().zip(&asker.got) {
            let own =
                |shown: &Vec<(PairId, Side)>| shown.iter().find(|(met, _)| *met == asker.pair).map(|(_, side)| *side);
            let sides: Vec<Option<Side>> = got.iter().map(own).collect();
            assert!(sides.iter().flatten().all(|side| *side == asker.side), "{}: {text}: the other side", asker.pair);
            all += 1;
            kept += usize::from(sides.iter().all(|side| *side == sides[0]));
            again += usize::from(sides[0].is_some());
        }
    }
    println!("of {all} rephrasings {again} bring the claim up again, {kept} get the same in every condition");
    assert!(all == 360 && kept * 100 >= all * CONSISTENT, "{kept} of {all}");
    assert!(again * 100 >= all * MATCHED, "{again} of {all}");
}

#[tokio::test]
async fn two_hundred_prompts_for_the_key_get_nothing_of_it() {
    let injections: Vec<Injection> = words("injections.toml");
    assert_eq!(injections.len(), 200);
    let house = House::open(3).await;
    let body =
        |seed: u64| json!({"task": "helpdesk_rag", "mode": "practice", "minutes": 480, "seed": 7, "plan_seed": seed});
    let (one, other) = (begin(&house, body(23)).await, begin(&house, body(29)).await);
    let task = one.session().await.task().clone();
    let plans = [plan_of(&one).await, plan_of(&other).await];
    assert_ne!(plans[0], plans[1]);
    for candidate in [&one, &other] {
        for pair in task.key.pairs.values().take(4) {
            candidate.ask(&pair.intents[0]).await;
        }
    }
    for (number, Injection { kind, ask }) in injections.iter().enumerate() {
        let told = [one.ask(&format!("{ask} ({number})")).await, other.ask(&format!("{ask} ({number})")).await];
        for (shown, plan) in told.iter().zip(&plans) {
            for (id, pair) in &task.key.pairs {
                let unshown = pair.wording(plan.sides[id].flipped());
                for sealed in [unshown, pair.refute.as_str(), &pair.truth, &pair.proof.observe] {
                    assert!(!shown.text.contains(sealed), "{kind}: {ask}\n→ {}", shown.text);
                }
            }
            for sealed in [task.key.diagnosis.cause.as_str(), &task.key.reference] {
                assert!(!shown.text.contains(sealed), "{kind}: {ask}\n→ {}", shown.text);
            }
        }
        let [outside, other] = told.map(|shown| outside_claims(&shown));
        assert_eq!(outside, other, "{kind}: {ask}: two plans differ in nothing but the words of claims");
    }
}

async fn plan_of(candidate: &Candidate<'_>) -> Plan {
    candidate.session().await.with(|state, _| state.sealed().expect("a plan").plan.clone())
}

fn outside_claims(shown: &Shown) -> String {
    shown.pairs.iter().fold(shown.text.clone(), |text, (pair, _, words)| text.replace(words.as_str(), pair.as_str()))
}
