//! `caveat assess …`: reports and prompt levels without a server.

use crate::commands::{AssessPromptsArguments, AssessSessionArguments};
use crate::{index, tree, world};
use anyhow::{Context, Result};
use assess::prompts::{self, Turn};
use code_index::Index;
use domain::Event;
use serde::Deserialize;
use serde_json::json;
use std::io::{BufRead, Write};

/// Writes the report of an exported log.
pub(crate) fn session(arguments: &AssessSessionArguments, out: &mut impl Write) -> Result<()> {
    let library = world::library_for_reading(&arguments.library)?;
    let task = world::task(&library, &arguments.task)?;
    let file = arguments.log.display();
    let text = std::fs::read_to_string(&arguments.log).with_context(|| format!("{file}: cannot be read"))?;
    let events: Vec<Event> = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(number, line)| serde_json::from_str(line).with_context(|| format!("{file}:{}", number + 1)))
        .collect::<Result<_>>()?;
    let report = assess::report(&task, &events).with_context(|| file.to_string())?;
    serde_json::to_writer_pretty(&mut *out, &report)?;
    writeln!(out)?;
    Ok(())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    id: serde_json::Value,
    prompt: String,
    #[serde(default)]
    history: Vec<Turn>,
}

/// Judges prompts, one a line.
pub(crate) fn prompts(
    arguments: &AssessPromptsArguments,
    input: &mut impl BufRead,
    out: &mut impl Write,
) -> Result<()> {
    let index = Index::build(tree::python_files(&arguments.repo)?, index::threads());
    for (number, line) in input.lines().enumerate() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let line: Line = serde_json::from_str(&line).with_context(|| format!("line {} of the input", number + 1))?;
        let judgement = prompts::judge(&index, &line.prompt, &line.history, &[]);
        let mut quality = serde_json::to_value(&judgement.quality)?;
        if let Some(fields) = quality.as_object_mut() {
            fields.insert("overall".to_owned(), json!(judgement.overall));
        }
        writeln!(out, "{}", json!({"id": line.id, "quality": quality, "evidence": judgement.evidence}))?;
    }
    Ok(())
}
