//! Whether and when a failed request is sent once more, and what an upstream says about it.

use super::dialect::message;
use super::error::{About, UpstreamError};
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Response, StatusCode};
use serde_json::Value;
use std::time::{Duration, SystemTime};

/// An upstream that asks for more patience than this is not asked again for the same prompt.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);
/// So much of a refusal is read for the log, in bytes.
const DETAIL_BYTES: usize = 4096;

/// How long to wait before the second try; none where there is no second try.
pub(super) fn wait(error: &UpstreamError, jitter: Duration) -> Option<Duration> {
    let asked = match error {
        UpstreamError::Refused(_) => Duration::ZERO,
        UpstreamError::Busy { retry_after, .. } | UpstreamError::Server { retry_after, .. } => {
            retry_after.unwrap_or_default()
        }
        _ => return None,
    };
    (asked <= PATIENCE).then(|| asked.saturating_add(jitter).min(PATIENCE))
}

/// Seconds, or a date, which is compared with the time of day.
pub(super) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let asked = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    match asked.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => Some(httpdate::parse_http_date(asked).ok()?.duration_since(now).unwrap_or_default()),
    }
}

/// The error for a status that is not 200, with what was said about it.
pub(super) fn refusal(status: StatusCode, retry_after: Option<Duration>, body: &[u8]) -> UpstreamError {
    let detail = detail(body);
    match status {
        StatusCode::TOO_MANY_REQUESTS => UpstreamError::Busy { retry_after, detail },
        status if status.is_server_error() => UpstreamError::Server { status: status.as_u16(), retry_after, detail },
        status => UpstreamError::Rejected { status: status.as_u16(), about: about(status, body), detail },
    }
}

fn about(status: StatusCode, body: &[u8]) -> About {
    // Gemini answers a wrong key like a wrong prompt, but for this word.
    let says = |word: &[u8]| body.windows(word.len()).any(|window| window == word);
    match status.as_u16() {
        400 if says(b"API_KEY_INVALID") => About::Key,
        401..=403 => About::Key,
        300..=399 | 404 | 405 | 410 => About::Place,
        _ => About::Prompt,
    }
}

/// The beginning of a body.
pub(super) async fn beginning(mut response: Response) -> Vec<u8> {
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

/// The message of an error object, alone or in a list, or else the text itself.
fn detail(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    if text.trim_start().starts_with('<') {
        return "a web page".to_owned();
    }
    let parsed = serde_json::from_str::<Value>(&text).ok();
    let object = parsed.as_ref().map(|value| value.get(0).unwrap_or(value));
    object.and_then(|object| message(object.get("error")?)).unwrap_or(&text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        // 1994-11-15 08:12:31 UTC.
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_887_151);
        for (header, read) in [
            ("17", Some(17)),
            (" 0 ", Some(0)),
            ("Tue, 15 Nov 1994 08:12:41 GMT", Some(10)),
            ("Tuesday, 15-Nov-94 08:12:41 GMT", Some(10)),
            ("Tue, 15 Nov 1994 08:12:01 GMT", Some(0)),
            ("soon", None),
            ("-1", None),
        ] {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, header.parse().unwrap())]);
            assert_eq!(retry_after(&headers, now), read.map(Duration::from_secs), "{header}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }

    #[test]
    fn a_rejection_is_about_the_key_the_place_or_the_prompt() {
        let gemini = r#"[{"error":{"message":"API key not valid.","details":[{"reason":"API_KEY_INVALID"}]}}]"#;
        for (status, body, about, detail) in [
            (400, r#"{"error":{"message":"too long"}}"#, About::Prompt, "too long"),
            (400, gemini, About::Key, "API key not valid."),
            (401, r#"{"error":"who are you"}"#, About::Key, "who are you"),
            (403, "<!doctype html><h1>No</h1>", About::Key, "a web page"),
            (404, "no such model", About::Place, "no such model"),
            (307, "", About::Place, ""),
            (422, "", About::Prompt, ""),
        ] {
            match refusal(StatusCode::from_u16(status).unwrap(), None, body.as_bytes()) {
                UpstreamError::Rejected { about: read, detail: said, .. } => {
                    assert_eq!((read, said.as_str()), (about, detail), "{status} {body}");
                }
                other => panic!("{other:?}"),
            }
        }
    }
}
