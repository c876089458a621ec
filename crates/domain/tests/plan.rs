//! The sealed plan keeps its promises for every seed.

use domain::ids::PairId;
use domain::plan::Plan;
use domain::task::{Key, Pair, Proof, Side, Testlet};
use proptest::prelude::*;
use serde_json::Value;

fn pair(decisive: bool) -> Pair {
    Pair {
        kind: "wrong root cause".to_owned(),
        decisive,
        subjects: vec![],
        intents: vec![],
        control: "true".to_owned(),
        plant: "false".to_owned(),
        doubt: String::new(),
        evidence: String::new(),
        aside: (String::new(), String::new()),
        refute: String::new(),
        truth: String::new(),
        diagnosis_terms: vec![],
        denial_terms: vec![],
        proof: Proof { observe: String::new(), control: Value::Bool(true), plant: Value::Bool(false) },
        code: None,
    }
}

fn key(pairs: usize, decisive: usize) -> Key {
    let pairs = (0..pairs).map(|n| (PairId(format!("p{n}")), pair(n < decisive))).collect();
    let testlet = Testlet {
        name: "chain".to_owned(),
        pairs: vec!["p0".into(), "p1".into()],
        combinations: vec![
            vec![Side::Control, Side::Control],
            vec![Side::Plant, Side::Control],
            vec![Side::Control, Side::Plant],
        ],
    };
    Key { pairs, testlets: vec![testlet], ..Key::default() }
}

proptest! {
    #[test]
    fn every_seed_gives_the_promised_share_decisive_plants_and_a_consistent_testlet(seed in any::<u64>(), extra in 0usize..5) {
        let key = key(8 + extra, 4);
        let plan = Plan::draw(&key, seed).unwrap();
        let plants = plan.plants().count() * 100;
        prop_assert!((40 * (8 + extra)..=60 * (8 + extra)).contains(&plants));
        prop_assert!(plan.plants().filter(|id| key.pairs[*id].decisive).count() >= 2);
        let both = [&"p0".into(), &"p1".into()].iter().all(|id| plan.sides[*id] == Side::Plant);
        prop_assert!(!both, "the testlet excludes it");
        prop_assert_eq!(Plan::draw(&key, seed).unwrap(), plan);
    }
}

#[test]
fn every_pair_is_a_plant_for_some_and_a_control_for_others() {
    let key = key(8, 4);
    let plans: Vec<Plan> = (0..200).map(|seed| Plan::draw(&key, seed).unwrap()).collect();
    for id in key.pairs.keys() {
        let plants = plans.iter().filter(|plan| plan.sides[id] == Side::Plant).count();
        assert!((20..180).contains(&plants), "{id}: {plants} of 200");
    }
}

#[test]
fn a_task_without_an_allowed_plan_says_so() {
    let error = Plan::draw(&key(8, 1), 1).unwrap_err();
    assert_eq!((error.pairs, error.decisive), (8, 1));
}

#[test]
fn the_commitment_changes_with_any_side_and_with_the_salt() {
    let plan = Plan::draw(&key(8, 4), 1).unwrap();
    let mut other = plan.clone();
    for side in other.sides.values_mut().take(1) {
        *side = side.flipped();
    }
    assert_eq!(plan.commitment("s").len(), 64);
    assert_ne!(plan.commitment("s"), other.commitment("s"));
    assert_ne!(plan.commitment("s"), plan.commitment("t"));
}
