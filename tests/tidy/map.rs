//! ARCHITECTURE.md as data: the table of places, the arrows, the invariants.

use crate::tree;

/// One row of the map.
pub(crate) struct Place {
    /// A folder from the root.
    pub(crate) path: String,
    /// Our own crates it uses; none: any.
    pub(crate) uses: Option<Vec<String>>,
    /// What it is alone in using.
    pub(crate) alone: Vec<String>,
}

impl Place {
    /// The crate's name when the place is one.
    pub(crate) fn crate_name(&self) -> Option<&str> {
        self.path.strip_prefix("crates/")
    }
}

/// The rows of the map.
pub(crate) fn places() -> Vec<Place> {
    places_in(&section("ARCHITECTURE.md", "Map"))
}

/// The crates by tier, the ones that use the others first.
pub(crate) fn tiers() -> Vec<Vec<String>> {
    tiers_in(&section("ARCHITECTURE.md", "Map"))
}

/// The tests that hold the invariants: file and function.
pub(crate) fn holders() -> Vec<(String, String)> {
    let rows = rows(&section("ARCHITECTURE.md", "Invariants"));
    let quoted = rows.iter().flat_map(|row| quoted(row.last().map_or("", String::as_str)));
    quoted.map(|test| split(&test, "::")).collect()
}

/// Cells of the first table in a text, without its head.
pub(crate) fn rows(text: &str) -> Vec<Vec<String>> {
    let lines = text.lines().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
    lines.skip(2).map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()).collect()
}

/// What stands between backticks.
pub(crate) fn quoted(text: &str) -> Vec<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn section(file: &str, heading: &str) -> String {
    let text = tree::text(file);
    let lines = text.lines().skip_while(|line| *line != format!("## {heading}")).skip(1);
    let section: Vec<&str> = lines.take_while(|line| !line.starts_with("## ")).collect();
    assert!(!section.is_empty(), "{file} has no section \"{heading}\": this test reads it");
    section.join("\n")
}

fn places_in(section: &str) -> Vec<Place> {
    let cell = |row: &[String], at: usize| row.get(at).cloned().unwrap_or_default();
    let place = |row: Vec<String>| Place {
        path: quoted(&cell(&row, 0)).concat(),
        uses: (cell(&row, 2) != "any").then(|| quoted(&cell(&row, 2))),
        alone: quoted(&cell(&row, 3)),
    };
    rows(section).into_iter().map(place).collect()
}

fn tiers_in(section: &str) -> Vec<Vec<String>> {
    let line = section.lines().find_map(|line| line.strip_prefix("arrows:")).unwrap_or_default();
    line.split('→').map(quoted).collect()
}

fn split(text: &str, at: &str) -> (String, String) {
    let (left, right) = text.split_once(at).unwrap_or((text, ""));
    (left.to_owned(), right.to_owned())
}

#[test]
fn the_map_is_read_as_it_is_written() {
    let section = "Words.\n\n| place | what | uses | alone |\n|---|---|---|---|\n| `crates/a` | A | `b`, `c` | `git2` |\n| `tests` | T | any | |\n\narrows: `a` → {`b`, `c`}\n";
    let places = places_in(section);
    assert_eq!(places[0].crate_name(), Some("a"));
    assert_eq!(places[0].uses.as_deref(), Some(["b".to_owned(), "c".to_owned()].as_slice()));
    assert_eq!(places[0].alone, ["git2"]);
    assert!(places[1].uses.is_none() && places[1].crate_name().is_none());
    assert_eq!(tiers_in(section), [vec!["a"], vec!["b", "c"]]);
}
