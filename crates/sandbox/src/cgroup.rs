//! Counting memory and processes of a whole tree in control groups, where this process may make any.
//!
//! Moving a process into a group costs ten milliseconds of waiting inside the kernel. With version 1 a single thread can
//! stand in a group, and whatever it starts is born there: each slot's thread moves once and no run ever pays for it. With
//! version 2 bubblewrap moves itself before it begins, which happens ahead of the run that needs it.

mod split;
mod unified;

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::Limits;

/// Where groups can be made.
#[derive(Debug, Clone)]
pub(crate) enum Hierarchy {
    /// Version 2: one tree for all controllers.
    Unified(unified::Parent),
    /// Version 1: a tree for each controller.
    Split(split::Parents),
}

/// The group of one slot. Removed on drop, which comes after the end of its thread.
#[derive(Debug)]
pub(crate) struct Group {
    hierarchy: Hierarchy,
    name: String,
}

const PREFIX: &str = "sandbox-";

impl Hierarchy {
    /// The groups this process stands in, if they let it make groups below them that count memory and processes.
    pub(crate) fn find() -> Option<Self> {
        let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
        let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
        let split = split::Parents::find(&mounts, &groups).map(Self::Split);
        let found = split.or_else(|| unified::Parent::find(&mounts, &groups).map(Self::Unified))?;
        found.remove_stale();
        let trial = Group::create(&found).ok()?;
        trial.limit(&Limits::default()).ok()?;
        trial.oom_kills().ok()?;
        Some(found)
    }

    /// What it is called, for people.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Unified(_) => "cgroup v2",
            Self::Split(_) => "cgroup v1",
        }
    }

    /// Groups of servers that were killed before they could tidy up.
    fn remove_stale(&self) {
        for parent in self.parents() {
            let Ok(entries) = fs::read_dir(parent) else { continue };
            for entry in entries.flatten() {
                let name = entry.file_name().to_string_lossy().into_owned();
                let owner = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next());
                if owner.is_some_and(|pid| !Path::new("/proc").join(pid).exists()) {
                    if let Self::Unified(_) = self {
                        unified::kill(&entry.path());
                    }
                    // Someone else may be tidying too; a group that is still in use stays.
                    let _ = remove(&entry.path());
                }
            }
        }
    }

    fn parents(&self) -> Vec<&Path> {
        match self {
            Self::Unified(parent) => vec![parent.folder()],
            Self::Split(parents) => parents.folders().to_vec(),
        }
    }
}

impl Group {
    /// A new group, named after this process and a number that no other group of it has.
    pub(crate) fn create(hierarchy: &Hierarchy) -> io::Result<Self> {
        static SERIAL: AtomicU32 = AtomicU32::new(0);
        let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
        let group = Self { hierarchy: hierarchy.clone(), name: format!("{PREFIX}{}-{serial}", std::process::id()) };
        group.folders().iter().try_for_each(fs::create_dir)?;
        Ok(group)
    }

    /// Puts the calling thread into the group where threads can be; what it starts from now on is born there.
    pub(crate) fn enter(&self) -> io::Result<()> {
        match &self.hierarchy {
            Hierarchy::Unified(_) => Ok(()),
            Hierarchy::Split(_) => self.folders().iter().try_for_each(|folder| fs::write(folder.join("tasks"), "0")),
        }
    }

    /// The file in which a process that is started has to put itself, where its thread could not be in the group.
    pub(crate) fn door(&self) -> io::Result<Option<File>> {
        match &self.hierarchy {
            Hierarchy::Unified(parent) => unified::door(&parent.folder().join(&self.name)).map(Some),
            Hierarchy::Split(_) => Ok(None),
        }
    }

    /// Sets the bounds of the next run.
    pub(crate) fn limit(&self, limits: &Limits) -> io::Result<()> {
        match &self.hierarchy {
            Hierarchy::Unified(parent) => unified::limit(&parent.folder().join(&self.name), limits),
            Hierarchy::Split(parents) => parents.limit(&self.name, limits),
        }
    }

    /// How many processes of this group the kernel has killed for want of memory, ever.
    pub(crate) fn oom_kills(&self) -> io::Result<u64> {
        let text = match &self.hierarchy {
            Hierarchy::Unified(parent) => fs::read_to_string(parent.folder().join(&self.name).join("memory.events"))?,
            Hierarchy::Split(parents) => parents.oom_control(&self.name)?,
        };
        let count = text.lines().find_map(|line| line.strip_prefix("oom_kill ")?.trim().parse().ok());
        count.ok_or_else(|| io::Error::other("the group does not count what the kernel kills"))
    }

    fn folders(&self) -> Vec<PathBuf> {
        self.hierarchy.parents().iter().map(|parent| parent.join(&self.name)).collect()
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        for folder in self.folders() {
            if let Err(error) = remove(&folder) {
                tracing::debug!(%error, folder = %folder.display(), "a control group is left for the next start to remove");
            }
        }
    }
}

/// Removes an empty group. What ended a moment ago may still be counted in it.
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

/// The folder of the group `own` of a hierarchy that is mounted as this line of `mountinfo` says.
fn below(mount: &str, own: &str) -> Option<PathBuf> {
    let mut place = mount.split(' ').skip(3);
    let (root, point) = (place.next()?, place.next()?);
    let below = Path::new(own).strip_prefix(root).ok()?;
    Some(Path::new(point).join(below))
}
