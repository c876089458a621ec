//! An upstream that does as it is told, on a local port.
#![allow(dead_code, reason = "tests and benchmark use different parts")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a fake that cannot serve fails its test")]

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

/// An event with some words.
pub(crate) fn words(text: &str) -> Step {
    let data = serde_json::json!({ "choices": [{ "index": 0, "delta": { "content": text }, "finish_reason": null }] });
    event(&data.to_string())
}

/// An event with any data.
pub(crate) fn event(data: &str) -> Step {
    Step::Send(format!("data: {data}\n\n").into_bytes())
}

/// The proper end.
pub(crate) fn done() -> Step {
    event("[DONE]")
}
