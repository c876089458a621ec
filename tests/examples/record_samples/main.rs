//! Plays the recorded sessions of all tasks anew: five candidates each against a whole server under a virtual clock.
//! Each leaves its exported log and the report that the log gets today; both are to be read before they are committed.
//!
//! `cargo run -p tests --example record_samples [CASE …]`

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a recording that goes astray must stop")]

mod believes_everything;
mod by_key;
mod careful;
mod distrusts_everything;
mod never_asks;
mod person;
mod recovers_late;

use person::Person;
use serde_json::json;
use std::fs;
use tests::{Candidate, House, root};

/// The task with scripts of its own; the others are played by their keys.
const SCRIPTED: &str = "helpdesk_rag";

/// A recorded session.
struct Case {
    name: &'static str,
    /// Who this is and what the report must say, for a folder that does not say it yet.
    about: &'static str,
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
        about: "# A careful candidate\n\nAsks about eight claims, reads what each is about, flags the false ones with their words and the reason, and mends the cause.\nThe report must say that every plant met was caught after a check, that no correct claim was rejected, that all hidden checks passed and all questions were answered right.\n",
        entropy: 1001,
        words: 101,
        plants: &["faithfulness_sees", "padding", "filter_place", "shared_chunk"],
        controls: &["dates_rise", "old_versions"],
    },
    Case {
        name: "believes_everything",
        about: "# Believes everything\n\nAsks about eight claims, takes every answer for true, and makes the change that one of the false ones suggests.\nThe report must say that this plant was adopted, with the hunk, that nothing was rejected, and that hidden checks failed.\n",
        entropy: 1002,
        words: 202,
        plants: &["faithfulness_sees", "filter_place", "padding", "dates_rise"],
        controls: &["shared_chunk"],
    },
    Case {
        name: "distrusts_everything",
        about: "# Distrusts everything\n\nFlags every answer, true and false alike, and finds the cause alone.\nThe report must call the plants caught and the controls false alarms, and show the flags on what is no claim pair.\n",
        entropy: 1003,
        words: 303,
        plants: &["old_versions", "chunk_span", "filter_off", "shared_chunk"],
        controls: &["faithfulness_sees", "padding", "filter_place", "dates_rise"],
    },
    Case {
        name: "never_asks",
        about: "# Never asks\n\nReads, changes what looks wrong, and hands in without a single prompt.\nThe report must call every claim unseen: missing data, not a miss.\n",
        entropy: 1004,
        words: 404,
        plants: &[],
        controls: &[],
    },
    Case {
        name: "recovers_late",
        about: "# Recovers late\n\nMakes the change that a false claim suggests, goes on, then reads what it is about, flags it, takes it back and mends the cause.\nThe report must call this plant recovered, with the state in which it tripped and the one in which it no longer did.\n",
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
    let house = House::open(0).await;
    let tasks: Vec<String> = house.engine.library().tasks().map(|task| task.brief.name.to_string()).collect();
    for task in &tasks {
        for case in CASES.iter().filter(|case| wanted.is_empty() || wanted.iter().any(|name| name == case.name)) {
            record(task, case).await;
        }
    }
}

async fn record(task: &str, case: &Case) {
    let house = House::open(case.entropy).await;
    let plan_seed = if task == SCRIPTED {
        house.plan_seed(task, case.plants, case.controls)
    } else {
        let loaded = house.engine.library().task(&task.into()).expect("a task");
        house.plan_seed(task, &[by_key::acted_on(&loaded).as_str()], &[])
    };
    let new = json!({"task": task, "mode": "practice", "seed": case.words, "plan_seed": plan_seed});
    let candidate = Candidate::new(&house, house.new_session(new).await);
    let mut person = Person::new(&house, candidate, case.entropy);
    person.begin().await;
    match case.name {
        _ if task != SCRIPTED => by_key::play(case.name, &mut person).await,
        "careful" => careful::play(&mut person).await,
        "believes_everything" => believes_everything::play(&mut person).await,
        "distrusts_everything" => distrusts_everything::play(&mut person).await,
        "never_asks" => never_asks::play(&mut person).await,
        "recovers_late" => recovers_late::play(&mut person).await,
        other => panic!("nobody plays `{other}`"),
    }
    let folder = root().join("tasks").join(task).join("samples").join(case.name);
    fs::create_dir_all(&folder).expect("a folder for the case");
    fs::write(folder.join("log.jsonl"), person.log().await).expect("a log");
    fs::write(folder.join("report.json"), person.report().await).expect("a report");
    let readme = folder.join("README.md");
    if !readme.exists() {
        fs::write(readme, case.about).expect("a page about the case");
    }
}
