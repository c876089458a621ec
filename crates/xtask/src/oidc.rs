//! Sign-in with OpenID Connect, a feature that plain builds leave out: its own checks, and a trial with a provider.

use crate::failure::Failure;
use crate::house::House;
use crate::machine::{self, CHROMIUM};
use crate::{page, tool};
use std::path::Path;
use std::process::Command;

/// The crates that have the feature, with it.
const WITH_IT: [&str; 8] =
    ["--package", "caveat", "--package", "server", "--package", "tests", "--features", "caveat/oidc,tests/oidc"];

/// Lints for what only the feature compiles.
pub(crate) fn lints(house: &House) -> Result<(), Failure> {
    let mut clippy = tool::cargo(house);
    clippy.arg("clippy").args(WITH_IT).args(["--all-targets", "--", "-D", "warnings"]);
    tool::shown(&mut clippy, "mend what is named above")
}

/// What the feature's tests are started with; `matrix` tries every route as everybody once more.
pub(crate) fn tests() -> Vec<&'static str> {
    [&["test"], WITH_IT.as_slice(), &["--lib", "--bins", "--test", "stories", "--", "oidc", "config", "matrix"]]
        .concat()
}

/// Signs people in through the npm package oidc-provider, in a browser, and writes what came of it into docs/INTEROP.md.
pub(crate) fn interop(house: &House, python: &Path) -> Result<(), Failure> {
    machine::provide(house, &[CHROMIUM])?;
    let node = page::build(house)?;
    house.step("OpenID Connect", "npm ci, in tests/interop/oidc");
    let folder = house.at("tests/interop/oidc");
    let network = "see that this machine reaches the npm registry (npm's own settings apply), then start again";
    tool::quiet(node.npm(house, &["ci", "--no-audit", "--no-fund"]).current_dir(&folder), network)?;
    house.step("OpenID Connect", "cargo build --package caveat --features oidc");
    let mut build = tool::cargo(house);
    tool::shown(build.args(["build", "--package", "caveat", "--features", "oidc"]), "mend what is named above")?;
    house.step("OpenID Connect", "tests/interop/oidc/sign_in.mjs");
    let mut story = Command::new(node.folder.as_deref().map_or_else(|| "node".into(), |folder| folder.join("node")));
    story.arg(folder.join("sign_in.mjs")).env("CAVEAT", house.at("target/debug/caveat")).env("CAVEAT_PYTHON", python);
    story.env("CAVEAT_CHROMIUM", tool::find(CHROMIUM.program).unwrap_or_default());
    tool::shown(&mut story, "mend what is named above: the story ends where it does not go on")
}
