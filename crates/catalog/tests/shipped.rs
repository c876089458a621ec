//! The repositories and tasks of this project are in order.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test may fail loudly")]

use catalog::Library;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn load(git: &Path) -> Library {
    let library = Library::load(&root().join("repos"), &[root().join("tasks")], git).unwrap();
    let problems: Vec<String> = library.problems().iter().map(ToString::to_string).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    library
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.current_dir(folder).env_clear().env("PATH", std::env::var_os("PATH").unwrap());
    let output = command.env("HOME", folder).env("GIT_CONFIG_NOSYSTEM", "1").args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_shipped_task_loads_at_its_pinned_ids() {
    let data = tempfile::tempdir().unwrap();
    let library = load(data.path());
    let names: Vec<&str> = library.tasks().map(|task| task.brief.name.as_str()).collect();
    assert!(names.contains(&"helpdesk_rag"), "{names:?}");
    for task in library.tasks() {
        let bare = data.path().join(format!("{}.git", task.brief.repository));
        let head = git(&bare, &["rev-parse", &format!("refs/tasks/{}", task.brief.name)]);
        assert_eq!(head.trim(), task.brief.head.as_str());
        git(&bare, &["fsck", "--strict", "--full"]);
        assert!(library.history(&task.brief.name).unwrap().len() > 15, "{}", task.brief.name);
    }
}

#[test]
fn every_shipped_patch_does_what_git_apply_does() {
    let data = tempfile::tempdir().unwrap();
    let library = load(data.path());
    for task in library.tasks() {
        let work = tempfile::tempdir().unwrap();
        git(work.path(), &["init", "-q", "."]);
        for (path, text) in task.base.iter() {
            let file = work.path().join(path.as_str());
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, text.as_bytes()).unwrap();
        }
        git(work.path(), &["add", "-A"]);
        let base = git(work.path(), &["write-tree"]);
        let mut patches: Vec<&str> = vec![&task.key.reference];
        patches.extend(task.key.tempting.iter().map(|fix| fix.patch.as_str()));
        for code in task.key.pairs.values().filter_map(|pair| pair.code.as_ref()) {
            patches.push(&code.plant_patch);
            patches.extend(code.control_patch.as_deref());
        }
        for patch in patches {
            let ours = library.apply(&task.brief.name, patch).unwrap();
            let file = work.path().join(".git/one.patch");
            std::fs::write(&file, patch).unwrap();
            git(work.path(), &["read-tree", "-u", "--reset", base.trim()]);
            git(work.path(), &["apply", "--index", file.to_str().unwrap()]);
            let names = git(work.path(), &["ls-files"]);
            assert_eq!(names.lines().collect::<Vec<_>>(), ours.keys().map(|path| path.as_str()).collect::<Vec<_>>());
            for (path, text) in &ours {
                assert_eq!(text, &std::fs::read_to_string(work.path().join(path.as_str())).unwrap(), "{path}");
            }
        }
    }
}

#[test]
fn blame_of_every_shipped_file_is_that_of_git() {
    let data = tempfile::tempdir().unwrap();
    let library = load(data.path());
    for task in library.tasks() {
        let bare = data.path().join(format!("{}.git", task.brief.repository));
        for path in task.base.keys() {
            let said = git(&bare, &["blame", "--line-porcelain", task.brief.head.as_str(), "--", path.as_str()]);
            let is_header = |line: &&str| line.len() > 41 && line.as_bytes()[..40].iter().all(u8::is_ascii_hexdigit);
            let expected: Vec<&str> = said.lines().filter(is_header).map(|line| &line[..40]).collect();
            let lines = library.blame(&task.brief.name, path).unwrap();
            let ours: Vec<&str> = lines.iter().map(|line| line.commit.as_str()).collect();
            assert_eq!(ours, expected, "{path} of {}", task.brief.name);
        }
    }
}
