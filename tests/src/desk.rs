//! A candidate at work, over HTTP; waiting is done on the session's own feed, never by sleeping.

use crate::house::House;
use domain::event::{AnswerOutcome, AssistantKind, Fact, Origin, RunOutcome};
use domain::ids::{AnswerId, PairId, RepoPath, SessionId};
use domain::session::State;
use domain::task::Side;
use engine::{After, Item, Session};
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

/// What a request came to.
#[derive(Clone, Debug)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// The body; a text that is no JSON comes as a string.
    pub body: Value,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
}

impl Reply {
    /// What came back; it must be an answer.
    pub async fn of(request: reqwest::RequestBuilder) -> Self {
        let response = request.send().await.expect("an answer");
        let status = response.status().as_u16();
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned()))
            .collect();
        let text = response.text().await.expect("a body");
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Self { status, body, headers }
    }

    /// The body of a request that must have been taken.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert!((200..300).contains(&self.status), "{}: {}", self.status, self.body);
        self.body
    }

    /// The code of a request that must have been refused; every refusal says what is wrong.
    #[track_caller]
    pub fn refusal(&self) -> (u16, &str) {
        let error = &self.body["error"];
        assert!(!error["detail"].as_str().unwrap_or_default().is_empty(), "{}: {}", self.status, self.body);
        (self.status, error["code"].as_str().unwrap_or_default())
    }

    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// The keys of a session.
#[derive(Clone, Debug)]
pub struct Links {
    /// The session.
    pub id: SessionId,
    /// The candidate's key.
    pub candidate: String,
    /// The observer's.
    pub observer: String,
    /// The reviewer's.
    pub reviewer: String,
}

impl Links {
    /// Reads the answer to the setting up of a session.
    pub fn read(body: &Value) -> Self {
        let key = |name: &str| {
            let link = body["links"][name].as_str().expect("a link");
            link.split_once("#key=").expect("a key").1.to_owned()
        };
        Self {
            id: SessionId(body["id"].as_str().and_then(|id| id.parse().ok()).expect("an id")),
            candidate: key("candidate"),
            observer: key("observe"),
            reviewer: key("review"),
        }
    }
}

/// An answer, and what was sealed about it.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Its id.
    pub id: AnswerId,
    /// Its words.
    pub text: String,
    /// How it ended.
    pub outcome: AnswerOutcome,
    /// The pairs it showed, with side and words.
    pub pairs: Vec<(PairId, Side, String)>,
    /// Where all its pieces come from.
    pub origins: Vec<Origin>,
}

/// A candidate at work.
pub struct Candidate<'a> {
    house: &'a House,
    /// The keys of the session.
    pub links: Links,
}

impl<'a> Candidate<'a> {
    /// A candidate with a link.
    pub fn new(house: &'a House, links: Links) -> Self {
        Self { house, links }
    }

    /// The session itself, for what only the server knows.
    pub async fn session(&self) -> Session {
        self.house.engine.session(self.links.id).await.expect("the session")
    }

    /// A request with the candidate's key, below the session.
    pub async fn send(&self, method: &str, path: &str, body: Option<Value>) -> Reply {
        self.house.request(&self.links.candidate, method, &self.path(path), body).await
    }

    /// A request with the reviewer's key.
    pub async fn review(&self, path: &str) -> Reply {
        self.house.request(&self.links.reviewer, "GET", &self.path(path), None).await
    }

    /// A request of any kind with the reviewer's key.
    pub async fn as_reviewer(&self, method: &str, path: &str, body: Option<Value>) -> Reply {
        self.house.request(&self.links.reviewer, method, &self.path(path), body).await
    }

    /// A request with the observer's key.
    pub async fn observe(&self, path: &str) -> Reply {
        self.house.request(&self.links.observer, "GET", &self.path(path), None).await
    }

    fn path(&self, path: &str) -> String {
        let slash = if path.is_empty() || path.starts_with('?') { "" } else { "/" };
        format!("/api/sessions/{}{slash}{path}", self.links.id)
    }

    /// GET below the session.
    pub async fn get(&self, path: &str) -> Reply {
        self.send("GET", path, None).await
    }

    /// POST below the session.
    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.send("POST", path, Some(body)).await
    }

    /// What the candidate's page shows.
    pub async fn view(&self) -> Value {
        self.get("").await.ok()["view"].clone()
    }

    /// Asks, lets the answer be shown to its end, and reads it.
    pub async fn ask(&self, text: &str) -> Shown {
        let id = Uuid::new_v4_of(text, self.links.id);
        let taken = self.post("prompts", json!({"id": id, "text": text})).await;
        assert_eq!(taken.status, 202, "{}", taken.body);
        self.answer(id).await
    }

    /// Waits for the answer to a prompt, moving time on so that it is shown.
    pub async fn answer(&self, prompt: Uuid) -> Shown {
        let live = self.session().await.with(|state, _| state.created().assistant != AssistantKind::Offline);
        let composed = || {
            self.until(|state| {
                let exchange = state.exchanges().iter().find(|known| known.asked.prompt.0 == prompt)?;
                let whole = exchange.answer.as_ref().is_some_and(domain::session::Answer::is_whole);
                (whole || exchange.outcome.is_some()).then_some(())
            })
        };
        // Beside a live model what was written comes as late as a model's words: time has to pass for it.
        while live && tokio::time::timeout(Duration::from_millis(50), composed()).await.is_err() {
            self.house.pass(1);
        }
        composed().await;
        self.house.pass(30);
        self.until(|state| {
            let exchange = state.exchanges().iter().find(|known| known.asked.prompt.0 == prompt)?;
            let (outcome, answer) = (exchange.outcome?, exchange.answer.as_ref()?);
            let sources = answer.parts.iter().flat_map(|(_, part)| {
                part.sources.iter().map(move |source| (&part.text[source.start as usize..source.end as usize], source))
            });
            let pairs = sources.clone().filter_map(|(words, source)| match &source.origin {
                Origin::Pair { pair, side, .. } => Some((pair.clone(), *side, words.to_owned())),
                _ => None,
            });
            Some(Shown {
                id: answer.id,
                text: answer.text(),
                outcome,
                pairs: pairs.collect(),
                origins: sources.map(|(_, source)| source.origin.clone()).collect(),
            })
        })
        .await
    }

    /// Flags an answer, or words of it.
    pub async fn flag(&self, answer: AnswerId, quote: Option<&str>, reason: &str) {
        self.post(&format!("answers/{answer}/flags"), json!({"quote": quote, "reason": reason})).await.ok();
    }

    /// Replaces a file's whole text.
    pub async fn write(&self, path: &str, text: &str) {
        let file = self.get(&format!("files/{path}")).await;
        let body = if file.status == 404 {
            json!({"type": "create", "path": path, "text": text})
        } else {
            let file = file.ok();
            let units = file["text"].as_str().unwrap_or_default().encode_utf16().count();
            let mut replace = vec![json!(units)];
            replace.extend(text.split('\n').map(Value::from));
            let version = file["version"].as_u64().unwrap_or_default() + 1;
            let edit = Uuid::new_v4_of(&format!("{path}{version}"), self.links.id);
            json!({"type": "edit", "edit": edit, "path": path, "version": version, "changes": [replace]})
        };
        self.post("edits", body).await.ok();
    }

    /// Applies a unified diff of the task to the session's untouched files.
    pub async fn apply(&self, patch: &str) {
        let task = self.session().await.task().brief.name.clone();
        let files = self.house.engine.library().apply(&task, patch).expect("a patch that applies");
        let base = self.session().await.task().base.clone();
        for (path, text) in &files {
            if base.get(path).map(AsRef::as_ref) != Some(text.as_str()) {
                self.write(path.as_str(), text).await;
            }
        }
        let gone: Vec<&RepoPath> = base.keys().filter(|path| !files.contains_key(*path)).collect();
        for path in gone {
            self.post("edits", json!({"type": "delete", "path": path})).await.ok();
        }
    }

    /// Runs tests and waits for the outcome.
    pub async fn run(&self, target: &[&str]) -> RunOutcome {
        let taken = self.post("runs", json!({"target": target})).await;
        assert_eq!(taken.status, 202, "{}", taken.body);
        let id = taken.body["id"].as_str().unwrap_or_default().to_owned();
        self.until(|state| state.runs().iter().find(|run| run.id.to_string() == id)?.outcome.clone()).await
    }

    /// Submits and waits until the debrief is open; gives the report.
    pub async fn submit(&self, diagnosis: &str) -> Value {
        self.post("submission", json!({"diagnosis": diagnosis})).await.ok();
        self.until(|state| (state.phase() == domain::session::Phase::Concluded).then_some(())).await;
        self.get("report").await.ok()
    }

    /// Waits until the state gives something.
    pub async fn until<T>(&self, read: impl Fn(&State) -> Option<T>) -> T {
        let session = self.session().await;
        let mut feed = session.subscribe(&self.house.engine, After::Log(u64::MAX)).await.expect("a feed").live;
        let wait = async {
            loop {
                if let Some(found) = session.with(|state, _| read(state)) {
                    return found;
                }
                while !matches!(feed.recv().await.expect("a live feed"), Item::Fact(_)) {}
            }
        };
        // A bound for what hangs; nothing waits this long otherwise.
        tokio::time::timeout(Duration::from_secs(90), wait).await.expect("the session should get there")
    }

    /// Waits until nothing is due, moving time on for words that are being shown.
    pub async fn settle(&self) {
        let speaking = |state: &State| state.exchanges().iter().any(|exchange| exchange.outcome.is_none());
        loop {
            let session = self.session().await;
            if session.with(|state, now| state.card_due().is_some_and(|due| due <= now)) {
                self.until(|state| speaking(state).then_some(())).await;
            }
            if !session.with(|state, _| speaking(state)) {
                return;
            }
            self.house.pass(30);
            self.until(|state| (!speaking(state)).then_some(())).await;
        }
    }

    /// The log's facts by kind, in order.
    pub async fn kinds(&self) -> Vec<&'static str> {
        let events = self.session().await.events(&self.house.engine).await.expect("the log");
        events.iter().map(|event| Fact::kind(&event.fact)).collect()
    }
}

/// Ids that depend on what they name: the same story gives the same ids.
trait NamedUuid {
    fn new_v4_of(name: &str, session: SessionId) -> Uuid;
}

impl NamedUuid for Uuid {
    fn new_v4_of(name: &str, session: SessionId) -> Uuid {
        let seed =
            name.bytes().fold(session.0.as_u128() as u64, |seed, byte| seed.rotate_left(9) ^ u64::from(byte) ^ 0x9e37);
        domain::chance::Chance::new(seed, name).uuid()
    }
}
