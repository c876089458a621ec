//! What is written about the code against the code: the glossary, the commands, the tests behind the invariants.

use crate::map::{holders, quoted, rows};
use crate::none_of;
use crate::tree::{self, FILES};

/// The two commands a newcomer needs.
const FIRST: &[&str] = &["run", "test"];

#[test]
fn glossary_words_are_sorted_and_unique() {
    none_of(disorder(&words()));
}

#[test]
fn glossary_words_stand_in_the_code_where_it_says() {
    let mut findings = Vec::new();
    for row in glossary() {
        let (word, places) = (&row[0], quoted(row.get(2).map_or("", String::as_str)));
        if places.is_empty() {
            findings.push(format!("GLOSSARY.md: `{word}` says nowhere where it is in the code: fill the third column"));
        }
        let gone = places.iter().filter(|place| !is_in_code(place));
        findings.extend(
            gone.map(|place| format!("GLOSSARY.md: `{word}` is said to be {place}, which is gone: mend the row")),
        );
    }
    none_of(findings);
}

#[test]
fn every_command_that_is_named_exists() {
    let xtask = tree::text("crates/xtask/src/main.rs");
    let written = FILES.iter().filter(|file| file.extension() == "md" || file.is_below(".ci/"));
    let mut findings = Vec::new();
    for file in written.filter(|file| !file.is_below("repos/") && !file.is_below("tasks/")) {
        let unknown = commands(&file.text).into_iter().filter(|name| !xtask.contains(&format!("(\"{name}\", ")));
        findings.extend(unknown.map(|name| format!("{}: there is no `cargo xtask {name}`", file.path)));
    }
    none_of(findings);
}

#[test]
fn the_readme_says_how_to_run_and_how_to_test() {
    let readme = tree::text("README.md");
    let named = commands(&readme);
    let missing = FIRST.iter().filter(|name| !named.contains(&**name));
    none_of(
        missing
            .map(|name| format!("README.md does not name `cargo xtask {name}`: it is the first thing one looks for"))
            .collect(),
    );
}

#[test]
fn every_invariant_is_held_by_a_test_that_exists() {
    let holders = holders();
    assert!(!holders.is_empty(), "ARCHITECTURE.md names no test behind its invariants");
    let is_there = |(path, test): &(String, String)| {
        let file = FILES.iter().find(|file| file.path == *path);
        !test.is_empty() && file.is_some_and(|file| file.text.contains(&format!("fn {test}(")))
    };
    let gone = holders.iter().filter(|holder| !is_there(holder));
    none_of(
        gone.map(|(path, test)| {
            format!("ARCHITECTURE.md: {path} has no test `{test}`: name the one that holds the invariant")
        })
        .collect(),
    );
}

fn glossary() -> Vec<Vec<String>> {
    rows(&tree::text("GLOSSARY.md"))
}

fn words() -> Vec<String> {
    glossary().into_iter().map(|row| row[0].to_lowercase()).collect()
}

fn disorder(words: &[String]) -> Vec<String> {
    let pairs = words.iter().zip(words.iter().skip(1)).filter(|(word, next)| word >= next);
    pairs
        .map(|(word, next)| format!("GLOSSARY.md: `{next}` stands behind `{word}`: sort the words, each once"))
        .collect()
}

/// True when a path such as `domain::task::Pair` is declared in that crate, by its last name.
fn is_in_code(place: &str) -> bool {
    let Some((folder, _)) = place.split_once("::") else { return false };
    let name = place.rsplit("::").next().unwrap_or(place);
    let declared = ["struct", "enum", "trait", "type", "fn"].map(|kind| format!("pub {kind} {name}"));
    let sources = FILES.iter().filter(|file| file.is_below(&format!("crates/{folder}/src/")));
    let mut lines = sources.flat_map(|file| file.text.lines().map(str::trim));
    // Ids are declared by a macro, one bare name a line.
    lines.any(|line| line == name || declared.iter().any(|start| is_declaration(line, start)))
}

fn is_declaration(line: &str, start: &str) -> bool {
    line.strip_prefix(start).is_some_and(|rest| !rest.starts_with(|next: char| next.is_alphanumeric() || next == '_'))
}

/// The words behind every `cargo xtask`.
fn commands(text: &str) -> Vec<&str> {
    let after = text.split("cargo xtask ").skip(1);
    let names = after.map(|rest| &rest[..rest.find(|next: char| !next.is_alphanumeric()).unwrap_or(rest.len())]);
    names.filter(|name| !name.is_empty()).collect()
}

#[test]
fn disorder_is_found() {
    let words = ["answer", "brief", "brief", "aside"].map(str::to_owned);
    assert_eq!(disorder(&words).len(), 2);
    assert!(disorder(&words[..2]).is_empty());
}

#[test]
fn commands_are_read_from_running_text() {
    assert_eq!(commands("`cargo xtask run -- --listen x` and\n    cargo xtask test\n"), ["run", "test"]);
}
