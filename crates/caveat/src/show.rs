//! `caveat task show`: a task as its author sees it.

use crate::commands::TaskShowArguments;
use crate::tasks::count;
use crate::world;
use anyhow::Result;
use catalog::{Contradiction, Proofs};
use domain::task::{Pair, Side, Subject, Task};
use std::io::Write;

/// Writes a task with its whole key.
pub(crate) fn show(arguments: &TaskShowArguments, out: &mut impl Write) -> Result<()> {
    let library = world::library_for_reading(&arguments.library)?;
    let task = world::task(&library, &arguments.name)?;
    let history = library.history(&arguments.name)?;
    let brief = &task.brief;
    writeln!(out, "{}: {} ({}, {} minutes)", brief.name, brief.title, brief.level, brief.minutes)?;
    writeln!(out, "{}", brief.summary)?;
    writeln!(
        out,
        "repository {} at {}, {}, {}",
        brief.repository,
        brief.head.as_str().get(..10).unwrap_or_default(),
        count(history.len(), "commit"),
        count(task.base.len(), "file")
    )?;
    writeln!(out, "stable: {}", brief.stable.join(", "))?;
    writeln!(out, "\nThe cause\n  {}", task.key.diagnosis.cause)?;
    pairs(&task, out)?;
    if let Some(proofs) = library.proofs(&arguments.name) {
        testlets(&task, proofs, out)?;
    }
    rest(&task, out)
}

fn pairs(task: &Task, out: &mut impl Write) -> Result<()> {
    writeln!(out, "\n{}", count(task.key.pairs.len(), "claim pair"))?;
    for (id, pair) in &task.key.pairs {
        let Pair { kind, decisive, subjects, control, plant, truth, refute, code, .. } = pair;
        let decisive = if *decisive { ", decisive" } else { "" };
        let code = if code.is_some() { ", with a probe" } else { "" };
        writeln!(out, "  {id}: {kind}{decisive}{code}; about {}", named(subjects))?;
        for (name, text) in [("true", control), ("false", plant), ("truth", truth), ("refuted", refute)] {
            writeln!(out, "    {name:<8}{text}")?;
        }
    }
    Ok(())
}

fn named(subjects: &[Subject]) -> String {
    let name = |subject: &Subject| match &subject.symbol {
        Some(symbol) => format!("{}::{symbol}", subject.path),
        None => subject.path.to_string(),
    };
    subjects.iter().map(name).collect::<Vec<_>>().join(", ")
}

fn testlets(task: &Task, proofs: &Proofs, out: &mut impl Write) -> Result<()> {
    for testlet in &task.key.testlets {
        let names: Vec<&str> = testlet.pairs.iter().map(|id| id.as_str()).collect();
        writeln!(out, "\nTestlet {}: {}", testlet.name, names.join(", "))?;
        for sides in &testlet.combinations {
            writeln!(out, "  may be  {}", written(sides.iter().copied()))?;
        }
        for Contradiction { sides, why } in &proofs.contradictions {
            if sides.keys().all(|id| testlet.pairs.contains(id)) {
                let sides = testlet.pairs.iter().filter_map(|id| sides.get(id).copied());
                writeln!(out, "  never   {}: {why}", written(sides))?;
            }
        }
    }
    Ok(())
}

fn written(sides: impl Iterator<Item = Side>) -> String {
    sides.map(|side| if side == Side::Plant { "false" } else { "true" }).collect::<Vec<_>>().join(" ")
}

fn rest(task: &Task, out: &mut impl Write) -> Result<()> {
    writeln!(out, "\nProven knowledge")?;
    for (id, item) in &task.key.knowledge {
        writeln!(out, "  {id}: {}", item.text.trim())?;
    }
    writeln!(out, "\nHidden checks")?;
    for (id, check) in &task.key.checks {
        writeln!(out, "  {id}: {} ({})", check.title, count(check.cases.len(), "case"))?;
    }
    writeln!(out, "\nTempting fixes")?;
    for fix in &task.key.tempting {
        writeln!(out, "  {}: {}", fix.name, fix.why)?;
    }
    writeln!(out, "\nQuestions")?;
    for question in &task.brief.questions {
        let right = task.key.answers.get(&question.id);
        let choice = right.and_then(|right| question.choices.get(right.choice as usize));
        writeln!(out, "  {}: {}", question.id, question.text)?;
        writeln!(out, "    {}. {}", choice.map_or("", String::as_str), right.map_or("", |right| &right.why))?;
    }
    Ok(())
}
