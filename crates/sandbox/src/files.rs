//! Which files may go into a sandbox.

use std::collections::BTreeSet;

use crate::{Error, Limits};

/// The files that go in: compiled Python and everything else that acts on import without being read is left out.
///
/// Refuses a path that is not plain and relative, a path given twice, a file that is also a folder, and totals beyond
/// the limits.
pub(crate) fn admit(files: Vec<(String, Vec<u8>)>, limits: &Limits) -> Result<Vec<(String, Vec<u8>)>, Error> {
    let mut seen = BTreeSet::new();
    let mut folders = BTreeSet::new();
    let mut total = 0_u64;
    let mut admitted = Vec::with_capacity(files.len());
    for (path, content) in files {
        check_path(&path).map_err(|reason| Error::File { path: path.clone(), reason })?;
        if left_out(&path) {
            continue;
        }
        let size = content.len() as u64;
        total += size;
        let reason = match () {
            () if size > limits.file_bytes => Some("it is larger than one file may be"),
            () if total > limits.work_bytes => Some("all files together are larger than the work directory"),
            () if !seen.insert(path.clone()) => Some("the path is given twice"),
            () => None,
        };
        if let Some(reason) = reason {
            return Err(Error::File { path, reason });
        }
        folders.extend(path.match_indices('/').map(|(end, _)| path[..end].to_owned()));
        admitted.push((path, content));
    }
    if let Some(path) = seen.intersection(&folders).next() {
        return Err(Error::File { path: path.clone(), reason: "it is a file and a folder" });
    }
    if (seen.len() + folders.len()) as u64 > limits.work_files {
        return Err(Error::Job(format!("{} files and folders are more than allowed", seen.len() + folders.len())));
    }
    Ok(admitted)
}

fn check_path(path: &str) -> Result<(), &'static str> {
    if path.is_empty() {
        return Err("the path is empty");
    }
    if path.len() > 1024 {
        return Err("the path is longer than 1024 bytes");
    }
    if path.contains('\0') {
        return Err("the path holds a NUL");
    }
    if path.starts_with('/') {
        return Err("the path is absolute");
    }
    for part in path.split('/') {
        match part {
            "" => return Err("the path has an empty part"),
            "." | ".." => return Err("the path has a part that is . or .."),
            long if long.len() > 255 => return Err("a part of the path is longer than 255 bytes"),
            _ => {}
        }
    }
    Ok(())
}

fn left_out(path: &str) -> bool {
    path.split('/').any(|part| part == "__pycache__" || part.ends_with(".dist-info") || part.ends_with(".egg-info"))
        || [".pyc", ".pyo", ".pth", ".so"].iter().any(|ending| path.ends_with(ending))
        || path.contains(".so.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admit_paths(paths: &[&str]) -> Result<Vec<String>, String> {
        let files = paths.iter().map(|path| ((*path).to_owned(), b"x".to_vec())).collect();
        admit(files, &Limits::default())
            .map(|files| files.into_iter().map(|(path, _)| path).collect())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_path_that_could_leave_the_work_directory_is_refused() {
        let cases = [
            ("/etc/passwd", "absolute"),
            ("../x", ". or .."),
            ("a/../b", ". or .."),
            ("a/./b", ". or .."),
            ("a//b", "empty part"),
            ("a/", "empty part"),
            ("", "empty"),
            ("a\0b", "NUL"),
        ];
        for (path, reason) in cases {
            let error = admit_paths(&["fine.py", path]).expect_err(path);
            assert!(error.contains(reason), "{path:?}: {error}");
        }
    }

    #[test]
    fn a_path_given_twice_or_as_file_and_folder_is_refused() {
        assert!(admit_paths(&["a.py", "a.py"]).expect_err("twice").contains("given twice"));
        assert!(admit_paths(&["a/b.py", "a"]).expect_err("both").contains("a file and a folder"));
        assert!(admit_paths(&["a", "a/b/c"]).expect_err("both").contains("a file and a folder"));
    }

    #[test]
    fn compiled_python_and_path_files_are_left_out() {
        let kept = admit_paths(&[
            "a.py",
            "__pycache__/a.cpython-311.pyc",
            "pkg/__pycache__/x",
            "b.pyc",
            "evil.pth",
            "fast.cpython-311-x86_64-linux-gnu.so",
            "lib.so.1",
            "x-1.0.dist-info/entry_points.txt",
            "data/rows.csv",
        ]);
        assert_eq!(kept, Ok(vec!["a.py".to_owned(), "data/rows.csv".to_owned()]));
    }

    #[test]
    fn totals_beyond_the_limits_are_refused() {
        let limits = Limits { file_bytes: 10, work_bytes: 15, work_files: 3, ..Limits::default() };
        let file = |name: &str, size| (name.to_owned(), vec![0_u8; size]);
        assert!(admit(vec![file("a", 10), file("b", 5)], &limits).is_ok());
        assert!(admit(vec![file("a", 11)], &limits).is_err());
        assert!(admit(vec![file("a", 10), file("b", 6)], &limits).is_err());
        assert!(admit(vec![file("a/b/c/d", 1)], &limits).is_err());
    }
}
