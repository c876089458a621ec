//! How many claim pairs somebody meets, whatever their manner; and what interviewers may do about it.

use domain::cards::{self, dose};
use domain::event::Exposure;
use domain::task::Side;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tests::{Candidate, House};

/// Asks one thing each so many seconds until the time is up; how many pairs were met in which way.
async fn plays(house: &House, candidate: &Candidate<'_>, prompts: &[String], every: u64) -> BTreeMap<String, usize> {
    let mut prompts = prompts.iter();
    let session = candidate.session().await;
    // Nobody asks in the last two minutes: an answer takes its time.
    while session.with(|state, now| state.deadline().is_some_and(|deadline| now + 120_000 < deadline)) {
        if let Some(prompt) = prompts.next() {
            candidate.ask(prompt).await;
        }
        house.pass(every);
        candidate.settle().await;
    }
    let met = candidate.session().await.with(|state, _| state.exposures().clone());
    met.values().fold(BTreeMap::new(), |mut ways, met| {
        *ways.entry(format!("{:?}", met.exposure)).or_default() += 1;
        ways
    })
}

fn words(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[tokio::test]
async fn the_talkative_the_terse_and_the_silent_meet_eight_to_ten_pairs_each() {
    let house = House::open(1).await;
    for task in ["helpdesk_rag", "refund_agent", "inbox_agent"] {
        let library = house.engine.library().task(&task.into()).expect("a task").clone();
        let asked: Vec<String> =
            library.key.pairs.values().flat_map(|pair| pair.intents.iter().take(3).cloned()).collect();
        let terse = words(&["what does this repository do", "where do I start", "thanks"]);
        for (manner, prompts, every) in [("talkative", asked, 60), ("terse", terse, 300), ("silent", Vec::new(), 60)] {
            let body = json!({"task": task, "mode": "practice", "plan_seed": 7});
            let candidate = Candidate::new(&house, house.new_session(body).await);
            candidate.post("consent", json!({"views": true})).await.ok();
            candidate.post("start", json!({})).await.ok();
            let ways = plays(&house, &candidate, &prompts, every).await;
            let met: usize = ways.values().sum();
            let cards::Dose { least, most } = dose(library.brief.minutes);
            assert!((least..=most).contains(&met), "{task}, {manner}: {met} met, {ways:?}");
            assert_eq!(ways.contains_key("Card"), manner != "talkative", "{task}, {manner}: {ways:?}");
        }
    }
}

#[tokio::test]
async fn a_card_is_shown_like_an_answer_can_be_flagged_and_taken_up_and_depends_on_no_side() {
    let mut told = Vec::new();
    for side in [Side::Plant, Side::Control] {
        let house = House::open(2).await;
        let pair = {
            let probe = house.candidate(1).await;
            probe.as_reviewer("POST", "cards/next", None).await.ok();
            first_card(&probe).await.0
        };
        let (plants, controls): (&[&str], &[&str]) = match side {
            Side::Plant => (&[&pair], &[]),
            Side::Control => (&[], &[&pair]),
        };
        let seed = house.plan_seed("helpdesk_rag", plants, controls);
        let candidate = house.candidate(seed).await;
        house.pass(60 * 45 * 12 / 100 - 1);
        candidate.get("").await.ok();
        assert!(candidate.view().await["exchanges"].as_array().is_some_and(Vec::is_empty), "not before its time");
        house.pass(1);
        candidate.settle().await;
        let shown = candidate.session().await.with(|state, _| state.exchanges()[0].clone());
        assert!(shown.volunteered && shown.asked.text.is_empty());
        let exposed = candidate.session().await.with(|state, _| state.exposures()[&pair.as_str().into()].clone());
        assert_eq!((exposed.side, exposed.exposure), (side, Exposure::Card));
        let view = candidate.view().await;
        let answer = &view["exchanges"][0]["answer"];
        assert_eq!(view["exchanges"][0]["volunteered"], true);
        candidate.flag(exposed.answer, None, "I do not believe that").await;
        let doubt = candidate.ask("Are you sure about that?").await;
        told.push((answer["text"].as_str().expect("words").split(". ").next().map(str::to_owned), doubt.text));
    }
    assert_eq!(told[0], told[1], "opening and reply to doubt are those of any side");
}

async fn first_card(candidate: &Candidate<'_>) -> (String, Side) {
    candidate.until(|state| state.exposures().iter().next().map(|(id, met)| (id.to_string(), met.side))).await
}

#[tokio::test]
async fn interviewers_hold_cards_back_and_bring_the_next_one_forward_without_learning_its_side() {
    let house = House::open(3).await;
    let candidate = house.candidate(5).await;
    let staff = async |method: &str, path: &str, body: Option<Value>| candidate.as_reviewer(method, path, body).await;
    assert_eq!(staff("PUT", "cards", Some(json!({"held": true}))).await.status, 200);
    assert_eq!(staff("PUT", "cards", Some(json!({"held": true}))).await.status, 200, "once more is harmless");
    let before = candidate.view().await["n"].clone();
    house.pass(40 * 60);
    candidate.get("").await.ok();
    let view = candidate.view().await;
    assert_eq!((&view["n"], view["exchanges"].as_array().map(Vec::len)), (&before, Some(0)), "held back, and unseen");
    let next = staff("POST", "cards/next", None).await;
    assert_eq!(next.status, 200, "{}", next.body);
    candidate.settle().await;
    let told = staff("GET", "", None).await.body.to_string() + &staff("GET", "events", None).await.body.to_string();
    assert!(told.contains("\"exposed\"") && !told.contains("\"plant\"") && !told.contains("\"control\""), "{told}");
    assert_eq!(staff("GET", "", None).await.body["staff"]["cards_held"], true);
    assert_eq!(staff("PUT", "cards", Some(json!({"held": false}))).await.status, 200);
    house.pass(30);
    candidate.settle().await;
    assert!(candidate.session().await.with(|state, _| state.exchanges().len()) >= 2, "those that are late come first");
}
