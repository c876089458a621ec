use super::*;
use serde_json::json;

fn said(role: Role, content: &str) -> Message {
    Message { role, content: content.to_owned() }
}

/// A conversation in which somebody speaks twice in a row.
fn conversation() -> Vec<Message> {
    vec![
        said(Role::System, "Orders."),
        said(Role::User, "One"),
        said(Role::User, "Two"),
        said(Role::Assistant, "Three"),
        said(Role::User, "Four"),
    ]
}

fn request(dialect: Dialect, change: impl Fn(&mut Wanted<'_>)) -> Request {
    let messages = conversation();
    let mut wanted = Wanted {
        model: "m",
        messages: &messages,
        max_tokens: None,
        temperature: None,
        ask_usage: true,
        newer_limit_name: false,
    };
    change(&mut wanted);
    dialect.request(&wanted)
}

#[test]
fn requests_say_only_what_was_wanted() {
    let turns = json!([
        { "role": "user", "content": "One\n\nTwo" },
        { "role": "assistant", "content": "Three" },
        { "role": "user", "content": "Four" },
    ]);
    for (dialect, path, body) in [
        (
            Dialect::OpenaiChat,
            "chat/completions",
            json!({ "model": "m", "stream": true, "stream_options": { "include_usage": true },
                "messages": conversation() }),
        ),
        (
            Dialect::OpenaiResponses,
            "responses",
            json!({ "model": "m", "stream": true, "store": false, "instructions": "Orders.", "input": turns }),
        ),
        (
            Dialect::Anthropic,
            "messages",
            json!({ "model": "m", "stream": true, "max_tokens": 4096, "system": "Orders.", "messages": turns }),
        ),
        (
            Dialect::Gemini,
            "models/m:streamGenerateContent",
            json!({ "systemInstruction": { "parts": [{ "text": "Orders." }] }, "contents": [
                { "role": "user", "parts": [{ "text": "One\n\nTwo" }] },
                { "role": "model", "parts": [{ "text": "Three" }] },
                { "role": "user", "parts": [{ "text": "Four" }] },
            ] }),
        ),
    ] {
        let request = request(dialect, |_| {});
        assert_eq!((request.path.join("/").as_str(), &request.body), (path, &body), "{dialect:?}");
    }
}

#[test]
fn limits_and_temperature_have_their_own_place_in_each_dialect() {
    let both = |wanted: &mut Wanted<'_>| (wanted.max_tokens, wanted.temperature) = (Some(9), Some(0.5));
    for (dialect, limit, temperature) in [
        (Dialect::OpenaiChat, "/max_tokens", "/temperature"),
        (Dialect::OpenaiResponses, "/max_output_tokens", "/temperature"),
        (Dialect::Anthropic, "/max_tokens", "/temperature"),
        (Dialect::Gemini, "/generationConfig/maxOutputTokens", "/generationConfig/temperature"),
    ] {
        let body = request(dialect, both).body;
        assert_eq!((body.pointer(limit), body.pointer(temperature)), (Some(&json!(9)), Some(&json!(0.5))), "{body}");
    }
    let newer = request(Dialect::OpenaiChat, |wanted| {
        both(wanted);
        (wanted.newer_limit_name, wanted.ask_usage) = (true, false);
    });
    assert_eq!(newer.body["max_completion_tokens"], 9);
    assert!(newer.body.get("max_tokens").is_none() && newer.body.get("stream_options").is_none(), "{}", newer.body);
}

#[test]
fn geminis_model_may_be_named_with_its_folder() {
    let named = request(Dialect::Gemini, |wanted| wanted.model = "models/m");
    assert_eq!(named, request(Dialect::Gemini, |_| {}));
}

#[test]
fn events_and_fields_that_are_not_known_say_nothing() {
    for dialect in Dialect::ALL {
        for data in [
            "{}",
            r#"{"type":"never.heard.of","delta":"no"}"#,
            r#"{"choices":[],"candidates":[],"type":"ping","error":null}"#,
            r#"{"type":"content_block_delta","delta":{"type":"input_json_delta","partial_json":"no"}}"#,
            r#"{"type":"content_block_start","content_block":{"type":"thinking","thinking":"no"}}"#,
        ] {
            assert_eq!(dialect.read(data).unwrap(), Read::default(), "{dialect:?} {data}");
        }
    }
}

#[test]
fn the_end_of_chat_completions_ends_no_other_dialect() {
    for dialect in Dialect::ALL {
        let mark = dialect.read("[DONE]").unwrap().mark;
        assert_eq!(mark == Mark::Last, dialect == Dialect::OpenaiChat, "{dialect:?}");
    }
}

#[test]
fn the_ways_in_which_an_answer_ends_are_told_apart() {
    let chat = |reason: &str| json!({ "choices": [{ "delta": {}, "finish_reason": reason }] });
    let incomplete = |reason: &str| json!({ "type": "response.incomplete", "response": { "incomplete_details": { "reason": reason } } });
    let anthropic = |reason: &str| json!({ "type": "message_delta", "delta": { "stop_reason": reason } });
    let gemini = |reason: &str| json!({ "candidates": [{ "finishReason": reason }] });
    for (dialect, event, end, mark) in [
        (Dialect::OpenaiChat, chat("stop"), None, Mark::Whole),
        (Dialect::OpenaiChat, chat("length"), Some(End::Length), Mark::Whole),
        (Dialect::OpenaiChat, chat("content_filter"), Some(End::Filtered), Mark::Whole),
        (Dialect::OpenaiChat, chat("what is that"), None, Mark::Whole),
        (Dialect::OpenaiResponses, json!({ "type": "response.completed", "response": {} }), None, Mark::Last),
        (Dialect::OpenaiResponses, incomplete("max_output_tokens"), Some(End::Length), Mark::Last),
        (Dialect::OpenaiResponses, incomplete("content_filter"), Some(End::Filtered), Mark::Last),
        (Dialect::Anthropic, anthropic("end_turn"), None, Mark::None),
        (Dialect::Anthropic, anthropic("max_tokens"), Some(End::Length), Mark::None),
        (Dialect::Anthropic, anthropic("refusal"), Some(End::Refused), Mark::None),
        (Dialect::Anthropic, json!({ "type": "message_stop" }), None, Mark::Last),
        (Dialect::Gemini, gemini("STOP"), None, Mark::Whole),
        (Dialect::Gemini, gemini("MAX_TOKENS"), Some(End::Length), Mark::Whole),
        (Dialect::Gemini, gemini("SAFETY"), Some(End::Filtered), Mark::Whole),
        (
            Dialect::Gemini,
            json!({ "promptFeedback": { "blockReason": "PROHIBITED_CONTENT" } }),
            Some(End::Filtered),
            Mark::Whole,
        ),
    ] {
        let read = dialect.read(&event.to_string()).unwrap();
        assert_eq!(read, Read { end, mark, ..Read::default() }, "{dialect:?} {event}");
    }
}

#[test]
fn a_refusal_in_words_is_shown_and_told_apart() {
    for (dialect, event) in [
        (Dialect::OpenaiChat, json!({ "choices": [{ "delta": { "content": null, "refusal": "I cannot." } }] })),
        (Dialect::OpenaiResponses, json!({ "type": "response.refusal.delta", "delta": "I cannot." })),
    ] {
        let read = dialect.read(&event.to_string()).unwrap();
        assert_eq!((read.words.as_str(), read.end), ("I cannot.", Some(End::Refused)), "{dialect:?}");
    }
}

#[test]
fn tokens_are_counted_where_they_are_told() {
    let read = |dialect: Dialect, event: Value| dialect.read(&event.to_string()).unwrap().told;
    let both = Told { prompt: Some(11), completion: Some(7) };
    let usage = json!({ "prompt_tokens": 11, "completion_tokens": 7, "prompt_tokens_details": { "cached_tokens": 3 } });
    assert_eq!(read(Dialect::OpenaiChat, json!({ "choices": [], "usage": usage })), both);
    let usage = json!({ "input_tokens": 11, "output_tokens": 7 });
    let completed = json!({ "type": "response.completed", "response": { "usage": usage } });
    assert_eq!(read(Dialect::OpenaiResponses, completed), both);
    let usage = json!({ "input_tokens": 1, "cache_creation_input_tokens": 4, "cache_read_input_tokens": 6 });
    let start = json!({ "type": "message_start", "message": { "usage": usage } });
    assert_eq!(read(Dialect::Anthropic, start), Told { prompt: Some(11), completion: None });
    let usage = json!({ "promptTokenCount": 11, "candidatesTokenCount": 5, "thoughtsTokenCount": 2 });
    assert_eq!(read(Dialect::Gemini, json!({ "usageMetadata": usage })), both);
}
