//! Rules for every source: short files, nothing unfinished, no traces of a build machine, a first line that says what it is.

use crate::none_of;
use crate::rust::has_word;
use crate::tree::{FILES, File};
use std::process::Command;
use tests::root;

const LONGEST: usize = 700;
const LONG: usize = 500;

/// Written by a program from another file that is read instead.
const GENERATED: &[&str] = &["web/src/api/schema.d.ts"];

/// Signs of unfinished work; in two halves, so that this file is not one.
const UNFINISHED: &[&str] = &[
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
    concat!("to", "do!("),
    concat!("unimple", "mented!("),
    concat!("db", "g!("),
];

/// Where people build, which says nothing to anybody else.
const MACHINES: &[&str] = &[concat!("/wo", "rk/"), concat!("/fa", "rm/"), concat!("/ro", "ot/"), concat!("/ho", "me/")];

/// Codebases to read and tasks are data: what they contain is part of what is asked.
const DATA: &[&str] = &["repos/", "tasks/"];

#[test]
fn files_can_be_read_in_one_sitting() {
    let code = FILES.iter().filter(|file| ["rs", "ts", "svelte"].contains(&file.extension()));
    let code = code.filter(|file| !is_data(file) && !GENERATED.contains(&file.path.as_str()));
    let long = code.map(|file| (file.text.lines().count(), &file.path)).filter(|(lines, _)| *lines > LONG);
    let (too_long, long): (Vec<_>, Vec<_>) = long.partition(|(lines, _)| *lines > LONGEST);
    for (lines, path) in long {
        println!("{path} has {lines} lines: above {LONG} it is worth looking for the second thing it does");
    }
    let finding =
        |(lines, path)| format!("{path} has {lines} lines, the limit is {LONGEST}: split it by what its parts do");
    none_of(too_long.into_iter().map(finding).collect());
}

#[test]
fn nothing_is_unfinished() {
    let files = FILES.iter().filter(|file| !is_data(file) && file.extension() != "json");
    let finding = |path: &str, line: usize, sign: &str| format!("{path}:{line}: `{sign}`: finish it, or open an issue");
    none_of(found(files, UNFINISHED, has_word, finding));
}

#[test]
fn no_path_of_a_build_machine_stands_in_a_file() {
    let finding = |path: &str, line: usize, sign: &str| {
        format!("{path}:{line}: `{sign}` is a path of one machine: say it from the root")
    };
    none_of(found(FILES.iter(), MACHINES, begins_path, finding));
}

#[test]
fn nothing_that_is_built_or_installed_is_kept() {
    let tracked = ["ls-files", "--cached", "--ignored", "--exclude-standard"];
    let listed = Command::new("git").args(tracked).current_dir(root()).output().expect("git lists what it keeps");
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
    let kept = String::from_utf8_lossy(&listed.stdout).into_owned();
    none_of(kept.lines().map(|path| format!("{path} is kept and ignored: git rm --cached it")).collect());
}

#[test]
fn lock_files_name_no_host() {
    let locks = FILES.iter().filter(|file| file.path.ends_with("package-lock.json") || file.is_below("requirements/"));
    let signs = ["\"resolved\"", "--index-url", "--extra-index-url", "--find-links"];
    let finding = |path: &str, line: usize, sign: &str| {
        format!(
            "{path}:{line}: `{sign}`: where packages come from is the reader's own setting; web/.npmrc keeps npm from noting it"
        )
    };
    none_of(found(locks, &signs, |line, sign| line.contains(sign), finding));
}

#[test]
fn every_crate_begins_by_saying_what_it_is() {
    let is_top = |path: &str| path.ends_with("/src/lib.rs") || path.ends_with("/src/main.rs");
    let silent = FILES.iter().filter(|file| is_top(&file.path) && !file.text.starts_with("//! "));
    none_of(silent.map(|file| format!("{}: begin with a `//!` that says what the crate is for", file.path)).collect());
}

fn is_data(file: &File) -> bool {
    DATA.iter().any(|folder| file.is_below(folder))
}

fn found<'a>(
    files: impl Iterator<Item = &'a File>,
    signs: &[&str],
    stands: impl Fn(&str, &str) -> bool,
    finding: impl Fn(&str, usize, &str) -> String,
) -> Vec<String> {
    let mut findings = Vec::new();
    for file in files {
        for (at, line) in file.text.lines().enumerate() {
            let signs = signs.iter().filter(|sign| stands(line, sign));
            findings.extend(signs.map(|sign| finding(&file.path, at + 1, sign)));
        }
    }
    findings
}

/// True when a path begins there, and does not merely pass through a folder of that name.
fn begins_path(line: &str, folder: &str) -> bool {
    let is_part = |character: char| character.is_alphanumeric() || "._-})>/".contains(character);
    line.match_indices(folder).any(|(at, _)| !line[..at].chars().next_back().is_some_and(is_part))
}

#[test]
fn a_machines_path_is_told_from_a_folder_of_that_name() {
    let folder = MACHINES[0];
    for (line, expected) in [
        (format!("cd {folder}main"), true),
        (format!("\"{folder}main\""), true),
        (format!("https://example.org{folder}x"), false),
        (format!("{{root}}{folder}x"), false),
    ] {
        assert_eq!(begins_path(&line, folder), expected, "{line}");
    }
}
