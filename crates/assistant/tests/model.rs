//! Which upstream answers when others fail, and when one is left alone.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod fake;

use assistant::{
    Answerer, BreakerState, Circumstances, Dialect, End, FailureKind, Message, Model, ModelConfig, OFFLINE, Piece,
    Prices, Role, Secret, Upstream, UpstreamConfig, UpstreamError, models,
};
use fake::{Fake, Speech, Step, head, response};
use futures_util::StreamExt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

const CIRCUMSTANCES: Circumstances = Circumstances { jitter: Duration::ZERO, now: SystemTime::UNIX_EPOCH };
const CHAT: Dialect = Dialect::OpenaiChat;

fn prompt() -> Vec<Message> {
    vec![Message { role: Role::User, content: "What does `newest` do?".to_owned() }]
}

async fn upstream(name: &str, scripts: Vec<Vec<Step>>) -> (Arc<Upstream>, Fake) {
    let fake = Fake::start(scripts).await;
    (Arc::new(Upstream::new(UpstreamConfig::new(name, &fake.base_url, "m")).unwrap()), fake)
}

/// What a model says, or who else answers; and who was skipped, and why.
async fn ask(model: &Model) -> (String, Vec<String>) {
    let asked = model.ask(&prompt(), CIRCUMSTANCES).await;
    let skipped = asked.skipped.iter().map(|skipped| format!("{}: {}", skipped.upstream.name(), skipped.cause));
    let skipped = skipped.collect();
    let said = match asked.answerer {
        Answerer::Offline => "(offline)".to_owned(),
        Answerer::Nobody => "(nobody)".to_owned(),
        Answerer::Upstream(upstream, mut answer) => {
            let mut said = format!("{}: ", upstream.name());
            while let Some(piece) = answer.next().await {
                match piece {
                    Ok(Piece::Words(words)) => said.push_str(&words),
                    Ok(_) => {}
                    Err(error) => said.push_str(&format!("({error})")),
                }
            }
            said
        }
    };
    (said, skipped)
}

#[tokio::test]
async fn the_first_that_says_a_word_answers() {
    let good = || CHAT.answer("Yes");
    let down = || vec![response(400, "", "no")];
    let cut = || vec![head(), CHAT.words("So")];
    let mute = || [vec![head()], CHAT.ending()].concat();
    let refused = "the upstream refused the request (400): no";
    for (first, second, offline, says, skipped) in [
        (good(), down(), false, "a: Yes", vec![]),
        (down(), good(), false, "b: Yes", vec![format!("a: {refused}")]),
        (mute(), good(), false, "b: Yes", vec!["a: the upstream sent an empty answer".to_owned()]),
        (cut(), good(), true, "a: So(the upstream broke off before the end of its answer)", vec![]),
        (down(), down(), false, "(nobody)", vec![format!("a: {refused}"), format!("b: {refused}")]),
        (down(), down(), true, "(offline)", vec![format!("a: {refused}"), format!("b: {refused}")]),
    ] {
        let (a, _first) = upstream("a", vec![first]).await;
        let (b, _second) = upstream("b", vec![second]).await;
        assert_eq!(ask(&Model::new(vec![a, b], offline)).await, (says.to_owned(), skipped), "{says}");
    }
}

#[tokio::test]
async fn what_a_skipped_upstream_took_is_told() {
    let (a, _fake) = upstream("a", vec![[vec![head()], CHAT.ending()].concat()]).await;
    let asked = Model::new(vec![a], false).ask(&prompt(), CIRCUMSTANCES).await;
    let usage = asked.skipped[0].usage.unwrap();
    assert_eq!((usage.prompt, usage.completion, usage.estimated), (11, 7, false));
    assert!(matches!(asked.skipped[0].cause, UpstreamError::Empty(End::Stop)));
}

#[tokio::test]
async fn an_upstream_that_keeps_failing_is_left_alone_until_one_prompt_succeeds() {
    let broken = vec![head(), CHAT.words("So")];
    let scripts = std::iter::repeat_n(broken, 5).chain([CHAT.answer("Yes")]).collect();
    let (a, fake) = upstream("a", scripts).await;
    let model = Model::new(vec![Arc::clone(&a)], true);
    for failures in 0..5 {
        assert_eq!(a.statistics().breaker, BreakerState::Closed { failures });
        ask(&model).await;
    }
    tokio::time::pause();
    let (said, skipped) = ask(&model).await;
    assert_eq!(said, "(offline)");
    assert!(skipped[0].starts_with("a: the upstream is left alone for another"), "{skipped:?}");
    assert_eq!(fake.requests.lock().unwrap().len(), 5, "it is not asked");
    assert_eq!(a.statistics().failures.get(&FailureKind::LeftAlone), None, "which is no failure of its own");
    tokio::time::advance(Duration::from_secs(5)).await;
    tokio::time::resume();
    assert_eq!(a.statistics().breaker, BreakerState::Open { left: Duration::ZERO });
    assert_eq!(ask(&model).await.0, "a: Yes");
    assert_eq!(a.statistics().breaker, BreakerState::Closed { failures: 0 });
}

#[tokio::test]
async fn which_faults_open_the_breaker_at_once() {
    for (script, open) in [
        (response(400, "", "too long"), false),
        (response(401, "", ""), true),
        (response(403, "", ""), true),
        (response(404, "", ""), true),
        (response(413, "", ""), false),
        (response(429, "", ""), false),
        (response(429, "retry-after: 60\r\n", ""), true),
        (response(503, "retry-after: Thu, 01 Jan 1970 00:01:00 GMT\r\n", ""), true),
        (response(503, "", ""), false),
    ] {
        let row = format!("{script:?}");
        let (a, _fake) = upstream("a", vec![vec![script]]).await;
        ask(&Model::new(vec![Arc::clone(&a)], false)).await;
        assert_eq!(matches!(a.statistics().breaker, BreakerState::Open { .. }), open, "{row}");
    }
}

#[tokio::test]
async fn an_answer_that_nobody_waits_for_is_no_failure() {
    let (a, _fake) = upstream("a", vec![vec![head(), CHAT.words("So"), Step::Stall]]).await;
    for _ in 0..6 {
        drop(a.stream(&prompt(), CIRCUMSTANCES).await.unwrap());
    }
    assert_eq!(a.statistics().breaker, BreakerState::Closed { failures: 0 });
}

#[tokio::test]
async fn a_test_tells_whether_an_upstream_works_and_closes_its_breaker() {
    for dialect in Dialect::ALL {
        let fake = Fake::start(vec![vec![response(401, "", "who?")], dialect.answer("ok")]).await;
        let config = UpstreamConfig { dialect, ..UpstreamConfig::new("a", &fake.base_url, "m") };
        let upstream = Upstream::new(config).unwrap();
        let error = upstream.test(SystemTime::UNIX_EPOCH).await.unwrap_err();
        assert_eq!(error.to_string(), "the upstream refused the request (401): who?");
        assert!(matches!(upstream.statistics().breaker, BreakerState::Open { .. }));
        assert!(upstream.test(SystemTime::UNIX_EPOCH).await.is_ok());
        assert_eq!(upstream.statistics().breaker, BreakerState::Closed { failures: 0 });
        assert!(fake.requests.lock().unwrap()[1].contains("Reply with the word ok."));
    }
}

#[tokio::test]
async fn what_is_known_of_an_upstream_stays_where_nothing_but_its_prices_changes() {
    let (a, _fake) = upstream("a", vec![CHAT.answer("ok")]).await;
    a.test(SystemTime::UNIX_EPOCH).await.unwrap();
    let prices = Prices { prompt: 1, completion: 2 };
    for (config, answers) in [
        (a.config().clone(), 1),
        (UpstreamConfig { prices, ..a.config().clone() }, 1),
        (UpstreamConfig { model: "n".to_owned(), ..a.config().clone() }, 0),
        (UpstreamConfig { key: Some(Secret::new("k")), ..a.config().clone() }, 0),
        (UpstreamConfig { max_tokens: Some(9), prices, ..a.config().clone() }, 0),
    ] {
        let next = Upstream::new(config.clone()).unwrap().in_place_of(&a);
        assert_eq!((next.statistics().answers, next.config()), (answers, &config));
    }
}

#[tokio::test]
async fn a_model_that_thinks_until_its_limit_passes_the_test() {
    let thinks = r#"{"choices":[{"delta":{},"finish_reason":"length"}]}"#;
    let (a, _fake) = upstream("a", vec![vec![head(), fake::event(thinks), fake::done()]]).await;
    assert!(a.test(SystemTime::UNIX_EPOCH).await.is_ok());
}

fn entry(name: &str, fallback: &[&str]) -> ModelConfig {
    let upstream = UpstreamConfig::new(name, "http://127.0.0.1:1/v1", "m");
    ModelConfig { upstream, fallback: fallback.iter().copied().map(str::to_owned).collect() }
}

#[test]
fn fallbacks_are_followed_in_order_and_nobody_is_asked_twice() {
    let models =
        models(vec![entry("a", &["b", "c"]), entry("b", &["d", OFFLINE]), entry("c", &["d"]), entry("d", &[])])
            .unwrap();
    for (name, order, offline) in [("a", "a b d c", true), ("b", "b d", true), ("c", "c d", false), ("d", "d", false)] {
        let model = &models[name];
        let names: Vec<_> = model.upstreams().iter().map(|upstream| upstream.name()).collect();
        assert_eq!((names.join(" ").as_str(), model.offline_at_last()), (order, offline), "{name}");
    }
    assert!(Arc::ptr_eq(&models["b"].upstreams()[1], &models["d"].upstreams()[0]), "one upstream, one breaker");
}

#[test]
fn fallbacks_that_lead_nowhere_are_refused() {
    for (entries, message) in [
        (
            vec![entry("a", &["b"]), entry("b", &["c"]), entry("c", &["b"])],
            "model `c`: its fallbacks go in a circle: b → c → b; take one of them out",
        ),
        (vec![entry("a", &["a"])], "model `a`: its fallbacks go in a circle: a → a; take one of them out"),
        (vec![entry("a", &["x"])], "model `a`: its fallback `x` is no model; known are: a, offline"),
        (
            vec![entry("a", &[OFFLINE, "b"]), entry("b", &[])],
            "model `a`: nothing comes behind `offline`, which always answers: put it last",
        ),
        (vec![entry("a", &[]), entry("a", &[])], "model `a` is named twice: give each its own name"),
        (
            vec![entry(OFFLINE, &[])],
            "model `offline`: the name is empty or taken, choose another: `offline` is the offline assistant",
        ),
    ] {
        assert_eq!(models(entries).unwrap_err().to_string(), message);
    }
}
