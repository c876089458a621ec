//! Unified git diffs as plain data: read strictly, applied exactly, every mistake with its line.
//!
//! Only text is accepted: no binary parts, symbolic links, submodules, renames or paths that leave
//! the repository. A hunk applies where all its lines match, nearest to the place it names; nothing
//! is matched loosely.

mod apply;
mod read;

use domain::ids::RepoPath;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What is wrong with a patch.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the patch: {what}; {hint}")]
pub struct Mistake {
    /// The line in the patch's text, from 1.
    pub line: u32,
    /// What is wrong.
    pub what: String,
    /// How to mend it.
    pub hint: String,
}

impl Mistake {
    pub(crate) fn new(line: u32, what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { line, what: what.into(), hint: hint.into() }
    }
}

/// A file of a revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct File {
    /// The whole text.
    pub(crate) text: Arc<str>,
    /// Whether git notes it as executable.
    pub(crate) executable: bool,
}

/// The files of a revision.
pub(crate) type Files = BTreeMap<RepoPath, File>;

/// A unified git diff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Patch {
    changes: Vec<Change>,
}

/// What happens to one file.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Change {
    /// The line its header starts on.
    line: u32,
    path: RepoPath,
    kind: Kind,
    /// The new mode, when it is stated.
    executable: Option<bool>,
    hunks: Vec<Hunk>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Create,
    Modify,
    Delete,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Hunk {
    /// The line of its `@@`.
    line: u32,
    /// The old line it names, from 1; 0 for an empty file.
    old_start: usize,
    lines: Vec<HunkLine>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct HunkLine {
    sign: Sign,
    /// With its newline, if it has one.
    text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    Keep,
    Remove,
    Add,
}

impl Patch {
    /// Reads a diff; `first_line` is the number that its first line has in the file it came from.
    pub(crate) fn read(text: &str, first_line: u32) -> Result<Self, Mistake> {
        read::patch(text, first_line).map(|changes| Self { changes })
    }

    /// Applies the patch, or leaves the files as they were and says which line does not fit.
    pub(crate) fn apply(&self, files: &mut Files) -> Result<(), Mistake> {
        let mut changed = files.clone();
        self.changes.iter().try_for_each(|change| apply::change(change, &mut changed))?;
        *files = changed;
        Ok(())
    }
}

/// A file that stands where `path` needs a folder, or that needs one where `path` would stand.
pub(crate) fn conflict<V>(files: &BTreeMap<RepoPath, V>, path: &RepoPath) -> Option<RepoPath> {
    let text = path.as_str();
    let mut folders = text.match_indices('/').filter_map(|(at, _)| RepoPath::parse(text.get(..at)?).ok());
    folders.find(|folder| files.contains_key(folder)).or_else(|| {
        let inside = format!("{text}/");
        let mut near = files.range(path..).map(|(other, _)| other).take_while(|other| other.as_str().starts_with(text));
        near.find(|other| other.as_str().starts_with(&inside)).cloned()
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests;
