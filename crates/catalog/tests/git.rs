//! What this crate builds and says is what the real git builds and says.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test may fail loudly")]

mod fixture;

use domain::ids::{CommitId, RepoPath};
use fixture::Fixture;

fn path(text: &str) -> RepoPath {
    RepoPath::parse(text).unwrap()
}

#[test]
fn the_history_comes_out_with_the_ids_that_git_gave_it() {
    let fixture = Fixture::new();
    let library = fixture.load_sound();
    let head = &library.task(&Fixture::task()).unwrap().brief.head;
    assert_eq!(head, &fixture.head);
    assert_ne!(head, &fixture.plain);
    let expected = fixture.git(&["rev-list", fixture.head.as_str()]);
    let ids: Vec<String> = library.history(&Fixture::task()).unwrap().into_iter().map(|commit| commit.id.0).collect();
    assert_eq!(ids, expected.lines().collect::<Vec<_>>());
    fixture.git_bare(&["fsck", "--strict", "--full"]);
}

#[test]
fn commits_show_author_date_message_and_files_as_git_does() {
    let fixture = Fixture::new();
    let library = fixture.load_sound();
    for commit in library.history(&Fixture::task()).unwrap() {
        let show = |format: &str| {
            let text = fixture.git(&["log", "-1", "--no-patch", &format!("--format={format}"), commit.id.as_str()]);
            text.trim_end_matches('\n').to_owned()
        };
        assert_eq!(commit.author, show("%an"));
        assert_eq!(commit.when, show("%aI").replace('Z', "+00:00"));
        assert_eq!(commit.subject, show("%s"));
        assert_eq!(commit.body, show("%b"));
        let names = ["diff-tree", "--root", "--no-commit-id", "-r", "-z", "--name-only", commit.id.as_str()];
        let files: Vec<String> = fixture.git(&names).split_terminator('\0').map(str::to_owned).collect();
        assert_eq!(commit.files.iter().map(|path| path.as_str().to_owned()).collect::<Vec<_>>(), files);
    }
}

#[test]
fn the_working_files_are_those_of_the_head() {
    let fixture = Fixture::new();
    let library = fixture.load_sound();
    let base = library.checkout(&Fixture::task()).unwrap();
    assert_eq!(base, library.task(&Fixture::task()).unwrap().base);
    let expected = fixture.head_files();
    assert_eq!(base.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    for (path, text) in &expected {
        assert_eq!(base[path].as_ref(), text, "{path}");
    }
}

#[test]
fn diffs_apply_with_git_and_lead_from_parent_to_commit() {
    let fixture = Fixture::new();
    let library = fixture.load_sound();
    let commits = library.history(&Fixture::task()).unwrap();
    fixture.git(&["checkout", "-q", "-f", "--orphan", "again"]);
    fixture.git(&["rm", "-r", "-q", "-f", "."]);
    for commit in commits.iter().rev() {
        let diff = library.commit_diff(&Fixture::task(), &commit.id, None).unwrap();
        fixture.write("one.patch", &diff);
        fixture.git(&["apply", "--index", fixture.path("one.patch").to_str().unwrap()]);
        let tree = fixture.git(&["rev-parse", &format!("{}^{{tree}}", commit.id)]);
        assert_eq!(fixture.git(&["write-tree"]), tree, "{diff}");
    }
}

#[test]
fn a_diff_of_one_file_holds_that_file_only() {
    let fixture = Fixture::new();
    let library = fixture.load_sound();
    let commits = library.history(&Fixture::task()).unwrap();
    let diff = library.commit_diff(&Fixture::task(), &commits[0].id, Some(&path("run.sh"))).unwrap();
    assert_eq!(
        diff,
        "diff --git a/run.sh b/run.sh\n--- a/run.sh\n+++ b/run.sh\n@@ -1,2 +1,2 @@\n #!/bin/sh\n-exec pytest -q\n\
         +exec pytest -q \"$@\"\n"
    );
    let mode = library.commit_diff(&Fixture::task(), &commits[0].id, Some(&path("shop/__init__.py"))).unwrap();
    assert_eq!(mode, "diff --git a/shop/__init__.py b/shop/__init__.py\nold mode 100644\nnew mode 100755\n");
    let last = library.commit_diff(&Fixture::task(), &commits[5].id, Some(&path("README.md"))).unwrap();
    assert!(last.ends_with("+Run `python -m shop`.\n\\ No newline at end of file\n"), "{last}");
}

#[test]
fn blame_names_the_commit_that_git_names_for_every_line() {
    let fixture = Fixture::new();
    let library = fixture.load_sound();
    for (path, text) in fixture.head_files() {
        let porcelain = fixture.git(&["blame", "--line-porcelain", fixture.head.as_str(), "--", path.as_str()]);
        let is_header = |line: &&str| line.len() > 41 && line.as_bytes()[..40].iter().all(u8::is_ascii_hexdigit);
        let expected: Vec<&str> = porcelain.lines().filter(is_header).map(|line| &line[..40]).collect();
        let lines = library.blame(&Fixture::task(), &path).unwrap();
        assert_eq!(lines.iter().map(|line| line.commit.as_str()).collect::<Vec<_>>(), expected, "{path}");
        let numbers: Vec<u32> = lines.iter().map(|line| line.line).collect();
        assert_eq!(numbers, (1..).take(text.lines().count()).collect::<Vec<u32>>(), "{path}");
    }
    let line = &library.blame(&Fixture::task(), &path("shop/prices.py")).unwrap()[5];
    assert_eq!((line.author.as_str(), line.subject.as_str()), ("Zoë Ahrens", "Read the rate once"));
    assert_eq!(line.when, "2025-03-05T10:00:00+01:00");
}

#[test]
fn a_file_can_be_read_as_any_commit_left_it() {
    let fixture = Fixture::new();
    let library = fixture.load_sound();
    let prices = path("shop/prices.py");
    for commit in library.file_history(&Fixture::task(), &prices).unwrap() {
        let expected = fixture.git(&["show", &format!("{}:shop/prices.py", commit.id)]);
        assert_eq!(library.file_at(&Fixture::task(), &commit.id, &prices).unwrap(), expected);
    }
    let of_readme = library.file_history(&Fixture::task(), &path("README.md")).unwrap();
    let subjects: Vec<&str> = of_readme.iter().map(|commit| commit.subject.as_str()).collect();
    assert_eq!(subjects, ["Move the notes: they are no front page", "Start the shop"]);
}

#[test]
fn what_is_not_in_the_tasks_history_cannot_be_reached() {
    let fixture = Fixture::new();
    let library = fixture.load_sound();
    let files = [(path("secret.py"), "x = 1\n".to_owned())].into();
    let session = domain::ids::SessionId(uuid::Uuid::from_u128(7));
    let handed_in = library.record_submission(&Fixture::task(), session, &files, 0, "Submission").unwrap();
    let unknown =
        [handed_in, fixture.plain.clone(), CommitId::from("HEAD"), CommitId("0".repeat(40)), CommitId("é".repeat(60))];
    for commit in unknown {
        for answer in [
            library.file_at(&Fixture::task(), &commit, &path("secret.py")),
            library.commit_diff(&Fixture::task(), &commit, None),
        ] {
            assert!(matches!(answer, Err(catalog::Error::UnknownCommit { .. })), "{commit}: {answer:?}");
        }
    }
    let missing = library.file_at(&Fixture::task(), &fixture.head, &path("secret.py"));
    assert!(matches!(missing, Err(catalog::Error::UnknownFile { .. })), "{missing:?}");
    assert!(matches!(library.blame(&Fixture::task(), &path("no.py")), Err(catalog::Error::UnknownFile { .. })));
    assert!(matches!(library.history(&"no".into()), Err(catalog::Error::UnknownTask(_))));
}
