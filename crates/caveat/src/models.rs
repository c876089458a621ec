//! `caveat model test`: asks live models for a word, and says what is wrong where none comes.

use crate::commands::ModelTestArguments;
use crate::config;
use anyhow::{Result, bail};
use assistant::{Upstream, UpstreamError};
use engine::{Clock, SystemClock};
use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

/// Tests one upstream after the other, and fails where one does.
pub(crate) fn test(arguments: &ModelTestArguments, out: &mut impl Write) -> Result<()> {
    let settings = config::models(Some(&arguments.config))?;
    for warning in &settings.warnings {
        writeln!(out, "warning: {warning}")?;
    }
    let upstreams = match &arguments.name {
        Some(name) => match settings.models.get(name) {
            Some(model) => model.upstreams().to_vec(),
            None => bail!("there is no model `{name}`; known are: {}", settings.models.names().join(", ")),
        },
        // Each model begins with its own.
        None => {
            let own = |name: &String| settings.models.get(name)?.upstreams().first().cloned();
            settings.models.names().iter().filter_map(own).collect()
        }
    };
    if upstreams.is_empty() {
        bail!("{} names no models: README.md shows how", arguments.config.display());
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(test_all(&upstreams, out))
}

async fn test_all(upstreams: &[Arc<Upstream>], out: &mut impl Write) -> Result<()> {
    let clock = SystemClock::start();
    let mut failed = 0;
    for upstream in upstreams {
        let now = UNIX_EPOCH + Duration::from_millis(u64::try_from(clock.wall()).unwrap_or(0));
        let result = upstream.test(now).await;
        failed += usize::from(result.is_err());
        out.write_all(told(upstream, &result).as_bytes())?;
        out.flush()?;
    }
    if failed > 0 {
        bail!("{failed} of {} upstreams gave no answer", upstreams.len());
    }
    Ok(())
}

fn told(upstream: &Upstream, result: &Result<Duration, UpstreamError>) -> String {
    let name = upstream.name();
    match result {
        Ok(first_word) => format!("{name}: ok, first word after {} ms\n", first_word.as_millis()),
        Err(error) => format!("{name}: {error}\n  to mend it: {}\n", error.remedy()),
    }
}
