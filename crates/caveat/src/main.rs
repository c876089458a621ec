//! The binary: reads what it was told, chooses implementations, starts things.

mod ask;
mod assessment;
mod authoring;
mod check;
mod commands;
mod config;
mod doctor;
mod index;
mod logs;
mod models;
mod rehearsal;
mod serve;
mod show;
mod tasks;
mod tree;
mod world;

use anyhow::Result;
use clap::Parser;
use commands::{AssessCommand, Cli, Command, LogCommand, ModelCommand, RepoCommand, TaskCommand};
use std::io::IsTerminal;
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let filter = EnvFilter::try_from_env("CAVEAT_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            #[expect(clippy::print_stderr, reason = "this is where a command tells its user what went wrong")]
            {
                eprintln!("error: {error:#}");
            }
            ExitCode::FAILURE
        }
    }
}

/// Whoever read the output has seen enough: `caveat index . | head`.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause.downcast_ref::<std::io::Error>().is_some_and(|cause| cause.kind() == std::io::ErrorKind::BrokenPipe)
    })
}

fn run(cli: Cli) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match cli.command {
        Command::Serve(arguments) => serve::serve(arguments),
        Command::Practice(arguments) => serve::practice(arguments),
        Command::Task(TaskCommand::List(arguments)) => tasks::list(&arguments, &mut out),
        Command::Task(TaskCommand::Check(arguments)) => check::check(&arguments, &mut out),
        Command::Task(TaskCommand::New(arguments)) => {
            authoring::begin(arguments, &mut std::io::stdin().lock(), std::io::stdin().is_terminal(), &mut out)
        }
        Command::Task(TaskCommand::Show(arguments)) => show::show(&arguments, &mut out),
        Command::Task(TaskCommand::Try(arguments)) => rehearsal::rehearse(&arguments, &mut out),
        Command::Repo(RepoCommand::Add(arguments)) => authoring::add(&arguments, &mut out),
        Command::Repo(RepoCommand::List(arguments)) => authoring::repositories(&arguments, &mut out),
        Command::Model(ModelCommand::Test(arguments)) => models::test(&arguments, &mut out),
        Command::Doctor(arguments) => doctor::examine(&arguments, &mut out),
        Command::Index(arguments) => index::index(&arguments, &mut out),
        Command::Ask(arguments) => ask::ask(&arguments, &mut std::io::stdin().lock(), &mut out),
        Command::Assess(AssessCommand::Session(arguments)) => assessment::session(&arguments, &mut out),
        Command::Assess(AssessCommand::Prompts(arguments)) => {
            assessment::prompts(&arguments, &mut std::io::stdin().lock(), &mut out)
        }
        Command::Export(arguments) => logs::export(&arguments, &mut out),
        Command::Log(LogCommand::Verify(arguments)) => logs::verify(&arguments, &mut out),
    }
}
