//! Chooses implementations: what the engine works with on this machine.

use crate::commands::{DataArguments, LibraryArguments, PythonArguments, ServeArguments};
use crate::{config, index};
use anyhow::{Context, Result, bail};
use catalog::Library;
use domain::ids::TaskName;
use domain::task::Task;
use engine::{Engine, Parts, SystemClock, SystemEntropy};
use sandbox::Sandbox;
use std::fs::{File, TryLockError};
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Arc;
use store::{EventLog, Sqlite};
use tempfile::TempDir;

/// Repositories and tasks; `git` is where the repositories are built.
pub(crate) fn library(arguments: &LibraryArguments, git: &std::path::Path) -> Result<Library> {
    for folder in std::iter::once(&arguments.repos).chain(&arguments.tasks) {
        if !folder.is_dir() {
            bail!(
                "there is no folder {}: run this in the project's folder, or name the folders with --repos and --tasks",
                folder.display()
            );
        }
    }
    Ok(Library::load(&arguments.repos, &arguments.tasks, git)?)
}

/// A library for a command that leaves nothing behind.
pub(crate) struct Reading {
    library: Library,
    // The repositories; removed with the command.
    _git: TempDir,
}

impl Deref for Reading {
    type Target = Library;

    fn deref(&self) -> &Library {
        &self.library
    }
}

/// The same for commands that leave nothing behind.
pub(crate) fn library_for_reading(arguments: &LibraryArguments) -> Result<Reading> {
    let git = TempDir::new().context("no temporary folder can be made")?;
    Ok(Reading { library: library(arguments, git.path())?, _git: git })
}

/// A task of the library.
pub(crate) fn task(library: &Library, name: &TaskName) -> Result<Arc<Task>> {
    library.task(name).with_context(|| {
        let known: Vec<String> = library.tasks().map(|task| task.brief.name.to_string()).collect();
        format!("there is no task `{name}`; known are: {}", known.join(", "))
    })
}

/// The log under a data folder.
pub(crate) async fn log(arguments: &DataArguments) -> Result<Sqlite> {
    let file = log_file(arguments);
    Sqlite::open(&file).await.with_context(|| format!("{}", file.display()))
}

/// The log under a data folder, which must be there already.
pub(crate) async fn existing_log(arguments: &DataArguments) -> Result<Sqlite> {
    if !log_file(arguments).is_file() {
        bail!("there is no log under {}: name the server's folder with --data", arguments.data.display());
    }
    log(arguments).await
}

fn log_file(arguments: &DataArguments) -> PathBuf {
    arguments.data.join("caveat.sqlite")
}

/// Keeps a second server away from a data folder, for as long as the file is open.
pub(crate) fn lock(arguments: &DataArguments) -> Result<File> {
    let folder = arguments.data.display();
    std::fs::create_dir_all(&arguments.data).with_context(|| format!("{folder}: cannot be made"))?;
    let file =
        File::create(arguments.data.join("server.lock")).with_context(|| format!("{folder}: cannot be written"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            bail!("another server uses {folder}: end it first, or give this one a folder of its own with --data")
        }
        Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("{folder}: cannot be locked")),
    }
}

/// What the sandbox needs to know; makes the folder for its canary.
pub(crate) fn sandbox_config(
    data: &DataArguments,
    python: &PythonArguments,
    trust_local_code: bool,
) -> Result<sandbox::Config> {
    let scratch = data.data.join("scratch");
    std::fs::create_dir_all(&scratch).with_context(|| format!("{}: cannot be made", scratch.display()))?;
    let python = std::path::absolute(&python.python)?;
    Ok(sandbox::Config { python, bwrap: None, scratch, concurrency: index::threads(), trust_local_code })
}

/// An engine with everything.
pub(crate) async fn engine(arguments: &ServeArguments) -> Result<Engine> {
    let data = &arguments.data.data;
    let config::Settings { models, warnings } = config::models(arguments.config.as_deref())?;
    for warning in warnings {
        tracing::warn!("{warning}");
    }
    let library = library(&arguments.library, &data.join("git"))?;
    let sandbox = Sandbox::start(sandbox_config(&arguments.data, &arguments.python, arguments.trust_local_code)?).await;
    let store = Arc::new(log(&arguments.data).await?);
    let parts = Parts {
        log: Arc::clone(&store) as Arc<dyn EventLog>,
        register: store,
        library: Arc::new(library),
        sandbox,
        models,
        environment: Arc::new(config::environment),
        clock: Arc::new(SystemClock::start()),
        entropy: Arc::new(SystemEntropy),
    };
    Ok(Engine::start(parts))
}
