//! `caveat export` and `caveat log verify`.

use crate::commands::{ExportArguments, ExportFormat, VerifyArguments};
use crate::world;
use anyhow::{Context, Result, bail};
use catalog::Library;
use domain::event::Fact;
use domain::ids::SessionId;
use domain::session::State;
use std::io::Write;
use std::sync::Arc;
use store::EventLog;

/// Writes a session's log.
pub(crate) fn export(arguments: &ExportArguments, out: &mut impl Write) -> Result<()> {
    let ExportFormat::Jsonl = arguments.format;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let events = runtime.block_on(async {
        let log = world::existing_log(&arguments.data).await?;
        anyhow::Ok(log.read(arguments.session, 0).await?)
    })?;
    if events.is_empty() {
        bail!("there is no session {} under {}", arguments.session, arguments.data.data.display());
    }
    for event in events {
        serde_json::to_writer(&mut *out, &event)?;
        writeln!(out)?;
    }
    Ok(())
}

/// Recomputes chains of hashes and folds logs; fails when one does not hold.
pub(crate) fn verify(arguments: &VerifyArguments, out: &mut impl Write) -> Result<()> {
    let library = world::library_for_reading(&arguments.library)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let results = runtime.block_on(async {
        let log = world::existing_log(&arguments.data).await?;
        let sessions = match arguments.session {
            Some(session) => vec![session],
            None => log.sessions().await?.into_iter().map(|row| row.session).collect(),
        };
        let mut results = Vec::new();
        for session in sessions {
            results.push((session, verify_one(&log, &library, session).await));
        }
        anyhow::Ok(results)
    })?;
    let mut broken = 0;
    for (session, result) in &results {
        match result {
            Ok(line) => writeln!(out, "{session}  {line}")?,
            Err(error) => {
                broken += 1;
                writeln!(out, "{session}  BROKEN: {error:#}")?;
            }
        }
    }
    if broken > 0 {
        bail!("{broken} of {} logs do not hold", results.len());
    }
    Ok(())
}

async fn verify_one(log: &impl EventLog, library: &Library, session: SessionId) -> Result<String> {
    let verified = log.verify(session).await?;
    let events = log.read(session, 0).await?;
    let Some(Fact::Created(created)) = events.first().map(|event| &event.fact) else {
        bail!("there is no such session");
    };
    let task = library
        .task(&created.task)
        .with_context(|| format!("its task `{}` is not in the library, so it cannot be folded", created.task))?;
    State::replay(Arc::clone(&task.base), &events)?;
    let erased = match verified.erased.len() {
        0 => String::new(),
        erased => format!(", {erased} payloads erased"),
    };
    Ok(format!("ok: {} events{erased}, head {}", verified.events, verified.head_hash))
}
