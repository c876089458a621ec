//! A candidate's own test suite, self-reported.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may stop")]

mod support;

use std::time::Duration;

use sandbox::{End, Limits, TestOutcome, TestReport};
use support::{files, limits, sandbox};

async fn suite(tree: &[(&str, &str)], args: &[&str]) -> TestReport {
    let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
    sandbox().await.pytest(files(tree), &args, &limits()).await.expect("a report")
}

fn outcomes(report: &TestReport) -> Vec<(&str, TestOutcome)> {
    report.tests.iter().map(|test| (test.id.as_str(), test.outcome)).collect()
}

const TESTS: &str = "
import pytest
from shop import total

def test_adds(): assert total([1, 2]) == 3
def test_wrong(): assert total([1]) == 2, 'one is not two'
@pytest.fixture
def broken(): raise RuntimeError('no fixture')
def test_error(broken): pass
@pytest.mark.skip(reason='later')
def test_later(): pass
@pytest.mark.xfail(reason='known')
def test_known(): assert False
@pytest.mark.parametrize('n', [1, 2])
def test_each(n): assert n
";

#[tokio::test]
async fn every_test_is_reported_with_its_outcome_time_and_message() {
    let report =
        suite(&[("shop.py", "def total(items): return sum(items)"), ("tests/test_shop.py", TESTS)], &["-q"]).await;
    let id = |name: &str| format!("tests/test_shop.py::{name}");
    let expected = [
        (id("test_adds"), TestOutcome::Passed),
        (id("test_wrong"), TestOutcome::Failed),
        (id("test_error"), TestOutcome::Error),
        (id("test_later"), TestOutcome::Skipped),
        (id("test_known"), TestOutcome::Skipped),
        (id("test_each[1]"), TestOutcome::Passed),
        (id("test_each[2]"), TestOutcome::Passed),
    ];
    assert_eq!(
        outcomes(&report),
        expected.each_ref().map(|(id, outcome)| (id.as_str(), *outcome)),
        "{}",
        report.output
    );
    assert_eq!((report.collected, &report.end, report.truncated), (7, &End::Exited(1), false));
    assert!(report.tests[1].message.contains("one is not two"), "{:?}", report.tests[1]);
    assert!(report.tests[2].message.contains("no fixture"), "{:?}", report.tests[2]);
    assert!(report.tests[3].message.contains("later"), "{:?}", report.tests[3]);
    assert!(report.tests.iter().all(|test| (0.0..5.0).contains(&test.seconds)));
    assert!(report.output.contains("2 failed") || report.output.contains("1 failed"), "{}", report.output);
}

#[tokio::test]
async fn arguments_choose_tests_and_configuration_files_apply() {
    let tree = [
        ("pytest.ini", "[pytest]\npython_functions = check_*\n"),
        ("conftest.py", "import pytest\n@pytest.fixture\ndef three(): return 3\n"),
        ("test_a.py", "def check_one(three): assert three == 3\ndef check_two(): pass\ndef test_not(): assert False\n"),
    ];
    let report = suite(&tree, &["-q", "-k", "one"]).await;
    assert_eq!(outcomes(&report), [("test_a.py::check_one", TestOutcome::Passed)], "{}", report.output);
    assert_eq!(report.end, End::Exited(0));
}

#[tokio::test]
async fn a_file_that_cannot_be_collected_is_an_error_and_no_tests_is_no_success() {
    let report = suite(&[("test_a.py", "import nothing_of_this_name\n")], &["-q"]).await;
    assert_eq!(outcomes(&report), [("test_a.py", TestOutcome::Error)]);
    assert_eq!(report.end, End::Exited(2));
    let none = suite(&[("shop.py", "")], &["-q"]).await;
    assert_eq!((none.tests.len(), none.collected, none.end), (0, 0, End::Exited(5)));
}

#[tokio::test]
async fn tests_finished_before_a_limit_are_reported_and_the_run_is_no_success() {
    let tree = files(&[("test_a.py", "import time\ndef test_quick(): pass\ndef test_slow(): time.sleep(60)\n")]);
    let within = Limits { wall: Duration::from_millis(1500), ..limits() };
    let report = sandbox().await.pytest(tree, &["-q".to_owned()], &within).await.expect("a report");
    assert_eq!(outcomes(&report), [("test_a.py::test_quick", TestOutcome::Passed)]);
    assert_eq!((report.collected, report.end), (2, End::WallLimit));
}

#[tokio::test]
async fn a_test_that_leaves_the_process_is_no_success() {
    let report =
        suite(&[("test_a.py", "import os\ndef test_leave(): os._exit(0)\ndef test_next(): pass\n")], &["-q"]).await;
    assert_eq!((report.tests.len(), report.collected), (0, 2), "tests missing from the report show it");
}

#[tokio::test]
async fn a_suite_can_start_the_code_as_a_program() {
    let test = "
import subprocess, sys
def test_cli():
    done = subprocess.run([sys.executable, '-m', 'shop'], capture_output=True, text=True, check=True)
    assert done.stdout == 'open\\n'
";
    let report =
        suite(&[("shop/__main__.py", "print('open')"), ("shop/__init__.py", ""), ("test_a.py", test)], &["-q"]).await;
    assert_eq!(report.end, End::Exited(0), "{}", report.output);
}
