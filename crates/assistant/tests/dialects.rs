//! Every dialect with every fault: one table, and what comes of each row.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod fake;

use assistant::{
    Circumstances, Dialect, End, FailureKind, Limits, Message, Piece, Preset, Role, Secret, Upstream, UpstreamConfig,
    UpstreamError, Usage,
};
use fake::{Fake, Speech, Step, event, head, response};
use futures_util::StreamExt;
use std::error::Error;
use std::fmt::Write;
use std::time::{Duration, SystemTime};

const KEY: &str = "sk-very/secret\"key";
const CIRCUMSTANCES: Circumstances = Circumstances { jitter: Duration::ZERO, now: SystemTime::UNIX_EPOCH };

fn upstream(dialect: Dialect, base_url: &str) -> Upstream {
    let key_header = dialect.key_header();
    // Lines that are shorter than usual, because the parser is slow with long ones when it is built for debugging.
    let limits = Limits { line_bytes: 1 << 16, ..Limits::default() };
    let config = UpstreamConfig { limits, ..UpstreamConfig::new("fake", base_url, "a-model") };
    Upstream::new(UpstreamConfig { dialect, key: Some(Secret::new(KEY)), key_header, ..config }).unwrap()
}

fn prompt() -> Vec<Message> {
    vec![
        Message { role: Role::System, content: "Orders.".to_owned() },
        Message { role: Role::User, content: "What does `newest` do?".to_owned() },
    ]
}

#[derive(Debug, Default)]
struct Heard {
    said: String,
    usage: Option<Usage>,
    end: Option<End>,
    error: Option<UpstreamError>,
}

async fn ask(upstream: &Upstream, silent_after_words: bool) -> Heard {
    let mut heard = Heard::default();
    let mut stream = match upstream.stream(&prompt(), CIRCUMSTANCES).await {
        Ok(stream) => stream,
        Err(error) => return Heard { error: Some(error), ..heard },
    };
    while let Some(piece) = stream.next().await {
        assert!(
            heard.end.is_none() && heard.error.is_none(),
            "nothing follows an end or an error: {heard:?} {piece:?}"
        );
        match piece {
            Ok(Piece::Words(words)) => heard.said.push_str(&words),
            Ok(Piece::Usage(usage)) => assert_eq!(heard.usage.replace(usage), None, "counted once"),
            Ok(Piece::End(end)) => heard.end = Some(end),
            Err(error) => heard.error = Some(error),
        }
        if silent_after_words && heard.usage.is_none() {
            tokio::time::pause();
        }
    }
    heard
}

/// An error with all that it can be asked for.
fn everything(error: &UpstreamError) -> String {
    let mut text = format!("{error} {error:?} {}", error.remedy());
    let mut cause = error.source();
    while let Some(below) = cause {
        let _ = write!(text, " {below} {below:?}");
        cause = below.source();
    }
    text
}

#[tokio::test]
async fn whole_answers_are_read_in_every_dialect() {
    for dialect in Dialect::ALL {
        let script = [
            vec![head()],
            dialect.beginning(),
            vec![dialect.thought("Hm."), dialect.words("Hel"), dialect.thought("Hm."), dialect.words("lo 🦀")],
            dialect.ending(),
        ];
        let fake = Fake::start(vec![script.concat()]).await;
        let heard = ask(&upstream(dialect, &fake.base_url), false).await;
        assert_eq!((heard.said.as_str(), heard.end), ("Hello 🦀", Some(End::Stop)), "{dialect:?} {heard:?}");
        assert_eq!(heard.usage, Some(Usage { prompt: 11, completion: 7, estimated: false }), "{dialect:?}");
        let requests = fake.requests.lock().unwrap();
        assert!(requests[0].starts_with(&format!("POST /v1{} HTTP/1.1\r\n", dialect.path())), "{}", requests[0]);
    }
}

#[tokio::test]
async fn keys_go_into_the_header_that_the_upstream_reads() {
    for (preset, header) in [
        (Preset::Openai, "authorization: bearer k"),
        (Preset::Azure, "api-key: k"),
        (Preset::Anthropic, "x-api-key: k"),
        (Preset::Gemini, "x-goog-api-key: k"),
    ] {
        let fake = Fake::start(vec![preset.dialect().answer("Yes")]).await;
        let key = Some(Secret::new("k"));
        let config = UpstreamConfig { base_url: fake.base_url.clone(), key, ..preset.config("fake", "a-model") };
        assert_eq!(ask(&Upstream::new(config).unwrap(), false).await.said, "Yes");
        let request = fake.requests.lock().unwrap()[0].to_lowercase();
        assert_eq!(request.matches(": k\r\n").count() + request.matches("bearer k\r\n").count(), 1, "{request}");
        assert!(request.contains(&format!("\r\n{header}\r\n")), "{request}");
        assert_eq!(request.contains("anthropic-version: 2023-06-01"), preset == Preset::Anthropic, "{request}");
    }
}

#[tokio::test]
async fn tokens_that_nobody_counts_are_estimated_from_bytes() {
    let dialect = Dialect::OpenaiChat;
    let fake = Fake::start(vec![vec![head(), dialect.words("Nine bytes"), fake::done()]]).await;
    let heard = ask(&upstream(dialect, &fake.base_url), false).await;
    // 7 and 22 bytes of prompt: 2 + 6 and 4 a message; 10 bytes of words.
    assert_eq!(heard.usage, Some(Usage { prompt: 16, completion: 3, estimated: true }));
}

#[tokio::test]
async fn the_end_of_an_answer_says_why() {
    let chat = Dialect::OpenaiChat;
    let length = r#"{"choices":[{"delta":{},"finish_reason":"length"}]}"#;
    let fake = Fake::start(vec![vec![head(), chat.words("So"), event(length), fake::done()]]).await;
    assert_eq!(ask(&upstream(chat, &fake.base_url), false).await.end, Some(End::Length));
    let filtered = r#"{"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"promptTokenCount":5}}"#;
    let fake = Fake::start(vec![vec![head(), event(filtered)]]).await;
    let heard = ask(&upstream(Dialect::Gemini, &fake.base_url), false).await;
    assert!(matches!(heard.error, Some(UpstreamError::Empty(End::Filtered))), "{heard:?}");
    assert_eq!(heard.usage, Some(Usage { prompt: 5, completion: 0, estimated: true }), "it cost something");
}

/// When the clock begins to run by itself, which it does only while everything waits.
#[derive(Clone, Copy, PartialEq)]
enum Ahead {
    Never,
    OnceAsked,
    OnceWordsCame,
}

/// One way to fail.
struct Fault {
    name: &'static str,
    /// What the fake does on each connection; nothing listens where there is none.
    does: fn(Dialect) -> Vec<Vec<Step>>,
    ahead: Ahead,
    said: &'static str,
    requests: usize,
    kind: FailureKind,
    error: &'static str,
}

impl Fault {
    const fn new(
        name: &'static str,
        does: fn(Dialect) -> Vec<Vec<Step>>,
        kind: FailureKind,
        error: &'static str,
    ) -> Self {
        Self { name, does, ahead: Ahead::Never, said: "", requests: 1, kind, error }
    }
}

const DATE: &str = "retry-after: Thu, 01 Jan 1970 00:00:30 GMT\r\n";

/// An error object with the key in it.
fn complaint() -> String {
    serde_json::json!({ "error": { "message": format!("bad key {KEY}") } }).to_string()
}

fn begun(dialect: Dialect, then: Vec<Step>) -> Vec<Vec<Step>> {
    vec![[vec![head()], dialect.beginning(), vec![dialect.words("So")], then].concat()]
}

fn faults() -> Vec<Fault> {
    use FailureKind::{Busy, Cut, Empty, Malformed, Refused, Rejected, Reported, Server, TimedOut};
    vec![
        Fault {
            requests: 2,
            ..Fault::new(
                "429",
                |_| vec![vec![response(429, "", &complaint())]],
                Busy,
                "the upstream is busy (429): bad key …",
            )
        },
        Fault {
            requests: 2,
            ahead: Ahead::OnceAsked,
            ..Fault::new(
                "429 for a moment",
                |_| vec![vec![response(429, "retry-after: 2\r\n", "later")]],
                Busy,
                "the upstream is busy (429): later",
            )
        },
        Fault::new(
            "429 for long",
            |_| vec![vec![response(429, "retry-after: 60\r\n", "later")]],
            Busy,
            "the upstream is busy (429): later",
        ),
        Fault::new(
            "429 until a date",
            |_| vec![vec![response(429, DATE, "later")]],
            Busy,
            "the upstream is busy (429): later",
        ),
        Fault {
            requests: 2,
            ..Fault::new(
                "500",
                |_| vec![vec![response(500, "", &complaint())]],
                Server,
                "the upstream failed (500): bad key …",
            )
        },
        Fault {
            requests: 2,
            ..Fault::new(
                "a page of errors",
                |_| vec![vec![response(502, "content-type: text/html\r\n", "<html>Bad")]],
                Server,
                "the upstream failed (502): a web page",
            )
        },
        Fault::new(
            "401",
            |_| vec![vec![response(401, "", &complaint())]],
            Rejected,
            "the upstream refused the request (401): bad key …",
        ),
        Fault::new(
            "400",
            |_| vec![vec![response(400, "", &complaint())]],
            Rejected,
            "the upstream refused the request (400): bad key …",
        ),
        Fault {
            requests: 0,
            ..Fault::new(
                "nobody listens",
                |_| Vec::new(),
                Refused,
                "no connection to the upstream: it refused, or its name is unknown",
            )
        },
        Fault::new("closed at once", |_| vec![Vec::new()], Cut, "the upstream broke off before the end of its answer"),
        Fault {
            ahead: Ahead::OnceAsked,
            ..Fault::new(
                "silent from the start",
                |_| vec![vec![Step::Stall]],
                TimedOut,
                "the upstream took too long: no first byte in time",
            )
        },
        Fault {
            ahead: Ahead::OnceAsked,
            ..Fault::new(
                "silent behind the head",
                |_| vec![vec![head(), Step::Stall]],
                TimedOut,
                "the upstream took too long: no first byte in time",
            )
        },
        Fault {
            ahead: Ahead::OnceWordsCame,
            said: "So",
            ..Fault::new(
                "silent in the middle",
                |dialect| begun(dialect, vec![Step::Stall]),
                TimedOut,
                "the upstream took too long: it fell silent in the middle",
            )
        },
        Fault {
            said: "So",
            ..Fault::new(
                "cut in the middle",
                |dialect| begun(dialect, Vec::new()),
                Cut,
                "the upstream broke off before the end of its answer",
            )
        },
        Fault {
            said: "So",
            ..Fault::new(
                "broken JSON",
                |dialect| begun(dialect, vec![event(&format!("{{\"{}", KEY.replace('"', "")))]),
                Malformed,
                "the upstream sent something that cannot be read: EOF while parsing a string at line 1 column 19",
            )
        },
        Fault {
            said: "So",
            ..Fault::new(
                "no object",
                |dialect| begun(dialect, vec![event("[1]")]),
                Malformed,
                "the upstream sent something that cannot be read: an event is no object",
            )
        },
        Fault {
            said: "So",
            ..Fault::new(
                "a line of 10 MB",
                |dialect| begun(dialect, vec![event(&"x".repeat(10 << 20))]),
                Malformed,
                "the upstream sent too much: a line is too long",
            )
        },
        Fault::new(
            "no words",
            |dialect| vec![[vec![head()], dialect.beginning(), dialect.ending()].concat()],
            Empty,
            "the upstream sent an empty answer",
        ),
        Fault::new(
            "another content type",
            |_| vec![vec![response(200, &format!("content-type: application/{KEY}\r\n"), "{}")]],
            Malformed,
            "the upstream sent `application/…` instead of text/event-stream",
        ),
        Fault::new(
            "a web page",
            |_| vec![vec![response(200, "content-type: text/html\r\n", "<h1>Sign in</h1>")]],
            Malformed,
            "the upstream sent `text/html` instead of text/event-stream",
        ),
        Fault {
            said: "So",
            ..Fault::new(
                "an error in the middle",
                |dialect| begun(dialect, vec![dialect.error(&format!("no more of {KEY}"))]),
                Reported,
                "the upstream reported an error: no more of …",
            )
        },
        Fault::new(
            "a key behind much else",
            |_| vec![vec![response(401, "", &format!("{}{KEY}", "x".repeat(290)))]],
            Rejected,
            // The key is taken out before the text is cut off.
            concat!(
                "the upstream refused the request (401): ",
                "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
                "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…"
            ),
        ),
        Fault::new(
            "a redirect",
            |_| vec![vec![response(307, "location: http://elsewhere/\r\n", "")]],
            Rejected,
            "the upstream refused the request (307): ",
        ),
    ]
}

async fn meet(dialect: Dialect, fault: &Fault) {
    let scripts = (fault.does)(dialect);
    let listens = !scripts.is_empty();
    let fake = Fake::start(if listens { scripts } else { vec![Vec::new()] }).await;
    let base_url = if listens { fake.base_url.clone() } else { nobody() };
    let upstream = upstream(dialect, &base_url);
    if fault.ahead == Ahead::OnceAsked {
        let asked = std::sync::Arc::clone(&fake.asked);
        tokio::spawn(async move {
            asked.notified().await;
            tokio::time::pause();
        });
    }
    let heard = ask(&upstream, fault.ahead == Ahead::OnceWordsCame).await;
    let row = format!("{dialect:?}, {}", fault.name);
    let error = heard.error.unwrap_or_else(|| panic!("{row}: no error"));
    assert_eq!((heard.said.as_str(), error.to_string().as_str()), (fault.said, fault.error), "{row}: {error:?}");
    assert_eq!((error.kind(), heard.end), (fault.kind, None), "{row}");
    assert_eq!(fake.requests.lock().unwrap().len(), fault.requests, "{row}");
    let statistics = upstream.statistics();
    assert_eq!(statistics.last_error.as_ref().map(|last| last.text.as_str()), Some(fault.error), "{row}");
    assert_eq!(statistics.failures.values().sum::<u64>(), statistics.attempts, "{row}");
    let all = format!("{} {statistics:?} {upstream:?} {:?}", everything(&error), upstream.config());
    for part in [KEY, &KEY[..8], &serde_json::json!(KEY).to_string()] {
        assert!(!all.contains(part), "{row}: {all}");
    }
}

/// An address at which nobody listens.
fn nobody() -> String {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}/v1", free.local_addr().unwrap())
}

fn meets_every_fault(dialect: Dialect) {
    for fault in faults() {
        // A runtime each, because a clock that runs ahead does so for all of one.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(meet(dialect, &fault));
    }
}

#[test]
fn openai_chat_meets_every_fault() {
    meets_every_fault(Dialect::OpenaiChat);
}

#[test]
fn openai_responses_meets_every_fault() {
    meets_every_fault(Dialect::OpenaiResponses);
}

#[test]
fn anthropic_meets_every_fault() {
    meets_every_fault(Dialect::Anthropic);
}

#[test]
fn gemini_meets_every_fault() {
    meets_every_fault(Dialect::Gemini);
}

#[tokio::test]
async fn a_fault_that_is_not_repeated_is_not_noticed() {
    for dialect in Dialect::ALL {
        let fake = Fake::start(vec![vec![response(503, "", "")], dialect.answer("Yes")]).await;
        let upstream = upstream(dialect, &fake.base_url);
        let heard = ask(&upstream, false).await;
        assert_eq!((heard.said.as_str(), heard.end), ("Yes", Some(End::Stop)), "{dialect:?} {heard:?}");
        let statistics = upstream.statistics();
        assert_eq!((statistics.attempts, statistics.answers), (2, 1));
        assert_eq!(statistics.failures.get(&FailureKind::Server), Some(&1));
        assert_eq!(statistics.first_word.unwrap().answers, 1);
    }
}
