//! What can be said about a task's words by reading them: names that exist, sides that look alike, nothing given away.

use super::Complaint;
use super::trial::short;
use crate::Material;
use catalog::{KnowledgeProof, Proofs, Spot};
use code_index::{Index, Symbol, SymbolKind};
use domain::task::{Pair, Side, Subject, Task};
use std::collections::BTreeSet;

/// Characters by which two asides may differ whatever their length; an aside is one short sentence.
const ASIDE_CHARS: usize = 6;
/// The most by which the longer of two asides may be longer, in percent.
const ASIDE_PERCENT: usize = 10;
/// The most by which all plants together may be longer or shorter than all controls, in percent.
const BIAS_PERCENT: usize = 2;
/// A line of the reference fix that is shorter says too little to give it away.
const LINE_CHARS: usize = 12;
/// Names that stand for themselves in a text about Python, without being defined in the repository.
const PYTHON: &[&str] = &[
    "abs",
    "all",
    "any",
    "bool",
    "bytes",
    "dict",
    "divmod",
    "enumerate",
    "filter",
    "float",
    "frozenset",
    "getattr",
    "int",
    "isinstance",
    "len",
    "list",
    "map",
    "max",
    "min",
    "next",
    "object",
    "open",
    "print",
    "range",
    "repr",
    "reversed",
    "round",
    "set",
    "setattr",
    "sorted",
    "str",
    "sum",
    "super",
    "tuple",
    "type",
    "zip",
    "None",
    "True",
    "False",
    "pytest",
    "python",
    "git",
    "blame",
    "log",
    "diff",
    "main",
    "import",
    "return",
    "raise",
    "yield",
    "assert",
    "lambda",
    "class",
    "def",
    "for",
    "while",
    "with",
    "try",
    "except",
    "finally",
    "in",
    "not",
    "and",
    "or",
    "is",
    "if",
    "else",
    "elif",
    "pass",
    "break",
    "continue",
    "del",
    "global",
    "from",
    "as",
    "async",
    "await",
];

pub(crate) fn complaints(material: &Material, proofs: &Proofs) -> Vec<Complaint> {
    let (task, index) = (&material.task, &material.index);
    let mut complaints = subjects(task, proofs, index);
    complaints.extend(queries(proofs, index));
    complaints.extend(names(task, proofs));
    complaints.extend(asides(task));
    complaints.extend(bias(task));
    complaints.extend(giveaways(task));
    complaints.extend(patterns(task));
    complaints.extend(answers(task, proofs));
    complaints
}

/// Every symbol that is named as a subject is defined where it is said to be.
fn subjects(task: &Task, proofs: &Proofs, index: &Index) -> Vec<Complaint> {
    let pairs = task.key.pairs.iter().filter(|(id, _)| !proofs.invented.contains_key(*id));
    let pairs = pairs.map(|(id, pair)| (format!("pairs/{id}.toml"), &pair.subjects));
    let knowledge = task.key.knowledge.iter().map(|(id, item)| (format!("knowledge/{id}.toml"), &item.subjects));
    let mut complaints = Vec::new();
    for (file, subjects) in pairs.chain(knowledge) {
        for (number, subject) in subjects.iter().enumerate().filter(|(_, subject)| !is_defined(index, subject)) {
            let name = subject.symbol.as_deref().unwrap_or_default();
            let what = format!("`{}` defines no `{name}`", subject.path);
            let hint = match first_defined(index, subject) {
                Some(symbol) => format!("name a symbol as it is defined there, such as `{}`", symbol.qualified),
                None => "name the file alone, or a file that defines something".to_owned(),
            };
            let spot = Spot::new(file.clone(), format!("subjects.{number}"));
            complaints.push(Complaint::error("unknown-symbol", spot, what, hint));
        }
    }
    complaints
}

fn first_defined<'a>(index: &'a Index, subject: &Subject) -> Option<&'a Symbol> {
    index.symbols_in(subject.path.as_str()).iter().find(|symbol| symbol.kind != SymbolKind::Module)
}

fn is_defined(index: &Index, subject: &Subject) -> bool {
    let Some(name) = &subject.symbol else { return true };
    index.symbols_in(subject.path.as_str()).iter().any(|symbol| &*symbol.qualified == name)
}

/// Knowledge that rests on the index holds there.
fn queries(proofs: &Proofs, index: &Index) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (id, proof) in &proofs.knowledge {
        let spot = Spot::new(format!("knowledge/{id}.toml"), "query");
        let (what, hint) = match proof {
            KnowledgeProof::Observed(_) => continue,
            KnowledgeProof::Definition(subject) if is_defined(index, subject) => continue,
            KnowledgeProof::Definition(subject) => {
                (format!("the index finds no {}", written(subject)), "name it as it is defined there")
            }
            KnowledgeProof::Callers { of, includes } if calls(index, of, includes) => continue,
            KnowledgeProof::Callers { of, includes } => (
                format!("the index sees no call of {} in {}", written(of), written(includes)),
                "correct the statement and its query together",
            ),
        };
        complaints.push(Complaint::error("proof-disagrees", spot, what, hint));
    }
    complaints
}

fn calls(index: &Index, of: &Subject, includes: &Subject) -> bool {
    let find = |subject: &Subject| {
        let name = subject.symbol.as_deref().unwrap_or_default();
        index.symbols_in(subject.path.as_str()).iter().find(|symbol| &*symbol.qualified == name)
    };
    let (Some(of), Some(includes)) = (find(of), find(includes)) else { return false };
    index.callers(of.id).iter().any(|call| call.caller == includes.id)
}

fn written(subject: &Subject) -> String {
    match &subject.symbol {
        Some(symbol) => format!("`{}::{symbol}`", subject.path),
        None => format!("`{}`", subject.path),
    }
}

/// Names in code marks occur in the repository, unless a plant declares that it invents them.
fn names(task: &Task, proofs: &Proofs) -> Vec<Complaint> {
    let known = words_of(task);
    let nothing = Vec::new();
    let mut complaints = Vec::new();
    let mut look = |spot: Spot, text: &str, invented: &Vec<String>| {
        let foreign = cited(text).into_iter().find(|name| {
            !known.contains(name.as_str()) && !PYTHON.contains(&name.as_str()) && !invented.contains(name)
        });
        if let Some(name) = foreign {
            let what = format!("`{name}` occurs nowhere in the repository");
            let hint = "spell it as the code does; a plant that makes a name up lists it under `invents`";
            complaints.push(Complaint::error("unknown-name", spot, what, hint));
        }
    };
    for (id, pair) in &task.key.pairs {
        let file = format!("pairs/{id}.toml");
        let invented = proofs.invented.get(id).unwrap_or(&nothing);
        look(Spot::new(&file, "control"), &pair.control, &nothing);
        look(Spot::new(&file, "plant"), &pair.plant, invented);
        look(Spot::new(&file, "doubt"), &pair.doubt, invented);
        look(Spot::new(&file, "evidence"), &pair.evidence, invented);
        look(Spot::new(&file, "aside"), &pair.aside.0, &nothing);
        look(Spot::new(&file, "aside_plant"), &pair.aside.1, invented);
    }
    for (id, item) in &task.key.knowledge {
        let file = format!("knowledge/{id}.toml");
        look(Spot::new(&file, "text"), &item.text, &nothing);
        look(Spot::new(&file, "doubt"), &item.doubt, &nothing);
        look(Spot::new(&file, "evidence"), &item.evidence, &nothing);
    }
    complaints
}

/// The words of all files, of their paths, and of the interfaces that stay.
fn words_of(task: &Task) -> BTreeSet<&str> {
    let texts = task.base.iter().flat_map(|(path, text)| [path.as_str(), text]);
    texts
        .chain(task.brief.stable.iter().map(String::as_str))
        .flat_map(|text| text.split(|c| !is_of_a_name(c)))
        .collect()
}

fn is_of_a_name(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// The names in code marks that are plainly names: a dotted name or a call of one, its parts one by one.
fn cited(text: &str) -> Vec<String> {
    let spans = text.split('`').skip(1).step_by(2);
    let head = |span: &str| span.split('(').next().unwrap_or_default().trim().to_owned();
    let is_name = |name: &String| {
        let first = name.chars().next();
        first.is_some_and(|first| first.is_alphabetic() || first == '_')
            && name.chars().all(|character| is_of_a_name(character) || matches!(character, '.' | '/' | ':'))
    };
    let parts = |name: String| name.split(['.', '/', ':']).map(str::to_owned).collect::<Vec<_>>();
    spans.map(head).filter(is_name).flat_map(parts).filter(|part| !part.is_empty()).collect()
}

/// Both wordings of an aside are as long as each other.
fn asides(task: &Task) -> Vec<Complaint> {
    let too_far = |pair: &Pair| {
        let (control, plant) = (pair.aside.0.chars().count(), pair.aside.1.chars().count());
        let apart = control.abs_diff(plant);
        (apart > ASIDE_CHARS && apart * 100 > ASIDE_PERCENT * control.max(plant)).then_some((control, plant))
    };
    let far = task.key.pairs.iter().filter_map(|(id, pair)| Some((id, too_far(pair)?)));
    far.map(|(id, (control, plant))| {
        let what = format!("the aside has {control} characters for the control and {plant} for the plant");
        let hint = "make both as long as each other, length must not tell";
        Complaint::error("aside-lengths", Spot::new(format!("pairs/{id}.toml"), "aside_plant"), what, hint)
    })
    .collect()
}

/// All plants together are as long as all controls together.
fn bias(task: &Task) -> Option<Complaint> {
    let total = |side: Side| task.key.pairs.values().map(|pair| pair.wording(side).chars().count()).sum::<usize>();
    let (controls, plants) = (total(Side::Control), total(Side::Plant));
    let what = format!("all plants together have {plants} characters and all controls {controls}");
    let hint = "make the longer side shorter in some pairs, so that length does not tell over the whole task";
    (controls.abs_diff(plants) * 100 > BIAS_PERCENT * controls.max(plants))
        .then(|| Complaint::error("side-bias", Spot::new("pairs", ""), what, hint))
}

/// Nothing that may be said before the debrief states the whole cause or shows the fix.
fn giveaways(task: &Task) -> Vec<Complaint> {
    let lines = added(&task.key.reference).map(str::trim);
    let lines: Vec<&str> = lines.filter(|line| line.chars().count() >= LINE_CHARS).collect();
    let mut complaints = Vec::new();
    for (spot, text) in said(task) {
        if assess::states_cause(text, &task.key.diagnosis) {
            let what = "this states the whole cause: a place and the mechanism of the diagnosis";
            let hint = "say less; whoever reads it would have the diagnosis without finding it";
            complaints.push(Complaint::error("gives-cause-away", spot.clone(), what, hint));
        }
        if let Some(line) = lines.iter().find(|line| text.contains(**line)) {
            let what = format!("this has a line of the reference fix: `{}`", short(line));
            let hint = "say what is so, not what to write";
            complaints.push(Complaint::error("gives-fix-away", spot, what, hint));
        }
    }
    complaints
}

/// What a candidate may hear that is true.
fn said(task: &Task) -> Vec<(Spot, &str)> {
    let mut said: Vec<(Spot, &str)> = vec![(Spot::new("brief.md", ""), &task.brief.text)];
    for (id, pair) in &task.key.pairs {
        let file = format!("pairs/{id}.toml");
        for (key, text) in
            [("control", &pair.control), ("aside", &pair.aside.0), ("doubt", &pair.doubt), ("evidence", &pair.evidence)]
        {
            said.push((Spot::new(&file, key), text));
        }
    }
    for (id, item) in &task.key.knowledge {
        let file = format!("knowledge/{id}.toml");
        for (key, text) in [("text", &item.text), ("doubt", &item.doubt), ("evidence", &item.evidence)] {
            said.push((Spot::new(&file, key), text));
        }
    }
    said.extend(
        task.key.clarifications.iter().map(|(_, answer)| (Spot::new("clarifications.md", ""), answer.as_str())),
    );
    said.extend(
        task.brief
            .phases
            .iter()
            .enumerate()
            .map(|(number, phase)| (Spot::new("task.toml", format!("phase.{number}.hint")), phase.hint.as_str())),
    );
    said
}

/// A pair's pattern is in what its believer adds, and in nothing that is right.
fn patterns(task: &Task) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (id, pair) in &task.key.pairs {
        let spot = |key: &str| Spot::new(format!("pairs/{id}.toml"), key);
        let Some(code) = &pair.code else {
            if pair.decisive {
                let what = "nothing runs that would show that this decisive plant was acted on";
                let hint = "add [code] with the change of a believer, its pattern and a probe; or it is not decisive";
                complaints.push(Complaint::error("decisive-without-probe", spot("decisive"), what, hint));
            }
            continue;
        };
        let shows = |patch: &str| assess::shows_pattern(&code.pattern, &added(patch).collect::<Vec<_>>().join("\n"));
        if !shows(&code.plant_patch) {
            let hint = "copy the lines that carry the plant's idea from the patch of the plant";
            let what = "the pattern is not in what the plant's change adds";
            complaints.push(Complaint::error("pattern-misses", spot("code.pattern"), what, hint));
        }
        let right = [("the reference fix", Some(&task.key.reference)), ("the control", code.control_patch.as_ref())];
        for (name, patch) in right.into_iter().filter_map(|(name, patch)| Some((name, patch?))) {
            if shows(patch) {
                let what = format!("the pattern is in what {name} adds, too");
                let hint = "choose lines that only somebody who believes the plant would write";
                complaints.push(Complaint::error("pattern-in-right", spot("code.pattern"), what, hint));
            }
        }
    }
    complaints
}

/// The lines that a patch adds, as they stand in the file, trimmed at their ends.
fn added(patch: &str) -> impl Iterator<Item = &str> {
    let lines = patch.lines().filter(|line| !line.starts_with("+++"));
    lines.filter_map(|line| line.strip_prefix('+')).map(str::trim_end).filter(|line| !line.trim().is_empty())
}

/// Where what a question's proof gives is one of the choices, that is the answer.
fn answers(task: &Task, proofs: &Proofs) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (number, question) in task.brief.questions.iter().enumerate() {
        let (Some(proof), Some(answer)) = (proofs.questions.get(&question.id), task.key.answers.get(&question.id))
        else {
            continue;
        };
        let given = match &proof.equals {
            serde_json::Value::String(text) => text.clone(),
            value => value.to_string(),
        };
        let is_given = |choice: &String| choice.replace('`', "").trim().eq_ignore_ascii_case(&given);
        let right = question.choices.iter().position(is_given);
        if right.is_some_and(|right| right != answer.choice as usize) {
            let what = format!("the answer is choice {}, and the proof gives `{given}`", answer.choice);
            let hint = "write the number, from 0, of the choice that the proof gives";
            let spot = Spot::new("questions.toml", format!("question.{number}.answer"));
            complaints.push(Complaint::error("answer-disagrees", spot, what, hint));
        }
    }
    complaints
}
