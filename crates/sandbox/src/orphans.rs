//! What a bubblewrap leaves behind that was killed at the wrong moment.
//!
//! Between making its child and releasing it, bubblewrap can be killed (by hand, or for want of memory). The child has run
//! nothing then and waits for ever, and no pipe of ours wakes it. A server that is killed leaves no such thing: bubblewrap
//! finishes its work, and the trusted program inside finds its payload closed and ends.

use std::fs;

use rustix::process::{Pid, Signal, kill_process};

use crate::driver::PROGRAM;

/// Ends such children, of this server or an earlier one.
pub(crate) fn end() {
    let Ok(entries) = fs::read_dir("/proc") else { return };
    for pid in entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok()) {
        let read = |pid: i32, name: &str| fs::read(format!("/proc/{pid}/{name}")).unwrap_or_default();
        let status = |pid| String::from_utf8_lossy(&read(pid, "status")).into_owned();
        let own = status(pid);
        let of_parent = parent(&own).map(status).unwrap_or_default();
        if !waits_unreleased(&own, &of_parent) || !holds(&read(pid, "cmdline"), PROGRAM.as_bytes()) {
            continue;
        }
        if let Some(pid) = Pid::from_raw(pid) {
            // Someone else may have been faster.
            let _ = kill_process(pid, Signal::KILL);
        }
    }
}

const OF_BUBBLEWRAP: &str = "Name:\tbwrap\n";

/// Whether this is bubblewrap as the first process of a namespace, and who made that namespace is gone: its parent now
/// stands outside and is no bubblewrap. One that makes a namespace stands in the same as its parent.
fn waits_unreleased(own: &str, of_parent: &str) -> bool {
    let depth = |status| field(status, "NSpid:").map_or(0, |numbers| numbers.split_whitespace().count());
    own.starts_with(OF_BUBBLEWRAP) && !of_parent.starts_with(OF_BUBBLEWRAP) && depth(own) > depth(of_parent)
}

fn parent(status: &str) -> Option<i32> {
    field(status, "PPid:")?.trim().parse().ok()
}

fn field<'a>(status: &'a str, name: &str) -> Option<&'a str> {
    status.lines().find_map(|line| line.strip_prefix(name))
}

fn holds(line: &[u8], word: &[u8]) -> bool {
    line.split(|byte| *byte == 0).any(|argument| argument == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_bubblewrap_whose_maker_is_gone_waits_unreleased() {
        let status = |name: &str, numbers: &str| format!("Name:\t{name}\nPPid:\t17\nNSpid:\t{numbers}\n");
        let waiting = status("bwrap", "4242\t1");
        assert!(waits_unreleased(&waiting, &status("init", "1")));
        assert!(!waits_unreleased(&waiting, &status("bwrap", "4241")), "its maker is at work");
        assert!(!waits_unreleased(&status("python", "4242\t1"), &status("init", "1")), "it was released");
        assert!(!waits_unreleased(&status("bwrap", "4242"), &status("caveat", "17")), "it is the maker");
        assert!(!waits_unreleased(&status("bwrap", "4242\t9"), &status("caveat", "17\t1")), "the maker in a container");
        assert!(!waits_unreleased("", ""));
        assert_eq!(parent(&waiting), Some(17));
    }

    #[test]
    fn only_a_whole_argument_is_our_program() {
        assert!(holds(b"bwrap\0-c\0program\0", b"program"));
        assert!(!holds(b"bwrap\0-c\0programs\0", b"program"));
    }
}
