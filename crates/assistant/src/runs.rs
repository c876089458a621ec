//! What a run of the tests says: one that the candidate put beside the prompt, or whose output they pasted into it.

use crate::words;

/// Questions about what failed are made of one of these words …
const FAILING: &str = "fail, fails, failed, failing, failure, failures, red, breaks, broke";
/// … and one of these, or of those where they are short: the code of a repository may fail at something, too.
const TESTS: &str = "test, tests, suite, pytest, assertion";
const POINTING: &str = "it, this, that, what, which, they";
const SHORT: usize = 5;
const SUPPOSING: &str = "would, could, if, not, don't, doesn't, didn't, never, although, though, no longer";
const ABOUT_ERRORS: &str = "this error, the error, that error, this traceback, the traceback, this assertion, the assertion, \
    this output, this message, the message mean, assertion mean, error mean";
/// Marks of output that was pasted.
const MARKS: &[&str] = &["FAILED ", "ERROR ", "E  ", "Traceback (most recent call last)"];
/// A reason is cut at this many characters.
const LONGEST_REASON: usize = 120;

/// What the output of a run says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Read {
    /// Something went wrong.
    Failed(Failed),
    /// It says itself that tests passed and none failed.
    Passed,
    /// Neither: it was cut off, stopped, or never began.
    Unclear,
}

/// What went wrong in a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Failed {
    /// Tests by their ids, each with the first line of its reason; empty where the output does not say it.
    pub(crate) tests: Vec<(String, String)>,
    /// Where it went wrong, as `path:line`, the last place that the output names.
    pub(crate) place: Option<(String, u32)>,
    /// What was found there, where no test says it.
    pub(crate) reason: Option<String>,
}

/// Whether a prompt asks what went wrong in a run, and not what would or does not.
pub(crate) fn asks(text: &str) -> bool {
    if words::hold(text, SUPPOSING) {
        return false;
    }
    let plain = words::plain(text);
    let any_of = |list: &str| plain.iter().any(|word| words::is_among(word, list));
    let about_tests = any_of(TESTS) || (plain.len() <= SHORT && any_of(POINTING));
    (any_of(FAILING) && about_tests) || words::hold(text, ABOUT_ERRORS)
}

/// Whether the output of a run stands in a text.
pub(crate) fn is_pasted(text: &str) -> bool {
    text.lines().any(|line| MARKS.iter().any(|mark| line.starts_with(mark)))
}

/// Reads the output of pytest, or a part of it. That nothing failed is only said where the output says so.
pub(crate) fn read(output: &str) -> Read {
    let mut failed = Failed::default();
    for line in output.lines() {
        if let Some(rest) = line.strip_prefix("FAILED ").or_else(|| line.strip_prefix("ERROR ")) {
            let (id, reason) = rest.split_once(" - ").unwrap_or((rest, ""));
            if id.contains(".py") && !failed.tests.iter().any(|(known, _)| known == id.trim()) {
                failed.tests.push((shown(id), shown(reason)));
            }
        } else if let Some(rest) = line.strip_prefix("E  ") {
            failed.reason.get_or_insert_with(|| shown(rest));
        } else if let Some(place) = place(line) {
            failed.place = Some(place);
        }
    }
    let is_summary = |line: &str| line.starts_with('=') && line.contains(" passed") && !line.contains(" failed");
    match failed.tests.is_empty() && failed.reason.is_none() {
        false => Read::Failed(failed),
        true if output.lines().last().is_some_and(is_summary) => Read::Passed,
        true => Read::Unclear,
    }
}

/// `path.py:12: AssertionError` and `File "path.py", line 12` name a place.
fn place(line: &str) -> Option<(String, u32)> {
    let line = line.trim();
    let (path, number) = match line.strip_prefix("File \"") {
        Some(rest) => rest.split_once("\", line ")?,
        None => line.split_once(".py:").filter(|(path, _)| !path.contains(' '))?,
    };
    let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
    let path = if line.starts_with("File \"") { path.to_owned() } else { format!("{path}.py") };
    Some((path.trim_start_matches("./").to_owned(), digits.parse().ok()?))
}

/// As it stands between marks of code: one line, no mark in it, not too long.
fn shown(text: &str) -> String {
    let text = text.trim().replace('`', "'");
    match text.char_indices().nth(LONGEST_REASON) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "\
=================================== FAILURES ===================================
    def test_total_has_tax():
>       assert cart.total() == 143
E       assert 142 == 143
E        +  where 142 = total()

tests/test_cart.py:7: AssertionError
=========================== short test summary info ============================
FAILED tests/test_cart.py::test_total_has_tax - assert 142 == 143
FAILED tests/test_cart.py::test_discount - KeyError: 'pen'
========================= 2 failed, 3 passed in 0.05s ==========================
";

    #[test]
    fn failed_tests_are_read_with_their_reasons() {
        let Read::Failed(failed) = read(OUTPUT) else { panic!("it failed") };
        let test = |name: &str, reason: &str| (format!("tests/test_cart.py::{name}"), reason.to_owned());
        assert_eq!(
            failed.tests,
            [test("test_total_has_tax", "assert 142 == 143"), test("test_discount", "KeyError: 'pen'")]
        );
        assert_eq!(failed.place, Some(("tests/test_cart.py".to_owned(), 7)));
    }

    #[test]
    fn a_part_of_an_output_is_read_as_far_as_it_goes() {
        let part = read("what is this?\nE       assert 142 == 143\n\ntests/test_cart.py:7: AssertionError");
        let Read::Failed(failed) = part else { panic!("it failed") };
        assert_eq!((failed.tests.len(), failed.reason.as_deref()), (0, Some("assert 142 == 143")));
        let long = read(&format!("FAILED tests/a.py::b - {}", "é`".repeat(400)));
        let Read::Failed(long) = long else { panic!("it failed") };
        assert!(long.tests[0].1.chars().count() <= LONGEST_REASON + 1 && !long.tests[0].1.contains('`'));
    }

    #[test]
    fn a_run_that_does_not_say_that_it_passed_did_not() {
        assert_eq!(read("tests/test_a.py ..  [100%]\n===== 2 passed, 1 skipped in 0.01s ====="), Read::Passed);
        for output in
            ["", "tests/test_a.py ..", "===== no tests ran in 0.00s =====", "print: 5 passed", "killed: memory"]
        {
            assert_eq!(read(output), Read::Unclear, "{output}");
        }
    }

    #[test]
    fn questions_about_failures_are_told_from_others() {
        for text in ["why does the test fail?", "which tests fail", "why did it fail", "what does this error mean?"] {
            assert!(asks(text), "{text}");
        }
        for text in [
            "which tests cover rules?",
            "do spaces make a check fail",
            "which tests would fail without it?",
            "who calls fail",
        ] {
            assert!(!asks(text), "{text}");
        }
        assert!(is_pasted(OUTPUT) && !is_pasted("why does E happen"));
    }
}
