//! A person at work: actions over HTTP, and the time they take.

use domain::chance::Chance;
use domain::event::{Origin, RunEnd};
use domain::ids::{AnswerId, PairId};
use domain::pace;
use domain::session::{Answer, Phase};
use domain::task::{Side, Task};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tests::{Candidate, House};

/// Seconds that pytest takes to start and run.
const RUN_SECONDS: u64 = 3;

/// A person at work.
pub(crate) struct Person<'a> {
    house: &'a House,
    candidate: Candidate<'a>,
    // Editors choose the ids of their changes.
    ids: Chance,
}

impl<'a> Person<'a> {
    pub(crate) fn new(house: &'a House, candidate: Candidate<'a>, seed: u64) -> Self {
        Self { house, candidate, ids: Chance::new(seed, "edits") }
    }

    /// Reads the rules and starts the clock.
    pub(crate) async fn begin(&mut self) {
        self.think(40);
        self.post("consent", json!({"views": true})).await;
        self.think(15);
        self.post("start", json!({})).await;
    }

    /// Lets time pass: reading, thinking, a sip of coffee.
    pub(crate) fn think(&self, seconds: u64) {
        self.house.pass(seconds);
    }

    /// Has lines of a file in view, as far as it has them, and reads them for a while.
    pub(crate) async fn read(&self, path: &str, lines: (u32, u32), seconds: u64) {
        let last = self.file(path).await.0.lines().count().max(1) as u32;
        self.post("views", json!({"path": path, "from_line": lines.0, "to_line": lines.1.min(last)})).await;
        self.think(seconds);
    }

    /// Searches all files.
    pub(crate) async fn search(&self, query: &str) {
        self.candidate.get(&format!("search?q={query}")).await.ok();
        self.think(8);
    }

    /// Asks, and waits until the answer stands there in full.
    pub(crate) async fn ask(&self, text: &str) -> AnswerId {
        self.ask_with(text, json!([])).await
    }

    /// Asks about the latest run.
    pub(crate) async fn ask_about_run(&self, text: &str) -> AnswerId {
        let session = self.candidate.session().await;
        let run = session.with(|state, _| state.runs().last().map(|run| run.id)).expect("a run");
        self.ask_with(text, json!([{"type": "run", "run": run}])).await
    }

    async fn ask_with(&self, text: &str, context: Value) -> AnswerId {
        // Typing takes its time.
        self.think(4 + text.len() as u64 / 6);
        let taken = self.post("prompts", json!({"text": text, "context": context})).await;
        let prompt = taken["id"].as_str().expect("an id").to_owned();
        let due = self.candidate.until(|state| {
            let exchange = state.exchanges().iter().find(|known| known.asked.prompt.to_string() == prompt)?;
            let answer = exchange.answer.as_ref().filter(|answer: &&Answer| answer.is_whole())?;
            Some(pace::steps(&answer.paced()).last().map_or(0, |last| last.due))
        });
        let due = due.await;
        let now = self.candidate.session().await.now();
        self.house.clock.advance(Duration::from_millis(due.saturating_sub(now)));
        self.candidate
            .until(|state| {
                let exchange = state.exchanges().iter().find(|known| known.asked.prompt.to_string() == prompt)?;
                exchange.outcome.and(exchange.answer.as_ref()).map(|answer| answer.id)
            })
            .await
    }

    /// Flags words of an answer.
    pub(crate) async fn flag(&self, answer: AnswerId, quote: &str, reason: &str) {
        self.think(6 + reason.len() as u64 / 6);
        self.candidate.flag(answer, Some(quote), reason).await;
    }

    /// Flags a whole answer.
    pub(crate) async fn flag_all(&self, answer: AnswerId, reason: &str) {
        self.think(3 + reason.len() as u64 / 6);
        self.candidate.flag(answer, None, reason).await;
    }

    /// Notes a hypothesis and gives its id.
    pub(crate) async fn suppose(&self, text: &str) -> String {
        self.think(4 + text.len() as u64 / 6);
        self.post("hypotheses", json!({"text": text})).await["id"].as_str().expect("an id").to_owned()
    }

    /// Settles a hypothesis: `confirmed` or `refuted`.
    pub(crate) async fn settle(&self, id: &str, text: &str, status: &str, evidence: &str) {
        self.think(4 + evidence.len() as u64 / 6);
        let body = json!({"text": text, "status": status, "evidence": evidence});
        self.candidate.send("PUT", &format!("hypotheses/{id}"), Some(body)).await.ok();
    }

    /// The sealed half of the task, for players that know it.
    pub(crate) async fn task(&self) -> Arc<Task> {
        Arc::clone(self.candidate.session().await.task())
    }

    /// The pairs that an answer showed, with their sides and words.
    pub(crate) async fn shown(&self, answer: AnswerId) -> Vec<(PairId, Side, String)> {
        let session = self.candidate.session().await;
        session.with(|state, _| {
            let answers = state.exchanges().iter().filter_map(|exchange| exchange.answer.as_ref());
            let parts = answers.filter(|known| known.id == answer).flat_map(|known| &known.parts);
            let pieces = parts.flat_map(|(_, part)| part.sources.iter().map(move |source| (&part.text, source)));
            pieces
                .filter_map(|(text, source)| match &source.origin {
                    Origin::Pair { pair, side, .. } => {
                        let words = text.get(source.start as usize..source.end as usize)?;
                        Some((pair.clone(), *side, words.to_owned()))
                    }
                    _ => None,
                })
                .collect()
        })
    }

    /// Brings the files into the state that a patch of the task makes of the untouched ones.
    pub(crate) async fn apply(&self, patch: &str) {
        let task = self.task().await;
        let wanted = self.house.engine.library().apply(&task.brief.name, patch).expect("a patch that applies");
        let now = self.candidate.session().await.with(|state, _| state.workspace().files());
        for (path, text) in wanted.iter().filter(|(path, text)| now.get(*path) != Some(*text)) {
            self.think(20);
            self.candidate.write(path.as_str(), text).await;
        }
        for path in now.keys().filter(|path| !wanted.contains_key(*path)) {
            self.delete(path.as_str()).await;
        }
    }

    /// Makes a file and types its text.
    pub(crate) async fn create(&mut self, path: &str, text: &str) {
        self.post("edits", json!({"type": "create", "path": path, "text": ""})).await;
        self.insert(path, 0, 0, text).await;
    }

    /// Adds to the end of a file.
    pub(crate) async fn append(&mut self, path: &str, text: &str) {
        let (now, _) = self.file(path).await;
        self.insert(path, units(&now), 0, text).await;
    }

    /// Types over the one place in a file where the old words stand.
    pub(crate) async fn replace(&mut self, path: &str, old: &str, new: &str) {
        let (text, _) = self.file(path).await;
        assert_eq!(text.matches(old).count(), 1, "`{old}` in {path}");
        let before = text.split(old).next().unwrap_or_default();
        let same = shared(old.chars(), new.chars());
        let (old, new) = (&old[same..], &new[same..]);
        let after = shared(old.chars().rev(), new.chars().rev());
        let (old, new) = (&old[..old.len() - after], &new[..new.len() - after]);
        let at = units(before) + units(&text[before.len()..before.len() + same]);
        self.insert(path, at, units(old), new).await;
    }

    /// Removes some units and types a text in their place, a line at a time, as an editor sends it.
    async fn insert(&mut self, path: &str, mut at: usize, mut delete: usize, text: &str) {
        for (number, line) in text.split('\n').enumerate() {
            self.think((1 + line.len() as u64 / 7).min(9));
            let typed = if number == 0 { line.to_owned() } else { format!("\n{line}") };
            let (now, version) = self.file(path).await;
            let after = units(&now) - at - delete;
            let mut changes = vec![json!(at)];
            let mut section = vec![json!(delete)];
            if !typed.is_empty() {
                section.extend(typed.split('\n').map(Value::from));
            }
            changes.push(json!(section));
            changes.push(json!(after));
            changes.retain(|part| *part != json!(0));
            let body = json!({"type": "edit", "edit": self.ids.uuid(), "path": path, "version": version + 1, "changes": changes});
            self.post("edits", body).await;
            at += units(&typed);
            delete = 0;
        }
    }

    async fn file(&self, path: &str) -> (String, u64) {
        let file = self.candidate.get(&format!("files/{path}")).await.ok();
        (file["text"].as_str().expect("a text").to_owned(), file["version"].as_u64().expect("a version"))
    }

    /// Removes a file.
    pub(crate) async fn delete(&self, path: &str) {
        self.think(3);
        self.post("edits", json!({"type": "delete", "path": path})).await;
    }

    /// Runs tests and expects an end: a script that believes in green must not go on with red.
    pub(crate) async fn run(&self, target: &[&str], expected: RunEnd) {
        self.think(4);
        let taken = self.post("runs", json!({"target": target})).await;
        self.think(RUN_SECONDS);
        let id = taken["id"].as_str().expect("an id").to_owned();
        let outcome = self
            .candidate
            .until(|state| state.runs().iter().find(|run| run.id.to_string() == id)?.outcome.clone())
            .await;
        assert_eq!(outcome.end, expected, "{target:?}\n{}", outcome.output);
    }

    /// Answers a comprehension question.
    pub(crate) async fn choose(&self, question: &str, choice: u32) {
        self.think(35);
        self.candidate.send("PUT", &format!("questions/{question}"), Some(json!({"choice": choice}))).await.ok();
    }

    /// Hands in, and waits until all is judged.
    pub(crate) async fn submit(&self, diagnosis: &str) {
        self.think(20 + diagnosis.len() as u64 / 6);
        self.post("submission", json!({"diagnosis": diagnosis})).await;
        self.candidate.until(|state| (state.phase() == Phase::Concluded).then_some(())).await;
    }

    /// The log as reviewers export it.
    pub(crate) async fn log(&self) -> String {
        let body = self.candidate.review("export").await.ok();
        body.as_str().expect("lines of JSON").to_owned()
    }

    /// The report in the form in which samples keep it.
    pub(crate) async fn report(&self) -> String {
        let session = self.candidate.session().await;
        let report = session.report(&self.house.engine).await.expect("a report");
        serde_json::to_string_pretty(&report).expect("JSON") + "\n"
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        self.candidate.post(path, body).await.ok()
    }
}

fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Bytes that two texts share from where they are read.
fn shared(left: impl Iterator<Item = char>, right: impl Iterator<Item = char>) -> usize {
    left.zip(right).take_while(|(left, right)| left == right).map(|(same, _)| same.len_utf8()).sum()
}
