//! Remembering what was built from what, so that nothing is built twice.

use crate::failure::Failure;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::{fs, io};

/// A note beside something built: the digest of what it was built from.
pub(crate) struct Stamp {
    file: PathBuf,
    digest: String,
}

impl Stamp {
    /// A stamp kept in `file` for something built from `sources`.
    pub(crate) fn new(file: PathBuf, sources: &[impl Hash]) -> Self {
        // Not cryptographic: it guards against forgetting, not against an adversary.
        let mut hasher = DefaultHasher::new();
        sources.hash(&mut hasher);
        Self { file, digest: format!("{:016x}\n", hasher.finish()) }
    }

    /// True when the sources are those of the last build.
    pub(crate) fn is_current(&self) -> bool {
        fs::read_to_string(&self.file).is_ok_and(|noted| noted == self.digest)
    }

    /// Forgets the last build; done before a new one, which may fail half-way.
    pub(crate) fn clear(&self) -> Result<(), Failure> {
        match fs::remove_file(&self.file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(unusable(&self.file, &error)),
            _ => Ok(()),
        }
    }

    /// Notes that the build is done.
    pub(crate) fn write(&self) -> Result<(), Failure> {
        let written =
            self.file.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&self.file, &self.digest));
        written.map_err(|error| unusable(&self.file, &error))
    }
}

/// The content of a file, for a stamp.
pub(crate) fn content(file: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(file).map_err(|error| unusable(file, &error))
}

/// Every file below a folder with its content, in order of path; folders named in `without` are left out.
pub(crate) fn contents(folder: &Path, without: &[&str]) -> Result<Vec<(PathBuf, Vec<u8>)>, Failure> {
    let mut found = Vec::new();
    collect(folder, without, &mut found).map_err(|error| unusable(folder, &error))?;
    found.sort();
    Ok(found)
}

fn collect(folder: &Path, without: &[&str], found: &mut Vec<(PathBuf, Vec<u8>)>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        if !entry.file_type()?.is_dir() {
            let content = fs::read(&path)?;
            found.push((path, content));
        } else if !without.iter().any(|name| entry.file_name() == *name) {
            collect(&path, without, found)?;
        }
    }
    Ok(())
}

fn unusable(file: &Path, error: &io::Error) -> Failure {
    Failure::new(format!("{}: {error}", file.display())).remedy("see that the file can be read and its folder written")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("xtask-stamp-{name}-{}", std::process::id()));
        fs::create_dir_all(folder.join("src/skipped")).unwrap();
        folder
    }

    #[test]
    fn a_stamp_is_current_until_a_source_changes() {
        let folder = folder("current");
        let stamp = |sources: &[&str]| Stamp::new(folder.join("stamp"), sources);
        assert!(!stamp(&["a", "b"]).is_current(), "nothing was built yet");
        stamp(&["a", "b"]).write().unwrap();
        assert!(stamp(&["a", "b"]).is_current());
        assert!(!stamp(&["a", "c"]).is_current(), "a source changed");
        assert!(!stamp(&["ab", ""]).is_current(), "the border between sources counts");
        stamp(&["a", "b"]).clear().unwrap();
        assert!(!stamp(&["a", "b"]).is_current(), "a build was begun and not finished");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn contents_come_in_order_and_without_the_folders_left_out() {
        let folder = folder("contents");
        for file in ["src/b", "src/a", "src/skipped/c"] {
            fs::write(folder.join(file), file).unwrap();
        }
        let found = contents(&folder, &["skipped"]).unwrap();
        let names: Vec<_> =
            found.iter().map(|(path, _)| path.strip_prefix(&folder).unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["src/a", "src/b"]);
        fs::remove_dir_all(folder).unwrap();
    }
}
