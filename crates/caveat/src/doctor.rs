//! `caveat doctor`: what this machine can do to keep a run inside, what stays open, how to do better.

use crate::commands::{DoctorArguments, Format};
use crate::index;
use anyhow::{Context, Result, bail};
use sandbox::{Config, Isolation, Sandbox};
use serde_json::json;
use std::io::Write;
use tempfile::TempDir;

/// Looks at the machine, and fails where nothing can be run.
pub(crate) fn examine(arguments: &DoctorArguments, out: &mut impl Write) -> Result<()> {
    let scratch = TempDir::new().context("no temporary folder can be made")?;
    let python = std::path::absolute(&arguments.python.python)?;
    let config = Config {
        python,
        bwrap: None,
        scratch: scratch.path().into(),
        concurrency: index::threads(),
        trust_local_code: false,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let sandbox = runtime.block_on(Sandbox::start(config));
    let isolation = sandbox.isolation();
    match arguments.format {
        Format::Json => {
            let (level, open) = (isolation.level, isolation.level.gaps());
            writeln!(out, "{:#}", json!({"isolation": isolation, "not_protected": open, "next_level": level.next()}))?;
        }
        Format::Text => write(isolation, out)?,
    }
    match isolation.refusal {
        Some(_) => bail!("no Python will be run on this machine"),
        None => Ok(()),
    }
}

fn write(isolation: &Isolation, out: &mut impl Write) -> Result<()> {
    writeln!(out, "isolation level: {}", isolation.level.name())?;
    if let Some(refusal) = &isolation.refusal {
        writeln!(out, "  because {}\n  to mend it: {}", refusal.cause, refusal.remedy)?;
        return Ok(());
    }
    writeln!(out, "  {}", isolation.means)?;
    writeln!(out, "\nlimits")?;
    for enforced in &isolation.limits {
        writeln!(out, "  {:<16} {}", enforced.limit, enforced.by)?;
    }
    writeln!(out, "\nself-test: {} attacks repelled", isolation.attacks_repelled.len())?;
    for attack in &isolation.attacks_repelled {
        writeln!(out, "  {attack}")?;
    }
    writeln!(out, "\nnot protected at this level")?;
    for gap in isolation.level.gaps() {
        writeln!(out, "  {gap}")?;
    }
    match isolation.level.next() {
        Some(next) => writeln!(out, "\nto reach the next level: {next}")?,
        None => writeln!(out, "\nthis is the highest level")?,
    }
    Ok(())
}
