//! Starting other programs: quietly with the output kept for a failure, or with the terminal handed over.

use crate::failure::Failure;
use crate::house::House;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The cargo that started this program, at the root of the repository.
pub(crate) fn cargo(house: &House) -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(house.at(""));
    cargo
}

/// Runs to the end without showing anything; a failure carries everything the program said.
pub(crate) fn quiet(command: &mut Command, remedy: &str) -> Result<String, Failure> {
    let output = command
        .stdin(Stdio::null())
        .env("NO_COLOR", "1")
        .output()
        .map_err(|error| not_started(command, &error, remedy))?;
    let said = everything(&output);
    if output.status.success() {
        return Ok(said);
    }
    Err(Failure::new(format!("{} ended with {}", words(command), output.status)).output(said).remedy(remedy))
}

/// Runs to the end with its output on the terminal.
pub(crate) fn shown(command: &mut Command, remedy: &str) -> Result<(), Failure> {
    let status = command.status().map_err(|error| not_started(command, &error, remedy))?;
    if status.success() {
        return Ok(());
    }
    Err(Failure::new(format!("{} ended with {status}", words(command))).remedy(remedy))
}

/// Replaces this program by another; comes back only when that could not be done.
pub(crate) fn become_it(mut command: Command) -> Failure {
    let error = command.exec();
    not_started(&command, &error, "")
}

/// True when the program answers to these arguments.
pub(crate) fn answers(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Where a program stands on the search path.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// The search path with one more folder in front.
pub(crate) fn path_with(folder: &Path) -> std::ffi::OsString {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(folder.to_owned()).chain(std::env::split_paths(&path));
    // Only a folder with a colon in its name cannot be joined; then the machine's own path has to do.
    std::env::join_paths(folders).unwrap_or(path)
}

fn not_started(command: &Command, error: &std::io::Error, remedy: &str) -> Failure {
    Failure::new(format!("{} could not be started: {error}", words(command))).remedy(remedy)
}

fn everything(output: &Output) -> String {
    let parts = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    parts.concat()
}

/// The command as one would type it.
fn words(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words = std::iter::once(program).chain(command.get_args()).map(|word| word.to_string_lossy().into_owned());
    format!("`{}`", words.collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_tool_is_quoted_with_what_it_said() {
        let failure =
            quiet(Command::new("sh").args(["-c", "echo here; echo there >&2; exit 3"]), "try again").unwrap_err();
        let said = failure.to_string();
        for part in ["    here\n", "    there\n", "`sh -c", "3", "mend: try again"] {
            assert!(said.contains(part), "{part:?} is missing from {said}");
        }
    }

    #[test]
    fn a_tool_that_is_not_there_is_named() {
        let failure = shown(&mut Command::new("no-such-tool"), "install it").unwrap_err();
        assert!(failure.to_string().starts_with("failed: `no-such-tool` could not be started"), "{failure}");
    }
}
