//! Live models that admins add on the page: tried, used, watched, changed, removed, and there again after a restart.

use crate::upstream::{model, waits};
use assistant::ModelEntry;
use domain::event::{AnswerOutcome, Origin};
use engine::Models;
use serde_json::{Value, json};
use std::sync::Arc;
use store::Memory;
use tests::{Candidate, House, Reply};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::Notify;

const WORDS: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n\
    data: {\"choices\":[{\"delta\":{\"content\":\"After the ticket.\"},\"finish_reason\":\"stop\"}]}\n\n";
const OTHER_WORDS: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n\
    data: {\"choices\":[{\"delta\":{\"content\":\"By the date.\"},\"finish_reason\":\"stop\"}]}\n\n";
const QUESTION: &str = "How do people usually name their branches in a team like this one?";
const OTHER_QUESTION: &str = "And how do people usually name their releases in a team like this one?";
const KEY: (&str, &str) = ("CAVEAT_KEY_LOCAL", "sk-secret");
const OTHER: (&str, &str) = ("DATABASE_URL", "postgres://secret");

async fn house(store: &Arc<Memory>, environment: &[(&str, &str)]) -> House {
    House::keyed(1, Arc::clone(store), Models::default(), environment).await
}

fn entry(name: &str, base_url: &str, more: Value) -> Value {
    let mut entry = json!({"name": name, "base_url": base_url, "model": "m"});
    let fields = more.as_object().expect("an object").clone();
    entry.as_object_mut().expect("an object").extend(fields);
    entry
}

async fn add(house: &House, entry: Value) -> Reply {
    house.owner("POST", "/api/models", Some(entry)).await
}

async fn listed(house: &House) -> Vec<Value> {
    let body = house.owner("GET", "/api/models", None).await.ok();
    body["models"].as_array().expect("models").clone()
}

async fn test(house: &House, name: &str) -> Value {
    house.owner("POST", &format!("/api/models/{name}/test"), None).await.ok()["upstreams"].clone()
}

fn named<'a>(models: &'a [Value], name: &str) -> &'a Value {
    models.iter().find(|model| model["name"] == name).expect("it is listed")
}

async fn version(house: &House, name: &str) -> String {
    named(&listed(house).await, name)["version"].as_str().expect("a version").to_owned()
}

/// Changes a model from the version that is listed now.
async fn change(house: &House, entry: Value) -> Reply {
    let name = entry["name"].as_str().expect("a name").to_owned();
    change_from(house, &version(house, &name).await, &name, entry).await
}

async fn change_from(house: &House, version: &str, name: &str, entry: Value) -> Reply {
    house.owner("PUT", &format!("/api/models/{name}"), Some(json!({"version": version, "model": entry}))).await
}

async fn remove(house: &House, name: &str) -> Reply {
    house.owner("DELETE", &format!("/api/models/{name}"), None).await
}

async fn candidate<'a>(house: &'a House, model: &str) -> Candidate<'a> {
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
    candidate.post("prompts", json!({"text": QUESTION})).await.ok();
    let outcome = candidate.until(|state| state.exchanges().last()?.outcome).await;
    assert_eq!(outcome, AnswerOutcome::Unavailable, "nobody is left to ask");
    let audit = house.owner("GET", "/api/audit", None).await.ok().to_string();
    for act in ["\"model_added\"", "\"model_removed\"", "\"local\""] {
        assert!(audit.contains(act), "{act}: {audit}");
    }
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
        (422, "bad_model", "begin with CAVEAT_KEY_", entry("a", url, json!({"key_env": OTHER.0}))),
        (422, "bad_model", "begin with CAVEAT_KEY_", entry("a", url, json!({"key_env": "CAVEAT_KEY_"}))),
        (422, "bad_model", "begin with CAVEAT_KEY_", entry("a", url, json!({"key_env": "CAVEAT_KEY_A B"}))),
        (422, "bad_model", "has no CAVEAT_KEY_GONE", entry("a", url, json!({"key_env": "CAVEAT_KEY_GONE"}))),
        (422, "bad_model", "or an empty one", entry("a", url, json!({"key_env": "CAVEAT_KEY_EMPTY"}))),
        (422, "bad_body", "key_file", entry("a", url, json!({"key_file": "/etc/shadow"}))),
        (422, "bad_model", "offline assistant", entry("offline", url, json!({}))),
        (422, "bad_model", "a model's name", entry("../a", url, json!({}))),
        (422, "bad_model", "address cannot be used", entry("a", "file:///etc/shadow", json!({}))),
        (422, "bad_model", "is no model", entry("a", url, json!({"fallback": ["gone"]}))),
        (422, "bad_model", "in a circle", entry("a", url, json!({"fallback": ["a"]}))),
        (422, "bad_model", "base_url is missing", json!({"name": "a", "model": "m", "preset": "azure"})),
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

#[tokio::test]
async fn a_session_that_runs_asks_a_changed_model_as_it_is_from_its_next_prompt_on() {
    let house = house(&Arc::default(), &[KEY]).await;
    let url = model(WORDS).await;
    add(&house, entry("local", &url, json!({"price_in": 1.0}))).await.ok();
    let candidate = candidate(&house, "local").await;
    assert_eq!(candidate.ask(QUESTION).await.text, "After the ticket.");
    let figures = async || listed(&house).await[0]["upstream"]["answers"].clone();
    let dearer = change(&house, entry("local", &url, json!({"price_in": 2.0, "fallback": ["offline"]}))).await.ok();
    assert_eq!((&dearer["price_in"], &dearer["fallback"]), (&json!(2.0), &json!(["offline"])));
    assert_eq!(figures().await, 1, "it is asked as before, so what is known of it stays");
    let keyed = json!({"key_env": KEY.0, "fallback": ["offline"]});
    change(&house, entry("local", &model(OTHER_WORDS).await, keyed)).await.ok();
    assert_eq!(figures().await, 0, "it is asked elsewhere, so nothing is known of it");
    assert_eq!(candidate.ask(OTHER_QUESTION).await.text, "By the date.");
    let seen = &listed(&house).await[0];
    assert_eq!((&seen["price_in"], &seen["key"]["name"]), (&Value::Null, &json!(KEY.0)), "what is left out is gone");
    let audit = house.owner("GET", "/api/audit", None).await.ok().to_string();
    assert_eq!(audit.matches("\"model_changed\"").count(), 2, "{audit}");
}

/// A model that says so when it is asked, and answers when it is let.
async fn held() -> (String, Arc<Notify>, Arc<Notify>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/v1", listener.local_addr().expect("an address"));
    let (asked, let_go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (is_asked, may_go) = (Arc::clone(&asked), Arc::clone(&let_go));
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.expect("a connection");
        let _ = socket.read(&mut [0; 65536]).await;
        is_asked.notify_one();
        may_go.notified().await;
        let _ = socket.write_all(WORDS.as_bytes()).await;
    });
    (url, asked, let_go)
}

#[tokio::test]
async fn an_answer_that_is_under_way_goes_on_while_its_model_is_changed() {
    let house = house(&Arc::default(), &[]).await;
    let (url, asked, let_go) = held().await;
    add(&house, entry("local", &url, json!({}))).await.ok();
    let candidate = candidate(&house, "local").await;
    let meanwhile = async {
        asked.notified().await;
        change(&house, entry("local", &model(OTHER_WORDS).await, json!({}))).await.ok();
        let_go.notify_one();
    };
    let (shown, ()) = tokio::join!(candidate.ask(QUESTION), meanwhile);
    assert_eq!(shown.text, "After the ticket.");
    assert_eq!(candidate.ask(OTHER_QUESTION).await.text, "By the date.");
}

#[tokio::test]
async fn what_was_written_waits_no_longer_as_a_model_did_that_is_now_another() {
    let house = house(&Arc::default(), &[]).await;
    add(&house, entry("behind", &model(WORDS).await, json!({}))).await.ok();
    let refusing = model("HTTP/1.1 401 No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").await;
    add(&house, entry("local", &refusing, json!({"fallback": ["behind"]}))).await.ok();
    let candidate = candidate(&house, "local").await;
    candidate.ask(QUESTION).await;
    change(&house, entry("behind", &model(OTHER_WORDS).await, json!({}))).await.ok();
    candidate.ask("What does faithfulness measure?").await;
    let known = waits(&candidate).await;
    assert!(known[1] >= 900, "as long as for a model that was never heard: {known:?}");
}

#[tokio::test]
async fn a_change_that_cannot_work_leaves_everything_as_it_was() {
    let house = house(&Arc::default(), &[KEY]).await;
    let url = model(WORDS).await;
    add(&house, entry("a", &url, json!({"key_env": KEY.0}))).await.ok();
    add(&house, entry("b", &url, json!({"fallback": ["a"]}))).await.ok();
    test(&house, "a").await;
    let before = listed(&house).await;
    for (code, words, written) in [
        ("bad_model", "base_url is missing", json!({"name": "a", "model": "m"})),
        ("bad_model", "address cannot be used", entry("a", "file:///etc/shadow", json!({}))),
        ("bad_model", "model is empty", json!({"name": "a", "model": " ", "base_url": url})),
        ("bad_model", "begin with CAVEAT_KEY_", entry("a", &url, json!({"key_env": OTHER.0}))),
        ("bad_model", "has no CAVEAT_KEY_GONE", entry("a", &url, json!({"key_env": "CAVEAT_KEY_GONE"}))),
        ("bad_model", "in a circle: a → b → a", entry("a", &url, json!({"fallback": ["b"]}))),
        ("bad_model", "is no model", entry("a", &url, json!({"fallback": ["gone"]}))),
        ("bad_model", "price_in is -1", entry("a", &url, json!({"price_in": -1}))),
        ("bad_body", "key_file", entry("a", &url, json!({"key_file": "/etc/shadow"}))),
    ] {
        let reply = change(&house, written.clone()).await;
        assert_eq!(reply.refusal(), (422, code), "{written}: {}", reply.body);
        assert!(reply.body.to_string().contains(words), "{written}: {}", reply.body);
    }
    let renamed = change_from(&house, &version(&house, "a").await, "a", entry("c", &url, json!({}))).await;
    assert_eq!(renamed.refusal(), (422, "model_keeps_name"));
    assert_eq!(change_from(&house, "", "gone", entry("gone", &url, json!({}))).await.refusal(), (404, "not_found"));
    assert_eq!(listed(&house).await, before);
    assert!(test(&house, "b").await[1]["first_word_ms"].is_u64());
}

#[tokio::test]
async fn of_two_admins_who_change_a_model_the_later_one_is_told_and_overwrites_nothing() {
    let house = house(&Arc::default(), &[]).await;
    let url = model(WORDS).await;
    add(&house, entry("local", &url, json!({}))).await.ok();
    let read_by_both = version(&house, "local").await;
    let dearer = |price: f64| entry("local", &url, json!({"price_in": price}));
    change_from(&house, &read_by_both, "local", dearer(1.0)).await.ok();
    let late = change_from(&house, &read_by_both, "local", dearer(2.0)).await;
    assert_eq!(late.refusal(), (409, "model_changed"));
    assert!(late.body.to_string().contains("read it again"), "{}", late.body);
    assert_eq!(listed(&house).await[0]["price_in"], 1.0);
    change_from(&house, &version(&house, "local").await, "local", dearer(2.0)).await.ok();
    assert_eq!(listed(&house).await[0]["price_in"], 2.0);
    // Removed and added again by somebody else, it is another one.
    let read = version(&house, "local").await;
    remove(&house, "local").await;
    add(&house, dearer(3.0)).await.ok();
    assert_eq!(change_from(&house, &read, "local", dearer(2.0)).await.refusal(), (409, "model_changed"));
}

#[tokio::test]
async fn a_change_is_there_again_after_a_restart_and_mends_what_could_not_work() {
    let store = Arc::new(Memory::new());
    let url = model(WORDS).await;
    let first = house(&store, &[KEY]).await;
    add(&first, entry("keyed", "http://127.0.0.1:9/v1", json!({"key_env": KEY.0}))).await.ok();
    add(&first, entry("other", &url, json!({"fallback": ["keyed"]}))).await.ok();
    change(&first, entry("keyed", &url, json!({"key_env": KEY.0, "price_out": 3.0}))).await.ok();
    let second = house(&store, &[KEY]).await;
    assert_eq!(named(&listed(&second).await, "keyed")["price_out"], 3.0);
    assert!(test(&second, "keyed").await[0]["first_word_ms"].is_u64(), "it is asked where the change said");
    let third = house(&store, &[]).await;
    assert_eq!(third.engine.models(), Vec::<String>::new(), "one has no key, the other falls back to it");
    let mended = change(&third, entry("keyed", &url, json!({}))).await.ok();
    assert!(mended["trouble"].is_null(), "{mended}");
    assert_eq!(third.engine.models(), ["keyed", "other"], "what waited for it is back");
}
