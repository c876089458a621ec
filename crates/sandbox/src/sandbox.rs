//! The way in.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::cgroup::Hierarchy;
use crate::driver::{self, Order, Ran};
use crate::layout::{self, Layout};
use crate::limits::Counting;
use crate::slot::Slots;
use crate::stand::{Means, Walls};
use crate::{Error, Isolation, Job, Limits, Observation, Outcome, Refusal, TestReport};
use crate::{files, observe, orphans, pytest, python, seccomp, selftest};

/// What a sandbox needs to know about its machine.
#[derive(Debug, Clone)]
pub struct Config {
    /// The interpreter of a virtual environment that has pytest.
    pub python: PathBuf,
    /// Bubblewrap, if it is not in a usual place.
    pub bwrap: Option<PathBuf>,
    /// A folder of the host's in which the self-test may leave a canary while it runs. Nothing else is written to disk.
    pub scratch: PathBuf,
    /// Runs at one time; more wait their turn.
    pub concurrency: usize,
    /// Where nothing can keep a run inside, run all the same: whoever runs their own code on their own machine may want
    /// that. See [`crate::Level::Trusted`].
    pub trust_local_code: bool,
}

/// Runs untrusted Python. Cheap to clone; all clones share the same slots.
#[derive(Debug, Clone)]
pub struct Sandbox {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    isolation: Isolation,
    ready: Option<Ready>,
}

/// Everything a run needs.
#[derive(Debug)]
pub(crate) struct Ready {
    slots: Slots,
    environment: Map<String, Value>,
    counting: Counting,
}

impl Sandbox {
    /// Finds bubblewrap and the Python environment and attacks itself. Never fails: [`Sandbox::isolation`] says what is
    /// possible and, where nothing is, why and what to do about it.
    pub async fn start(config: Config) -> Self {
        let preparing = config.clone();
        let prepared = tokio::task::spawn_blocking(move || prepare(&preparing)).await;
        let prepared =
            prepared.unwrap_or_else(|error| Err(Refusal::new(format!("the preparation broke: {error}"), REPORT)));
        let (ready, isolation) = match prepared {
            Ok((ready, isolation)) => match selftest::attack(&ready, &config.scratch).await {
                Ok(attacks_repelled) => (Some(ready), Isolation { attacks_repelled, ..isolation }),
                Err(refusal) => (None, Isolation::none(refusal)),
            },
            Err(refusal) => (None, Isolation::none(refusal)),
        };
        let (ready, isolation) = match &isolation.refusal {
            Some(refusal) if config.trust_local_code => match without_walls(&config) {
                Ok(ready) => (Some(ready), Isolation::trusting(&refusal.cause)),
                Err(refusal) => (None, Isolation::none(refusal)),
            },
            _ => (ready, isolation),
        };
        if let Some(Refusal { cause, remedy }) = &isolation.refusal {
            tracing::warn!(cause, remedy, "runs of candidates' code are refused");
        }
        Self { inner: Arc::new(Inner { isolation, ready }) }
    }

    /// What this machine can promise.
    #[must_use]
    pub fn isolation(&self) -> &Isolation {
        &self.inner.isolation
    }

    /// Runs a program in a fresh copy of its files. Dropping the future ends the program.
    ///
    /// # Errors
    /// When the program could not be started. One that was started answers with its [`crate::End`].
    pub async fn run(&self, job: Job) -> Result<Outcome, Error> {
        self.ready()?.run(job).await
    }

    /// Lets `program`, which defines `observe`, look at the files and returns what it saw. With `given`, `observe` is
    /// called with that one value, otherwise with none.
    ///
    /// The working directory is the root of the files, and it comes first on the path. Nothing of the files acts on the
    /// interpreter before: no `conftest.py`, no `sitecustomize`, no bytecode, no path file.
    ///
    /// # Errors
    /// When it could not be started.
    pub async fn observe(
        &self,
        files: Vec<(String, Vec<u8>)>,
        program: &str,
        given: Option<&Value>,
        limits: &Limits,
    ) -> Result<Observation, Error> {
        let ready = self.ready()?;
        let files = files::admit(files, limits)?;
        let mark = mark()?;
        let order = observe::order(files, program, given, limits, &mark, ready.counting);
        Ok(observe::read(&ready.carry_out(order).await?, &mark))
    }

    /// Runs pytest as the candidate would, configuration files and all.
    ///
    /// # Errors
    /// When it could not be started.
    pub async fn pytest(
        &self,
        files: Vec<(String, Vec<u8>)>,
        args: &[String],
        limits: &Limits,
    ) -> Result<TestReport, Error> {
        let ready = self.ready()?;
        let files = files::admit(files, limits)?;
        let order = pytest::order(files, args, limits, ready.counting);
        Ok(pytest::read(ready.carry_out(order).await?))
    }

    fn ready(&self) -> Result<&Ready, Error> {
        let refused = || {
            let refusal = self.inner.isolation.refusal.clone();
            let Refusal { cause, remedy } = refusal.unwrap_or_else(|| Refusal::new("it is not ready", REPORT));
            Error::Refused { cause, remedy }
        };
        self.inner.ready.as_ref().ok_or_else(refused)
    }
}

impl Ready {
    pub(crate) async fn run(&self, job: Job) -> Result<Outcome, Error> {
        check(&job)?;
        let files = files::admit(job.files, &job.limits)?;
        let mut environment = self.environment.clone();
        environment.extend(job.env.into_iter().map(|(name, value)| (name, Value::String(value))));
        let mut header = Map::new();
        header.insert("mode".to_owned(), json!("run"));
        header.insert("argv".to_owned(), json!(job.argv));
        header.insert("env".to_owned(), Value::Object(environment));
        let order = Order {
            header,
            files,
            stdin: job.stdin,
            limits: job.limits,
            mark: None,
            result_bytes: 0,
            counting: self.counting,
        };
        let Ran { end, stdout, stderr, wall, .. } = self.carry_out(order).await?;
        let truncated = stdout.truncated || stderr.truncated;
        Ok(Outcome { end, stdout: stdout.kept, stderr: stderr.kept, truncated, wall })
    }

    async fn carry_out(&self, order: Order) -> Result<Ran, Error> {
        driver::carry_out(&self.slots, order).await
    }
}

const REPORT: &str = "report this with the log of the start";

fn check(job: &Job) -> Result<(), Error> {
    let refuse = |text: &str| Err(Error::Job(text.to_owned()));
    let all = job.argv.iter().chain(job.env.iter().flat_map(|(name, value)| [name, value]));
    match job.argv.first() {
        None => return refuse("there is no command"),
        Some(program) if program.is_empty() => return refuse("the command is empty"),
        Some(_) => {}
    }
    if all.clone().any(|text| text.contains('\0')) {
        return refuse("an argument or variable holds a NUL");
    }
    if job.env.iter().any(|(name, _)| name.is_empty() || name.contains('=')) {
        return refuse("a variable has no proper name");
    }
    if all.map(String::len).sum::<usize>() > 128 << 10 {
        return refuse("arguments and variables are longer than 128 KiB");
    }
    Ok(())
}

fn prepare(config: &Config) -> Result<(Ready, Isolation), Refusal> {
    if !cfg!(target_os = "linux") {
        return Err(Refusal::new("runs need Linux", "run the server on Linux, or in a Linux container"));
    }
    orphans::end();
    let python = python::find(&config.python)?;
    let layout = Layout::find(config.bwrap.as_deref(), &python)?;
    let filters = seccomp::filters().map_err(|error| {
        Refusal::new(format!("no seccomp filter for this processor: {error}"), "use x86-64 or aarch64")
    })?;
    let environment = layout.environment().map(|(name, value)| (name.to_owned(), json!(value))).into_iter().collect();
    let version = layout.version.clone();
    let means = Arc::new(Means { walls: Walls::Sandbox { layout, filters }, driver: driver::PROGRAM.to_owned() });
    let hierarchy = Hierarchy::find();
    let counted = hierarchy.as_ref().and_then(|groups| Slots::start(&means, Some(groups), config.concurrency).ok());
    let groups = hierarchy.as_ref().filter(|_| counted.is_some()).map(Hierarchy::name);
    let counting = Counting { memory: groups.is_some(), processes_of_each_run: counts_each_run() };
    let slots = match counted {
        Some(slots) => slots,
        None => uncounted(&means, config)?,
    };
    // The kernel never holds its own root to a number of processes, whatever that root is called inside.
    let bounded = counting.processes_of_each_run && !rustix::process::getuid().is_root();
    let isolation = Isolation::of(&version, groups, bounded);
    Ok((Ready { slots, environment, counting }, isolation))
}

/// What runs trusted code where nothing can keep it inside.
fn without_walls(config: &Config) -> Result<Ready, Refusal> {
    let python = python::find(&config.python)?;
    let environment = layout::environment(layout::folder_of(&python.executable));
    let environment = environment.map(|(name, value)| (name.to_owned(), json!(value))).into_iter().collect();
    let walls = Walls::Trust { interpreter: python.executable.into(), scratch: config.scratch.clone() };
    let means = Arc::new(Means { walls, driver: driver::PROGRAM.to_owned() });
    let counting = Counting { memory: false, processes_of_each_run: false };
    Ok(Ready { slots: uncounted(&means, config)?, environment, counting })
}

fn uncounted(means: &Arc<Means>, config: &Config) -> Result<Slots, Refusal> {
    Slots::start(means, None, config.concurrency)
        .map_err(|error| Refusal::new(format!("no threads for the slots: {error}"), "raise the limit on threads"))
}

/// Whether the kernel counts processes of an owner for each user namespace.
fn counts_each_run() -> bool {
    let name = rustix::system::uname();
    let numbers: Vec<u32> =
        name.release().to_string_lossy().split(['.', '-']).map_while(|part| part.parse().ok()).collect();
    numbers >= vec![5, 14]
}

/// The mark of one observation, which nothing inside can guess.
fn mark() -> Result<String, Error> {
    let mut bytes = [0_u8; 16];
    let filled = rustix::rand::getrandom(&mut bytes, rustix::rand::GetRandomFlags::empty());
    match filled.map_err(Error::errno("asking for random bytes"))? {
        16 => Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect()),
        _ => Err(Error::Setup("too few random bytes".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_without_a_proper_command_or_environment_is_refused() {
        let argv = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let env = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
        let good = Job { argv: argv(&["python", "-c", "pass"]), env: env("A", "b"), ..Job::default() };
        assert!(check(&good).is_ok());
        let cases = [
            Job { argv: argv(&[]), ..good.clone() },
            Job { argv: argv(&[""]), ..good.clone() },
            Job { argv: argv(&["python", "a\0b"]), ..good.clone() },
            Job { argv: argv(&["python", &"x".repeat(200 << 10)]), ..good.clone() },
            Job { env: env("", "b"), ..good.clone() },
            Job { env: env("A=B", "b"), ..good.clone() },
            Job { env: env("A", "b\0"), ..good.clone() },
        ];
        for job in cases {
            assert!(check(&job).is_err(), "{:?} {:?}", job.argv.len(), job.env);
        }
    }
}
