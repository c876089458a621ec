//! After changes facts are about the code as it stands, and what was written beforehand says that it is older.

#![allow(clippy::unwrap_used, reason = "a fixture that does not load fails its test")]

mod fixture;

use domain::event::{ContextItem, Origin};
use domain::ids::RepoPath;
use fixture::{Talk, plan, shop};

/// The cart with a function more above `with_tax`, which has another argument.
fn edited(talk: &mut Talk<'_>) {
    let base = &talk.shop.task.base[&RepoPath::parse("shop/cart.py").unwrap()];
    let text = base.replace(
        "def with_tax(amount):\n",
        "def gift_wrap(cart):\n    return with_tax(300, 2)\n\n\ndef with_tax(amount, rate):\n",
    );
    talk.edit("shop/cart.py", &text);
}

#[test]
fn facts_follow_the_candidates_code() {
    let shop = shop();
    let mut talk = Talk::new(&shop, plan(), 4);
    assert!(talk.ask("where is with_tax defined?").text.contains("`shop/cart.py:21-23`"));
    edited(&mut talk);
    let place = talk.ask("where is with_tax defined?").text;
    assert!(place.contains("`shop/cart.py:25-27`"), "{place}");
    assert!(talk.ask("what does with_tax do?").text.contains("with_tax(amount, rate)"));
    let callers = talk.ask("who calls with_tax?").text;
    assert!(callers.contains("gift_wrap"), "{callers}");
    let new = talk.ask("what does gift_wrap do?").text;
    assert!(new.contains("`shop/cart.py:21-22`") && new.contains("with_tax"), "{new}");
    let it = talk.ask("who calls it?").text;
    assert!(it.contains("gift_wrap"), "it is what was spoken about: {it}");
    // In the edited file these lines are `gift_wrap`; before they were `with_tax`.
    let path = RepoPath::parse("shop/cart.py").unwrap();
    talk.context = vec![(ContextItem::Selection { path, from_line: 22, to_line: 22 }, String::new())];
    assert!(talk.ask("what does this do?").text.contains("gift_wrap"));
}

#[test]
fn what_was_written_about_a_changed_file_says_that_it_is_older() {
    let shop = shop();
    let question = "how do I run the tests";
    let subject = shop.task.key.knowledge[&"run_tests".into()].subjects[0].path.clone();
    let mut talk = Talk::new(&shop, plan(), 4);
    assert!(!talk.ask(question).text.contains("hange"));
    let text = format!("{}\n", shop.task.base[&subject]);
    talk.edit(subject.as_str(), &text);
    let reply = talk.ask(question);
    let opening = reply.text.split('.').next().unwrap();
    assert!(opening.contains("changes") || opening.contains("changed"), "{}", reply.text);
    assert!(reply.sources.iter().any(|source| matches!(source.origin, Origin::Knowledge { .. })));
}

#[test]
fn a_claim_that_was_shown_keeps_its_side_and_says_that_it_is_older() {
    let shop = shop();
    let mut talk = Talk::new(&shop, plan(), 4);
    let question = "how does round_price round";
    let pair = &shop.task.key.pairs[&"rounding_mode".into()];
    let said = pair.wording(plan().sides[&"rounding_mode".into()]);
    assert!(talk.ask(question).text.contains(said));
    talk.edit("shop/prices.py", "def round_price(amount):\n    return amount\n");
    let again = talk.ask(question).text;
    assert!(again.contains(said) && (again.contains("your changes") || again.contains("you changed it")), "{again}");
}
