//! Whatever goes wrong with a live model, in whichever dialect it speaks: the candidate sees one neutral state, the same
//! whichever side of a claim was due, and the log knows what it was.

// What models say in their dialects, as the crate that speaks them is tried with it.
#[path = "../../crates/assistant/tests/fake/mod.rs"]
mod fake;

use crate::upstream::OTHER_QUESTION;
use assistant::{Dialect, Limits, ModelConfig, ModelEntry, UpstreamConfig};
use domain::event::{AnswerOutcome, Fact};
use domain::ids::PairId;
use domain::task::Side;
use engine::Models;
use fake::{Fake, Speech, Step, event, head, response};
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use store::Memory;
use tests::{Candidate, House, Wire};
use tokio::net::TcpSocket;
use uuid::Uuid;

/// Cases at one time: most of what each takes is waiting.
const AT_ONCE: usize = 8;
/// Stands in everything that upstreams say and are called, and in nothing that a candidate may get.
const HUSH: &str = "hush";
const PAIR: &str = "faithfulness_sees";

/// One way to fail.
struct Fault {
    name: &'static str,
    /// What the upstream does when it is asked; none: nobody listens.
    does: fn(Dialect) -> Option<Vec<Step>>,
    /// What the log says of it.
    cause: &'static str,
    /// Whether words are on their way when it fails.
    speaks: bool,
}

/// Faults before the first byte of an answer, which look alike in every dialect but for the request.
const BEFORE: [Fault; 7] = [
    Fault { name: "busy", does: |_| Some(vec![response(429, "", HUSH)]), cause: "busy (429): hush", speaks: false },
    Fault {
        name: "busy for a second",
        does: |_| Some(vec![response(429, "retry-after: 1\r\n", HUSH)]),
        cause: "busy (429): hush",
        speaks: false,
    },
    Fault {
        name: "busy for long",
        does: |_| Some(vec![response(429, "retry-after: 600\r\n", HUSH)]),
        cause: "busy (429): hush",
        speaks: false,
    },
    Fault { name: "broken", does: |_| Some(vec![response(500, "", HUSH)]), cause: "failed (500): hush", speaks: false },
    Fault { name: "not there", does: |_| None, cause: "it refused", speaks: false },
    Fault { name: "silent", does: |_| Some(vec![Step::Stall]), cause: "no first byte", speaks: false },
    Fault {
        name: "another kind of answer",
        does: |_| Some(vec![response(200, "content-type: text/hush\r\n", "<p>hush</p>")]),
        cause: "text/hush",
        speaks: false,
    },
];

/// Faults of the answer itself, each in the form of its dialect.
const WITHIN: [Fault; 6] = [
    Fault {
        name: "falls silent",
        does: |dialect| Some(begun(dialect, vec![Step::Stall])),
        cause: "fell silent",
        speaks: true,
    },
    Fault { name: "cut", does: |dialect| Some(begun(dialect, Vec::new())), cause: "broke off", speaks: true },
    Fault {
        name: "malformed",
        does: |dialect| Some(begun(dialect, vec![event("{\"hush\":[{")])),
        cause: "cannot be read",
        speaks: true,
    },
    Fault {
        name: "an error in mid-stream",
        does: |dialect| Some(begun(dialect, vec![dialect.error("hush, overloaded")])),
        cause: "reported an error: hush, overloaded",
        speaks: true,
    },
    Fault {
        name: "one endless line",
        does: |dialect| Some(begun(dialect, vec![Step::Send(format!("data: {}", "x".repeat(1 << 20)).into_bytes())])),
        cause: "a line is too long",
        speaks: true,
    },
    Fault {
        name: "nothing said",
        does: |dialect| Some([vec![head()], dialect.beginning(), dialect.ending()].concat()),
        cause: "empty answer",
        speaks: false,
    },
];

/// A paragraph and a half in one piece, and what follows.
fn begun(dialect: Dialect, then: Vec<Step>) -> Vec<Step> {
    let words = [vec![head()], dialect.beginning(), vec![dialect.words("One thing is sure.\n\nHalf of")]].concat();
    let bytes = words.into_iter().flat_map(|step| match step {
        Step::Send(bytes) => bytes,
        Step::Stall => Vec::new(),
    });
    [vec![Step::Send(bytes.collect())], then].concat()
}

/// A fault in a dialect, met once with each side of a claim.
struct Case {
    dialect: Dialect,
    fault: &'static Fault,
}

impl Case {
    fn all() -> Vec<Self> {
        let faults = || BEFORE.iter().chain(&WITHIN);
        Dialect::ALL.into_iter().flat_map(|dialect| faults().map(move |fault| Self { dialect, fault })).collect()
    }

    fn name(&self) -> String {
        format!("{:?}, {}", self.dialect, self.fault.name)
    }

    fn model(&self, side: Side) -> String {
        format!("{HUSH} {} {side:?}", self.name())
    }

    /// A model that fails so, for each side, with nothing learnt from how the other was met.
    async fn models(&self, nobody: &str) -> Vec<(ModelEntry, ModelConfig)> {
        let script = (self.fault.does)(self.dialect);
        let base_url = match script {
            Some(script) => Fake::start(vec![script]).await.base_url,
            None => nobody.to_owned(),
        };
        let usual = Limits { line_bytes: 1 << 16, ..Limits::default() };
        // Only who fails by silence is short of time, so that a slow machine takes nobody else for silent.
        let limits = match self.fault.name {
            "silent" => Limits { first_byte: Duration::from_millis(700), ..usual },
            "falls silent" => Limits { idle: Duration::from_millis(700), ..usual },
            _ => usual,
        };
        let model = |side| {
            let name = self.model(side);
            let upstream = UpstreamConfig::new(&name, &base_url, HUSH);
            let upstream = UpstreamConfig { dialect: self.dialect, limits, ..upstream };
            (ModelEntry { name, ..ModelEntry::default() }, ModelConfig { upstream, fallback: Vec::new() })
        };
        [Side::Plant, Side::Control].into_iter().map(model).collect()
    }

    /// Meets it on both sides; gives the state in which the candidate saw the prompt that failed.
    async fn meet(&self, house: &House, wire: &Wire) -> Value {
        let mut views = Vec::new();
        for side in [Side::Plant, Side::Control] {
            let (view, cause) = self.seen(house, wire, side).await;
            assert!(cause.contains(self.fault.cause), "{}: {cause}", self.model(side));
            views.push(view);
        }
        assert_eq!(views[0], views[1], "{}: whichever side was due", self.name());
        let mut failed = views[0]["exchanges"][1].clone();
        let words = if self.fault.speaks { "One thing is sure.\n\n" } else { "" };
        assert_eq!(failed["answer"]["text"].as_str().unwrap_or_default(), words, "{}", self.name());
        // The words that were shown before it failed; all the rest is the same for every fault.
        failed["answer"] = json!(null);
        failed
    }

    /// What a candidate sees in a session in which the model fails, the words of claims taken out; and what the log says.
    async fn seen(&self, house: &House, wire: &Wire, side: Side) -> (Value, String) {
        let (plants, controls): (&[&str], &[&str]) = match side {
            Side::Plant => (&[PAIR], &[]),
            Side::Control => (&[], &[PAIR]),
        };
        let plan_seed = house.plan_seed("helpdesk_rag", plants, controls);
        let body = json!({"task": "helpdesk_rag", "mode": "practice", "minutes": 480, "seed": 7, "plan_seed": plan_seed,
            "assistant": {"model": self.model(side)}});
        let candidate = Candidate::new(house, house.new_session(body).await);
        // Time passes for all sessions at once here: no remark is to come between.
        candidate.as_reviewer("PUT", "cards", Some(json!({"held": true}))).await.ok();
        candidate.post("consent", json!({"views": true})).await.ok();
        candidate.post("start", json!({})).await.ok();
        let intent = candidate.session().await.task().key.pairs[&PairId::from(PAIR)].intents[0].clone();
        let claim = candidate.ask(&intent).await;
        let failed = Uuid::from_u128(5);
        candidate.post("prompts", json!({"id": failed, "chat": failed, "text": OTHER_QUESTION})).await.ok();
        let outcome = candidate.until(|state| state.exchanges().get(1)?.outcome).await;
        assert_eq!(outcome, AnswerOutcome::Unavailable, "{}", self.name());
        let doubt = candidate.ask("Are you sure about what you said first?").await;
        assert_eq!(doubt.outcome, AnswerOutcome::Complete, "{}: the session goes on", self.name());
        candidate.get("events").await.ok();
        let mut view = candidate.view().await;
        wire.read(|all| {
            for heard in all.iter().filter(|heard| heard.key() == Some(&candidate.links.candidate)) {
                let text = String::from_utf8_lossy(&heard.bytes).to_lowercase();
                assert!(!text.contains(HUSH), "{}: {} tells of it: {text}", self.name(), heard.route());
            }
        });
        let claims: Vec<&str> = claim.pairs.iter().map(|(_, _, words)| words.as_str()).collect();
        neutralise(&mut view, &claims);
        let log = candidate.session().await.events(&house.engine).await.expect("the log");
        let causes = log.iter().filter_map(|event| match &event.fact {
            Fact::UpstreamFailed { cause, .. } => Some(cause.as_str()),
            _ => None,
        });
        (view, causes.collect::<Vec<_>>().join("\n"))
    }
}

/// Takes out of a view what differs between any two sessions, and the words of claims.
fn neutralise(view: &mut Value, claims: &[&str]) {
    for exchange in view["exchanges"].as_array_mut().expect("exchanges") {
        if let Some(text) = exchange["answer"]["text"].as_str() {
            let without = claims.iter().fold(text.to_owned(), |text, words| text.replace(words, "…"));
            exchange["answer"] = json!({"text": without});
        }
        for own in ["chat", "prompt"] {
            exchange["prompt"][own] = json!(null);
        }
        // When an upstream gives up is its own affair.
        exchange["at"] = json!(null);
    }
    for own in ["session", "commitment", "clock"] {
        view[own] = json!(null);
    }
}

#[tokio::test]
async fn whatever_fails_in_any_dialect_the_candidate_sees_one_neutral_state_and_the_log_knows_what_it_was() {
    // Held and never listened on, so that nobody else gets it.
    let nobody = TcpSocket::new_v4().expect("a socket");
    nobody.bind(([127, 0, 0, 1], 0).into()).expect("a port");
    let nobody_url = format!("http://{}/v1", nobody.local_addr().expect("an address"));
    let cases = Case::all();
    let mut models = Vec::new();
    for case in &cases {
        models.extend(case.models(&nobody_url).await);
    }
    let models = Models::new(models).expect("models");
    let mut house = House::with(1, Arc::new(Memory::new()), models).await;
    let wire = house.overhear().await;
    let met = cases.iter().map(async |case| (case.name(), case.meet(&house, &wire).await));
    let states: Vec<(String, Value)> = stream::iter(met).buffer_unordered(AT_ONCE).collect().await;
    assert_eq!(states.len(), 52);
    for (name, state) in &states {
        assert_eq!(*state, states[0].1, "{name} looks otherwise than {}", states[0].0);
    }
}
