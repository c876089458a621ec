//! `caveat task …`.

use crate::commands::{Format, TaskListArguments};
use crate::world;
use anyhow::{Result, bail};
use serde_json::json;
use std::io::Write;

/// Lists the library, and what cannot be offered.
pub(crate) fn list(arguments: &TaskListArguments, out: &mut impl Write) -> Result<()> {
    let library = world::library_for_reading(&arguments.library)?;
    let problems = library.problems();
    match arguments.format {
        Format::Json => {
            let tasks = library.tasks().map(|task| {
                json!({
                    "name": task.brief.name, "title": task.brief.title, "repository": task.brief.repository,
                    "head": task.brief.head, "minutes": task.brief.minutes, "level": task.brief.level,
                    "focus": task.brief.focus, "pairs": task.key.pairs.len(), "checks": task.key.checks.len(),
                    "questions": task.brief.questions.len(), "digest": task.digest,
                })
            });
            let all = json!({"tasks": tasks.collect::<Vec<_>>(), "problems": problems});
            writeln!(out, "{all:#}")?;
        }
        Format::Text => {
            for task in library.tasks() {
                let brief = &task.brief;
                writeln!(
                    out,
                    "{:<16} {:<7} {:>3} min  {}",
                    brief.name.as_str(),
                    brief.level,
                    brief.minutes,
                    brief.title
                )?;
            }
            for problem in problems {
                writeln!(out, "\nerror: {problem}")?;
            }
        }
    }
    if !problems.is_empty() {
        bail!("{} in the library; nothing else is affected", count(problems.len(), "problem"));
    }
    Ok(())
}

pub(crate) fn count(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}
