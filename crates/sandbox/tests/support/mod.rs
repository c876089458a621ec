//! The real sandbox, started once for all tests of a process.
#![allow(
    dead_code,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "each test file uses a part of this, and a test may stop and look at the clock"
)]

use std::path::PathBuf;
use std::time::{Duration, Instant};

use sandbox::{Config, End, Job, Limits, Outcome, Sandbox};
use tokio::sync::OnceCell;

static SANDBOX: OnceCell<Sandbox> = OnceCell::const_new();

/// The sandbox, or a failure that names the command that mends it.
pub(crate) async fn sandbox() -> Sandbox {
    let sandbox = SANDBOX.get_or_init(|| Sandbox::start(config())).await.clone();
    if let Some(refusal) = &sandbox.isolation().refusal {
        panic!("{}; to mend it: {} (or `cargo xtask prepare`)", refusal.cause, refusal.remedy);
    }
    sandbox
}

/// `CAVEAT_PYTHON`, or the environment that `cargo xtask prepare` makes.
pub(crate) fn config() -> Config {
    let made = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/python/bin/python"));
    let python = std::env::var_os("CAVEAT_PYTHON").map_or_else(made, PathBuf::from);
    Config {
        python,
        bwrap: None,
        scratch: std::env::temp_dir().join("sandbox-tests"),
        concurrency: 3,
        trust_local_code: false,
    }
}

/// Limits in which a hung test ends soon.
pub(crate) fn limits() -> Limits {
    Limits { wall: Duration::from_secs(10), ..Limits::default() }
}

/// A Python program without files.
pub(crate) fn program(text: &str) -> Job {
    Job { argv: ["python", "-c", text].map(str::to_owned).into(), limits: limits(), ..Job::default() }
}

/// Runs a Python program without files within the usual limits.
pub(crate) async fn python(text: &str) -> Outcome {
    sandbox().await.run(program(text)).await.expect("a run")
}

/// What a program printed; it must have ended well.
pub(crate) async fn printed(text: &str) -> String {
    let outcome = python(text).await;
    let stderr = String::from_utf8_lossy(&outcome.stderr);
    assert_eq!(outcome.end, End::Exited(0), "{stderr}");
    String::from_utf8_lossy(&outcome.stdout).trim_end().to_owned()
}

/// Files from pairs of text.
pub(crate) fn files(files: &[(&str, &str)]) -> Vec<(String, Vec<u8>)> {
    files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect()
}

/// Processes started inside a sandbox with this word among their arguments.
pub(crate) fn processes_with(marker: &str) -> usize {
    let entries = std::fs::read_dir("/proc").expect("processes");
    let has = |entry: &std::fs::DirEntry| {
        let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).contains(marker)
    };
    entries.flatten().filter(has).count()
}

pub(crate) fn until(what: &str, mut done: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(15);
    while !done() {
        assert!(Instant::now() < end, "not within 15 s: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
