//! The map against the crates and the folders.

use crate::manifests::{CRATES, Crate, is_ours};
use crate::map::{self, Place};
use crate::none_of;
use crate::rust::{has_word, shipped};
use crate::tree::{FILES, folders_in};

/// The crates of the product; `crates/xtask` is none.
const CEILING: usize = 10;

/// Meets the product from outside and may use whatever that takes.
const TESTS: &str = "tests";

#[test]
fn the_map_names_every_folder_and_none_that_is_gone() {
    let crates = folders_in("crates/").into_iter().map(|name| format!("crates/{name}"));
    let folders = folders_in("").into_iter().filter(|name| name != "crates");
    let there: Vec<String> = crates.chain(folders).collect();
    let mapped: Vec<String> = map::places().into_iter().map(|place| place.path).collect();
    let missing = there.iter().filter(|path| !mapped.contains(path));
    let gone = mapped.iter().filter(|path| !there.contains(path));
    let missing =
        missing.map(|path| format!("`{path}` is not in ARCHITECTURE.md's map: add a row, or ignore it in .gitignore"));
    let gone = gone.map(|path| format!("ARCHITECTURE.md's map names `{path}`, which does not exist: take the row out"));
    none_of(missing.chain(gone).collect());
}

#[test]
fn a_folder_has_the_name_of_its_crate_and_there_are_no_more_than_ten() {
    let misnamed = CRATES.iter().filter(|ours| ours.folder.rsplit('/').next() != Some(&ours.name));
    let mut findings: Vec<String> = misnamed
        .map(|ours| format!("{}: the crate in it is called `{}`: one name for both", ours.folder, ours.name))
        .collect();
    let product = map::tiers().concat();
    if product.len() > CEILING {
        findings.push(format!("{} crates: ten is the ceiling; find the room the new one belongs to", product.len()));
    }
    let unknown =
        CRATES.iter().filter(|ours| !product.contains(&ours.name) && ours.name != "xtask" && ours.name != TESTS);
    findings.extend(
        unknown.map(|ours| format!("`{}` is not in ARCHITECTURE.md's line of arrows: give it its place", ours.name)),
    );
    none_of(findings);
}

#[test]
fn the_map_says_exactly_which_of_our_crates_each_one_uses() {
    let mut findings = Vec::new();
    for place in map::places() {
        let (Some(ours), Some(uses)) = (crate_of(&place), &place.uses) else { continue };
        let needs: Vec<&str> =
            ours.needs.iter().filter(|need| need.ships && is_ours(&need.name)).map(|need| need.name.as_str()).collect();
        let unsaid = needs.iter().filter(|need| !uses.iter().any(|said| said == *need));
        let unused = uses.iter().filter(|said| !needs.contains(&said.as_str()));
        let path = &place.path;
        findings.extend(
            unsaid.map(|need| {
                format!("{path} uses `{need}`, the map does not say so: is that arrow wanted? Then add it")
            }),
        );
        findings.extend(
            unused.map(|said| {
                format!("the map says that {path} uses `{said}`, its manifest does not: take it out of one")
            }),
        );
    }
    none_of(findings);
}

#[test]
fn arrows_point_down_and_edges_never_see_each_other() {
    let tiers = map::tiers();
    let tier = |name: &str| tiers.iter().position(|tier| tier.iter().any(|member| member == name));
    let arrows =
        CRATES.iter().flat_map(|ours| ours.needs.iter().map(move |need| (ours.name.as_str(), need.name.as_str())));
    // Dependencies of tests count too: a crate that is tested with its neighbour cannot be changed without it.
    let wrong = arrows.filter(|(from, to)| tier(from).zip(tier(to)).is_some_and(|(from, to)| from >= to));
    none_of(
        wrong
            .map(|(from, to)| {
                format!("`{from}` uses `{to}`, which is not below it: let `engine` bring the two together")
            })
            .collect(),
    );
}

#[test]
fn what_one_crate_is_alone_in_using_no_other_touches() {
    let mut findings = Vec::new();
    let places = map::places();
    // Two rows that both name it share it, and nobody else does.
    let may = |other: &Crate, part: &String| {
        places.iter().any(|place| place.crate_name() == Some(&other.name) && place.alone.contains(part))
    };
    for place in &places {
        let Some(owner) = crate_of(place) else { continue };
        for part in place.alone.iter().filter(|part| *part != "unsafe_code") {
            if !owner.needs(part) {
                findings.push(format!(
                    "{} is alone in using `{part}`, says the map, and does not: take it out",
                    place.path
                ));
            }
            let others = CRATES.iter().filter(|other| !may(other, part) && other.name != TESTS && other.needs(part));
            findings.extend(others.map(|other| format!("`{}` uses `{part}`: only {} may", other.name, place.path)));
        }
    }
    none_of(findings);
}

#[test]
fn only_the_sandbox_may_be_unsafe_and_only_in_one_module() {
    let places = map::places();
    let owner = places.iter().find(|place| place.alone.iter().any(|part| part == "unsafe_code"));
    let owner = owner.map_or("", |place| place.path.as_str());
    let sources = FILES.iter().filter(|file| file.is_below("crates/") && file.extension() == "rs");
    let allowing: Vec<&str> = sources.filter(|file| allows_unsafe(&file.text)).map(|file| file.path.as_str()).collect();
    let outside = allowing.iter().filter(|path| !path.starts_with(&format!("{owner}/")));
    let mut findings: Vec<String> =
        outside.map(|path| format!("{path} allows unsafe code: only {owner} may")).collect();
    if allowing.len() > 1 {
        findings.push(format!("unsafe code stands in {}: keep it in one module", allowing.join(" and ")));
    }
    none_of(findings);
}

fn allows_unsafe(text: &str) -> bool {
    shipped(text)
        .iter()
        .any(|(_, line)| has_word(line, "unsafe_code") && (line.contains("allow(") || line.contains("expect(")))
}

fn crate_of(place: &Place) -> Option<&'static Crate> {
    let name = place.crate_name()?;
    CRATES.iter().find(|ours| ours.name == name)
}
