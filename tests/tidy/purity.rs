//! The pure crates read nothing but what they are given.

use crate::manifests::{CRATES, is_ours};
use crate::none_of;
use crate::rust::{has_word, shipped};
use crate::tree::FILES;

const PURE: &[&str] = &["domain", "code_index", "assess"];

/// Words that reach outside, and what to do instead.
const OUTSIDE: &[(&str, &str)] = &[
    ("SystemTime", "take the time as a parameter"),
    ("Instant", "take the time as a parameter"),
    ("Timestamp::now", "take the time as a parameter"),
    ("Zoned::now", "take the time as a parameter"),
    ("std::fs", "take the text as a parameter"),
    ("std::env", "take the setting as a parameter"),
    ("std::net", "take what was received as a parameter"),
    ("std::process", "take what came out as a parameter"),
    ("stdin", "take the text as a parameter"),
    ("thread_rng", "draw from the Chance that was handed in"),
    ("OsRng", "draw from the Chance that was handed in"),
    ("from_os_rng", "draw from the Chance that was handed in"),
    ("getrandom", "draw from the Chance that was handed in"),
    ("new_v4", "take the id as a parameter"),
    ("now_v7", "take the id as a parameter"),
    ("RandomState", "its order differs from run to run: use BTreeMap, or a hasher with a fixed seed"),
    ("HashMap", "its order differs from run to run: use BTreeMap, or a hasher with a fixed seed"),
    ("HashSet", "its order differs from run to run: use BTreeSet, or a hasher with a fixed seed"),
];

/// Crates that reach nowhere by themselves.
const HARMLESS: &[&str] = &[
    "rand_chacha",
    "ropey",
    "serde",
    "serde_json",
    "sha2",
    "similar",
    "thiserror",
    "tree-sitter",
    "tree-sitter-python",
    "utoipa",
    "uuid",
];

#[test]
fn pure_crates_read_nothing_but_what_they_are_given() {
    let sources = FILES.iter().filter(|file| PURE.iter().any(|name| file.is_below(&format!("crates/{name}/src/"))));
    let mut seen = 0;
    let mut findings = Vec::new();
    for file in sources {
        seen += 1;
        findings
            .extend(reaches(&file.text).into_iter().map(|(line, finding)| format!("{}:{line}: {finding}", file.path)));
    }
    assert!(seen > PURE.len(), "the sources of {PURE:?} were not found");
    none_of(findings);
}

#[test]
fn pure_crates_use_harmless_crates_only() {
    let pure = CRATES.iter().filter(|ours| PURE.contains(&ours.name.as_str()));
    let needs =
        pure.flat_map(|ours| ours.needs.iter().filter(|need| need.ships).map(move |need| (&ours.name, &need.name)));
    let others = needs.filter(|(_, need)| !is_ours(need) && !HARMLESS.contains(&need.as_str()));
    let finding = |(ours, need)| {
        format!("`{ours}` uses `{need}`: if it reaches nowhere, add it to HARMLESS in tests/tidy/purity.rs")
    };
    none_of(others.map(finding).collect());
}

/// The lines that reach outside.
fn reaches(text: &str) -> Vec<(usize, String)> {
    let lines = shipped(text).into_iter().filter(|(_, line)| !is_seeded_map(line));
    let found = lines.flat_map(|(number, line)| {
        let words = OUTSIDE.iter().filter(move |(word, _)| has_word(line, word));
        words.map(move |(word, instead)| (number, format!("`{word}` in a pure crate: {instead}")))
    });
    found.collect()
}

/// A map with a hasher of its own, or the import for one.
fn is_seeded_map(line: &str) -> bool {
    line.contains("BuildHasher") || line.trim_start().starts_with("use std::collections::")
}

#[test]
fn a_reach_outside_is_found_where_it_ships() {
    for (text, expected) in [
        ("fn f() { std::fs::read(x) }", 1),
        ("let t = SystemTime::now();", 1),
        ("let m: HashMap<K, V> = x;", 1),
        ("type Fast = HashMap<K, V, BuildHasherDefault<Own>>;", 0),
        ("// std::fs is not for us", 0),
        ("#[cfg(test)]\nmod tests {\n    use std::fs;\n}\n", 0),
        ("let fs = Duration::from_millis(3);", 0),
    ] {
        assert_eq!(reaches(text).len(), expected, "{text}");
    }
}
