//! Counting memory and processes of a whole tree with cgroup v1, where it is mounted and writable.
//!
//! Moving a process into a group costs ten milliseconds of waiting inside the kernel. With v1 a single thread can stand
//! in a group, and whatever it starts is born there: each slot's thread moves once and no run ever pays for it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::Limits;

/// Where groups can be made.
#[derive(Debug, Clone)]
pub(crate) struct Hierarchy {
    memory: PathBuf,
    pids: PathBuf,
}

/// The group of one slot, in both controllers. Removed on drop, which comes after the end of its thread.
#[derive(Debug)]
pub(crate) struct Group {
    hierarchy: Hierarchy,
    name: String,
}

/// Threads in the group that are not the candidate's: the slot's own, bubblewrap and its reaper.
const OURS: u32 = 3;

impl Hierarchy {
    /// The groups this process stands in, if both controllers let it make groups below them.
    pub(crate) fn find() -> Option<Self> {
        let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
        let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
        let found = Self { memory: locate("memory", &mounts, &groups)?, pids: locate("pids", &mounts, &groups)? };
        found.remove_stale();
        let trial = Group::create(&found).ok()?;
        trial.limit(&Limits::default()).ok()?;
        trial.oom_kills().ok()?;
        Some(found)
    }

    /// Groups of servers that were killed before they could tidy up.
    fn remove_stale(&self) {
        for parent in [&self.memory, &self.pids] {
            let Ok(entries) = fs::read_dir(parent) else { continue };
            for entry in entries.flatten() {
                let name = entry.file_name().to_string_lossy().into_owned();
                let owner = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next());
                if owner.is_some_and(|pid| !Path::new("/proc").join(pid).exists()) {
                    // Someone else may be tidying too; a group that is still in use stays.
                    let _ = remove(&entry.path());
                }
            }
        }
    }
}

const PREFIX: &str = "sandbox-";

impl Group {
    /// A new group, named after this process and a number that no other group of it has.
    pub(crate) fn create(hierarchy: &Hierarchy) -> io::Result<Self> {
        static SERIAL: AtomicU32 = AtomicU32::new(0);
        let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
        let group = Self { hierarchy: hierarchy.clone(), name: format!("{PREFIX}{}-{serial}", std::process::id()) };
        fs::create_dir(group.memory())?;
        fs::create_dir(group.pids())?;
        Ok(group)
    }

    /// Puts the calling thread into the group; what it starts from now on is born there.
    pub(crate) fn enter(&self) -> io::Result<()> {
        fs::write(self.memory().join("tasks"), "0")?;
        fs::write(self.pids().join("tasks"), "0")
    }

    /// Sets the bounds of the next run.
    pub(crate) fn limit(&self, limits: &Limits) -> io::Result<()> {
        let memory = self.memory();
        let with_swap = memory.join("memory.memsw.limit_in_bytes");
        let counts_swap = with_swap.exists();
        // The bound with swap may never be below the one without.
        if counts_swap {
            fs::write(&with_swap, "-1")?;
        }
        fs::write(memory.join("memory.limit_in_bytes"), limits.memory_bytes.to_string())?;
        if counts_swap {
            fs::write(&with_swap, limits.memory_bytes.to_string())?;
        }
        fs::write(self.pids().join("pids.max"), (limits.processes.saturating_add(OURS)).to_string())
    }

    /// How many processes of this group the kernel has killed for want of memory, ever.
    pub(crate) fn oom_kills(&self) -> io::Result<u64> {
        let text = fs::read_to_string(self.memory().join("memory.oom_control"))?;
        let count = text.lines().find_map(|line| line.strip_prefix("oom_kill ")?.trim().parse().ok());
        count.ok_or_else(|| io::Error::other("memory.oom_control has no count"))
    }

    fn memory(&self) -> PathBuf {
        self.hierarchy.memory.join(&self.name)
    }

    fn pids(&self) -> PathBuf {
        self.hierarchy.pids.join(&self.name)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        for folder in [self.memory(), self.pids()] {
            if let Err(error) = remove(&folder) {
                tracing::debug!(%error, folder = %folder.display(), "a control group is left for the next start to remove");
            }
        }
    }
}

/// Removes an empty group. A thread that was joined a moment ago may still be counted in it.
fn remove(folder: &Path) -> io::Result<()> {
    let mut result = fs::remove_dir(folder);
    for _ in 0..50 {
        match &result {
            Err(error) if error.kind() == io::ErrorKind::ResourceBusy => {
                std::thread::sleep(std::time::Duration::from_millis(1));
                result = fs::remove_dir(folder);
            }
            _ => break,
        }
    }
    result
}

/// The folder of this process's own group in the hierarchy of `controller`.
fn locate(controller: &str, mounts: &str, groups: &str) -> Option<PathBuf> {
    let names = |list: &str| list.split(',').any(|name| name == controller);
    let own = groups.lines().find_map(|line| {
        let mut fields = line.splitn(3, ':').skip(1);
        names(fields.next()?).then(|| fields.next())?
    })?;
    mounts.lines().find_map(|line| {
        let (place, kind) = line.split_once(" - ")?;
        let mut kind = kind.split(' ');
        if kind.next()? != "cgroup" || !names(kind.nth(1)?) {
            return None;
        }
        let mut place = place.split(' ').skip(3);
        let (root, point) = (place.next()?, place.next()?);
        let below = Path::new(own).strip_prefix(root).ok()?;
        Some(Path::new(point).join(below))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "\
30 25 0:26 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory
31 25 0:27 /docker/abc /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids
32 25 0:28 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw";

    #[test]
    fn the_own_group_is_found_below_the_mount_of_its_controller() {
        let groups = "8:pids:/docker/abc/inner\n4:memory:/process/17\n0::/";
        assert_eq!(locate("memory", MOUNTS, groups), Some(PathBuf::from("/sys/fs/cgroup/memory/process/17")));
        assert_eq!(locate("pids", MOUNTS, groups), Some(PathBuf::from("/sys/fs/cgroup/pids/inner")));
    }

    #[test]
    fn a_controller_that_is_not_mounted_or_not_reachable_is_not_found() {
        assert_eq!(locate("cpu", MOUNTS, "3:cpu:/"), None);
        assert_eq!(locate("memory", "", "4:memory:/"), None);
        assert_eq!(locate("pids", MOUNTS, "8:pids:/elsewhere"), None);
    }
}
