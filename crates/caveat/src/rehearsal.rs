//! `caveat task try`: a task as a candidate meets it, and beside it what its author knows.

use crate::commands::TaskTryArguments;
use crate::world;
use anyhow::Result;
use assistant::Ask;
use domain::event::{Origin, Source};
use domain::plan::Plan;
use domain::task::{Side, Task};
use engine::Material;
use std::io::Write;
use std::sync::Arc;

/// Columns of each of the two sides.
const WIDTH: usize = 58;

/// Plays the assistant's part for the prompts, or shows the whole task.
pub(crate) fn rehearse(arguments: &TaskTryArguments, out: &mut impl Write) -> Result<()> {
    let library = world::library_for_reading(&arguments.library)?;
    let task = world::task(&library, &arguments.name)?;
    let plan = Plan::draw(&task.key, arguments.seed)?;
    let material = Material::new(Arc::clone(&task));
    side_by_side("WHAT A CANDIDATE MEETS", "WHAT ITS AUTHOR KNOWS", out)?;
    let prompts = if arguments.prompts.is_empty() {
        ticket(&task, out)?;
        let pairs = task.key.pairs.values().filter_map(|pair| pair.intents.first());
        pairs.chain(task.key.knowledge.values().filter_map(|item| item.intents.first())).cloned().collect()
    } else {
        arguments.prompts.clone()
    };
    for prompt in &prompts {
        let reply = material.offline.reply(&Ask::alone(prompt, &plan, arguments.seed));
        let mut notes: Vec<String> = reply.sources.iter().filter_map(|source| known(&task, source)).collect();
        notes.dedup();
        let known = notes.join("\n\n");
        side_by_side(&format!("> {prompt}\n\n{}", reply.text), &format!("\n\n{known}"), out)?;
    }
    Ok(())
}

fn ticket(task: &Task, out: &mut impl Write) -> Result<()> {
    let fixes = task.key.tempting.iter().map(|fix| format!("- {}: {}", fix.name, fix.why)).collect::<Vec<_>>();
    let checks = task.key.checks.values().map(|check| format!("- {}", check.title)).collect::<Vec<_>>();
    let known = format!(
        "The cause\n{}\n\nWhat is checked\n{}\n\nWhat tempts\n{}",
        task.key.diagnosis.cause,
        checks.join("\n"),
        fixes.join("\n")
    );
    side_by_side(&format!("{}\n\n{}", task.brief.title, task.brief.text), &known, out)?;
    for question in &task.brief.questions {
        let choices: Vec<String> = question.choices.iter().map(|choice| format!("- {choice}")).collect();
        let right = task.key.answers.get(&question.id);
        let known = right.map(|right| {
            let choice = question.choices.get(right.choice as usize).map_or("", String::as_str);
            format!("{choice}\n{}", right.why)
        });
        side_by_side(&format!("{}\n{}", question.text, choices.join("\n")), &known.unwrap_or_default(), out)?;
    }
    Ok(())
}

/// What the author knows of a piece of an answer.
fn known(task: &Task, source: &Source) -> Option<String> {
    match &source.origin {
        Origin::Pair { pair: id, side, .. } => {
            let pair = task.key.pairs.get(id)?;
            let side = if *side == Side::Plant { "FALSE" } else { "TRUE" };
            Some(format!("{side}: {id}, {}\n{}\nSettled by: {}", pair.kind, pair.truth, pair.refute))
        }
        Origin::Reply { pair } => Some(format!("the written reply about {pair}, the same for both sides")),
        Origin::Knowledge { knowledge } => Some(format!("TRUE: proven knowledge, {knowledge}")),
        Origin::Clarification {} => Some("what the ticket's reporter answers".to_owned()),
        Origin::Index {} => Some("TRUE: a fact from the index".to_owned()),
        Origin::Model {} => Some("a model's own words, unverified".to_owned()),
        Origin::Plain {} => None,
    }
}

fn side_by_side(left: &str, right: &str, out: &mut impl Write) -> Result<()> {
    let (left, right) = (wrapped(left), wrapped(right));
    for line in 0..left.len().max(right.len()) {
        let of = |side: &[String]| side.get(line).cloned().unwrap_or_default();
        let (left, right) = (of(&left), of(&right));
        let gap = " ".repeat(WIDTH.saturating_sub(left.chars().count()));
        writeln!(out, "{}", format!("{left}{gap} | {right}").trim_end())?;
    }
    writeln!(out, "{}", "-".repeat(2 * WIDTH + 3))?;
    Ok(())
}

/// Lines of at most a side's width; a word that is longer is cut.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        let indent: String = paragraph.chars().take_while(|character| *character == ' ').collect();
        for word in paragraph.split_whitespace() {
            let mut word = word.to_owned();
            let room = WIDTH.saturating_sub(line.chars().count() + usize::from(!line.is_empty()));
            if word.chars().count() > room && !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            while word.chars().count() > WIDTH {
                let rest = word.chars().skip(WIDTH).collect();
                lines.push(word.chars().take(WIDTH).collect());
                word = rest;
            }
            let start = if line.is_empty() { indent.as_str() } else { " " };
            line = format!("{line}{start}{word}");
        }
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_wrapped_at_words_and_long_words_are_cut() {
        let long = "x".repeat(WIDTH + 3);
        let lines = wrapped(&format!("one two\n\n    indented\n{long} end"));
        assert_eq!(lines[..3], ["one two", "", "    indented"]);
        assert_eq!(lines[3].len(), WIDTH);
        assert_eq!(lines[4], "xxx end");
        let many = wrapped(&"word ".repeat(40));
        assert!(many.iter().all(|line| line.chars().count() <= WIDTH) && many.len() == 4, "{many:?}");
    }
}
