//! What is read from the database, in the crate's own types.

use crate::chain::{Head, Link};
use crate::entry::{Entry, Payload};
use crate::{Error, SessionRow};
use domain::ids::SessionId;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use std::borrow::Cow;

pub(super) type Source = Box<dyn std::error::Error + Send + Sync>;

const LINKS: &str = "SELECT chain.seq, at, wall, v, kind, payload_hash, hash, salt, body
    FROM chain LEFT JOIN payload ON payload.session = chain.session AND payload.seq = chain.seq
    WHERE chain.session = ?1 AND chain.seq > ?2 AND (?3 IS NULL OR chain.seq <= ?3)
    ORDER BY chain.seq";

/// The events of a session after `after`, in their places.
pub(super) fn links(
    connection: &mut SqliteConnection,
    session: SessionId,
    after: u64,
) -> BoxStream<'_, Result<Link, Error>> {
    some_links(connection, session, after, None)
}

/// One event of a session in its place.
pub(super) async fn link(
    connection: &mut SqliteConnection,
    session: SessionId,
    seq: u64,
) -> Result<Option<Link>, Error> {
    let Some(after) = seq.checked_sub(1) else { return Ok(None) };
    some_links(connection, session, after, Some(seq)).next().await.transpose()
}

fn some_links(
    connection: &mut SqliteConnection,
    session: SessionId,
    after: u64,
    upto: Option<u64>,
) -> BoxStream<'_, Result<Link, Error>> {
    let mut due = after.saturating_add(1);
    sqlx::query(LINKS)
        .bind(key(session))
        .bind(integer(after))
        .bind(upto.map(integer))
        .fetch(connection)
        .map(move |row| {
            let seq = due;
            due = due.saturating_add(1);
            let broken = |error: Source| Error::Broken { session, seq, why: error.to_string() };
            to_link(&row?).map_err(broken)
        })
        .boxed()
}

fn to_link(row: &SqliteRow) -> Result<Link, Source> {
    let salt: Option<&[u8]> = row.try_get("salt")?;
    let salt = salt.map(TryInto::try_into).transpose()?;
    let body: Option<String> = row.try_get("body")?;
    Ok(Link {
        entry: Entry {
            seq: count(row, "seq")?,
            at: count(row, "at")?,
            wall: row.try_get("wall")?,
            v: row.try_get::<i64, _>("v")?.try_into()?,
            kind: Cow::Owned(row.try_get("kind")?),
            payload_hash: row.try_get::<&[u8], _>("payload_hash")?.try_into()?,
            payload: body.map(|body| Payload { salt, body }),
        },
        hash: row.try_get::<&[u8], _>("hash")?.try_into()?,
    })
}

/// Where a session's log ends; none before its first event.
pub(super) async fn head(connection: &mut SqliteConnection, session: SessionId) -> Result<Option<Head>, Error> {
    let query = sqlx::query("SELECT seq, hash FROM head WHERE session = ?").bind(key(session));
    let row = query.fetch_optional(connection).await?;
    row.map(|row| Ok(Head { seq: count(&row, "seq")?, hash: row.try_get::<&[u8], _>("hash")?.try_into()? }))
        .transpose()
        .map_err(unavailable)
}

/// All sessions, newest first.
pub(super) async fn sessions(connection: &mut SqliteConnection) -> Result<Vec<SessionRow>, Error> {
    let query = sqlx::query("SELECT session, seq, first_wall, elapsed_ms FROM head ORDER BY first_wall DESC, session");
    let rows = query.fetch_all(connection).await?;
    rows.iter().map(to_session).collect::<Result<_, _>>().map_err(unavailable)
}

/// How far a session's clock got.
pub(super) async fn elapsed(connection: &mut SqliteConnection, session: SessionId) -> Result<u64, Error> {
    let query = sqlx::query("SELECT elapsed_ms FROM head WHERE session = ?").bind(key(session));
    let row = query.fetch_optional(connection).await?;
    row.map_or(Ok(0), |row| count(&row, "elapsed_ms").map_err(unavailable))
}

fn to_session(row: &SqliteRow) -> Result<SessionRow, Source> {
    let last_seq = count(row, "seq")?;
    Ok(SessionRow {
        session: SessionId(uuid::Uuid::from_slice(row.try_get("session")?)?),
        events: last_seq,
        last_seq,
        first_wall: row.try_get("first_wall")?,
        elapsed_ms: count(row, "elapsed_ms")?,
    })
}

/// Who the candidate of a session is.
pub(super) async fn candidate(connection: &mut SqliteConnection, session: SessionId) -> Result<Option<String>, Error> {
    let query = sqlx::query_scalar("SELECT name FROM candidate WHERE session = ?").bind(key(session));
    Ok(query.fetch_optional(connection).await?)
}

/// A session as a key of the database.
pub(super) fn key(session: SessionId) -> Vec<u8> {
    session.0.as_bytes().to_vec()
}

/// A number as the database holds it; what is beyond its range compares as the largest.
pub(super) fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn count(row: &SqliteRow, column: &str) -> Result<u64, Source> {
    Ok(row.try_get::<i64, _>(column)?.try_into()?)
}

pub(super) fn unavailable(source: Source) -> Error {
    Error::Unavailable { source }
}
