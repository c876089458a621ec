//! Live models that admins change on the page while sessions run, two at once, and beyond a restart.

use crate::models::{
    KEY, OTHER, QUESTION, WORDS, add, candidate, change, change_from, entry, house, listed, named, remove, test,
    version,
};
use crate::upstream::{Held, model, waits};
use serde_json::{Value, json};
use std::sync::Arc;
use store::Memory;

const OTHER_WORDS: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n\
    data: {\"choices\":[{\"delta\":{\"content\":\"By the date.\"},\"finish_reason\":\"stop\"}]}\n\n";
const OTHER_QUESTION: &str = "And how do people usually name their releases in a team like this one?";

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

#[tokio::test]
async fn an_answer_that_is_under_way_goes_on_while_its_model_is_changed() {
    let house = house(&Arc::default(), &[]).await;
    let upstream = Held::start(WORDS).await;
    add(&house, entry("local", &upstream.url, json!({}))).await.ok();
    let candidate = candidate(&house, "local").await;
    let meanwhile = async {
        upstream.asked.notified().await;
        change(&house, entry("local", &model(OTHER_WORDS).await, json!({}))).await.ok();
        upstream.let_go.notify_one();
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
        ("bad_address", "base_url is missing", json!({"name": "a", "model": "m"})),
        ("bad_address", "address cannot be used", entry("a", "file:///etc/shadow", json!({}))),
        ("bad_model", "model is empty", json!({"name": "a", "model": " ", "base_url": url})),
        ("bad_key", "begin with CAVEAT_KEY_", entry("a", &url, json!({"key_env": OTHER.0}))),
        ("bad_key", "has no CAVEAT_KEY_GONE", entry("a", &url, json!({"key_env": "CAVEAT_KEY_GONE"}))),
        ("bad_fallback", "in a circle: a → b → a", entry("a", &url, json!({"fallback": ["b"]}))),
        ("bad_fallback", "is no model", entry("a", &url, json!({"fallback": ["gone"]}))),
        ("bad_price_in", "price_in is -1", entry("a", &url, json!({"price_in": -1}))),
        ("bad_price_out", "price_out is -1", entry("a", &url, json!({"price_out": -1}))),
        ("bad_max_tokens", "max_tokens is 0", entry("a", &url, json!({"max_tokens": 0}))),
        ("bad_temperature", "temperature is 2.5", entry("a", &url, json!({"temperature": 2.5}))),
        ("bad_body", "key_header", entry("a", &url, json!({"key_header": "cookie"}))),
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
