//! Version 2: one tree, in which a group has either processes or groups that count.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use super::below;
use crate::Limits;

/// A group without processes that counts memory and processes of the groups below it.
#[derive(Debug, Clone)]
pub(crate) struct Parent(PathBuf);

/// Processes in the group that are not the candidate's: bubblewrap and the keeper.
const OURS: u32 = 2;

/// Where the server itself stands below the group that was given to it. A service manager may put it there at once.
const SERVER: &str = "server";

impl Parent {
    pub(super) fn find(mounts: &str, groups: &str) -> Option<Self> {
        let own = locate(mounts, groups)?;
        let given = if own.ends_with(SERVER) { own.parent()?.to_owned() } else { own };
        counts_below(&given).then_some(Self(given))
    }

    pub(super) fn folder(&self) -> &Path {
        &self.0
    }
}

/// Lets the group count for groups below it. That needs a group without processes, so this one steps aside if it is alone.
fn counts_below(group: &Path) -> bool {
    let controllers = fs::read_to_string(group.join("cgroup.controllers")).unwrap_or_default();
    if !both(&controllers) {
        return false;
    }
    let counts = || both(&fs::read_to_string(group.join("cgroup.subtree_control")).unwrap_or_default());
    let ask = || fs::write(group.join("cgroup.subtree_control"), "+memory +pids").is_ok() && counts();
    counts() || ask() || (step_aside(group).is_ok() && ask())
}

fn both(controllers: &str) -> bool {
    ["memory", "pids"].iter().all(|wanted| controllers.split_whitespace().any(|name| name == *wanted))
}

fn step_aside(group: &Path) -> io::Result<()> {
    let own = std::process::id().to_string();
    let processes = fs::read_to_string(group.join("cgroup.procs"))?;
    if processes.split_whitespace().any(|pid| pid != own) {
        return Err(io::Error::other("other processes stand in the same group"));
    }
    let aside = group.join(SERVER);
    if !aside.exists() {
        fs::create_dir(&aside)?;
    }
    fs::write(aside.join("cgroup.procs"), own)
}

pub(super) fn door(group: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).open(group.join("cgroup.procs"))
}

pub(super) fn limit(group: &Path, limits: &Limits) -> io::Result<()> {
    fs::write(group.join("memory.max"), limits.memory_bytes.to_string())?;
    let swap = group.join("memory.swap.max");
    if swap.exists() {
        fs::write(swap, "0")?;
    }
    fs::write(group.join("pids.max"), limits.processes.saturating_add(OURS).to_string())
}

/// Ends everything in a group.
pub(super) fn kill(group: &Path) {
    // Kernels before 5.14 have no such file; what is in the group then ends by itself, as the server is gone.
    let _ = fs::write(group.join("cgroup.kill"), "1");
}

/// The folder of this process's own group.
fn locate(mounts: &str, groups: &str) -> Option<PathBuf> {
    let own = groups.lines().find_map(|line| line.strip_prefix("0::"))?;
    mounts.lines().find_map(|line| {
        let (place, kind) = line.split_once(" - ")?;
        kind.starts_with("cgroup2 ").then(|| below(place, own))?
    })
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;
    use crate::spawn::{Program, Streams, spawn};

    #[test]
    fn the_own_group_is_found_below_the_mount() {
        let mounts = "\
30 25 0:26 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory
32 25 0:28 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw";
        let own = PathBuf::from("/sys/fs/cgroup/system.slice/caveat.service");
        assert_eq!(locate(mounts, "4:memory:/x\n0::/system.slice/caveat.service"), Some(own));
        assert_eq!(locate(mounts, "4:memory:/x"), None);
        assert_eq!(locate("", "0::/"), None);
    }

    #[test]
    fn a_group_counts_only_with_both_controllers_and_without_strangers() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("a file");
        assert!(!counts_below(folder.path()), "no group at all");
        write("cgroup.controllers", "cpu memory");
        assert!(!counts_below(folder.path()), "nothing counts processes");
        write("cgroup.controllers", "cpu memory pids");
        write("cgroup.subtree_control", "memory pids");
        assert!(counts_below(folder.path()));
        write("cgroup.procs", &format!("{}\n1\n", std::process::id()));
        assert!(step_aside(folder.path()).is_err(), "somebody else stands there");
        assert!(!folder.path().join(SERVER).exists());
        write("cgroup.procs", &format!("{}\n", std::process::id()));
        step_aside(folder.path()).expect("alone");
        let moved = fs::read_to_string(folder.path().join(SERVER).join("cgroup.procs")).expect("moved");
        assert_eq!(moved, std::process::id().to_string());
    }

    #[test]
    fn limits_are_written_as_the_kernel_reads_them() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("memory.swap.max"), "max").expect("a file");
        limit(folder.path(), &Limits { memory_bytes: 1 << 20, processes: 5, ..Limits::default() }).expect("limits");
        let read = |name: &str| fs::read_to_string(folder.path().join(name)).expect(name);
        assert_eq!([read("memory.max"), read("memory.swap.max"), read("pids.max")], ["1048576", "0", "7"]);
    }

    /// Needs a tree of version 2 in which groups may be made, with or without controllers.
    #[test]
    fn a_process_goes_through_the_door_before_it_begins() {
        let roots = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"].map(Path::new);
        let name = format!("sandbox-test-{}", std::process::id());
        let made = roots.iter().map(|root| root.join(&name)).find(|group| {
            group.parent().is_some_and(|root| root.join("cgroup.procs").exists()) && fs::create_dir(group).is_ok()
        });
        let Some(group) = made else {
            let under_ci = std::env::var("CI").is_ok_and(|value| value == "true" || value == "1");
            assert!(!under_ci, "not tried: mount a tree of cgroup version 2 and start the tests as root");
            return;
        };
        let door = door(&group).expect("a door");
        let null = || File::open("/dev/null").expect("null").into();
        let (mut said, stdout) = std::io::pipe().expect("a pipe");
        let streams = Streams { stdin: null(), stdout: stdout.into(), stderr: null() };
        let args = ["/proc/self/cgroup".to_owned()];
        let cat = Program { file: Path::new("/bin/cat"), args: &args, environment: &[], folder: Path::new("/") };
        let mut child = spawn(cat, streams, &[], Some(&door));
        let mut text = String::new();
        said.read_to_string(&mut text).expect("text");
        child.as_mut().expect("a child").wait().expect("an end");
        super::super::remove(&group).expect("an empty group");
        assert!(text.contains(&name), "{text}");
    }
}
