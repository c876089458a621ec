//! A live model: its words are shown, its faults break nothing.

use assistant::{Limits, ModelConfig, ModelEntry, OFFLINE, Prices, UpstreamConfig};
use domain::event::{AnswerOutcome, Fact, Origin};
use domain::ids::PairId;
use domain::session::Exchange;
use engine::Models;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use store::Memory;
use tests::{Candidate, House};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A model that says one thing to everybody, in these bytes.
pub(crate) async fn model(response: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut request = [0; 65536];
                let _ = socket.read(&mut request).await;
                let _ = socket.write_all(response.as_bytes()).await;
            });
        }
    });
    format!("http://{address}/v1")
}

/// A server whose model `local` is there, with what it falls back to.
async fn house_with(entries: &[(&str, &str, &[&str])]) -> House {
    let entry = |(name, base_url, fallback): &(&str, &str, &[&str])| {
        let entry = ModelEntry {
            name: (*name).to_owned(),
            base_url: Some((*base_url).to_owned()),
            model: "m".to_owned(),
            fallback: fallback.iter().copied().map(str::to_owned).collect(),
            ..ModelEntry::default()
        };
        (entry.clone(), entry.config(None).expect("an entry that fits"))
    };
    let models = Models::new(entries.iter().map(entry).collect()).expect("models");
    House::with(1, Arc::new(Memory::new()), models).await
}

async fn house(base_url: String) -> House {
    house_with(&[("local", &base_url, &[])]).await
}

async fn candidate(house: &House) -> Candidate<'_> {
    let body = json!({"task": "helpdesk_rag", "mode": "practice", "plan_seed": 3, "assistant": {"model": "local"}});
    let candidate = Candidate::new(house, house.new_session(body).await);
    candidate.post("consent", json!({"views": true})).await.ok();
    candidate.post("start", json!({})).await.ok();
    candidate
}

const OTHER_QUESTION: &str = "How do people usually name their branches in a team like this one?";

#[tokio::test]
async fn a_models_words_are_shown_and_claims_stay_written() {
    let words = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n\
        data: {\"choices\":[{\"delta\":{\"content\":\"Short-lived branches, \"}}]}\n\n\
        data: {\"choices\":[{\"delta\":{\"content\":\"named after the ticket.\"},\"finish_reason\":\"stop\"}]}\n\n\
        data: [DONE]\n\n";
    let house = house(model(words).await).await;
    let candidate = candidate(&house).await;
    let live = candidate.ask(OTHER_QUESTION).await;
    assert_eq!(live.text, "Short-lived branches, named after the ticket.");
    assert_eq!(live.origins, [Origin::Model {}]);
    let written = candidate.ask("What does faithfulness measure?").await;
    assert_eq!(written.pairs.len(), 1, "{:?}", written.origins);
    let known = waits(&candidate).await;
    assert!(known[1] >= known[0], "what was written comes no sooner than the model's words did: {known:?}");
}

#[tokio::test]
async fn what_was_written_is_not_there_at_once_before_the_model_was_ever_heard() {
    let house = house(format!("http://127.0.0.1:{}/v1", tests::free_port())).await;
    let candidate = candidate(&house).await;
    candidate.ask("What does faithfulness measure?").await;
    assert!(waits(&candidate).await[0] >= 900);
}

/// Milliseconds from each prompt to the first words composed for it.
async fn waits(candidate: &Candidate<'_>) -> Vec<u64> {
    let wait = |exchange: &Exchange| exchange.answer.as_ref().map(|answer| answer.parts[0].0 - exchange.at);
    candidate.session().await.with(|state, _| state.exchanges().iter().filter_map(wait).collect())
}

/// What goes wrong, and what the log says of it.
const FAULTS: [(&str, Fault, &str); 13] = [
    ("busy", Says("429 Busy", "", "{}", Closes), "busy"),
    ("busy for a second", Says("429 Busy", "retry-after: 1\r\n", "{}", Closes), "busy"),
    ("busy for long", Says("429 Busy", "retry-after: 600\r\n", "{}", Closes), "busy"),
    ("broken", Says("500 Oops", "", "upstream secrets", Closes), "500"),
    ("not there", NobodyListens, "refused"),
    ("silent", Says("", "", "", Stays), "first byte"),
    ("stalls", Says("200 OK", STREAM, HALF, Stays), "fell silent"),
    ("cut", Says("200 OK", STREAM, HALF, Closes), "broke off"),
    ("malformed", Says("200 OK", STREAM, "data: {\"choices\":[{\n\n", Closes), "cannot be read"),
    (
        "an error in mid-stream",
        Says("200 OK", STREAM, "data: {\"error\":{\"message\":\"overloaded\"}}\n\n", Closes),
        "overloaded",
    ),
    ("one endless line", EndlessLine, "too much"),
    (
        "nothing said",
        Says("200 OK", STREAM, "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n", Closes),
        "empty",
    ),
    (
        "another kind of answer",
        Says("200 OK", "content-type: text/html\r\n", "<p>upstream secrets</p>", Closes),
        "text/html",
    ),
];

const STREAM: &str = "content-type: text/event-stream\r\n";
const HALF: &str = "data: {\"choices\":[{\"delta\":{\"content\":\"Half of\"}}]}\n\n";

/// What becomes of a connection after the last byte.
#[derive(Clone, Copy)]
enum Then {
    Closes,
    Stays,
}
use Then::{Closes, Stays};

#[derive(Clone, Copy)]
enum Fault {
    /// Status, headers and body; without a status not a byte.
    Says(&'static str, &'static str, &'static str, Then),
    EndlessLine,
    NobodyListens,
}
use Fault::{EndlessLine, NobodyListens, Says};

impl Fault {
    async fn start(self) -> String {
        if let NobodyListens = self {
            return format!("http://127.0.0.1:{}/v1", tests::free_port());
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(self.answer(socket));
            }
        });
        format!("http://{address}/v1")
    }

    async fn answer(self, mut socket: TcpStream) {
        let mut request = [0; 65536];
        let _ = socket.read(&mut request).await;
        match self {
            Says(status, headers, body, then) => {
                if !status.is_empty() {
                    let text = format!("HTTP/1.1 {status}\r\n{headers}connection: close\r\n\r\n{body}");
                    let _ = socket.write_all(text.as_bytes()).await;
                }
                if let Stays = then {
                    std::future::pending::<()>().await;
                }
            }
            EndlessLine => {
                let _ = socket.write_all(format!("HTTP/1.1 200 OK\r\n{STREAM}\r\ndata: ").as_bytes()).await;
                // Ten megabytes, or as much as anybody reads.
                for _ in 0..160 {
                    if socket.write_all(&[b'x'; 65536]).await.is_err() {
                        return;
                    }
                }
            }
            NobodyListens => {}
        }
    }
}

/// What a candidate sees in a session in which the model fails, the words of claims taken out.
async fn seen(house: &House, plan_seed: u64, pair: &PairId) -> (Value, String) {
    let body = json!({"task": "helpdesk_rag", "mode": "practice", "seed": 7, "plan_seed": plan_seed, "assistant": {"model": "local"}});
    let candidate = Candidate::new(house, house.new_session(body).await);
    candidate.post("consent", json!({"views": true})).await.ok();
    candidate.post("start", json!({})).await.ok();
    let intent = candidate.session().await.task().key.pairs[pair].intents[0].clone();
    let claim = candidate.ask(&intent).await;
    let failed = uuid::Uuid::from_u128(5);
    candidate.post("prompts", json!({"id": failed, "chat": failed, "text": OTHER_QUESTION})).await.ok();
    let outcome = candidate.until(|state| state.exchanges().get(1)?.outcome).await;
    assert_eq!(outcome, AnswerOutcome::Unavailable);
    let doubt = candidate.ask("Are you sure about what you said first?").await;
    assert_eq!(doubt.outcome, AnswerOutcome::Complete, "the session goes on");
    let mut view = candidate.view().await;
    for exchange in view["exchanges"].as_array_mut().expect("exchanges") {
        exchange["answer"]["answer"] = json!(null);
        if let Some(text) = exchange["answer"]["text"].as_str() {
            let without =
                claim.pairs.iter().fold(text.to_owned(), |text, (_, _, words)| text.replace(words.as_str(), "…"));
            exchange["answer"]["text"] = json!(without);
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
    let log = candidate.session().await.events(&house.engine).await.expect("the log");
    let causes = log.iter().filter_map(|event| match &event.fact {
        Fact::UpstreamFailed { cause, .. } => Some(cause.as_str()),
        _ => None,
    });
    (view, causes.collect::<Vec<_>>().join("\n"))
}

#[tokio::test]
async fn whatever_fails_the_candidate_sees_one_neutral_state_and_the_log_knows_what_it_was() {
    let mut states = Vec::new();
    for (name, fault, cause) in FAULTS {
        let mut upstream = UpstreamConfig::new("local", fault.start().await, "m");
        upstream.limits =
            Limits { first_byte: Duration::from_millis(700), idle: Duration::from_millis(300), ..Limits::default() };
        let written = ModelEntry { name: "local".to_owned(), ..ModelEntry::default() };
        let models = Models::new(vec![(written, ModelConfig { upstream, fallback: Vec::new() })]).expect("models");
        let house = House::with(1, Arc::new(Memory::new()), models).await;
        let pair = PairId::from("faithfulness_sees");
        let seeds = [
            house.plan_seed("helpdesk_rag", &[pair.as_str()], &[]),
            house.plan_seed("helpdesk_rag", &[], &[pair.as_str()]),
        ];
        let (plant, told) = seen(&house, seeds[0], &pair).await;
        let (control, _) = seen(&house, seeds[1], &pair).await;
        assert_eq!(plant, control, "{name}: whichever side was due");
        assert!(told.to_lowercase().contains(cause), "{name}: {told}");
        for word in ["500", "429", "upstream", "secrets", "refused", "overloaded", "127.0.0.1"] {
            assert!(!plant.to_string().contains(word), "{name}: the candidate is told {word}");
        }
        states.push(plant["exchanges"][1].clone());
    }
    // Words that were on their way when it failed are shown or not; all the rest is the same.
    for state in &mut states {
        state["answer"] = json!(null);
    }
    assert!(states.windows(2).all(|two| two[0] == two[1]), "{states:#?}");
}

#[tokio::test]
async fn another_upstream_answers_for_one_that_fails_and_the_log_says_so() {
    let nobody = format!("http://127.0.0.1:{}/v1", tests::free_port());
    let words = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n\
        data: {\"choices\":[{\"delta\":{\"content\":\"After the ticket.\"},\"finish_reason\":\"stop\"}]}\n\n";
    let other = model(words).await;
    let house = house_with(&[("local", &nobody, &["other"]), ("other", &other, &[])]).await;
    let candidate = candidate(&house).await;
    let live = candidate.ask(OTHER_QUESTION).await;
    assert_eq!((live.text.as_str(), live.outcome), ("After the ticket.", AnswerOutcome::Complete));
    assert_eq!(candidate.kinds().await.iter().filter(|kind| **kind == "upstream_failed").count(), 1);
    assert!(!candidate.view().await.to_string().contains("refused"), "the candidate is not told");
}

#[tokio::test]
async fn the_offline_assistant_answers_at_last_where_it_may() {
    let nobody = format!("http://127.0.0.1:{}/v1", tests::free_port());
    let house = house_with(&[("local", &nobody, &["other", OFFLINE]), ("other", &nobody, &[])]).await;
    let candidate = candidate(&house).await;
    let written = candidate.ask(OTHER_QUESTION).await;
    assert_eq!(written.outcome, AnswerOutcome::Complete);
    assert!(!written.text.is_empty() && !written.origins.contains(&Origin::Model {}), "{:?}", written.origins);
    assert_eq!(candidate.kinds().await.iter().filter(|kind| **kind == "upstream_failed").count(), 2);
}

#[tokio::test]
async fn with_several_models_a_prompt_says_which_it_is_for_and_claims_stay_written() {
    let first = model(
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n\
        data: {\"choices\":[{\"delta\":{\"content\":\"The first.\"},\"finish_reason\":\"stop\"}]}\n\n",
    );
    let second = model(
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n\
        data: {\"choices\":[{\"delta\":{\"content\":\"The second.\"},\"finish_reason\":\"stop\"}]}\n\n",
    );
    let house = house_with(&[("a", &first.await, &[]), ("b", &second.await, &[])]).await;
    let set_up = |models: &[&str]| {
        let assistant = json!({"models": models});
        json!({"task": "helpdesk_rag", "mode": "practice", "plan_seed": 3, "seed": 5, "assistant": assistant})
    };
    let links = house.new_session(set_up(&["a", "b"])).await;
    let candidate = Candidate::new(&house, links);
    candidate.post("consent", json!({"views": true})).await.ok();
    candidate.post("start", json!({})).await.ok();
    assert_eq!(candidate.view().await["models"], json!(["a", "b"]));
    let claim = "What does faithfulness measure?";
    let mut texts = Vec::new();
    for (n, (model, text)) in
        [(None, OTHER_QUESTION), (Some("b"), OTHER_QUESTION), (Some("a"), claim), (Some("b"), claim)]
            .into_iter()
            .enumerate()
    {
        let id = uuid::Uuid::from_u128(n as u128 + 1);
        candidate.post("prompts", json!({"id": id, "text": text, "model": model})).await.ok();
        texts.push(candidate.answer(id).await);
    }
    assert_eq!([texts[0].text.as_str(), texts[1].text.as_str()], ["The first.", "The second."]);
    assert_eq!([texts[2].pairs.len(), texts[3].pairs.len()], [1, 1], "whoever is asked, a claim is written");
    assert!(!texts[2..].iter().any(|shown| shown.origins.contains(&Origin::Model {})));
    let asked: Vec<_> = candidate.view().await["exchanges"].as_array().expect("exchanges").clone();
    let of = |at: usize| asked[at]["prompt"]["model"].as_str();
    assert_eq!([of(0), of(1), of(2), of(3)], [Some("a"), Some("b"), Some("a"), Some("b")]);
    let stranger = candidate.post("prompts", json!({"text": claim, "model": "c"})).await;
    assert_eq!(stranger.refusal(), (404, "not_found"));
    for (models, code) in [(&["a", "a"], "model_twice"), (&["a", "c"], "unknown_model")] {
        let refused = house.owner("POST", "/api/sessions", Some(set_up(models))).await;
        assert_eq!(refused.refusal(), (422, code));
    }
}

#[tokio::test]
async fn what_is_left_of_a_budget_follows_from_visible_words_and_real_costs_are_for_staff() {
    let words = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n\
        data: {\"choices\":[{\"delta\":{\"content\":\"After the ticket.\"},\"finish_reason\":\"stop\"}]}\n\n\
        data: {\"choices\":[],\"usage\":{\"prompt_tokens\":900000,\"completion_tokens\":5}}\n\n\
        data: [DONE]\n\n";
    let mut upstream = UpstreamConfig::new("local", model(words).await, "m");
    upstream.prices = Prices { prompt: 1_000_000, completion: 1_000_000 };
    let written = ModelEntry { name: "local".to_owned(), ..ModelEntry::default() };
    let models = Models::new(vec![(written, ModelConfig { upstream, fallback: Vec::new() })]).expect("models");
    let house = House::with(1, Arc::new(Memory::new()), models).await;
    let set_up = |assistant: serde_json::Value| json!({"task": "helpdesk_rag", "mode": "practice", "plan_seed": 3, "prompts": 2, "cost": 500_000, "assistant": assistant});
    let unpriced = house.owner("POST", "/api/sessions", Some(set_up(json!("offline")))).await;
    assert_eq!(unpriced.refusal(), (422, "no_prices"));
    let candidate = Candidate::new(&house, house.new_session(set_up(json!({"model": "local"}))).await);
    candidate.post("consent", json!({"views": true})).await.ok();
    candidate.post("start", json!({})).await.ok();
    let live = candidate.ask(OTHER_QUESTION).await;
    let tokens = |text: &str| text.len().div_ceil(4);
    let counted = 4_000 + tokens(OTHER_QUESTION) + tokens(&live.text);
    let budget = candidate.view().await["budget"].clone();
    assert_eq!(budget, json!({"prompts": 2, "cost": 500_000, "spent": counted}), "not what the upstream told");
    let log = candidate.observe("events").await.body.to_string();
    assert!(log.contains("900005"), "staff see what it cost: {log}");
    assert!(!candidate.view().await.to_string().contains("900005"));
    let question = "What does faithfulness measure?";
    let written = candidate.ask(question).await;
    let both = counted + 4_000 + tokens(question) + tokens(&written.text);
    assert_eq!(candidate.view().await["budget"]["spent"], json!(both));
    let refused = candidate.post("prompts", json!({"text": OTHER_QUESTION})).await;
    assert_eq!(refused.refusal(), (409, "budget_used_up"));
}
