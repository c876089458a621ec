//! The page about isolation says what the code says.

#![allow(clippy::expect_used, reason = "a test may stop")]

use sandbox::Level;

#[test]
fn the_page_says_what_each_level_does_not_protect() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/ISOLATION.md");
    let page = std::fs::read_to_string(page).expect("the page");
    let (_, section) = page.split_once("## What each level does not protect").expect("the section");
    let rows = section.lines().filter(|line| line.starts_with('|')).skip(2);
    let rows: Vec<Vec<&str>> = rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect()).collect();
    for (column, level) in [(1, Level::Trusted), (2, Level::Sampled), (3, Level::Counted)] {
        let open = rows.iter().filter(|row| row[column] == "open").map(|row| row[0]);
        assert_eq!(open.collect::<Vec<_>>(), level.gaps(), "{level:?}");
        assert!(rows.iter().all(|row| ["open", "closed"].contains(&row[column])));
    }
    for level in Level::ALL {
        assert!(page.contains(&format!("| `{}` |", level.name())), "{level:?}");
    }
    assert!(Level::None.gaps().is_empty(), "nothing runs there");
}

#[test]
fn every_level_but_the_last_says_how_to_reach_the_next() {
    let (last, rest) = Level::ALL.split_last().expect("levels");
    assert!(rest.iter().all(|level| level.next().is_some()));
    assert_eq!(last.next(), None);
}
