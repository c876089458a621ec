//! A live model: its words are shown, another answers where it fails, and what it costs is counted.

use assistant::{ModelConfig, ModelEntry, OFFLINE, Prices, UpstreamConfig};
use domain::event::{AnswerOutcome, Origin};
use domain::session::Exchange;
use engine::Models;
use serde_json::json;
use std::sync::{Arc, Mutex};
use store::Memory;
use tests::{Candidate, House};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::Notify;

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

/// A model that is asked once: it keeps what it heard, and says its words when it is let.
pub(crate) struct Held {
    pub(crate) url: String,
    pub(crate) asked: Arc<Notify>,
    pub(crate) let_go: Arc<Notify>,
    pub(crate) heard: Arc<Mutex<String>>,
}

impl Held {
    pub(crate) async fn start(response: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/v1", listener.local_addr().expect("an address"));
        let held = Self { url, asked: Arc::default(), let_go: Arc::default(), heard: Arc::default() };
        let (asked, let_go, heard) = (Arc::clone(&held.asked), Arc::clone(&held.let_go), Arc::clone(&held.heard));
        tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.expect("a connection");
            let mut request = Vec::new();
            // The body is one JSON object.
            while !request.ends_with(b"}") && socket.read_buf(&mut request).await.is_ok_and(|read| read > 0) {}
            *heard.lock().expect("nobody panics") = String::from_utf8_lossy(&request).into_owned();
            asked.notify_one();
            let_go.notified().await;
            let _ = socket.write_all(response.as_bytes()).await;
        });
        held
    }
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

/// Nothing written answers it.
pub(crate) const OTHER_QUESTION: &str = "How do people usually name their branches in a team like this one?";

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
pub(crate) async fn waits(candidate: &Candidate<'_>) -> Vec<u64> {
    let wait = |exchange: &Exchange| exchange.answer.as_ref().map(|answer| answer.parts[0].0 - exchange.at);
    candidate.session().await.with(|state, _| state.exchanges().iter().filter_map(wait).collect())
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
