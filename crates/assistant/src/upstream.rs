//! A live model behind an OpenAI-compatible endpoint, under limits.

mod error;
mod words;

pub use error::{Size, UpstreamError, Wait};

use crate::messages::Message;
use futures_util::Stream;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode, Url};
use serde_json::{Value, json};
use std::fmt;
use std::pin::Pin;
use std::sync::Once;
use std::time::Duration;
use tokio::time::{Sleep, sleep, timeout};

/// The words of an answer as they arrive. It ends after the last word, or with one error.
pub type AnswerStream = Pin<Box<dyn Stream<Item = Result<String, UpstreamError>> + Send>>;

/// So much of a refusal is read for the log, in bytes.
const DETAIL_BYTES: usize = 4096;
/// So much of it is kept, in characters.
const DETAIL_CHARACTERS: usize = 300;
/// An upstream that asks for more patience than this is not asked again.
const LONGEST_RETRY_WAIT: Duration = Duration::from_secs(5);
/// Connections are given up before a common server would close them.
const POOL_IDLE: Duration = Duration::from_secs(30);

/// A client of one model.
#[derive(Debug)]
pub struct Upstream {
    client: Client,
    address: Url,
    config: UpstreamConfig,
}

/// Where a model is and how long it may take.
#[derive(Clone, Debug)]
pub struct UpstreamConfig {
    /// What `/chat/completions` is appended to, such as `https://api.example.com/v1`.
    pub base_url: String,
    /// Sent as bearer token.
    pub key: Option<Secret>,
    /// The model's name at the upstream.
    pub model: String,
    /// Limits of every answer.
    pub limits: Limits,
}

/// Limits of one answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// To make a connection.
    pub connect: Duration,
    /// From sending a request to the first byte of its answer's body.
    pub first_byte: Duration,
    /// Between two pieces of the body.
    pub idle: Duration,
    /// All of it, a second try included.
    pub total: Duration,
    /// Bytes of one line, and of one event of several lines.
    pub line_bytes: usize,
    /// Bytes of the answer's words.
    pub answer_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            first_byte: Duration::from_secs(60),
            idle: Duration::from_secs(20),
            total: Duration::from_secs(180),
            line_bytes: 1 << 20,
            answer_bytes: 256 << 10,
        }
    }
}

/// A text that no log and no error message shows.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Wraps the text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Upstream {
    /// Makes the client; refuses addresses and keys that cannot work. Nothing is sent yet.
    pub fn new(config: UpstreamConfig) -> Result<Self, UpstreamError> {
        install_provider();
        let address = address(&config.base_url)?;
        let mut builder = Client::builder()
            .user_agent(concat!("caveat/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers(config.key.as_ref())?)
            // A redirect would carry prompts and key to a host that nobody configured.
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(config.limits.connect)
            .pool_idle_timeout(POOL_IDLE)
            .tcp_nodelay(true);
        if is_loopback(&address) {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(UpstreamError::Client)?;
        Ok(Self { client, address, config })
    }

    /// The model's name at the upstream.
    pub fn model(&self) -> &str {
        &self.config.model
    }

    /// Asks the model. Before the first byte, a refused connection, 429 and 5xx are tried once more, after `jitter`
    /// or what the upstream asks for in `Retry-After`, up to five seconds. Dropping the stream ends the request.
    pub async fn stream(&self, messages: Vec<Message>, jitter: Duration) -> Result<AnswerStream, UpstreamError> {
        let body = json!({ "model": self.config.model, "messages": messages, "stream": true }).to_string();
        let mut total = Box::pin(sleep(self.config.limits.total));
        let (response, first_byte) = tokio::select! {
            biased;
            opened = self.open(&body, jitter) => opened?,
            () = &mut total => return Err(UpstreamError::TimedOut(Wait::Total)),
        };
        let clocks = words::Clocks { first_byte, total, idle: self.config.limits.idle };
        Ok(Box::pin(words::words(response.bytes_stream(), clocks, self.config.limits)))
    }

    async fn open(&self, body: &str, jitter: Duration) -> Result<(Response, Pin<Box<Sleep>>), UpstreamError> {
        match self.attempt(body).await {
            Err(error) => match retry_wait(&error, jitter) {
                Some(wait) => {
                    sleep(wait).await;
                    self.attempt(body).await
                }
                None => Err(error),
            },
            opened => opened,
        }
    }

    async fn attempt(&self, body: &str) -> Result<(Response, Pin<Box<Sleep>>), UpstreamError> {
        let mut first_byte = Box::pin(sleep(self.config.limits.first_byte));
        let request = self.client.post(self.address.clone()).body(body.to_owned());
        let sent = tokio::select! {
            biased;
            sent = request.send() => sent,
            () = &mut first_byte => return Err(UpstreamError::TimedOut(Wait::FirstByte)),
        };
        let response = sent.map_err(unsent)?;
        match response.status() {
            StatusCode::OK => Ok((event_stream(response)?, first_byte)),
            status => Err(self.refusal(status, response).await),
        }
    }

    async fn refusal(&self, status: StatusCode, response: Response) -> UpstreamError {
        let retry_after = retry_after(response.headers());
        let read = timeout(self.config.limits.idle, beginning(response)).await;
        let detail = self.without_key(&detail(&read.unwrap_or_default()));
        match status {
            StatusCode::TOO_MANY_REQUESTS => UpstreamError::Busy { retry_after, detail },
            status if status.is_server_error() => {
                UpstreamError::Server { status: status.as_u16(), retry_after, detail }
            }
            status => UpstreamError::Rejected { status: status.as_u16(), detail },
        }
    }

    /// Some upstreams repeat the key in their complaint about it.
    fn without_key(&self, detail: &str) -> String {
        match &self.config.key {
            Some(Secret(key)) if !key.is_empty() => detail.replace(key.as_str(), "…"),
            _ => detail.to_owned(),
        }
    }
}

/// reqwest is built without a cryptography provider of its own, so that only ring is compiled.
fn install_provider() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        // An error says that the process has one already, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

fn address(base: &str) -> Result<Url, UpstreamError> {
    let bad = |why: &str| UpstreamError::Address { why: why.to_owned() };
    let joined = format!("{}/chat/completions", base.trim_end_matches('/'));
    let address = Url::parse(&joined).map_err(|error| bad(&error.to_string()))?;
    if !matches!(address.scheme(), "http" | "https") {
        return Err(bad("it must begin with http:// or https://"));
    }
    if !address.username().is_empty() || address.password().is_some() {
        return Err(bad("it holds a name or password; give the key apart"));
    }
    if address.query().is_some() || address.fragment().is_some() {
        return Err(bad("it holds a `?` or `#`; give the part before it"));
    }
    Ok(address)
}

fn is_loopback(address: &Url) -> bool {
    address.host_str().is_some_and(|host| {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || bare.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
    })
}

fn headers(key: Option<&Secret>) -> Result<HeaderMap, UpstreamError> {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("text/event-stream"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(Secret(key)) = key {
        let mut value = HeaderValue::from_str(&format!("Bearer {key}")).map_err(|_| UpstreamError::Key)?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    Ok(headers)
}

fn retry_wait(error: &UpstreamError, jitter: Duration) -> Option<Duration> {
    let asked = match error {
        UpstreamError::Refused(_) => Duration::ZERO,
        UpstreamError::Busy { retry_after, .. } | UpstreamError::Server { retry_after, .. } => {
            retry_after.unwrap_or_default()
        }
        _ => return None,
    };
    (asked <= LONGEST_RETRY_WAIT).then(|| asked.saturating_add(jitter).min(LONGEST_RETRY_WAIT))
}

/// Seconds only: a date would need a clock.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

fn unsent(error: reqwest::Error) -> UpstreamError {
    let error = error.without_url();
    if error.is_connect() && error.is_timeout() {
        UpstreamError::TimedOut(Wait::Connect)
    } else if error.is_connect() {
        UpstreamError::Refused(error)
    } else {
        UpstreamError::Cut(Some(error))
    }
}

fn event_stream(response: Response) -> Result<Response, UpstreamError> {
    let header = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("none");
    let kind = header.split(';').next().unwrap_or("").trim();
    if kind.eq_ignore_ascii_case("text/event-stream") {
        return Ok(response);
    }
    Err(UpstreamError::ContentType { got: header.chars().take(100).collect() })
}

async fn beginning(mut response: Response) -> Vec<u8> {
    let mut read = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        read.extend_from_slice(&chunk);
        if read.len() >= DETAIL_BYTES {
            read.truncate(DETAIL_BYTES);
            break;
        }
    }
    read
}

/// The message of an error object, or else the text itself, on one line.
fn detail(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let parsed = serde_json::from_str::<Value>(&text).ok();
    let message = parsed.as_ref().and_then(|value| words::message(value.get("error")?));
    let line = message.unwrap_or(&text).split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(DETAIL_CHARACTERS).collect()
}
