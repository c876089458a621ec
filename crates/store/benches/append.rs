//! How long an append takes until it is acknowledged: one at a time, and with 64 sessions writing at once.
#![allow(clippy::unwrap_used, reason = "a failure must not count as a fast append")]

use divan::Bencher;
use divan::counter::ItemsCount;
use domain::event::Edited;
use domain::ids::{EditId, RepoPath, SessionId};
use domain::text::{ChangeSet, Section};
use domain::{Event, Fact};
use futures_util::future::join_all;
use store::{EventLog, Memory, Sqlite};
use tokio::runtime::Runtime;
use uuid::Uuid;

fn main() {
    divan::main();
}

#[divan::bench(args = [1, 64])]
fn sqlite(bencher: Bencher<'_, '_>, sessions: u64) {
    let (runtime, dir) = (Runtime::new().unwrap(), tempfile::tempdir().unwrap());
    let log = runtime.block_on(Sqlite::open(dir.path().join("log.db"))).unwrap();
    type_keys(bencher, &runtime, &log, sessions);
}

#[divan::bench(args = [1, 64])]
fn memory(bencher: Bencher<'_, '_>, sessions: u64) {
    type_keys(bencher, &Runtime::new().unwrap(), &Memory::new(), sessions);
}

/// One key typed in each of the sessions, all at once, and again.
fn type_keys(bencher: Bencher<'_, '_>, runtime: &Runtime, log: &dyn EventLog, sessions: u64) {
    let mut after = 0;
    bencher.counter(ItemsCount::new(sessions)).bench_local(|| {
        let append = |n: u64| log.append(SessionId(Uuid::from_u128(n.into())), after, vec![key(after + 1)]);
        for outcome in runtime.block_on(join_all((0..sessions).map(append))) {
            outcome.unwrap();
        }
        after += 1;
    });
}

fn key(seq: u64) -> Event {
    let changes = vec![Section::Keep(1200), Section::Replace { delete: 0, insert: "x".into() }, Section::Keep(900)];
    let fact = Fact::Edited(Edited {
        edit: EditId(Uuid::from_u128(seq.into())),
        path: RepoPath::parse("helpdesk/corpus.py").unwrap(),
        version: 1,
        changes: ChangeSet(changes),
        inserted_from: None,
    });
    Event { seq, at: seq, wall: 0, v: Event::VERSION, fact }
}
