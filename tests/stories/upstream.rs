//! A live model: its words are shown, its faults break nothing.

use assistant::{ModelConfig, OFFLINE, UpstreamConfig};
use domain::event::{AnswerOutcome, Origin};
use serde_json::json;
use std::sync::Arc;
use store::Memory;
use tests::{Candidate, House};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// A model that says one thing to everybody, in these bytes.
async fn model(response: &'static str) -> String {
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
    let entry = |(name, base_url, fallback): &(&str, &str, &[&str])| ModelConfig {
        upstream: UpstreamConfig::new(*name, *base_url, "m"),
        fallback: fallback.iter().copied().map(str::to_owned).collect(),
    };
    let models = assistant::models(entries.iter().map(entry).collect()).expect("models");
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
}

#[tokio::test]
async fn a_model_that_fails_leaves_a_neutral_state_and_the_session_goes_on() {
    for response in [
        "HTTP/1.1 500 Oops\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\ndata: {\"choices\":[{\"delta\":{\"content\":\"Half\"}}]}\n\n",
        "",
    ] {
        let house = house(model(response).await).await;
        let candidate = candidate(&house).await;
        let failed = uuid::Uuid::from_u128(5);
        candidate.post("prompts", json!({"id": failed, "text": OTHER_QUESTION})).await.ok();
        let outcome = candidate.until(|state| state.exchanges()[0].outcome).await;
        assert_eq!(outcome, AnswerOutcome::Unavailable, "{response}");
        assert!(candidate.kinds().await.contains(&"upstream_failed"));
        let view = candidate.view().await.to_string();
        assert!(!view.contains("500") && !view.contains("text/html"), "the candidate is not told the cause: {view}");
        let written = candidate.ask("What does faithfulness measure?").await;
        assert_eq!(written.outcome, AnswerOutcome::Complete);
    }
}

#[tokio::test]
async fn a_model_that_is_not_there_is_a_fault_like_any_other() {
    let port = tests::free_port();
    let house = house(format!("http://127.0.0.1:{port}/v1")).await;
    let candidate = candidate(&house).await;
    candidate.post("prompts", json!({"text": OTHER_QUESTION})).await.ok();
    let outcome = candidate.until(|state| state.exchanges()[0].outcome).await;
    assert_eq!(outcome, AnswerOutcome::Unavailable);
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
