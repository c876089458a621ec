//! One upstream: an endpoint with a live model at it, asked under limits and left alone while it keeps failing.

mod address;
mod breaker;
mod config;
mod dialect;
mod error;
mod preset;
mod prices;
mod retry;
mod statistics;
mod thinking;
mod usage;
mod watch;
mod words;

pub use breaker::BreakerState;
pub use config::{KeyHeader, Limits, Secret, UpstreamConfig};
pub use dialect::{Dialect, End};
pub use error::{About, FailureKind, Size, UpstreamError, Wait};
pub use preset::Preset;
pub use prices::Prices;
pub use statistics::{FirstWord, LastError, Statistics};
pub use usage::Usage;

use crate::messages::{Message, Role};
use dialect::{Request, Wanted};
use futures_util::{Stream, StreamExt};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Response, StatusCode, Url};
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::time::{Sleep, sleep, timeout};
use watch::{Watch, Watched};
use words::{Clocks, Expected};

/// An answer as it arrives: its words, its token counts once, and its end; or an error in place of the end, with token
/// counts before it where there is something to count.
pub type AnswerStream = Pin<Box<dyn Stream<Item = Result<Piece, UpstreamError>> + Send>>;

/// A piece of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Words to show.
    Words(String),
    /// What it took.
    Usage(Usage),
    /// It is whole.
    End(End),
}

/// What an upstream must not find out by itself.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances {
    /// Added to the wait before a second try, so that many sessions do not come back at once.
    pub jitter: Duration,
    /// The time of day, with which dates of upstreams are compared.
    pub now: SystemTime,
}

/// Room for a word, also where a dialect or a model asks for more than that.
const TEST_TOKENS: u32 = 64;
const TEST: &str = "Reply with the word ok.";

/// A client of one upstream.
#[derive(Debug)]
pub struct Upstream {
    client: Client,
    base: Url,
    config: UpstreamConfig,
    watch: Arc<Watch>,
}

/// A response whose body is to be read, and the clock of its first byte.
type Opened = (Response, Pin<Box<Sleep>>);

impl Upstream {
    /// Makes the client; refuses addresses and keys that cannot work. Nothing is sent yet.
    pub fn new(config: UpstreamConfig) -> Result<Self, UpstreamError> {
        let base = address::base(&config.base_url)?;
        let client = address::client(&base, &config)?;
        Ok(Self { client, base, config, watch: Watch::start() })
    }

    /// Whether it is asked in the same way as another, at whatever prices.
    pub fn is_asked_like(&self, other: &Self) -> bool {
        UpstreamConfig { prices: self.config.prices, ..other.config.clone() } == self.config
    }

    /// The same in the place of another: where it is asked like that one, what is known of that one stays.
    pub fn in_place_of(&self, other: &Self) -> Self {
        let known = if self.is_asked_like(other) { other } else { self };
        let Self { client, base, config, .. } = self;
        Self { client: client.clone(), base: base.clone(), config: config.clone(), watch: Arc::clone(&known.watch) }
    }

    /// What it is called here.
    pub fn name(&self) -> &str {
        &self.config.name
    }

    /// How it is set up; the key in it does not show.
    pub fn config(&self) -> &UpstreamConfig {
        &self.config
    }

    /// What became of the requests so far.
    pub fn statistics(&self) -> Statistics {
        self.watch.statistics()
    }

    /// Asks the model. Before the first byte, a refused connection, 429 and 5xx are tried once more, after the jitter
    /// or what the upstream asks for in `Retry-After`, up to five seconds. Dropping the stream ends the request.
    pub async fn stream(
        &self,
        messages: &[Message],
        circumstances: Circumstances,
    ) -> Result<AnswerStream, UpstreamError> {
        let watched = self.watch.admit()?;
        let retry = (!watched.is_scout()).then_some(circumstances.jitter);
        self.answer(watched, messages, self.config.max_tokens, retry, circumstances.now).await
    }

    /// Asks for one word, to see whether it works; also while it is left alone, and a success ends that. Gives the time
    /// to the first word, or to the end where a model thought for as long as it was let.
    pub async fn test(&self, now: SystemTime) -> Result<Duration, UpstreamError> {
        let watched = self.watch.admit_by_hand();
        let asked = tokio::time::Instant::now();
        let message = Message { role: Role::User, content: TEST.to_owned() };
        let mut answer = self.answer(watched, &[message], Some(TEST_TOKENS), None, now).await?;
        let mut first = None;
        while let Some(piece) = answer.next().await {
            match piece {
                Ok(_) => first = first.or_else(|| Some(asked.elapsed())),
                Err(UpstreamError::Empty(End::Length)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(first.unwrap_or_else(|| asked.elapsed()))
    }

    async fn answer(
        &self,
        mut watched: Watched,
        messages: &[Message],
        max_tokens: Option<u32>,
        retry: Option<Duration>,
        now: SystemTime,
    ) -> Result<AnswerStream, UpstreamError> {
        let request = self.request(messages, max_tokens);
        let mut total = Box::pin(sleep(self.config.limits.total));
        let opened = tokio::select! {
            biased;
            opened = self.open(&watched, &request, retry, now) => opened,
            () = &mut total => Err(UpstreamError::TimedOut(Wait::Total)),
        };
        let (response, first_byte) = opened.inspect_err(|error| watched.failed(error))?;
        let clocks = Clocks { first_byte, total, idle: self.config.limits.idle };
        let expected = Expected {
            dialect: self.config.dialect,
            limits: self.config.limits,
            key: self.config.key.clone(),
            prompt_tokens: Usage::of_messages(messages),
        };
        Ok(watched.stream(words::words(response.bytes_stream(), clocks, expected)))
    }

    fn request(&self, messages: &[Message], max_tokens: Option<u32>) -> Request {
        self.config.dialect.request(&Wanted {
            model: &self.config.model,
            messages,
            max_tokens,
            temperature: self.config.temperature,
            ask_usage: self.config.ask_usage,
            newer_limit_name: self.config.newer_limit_name,
        })
    }

    async fn open(
        &self,
        watched: &Watched,
        request: &Request,
        retry: Option<Duration>,
        now: SystemTime,
    ) -> Result<Opened, UpstreamError> {
        let error = match self.attempt(watched, request, now).await {
            Err(error) => error,
            opened => return opened,
        };
        let Some(wait) = retry.and_then(|jitter| retry::wait(&error, jitter)) else { return Err(error) };
        watched.stumbled(&error);
        sleep(wait).await;
        self.attempt(watched, request, now).await
    }

    async fn attempt(&self, watched: &Watched, request: &Request, now: SystemTime) -> Result<Opened, UpstreamError> {
        watched.attempt();
        let mut first_byte = Box::pin(sleep(self.config.limits.first_byte));
        let mut sending = self.client.post(address::of(&self.base, request)).body(request.body.to_string());
        for (name, value) in request.headers {
            sending = sending.header(*name, *value);
        }
        let sent = tokio::select! {
            biased;
            sent = sending.send() => sent,
            () = &mut first_byte => return Err(UpstreamError::TimedOut(Wait::FirstByte)),
        };
        let response = sent.map_err(unsent)?;
        let opened = match response.status() {
            StatusCode::OK => event_stream(response).map(|response| (response, first_byte)),
            status => Err(self.refusal(status, response, now + watched.age()).await),
        };
        opened.map_err(|error| error.tidied(self.config.key.as_ref()))
    }

    async fn refusal(&self, status: StatusCode, response: Response, now: SystemTime) -> UpstreamError {
        let retry_after = retry::retry_after(response.headers(), now);
        let read = timeout(self.config.limits.idle, retry::beginning(response)).await;
        retry::refusal(status, retry_after, &read.unwrap_or_default())
    }
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
    Err(UpstreamError::ContentType { got: header.to_owned() })
}
