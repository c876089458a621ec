//! The text files of one folder of the library, read once and under limits.

use crate::bare::MAX_TEXT_BYTES;
use crate::formats::{NAME_RULE, PatchPath, is_name};
use crate::problem::{Findings, Source};
use crate::proofs::Sample;
use crate::skeleton::UNWRITTEN;
use domain::plan::hex;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, DirEntry};
use std::io;
use std::path::Path;
use toml::Spanned;

/// Folders nest no deeper than this.
const MAX_DEPTH: usize = 4;
/// Folders of what was recorded with a task: no part of it, so that recording does not change its digest.
const RECORDS: &[&str] = &["samples", "solves"];

/// The text files of one folder, by their `/`-separated path in it.
pub(crate) struct Folder {
    name: String,
    files: BTreeMap<String, Source>,
    used: BTreeSet<String>,
}

impl Folder {
    /// Reads every file but hidden ones and records. What is no regular text file is noted.
    pub(crate) fn read(path: &Path, findings: &mut Findings) -> Self {
        let mut folder = Self { name: path.display().to_string(), files: BTreeMap::new(), used: BTreeSet::new() };
        folder.collect(path, "", 0, findings);
        folder
    }

    fn collect(&mut self, path: &Path, above: &str, depth: usize, findings: &mut Findings) {
        let entries = fs::read_dir(path).and_then(|entries| entries.collect::<io::Result<Vec<DirEntry>>>());
        let entries = match entries {
            Ok(entries) if depth <= MAX_DEPTH => entries,
            Ok(_) => {
                return findings.in_file(&self.file(above), "the folder is nested too deeply", "move its files up");
            }
            Err(error) => return findings.in_file(&self.file(above), unreadable(&error), "make the folder readable"),
        };
        for entry in entries {
            let Ok(name) = entry.file_name().into_string() else {
                findings.in_file(&self.file(above), "a file's name is no UTF-8", "rename it to plain ASCII");
                continue;
            };
            let inside = format!("{above}{name}");
            if name.starts_with('.') || RECORDS.contains(&inside.as_str()) {
                continue;
            }
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => self.collect(&entry.path(), &format!("{inside}/"), depth + 1, findings),
                Ok(kind) if kind.is_file() => self.add(&entry, inside, findings),
                _ => findings.in_file(&self.file(&inside), "this is no regular file", "put the file itself here"),
            }
        }
    }

    fn add(&mut self, entry: &DirEntry, inside: String, findings: &mut Findings) {
        let file = self.file(&inside);
        let size = entry.metadata().map(|metadata| metadata.len()).unwrap_or(u64::MAX);
        if size > MAX_TEXT_BYTES as u64 {
            return findings.in_file(
                &file,
                format!("the file is larger than {MAX_TEXT_BYTES} bytes"),
                "make it smaller",
            );
        }
        match fs::read_to_string(entry.path()) {
            Ok(text) => {
                self.files.insert(inside, Source { file, text: text.into() });
            }
            Err(error) => findings.in_file(&file, unreadable(&error), "make it a readable file of UTF-8 text"),
        }
    }

    /// The name that messages use for a path in this folder.
    pub(crate) fn file(&self, inside: &str) -> String {
        format!("{}/{inside}", self.name).trim_end_matches('/').to_owned()
    }

    /// A file that must be there; `hint` says what to write into it.
    pub(crate) fn take(&mut self, inside: &str, hint: &str, findings: &mut Findings) -> Option<Source> {
        self.used.insert(inside.to_owned());
        let source = self.files.get(inside).cloned();
        if source.is_none() {
            findings.in_file(&self.file(inside), "the file is missing", hint);
        }
        source
    }

    /// A patch that a TOML file names; `under` is the folder that the name starts from, with its slash.
    pub(crate) fn patch(
        &mut self,
        named: &Spanned<PatchPath>,
        under: &str,
        by: &Source,
        findings: &mut Findings,
    ) -> Option<Source> {
        let inside = format!("{under}{}", named.get_ref().0);
        let source = self.files.get(&inside).cloned();
        if source.is_none() {
            let what = format!("there is no file `{}`", self.file(&inside));
            findings.at(by, &named.span(), what, "write the patch, or correct its name here");
        }
        self.used.insert(inside);
        source
    }

    /// The TOML files right under a folder, with the ids that their names give.
    pub(crate) fn tomls(&mut self, under: &str, findings: &mut Findings) -> Vec<(String, Source)> {
        let mut found = Vec::new();
        for (inside, source) in &self.files {
            let id = inside.strip_prefix(under).and_then(|rest| rest.strip_prefix('/')?.strip_suffix(".toml"));
            let Some(id) = id else { continue };
            self.used.insert(inside.clone());
            if is_name(id) {
                found.push((id.to_owned(), source.clone()));
            } else {
                findings.in_file(&source.file, format!("`{id}` is no name"), NAME_RULE);
            }
        }
        found
    }

    /// Notes the files that nothing has asked for: most often a misspelt name.
    pub(crate) fn refuse_unused(&self, findings: &mut Findings) {
        for (inside, source) in self.files.iter().filter(|(inside, _)| !self.used.contains(*inside)) {
            let what = format!("nothing refers to `{inside}`");
            findings.in_file(&source.file, what, "remove the file, correct its name, or name it where it is used");
        }
    }

    /// Notes every line that an author has still to write.
    pub(crate) fn find_unwritten(&self, findings: &mut Findings) {
        for source in self.files.values() {
            for (at, _) in source.text.match_indices(UNWRITTEN) {
                let rest = source.text.get(at + UNWRITTEN.len()..).unwrap_or_default();
                let asked = rest.split(['"', '\n', '`']).next().unwrap_or_default().trim();
                let what = format!("still to be written: {asked}");
                findings.at(source, &(at..at), what, format!("put the text in the place of `{UNWRITTEN} …`"));
            }
        }
    }

    /// The recorded sessions, by the names of their folders. A broken one is no reason not to offer the task.
    pub(crate) fn samples(&self) -> BTreeMap<String, Sample> {
        let root = Path::new(&self.name).join("samples");
        let Ok(entries) = fs::read_dir(&root) else { return BTreeMap::new() };
        let mut samples = BTreeMap::new();
        for entry in entries.filter_map(Result::ok).filter(|entry| entry.path().is_dir()) {
            let case = entry.file_name().to_string_lossy().into_owned();
            let sample = Sample { log: entry.path().join("log.jsonl"), report: entry.path().join("report.json") };
            samples.insert(case, sample);
        }
        samples
    }

    /// SHA-256 over every path and content in order, and `more`, in hexadecimal.
    pub(crate) fn digest(&self, more: &str) -> String {
        let mut hash = Sha256::new();
        for (path, source) in &self.files {
            frame(&mut hash, path);
            frame(&mut hash, &source.text);
        }
        frame(&mut hash, more);
        hex(&hash.finalize())
    }
}

/// Adds a text with its length, so that no two lists of texts give the same bytes.
pub(crate) fn frame(hash: &mut Sha256, text: &str) {
    hash.update((text.len() as u64).to_be_bytes());
    hash.update(text.as_bytes());
}

fn unreadable(error: &io::Error) -> String {
    format!("it cannot be read: {error}")
}
