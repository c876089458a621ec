//! Somebody writes a task: they follow the guide, make mistakes, and are told what helps.

use serde::Deserialize;
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use tempfile::TempDir;
use tests::{Program, follow, guide, root};

/// The task of the guide as it is at its end, with the outcomes of its proofs.
fn written() -> &'static Path {
    static WRITTEN: OnceLock<TempDir> = OnceLock::new();
    let folder = WRITTEN.get_or_init(|| {
        let folder = TempDir::new().expect("a folder");
        follow(&guide(), folder.path());
        folder
    });
    folder.path()
}

#[test]
fn the_guide_takes_a_task_from_nothing_to_green_and_nothing_unchanged_is_run_again() {
    let again = check(written(), written());
    let counts = again.lines().find(|line| line.starts_with("full_hours (version 1)")).expect("a summary");
    let (all, known) = counts
        .split_once(" samples; ")
        .and_then(|(_, counts)| counts.split_once(" proofs, "))
        .expect("how many proofs there are, and how many were known");
    assert_eq!(Some(all), known.split(' ').next(), "{again}");
}

#[test]
fn every_task_of_this_project_is_proven() {
    let data = root().join("target/proofs");
    let checked = Program::run(&["task", "check", "--data", data.to_str().expect("a path")], "");
    let said = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert!(checked.status.success(), "{said}{}", String::from_utf8_lossy(&checked.stderr));
    assert!(!said.contains("warning["), "a task of this project is not at full standard:\n{said}");
}

#[test]
fn tools_read_the_same_as_json() {
    let data = written().join("data");
    let arguments = ["task", "check", "full_hours", "--format", "json", "--data", data.to_str().expect("a path")];
    let checked = Program::run_in(written(), &arguments);
    let read: Value = serde_json::from_slice(&checked.stdout).expect("JSON");
    assert_eq!((&read["tasks"][0]["task"], &read["tasks"][0]["pairs"]), (&json!("full_hours"), &json!(4)));
    let finding = &read["findings"][0];
    assert_eq!((&finding["severity"], &finding["rule"]), (&json!("warning"), &json!("few-pairs")));
    assert_eq!(finding["file"], "tasks/full_hours/pairs");
    assert!(finding["hint"].as_str().is_some_and(|hint| !hint.is_empty()), "{finding:#}");
    assert_eq!(read["tells"].as_array().map(Vec::len), Some(4));
}

#[test]
fn what_a_new_task_lacks_is_named_and_nothing_is_begun() {
    let refused = |arguments: &[&str]| {
        let refused = Program::run_in(written(), arguments);
        assert!(!refused.status.success(), "{arguments:?}");
        String::from_utf8_lossy(&refused.stderr).into_owned()
    };
    let all = ["task", "new", "again", "--title", "Again", "--repository", "parking", "--defect", "defect.diff"];
    // Nobody can be asked here: the input is no terminal.
    assert!(refused(&all[..3]).contains("say --title"));
    assert!(refused(&all[..5]).contains("say --repository"));
    assert!(refused(&all[..7]).contains("say --defect"));
    assert!(refused(&all).contains("say --subject"));
    let with = |more: &[&'static str]| refused(&[&all[..], &["--subject", "x"], more].concat());
    assert!(with(&["--after", "0009-nothing.patch"]).contains("name one of: 0001-charge-every-started-hour.patch"));
    assert!(with(&["--level", "expert"]).contains("junior, mid, senior"));
    let unnamed = refused(&[&["task", "new", "Again"], &all[3..], &["--subject", "x"]].concat());
    assert!(unnamed.contains("`Again` is no name for a task"), "{unnamed}");
    let elsewhere = ["task", "new", "full_hours", "--title", "x", "--repository", "parking"];
    let taken = refused(&[&elsewhere[..], &["--defect", "defect.diff", "--subject", "x"]].concat());
    assert!(taken.contains("there is a task `full_hours` already"), "{taken}");
    assert!(refused(&["repo", "add", "parking", "src"]).contains("there is a repository `parking` already"));
    assert!(refused(&["repo", "add", "other", "tasks"]).contains("no git repository"));
    assert!(refused(&["task", "check", "nothing"]).contains("known are: full_hours"));
    let left: Vec<_> = fs::read_dir(written().join("tasks")).expect("the tasks").flatten().collect();
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!(fs::read_dir(written().join("repos")).expect("the repositories").count(), 1);
}

#[test]
fn what_is_no_plain_text_is_not_brought_in() {
    let folder = TempDir::new().expect("a folder");
    let git = |arguments: &[&str]| {
        let mut git = Command::new("git");
        git.current_dir(folder.path()).env("HOME", folder.path()).env("GIT_CONFIG_NOSYSTEM", "1").args(arguments);
        assert!(git.status().expect("git").success(), "{arguments:?}");
    };
    let add = |name: &str, more: &[&str]| {
        let from = folder.path().to_str().expect("a path");
        let added = Program::run_in(folder.path(), &[&["repo", "add", name, from][..], more].concat());
        (added.status.success(), String::from_utf8_lossy(&added.stderr).into_owned())
    };
    let commit = |message: &str| {
        git(&["add", "a.py", "photo.png", "link"]);
        git(&["-c", "user.name=A", "-c", "user.email=a@b.example", "commit", "-q", "-m", message]);
    };
    git(&["init", "-q", "."]);
    assert!(add("empty", &[]).1.contains("read the history"), "a repository without a commit");
    fs::write(folder.path().join("a.py"), "x = 1\n").expect("a file");
    fs::write(folder.path().join("photo.png"), [137, 80, 0, 255]).expect("a picture");
    symlink("/etc/passwd", folder.path().join("link")).expect("a link");
    commit("All of it");
    let (added, why) = add("with_both", &[]);
    assert!(!added && why.contains("in commit ") && why.contains("--last"), "{why}");
    fs::remove_file(folder.path().join("photo.png")).expect("no picture");
    git(&["rm", "-q", "--cached", "photo.png"]);
    fs::write(folder.path().join("photo.png"), "").expect("a file");
    commit("No picture");
    let (added, why) = add("with_link", &["--last", "1"]);
    assert!(!added && why.contains("`link`") && why.contains("is a link"), "{why}");
    git(&["rm", "-q", "link"]);
    fs::write(folder.path().join("link"), "").expect("a file");
    commit("No link");
    assert!(add("plain", &["--last", "1"]).0);
    assert!(folder.path().join("repos/plain/history/0001-no-link.patch").is_file());
    assert_eq!(fs::read_dir(folder.path().join("repos")).expect("the repositories").count(), 1, "nothing half-written");
}

/// One change to the files of the guide.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Edit {
    file: String,
    old: Option<String>,
    new: Option<String>,
    write: Option<String>,
    bytes: Option<Vec<u8>>,
    link: Option<String>,
    #[serde(default)]
    remove: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fault {
    edit: Vec<Edit>,
}

/// Each folder of `tests/broken` is a fault: what is changed in the task of the guide, and what an author then reads.
/// `CAVEAT_BLESS=1` writes the latter anew, to be read before it is committed.
#[test]
fn every_fault_of_an_author_gets_the_message_that_helps() {
    let mut folders: Vec<PathBuf> = fs::read_dir(root().join("tests/broken"))
        .expect("the faults")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    folders.sort();
    assert!(folders.len() >= 30, "{} faults", folders.len());
    let base = written();
    let next = AtomicUsize::new(0);
    let work = || -> Vec<String> {
        let taken = std::iter::from_fn(|| folders.get(next.fetch_add(1, Ordering::Relaxed)));
        taken.filter_map(|folder| differs(base, folder)).collect()
    };
    let wrong: Vec<String> = thread::scope(|scope| {
        let workers: Vec<_> = (0..2).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("a worker")).collect()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is wrong with a fault's messages, if anything.
fn differs(base: &Path, folder: &Path) -> Option<String> {
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let copy = TempDir::new().expect("a folder");
    for part in ["repos", "tasks"] {
        copy_all(&base.join(part), &copy.path().join(part));
    }
    let fault = fs::read_to_string(folder.join("fault.toml")).unwrap_or_else(|error| panic!("{name}: {error}"));
    let fault: Fault = toml::from_str(&fault).unwrap_or_else(|error| panic!("{name}: {error}"));
    for edit in &fault.edit {
        apply(edit, copy.path(), &name);
    }
    let before = listing(copy.path());
    let said = findings(&check(copy.path(), base));
    if before != listing(copy.path()) {
        return Some(format!("{name}: the check has written into the library"));
    }
    let file = folder.join("says.txt");
    if std::env::var_os("CAVEAT_BLESS").is_some() {
        fs::write(&file, &said).expect("the messages");
    }
    let expected = fs::read_to_string(&file).unwrap_or_default();
    (said.is_empty() || said != expected).then(|| format!("{name} says\n{said}and should say\n{expected}"))
}

/// Runs the check in a folder, with the outcomes that are known in another.
fn check(folder: &Path, known: &Path) -> String {
    let data = known.join("data");
    let data = data.to_str().expect("a path");
    let checked = Program::run_in(folder, &["task", "check", "--data", data]);
    String::from_utf8_lossy(&checked.stdout).into_owned()
}

/// The blocks of errors, without what is said about the whole.
fn findings(said: &str) -> String {
    let blocks = said.split("\n\n").filter(|block| block.starts_with("error["));
    blocks.map(|block| format!("{}\n\n", block.trim_end())).collect()
}

fn apply(edit: &Edit, root: &Path, name: &str) {
    let path = root.join(&edit.file);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).expect("a folder");
    }
    if let (Some(old), Some(new)) = (&edit.old, &edit.new) {
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {}: {error}", edit.file));
        assert!(text.contains(old), "{name}: {} has no `{old}`", edit.file);
        fs::write(&path, text.replacen(old, new, 1)).expect("a file");
    }
    if let Some(text) = &edit.write {
        fs::write(&path, text).expect("a file");
    }
    if let Some(bytes) = &edit.bytes {
        fs::write(&path, bytes).expect("a file");
    }
    if let Some(target) = &edit.link {
        symlink(target, &path).expect("a link");
    }
    if edit.remove && path.is_dir() {
        fs::remove_dir_all(&path).expect("a folder less");
    } else if edit.remove {
        fs::remove_file(&path).expect("a file less");
    }
}

fn copy_all(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_all(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

/// Every path below a folder.
fn listing(folder: &Path) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() && !path.is_symlink() {
                open.push(path.clone());
            }
            paths.push(path);
        }
    }
    paths.sort();
    paths
}
