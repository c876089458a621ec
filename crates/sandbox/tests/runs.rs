//! What a program gets and what comes back.

mod support;

use sandbox::{End, Job};
use support::{files, limits, sandbox};

#[tokio::test]
async fn a_program_gets_its_files_arguments_variables_and_input() {
    let job = Job {
        files: files(&[
            ("pkg/__init__.py", ""),
            ("pkg/words.py", "def greet(name): return 'hello ' + name"),
            ("main.py", MAIN),
        ]),
        argv: ["python", "main.py", "Ada"].map(str::to_owned).into(),
        stdin: b"from input".to_vec(),
        env: vec![("COLOUR".to_owned(), "blue".to_owned())],
        limits: limits(),
    };
    let outcome = sandbox().await.run(job).await.expect("a run");
    assert_eq!(String::from_utf8_lossy(&outcome.stderr), "to stderr\n");
    assert_eq!(String::from_utf8_lossy(&outcome.stdout), "hello Ada blue from input /box\n");
    assert_eq!((outcome.end, outcome.truncated), (End::Exited(3), false));
}

const MAIN: &str = "
import os, sys
from pkg.words import greet
print(greet(sys.argv[1]), os.environ['COLOUR'], sys.stdin.read(), os.getcwd())
print('to stderr', file=sys.stderr)
sys.exit(3)
";
