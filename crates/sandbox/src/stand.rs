//! Setting up one run: bubblewrap started where there is one, the trusted program inside waiting for its payload.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{MemfdFlags, SealFlags, SeekFrom, fcntl_add_seals, memfd_create, seek};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{
    Pid, PidfdFlags, Signal, WaitId, WaitIdOptions, kill_process_group, pidfd_open, pidfd_send_signal, waitid,
};
use serde::Deserialize;
use tempfile::TempDir;

use crate::cgroup::Group;
use crate::layout::{self, Layout, MADE_FILES};
use crate::spawn::{Program, Streams, spawn};
use crate::{Error, Limits, orphans};

/// What every slot needs, the same for all runs.
#[derive(Debug)]
pub(crate) struct Means {
    pub(crate) walls: Walls,
    pub(crate) driver: String,
}

/// What keeps runs inside.
#[derive(Debug)]
pub(crate) enum Walls {
    /// Bubblewrap and two filters for system calls.
    Sandbox { layout: Layout, filters: [Vec<u8>; 2] },
    /// Nothing: each run has a folder of its own below `scratch` and a process group.
    Trust { interpreter: PathBuf, scratch: PathBuf },
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
    /// The outermost process: bubblewrap, or else the first one itself.
    pub(crate) outermost_descriptor: OwnedFd,
    outermost: Child,
    kind: Kind,
}

enum Kind {
    /// Bubblewrap says which process is the first, if it gets so far, and how it ended.
    Walled { begun: bool, status: BufReader<File> },
    /// The folder is removed with the run.
    Unwalled { _folder: TempDir },
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
    /// The group of a run without walls, as long as its number cannot be somebody else's.
    group: Mutex<Option<Pid>>,
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
        if let Some(group) = *self.group() {
            let _ = kill_process_group(group, Signal::KILL);
        }
        // It may be gone already, which is what was wanted.
        let _ = pidfd_send_signal(&self.first_process, Signal::KILL);
    }

    fn group(&self) -> MutexGuard<'_, Option<Pid>> {
        self.group.lock().unwrap_or_else(PoisonError::into_inner)
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
    /// Whether what it uses can be looked at as a tree of its own.
    pub(crate) fn is_walled(&self) -> bool {
        matches!(self.kind, Kind::Walled { .. })
    }

    /// Waits until no process is left; the status of the program, if anybody knows it.
    pub(crate) fn clear_away(&mut self) -> Option<i32> {
        match &mut self.kind {
            Kind::Unwalled { .. } => {
                while !ended_within(&self.outermost_descriptor, Duration::from_millis(50)) {}
                // Not waited for yet, it still holds its number, which is that of the group.
                if let Some(group) = self.running.group().take() {
                    let _ = kill_process_group(group, Signal::KILL);
                }
                self.outermost.wait().ok()?.code()
            }
            Kind::Walled { begun, status } => {
                let _ = self.outermost.wait();
                if !*begun {
                    orphans::end();
                }
                while !ended_within(&self.running.first_process, Duration::from_millis(50)) {
                    // Bubblewrap went first, killed from outside perhaps. What it watched over must not stay.
                    let _ = pidfd_send_signal(&self.running.first_process, Signal::KILL);
                }
                // The remains of what outlived its bubblewrap fall to the machine's first process. In a container that
                // may be this one.
                let remains = WaitId::PidFd(self.running.first_process.as_fd());
                let _ = waitid(remains, WaitIdOptions::EXITED | WaitIdOptions::NOHANG);
                let mut rest = String::new();
                let _ = status.read_to_string(&mut rest);
                last_status(&rest)
            }
        }
    }
}

fn last_status(text: &str) -> Option<i32> {
    #[derive(Deserialize)]
    struct Done {
        #[serde(rename = "exit-code")]
        exit_code: i32,
    }
    text.lines().rev().find_map(|line| serde_json::from_str::<Done>(line).ok()).map(|done| done.exit_code)
}

impl Drop for Stood {
    fn drop(&mut self) {
        self.running.kill(Cause::Abandoned);
        self.clear_away();
    }
}

/// Sets up one run.
pub(crate) fn stand(means: &Means, shape: Shape, group: Option<&Group>) -> Result<Stood, Error> {
    match &means.walls {
        Walls::Sandbox { layout, filters } => walled(layout, filters, &means.driver, shape, group),
        Walls::Trust { interpreter, scratch } => unwalled(interpreter, scratch, &means.driver, shape),
    }
}

/// The other ends of the pipes.
struct Inside {
    streams: Streams,
    payload: OwnedFd,
    result: OwnedFd,
}

fn pipes() -> Result<(Inside, Ends), Error> {
    let (stdin_inner, stdin) = pipe()?;
    let (stdout, stdout_inner) = pipe()?;
    let (stderr, stderr_inner) = pipe()?;
    let (payload_inner, payload) = pipe()?;
    let (result, result_inner) = pipe()?;
    let streams = Streams { stdin: stdin_inner, stdout: stdout_inner, stderr: stderr_inner };
    let inside = Inside { streams, payload: payload_inner, result: result_inner };
    Ok((inside, Ends { stdin, stdout, stderr, payload, result }))
}

fn walled(
    layout: &Layout,
    filters: &[Vec<u8>],
    driver: &str,
    shape: Shape,
    group: Option<&Group>,
) -> Result<Stood, Error> {
    let (Inside { streams, payload, result }, ends) = pipes()?;
    let (status, status_inner) = pipe()?;
    let mut passed = vec![status_inner];
    for text in filters.iter().map(Vec::as_slice).chain(MADE_FILES.iter().map(|(_, text)| text.as_bytes())) {
        passed.push(sealed(text)?);
    }
    let numbers: Vec<i32> = passed.iter().map(AsRawFd::as_raw_fd).collect();
    let options = layout.options(shape, numbers[0], &numbers[1..3], &numbers[3..]).join("\0");
    let options = sealed(options.as_bytes())?;
    // Bubblewrap must be able to write its status even when we are gone, or it dies before it has released its child.
    let reader = status.try_clone().map_err(Error::system("passing a pipe"))?;
    let mut args = ["--args", &number(&options), "--", &layout.interpreter].map(str::to_owned).to_vec();
    args.extend(keeper(driver, &payload, &result, &number(&reader)));
    passed.extend([options, payload, result, reader]);
    let door = group.map(Group::door).transpose().map_err(Error::system("opening the control group"))?.flatten();
    let bwrap = Program { file: &layout.bwrap, args: &args, environment: &[], folder: Path::new("/") };
    let bwrap = spawn(bwrap, streams, &passed, door.as_ref()).map_err(Error::system("starting bubblewrap"))?;
    drop(passed);
    let mut status = BufReader::new(File::from(status));
    // One that never got so far has said why on its standard error, which the other side reads; it is watched itself.
    let told = first_process(&mut status);
    let kind = Kind::Walled { begun: told.is_some(), status };
    Stood::new(bwrap, told, None, shape, ends, kind)
}

fn unwalled(interpreter: &Path, scratch: &Path, driver: &str, shape: Shape) -> Result<Stood, Error> {
    let folder = tempfile::Builder::new().prefix("run-").tempdir_in(scratch);
    let folder = folder.map_err(Error::system("making a folder for the run"))?;
    let (Inside { streams, payload, result }, ends) = pipes()?;
    let args = keeper(driver, &payload, &result, "unwalled");
    let programs = interpreter.parent().unwrap_or(Path::new("")).to_string_lossy();
    let environment = layout::environment(&programs);
    let python = Program { file: interpreter, args: &args, environment: &environment, folder: folder.path() };
    let python = spawn(python, streams, &[payload, result], None).map_err(Error::system("starting Python"))?;
    let group = i32::try_from(python.id()).ok().and_then(Pid::from_raw);
    Stood::new(python, None, group, shape, ends, Kind::Unwalled { _folder: folder })
}

impl Stood {
    fn new(
        outermost: Child,
        first_process: Option<i32>,
        group: Option<Pid>,
        shape: Shape,
        ends: Ends,
        kind: Kind,
    ) -> Result<Self, Error> {
        let first_process = first_process.unwrap_or(i32::try_from(outermost.id()).unwrap_or(i32::MAX));
        let running = Running {
            first_process: pidfd(first_process.unsigned_abs())?,
            group: Mutex::new(group),
            cause: OnceLock::new(),
            unpacked: AtomicBool::new(false),
        };
        Ok(Self {
            running: Arc::new(running),
            shape,
            ends: Some(ends),
            first_process,
            outermost_descriptor: pidfd(outermost.id())?,
            outermost,
            kind,
        })
    }
}

/// The arguments with which Python becomes the keeper.
fn keeper(driver: &str, payload: &OwnedFd, result: &OwnedFd, third: &str) -> Vec<String> {
    ["-s", "-S", "-B", "-P", "-c", driver, &number(payload), &number(result), third].map(str::to_owned).to_vec()
}

fn number(descriptor: &OwnedFd) -> String {
    descriptor.as_raw_fd().to_string()
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
    let pid = pid.ok_or_else(|| Error::Setup("what was started has no process number".to_owned()))?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_that_bubblewrap_never_reported_is_unknown() {
        assert_eq!(last_status(""), None);
        assert_eq!(last_status("{ \"exit-code\": 3 }\n"), Some(3));
        assert_eq!(last_status("{ \"exit-co"), None);
    }
}
