//! The session's files: the base revision, shared by all sessions, with this session's changes over it.

use crate::ids::RepoPath;
use crate::plan::hex;
use crate::task::BaseFiles;
use crate::text::{BadChange, ChangeSet, normalised};
use ropey::Rope;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// How a file stands against the base revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum FileStatus {
    /// As in the base revision.
    Unchanged,
    /// Differs from it.
    Changed,
    /// Not part of it.
    Added,
}

#[derive(Clone, Debug)]
enum Entry {
    Text { rope: Rope, version: u32 },
    Gone,
}

/// The session's files.
#[derive(Clone, Debug)]
pub struct Workspace {
    base: BaseFiles,
    changes: BTreeMap<RepoPath, Entry>,
}

impl Workspace {
    /// The base revision, unchanged.
    pub fn new(base: BaseFiles) -> Self {
        Self { base, changes: BTreeMap::new() }
    }

    /// Paths of all files, in order.
    pub fn paths(&self) -> Vec<&RepoPath> {
        let mut paths: BTreeSet<&RepoPath> = self.base.keys().collect();
        for (path, entry) in &self.changes {
            match entry {
                Entry::Text { .. } => paths.insert(path),
                Entry::Gone => paths.remove(path),
            };
        }
        paths.into_iter().collect()
    }

    /// Whether there was such a file, and it was removed or moved away.
    pub fn was_removed(&self, path: &RepoPath) -> bool {
        matches!(self.changes.get(path), Some(Entry::Gone))
    }

    /// Bytes of all files that were changed or added.
    pub fn changed_bytes(&self) -> usize {
        let bytes = |entry: &Entry| match entry {
            Entry::Text { rope, .. } => rope.len_bytes(),
            Entry::Gone => 0,
        };
        self.changes.values().map(bytes).sum()
    }

    /// How many lines a file has.
    pub fn lines(&self, path: &RepoPath) -> Option<u32> {
        self.rope(path).map(|rope| u32::try_from(rope.len_lines()).unwrap_or(u32::MAX))
    }

    /// Files of the base revision that went.
    pub fn gone(&self) -> impl Iterator<Item = RepoPath> + '_ {
        let gone = self.changes.iter().filter(|(_, entry)| matches!(entry, Entry::Gone));
        gone.map(|(path, _)| path.clone()).filter(|path| self.base.contains_key(path))
    }

    /// Whether there is such a file.
    pub fn contains(&self, path: &RepoPath) -> bool {
        match self.changes.get(path) {
            Some(Entry::Text { .. }) => true,
            Some(Entry::Gone) => false,
            None => self.base.contains_key(path),
        }
    }

    /// A file's text.
    pub fn text(&self, path: &RepoPath) -> Option<String> {
        self.rope(path).map(|rope| rope.to_string())
    }

    /// A file's version: 0 as it came, one more with each change.
    pub fn version(&self, path: &RepoPath) -> Option<u32> {
        match self.changes.get(path) {
            Some(Entry::Text { version, .. }) => Some(*version),
            Some(Entry::Gone) => None,
            None => self.base.contains_key(path).then_some(0),
        }
    }

    /// How a file stands against the base revision.
    pub fn status(&self, path: &RepoPath) -> FileStatus {
        match (self.changes.get(path), self.base.get(path)) {
            (None, _) => FileStatus::Unchanged,
            (Some(Entry::Text { rope, .. }), Some(base)) if *rope == base.as_ref() => FileStatus::Unchanged,
            (Some(_), Some(_)) => FileStatus::Changed,
            (Some(_), None) => FileStatus::Added,
        }
    }

    /// All files with their texts.
    pub fn files(&self) -> BTreeMap<RepoPath, String> {
        self.paths().into_iter().filter_map(|path| Some((path.clone(), self.text(path)?))).collect()
    }

    /// SHA-256 over what differs from the base revision: states with the same files share it.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        let mut add = |text: &str| {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text);
        };
        for (path, entry) in &self.changes {
            match (entry, self.base.get(path)) {
                (Entry::Gone, None) => {}
                (Entry::Gone, Some(_)) => {
                    add(path.as_str());
                    add("gone");
                }
                (Entry::Text { rope, .. }, Some(base)) if *rope == base.as_ref() => {}
                (Entry::Text { rope, .. }, _) => {
                    add(path.as_str());
                    add("text");
                    add(&rope.to_string());
                }
            }
        }
        hex(&hash.finalize())
    }

    fn rope(&self, path: &RepoPath) -> Option<Rope> {
        match self.changes.get(path) {
            Some(Entry::Text { rope, .. }) => Some(rope.clone()),
            Some(Entry::Gone) => None,
            None => self.base.get(path).map(|text| Rope::from_str(text)),
        }
    }

    /// Whether a change fits; the file is untouched.
    pub(super) fn check(&self, path: &RepoPath, changes: &ChangeSet) -> Result<(), BadChange> {
        let mut rope = self.rope(path).unwrap_or_default();
        changes.apply(&mut rope)
    }

    pub(super) fn edit(&mut self, path: &RepoPath, version: u32, changes: &ChangeSet) -> Result<(), BadChange> {
        let mut rope = self.rope(path).unwrap_or_default();
        changes.apply(&mut rope)?;
        self.changes.insert(path.clone(), Entry::Text { rope, version });
        Ok(())
    }

    pub(super) fn create(&mut self, path: &RepoPath, text: &str) {
        let rope = Rope::from_str(&normalised(text));
        self.changes.insert(path.clone(), Entry::Text { rope, version: 0 });
    }

    pub(super) fn rename(&mut self, from: &RepoPath, to: &RepoPath) -> Result<(), String> {
        let rope = self.rope(from).ok_or_else(|| format!("no file {from}"))?;
        self.changes.insert(to.clone(), Entry::Text { rope, version: 0 });
        self.changes.insert(from.clone(), Entry::Gone);
        Ok(())
    }

    pub(super) fn delete(&mut self, path: &RepoPath) -> Result<(), String> {
        if !self.contains(path) {
            return Err(format!("no file {path}"));
        }
        self.changes.insert(path.clone(), Entry::Gone);
        Ok(())
    }
}
