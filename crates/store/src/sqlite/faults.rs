//! What happens when the disk does not take more, and what it is asked for when it does.

use super::*;
use crate::entry::encode;
use domain::Fact;
use domain::event::SubmittedBy;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use uuid::Uuid;

fn session(n: u128) -> SessionId {
    SessionId(Uuid::from_u128(n))
}

fn event(seq: u64, words: &str) -> Event {
    let fact = Fact::Submitted { by: SubmittedBy::Candidate, diagnosis: words.to_owned() };
    Event { seq, at: seq, wall: 0, v: 1, fact }
}

fn database() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("log.db");
    (dir, file)
}

fn is_unavailable(outcome: &Result<(), Error>) -> bool {
    matches!(outcome, Err(Error::Unavailable { .. }))
}

#[tokio::test]
async fn a_full_disk_acknowledges_nothing_false_and_goes_on_once_there_is_room() {
    let (_dir, file) = database();
    let log = Sqlite::open_with(&file, |options| options.pragma("max_page_count", "60")).await.unwrap();
    let words = "w".repeat(20_000);
    let mut written = 0;
    let refusal = loop {
        match log.append(session(1), written, vec![event(written + 1, &words)]).await {
            Ok(()) => written += 1,
            Err(refusal) => break refusal,
        }
    };
    assert!(written > 1, "{refusal}");
    assert!(refusal.to_string().contains("full"), "{refusal}");
    for _ in 0..3 {
        assert!(is_unavailable(&log.append(session(1), written, vec![event(written + 1, &words)]).await));
    }
    assert_eq!(log.read(session(1), 0).await.unwrap().len() as u64, written);
    assert_eq!(log.verify(session(1)).await.unwrap().events, written);
    log.erase_payload(session(1), 1).await.unwrap();
    log.append(session(1), written, vec![event(written + 1, &words)]).await.unwrap();
    assert_eq!(log.verify(session(1)).await.unwrap().events, written + 1);
}

#[tokio::test]
async fn a_database_that_cannot_be_written_says_so_and_can_still_be_read() {
    let (_dir, file) = database();
    let log = Sqlite::open(&file).await.unwrap();
    log.append(session(1), 0, vec![event(1, "before")]).await.unwrap();
    let log = Sqlite::open_with(&file, |options| options.pragma("query_only", "ON")).await.unwrap();
    let outcomes = [
        log.append(session(1), 1, vec![event(2, "after")]).await,
        log.heartbeat(session(1), 9).await,
        log.erase_payload(session(1), 1).await,
        log.name_candidate(session(1), "Ada".to_owned()).await,
    ];
    assert!(outcomes.iter().all(is_unavailable), "{outcomes:?}");
    assert_eq!(log.read(session(1), 0).await.unwrap(), [event(1, "before")]);
}

#[tokio::test]
async fn an_append_that_found_the_database_locked_may_be_tried_again_as_it_was() {
    let (_dir, file) = database();
    let brief = |options: SqliteConnectOptions| options.busy_timeout(Duration::from_millis(20));
    let log = Sqlite::open_with(&file, brief).await.unwrap();
    let mut other = SqliteConnectOptions::new().filename(&file).connect().await.unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    let append = || log.append(session(1), 0, vec![event(1, "mine")]);
    assert!(is_unavailable(&append().await));
    sqlx::query("COMMIT").execute(&mut other).await.unwrap();
    append().await.unwrap();
}

#[tokio::test]
async fn two_servers_on_one_database_notice_each_other() {
    let (_dir, file) = database();
    let (one, other) = (Sqlite::open(&file).await.unwrap(), Sqlite::open(&file).await.unwrap());
    for after in (0..20).step_by(2) {
        one.append(session(1), after, vec![event(after + 1, "one")]).await.unwrap();
        other.append(session(1), after + 1, vec![event(after + 2, "other")]).await.unwrap();
        let late = one.append(session(1), after + 1, vec![event(after + 2, "late")]).await;
        assert!(matches!(late, Err(Error::Conflict { actual, .. }) if actual == after + 2), "{late:?}");
    }
    assert_eq!(one.verify(session(1)).await.unwrap(), other.verify(session(1)).await.unwrap());
}

#[tokio::test]
async fn a_file_that_is_no_database_or_of_a_newer_build_is_not_opened() {
    let (dir, file) = database();
    std::fs::write(&file, "no database".repeat(100)).unwrap();
    let newer = dir.path().join("newer.db");
    drop(Sqlite::open(&newer).await.unwrap());
    let mut other = SqliteConnectOptions::new().filename(&newer).connect().await.unwrap();
    let sql = "INSERT INTO _sqlx_migrations SELECT 999, description, installed_on, success, checksum, execution_time
        FROM _sqlx_migrations LIMIT 1";
    sqlx::query(sql).execute(&mut other).await.unwrap();
    for (file, reason) in [(file, "not a database"), (newer, "999"), (dir.path().join("no/log.db"), "No such file")] {
        let error = Sqlite::open(&file).await.err().unwrap();
        assert!(matches!(&error, Error::Open { path, .. } if *path == file), "{error}");
        assert!(error.to_string().contains(reason), "{error}");
    }
}

/// A writer of its own: its connection, a counter of its commits, and its queue before it starts.
async fn waiting_writer(file: &Path) -> (SqliteConnection, Arc<AtomicUsize>) {
    drop(Sqlite::open(file).await.unwrap());
    let mut connection = SqliteConnectOptions::new().filename(file).connect().await.unwrap();
    let commits = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&commits);
    let count = move || {
        counted.fetch_add(1, Ordering::SeqCst);
        true
    };
    connection.lock_handle().await.unwrap().set_commit_hook(count);
    (connection, commits)
}

/// Lets the writer find all these at once.
async fn write_at_once(connection: SqliteConnection, works: Vec<Work>) -> Vec<Result<(), Error>> {
    let (jobs, queue) = mpsc::channel(WAITING);
    let mut outcomes = Vec::new();
    for work in works {
        let (done, outcome) = oneshot::channel();
        jobs.try_send(Job { work, done }).unwrap();
        outcomes.push(outcome);
    }
    drop(jobs);
    writer::run(connection, queue).await;
    let mut written = Vec::new();
    for outcome in outcomes {
        written.push(outcome.await.unwrap());
    }
    written
}

fn append(n: u128, after: u64) -> Work {
    let entries = encode(session(n), after, &[event(after + 1, "words")], &Salts::new([7; 32])).unwrap();
    Work::Append { session: session(n), after, entries }
}

#[tokio::test]
async fn appends_that_wait_together_share_one_commit_and_refusals_among_them_harm_nobody() {
    let (_dir, file) = database();
    let (connection, commits) = waiting_writer(&file).await;
    let mut works: Vec<Work> = (0..100).map(|n| append(n, 0)).collect();
    works.push(append(5, 1));
    works.push(append(6, 0));
    let outcomes = write_at_once(connection, works).await;
    assert_eq!(commits.load(Ordering::SeqCst), 1);
    assert!(outcomes[..101].iter().all(Result::is_ok), "{outcomes:?}");
    assert!(matches!(outcomes[101], Err(Error::Conflict { actual: 1, .. })));
    let log = Sqlite::open(&file).await.unwrap();
    assert_eq!(log.sessions().await.unwrap().len(), 100);
    assert_eq!(log.verify(session(5)).await.unwrap().events, 2);
}

#[tokio::test]
async fn one_append_that_the_database_refuses_does_not_spoil_those_that_wait_with_it() {
    let (_dir, file) = database();
    let log = Sqlite::open(&file).await.unwrap();
    log.append(session(2), 0, vec![event(1, "words")]).await.unwrap();
    // A log that lost its end: the first event it takes for due is there already.
    let mut other = SqliteConnectOptions::new().filename(&file).connect().await.unwrap();
    sqlx::query("DELETE FROM head").execute(&mut other).await.unwrap();
    let (connection, commits) = waiting_writer(&file).await;
    let outcomes = write_at_once(connection, vec![append(1, 0), append(2, 0), append(3, 0)]).await;
    assert!(matches!(outcomes.as_slice(), [Ok(()), Err(Error::Unavailable { .. }), Ok(())]), "{outcomes:?}");
    assert_eq!(commits.load(Ordering::SeqCst), 2);
    assert_eq!(log.verify(session(3)).await.unwrap().events, 1);
}

#[tokio::test]
async fn the_writer_waits_for_the_disk_and_leaves_nothing_erased_behind() {
    let (_dir, file) = database();
    drop(Sqlite::open(&file).await.unwrap());
    let mut writer = writing(&file, |options| options).connect().await.unwrap();
    let full = "2";
    for (pragma, due) in [("journal_mode", "wal"), ("synchronous", full), ("secure_delete", "1"), ("foreign_keys", "1")]
    {
        let query = sqlx::AssertSqlSafe(format!("SELECT CAST({pragma} AS TEXT) FROM pragma_{pragma}"));
        let found: String = sqlx::query_scalar(query).fetch_one(&mut writer).await.unwrap();
        assert_eq!(found, due, "{pragma}");
    }
}

#[tokio::test]
async fn nobody_else_may_read_the_files() {
    let (dir, file) = database();
    let log = Sqlite::open(&file).await.unwrap();
    log.append(session(1), 0, vec![event(1, "words")]).await.unwrap();
    let files: Vec<_> = dir.path().read_dir().unwrap().map(Result::unwrap).collect();
    assert_eq!(files.len(), 3, "{files:?}");
    for file in files {
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o077, 0, "{:?}", file.path());
    }
}
