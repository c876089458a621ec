//! An upstream that does as it is told, on a local port.
#![allow(dead_code, reason = "tests and benchmark use different parts")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a fake that cannot serve fails its test")]

use assistant::Dialect;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// What the fake does on one connection after it has read the request.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Sends these bytes.
    Send(Vec<u8>),
    /// Does nothing more, and keeps the connection.
    Stall,
}

/// A running fake.
pub(crate) struct Fake {
    /// What to give as base address.
    pub(crate) base_url: String,
    /// Requests as they came in, head and body.
    pub(crate) requests: Arc<Mutex<Vec<String>>>,
    /// Told after each request was read.
    pub(crate) asked: Arc<Notify>,
}

impl Fake {
    /// Serves one script for each connection; the last one again and again. After its script the fake closes.
    pub(crate) async fn start(scripts: Vec<Vec<Step>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}/v1", listener.local_addr().unwrap());
        let (requests, asked) = (Arc::<Mutex<Vec<String>>>::default(), Arc::new(Notify::new()));
        let (log, bell) = (Arc::clone(&requests), Arc::clone(&asked));
        tokio::spawn(async move {
            for number in 0.. {
                let (socket, _) = listener.accept().await.unwrap();
                let script = scripts[number.min(scripts.len() - 1)].clone();
                tokio::spawn(serve(socket, script, Arc::clone(&log), Arc::clone(&bell)));
            }
        });
        Self { base_url, requests, asked }
    }
}

async fn serve(mut socket: TcpStream, script: Vec<Step>, log: Arc<Mutex<Vec<String>>>, bell: Arc<Notify>) {
    socket.set_nodelay(true).unwrap();
    let Some(request) = read(&mut socket).await else { return };
    log.lock().unwrap().push(request);
    bell.notify_one();
    for step in script {
        match step {
            Step::Send(bytes) => {
                if socket.write_all(&bytes).await.is_err() {
                    return;
                }
            }
            Step::Stall => std::future::pending().await,
        }
    }
}

async fn read(socket: &mut TcpStream) -> Option<String> {
    let mut request = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let length = socket.read(&mut piece).await.ok().filter(|length| *length > 0)?;
        request.extend_from_slice(&piece[..length]);
        let text = String::from_utf8_lossy(&request);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length =
                head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return Some(text.into_owned());
            }
        }
    }
}

/// A head for a stream of events that ends with the connection.
pub(crate) fn head() -> Step {
    Step::Send(
        b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\nconnection: close\r\n\r\n".to_vec(),
    )
}

/// A whole response with a status and a body.
pub(crate) fn response(status: u16, headers: &str, body: &str) -> Step {
    let length = body.len();
    let text =
        format!("HTTP/1.1 {status} Status\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n{body}");
    Step::Send(text.into_bytes())
}

/// Some words, and so on, in the dialect of chat completions.
pub(crate) fn words(text: &str) -> Step {
    Dialect::OpenaiChat.words(text)
}

/// An event with any data.
pub(crate) fn event(data: &str) -> Step {
    Step::Send(format!("data: {data}\n\n").into_bytes())
}

/// The proper end.
pub(crate) fn done() -> Step {
    event("[DONE]")
}

/// What an upstream says in its dialect.
pub(crate) trait Speech {
    /// The path of requests, behind the base address.
    fn path(&self) -> &'static str;
    /// What comes before the first word.
    fn beginning(&self) -> Vec<Step>;
    /// An event with some words.
    fn words(&self, text: &str) -> Step;
    /// An event with thoughts that are not to be shown.
    fn thought(&self, text: &str) -> Step;
    /// What comes behind the last word: 11 tokens read, 7 written.
    fn ending(&self) -> Vec<Step>;
    /// An error in place of the next words.
    fn error(&self, message: &str) -> Step;
    /// A whole answer.
    fn answer(&self, text: &str) -> Vec<Step> {
        [vec![head()], self.beginning(), vec![self.words(text)], self.ending()].concat()
    }
}

impl Speech for Dialect {
    fn path(&self) -> &'static str {
        match self {
            Self::OpenaiChat => "/chat/completions",
            Self::OpenaiResponses => "/responses",
            Self::Anthropic => "/messages",
            Self::Gemini => "/models/a-model:streamGenerateContent?alt=sse",
        }
    }

    fn beginning(&self) -> Vec<Step> {
        match self {
            Self::OpenaiChat => vec![chat(json!({ "role": "assistant", "content": "" }), Value::Null)],
            Self::OpenaiResponses => vec![
                typed(json!({ "type": "response.created", "response": { "status": "in_progress", "error": null } })),
                typed(json!({ "type": "response.output_item.added", "item": { "type": "message", "content": [] } })),
            ],
            Self::Anthropic => vec![
                typed(json!({ "type": "message_start",
                    "message": { "content": [], "usage": { "input_tokens": 11, "output_tokens": 1 } } })),
                typed(json!({ "type": "ping" })),
                typed(json!({ "type": "content_block_start", "index": 0,
                    "content_block": { "type": "text", "text": "" } })),
            ],
            Self::Gemini => Vec::new(),
        }
    }

    fn words(&self, text: &str) -> Step {
        match self {
            Self::OpenaiChat => chat(json!({ "content": text }), Value::Null),
            Self::OpenaiResponses => typed(json!({ "type": "response.output_text.delta", "delta": text })),
            Self::Anthropic => typed(json!({ "type": "content_block_delta", "index": 0,
                "delta": { "type": "text_delta", "text": text } })),
            Self::Gemini => gemini(json!({ "text": text })),
        }
    }

    fn thought(&self, text: &str) -> Step {
        match self {
            Self::OpenaiChat => chat(json!({ "content": null, "reasoning_content": text }), Value::Null),
            Self::OpenaiResponses => typed(json!({ "type": "response.reasoning_summary_text.delta", "delta": text })),
            Self::Anthropic => typed(json!({ "type": "content_block_delta", "index": 0,
                "delta": { "type": "thinking_delta", "thinking": text } })),
            Self::Gemini => gemini(json!({ "text": text, "thought": true })),
        }
    }

    fn ending(&self) -> Vec<Step> {
        match self {
            Self::OpenaiChat => vec![
                chat(json!({}), json!("stop")),
                event(&json!({ "choices": [], "usage": { "prompt_tokens": 11, "completion_tokens": 7 } }).to_string()),
                event("[DONE]"),
            ],
            Self::OpenaiResponses => vec![typed(json!({ "type": "response.completed",
                "response": { "status": "completed", "error": null,
                    "usage": { "input_tokens": 11, "output_tokens": 7 } } }))],
            Self::Anthropic => vec![
                typed(json!({ "type": "content_block_stop", "index": 0 })),
                typed(json!({ "type": "message_delta", "delta": { "stop_reason": "end_turn" },
                    "usage": { "output_tokens": 7 } })),
                typed(json!({ "type": "message_stop" })),
            ],
            Self::Gemini => vec![event(
                &json!({ "candidates": [{ "content": { "role": "model" }, "finishReason": "STOP" }],
                    "usageMetadata": { "promptTokenCount": 11, "candidatesTokenCount": 5, "thoughtsTokenCount": 2 } })
                .to_string(),
            )],
        }
    }

    fn error(&self, message: &str) -> Step {
        match self {
            Self::OpenaiChat => event(&json!({ "error": { "message": message, "type": "server_error" } }).to_string()),
            Self::OpenaiResponses => typed(json!({ "type": "response.failed",
                "response": { "status": "failed", "error": { "code": "server_error", "message": message } } })),
            Self::Anthropic => {
                typed(json!({ "type": "error", "error": { "type": "overloaded_error", "message": message } }))
            }
            Self::Gemini => event(&json!({ "error": { "code": 503, "message": message } }).to_string()),
        }
    }
}

fn chat(delta: Value, finish: Value) -> Step {
    event(&json!({ "choices": [{ "index": 0, "delta": delta, "finish_reason": finish }] }).to_string())
}

fn gemini(part: Value) -> Step {
    event(&json!({ "candidates": [{ "content": { "role": "model", "parts": [part] }, "index": 0 }] }).to_string())
}

/// An event with its name, as these dialects send it.
fn typed(data: Value) -> Step {
    let name = data["type"].as_str().unwrap();
    Step::Send(format!("event: {name}\ndata: {data}\n\n").into_bytes())
}
