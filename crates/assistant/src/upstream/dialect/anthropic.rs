//! Anthropic's messages: typed events, a limit of tokens that must be given, the orders apart.

use super::{End, Mark, Read, Request, Wanted, count, text, turns};
use crate::upstream::error::UpstreamError;
use crate::upstream::usage::Told;
use serde_json::{Value, json};

const HEADERS: &[(&str, &str)] = &[("anthropic-version", "2023-06-01")];
/// What is read anew, written to a cache and read from one is counted apart.
const PROMPT: &[&str] = &["input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"];

/// Most tokens of an answer where nothing is said: there must be a number.
pub(super) const USUAL_MAX_TOKENS: u32 = 4096;

pub(super) fn request(wanted: &Wanted<'_>) -> Request {
    let (orders, turns) = turns(wanted.messages);
    let most = wanted.max_tokens.unwrap_or(USUAL_MAX_TOKENS);
    let mut body = json!({ "model": wanted.model, "max_tokens": most, "messages": turns, "stream": true });
    if !orders.is_empty() {
        body["system"] = json!(orders);
    }
    if let Some(temperature) = wanted.temperature {
        body["temperature"] = json!(temperature);
    }
    Request { path: vec!["messages".to_owned()], query: None, headers: HEADERS, body }
}

pub(super) fn read(event: &Value) -> Result<Read, UpstreamError> {
    match event.get("type").and_then(Value::as_str) {
        Some("message_start") => Ok(Read { told: told(event.pointer("/message/usage")), ..Read::default() }),
        Some("content_block_start") if kind(event, "/content_block/type") == Some("text") => {
            Ok(Read { words: text(event, "/content_block/text")?, ..Read::default() })
        }
        Some("content_block_delta") if kind(event, "/delta/type") == Some("text_delta") => {
            Ok(Read { words: text(event, "/delta/text")?, ..Read::default() })
        }
        Some("message_delta") => Ok(Read { told: told(event.get("usage")), end: end(event), ..Read::default() }),
        Some("message_stop") => Ok(Read { mark: Mark::Last, ..Read::default() }),
        _ => Ok(Read::default()),
    }
}

fn kind<'a>(event: &'a Value, place: &str) -> Option<&'a str> {
    event.pointer(place).and_then(Value::as_str)
}

fn told(usage: Option<&Value>) -> Told {
    Told { prompt: count(usage, PROMPT), completion: count(usage, &["output_tokens"]) }
}

fn end(event: &Value) -> Option<End> {
    match kind(event, "/delta/stop_reason")? {
        "max_tokens" | "model_context_window_exceeded" => Some(End::Length),
        "refusal" => Some(End::Refused),
        _ => None,
    }
}
