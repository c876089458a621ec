//! One run at a time: a thread that starts a sandbox, watches over its limits and sees it gone.
//!
//! Threads and not tasks, for three reasons. Bubblewrap dies with the *thread* that started it, so that thread must not
//! be one that a runtime retires. A run is born in its thread's control group. And limits hold when the runtime is busy.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::process::Child;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{MemfdFlags, SealFlags, SeekFrom, fcntl_add_seals, memfd_create, seek};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Pid, PidfdFlags, Signal, WaitId, WaitIdOptions, pidfd_open, pidfd_send_signal, waitid};
use serde::Deserialize;
use tokio::sync::oneshot;

use crate::cgroup::{Group, Hierarchy};
use crate::layout::{Layout, MADE_FILES};
use crate::spawn::{Streams, spawn};
use crate::usage::{Usage, sample};
use crate::{Error, Limits};

/// The threads, and the queue they all take from.
#[derive(Debug)]
pub(crate) struct Slots {
    queue: Option<mpsc::Sender<Task>>,
    threads: Vec<JoinHandle<Option<Group>>>,
}

/// One run as a slot needs it: the inner ends of its pipes.
pub(crate) struct Task {
    pub(crate) limits: Limits,
    pub(crate) streams: Streams,
    pub(crate) payload: OwnedFd,
    pub(crate) result: OwnedFd,
    /// Told once, when the sandbox stands or could not be started.
    pub(crate) started: oneshot::Sender<Result<Arc<Running>, Error>>,
    /// Told once, when no process of the run is left.
    pub(crate) ended: oneshot::Sender<Ended>,
}

/// A sandbox that stands, as its watchers share it.
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

/// What is known when no process is left.
#[derive(Debug)]
pub(crate) struct Ended {
    /// The program's status as bubblewrap reports it; nothing when it never said.
    pub(crate) status: Option<i32>,
    /// Our own reason to end it.
    pub(crate) cause: Option<Cause>,
    /// From the start of the sandbox.
    pub(crate) wall: Duration,
}

impl Running {
    /// Ends the run: killing the first process of a process namespace kills all of it. The first cause stays.
    pub(crate) fn kill(&self, cause: Cause) {
        let _ = self.cause.set(cause);
        // It may be gone already, which is what was wanted.
        let _ = pidfd_send_signal(&self.first_process, Signal::KILL);
    }

    /// From here on the candidate's code runs and its usage counts.
    pub(crate) fn unpacked(&self) {
        self.unpacked.store(true, Ordering::Release);
    }
}

/// What every slot needs, the same for all runs.
#[derive(Debug)]
pub(crate) struct Means {
    pub(crate) layout: Layout,
    pub(crate) filters: [Vec<u8>; 2],
    pub(crate) driver: String,
}

impl Slots {
    /// Starts the threads, each in a control group of its own where there are any.
    pub(crate) fn start(means: &Arc<Means>, groups: Option<&Hierarchy>, count: usize) -> std::io::Result<Self> {
        let (queue, tasks) = mpsc::channel::<Task>();
        let tasks = Arc::new(Mutex::new(tasks));
        let mut slots = Self { queue: Some(queue), threads: Vec::new() };
        let (report, standing) = mpsc::channel();
        for number in 0..count.max(1) {
            let group = groups.map(Group::create).transpose()?;
            let (means, tasks, report) = (Arc::clone(means), Arc::clone(&tasks), report.clone());
            let thread = std::thread::Builder::new().name(format!("sandbox-{number}")).spawn(move || {
                let entered = group.as_ref().map_or(Ok(()), Group::enter);
                let stands = entered.is_ok();
                let _ = report.send(entered);
                if stands {
                    serve(&means, group.as_ref(), &tasks);
                }
                group
            })?;
            slots.threads.push(thread);
        }
        // One message a thread; their ends of the channel stay open as long as they do.
        standing.iter().take(slots.threads.len()).collect::<std::io::Result<()>>()?;
        Ok(slots)
    }

    /// Hands a run to the next free slot.
    pub(crate) fn submit(&self, task: Task) -> Result<(), Error> {
        let queue = self.queue.as_ref().ok_or_else(closed)?;
        queue.send(task).map_err(|_| closed())
    }
}

fn closed() -> Error {
    Error::Setup("the sandbox is closed".to_owned())
}

impl Drop for Slots {
    fn drop(&mut self) {
        self.queue = None;
        for thread in self.threads.drain(..) {
            // The group a thread gives back is removed here, when nothing stands in it any more.
            let _ = thread.join();
        }
    }
}

fn serve(means: &Means, group: Option<&Group>, tasks: &Mutex<mpsc::Receiver<Task>>) {
    loop {
        let next = match tasks.lock() {
            Ok(queue) => queue.recv(),
            Err(_) => return,
        };
        let Ok(task) = next else { return };
        if task.started.is_closed() {
            continue;
        }
        let (started, ended) = (task.started, task.ended);
        let limits = task.limits;
        let stood = stand(means, group, &limits, task.streams, &[task.payload, task.result]);
        match stood {
            Ok(stood) => {
                if started.send(Ok(Arc::clone(&stood.running))).is_err() {
                    stood.running.kill(Cause::Abandoned);
                }
                // Nobody listening is no reason to stop watching.
                let _ = ended.send(stood.watch(group, &limits));
            }
            Err(error) => {
                let _ = started.send(Err(error));
            }
        }
    }
}

struct Stood {
    running: Arc<Running>,
    first_process: i32,
    bwrap: Child,
    bwrap_descriptor: OwnedFd,
    status: BufReader<File>,
    begin: Instant,
    oom_before: u64,
}

fn stand(
    means: &Means,
    group: Option<&Group>,
    limits: &Limits,
    streams: Streams,
    channels: &[OwnedFd; 2],
) -> Result<Stood, Error> {
    let oom_before = match group {
        Some(group) => {
            group.limit(limits).map_err(Error::system("setting the limits of the control group"))?;
            group.oom_kills().map_err(Error::system("reading the control group"))?
        }
        None => 0,
    };
    let (status, status_inner) = pipe_with(PipeFlags::CLOEXEC).map_err(Error::errno("making a pipe"))?;
    let mut passed = vec![status_inner];
    for text in means.filters.iter().map(Vec::as_slice).chain(MADE_FILES.iter().map(|(_, text)| text.as_bytes())) {
        passed.push(sealed(text)?);
    }
    let numbers: Vec<i32> = passed.iter().map(AsRawFd::as_raw_fd).collect();
    let options = means.layout.options(limits, numbers[0], &numbers[1..3], &numbers[3..]).join("\0");
    passed.push(sealed(options.as_bytes())?);
    for channel in channels {
        passed.push(channel.try_clone().map_err(Error::system("passing a pipe"))?);
    }
    let [.., options, payload, result] = passed.as_slice() else {
        return Err(closed());
    };
    let args = arguments(means, options, payload, result);
    let begin = now();
    let bwrap = spawn(&means.layout.bwrap, &args, streams, &passed).map_err(Error::system("starting bubblewrap"))?;
    drop(passed);
    let bwrap_descriptor = pidfd(bwrap.id())?;
    let mut status = BufReader::new(File::from(status));
    // One that never got so far has said why on its standard error, which the other side reads; it is watched itself.
    let first_process = first_process(&mut status).unwrap_or(i32::try_from(bwrap.id()).unwrap_or(i32::MAX));
    let running = running(first_process)?;
    Ok(Stood { running, first_process, bwrap, bwrap_descriptor, status, begin, oom_before })
}

fn running(first_process: i32) -> Result<Arc<Running>, Error> {
    let descriptor = pidfd(first_process.unsigned_abs())?;
    Ok(Arc::new(Running { first_process: descriptor, cause: OnceLock::new(), unpacked: AtomicBool::new(false) }))
}

fn arguments(means: &Means, options: &OwnedFd, payload: &OwnedFd, result: &OwnedFd) -> Vec<String> {
    let number = |descriptor: &OwnedFd| descriptor.as_raw_fd().to_string();
    let mut args = vec!["--args".to_owned(), number(options), "--".to_owned(), means.layout.interpreter.clone()];
    args.extend(["-s", "-S", "-B", "-P", "-c", &means.driver].map(str::to_owned));
    args.extend([number(payload), number(result)]);
    args
}

/// The longest time between two looks at a tree.
const LOOK: Duration = Duration::from_millis(50);
/// The same where nothing but looking bounds memory.
const LOOK_CLOSELY: Duration = Duration::from_millis(20);

impl Stood {
    /// Stays until no process is left, ending the run when a limit is passed.
    fn watch(mut self, group: Option<&Group>, limits: &Limits) -> Ended {
        let pause = if group.is_some() { LOOK } else { LOOK_CLOSELY };
        loop {
            let left = limits.wall.saturating_sub(now().duration_since(self.begin));
            if wait(&self.bwrap_descriptor, pause.min(left.max(Duration::from_millis(1)))) {
                break;
            }
            if left.is_zero() {
                self.running.kill(Cause::Wall);
            } else if self.running.unpacked.load(Ordering::Acquire) {
                self.look(group, limits);
            }
        }
        let _ = self.bwrap.wait();
        while !wait(&self.running.first_process, LOOK) {
            // Bubblewrap went first, killed from outside perhaps. Its reaper must not stay.
            let _ = pidfd_send_signal(&self.running.first_process, Signal::KILL);
        }
        // Bubblewrap does not wait for its reaper, whose remains fall to the machine's first process. In a container that
        // may be this one.
        let _ =
            waitid(WaitId::PidFd(self.running.first_process.as_fd()), WaitIdOptions::EXITED | WaitIdOptions::NOHANG);
        let wall = now().duration_since(self.begin);
        if self.starved(group) {
            let _ = self.running.cause.set(Cause::Memory);
        }
        let mut rest = String::new();
        let _ = self.status.read_to_string(&mut rest);
        Ended { status: last_status(&rest), cause: self.running.cause.get().copied(), wall }
    }

    fn look(&self, group: Option<&Group>, limits: &Limits) {
        if self.starved(group) {
            self.running.kill(Cause::Memory);
        }
        let usage = sample(self.first_process, group.is_none());
        if let Some(cause) = passed(&usage, limits, group.is_some()) {
            self.running.kill(cause);
        }
    }

    fn starved(&self, group: Option<&Group>) -> bool {
        group.is_some_and(|group| group.oom_kills().is_ok_and(|count| count > self.oom_before))
    }
}

/// The limit that a tree has passed.
fn passed(usage: &Usage, limits: &Limits, counted: bool) -> Option<Cause> {
    if usage.cpu > limits.cpu {
        return Some(Cause::Cpu);
    }
    if usage.files > limits.work_files + FOLDERS_OF_OURS {
        return Some(Cause::Files);
    }
    if !counted && usage.memory_bytes > limits.memory_bytes {
        return Some(Cause::Memory);
    }
    // The reaper is not counted, the candidate's first process is.
    (!counted && usage.processes > limits.processes.into()).then_some(Cause::Processes)
}

/// The roots of the three writable places.
const FOLDERS_OF_OURS: u64 = 3;

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

fn last_status(text: &str) -> Option<i32> {
    #[derive(Deserialize)]
    struct Done {
        #[serde(rename = "exit-code")]
        exit_code: i32,
    }
    text.lines().rev().find_map(|line| serde_json::from_str::<Done>(line).ok()).map(|done| done.exit_code)
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
fn wait(process: &OwnedFd, time: Duration) -> bool {
    let mut watched = [PollFd::from_borrowed_fd(process.as_fd(), PollFlags::IN)];
    let time = Timespec { tv_sec: time.as_secs().cast_signed(), tv_nsec: time.subsec_nanos().into() };
    poll(&mut watched, Some(&time)).is_ok_and(|count| count > 0)
}

#[expect(
    clippy::disallowed_methods,
    reason = "a wall limit is kept against the machine's own clock; nothing else reads it"
)]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_limit_is_passed_only_by_more_than_it_allows() {
        let limits = Limits::default();
        let at = Usage {
            processes: limits.processes.into(),
            cpu: limits.cpu,
            memory_bytes: limits.memory_bytes,
            files: limits.work_files + FOLDERS_OF_OURS,
        };
        assert_eq!(passed(&at, &limits, false), None);
        let cases = [
            (Usage { processes: at.processes + 1, ..at }, Some(Cause::Processes), None),
            (Usage { memory_bytes: at.memory_bytes + 1, ..at }, Some(Cause::Memory), None),
            (Usage { files: at.files + 1, ..at }, Some(Cause::Files), Some(Cause::Files)),
            (Usage { cpu: at.cpu + Duration::from_millis(10), ..at }, Some(Cause::Cpu), Some(Cause::Cpu)),
        ];
        for (usage, sampled, counted) in cases {
            assert_eq!(passed(&usage, &limits, false), sampled, "{usage:?}");
            assert_eq!(passed(&usage, &limits, true), counted, "{usage:?}");
        }
    }

    #[test]
    fn a_status_that_bubblewrap_never_reported_is_unknown() {
        assert_eq!(last_status(""), None);
        assert_eq!(last_status("{ \"exit-code\": 3 }\n"), Some(3));
        assert_eq!(last_status("{ \"exit-co"), None);
    }
}
