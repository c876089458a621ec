//! OpenAI's chat completions, as most servers speak them.

use super::{End, Mark, Read, Request, Wanted, count, text};
use crate::upstream::error::UpstreamError;
use crate::upstream::usage::Told;
use serde_json::{Value, json};

/// The data of the last event.
pub(super) const DONE: &str = "[DONE]";

pub(super) fn request(wanted: &Wanted<'_>) -> Request {
    let mut body = json!({ "model": wanted.model, "messages": wanted.messages, "stream": true });
    if wanted.ask_usage {
        body["stream_options"] = json!({ "include_usage": true });
    }
    if let Some(most) = wanted.max_tokens {
        body[if wanted.newer_limit_name { "max_completion_tokens" } else { "max_tokens" }] = json!(most);
    }
    if let Some(temperature) = wanted.temperature {
        body["temperature"] = json!(temperature);
    }
    Request { path: vec!["chat".to_owned(), "completions".to_owned()], query: None, headers: &[], body }
}

/// A finish reason is the end of the words; token counts come in an event behind it that has no choice.
pub(super) fn read(event: &Value) -> Result<Read, UpstreamError> {
    let usage = event.get("usage");
    let told = Told { prompt: count(usage, &["prompt_tokens"]), completion: count(usage, &["completion_tokens"]) };
    let refusal = text(event, "/choices/0/delta/refusal")?;
    let reason = event.pointer("/choices/0/finish_reason").filter(|reason| !reason.is_null());
    let end = match reason.and_then(Value::as_str) {
        Some("length") => Some(End::Length),
        Some("content_filter") => Some(End::Filtered),
        _ => (!refusal.is_empty()).then_some(End::Refused),
    };
    let mark = if reason.is_some() { Mark::Whole } else { Mark::None };
    Ok(Read { words: text(event, "/choices/0/delta/content")? + &refusal, told, end, mark })
}
