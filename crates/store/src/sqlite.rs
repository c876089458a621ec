//! The store on disk: one SQLite database in WAL mode, one writer, a few readers.

#[cfg(test)]
mod faults;
mod register;
mod rows;
mod writer;

use crate::chain::{self, Head, Salts, Verifier};
use crate::{Error, EventLog, Pending, SessionRow, Verified, entry};
use domain::Event;
use domain::ids::SessionId;
use futures_util::TryStreamExt;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, SqlSafeStr};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use writer::{Job, Work};

/// How long to wait for another process that holds the database.
const BUSY: Duration = Duration::from_secs(5);
/// How many reads go on at once.
const READERS: u32 = 4;
/// How many writes may wait; more wait outside.
const WAITING: usize = 1024;

/// Event logs in a SQLite database. Writes that wait at the same time share one commit, and so one wait for the disk.
pub struct Sqlite {
    jobs: mpsc::Sender<Job>,
    readers: SqlitePool,
    salts: Salts,
}

impl Sqlite {
    /// Opens the database in a file, made where it is missing (readable by its owner only), and brings it to this
    /// build's form. Needs a running tokio runtime.
    ///
    /// Fails with [`Error::Open`].
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        Self::open_with(path, |options| options).await.map_err(|source| Error::Open { path: path.to_owned(), source })
    }

    async fn open_with(
        path: &Path,
        adjust: impl FnOnce(SqliteConnectOptions) -> SqliteConnectOptions,
    ) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        // SQLite gives its other files the mode of the first one.
        std::fs::OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
        let mut writer = writing(path, adjust).connect().await?;
        migrator().run(&mut writer).await?;
        let salts = Salts::new(fresh_key(&mut writer).await?);
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(BUSY)
            .test_before_acquire(false)
            .connect_lazy_with(connecting(path).read_only(true));
        let (jobs, waiting) = mpsc::channel(WAITING);
        tokio::spawn(writer::run(writer, waiting));
        Ok(Self { jobs, readers, salts })
    }

    async fn write(&self, work: Work) -> Result<(), Error> {
        let stopped = |_| Error::Unavailable { source: "its writer has stopped".into() };
        let (done, outcome) = oneshot::channel();
        self.jobs.send(Job { work, done }).await.map_err(|_| stopped(()))?;
        outcome.await.map_err(|_| stopped(()))?
    }

    async fn append_now(&self, session: SessionId, after: u64, events: Vec<Event>) -> Result<(), Error> {
        let entries = entry::encode(session, after, &events, &self.salts)?;
        self.write(Work::Append { session, after, entries }).await
    }

    async fn read_now(&self, session: SessionId, after: u64) -> Result<Vec<Event>, Error> {
        let mut reader = self.readers.acquire().await?;
        let links: Vec<_> = rows::links(&mut reader, session, after).try_collect().await?;
        chain::events(session, after, &links)
    }

    async fn verify_now(&self, session: SessionId) -> Result<Verified, Error> {
        // One transaction sees one state: the chain and its noted end belong together.
        let mut reader = self.readers.begin().await?;
        let head: Option<Head> = rows::head(&mut reader, session).await?;
        let mut verifier = Verifier::new(session);
        let mut links = rows::links(&mut reader, session, 0);
        while let Some(link) = links.try_next().await? {
            verifier.step(&link)?;
        }
        drop(links);
        reader.commit().await?;
        verifier.finish(head)
    }
}

impl EventLog for Sqlite {
    fn append(&self, session: SessionId, after: u64, events: Vec<Event>) -> Pending<'_, ()> {
        Box::pin(self.append_now(session, after, events))
    }

    fn read(&self, session: SessionId, after: u64) -> Pending<'_, Vec<Event>> {
        Box::pin(self.read_now(session, after))
    }

    fn sessions(&self) -> Pending<'_, Vec<SessionRow>> {
        Box::pin(async move { rows::sessions(&mut *self.readers.acquire().await?).await })
    }

    fn heartbeat(&self, session: SessionId, elapsed_ms: u64) -> Pending<'_, ()> {
        Box::pin(self.write(Work::Heartbeat { session, elapsed_ms }))
    }

    fn elapsed(&self, session: SessionId) -> Pending<'_, u64> {
        Box::pin(async move { rows::elapsed(&mut *self.readers.acquire().await?, session).await })
    }

    fn verify(&self, session: SessionId) -> Pending<'_, Verified> {
        Box::pin(self.verify_now(session))
    }

    fn erase_payload(&self, session: SessionId, seq: u64) -> Pending<'_, ()> {
        Box::pin(self.write(Work::Erase { session, seq }))
    }

    fn name_candidate(&self, session: SessionId, name: String) -> Pending<'_, ()> {
        Box::pin(self.write(Work::Name { session, name }))
    }

    fn candidate_name(&self, session: SessionId) -> Pending<'_, Option<String>> {
        Box::pin(async move { rows::candidate(&mut *self.readers.acquire().await?, session).await })
    }

    fn erase_candidate(&self, session: SessionId) -> Pending<'_, ()> {
        Box::pin(self.write(Work::Forget { session }))
    }
}

fn connecting(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new().filename(path).busy_timeout(BUSY).foreign_keys(true).disable_statement_logging()
}

fn writing(path: &Path, adjust: impl FnOnce(SqliteConnectOptions) -> SqliteConnectOptions) -> SqliteConnectOptions {
    let options = connecting(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("secure_delete", "ON");
    adjust(options)
}

/// The forms the database has had, oldest first. A form that was released never changes: a new one follows it.
fn migrator() -> Migrator {
    let form = |(number, name, sql): (i64, &'static str, &'static str)| {
        Migration::new(number, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
    };
    let forms = [
        (1, "log", include_str!("../migrations/0001_log.sql")),
        (2, "links", include_str!("../migrations/0002_links.sql")),
        (3, "accounts", include_str!("../migrations/0003_accounts.sql")),
        (4, "models", include_str!("../migrations/0004_models.sql")),
    ];
    Migrator::with_migrations(forms.into_iter().map(form).collect())
}

/// A key from SQLite's own generator, which the operating system seeds.
async fn fresh_key(connection: &mut SqliteConnection) -> Result<[u8; 32], Box<dyn std::error::Error + Send + Sync>> {
    let key: Vec<u8> = sqlx::query_scalar("SELECT randomblob(32)").fetch_one(connection).await?;
    Ok(key.as_slice().try_into()?)
}
