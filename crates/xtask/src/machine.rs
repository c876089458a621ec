//! What the machine must have, and how it comes to have it.

use crate::failure::Failure;
use crate::house::House;
use crate::tool;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;

/// A program from the distribution's packages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Need {
    /// The program that tells whether the package is there.
    pub(crate) program: &'static str,
    /// Debian's name for the package; the others call it the same unless `elsewhere` says otherwise.
    pub(crate) package: &'static str,
    /// The package's name where it differs from Debian's.
    pub(crate) elsewhere: &'static str,
    /// What it is for, as the end of "… is missing: ".
    pub(crate) why: &'static str,
}

/// Walls off the code that candidates run.
pub(crate) const SANDBOX: Need = Need {
    program: "bwrap",
    package: "bubblewrap",
    elsewhere: "bubblewrap",
    why: "candidates' code runs inside it, walled off from this machine",
};

/// The Python that runs candidates' code.
pub(crate) const PYTHON: Need = Need {
    program: "python3",
    package: "python3-venv",
    elsewhere: "python3",
    why: "candidates' code and its tests run on Python 3.11 or newer, in an environment made with `venv`",
};

/// The browser of the browser test.
pub(crate) const CHROMIUM: Need = Need {
    program: "chromium",
    package: "chromium",
    elsewhere: "chromium",
    why: "the browser test walks through an interview in it",
};

/// Package managers, what installs with them, and whether they use Debian's names.
const MANAGERS: &[(&str, &str, bool)] = &[
    ("apt-get", "apt-get install -y", true),
    ("dnf", "dnf install -y", false),
    ("zypper", "zypper install -y", false),
    ("pacman", "pacman -S --needed", false),
    ("apk", "apk add", false),
];

/// Sees to it that the programs are there: by apt on Debian as root, else by saying what to type.
pub(crate) fn provide(house: &House, needs: &[Need]) -> Result<(), Failure> {
    let absent = lacking(needs);
    if absent.is_empty() {
        return Ok(());
    }
    install(house, &absent)?;
    let absent = lacking(needs);
    if absent.is_empty() { Ok(()) } else { Err(missing(&absent)) }
}

fn lacking(needs: &[Need]) -> Vec<Need> {
    needs.iter().copied().filter(|need| tool::find(need.program).is_none()).collect()
}

/// Installs packages, whether or not a program of theirs is there.
pub(crate) fn install(house: &House, needs: &[Need]) -> Result<(), Failure> {
    if !may_install() {
        return Err(missing(needs));
    }
    let packages: Vec<&str> = needs.iter().map(|need| need.package).collect();
    house.step("machine", &format!("apt-get install {}", packages.join(" ")));
    if apt(&[&["install", "-y", "--no-install-recommends"], packages.as_slice()].concat()).is_ok() {
        return Ok(());
    }
    // A fresh machine has no list of packages yet.
    house.step("machine", "apt-get update, then once more");
    apt(&["update"])?;
    apt(&[&["install", "-y", "--no-install-recommends"], packages.as_slice()].concat())
}

fn apt(arguments: &[&str]) -> Result<(), Failure> {
    let mut apt = Command::new("apt-get");
    apt.arg("-qq").args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
    tool::quiet(&mut apt, "check the network and /etc/apt/sources.list, then start this command again").map(|_| ())
}

fn may_install() -> bool {
    let is_root = Path::new("/proc/self").metadata().is_ok_and(|process| process.uid() == 0);
    is_root && Path::new("/etc/debian_version").exists() && tool::find("apt-get").is_some()
}

fn missing(needs: &[Need]) -> Failure {
    let manager = MANAGERS.iter().find(|(program, _, _)| tool::find(program).is_some());
    let lines: String = needs.iter().map(|need| format!("{} is missing: {}\n", need.package, need.why)).collect();
    let names: Vec<&str> = needs.iter().map(|need| need.package).collect();
    Failure::new(format!("this machine lacks {}", names.join(", "))).output(lines).remedy(remedy(manager, needs))
}

fn remedy(manager: Option<&(&str, &str, bool)>, needs: &[Need]) -> String {
    let names = |debian: bool| {
        let names: Vec<&str> = needs.iter().map(|need| if debian { need.package } else { need.elsewhere }).collect();
        names.join(" ")
    };
    match manager {
        Some((_, install, debian)) => format!("sudo {install} {}", names(*debian)),
        None if cfg!(target_os = "linux") => format!("install {} with the machine's package manager", names(false)),
        None => "use a Linux machine or container: the sandbox is built from Linux namespaces".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_remedy_is_one_command_in_the_machines_own_words() {
        for (manager, expected) in [
            (Some(&MANAGERS[0]), "sudo apt-get install -y bubblewrap python3-venv"),
            (Some(&MANAGERS[1]), "sudo dnf install -y bubblewrap python3"),
            (Some(&MANAGERS[3]), "sudo pacman -S --needed bubblewrap python3"),
        ] {
            assert_eq!(remedy(manager, &[SANDBOX, PYTHON]), expected);
        }
    }

    #[test]
    fn what_is_missing_is_named_with_its_reason() {
        let said = missing(&[SANDBOX, CHROMIUM]).to_string();
        for part in ["bubblewrap is missing: candidates' code", "chromium is missing: the browser test", "mend: "] {
            assert!(said.contains(part), "{part:?} is missing from {said}");
        }
    }
}
