//! `caveat repo …` and `caveat task new`: what an author begins with.

use crate::commands::{Format, RepoAddArguments, RepoListArguments, TaskNewArguments};
use crate::tasks::count;
use crate::world;
use anyhow::{Context, Result, bail};
use catalog::NewTask;
use serde_json::json;
use std::fs;
use std::io::{BufRead, Write};

/// Brings a git repository in.
pub(crate) fn add(arguments: &RepoAddArguments, out: &mut impl Write) -> Result<()> {
    let imported = catalog::import(&arguments.from, &arguments.name, &arguments.repos, arguments.last)?;
    for (patch, subject) in &imported.commits {
        writeln!(out, "{patch}  {subject}")?;
    }
    let commits = count(imported.commits.len(), "commit");
    writeln!(out, "{commits} in {}; the last one is {}", imported.folder.display(), imported.head)?;
    writeln!(out, "next: caveat task new NAME --repository {}", arguments.name)?;
    Ok(())
}

/// Lists the repositories that tasks are about.
pub(crate) fn repositories(arguments: &RepoListArguments, out: &mut impl Write) -> Result<()> {
    let library = world::library_for_reading(&arguments.library)?;
    let repositories = library.repositories();
    match arguments.format {
        Format::Json => {
            let all = repositories.iter().map(|repository| {
                json!({
                    "name": repository.name, "summary": repository.summary, "language": repository.language,
                    "head": repository.head,
                })
            });
            writeln!(out, "{:#}", json!({"repositories": all.collect::<Vec<_>>()}))?;
        }
        Format::Text => {
            for repository in repositories {
                writeln!(out, "{:<16} {}", repository.name.as_str(), repository.summary)?;
            }
        }
    }
    Ok(())
}

/// Begins a task; what is not given is asked for where somebody can answer.
pub(crate) fn begin(
    arguments: TaskNewArguments,
    input: &mut impl BufRead,
    can_ask: bool,
    out: &mut impl Write,
) -> Result<()> {
    let mut ask = |given: Option<String>, flag: &str, question: &str| -> Result<String> {
        if let Some(given) = given {
            return Ok(given);
        }
        if !can_ask {
            bail!("say {flag}: {question}");
        }
        write!(out, "{question}: ")?;
        out.flush()?;
        let mut line = String::new();
        input.read_line(&mut line)?;
        match line.trim() {
            "" => bail!("nothing was written; say {flag} the next time"),
            answer => Ok(answer.to_owned()),
        }
    };
    let title = ask(arguments.title, "--title", "the title on the page")?;
    let repository = arguments.repository.map(|name| name.to_string());
    let repository = ask(repository, "--repository", "the repository, as `caveat repo add` named it")?;
    let file = arguments.defect.map(|file| file.display().to_string());
    let file = ask(file, "--defect", "a file with the defect, as `git diff` writes it")?;
    let defect = fs::read_to_string(&file).with_context(|| format!("{file}: cannot be read"))?;
    let subject = if defect.starts_with("Author:") {
        None
    } else {
        Some(ask(arguments.subject, "--subject", "what the defect's commit is said to do, innocently")?)
    };
    let new = NewTask {
        name: arguments.name,
        title,
        repository: repository.as_str().into(),
        defect,
        subject,
        after: arguments.after,
        minutes: arguments.minutes,
        level: arguments.level,
    };
    let Some(tasks) = arguments.library.tasks.first() else { bail!("say with --tasks where the task shall lie") };
    let folder = catalog::begin(&arguments.library.repos, tasks, &arguments.data.data.join("git"), &new)?;
    writeln!(out, "{}", folder.display())?;
    writeln!(out, "next: caveat task check {}, which names what is still to be written", new.name)?;
    Ok(())
}
