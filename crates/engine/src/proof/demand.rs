//! What a task's author says, as trials and what their outcomes must be.

use super::Complaint;
use super::trial::{Seen, Tree, Trial, short};
use crate::judge::same;
use catalog::{Error, KnowledgeProof, Library, Observation, Proofs, Spot};
use code_index::is_test_file;
use domain::ids::{PairId, RepoPath};
use domain::task::{CodeProbe, HiddenCheck, Pair, Side, Task};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Trials, and what their outcomes must be.
pub(crate) struct Demand {
    pub(crate) trials: Vec<Trial>,
    /// What is tried, for a message when nothing could be seen.
    pub(crate) about: String,
    pub(crate) spot: Spot,
    /// Is given what was seen in the trials, in their order.
    pub(crate) judge: Judge,
}

type Judge = Box<dyn Fn(&[&Seen]) -> Option<Complaint>>;

impl Demand {
    /// One trial and what it must show.
    fn one(
        trial: Trial,
        about: impl Into<String>,
        spot: Spot,
        judge: impl Fn(&Seen, &Spot) -> Option<Complaint> + 'static,
    ) -> Self {
        let at = spot.clone();
        let judge = move |seen: &[&Seen]| seen.first().and_then(|seen| judge(seen, &at));
        Self { trials: vec![trial], about: about.into(), spot, judge: Box::new(judge) }
    }
}

/// The trees of one task: its files as they are, and with each of its patches.
pub(crate) struct Trees<'a> {
    library: &'a Library,
    task: &'a Task,
    head: Arc<Tree>,
    reference: Arc<Tree>,
    /// The files as they are, with the tests of the reference fix.
    tested: Arc<Tree>,
}

impl<'a> Trees<'a> {
    pub(crate) fn new(library: &'a Library, task: &'a Task) -> Result<Self, Error> {
        let name = &task.brief.name;
        let base: BTreeMap<RepoPath, String> =
            task.base.iter().map(|(path, text)| (path.clone(), text.to_string())).collect();
        let fixed = library.apply(name, &task.key.reference)?;
        let mut tested = base.clone();
        tested.extend(fixed.iter().filter(|(path, _)| is_test(path)).map(|(path, text)| (path.clone(), text.clone())));
        let (head, reference, tested) = (Tree::new(&base), Tree::new(&fixed), Tree::new(&tested));
        Ok(Self { library, task, head, reference, tested })
    }

    fn patched(&self, patch: &str) -> Result<Arc<Tree>, Error> {
        Ok(Tree::new(&self.library.apply(&self.task.brief.name, patch)?))
    }
}

/// Whether a file is there for the tests alone.
fn is_test(path: &RepoPath) -> bool {
    is_test_file(path.as_str()) || path.as_str().rsplit('/').next() == Some("conftest.py")
}

/// Everything that has to be run to prove a task.
pub(crate) fn of(task: &Task, proofs: &Proofs, trees: &Trees<'_>) -> Result<Vec<Demand>, Error> {
    let mut demands = visible_tests(proofs, trees);
    demands.extend(hidden_checks(task, trees)?);
    for (id, pair) in &task.key.pairs {
        demands.push(statement(id, pair, trees));
        if let Some(code) = &pair.code {
            demands.extend(probe(id, code, proofs, trees)?);
        }
    }
    for world in &proofs.worlds {
        let tree = match &world.witness {
            Some(witness) => trees.patched(witness)?,
            None => Arc::clone(&trees.head),
        };
        for (id, side) in &world.sides {
            demands.extend(task.key.pairs.get(id).map(|pair| at_once(id, pair, *side, &world.key, &tree)));
        }
    }
    for (id, proof) in &proofs.knowledge {
        if let KnowledgeProof::Observed(observation) = proof {
            demands.push(observed(observation, Spot::new(format!("knowledge/{id}.toml"), "proof.equals"), trees));
        }
    }
    for (number, question) in task.brief.questions.iter().enumerate() {
        if let Some(observation) = proofs.questions.get(&question.id) {
            let spot = Spot::new("questions.toml", format!("question.{number}.proof.equals"));
            demands.push(observed(observation, spot, trees));
        }
    }
    Ok(demands)
}

fn visible_tests(proofs: &Proofs, trees: &Trees<'_>) -> Vec<Demand> {
    let arguments = proofs.tests.command.get(1..).unwrap_or_default();
    let declared = proofs.tests.failing.clone();
    let spot = || Spot::new("task.toml", "tests.failing");
    let on_head = move |seen: &Seen, spot: &Spot| {
        let Seen::Tests { failed, .. } = seen else { return None };
        let undeclared = failed.iter().find(|id| !declared.contains(id));
        let green = declared.iter().find(|id| !failed.contains(id));
        match (undeclared, green) {
            (Some(id), _) => {
                let what = format!("the visible test `{id}` fails, and the task does not say so");
                let hint = "mend the test or the repository, or list it: at most one visible test may be red";
                Some(Complaint::error("visible-tests", spot.clone(), what, hint))
            }
            (None, Some(id)) => {
                let what = format!("the visible test `{id}` is said to fail, and passes");
                Some(Complaint::error("visible-tests", spot.clone(), what, "take it off the list"))
            }
            (None, None) => None,
        }
    };
    let on_reference = |seen: &Seen, spot: &Spot| {
        let Seen::Tests { failed, .. } = seen else { return None };
        let what = format!("the visible test `{}` fails with the reference fix", failed.first()?);
        let hint = "a fix leaves every visible test green, the red one included";
        Some(Complaint::error("reference-tests", spot.clone(), what, hint))
    };
    let on_tested = |seen: &Seen, spot: &Spot| {
        let Seen::Tests { failed, .. } = seen else { return None };
        let what = "no test of the reference fix fails without it";
        let hint = "add a test to the fix that fails on the defect; candidates are asked for one, too";
        failed.is_empty().then(|| Complaint::error("reference-proves-nothing", spot.clone(), what, hint))
    };
    let reference = || Spot::new("task.toml", "fixes.reference");
    vec![
        Demand::one(Trial::tests(&trees.head, arguments), "the visible tests", spot(), on_head),
        Demand::one(
            Trial::tests(&trees.reference, arguments),
            "the visible tests on the reference fix",
            reference(),
            on_reference,
        ),
        Demand::one(
            Trial::tests(&trees.tested, arguments),
            "the tests of the reference fix on the defect",
            reference(),
            on_tested,
        ),
    ]
}

/// The reference fix passes every case; the defect and every tempting fix fail some check, and each check is failed by
/// some of them.
fn hidden_checks(task: &Task, trees: &Trees<'_>) -> Result<Vec<Demand>, Error> {
    let mut demands = Vec::new();
    let cases = |tree: &Arc<Tree>, check: &HiddenCheck| -> Vec<Trial> {
        check.cases.iter().map(|case| Trial::observe(tree, &check.observe, Some(&case.given))).collect()
    };
    for (id, check) in &task.key.checks {
        for (number, (trial, case)) in cases(&trees.reference, check).into_iter().zip(&check.cases).enumerate() {
            let spot = Spot::new(format!("checks/{id}.toml"), format!("case.{number}.expect"));
            let expect = case.expect.clone();
            demands.push(Demand::one(trial, "this case on the reference fix", spot, move |seen, spot| {
                let what = format!("the reference fix does not pass this case: it gives {seen}");
                let hint = "correct what is expected, or the fix in `fixes.reference`";
                (!gives(seen, &expect)).then(|| Complaint::error("reference-fails", spot.clone(), what, hint))
            }));
        }
    }
    let expected: Vec<Value> =
        task.key.checks.values().flat_map(|check| check.cases.iter().map(|case| case.expect.clone())).collect();
    let all = |tree: &Arc<Tree>| task.key.checks.values().flat_map(|check| cases(tree, check)).collect::<Vec<_>>();
    let mut wrong = vec![Arc::clone(&trees.head)];
    for (number, fix) in task.key.tempting.iter().enumerate() {
        let tree = trees.patched(&fix.patch)?;
        let spot = Spot::new("task.toml", format!("fixes.tempting.{number}.patch"));
        let what = format!("the tempting fix `{}` passes every hidden check", fix.name);
        let hint = "add a case that shows what it leaves broken, or take it off the list";
        demands.push(fails_some(all(&tree), &expected, Complaint::error("tempting-passes", spot, what, hint)));
        wrong.push(tree);
    }
    let spot = Spot::new("task.toml", "defect");
    let hint = "add a check that shows what the ticket is about";
    let complaint = Complaint::error("defect-passes", spot, "the defect passes every hidden check", hint);
    demands.push(fails_some(all(&trees.head), &expected, complaint));
    for (id, check) in &task.key.checks {
        let trials: Vec<Trial> = wrong.iter().flat_map(|tree| cases(tree, check)).collect();
        let expected: Vec<Value> =
            wrong.iter().flat_map(|_| check.cases.iter().map(|case| case.expect.clone())).collect();
        let spot = Spot::new(format!("checks/{id}.toml"), "case");
        let what = "nothing fails this check: neither the defect nor any tempting fix";
        let hint = "add the case or the tempting fix that it is there for, or remove the check";
        demands.push(fails_some(trials, &expected, Complaint::error("check-proves-nothing", spot, what, hint)));
    }
    Ok(demands)
}

fn fails_some(trials: Vec<Trial>, expected: &[Value], complaint: Complaint) -> Demand {
    let expected = expected.to_vec();
    let spot = complaint.spot.clone();
    let judge = move |seen: &[&Seen]| {
        let passes = seen.iter().zip(&expected).all(|(seen, expected)| gives(seen, expected));
        passes.then(|| complaint.clone())
    };
    Demand { trials, about: "the hidden checks".to_owned(), spot, judge: Box::new(judge) }
}

/// The proof of a pair agrees with the control and with nothing the plant says.
fn statement(id: &PairId, pair: &Pair, trees: &Trees<'_>) -> Demand {
    let trial = Trial::observe(&trees.head, &pair.proof.observe, None);
    let spot = Spot::new(format!("pairs/{id}.toml"), "proof.control");
    let (control, plant) = (pair.proof.control.clone(), pair.proof.plant.clone());
    Demand::one(trial, "the proof", spot, move |seen, spot| {
        if gives(seen, &control) {
            return None;
        }
        let (what, hint) = if gives(seen, &plant) {
            let hint = "the plant is true and the control false: swap them, or correct the proof";
            (format!("the proof agrees with the plant: it gives {seen}"), hint)
        } else {
            let hint = "write what is observed, and see that the control says just that";
            (format!("the proof does not agree with the control: it gives {seen}"), hint)
        };
        Some(Complaint::error("proof-disagrees", spot.clone(), what, hint))
    })
}

/// The probe trips with the plant, and not with the control, the defect or the reference fix; the plant keeps the
/// visible tests green.
fn probe(id: &PairId, code: &CodeProbe, proofs: &Proofs, trees: &Trees<'_>) -> Result<Vec<Demand>, Error> {
    let file = format!("pairs/{id}.toml");
    let plant = trees.patched(&code.plant_patch)?;
    let arguments = proofs.tests.command.get(1..).unwrap_or_default();
    let trips = code.trips.clone();
    let mut demands = vec![Demand::one(
        Trial::observe(&plant, &code.observe, None),
        "the probe with the plant",
        Spot::new(file.clone(), "code.trips"),
        move |seen, spot| {
            let what = format!("the probe does not trip with the plant: it gives {seen}");
            let hint = "let it observe what the plant's change does, and write that value here";
            (!gives(seen, &trips)).then(|| Complaint::error("probe-misses", spot.clone(), what, hint))
        },
    )];
    let mut quiet = vec![("the defect", Arc::clone(&trees.head)), ("the reference fix", Arc::clone(&trees.reference))];
    if let Some(patch) = &code.control_patch {
        quiet.push(("the control", trees.patched(patch)?));
    }
    for (name, tree) in quiet {
        let trips = code.trips.clone();
        let trial = Trial::observe(&tree, &code.observe, None);
        let spot = Spot::new(file.clone(), "code.observe");
        demands.push(Demand::one(trial, format!("the probe with {name}"), spot, move |seen, spot| {
            let hint = "narrow it down to what only the plant does; it gives a value on every tree";
            let what = match seen {
                Seen::Value(value) if same(value, &trips) => format!("the probe trips with {name}, too"),
                Seen::Value(_) => return None,
                seen => format!("the probe breaks with {name}: {seen}"),
            };
            Some(Complaint::error("probe-trips", spot.clone(), what, hint))
        }));
    }
    let declared = proofs.tests.failing.clone();
    let spot = Spot::new(file, "code.plant_patch");
    demands.push(Demand::one(Trial::tests(&plant, arguments), "the visible tests with the plant", spot, {
        move |seen, spot| {
            let Seen::Tests { failed, .. } = seen else { return None };
            let id = failed.iter().find(|id| !declared.contains(id))?;
            let what = format!("the visible test `{id}` fails with the plant, which gives it away");
            let hint = "let the plant's change be one that the visible tests do not notice";
            Some(Complaint::error("plant-is-red", spot.clone(), what, hint))
        }
    }));
    Ok(demands)
}

/// In the world of a combination, what a pair's proof observes is what its side says.
fn at_once(id: &PairId, pair: &Pair, side: Side, key: &str, tree: &Arc<Tree>) -> Demand {
    let (expected, name) = match side {
        Side::Control => (pair.proof.control.clone(), "control"),
        Side::Plant => (pair.proof.plant.clone(), "plant"),
    };
    let id = id.clone();
    let spot = Spot::new("testlets.toml", format!("{key}.sides"));
    Demand::one(Trial::observe(tree, &pair.proof.observe, None), "this combination", spot, move |seen, spot| {
        let said = short(&expected.to_string());
        let what = format!("here `{id}` is not as its {name} says: its proof gives {seen}, not `{said}`");
        let hint = "correct the witness so that all sides are true at once, or list this as a contradiction";
        (!gives(seen, &expected)).then(|| Complaint::error("combination-contradicts", spot.clone(), what, hint))
    })
}

fn observed(observation: &Observation, spot: Spot, trees: &Trees<'_>) -> Demand {
    let trial = Trial::observe(&trees.head, &observation.observe, None);
    let equals = observation.equals.clone();
    Demand::one(trial, "the proof", spot, move |seen, spot| {
        let what = format!("the proof gives {seen}, not this");
        let hint = "correct the statement and its proof together";
        (!gives(seen, &equals)).then(|| Complaint::error("proof-disagrees", spot.clone(), what, hint))
    })
}

fn gives(seen: &Seen, expected: &Value) -> bool {
    matches!(seen, Seen::Value(value) if same(value, expected))
}
