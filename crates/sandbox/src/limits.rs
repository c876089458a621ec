//! The bounds of one run.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The bounds of one run. Every one of them is enforced; [`crate::Isolation`] says by what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// From when its turn comes to its end.
    pub wall: Duration,
    /// Processor time of the whole tree, in whole seconds for a single process.
    pub cpu: Duration,
    /// Memory of the whole tree, files in the work directory included.
    pub memory_bytes: u64,
    /// Processes and threads at one time.
    pub processes: u32,
    /// Size of any one file written.
    pub file_bytes: u64,
    /// Size of all files in the work directory; `/tmp` has as much again.
    pub work_bytes: u64,
    /// Number of files and folders in the work directory, `/tmp` and `/dev/shm` together.
    pub work_files: u64,
    /// Kept of each of the two output streams. The rest is dropped, and sixteen times as much ends the run.
    pub output_bytes: usize,
    /// Open descriptors of one process.
    pub descriptors: u32,
}

/// What the kernel counts by itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counting {
    /// Memory of the whole tree.
    pub(crate) memory: bool,
    /// Processes of one owner within each run. Before Linux 5.14 it counts them over all runs, so that a limit on one run
    /// would be used up by another.
    pub(crate) processes_of_each_run: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            wall: Duration::from_secs(20),
            cpu: Duration::from_secs(20),
            memory_bytes: 512 << 20,
            processes: 64,
            file_bytes: 16 << 20,
            work_bytes: 64 << 20,
            work_files: 20_000,
            output_bytes: 256 << 10,
            descriptors: 256,
        }
    }
}

impl Limits {
    /// How much of one stream is read at most before the run is ended.
    pub(crate) fn flood_bytes(&self) -> usize {
        self.output_bytes.saturating_mul(16)
    }

    /// Name, soft and hard value of every limit that the kernel keeps for each process.
    pub(crate) fn rlimits(&self, counting: Counting) -> Vec<(&'static str, u64, u64)> {
        let cpu = self.cpu.as_secs() + u64::from(self.cpu.subsec_nanos() > 0);
        let both = |name, value| (name, value, value);
        let mut limits = vec![
            ("RLIMIT_CPU", cpu, cpu + 1),
            both("RLIMIT_FSIZE", self.file_bytes),
            both("RLIMIT_NOFILE", self.descriptors.into()),
            both("RLIMIT_CORE", 0),
            both("RLIMIT_MEMLOCK", 64 << 10),
            both("RLIMIT_MSGQUEUE", 0),
            both("RLIMIT_SIGPENDING", 1024),
            both("RLIMIT_RTPRIO", 0),
            both("RLIMIT_NICE", 0),
        ];
        if counting.processes_of_each_run {
            // The keeper has the same owner and counts.
            limits.push(both("RLIMIT_NPROC", u64::from(self.processes) + 1));
        }
        if !counting.memory {
            // Between two looks at the tree one process can grow by no more than this.
            limits.push(both("RLIMIT_DATA", self.memory_bytes.saturating_mul(2)));
        }
        limits
    }
}
