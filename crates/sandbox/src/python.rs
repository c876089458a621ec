//! The Python environment: what must be visible inside for the interpreter to start.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::Refusal;

/// An interpreter with pytest, and every folder and file it needs.
#[derive(Debug, Clone)]
pub(crate) struct Python {
    /// The interpreter of the environment, absolute.
    pub(crate) executable: String,
    /// Bound read-only at the same place, outermost first.
    pub(crate) binds: Vec<String>,
}

#[derive(Deserialize)]
struct Facts {
    version: [u32; 2],
    prefix: String,
    base_prefix: String,
    base_executable: String,
    pytest: bool,
    ctypes: bool,
}

/// The interpreter is trusted; this is the only time it runs outside.
const ASK: &str = "
import importlib.util, json, sys
print(json.dumps({'version': sys.version_info[:2], 'prefix': sys.prefix, 'base_prefix': sys.base_prefix,
    'base_executable': getattr(sys, '_base_executable', '') or sys.executable,
    'pytest': importlib.util.find_spec('pytest') is not None,
    'ctypes': importlib.util.find_spec('_ctypes') is not None}))
";

/// Asks the interpreter at `python` where its parts are.
pub(crate) fn find(python: &Path) -> Result<Python, Refusal> {
    let refuse = |cause: String| Refusal::new(cause, "cargo xtask prepare");
    let executable =
        std::path::absolute(python).map_err(|error| refuse(format!("no path to {}: {error}", python.display())))?;
    let output =
        Command::new(&executable).args(["-I", "-B", "-c", ASK]).env_clear().output().map_err(|error| {
            refuse(format!("the Python environment {} does not start: {error}", executable.display()))
        })?;
    let facts: Facts = serde_json::from_slice(&output.stdout).map_err(|_| {
        let said = String::from_utf8_lossy(&output.stderr);
        refuse(format!("the Python environment {} does not start: {}", executable.display(), said.trim()))
    })?;
    if facts.version < [3, 11] {
        return Err(refuse(format!(
            "Python 3.11 or newer is needed, this is {}.{}",
            facts.version[0], facts.version[1]
        )));
    }
    if !facts.pytest {
        return Err(refuse(format!("the Python environment {} has no pytest", executable.display())));
    }
    if !facts.ctypes {
        // The keeper needs it to close itself off.
        let cause = format!("the Python environment {} has no ctypes", executable.display());
        return Err(Refusal::new(cause, "use a Python that was built with libffi, such as that of the system"));
    }
    let executable = text(&executable)?;
    let binds = binds(&facts, Path::new(&executable))?;
    Ok(Python { executable, binds })
}

fn binds(facts: &Facts, executable: &Path) -> Result<Vec<String>, Refusal> {
    let mut wanted = BTreeSet::new();
    for prefix in [&facts.base_prefix, &facts.prefix] {
        let prefix = Path::new(prefix);
        if is_shared(prefix) {
            // A system prefix holds far more than Python: its libraries only.
            wanted.extend(["lib", "lib64"].map(|name| prefix.join(name)).into_iter().filter(|folder| folder.exists()));
        } else {
            wanted.insert(prefix.to_owned());
        }
    }
    for start in [executable, Path::new(&facts.base_executable)] {
        wanted.extend(links(start));
    }
    let mut binds: Vec<String> = Vec::new();
    for path in wanted {
        // Sorted, so a folder comes before what it holds.
        if !binds.iter().any(|bound| path.starts_with(bound)) {
            binds.push(text(&path)?);
        }
    }
    Ok(binds)
}

/// A prefix that belongs to the whole system and not to one installation of Python.
fn is_shared(prefix: &Path) -> bool {
    ["/", "/usr", "/usr/local", "/opt", "/home", "/root"].iter().any(|shared| prefix == Path::new(shared))
}

/// The file itself and every step of a chain of symbolic links from it.
fn links(start: &Path) -> Vec<PathBuf> {
    let mut found = vec![start.to_owned()];
    let mut here = start.to_owned();
    while let Ok(target) = std::fs::read_link(&here) {
        here = here.parent().unwrap_or(Path::new("/")).join(target);
        if found.len() > 16 || found.contains(&here) {
            break;
        }
        found.push(here.clone());
    }
    found.extend(std::fs::canonicalize(start));
    found.retain(|path| path.exists());
    found
}

fn text(path: &Path) -> Result<String, Refusal> {
    path.to_str().map(str::to_owned).ok_or_else(|| {
        Refusal::new(
            format!("the Python environment's path {} is not UTF-8", path.display()),
            "move the project to a folder with a plain name",
        )
    })
}
