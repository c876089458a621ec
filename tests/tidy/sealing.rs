//! Nothing planted can be said in a type that goes to a candidate: from the types of the candidate's feed and page, no
//! sealed type can be reached through any field.

use crate::none_of;
use crate::rust::shipped;
use crate::tree::FILES;
use std::collections::{BTreeMap, BTreeSet};

/// What a candidate is sent while a session runs.
const SENT: &[&str] = &["CandidateEvent", "CandidateFact", "CandidateView", "AnswerDelta", "Brief"];

/// What only the debrief opens. `Value` could hold any of it.
const SEALED: &[&str] = &[
    "Answer",
    "CaseOutcome",
    "CheckCase",
    "CheckId",
    "CheckOutcome",
    "CodeProbe",
    "Composed",
    "DiagnosisKey",
    "Effect",
    "Event",
    "Exchange",
    "Exposed",
    "Exposure",
    "Fact",
    "HiddenCheck",
    "Key",
    "Knowledge",
    "KnowledgeId",
    "Origin",
    "Pair",
    "PairId",
    "Plan",
    "PlanSealed",
    "ProbeOutcome",
    "Probed",
    "Proof",
    "Rest",
    "RightAnswer",
    "Side",
    "Source",
    "StaffEvent",
    "StaffFact",
    "State",
    "Task",
    "TemptingFix",
    "Testlet",
    "Value",
];

/// The types that a type's fields name, by its name.
type Types = BTreeMap<String, BTreeSet<String>>;

#[test]
fn no_type_for_a_candidate_has_a_place_for_what_is_sealed() {
    let types = types(FILES.iter().filter(|file| file.is_below("crates/domain/src/")).map(|file| file.text.as_str()));
    let known = |name: &&&str| types.contains_key(**name) || **name == "Value" || name.ends_with("Id");
    let unknown = SENT.iter().chain(SEALED).filter(|name| !known(name));
    none_of(
        unknown
            .map(|name| {
                format!("`{name}` is no type of crates/domain any more: mend the lists in tests/tidy/sealing.rs")
            })
            .collect(),
    );
    none_of(leaks(&types, SENT, SEALED));
}

/// The ways from a sent type to a sealed one.
fn leaks(types: &Types, sent: &[&str], sealed: &[&str]) -> Vec<String> {
    let mut ways: Vec<Vec<&str>> = sent.iter().map(|name| vec![*name]).collect();
    let mut seen: BTreeSet<&str> = sent.iter().copied().collect();
    let mut leaks = Vec::new();
    while let Some(way) = ways.pop() {
        let Some(named) = way.last().and_then(|name| types.get(*name)) else { continue };
        for name in named {
            let longer = [way.as_slice(), &[name.as_str()]].concat();
            if sealed.contains(&name.as_str()) {
                leaks.push(format!(
                    "a candidate could be sent what is sealed: {}: take that field out",
                    longer.join(" → ")
                ));
            } else if seen.insert(name) {
                ways.push(longer);
            }
        }
    }
    leaks
}

fn types<'a>(sources: impl Iterator<Item = &'a str>) -> Types {
    let mut types = Types::new();
    for source in sources {
        let lines: Vec<&str> = shipped(source).into_iter().map(|(_, line)| line.trim()).collect();
        for (at, line) in lines.iter().enumerate() {
            let Some((kind, name)) = declared(line) else { continue };
            let length =
                if line.ends_with('{') { lines[at..].iter().position(|line| *line == "}").unwrap_or(0) } else { 0 };
            let body = &lines[at + 1..=at + length];
            let first = line.split_once(name).map_or("", |(_, rest)| rest);
            let named =
                body.iter().map(|line| if kind == "enum" { without_variant(line) } else { line }).chain([first]);
            types.entry(name.to_owned()).or_default().extend(named.flat_map(names));
        }
    }
    types
}

fn declared(line: &str) -> Option<(&str, &str)> {
    let (kind, rest) = ["struct", "enum", "type"].into_iter().find_map(|kind| {
        let rest = line.strip_prefix("pub ")?.strip_prefix(kind)?.strip_prefix(' ')?;
        Some((kind, rest))
    })?;
    let end = rest.find(|character: char| !character.is_alphanumeric()).unwrap_or(rest.len());
    Some((kind, &rest[..end]))
}

/// A line of an enum without the name of the variant it may begin with.
fn without_variant(line: &str) -> &str {
    if line.starts_with(char::is_uppercase) { line.trim_start_matches(char::is_alphanumeric) } else { line }
}

/// Words with a capital: types.
fn names(line: &str) -> Vec<String> {
    let line = if line.starts_with("#[") { "" } else { line };
    let words = line.split(|character: char| !character.is_alphanumeric() && character != '_');
    words.filter(|word| word.starts_with(char::is_uppercase)).map(str::to_owned).collect()
}

#[test]
fn a_sealed_type_behind_any_number_of_fields_is_found() {
    let source = "pub struct Sent {\n    pub inner: Vec<Inner>,\n}\npub enum Inner {\n    Side(Harmless),\n    Other {\n        given: Option<Side>,\n    },\n}\npub struct Harmless(pub u64);\n";
    let types = types([source].into_iter());
    assert_eq!(
        leaks(&types, &["Sent"], &["Side"]),
        ["a candidate could be sent what is sealed: Sent → Inner → Side: take that field out"]
    );
    assert_eq!(leaks(&types, &["Harmless"], &["Side"]), Vec::<String>::new());
    assert!(types["Inner"].contains("Harmless"), "a variant's name hides nothing of what it holds");
}
