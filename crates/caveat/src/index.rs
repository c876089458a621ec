//! `caveat index`: how much there is to read in a Python tree.

use crate::commands::{Format, IndexArguments};
use crate::tree;
use anyhow::Result;
use code_index::Index;
use engine::{Clock, SystemClock};
use serde_json::json;
use std::io::Write;
use std::thread;

/// Indexes a tree and writes what it holds.
pub(crate) fn index(arguments: &IndexArguments, out: &mut impl Write) -> Result<()> {
    let clock = SystemClock::start();
    let files = tree::python_files(&arguments.path)?;
    let index = Index::build(files, threads());
    let stats = index.stats();
    let seconds = clock.monotonic().as_secs_f64();
    match arguments.format {
        Format::Json => writeln!(
            out,
            "{}",
            json!({
                "files": stats.files,
                "bytes": stats.bytes,
                "symbols": stats.symbols,
                "references": stats.references,
                "seconds": seconds,
            })
        )?,
        Format::Text => writeln!(
            out,
            "{} files, {} bytes, {} symbols, {} references in {seconds:.3} s",
            stats.files, stats.bytes, stats.symbols, stats.references
        )?,
    }
    Ok(())
}

/// One thread a core.
pub(crate) fn threads() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}
