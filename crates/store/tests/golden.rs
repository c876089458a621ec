//! What a database holds today can be read for ever: the stored form of every kind of event, held by a file.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail anywhere")]

mod common;

use common::{events, raw, session, whole_log};
use domain::{Event, Fact};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use store::{EventLog, Sqlite};

/// The kinds that the domain knows, by its own word: what it says when it meets another.
fn kinds() -> BTreeSet<String> {
    let error = serde_json::from_str::<Fact>(r#"{"kind":"unheard_of","data":{}}"#).unwrap_err().to_string();
    error.split('`').skip(3).step_by(2).map(str::to_owned).collect()
}

fn golden(kind: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(format!("{kind}.v{}.jsonl", Event::VERSION))
}

/// All samples by kind, each with the exact text that the database holds for it.
async fn stored() -> BTreeMap<&'static str, Vec<(Fact, String)>> {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("log.db");
    let log = Sqlite::open(&file).await.unwrap();
    let mut samples = whole_log(session(1));
    let more = common::other_beginnings(session(1));
    samples.extend(events(samples.len() as u64, more));
    log.append(session(1), 0, samples.clone()).await.unwrap();
    let query = sqlx::query_scalar("SELECT body FROM payload ORDER BY seq");
    let bodies: Vec<String> = query.fetch_all(&mut raw(&file).await).await.unwrap();
    assert_eq!(bodies.len(), samples.len());
    let mut by_kind: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (event, body) in samples.into_iter().zip(bodies) {
        by_kind.entry(event.fact.kind()).or_default().push((event.fact, body));
    }
    by_kind
}

#[tokio::test]
async fn every_kind_of_event_has_a_sample_in_the_whole_log() {
    let sampled = stored().await.into_keys().map(str::to_owned).collect();
    assert!(kinds().contains("file_renamed"), "the list of kinds is not where it was looked for: {:?}", kinds());
    assert_eq!(kinds(), sampled);
}

#[tokio::test]
async fn every_kind_of_event_is_stored_as_its_golden_file_says() {
    let found = Path::new(env!("CARGO_TARGET_TMPDIR")).join("golden");
    std::fs::create_dir_all(&found).unwrap();
    let mut different = Vec::new();
    for (kind, samples) in stored().await {
        let text: String = samples.iter().map(|(_, body)| format!("{body}\n")).collect();
        if std::fs::read_to_string(golden(kind)).ok().as_ref() != Some(&text) {
            std::fs::write(found.join(golden(kind).file_name().unwrap()), text).unwrap();
            different.push(kind);
        }
    }
    let help = "a stored form never changes: give the event a new version; a new kind's file is waiting in";
    assert!(different.is_empty(), "{different:?}: {help} {}", found.display());
}

#[tokio::test]
async fn every_golden_file_still_reads_as_the_event_it_was_made_from() {
    let mut read = BTreeSet::new();
    for (kind, samples) in stored().await {
        let written = std::fs::read_to_string(golden(kind)).unwrap();
        for (line, (fact, _)) in written.lines().zip(&samples) {
            assert_eq!(serde_json::from_str::<Fact>(line).unwrap(), *fact, "{kind}");
        }
        assert_eq!(written.lines().count(), samples.len(), "{kind}");
        read.insert(golden(kind));
    }
    let files = golden("any").parent().unwrap().read_dir().unwrap().map(|file| file.unwrap().path());
    assert_eq!(files.collect::<BTreeSet<_>>(), read, "a golden file without its kind");
}
