//! Server and launcher ended with `kill -9`: in mid-run, and at any moment of a start.

use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use sandbox::{Job, Limits};

use crate::level::as_everybody;
use crate::support::{limits, processes_with, program, sandbox, until};

as_everybody!(
    the_server_in_mid_run,
    the_launcher_in_mid_run,
    the_launcher_and_the_server_in_mid_run,
    the_server_at_any_moment_of_its_start,
);

/// What is killed, and that nothing of it stays.
struct Killing(fn());

impl Killing {
    fn carry_out(self) {
        (self.0)();
    }
}

fn the_server_in_mid_run() -> Killing {
    Killing(server_killed)
}

fn the_launcher_in_mid_run() -> Killing {
    Killing(|| launcher_killed(false))
}

fn the_launcher_and_the_server_in_mid_run() -> Killing {
    Killing(|| launcher_killed(true))
}

fn the_server_at_any_moment_of_its_start() -> Killing {
    Killing(start_killed)
}

/// A server in a process of its own, whose program runs and has this word among its arguments.
fn server(marker: &str) -> Child {
    Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", "killed::a_server", "--nocapture"])
        .env("SANDBOX_TEST_MARKER", marker)
        .process_group(0)
        .spawn()
        .expect("a server")
}

fn end(process: &mut Child) {
    process.kill().expect("a kill");
    process.wait().expect("an end");
}

fn gone_within_a_second(what: &str, marker: &str) {
    let begin = Instant::now();
    until(what, || processes_with(marker) == 0);
    assert!(begin.elapsed() < Duration::from_secs(1), "{what}: {:?}", begin.elapsed());
}

fn server_killed() {
    let marker = format!("orphan-{}", std::process::id());
    let mut server = server(&marker);
    until("its program runs", || processes_with(&marker) >= 2);
    end(&mut server);
    gone_within_a_second("the server was killed", &marker);
}

fn launcher_killed(with_server: bool) {
    let marker = format!("launched-{with_server}-{}", std::process::id());
    let mut server = server(&marker);
    until("its program runs", || processes_with(&marker) >= 2);
    let launchers = children(server.id());
    assert!(!launchers.is_empty());
    if with_server {
        signal(server.id(), "STOP");
    }
    launchers.iter().for_each(|launcher| signal(*launcher, "KILL"));
    if with_server {
        end(&mut server);
    }
    gone_within_a_second("the launcher was killed", &marker);
    let _ = server.kill();
    server.wait().expect("an end");
}

/// The moments differ, so that some of them fall into the time in which bubblewrap sets a sandbox up.
fn start_killed() {
    for step in 0..24_u64 {
        let marker = format!("start-{step}-{}", std::process::id());
        let mut server = server(&marker);
        let begin = Instant::now();
        let moment = Duration::from_millis(40 + 12 * step);
        let mut launched = Vec::new();
        while begin.elapsed() < moment {
            launched.extend(descendants(server.id()));
        }
        launched.extend(descendants(server.id()));
        end(&mut server);
        until("what it started is gone", || !launched.iter().any(|pid| runs(*pid)));
    }
}

fn signal(pid: u32, name: &str) {
    let status = Command::new("kill").args([format!("-{name}"), pid.to_string()]).status().expect("a signal");
    assert!(status.success());
}

/// Whether a process of a sandbox has this number and has not ended; who has ended may wait for the machine's first process.
fn runs(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    ["bwrap", "python"].iter().any(|name| stat.contains(&format!("({name}"))) && !stat.contains(") Z ")
}

fn children(pid: u32) -> Vec<u32> {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let lists = tasks.map(|task| std::fs::read_to_string(task.path().join("children")).unwrap_or_default());
    lists.flat_map(|list| list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>()).collect()
}

fn descendants(pid: u32) -> Vec<u32> {
    let own = children(pid);
    own.iter().copied().chain(own.iter().flat_map(|child| descendants(*child))).collect()
}

/// What is killed by the tests above; on its own it has nothing to do.
#[tokio::test]
async fn a_server() {
    let Ok(marker) = std::env::var("SANDBOX_TEST_MARKER") else { return };
    let text = format!("import os, time\nif os.fork() == 0: os.setsid()\ntime.sleep(600) # {marker}");
    let limits = Limits { wall: Duration::from_secs(60), ..limits() };
    let _ = sandbox().await.run(Job { limits, ..program(&text) }).await;
}
