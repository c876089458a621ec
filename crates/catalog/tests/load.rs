//! Loading again changes nothing, loading a changed library builds what changed, and what is built
//! does not depend on the machine.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test may fail loudly")]

mod fixture;

use catalog::{KnowledgeProof, Library};
use domain::ids::{KnowledgeId, QuestionId, SessionId};
use fixture::Fixture;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Every file under a folder with its content.
fn snapshot(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else {
                let name = entry.path().strip_prefix(folder).unwrap().display().to_string();
                files.insert(name, fs::read(entry.path()).unwrap());
            }
        }
    }
    files
}

#[test]
fn the_bare_repository_is_the_same_to_the_byte_wherever_it_is_built() {
    let one = Fixture::new();
    let two = one.copy();
    one.load_sound();
    two.load_sound();
    assert_eq!(snapshot(&one.bare()), snapshot(&two.bare()));
}

#[test]
fn the_bare_repository_holds_the_refs_of_plain_head_and_task_and_no_branch() {
    let fixture = Fixture::new();
    fixture.load_sound();
    let refs = fixture.git_bare(&["for-each-ref", "--format=%(refname) %(objectname)"]);
    assert_eq!(refs, format!("refs/plain/head {}\nrefs/tasks/prices {}\n", fixture.plain, fixture.head));
    assert!(!fixture.bare().join("hooks").exists());
}

#[test]
fn loading_an_unchanged_library_writes_nothing() {
    let fixture = Fixture::new();
    let first = fixture.load_sound();
    let before = snapshot(&fixture.path("git"));
    let second = fixture.load_sound();
    assert_eq!(snapshot(&fixture.path("git")), before);
    let digest = |library: &Library| library.task(&Fixture::task()).unwrap().digest.clone();
    assert_eq!(digest(&first), digest(&second));
}

#[test]
fn a_patch_changed_behind_a_built_repository_is_noticed() {
    let fixture = Fixture::new();
    fixture.load_sound();
    for file in ["repos/shop/history/0002-chapter.patch", "tasks/prices/defect.patch"] {
        let sound = fixture.read(file);
        fixture.write(file, &sound.replacen("Author: Zoë", "Author: Zoe", 1));
        let library = fixture.load();
        assert!(library.problems()[0].what.contains("is pinned"), "{file}: {:?}", library.problems());
        fixture.write(file, &sound);
        fixture.load_sound();
    }
}

#[test]
fn submissions_survive_when_the_library_is_built_again() {
    let fixture = Fixture::new();
    let session = SessionId(uuid::Uuid::from_u128(4));
    let files = [(domain::ids::RepoPath::parse("a.py").unwrap(), "x = 1\n".to_owned())].into();
    let library = fixture.load_sound();
    let id = library.record_submission(&Fixture::task(), session, &files, 0, "Handed in").unwrap();
    // Another spelling of the same history: hashes of the sources differ, ids do not.
    fixture.replace("repos/shop/repository.toml", "A shop.", "A small shop.");
    fixture.load_sound();
    assert_eq!(fixture.git_bare(&["rev-parse", &format!("refs/sessions/{session}")]).trim(), id.as_str());
    fixture.git_bare(&["fsck", "--strict", "--full"]);
}

#[test]
fn a_half_built_repository_is_finished() {
    let fixture = Fixture::new();
    fixture.load_sound();
    for name in ["objects/pack", "caveat", "refs/tasks"] {
        fs::remove_dir_all(fixture.bare().join(name)).unwrap();
    }
    fs::create_dir_all(fixture.bare().join("objects/pack")).unwrap();
    let library = fixture.load_sound();
    assert_eq!(library.history(&Fixture::task()).unwrap().len(), 6);
}

#[test]
fn several_processes_may_load_at_once() {
    let fixture = Fixture::new();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| fixture.load())).collect();
        for thread in threads {
            let library = thread.join().unwrap();
            assert_eq!(library.tasks().count(), 1, "{:?}", library.problems());
        }
    });
    let left: Vec<String> =
        snapshot(&fixture.path("git")).into_keys().filter(|name| name.contains("unfinished")).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn the_digest_follows_every_file_of_the_task_but_its_samples() {
    let fixture = Fixture::new();
    let digest = |fixture: &Fixture| fixture.load_sound().task(&Fixture::task()).unwrap().digest.clone();
    let first = digest(&fixture);
    assert_eq!(first.len(), 64);
    fixture.write("tasks/prices/samples/careful/log.jsonl", "{}\n");
    assert_eq!(digest(&fixture), first);
    fixture.replace("tasks/prices/brief.md", "too low", "far too low");
    assert_ne!(digest(&fixture), first);
}

#[test]
fn a_task_holds_what_its_files_say() {
    let fixture = Fixture::new();
    let library = fixture.load_sound();
    let task = library.task(&Fixture::task()).unwrap();
    assert_eq!((task.brief.title.as_str(), task.brief.minutes), ("Net prices are low", 45));
    assert_eq!(task.brief.text, "Net prices are too low.\n");
    assert_eq!(task.brief.questions.len(), 1);
    assert_eq!(task.key.pairs.len(), 4);
    let pair = &task.key.pairs[&"rounding".into()];
    assert_eq!(pair.subjects[0].symbol.as_deref(), Some("net"));
    assert_eq!((&pair.proof.control, &pair.proof.plant), (&96.0.into(), &100.0.into()));
    assert_eq!(pair.code.as_ref().unwrap().trips, true);
    assert!(pair.code.as_ref().unwrap().plant_patch.starts_with("diff --git a/shop/prices.py"));
    assert_eq!(pair.denial_terms, ["not", "n't", "wrong", "isn't"]);
    assert_eq!(task.key.testlets[0].combinations.len(), 3);
    assert_eq!(task.key.clarifications[1], ("Where?".to_owned(), "Everywhere.".to_owned()));
    assert_eq!(task.key.checks[&"net".into()].cases[0].given, serde_json::json!({"gross": 120}));
    assert_eq!(task.key.tempting[0].name, "round_up");
    let proofs = library.proofs(&Fixture::task()).unwrap();
    assert_eq!(proofs.tests.failing, ["tests/test_prices.py::test_net"]);
    assert_eq!(proofs.questions[&QuestionId::from("net_of_120")].equals, 96.0);
    assert!(matches!(proofs.knowledge[&KnowledgeId::from("label")], KnowledgeProof::Definition(_)));
    assert_eq!(library.repositories()[0].head, fixture.plain);
}

/// Run by [`configuration_of_the_user_changes_nothing`] in a process of its own, with a hostile home.
#[test]
fn loads_the_library_named_in_the_environment() {
    let Some(root) = std::env::var_os("CATALOG_TEST_LIBRARY") else { return };
    let root = Path::new(&root);
    let library = Library::load(&root.join("repos"), &[root.join("tasks")], &root.join("git")).unwrap();
    let said = if library.problems().is_empty() { describe(&library) } else { library.problems()[0].to_string() };
    println!("BEGIN{said}END");
}

/// All that a library says about its task.
fn describe(library: &Library) -> String {
    let task = Fixture::task();
    let session = SessionId(uuid::Uuid::from_u128(5));
    let files = library.apply(&task, &library.task(&task).unwrap().key.reference).unwrap();
    let id = library.record_submission(&task, session, &files, 0, "Handed in").unwrap();
    let history = library.history(&task).unwrap();
    let diffs: Vec<String> =
        history.iter().map(|commit| library.commit_diff(&task, &commit.id, None).unwrap()).collect();
    let blame: Vec<_> = files.keys().map(|path| library.blame(&task, path).unwrap()).collect();
    let base = library.checkout(&task).unwrap();
    format!("{id:?} {history:?} {diffs:?} {blame:?} {base:?} {:?}", library.problems())
}

#[test]
fn configuration_of_the_user_changes_nothing() {
    let fixture = Fixture::new();
    let plain = fixture.copy();
    let expected = describe(&plain.load_sound());
    let config = "[core]\n\tautocrlf = true\n\teol = crlf\n\tattributesFile = ~/attributes\n\thooksPath = ~/hooks\n\
                  \tlogAllRefUpdates = always\n\tignoreCase = true\n\tprecomposeUnicode = true\n\
                  [diff]\n\tnoprefix = true\n\tmnemonicPrefix = true\n\tcontext = 0\n\talgorithm = patience\n\
                  [i18n]\n\tcommitEncoding = latin1\n[commit]\n\tgpgsign = true\n[user]\n\tname = Mallory\n\
                  [init]\n\tdefaultBranch = evil\n\ttemplateDir = ~/template\n[mailmap]\n\tfile = ~/mailmap\n";
    fixture.write("home/.gitconfig", config);
    fixture.write("home/attributes", "*.py diff=python filter=evil text eol=crlf\n*.md -diff\n*.txt binary\n");
    fixture.write("home/.config/git/attributes", "*.py -diff\n");
    fixture.write("home/mailmap", "Mallory <m@evil.example> <ines@shop.example>\n");
    fixture.write("home/template/evil", "x");
    assert_eq!(load_at_home(&fixture), expected);
    assert_eq!(snapshot(&fixture.bare()), snapshot(&plain.bare()));
}

#[test]
fn a_malformed_configuration_of_the_user_is_named() {
    let fixture = Fixture::new();
    fixture.write("home/.gitconfig", "[core\n");
    let said = load_at_home(&fixture);
    assert!(said.contains("home/.gitconfig") && said.contains("mend or remove that file"), "{said}");
}

/// What another process says about the fixture's library, with `home` of the fixture as its home.
fn load_at_home(fixture: &Fixture) -> String {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "loads_the_library_named_in_the_environment", "--nocapture"]);
    command.env("HOME", fixture.path("home")).env("XDG_CONFIG_HOME", fixture.path("home/.config"));
    command.env("GIT_AUTHOR_NAME", "Mallory").env("GIT_DIR", "/nowhere").env("GIT_OBJECT_DIRECTORY", "/nowhere");
    let output = command.env("CATALOG_TEST_LIBRARY", fixture.path("")).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let said = text.split_once("BEGIN").and_then(|(_, rest)| rest.split_once("END"));
    said.unwrap_or_else(|| panic!("{text}")).0.to_owned()
}
