//! Own code on one's own machine, where nothing can keep it inside.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may stop")]

mod support;

use std::path::Path;
use std::time::Duration;

use sandbox::{Config, End, Level, Limits, Observation, Sandbox, TestOutcome};
use serde_json::json;
use support::{config, files, limits, processes_with, program, until};

async fn trusting(scratch: &Path) -> Sandbox {
    let missing = Some("/nowhere/of/this/name".into());
    let config = Config { bwrap: missing, scratch: scratch.into(), trust_local_code: true, ..config() };
    let sandbox = Sandbox::start(config).await;
    let isolation = sandbox.isolation();
    assert_eq!((isolation.level, &isolation.refusal), (Level::Trusted, &None));
    assert!(isolation.to_string().contains("no walls, on request (bubblewrap is not installed)"), "{isolation}");
    sandbox
}

#[tokio::test]
async fn a_machine_that_can_keep_runs_inside_does_so_whatever_was_asked_for() {
    let sandbox = Sandbox::start(Config { trust_local_code: true, ..config() }).await;
    assert!(sandbox.isolation().level > Level::Trusted, "{}", sandbox.isolation());
}

#[tokio::test]
async fn tests_run_and_values_are_observed_in_a_folder_that_goes_with_the_run() {
    let scratch = tempfile::tempdir().expect("a folder");
    let sandbox = trusting(scratch.path()).await;
    let tree = files(&[
        ("shop/price.py", "def net(gross):\n    return gross / 1.19\n"),
        ("tests/test_price.py", "from shop.price import net\ndef test_net():\n    assert net(119) == 100\n"),
    ]);
    let report = sandbox.pytest(tree.clone(), &[], &limits()).await.expect("a run");
    let outcomes: Vec<_> = report.tests.iter().map(|test| (test.id.as_str(), test.outcome)).collect();
    assert_eq!(outcomes, [("tests/test_price.py::test_net", TestOutcome::Passed)]);
    let look = "from shop.price import net\ndef observe(gross):\n    return net(gross)\n";
    let seen = sandbox.observe(tree, look, Some(&json!(238)), &limits()).await.expect("a run");
    assert_eq!(seen, Observation::Value(json!(200.0)));
    let printed = sandbox.run(program("import os; print(sorted(os.environ))")).await.expect("a run");
    assert_eq!(printed.end, End::Exited(0));
    assert!(!String::from_utf8_lossy(&printed.stdout).contains("CAVEAT"), "the server's variables stay its own");
    drop(sandbox);
    let left: Vec<_> = std::fs::read_dir(scratch.path()).expect("the folder").flatten().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn what_does_not_end_or_does_not_stop_writing_is_ended_with_its_children() {
    let scratch = tempfile::tempdir().expect("a folder");
    let sandbox = trusting(scratch.path()).await;
    let run = async |text: &str, limits: Limits| {
        sandbox.run(sandbox::Job { limits, ..program(text) }).await.expect("a run").end
    };
    let short = Limits { wall: Duration::from_millis(500), ..limits() };
    let child = "import subprocess, sys, time\n\
        subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600) # trusted-child'])\n";
    assert_eq!(run(&format!("{child}time.sleep(600)"), short).await, End::WallLimit);
    assert_eq!(run(child, limits()).await, End::Exited(0));
    until("the children are gone", || processes_with("# trusted-child") == 0);
    assert_eq!(run("import os\nwhile True: os.write(1, b'x' * 65536)", limits()).await, End::OutputLimit);
    let hog = "try:\n    x = b'x' * (1 << 30)\nexcept MemoryError:\n    raise SystemExit(7)";
    assert_eq!(run(hog, Limits { memory_bytes: 64 << 20, ..limits() }).await, End::Exited(7));
    assert_eq!(run("raise SystemExit(4)", limits()).await, End::Exited(4));
    assert_eq!(run("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", limits()).await, End::Signalled(11));
}
