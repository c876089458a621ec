//! Whoever changes a log behind the store's back is found, and so is the place.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail anywhere")]

mod common;

use common::{PLAIN_WORD, raw, searches, session, whole_log};
use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, Connection, Row, SqliteConnection};
use std::path::{Path, PathBuf};
use store::{Error, EventLog, Sqlite, Verified};
use tempfile::TempDir;

/// A database with one session of every kind of event and its neighbours.
struct Bench {
    dir: TempDir,
    log: Sqlite,
    events: u64,
}

impl Bench {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let log = Sqlite::open(dir.path().join("log.db")).await.unwrap();
        let events = whole_log(session(1));
        let count = events.len() as u64;
        log.append(session(1), 0, events).await.unwrap();
        for neighbour in [0, 2] {
            log.append(session(neighbour), 0, searches(0, 3)).await.unwrap();
        }
        Self { dir, log, events: count }
    }

    fn file(&self) -> PathBuf {
        self.dir.path().join("log.db")
    }

    /// Does it past the store, without the guards that the database itself has.
    async fn tamper(&self, sql: &str) {
        let mut connection = unguarded(&self.file()).await;
        let changed = execute(&mut connection, sql).await.unwrap();
        assert!(changed > 0, "{sql} does nothing");
        connection.close().await.unwrap();
    }

    /// Where the log is found to be broken, and why.
    async fn breach(&self) -> (u64, String) {
        match self.log.verify(session(1)).await {
            Err(Error::Broken { session: s, seq, why }) if s == session(1) => (seq, why),
            other => panic!("{other:?}"),
        }
    }

    async fn neighbours_hold(&self) -> bool {
        let neighbour = async |n| self.log.verify(session(n)).await.is_ok_and(|verified| verified.events == 3);
        neighbour(0).await && neighbour(2).await
    }
}

async fn execute(connection: &mut SqliteConnection, sql: &str) -> Result<u64, sqlx::Error> {
    let sql = sql.replace("$ONE", &format!("session = x'{}'", session(1).0.simple()));
    Ok(sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await?.rows_affected())
}

async fn unguarded(file: &Path) -> SqliteConnection {
    let mut connection = raw(file).await;
    let query = "SELECT group_concat('DROP TRIGGER ' || name, ';') FROM sqlite_schema WHERE type = 'trigger'";
    let drops: Option<String> = sqlx::query_scalar(query).fetch_one(&mut connection).await.unwrap();
    for sql in ["PRAGMA synchronous = OFF", "PRAGMA ignore_check_constraints = ON", &drops.unwrap_or_default()] {
        execute(&mut connection, sql).await.unwrap();
    }
    connection
}

#[tokio::test]
async fn what_was_edited_deleted_or_cut_off_is_found_and_located() {
    let last = Bench::new().await.events;
    let (before_last, after_last) = (last - 1, last + 1);
    let cut = |from: u64| {
        let place = format!("WHERE $ONE AND seq >= {from}");
        format!("DELETE FROM payload {place}; DELETE FROM chain {place}")
    };
    let cases: Vec<(&str, String, u64, &str)> = vec![
        (
            "edited payload",
            "UPDATE payload SET body = replace(body, 'door', 'call') WHERE $ONE AND seq = 5".into(),
            5,
            "payload was changed",
        ),
        (
            "edited salt",
            "UPDATE payload SET salt = zeroblob(16) WHERE $ONE AND seq = 9".into(),
            9,
            "payload was changed",
        ),
        (
            "swapped payloads",
            "UPDATE payload SET (salt, body) = (SELECT salt, body FROM payload other \
                WHERE other.session = payload.session AND other.seq = 15 - payload.seq) WHERE $ONE AND seq IN (7, 8)"
                .into(),
            7,
            "payload was changed",
        ),
        ("deleted payload", "DELETE FROM payload WHERE $ONE AND seq = 6".into(), 6, "gone and was not erased"),
        ("edited time", "UPDATE chain SET at = at + 1 WHERE $ONE AND seq = 4".into(), 4, "was changed"),
        ("edited kind", "UPDATE chain SET kind = 'resumed' WHERE $ONE AND seq = 4".into(), 4, "was changed"),
        ("edited hash", "UPDATE chain SET hash = zeroblob(32) WHERE $ONE AND seq = 4".into(), 4, "was changed"),
        ("shortened hash", "UPDATE chain SET hash = x'00' WHERE $ONE AND seq = 4".into(), 4, "slice"),
        ("negative time", "UPDATE chain SET at = -1 WHERE $ONE AND seq = 4".into(), 4, "out of range"),
        ("deleted first row", "DELETE FROM chain WHERE $ONE AND seq = 1".into(), 1, "gone"),
        ("deleted row", "DELETE FROM chain WHERE $ONE AND seq = 12".into(), 12, "event 13 comes instead"),
        ("deleted rows", "DELETE FROM chain WHERE $ONE AND seq BETWEEN 12 AND 14".into(), 12, "event 15 comes instead"),
        (
            "renumbered rows",
            "DELETE FROM chain WHERE $ONE AND seq = 12; UPDATE chain SET seq = -seq WHERE $ONE AND seq > 12; \
                UPDATE chain SET seq = -seq - 1 WHERE $ONE AND seq < 0"
                .into(),
            12,
            "was changed",
        ),
        ("deleted last row", cut(last), last, "cut off"),
        ("cut-off tail", cut(20), 20, "cut off"),
        ("deleted log", cut(1), 1, "cut off"),
        (
            "cut-off tail with a forged end",
            format!("{}; UPDATE head SET seq = {before_last} WHERE $ONE", cut(last)),
            before_last,
            "another hash",
        ),
        ("deleted end", "DELETE FROM head WHERE $ONE".into(), last, "nothing notes"),
        (
            "added row",
            format!(
                "INSERT INTO chain SELECT session, {after_last}, kind, at, wall, v, payload_hash, hash FROM chain \
                    WHERE $ONE AND seq = {last}"
            ),
            after_last,
            "was changed",
        ),
        (
            "forged erasure",
            "UPDATE payload SET salt = NULL, body = replace(body, 'door', 'call') WHERE $ONE AND seq = 5".into(),
            5,
            "marked as erased",
        ),
        (
            "forged erasure of a fact without words",
            "UPDATE payload SET salt = NULL WHERE $ONE AND seq = 1".into(),
            1,
            "marked as erased",
        ),
        (
            "forged erasure into another kind",
            r#"UPDATE payload SET salt = NULL, body = '{"kind":"paused","data":{"why":""}}' WHERE $ONE AND seq = 9"#
                .into(),
            9,
            "marked as erased",
        ),
        ("lost salt", "UPDATE payload SET salt = NULL WHERE $ONE AND seq = 9".into(), 9, "marked as erased"),
    ];
    for (what, sql, at, reason) in cases {
        let bench = Bench::new().await;
        bench.tamper(&sql).await;
        let (seq, why) = bench.breach().await;
        assert_eq!(seq, at, "{what}: {why}");
        assert!(why.contains(reason), "{what}: {why}");
        assert!(bench.neighbours_hold().await, "{what}");
    }
}

#[tokio::test]
async fn a_change_of_any_column_of_any_row_is_located_at_that_row() {
    let bench = Bench::new().await;
    let mut connection = unguarded(&bench.file()).await;
    for (table, column, change) in [
        ("chain", "kind", "kind || 'x'"),
        ("chain", "at", "at + 1"),
        ("chain", "wall", "-wall"),
        ("chain", "v", "v + 1"),
        ("chain", "payload_hash", "randomblob(32)"),
        ("chain", "hash", "randomblob(32)"),
        ("payload", "salt", "randomblob(16)"),
        ("payload", "body", "body || ' '"),
    ] {
        for seq in 1..=bench.events {
            let place = format!("WHERE $ONE AND seq = {seq}");
            let keep = format!("CREATE TEMP TABLE kept AS SELECT {column} AS old FROM {table} {place}");
            execute(&mut connection, &keep).await.unwrap();
            execute(&mut connection, &format!("UPDATE {table} SET {column} = {change} {place}")).await.unwrap();
            assert_eq!(bench.breach().await.0, seq, "{table}.{column}");
            let restore = format!("UPDATE {table} SET {column} = (SELECT old FROM kept) {place}; DROP TABLE kept");
            execute(&mut connection, &restore).await.unwrap();
        }
    }
    assert_eq!(bench.log.verify(session(1)).await.unwrap().events, bench.events);
}

/// Recomputes the hashes from `seq` on, as a forger who has read the source would.
async fn forge(file: &Path, seq: i64, upto: i64) {
    let mut connection = unguarded(file).await;
    let one = session(1).0.as_bytes().to_vec();
    let prev = "SELECT hash FROM chain WHERE session = ? AND seq = ?";
    let prev: Option<Vec<u8>> =
        sqlx::query_scalar(prev).bind(&one).bind(seq - 1).fetch_optional(&mut connection).await.unwrap();
    let mut prev = prev.unwrap_or(vec![0; 32]);
    let rows = "SELECT * FROM chain WHERE session = ? AND seq BETWEEN ? AND ? ORDER BY seq";
    let rows = sqlx::query(rows).bind(&one).bind(seq).bind(upto).fetch_all(&mut connection).await.unwrap();
    for row in rows {
        let number = |column| row.get::<i64, _>(column).to_be_bytes();
        let v = row.get::<i32, _>("v").to_be_bytes();
        let mut hash = Sha256::new();
        for part in [prev.as_slice(), &one, &number("seq"), &number("at"), &number("wall"), &v] {
            hash.update(part);
        }
        hash.update(row.get::<String, _>("kind"));
        hash.update(row.get::<Vec<u8>, _>("payload_hash"));
        prev = hash.finalize().to_vec();
        let update = "UPDATE chain SET hash = ? WHERE session = ? AND seq = ?";
        let update = sqlx::query(update).bind(&prev).bind(&one).bind(row.get::<i64, _>("seq"));
        update.execute(&mut connection).await.unwrap();
    }
    let update = sqlx::query("UPDATE head SET hash = ? WHERE session = ? AND seq = ?").bind(prev).bind(one).bind(upto);
    update.execute(&mut connection).await.unwrap();
}

#[tokio::test]
async fn a_row_with_a_forged_hash_shows_at_the_next_row() {
    let bench = Bench::new().await;
    bench.tamper("UPDATE chain SET at = at + 1 WHERE $ONE AND seq = 4").await;
    forge(&bench.file(), 4, 4).await;
    assert_eq!(bench.breach().await.0, 5);
}

#[tokio::test]
async fn a_log_that_is_forged_to_its_end_shows_by_a_head_hash_noted_elsewhere() {
    let bench = Bench::new().await;
    let noted: Verified = bench.log.verify(session(1)).await.unwrap();
    let last = bench.events as i64;
    // The recomputed hashes are the stored ones: the formula is as documented.
    forge(&bench.file(), 1, last).await;
    assert_eq!(bench.log.verify(session(1)).await.unwrap(), noted);
    bench.tamper("UPDATE chain SET at = at + 1 WHERE $ONE AND seq = 4").await;
    forge(&bench.file(), 4, last).await;
    assert_ne!(bench.log.verify(session(1)).await.unwrap().head_hash, noted.head_hash);
}

#[tokio::test]
async fn reading_stops_at_a_gap_or_a_lost_payload_instead_of_passing_over_it() {
    for (sql, at) in [
        ("DELETE FROM chain WHERE $ONE AND seq = 12", 12),
        ("DELETE FROM chain WHERE $ONE AND seq = 1", 1),
        ("DELETE FROM payload WHERE $ONE AND seq = 6", 6),
    ] {
        let bench = Bench::new().await;
        bench.tamper(sql).await;
        let error = bench.log.read(session(1), 0).await.unwrap_err();
        assert!(matches!(error, Error::Broken { seq, .. } if seq == at), "{error}");
    }
}

#[tokio::test]
async fn an_event_of_a_newer_build_is_named_and_not_guessed_at() {
    for (sql, reason) in [
        ("UPDATE chain SET v = 2 WHERE $ONE AND seq = 4", "version 2"),
        ("UPDATE payload SET body = replace(body, 'searched', 'sought') WHERE $ONE AND seq = 9", "sought"),
    ] {
        let bench = Bench::new().await;
        bench.tamper(sql).await;
        let error = bench.log.read(session(1), 0).await.unwrap_err();
        assert!(matches!(error, Error::Unreadable { seq: 4 | 9, .. }), "{error}");
        assert!(error.to_string().contains(reason), "{error}");
    }
}

#[tokio::test]
async fn the_database_itself_refuses_to_change_a_log() {
    let bench = Bench::new().await;
    let mut connection = raw(&bench.file()).await;
    for sql in [
        "UPDATE chain SET at = at + 1 WHERE $ONE AND seq = 4",
        "UPDATE OR REPLACE chain SET seq = 5 WHERE $ONE AND seq = 4",
        "DELETE FROM chain WHERE $ONE AND seq = 4",
        "DELETE FROM chain",
        "INSERT OR REPLACE INTO chain SELECT session, seq, kind, at + 1, wall, v, payload_hash, hash FROM chain \
            WHERE $ONE AND seq = 4",
        "INSERT INTO chain SELECT session, seq + 1000, kind, at, wall, v, payload_hash, hash FROM chain \
            WHERE $ONE AND seq = 4",
        "UPDATE payload SET body = '{}' WHERE $ONE AND seq = 4",
        "UPDATE payload SET salt = NULL, seq = seq + 1000 WHERE $ONE AND seq = 4",
        "DELETE FROM payload WHERE $ONE AND seq = 4",
    ] {
        let error = execute(&mut connection, sql).await.unwrap_err().to_string();
        assert!(error.contains("append-only") || error.contains("a payload is"), "{sql}: {error}");
    }
    assert_eq!(bench.log.verify(session(1)).await.unwrap().events, bench.events);
}

#[tokio::test]
async fn erased_words_are_in_no_file_of_the_database() {
    let bench = Bench::new().await;
    bench.log.name_candidate(session(1), "Persephone".into()).await.unwrap();
    let found = |word: &str| {
        let files = bench.dir.path().read_dir().unwrap().map(|file| std::fs::read(file.unwrap().path()).unwrap());
        files.map(|bytes| bytes.windows(word.len()).filter(|window| *window == word.as_bytes()).count()).sum::<usize>()
    };
    assert!(found(PLAIN_WORD) > 0 && found("Persephone") > 0);
    bench.log.erase_candidate(session(1)).await.unwrap();
    for seq in 1..=bench.events {
        bench.log.erase_payload(session(1), seq).await.unwrap();
    }
    assert_eq!((found(PLAIN_WORD), found("Persephone")), (0, 0));
    assert_eq!(bench.log.verify(session(1)).await.unwrap().events, bench.events);
}

#[tokio::test]
async fn the_audit_log_is_only_added_to() {
    use domain::access::{Act, Actor};
    use store::{AuditRow, Change, Register};
    let bench = Bench::new().await;
    let entry = AuditRow { n: 0, at: 1, actor: Actor::Owner, act: Act::KeyOpened, session: None, about: None };
    for _ in 0..3 {
        bench.log.change(Change::Note(entry.clone())).await.unwrap();
    }
    let before = bench.log.audit(None, 9).await.unwrap();
    let mut connection = raw(&bench.file()).await;
    for sql in [
        "UPDATE audit SET at = 2 WHERE n = 2",
        "DELETE FROM audit WHERE n = 3",
        "INSERT INTO audit (n, at, actor, act) VALUES (9, 1, 'a', 'b')",
        "INSERT OR REPLACE INTO audit (n, at, actor, act) VALUES (2, 1, 'a', 'b')",
    ] {
        let refused = execute(&mut connection, sql).await.unwrap_err().to_string();
        assert!(refused.contains("append-only"), "{sql}: {refused}");
    }
    assert_eq!(bench.log.audit(None, 9).await.unwrap(), before);
}
