//! Which file a module name means.

use crate::names::FastMap;
use std::sync::Arc;

/// Module names of a repository's files. Every folder that is no package may be on Python's path, so a file can be
/// reached under several names: `src/shop/cart.py` as `src.shop.cart` and as `shop.cart`.
#[derive(Debug, Default)]
pub(crate) struct Modules {
    by_name: FastMap<Box<str>, Vec<u32>>,
    by_path: FastMap<Arc<str>, u32>,
}

impl Modules {
    /// Learns the files' names; a file's number is its place.
    pub(crate) fn of(paths: &[Arc<str>]) -> Modules {
        let by_path = paths.iter().enumerate().map(|(number, path)| (Arc::clone(path), number as u32)).collect();
        let mut modules = Modules { by_name: FastMap::default(), by_path };
        for (number, path) in paths.iter().enumerate() {
            let dotted = dotted(path);
            for start in modules.roots(path) {
                if let Some(name) = dotted.get(start..).filter(|name| !name.is_empty()) {
                    modules.by_name.entry(name.into()).or_default().push(number as u32);
                }
            }
        }
        modules
    }

    /// The lengths of the folder prefixes of a path, slash included, that may be on Python's path.
    fn roots(&self, path: &str) -> Vec<usize> {
        let mut roots = vec![0];
        for (slash, _) in path.match_indices('/') {
            let mut marker = path[..=slash].to_owned();
            marker.push_str("__init__.py");
            if !self.by_path.contains_key(marker.as_str()) {
                roots.push(slash + 1);
            }
        }
        roots
    }

    /// The name by which a file is best called: without folders such as `src` that are not packages.
    pub(crate) fn display_name(&self, path: &str) -> String {
        let dotted = dotted(path);
        let plain_root = ["src/", "lib/", "python/"].into_iter().find(|root| path.starts_with(root));
        let start = plain_root.filter(|root| self.roots(path).contains(&root.len())).map_or(0, str::len);
        dotted.get(start..).filter(|name| !name.is_empty()).unwrap_or(&dotted).to_owned()
    }

    /// The file with this path.
    pub(crate) fn file(&self, path: &str) -> Option<u32> {
        self.by_path.get(path).copied()
    }

    /// The files that may be meant by an absolute module name in a file, the nearest to it first.
    pub(crate) fn absolute(&self, name: &str, from: &str, paths: &[Arc<str>]) -> Vec<u32> {
        let mut files = self.by_name.get(name).cloned().unwrap_or_default();
        files.sort_by_key(|&file| {
            let path = &paths[file as usize];
            let common = path.bytes().zip(from.bytes()).take_while(|(a, b)| a == b).count();
            (std::cmp::Reverse(common), path.len())
        });
        files
    }

    /// The file or folder that is `name` in a folder (which ends in a slash, or is empty).
    pub(crate) fn within(&self, folder: &str, name: &str) -> Option<u32> {
        let inner = name.replace('.', "/");
        self.file(&format!("{folder}{inner}.py")).or_else(|| self.file(&format!("{folder}{inner}/__init__.py")))
    }
}

/// A path as a dotted module name, counted from the repository's root; empty for `__init__.py` at the root.
pub(crate) fn dotted(path: &str) -> String {
    let path = path.strip_suffix(".pyi").or_else(|| path.strip_suffix(".py")).unwrap_or(path);
    let path = match path.strip_suffix("__init__") {
        Some(package) if package.is_empty() || package.ends_with('/') => package.trim_end_matches('/'),
        _ => path,
    };
    path.replace('/', ".")
}

/// The folder of a path, with its slash; empty at the root.
pub(crate) fn folder(path: &str) -> &str {
    path.rfind('/').map_or("", |slash| &path[..=slash])
}

/// The folder `level` dots lead to from a file: one dot is its own folder.
pub(crate) fn above(path: &str, level: u32) -> Option<&str> {
    let mut at = folder(path);
    for _ in 1..level {
        at = folder(at.strip_suffix('/')?);
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_found_under_every_name_it_can_have() {
        let paths: Vec<Arc<str>> =
            ["src/shop/__init__.py", "src/shop/cart.py", "scripts/run.py", "shop.py"].map(Arc::from).to_vec();
        let modules = Modules::of(&paths);
        let table: [(&str, &[u32]); 7] = [
            ("src.shop.cart", &[1]),
            ("shop.cart", &[1]),
            ("cart", &[]),
            ("run", &[2]),
            ("scripts.run", &[2]),
            ("shop", &[0, 3]),
            ("src", &[]),
        ];
        for (name, expected) in table {
            assert_eq!(modules.absolute(name, "src/shop/x.py", &paths), expected, "{name}");
        }
        assert_eq!(modules.display_name("src/shop/cart.py"), "shop.cart");
        assert_eq!(modules.display_name("scripts/run.py"), "scripts.run");
        assert_eq!(modules.within("src/shop/", "cart"), Some(1));
        assert_eq!(modules.within("src/", "shop"), Some(0));
    }

    #[test]
    fn dots_climb_folders() {
        let table =
            [("a/b/c.py", 1, Some("a/b/")), ("a/b/c.py", 2, Some("a/")), ("a/b/c.py", 3, Some("")), ("c.py", 2, None)];
        for (path, level, expected) in table {
            assert_eq!(above(path, level), expected, "{path} {level}");
        }
    }
}
