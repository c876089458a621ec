//! The files of the repository, without what .gitignore leaves out.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// Every file, in order of path.
pub(crate) static FILES: LazyLock<Vec<File>> = LazyLock::new(|| {
    let ignored = Ignored::read(&text("/.gitignore"));
    let mut files = Vec::new();
    collect(&root(), "", &ignored, &mut files);
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
});

/// One file of the repository.
pub(crate) struct File {
    /// Its path from the root, with `/`.
    pub(crate) path: String,
    /// Its text; empty when it is not UTF-8.
    pub(crate) text: String,
}

impl File {
    /// What stands behind the last dot of its name.
    pub(crate) fn extension(&self) -> &str {
        self.path.rsplit('/').next().and_then(|name| name.rsplit_once('.')).map_or("", |(_, extension)| extension)
    }

    /// True below a folder, given with its `/`.
    pub(crate) fn is_below(&self, folder: &str) -> bool {
        self.path.starts_with(folder)
    }
}

/// The root of the repository: the folder above this package.
pub(crate) fn root() -> PathBuf {
    let package = std::env::var("CARGO_MANIFEST_DIR").expect("the tests run under cargo or nextest");
    Path::new(&package).parent().expect("this package lies inside the repository").to_owned()
}

/// The text of a file that must be there.
pub(crate) fn text(path: &str) -> String {
    let file = root().join(path.trim_start_matches('/'));
    fs::read_to_string(&file)
        .unwrap_or_else(|error| panic!("{path}: {error}; this file belongs to the house: write it"))
}

/// Folders directly below one, given with its `/` (the root: empty), that hold a file.
pub(crate) fn folders_in(parent: &str) -> Vec<String> {
    let inside = FILES.iter().filter_map(|file| file.path.strip_prefix(parent));
    let mut folders: Vec<String> = inside.filter_map(|path| Some(path.split_once('/')?.0.to_owned())).collect();
    folders.dedup();
    folders
}

fn collect(folder: &Path, prefix: &str, ignored: &Ignored, files: &mut Vec<File>) {
    for entry in fs::read_dir(folder).expect("a folder that can be read") {
        let entry = entry.expect("an entry that can be read");
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        let kind = entry.file_type().expect("an entry with a type");
        if ignored.covers(&path) {
            continue;
        } else if kind.is_dir() {
            collect(&entry.path(), &format!("{path}/"), ignored, files);
        } else if kind.is_file() {
            // Read late and lossily: a file may vanish between listing and reading while somebody works on it.
            let text = fs::read(entry.path()).ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
            files.push(File { path, text });
        }
    }
}

/// The three kinds of lines our .gitignore has: `/from/the/root`, `name/` anywhere, `*.extension`.
struct Ignored(Vec<String>);

impl Ignored {
    fn read(text: &str) -> Self {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        Self(lines.map(str::to_owned).chain([".git/".to_owned()]).collect())
    }

    fn covers(&self, path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap_or(path);
        self.0.iter().any(|line| match (line.strip_prefix('/'), line.strip_prefix('*')) {
            (Some(anchored), _) => path == anchored.trim_end_matches('/'),
            (_, Some(ending)) => name.ends_with(ending),
            _ => name == line.trim_end_matches('/'),
        })
    }
}

#[test]
fn what_gitignore_leaves_out_is_left_out() {
    let ignored = Ignored::read("/target\n/web/dist\n__pycache__/\n*.pyc\n# comment\n");
    for (path, expected) in [
        ("target", true),
        ("crates/x/target", false),
        ("web/dist", true),
        ("repos/a/__pycache__", true),
        ("repos/a/b.pyc", true),
        (".git", true),
        (".gitignore", false),
    ] {
        assert_eq!(ignored.covers(path), expected, "{path}");
    }
}
