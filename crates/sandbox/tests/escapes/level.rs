//! Who the server is: root, an ordinary user, or root of a container that has no rights outside.

use std::os::unix::fs::{chown, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support;

/// One way to be started.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Who {
    Root,
    User,
    Container,
}

/// Makes each function, which returns something with `carry_out`, a test as everybody.
macro_rules! as_everybody {
    ($($name:ident),+ $(,)?) => {
        as_everybody!(@who as_root Root $($name)+);
        as_everybody!(@who as_user User $($name)+);
        as_everybody!(@who in_container Container $($name)+);
    };
    (@who $module:ident $who:ident $($name:ident)+) => {
        mod $module {
            $(
                #[test]
                fn $name() {
                    let test = concat!(module_path!(), "::", stringify!($name));
                    $crate::level::become_and(crate::level::Who::$who, test, || super::$name().carry_out());
                }
            )+
        }
    };
}
pub(crate) use as_everybody;

const MARK: &str = "SANDBOX_TEST_AS";
/// Any number that is nobody's.
const USER: u32 = 23_456;

/// Does the work as `who`: at once, or by starting this test again as them.
pub(crate) fn become_and(who: Who, test: &str, work: impl FnOnce()) {
    let root = rustix::process::getuid().is_root();
    let began_as = std::env::var(MARK).ok();
    if began_as.as_deref() == Some(&format!("{who:?}")) || (who == Who::Root && root) {
        return work();
    }
    let folder = tempfile::tempdir().expect("a folder");
    match command(who, root, folder.path()) {
        Ok(mut command) => {
            let name = test.split_once("::").map_or(test, |(_, name)| name);
            command.args(["--exact", name, "--nocapture"]).env(MARK, format!("{who:?}"));
            let output = command.env("TMPDIR", folder.path()).current_dir("/").output().expect("this test, again");
            let said = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
            assert!(output.status.success() && said.contains("1 passed"), "{who:?}: {said}");
        }
        Err(why) => skip(who, &why),
    }
}

/// What was not tried is said, with what would try it; under CI it is a failure.
#[expect(clippy::print_stderr, reason = "what was not tried should be seen")]
fn skip(who: Who, why: &str) {
    let line =
        format!("not tried as {who:?}: {why}; start the tests as root of a machine that lets users make namespaces");
    assert!(!std::env::var("CI").is_ok_and(|value| value == "true" || value == "1"), "{line}");
    eprintln!("{line}");
}

/// This test as somebody else, or why not.
fn command(who: Who, root: bool, folder: &Path) -> Result<Command, String> {
    let test = std::env::current_exe().expect("this test");
    let mut command = match who {
        Who::Root => return Err("the tests were not started as root".to_owned()),
        Who::User => Command::new(test),
        Who::Container => {
            let mut command = Command::new("unshare");
            command.args(["--user", "--map-root-user", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child"]);
            command.arg(test);
            command
        }
    };
    if root {
        chown(folder, Some(USER), Some(USER)).map_err(|error| error.to_string())?;
        command.uid(USER).gid(USER).env("CAVEAT_PYTHON", python()?);
    }
    let mut trial = Command::new("unshare");
    trial.args(["--user", "--map-root-user", "true"]);
    if root {
        trial.uid(USER).gid(USER);
    }
    match trial.output() {
        Ok(output) if output.status.success() => Ok(command),
        Ok(output) => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
        Err(error) => Err(format!("unshare: {error}")),
    }
}

/// An interpreter that everybody may use: the one of the tests, or the system's with the same pytest beside it.
fn python() -> Result<PathBuf, String> {
    let usual = support::config().python;
    let may_use = |python: &Path| {
        let mut command = Command::new(python);
        command
            .args(["-c", "import importlib.util; raise SystemExit(importlib.util.find_spec('pytest') is None)"])
            .env_clear()
            .uid(USER)
            .gid(USER);
        command.output().is_ok_and(|output| output.status.success())
    };
    if may_use(&usual) {
        return Ok(usual);
    }
    let made = Path::new(env!("CARGO_TARGET_TMPDIR")).join("python-for-everybody");
    let python = made.join("bin/python");
    if !python.exists() {
        let beside = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).map_err(|error| error.to_string())?;
        let draft = beside.path().join("python");
        make(&draft, &usual).map_err(|error| error.to_string())?;
        // Another test may have been faster.
        let _ = std::fs::rename(&draft, &made);
    }
    if may_use(&python) { Ok(python) } else { Err("no Python 3.11 or newer that everybody may use".to_owned()) }
}

fn make(folder: &Path, usual: &Path) -> std::io::Result<()> {
    const WHERE: &str =
        "import sys, sysconfig; print(sysconfig.get_path('purelib')); print('python%d.%d' % sys.version_info[:2])";
    let ask = |python: &Path| {
        let output = Command::new(python).args(["-c", WHERE]).output()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.split_once('\n')
            .map(|(place, name)| (place.to_owned(), name.trim().to_owned()))
            .ok_or_else(|| std::io::Error::other("no Python"))
    };
    let system = Path::new("/usr/bin/python3");
    let packages = folder.join("lib").join(ask(system)?.1).join("site-packages");
    std::fs::create_dir_all(&packages)?;
    std::fs::create_dir_all(folder.join("bin"))?;
    std::fs::write(folder.join("pyvenv.cfg"), "home = /usr/bin\ninclude-system-site-packages = false\n")?;
    symlink(system, folder.join("bin/python"))?;
    let copied = Command::new("cp").args(["-rL", &format!("{}/.", ask(usual)?.0)]).arg(&packages).status()?;
    let opened = Command::new("chmod").args(["-R", "a+rX"]).arg(folder).status()?;
    if copied.success() && opened.success() {
        Ok(())
    } else {
        Err(std::io::Error::other("the packages cannot be copied"))
    }
}
