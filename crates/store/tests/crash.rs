//! What was acknowledged is there after the process was killed in the middle of its work.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail anywhere")]

mod common;

use common::{searches, session};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use store::{EventLog, Sqlite};

const ROUNDS: usize = 20;
const DATABASE: &str = "STORE_CRASH_DATABASE";
const WRITERS: u128 = 4;

#[tokio::test]
async fn every_acknowledged_event_survives_a_kill_and_the_chain_holds() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("log.db");
    let mut acknowledged = BTreeMap::new();
    for round in 0..ROUNDS {
        // Another moment of the work in each round.
        acknowledged.extend(acknowledged_until_killed(&file, 1 + round * 7));
        let log = Sqlite::open(&file).await.unwrap();
        for (writer, seq) in &acknowledged {
            let verified = log.verify(session(*writer)).await.unwrap();
            assert!(verified.events >= *seq, "round {round}: {seq} acknowledged, {} there", verified.events);
            let events = log.read(session(*writer), 0).await.unwrap();
            assert_eq!(events.len() as u64, verified.events);
            assert_eq!(events, searches(0, verified.events));
        }
    }
    assert_eq!(acknowledged.len(), WRITERS as usize);
}

/// Starts a writing process, kills it at its `last` acknowledgement, and returns the highest ones by log.
fn acknowledged_until_killed(file: &Path, last: usize) -> BTreeMap<u128, u64> {
    let mut child = writing_process(file);
    let mut output = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut seen: BTreeMap<u128, u64> = output.by_ref().filter_map(|line| acknowledgement(&line)).take(last).collect();
    // SIGKILL: the other writers, and soon this one, are in the middle of something.
    child.kill().unwrap();
    seen.extend(output.filter_map(|line| acknowledgement(&line)));
    child.wait().unwrap();
    seen
}

/// Reads `written <log> <seq>.`; the harness prints other lines, and the very last may be cut short.
fn acknowledgement(line: &str) -> Option<(u128, u64)> {
    let (writer, seq) = line.strip_prefix("written ")?.strip_suffix('.')?.split_once(' ')?;
    Some((writer.parse().ok()?, seq.parse().ok()?))
}

fn writing_process(file: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "writes_until_killed", "--ignored", "--nocapture"])
        .env(DATABASE, file)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Not a test of its own: the process that the test above kills. Alone, it has nothing to do.
#[tokio::test]
#[ignore = "is started by every_acknowledged_event_survives_a_kill_and_the_chain_holds"]
async fn writes_until_killed() {
    let Some(file) = std::env::var_os(DATABASE) else { return };
    let log = Sqlite::open(file).await.unwrap();
    futures_util::future::join_all((1..=WRITERS).map(|writer| write_on(&log, writer))).await;
}

async fn write_on(log: &Sqlite, writer: u128) {
    let mut last = log.read(session(writer), 0).await.unwrap().len() as u64;
    loop {
        let more = 1 + last % 3;
        log.append(session(writer), last, searches(0, last + more).split_off(last as usize)).await.unwrap();
        last += more;
        // One write each, so that a kill cuts at most the last line.
        std::io::stdout().write_all(format!("written {writer} {last}.\n").as_bytes()).unwrap();
        std::io::stdout().flush().unwrap();
    }
}
