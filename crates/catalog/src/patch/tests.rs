use super::{File, Files, Mistake, Patch};
use domain::ids::RepoPath;
use proptest::prelude::*;
use std::fs;
use std::path::Path;
use std::process::Command;

const OLD: &str = "one\ntwo\nthree\nfour\nfive\nsix\nseven\n";

fn files(list: &[(&str, &str)]) -> Files {
    let file = |text: &str| File { text: text.into(), executable: false };
    list.iter().map(|(path, text)| (RepoPath::parse(path).unwrap(), file(text))).collect()
}

fn applied(patch: &str, files: &Files) -> Result<Files, Mistake> {
    let mut files = files.clone();
    Patch::read(patch, 1)?.apply(&mut files)?;
    Ok(files)
}

#[test]
fn every_malformed_patch_is_refused_with_its_line_and_a_remedy() {
    const HEAD: &str = "diff --git a/a.py b/a.py\nindex 1..2 100644\n--- a/a.py\n+++ b/a.py\n";
    let new = |path: &str, mode: &str| {
        format!("diff --git a/{path} b/{path}\nnew file mode {mode}\n--- /dev/null\n+++ b/{path}\n@@ -0,0 +1 @@\n+x\n")
    };
    let cases = [
        (String::new(), 1, "empty"),
        ("hello\n".into(), 1, "no part of a diff"),
        (new("../x", "100644"), 1, "`..`"),
        (new("/etc/passwd", "100644"), 1, "absolute"),
        (new(".git/hooks/x", "100644"), 1, "`.git`"),
        (new("a/.GIT/config", "100644"), 1, "`.git`"),
        (new("link", "120000"), 2, "symbolic link"),
        (new("module", "160000"), 2, "submodule"),
        (new("device", "060000"), 2, "mode 060000"),
        ("diff --git a/x b/x\nindex 1..2 120000\n".into(), 2, "symbolic link"),
        ("diff --git a/x b/x\nold mode 100644\nnew mode 120000\n".into(), 3, "symbolic link"),
        ("diff --git a/x b/x\nindex 1..2\nGIT binary patch\nliteral 1\n".into(), 3, "binary"),
        ("diff --git a/x b/x\nBinary files a/x and b/x differ\n".into(), 2, "binary"),
        ("diff --git a/x b/y\nsimilarity index 90%\nrename from x\n".into(), 1, "name one file"),
        ("diff --git a/x b/x\nrename from x\n".into(), 2, "renames"),
        ("diff --git \"a/\\303\" \"b/\\303\"\n".into(), 1, "quoted"),
        ("diff --git a/x b/x\n--- a/y\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n".into(), 1, "more than one file"),
        ("diff --git a/x b/x\n--- x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n".into(), 1, "`a/`"),
        ("diff --git a/x b/x\n--- a/x\n@@ -1 +1 @@\n".into(), 3, "`+++` is missing"),
        ("diff --git a/x b/x\nindex 1..2 100644\n".into(), 1, "nothing changes"),
        ("diff --git a/x b/x\nmagic 7\n".into(), 2, "header"),
        (format!("{HEAD}@@ one @@\n"), 5, "@@ -line"),
        (format!("{HEAD}@@ -1,2 +1 @@\n-one\n"), 5, "shorter"),
        (format!("{HEAD}@@ -1,1 +1,2 @@\n-one\n-two\n"), 7, "longer"),
        (format!("{HEAD}@@ -1,2 +1,2 @@\n-one\n*two\n"), 7, "starts with"),
        (format!("{HEAD}@@ -1,2 +1,2 @@\n-one\n\\ No newline at end of file\n"), 7, "lack its newline"),
        (format!("{HEAD}@@ -1 +1 @@\n-one\r\n+two\n"), 6, "carriage return"),
        (format!("{HEAD}@@ -1 +1 @@\n-one\n+t\0wo\n"), 7, "zero byte"),
        (format!("{HEAD}@@ -1 +1 @@\n-one\n+two\n{HEAD}@@ -1 +1 @@\n-one\n+two\n"), 8, "twice"),
    ];
    for (patch, line, what) in cases {
        let mistake = Patch::read(&patch, 1).unwrap_err();
        assert_eq!(mistake.line, line, "{patch}\n{mistake}");
        assert!(mistake.what.contains(what), "{patch}\n{mistake}");
        assert!(!mistake.hint.is_empty());
        assert_eq!(Patch::read(&patch, 101).unwrap_err().line, line + 100, "{patch}");
    }
}

#[test]
fn a_patch_that_does_not_apply_says_which_line_does_not_fit() {
    let base = files(&[("a.py", OLD), ("b/c.py", "x\n")]);
    let change = |body: &str| format!("--- a/a.py\n+++ b/a.py\n{body}");
    let new = |path: &str| format!("--- /dev/null\n+++ b/{path}\n@@ -0,0 +1 @@\n+x\n");
    let cases = [
        (change("@@ -2,3 +2,3 @@\n two\n-3\n+THREE\n four\n"), 5, "line 3 of `a.py` should be `3`, it is `three`"),
        (change("@@ -7,2 +7,2 @@\n seven\n-eight\n+EIGHT\n"), 5, "line 8 of `a.py` should be `eight`, it is nothing"),
        (change("@@ -99 +99 @@\n-ninety\n+NINETY\n"), 4, "it is nothing"),
        (change("@@ -18446744073709551615 +1 @@\n-ninety\n+NINETY\n"), 4, "it is nothing"),
        (change("@@ -1,2 +1,2 @@\n-two\n+TWO\n three\n"), 4, "line 1 of `a.py` should be `two`, it is `one`"),
        (change("@@ -5,2 +5,2 @@\n five\n-six\n+SIX\n"), 3, "does not fit"),
        (new("a.py"), 1, "exists already"),
        (new("b"), 1, "beside the file `b/c.py`"),
        (new("a.py/x"), 1, "beside the file `a.py`"),
        ("--- a/no.py\n+++ b/no.py\n@@ -1 +1 @@\n-x\n+y\n".to_owned(), 1, "no `no.py`"),
        ("--- a/a.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-one\n".to_owned(), 3, "does not fit"),
        ("diff --git a/a.py b/a.py\ndeleted file mode 100644\n".to_owned(), 1, "would be left"),
    ];
    for (patch, line, what) in cases {
        let mistake = applied(&patch, &base).unwrap_err();
        assert_eq!(mistake.line, line, "{patch}\n{mistake}");
        assert!(mistake.what.contains(what), "{patch}\n{mistake}");
    }
}

#[test]
fn a_patch_that_fails_leaves_every_file_as_it_was() {
    let mut base = files(&[("a.py", OLD)]);
    let before = base.clone();
    let patch =
        "--- a/a.py\n+++ b/a.py\n@@ -1,2 +1,2 @@\n-one\n+ONE\n two\n--- a/no.py\n+++ b/no.py\n@@ -1 +1 @@\n-x\n+y\n";
    assert!(Patch::read(patch, 1).unwrap().apply(&mut base).is_err());
    assert_eq!(base, before);
}

#[test]
fn modes_empty_files_and_missing_newlines_are_kept() {
    let patch = "diff --git a/a.py b/a.py\nold mode 100644\nnew mode 100755\n\
                 diff --git a/empty b/empty\nnew file mode 100644\nindex 0..1\n\
                 diff --git a/gone b/gone\ndeleted file mode 100644\n--- a/gone\n+++ /dev/null\n@@ -1 +0,0 @@\n-bye\n\
                 diff --git a/open b/open\n--- a/open\n+++ b/open\n@@ -1 +1 @@\n-end\n\\ No newline at end of file\n+END\n\\ No newline at end of file\n";
    let after = applied(patch, &files(&[("a.py", OLD), ("gone", "bye\n"), ("open", "end")])).unwrap();
    let mut expected = files(&[("a.py", OLD), ("empty", ""), ("open", "END")]);
    expected.get_mut(&RepoPath::parse("a.py").unwrap()).unwrap().executable = true;
    assert_eq!(after, expected);
}

fn git(folder: &Path, arguments: &[&str]) -> (bool, String) {
    let mut command = Command::new("git");
    command.current_dir(folder).env_clear().env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", folder);
    let output =
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CEILING_DIRECTORIES", folder).args(arguments).output();
    let output = output.unwrap();
    (output.status.success(), String::from_utf8(output.stdout).unwrap())
}

/// Texts of few different lines, so that the same context stands in many places.
fn text() -> impl Strategy<Value = String> {
    let line = prop::sample::select(vec!["", "a", "b", "c", "  return x", "--- a", "+++ b", "@@ -1 +1 @@", "é😀"]);
    (prop::collection::vec(line, 1..24), any::<bool>())
        .prop_map(|(lines, ends)| format!("{}{}", lines.join("\n"), if ends { "\n" } else { "" }))
        .prop_filter("git knows no empty line without newline", |text| !text.is_empty())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn patches_do_what_git_apply_does(old in text(), new in text(), above in text(), elsewhere in any::<bool>()) {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path();
        let write = |name: &str, text: &str| fs::write(folder.join(name), text).unwrap();
        git(folder, &["init", "-q"]);
        write("f", &old);
        git(folder, &["add", "f"]);
        write("f", &new);
        let (_, patch) = git(folder, &["diff", "--no-renames", "--full-index", "-U3"]);
        prop_assume!(!patch.is_empty());
        let base = if elsewhere { format!("{above}\n{old}") } else { old };
        write("f", &base);
        write("p", &patch);
        let (fits, _) = git(folder, &["apply", "p"]);
        let ours = applied(&patch, &files(&[("f", &base)]));
        prop_assert_eq!(ours.is_ok(), fits, "{}\n{:?}", patch, ours);
        if let Ok(ours) = ours {
            let theirs = fs::read_to_string(folder.join("f")).unwrap();
            prop_assert_eq!(ours, files(&[("f", &theirs)]));
        }
    }

    #[test]
    fn no_text_makes_reading_or_applying_panic(lines in prop::collection::vec(prop::sample::select(vec![
        "diff --git a/f b/f", "--- a/f", "+++ b/f", "--- /dev/null", "+++ /dev/null", "@@ -1,3 +1,2 @@", "@@ -0,0 +1 @@",
        "@@ -9,18446744073709551615 +9 @@", " one", "-two", "+x", "\\ No newline", "", "new file mode 100644",
        "deleted file mode 100644", "index 1..2 100644", "diff --git é b/é", "---", "Author: é <é>",
    ]), 0..14)) {
        let text = lines.join("\n");
        let _ = applied(&text, &files(&[("f", OLD)]));
        let _ = crate::commit_patch::CommitPatch::read(&text);
    }
}
