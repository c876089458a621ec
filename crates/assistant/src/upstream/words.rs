//! From bytes under limits to the words of an answer.

use super::Piece;
use super::config::{Limits, Secret};
use super::dialect::{Dialect, End, Mark, Read};
use super::error::{Size, UpstreamError, Wait};
use super::thinking::Thinking;
use super::usage::{Told, Usage};
use eventsource_stream::{EventStream, EventStreamError};
use futures_util::{Stream, StreamExt, stream};
use std::collections::VecDeque;
use std::pin::Pin;
use std::time::Duration;
use tokio::time::{Sleep, timeout};

/// After the last event the rest is read so long, because a connection can be used again only when it was read to its
/// end.
const DRAIN: Duration = Duration::from_millis(100);
/// Behind a whole answer each further event, such as one with token counts, is waited for so long.
const GRACE: Duration = Duration::from_secs(1);

/// The clocks of a running answer.
pub(super) struct Clocks {
    /// Rings when the first byte is late.
    pub(super) first_byte: Pin<Box<Sleep>>,
    /// Rings when all of it is late.
    pub(super) total: Pin<Box<Sleep>>,
    /// Longest silence.
    pub(super) idle: Duration,
}

/// What is known of an answer before its first byte.
pub(super) struct Expected {
    pub(super) dialect: Dialect,
    pub(super) limits: Limits,
    pub(super) key: Option<Secret>,
    /// Tokens of the prompt, should the upstream not tell.
    pub(super) prompt_tokens: u64,
}

/// The words in a body of server-sent events.
pub(super) fn words<B: AsRef<[u8]> + Send>(
    body: impl Stream<Item = Result<B, reqwest::Error>> + Send,
    clocks: Clocks,
    expected: Expected,
) -> impl Stream<Item = Result<Piece, UpstreamError>> + Send {
    let events = Box::pin(EventStream::new(timed(body, clocks, expected.limits.line_bytes)));
    let reading = Reading {
        events,
        thinking: Thinking::default(),
        told: Told::default(),
        end: None,
        said: 0,
        whole: false,
        over: false,
        ready: VecDeque::new(),
        expected,
    };
    stream::unfold(reading, |mut reading| async move { Some((reading.next().await?, reading)) })
}

struct Reading<S> {
    events: Pin<Box<S>>,
    expected: Expected,
    thinking: Thinking,
    told: Told,
    /// How it ends; what was said first holds.
    end: Option<End>,
    /// Bytes of its words so far.
    said: usize,
    /// The mark of the end was there.
    whole: bool,
    over: bool,
    ready: VecDeque<Result<Piece, UpstreamError>>,
}

impl<S, E> Reading<S>
where
    S: Stream<Item = Result<eventsource_stream::Event, EventStreamError<E>>>,
    UpstreamError: From<E>,
{
    async fn next(&mut self) -> Option<Result<Piece, UpstreamError>> {
        while self.ready.is_empty() && !self.over {
            if let Err(error) = self.advance().await {
                self.fail(error);
            }
        }
        self.ready.pop_front()
    }

    async fn advance(&mut self) -> Result<(), UpstreamError> {
        let read = match self.read().await {
            // Whatever follows the end, a fault too, changes nothing about the answer.
            Ok(None) | Err(_) if self.whole => return self.finish(),
            Ok(None) => return Err(UpstreamError::Cut(None)),
            Err(error) => return Err(error),
            Ok(Some(read)) => read,
        };
        self.told.update(read.told);
        self.end = self.end.or(read.end);
        let words = self.thinking.push(read.words);
        self.say(words)?;
        self.whole |= read.mark != Mark::None;
        if read.mark == Mark::Last {
            let _ = timeout(DRAIN, async { while self.events.next().await.is_some() {} }).await;
            return self.finish();
        }
        Ok(())
    }

    /// What the next event says; none when no more come, or none in time behind the end.
    async fn read(&mut self) -> Result<Option<Read>, UpstreamError> {
        let event = if self.whole {
            timeout(GRACE, self.events.next()).await.unwrap_or_default()
        } else {
            self.events.next().await
        };
        let Some(event) = event else { return Ok(None) };
        self.expected.dialect.read(&event.map_err(unreadable)?.data).map(Some)
    }

    fn say(&mut self, words: String) -> Result<(), UpstreamError> {
        if words.is_empty() {
            return Ok(());
        }
        self.said += words.len();
        if self.said > self.expected.limits.answer_bytes {
            return Err(UpstreamError::TooLarge(Size::Answer));
        }
        self.ready.push_back(Ok(Piece::Words(words)));
        Ok(())
    }

    fn finish(&mut self) -> Result<(), UpstreamError> {
        let words = self.thinking.finish();
        self.say(words)?;
        let end = self.end.unwrap_or(End::Stop);
        if self.said == 0 {
            return Err(UpstreamError::Empty(end));
        }
        self.count();
        self.ready.push_back(Ok(Piece::End(end)));
        self.over = true;
        Ok(())
    }

    fn fail(&mut self, error: UpstreamError) {
        if self.said > 0 || !self.told.is_silent() {
            self.count();
        }
        self.ready.push_back(Err(error.tidied(self.expected.key.as_ref())));
        self.over = true;
    }

    fn count(&mut self) {
        let usage = self.told.usage(self.expected.prompt_tokens, Usage::of_bytes(self.said));
        self.ready.push_back(Ok(Piece::Usage(usage)));
    }
}

fn unreadable<E>(error: EventStreamError<E>) -> UpstreamError
where
    UpstreamError: From<E>,
{
    let malformed = |why: &str| UpstreamError::Malformed { why: why.to_owned() };
    match error {
        EventStreamError::Transport(error) => error.into(),
        EventStreamError::Utf8(_) => malformed("it is not UTF-8"),
        EventStreamError::Parser(_) => malformed("it is no stream of events"),
    }
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
