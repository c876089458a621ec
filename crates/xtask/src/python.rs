//! The Python environments: one for candidates' code, and one that can bring Node.

use crate::failure::Failure;
use crate::house::House;
use crate::machine::{self, PYTHON};
use crate::stamp::{Stamp, content};
use crate::tool;
use std::path::PathBuf;
use std::process::Command;

const OLDEST: (u32, u32) = (3, 11);
const NAMES: &[&str] = &["python3", "python3.14", "python3.13", "python3.12", "python3.11"];
const NETWORK: &str =
    "see that this machine reaches the Python package index (pip's own settings apply), then start again";

/// Makes the environment that candidates' code runs in, unless it is up to date; the path of its interpreter.
pub(crate) fn environment(house: &House) -> Result<PathBuf, Failure> {
    install(house, "target/python", "requirements/python.txt")
}

/// Makes an environment of exactly what a requirements file pins; the path of its interpreter.
pub(crate) fn install(house: &House, folder: &str, requirements: &str) -> Result<PathBuf, Failure> {
    let base = interpreter(house)?;
    let interpreter = house.at(folder).join("bin/python");
    let pins = content(&house.at(requirements))?;
    let stamp = Stamp::new(house.at(folder).join("stamp"), &[pins.as_slice(), base.identity.as_bytes()]);
    if stamp.is_current() && interpreter.exists() {
        house.step("python", &format!("{folder} is up to date (Python {})", base.version));
        return Ok(interpreter);
    }
    house.step("python", &format!("python3 -m venv {folder} (Python {})", base.version));
    stamp.clear()?;
    let mut venv = Command::new(base.program);
    tool::quiet(venv.args(["-m", "venv", "--clear"]).arg(house.at(folder)), "sudo apt-get install -y python3-venv")?;
    house.step("python", &format!("pip install --require-hashes -r {requirements}"));
    let mut pip = Command::new(&interpreter);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]);
    pip.args(["--only-binary", ":all:", "-r"]).arg(house.at(requirements));
    tool::quiet(&mut pip, NETWORK)?;
    stamp.write()?;
    Ok(interpreter)
}

/// A Python of this machine that is new enough and can make environments.
struct Interpreter {
    program: &'static str,
    version: String,
    /// Where it is installed and its version: an environment made from another one is made anew.
    identity: String,
}

fn interpreter(house: &House) -> Result<Interpreter, Failure> {
    if let Some(found) = NAMES.iter().find_map(|name| look(name)) {
        return Ok(found);
    }
    machine::install(house, &[PYTHON])?;
    NAMES.iter().find_map(|name| look(name)).ok_or_else(|| {
        let (major, minor) = OLDEST;
        Failure::new(format!("this machine's packages bring no Python {major}.{minor} or newer with `venv`"))
            .remedy(format!("install Python {major}.{minor} or newer so that `python3.{minor}` is on the search path"))
    })
}

fn look(program: &'static str) -> Option<Interpreter> {
    // ensurepip is what Debian leaves out of `venv` until python3-venv is installed.
    let question = "import ensurepip, sys, venv; print('%d.%d.%d' % sys.version_info[:3], sys.base_prefix)";
    let output = Command::new(program).args(["-c", question]).output().ok().filter(|output| output.status.success())?;
    let identity = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    let version = identity.split(' ').next()?.to_owned();
    is_new_enough(&version).then_some(Interpreter { program, version, identity })
}

fn is_new_enough(version: &str) -> bool {
    let mut numbers = version.split('.').map_while(|number| number.parse::<u32>().ok());
    numbers.next().zip(numbers.next()).is_some_and(|version| version >= OLDEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn python_is_new_enough_from_3_11() {
        for (version, expected) in
            [("3.11.0", true), ("3.9.18", false), ("3.14.1", true), ("2.7.18", false), ("4.0.0", true), ("", false)]
        {
            assert_eq!(is_new_enough(version), expected, "{version}");
        }
    }
}
