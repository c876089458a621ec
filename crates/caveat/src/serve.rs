//! `caveat serve` and `caveat practice`.

use crate::commands::{PracticeArguments, ServeArguments};
use crate::{config, world};
use anyhow::{Context, Result, bail};
use domain::access::Role;
use domain::event::Mode;
use domain::ids::TaskName;
use engine::{AssistantChoice, Engine, NewLink, NewSession, Pass};
use sandbox::Level;
use server::Options;
use server::oidc::Provider;
use std::fs::File;
use std::process::{Command, Stdio};
use std::sync::Arc;
use tokio::net::TcpListener;

/// Serves until it is told to stop.
pub(crate) fn serve(arguments: ServeArguments) -> Result<()> {
    runtime()?.block_on(async {
        let options =
            options(&arguments, config::provider(arguments.config.as_deref(), arguments.public_url.as_deref())?);
        let Opened { engine, listener, _only_one } = open(&arguments).await?;
        set_up_link(&engine, &listener, &options).await?;
        say(&format!("Caveat is at http://{} (Ctrl+C ends it)", listener.local_addr()?));
        run(engine, listener, options).await
    })
}

/// Where others can reach the server people have accounts, and the first of them is made by who sees this terminal.
async fn set_up_link(engine: &Engine, listener: &TcpListener, options: &Options) -> Result<()> {
    let address = listener.local_addr()?;
    if options.is_local(address) {
        return Ok(());
    }
    if let Some(token) = engine.begin_set_up().await? {
        let host = if address.ip().is_unspecified() { "localhost".to_owned() } else { address.ip().to_string() };
        let base = options.public_url.clone().unwrap_or_else(|| format!("http://{host}:{}", address.port()));
        say(&format!("Nobody has an account yet. Make the first admin at {base}/setup#token={token}"));
    }
    Ok(())
}

fn options(arguments: &ServeArguments, provider: Option<Arc<Provider>>) -> Options {
    Options { public_url: arguments.public_url.clone(), provider }
}

/// Serves, with a practice session set up.
pub(crate) fn practice(arguments: PracticeArguments) -> Result<()> {
    let options = options(&arguments.serve, None);
    if !options.is_local(arguments.serve.listen) {
        bail!("practice is for this machine alone: leave --listen at a loopback address, and --public-url out");
    }
    runtime()?.block_on(async {
        let Opened { engine, listener, _only_one } = open(&arguments.serve).await?;
        let link = practice_link(&engine, arguments.task, &listener).await?;
        say(&format!("Your practice session: {link}"));
        if !arguments.no_open {
            open_browser(&link);
        }
        run(engine, listener, options).await
    })
}

async fn practice_link(engine: &Engine, task: Option<TaskName>, listener: &TcpListener) -> Result<String> {
    let first = || engine.library().tasks().next().map(|task| task.brief.name.clone());
    let task = task.or_else(first).context("the library has no task: `caveat task list` says why")?;
    let session = engine
        .create(NewSession {
            task,
            mode: Mode::Practice,
            minutes: None,
            seed: None,
            plan_seed: None,
            assistant: AssistantChoice::Offline,
            prompts: None,
            cost: None,
            candidate: None,
        })
        .await?;
    let (_, token) = engine.make_link(&Pass::owner(), &session, NewLink::usual(Role::Candidate)).await?;
    Ok(format!("http://{}/session/{}#key={token}", listener.local_addr()?, session.id()))
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}

/// A server that is ready to serve.
struct Opened {
    engine: Engine,
    listener: TcpListener,
    // Held for as long as the server runs.
    _only_one: File,
}

async fn open(arguments: &ServeArguments) -> Result<Opened> {
    if arguments.trust_local_code && !options(arguments, None).is_local(arguments.listen) {
        bail!(
            "--trust-local-code is for your own code on your own machine: leave --listen at a loopback address, and \
             --public-url out"
        );
    }
    // The address first: a port that is taken should be known before anything is built.
    let listener = TcpListener::bind(arguments.listen)
        .await
        .with_context(|| format!("cannot listen on {}: choose another address with --listen", arguments.listen))?;
    let only_one = world::lock(&arguments.data)?;
    say("Reading the library and testing the sandbox …");
    let engine = world::engine(arguments).await?;
    report_what_is_missing(&engine);
    for (model, unfit) in engine.load_models().await? {
        say(&format!("Model `{model}`, added on the page, cannot be asked: {unfit}\n  to mend it: {}", unfit.remedy()));
    }
    for (session, error) in engine.resume().await? {
        say(&format!("Session {session} is left alone: {error}"));
    }
    Ok(Opened { engine, listener, _only_one: only_one })
}

fn report_what_is_missing(engine: &Engine) {
    for problem in engine.library().problems() {
        say(&format!("A task is not offered: {problem}"));
    }
    let isolation = engine.sandbox().isolation();
    match &isolation.refusal {
        None if isolation.level == Level::Trusted => say(&format!(
            "Code runs WITHOUT isolation, as you yourself: {isolation}. Interviews are refused; practise with your own code only."
        )),
        None => say(&format!("Sandbox: {isolation}")),
        Some(refusal) => {
            say(&format!("No Python will be run on this machine: {}\n  to mend it: {}", refusal.cause, refusal.remedy))
        }
    }
}

async fn run(engine: Engine, listener: TcpListener, options: Options) -> Result<()> {
    server::serve(listener, engine, options, stopped()).await.context("the server ended")
}

/// Ends with Ctrl+C, or when a service manager says so.
async fn stopped() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminated) = signal(SignalKind::terminate()) else {
        let _ = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminated.recv() => {}
    }
}

/// A browser that does not open is no fault: the address is on the terminal.
fn open_browser(link: &str) {
    let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let _ = Command::new(opener).arg(link).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
}

#[expect(clippy::print_stderr, reason = "a server tells its owner where it is and what is missing")]
fn say(line: &str) {
    eprintln!("{line}");
}
