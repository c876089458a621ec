//! Starting a program with nothing inherited but what is named. The only unsafe code of this crate.
#![allow(unsafe_code)]

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rustix::io::{FdFlags, fcntl_setfd};

/// The three standard streams of the child.
pub(crate) struct Streams {
    pub(crate) stdin: OwnedFd,
    pub(crate) stdout: OwnedFd,
    pub(crate) stderr: OwnedFd,
}

/// What is started.
pub(crate) struct Program<'a> {
    pub(crate) file: &'a Path,
    pub(crate) args: &'a [String],
    pub(crate) environment: &'a [(&'a str, &'a str)],
    /// Where it begins.
    pub(crate) folder: &'a Path,
}

/// Starts `program` with no variables but its own and no descriptors but the streams and `passed`, which keep their numbers.
///
/// With `door`, the file of a control group's processes, the child goes through it first.
///
/// Nothing ties the child's life to ours: killed while it sets up a sandbox, bubblewrap would leave a child behind that
/// waits for ever. The trusted program inside notices that we are gone.
pub(crate) fn spawn(
    program: Program<'_>,
    streams: Streams,
    passed: &[OwnedFd],
    door: Option<&File>,
) -> io::Result<Child> {
    let numbers: Vec<RawFd> = passed.iter().map(AsRawFd::as_raw_fd).collect();
    let door = door.map(AsRawFd::as_raw_fd);
    let mut command = Command::new(program.file);
    command.args(program.args).env_clear().envs(program.environment.iter().copied()).current_dir(program.folder);
    command.stdin(Stdio::from(streams.stdin)).stdout(Stdio::from(streams.stdout)).stderr(Stdio::from(streams.stderr));
    // SAFETY: between fork and exec only async-signal-safe system calls are made and nothing is allocated: the vector
    // was filled before the fork and is only read.
    unsafe {
        command.pre_exec(move || prepare(&numbers, door));
    }
    command.spawn()
}

fn prepare(passed: &[RawFd], door: Option<RawFd>) -> io::Result<()> {
    if let Some(number) = door {
        // SAFETY: the parent owns this descriptor until spawn has returned, so it is open here.
        let descriptor = unsafe { BorrowedFd::borrow_raw(number) };
        rustix::io::write(descriptor, b"0")?;
    }
    // Libraries of the server may hold descriptors without close-on-exec. Marking, not closing: the standard library
    // still needs its own pipe to report a failed exec.
    // SAFETY: close_range with CLOEXEC touches flags only; no descriptor is closed under anybody's feet.
    let marked = unsafe { libc::syscall(libc::SYS_close_range, 3_u32, u32::MAX, libc::CLOSE_RANGE_CLOEXEC) };
    if marked != 0 {
        return Err(io::Error::last_os_error());
    }
    for number in passed {
        // SAFETY: the parent owns these descriptors until spawn has returned, so they are open here.
        let descriptor = unsafe { BorrowedFd::borrow_raw(*number) };
        fcntl_setfd(descriptor, FdFlags::empty())?;
    }
    Ok(())
}
