//! Limits, each met by a program that tries to pass it.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test may stop, and look at the clock"
)]

mod support;

use std::time::{Duration, Instant};

use sandbox::{End, Job, Limits, Outcome};
use support::{files, limits, processes_with, program, sandbox, until};

async fn within(limits: Limits, text: &str) -> Outcome {
    sandbox().await.run(Job { limits, ..program(text) }).await.expect("a run")
}

fn stdout(outcome: &Outcome) -> String {
    String::from_utf8_lossy(&outcome.stdout).trim_end().to_owned()
}

#[tokio::test]
async fn a_program_that_does_not_end_is_ended_by_the_wall_limit() {
    let outcome = within(Limits { wall: Duration::from_millis(400), ..limits() }, "import time; time.sleep(600)").await;
    assert_eq!(outcome.end, End::WallLimit);
    assert!((400..1500).contains(&outcome.wall.as_millis()), "{:?}", outcome.wall);
}

#[tokio::test]
async fn a_program_that_only_computes_is_ended_by_the_cpu_limit() {
    let cpu = Limits { cpu: Duration::from_secs(1), ..limits() };
    assert_eq!(within(cpu.clone(), "while True: pass").await.end, End::CpuLimit);
    let deaf = "import signal\nsignal.signal(signal.SIGXCPU, signal.SIG_IGN)\nwhile True: pass";
    assert_eq!(within(cpu, deaf).await.end, End::CpuLimit);
}

#[tokio::test]
async fn processor_time_of_a_whole_tree_counts() {
    let tree = "
import os, time
for _ in range(6):
    if os.fork() == 0:
        end = time.process_time() + 0.4
        while time.process_time() < end: pass
        os._exit(0)
    os.wait()
time.sleep(600)
";
    assert_eq!(within(Limits { cpu: Duration::from_secs(1), ..limits() }, tree).await.end, End::CpuLimit);
}

#[tokio::test]
async fn memory_of_one_process_is_bounded() {
    let hog = "x = []\nwhile True: x.append(b'x' * (1 << 20))";
    assert_eq!(within(Limits { memory_bytes: 96 << 20, ..limits() }, hog).await.end, End::MemoryLimit);
}

#[tokio::test]
async fn memory_of_a_whole_tree_is_bounded() {
    let tree = "
import os, time
for _ in range(8):
    if os.fork() == 0:
        block = b'x' * (24 << 20)
        time.sleep(600)
time.sleep(600)
";
    assert_eq!(within(Limits { memory_bytes: 96 << 20, ..limits() }, tree).await.end, End::MemoryLimit);
}

#[tokio::test]
async fn files_in_memory_count_as_memory() {
    let hog = "
for folder in ('/box', '/tmp'):
    for n in range(12):
        open(f'{folder}/{n}', 'wb').write(b'x' * (4 << 20))
import time; time.sleep(600)
";
    assert_eq!(within(Limits { memory_bytes: 64 << 20, ..limits() }, hog).await.end, End::MemoryLimit);
}

#[tokio::test]
async fn an_out_of_memory_child_is_never_a_success() {
    let survivor = "
import os
if os.fork() == 0:
    x = []
    while True: x.append(b'x' * (1 << 20))
os.wait()
print('fine')
";
    assert_eq!(within(Limits { memory_bytes: 96 << 20, ..limits() }, survivor).await.end, End::MemoryLimit);
}

#[tokio::test]
async fn a_fork_bomb_is_bounded() {
    let bomb = "
import os, time
made = 0
try:
    while made < 500:
        if os.fork() == 0: time.sleep(600)
        made += 1
except OSError: pass
print(made)
";
    let outcome = within(Limits { processes: 16, ..limits() }, bomb).await;
    match outcome.end {
        End::Exited(0) => assert_eq!(stdout(&outcome), "15"),
        end => assert_eq!(end, End::ProcessLimit),
    }
    let wild = within(
        Limits { processes: 16, wall: Duration::from_millis(1500), ..limits() },
        "import os\nwhile True:\n  try: os.fork()\n  except OSError: pass",
    )
    .await;
    assert!(matches!(wild.end, End::WallLimit | End::CpuLimit | End::ProcessLimit), "{:?}", wild.end);
}

/// What one run may have is not taken from another, nor from the next on its slot.
#[tokio::test]
async fn two_runs_at_their_limits_do_not_starve_each_other_nor_the_next() {
    let full = "
import os, time
made = 1
while made < 40 and os.fork(): made += 1
time.sleep(1.5 if made == 40 else 600)
print(made)
";
    let sandbox = support::sandbox().await;
    let run = |text: &str| sandbox.run(Job { limits: Limits { processes: 40, ..limits() }, ..program(text) });
    for _ in 0..3 {
        for outcome in <[_; 2]>::from(tokio::join!(run(full), run(full))) {
            let outcome = outcome.expect("a run");
            assert_eq!((outcome.end.clone(), stdout(&outcome)), (End::Exited(0), "40".to_owned()), "{outcome:?}");
        }
    }
    // Many runs, one after the other, each with hardly room for itself.
    for _ in 0..40 {
        let outcome = within(Limits { processes: 2, ..limits() }, "import os\nif os.fork() == 0: os._exit(0)").await;
        assert_eq!(outcome.end, End::Exited(0), "{outcome:?}");
    }
}

#[tokio::test]
async fn threads_count_as_processes() {
    let text = "
import threading, time
made = 0
try:
    while made < 200:
        threading.Thread(target=time.sleep, args=(600,), daemon=True).start(); made += 1
except RuntimeError: pass
print(made)
";
    let outcome = within(Limits { processes: 16, ..limits() }, text).await;
    match outcome.end {
        End::Exited(0) => assert_eq!(stdout(&outcome), "15"),
        end => assert_eq!(end, End::ProcessLimit),
    }
}

#[tokio::test]
async fn output_is_cut_and_a_flood_ends_the_run() {
    let some = within(Limits { output_bytes: 1000, ..limits() }, "print('x' * 5000)").await;
    assert_eq!((some.end, some.stdout.len(), some.truncated), (End::Exited(0), 1000, true));
    for stream in [1, 2] {
        let flood = format!("import os\nwhile True: os.write({stream}, b'x' * 65536)");
        let outcome = within(Limits { output_bytes: 1000, ..limits() }, &flood).await;
        assert_eq!((outcome.end, outcome.truncated), (End::OutputLimit, true));
        assert!(outcome.stdout.len() <= 1000 && outcome.stderr.len() <= 1000);
    }
}

#[tokio::test]
async fn one_file_and_all_files_are_bounded() {
    let text = "
def fill(names, size):
    written = 0
    try:
        for name in names:
            with open(name, 'wb', buffering=0) as file:
                for _ in range(size): written += file.write(b'x' * (1 << 20))
    except OSError as problem: return written >> 20, problem.errno
    return written >> 20, 0
print(fill(['one'], 40))
import os; os.unlink('one')
print(fill(map(str, range(100)), 4))
print(fill(['/dev/shm/a'], 40))
";
    let outcome = within(Limits { file_bytes: 8 << 20, work_bytes: 32 << 20, ..limits() }, text).await;
    assert_eq!(stdout(&outcome), "(8, 27)\n(32, 28)\n(8, 27)", "{:?}", String::from_utf8_lossy(&outcome.stderr));
}

#[tokio::test]
async fn the_number_of_files_is_bounded() {
    let text = "
import os, itertools
for n in itertools.count():
    os.close(os.open(f'/tmp/{n}', os.O_CREAT))
";
    assert_eq!(within(Limits { work_files: 500, ..limits() }, text).await.end, End::FileLimit);
}

#[tokio::test]
async fn descriptors_are_bounded() {
    let text = "
import os
made = 0
try:
    while made < 5000: os.dup(0); made += 1
except OSError: print(made)
";
    assert_eq!(stdout(&within(Limits { descriptors: 64, ..limits() }, text).await), "61");
}

#[tokio::test]
async fn a_signal_is_reported_as_one_and_a_missing_command_as_127() {
    assert_eq!(within(limits(), "import os; os.kill(os.getpid(), 11)").await.end, End::Signalled(11));
    let job = Job { argv: vec!["no-such-command".to_owned()], ..program("") };
    let outcome = sandbox().await.run(job).await.expect("a run");
    assert_eq!(outcome.end, End::Exited(127));
    assert!(String::from_utf8_lossy(&outcome.stderr).contains("no-such-command"));
}

#[tokio::test]
async fn files_larger_than_the_work_directory_do_not_go_in() {
    let job = Job {
        files: files(&[("a", &"x".repeat(5000))]),
        limits: Limits { work_bytes: 4096, ..limits() },
        ..program("")
    };
    assert!(sandbox().await.run(job).await.is_err());
}

#[tokio::test]
async fn what_a_program_leaves_behind_is_gone_when_the_run_ends() {
    let marker = format!("left-behind-{}", std::process::id());
    let text = format!(
        "import os, time, subprocess, sys
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execvp('python', ['python', '-c', 'import time; time.sleep(600)', '{marker}'])
    os._exit(0)
os.wait()
print('left')"
    );
    let outcome = within(limits(), &text).await;
    assert_eq!((outcome.end.clone(), stdout(&outcome)), (End::Exited(0), "left".to_owned()));
    assert_eq!(processes_with(&marker), 0, "the tree is gone when the outcome is there");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_nobody_waits_for_is_ended() {
    let marker = format!("abandoned-{}", std::process::id());
    let text = format!("import time; time.sleep(600) # {marker}");
    let run = tokio::spawn(async move { within(limits(), &text).await });
    until("it runs", || processes_with(&marker) > 0);
    let begin = Instant::now();
    run.abort();
    until("it is gone", || processes_with(&marker) == 0);
    assert!(begin.elapsed() < Duration::from_secs(1), "{:?}", begin.elapsed());
}
