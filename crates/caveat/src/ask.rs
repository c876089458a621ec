//! `caveat ask`: the offline assistant on a terminal.

use crate::commands::AskArguments;
use crate::{index, tree, world};
use anyhow::{Context, Result};
use assistant::{Ask, Offline, Reply, Turn, repository_reply};
use code_index::Index;
use domain::ids::TaskName;
use domain::plan::Plan;
use engine::Material;
use serde::Deserialize;
use serde_json::json;
use std::io::{BufRead, Write};
use std::sync::Arc;

/// Answers one question, or one a line.
pub(crate) fn ask(arguments: &AskArguments, input: &mut impl BufRead, out: &mut impl Write) -> Result<()> {
    let mut answerer = Answerer::new(arguments)?;
    if let Some(question) = &arguments.question {
        writeln!(out, "{}", answerer.answer(question))?;
        return Ok(());
    }
    for (number, line) in input.lines().enumerate() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        if arguments.jsonl {
            let line: Line =
                serde_json::from_str(&line).with_context(|| format!("line {} of the input", number + 1))?;
            // Lines stand for themselves: their order and number change no answer.
            let answer = answerer.fresh(&line.prompt);
            writeln!(out, "{}", json!({"id": line.id, "answer": answer}))?;
        } else {
            writeln!(out, "{}\n", answerer.answer(&line))?;
        }
        out.flush()?;
    }
    Ok(())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    id: serde_json::Value,
    prompt: String,
}

enum Answerer {
    Task { offline: Arc<Offline>, plan: Plan, seed: u64, history: Vec<Turn> },
    Tree(Index),
}

impl Answerer {
    fn new(arguments: &AskArguments) -> Result<Self> {
        match (&arguments.task, &arguments.repo) {
            (Some(task), _) => Self::task(task, arguments),
            (None, Some(folder)) => Ok(Self::Tree(Index::build(tree::python_files(folder)?, index::threads()))),
            (None, None) => anyhow::bail!("name a task with --task or a folder with --repo"),
        }
    }

    fn task(name: &TaskName, arguments: &AskArguments) -> Result<Self> {
        let library = world::library_for_reading(&arguments.library)?;
        let task = world::task(&library, name)?;
        let plan = Plan::draw(&task.key, arguments.seed)?;
        Ok(Self::Task { offline: Material::new(task).offline, plan, seed: arguments.seed, history: Vec::new() })
    }

    /// Answers within the conversation so far.
    fn answer(&mut self, prompt: &str) -> String {
        let reply = self.reply(prompt, true);
        if let (Self::Task { history, .. }, Reply { text, sources }) = (self, reply.clone()) {
            history.push(Turn { prompt: prompt.to_owned(), text, sources, here: true });
        }
        reply.text
    }

    /// Answers as if nothing had been said before.
    fn fresh(&self, prompt: &str) -> String {
        self.reply(prompt, false).text
    }

    fn reply(&self, prompt: &str, in_conversation: bool) -> Reply {
        match self {
            Self::Tree(index) => Reply { text: repository_reply(index, prompt), sources: Vec::new() },
            Self::Task { offline, plan, seed, history } => offline.reply(&Ask {
                history: if in_conversation { history } else { &[] },
                ..Ask::alone(prompt, plan, *seed)
            }),
        }
    }
}
