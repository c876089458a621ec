//! Somebody practises: carefully, in good faith, or making mistakes of their own.

use domain::cards::dose;
use domain::task::Side;
use serde_json::{Value, json};
use tests::{Candidate, House};

/// The plan of this seed has four plants; the stories read which from the sealed log.
const PLAN_SEED: u64 = 11;

fn items<'a>(report: &'a Value, side: &str) -> Vec<&'a Value> {
    let all = report["items"].as_array().expect("items");
    all.iter().filter(|item| item["side"] == side && !item["exposure"].is_null()).collect()
}

fn verdict<'a>(report: &'a Value, pair: &str) -> &'a Value {
    let all = report["items"].as_array().expect("items");
    all.iter().find(|item| item["pair"] == pair).expect("the pair")
}

/// Asks for as many pairs of the task as may be met, in the words of its author's first intent.
async fn ask_for_every_pair(candidate: &Candidate<'_>) -> Vec<(String, Side, tests::Shown, String)> {
    let task = candidate.session().await.task().clone();
    let mut met = Vec::new();
    for (id, pair) in task.key.pairs.iter().take(dose(task.brief.minutes).most) {
        let shown = candidate.ask(&pair.intents[0]).await;
        let (_, side, words) = shown
            .pairs
            .iter()
            .find(|(pair, ..)| pair == id)
            .unwrap_or_else(|| panic!("{:?} should show {id}, it showed {:?}", pair.intents[0], shown.origins))
            .clone();
        met.push((id.to_string(), side, shown, words));
    }
    met
}

#[tokio::test]
async fn a_careful_candidate_catches_every_plant_and_raises_no_false_alarm() {
    let house = House::open(1).await;
    let candidate = house.candidate(PLAN_SEED).await;
    let task = candidate.session().await.task().clone();
    let mut planted = 0;
    for (pair, side, shown, words) in ask_for_every_pair(&candidate).await {
        if side == Side::Plant {
            planted += 1;
            let reason = format!("I ran it, and it does not hold ({pair})");
            candidate.flag(shown.id, Some(&words), &reason).await;
        }
    }
    candidate.apply(&task.key.reference).await;
    let run = candidate.run(&[]).await;
    assert_eq!(json!(run.end), json!({"type": "passed"}), "{}", run.output);
    for (question, right) in &task.key.answers {
        let body = json!({"choice": right.choice});
        candidate.send("PUT", &format!("questions/{question}"), Some(body)).await.ok();
    }
    let diagnosis = format!("{} The metric sees only the passages.", task.key.diagnosis.cause);
    let report = candidate.submit(&diagnosis).await;
    let plants = items(&report, "plant");
    assert!(plants.len() == planted && planted >= 4, "{planted} plants met");
    for item in plants {
        assert_eq!(item["verdict"], "caught", "{item:#}");
        assert!(!item["evidence"].as_array().expect("evidence").is_empty());
    }
    for item in items(&report, "control") {
        assert_ne!(item["verdict"], "false_alarm", "{item:#}");
    }
    for check in report["checks"].as_array().expect("checks") {
        assert_eq!(check["outcome"], "passed", "{check:#}");
    }
    for question in report["questions"].as_array().expect("questions") {
        assert_eq!(question["right"], true, "{question:#}");
    }
    assert_eq!(report["header"]["plan"]["matches_commitment"], true);
}

#[tokio::test]
async fn a_candidate_who_applies_a_planted_fix_adopted_it_and_sees_the_hunk() {
    let house = House::open(2).await;
    let candidate = house.candidate(PLAN_SEED).await;
    let task = candidate.session().await.task().clone();
    let met = ask_for_every_pair(&candidate).await;
    let believed = met
        .iter()
        .filter(|(_, side, ..)| *side == Side::Plant)
        .find_map(|(id, ..)| Some((id, task.key.pairs[&id.as_str().into()].code.clone()?)))
        .expect("a planted fix");
    candidate.apply(&believed.1.plant_patch).await;
    let run = candidate.run(&[]).await;
    assert_eq!(json!(run.end), json!({"type": "passed"}), "a good plant keeps the visible tests green: {}", run.output);
    let report = candidate.submit("I did what the assistant said.").await;
    let item = verdict(&report, believed.0);
    assert_eq!(item["verdict"], "adopted", "{item:#}");
    let hunk = item["evidence"].as_array().expect("evidence").iter().find_map(|known| known["diff"].as_str());
    assert!(hunk.is_some_and(|hunk| hunk.contains("\n+")), "{item:#}");
    assert!(report["checks"].as_array().expect("checks").iter().any(|check| check["outcome"] == "failed"));
    for other in items(&report, "plant").into_iter().filter(|item| item["pair"] != believed.0.as_str()) {
        assert_ne!(other["verdict"], "adopted", "{other:#}");
    }
}

#[tokio::test]
async fn a_candidate_who_only_makes_a_mistake_of_their_own_adopted_nothing() {
    let house = House::open(3).await;
    let candidate = house.candidate(PLAN_SEED).await;
    let task = candidate.session().await.task().clone();
    ask_for_every_pair(&candidate).await;
    let own = task.key.tempting.iter().find(|fix| fix.name == "pad_two_digits").expect("a wrong fix of one's own");
    candidate.apply(&own.patch).await;
    candidate.run(&[]).await;
    let report = candidate.submit("Two digits are enough.").await;
    assert!(report["checks"].as_array().expect("checks").iter().any(|check| check["outcome"] == "failed"));
    for item in items(&report, "plant") {
        assert_ne!(item["verdict"], "adopted", "{item:#}");
        assert_ne!(item["verdict"], "conflicted", "{item:#}");
    }
}

#[tokio::test]
async fn who_distrusts_everything_raises_false_alarms() {
    let house = House::open(4).await;
    let candidate = house.candidate(PLAN_SEED).await;
    for (_, _, shown, words) in ask_for_every_pair(&candidate).await {
        candidate.flag(shown.id, Some(&words), "I do not believe it").await;
    }
    let report = candidate.submit("").await;
    for item in items(&report, "control") {
        assert_eq!(item["verdict"], "false_alarm", "{item:#}");
    }
}

#[tokio::test]
async fn who_never_asks_has_met_nothing_and_missed_nothing() {
    let house = House::open(5).await;
    let candidate = house.candidate(PLAN_SEED).await;
    let task = candidate.session().await.task().clone();
    candidate.apply(&task.key.reference).await;
    let report = candidate.submit(&task.key.diagnosis.cause).await;
    for item in report["items"].as_array().expect("items") {
        assert_eq!(item["verdict"], "unseen", "{item:#}");
    }
    assert!(report["checks"].as_array().expect("checks").iter().all(|check| check["outcome"] == "passed"));
}

#[tokio::test]
async fn the_same_commands_and_seeds_give_the_same_answers_and_the_same_report() {
    let mut told = Vec::new();
    for _ in 0..2 {
        let house = House::open(77).await;
        let candidate = house.candidate(PLAN_SEED).await;
        let task = candidate.session().await.task().clone();
        let mut answers = Vec::new();
        for (_, _, shown, words) in ask_for_every_pair(&candidate).await {
            answers.push(shown.text.clone());
            house.pass(7);
            candidate
                .post(&format!("answers/{}/flags", shown.id), json!({"id": shown.id, "quote": words, "reason": "no"}))
                .await
                .ok();
        }
        answers.push(candidate.ask("how does the embedding work?").await.text);
        candidate.apply(&task.key.tempting[0].patch).await;
        let report = candidate.submit("versions are compared as text").await;
        told.push((answers, serde_json::to_string(&report).expect("a report")));
    }
    assert_eq!(told[0].0, told[1].0);
    assert_eq!(told[0].1, told[1].1);
}

#[tokio::test]
async fn time_that_runs_out_hands_the_work_in() {
    let house = House::open(6).await;
    let candidate = house.candidate(PLAN_SEED).await;
    candidate.write("notes.md", "half done\n").await;
    house.pass(45 * 60);
    candidate.until(|state| (state.phase() == domain::session::Phase::Concluded).then_some(())).await;
    let view = candidate.view().await;
    assert_eq!(view["submission"]["by"], "deadline");
    assert_eq!(
        candidate.post("edits", json!({"type": "delete", "path": "notes.md"})).await.refusal(),
        (409, "session_over")
    );
}

#[tokio::test]
async fn a_pause_keeps_the_clock_and_says_why() {
    let house = House::open(8).await;
    let candidate = house.candidate(PLAN_SEED).await;
    house.pass(60);
    candidate.post("pause", json!({"why": "the door bell"})).await.ok();
    house.pass(3600);
    let refused = candidate.post("prompts", json!({"text": "hello?"})).await;
    assert_eq!(refused.refusal(), (409, "paused"));
    candidate.post("resume", json!({})).await.ok();
    let clock = candidate.view().await["clock"].clone();
    assert_eq!(clock["now"].as_u64().expect("now") - clock["started"].as_u64().expect("started"), 60_000);
}

#[tokio::test]
async fn reading_gives_files_search_names_and_history() {
    let house = House::open(9).await;
    let candidate = house.candidate(PLAN_SEED).await;
    let files = candidate.get("files").await.ok();
    let paths: Vec<&str> =
        files["files"].as_array().expect("files").iter().filter_map(|file| file["path"].as_str()).collect();
    assert!(paths.contains(&"helpdesk/corpus.py"), "{paths:?}");
    let hits = candidate.get("search?q=is_superseded").await.ok();
    assert!(hits["hits"].as_array().expect("hits").len() >= 2);
    let hit = &hits["hits"][0];
    let path = hit["path"].as_str().expect("a path");
    let text = candidate.get(&format!("files/{path}")).await.ok()["text"].as_str().expect("text").to_owned();
    let before: usize = text
        .split('\n')
        .take(hit["line"].as_u64().expect("a line") as usize - 1)
        .map(|line| line.encode_utf16().count() + 1)
        .sum();
    let offset = before + hit["column"].as_u64().expect("a column") as usize;
    let target = candidate.get(&format!("definition?path={path}&offset={offset}")).await.ok();
    assert_eq!(target["targets"][0]["name"], "is_superseded", "{target:#}");
    let uses = candidate.get(&format!("references?path={path}&offset={offset}")).await.ok();
    assert!(!uses["references"].as_array().expect("uses").is_empty());
    assert!(
        !candidate.get("outline?path=helpdesk/corpus.py").await.ok()["items"].as_array().expect("items").is_empty()
    );
    let history = candidate.get("history").await.ok();
    let commits = history["commits"].as_array().expect("commits");
    assert!(commits.len() >= 16, "{}", commits.len());
    let newest = commits[0]["id"].as_str().expect("an id");
    let diff = candidate.get(&format!("history/{newest}")).await.ok();
    assert!(diff["diff"].as_str().expect("a diff").contains("@@"));
    let oldest = commits[commits.len() - 1]["id"].as_str().expect("an id");
    let old = commits[commits.len() - 1]["files"][0].as_str().expect("a file");
    candidate.get(&format!("revisions/{oldest}/{old}")).await.ok();
    assert!(!candidate.get("blame?path=helpdesk/corpus.py").await.ok()["lines"].as_array().expect("lines").is_empty());
}

#[tokio::test]
async fn changed_files_are_searched_indexed_and_compared_as_they_stand() {
    let house = House::open(10).await;
    let candidate = house.candidate(PLAN_SEED).await;
    candidate.write("helpdesk/extra.py", "def quite_new():\n    return 'é🦀'\n").await;
    let found = candidate.get("symbols?q=quite_new").await.ok();
    assert_eq!(found["symbols"][0]["path"], "helpdesk/extra.py", "{found:#}");
    assert_eq!(candidate.get("search?q=quite_NEW").await.ok()["hits"][0]["line"], 1);
    assert_eq!(candidate.get("search?q=quite_NEW&case=true").await.ok()["hits"], json!([]));
    let diff = candidate.get("changes").await.ok();
    assert!(diff["diff"].as_str().expect("a diff").contains("+def quite_new():"));
}
