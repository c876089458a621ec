//! Outcomes of trials that were seen before, by what the trial was made of.

use super::trial::Seen;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// Outcomes that are known: in memory, and in a file with one outcome a line if there is one.
#[derive(Debug)]
pub struct Cache {
    machine: String,
    known: HashMap<String, Seen>,
    file: Option<File>,
}

#[derive(Serialize, Deserialize)]
struct Line {
    key: String,
    seen: Seen,
}

impl Cache {
    /// Knows nothing and forgets at the end. `machine` names what outcomes depend on besides the files: the Python and
    /// its packages.
    pub fn in_memory(machine: impl Into<String>) -> Self {
        Self { machine: machine.into(), known: HashMap::new(), file: None }
    }

    /// Knows what stands in a file, and adds to it. A line that was not finished, or that another version wrote, is
    /// passed over.
    ///
    /// # Errors
    /// When the file cannot be read or made.
    pub fn open(file: &Path, machine: impl Into<String>) -> io::Result<Self> {
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut opened = OpenOptions::new().create(true).append(true).open(file)?;
        let text = String::from_utf8_lossy(&fs::read(file)?).into_owned();
        if !text.is_empty() && !text.ends_with('\n') {
            opened.write_all(b"\n")?;
        }
        let lines = text.lines().filter_map(|line| serde_json::from_str::<Line>(line).ok());
        let known = lines.map(|line| (line.key, line.seen)).collect();
        Ok(Self { machine: machine.into(), known, file: Some(opened) })
    }

    pub(crate) fn machine(&self) -> &str {
        &self.machine
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Seen> {
        self.known.get(key)
    }

    /// Remembers an outcome; one that says nothing is tried again the next time.
    pub(crate) fn put(&mut self, key: String, seen: &Seen) -> io::Result<()> {
        if matches!(seen, Seen::Nothing { .. }) {
            return Ok(());
        }
        self.known.insert(key.clone(), seen.clone());
        if let Some(file) = &mut self.file {
            let line = serde_json::to_string(&Line { key, seen: seen.clone() })?;
            // One write: lines of two commands that run at once stay whole.
            file.write_all(format!("{line}\n").as_bytes())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn outcomes_are_kept_and_unfinished_lines_are_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("deep/proofs.jsonl");
        let mut cache = Cache::open(&file, "python").unwrap();
        cache.put("a".into(), &Seen::Value(json!([1, {"b": 2.5}]))).unwrap();
        cache.put("b".into(), &Seen::Nothing { why: "too slow".into() }).unwrap();
        fs::write(&file, format!("{}{{\"key\":\"c\",\"se", fs::read_to_string(&file).unwrap())).unwrap();
        let mut cache = Cache::open(&file, "python").unwrap();
        cache.put("d".into(), &Seen::Value(json!(4))).unwrap();
        let cache = Cache::open(&file, "python").unwrap();
        assert_eq!(cache.get("a"), Some(&Seen::Value(json!([1, {"b": 2.5}]))));
        assert_eq!(cache.get("d"), Some(&Seen::Value(json!(4))));
        assert_eq!((cache.get("b"), cache.get("c")), (None, None));
    }
}
