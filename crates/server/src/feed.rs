//! The live feed: facts in the audience's own numbering, words of answers as they become visible, the clock.

use crate::App;
use crate::access::{Caller, InQuery};
use crate::error::ApiError;
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::ACCEPT;
use axum::response::sse::{Event as SseEvent, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use domain::Command;
use domain::Refusal;
use domain::access::{Act, Role};
use domain::audience::{CandidateEvent, CandidateFact, StaffEvent};
use domain::event::Asked;
use domain::ids::SessionId;
use engine::{After, Engine, Item, Pass, Published, Session};
use futures_util::stream::{self, Stream, StreamExt};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;

/// How often a quiet feed tells the time.
const CLOCK_EVERY: Duration = Duration::from_secs(10);

/// Where a feed goes on.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct FeedQuery {
    /// Events after this number: the candidate's own counter, for staff the log's.
    #[serde(default)]
    after: u64,
    /// Reviewers: open the sealed facts.
    #[serde(default)]
    reveal: bool,
}

/// Events as JSON.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Events<T> {
    events: Vec<T>,
}

/// Who reads a feed, and therefore what.
#[derive(Clone, Copy)]
enum Reader {
    Candidate,
    Staff { opened: bool },
}

impl Reader {
    fn of(role: Role, reveal: bool) -> Self {
        match role {
            Role::Candidate => Self::Candidate,
            Role::Observer => Self::Staff { opened: false },
            Role::Admin | Role::Interviewer | Role::Reviewer => Self::Staff { opened: reveal },
        }
    }

    /// The number and the JSON of an event, for a reader who may know of it.
    fn fact(self, published: &Published) -> Option<(u64, String)> {
        let json = match self {
            Self::Candidate => serde_json::to_string(&candidate(published)?),
            Self::Staff { opened } => serde_json::to_string(&staff(published, opened)?),
        };
        // Types of an audience have only text keys: their JSON cannot fail.
        json.ok().map(|json| (self.number(published), json))
    }

    fn after(self, number: u64) -> After {
        match self {
            Self::Candidate => After::Candidate(number),
            Self::Staff { .. } => After::Log(number),
        }
    }

    fn number(self, published: &Published) -> u64 {
        match self {
            Self::Candidate => published.n,
            Self::Staff { .. } => published.event.seq,
        }
    }
}

fn candidate(published: &Published) -> Option<CandidateEvent> {
    let fact = published.candidate.clone()?;
    Some(CandidateEvent { n: published.n, at: published.event.at, fact })
}

fn staff(published: &Published, opened: bool) -> Option<StaffEvent> {
    let fact = if opened { published.opened.clone() } else { published.staff.clone() }?;
    let event = &published.event;
    Some(StaffEvent { seq: event.seq, at: event.at, wall: event.wall, fact })
}

/// Whether a client asks for a stream of events.
pub(crate) fn wants_stream(headers: &HeaderMap) -> bool {
    headers
        .get(ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/event-stream"))
}

/// The feed
///
/// As server-sent events (`fact` with its number as id, `delta`, `clock`) or, by Accept, as JSON.
#[utoipa::path(get, path = "/api/sessions/{id}/events", tag = "sessions", params(("id" = SessionId, Path), FeedQuery),
    responses((status = 200, content(
        (Events<CandidateEvent> = "application/json"), (String = "text/event-stream"))),
        (status = "4XX", body = crate::ErrorBody)))]
pub(crate) async fn events(
    State(app): State<Arc<App>>,
    caller: Caller,
    headers: HeaderMap,
    InQuery(query): InQuery<FeedQuery>,
) -> Result<Response, ApiError> {
    let reader = Reader::of(caller.pass.role, query.reveal);
    if matches!(reader, Reader::Staff { opened: true }) {
        app.engine.note(caller.pass.actor, Act::KeyOpened, Some(caller.session.id()), None).await?;
    }
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
    let after: u64 = last.unwrap_or(query.after);
    let feed = caller.session.subscribe(&app.engine, reader.after(after)).await?;
    if !wants_stream(&headers) {
        return Ok(match reader {
            Reader::Candidate => {
                Json(Events { events: feed.past.iter().filter_map(|known| candidate(known)).collect() }).into_response()
            }
            Reader::Staff { opened } => {
                let events = feed.past.iter().filter_map(|known| staff(known, opened)).collect();
                Json(Events { events }).into_response()
            }
        });
    }
    let past: VecDeque<SseEvent> = feed.past.iter().filter_map(|known| reader.fact(known)).map(fact_event).collect();
    let stream = live(caller.session, reader, past, feed.live);
    Ok(sse(stream.take_until(app.engine.clone().until_gone(caller.pass))))
}

fn sse(stream: impl Stream<Item = SseEvent> + Send + 'static) -> Response {
    Sse::new(stream.map(Ok::<_, Infallible>)).keep_alive(KeepAlive::default()).into_response()
}

fn fact_event((number, json): (u64, String)) -> SseEvent {
    SseEvent::default().event("fact").id(number.to_string()).data(json)
}

fn named(name: &str, body: &impl Serialize) -> SseEvent {
    // As above: plain data, whose JSON cannot fail.
    SseEvent::default().event(name).data(serde_json::to_string(body).unwrap_or_default())
}

fn live(
    session: Session,
    reader: Reader,
    mut past: VecDeque<SseEvent>,
    feed: tokio::sync::broadcast::Receiver<Item>,
) -> impl Stream<Item = SseEvent> {
    past.push_front(named("clock", &session.clock()));
    let mut ticks = tokio::time::interval(CLOCK_EVERY);
    ticks.reset();
    stream::unfold((session, past, feed, ticks), move |(session, mut past, mut feed, mut ticks)| async move {
        loop {
            if let Some(event) = past.pop_front() {
                return Some((event, (session, past, feed, ticks)));
            }
            let event = tokio::select! {
                item = feed.recv() => match item {
                    Ok(Item::Fact(published)) => reader.fact(&published).map(fact_event),
                    Ok(Item::Delta(delta)) => Some(named("delta", &delta)),
                    Ok(Item::Clock(clock)) => Some(named("clock", &clock)),
                    // Too slow, or the session was put away: the client comes again with the last number it has.
                    Err(RecvError::Lagged(_) | RecvError::Closed) => return None,
                },
                _ = ticks.tick() => Some(named("clock", &session.clock())),
            };
            past.extend(event);
        }
    })
}

/// Asks, and streams the answer on the same response: `delta` events, then the `fact` that it is complete.
pub(crate) async fn answer_stream(
    engine: &Engine,
    session: &Session,
    pass: Pass,
    asked: Asked,
) -> Result<Response, ApiError> {
    let prompt = asked.prompt;
    // Subscribed before asking, so that no word is missed.
    let feed = session.subscribe(engine, After::Log(0)).await?;
    match session.command(Command::Ask(asked)).await {
        Ok(_) | Err(engine::Error::Refused(Refusal::Duplicate)) => {}
        Err(error) => return Err(error.into()),
    }
    let ends = move |published: &Published| matches!(&published.candidate, Some(CandidateFact::Answered { prompt: answered, .. }) if *answered == prompt);
    let past: VecDeque<Item> = feed.past.into_iter().filter(|known| ends(known)).map(Item::Fact).collect();
    let stream = stream::unfold(Some((past, feed.live)), move |rest| async move {
        let (mut past, mut live) = rest?;
        loop {
            let item = match past.pop_front() {
                Some(item) => item,
                None => live.recv().await.ok()?,
            };
            match item {
                Item::Delta(delta) if delta.prompt == prompt => {
                    return Some((named("delta", &delta), Some((past, live))));
                }
                Item::Fact(published) if ends(&published) => {
                    let event = Reader::Candidate.fact(&published).map(fact_event)?;
                    return Some((event, None));
                }
                Item::Delta(_) | Item::Fact(_) | Item::Clock(_) => {}
            }
        }
    });
    Ok(sse(stream.take_until(engine.clone().until_gone(pass))))
}
