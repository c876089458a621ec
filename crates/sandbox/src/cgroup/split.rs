//! Version 1: memory and processes are counted in two trees.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::below;
use crate::Limits;

/// The groups this process stands in, below which others can be made.
#[derive(Debug, Clone)]
pub(crate) struct Parents {
    memory: PathBuf,
    pids: PathBuf,
}

/// Threads in the group that are not the candidate's: the slot's own, bubblewrap and the keeper.
const OURS: u32 = 3;

impl Parents {
    pub(super) fn find(mounts: &str, groups: &str) -> Option<Self> {
        Some(Self { memory: locate("memory", mounts, groups)?, pids: locate("pids", mounts, groups)? })
    }

    pub(super) fn folders(&self) -> [&Path; 2] {
        [&self.memory, &self.pids]
    }

    pub(super) fn limit(&self, name: &str, limits: &Limits) -> io::Result<()> {
        let memory = self.memory.join(name);
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
        fs::write(self.pids.join(name).join("pids.max"), (limits.processes.saturating_add(OURS)).to_string())
    }

    pub(super) fn oom_control(&self, name: &str) -> io::Result<String> {
        fs::read_to_string(self.memory.join(name).join("memory.oom_control"))
    }
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
        below(place, own)
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
