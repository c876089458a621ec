//! The library is read and never written: a session works on copies of its own.

use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use tests::{House, root};

/// Every file under a folder with its bytes, folders and links by their names.
fn contents(path: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(path).expect("a folder") {
        let entry = entry.expect("an entry");
        if entry.file_type().expect("a type").is_dir() {
            found.insert(entry.path(), Vec::new());
            contents(&entry.path(), found);
        } else {
            found.insert(entry.path(), fs::read(entry.path()).expect("a file"));
        }
    }
}

fn library() -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for folder in ["repos", "tasks"] {
        contents(&root().join(folder), &mut found);
    }
    found
}

#[tokio::test]
async fn a_whole_session_leaves_the_library_as_it_was() {
    let before = library();
    assert!(before.keys().any(|path| path.ends_with("task.toml")), "the library is here");
    let house = House::open(12).await;
    let candidate = house.candidate(11).await;
    let task = candidate.session().await.task().clone();
    candidate.get("history").await.ok();
    candidate.ask("what does faithfulness measure").await;
    candidate.write("helpdesk/new.py", "X = 1\n").await;
    candidate.post("edits", json!({"type": "rename", "from": "README.md", "to": "READ.md"})).await.ok();
    candidate.post("edits", json!({"type": "delete", "path": "data/policies/refunds/v7.md"})).await.ok();
    // A test that writes wherever it can.
    let writes = "from pathlib import Path\n\n\ndef test_write():\n    for path in [Path('data/policies/refunds/v8.md'), *Path('helpdesk').glob('*.py')]:\n        path.write_text('')\n";
    candidate.write("tests/test_write.py", writes).await;
    candidate.run(&["tests/test_write.py"]).await;
    candidate.apply(&task.key.reference).await;
    candidate.run(&[]).await;
    candidate.submit("Labels are compared as text.").await;
    candidate.review("export").await.ok();
    let after = library();
    let changed: Vec<&PathBuf> =
        before.keys().chain(after.keys()).filter(|path| before.get(*path) != after.get(*path)).collect();
    assert!(changed.is_empty(), "{changed:?}");
}
