//! From bytes under limits to the words of an answer.

use super::error::{Size, UpstreamError, Wait};
use super::{DETAIL_CHARACTERS, Limits};
use eventsource_stream::{EventStream, EventStreamError};
use futures_util::{Stream, StreamExt, stream};
use serde_json::Value;
use std::pin::Pin;
use std::time::Duration;
use tokio::time::{Sleep, timeout};

/// After the last word the rest is read so long, because a connection can be used again only when it was read to its
/// end.
const DRAIN: Duration = Duration::from_millis(100);

/// The clocks of a running answer.
pub(super) struct Clocks {
    /// Rings when the first byte is late.
    pub(super) first_byte: Pin<Box<Sleep>>,
    /// Rings when all of it is late.
    pub(super) total: Pin<Box<Sleep>>,
    /// Longest silence.
    pub(super) idle: Duration,
}

/// The words in a body of server-sent events.
pub(super) fn words<B: AsRef<[u8]> + Send>(
    body: impl Stream<Item = Result<B, reqwest::Error>> + Send,
    clocks: Clocks,
    limits: Limits,
) -> impl Stream<Item = Result<String, UpstreamError>> + Send {
    let events = Box::pin(EventStream::new(timed(body, clocks, limits.line_bytes)));
    let reading = Reading { events, room: limits.answer_bytes, began: false, ended: false };
    stream::unfold(reading, |mut reading| async move {
        if reading.ended {
            return None;
        }
        let item = reading.next().await.transpose();
        reading.ended |= !matches!(item, Some(Ok(_)));
        item.map(|item| (item, reading))
    })
}

struct Reading<S> {
    events: Pin<Box<S>>,
    /// Bytes the answer may still take.
    room: usize,
    began: bool,
    ended: bool,
}

impl<S, E> Reading<S>
where
    S: Stream<Item = Result<eventsource_stream::Event, EventStreamError<E>>>,
    UpstreamError: From<E>,
{
    /// The next words; none after a proper end.
    async fn next(&mut self) -> Result<Option<String>, UpstreamError> {
        while let Some(event) = self.events.next().await {
            let piece = read(&event.map_err(unreadable)?.data)?;
            if piece.last {
                self.ended = true;
                // Whatever follows the end, an error too, changes nothing about the answer.
                let _ = timeout(DRAIN, async { while self.events.next().await.is_some() {} }).await;
            }
            if !piece.text.is_empty() {
                return self.admit(piece.text).map(Some);
            }
            if piece.last {
                return if self.began { Ok(None) } else { Err(UpstreamError::Empty) };
            }
        }
        Err(UpstreamError::Cut(None))
    }

    fn admit(&mut self, text: String) -> Result<String, UpstreamError> {
        self.began = true;
        self.room = self.room.checked_sub(text.len()).ok_or(UpstreamError::TooLarge(Size::Answer))?;
        Ok(text)
    }
}

fn unreadable<E>(error: EventStreamError<E>) -> UpstreamError
where
    UpstreamError: From<E>,
{
    match error {
        EventStreamError::Transport(error) => error.into(),
        EventStreamError::Utf8(_) => malformed("it is not UTF-8"),
        EventStreamError::Parser(_) => malformed("it is no stream of events"),
    }
}

fn malformed(why: &str) -> UpstreamError {
    UpstreamError::Malformed { why: why.to_owned() }
}

/// The body with its clocks and the limit of a line. An error is its last item.
fn timed<B: AsRef<[u8]>>(
    body: impl Stream<Item = Result<B, reqwest::Error>> + Send,
    clocks: Clocks,
    line_bytes: usize,
) -> impl Stream<Item = Result<B, UpstreamError>> {
    let gauge = Gauge { limit: line_bytes, line: 0, event: 0, after_return: false };
    let state = Some((Box::pin(body), clocks, gauge, false));
    stream::unfold(state, |state| async move {
        let (mut body, mut clocks, mut gauge, began) = state?;
        let piece = tokio::select! {
            biased;
            piece = body.next() => match piece? {
                Ok(bytes) if gauge.admits(bytes.as_ref()) => Ok(bytes),
                Ok(_) => Err(UpstreamError::TooLarge(Size::Line)),
                Err(error) => Err(UpstreamError::Cut(Some(error.without_url()))),
            },
            () = &mut clocks.total => Err(UpstreamError::TimedOut(Wait::Total)),
            () = &mut clocks.first_byte, if !began => Err(UpstreamError::TimedOut(Wait::FirstByte)),
            () = tokio::time::sleep(clocks.idle), if began => Err(UpstreamError::TimedOut(Wait::Idle)),
        };
        let next = piece.is_ok().then_some((body, clocks, gauge, true));
        Some((piece, next))
    })
}

/// Counts the bytes of the current line and of the current event, because the parser keeps both until they end.
struct Gauge {
    limit: usize,
    line: usize,
    event: usize,
    after_return: bool,
}

impl Gauge {
    fn admits(&mut self, bytes: &[u8]) -> bool {
        bytes.iter().all(|byte| {
            let second_half = *byte == b'\n' && self.after_return;
            self.after_return = *byte == b'\r';
            if second_half {
                return true;
            }
            if matches!(byte, b'\n' | b'\r') {
                if self.line == 0 {
                    self.event = 0;
                }
                self.line = 0;
            } else {
                self.line += 1;
            }
            self.event += 1;
            self.event <= self.limit
        })
    }
}

struct Piece {
    text: String,
    last: bool,
}

/// Reads one event's data.
fn read(data: &str) -> Result<Piece, UpstreamError> {
    if data.trim() == "[DONE]" {
        return Ok(Piece { text: String::new(), last: true });
    }
    let value: Value = serde_json::from_str(data).map_err(|error| malformed(&error.to_string()))?;
    if let Some(error) = value.get("error").filter(|error| !error.is_null()) {
        let detail = message(error).unwrap_or("without a message").chars().take(DETAIL_CHARACTERS).collect();
        return Err(UpstreamError::Reported { detail });
    }
    if !value.is_object() {
        return Err(malformed("an event is no object"));
    }
    // Events without a choice report usage.
    let choice = value.pointer("/choices/0");
    let content = choice.and_then(|choice| choice.pointer("/delta/content")).filter(|content| !content.is_null());
    let text = match content {
        None => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(_) => return Err(malformed("the content is no text")),
    };
    let finish = choice.and_then(|choice| choice.get("finish_reason")).filter(|reason| !reason.is_null());
    Ok(Piece { text, last: finish.is_some() })
}

/// The words of an error object, or of an error that is a text.
pub(super) fn message(error: &Value) -> Option<&str> {
    error.get("message").unwrap_or(error).as_str()
}
