//! Models as admins read them. Times that passed are milliseconds.

use super::{Entry, Unfit};
use assistant::{
    BreakerState, Dialect, FailureKind, FirstWord, KeyHeader, LastError, Preset, Statistics, UpstreamError,
};
use serde::Serialize;
use std::time::Duration;
use utoipa::ToSchema;

/// Where a model is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ModelFrom {
    /// In the settings file, which wins and is changed by hand.
    File,
    /// On the page.
    Page,
}

/// A live model as it is listed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ModelView {
    /// As a session is set up with it.
    pub name: String,
    /// Where it is written down.
    pub from: ModelFrom,
    /// Changes whenever anything that is written about it does; whoever changes it says which one they read.
    pub version: String,
    /// What kind of upstream it is, where that was said.
    pub preset: Option<Preset>,
    /// How it is spoken to.
    pub dialect: Dialect,
    /// Where it is.
    pub base_url: Option<String>,
    /// As the upstream knows it.
    pub model: String,
    /// Where its key is.
    pub key: KeyPlace,
    /// Whether no key is there.
    pub key_missing: bool,
    /// The header that the key goes into, where that was said.
    pub key_header: Option<KeyHeader>,
    /// Most tokens of an answer, where that was said.
    pub max_tokens: Option<u32>,
    /// How freely words are chosen, where that was said.
    pub temperature: Option<f64>,
    /// Whether chat completions are asked for token counts, where that was said.
    pub ask_usage: Option<bool>,
    /// Who is asked when it fails, in order.
    pub fallback: Vec<String>,
    /// Price of a million tokens read.
    pub price_in: Option<f64>,
    /// Price of a million tokens written.
    pub price_out: Option<f64>,
    /// Why it cannot be asked.
    pub trouble: Option<Trouble>,
    /// What became of the requests to it; none where it cannot be asked.
    pub upstream: Option<UpstreamView>,
}

/// Where a model's key is; never the key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "in", content = "name", rename_all = "snake_case")]
pub enum KeyPlace {
    /// No key is sent.
    Nowhere,
    /// In a variable of the server's environment.
    Environment(String),
    /// In a file.
    File(String),
}

/// What is wrong, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Trouble {
    /// What is wrong.
    pub cause: String,
    /// What to do about it.
    pub remedy: String,
}

/// What became of the requests to an upstream since the server started.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct UpstreamView {
    /// Whether it is asked.
    pub breaker: BreakerView,
    /// Requests sent, second tries and tests included.
    pub attempts: u64,
    /// Answers that came whole.
    pub answers: u64,
    /// Requests that failed.
    pub failures: Vec<FailureCount>,
    /// The newest failure.
    pub last_error: Option<LastErrorView>,
    /// Of the newest hundred answers.
    pub first_word: Option<TimeToFirstWord>,
}

/// Whether an upstream is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum BreakerView {
    /// It is.
    Closed {
        /// Failures in a row.
        failures: u32,
    },
    /// It is left alone.
    Open {
        /// For so long; nought when the next prompt finds out.
        left_ms: u64,
    },
    /// One prompt is on its way to find out.
    HalfOpen,
}

/// How often something went wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FailureCount {
    /// What.
    pub kind: FailureKind,
    /// How often.
    pub count: u64,
}

/// The newest failure of an upstream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LastErrorView {
    /// What it was, without the key.
    pub text: String,
    /// How long ago.
    pub ago_ms: u64,
}

/// Time from asking to the first word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TimeToFirstWord {
    /// Half of the answers were faster.
    pub median_ms: u64,
    /// Nineteen of twenty were no slower.
    pub p95_ms: u64,
    /// The slowest of them.
    pub slowest_ms: u64,
    /// Of so many answers.
    pub answers: usize,
}

/// What came of asking one upstream for a word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct UpstreamTest {
    /// The upstream.
    pub upstream: String,
    /// Time to its first word; none when there was none.
    pub first_word_ms: Option<u64>,
    /// Why there was none.
    pub trouble: Option<Trouble>,
}

/// What is known about a common kind of upstream.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct PresetView {
    /// Which.
    pub preset: Preset,
    /// How it is spoken to.
    pub dialect: Dialect,
    /// Where it is; none where that differs from customer to customer.
    pub base_url: Option<&'static str>,
    /// The header that its keys go into; none: as the dialect says.
    pub key_header: Option<KeyHeader>,
}

/// What holds for a dialect where nothing else is said.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct DialectView {
    /// Which.
    pub dialect: Dialect,
    /// The header that keys go into.
    pub key_header: KeyHeader,
    /// Most tokens of an answer; none: the upstream decides.
    pub max_tokens: Option<u32>,
}

/// All presets.
pub fn presets() -> Vec<PresetView> {
    let view = |preset: Preset| PresetView {
        preset,
        dialect: preset.dialect(),
        base_url: preset.base_url(),
        key_header: preset.key_header(),
    };
    Preset::ALL.into_iter().map(view).collect()
}

/// All dialects.
pub fn dialects() -> Vec<DialectView> {
    let view = |dialect: Dialect| DialectView {
        dialect,
        key_header: dialect.key_header(),
        max_tokens: dialect.usual_max_tokens(),
    };
    Dialect::ALL.into_iter().map(view).collect()
}

impl Entry {
    pub(super) fn view(&self) -> ModelView {
        let written = &self.written;
        let key = match (&written.key_env, &written.key_file) {
            (Some(name), _) => KeyPlace::Environment(name.clone()),
            (None, Some(file)) => KeyPlace::File(file.display().to_string()),
            (None, None) => KeyPlace::Nowhere,
        };
        ModelView {
            name: written.name.clone(),
            from: self.from,
            version: self.version(),
            preset: written.preset,
            dialect: written.dialect(),
            base_url: written.base_url().map(str::to_owned),
            model: written.model.clone(),
            key,
            key_missing: matches!(self.upstream, Err(Unfit::NoKey { .. })),
            key_header: written.key_header,
            max_tokens: written.max_tokens,
            temperature: written.temperature,
            ask_usage: written.ask_usage,
            fallback: written.fallback.clone(),
            price_in: written.price_in,
            price_out: written.price_out,
            trouble: self.upstream.as_ref().err().map(Trouble::from),
            upstream: self.upstream.as_ref().ok().map(|upstream| upstream.statistics().into()),
        }
    }
}

impl From<Statistics> for UpstreamView {
    fn from(known: Statistics) -> Self {
        let failures = known.failures.into_iter().map(|(kind, count)| FailureCount { kind, count });
        Self {
            breaker: known.breaker.into(),
            attempts: known.attempts,
            answers: known.answers,
            failures: failures.collect(),
            last_error: known.last_error.map(|LastError { text, ago }| LastErrorView { text, ago_ms: millis(ago) }),
            first_word: known.first_word.map(|FirstWord { median, p95, slowest, answers }| TimeToFirstWord {
                median_ms: millis(median),
                p95_ms: millis(p95),
                slowest_ms: millis(slowest),
                answers,
            }),
        }
    }
}

impl From<BreakerState> for BreakerView {
    fn from(state: BreakerState) -> Self {
        match state {
            BreakerState::Closed { failures } => Self::Closed { failures },
            BreakerState::Open { left } => Self::Open { left_ms: millis(left) },
            BreakerState::HalfOpen => Self::HalfOpen,
        }
    }
}

impl From<&Unfit> for Trouble {
    fn from(unfit: &Unfit) -> Self {
        Self { cause: unfit.to_string(), remedy: unfit.remedy().to_owned() }
    }
}

impl From<&UpstreamError> for Trouble {
    fn from(error: &UpstreamError) -> Self {
        Self { cause: error.to_string(), remedy: error.remedy().to_owned() }
    }
}

impl UpstreamTest {
    pub(super) fn passed(upstream: &str, first_word: Duration) -> Self {
        Self { upstream: upstream.to_owned(), first_word_ms: Some(millis(first_word)), trouble: None }
    }

    pub(super) fn failed(upstream: &str, trouble: Trouble) -> Self {
        Self { upstream: upstream.to_owned(), first_word_ms: None, trouble: Some(trouble) }
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
