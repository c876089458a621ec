//! How an upstream that speaks chat completions can answer, or fail to. What all dialects have in common is in
//! `dialects.rs`.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod fake;

use assistant::{
    Circumstances, Limits, Message, Piece, Role, Secret, Size, Upstream, UpstreamConfig, UpstreamError, Wait,
};
use fake::{Fake, Step, done, event, head, response, words};
use futures_util::StreamExt;
use std::time::{Duration, SystemTime};
use tokio::net::{TcpSocket, TcpStream};

const KEY: &str = "sk-very-secret";

fn upstream(base_url: &str, limits: Limits) -> Upstream {
    let key = Some(Secret::new(KEY));
    Upstream::new(UpstreamConfig { key, limits, ..UpstreamConfig::new("fake", base_url, "a-model") }).unwrap()
}

fn after(jitter: Duration) -> Circumstances {
    Circumstances { jitter, now: SystemTime::UNIX_EPOCH }
}

fn prompt() -> Vec<Message> {
    vec![
        Message { role: Role::System, content: "Orders.".to_owned() },
        Message { role: Role::User, content: "What does `newest` do? 🦀".to_owned() },
    ]
}

/// All words, or the error and the words before it.
async fn ask(upstream: &Upstream) -> Result<String, (String, UpstreamError)> {
    let mut stream = match upstream.stream(&prompt(), after(Duration::ZERO)).await {
        Ok(stream) => stream,
        Err(error) => return Err((String::new(), error)),
    };
    let mut all = String::new();
    while let Some(piece) = stream.next().await {
        match piece {
            Ok(Piece::Words(words)) => all.push_str(&words),
            Ok(Piece::Usage(_) | Piece::End(_)) => {}
            Err(error) => {
                assert!(stream.next().await.is_none(), "nothing follows an error");
                return Err((all, error));
            }
        }
    }
    Ok(all)
}

/// Asks a fake that follows one script on every connection.
async fn told(script: Vec<Step>) -> Result<String, (String, UpstreamError)> {
    let fake = Fake::start(vec![script]).await;
    ask(&upstream(&fake.base_url, Limits::default())).await
}

async fn error(script: Vec<Step>) -> UpstreamError {
    told(script).await.unwrap_err().1
}

#[tokio::test]
async fn words_arrive_in_order_and_the_request_is_a_chat_completion() {
    let fake = Fake::start(vec![vec![head(), words("Hel"), words("lo 🦀"), done()]]).await;
    assert_eq!(ask(&upstream(&fake.base_url, Limits::default())).await.unwrap(), "Hello 🦀");
    let requests = fake.requests.lock().unwrap();
    let (head, body) = requests[0].split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /v1/chat/completions HTTP/1.1"), "{head}");
    assert!(head.to_lowercase().contains("authorization: bearer sk-very-secret"), "{head}");
    assert!(head.to_lowercase().contains("accept: text/event-stream"), "{head}");
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(
        body,
        serde_json::json!({
            "model": "a-model", "stream": true, "stream_options": { "include_usage": true },
            "messages": [
                { "role": "system", "content": "Orders." },
                { "role": "user", "content": "What does `newest` do? 🦀" },
            ],
        })
    );
}

#[tokio::test]
async fn words_arrive_before_the_answer_is_over() {
    let fake = Fake::start(vec![vec![head(), words("first"), Step::Stall]]).await;
    let upstream = upstream(&fake.base_url, Limits::default());
    let mut stream = upstream.stream(&prompt(), after(Duration::ZERO)).await.unwrap();
    assert_eq!(stream.next().await.unwrap().unwrap(), Piece::Words("first".to_owned()));
}

#[tokio::test]
async fn events_cut_at_any_byte_give_the_same_words() {
    let whole: Vec<u8> = [words("añ"), words("🦀 b"), done()]
        .into_iter()
        .flat_map(|step| match step {
            Step::Send(bytes) => bytes,
            Step::Stall => Vec::new(),
        })
        .collect();
    for size in [1, 2, 3, 7, 64] {
        let pieces = whole.chunks(size).map(|piece| Step::Send(piece.to_vec()));
        assert_eq!(told(std::iter::once(head()).chain(pieces).collect()).await.unwrap(), "añ🦀 b", "{size}");
    }
}

#[tokio::test]
async fn a_finish_reason_ends_an_answer_without_done() {
    let last = r#"{"choices":[{"delta":{"content":"."},"finish_reason":"stop"}]}"#;
    assert_eq!(told(vec![head(), words("Yes"), event(last)]).await.unwrap(), "Yes.");
}

#[tokio::test]
async fn comments_usage_and_roles_are_no_words() {
    let script = vec![
        head(),
        Step::Send(b": keep-alive\r\n\r\n".to_vec()),
        event(r#"{"choices":[{"delta":{"role":"assistant","content":null}}]}"#),
        words("Yes"),
        event(r#"{"choices":[],"usage":{"total_tokens":3}}"#),
        event(r#"{"choices":[{"delta":{}}],"error":null}"#),
        done(),
    ];
    assert_eq!(told(script).await.unwrap(), "Yes");
}

#[tokio::test]
async fn whatever_follows_the_end_changes_nothing() {
    assert_eq!(told(vec![head(), words("Yes"), done(), event("{broken")]).await.unwrap(), "Yes");
}

#[tokio::test]
async fn a_refused_connection_is_tried_once_more_and_then_named() {
    let address = {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        free.local_addr().unwrap()
    };
    let (said, error) = ask(&upstream(&format!("http://{address}/v1"), Limits::default())).await.unwrap_err();
    assert!(matches!(error, UpstreamError::Refused(_)), "{error:?}");
    assert_eq!(said, "");
}

#[tokio::test]
async fn a_429_keeps_its_retry_after_and_is_not_tried_again_when_that_is_long() {
    let fake =
        Fake::start(vec![vec![response(429, "retry-after: 17\r\n", r#"{"error":{"message":"slow down"}}"#)]]).await;
    let (_, error) = ask(&upstream(&fake.base_url, Limits::default())).await.unwrap_err();
    match error {
        UpstreamError::Busy { retry_after, detail } => {
            assert_eq!((retry_after, detail.as_str()), (Some(Duration::from_secs(17)), "slow down"));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(fake.requests.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_429_without_retry_after_is_tried_once_more() {
    let fake = Fake::start(vec![vec![response(429, "", "")], vec![head(), words("Yes"), done()]]).await;
    assert_eq!(ask(&upstream(&fake.base_url, Limits::default())).await.unwrap(), "Yes");
    assert_eq!(fake.requests.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn a_500_is_tried_once_more_and_no_more_than_that() {
    let fake = Fake::start(vec![vec![response(500, "", "out of order")]]).await;
    let (_, error) = ask(&upstream(&fake.base_url, Limits::default())).await.unwrap_err();
    assert!(
        matches!(&error, UpstreamError::Server { status: 500, detail, .. } if detail == "out of order"),
        "{error:?}"
    );
    assert_eq!(fake.requests.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn the_jitter_is_waited_before_the_second_try() {
    let fake = Fake::start(vec![vec![response(503, "", "")], vec![head(), words("Yes"), done()]]).await;
    let upstream = upstream(&fake.base_url, Limits::default());
    let running =
        tokio::spawn(async move { upstream.stream(&prompt(), after(Duration::from_secs(3))).await.map(|_| ()) });
    fake.asked.notified().await;
    tokio::time::pause();
    let before = tokio::time::Instant::now();
    // Time runs ahead only while everything waits, and the second request is on its way again after the jitter.
    tokio::time::timeout(Duration::from_secs(50), fake.asked.notified()).await.unwrap();
    assert!(before.elapsed() >= Duration::from_secs(3), "{:?}", before.elapsed());
    running.abort();
}

#[tokio::test]
async fn a_400_is_named_at_once_and_never_shows_the_key() {
    let body = format!(r#"{{"error":{{"message":"Incorrect API key: {KEY}"}}}}"#);
    let fake = Fake::start(vec![vec![response(401, "content-type: application/json\r\n", &body)]]).await;
    let (_, error) = ask(&upstream(&fake.base_url, Limits::default())).await.unwrap_err();
    assert!(matches!(error, UpstreamError::Rejected { status: 401, .. }), "{error:?}");
    assert!(error.to_string().contains("Incorrect API key"), "{error}");
    assert!(!format!("{error} {error:?}").contains(KEY));
    assert_eq!(fake.requests.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Fake::start(vec![vec![head(), words("No"), done()]]).await;
    let location = format!("location: {}/chat/completions\r\n", elsewhere.base_url);
    let error = error(vec![response(307, &location, "")]).await;
    assert!(matches!(error, UpstreamError::Rejected { status: 307, .. }), "{error:?}");
    assert!(elsewhere.requests.lock().unwrap().is_empty());
}

#[tokio::test]
async fn another_content_type_is_named() {
    let error = error(vec![response(200, "content-type: text/html\r\n", "<h1>Sign in</h1>")]).await;
    assert!(matches!(&error, UpstreamError::ContentType { got } if got == "text/html"), "{error:?}");
}

#[tokio::test]
async fn a_stream_that_ends_without_done_or_reason_is_cut() {
    let (said, error) = told(vec![head(), words("The reason is")]).await.unwrap_err();
    assert!(matches!(error, UpstreamError::Cut(_)), "{error:?}");
    assert_eq!(said, "The reason is");
}

#[tokio::test]
async fn a_connection_that_breaks_inside_a_body_of_known_length_is_cut() {
    let head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 9000\r\n\r\n".to_vec();
    let (said, error) = told(vec![Step::Send(head), words("The")]).await.unwrap_err();
    assert!(matches!(error, UpstreamError::Cut(Some(_))), "{error:?}");
    assert_eq!(said, "The");
}

#[tokio::test]
async fn a_connection_closed_before_any_response_is_cut() {
    let error = error(vec![]).await;
    assert!(matches!(error, UpstreamError::Cut(Some(_))), "{error:?}");
}

#[tokio::test]
async fn malformed_events_are_named() {
    for script in [
        vec![head(), event("{broken")],
        vec![head(), event("[1]")],
        vec![head(), event(r#"{"choices":[{"delta":{"content":7}}]}"#)],
        vec![head(), Step::Send(b"data: \xff\xfe\n\n".to_vec())],
    ] {
        let error = error(script).await;
        assert!(matches!(error, UpstreamError::Malformed { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn an_error_inside_the_stream_is_named() {
    let (said, error) =
        told(vec![head(), words("So"), event(r#"{"error":{"message":"overloaded"}}"#)]).await.unwrap_err();
    assert!(matches!(&error, UpstreamError::Reported { detail } if detail == "overloaded"), "{error:?}");
    assert_eq!(said, "So");
}

#[tokio::test]
async fn an_answer_without_a_word_is_named() {
    assert!(matches!(error(vec![head(), done()]).await, UpstreamError::Empty(_)));
}

#[tokio::test]
async fn a_line_beyond_its_limit_is_too_large() {
    let limits = Limits { line_bytes: 4096, ..Limits::default() };
    for ending in ["", "\ndata: "] {
        let endless = std::iter::repeat_n(Step::Send(format!("x{ending}").repeat(1000).into_bytes()), 6);
        let script = [head(), Step::Send(b"data: ".to_vec())].into_iter().chain(endless).collect();
        let fake = Fake::start(vec![script]).await;
        let (_, error) = ask(&upstream(&fake.base_url, limits)).await.unwrap_err();
        assert!(matches!(error, UpstreamError::TooLarge(Size::Line)), "{ending:?}: {error:?}");
    }
}

#[tokio::test]
async fn many_short_events_are_no_long_line() {
    let limits = Limits { line_bytes: 4096, ..Limits::default() };
    for line_end in ["\n\n", "\r\n\r\n"] {
        let data = r#"{"choices":[{"delta":{"content":"x"}}]}"#;
        let many = Step::Send(format!("data: {data}{line_end}").repeat(500).into_bytes());
        let fake = Fake::start(vec![vec![head(), many, done()]]).await;
        assert_eq!(ask(&upstream(&fake.base_url, limits)).await.unwrap(), "x".repeat(500));
    }
}

#[tokio::test]
async fn an_answer_beyond_its_limit_is_too_large() {
    let limits = Limits { answer_bytes: 100, ..Limits::default() };
    let fake = Fake::start(vec![vec![head(), words(&"a".repeat(60)), words(&"b".repeat(41)), done()]]).await;
    let (said, error) = ask(&upstream(&fake.base_url, limits)).await.unwrap_err();
    assert!(matches!(error, UpstreamError::TooLarge(Size::Answer)), "{error:?}");
    assert_eq!(said, "a".repeat(60));
}

#[tokio::test]
async fn an_upstream_without_a_first_byte_times_out() {
    for script in [vec![Step::Stall], vec![head(), Step::Stall]] {
        let fake = Fake::start(vec![script]).await;
        let upstream = upstream(&fake.base_url, Limits::default());
        let running = tokio::spawn(async move { ask(&upstream).await });
        fake.asked.notified().await;
        tokio::time::pause();
        let (_, error) = running.await.unwrap().unwrap_err();
        assert!(matches!(error, UpstreamError::TimedOut(Wait::FirstByte)), "{error:?}");
        tokio::time::resume();
    }
}

#[tokio::test]
async fn an_upstream_that_falls_silent_times_out() {
    let fake = Fake::start(vec![vec![head(), words("So"), Step::Stall]]).await;
    let upstream = upstream(&fake.base_url, Limits::default());
    let mut stream = upstream.stream(&prompt(), after(Duration::ZERO)).await.unwrap();
    assert_eq!(stream.next().await.unwrap().unwrap(), Piece::Words("So".to_owned()));
    tokio::time::pause();
    let before = tokio::time::Instant::now();
    assert!(matches!(stream.next().await.unwrap(), Ok(Piece::Usage(_))), "what was said is counted");
    let error = stream.next().await.unwrap().unwrap_err();
    assert!(matches!(error, UpstreamError::TimedOut(Wait::Idle)), "{error:?}");
    assert_eq!(before.elapsed().as_secs(), 20);
}

#[tokio::test]
async fn an_answer_that_does_not_end_times_out_in_total() {
    let limits = Limits { total: Duration::from_secs(19), ..Limits::default() };
    let fake = Fake::start(vec![vec![head(), words("So"), Step::Stall]]).await;
    let upstream = upstream(&fake.base_url, limits);
    let mut stream = upstream.stream(&prompt(), after(Duration::ZERO)).await.unwrap();
    assert_eq!(stream.next().await.unwrap().unwrap(), Piece::Words("So".to_owned()));
    tokio::time::pause();
    assert!(matches!(stream.next().await.unwrap(), Ok(Piece::Usage(_))), "what was said is counted");
    let error = stream.next().await.unwrap().unwrap_err();
    assert!(matches!(error, UpstreamError::TimedOut(Wait::Total)), "{error:?}");
}

#[tokio::test]
async fn a_host_that_takes_no_connection_times_out() {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    // Connections that nobody accepts fill the queue, and the next one hangs.
    let mut waiting = Vec::new();
    while let Ok(stream) = tokio::time::timeout(Duration::from_millis(50), TcpStream::connect(address)).await {
        waiting.push(stream.unwrap());
    }
    tokio::time::pause();
    let (_, error) = ask(&upstream(&format!("http://{address}/v1"), Limits::default())).await.unwrap_err();
    assert!(matches!(error, UpstreamError::TimedOut(Wait::Connect)), "{error:?}");
}

#[tokio::test]
async fn dropping_the_stream_closes_the_connection() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let upstream = upstream(&format!("http://{}/v1", listener.local_addr().unwrap()), Limits::default());
    let asking = tokio::spawn(async move { upstream.stream(&prompt(), after(Duration::ZERO)).await.map(|_| upstream) });
    let (mut socket, _) = listener.accept().await.unwrap();
    let (Step::Send(head), Step::Send(first)) = (head(), words("So")) else { panic!() };
    tokio::io::AsyncWriteExt::write_all(&mut socket, &[head, first].concat()).await.unwrap();
    let _still_alive = asking.await.unwrap().unwrap();
    let mut rest = Vec::new();
    let read =
        tokio::time::timeout(Duration::from_secs(5), tokio::io::AsyncReadExt::read_to_end(&mut socket, &mut rest));
    assert!(read.await.is_ok(), "the connection stays open");
}

#[test]
fn addresses_and_keys_that_cannot_work_are_refused() {
    let config = |base_url: &str, key: Option<&str>| UpstreamConfig {
        key: key.map(Secret::new),
        ..UpstreamConfig::new("m", base_url, "m")
    };
    for address in ["", "example.com/v1", "ftp://example.com", "http://user:pass@example.com/v1", "http://a/v1?key=x"] {
        let error = Upstream::new(config(address, None)).unwrap_err();
        assert!(matches!(error, UpstreamError::Address { .. }), "{address}: {error:?}");
        assert!(!error.to_string().contains("pass@"), "{error}");
    }
    let error = Upstream::new(config("http://localhost/v1", Some("a\nb"))).unwrap_err();
    assert!(matches!(error, UpstreamError::Key), "{error:?}");
}

#[test]
fn the_key_shows_in_no_debug_text() {
    let upstream = upstream("http://localhost:1/v1/", Limits::default());
    assert!(!format!("{upstream:?}").contains(KEY), "{upstream:?}");
    assert_eq!((upstream.name(), upstream.config().model.as_str()), ("fake", "a-model"));
}
