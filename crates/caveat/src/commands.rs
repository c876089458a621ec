//! What can be typed.

use clap::{Args, Parser, Subcommand, ValueEnum};
use domain::ids::{RepositoryName, SessionId, TaskName};
use std::net::SocketAddr;
use std::path::PathBuf;

/// An interview server for code comprehension
#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve the page and the API
    Serve(ServeArguments),
    /// Serve on loopback and set up a practice session
    Practice(PracticeArguments),
    /// Say how well this machine keeps runs inside, and how to do better
    Doctor(DoctorArguments),
    /// Work with tasks
    #[command(subcommand)]
    Task(TaskCommand),
    /// Work with repositories
    #[command(subcommand)]
    Repo(RepoCommand),
    /// Work with live models
    #[command(subcommand)]
    Model(ModelCommand),
    /// Index any Python tree
    Index(IndexArguments),
    /// Ask the offline assistant on the terminal
    Ask(AskArguments),
    /// Assess recorded sessions or prompts
    #[command(subcommand)]
    Assess(AssessCommand),
    /// Write out a session's log
    Export(ExportArguments),
    /// Work with logs
    #[command(subcommand)]
    Log(LogCommand),
}

/// Where repositories and tasks lie.
#[derive(Clone, Debug, Args)]
pub(crate) struct LibraryArguments {
    /// Folder of repositories
    #[arg(long, value_name = "DIR", default_value = "repos")]
    pub(crate) repos: PathBuf,
    /// Folder of tasks; may be given more than once
    #[arg(long, value_name = "DIR", default_values = ["tasks"])]
    pub(crate) tasks: Vec<PathBuf>,
}

/// Where the server keeps things.
#[derive(Clone, Debug, Args)]
pub(crate) struct DataArguments {
    /// Folder for logs, repositories under git and scratch files
    #[arg(long, value_name = "DIR", default_value = "data")]
    pub(crate) data: PathBuf,
}

/// How Python runs.
#[derive(Clone, Debug, Args)]
pub(crate) struct PythonArguments {
    /// Python interpreter of an environment that has pytest
    #[arg(long, value_name = "FILE", env = "CAVEAT_PYTHON", default_value = "target/python/bin/python")]
    pub(crate) python: PathBuf,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct ServeArguments {
    /// Address to listen on; on a loopback address, without --public-url, the owner needs no sign-in
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7878")]
    pub(crate) listen: SocketAddr,
    /// What links to sessions begin with, where others reach the server; people sign in then
    #[arg(long, value_name = "URL", value_parser = public_url)]
    pub(crate) public_url: Option<String>,
    /// On a machine that can keep nothing inside, run your own code in practice sessions all the same
    #[arg(long)]
    pub(crate) trust_local_code: bool,
    /// Settings: live models, sign-in with OpenID Connect
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) data: DataArguments,
    #[command(flatten)]
    pub(crate) library: LibraryArguments,
    #[command(flatten)]
    pub(crate) python: PythonArguments,
}

#[derive(Debug, Args)]
pub(crate) struct PracticeArguments {
    /// The task; none: the first of the library
    pub(crate) task: Option<TaskName>,
    /// Print the address instead of opening a browser
    #[arg(long)]
    pub(crate) no_open: bool,
    #[command(flatten)]
    pub(crate) serve: ServeArguments,
}

#[derive(Debug, Args)]
pub(crate) struct DoctorArguments {
    /// How to write it
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
    #[command(flatten)]
    pub(crate) python: PythonArguments,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ModelCommand {
    /// Ask live models for a word, and say what is wrong where none comes
    Test(ModelTestArguments),
}

#[derive(Debug, Args)]
pub(crate) struct ModelTestArguments {
    /// The model, with all that it falls back to; none: every model of the file
    pub(crate) name: Option<String>,
    /// Settings that name the models
    #[arg(long, value_name = "FILE")]
    pub(crate) config: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TaskCommand {
    /// List the library
    List(TaskListArguments),
    /// Prove tasks: everything their authors say is run, read and compared
    Check(TaskCheckArguments),
    /// Begin a task: a folder with everything in it that is still to be written
    New(TaskNewArguments),
    /// Show a task as its author sees it, key and all
    Show(TaskShowArguments),
    /// Go through a task as a candidate meets it, with what its author knows beside it
    Try(TaskTryArguments),
}

#[derive(Debug, Args)]
pub(crate) struct TaskNewArguments {
    /// Its name: lower-case letters, digits and underscores
    #[arg(value_name = "TASK")]
    pub(crate) name: TaskName,
    /// The title on the page; asked for where it is missing
    #[arg(long)]
    pub(crate) title: Option<String>,
    /// The repository, as `caveat repo add` named it; asked for where it is missing
    #[arg(long, value_name = "NAME")]
    pub(crate) repository: Option<RepositoryName>,
    /// The defect as `git diff` writes it, or a whole patch of a history; asked for where it is missing
    #[arg(long, value_name = "FILE")]
    pub(crate) defect: Option<PathBuf>,
    /// What the commit that brings the defect in is said to do; asked for where it is missing
    #[arg(long, value_name = "TEXT")]
    pub(crate) subject: Option<String>,
    /// The patch of the history behind which the defect lands; none: about two thirds through
    #[arg(long, value_name = "PATCH")]
    pub(crate) after: Option<String>,
    /// Suggested minutes
    #[arg(long, default_value_t = 45, value_parser = clap::value_parser!(u32).range(1..=480))]
    pub(crate) minutes: u32,
    /// Whom it is for
    #[arg(long, default_value = "senior", value_parser = ["junior", "mid", "senior"])]
    pub(crate) level: String,
    #[command(flatten)]
    pub(crate) data: DataArguments,
    #[command(flatten)]
    pub(crate) library: LibraryArguments,
}

#[derive(Debug, Args)]
pub(crate) struct TaskShowArguments {
    /// The task
    #[arg(value_name = "TASK")]
    pub(crate) name: TaskName,
    #[command(flatten)]
    pub(crate) library: LibraryArguments,
}

#[derive(Debug, Args)]
pub(crate) struct TaskTryArguments {
    /// The task
    #[arg(value_name = "TASK")]
    pub(crate) name: TaskName,
    /// What to ask; none: the ticket, the questions, and every pair's own question
    #[arg(value_name = "PROMPT")]
    pub(crate) prompts: Vec<String>,
    /// Seed of the plan and of the words
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
    #[command(flatten)]
    pub(crate) library: LibraryArguments,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RepoCommand {
    /// Bring a git repository in, with its history as reviewable text
    Add(RepoAddArguments),
    /// List the repositories
    List(RepoListArguments),
}

#[derive(Debug, Args)]
pub(crate) struct RepoAddArguments {
    /// Its name: lower-case letters, digits and underscores
    #[arg(value_name = "NAME")]
    pub(crate) name: RepositoryName,
    /// A folder with a git repository; what `HEAD` names there is brought in
    #[arg(value_name = "DIR")]
    pub(crate) from: PathBuf,
    /// Keep so many commits; older ones become the first
    #[arg(long, value_name = "N")]
    pub(crate) last: Option<usize>,
    /// Folder of repositories
    #[arg(long, value_name = "DIR", default_value = "repos")]
    pub(crate) repos: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct RepoListArguments {
    /// How to write it
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
    #[command(flatten)]
    pub(crate) library: LibraryArguments,
}

#[derive(Debug, Args)]
pub(crate) struct TaskCheckArguments {
    /// The tasks; none: all of the library
    #[arg(value_name = "TASK")]
    pub(crate) only: Vec<TaskName>,
    /// How to write it
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
    /// Run everything, also what was run before and has not changed
    #[arg(long)]
    pub(crate) afresh: bool,
    #[command(flatten)]
    pub(crate) data: DataArguments,
    #[command(flatten)]
    pub(crate) library: LibraryArguments,
    #[command(flatten)]
    pub(crate) python: PythonArguments,
}

#[derive(Debug, Args)]
pub(crate) struct TaskListArguments {
    /// How to write it
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
    #[command(flatten)]
    pub(crate) library: LibraryArguments,
}

/// How a result is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct IndexArguments {
    /// Folder of Python files
    pub(crate) path: PathBuf,
    /// How to write it
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct AskArguments {
    /// Answer about a task, with claim pairs drawn by --seed
    #[arg(long, required_unless_present = "repo", conflicts_with = "repo")]
    pub(crate) task: Option<TaskName>,
    /// Seed of the plan and of the words
    #[arg(long, default_value_t = 0, requires = "task")]
    pub(crate) seed: u64,
    /// Answer about any Python tree, with facts from its index only
    #[arg(long, value_name = "DIR")]
    pub(crate) repo: Option<PathBuf>,
    /// Read lines {"id","prompt"} on standard input, write lines {"id","answer"}
    #[arg(long, conflicts_with = "question")]
    pub(crate) jsonl: bool,
    /// The question; none: one a line on standard input
    pub(crate) question: Option<String>,
    #[command(flatten)]
    pub(crate) library: LibraryArguments,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AssessCommand {
    /// Write the report of an exported log as JSON
    Session(AssessSessionArguments),
    /// Judge prompts: lines {"id","prompt","history":[…]?} in, lines with levels and evidence out
    Prompts(AssessPromptsArguments),
}

#[derive(Debug, Args)]
pub(crate) struct AssessSessionArguments {
    /// A log written by `caveat export --format jsonl`
    pub(crate) log: PathBuf,
    /// The task it was recorded on
    #[arg(long)]
    pub(crate) task: TaskName,
    #[command(flatten)]
    pub(crate) library: LibraryArguments,
}

#[derive(Debug, Args)]
pub(crate) struct AssessPromptsArguments {
    /// The Python tree that the prompts are about
    #[arg(long, value_name = "DIR")]
    pub(crate) repo: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct ExportArguments {
    /// The session
    #[arg(value_parser = session_id)]
    pub(crate) session: SessionId,
    /// In which form
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: ExportFormat,
    #[command(flatten)]
    pub(crate) data: DataArguments,
}

/// The form of an exported log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// One event a line
    #[default]
    Jsonl,
}

#[derive(Debug, Subcommand)]
pub(crate) enum LogCommand {
    /// Recompute the chain of hashes and fold the log
    Verify(VerifyArguments),
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArguments {
    /// The session; none: all of them
    #[arg(value_parser = session_id)]
    pub(crate) session: Option<SessionId>,
    #[command(flatten)]
    pub(crate) data: DataArguments,
    #[command(flatten)]
    pub(crate) library: LibraryArguments,
}

fn public_url(text: &str) -> Result<String, String> {
    let plain = text.trim_end_matches('/');
    let host = plain.strip_prefix("https://").or_else(|| plain.strip_prefix("http://"));
    match host {
        Some(host) if !host.is_empty() && !host.contains(['/', '#', '?', ' ']) => Ok(plain.to_owned()),
        _ => Err("it begins with http:// or https:// and names a host, nothing behind it".to_owned()),
    }
}

fn session_id(text: &str) -> Result<SessionId, String> {
    text.parse().map(SessionId).map_err(|_| "a session's id is a UUID, as in its link".to_owned())
}
