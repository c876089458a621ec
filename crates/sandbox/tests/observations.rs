//! Values judged outside: what is seen, and what cannot be faked or broken into a verdict.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may stop")]

mod support;

use std::time::Duration;

use sandbox::{Limits, Observation};
use serde_json::{Value, json};
use support::{files, limits, sandbox};

/// Looks at these files with a program and an input.
async fn look(given: Option<Value>, program: &str, tree: &[(&str, &str)]) -> Observation {
    sandbox().await.observe(files(tree), program, given.as_ref(), &limits()).await.expect("an observation")
}

fn value(observation: Observation) -> Value {
    match observation {
        Observation::Value(value) => value,
        other => panic!("no value: {other:?}"),
    }
}

fn reason(observation: Observation) -> String {
    match observation {
        Observation::NotJudged { reason } => reason,
        other => panic!("judged: {other:?}"),
    }
}

const CALL: &str = "
def observe(given):
    from shop.prices import total
    return total(given['items'])
";

/// Looks at `shop.prices` with this text.
async fn look_at(prices: &str) -> Observation {
    look(Some(json!({"items": [1, 2]})), CALL, &[("shop/__init__.py", ""), ("shop/prices.py", prices)]).await
}

#[tokio::test]
async fn an_observation_is_what_the_code_returned_for_the_given_value() {
    assert_eq!(value(look_at("def total(items): return sum(items)").await), json!(3));
    let echo = "def observe(given): return given";
    let given =
        json!({"text": "ä \u{1F600} \" \\ \n \u{7f}", "list": [1, -2.5, 1e300, true, null, {}, []], "big": u64::MAX});
    assert_eq!(value(look(Some(given.clone()), echo, &[]).await), given);
    assert_eq!(value(look(None, "def observe(): return (1, 'two')", &[]).await), json!([1, "two"]));
}

#[tokio::test]
async fn an_exception_of_the_code_is_an_observation_of_its_own() {
    let raised = |kind: &str, message: &str| Observation::Raised { kind: kind.to_owned(), message: message.to_owned() };
    let cases = [
        ("def total(items): raise LookupError('no price')", raised("LookupError", "no price")),
        ("import nothing_of_this_name", raised("ModuleNotFoundError", "No module named 'nothing_of_this_name'")),
        ("def total(items): raise SystemExit(0)", raised("SystemExit", "0")),
        (
            "class Odd(Exception):\n  def __str__(self): raise ValueError\ndef total(items): raise Odd",
            raised("Odd", ""),
        ),
    ];
    for (prices, expected) in cases {
        assert_eq!(look_at(prices).await, expected, "{prices}");
    }
    assert!(matches!(look_at("def total(:").await, Observation::Raised { kind, .. } if kind == "SyntaxError"));
    assert!(
        matches!(look_at("def total(i): return total(i)").await, Observation::Raised { kind, .. } if kind == "RecursionError")
    );
}

#[tokio::test]
async fn an_early_exit_is_not_judged() {
    for prices in [
        "import os; os._exit(0)",
        "import os\ndef total(items): os._exit(0)",
        "import os, signal\ndef total(items): os.kill(os.getpid(), signal.SIGKILL)",
        "import os\ndef total(items): os.closerange(0, 256); return 3",
        "import os\ndef total(items): os.execv('/bin/true', ['true'])\nimport ctypes\nctypes.string_at(0)",
    ] {
        let reason = reason(look_at(prices).await);
        assert!(reason.contains("before an observation") || reason.contains("signal"), "{prices}: {reason}");
    }
}

#[tokio::test]
async fn prints_and_exit_handlers_do_not_reach_the_observation() {
    let noisy = "
import atexit, os, sys, threading
atexit.register(lambda: (print('{\"value\": 99}'), os._exit(0)))
threading.Thread(target=lambda: [print('{\"value\": 98}') for _ in range(1000)], daemon=True).start()
def total(items):
    print('{\"value\": 97}'); sys.stderr.write('{\"value\": 96}\\n'); sys.stdout.flush()
    return sum(items)
";
    assert_eq!(value(look_at(noisy).await), json!(3));
}

#[tokio::test]
async fn a_record_written_by_the_code_itself_is_not_judged() {
    let forging = "
import os
def total(items):
    for number in range(3, 64):
        try: os.write(number, b'{\"value\":3}\\n')
        except OSError: pass
    return 4
";
    assert!(reason(look_at(forging).await).contains("something other"), "forged");
    let exiting = forging.replace("return 4", "os._exit(0)");
    assert!(reason(look_at(&exiting).await).contains("something other"), "forged and left");
}

#[tokio::test]
async fn a_fork_cannot_speak_for_the_run() {
    assert_eq!(
        value(look_at("import os\ndef total(items): return 5 if os.fork() == 0 else (os.wait(), 3)[1]").await),
        json!(3)
    );
}

#[tokio::test]
async fn objects_that_answer_for_themselves_are_not_judged() {
    let cases = [
        "class Equal:\n  def __eq__(self, other): return True\n  def __hash__(self): return 0\ndef total(items): return Equal()",
        "class Three(int):\n  def __eq__(self, other): return True\n  def __repr__(self): return '3'\ndef total(items): return Three(4)",
        "class Text(str):\n  def __str__(self): return '3'\ndef total(items): return Text('4')",
        "class Fine(dict):\n  def items(self): return [('a', 3)]\ndef total(items): return Fine(a=4)",
        "def total(items): return {1: 2}",
        "def total(items): return float('nan')",
        "def total(items): return {3}",
        "def total(items): return b'3'",
        "def total(items): x = []; x.append(x); return x",
        "def total(items): return 10 ** 5000",
        "def total(items): return 'x' * (2 << 20)",
    ];
    for prices in cases {
        reason(look_at(prices).await);
    }
}

#[tokio::test]
async fn modules_of_the_candidate_that_shadow_the_library_do_not_reach_the_driver() {
    let shadow = "raise SystemExit(0)\n";
    let tree = [
        ("json.py", "def dumps(*a, **k): return '99'\nloads = dumps\n"),
        ("_json.py", shadow),
        ("site.py", shadow),
        ("math.py", shadow),
        ("os.py", shadow),
        ("encodings/__init__.py", shadow),
        ("threading.py", shadow),
        ("sitecustomize.py", shadow),
        ("usercustomize.py", shadow),
        ("conftest.py", shadow),
        ("pytest.ini", "[pytest]\naddopts = --nope\n"),
        ("code.py", "def total(items): return sum(items)\n"),
    ];
    let program = "def observe(given):\n    from code import total\n    return total(given)";
    assert_eq!(value(look(Some(json!([1, 2])), program, &tree).await), json!(3));
}

#[tokio::test]
async fn stale_bytecode_and_path_files_have_no_effect() {
    let tree = vec![
        ("prices.py".to_owned(), b"def total(items): return sum(items)".to_vec()),
        ("__pycache__/prices.cpython-311.pyc".to_owned(), b"not bytecode".to_vec()),
        ("extra.pyc".to_owned(), b"not bytecode".to_vec()),
        ("evil.pth".to_owned(), b"import os; os._exit(0)\n".to_vec()),
    ];
    let program =
        "import os\ndef observe():\n    from prices import total\n    return [total([1, 2]), sorted(os.listdir('.'))]";
    let seen = sandbox().await.observe(tree, program, None, &limits()).await.expect("an observation");
    assert_eq!(value(seen), json!([3, ["prices.py"]]));
}

#[tokio::test]
async fn patched_built_ins_and_traces_do_not_change_the_observation() {
    let patched = "
import builtins, json, sys, threading
def total(items):
    builtins.repr = builtins.str = builtins.len = builtins.type = lambda *a: 99
    builtins.isinstance = lambda *a: True
    json.dumps = lambda *a, **k: '99'
    sys.modules.clear()
    sys.settrace(lambda *a: (_ for _ in ()).throw(SystemExit(0)))
    sys.setprofile(lambda *a: None)
    return 3
";
    assert_eq!(value(look_at(patched).await), json!(3));
}

#[tokio::test]
async fn a_limit_that_was_met_is_not_judged() {
    let within = Limits { wall: Duration::from_millis(400), memory_bytes: 64 << 20, ..limits() };
    let cases = [
        ("import time\ndef observe(): time.sleep(60)", "longer than allowed"),
        ("def observe(): return len([b'x' * (1 << 20) for _ in range(1000)])", "memory"),
        ("def observe():\n  while True: print('x' * 65536)", "output"),
    ];
    for (program, expected) in cases {
        let seen = sandbox().await.observe(Vec::new(), program, None, &within).await.expect("an observation");
        let reason = reason(seen);
        assert!(reason.contains(expected), "{program}: {reason}");
    }
}

#[tokio::test]
async fn a_program_that_cannot_look_is_not_judged() {
    assert!(reason(look(None, "def observe(:", &[]).await).contains("does not compile"));
    assert!(reason(look(None, "x = 1", &[]).await).contains("defines no observe"));
}

#[tokio::test]
async fn the_same_observation_is_made_every_time() {
    let program = "def observe(): return list({'alpha', 'beta', 'gamma', 'delta', 'epsilon'})";
    let first = value(look(None, program, &[]).await);
    for _ in 0..3 {
        assert_eq!(value(look(None, program, &[]).await), first);
    }
}
