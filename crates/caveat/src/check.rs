//! `caveat task check`: proves tasks, and says what does not hold in the way of a compiler.

use crate::commands::{Format, TaskCheckArguments};
use crate::tasks::count;
use crate::world;
use anyhow::{Context, Result, bail};
use domain::ids::TaskName;
use engine::Problem;
use engine::proof::{self, Cache, Checked, Checking, Finding, MOST, Progress, Proven, Severity, Tell};
use sandbox::Sandbox;
use serde_json::json;
use std::fs;
use std::io::{IsTerminal, Write};
use std::path::Path;

/// Proves tasks, writes what was found out, and fails where something does not hold.
pub(crate) fn check(arguments: &TaskCheckArguments, out: &mut impl Write) -> Result<()> {
    let data = &arguments.data.data;
    let library = world::library(&arguments.library, &data.join("git"))?;
    let broken = |name: &TaskName| library.problems().iter().any(|problem| problem.task == *name);
    for name in arguments.only.iter().filter(|name| !broken(name)) {
        world::task(&library, name)?;
    }
    let machine = machine(&arguments.python.python);
    let mut cache = if arguments.afresh {
        Cache::in_memory(machine)
    } else {
        let file = data.join("proofs.jsonl");
        Cache::open(&file, machine).with_context(|| format!("{}", file.display()))?
    };
    let config = world::sandbox_config(&arguments.data, &arguments.python, false)?;
    let mut shown = Shown::default();
    let mut progress = |progress| shown.say(progress);
    let checking = Checking { only: &arguments.only, cache: &mut cache, progress: &mut progress };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let checked = runtime.block_on(proof::check(&library, checking, async || Sandbox::start(config).await))?;
    shown.clear();
    match arguments.format {
        Format::Json => writeln!(out, "{:#}", json!(checked))?,
        Format::Text => write(&checked, out)?,
    }
    if checked.holds() { Ok(()) } else { bail!("{}", verdict(&checked)) }
}

/// What outcomes depend on besides what is run: the interpreter, its packages, and what runs beside it.
fn machine(python: &Path) -> String {
    let prefix = python.parent().and_then(Path::parent).unwrap_or(Path::new(""));
    let settings = fs::read_to_string(prefix.join("pyvenv.cfg")).unwrap_or_default();
    let packages = fs::read_dir(prefix.join("lib")).into_iter().flatten().flatten();
    let packages = packages.flat_map(|python| fs::read_dir(python.path().join("site-packages")).into_iter().flatten());
    let mut names: Vec<String> =
        packages.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.retain(|name| name.ends_with(".dist-info"));
    names.sort();
    format!("{settings}\n{}\n{}", names.join(" "), sandbox::inside())
}

/// The progress on a terminal's last line, or every now and then where there is none.
#[derive(Default)]
struct Shown {
    tenths: usize,
    line: bool,
}

impl Shown {
    #[expect(clippy::print_stderr, reason = "progress is for whoever waits, not part of the result")]
    fn say(&mut self, Progress { done, all }: Progress) {
        if std::io::stderr().is_terminal() {
            eprint!("\r{done} of {all} proofs run ");
            self.line = true;
            return;
        }
        let tenths = done * 10 / all.max(1);
        if done == 0 || tenths > self.tenths {
            self.tenths = tenths;
            eprintln!("{done} of {all} proofs run");
        }
    }

    #[expect(clippy::print_stderr, reason = "the line that it wrote")]
    fn clear(&self) {
        if self.line {
            eprint!("\r\x1b[K");
        }
    }
}

fn write(checked: &Checked, out: &mut impl Write) -> Result<()> {
    for finding in &checked.findings {
        writeln!(out, "{}", explained(finding))?;
    }
    for proven in &checked.tasks {
        writeln!(out, "{}", summary(proven))?;
    }
    for told in &checked.tells {
        writeln!(out, "{}", tell(told))?;
    }
    for told in &checked.delivered {
        writeln!(out, "{}", figure(told))?;
    }
    if checked.holds() {
        writeln!(out, "{}", verdict(checked))?;
    }
    Ok(())
}

/// A finding with the line it is about.
fn explained(finding: &Finding) -> String {
    let Problem { file, line, column, what, hint, .. } = &finding.problem;
    let severity = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let head = format!("{severity}[{}]: {what}\n", finding.rule);
    let (Some(line), Some(column)) = (line, column) else {
        let place = line.map_or_else(|| file.clone(), |line| format!("{file}:{line}"));
        return format!("{head}  --> {place}\n   = help: {hint}\n");
    };
    let text = fs::read_to_string(file).unwrap_or_default();
    let quoted = text.lines().nth(*line as usize - 1).unwrap_or_default();
    let number = line.to_string();
    let gutter = " ".repeat(number.len());
    // Tabs and wide characters are left as they are: the mark points at the character, counted from 1.
    let mark = " ".repeat(*column as usize - 1);
    format!(
        "{head}{gutter}--> {file}:{line}:{column}\n{gutter} |\n{number} | {quoted}\n{gutter} | {mark}^\n{gutter} = help: {hint}\n"
    )
}

fn summary(proven: &Proven) -> String {
    let Proven { task, version, pairs, decisive, knowledge, checks, tempting, samples, trials, known } = proven;
    format!(
        "{task} (version {version}): {pairs} pairs, {decisive} of them decisive; {knowledge} pieces of knowledge, \
         {checks} hidden checks, {tempting} tempting fixes, {}; {trials} proofs, {known} known from before",
        count(*samples, "sample")
    )
}

fn tell(told: &Tell) -> String {
    let line = figure(told);
    match told.holds() {
        true => line,
        false => {
            let words = told.words.join(", ");
            format!("error[style-tells]: {line}\n  = help: at most {MOST:.2}; what says most: {words}")
        }
    }
}

/// How well texts can be told apart, whether that is too well or not.
fn figure(told: &Tell) -> String {
    let Tell { what, texts: (first, second), tasks, auc, .. } = told;
    let texts = format!("{first} and {second} texts of {}", count(*tasks, "task"));
    match auc {
        None => format!("style: {what}: too few to say, {texts}"),
        Some(auc) => {
            format!("style: {what}: AUC {:.2} (95 % {:.2} to {:.2}), {texts}", auc.value, auc.low, auc.high)
        }
    }
}

fn verdict(checked: &Checked) -> String {
    let of = |severity| checked.findings.iter().filter(|finding| finding.severity == severity).count();
    let errors = of(Severity::Error) + checked.tells.iter().filter(|told| !told.holds()).count();
    let mut verdict = match errors {
        0 => format!("{} proven", count(checked.tasks.len(), "task")),
        _ => count(errors, "error"),
    };
    let warnings = of(Severity::Warning);
    if warnings > 0 {
        verdict.push_str(&format!(", {}", count(warnings, "warning")));
    }
    verdict
}
