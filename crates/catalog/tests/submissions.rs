//! What sessions hand in becomes commits that git reads, the same from the same input.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test may fail loudly")]

mod fixture;

use domain::ids::{CommitId, RepoPath, SessionId};
use fixture::Fixture;
use std::collections::BTreeMap;
use uuid::Uuid;

type Files = BTreeMap<RepoPath, String>;

fn files(list: &[(&str, &str)]) -> Files {
    list.iter().map(|(path, text)| (RepoPath::parse(path).unwrap(), (*text).to_owned())).collect()
}

#[test]
fn a_submission_is_a_commit_on_the_head_with_exactly_these_files() {
    let fixture = Fixture::new();
    let library = fixture.load_sound();
    let session = SessionId(Uuid::from_u128(1));
    let handed_in = files(&[("run.sh", "#!/bin/sh\n"), ("shop/prices.py", "RATE = 19\n"), ("new/deep/é.py", "")]);
    let id = library.record_submission(&Fixture::task(), session, &handed_in, 1_741_000_000_999, "Handed in").unwrap();
    let reference = format!("refs/sessions/{session}");
    assert_eq!(fixture.git_bare(&["rev-parse", &reference]).trim(), id.as_str());
    assert_eq!(fixture.git_bare(&["rev-parse", &format!("{id}^")]).trim(), fixture.head.as_str());
    let show = fixture.git_bare(&["log", "-1", "--format=%an|%ae|%at|%cn|%ct|%B", id.as_str()]);
    let who = "Candidate|candidate@caveat.invalid|1741000000|Candidate|1741000000|Handed in\n";
    assert_eq!(show.trim_end(), who.trim_end());
    let tree = fixture.git_bare(&[
        "-c",
        "core.quotePath=false",
        "ls-tree",
        "-r",
        "--format=%(objectmode) %(path)",
        id.as_str(),
    ]);
    assert_eq!(tree, "100644 new/deep/é.py\n100755 run.sh\n100644 shop/prices.py\n");
    assert_eq!(fixture.git_bare(&["show", &format!("{id}:shop/prices.py")]), "RATE = 19\n");
    fixture.git_bare(&["fsck", "--strict", "--full"]);
}

#[test]
fn the_same_submission_gives_the_same_id_on_every_machine() {
    let fixture = Fixture::new();
    let handed_in = files(&[("a.py", "x = 1\n")]);
    let session = SessionId(Uuid::from_u128(2));
    let record = |fixture: &Fixture| {
        let library = fixture.load_sound();
        library.record_submission(&Fixture::task(), session, &handed_in, 5_000, "Handed in").unwrap()
    };
    let first = record(&fixture);
    assert_eq!(record(&fixture), first, "a retry");
    assert_eq!(record(&fixture.copy()), first, "another machine");
}

#[test]
fn many_sessions_hand_in_at_once_and_each_finds_its_own() {
    let fixture = Fixture::new();
    let library = fixture.load_sound();
    let record = |number: u128| -> (u128, CommitId) {
        let text = format!("N = {number}\n");
        let handed_in = files(&[("shop/n.py", &text), ("shop/same.py", "x = 1\n")]);
        let session = SessionId(Uuid::from_u128(number));
        (number, library.record_submission(&Fixture::task(), session, &handed_in, 0, "Handed in").unwrap())
    };
    let recorded: Vec<(u128, CommitId)> = std::thread::scope(|scope| {
        let record = &record;
        // Eight at a time, and every session twice at once: a retry may overtake the first try.
        let threads = (0..8).map(|lane| scope.spawn(move || (0..8).map(|turn| record(lane / 2 * 8 + turn)).collect()));
        let threads: Vec<std::thread::ScopedJoinHandle<'_, Vec<_>>> = threads.collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    for (number, id) in recorded {
        let reference = format!("refs/sessions/{}", Uuid::from_u128(number));
        assert_eq!(fixture.git_bare(&["rev-parse", &reference]).trim(), id.as_str());
        assert_eq!(fixture.git_bare(&["show", &format!("{id}:shop/n.py")]), format!("N = {number}\n"));
    }
    fixture.git_bare(&["fsck", "--strict", "--full"]);
}

#[test]
fn paths_that_stand_in_each_others_way_are_refused() {
    let fixture = Fixture::new();
    let library = fixture.load_sound();
    for list in [&[("a", ""), ("a/b.py", "")][..], &[("a", ""), ("a-b", ""), ("a.py", ""), ("a/b/c.py", "")]] {
        let session = SessionId(Uuid::from_u128(3));
        let answer = library.record_submission(&Fixture::task(), session, &files(list), 0, "Handed in");
        assert!(matches!(answer, Err(catalog::Error::PathConflict { .. })), "{answer:?}");
    }
}

#[test]
fn patches_are_applied_to_the_base_files_and_nothing_else_changes() {
    let fixture = Fixture::new();
    let library = fixture.load_sound();
    let task = library.task(&Fixture::task()).unwrap();
    let fixed = library.apply(&Fixture::task(), &task.key.reference).unwrap();
    let expected = task
        .base
        .iter()
        .map(|(path, text)| (path.clone(), text.replace("gross * (1 - SHARE)", "gross * 100 / FACTOR")));
    assert_eq!(fixed, expected.collect());
    assert_ne!(
        fixed[&RepoPath::parse("shop/prices.py").unwrap()],
        *task.base[&RepoPath::parse("shop/prices.py").unwrap()]
    );
    let twice = library.apply(&Fixture::task(), &format!("{0}{0}", task.key.reference));
    assert!(matches!(twice, Err(catalog::Error::Patch(_))), "{twice:?}");
}
