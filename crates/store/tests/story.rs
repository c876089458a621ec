//! What any store does: one story, told on disk and in memory.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail anywhere")]

mod common;

use common::{PLAIN_WORD, events, searches, session, whole_log};
use domain::ids::SessionId;
use domain::{Event, Fact, State};
use futures_util::future::join_all;
use std::sync::Arc;
use store::{Error, EventLog, Memory, Sqlite};

macro_rules! told_by_both {
    ($($story:ident)*) => {
        mod in_memory {
            use super::*;
            $(#[tokio::test]
            async fn $story() {
                super::$story(&Memory::new()).await;
            })*
        }

        mod on_disk {
            use super::*;
            $(#[tokio::test]
            async fn $story() {
                let dir = tempfile::tempdir().unwrap();
                super::$story(&Sqlite::open(dir.path().join("log.db")).await.unwrap()).await;
            })*
        }
    };
}

told_by_both! {
    events_come_back_as_they_were_written
    an_append_from_an_outdated_place_is_a_conflict_and_writes_nothing
    of_many_writers_at_one_place_exactly_one_wins
    events_that_cannot_be_stored_are_refused_and_nothing_is_written
    appending_nothing_makes_no_session
    sessions_written_at_the_same_time_keep_apart
    sessions_are_listed_newest_first
    session_time_only_grows
    a_session_without_events_cannot_be_verified_named_or_timed
    every_append_moves_the_hash_and_nothing_else_does
    erased_words_are_gone_and_the_log_still_verifies_and_folds
    an_event_without_words_stays_whole_when_it_is_erased
    what_does_not_exist_cannot_be_erased
    a_candidates_name_stands_until_it_is_replaced_or_erased
}

async fn filled(log: &dyn EventLog, session: SessionId) -> Vec<Event> {
    let events = whole_log(session);
    log.append(session, 0, events.clone()).await.unwrap();
    events
}

async fn events_come_back_as_they_were_written(log: &dyn EventLog) {
    let (head, tail) = (whole_log(session(1)), searches(whole_log(session(1)).len() as u64, 2));
    log.append(session(1), 0, head.clone()).await.unwrap();
    log.append(session(1), head.len() as u64, tail.clone()).await.unwrap();
    let all: Vec<Event> = head.into_iter().chain(tail).collect();
    assert_eq!(log.read(session(1), 0).await.unwrap(), all);
    assert_eq!(log.read(session(1), 5).await.unwrap(), all[5..]);
    for beyond in [all.len() as u64, all.len() as u64 + 1, u64::MAX] {
        assert_eq!(log.read(session(1), beyond).await.unwrap(), []);
    }
    assert_eq!(log.read(session(2), 0).await.unwrap(), []);
}

async fn an_append_from_an_outdated_place_is_a_conflict_and_writes_nothing(log: &dyn EventLog) {
    log.append(session(1), 0, searches(0, 3)).await.unwrap();
    for known in [0, 2, 4] {
        let error = log.append(session(1), known, searches(known, 2)).await.unwrap_err();
        let place = (session(1), known, 3);
        assert!(
            matches!(error, Error::Conflict { session, expected, actual } if (session, expected, actual) == place),
            "{error}"
        );
    }
    assert_eq!(log.read(session(1), 0).await.unwrap(), searches(0, 3));
    log.append(session(1), 3, searches(3, 1)).await.unwrap();
}

async fn of_many_writers_at_one_place_exactly_one_wins(log: &dyn EventLog) {
    log.append(session(1), 0, searches(0, 1)).await.unwrap();
    let writers = (0..40).map(|n| log.append(session(1), 1, searches(1, 1 + n % 3)));
    let outcomes = join_all(writers).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    assert!(outcomes.iter().flat_map(|outcome| outcome.as_ref().err()).all(|e| matches!(e, Error::Conflict { .. })));
    let winner = outcomes.iter().position(Result::is_ok).unwrap() as u64;
    assert_eq!(log.verify(session(1)).await.unwrap().events, 2 + winner % 3);
}

async fn events_that_cannot_be_stored_are_refused_and_nothing_is_written(log: &dyn EventLog) {
    let good = searches(0, 3);
    type Spoil = fn(&mut Vec<Event>);
    let cases: [(Spoil, u64, &str); 5] = [
        (|events| events[1].seq = 4, 4, "event 2 is due"),
        (|events| events.remove(0).seq = 0, 2, "event 1 is due"),
        (|events| events[2].v = 2, 3, "version 2"),
        (|events| events[2].v = 0, 3, "version 0"),
        (|events| events[0].at = u64::MAX, 1, "2^63"),
    ];
    for (spoil, at, reason) in cases {
        let mut events = good.clone();
        spoil(&mut events);
        let error = log.append(session(1), 0, events).await.unwrap_err();
        assert!(matches!(error, Error::Unstorable { seq, .. } if seq == at), "{error}");
        assert!(error.to_string().contains(reason), "{error}");
    }
    assert_eq!(log.read(session(1), 0).await.unwrap(), []);
}

async fn appending_nothing_makes_no_session(log: &dyn EventLog) {
    log.append(session(1), 0, Vec::new()).await.unwrap();
    assert_eq!(log.sessions().await.unwrap(), []);
    assert!(matches!(log.append(session(1), 3, Vec::new()).await, Err(Error::Conflict { actual: 0, .. })));
}

async fn sessions_written_at_the_same_time_keep_apart(log: &dyn EventLog) {
    let write = |n: u128| async move {
        for after in (0..30).step_by(3) {
            log.append(session(n), after, searches(after, 3)).await.unwrap();
        }
    };
    join_all((1..=16).map(write)).await;
    for n in 1..=16 {
        assert_eq!(log.verify(session(n)).await.unwrap().events, 30);
        let expected: Vec<Event> = (0..30).step_by(3).flat_map(|after| searches(after, 3)).collect();
        assert_eq!(log.read(session(n), 0).await.unwrap(), expected);
    }
}

async fn sessions_are_listed_newest_first(log: &dyn EventLog) {
    for (n, wall) in [(1, 500), (2, 900), (3, -100), (5, 700), (4, 700)] {
        let mut events = searches(0, n as u64);
        events[0].wall = wall;
        log.append(session(n), 0, events).await.unwrap();
    }
    let rows = log.sessions().await.unwrap();
    let seen: Vec<_> = rows.iter().map(|r| (r.session, r.events, r.last_seq, r.first_wall, r.elapsed_ms)).collect();
    let row = |n: u64, wall| (session(n.into()), n, n, wall, n * 1000);
    assert_eq!(seen, [row(2, 900), row(4, 700), row(5, 700), row(1, 500), row(3, -100)]);
}

async fn session_time_only_grows(log: &dyn EventLog) {
    log.append(session(1), 0, searches(0, 2)).await.unwrap();
    log.append(session(2), 0, searches(0, 1)).await.unwrap();
    let elapsed = async || log.elapsed(session(1)).await.unwrap();
    assert_eq!(log.elapsed(session(3)).await.unwrap(), 0);
    assert_eq!(elapsed().await, 2000);
    for (beat, then) in [(1500, 2000), (2500, 2500), (2400, 2500), (9000, 9000)] {
        log.heartbeat(session(1), beat).await.unwrap();
        assert_eq!(elapsed().await, then);
    }
    log.append(session(1), 2, searches(2, 1)).await.unwrap();
    assert_eq!(elapsed().await, 9000);
    log.append(session(1), 3, searches(3, 10)).await.unwrap();
    assert_eq!(elapsed().await, 13_000);
}

async fn a_session_without_events_cannot_be_verified_named_or_timed(log: &dyn EventLog) {
    filled(log, session(1)).await;
    let unknown = session(2);
    let refused = [
        log.verify(unknown).await.map(drop),
        log.name_candidate(unknown, "Ada".into()).await,
        log.heartbeat(unknown, 5).await,
    ];
    for outcome in refused {
        assert!(matches!(outcome, Err(Error::NoSession { session }) if session == unknown), "{outcome:?}");
    }
    assert_eq!(log.candidate_name(unknown).await.unwrap(), None);
}

async fn every_append_moves_the_hash_and_nothing_else_does(log: &dyn EventLog) {
    let mut hashes = std::collections::BTreeSet::new();
    for after in 0..5 {
        log.append(session(1), after, searches(after, 1)).await.unwrap();
        let verified = log.verify(session(1)).await.unwrap();
        assert_eq!((verified.events, verified.erased.as_slice()), (after + 1, [].as_slice()));
        assert_eq!(verified.head_hash.len(), 64);
        assert!(hashes.insert(verified.head_hash));
    }
    log.heartbeat(session(1), 99_000).await.unwrap();
    log.name_candidate(session(1), "Ada".into()).await.unwrap();
    log.erase_payload(session(1), 2).await.unwrap();
    assert!(!hashes.insert(log.verify(session(1)).await.unwrap().head_hash));
}

async fn erased_words_are_gone_and_the_log_still_verifies_and_folds(log: &dyn EventLog) {
    let before = filled(log, session(1)).await;
    // Twice: the second time has nothing to do.
    for event in before.iter().chain(&before) {
        log.erase_payload(session(1), event.seq).await.unwrap();
    }
    let after = log.read(session(1), 0).await.unwrap();
    for (before, after) in before.iter().zip(&after) {
        assert_eq!((before.seq, before.at, before.wall), (after.seq, after.at, after.wall));
        assert_eq!(before.fact.kind(), after.fact.kind());
        let json = serde_json::to_string(after).unwrap();
        assert!(!json.contains(PLAIN_WORD) && !json.contains('🦀'), "{json}");
    }
    let had_words = |event: &&Event| serde_json::to_string(event).unwrap().contains(PLAIN_WORD);
    let erased = log.verify(session(1)).await.unwrap().erased;
    let missed = before.iter().filter(had_words).filter(|event| !erased.contains(&event.seq));
    assert_eq!(missed.map(|event| event.fact.kind()).collect::<Vec<_>>(), [""; 0]);
    assert_folds_alike(&before, &after);
}

/// Files keep the lengths that edits count in, answers the bytes that sources point at.
fn assert_folds_alike(before: &[Event], after: &[Event]) {
    let fold = |events| State::replay(Arc::default(), events).unwrap();
    let (before, after) = (fold(before), fold(after));
    let shape = |state: &State| -> Vec<_> {
        let files = state.workspace().files().into_iter();
        files
            .map(|(path, text)| (path, text.lines().map(|line| line.encode_utf16().count()).collect::<Vec<_>>()))
            .collect()
    };
    assert_eq!(shape(&before), shape(&after));
    assert!(shape(&after).len() >= 2);
    let part = &after.exchanges()[0].answer.as_ref().unwrap().parts[0].1;
    assert!(part.sources.iter().all(|source| part.text.get(source.start as usize..source.end as usize).is_some()));
    assert_eq!(part.text.len(), before.exchanges()[0].answer.as_ref().unwrap().parts[0].1.text.len());
}

async fn an_event_without_words_stays_whole_when_it_is_erased(log: &dyn EventLog) {
    let facts = [Fact::Started {}, Fact::Consented { views: true }];
    log.append(session(1), 0, events(0, facts.clone())).await.unwrap();
    for seq in [1, 2] {
        log.erase_payload(session(1), seq).await.unwrap();
    }
    assert_eq!(log.read(session(1), 0).await.unwrap(), events(0, facts));
    assert_eq!(log.verify(session(1)).await.unwrap().erased, [0; 0]);
}

async fn what_does_not_exist_cannot_be_erased(log: &dyn EventLog) {
    log.append(session(1), 0, searches(0, 2)).await.unwrap();
    for (session, seq) in [(session(1), 0), (session(1), 3), (session(1), u64::MAX), (session(2), 1)] {
        let error = log.erase_payload(session, seq).await.unwrap_err();
        assert!(matches!(error, Error::NoEvent { session: s, seq: n } if s == session && n == seq), "{error}");
    }
    log.erase_candidate(session(2)).await.unwrap();
}

async fn a_candidates_name_stands_until_it_is_replaced_or_erased(log: &dyn EventLog) {
    let before = filled(log, session(1)).await;
    filled(log, session(2)).await;
    assert_eq!(log.candidate_name(session(1)).await.unwrap(), None);
    for name in ["Ada L.", "Ada Lovelace"] {
        log.name_candidate(session(1), name.into()).await.unwrap();
        assert_eq!(log.candidate_name(session(1)).await.unwrap().as_deref(), Some(name));
    }
    log.name_candidate(session(2), "Grace".into()).await.unwrap();
    log.erase_candidate(session(1)).await.unwrap();
    assert_eq!(log.candidate_name(session(1)).await.unwrap(), None);
    assert_eq!(log.candidate_name(session(2)).await.unwrap().as_deref(), Some("Grace"));
    assert_eq!(log.read(session(1), 0).await.unwrap(), before);
}
