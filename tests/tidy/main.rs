//! Holds the house in order: the map in ARCHITECTURE.md against manifests and folders, the rules for sources, the words.
//! Every finding says what to do about it.

#![expect(clippy::expect_used, clippy::panic, reason = "a house that cannot be read fails its tests")]

mod manifests;
mod map;
mod purity;
mod rooms;
mod rust;
mod sealing;
mod sources;
mod tree;
mod words;

/// Fails with one line for each finding.
fn none_of(findings: Vec<String>) {
    assert!(findings.is_empty(), "\n{}\n", findings.join("\n"));
}
