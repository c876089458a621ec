//! What a run can see: the arguments of bubblewrap.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Refusal;
use crate::python::Python;
use crate::stand::Shape;

/// Bubblewrap as found on this machine, and the part of its arguments that is the same for every run.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    /// The program.
    pub(crate) bwrap: PathBuf,
    /// What it calls itself, for people.
    pub(crate) version: String,
    /// The interpreter to start inside.
    pub(crate) interpreter: String,
    system: Vec<String>,
    python: Vec<String>,
}

/// Files made for every run, each from a descriptor of its own.
pub(crate) const MADE_FILES: [(&str, &str); 4] = [
    ("/etc/passwd", "root:x:0:0::/:/bin/false\ncandidate:x:1000:1000::/tmp:/bin/false\n"),
    ("/etc/group", "root:x:0:\ncandidate:x:1000:\n"),
    ("/etc/hosts", "127.0.0.1 localhost\n::1 localhost\n"),
    ("/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n"),
];

/// Parts of `/proc` that speak of the host and not of the run.
const MASKED: [&str; 2] = ["/proc/cmdline", "/proc/keys"];
/// The same, of those that only a process of the host's root can read, which ours is when the server is.
const MASKED_FOR_ROOT: [&str; 7] = [
    "/proc/kcore",
    "/proc/kpagecount",
    "/proc/kpageflags",
    "/proc/kpagecgroup",
    "/proc/slabinfo",
    "/proc/timer_list",
    "/proc/vmallocinfo",
];

const DEVICES: [&str; 3] = ["null", "zero", "urandom"];

impl Layout {
    /// Looks for bubblewrap, at `given` or on the usual paths, and asks what it can do.
    pub(crate) fn find(given: Option<&Path>, python: &Python) -> Result<Self, Refusal> {
        let usual = ["/usr/bin/bwrap", "/usr/local/bin/bwrap", "/bin/bwrap"].map(Path::new);
        let found = match given {
            Some(path) => path.exists().then_some(path),
            None => usual.into_iter().find(|path| path.exists()),
        };
        let Some(bwrap) = found else {
            return Err(Refusal::new(
                "bubblewrap is not installed",
                "apt-get install bubblewrap, or cargo xtask prepare",
            ));
        };
        let help = said(bwrap, "--help")?;
        let version = said(bwrap, "--version")?.trim().to_owned();
        let missing: Vec<&str> = NEEDED.iter().copied().filter(|option| !help.contains(option)).collect();
        if !missing.is_empty() {
            let cause = format!("{version} is too old: it has no {}", missing.join(", "));
            return Err(Refusal::new(cause, "install bubblewrap 0.8 or newer"));
        }
        Ok(Self {
            bwrap: bwrap.to_owned(),
            version,
            interpreter: python.executable.clone(),
            system: system(),
            python: environment_of(python),
        })
    }

    /// The options for one run. The filters and made files are given as descriptor numbers.
    pub(crate) fn options(&self, shape: Shape, status: i32, filters: &[i32], made: &[i32]) -> Vec<String> {
        let mut options = self.system.clone();
        for ((path, _), number) in MADE_FILES.iter().zip(made) {
            options.extend(["--file".to_owned(), number.to_string(), (*path).to_owned()]);
        }
        for (folder, size) in [("/box", shape.work_bytes), ("/tmp", shape.work_bytes), ("/dev/shm", shape.shared_bytes)]
        {
            options.extend(["--perms", "0700", "--size"].map(str::to_owned));
            options.extend([size.max(4096).to_string(), "--tmpfs".to_owned(), folder.to_owned()]);
        }
        // After the writable places, so that an environment below /tmp is not covered by them.
        options.extend(self.python.iter().cloned());
        for (name, value) in self.environment() {
            options.extend(["--setenv", name, value].map(str::to_owned));
        }
        // Bubblewrap leaves /proc/sys writable for a process of the host's root, which ours is when the server is: one
        // write to core_pattern would be a way out.
        options.extend(
            ["--remount-ro", "/proc", "--remount-ro", "/", "--chdir", "/box", "--json-status-fd"].map(str::to_owned),
        );
        options.push(status.to_string());
        for number in filters {
            options.extend(["--add-seccomp-fd".to_owned(), number.to_string()]);
        }
        options
    }

    /// The variables a program gets, before its own are added.
    pub(crate) fn environment(&self) -> [(&'static str, &str); 9] {
        environment(folder_of(&self.interpreter))
    }
}

/// The same for any folder of programs.
pub(crate) fn environment(programs: &str) -> [(&'static str, &str); 9] {
    [
        ("PATH", programs),
        ("HOME", "/tmp"),
        ("TMPDIR", "/tmp"),
        ("USER", "candidate"),
        ("LOGNAME", "candidate"),
        ("LANG", "C.UTF-8"),
        ("TZ", "UTC"),
        ("PYTHONDONTWRITEBYTECODE", "1"),
        // The same order of sets in every run: what was observed once is observed again.
        ("PYTHONHASHSEED", "0"),
    ]
}

/// Where an interpreter lies, and the programs of its environment beside it.
pub(crate) fn folder_of(interpreter: &str) -> &str {
    interpreter.rsplit_once('/').map_or("", |(folder, _)| folder)
}

const NEEDED: [&str; 7] =
    ["--disable-userns", "--as-pid-1", "--add-seccomp-fd", "--json-status-fd", "--size", "--perms", "--remount-ro"];

/// The shared libraries that an interpreter is linked with, and the time zones.
const SYSTEM: [&str; 4] = ["/usr/lib", "/usr/lib64", "/usr/lib32", "/usr/share/zoneinfo"];

fn said(bwrap: &Path, option: &str) -> Result<String, Refusal> {
    let output = Command::new(bwrap).arg(option).env_clear().output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).map_err(|error| {
        Refusal::new(format!("{} does not start: {error}", bwrap.display()), "apt-get install --reinstall bubblewrap")
    })
}

fn system() -> Vec<String> {
    let mut options: Vec<String> = [
        "--unshare-all --unshare-user --disable-userns --as-pid-1 --new-session --cap-drop ALL",
        "--uid 1000 --gid 1000 --hostname sandbox --proc /proc",
    ]
    .iter()
    .flat_map(|line| line.split(' '))
    .map(str::to_owned)
    .collect();
    let mut add = |option: &str, from: &str, to: &str| options.extend([option, from, to].map(str::to_owned));
    for folder in SYSTEM {
        add("--ro-bind-try", folder, folder);
    }
    for folder in ["/lib", "/lib64", "/lib32"] {
        match std::fs::read_link(folder) {
            Ok(target) => add("--symlink", &target.to_string_lossy(), folder),
            Err(_) => add("--ro-bind-try", folder, folder),
        }
    }
    for name in DEVICES {
        let device = format!("/dev/{name}");
        add("--dev-bind", &device, &device);
    }
    add("--symlink", "urandom", "/dev/random");
    add("--symlink", "/proc/self/fd", "/dev/fd");
    for (number, name) in ["stdin", "stdout", "stderr"].iter().enumerate() {
        add("--symlink", &format!("/proc/self/fd/{number}"), &format!("/dev/{name}"));
    }
    let for_root: &[&str] = if rustix::process::getuid().is_root() { &MASKED_FOR_ROOT } else { &[] };
    for path in MASKED.iter().chain(for_root).filter(|path| Path::new(path).exists()) {
        add("--ro-bind", "/dev/null", path);
    }
    options
}

fn environment_of(python: &Python) -> Vec<String> {
    let bound = |path: &&String| !SYSTEM.iter().any(|folder| Path::new(path).starts_with(folder));
    python.binds.iter().filter(bound).flat_map(|path| ["--ro-bind".to_owned(), path.clone(), path.clone()]).collect()
}
