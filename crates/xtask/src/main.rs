//! The set-up commands of this repository: `cargo xtask run`, `cargo xtask test` and their parts.
//! Standard library only, so that a fresh machine has them within a second; no part of the product.

mod checks;
mod failure;
mod house;
mod machine;
mod models;
mod node;
mod oidc;
mod page;
mod python;
mod stamp;
mod tally;
mod tool;

use failure::Failure;
use house::House;
use std::process::{Command, ExitCode};

/// Name, usage and purpose of every command. README.md names the first and the fourth; the tidy test reads this table.
const COMMANDS: &[(&str, &str, &str)] = &[
    ("run", "run [-- ARGUMENTS]", "prepare, then start the server (ARGUMENTS go to `caveat serve`)"),
    ("prepare", "prepare", "make the Python environment and build the page"),
    ("web", "web", "build the page"),
    ("test", "test [--quick]", "everything that must be green (--quick: without browser, licences and documentation)"),
    ("interop", "interop", "try the server with heavy outside programs, and write docs/INTEROP.md"),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match command(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            house::tell(&failure.to_string());
            ExitCode::FAILURE
        }
    }
}

fn command(arguments: &[String]) -> Result<(), Failure> {
    let house = House::here()?;
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["run"] => serve(&house, &[]),
        ["run", "--", rest @ ..] => serve(&house, rest),
        ["prepare"] => prepare(&house),
        ["web"] => page::build(&house).map(|_| ()),
        ["test"] => checks::test(&house, checks::Extent::Everything),
        ["test", "--quick"] => checks::test(&house, checks::Extent::Quick),
        ["interop"] => interop(&house),
        [] | ["help" | "--help" | "-h"] => {
            house::print(&usage());
            Ok(())
        }
        _ => Err(Failure::new(format!("there is no `cargo xtask {}`", words.join(" "))).output(usage())),
    }
}

fn prepare(house: &House) -> Result<(), Failure> {
    python::environment(house)?;
    page::build(house)?;
    house.step("ready", "the Python environment and the page are up to date");
    Ok(())
}

/// Hands over to the server for good, so that Ctrl-C and the exit code are its own.
fn serve(house: &House, arguments: &[&str]) -> Result<(), Failure> {
    machine::provide(house, &[machine::SANDBOX])?;
    let python = python::environment(house)?;
    page::build(house)?;
    house.step("server", "cargo run --package caveat -- serve (the first build takes a few minutes)");
    let mut server = tool::cargo(house);
    server.args(["run", "--package", "caveat", "--", "serve", "--python"]).arg(python).args(arguments);
    Err(tool::become_it(server))
}

/// What needs programs that nothing else needs: installed apart, run by hand.
fn interop(house: &House) -> Result<(), Failure> {
    machine::provide(house, &[machine::SANDBOX])?;
    let python = python::environment(house)?;
    oidc::interop(house, &python)?;
    let outside = python::install(house, "target/interop", "requirements/interop.txt")?;
    house.step("server", "cargo build --package caveat");
    tool::shown(tool::cargo(house).args(["build", "--package", "caveat"]), "mend what is named above")?;
    house.step("interop", "tests/interop/contract.py");
    let mut contract = Command::new(outside);
    contract.arg(house.at("tests/interop/contract.py"));
    contract.env("CAVEAT", house.at("target/debug/caveat")).env("CAVEAT_PYTHON", &python);
    tool::shown(&mut contract, "mend the server or its document: what differs is named above")?;
    models::interop(house, &python)
}

fn usage() -> String {
    let width = COMMANDS.iter().map(|(_, usage, _)| usage.len()).max().unwrap_or(0);
    let lines = COMMANDS.iter().map(|(_, usage, purpose)| format!("  cargo xtask {usage:width$}  {purpose}\n"));
    format!("The set-up commands of this repository:\n\n{}", lines.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usage_names_every_command() {
        let usage = usage();
        for (name, _, purpose) in COMMANDS {
            assert!(usage.contains(&format!("cargo xtask {name}")) && usage.contains(purpose), "{usage}");
        }
    }
}
