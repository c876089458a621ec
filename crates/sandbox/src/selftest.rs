//! Attacks on ourselves, once at start-up. A surprise means no runs.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use crate::sandbox::Ready;
use crate::{End, Error, Job, Limits, Outcome, Refusal};

/// Attacks that need no limit to be met, all in one run.
const ATTACKS: &str = include_str!("../python/attacks.py");

/// Makes every attack and names those repelled, which are all of them or the answer is a refusal.
pub(crate) async fn attack(ready: &Ready, scratch: &Path) -> Result<Vec<String>, Refusal> {
    let canary = Canary::leave(scratch)?;
    let listener = TcpListener::bind("127.0.0.1:0").and_then(|listener| Ok((listener.local_addr()?.port(), listener)));
    let (port, _listener) = listener.map_err(|error| broken(&format!("no listener for the self-test: {error}")))?;
    let reaching = ready.run(Job {
        argv: ["python", "-c", ATTACKS].map(str::to_owned).into(),
        env: vec![("CANARY".to_owned(), canary.path()), ("PORT".to_owned(), port.to_string())],
        limits: Limits { wall: Duration::from_secs(10), ..Limits::default() },
        ..Job::default()
    });
    let tight = Limits {
        wall: Duration::from_secs(10),
        memory_bytes: 64 << 20,
        processes: 12,
        output_bytes: 4096,
        ..Limits::default()
    };
    let program = |text: &str, limits: &Limits| {
        ready.run(Job {
            argv: ["python", "-c", text].map(str::to_owned).into(),
            limits: limits.clone(),
            ..Job::default()
        })
    };
    let late = Limits { wall: Duration::from_millis(250), ..Limits::default() };
    let (reaching, memory, output, wall, processes) = tokio::join!(
        reaching,
        program(MEMORY, &tight),
        program(OUTPUT, &tight),
        program(WALL, &late),
        program(PROCESSES, &tight),
    );
    let mut repelled = read_attacks(reaching)?;
    ended("take more memory than allowed", memory, &[End::MemoryLimit], &mut repelled)?;
    ended("write output without end", output, &[End::OutputLimit], &mut repelled)?;
    ended("run longer than allowed and outlive the run", wall, &[End::WallLimit], &mut repelled)?;
    ended("start processes without end", processes, &[End::Exited(0), End::ProcessLimit], &mut repelled)?;
    Ok(repelled)
}

const MEMORY: &str = "
blocks = []
while True:
    blocks.append(b'x' * (1 << 20))
";
const OUTPUT: &str = "
import os
while True:
    os.write(1, b'x' * 65536)
";
/// Leaves a process in a session of its own behind as well.
const WALL: &str = "
import os, time
if os.fork() == 0:
    os.setsid()
time.sleep(600)
";
const PROCESSES: &str = "
import os, time
started = 0
try:
    for _ in range(200):
        if os.fork() == 0:
            time.sleep(600)
        started += 1
except OSError:
    pass
os._exit(0 if started < 12 else 1)
";

fn read_attacks(outcome: Result<Outcome, Error>) -> Result<Vec<String>, Refusal> {
    let outcome = outcome.map_err(|error| broken(&error.to_string()))?;
    let results: BTreeMap<String, String> = serde_json::from_slice(&outcome.stdout).unwrap_or_default();
    if outcome.end != End::Exited(0) || results.is_empty() {
        let said = String::from_utf8_lossy(&outcome.stderr);
        return Err(broken(&format!("the self-test ended with {:?}: {}", outcome.end, said.trim())));
    }
    if let Some((attack, found)) = results.iter().find(|(_, found)| !found.is_empty()) {
        return Err(broken(&format!("an attack succeeded: {attack}: {found}")));
    }
    Ok(results.into_keys().collect())
}

fn ended(
    attack: &str,
    outcome: Result<Outcome, Error>,
    expected: &[End],
    repelled: &mut Vec<String>,
) -> Result<(), Refusal> {
    let outcome = outcome.map_err(|error| broken(&error.to_string()))?;
    if !expected.contains(&outcome.end) {
        return Err(broken(&format!("an attack succeeded: {attack}: it ended with {:?}", outcome.end)));
    }
    repelled.push(attack.to_owned());
    Ok(())
}

/// A remedy by what is most often behind a failure. The first that matches.
fn broken(cause: &str) -> Refusal {
    let remedy = REMEDIES.iter().find(|(signs, _)| signs.iter().any(|sign| cause.contains(sign)));
    Refusal::new(cause, remedy.map_or(OTHERWISE, |(_, remedy)| remedy))
}

const REMEDIES: [(&[&str], &str); 3] = [
    (
        &["mount proc", "Can't mount proc"],
        "let /proc be mounted anew: in a container add --security-opt systempaths=unconfined",
    ),
    (
        &["uid map", "namespace", "Operation not permitted", "Permission denied"],
        "allow user namespaces (sysctl -w kernel.unprivileged_userns_clone=1 \
         kernel.apparmor_restrict_unprivileged_userns=0 user.max_user_namespaces=10000); in a container add \
         --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined",
    ),
    (
        &["Resource temporarily unavailable"],
        "let the server start more processes: raise `ulimit -u`, TasksMax= of its unit or --pids-limit of its container",
    ),
];
const OTHERWISE: &str = "run the server on a Linux machine with kernel 5.11 or newer and bubblewrap 0.8 or newer";

/// A file of the host's that nobody inside may read. Removed on drop.
struct Canary(std::path::PathBuf);

const CANARY: &str = "canary-";

/// Canaries of servers that were killed during their self-test.
fn remove_stale(scratch: &Path) {
    for entry in std::fs::read_dir(scratch).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.strip_prefix(CANARY).is_some_and(|pid| !Path::new("/proc").join(pid).exists()) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

impl Canary {
    fn leave(scratch: &Path) -> Result<Self, Refusal> {
        remove_stale(scratch);
        let path = std::path::absolute(scratch).unwrap_or_else(|_| scratch.to_owned());
        let path = path.join(format!("{CANARY}{}", std::process::id()));
        let write = || {
            std::fs::create_dir_all(scratch)?;
            std::fs::write(&path, "this must not be read from inside")
        };
        write().map_err(|error| {
            Refusal::new(
                format!("{} cannot be written: {error}", path.display()),
                "give the server a folder it may write to",
            )
        })?;
        Ok(Self(path))
    }

    fn path(&self) -> String {
        self.0.to_string_lossy().into_owned()
    }
}

impl Drop for Canary {
    fn drop(&mut self) {
        // Another sandbox of this process may have tidied up already.
        let _ = std::fs::remove_file(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_canary_that_nobody_watches_any_more_is_removed() {
        let folder = tempfile::tempdir().expect("a folder");
        let own = folder.path().join(format!("{CANARY}{}", std::process::id()));
        let stale = folder.path().join(format!("{CANARY}4194999"));
        for path in [&own, &stale] {
            std::fs::write(path, "x").expect("a file");
        }
        remove_stale(folder.path());
        assert_eq!((own.exists(), stale.exists()), (true, false));
    }

    #[test]
    fn each_usual_failure_has_the_remedy_that_mends_it() {
        let cases = [
            ("bwrap: setting up uid map: Permission denied", "user namespaces"),
            ("bwrap: No permissions to create a new namespace, likely because", "user namespaces"),
            ("bwrap: Can't mount proc on /newroot/proc: Operation not permitted", "systempaths"),
            ("bwrap: Creating new namespace failed: Resource temporarily unavailable", "user namespaces"),
            ("bwrap: Can't fork: Resource temporarily unavailable", "ulimit"),
            ("something else", "kernel 5.11"),
        ];
        for (cause, remedy) in cases {
            assert!(broken(cause).remedy.contains(remedy), "{cause}: {}", broken(cause).remedy);
        }
    }
}
