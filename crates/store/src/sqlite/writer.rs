//! The one writer: takes what waits, commits it together, and answers only then.

use super::register;
use super::rows::{self, integer, key};
use crate::chain::{self, Head, START};
use crate::entry::{self, Entry};
use crate::{Change, Error, erasure};
use domain::ids::SessionId;
use sqlx::sqlite::SqliteConnection;
use std::collections::HashMap;
use tokio::sync::{mpsc, oneshot};

/// How many writes share one commit at most.
const TOGETHER: usize = 256;
/// How many logs' ends are remembered.
const KNOWN_HEADS: usize = 4096;

/// Something to write.
pub(super) enum Work {
    Append { session: SessionId, after: u64, entries: Vec<Entry> },
    Heartbeat { session: SessionId, elapsed_ms: u64 },
    Erase { session: SessionId, seq: u64 },
    Name { session: SessionId, name: String },
    Forget { session: SessionId },
    Register(Change),
}

/// Something to write, and who waits for it.
pub(super) struct Job {
    pub(super) work: Work,
    pub(super) done: oneshot::Sender<Result<(), Error>>,
}

/// The writing connection, and what it knows of the logs.
struct Writer {
    connection: SqliteConnection,
    /// Ends of logs that were written of late, as of `version`.
    heads: HashMap<SessionId, Head>,
    /// SQLite's count of what others have committed.
    version: i64,
}

/// Writes until nobody is left who could ask for it.
pub(super) async fn run(connection: SqliteConnection, mut jobs: mpsc::Receiver<Job>) {
    let mut writer = Writer { connection, heads: HashMap::new(), version: 0 };
    let mut batch = Vec::new();
    while jobs.recv_many(&mut batch, TOGETHER).await > 0 {
        let outcomes = writer.write_all(&batch).await;
        for (job, outcome) in batch.drain(..).zip(outcomes) {
            // Who stopped waiting does not want to know.
            let _ = job.done.send(outcome);
        }
    }
}

/// One outcome for each job of a batch.
type Outcomes = Vec<Result<(), Error>>;

impl Writer {
    async fn write_all(&mut self, batch: &[Job]) -> Outcomes {
        let outcomes = match self.write_together(batch).await {
            Ok(outcomes) => outcomes,
            Err(error) if batch.len() == 1 => vec![Err(error)],
            Err(_) => self.write_each(batch).await,
        };
        if batch.iter().any(|job| matches!(job.work, Work::Erase { .. } | Work::Forget { .. })) {
            scrub(&mut self.connection).await;
        }
        outcomes
    }

    /// One that the database does not take must not spoil the others.
    async fn write_each(&mut self, batch: &[Job]) -> Outcomes {
        let mut outcomes = Vec::with_capacity(batch.len());
        for job in batch {
            match self.write_together(std::slice::from_ref(job)).await {
                Ok(outcome) => outcomes.extend(outcome),
                Err(error) => outcomes.push(Err(error)),
            }
        }
        outcomes
    }

    /// One transaction. An error among the outcomes is the refusal of one job, which wrote nothing; an error instead
    /// of them means that nothing of the batch was written.
    async fn write_together(&mut self, batch: &[Job]) -> Result<Outcomes, Error> {
        let written = self.transact(batch).await;
        if written.is_err() {
            self.heads.clear();
            // SQLite may have rolled back by itself; then there is nothing left to do.
            let _ = sqlx::query("ROLLBACK").execute(&mut self.connection).await;
        }
        written
    }

    async fn transact(&mut self, batch: &[Job]) -> Result<Outcomes, Error> {
        let begin = sqlx::query_scalar("BEGIN IMMEDIATE; PRAGMA data_version");
        let version = begin.fetch_one(&mut self.connection).await?;
        if version != self.version || self.heads.len() > KNOWN_HEADS {
            self.heads.clear();
            self.version = version;
        }
        let mut outcomes = Vec::with_capacity(batch.len());
        for job in batch {
            match self.write(&job.work).await {
                Err(Error::Unavailable { source }) => return Err(Error::Unavailable { source }),
                outcome => outcomes.push(outcome),
            }
        }
        sqlx::query("COMMIT").execute(&mut self.connection).await?;
        Ok(outcomes)
    }

    async fn write(&mut self, work: &Work) -> Result<(), Error> {
        let connection = &mut self.connection;
        match work {
            Work::Append { session, after, entries } => self.append(*session, *after, entries).await,
            Work::Heartbeat { session, elapsed_ms } => heartbeat(connection, *session, *elapsed_ms).await,
            Work::Erase { session, seq } => erase(connection, *session, *seq).await,
            Work::Name { session, name } => name_candidate(connection, *session, name).await,
            Work::Forget { session } => forget_candidate(connection, *session).await,
            Work::Register(change) => register::apply(connection, change).await,
        }
    }

    async fn append(&mut self, session: SessionId, after: u64, entries: &[Entry]) -> Result<(), Error> {
        let mut head = match self.heads.get(&session) {
            Some(head) => *head,
            None => rows::head(&mut self.connection, session).await?.unwrap_or(Head { seq: 0, hash: START }),
        };
        if head.seq != after {
            return Err(Error::Conflict { session, expected: after, actual: head.seq });
        }
        for entry in entries {
            head = Head { seq: entry.seq, hash: chain::hash(&head.hash, session, entry) };
            insert(&mut self.connection, session, entry, &head.hash).await?;
        }
        self.heads.insert(session, head);
        Ok(())
    }
}

/// Both rows in one go; a trigger moves the log's end.
const INSERT: &str = "
    INSERT INTO chain (session, seq, kind, at, wall, v, payload_hash, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8);
    INSERT INTO payload (session, seq, salt, body) VALUES (?1, ?2, ?9, ?10)";

async fn insert(
    connection: &mut SqliteConnection,
    session: SessionId,
    entry: &Entry,
    hash: &chain::Hash,
) -> Result<(), Error> {
    let payload = entry.payload.as_ref();
    sqlx::query(INSERT)
        .bind(key(session))
        .bind(integer(entry.seq))
        .bind(entry.kind.as_ref())
        .bind(integer(entry.at))
        .bind(entry.wall)
        .bind(i64::from(entry.v))
        .bind(entry.payload_hash.as_slice())
        .bind(hash.as_slice())
        .bind(payload.and_then(|payload| payload.salt.as_ref()).map(|salt| salt.as_slice()))
        .bind(payload.map(|payload| payload.body.as_str()))
        .execute(connection)
        .await?;
    Ok(())
}

async fn heartbeat(connection: &mut SqliteConnection, session: SessionId, elapsed_ms: u64) -> Result<(), Error> {
    let query = sqlx::query("UPDATE head SET elapsed_ms = max(elapsed_ms, ?) WHERE session = ?")
        .bind(integer(elapsed_ms))
        .bind(key(session));
    match query.execute(connection).await?.rows_affected() {
        0 => Err(Error::NoSession { session }),
        _ => Ok(()),
    }
}

async fn erase(connection: &mut SqliteConnection, session: SessionId, seq: u64) -> Result<(), Error> {
    let link = rows::link(connection, session, seq).await?.ok_or(Error::NoEvent { session, seq })?;
    let Some(fact) = erasure::without_words(&link.entry.fact(session)?) else { return Ok(()) };
    let body = entry::body(&fact).map_err(|why| Error::Unstorable { session, seq, why })?;
    sqlx::query("UPDATE payload SET salt = NULL, body = ? WHERE session = ? AND seq = ?")
        .bind(body)
        .bind(key(session))
        .bind(integer(seq))
        .execute(connection)
        .await?;
    Ok(())
}

async fn name_candidate(connection: &mut SqliteConnection, session: SessionId, name: &str) -> Result<(), Error> {
    if rows::head(connection, session).await?.is_none() {
        return Err(Error::NoSession { session });
    }
    let sql = "INSERT INTO candidate (session, name) VALUES (?, ?) ON CONFLICT DO UPDATE SET name = excluded.name";
    sqlx::query(sql).bind(key(session)).bind(name).execute(connection).await?;
    Ok(())
}

async fn forget_candidate(connection: &mut SqliteConnection, session: SessionId) -> Result<(), Error> {
    sqlx::query("DELETE FROM candidate WHERE session = ?").bind(key(session)).execute(connection).await?;
    Ok(())
}

/// What was erased still stands in the write-ahead log until that is written back.
async fn scrub(connection: &mut SqliteConnection) {
    let outcome = sqlx::query_scalar::<_, i64>("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(connection).await;
    match outcome {
        Ok(0) => {}
        Ok(_) => tracing::warn!("erased words leave the write-ahead log only with its next checkpoint: it is in use"),
        Err(error) => tracing::warn!(%error, "erased words are still in the write-ahead log"),
    }
}
