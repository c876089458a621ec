//! Live models that admins add on the page: tried, used, watched, removed, and there again after a restart.

use crate::upstream::{Held, model};
use assistant::ModelEntry;
use domain::event::{AnswerOutcome, Origin};
use engine::Models;
use serde_json::{Value, json};
use std::sync::Arc;
use store::Memory;
use tests::{Candidate, House, Reply};

pub(crate) const WORDS: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n\
    data: {\"choices\":[{\"delta\":{\"content\":\"After the ticket.\"},\"finish_reason\":\"stop\"}]}\n\n";
pub(crate) const QUESTION: &str = "How do people usually name their branches in a team like this one?";
pub(crate) const KEY: (&str, &str) = ("CAVEAT_KEY_LOCAL", "sk-secret");
pub(crate) const OTHER: (&str, &str) = ("DATABASE_URL", "postgres://secret");

pub(crate) async fn house(store: &Arc<Memory>, environment: &[(&str, &str)]) -> House {
    House::keyed(1, Arc::clone(store), Models::default(), environment).await
}

pub(crate) fn entry(name: &str, base_url: &str, more: Value) -> Value {
    let mut entry = json!({"name": name, "base_url": base_url, "model": "m"});
    let fields = more.as_object().expect("an object").clone();
    entry.as_object_mut().expect("an object").extend(fields);
    entry
}

pub(crate) async fn add(house: &House, entry: Value) -> Reply {
    house.owner("POST", "/api/models", Some(entry)).await
}

pub(crate) async fn listed(house: &House) -> Vec<Value> {
    let body = house.owner("GET", "/api/models", None).await.ok();
    body["models"].as_array().expect("models").clone()
}

pub(crate) async fn test(house: &House, name: &str) -> Value {
    house.owner("POST", &format!("/api/models/{name}/test"), None).await.ok()["upstreams"].clone()
}

pub(crate) fn named<'a>(models: &'a [Value], name: &str) -> &'a Value {
    models.iter().find(|model| model["name"] == name).expect("it is listed")
}

pub(crate) async fn version(house: &House, name: &str) -> String {
    named(&listed(house).await, name)["version"].as_str().expect("a version").to_owned()
}

/// Changes a model from the version that is listed now.
pub(crate) async fn change(house: &House, entry: Value) -> Reply {
    let name = entry["name"].as_str().expect("a name").to_owned();
    change_from(house, &version(house, &name).await, &name, entry).await
}

pub(crate) async fn change_from(house: &House, version: &str, name: &str, entry: Value) -> Reply {
    house.owner("PUT", &format!("/api/models/{name}"), Some(json!({"version": version, "model": entry}))).await
}

pub(crate) async fn remove(house: &House, name: &str) -> Reply {
    house.owner("DELETE", &format!("/api/models/{name}"), None).await
}

pub(crate) async fn candidate<'a>(house: &'a House, model: &str) -> Candidate<'a> {
    let body = json!({"task": "helpdesk_rag", "mode": "practice", "plan_seed": 3, "assistant": {"model": model}});
    let candidate = Candidate::new(house, house.new_session(body).await);
    candidate.post("consent", json!({"views": true})).await.ok();
    candidate.post("start", json!({})).await.ok();
    candidate
}

#[tokio::test]
async fn a_model_is_added_tested_used_and_removed_while_the_server_runs() {
    let house = house(&Arc::default(), &[KEY]).await;
    assert_eq!(listed(&house).await, Vec::<Value>::new());
    let more = json!({"key_env": KEY.0, "fallback": ["offline"], "price_in": 0.5});
    let added = add(&house, entry("local", &model(WORDS).await, more)).await;
    assert_eq!(added.status, 201, "{}", added.body);
    let tested = test(&house, "local").await;
    assert!(tested[0]["first_word_ms"].is_u64() && tested[0]["trouble"].is_null(), "{tested}");
    let candidate = candidate(&house, "local").await;
    let answer = candidate.ask(QUESTION).await;
    assert_eq!((answer.text.as_str(), answer.origins.as_slice()), ("After the ticket.", &[Origin::Model {}][..]));
    let seen = &listed(&house).await[0];
    assert_eq!((&seen["name"], &seen["from"], &seen["price_in"]), (&json!("local"), &json!("page"), &json!(0.5)));
    assert_eq!(seen["key"], json!({"in": "environment", "name": KEY.0}));
    assert_eq!((&seen["upstream"]["attempts"], &seen["upstream"]["answers"]), (&json!(2), &json!(2)));
    assert_eq!(seen["upstream"]["first_word"]["answers"], 2);
    assert!(!seen.to_string().contains(KEY.1), "{seen}");
    assert_eq!(remove(&house, "local").await.status, 204);
    assert_eq!(remove(&house, "local").await.refusal(), (404, "not_found"));
    let after = candidate.ask("How does a team like this one name its tags?").await;
    assert_eq!(after.outcome, AnswerOutcome::Complete, "the offline assistant takes its place");
    assert!(!after.text.is_empty() && !after.origins.contains(&Origin::Model {}), "{}", after.text);
    assert_eq!(candidate.kinds().await.iter().filter(|kind| **kind == "upstream_failed").count(), 1, "staff are told");
    let audit = house.owner("GET", "/api/audit", None).await.ok().to_string();
    for act in ["\"model_added\"", "\"model_removed\"", "\"local\""] {
        assert!(audit.contains(act), "{act}: {audit}");
    }
}

#[tokio::test]
async fn all_that_can_be_said_of_a_model_is_kept_told_and_sent() {
    let store = Arc::new(Memory::new());
    let upstream = Held::start(WORDS).await;
    upstream.let_go.notify_one();
    let first = house(&store, &[KEY]).await;
    let more = json!({
        "preset": "litellm", "dialect": "openai_chat", "key_env": KEY.0, "key_header": "x-api-key", "max_tokens": 700,
        "temperature": 0.5, "ask_usage": false, "price_in": 0.25, "price_out": 2.0, "fallback": ["offline"],
    });
    add(&first, entry("local", &upstream.url, more.clone())).await.ok();
    let second = house(&store, &[KEY]).await;
    let seen = &listed(&second).await[0];
    for (name, value) in more.as_object().expect("an object") {
        let told = if name == "key_env" { &seen["key"]["name"] } else { &seen[name] };
        assert_eq!(told, value, "{name}");
    }
    candidate(&second, "local").await.ask(QUESTION).await;
    let request = upstream.heard.lock().expect("a request").clone();
    for part in ["x-api-key: sk-secret", "\"max_tokens\":700", "\"temperature\":0.5"] {
        assert!(request.contains(part), "{part}: {request}");
    }
    assert!(!request.contains("stream_options"), "{request}");
}

#[tokio::test]
async fn what_fails_is_counted_named_and_survives_a_change_of_other_models() {
    let house = house(&Arc::default(), &[]).await;
    let refusing = model("HTTP/1.1 401 No\r\ncontent-length: 9\r\nconnection: close\r\n\r\nwrong key").await;
    add(&house, entry("good", &model(WORDS).await, json!({}))).await.ok();
    add(&house, entry("bad", &refusing, json!({"fallback": ["good"]}))).await.ok();
    let tested = test(&house, "bad").await;
    assert_eq!((&tested[0]["upstream"], &tested[1]["upstream"]), (&json!("bad"), &json!("good")));
    let trouble = &tested[0]["trouble"];
    assert!(trouble["cause"].as_str().expect("a cause").contains("401"), "{trouble}");
    assert!(trouble["remedy"].as_str().expect("a remedy").contains("give a key"), "{trouble}");
    assert!(tested[1]["trouble"].is_null(), "{tested}");
    add(&house, entry("third", &refusing, json!({}))).await.ok();
    let all = listed(&house).await;
    let seen = &all[1]["upstream"];
    assert_eq!(seen["failures"], json!([{"kind": "rejected", "count": 1}]), "{seen}");
    assert_eq!(seen["breaker"]["state"], "open");
    assert!(seen["last_error"]["text"].as_str().expect("an error").contains("wrong key"), "{seen}");
    assert_eq!(remove(&house, "good").await.refusal(), (409, "model_in_use"));
    assert_eq!(remove(&house, "bad").await.status, 204);
    assert_eq!(remove(&house, "good").await.status, 204);
    assert_eq!(listed(&house).await.len(), 1);
}

#[tokio::test]
async fn what_cannot_work_or_would_give_something_away_is_refused_and_not_kept() {
    let house = house(&Arc::default(), &[KEY, OTHER, ("CAVEAT_KEY_EMPTY", " ")]).await;
    let url = "http://127.0.0.1:9/v1";
    add(&house, entry("there", url, json!({"key_env": KEY.0}))).await.ok();
    for (status, code, words, entry) in [
        (422, "bad_key", "begin with CAVEAT_KEY_", entry("a", url, json!({"key_env": OTHER.0}))),
        (422, "bad_key", "begin with CAVEAT_KEY_", entry("a", url, json!({"key_env": "CAVEAT_KEY_"}))),
        (422, "bad_key", "begin with CAVEAT_KEY_", entry("a", url, json!({"key_env": "CAVEAT_KEY_A B"}))),
        (422, "bad_key", "has no CAVEAT_KEY_GONE", entry("a", url, json!({"key_env": "CAVEAT_KEY_GONE"}))),
        (422, "bad_key", "or an empty one", entry("a", url, json!({"key_env": "CAVEAT_KEY_EMPTY"}))),
        (422, "bad_body", "key_file", entry("a", url, json!({"key_file": "/etc/shadow"}))),
        (422, "bad_model_name", "offline assistant", entry("offline", url, json!({}))),
        (422, "bad_model_name", "a model's name", entry("../a", url, json!({}))),
        (422, "bad_address", "address cannot be used", entry("a", "file:///etc/shadow", json!({}))),
        (422, "bad_fallback", "is no model", entry("a", url, json!({"fallback": ["gone"]}))),
        (422, "bad_fallback", "in a circle", entry("a", url, json!({"fallback": ["a"]}))),
        (422, "bad_address", "base_url is missing", json!({"name": "a", "model": "m", "preset": "azure"})),
        (409, "model_taken", "already", entry("there", url, json!({}))),
    ] {
        let reply = add(&house, entry.clone()).await;
        assert_eq!(reply.refusal(), (status, code), "{entry}: {}", reply.body);
        let told = reply.body.to_string();
        assert!(told.contains(words), "{entry}: {told}");
        assert!(![KEY.1, OTHER.1].iter().any(|secret| told.contains(secret)), "{told}");
    }
    assert_eq!(listed(&house).await.len(), 1);
}

#[tokio::test]
async fn models_are_there_again_after_a_restart_and_one_without_its_key_is_told_with_its_remedy() {
    let store = Arc::new(Memory::new());
    let url = model(WORDS).await;
    let first = house(&store, &[KEY]).await;
    add(&first, entry("plain", &url, json!({}))).await.ok();
    add(&first, entry("keyed", &url, json!({"key_env": KEY.0, "fallback": ["plain"]}))).await.ok();
    let second = house(&store, &[KEY]).await;
    assert_eq!(second.engine.models(), ["keyed", "plain"]);
    assert!(test(&second, "keyed").await[0]["first_word_ms"].is_u64());
    let third = house(&store, &[]).await;
    assert_eq!(third.engine.models(), ["plain"]);
    let all = listed(&third).await;
    let keyed = named(&all, "keyed");
    assert!(keyed["trouble"]["cause"].as_str().expect("a cause").contains(KEY.0), "{keyed}");
    assert!(keyed["trouble"]["remedy"].as_str().expect("a remedy").contains("start the server again"), "{keyed}");
    assert_eq!(test(&third, "keyed").await[0]["trouble"], keyed["trouble"]);
    assert_eq!(remove(&third, "keyed").await.status, 204);
}

#[tokio::test]
async fn the_settings_file_wins_and_is_not_changed_by_the_page() {
    let store = Arc::new(Memory::new());
    let url = model(WORDS).await;
    let first = house(&store, &[]).await;
    add(&first, entry("local", "http://127.0.0.1:9/v1", json!({}))).await.ok();
    let written =
        ModelEntry { name: "local".into(), base_url: Some(url.clone()), model: "m".into(), ..ModelEntry::default() };
    let config = written.config(None).expect("an entry that fits");
    let models = Models::new(vec![(written, config)]).expect("models");
    let second = House::keyed(2, store, models, &[]).await;
    let from: Vec<_> =
        listed(&second).await.iter().map(|model| (model["from"].clone(), model["trouble"].is_null())).collect();
    assert_eq!(from, [(json!("file"), true), (json!("page"), false)]);
    assert!(test(&second, "local").await[0]["trouble"].is_null(), "the file's is asked");
    assert_eq!(add(&second, entry("local", &url, json!({}))).await.refusal(), (409, "model_taken"));
    let hidden = listed(&second).await[1]["version"].as_str().expect("a version").to_owned();
    let behind = change_from(&second, &hidden, "local", entry("local", &url, json!({}))).await;
    assert_eq!(behind.refusal(), (422, "bad_model"), "{}", behind.body);
    assert_eq!(remove(&second, "local").await.status, 204, "the one behind it goes");
    assert_eq!(remove(&second, "local").await.refusal(), (409, "in_settings_file"));
    let refused = change(&second, entry("local", "http://127.0.0.1:9/v1", json!({}))).await;
    assert_eq!(refused.refusal(), (409, "in_settings_file"));
    assert!(refused.body.to_string().contains("change it there"), "{}", refused.body);
    assert_eq!(second.engine.models(), ["local"]);
}
