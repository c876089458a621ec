//! The page: built from `web/` when something in it changed.

use crate::failure::Failure;
use crate::house::House;
use crate::node::{self, Node};
use crate::stamp::{Stamp, contents};
use crate::tool;
use std::path::Path;
use std::time::SystemTime;

const NETWORK: &str = "see that this machine reaches the npm registry (npm's own settings apply), then start again";

/// Builds the page unless it is up to date; the Node that builds it.
pub(crate) fn build(house: &House) -> Result<Node, Failure> {
    let node = node::find(house)?;
    packages(house, &node)?;
    let sources = contents(&house.at("web"), &["node_modules", "dist"])?;
    let stamp = Stamp::new(house.at("target/page-stamp"), &sources);
    if stamp.is_current() && house.at("web/dist/index.html").exists() {
        house.step("page", "web/dist is up to date");
        return Ok(node);
    }
    house.step("page", &format!("npm run build (Node {})", node.version));
    stamp.clear()?;
    tool::quiet(&mut node.npm(house, &["run", "build"]), "mend what the build names above, in web/")?;
    stamp.write()?;
    Ok(node)
}

/// Installs the page's packages unless that was done after they were last pinned.
fn packages(house: &House, node: &Node) -> Result<(), Failure> {
    // npm writes this file last, so an interrupted installation is done again.
    let installed = changed(&house.at("web/node_modules/.package-lock.json"));
    let pinned = ["web/package.json", "web/package-lock.json"].map(|file| changed(&house.at(file)));
    if installed.is_some() && pinned.iter().all(|pinned| *pinned <= installed) {
        return Ok(());
    }
    house.step("page", "npm ci");
    tool::quiet(&mut node.npm(house, &["ci", "--no-audit", "--no-fund"]), NETWORK).map(|_| ())
}

fn changed(file: &Path) -> Option<SystemTime> {
    file.metadata().and_then(|metadata| metadata.modified()).ok()
}
