//! How upstreams are spoken to: for each dialect, what a request looks like and what one event of its answer says.
//! Both are pure; events and fields that a dialect does not know are passed by.

mod anthropic;
mod chat;
mod gemini;
mod responses;

use super::config::KeyHeader;
use super::error::UpstreamError;
use super::usage::Told;
use crate::messages::{Message, Role};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// How an upstream is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Dialect {
    /// OpenAI's chat completions, which most servers speak.
    OpenaiChat,
    /// OpenAI's responses.
    OpenaiResponses,
    /// Anthropic's messages.
    Anthropic,
    /// Gemini's `streamGenerateContent`.
    Gemini,
}

impl Dialect {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::OpenaiChat, Self::OpenaiResponses, Self::Anthropic, Self::Gemini];
    /// Where its keys usually go.
    pub fn key_header(self) -> KeyHeader {
        match self {
            Self::OpenaiChat | Self::OpenaiResponses => KeyHeader::Bearer,
            Self::Anthropic => KeyHeader::XApiKey,
            Self::Gemini => KeyHeader::XGoogApiKey,
        }
    }

    /// Most tokens of an answer where none are given; none leaves it to the upstream.
    pub fn usual_max_tokens(self) -> Option<u32> {
        match self {
            Self::Anthropic => Some(anthropic::USUAL_MAX_TOKENS),
            Self::OpenaiChat | Self::OpenaiResponses | Self::Gemini => None,
        }
    }

    /// What is sent.
    pub(super) fn request(self, wanted: &Wanted<'_>) -> Request {
        match self {
            Self::OpenaiChat => chat::request(wanted),
            Self::OpenaiResponses => responses::request(wanted),
            Self::Anthropic => anthropic::request(wanted),
            Self::Gemini => gemini::request(wanted),
        }
    }

    /// What one event of the answer says.
    pub(super) fn read(self, data: &str) -> Result<Read, UpstreamError> {
        if data.trim() == chat::DONE {
            // Proxies send it in other dialects too, where it proves nothing.
            let mark = if self == Self::OpenaiChat { Mark::Last } else { Mark::None };
            return Ok(Read { mark, ..Read::default() });
        }
        let event: Value = serde_json::from_str(data).map_err(|error| malformed(&error.to_string()))?;
        if !event.is_object() {
            return Err(malformed("an event is no object"));
        }
        // Proxies report their own faults in this form, whatever the dialect.
        if let Some(error) = event.get("error").filter(|error| !error.is_null()) {
            return Err(reported(error));
        }
        match self {
            Self::OpenaiChat => chat::read(&event),
            Self::OpenaiResponses => responses::read(&event),
            Self::Anthropic => anthropic::read(&event),
            Self::Gemini => gemini::read(&event),
        }
    }
}

/// What is asked of a model, in no dialect yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'a> {
    pub(super) model: &'a str,
    pub(super) messages: &'a [Message],
    pub(super) max_tokens: Option<u32>,
    pub(super) temperature: Option<f64>,
    pub(super) ask_usage: bool,
    pub(super) newer_limit_name: bool,
}

/// What is sent, without address and key.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Request {
    /// Segments behind the base address.
    pub(super) path: Vec<String>,
    pub(super) query: Option<&'static str>,
    pub(super) headers: &'static [(&'static str, &'static str)],
    pub(super) body: Value,
}

/// What one event says; nothing of it by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Read {
    /// Words to show.
    pub(super) words: String,
    pub(super) told: Told,
    /// How the answer ends, where that is said; an ordinary end need not be.
    pub(super) end: Option<End>,
    pub(super) mark: Mark,
}

/// Whether an event is a dialect's mark of the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Mark {
    #[default]
    None,
    /// The answer is whole; token counts may follow.
    Whole,
    /// Nothing follows.
    Last,
}

/// How an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The model had said everything.
    Stop,
    /// The limit of tokens was reached.
    Length,
    /// The model declined to answer.
    Refused,
    /// A filter of the upstream took the answer, or the rest of it, away.
    Filtered,
}

fn malformed(why: &str) -> UpstreamError {
    UpstreamError::Malformed { why: why.to_owned() }
}

fn reported(error: &Value) -> UpstreamError {
    UpstreamError::Reported { detail: message(error).unwrap_or("without a message").to_owned() }
}

/// The words of an error object, or of an error that is a text.
pub(super) fn message(error: &Value) -> Option<&str> {
    error.get("message").unwrap_or(error).as_str()
}

/// The text at a place; empty where nothing is.
fn text(event: &Value, place: &str) -> Result<String, UpstreamError> {
    match event.pointer(place) {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::String(text)) => Ok(text.clone()),
        Some(_) => Err(malformed("what should be words is no text")),
    }
}

/// The sum of the counts under several names; none where none of them is there.
fn count(usage: Option<&Value>, names: &[&str]) -> Option<u64> {
    let counts = names.iter().filter_map(|name| usage?.get(name)?.as_u64());
    counts.reduce(u64::saturating_add)
}

/// The orders apart from the conversation, in which nobody speaks twice in a row.
fn turns(messages: &[Message]) -> (String, Vec<Message>) {
    let mut orders: Vec<&str> = Vec::new();
    let mut turns: Vec<Message> = Vec::new();
    for message in messages {
        match turns.last_mut() {
            _ if message.role == Role::System => orders.push(&message.content),
            Some(last) if last.role == message.role => {
                last.content.push_str("\n\n");
                last.content.push_str(&message.content);
            }
            _ => turns.push(message.clone()),
        }
    }
    (orders.join("\n\n"), turns)
}

#[cfg(test)]
mod tests;
