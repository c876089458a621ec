//! One run at a time: a thread that starts a sandbox, watches over its limits and sees it gone.
//!
//! Threads and not tasks, for two reasons. A run is born in its thread's control group. And limits hold when the runtime
//! is busy.

use std::sync::{Arc, Mutex, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::cgroup::{Group, Hierarchy};
use crate::stand::{Cause, Ends, Means, Running, Shape, Stood, ended_within, stand};
use crate::usage::{Usage, sample};
use crate::{Error, Limits};

/// The threads, and the queue they all take from.
#[derive(Debug)]
pub(crate) struct Slots {
    queue: Option<mpsc::Sender<Task>>,
    threads: Vec<JoinHandle<Option<Group>>>,
}

/// One run as a slot needs it.
pub(crate) struct Task {
    pub(crate) limits: Limits,
    /// Told once, when a sandbox stands for it or could not be started.
    pub(crate) started: oneshot::Sender<Result<(Arc<Running>, Ends), Error>>,
    /// Told once, when no process of the run is left.
    pub(crate) ended: oneshot::Sender<Ended>,
}

/// What is known when no process is left.
#[derive(Debug)]
pub(crate) struct Ended {
    /// The program's status; nothing when nobody reported it.
    pub(crate) status: Option<i32>,
    /// Our own reason to end it.
    pub(crate) cause: Option<Cause>,
    /// From when a slot took the run.
    pub(crate) wall: Duration,
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

/// Takes one run after the other. A sandbox for the next one is set up while there is none, its trusted program waiting
/// for the payload: a run then costs little more than the program itself. Each is used once.
fn serve(means: &Means, group: Option<&Group>, tasks: &Mutex<mpsc::Receiver<Task>>) {
    let mut shape = Shape::of(&Limits::default());
    let mut ahead: Option<Stood> = None;
    loop {
        // What the last run was allowed is no bound for setting up the next.
        let _ = group.map(|group| group.limit(&Limits::default()));
        // One that cannot be set up is tried again by the run that needs it, which tells why.
        ahead = ahead.or_else(|| stand(means, shape, group).ok());
        let next = match tasks.lock() {
            Ok(queue) => queue.recv(),
            Err(_) => return,
        };
        let Ok(Task { limits, started, ended }) = next else { return };
        if started.is_closed() {
            continue;
        }
        shape = Shape::of(&limits);
        match take(means, group, &limits, ahead.take()) {
            Ok((mut stood, ends, oom_before)) => {
                if started.send(Ok((Arc::clone(&stood.running), ends))).is_err() {
                    stood.running.kill(Cause::Abandoned);
                }
                // Nobody listening is no reason to stop watching.
                let _ = ended.send(Watch { group, limits: &limits, oom_before, begin: now() }.over(&mut stood));
            }
            Err(error) => {
                let _ = started.send(Err(error));
            }
        }
    }
}

/// A sandbox for this run: the one set up ahead if it fits and still waits, else a new one.
fn take(
    means: &Means,
    group: Option<&Group>,
    limits: &Limits,
    ahead: Option<Stood>,
) -> Result<(Stood, Ends, u64), Error> {
    let oom_before = match group {
        Some(group) => {
            group.limit(limits).map_err(Error::system("setting the limits of the control group"))?;
            group.oom_kills().map_err(Error::system("reading the control group"))?
        }
        None => 0,
    };
    let shape = Shape::of(limits);
    let fits = |stood: &Stood| stood.shape == shape && !ended_within(&stood.outermost_descriptor, Duration::ZERO);
    let mut stood = match ahead.filter(fits) {
        Some(stood) => stood,
        None => stand(means, shape, group)?,
    };
    let ends = stood.ends.take().ok_or_else(closed)?;
    Ok((stood, ends, oom_before))
}

/// The watch over one run.
struct Watch<'a> {
    group: Option<&'a Group>,
    limits: &'a Limits,
    oom_before: u64,
    begin: Instant,
}

/// The longest time between two looks at a tree.
const LOOK: Duration = Duration::from_millis(50);
/// The same where nothing but looking bounds memory.
const LOOK_CLOSELY: Duration = Duration::from_millis(20);

impl Watch<'_> {
    /// Stays until no process is left, ending the run when a limit is passed.
    fn over(&self, stood: &mut Stood) -> Ended {
        let pause = if self.group.is_some() { LOOK } else { LOOK_CLOSELY };
        loop {
            let left = self.limits.wall.saturating_sub(now().duration_since(self.begin));
            if ended_within(&stood.outermost_descriptor, pause.min(left.max(Duration::from_millis(1)))) {
                break;
            }
            if left.is_zero() {
                stood.running.kill(Cause::Wall);
            } else if stood.running.is_unpacked() && stood.is_walled() {
                self.look(stood);
            }
        }
        let status = stood.clear_away();
        let wall = now().duration_since(self.begin);
        if self.starved() {
            stood.running.kill(Cause::Memory);
        }
        Ended { status, cause: stood.running.cause(), wall }
    }

    fn look(&self, stood: &Stood) {
        if self.starved() {
            stood.running.kill(Cause::Memory);
        }
        let usage = sample(stood.first_process, self.group.is_none());
        if let Some(cause) = passed(&usage, self.limits, self.group.is_some()) {
            stood.running.kill(cause);
        }
    }

    fn starved(&self) -> bool {
        self.group.is_some_and(|group| group.oom_kills().is_ok_and(|count| count > self.oom_before))
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
}
