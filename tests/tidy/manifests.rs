//! What the manifests say: crates and dependencies from `cargo metadata`, the tables from their text.

use crate::none_of;
use crate::tree::{self, root};
use serde_json::Value;
use std::process::Command;
use std::sync::LazyLock;

/// Every crate of the workspace.
pub(crate) static CRATES: LazyLock<Vec<Crate>> = LazyLock::new(|| {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let arguments = ["metadata", "--format-version", "1", "--no-deps"];
    let output = Command::new(cargo).args(arguments).current_dir(root()).output().expect("cargo can be started");
    assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata gives JSON");
    list(&metadata["packages"]).iter().map(Crate::read).collect()
});

/// One crate of the workspace.
pub(crate) struct Crate {
    /// Its name.
    pub(crate) name: String,
    /// Its folder from the root.
    pub(crate) folder: String,
    /// What it needs, for whatever kind of build.
    pub(crate) needs: Vec<Need>,
}

/// One dependency.
pub(crate) struct Need {
    /// The name of the crate that is needed.
    pub(crate) name: String,
    /// Needed to build what ships, not only for tests.
    pub(crate) ships: bool,
}

impl Crate {
    fn read(package: &Value) -> Self {
        let manifest = word(&package["manifest_path"]);
        let folder = manifest.trim_end_matches("/Cargo.toml");
        let root = root().canonicalize().expect("the root exists");
        let folder = folder.strip_prefix(&*root.to_string_lossy()).unwrap_or(folder).trim_start_matches('/');
        let need = |need: &Value| Need { name: word(&need["name"]), ships: need["kind"].as_str() != Some("dev") };
        Self {
            name: word(&package["name"]),
            folder: folder.to_owned(),
            needs: list(&package["dependencies"]).iter().map(need).collect(),
        }
    }

    /// True when it needs the other for whatever kind of build.
    pub(crate) fn needs(&self, other: &str) -> bool {
        self.needs.iter().any(|need| need.name == other)
    }
}

/// True for a crate of this workspace.
pub(crate) fn is_ours(name: &str) -> bool {
    CRATES.iter().any(|ours| ours.name == name)
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn word(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The lines of every table of a manifest whose name a test accepts, without comments.
fn entries(manifest: &str, is_wanted: impl Fn(&str) -> bool) -> Vec<&str> {
    let mut wanted = false;
    let mut entries = Vec::new();
    for line in manifest.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            Some(table) => wanted = is_wanted(table),
            None if wanted => entries.push(line),
            None => {}
        }
    }
    entries
}

fn name(entry: &str) -> &str {
    entry.split(['=', '.', ' ']).next().unwrap_or_default()
}

#[test]
fn every_shared_dependency_is_used_by_a_crate() {
    let manifest = tree::text("Cargo.toml");
    let unused = entries(&manifest, |table| table == "workspace.dependencies").into_iter().map(name);
    let unused = unused.filter(|entry| !CRATES.iter().any(|ours| ours.needs(entry)));
    none_of(
        unused
            .map(|entry| format!("Cargo.toml: no crate uses `{entry}`: take it out of [workspace.dependencies]"))
            .collect(),
    );
}

#[test]
fn versions_stand_in_one_place_and_lints_hold_everywhere() {
    let mut findings = Vec::new();
    for ours in CRATES.iter() {
        let file = format!("{}/Cargo.toml", ours.folder);
        let manifest = tree::text(&file);
        for entry in entries(&manifest, |table| table.ends_with("dependencies")) {
            if !entry.replace(' ', "").contains("workspace=true") {
                findings
                    .push(format!("{file}: `{}` has a version of its own: put it into the root's table", name(entry)));
            }
        }
        if !entries(&manifest, |table| table == "lints").contains(&"workspace = true") {
            findings.push(format!("{file}: add [lints] with workspace = true"));
        }
    }
    none_of(findings);
}

#[test]
fn entries_are_read_from_the_tables_asked_for() {
    let manifest = "[package]\nname = \"x\"\n# comment\n[dependencies]\na.workspace = true\nb = { workspace = true }\n[lints]\nworkspace = true\n";
    let found = entries(manifest, |table| table == "dependencies");
    assert_eq!(found.iter().map(|entry| name(entry)).collect::<Vec<_>>(), ["a", "b"]);
}
