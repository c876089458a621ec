//! The repositories and tasks of this project are in order.

use catalog::Library;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn every_shipped_task_loads_at_its_pinned_ids() {
    let git = tempfile::tempdir().unwrap();
    let library = Library::load(&root().join("repos"), &[root().join("tasks")], git.path()).unwrap();
    let problems: Vec<String> = library.problems().iter().map(ToString::to_string).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(library.tasks().count() > 0);
}
