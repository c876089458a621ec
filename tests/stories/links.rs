//! Invitations: what a link opens, how it ends, and what ends with it.

use futures_util::StreamExt;
use serde_json::{Value, json};
use std::sync::Arc;
use store::Memory;
use tests::{Candidate, House};
use tokio::time::{Duration, timeout};

const HOUR: u64 = 3600;

/// A link that was made: its id and its key.
struct Made {
    id: String,
    key: String,
}

async fn make(house: &House, candidate: &Candidate<'_>, body: Value) -> Made {
    let made = house.owner("POST", &links(candidate), Some(body)).await.ok();
    let key = made["address"].as_str().and_then(|link| link.split_once("#key=")).expect("a key").1.to_owned();
    assert!(key.len() == 64 && made["link"]["holds"] == true, "{made}");
    Made { id: made["link"]["id"].as_str().expect("an id").to_owned(), key }
}

fn links(candidate: &Candidate<'_>) -> String {
    format!("/api/sessions/{}/links", candidate.links.id)
}

async fn revoke(house: &House, candidate: &Candidate<'_>, link: &Made) {
    let reply = house.owner("DELETE", &format!("{}/{}", links(candidate), link.id), None).await;
    assert_eq!(reply.status, 204, "{}", reply.body);
}

async fn enter(house: &House, candidate: &Candidate<'_>, key: &str) -> tests::Reply {
    let path = format!("/api/sessions/{}", candidate.links.id);
    house.raw("GET", &path, &[("authorization", &format!("Bearer {key}"))], String::new()).await
}

async fn feed(house: &House, candidate: &Candidate<'_>, key: &str) -> reqwest::Response {
    let url = format!("http://{}/api/sessions/{}/events", house.address, candidate.links.id);
    let request = tests::http().get(url).bearer_auth(key).header("accept", "text/event-stream");
    let response = request.send().await.expect("a feed");
    assert_eq!(response.status(), 200);
    response
}

/// Reads a feed to its end.
async fn end(response: reqwest::Response) {
    let mut bytes = response.bytes_stream();
    while bytes.next().await.is_some_and(|chunk| chunk.is_ok()) {}
}

#[tokio::test]
async fn opening_a_link_consumes_nothing_and_is_noted_once() {
    let house = House::open(1).await;
    let candidate = house.candidate(1).await;
    let made = make(&house, &candidate, json!({"role": "observer", "note": "Ada, second round", "hours": 2})).await;
    let listed = async || {
        let all = house.owner("GET", &links(&candidate), None).await.ok()["links"].clone();
        all.as_array().expect("links").iter().find(|link| link["id"] == json!(made.id)).cloned().expect("the link")
    };
    let before = listed().await;
    assert_eq!((&before["note"], &before["opened"]), (&json!("Ada, second round"), &Value::Null));
    house.pass(60);
    assert_eq!(enter(&house, &candidate, &made.key).await.ok()["role"], "observer");
    let opened = listed().await["opened"].clone();
    assert_eq!(opened.as_i64(), before["created"].as_i64().map(|created| created + 60_000));
    for _ in 0..5 {
        house.pass(60);
        enter(&house, &candidate, &made.key).await.ok();
    }
    assert_eq!(listed().await["opened"], opened);
    assert!(!listed().await.to_string().contains(&made.key), "a key is told once");
}

#[tokio::test]
async fn a_link_that_was_revoked_or_has_ended_is_refused_like_one_that_never_was() {
    let house = House::open(2).await;
    let candidate = house.candidate(1).await;
    let (short, long) = (json!({"role": "reviewer", "hours": 1}), json!({"role": "reviewer", "hours": 48}));
    let (short, long) = (make(&house, &candidate, short).await, make(&house, &candidate, long).await);
    let refused = async |key: &str| {
        let reply = enter(&house, &candidate, key).await;
        assert_eq!(reply.refusal(), (401, "no_access"));
        reply.body
    };
    let unknown = refused(&"0".repeat(64)).await;
    house.pass(HOUR - 1);
    enter(&house, &candidate, &short.key).await.ok();
    house.pass(1);
    assert_eq!(refused(&short.key).await, unknown);
    enter(&house, &candidate, &long.key).await.ok();
    for _ in 0..2 {
        revoke(&house, &candidate, &long).await;
        assert_eq!(refused(&long.key).await, unknown);
    }
    candidate.get("").await.ok();
    candidate.review("").await.ok();
}

#[tokio::test]
async fn a_revoked_link_ends_its_feeds_within_a_second_and_no_others() {
    let house = House::open(3).await;
    let candidate = house.candidate(1).await;
    let made = make(&house, &candidate, json!({"role": "observer"})).await;
    let mut ends = Vec::new();
    for _ in 0..2 {
        ends.push(tokio::spawn(end(feed(&house, &candidate, &made.key).await)));
    }
    let other = tokio::spawn(end(feed(&house, &candidate, &candidate.links.observer).await));
    candidate.post("hypotheses", json!({"text": "versions"})).await.ok();
    assert!(ends.iter().all(|feed| !feed.is_finished()));
    revoke(&house, &candidate, &made).await;
    for ended in ends {
        timeout(Duration::from_secs(1), ended).await.expect("the end within a second").expect("a feed");
    }
    candidate.post("hypotheses", json!({"text": "labels"})).await.ok();
    assert!(!other.is_finished(), "another link's feed goes on");
    other.abort();
}

#[tokio::test]
async fn a_feed_ends_when_its_link_does() {
    let house = House::open(4).await;
    let candidate = house.candidate(1).await;
    let made = make(&house, &candidate, json!({"role": "observer", "hours": 3})).await;
    let mut bytes = feed(&house, &candidate, &made.key).await.bytes_stream();
    bytes.next().await.expect("the clock").expect("bytes");
    let reading = tokio::spawn(async move { while bytes.next().await.is_some_and(|chunk| chunk.is_ok()) {} });
    house.pass(3 * HOUR - 1);
    candidate.get("").await.ok();
    assert!(!reading.is_finished());
    house.pass(1);
    timeout(Duration::from_secs(1), reading).await.expect("the end within a second").expect("a feed");
}

#[tokio::test]
async fn a_revoked_link_ends_an_answer_that_streams_on_its_response() {
    let house = House::open(5).await;
    let candidate = house.candidate(1).await;
    let made = make(&house, &candidate, json!({"role": "candidate"})).await;
    let url = format!("http://{}/api/sessions/{}/prompts", house.address, candidate.links.id);
    let asked = tests::http().post(url).bearer_auth(&made.key).header("accept", "text/event-stream");
    let response = asked.json(&json!({"text": "what does faithfulness measure?"})).send().await.expect("an answer");
    let streaming = tokio::spawn(end(response));
    revoke(&house, &candidate, &made).await;
    timeout(Duration::from_secs(1), streaming).await.expect("the end within a second").expect("a stream");
}

#[tokio::test]
async fn what_no_link_can_be_says_why() {
    let house = House::open(6).await;
    let candidate = house.candidate(1).await;
    for (body, status, code) in [
        (json!({"role": "admin"}), 422, "not_by_link"),
        (json!({"role": "owner"}), 422, "bad_body"),
        (json!({"role": "observer", "hours": 0}), 422, "bad_hours"),
        (json!({"role": "observer", "hours": 10_000}), 422, "bad_hours"),
        (json!({"role": "observer", "note": "x".repeat(201)}), 413, "too_long"),
    ] {
        assert_eq!(
            house.owner("POST", &links(&candidate), Some(body.clone())).await.refusal(),
            (status, code),
            "{body}"
        );
    }
    let nowhere = format!("{}/{}", links(&candidate), uuid::Uuid::nil());
    assert_eq!(house.owner("DELETE", &nowhere, None).await.refusal(), (404, "not_found"));
    let no_session = format!("/api/sessions/{}/links", uuid::Uuid::nil());
    assert_eq!(house.owner("GET", &no_session, None).await.refusal(), (404, "unknown_session"));
}

#[tokio::test]
async fn links_outlive_the_server() {
    let store = Arc::new(Memory::new());
    let first = House::over(7, Arc::clone(&store), engine::Models::default()).await;
    let links = first.new_session(json!({"task": "helpdesk_rag", "mode": "interview"})).await;
    let second = House::over(8, store, engine::Models::default()).await;
    let candidate = Candidate::new(&second, links);
    assert_eq!(candidate.get("").await.ok()["role"], "candidate");
}
