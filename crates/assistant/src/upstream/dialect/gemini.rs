//! Gemini's `streamGenerateContent`: the model stands in the path, the assistant is called `model`.

use super::{End, Mark, Read, Request, Wanted, count, malformed, turns};
use crate::messages::{Message, Role};
use crate::upstream::error::UpstreamError;
use crate::upstream::usage::Told;
use serde_json::{Value, json};

pub(super) fn request(wanted: &Wanted<'_>) -> Request {
    let (orders, turns) = turns(wanted.messages);
    let mut body = json!({ "contents": turns.iter().map(content).collect::<Vec<_>>() });
    if !orders.is_empty() {
        body["systemInstruction"] = json!({ "parts": [{ "text": orders }] });
    }
    if let Some(most) = wanted.max_tokens {
        body["generationConfig"]["maxOutputTokens"] = json!(most);
    }
    if let Some(temperature) = wanted.temperature {
        body["generationConfig"]["temperature"] = json!(temperature);
    }
    // Lists of models name them with the folder in front.
    let model = wanted.model.trim_start_matches("models/");
    let path = vec!["models".to_owned(), format!("{model}:streamGenerateContent")];
    Request { path, query: Some("alt=sse"), headers: &[], body }
}

fn content(message: &Message) -> Value {
    let role = if message.role == Role::Assistant { "model" } else { "user" };
    json!({ "role": role, "parts": [{ "text": message.content }] })
}

pub(super) fn read(event: &Value) -> Result<Read, UpstreamError> {
    let usage = event.get("usageMetadata");
    let told = Told {
        prompt: count(usage, &["promptTokenCount"]),
        completion: count(usage, &["candidatesTokenCount", "thoughtsTokenCount"]),
    };
    if event.pointer("/promptFeedback/blockReason").is_some_and(|reason| !reason.is_null()) {
        return Ok(Read { told, end: Some(End::Filtered), mark: Mark::Whole, ..Read::default() });
    }
    let reason = event.pointer("/candidates/0/finishReason").and_then(Value::as_str);
    let mark = if reason.is_some() { Mark::Whole } else { Mark::None };
    Ok(Read { words: words(event)?, told, end: reason.and_then(end), mark })
}

/// The parts that are no thoughts.
fn words(event: &Value) -> Result<String, UpstreamError> {
    let parts = event.pointer("/candidates/0/content/parts").and_then(Value::as_array);
    let shown = parts.into_iter().flatten().filter(|part| part.get("thought") != Some(&Value::Bool(true)));
    shown
        .filter_map(|part| part.get("text"))
        .map(|text| text.as_str().ok_or_else(|| malformed("what should be words is no text")))
        .collect()
}

fn end(reason: &str) -> Option<End> {
    match reason {
        "MAX_TOKENS" => Some(End::Length),
        "SAFETY" | "RECITATION" | "LANGUAGE" | "BLOCKLIST" | "PROHIBITED_CONTENT" | "SPII" => Some(End::Filtered),
        _ => None,
    }
}
