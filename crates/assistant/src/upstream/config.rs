//! Where a model is, how it is spoken to, and how long it may take.

use super::dialect::Dialect;
use super::prices::Prices;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;
use utoipa::ToSchema;

/// One upstream: an endpoint and a model at it.
#[derive(Clone, Debug, PartialEq)]
pub struct UpstreamConfig {
    /// What it is called here, in settings, logs and statistics.
    pub name: String,
    /// How it is spoken to.
    pub dialect: Dialect,
    /// What the dialect's paths are appended to, version included, such as `https://api.example.com/v1`.
    pub base_url: String,
    /// Sent in the header that `key_header` names.
    pub key: Option<Secret>,
    /// Where the key goes.
    pub key_header: KeyHeader,
    /// The model's name at the upstream.
    pub model: String,
    /// Most tokens of an answer; some dialects cannot do without and get [`Dialect::usual_max_tokens`].
    pub max_tokens: Option<u32>,
    /// How freely words are chosen; none leaves it to the upstream.
    pub temperature: Option<f64>,
    /// Chat completions only: asks for token counts, which a few older servers refuse.
    pub ask_usage: bool,
    /// Chat completions only: the limit of tokens under its newer name, `max_completion_tokens`.
    pub newer_limit_name: bool,
    /// What tokens cost.
    pub prices: Prices,
    /// Limits of every answer.
    pub limits: Limits,
}

impl UpstreamConfig {
    /// Chat completions without a key, and nothing that was not said.
    pub fn new(name: impl Into<String>, base_url: impl Into<String>, model: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            dialect: Dialect::OpenaiChat,
            base_url: base_url.into(),
            key: None,
            key_header: KeyHeader::Bearer,
            model: model.into(),
            max_tokens: None,
            temperature: None,
            ask_usage: true,
            newer_limit_name: false,
            prices: Prices::default(),
            limits: Limits::default(),
        }
    }
}

/// The header that carries the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KeyHeader {
    /// `Authorization: Bearer …`
    Bearer,
    /// `x-api-key: …`
    XApiKey,
    /// `x-goog-api-key: …`
    XGoogApiKey,
    /// `api-key: …`
    ApiKey,
}

impl KeyHeader {
    /// The header's name, and what stands in it before the key.
    pub(super) fn parts(self) -> (&'static str, &'static str) {
        match self {
            Self::Bearer => ("authorization", "Bearer "),
            Self::XApiKey => ("x-api-key", ""),
            Self::XGoogApiKey => ("x-goog-api-key", ""),
            Self::ApiKey => ("api-key", ""),
        }
    }
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
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps the text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for the header that carries it.
    pub(super) fn tell(&self) -> &str {
        &self.0
    }

    /// A text without this one: some upstreams repeat the key in their complaint about it.
    pub(super) fn gone_from(&self, text: &str) -> String {
        if self.0.is_empty() { text.to_owned() } else { text.replace(&self.0, "…") }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}
