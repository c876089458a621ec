//! What candidates ask in sessions: what the author wrote questions for, and ordinary questions about the repository in
//! the wording that people use.

use crate::Material;
use code_index::{Symbol, SymbolKind};
use domain::chance::Chance;

/// Ordinary questions to one of the others.
const ORDINARY_SHARE: (usize, usize) = (2, 3);
/// One in so many names is written as code.
const MARKED_EVERY: usize = 3;

/// Ordinary questions; `{}` stands for a name of the kind.
const FUNCTION: &[&str] = &[
    "what does {} do?",
    "What does {} do exactly",
    "explain {}",
    "how does {} work",
    "what is {} for",
    "tell me about {}",
    "walk me through {}",
    "what does {} return?",
    "signature of {}",
    "who calls {}?",
    "Who calls {}",
    "where is {} called",
    "where is {} used?",
    "what uses {}",
    "which functions call {}",
    "usages of {}",
    "what does {} call?",
    "which functions does {} use",
    "what does {} depend on",
    "where is {} defined?",
    "where is {}",
    "which file has {}",
    "where do I find {}",
    "which tests cover {}?",
    "is {} tested?",
    "are there tests for {}",
    "which lines mention {}",
    "who changed {} last?",
];
const CLASS: &[&str] = &[
    "what is {}?",
    "what does the class {} do",
    "explain the class {}",
    "methods of {}",
    "where is {} defined",
    "where is {} used?",
    "which tests cover {}",
];
const FILE: &[&str] = &[
    "what's in {}?",
    "what is in {}",
    "what does the file {} do",
    "explain {}",
    "which functions are defined in {}",
    "which tests cover {}",
    "when was {} changed last",
];
const VALUE: &[&str] = &["what is {}?", "where is {} set", "where is {} used", "which lines mention {}"];
const PLAIN: &[&str] = &[
    "which modules are there?",
    "give me an overview",
    "what does this repository do",
    "where do I start",
    "how is the code organised",
    "what is the entry point",
    "git blame",
];

/// All prompts of the candidates who work on a task, in the order of one session after the other.
pub(crate) fn prompts(material: &Material) -> Vec<String> {
    let key = &material.task.key;
    let intents = key.pairs.values().map(|pair| &pair.intents).chain(key.knowledge.values().map(|item| &item.intents));
    let mut prompts: Vec<String> = intents.flatten().cloned().collect();
    let mut chance = Chance::new(0, "what candidates ask");
    let ordinary = prompts.len() * ORDINARY_SHARE.0 / ORDINARY_SHARE.1;
    prompts.extend((0..ordinary).filter_map(|_| question(material, &mut chance)));
    chance.shuffle(&mut prompts);
    prompts
}

/// An ordinary question; none: there is nothing of the kind to ask about.
fn question(material: &Material, chance: &mut Chance) -> Option<String> {
    let is_code = |symbol: &&Symbol| {
        symbol.path.ends_with(".py") && !symbol.path.contains("test") && !symbol.name.starts_with("__")
    };
    let of = |kinds: &[SymbolKind]| -> Vec<&Symbol> {
        material.index.symbols().filter(is_code).filter(|symbol| kinds.contains(&symbol.kind)).collect()
    };
    let (wordings, symbols) = match chance.below(20) {
        0 => return one(PLAIN, chance).map(|text| (*text).to_owned()),
        1..=2 => (FILE, of(&[SymbolKind::Module])),
        3..=5 => (CLASS, of(&[SymbolKind::Class])),
        6 => (VALUE, of(&[SymbolKind::Constant, SymbolKind::Attribute])),
        _ => (FUNCTION, of(&[SymbolKind::Function, SymbolKind::Method])),
    };
    let symbol = one(&symbols, chance)?;
    let name = if symbol.kind == SymbolKind::Module { &symbol.path } else { &symbol.qualified };
    let name = if chance.below(MARKED_EVERY) == 0 { format!("`{name}`") } else { name.to_string() };
    one(wordings, chance).map(|wording| wording.replace("{}", &name))
}

fn one<'a, T>(of: &'a [T], chance: &mut Chance) -> Option<&'a T> {
    of.get(chance.below(of.len().max(1)))
}
