//! OpenAI's responses: typed events.

use super::{End, Mark, Read, Request, Wanted, count, reported, text, turns};
use crate::upstream::error::UpstreamError;
use crate::upstream::usage::Told;
use serde_json::{Value, json};

pub(super) fn request(wanted: &Wanted<'_>) -> Request {
    let (orders, turns) = turns(wanted.messages);
    // Not kept by the upstream: every request brings its whole conversation.
    let mut body = json!({ "model": wanted.model, "input": turns, "stream": true, "store": false });
    if !orders.is_empty() {
        body["instructions"] = json!(orders);
    }
    if let Some(most) = wanted.max_tokens {
        body["max_output_tokens"] = json!(most);
    }
    if let Some(temperature) = wanted.temperature {
        body["temperature"] = json!(temperature);
    }
    Request { path: vec!["responses".to_owned()], query: None, headers: &[], body }
}

pub(super) fn read(event: &Value) -> Result<Read, UpstreamError> {
    match event.get("type").and_then(Value::as_str) {
        Some("response.output_text.delta") => Ok(Read { words: text(event, "/delta")?, ..Read::default() }),
        Some("response.refusal.delta") => {
            Ok(Read { words: text(event, "/delta")?, end: Some(End::Refused), ..Read::default() })
        }
        Some("response.completed") => Ok(last(event, None)),
        Some("response.incomplete") => {
            let reason = event.pointer("/response/incomplete_details/reason").and_then(Value::as_str);
            Ok(last(event, Some(if reason == Some("content_filter") { End::Filtered } else { End::Length })))
        }
        Some("response.failed") => Err(reported(event.pointer("/response/error").unwrap_or(&Value::Null))),
        Some("error") => Err(reported(event)),
        _ => Ok(Read::default()),
    }
}

fn last(event: &Value, end: Option<End>) -> Read {
    let usage = event.pointer("/response/usage");
    let told = Told { prompt: count(usage, &["input_tokens"]), completion: count(usage, &["output_tokens"]) };
    Read { told, end, mark: Mark::Last, ..Read::default() }
}
