//! The repository one works in, and the lines that say what is being done to it.

use crate::failure::Failure;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The root of the repository and the moment the command began.
pub(crate) struct House {
    root: PathBuf,
    begun: Instant,
}

impl House {
    /// Finds the repository from where cargo says this package is.
    pub(crate) fn here() -> Result<Self, Failure> {
        let package = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        let root = package.as_deref().and_then(Path::parent).and_then(Path::parent);
        match root {
            Some(root) => Ok(Self { root: root.to_owned(), begun: now() }),
            None => Err(Failure::new("this program cannot tell where the repository is")
                .remedy("start it as `cargo xtask`, from anywhere inside the repository")),
        }
    }

    /// A path inside the repository.
    pub(crate) fn at(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// Says what is being done, with the seconds since the command began.
    pub(crate) fn step(&self, part: &str, doing: &str) {
        tell(&format!("{:7.1} s  {part:<10} {doing}", self.elapsed().as_secs_f64()));
    }

    /// Time since the command began.
    pub(crate) fn elapsed(&self) -> Duration {
        now().duration_since(self.begun)
    }
}

/// True when a missing tool must fail instead of being left out.
pub(crate) fn is_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| value == "true" || value == "1")
}

/// One line for the person watching; on standard error, since standard output belongs to what is started.
#[expect(clippy::print_stderr, reason = "telling is what this program is for")]
pub(crate) fn tell(line: &str) {
    eprintln!("{line}");
}

/// Output somebody asked for: usage and the summary.
#[expect(clippy::print_stdout, reason = "telling is what this program is for")]
pub(crate) fn print(text: &str) {
    println!("{text}");
}

#[expect(
    clippy::disallowed_methods,
    reason = "set-up commands measure their own steps; the engine's clock is the product's"
)]
fn now() -> Instant {
    Instant::now()
}
