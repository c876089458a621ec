//! Twins: two sessions that differ in nothing but the sides of their plan. What a candidate's client gets is the same to
//! the byte but for the words of claims, which are as long on either side here; and where they have their own words,
//! nothing that can be counted or timed tells the sides apart.

use assistant::{Ask, Offline};
use catalog::Library;
use domain::access::Role;
use domain::event::{Created, Origin, PlanSealed};
use domain::ids::SessionId;
use domain::pace;
use domain::plan::Plan;
use domain::task::{Side, Task};
use engine::{Material, Models, NewLink, Pass};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use store::{EventLog, Memory};
use tempfile::TempDir;
use tests::{Candidate, House, Links, root};

const TWINS: u64 = 200;
/// How well anything countable may tell the sides apart: 0.5 is not at all.
const MOST_AUC: f64 = 0.55;
/// Answers of each side that are counted at least.
const ANSWERS: usize = 400;

/// A library with one task whose plants are as long as their controls, word by word.
fn padded(folder: &Path) -> Library {
    let task = folder.join("tasks/helpdesk_rag");
    copy(&root().join("tasks/helpdesk_rag"), &task);
    for entry in std::fs::read_dir(task.join("pairs")).expect("pairs") {
        let path = entry.expect("a file").path();
        if path.extension().is_some_and(|kind| kind == "toml") {
            let text = std::fs::read_to_string(&path).expect("a pair");
            std::fs::write(&path, pad(&text)).expect("a pair");
        }
    }
    Library::load(&root().join("repos"), &[folder.join("tasks")], &folder.join("git")).expect("a library")
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

/// Puts the control's words with other letters in the place of the plant's, and so for the asides.
fn pad(text: &str) -> String {
    let value = |name: &str| {
        let line = text.lines().find(|line| line.split(['=', ' ']).next() == Some(name))?;
        line.split_once('=').map(|(_, value)| other_letters(value))
    };
    let line = |line: &str| {
        let name = line.split(['=', ' ']).next().unwrap_or_default();
        let twin = match name {
            "plant" => value("control"),
            "aside_plant" => value("aside"),
            _ => None,
        };
        twin.map_or_else(|| line.to_owned(), |value| format!("{name} ={value}"))
    };
    let mut in_proof = false;
    let lines = text.lines().map(|known| {
        in_proof |= known.starts_with('[');
        if in_proof { known.to_owned() } else { line(known) }
    });
    lines.collect::<Vec<_>>().join("\n") + "\n"
}

fn other_letters(text: &str) -> String {
    let turned = |letter: char, first: u8| char::from((letter as u8 - first + 13) % 26 + first);
    let mut escaped = false;
    text.chars()
        .map(|letter| {
            let kept = escaped;
            escaped = letter == '\\' && !kept;
            match letter {
                'a'..='z' if !kept => turned(letter, b'a'),
                'A'..='Z' if !kept => turned(letter, b'A'),
                other => other,
            }
        })
        .collect()
}

/// A session at work with this plan.
async fn session<'a>(house: &'a House, store: &Memory, task: &Task, seed: u64, plan: Plan) -> Candidate<'a> {
    let id = SessionId(house.engine.uuid());
    let salt = "5a17".repeat(16);
    let created = Created {
        session: id,
        task: task.brief.name.clone(),
        task_digest: task.digest.clone(),
        repository: task.brief.repository.clone(),
        base: task.brief.head.clone(),
        mode: domain::event::Mode::Interview,
        minutes: 480,
        seed,
        assistant: domain::event::AssistantKind::Offline,
        commitment: plan.commitment(&salt),
        rules: assess::RULES,
        budget: domain::budget::Budget::default(),
    };
    let facts = domain::session::create(created, PlanSealed { plan_seed: seed, salt, plan });
    let event = |(seq, fact)| domain::Event { seq, at: 0, wall: 0, v: domain::Event::VERSION, fact };
    store.append(id, 0, (1..).zip(facts).map(event).collect()).await.expect("a log");
    let session = house.engine.session(id).await.expect("a session");
    let link =
        async |role| house.engine.make_link(&Pass::owner(), &session, NewLink::usual(role)).await.expect("a link").1;
    let links = Links {
        id,
        candidate: link(Role::Candidate).await,
        observer: link(Role::Observer).await,
        reviewer: link(Role::Reviewer).await,
    };
    let candidate = Candidate::new(house, links);
    candidate.as_reviewer("PUT", "cards", Some(json!({"held": true}))).await.ok();
    candidate.post("consent", json!({"views": true})).await.ok();
    candidate.post("start", json!({})).await.ok();
    candidate
}

/// Everything a candidate's client gets while they ask, doubt, flag, read and reload.
async fn all_that_is_seen(
    house: &House,
    http: &reqwest::Client,
    candidate: &Candidate<'_>,
    prompts: &[String],
) -> Vec<String> {
    let mut seen = Vec::new();
    let mut last = None;
    for (number, text) in prompts.iter().enumerate() {
        let prompt = domain::chance::Chance::new(number as u64, "prompt").uuid();
        let url = format!("http://{}/api/sessions/{}/prompts", house.address, candidate.links.id);
        let request = http.post(url).bearer_auth(&candidate.links.candidate);
        let body = json!({"id": prompt, "chat": uuid::Uuid::from_u128(9), "text": text});
        let response = request.header("accept", "text/event-stream").json(&body).send().await.expect("an answer");
        seen.push(format!("{} {:?}", response.status(), headers(response.headers())));
        let reading = tokio::spawn(response.text());
        last = Some(candidate.answer(prompt).await.id);
        seen.push(stream(&reading.await.expect("a reader").expect("a stream")));
    }
    let flag = json!({"id": uuid::Uuid::from_u128(7), "answer": last, "reason": "It does not hold."});
    for reply in [
        candidate.post(&format!("answers/{}/flags", last.expect("an answer")), without(flag, "answer")).await,
        candidate.get("").await,
        candidate.get("events?after=0").await,
        candidate.get("search?q=version").await,
        candidate.get("report").await,
        candidate.get("export").await,
    ] {
        let head: Vec<_> = reply.headers.iter().filter(|(name, _)| name != "date").cloned().collect();
        seen.push(format!("{} {head:?} {}", reply.status, shape(&reply.body)));
    }
    let own = [candidate.links.id.to_string(), candidate.links.candidate.clone()];
    seen.into_iter().map(|text| own.iter().fold(text, |text, own| text.replace(own, "own"))).collect()
}

fn without(mut body: Value, field: &str) -> Value {
    body.as_object_mut().expect("an object").remove(field);
    body
}

fn headers(all: &reqwest::header::HeaderMap) -> Vec<(String, String)> {
    let text = |value: &reqwest::header::HeaderValue| value.to_str().unwrap_or_default().to_owned();
    all.iter().filter(|(name, _)| *name != "date").map(|(name, value)| (name.to_string(), text(value))).collect()
}

/// A stream of events, the words of answers and the random ids taken out; lines and lengths stay.
fn stream(text: &str) -> String {
    let line = |line: &str| match line.strip_prefix("data:") {
        Some(data) => {
            let value: Value = serde_json::from_str(data.trim()).expect("JSON");
            format!("data: {} of {} bytes", shape(&value), line.len())
        }
        None => line.to_owned(),
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// A body without the words of answers, random ids and the seal.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let field = |(name, value): (&String, &Value)| {
                let value = match (name.as_str(), value) {
                    ("text", Value::String(words)) => json!(words.chars().map(covered).collect::<String>()),
                    ("answer", Value::String(_)) | ("commitment", _) => json!(null),
                    _ => shape(value),
                };
                (name.clone(), value)
            };
            Value::Object(fields.iter().map(field).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(shape).collect()),
        other => other.clone(),
    }
}

fn covered(letter: char) -> char {
    if letter.is_ascii_alphabetic() { 'x' } else { letter }
}

#[tokio::test]
async fn two_hundred_pairs_of_twins_get_the_same_bytes_outside_the_words_of_answers() {
    let folder = TempDir::new().expect("a folder");
    let library = padded(folder.path());
    assert!(library.problems().is_empty(), "{:?}", library.problems());
    let store = Arc::new(Memory::new());
    let house = House::stocked(1, Arc::clone(&store), library, Models::default()).await;
    let task = house.engine.library().task(&"helpdesk_rag".into()).expect("the task").clone();
    let http = tests::http();
    for seed in 0..TWINS {
        let plan = Plan::draw(&task.key, seed).expect("a plan");
        let mut other = plan.clone();
        other.sides.values_mut().for_each(|side| *side = side.flipped());
        let mut ids: Vec<_> = task.key.pairs.values().collect();
        domain::chance::Chance::new(seed, "script").shuffle(&mut ids);
        let mut prompts: Vec<String> = ids.iter().take(3).map(|pair| pair.intents[seed as usize % 3].clone()).collect();
        prompts.push("Are you sure?".to_owned());
        prompts.push("who calls newest".to_owned());
        let mut twins = Vec::new();
        for plan in [plan, other] {
            let candidate = session(&house, &store, &task, seed, plan).await;
            twins.push(all_that_is_seen(&house, &http, &candidate, &prompts).await);
            candidate.post("pause", json!({"why": "done"})).await;
        }
        for (one, other) in twins[0].iter().zip(&twins[1]) {
            assert_eq!(one, other, "seed {seed}");
        }
    }
}

/// What can be counted and timed of an answer: bytes, chunks, the first and the last chunk, time, lines, marks.
fn figures(text: &str) -> Vec<f64> {
    let steps = pace::steps(&[(0, text)]);
    let ends: Vec<usize> = steps.iter().map(|step| step.upto).collect();
    let first = ends.first().copied().unwrap_or_default();
    let last = ends.iter().rev().nth(1).map_or(first, |before| text.len() - before);
    let time = steps.last().map_or(0, |step| step.due);
    let count = |mark: &str| text.matches(mark).count() as f64;
    vec![
        text.len() as f64,
        steps.len() as f64,
        first as f64,
        last as f64,
        time as f64,
        count("\n"),
        count("`"),
        count(". "),
        count(","),
        count(" "),
    ]
}

/// How often a plant's figure is above a control's; ties count half.
fn auc(plants: &[f64], controls: &[f64]) -> f64 {
    let wins = |plant: &f64| -> f64 {
        controls
            .iter()
            .map(|control| {
                if plant > control {
                    1.0
                } else if plant == control {
                    0.5
                } else {
                    0.0
                }
            })
            .sum()
    };
    plants.iter().map(wins).sum::<f64>() / (plants.len() * controls.len()) as f64
}

/// Gaussian naive Bayes: how much likelier the figures are for a plant.
fn likelier(figures: &[f64], plants: &[Vec<f64>], controls: &[Vec<f64>]) -> f64 {
    let density = |of: &[Vec<f64>], at: usize| {
        let mean = of.iter().map(|known| known[at]).sum::<f64>() / of.len() as f64;
        let spread = of.iter().map(|known| (known[at] - mean).powi(2)).sum::<f64>() / of.len() as f64 + 1e-6;
        -(figures[at] - mean).powi(2) / (2.0 * spread) - spread.ln() / 2.0
    };
    (0..figures.len()).map(|at| density(plants, at) - density(controls, at)).sum()
}

#[test]
fn nothing_that_can_be_counted_or_timed_tells_a_plant_from_a_control() {
    let git = TempDir::new().expect("a folder");
    let library = Library::load(&root().join("repos"), &[root().join("tasks")], git.path()).expect("the library");
    // By task, so that what is learnt on some is tried on another.
    let tasks: Vec<[Vec<Vec<f64>>; 2]> = library.tasks().map(answers).collect();
    let all = |side: usize, but: usize| -> Vec<Vec<f64>> {
        let others = tasks.iter().enumerate().filter(|(at, _)| *at != but);
        others.flat_map(|(_, task)| task[side].iter().cloned()).collect()
    };
    let (plants, controls) = (all(0, usize::MAX), all(1, usize::MAX));
    assert!(plants.len() >= ANSWERS && controls.len() >= ANSWERS, "{} and {}", plants.len(), controls.len());
    for at in 0..plants[0].len() {
        let figure = |of: &[Vec<f64>]| of.iter().map(|known| known[at]).collect::<Vec<_>>();
        let auc = auc(&figure(&plants), &figure(&controls));
        println!("figure {at}: {auc:.3}");
        assert!((1.0 - MOST_AUC..=MOST_AUC).contains(&auc), "figure {at} tells: {auc:.3}");
    }
    let mut rated = [Vec::new(), Vec::new()];
    for (at, task) in tasks.iter().enumerate() {
        let (plants, controls) = (all(0, at), all(1, at));
        for side in 0..2 {
            rated[side].extend(task[side].iter().map(|figures| likelier(figures, &plants, &controls)));
        }
    }
    let auc = auc(&rated[0], &rated[1]);
    println!("all together, on a task that was not learnt from: {auc:.3}");
    assert!(auc <= MOST_AUC, "together the figures tell: {auc:.3}");
}

/// The figures of answers that show a plant, and of those that show a control.
fn answers(task: &Arc<Task>) -> [Vec<Vec<f64>>; 2] {
    let material = Material::new(Arc::clone(task));
    let offline: &Offline = &material.offline;
    let mut found = [Vec::new(), Vec::new()];
    for seed in 0..24 {
        let plan = Plan::draw(&task.key, seed).expect("a plan");
        for pair in task.key.pairs.values() {
            let text = &pair.intents[seed as usize % pair.intents.len()];
            let ask = Ask::alone(text, &plan, seed);
            let reply = offline.reply(&ask);
            let side = reply.sources.iter().find_map(|source| match source.origin {
                Origin::Pair { side, .. } => Some(side),
                _ => None,
            });
            match side {
                Some(Side::Plant) => found[0].push(figures(&reply.text)),
                Some(Side::Control) => found[1].push(figures(&reply.text)),
                None => {}
            }
        }
    }
    found
}
