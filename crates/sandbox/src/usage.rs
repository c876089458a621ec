//! What a process tree uses, read from `/proc`.

use std::fs;
use std::time::Duration;

use rustix::fs::statfs;

/// One look at a tree.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    /// Processes and threads.
    pub(crate) processes: u64,
    /// Processor time, that of children already waited for included.
    pub(crate) cpu: Duration,
    /// Proportional share of memory plus files in memory; 0 when it was not asked for.
    pub(crate) memory_bytes: u64,
    /// Files and folders in the three writable places.
    pub(crate) files: u64,
}

/// Looks at the tree below `root`, the first process of the sandbox.
///
/// A process that ends while being looked at counts as nothing.
pub(crate) fn sample(root: i32, with_memory: bool) -> Usage {
    let mut usage = Usage::default();
    let (bytes, files) = files_in_memory(root);
    usage.files = files;
    for pid in tree(root) {
        let Some((threads, cpu)) = fs::read_to_string(format!("/proc/{pid}/stat")).ok().and_then(|text| stat(&text))
        else {
            continue;
        };
        usage.processes += if pid == root { 0 } else { threads };
        usage.cpu += cpu;
        if with_memory {
            usage.memory_bytes += share(pid).unwrap_or(0);
        }
    }
    if with_memory {
        usage.memory_bytes += bytes;
    }
    usage
}

/// Every process below `root`, itself first. Orphans are the first process's children, so nothing can step out.
fn tree(root: i32) -> Vec<i32> {
    let mut found = vec![root];
    let mut next = 0;
    while let Some(pid) = found.get(next).copied() {
        next += 1;
        let Ok(tasks) = fs::read_dir(format!("/proc/{pid}/task")) else { continue };
        for task in tasks.flatten() {
            let children = fs::read_to_string(task.path().join("children")).unwrap_or_default();
            found.extend(children.split_whitespace().filter_map(|child| child.parse::<i32>().ok()));
        }
    }
    found
}

/// Threads and processor time from `/proc/<pid>/stat`.
fn stat(text: &str) -> Option<(u64, Duration)> {
    // The second field is a name in brackets that may hold anything, brackets and blanks included.
    let fields: Vec<&str> = text.get(text.rfind(')')? + 1..)?.split_whitespace().collect();
    let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
    let ticks = number(11)? + number(12)? + number(13)? + number(14)?;
    let per_second = rustix::param::clock_ticks_per_second().max(1);
    Some((number(17)?, Duration::from_millis(ticks * 1000 / per_second)))
}

/// The proportional share of memory: shared pages counted once over all who share them.
fn share(pid: i32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    Some(line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()? * 1024)
}

/// Bytes and number of files in the writable places, which are mounts of the run's own that it cannot move.
fn files_in_memory(root: i32) -> (u64, u64) {
    ["box", "tmp", "dev/shm"]
        .iter()
        .filter_map(|place| statfs(format!("/proc/{root}/root/{place}")).ok())
        .map(|found| {
            let block = u64::try_from(found.f_bsize).unwrap_or(4096);
            (found.f_blocks.saturating_sub(found.f_bfree) * block, found.f_files.saturating_sub(found.f_ffree))
        })
        .fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_does_not_shift_the_fields() {
        let rest = "S 1 1 1 0 -1 4194560 100 0 0 0 7 3 20 10 20 0 5 0 100";
        for name in ["python", "a) R 9", "((", ") )"] {
            let (threads, cpu) = stat(&format!("42 ({name}) {rest}")).expect(name);
            assert_eq!(threads, 5);
            assert_eq!(cpu, Duration::from_millis(40 * 1000 / rustix::param::clock_ticks_per_second()));
        }
    }

    #[test]
    fn half_a_line_is_nothing() {
        assert_eq!(stat("42 (python) S 1 1"), None);
        assert_eq!(stat(""), None);
    }

    #[test]
    fn this_process_has_threads_and_memory() {
        let own = i32::try_from(std::process::id()).expect("a pid");
        let usage = sample(own, true);
        assert!(usage.memory_bytes > 100_000, "{usage:?}");
    }
}
