//! A real browser: one whole session with every page looked at (pictures in `target/screenshots`, axe on each), a server on
//! which people sign in, the page of live models, and a session in which every text is hostile.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "helpers of stories fail the story, or say why not"
)]

use std::path::PathBuf;
use std::process::Command;
use tempfile::TempDir;
use tests::{Program, free_port, root};

/// The browser, as `cargo xtask test` names it; empty where it was left out on purpose.
fn chromium() -> Option<PathBuf> {
    let named = std::env::var_os("CAVEAT_CHROMIUM").unwrap_or_else(|| "/usr/bin/chromium".into());
    (!named.is_empty()).then(|| PathBuf::from(named))
}

/// Runs a story against a server of its own for this machine alone; `more` is said to the server, `with` to the story.
fn tell(story: &str, more: &[&str], with: &[(&str, String)]) {
    let port = free_port();
    let Some((server, _, _data)) = serve(port, more, "Caveat is at") else { return };
    play(story, &format!("http://127.0.0.1:{port}"), with);
    server.kill();
}

/// Starts a server and gives the line in which it says so much; none where there is no browser to go with it.
fn serve(port: u16, more: &[&str], ready: &str) -> Option<(Program, String, TempDir)> {
    let Some(chromium) = chromium() else {
        eprintln!("left out on purpose: `cargo xtask test` without --quick runs it");
        return None;
    };
    assert!(
        chromium.is_file(),
        "no browser at {}: install Debian's chromium, or name one in CAVEAT_CHROMIUM",
        chromium.display()
    );
    assert!(root().join("web/dist/index.html").is_file(), "the page is not built: cargo xtask web");
    let data = TempDir::new().expect("a folder");
    let (server, line) = Program::start("serve", data.path(), port, more, ready);
    Some((server, line, data))
}

/// Plays a story in the browser, against the server at an address.
fn play(story: &str, url: &str, with: &[(&str, String)]) {
    let told = Command::new("node")
        .arg(root().join("tests/browser").join(story))
        .env("CAVEAT_URL", url)
        .env("CAVEAT_CHROMIUM", chromium().unwrap_or_default())
        .env("CAVEAT_SCREENSHOTS", root().join("target/screenshots"))
        .envs(with.iter().map(|(name, value)| (name, value)))
        .output()
        .expect("node");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(told.status.success(), "{}\n{}", text(&told.stdout), text(&told.stderr));
}

#[test]
fn somebody_practises_from_the_first_page_to_the_debrief() {
    tell("session.mjs", &[], &[]);
}

#[test]
fn people_sign_in_where_others_reach_the_server() {
    let port = free_port();
    let url = format!("http://caveat.test:{port}");
    let ready = "Make the first admin at ";
    let Some((server, line, _data)) = serve(port, &["--public-url", &url], ready) else { return };
    let (_, link) = line.split_once(ready).expect("a link");
    play("accounts.mjs", &url, &[("CAVEAT_SET_UP", link.to_owned())]);
    server.kill();
}

#[test]
fn live_models_are_added_tried_and_removed() {
    tell("models.mjs", &[], &[]);
}

#[test]
fn nothing_that_a_candidate_or_a_model_writes_runs_or_is_fetched() {
    let port = free_port();
    let folder = TempDir::new().expect("a folder");
    let settings = folder.path().join("models.toml");
    let model = format!("[[model]]\nname = \"hostile\"\nbase_url = \"http://127.0.0.1:{port}/v1\"\nmodel = \"m\"\n");
    std::fs::write(&settings, model).expect("settings");
    let settings = settings.to_str().expect("a path");
    tell("hostile.mjs", &["--config", settings], &[("CAVEAT_MODEL_PORT", port.to_string())]);
}
