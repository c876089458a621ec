//! The program itself, started as its users start it.

use crate::house::{python, root};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex, OnceLock};

/// The program's file, built once if it is not, in the profile of whoever asks.
pub fn caveat() -> &'static Path {
    static FILE: OnceLock<PathBuf> = OnceLock::new();
    FILE.get_or_init(|| {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let built = Command::new(cargo)
            .args(["build", "--quiet", "--package", "caveat", "--message-format", "json-render-diagnostics"])
            .args(if cfg!(debug_assertions) { &[][..] } else { &["--release"] })
            .current_dir(root())
            .stderr(Stdio::inherit())
            .output()
            .expect("cargo");
        assert!(built.status.success(), "the program does not build");
        let lines = String::from_utf8_lossy(&built.stdout).into_owned();
        let file = lines.lines().rev().find_map(|line| {
            let message: serde_json::Value = serde_json::from_str(line).ok()?;
            let is_ours = message["target"]["name"] == "caveat";
            message["executable"].as_str().filter(|_| is_ours).map(PathBuf::from)
        });
        file.expect("the program's file")
    })
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port()
}

/// A running program.
pub struct Program {
    child: Child,
    said: Arc<Mutex<String>>,
}

impl Program {
    /// Starts `caveat serve` over a data folder and waits until it listens.
    pub fn serve(data: &Path, port: u16) -> Self {
        Self::start("serve", data, port, &[], "Caveat is at").0
    }

    /// Starts a command that serves; gives the line in which it says that it is ready.
    pub fn start(command: &str, data: &Path, port: u16, more: &[&str], ready: &str) -> (Self, String) {
        Self::start_logging("warn", command, data, port, more, ready)
    }

    /// The same with everything logged from this level up.
    pub fn start_logging(
        level: &str,
        command: &str,
        data: &Path,
        port: u16,
        more: &[&str],
        ready: &str,
    ) -> (Self, String) {
        let mut child = Command::new(caveat())
            .args([command, "--listen", &format!("127.0.0.1:{port}"), "--data"])
            .arg(data)
            .arg("--python")
            .arg(python())
            .args(more)
            .env("CAVEAT_LOG", level)
            .current_dir(root())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program");
        let stderr = child.stderr.take().expect("its messages");
        let mut lines = BufReader::new(stderr).lines();
        let mut told: Vec<String> = Vec::new();
        while !told.last().is_some_and(|line| line.contains(ready)) {
            match lines.next() {
                Some(Ok(line)) => told.push(line),
                Some(Err(_)) | None => panic!("it did not start: {told:?}"),
            }
        }
        // Read on, or the program would stop at a full pipe.
        let ready = told.pop().unwrap_or_default();
        let said = Arc::new(Mutex::new(told.join("\n") + "\n"));
        let written = Arc::clone(&said);
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                written.lock().expect("nobody else broke").extend([line.as_str(), "\n"]);
            }
        });
        (Self { child, said }, ready)
    }

    /// What it has said on its terminal so far, but for the line in which it was ready.
    pub fn said(&self) -> String {
        self.said.lock().expect("nobody else broke").clone()
    }

    /// Kills it as a power cut would.
    pub fn kill(mut self) {
        self.child.kill().expect("a running program");
        self.child.wait().expect("its end");
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it ends by itself.
    pub fn wait(mut self) -> ExitStatus {
        self.child.wait().expect("its end")
    }

    /// Runs a command to its end.
    pub fn run(arguments: &[&str], input: &str) -> Output {
        let mut child = Command::new(caveat())
            .args(arguments)
            .current_dir(root())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program");
        let mut stdin = child.stdin.take().expect("its input");
        let input = input.to_owned();
        let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
        let output = child.wait_with_output().expect("its end");
        // A program that fails early does not read its input.
        let _ = writer.join().expect("the writer");
        output
    }

    /// Runs a command in a folder, to its end.
    pub fn run_in(folder: &Path, arguments: &[&str]) -> Output {
        let mut command = Command::new(caveat());
        command.args(arguments).current_dir(folder).env("CAVEAT_PYTHON", python()).stdin(Stdio::null());
        command.output().expect("the program")
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
