//! Setting up one sandbox: bubblewrap started, the trusted program inside waiting for its payload.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::process::Child;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{MemfdFlags, SealFlags, SeekFrom, fcntl_add_seals, memfd_create, seek};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Pid, PidfdFlags, Signal, WaitId, WaitIdOptions, pidfd_open, pidfd_send_signal, waitid};
use serde::Deserialize;

use crate::cgroup::Group;
use crate::layout::{Layout, MADE_FILES};
use crate::spawn::{Streams, spawn};
use crate::{Error, Limits, orphans};

/// What every slot needs, the same for all runs.
#[derive(Debug)]
pub(crate) struct Means {
    pub(crate) layout: Layout,
    pub(crate) filters: [Vec<u8>; 2],
    pub(crate) driver: String,
}

/// What is settled when a sandbox is set up; every other limit comes with the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Size of the work directory and of `/tmp`.
    pub(crate) work_bytes: u64,
    /// Size of `/dev/shm`.
    pub(crate) shared_bytes: u64,
}

impl Shape {
    pub(crate) fn of(limits: &Limits) -> Self {
        Self { work_bytes: limits.work_bytes, shared_bytes: limits.file_bytes }
    }
}

/// A sandbox that stands. Dropping it ends it.
pub(crate) struct Stood {
    pub(crate) running: Arc<Running>,
    pub(crate) shape: Shape,
    /// Until a run has taken them.
    pub(crate) ends: Option<Ends>,
    /// The first process of the process namespace, by its number outside.
    pub(crate) first_process: i32,
    pub(crate) bwrap_descriptor: OwnedFd,
    bwrap: Child,
    /// Whether bubblewrap said which process is the first.
    begun: bool,
    status: BufReader<File>,
}

/// Our ends of the pipes into a sandbox.
#[derive(Debug)]
pub(crate) struct Ends {
    pub(crate) stdin: OwnedFd,
    pub(crate) stdout: OwnedFd,
    pub(crate) stderr: OwnedFd,
    pub(crate) payload: OwnedFd,
    pub(crate) result: OwnedFd,
}

/// A sandbox as its watchers share it.
#[derive(Debug)]
pub(crate) struct Running {
    first_process: OwnedFd,
    cause: OnceLock<Cause>,
    unpacked: AtomicBool,
}

/// Why we ended a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    Wall,
    Cpu,
    Memory,
    Processes,
    Files,
    Output,
    Abandoned,
}

impl Running {
    /// Ends the run: killing the first process of a process namespace kills all of it. The first cause stays.
    pub(crate) fn kill(&self, cause: Cause) {
        let _ = self.cause.set(cause);
        // It may be gone already, which is what was wanted.
        let _ = pidfd_send_signal(&self.first_process, Signal::KILL);
    }

    /// Why it was ended, if we did it.
    pub(crate) fn cause(&self) -> Option<Cause> {
        self.cause.get().copied()
    }

    /// From here on the candidate's code runs and its usage counts.
    pub(crate) fn unpacked(&self) {
        self.unpacked.store(true, Ordering::Release);
    }

    pub(crate) fn is_unpacked(&self) -> bool {
        self.unpacked.load(Ordering::Acquire)
    }
}

impl Stood {
    /// Waits until no process is left.
    pub(crate) fn clear_away(&mut self) {
        let _ = self.bwrap.wait();
        if !self.begun {
            orphans::end();
        }
        while !ended_within(&self.running.first_process, Duration::from_millis(50)) {
            // Bubblewrap went first, killed from outside perhaps. What it watched over must not stay.
            let _ = pidfd_send_signal(&self.running.first_process, Signal::KILL);
        }
        // The remains of what outlived its bubblewrap fall to the machine's first process. In a container that may be
        // this one.
        let _ =
            waitid(WaitId::PidFd(self.running.first_process.as_fd()), WaitIdOptions::EXITED | WaitIdOptions::NOHANG);
    }

    /// What bubblewrap reported at the end.
    pub(crate) fn rest_of_status(&mut self) -> String {
        let mut rest = String::new();
        let _ = self.status.read_to_string(&mut rest);
        rest
    }
}

impl Drop for Stood {
    fn drop(&mut self) {
        self.running.kill(Cause::Abandoned);
        self.clear_away();
    }
}

/// Sets up one sandbox.
pub(crate) fn stand(means: &Means, shape: Shape, group: Option<&Group>) -> Result<Stood, Error> {
    let (stdin_inner, stdin) = pipe()?;
    let (stdout, stdout_inner) = pipe()?;
    let (stderr, stderr_inner) = pipe()?;
    let (payload_inner, payload) = pipe()?;
    let (result, result_inner) = pipe()?;
    let (status, status_inner) = pipe()?;
    let mut passed = vec![status_inner];
    for text in means.filters.iter().map(Vec::as_slice).chain(MADE_FILES.iter().map(|(_, text)| text.as_bytes())) {
        passed.push(sealed(text)?);
    }
    let numbers: Vec<i32> = passed.iter().map(AsRawFd::as_raw_fd).collect();
    let options = means.layout.options(shape, numbers[0], &numbers[1..3], &numbers[3..]).join("\0");
    let options = sealed(options.as_bytes())?;
    // Bubblewrap must be able to write its status even when we are gone, or it dies before it has released its child.
    let reader = status.try_clone().map_err(Error::system("passing a pipe"))?;
    let args = arguments(means, &options, [&payload_inner, &result_inner, &reader]);
    passed.extend([options, payload_inner, result_inner, reader]);
    let streams = Streams { stdin: stdin_inner, stdout: stdout_inner, stderr: stderr_inner };
    let door = group.map(Group::door).transpose().map_err(Error::system("opening the control group"))?.flatten();
    let bwrap = spawn(&means.layout.bwrap, &args, streams, &passed, door.as_ref())
        .map_err(Error::system("starting bubblewrap"))?;
    drop(passed);
    let bwrap_descriptor = pidfd(bwrap.id())?;
    let mut status = BufReader::new(File::from(status));
    // One that never got so far has said why on its standard error, which the other side reads; it is watched itself.
    let told = first_process(&mut status);
    let first_process = told.unwrap_or(i32::try_from(bwrap.id()).unwrap_or(i32::MAX));
    let running = Running {
        first_process: pidfd(first_process.unsigned_abs())?,
        cause: OnceLock::new(),
        unpacked: AtomicBool::new(false),
    };
    let ends = Ends { stdin, stdout, stderr, payload, result };
    Ok(Stood {
        running: Arc::new(running),
        shape,
        ends: Some(ends),
        first_process,
        bwrap_descriptor,
        bwrap,
        begun: told.is_some(),
        status,
    })
}

fn arguments(means: &Means, options: &OwnedFd, channels: [&OwnedFd; 3]) -> Vec<String> {
    let number = |descriptor: &OwnedFd| descriptor.as_raw_fd().to_string();
    let mut args = vec!["--args".to_owned(), number(options), "--".to_owned(), means.layout.interpreter.clone()];
    args.extend(["-s", "-S", "-B", "-P", "-c", &means.driver].map(str::to_owned));
    args.extend(channels.map(number));
    args
}

fn first_process(status: &mut impl BufRead) -> Option<i32> {
    #[derive(Deserialize)]
    struct Begun {
        #[serde(rename = "child-pid")]
        child_pid: i32,
    }
    let mut line = String::new();
    status.read_line(&mut line).ok()?;
    serde_json::from_str::<Begun>(&line).ok().map(|begun| begun.child_pid)
}

/// Text in memory behind a descriptor that can be read from the start and never be written again.
fn sealed(text: &[u8]) -> Result<OwnedFd, Error> {
    let failed = "passing text to bubblewrap";
    let file =
        memfd_create("sandbox", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING).map_err(Error::errno(failed))?;
    let mut left = text;
    while !left.is_empty() {
        let written = rustix::io::write(&file, left).map_err(Error::errno(failed))?;
        left = &left[written..];
    }
    seek(&file, SeekFrom::Start(0)).map_err(Error::errno(failed))?;
    fcntl_add_seals(&file, SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL)
        .map_err(Error::errno(failed))?;
    Ok(file)
}

fn pidfd(pid: u32) -> Result<OwnedFd, Error> {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    let pid = pid.ok_or_else(|| Error::Setup("bubblewrap has no process number".to_owned()))?;
    pidfd_open(pid, PidfdFlags::empty()).map_err(Error::errno("watching a process"))
}

/// Whether a process ended within this time.
pub(crate) fn ended_within(process: &OwnedFd, time: Duration) -> bool {
    let mut watched = [PollFd::from_borrowed_fd(process.as_fd(), PollFlags::IN)];
    let time = Timespec { tv_sec: time.as_secs().cast_signed(), tv_nsec: time.subsec_nanos().into() };
    poll(&mut watched, Some(&time)).is_ok_and(|count| count > 0)
}

fn pipe() -> Result<(OwnedFd, OwnedFd), Error> {
    pipe_with(PipeFlags::CLOEXEC).map_err(Error::errno("making a pipe"))
}
