//! Reads a Python tree from the disk, for the index, which never opens a file.

use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Larger files are data, not code.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// Python files below a folder, by their path from it, in order. Hidden folders, caches and environments are left
/// out; so are links, which may lead out of the tree, and files that are no UTF-8.
pub(crate) fn python_files(root: &Path) -> Result<Vec<(String, Arc<str>)>> {
    if !root.is_dir() {
        bail!("{} is no folder: name a folder of Python files", root.display());
    }
    let mut files = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).with_context(|| format!("{}: cannot be read", folder.display()))? {
            let entry = entry?;
            let (kind, path) = (entry.file_type()?, entry.path());
            if kind.is_dir() && !is_skipped(&path) {
                folders.push(path);
            } else if kind.is_file() && path.extension().is_some_and(|ending| ending == "py") {
                files.extend(python_file(root, &path)?);
            }
        }
    }
    files.sort();
    Ok(files)
}

fn is_skipped(folder: &Path) -> bool {
    let name = folder.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    name.starts_with('.') || matches!(&*name, "__pycache__" | "node_modules") || folder.join("pyvenv.cfg").is_file()
}

fn python_file(root: &Path, path: &PathBuf) -> Result<Option<(String, Arc<str>)>> {
    if path.metadata()?.len() > MAX_BYTES {
        return Ok(None);
    }
    let bytes = std::fs::read(path).with_context(|| format!("{}: cannot be read", path.display()))?;
    let name = path.strip_prefix(root).unwrap_or(path).to_string_lossy().replace('\\', "/");
    Ok(String::from_utf8(bytes).ok().map(|text| (name, Arc::from(text))))
}
