//! Every mistake in a task's folder is named with file, line and remedy, and hides that task only.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test may fail loudly")]

mod fixture;

use catalog::{Library, Problem};
use domain::ids::TaskName;
use fixture::Fixture;
use std::fs;

/// What an author does wrong.
enum Slip {
    /// Replaces the first text by the second.
    Replace(&'static str, &'static str),
    Write(&'static str),
    Append(&'static str),
    Remove,
}

use Slip::{Append, Remove, Replace, Write};

/// File, slip, and the problem that must come of it: file, line, what, remedy.
type Case = (&'static str, Slip, &'static str, Option<u32>, &'static str, &'static str);

const TASK: &str = "tasks/prices/task.toml";
const PAIR: &str = "tasks/prices/pairs/net_share.toml";
const CODE: &str = "tasks/prices/pairs/rounding.toml";
const TESTLETS: &str = "tasks/prices/testlets.toml";
const QUESTIONS: &str = "tasks/prices/questions.toml";
const CHECK: &str = "tasks/prices/checks/net.toml";
const RATE: &str = "tasks/prices/knowledge/rate.toml";
const LABEL: &str = "tasks/prices/knowledge/label.toml";
const DEFECT: &str = "tasks/prices/defect.patch";
const REFERENCE: &str = "tasks/prices/fixes/reference.patch";
const CLARIFICATIONS: &str = "tasks/prices/clarifications.md";
const REPOSITORY: &str = "repos/shop/repository.toml";
const FIRST: &str = "repos/shop/history/0001-chapter.patch";
const FOURTH: &str = "repos/shop/history/0004-chapter.patch";

const NEW_LINK: &str =
    "diff --git a/link b/link\nnew file mode 120000\n--- /dev/null\n+++ b/link\n@@ -0,0 +1 @@\n+/etc/passwd\n";
const ESCAPE: &str =
    "diff --git a/../up b/../up\nnew file mode 100644\n--- /dev/null\n+++ b/../up\n@@ -0,0 +1 @@\n+x\n";
const BINARY: &str = "diff --git a/x.bin b/x.bin\nnew file mode 100644\nindex 0..1\nGIT binary patch\nliteral 3\n";
const STRAY: &str = "diff --git a/shop/no.py b/shop/no.py\n--- a/shop/no.py\n+++ b/shop/no.py\n@@ -1 +1 @@\n-x\n+y\n";
const MISFIT: &str = "--- a/shop/prices.py\n+++ b/shop/prices.py\n@@ -3,1 +3,1 @@\n-RATE = 21\n+RATE = 22\n";

const CASES: &[Case] = &[
    // task.toml
    (TASK, Replace("\"pytest\"", "\"tox\""), TASK, Some(25), "run by pytest", "first word"),
    (TASK, Replace("level      = \"mid\"", "level = mid"), TASK, Some(6), "", "correct the TOML here"),
    (TASK, Replace("[defect]", "[defect"), TASK, Some(12), "", "correct the TOML here"),
    (TASK, Append("colour = 1\n"), TASK, Some(44), "unknown field `colour`", "one of those listed"),
    (TASK, Replace("minutes    = 45", "minuets = 45"), TASK, Some(5), "unknown field `minuets`", "one of those listed"),
    (
        TASK,
        Replace("title      = \"Net prices are low\"\n", ""),
        TASK,
        Some(1),
        "missing field `title`",
        "add the field",
    ),
    (TASK, Replace("\"Net prices are low\"", "\" \""), TASK, Some(2), "empty", "write it"),
    (TASK, Replace("\"mid\"", "\"boss\""), TASK, Some(6), "unknown variant `boss`", "listed words"),
    (
        TASK,
        Replace("[diagnosis]", "[assistant]\nhelp = \"all\"\n\n[diagnosis]"),
        TASK,
        Some(41),
        "unknown variant `all`, expected `ask` or `patches`",
        "listed words",
    ),
    (
        TASK,
        Replace("[diagnosis]", "[assistant]\norders = \"\"\n\n[diagnosis]"),
        TASK,
        Some(41),
        "the text is empty",
        "write it",
    ),
    (TASK, Replace("= 45", "= \"45\""), TASK, Some(5), "invalid type", "form that is expected"),
    (TASK, Replace("= 45", "= 0"), TASK, Some(5), "out of range", "1 to 480"),
    (TASK, Replace("\"prices\"", "\"prises\""), TASK, Some(1), "not the folder's, `prices`", "folder's name"),
    (TASK, Replace("\"prices\"", "\"../prices\""), TASK, Some(1), "`../prices` is no name", "lower-case"),
    (TASK, Replace("\"shop\"", "\"..\""), TASK, Some(3), "`..` is no name", "lower-case"),
    (
        TASK,
        Replace("repository = \"shop\"", "repository = \"shoe\""),
        TASK,
        Some(3),
        "there is no repository `shoe`",
        "caveat repo add",
    ),
    (TASK, Replace("id    = \"", "id    = \"x"), TASK, Some(15), "no commit id", "forty"),
    (TASK, Replace("defect.patch", "../defect.patch"), TASK, Some(13), "`..`", "path"),
    (TASK, Replace("defect.patch", "fault.patch"), TASK, Some(13), "no file", "correct its name"),
    (TASK, Replace("defect.patch", "brief.md"), TASK, Some(13), "no patch", ".patch"),
    (
        TASK,
        Replace("0003-chapter", "0007-chapter"),
        TASK,
        Some(14),
        "no patch `0007-chapter.patch`",
        "repository.toml lists",
    ),
    (TASK, Replace("fixes/round_up.patch", "fixes/no.patch"), TASK, Some(21), "no file", "correct its name"),
    (TASK, Replace("failing = [", "failing = [\"a::b\", "), TASK, Some(26), "more than one", "at most one"),
    (TASK, Replace("\"understand\"", "\"relax\""), TASK, Some(29), "unknown variant `relax`", "listed words"),
    (TASK, Replace("\"guesses\", ", ""), TASK, Some(38), "four anchors, this one 3", "levels 1 to 4"),
    (TASK, Replace("[\"gross\"]", "[\"\"]"), TASK, Some(42), "empty", "matches every text"),
    (TASK, Remove, TASK, None, "missing", "write task.toml"),
    // the patches
    (DEFECT, Replace("Author: ", "By: "), DEFECT, Some(1), "Author", "author"),
    (DEFECT, Replace("10:00:00", "10:00:01"), TASK, Some(15), "is pinned", "pin the id"),
    (DEFECT, Replace("+FACTOR", "*FACTOR"), DEFECT, Some(17), "starts with", "git diff"),
    (DEFECT, Replace(" RATE = 20", " RATE = 21"), DEFECT, Some(14), "should be `RATE = 21`, it is `RATE = 20`", "anew"),
    (DEFECT, Remove, TASK, Some(13), "no file", "correct its name"),
    (DEFECT, Append(NEW_LINK), DEFECT, Some(28), "symbolic link", "regular files"),
    (DEFECT, Append(ESCAPE), DEFECT, Some(27), "`..`", "inside the repository"),
    (DEFECT, Append(BINARY), DEFECT, Some(30), "binary", "text files only"),
    (REFERENCE, Write(""), REFERENCE, Some(1), "empty", "git diff"),
    (REFERENCE, Write(MISFIT), REFERENCE, Some(4), "should be `RATE = 21`", "anew"),
    (REFERENCE, Write(STRAY), REFERENCE, Some(1), "no `shop/no.py`", "anew"),
    (REFERENCE, Write(NEW_LINK), REFERENCE, Some(2), "symbolic link", "regular files"),
    (REFERENCE, Write(ESCAPE), REFERENCE, Some(1), "`..`", "inside the repository"),
    (REFERENCE, Write(BINARY), REFERENCE, Some(4), "binary", "text files only"),
    ("tasks/prices/fixes/round_up.patch", Remove, TASK, Some(21), "no file", "correct its name"),
    (
        "tasks/prices/pairs/rounding.plant.patch",
        Write(MISFIT),
        "tasks/prices/pairs/rounding.plant.patch",
        Some(4),
        "does not apply",
        "anew",
    ),
    ("tasks/prices/pairs/rounding.plant.patch", Remove, CODE, Some(25), "no file", "correct its name"),
    // pairs
    (PAIR, Replace("wrong fact", "white lie"), PAIR, Some(1), "unknown variant `white lie`", "listed words"),
    (PAIR, Replace("decisive = true", "decisive = 1"), PAIR, Some(2), "invalid type", "form that is expected"),
    (PAIR, Replace("shop/prices.py::net", "/shop/prices.py"), PAIR, Some(3), "absolute", "root"),
    (PAIR, Replace("shop/prices.py::net", "shop/price.py::net"), PAIR, Some(3), "no file `shop/price.py`", "root"),
    (PAIR, Replace("shop/prices.py::net", "shop/prices.py::"), PAIR, Some(3), "no subject", "path::symbol"),
    (PAIR, Replace(", \"why net_share\"", ""), PAIR, Some(4), "4 to 24 intents, this one 3", "different ways"),
    (PAIR, Replace("the round price", "the very round price"), PAIR, Some(6), "more than 5 %", "as long as each other"),
    (PAIR, Replace("the round price", "the gross price"), PAIR, Some(6), "say the same", "false"),
    (PAIR, Replace("doubt ", "doubts "), PAIR, Some(7), "unknown field `doubts`", "one of those listed"),
    (PAIR, Replace("def observe", "def look"), PAIR, Some(16), "does not define observe", "def observe("),
    (PAIR, Replace("plant   = 100.0", "plant   = 96.0"), PAIR, Some(15), "same for both sides", "differently"),
    (PAIR, Replace("control = 96.0", "control = 2025-03-03"), PAIR, Some(21), "no form in JSON", "as text"),
    (PAIR, Replace("control = 96.0", "control = [{a = nan}]"), PAIR, Some(21), "no form in JSON", "as text"),
    (PAIR, Replace("[[\"round\"]]", "[[]]"), PAIR, Some(13), "empty", "remove it"),
    (CODE, Replace("trips   = true\n", ""), CODE, Some(24), "missing field `trips`", "add the field"),
    (PAIR, Remove, TESTLETS, Some(3), "no pair `net_share`", "pairs/"),
    ("tasks/prices/pairs/Net.toml", Write(""), "tasks/prices/pairs/Net.toml", None, "`Net` is no name", "lower-case"),
    (
        "tasks/prices/pairs/net.tmol",
        Write(""),
        "tasks/prices/pairs/net.tmol",
        None,
        "nothing refers to",
        "correct its name",
    ),
    (
        "tasks/prices/fixes/left.patch",
        Write(""),
        "tasks/prices/fixes/left.patch",
        None,
        "nothing refers to",
        "remove the file",
    ),
    // testlets and plans
    (
        TESTLETS,
        Replace("\"plant\"", "\"plnat\""),
        TESTLETS,
        Some(7),
        "unknown variant `plnat`, expected `control` or `plant`",
        "listed words",
    ),
    (TESTLETS, Replace("\"rate_once\"", "\"rate_twice\""), TESTLETS, Some(3), "no pair `rate_twice`", "pairs/"),
    (
        TESTLETS,
        Replace("\"rate_once\"", "\"net_share\""),
        TESTLETS,
        Some(3),
        "in a testlet already",
        "one testlet at most",
    ),
    (TESTLETS, Replace(", \"rate_once\"", ""), TESTLETS, Some(2), "two to five pairs, this one 1", "stands alone"),
    (
        TESTLETS,
        Replace("[\"plant\", \"control\"]", "[\"plant\"]"),
        TESTLETS,
        Some(7),
        "1 sides for 2 pairs",
        "one side for every pair",
    ),
    (
        TESTLETS,
        Replace("[\"plant\", \"control\"]", "[\"control\", \"plant\"]"),
        TESTLETS,
        Some(10),
        "listed twice",
        "keep one of the two",
    ),
    (
        TESTLETS,
        Replace("[\"plant\", \"plant\"]\nwhy", "[\"plant\", \"plant\"]\nwitness"),
        TESTLETS,
        Some(14),
        "unknown field `witness`",
        "one of those listed",
    ),
    (
        TESTLETS,
        Replace(
            "[[testlet.contradiction]]\nsides = [\"plant\", \"plant\"]\nwhy = \"One share cannot be two things.\"\n",
            "",
        ),
        TESTLETS,
        Some(2),
        "nothing is said about the combination [\"plant\", \"plant\"]",
        "[[testlet.contradiction]]",
    ),
    (
        TESTLETS,
        Replace("[\"control\", \"plant\"]\nwitness = \"fixes/round_up.patch\"", "[\"control\", \"plant\"]"),
        TESTLETS,
        Some(10),
        "nothing shows that these sides can be true together",
        "add `witness`",
    ),
    (
        TESTLETS,
        Replace("[\"control\", \"control\"]", "[\"control\", \"control\"]\nwitness = \"fixes/round_up.patch\""),
        TESTLETS,
        Some(5),
        "makes all controls true",
        "remove the witness",
    ),
    (
        TESTLETS,
        Replace("\"control\"]\nwitness = \"fixes/round_up.patch\"", "\"control\"]\nwitness = \"fixes/round.patch\""),
        TESTLETS,
        Some(8),
        "there is no file",
        "correct its name here",
    ),
    (
        TESTLETS,
        Write(concat!(
            "[[testlet]]\nname = \"x\"\npairs = [\"label_unit\", \"rounding\"]\n",
            "combination = [{sides = [\"control\", \"control\"]}]\n",
            "contradiction = [{sides = [\"plant\", \"control\"], why = \"x\"}, {sides = [\"control\", \"plant\"], why = \"x\"}, ",
            "{sides = [\"plant\", \"plant\"], why = \"x\"}]\n",
            "[[testlet]]\nname = \"y\"\npairs = [\"net_share\", \"rate_once\"]\n",
            "combination = [{sides = [\"control\", \"control\"]}]\n",
            "contradiction = [{sides = [\"plant\", \"control\"], why = \"x\"}, {sides = [\"control\", \"plant\"], why = \"x\"}, ",
            "{sides = [\"plant\", \"plant\"], why = \"x\"}]\n",
        )),
        TESTLETS,
        None,
        "no plan of this task",
        "add pairs or widen",
    ),
    (
        PAIR,
        Replace("decisive =", "invents = [\"net_of\"]\ndecisive ="),
        PAIR,
        Some(2),
        "this pair's kind invents nothing",
        "of the kind `invention`",
    ),
    (TESTLETS, Remove, TESTLETS, None, "missing", "write testlets.toml"),
    // questions, checks, knowledge, texts
    (QUESTIONS, Replace("answer = 0", "answer = 2"), QUESTIONS, Some(5), "number 2 of 2 choices", "count them from 0"),
    (QUESTIONS, Replace("answer = 0", "answer = -1"), QUESTIONS, Some(5), "-1", "form that is expected"),
    (
        QUESTIONS,
        Replace("why = \"It takes a fifth off.\"\n", ""),
        QUESTIONS,
        Some(1),
        "missing field `why`",
        "add the field",
    ),
    (
        QUESTIONS,
        Append(
            "[[question]]\nid = \"net_of_120\"\ntext = \"?\"\nchoices = [\"a\", \"b\"]\nanswer = 0\nwhy = \"a\"\n[question.proof]\nobserve = \"def observe(): return 1\"\nequals = 1\n",
        ),
        QUESTIONS,
        Some(15),
        "two questions",
        "its own id",
    ),
    (QUESTIONS, Remove, QUESTIONS, None, "missing", "questions.toml"),
    (
        CHECK,
        Replace("expect = 100.0", "expects = 100.0"),
        CHECK,
        Some(9),
        "unknown field `expects`",
        "one of those listed",
    ),
    (
        CHECK,
        Write("title = \"x\"\nobserve = \"def observe(given): return given\"\ncase = []\n"),
        CHECK,
        Some(3),
        "no case",
        "[[case]]",
    ),
    (CHECK, Remove, "tasks/prices/checks", None, "no hidden check", "at least one"),
    (RATE, Append("[query]\ndefinition = \"shop/prices.py::RATE\"\n"), RATE, Some(6), "exactly one proof", "either"),
    (LABEL, Replace("definition", "callers"), LABEL, Some(6), "none of the two known ones", "includes"),
    (
        LABEL,
        Replace("{definition = \"shop/prices.py::label\"}", "{definition = \"shop/prices.py\"}"),
        LABEL,
        Some(6),
        "about a symbol",
        "path::symbol",
    ),
    (
        LABEL,
        Replace("query = {definition = \"shop/prices.py::label\"}\n", ""),
        LABEL,
        Some(1),
        "exactly one proof",
        "either",
    ),
    ("tasks/prices/brief.md", Remove, "tasks/prices/brief.md", None, "missing", "the symptom"),
    ("tasks/prices/brief.md", Write("\n"), "tasks/prices/brief.md", None, "empty", "the symptom"),
    (CLARIFICATIONS, Remove, CLARIFICATIONS, None, "missing", "## question"),
    (CLARIFICATIONS, Write("None.\n"), CLARIFICATIONS, Some(1), "before the first question", "## question"),
    (
        CLARIFICATIONS,
        Write("# Asked\n\n## When?\n## Where?\nHere.\n"),
        CLARIFICATIONS,
        Some(3),
        "`## When?` has no answer",
        "answer below",
    ),
    // the repository
    (REPOSITORY, Replace("\"shop\"", "\"shoe\""), REPOSITORY, Some(1), "not the folder's, `shop`", "folder's name"),
    (REPOSITORY, Replace("\"python\"", "\"cobol\""), REPOSITORY, Some(3), "unknown variant `cobol`", "listed words"),
    (REPOSITORY, Replace("0002-chapter", "0009-chapter"), REPOSITORY, Some(11), "no file", "correct its name"),
    (REPOSITORY, Remove, REPOSITORY, None, "missing", "write repository.toml"),
    (FIRST, Replace("Ines", "Inez"), REPOSITORY, Some(8), "is pinned", "undo the change"),
    (FIRST, Replace("+Run `python", "+Ran `python"), REPOSITORY, Some(8), "is pinned", "undo the change"),
    (FOURTH, Replace("-# Shop", "-# Shoe"), FOURTH, Some(12), "should be `# Shoe`, it is `# Shop`", "anew"),
    (
        "repos/shop/history/0006-forgotten.patch",
        Write("x"),
        "repos/shop/history/0006-forgotten.patch",
        None,
        "nothing refers to",
        "name it",
    ),
];

fn slip(fixture: &Fixture, file: &str, slip: &Slip) {
    match slip {
        Replace(old, new) => fixture.replace(file, old, new),
        Write(text) => fixture.write(file, text),
        Append(text) => fixture.write(file, &format!("{}{text}", fixture.read(file))),
        Remove => fs::remove_file(fixture.path(file)).unwrap(),
    }
}

fn list(problems: &[Problem]) -> String {
    problems.iter().map(|problem| format!("{problem}\n")).collect()
}

#[test]
fn every_slip_of_an_author_is_named_with_file_line_and_remedy() {
    let sound = Fixture::new();
    sound.load_sound();
    let mut wrong = Vec::new();
    for (number, (file, done, at, line, what, hint)) in CASES.iter().enumerate() {
        let fixture = sound.copy();
        slip(&fixture, file, done);
        let library = fixture.load();
        let expected = fixture.path(at).display().to_string();
        let fits = |problem: &&Problem| {
            problem.file == expected
                && problem.line == *line
                && problem.what.contains(what)
                && problem.hint.contains(hint)
        };
        if library.problems().iter().find(fits).is_none() || library.tasks().next().is_some() {
            let problems = list(library.problems());
            wrong.push(format!("case {number}: {file}\n  expected {at}:{line:?}: {what} / {hint}\n  came\n{problems}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn one_slip_gives_few_problems_and_they_name_line_and_column() {
    let fixture = Fixture::new();
    fixture.replace(TASK, "minutes    = 45", "minutes    = 0");
    let problems = fixture.load().problems().to_vec();
    assert_eq!(problems.len(), 1, "{}", list(&problems));
    assert_eq!((problems[0].line, problems[0].column), (Some(5), Some(14)));
    assert_eq!(problems[0].task, Fixture::task());
}

#[test]
fn a_pinned_id_that_differs_is_named_with_both_ids() {
    let fixture = Fixture::new();
    let wrong = "0123456789".repeat(4);
    fixture.replace(TASK, fixture.head.as_str(), &wrong);
    let problems = list(fixture.load().problems());
    assert!(problems.contains(fixture.head.as_str()) && problems.contains(&wrong), "{problems}");
    fixture.replace(TASK, &wrong, fixture.head.as_str());
    fixture.load_sound();
}

#[test]
fn a_broken_task_does_not_hide_the_others() {
    let fixture = Fixture::new();
    for (name, broken) in [("cheaper", false), ("dearer", true)] {
        let folder = fixture.path(&format!("tasks/{name}"));
        let copied = std::process::Command::new("cp").arg("-r").arg(fixture.path("tasks/prices")).arg(&folder).status();
        assert!(copied.unwrap().success());
        fixture.replace(&format!("tasks/{name}/task.toml"), "\"prices\"", &format!("\"{name}\""));
        if broken {
            fixture.write(&format!("tasks/{name}/brief.md"), "");
        }
    }
    fixture.write("tasks/empty/.keep", "");
    fixture.write("tasks/Empty 2/.keep", "");
    let library = fixture.load();
    let names: Vec<String> = library.tasks().map(|task| task.brief.name.to_string()).collect();
    assert_eq!(names, ["cheaper", "prices"]);
    let broken: Vec<&str> = library.problems().iter().map(|problem| problem.task.as_str()).collect();
    assert_eq!(broken, ["Empty 2", "dearer", "empty"], "{}", list(library.problems()));
    assert!(library.task(&TaskName::from("dearer")).is_none());
}

#[test]
fn a_broken_repository_is_a_problem_of_every_task_about_it() {
    let fixture = Fixture::new();
    fixture.write("tasks/other/task.toml", &fixture.read(TASK).replace("\"prices\"", "\"other\""));
    fixture.write("tasks/other/defect.patch", &fixture.read(DEFECT));
    fixture.replace(FIRST, "Ines", "Inez");
    let library = fixture.load();
    let tasks: Vec<&str> = library.problems().iter().map(|problem| problem.task.as_str()).collect();
    assert_eq!(tasks, ["other", "prices"], "{}", list(library.problems()));
    assert!(library.repositories().is_empty());
    assert!(!fixture.bare().exists(), "nothing half-built stays behind");
    assert_eq!(fs::read_dir(fixture.path("git")).unwrap().count(), 0);
}

#[test]
fn the_same_name_in_two_folders_is_a_problem_of_the_second() {
    let fixture = Fixture::new();
    let again = fixture.path("again/prices");
    fs::create_dir_all(&again).unwrap();
    let folders = [fixture.path("tasks"), fixture.path("again")];
    let library = Library::load(&fixture.path("repos"), &folders, &fixture.path("git")).unwrap();
    assert_eq!(library.tasks().count(), 1);
    let problems = list(library.problems());
    assert!(problems.contains("again/prices: another folder has a task of this name"), "{problems}");
}

#[cfg(unix)]
#[test]
fn links_in_a_task_folder_are_not_followed() {
    let fixture = Fixture::new();
    fixture.write("secret.md", "TOP SECRET");
    fs::remove_file(fixture.path("tasks/prices/brief.md")).unwrap();
    std::os::unix::fs::symlink(fixture.path("secret.md"), fixture.path("tasks/prices/brief.md")).unwrap();
    std::os::unix::fs::symlink("/etc", fixture.path("tasks/prices/samples_of")).unwrap();
    let library = fixture.load();
    assert_eq!(library.tasks().count(), 0);
    let problems = list(library.problems());
    assert_eq!(problems.matches("this is no regular file").count(), 2, "{problems}");
}

#[test]
fn what_is_no_text_of_bearable_size_is_refused() {
    let fixture = Fixture::new();
    fs::write(fixture.path("tasks/prices/brief.md"), b"\xff\xfe").unwrap();
    fixture.write(CLARIFICATIONS, &"x".repeat((1 << 20) + 1));
    let problems = list(fixture.load().problems());
    assert!(problems.contains("brief.md: it cannot be read"), "{problems}");
    assert!(problems.contains("clarifications.md: the file is larger than 1048576 bytes"), "{problems}");
}

#[test]
fn a_missing_folder_of_the_library_is_an_error_that_names_it() {
    let fixture = Fixture::new();
    let load = Library::load(&fixture.path("repos"), &[fixture.path("no/tasks")], &fixture.path("git"));
    assert!(load.unwrap_err().to_string().contains("no/tasks"));
}
