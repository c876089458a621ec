//! What is asked about the candidate's own work: their runs, their selection, their changes.

#![allow(clippy::unwrap_used, reason = "a fixture that does not load fails its test")]

mod fixture;

use domain::event::ContextItem;
use domain::ids::{RepoPath, RunId};
use fixture::{Talk, plan, shop};

const FAILED: &str = "\
E       assert 142 == 143

tests/test_cart.py:7: AssertionError
=========================== short test summary info ============================
FAILED tests/test_cart.py::test_total_has_tax - assert 142 == 143
========================= 1 failed, 2 passed in 0.05s ==========================
";

fn run(output: &str) -> (ContextItem, String) {
    (ContextItem::Run { run: RunId(Default::default()) }, output.to_owned())
}

#[test]
fn what_failed_is_read_off_the_run_beside_the_prompt() {
    let shop = shop();
    let mut talk = Talk::new(&shop, plan(), 1);
    for question in ["why does the test fail?", "which tests fail", "what does this error mean?"] {
        talk.context = vec![run(FAILED)];
        let text = talk.ask(question).text;
        assert!(text.contains("`tests/test_cart.py::test_total_has_tax`: `assert 142 == 143`"), "{question}: {text}");
        assert!(text.contains("`tests/test_cart.py:7`") && text.contains("Cart.total"), "{question}: {text}");
    }
    talk.context = vec![run("===== 5 passed in 0.01s =====")];
    assert!(talk.ask("which tests fail?").text.contains("nothing failed"));
    // It was stopped: nothing says that it passed.
    talk.context = vec![run("tests/test_cart.py ..")];
    assert!(talk.ask("which tests fail now?").text.contains("does not say what failed"));
    talk.context = Vec::new();
    assert!(talk.ask("why did the tests fail?").text.contains("no run beside your prompt"));
}

#[test]
fn a_pasted_output_is_read_and_one_that_disputes_a_claim_stays_evidence() {
    let shop = shop();
    let mut talk = Talk::new(&shop, plan(), 1);
    let text = talk.ask(&format!("what is this?\n{FAILED}")).text;
    assert!(text.contains("test_total_has_tax") && text.contains("Cart.total"), "{text}");
    talk.ask("is the discount taken before or after tax");
    let evidence = &shop.task.key.pairs[&"discount_base".into()].evidence;
    assert_eq!(&talk.ask(&format!("but I ran it and you are wrong:\n{FAILED}")).text, evidence);
}

#[test]
fn this_is_the_selection_before_the_open_file() {
    let shop = shop();
    let mut talk = Talk::new(&shop, plan(), 1);
    let path = RepoPath::parse("shop/cart.py").unwrap();
    let selection = ContextItem::Selection { path: path.clone(), from_line: 22, to_line: 23 };
    talk.context = vec![(ContextItem::File { path }, String::new()), (selection, String::new())];
    let text = talk.ask("who calls this?").text;
    assert!(text.contains("`with_tax`") && text.contains("Cart.total"), "{text}");
}

#[test]
fn the_verb_of_a_question_about_this_is_no_name() {
    let shop = shop();
    let mut talk = Talk::new(&shop, plan(), 1);
    let base = &shop.task.base[&RepoPath::parse("shop/report.py").unwrap()];
    talk.edit("shop/report.py", &format!("{base}\n\ndef calls(cart):\n    return lines(cart)\n"));
    let path = RepoPath::parse("shop/cart.py").unwrap();
    talk.context = vec![(ContextItem::Selection { path, from_line: 22, to_line: 23 }, String::new())];
    let text = talk.ask("who calls this?").text;
    assert!(text.contains("`with_tax`") && text.contains("Cart.total"), "{text}");
    assert!(talk.ask("who calls with_tax?").text.contains("Cart.total"));
    assert!(talk.ask("what does calls() do?").text.contains("`calls(cart)`"));
}

#[test]
fn what_changes_took_away_is_said_and_so_is_what_was_changed() {
    let shop = shop();
    let mut talk = Talk::new(&shop, plan(), 1);
    assert!(talk.ask("what have I changed?").text.contains("nothing so far"));
    let base = &shop.task.base[&RepoPath::parse("shop/report.py").unwrap()];
    talk.edit("shop/report.py", &base.replace("def lines(", "def rows("));
    assert!(talk.ask("what have I changed so far?").text.contains("`shop/report.py`"));
    let gone = talk.ask("who calls `lines()`?").text;
    assert!(gone.contains("lines") && gone.contains("not there any more"), "{gone}");
}

#[test]
fn where_a_value_is_used_its_lines_are_told() {
    let shop = shop();
    let text = Talk::new(&shop, plan(), 1).ask("where is VAT used?").text;
    assert!(text.contains("`shop/prices.py:5`") && text.contains("`shop/cart.py:23`"), "{text}");
}
