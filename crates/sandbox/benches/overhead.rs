//! What a sandbox adds to starting Python: `python -c pass` bare, in bubblewrap alone and inside, and an observation.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, reason = "a bench may stop")]

use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

use divan::Bencher;
use sandbox::{Config, End, Job, Limits, Observation, Sandbox};
use tokio::runtime::Runtime;

fn main() {
    divan::main();
}

fn python() -> PathBuf {
    let made = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/python/bin/python"));
    std::env::var_os("CAVEAT_PYTHON").map_or_else(made, PathBuf::from)
}

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a runtime"));
static SANDBOX: LazyLock<Sandbox> = LazyLock::new(|| {
    let config = Config {
        python: python(),
        bwrap: None,
        scratch: std::env::temp_dir(),
        concurrency: 2,
        trust_local_code: false,
    };
    let sandbox = RUNTIME.block_on(Sandbox::start(config));
    assert_eq!(sandbox.isolation().refusal, None, "`cargo xtask prepare` mends this");
    sandbox
});

#[divan::bench]
fn bare(bencher: Bencher<'_, '_>) {
    let python = python();
    bencher.bench(|| assert!(Command::new(&python).args(["-c", "pass"]).status().expect("a status").success()));
}

/// Bubblewrap as one would use it by hand: all namespaces, the whole file system read-only, no filter, no limit.
#[divan::bench]
fn bubblewrap_alone(bencher: Bencher<'_, '_>) {
    let python = python();
    let options = ["--unshare-all", "--die-with-parent", "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev"];
    bencher.bench(|| {
        let mut command = Command::new("bwrap");
        command.args(options).arg("--").arg(&python).args(["-c", "pass"]);
        assert!(command.status().expect("a status").success());
    });
}

#[divan::bench]
fn sandboxed(bencher: Bencher<'_, '_>) {
    let job = Job { argv: ["python", "-c", "pass"].map(str::to_owned).into(), ..Job::default() };
    LazyLock::force(&SANDBOX);
    bencher.bench(|| {
        let outcome = RUNTIME.block_on(SANDBOX.run(job.clone())).expect("a run");
        assert_eq!(outcome.end, End::Exited(0));
    });
}

#[divan::bench]
fn observed(bencher: Bencher<'_, '_>) {
    LazyLock::force(&SANDBOX);
    let limits = Limits::default();
    bencher.bench(|| {
        let seen = RUNTIME.block_on(SANDBOX.observe(Vec::new(), "def observe(): return 1", None, &limits));
        assert!(matches!(seen, Ok(Observation::Value(_))));
    });
}
