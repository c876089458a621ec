//! Plays the recorded sessions of a task anew: five candidates against a whole server under a virtual clock. Each
//! leaves its exported log and the report that the log gets today; both are to be read before they are committed.
//!
//! `cargo run -p tests --example record_samples [CASE …]`

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a recording that goes astray must stop")]

mod believes_everything;
mod careful;
mod distrusts_everything;
mod never_asks;
mod person;
mod recovers_late;

use person::Person;
use serde_json::json;
use std::fs;
use tests::{Candidate, House, root};

const TASK: &str = "helpdesk_rag";

/// A recorded session.
struct Case {
    name: &'static str,
    /// Seed of ids and salts.
    entropy: u64,
    /// Seed of the assistant's choice of words.
    words: u64,
    /// Claims that the script expects to be false: the plan is drawn from the first seed that has them so.
    plants: &'static [&'static str],
    /// Claims that it expects to be true.
    controls: &'static [&'static str],
}

const CASES: &[Case] = &[
    Case {
        name: "careful",
        entropy: 1001,
        words: 101,
        plants: &["faithfulness_sees", "padding", "filter_place", "shared_chunk"],
        controls: &["dates_rise", "old_versions"],
    },
    Case {
        name: "believes_everything",
        entropy: 1002,
        words: 202,
        plants: &["faithfulness_sees", "filter_place", "padding", "dates_rise"],
        controls: &["shared_chunk"],
    },
    Case {
        name: "distrusts_everything",
        entropy: 1003,
        words: 303,
        plants: &["old_versions", "chunk_span", "filter_off", "shared_chunk"],
        controls: &["faithfulness_sees", "padding", "filter_place", "dates_rise"],
    },
    Case { name: "never_asks", entropy: 1004, words: 404, plants: &[], controls: &[] },
    Case {
        name: "recovers_late",
        entropy: 1005,
        words: 505,
        plants: &["padding", "dates_rise", "shared_chunk"],
        controls: &["old_versions", "faithfulness_sees"],
    },
];

// One thread: what the server does and what the person does then take turns in the same order each time.
#[tokio::main(flavor = "current_thread")]
async fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    for case in CASES.iter().filter(|case| wanted.is_empty() || wanted.iter().any(|name| name == case.name)) {
        record(case).await;
    }
}

async fn record(case: &Case) {
    let house = House::open(case.entropy).await;
    let plan_seed = house.plan_seed(TASK, case.plants, case.controls);
    let new = json!({"task": TASK, "mode": "practice", "seed": case.words, "plan_seed": plan_seed});
    let candidate = Candidate::new(&house, house.new_session(new).await);
    let mut person = Person::new(&house, candidate, case.entropy);
    person.begin().await;
    match case.name {
        "careful" => careful::play(&mut person).await,
        "believes_everything" => believes_everything::play(&mut person).await,
        "distrusts_everything" => distrusts_everything::play(&mut person).await,
        "never_asks" => never_asks::play(&mut person).await,
        "recovers_late" => recovers_late::play(&mut person).await,
        other => panic!("nobody plays `{other}`"),
    }
    let folder = root().join("tasks").join(TASK).join("samples").join(case.name);
    fs::create_dir_all(&folder).expect("a folder for the case");
    fs::write(folder.join("log.jsonl"), person.log().await).expect("a log");
    fs::write(folder.join("report.json"), person.report().await).expect("a report");
}
