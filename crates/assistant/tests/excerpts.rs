//! The whole repository beside a prompt: what is nearest first, as much as fits, and every line as it stands.

#![allow(clippy::unwrap_used, reason = "a fixture that does not load fails its test")]

mod fixture;

use assistant::{REPOSITORY_BYTES, excerpts, messages};
use domain::event::ContextItem;
use fixture::{Talk, plan, shop};
use proptest::prelude::*;

/// Headings in order.
fn places(excerpts: &str) -> Vec<&str> {
    excerpts.lines().filter_map(|line| line.strip_prefix("=== ")).collect()
}

#[test]
fn a_small_repository_goes_along_whole_code_before_tests_before_prose() {
    let shop = shop();
    let all = excerpts(&shop.index, &shop.task.base, "hello", REPOSITORY_BYTES);
    assert_eq!(places(&all), ["shop/cart.py", "shop/prices.py", "shop/report.py", "tests/test_cart.py", "README.md"]);
    for text in shop.task.base.values() {
        assert!(all.contains(text.trim_end()));
    }
}

#[test]
fn what_the_prompt_names_comes_first_then_what_calls_it_and_is_called() {
    let shop = shop();
    let near = excerpts(&shop.index, &shop.task.base, "why does with_tax round?", 700);
    let named = near.find("def with_tax").unwrap();
    let called = near.find("def round_price").unwrap();
    assert!(near.contains("def total(self):"), "its caller: {near}");
    assert!(!near.contains("def lines("), "what has nothing to do with it: {near}");
    assert!(near.starts_with("=== shop/cart.py, lines ") && named < called, "{near}");
}

#[test]
fn a_named_file_goes_along_whole() {
    let shop = shop();
    let near = excerpts(&shop.index, &shop.task.base, "look at shop/report.py", 420);
    assert_eq!(places(&near)[0], "shop/report.py");
}

#[test]
fn a_model_hears_it_under_its_own_heading() {
    let shop = shop();
    let mut talk = Talk::new(&shop, plan(), 1);
    let text = excerpts(&shop.index, &shop.task.base, "hello", REPOSITORY_BYTES);
    talk.context = vec![(ContextItem::Repository {}, text)];
    let heard = messages(&shop.task, &shop.index, &talk.asking("hello")).pop().unwrap().content;
    assert!(heard.starts_with("From the repository") && heard.contains("=== shop/prices.py"), "{heard}");
}

proptest! {
    #[test]
    fn it_never_takes_more_room_than_there_is_and_every_line_stands_where_it_says(
        most in 0usize..4_000,
        prompt in prop::sample::select(vec!["", "with_tax", "Cart and lookup", "lines of report.py", "discount rounding"]),
    ) {
        let shop = shop();
        let near = excerpts(&shop.index, &shop.task.base, prompt, most);
        prop_assert!(near.len() <= most);
        for stretch in near.split("=== ").skip(1) {
            let (place, body) = stretch.split_once('\n').unwrap();
            let (path, lines) = place.split_once(", lines ").unwrap_or((place, "1 to 9999"));
            let first: usize = lines.split(' ').next().unwrap().parse().unwrap();
            let path = domain::ids::RepoPath::parse(path).unwrap();
            let text: Vec<&str> = shop.task.base[&path].lines().skip(first - 1).collect();
            let said: Vec<&str> = body.lines().collect();
            prop_assert_eq!(&text[..said.len()], said.as_slice());
        }
    }
}
