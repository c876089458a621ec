//! How long a start and a checkout take, with the tasks of this project.

#![allow(clippy::panic, reason = "a benchmark without its library has nothing to say")]

use catalog::Library;
use divan::Bencher;
use domain::ids::{RepoPath, TaskName};
use std::path::{Path, PathBuf};

fn main() {
    divan::main();
}

fn load(git: &Path) -> Library {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folders: [PathBuf; 1] = [root.join("tasks")];
    Library::load(&root.join("repos"), &folders, git).unwrap_or_else(|error| panic!("{error}"))
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"))
}

fn task() -> TaskName {
    TaskName::from("helpdesk_rag")
}

/// A start with nothing to build.
#[divan::bench(name = "load")]
fn load_unchanged(bencher: Bencher<'_, '_>) {
    let git = folder();
    load(git.path());
    bencher.bench(|| load(git.path()));
}

/// The first start.
#[divan::bench]
fn load_and_build(bencher: Bencher<'_, '_>) {
    bencher.with_inputs(folder).bench_values(|git| load(git.path()));
}

/// The base files of a task from the bare repository.
#[divan::bench]
fn checkout(bencher: Bencher<'_, '_>) {
    let git = folder();
    let library = load(git.path());
    bencher.bench(|| library.checkout(&task()));
}

#[divan::bench]
fn history(bencher: Bencher<'_, '_>) {
    let git = folder();
    let library = load(git.path());
    bencher.bench(|| library.history(&task()));
}

#[divan::bench]
fn blame(bencher: Bencher<'_, '_>) {
    let git = folder();
    let library = load(git.path());
    let path =
        library.task(&task()).and_then(|task| task.base.keys().find(|path| path.as_str().ends_with(".py")).cloned());
    let path: RepoPath = path.unwrap_or_else(|| panic!("the task has no Python"));
    bencher.bench(|| library.blame(&task(), &path));
}
