//! Everything that must be green.

use crate::failure::Failure;
use crate::house::{House, is_ci};
use crate::machine::{self, CHROMIUM, SANDBOX};
use crate::node::Node;
use crate::tally::Tally;
use crate::{oidc, page, python, tool};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How much is checked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// What CI checks.
    Everything,
    /// Without the browser, licences and documentation.
    Quick,
}

const CARGO_DENY: &str = "0.20.2";
const QUICK: &str = "--quick; `cargo xtask test` runs it";

/// Prepares, then runs every check, then sums up. A failed check does not keep the others from running.
pub(crate) fn test(house: &House, extent: Extent) -> Result<(), Failure> {
    machine::provide(house, &[SANDBOX])?;
    let python = python::environment(house)?;
    let node = page::build(house)?;
    let mut tally = Tally::new(house);
    sources(house, &mut tally);
    licences(house, extent, &mut tally);
    pages(house, &node, &mut tally);
    documentation(house, extent, &mut tally);
    let browser = browser(house, extent, &mut tally)?;
    let product = Product { house, python, node, browser };
    product.tests(&mut tally);
    product.with_oidc(extent, &mut tally);
    tally.close()
}

fn sources(house: &House, tally: &mut Tally<'_>) {
    tally.check("format", "cargo fmt --all --check", || {
        tool::shown(tool::cargo(house).args(["fmt", "--all", "--check"]), "cargo fmt --all")
    });
    tally.check("lints", "cargo clippy --workspace --all-targets", || {
        let mut clippy = tool::cargo(house);
        clippy.args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]);
        tool::shown(&mut clippy, "mend what is named above")
    });
}

fn licences(house: &House, extent: Extent, tally: &mut Tally<'_>) {
    tally.leave_out("advisories", "they need a network; `cargo deny check advisories` asks for them");
    if extent == Extent::Quick {
        return tally.leave_out("licences", QUICK);
    }
    tally.check("licences", "cargo deny check bans licenses sources", || {
        let mut deny = cargo_deny(house)?;
        deny.args(["--all-features", "check", "--hide-inclusion-graph", "bans", "licenses", "sources"])
            .current_dir(house.at(""));
        tool::quiet(&mut deny, "take another crate, or allow this one in deny.toml and say why").map(|_| ())
    });
}

/// The machine's cargo-deny, else one installed below `target`, which is kept for the next time.
fn cargo_deny(house: &House) -> Result<Command, Failure> {
    if let Some(file) = tool::find("cargo-deny") {
        return Ok(Command::new(file));
    }
    let root = house.at("target/tools");
    let file = root.join("bin/cargo-deny");
    if tool::answers(Command::new(&file).arg("--version")) {
        return Ok(Command::new(file));
    }
    house.step("licences", "cargo install cargo-deny (once; about a minute)");
    let mut install = tool::cargo(house);
    // Unoptimised and without the features that fetch advisories: installs three times as fast, checks in a second.
    install.args(["install", "cargo-deny", "--version", CARGO_DENY, "--locked", "--debug", "--no-default-features"]);
    install.arg("--root").arg(&root).arg("--target-dir").arg(root.join("build")).env("CARGO_PROFILE_DEV_DEBUG", "0");
    tool::quiet(&mut install, "see that this machine reaches the crate registry, then start again")?;
    // Only the program is of use; what stays behind costs disk, not correctness.
    let _ = std::fs::remove_dir_all(root.join("build"));
    Ok(Command::new(file))
}

fn pages(house: &House, node: &Node, tally: &mut Tally<'_>) {
    for (name, script) in [("page types", "check"), ("page lints", "lint"), ("page tests", "test")] {
        tally.check(name, &format!("npm run {script}"), || {
            tool::shown(&mut node.npm(house, &["run", "--silent", script]), "mend what is named above, in web/")
        });
    }
}

fn documentation(house: &House, extent: Extent, tally: &mut Tally<'_>) {
    if extent == Extent::Quick {
        return tally.leave_out("documents", QUICK);
    }
    tally.check("documents", "cargo doc --workspace --no-deps", || {
        let mut doc = tool::cargo(house);
        doc.args(["doc", "--quiet", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings");
        tool::shown(&mut doc, "mend what is named above")
    });
}

/// The browser of the browser test; none when it is left out, which only CI does not allow.
fn browser(house: &House, extent: Extent, tally: &mut Tally<'_>) -> Result<Option<PathBuf>, Failure> {
    if extent == Extent::Quick {
        tally.leave_out("browser", QUICK);
        return Ok(None);
    }
    match machine::provide(house, &[CHROMIUM]) {
        Ok(()) => Ok(tool::find(CHROMIUM.program)),
        Err(failure) if is_ci() => Err(failure),
        Err(failure) => {
            crate::house::tell(&failure.to_string());
            tally.leave_out("browser", "this machine has no chromium, see above");
            Ok(None)
        }
    }
}

/// The product with all it needs to be tested.
struct Product<'a> {
    house: &'a House,
    python: PathBuf,
    node: Node,
    browser: Option<PathBuf>,
}

impl Product<'_> {
    fn tests(&self, tally: &mut Tally<'_>) {
        // Also builds the binary, which the stories in tests/ start.
        tally.check("tasks", "cargo run --package caveat -- task list", || {
            let mut list = self.cargo(&["run", "--package", "caveat", "--", "task", "list"]);
            tool::shown(&mut list, "mend what is named above")
        });
        tally.check("examples", "cargo test --workspace --doc", || {
            tool::shown(&mut self.cargo(&["test", "--workspace", "--doc"]), "mend what is named above")
        });
        let runner = self.runner();
        tally.check("tests", &format!("cargo {}", runner.join(" ")), || {
            tool::shown(&mut self.cargo(runner), "mend what is named above")
        });
    }

    /// Last, since it builds the program once more.
    fn with_oidc(&self, extent: Extent, tally: &mut Tally<'_>) {
        if extent == Extent::Quick {
            return tally.leave_out("OpenID Connect", QUICK);
        }
        tally.check("OpenID Connect, lints", "cargo clippy, with the feature oidc", || oidc::lints(self.house));
        let tests = oidc::tests();
        tally.check("OpenID Connect", &format!("cargo {}", tests.join(" ")), || {
            tool::shown(&mut self.cargo(&tests), "mend what is named above")
        });
    }

    /// nextest when the machine has it: it runs the tests of all crates side by side.
    fn runner(&self) -> &'static [&'static str] {
        if tool::answers(tool::cargo(self.house).args(["nextest", "--version"])) {
            &["nextest", "run", "--workspace", "--no-fail-fast"]
        } else {
            &["test", "--workspace", "--no-fail-fast", "--lib", "--bins", "--tests"]
        }
    }

    fn cargo(&self, arguments: &[&str]) -> Command {
        let mut cargo = tool::cargo(self.house);
        cargo.args(arguments).env("CAVEAT_PYTHON", &self.python);
        // Empty means that the browser test was left out on purpose.
        cargo.env(
            "CAVEAT_CHROMIUM",
            self.browser.as_deref().map_or_else(OsString::new, |file| file.as_os_str().to_owned()),
        );
        if let Some(folder) = self.node.folder.as_deref() {
            cargo.env("PATH", tool::path_with(Path::new(folder)));
        }
        cargo
    }
}
