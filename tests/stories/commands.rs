//! The commands of the program, as scripts use them.

use serde_json::{Value, json};
use std::fs;
use tests::{Candidate, House, Program, free_port};

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn task_list_names_the_library_in_words_and_as_json() {
    let words = Program::run(&["task", "list"], "");
    assert!(words.status.success(), "{}", text(&words.stderr));
    assert!(text(&words.stdout).contains("The answers feel wrong"));
    let listed: Value =
        serde_json::from_slice(&Program::run(&["task", "list", "--format", "json"], "").stdout).expect("JSON");
    assert_eq!(listed["tasks"][0]["name"], "helpdesk_rag");
    assert_eq!(listed["problems"], json!([]));
}

#[test]
fn task_list_names_file_line_and_remedy_of_a_broken_task() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let task = folder.path().join("broken");
    fs::create_dir(&task).expect("a task's folder");
    fs::write(task.join("task.toml"), "name = \"broken\"\nminutes = = 45\n").expect("a file");
    let dir = folder.path().to_str().expect("a path");
    let listed = Program::run(&["task", "list", "--tasks", dir], "");
    assert!(!listed.status.success());
    assert!(text(&listed.stdout).contains("task.toml:2:"), "{}", text(&listed.stdout));
    assert!(text(&listed.stdout).contains("help:"), "{}", text(&listed.stdout));
}

#[test]
fn index_counts_a_python_tree() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let source = "def f():\n    return g()\n\ndef g():\n    return 1\n";
    fs::write(folder.path().join("a.py"), source).expect("a file");
    fs::write(folder.path().join("data.txt"), "def h(): pass").expect("a file");
    let dir = folder.path().to_str().expect("a path");
    let counted: Value =
        serde_json::from_slice(&Program::run(&["index", dir, "--format", "json"], "").stdout).expect("JSON");
    assert_eq!((&counted["files"], &counted["bytes"]), (&json!(1), &json!(source.len())));
    assert!(counted["symbols"].as_u64() >= Some(2) && counted["references"].as_u64() >= Some(1), "{counted}");
    assert!(counted["seconds"].is_number());
    let missing = Program::run(&["index", "/no/such/folder"], "");
    assert!(!missing.status.success() && text(&missing.stderr).contains("no folder"));
}

#[test]
fn ask_gives_the_same_words_for_the_same_seed() {
    let asked = |seed: &str| {
        text(
            &Program::run(&["ask", "--task", "helpdesk_rag", "--seed", seed, "What does faithfulness measure?"], "")
                .stdout,
        )
    };
    assert_eq!(asked("3"), asked("3"));
    assert!(asked("3").contains("faithfulness"));
    let sides: std::collections::BTreeSet<String> = (0..8).map(|seed| asked(&seed.to_string())).collect();
    assert!(sides.len() >= 2, "some seeds show the other side");
}

#[test]
fn ask_reads_and_writes_lines_of_json_about_any_tree() {
    let folder = tempfile::TempDir::new().expect("a folder");
    fs::write(folder.path().join("shop.py"), "def price_of(item):\n    \"\"\"Price in cents.\"\"\"\n    return 5\n\ndef total(items):\n    return sum(price_of(i) for i in items)\n").expect("a file");
    let dir = folder.path().to_str().expect("a path");
    let input =
        "{\"id\": 1, \"prompt\": \"where is price_of?\"}\n\n{\"id\": \"two\", \"prompt\": \"who calls price_of?\"}\n";
    let output = Program::run(&["ask", "--repo", dir, "--jsonl"], input);
    let lines: Vec<Value> =
        text(&output.stdout).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!((&lines[0]["id"], &lines[1]["id"]), (&json!(1), &json!("two")));
    assert!(lines[0]["answer"].as_str().expect("words").contains("shop.py"), "{lines:?}");
    assert!(lines[1]["answer"].as_str().expect("words").contains("total"), "{lines:?}");
    let bad = Program::run(&["ask", "--repo", dir, "--jsonl"], "{\"id\": 1}\n");
    assert!(!bad.status.success() && text(&bad.stderr).contains("line 1"), "{}", text(&bad.stderr));
}

#[test]
fn assess_prompts_judges_lines_and_quotes_what_it_rests_on() {
    let prompts = [
        "In `helpdesk/corpus.py`, `Corpus.in_force` returns refunds v9 although v10 exists; I expected v10. Does it compare versions as text? Show me a call that would settle it.",
        "fix everything please, think step by step and verify",
    ];
    let input: String =
        prompts.iter().enumerate().map(|(id, prompt)| format!("{}\n", json!({"id": id, "prompt": prompt}))).collect();
    let folder = checked_out();
    let output = Program::run(&["assess", "prompts", "--repo", folder.path().to_str().expect("a path")], &input);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let lines: Vec<Value> =
        text(&output.stdout).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let overall = |line: &Value| line["quality"]["overall"].as_f64().expect("a number");
    assert!(overall(&lines[0]) > overall(&lines[1]) + 0.3, "{lines:#?}");
    for (line, prompt) in lines.iter().zip(prompts) {
        for evidence in line["evidence"].as_array().expect("evidence") {
            assert!(prompt.contains(evidence["quote"].as_str().expect("a quote")), "{evidence}");
        }
    }
}

/// The task's files, written out.
fn checked_out() -> tempfile::TempDir {
    let folder = tempfile::TempDir::new().expect("a folder");
    let git = tempfile::TempDir::new().expect("a folder");
    let root = tests::root();
    let library = catalog::Library::load(&root.join("repos"), &[root.join("tasks")], git.path()).expect("a library");
    let task = library.task(&"helpdesk_rag".into()).expect("the task");
    for (path, content) in task.base.iter() {
        let file = folder.path().join(path.as_str());
        fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        fs::write(file, content.as_bytes()).expect("a file");
    }
    folder
}

#[tokio::test]
async fn an_exported_log_gives_the_same_report_as_the_server_byte_for_byte() {
    let house = House::open(31).await;
    let candidate: Candidate<'_> = house.candidate(5).await;
    let shown = candidate.ask("what does faithfulness measure?").await;
    candidate.flag(shown.id, None, "the function reads only the chunks").await;
    candidate.submit("versions are compared as text").await;
    let export = candidate.review("export?format=jsonl").await.ok();
    let folder = tempfile::TempDir::new().expect("a folder");
    let file = folder.path().join("log.jsonl");
    fs::write(&file, export.as_str().expect("lines")).expect("a file");
    let assess = |file: &std::path::Path| {
        Program::run(&["assess", "session", file.to_str().expect("a path"), "--task", "helpdesk_rag"], "")
    };
    let (first, second) = (assess(&file), assess(&file));
    assert!(first.status.success(), "{}", text(&first.stderr));
    assert_eq!(first.stdout, second.stdout);
    let by_program: Value = serde_json::from_slice(&first.stdout).expect("JSON");
    assert_eq!(by_program, candidate.get("report").await.ok());
    let cut: Vec<&str> =
        export.as_str().expect("lines").lines().enumerate().filter(|(at, _)| *at != 2).map(|(_, line)| line).collect();
    fs::write(&file, cut.join("\n")).expect("a file");
    let refused = assess(&file);
    assert!(!refused.status.success() && text(&refused.stderr).contains("event 4"), "{}", text(&refused.stderr));
}

#[tokio::test]
async fn practice_sets_a_session_up_and_names_its_address() {
    let data = tempfile::TempDir::new().expect("a folder");
    let port = free_port();
    let (server, line) =
        Program::start("practice", data.path(), port, &["helpdesk_rag", "--no-open"], "Your practice session:");
    let link = line.split_whitespace().last().expect("a link").to_owned();
    let (address, key) = link.split_once("#key=").expect("a key");
    let id = address.rsplit('/').next().expect("an id");
    let url = format!("http://127.0.0.1:{port}/api/sessions/{id}");
    let page = tests::http().get(url).bearer_auth(key).send().await.expect("an answer");
    let page: Value = serde_json::from_str(&page.text().await.expect("a body")).expect("JSON");
    assert_eq!((&page["role"], &page["view"]["phase"]), (&json!("candidate"), &json!("invited")));
    server.kill();
    let port = free_port().to_string();
    let open = Program::run(&["practice", "--listen", &format!("0.0.0.0:{port}")], "");
    assert!(!open.status.success() && text(&open.stderr).contains("loopback"), "{}", text(&open.stderr));
}

#[test]
fn doctor_says_what_the_machine_can_do_and_what_stays_open() {
    let python = std::path::absolute(tests::python()).expect("a path");
    let python = python.to_str().expect("a path");
    let words = Program::run(&["doctor", "--python", python], "");
    let said = text(&words.stdout);
    assert!(words.status.success(), "{said}{}", text(&words.stderr));
    for part in ["isolation level: ", "memory", "attacks repelled", "not protected at this level"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let output = Program::run(&["doctor", "--format", "json", "--python", python], "").stdout;
    let told: Value = serde_json::from_slice(&output).expect("JSON");
    let level = told["isolation"]["level"].as_str().expect("a level");
    assert!(["sampled", "counted"].contains(&level) && said.contains(level), "{told}");
    assert_eq!(told["next_level"].is_null(), level == "counted", "{told}");
    assert!(told["not_protected"].as_array().is_some_and(|open| !open.is_empty()), "{told}");
}

#[test]
fn trusting_local_code_is_for_the_machine_itself_alone() {
    let python = tests::python();
    for others in [["--listen", "0.0.0.0:0"], ["--public-url", "https://caveat.example"]] {
        let arguments = [&["serve", "--trust-local-code", "--python", python.to_str().expect("a path")], &others[..]];
        let refused = Program::run(&arguments.concat(), "");
        let said = text(&refused.stderr);
        assert!(!refused.status.success() && said.contains("your own code on your own machine"), "{said}");
    }
}

#[test]
fn doctor_names_cause_and_remedy_where_nothing_can_be_run() {
    let words = Program::run(&["doctor", "--python", "/no/such/python"], "");
    let said = text(&words.stdout);
    assert!(!words.status.success());
    assert!(said.contains("isolation level: none") && said.contains("/no/such/python"), "{said}");
    assert!(said.contains("to mend it: cargo xtask prepare"), "{said}");
}

/// An upstream that answers every request with these bytes.
fn upstream(response: String) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for socket in listener.incoming() {
            let mut socket = socket.expect("a connection");
            let _ = std::io::Read::read(&mut socket, &mut [0; 65536]);
            let _ = std::io::Write::write_all(&mut socket, response.as_bytes());
        }
    });
    format!("http://{address}/v1")
}

#[test]
fn model_test_tells_of_every_upstream_whether_it_works_and_what_helps() {
    let good = upstream(
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n\
         data: {\"choices\":[{\"delta\":{\"content\":\"ok\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"
            .to_owned(),
    );
    let bad =
        upstream("HTTP/1.1 401 No\r\ncontent-length: 22\r\nconnection: close\r\n\r\nbad key sk-very-secret".to_owned());
    let folder = tempfile::TempDir::new().expect("a folder");
    let (settings, key) = (folder.path().join("models.toml"), folder.path().join("key"));
    fs::write(&key, "sk-very-secret").expect("a key");
    let entry = |name: &str, url: &str, more: String| {
        format!("[[model]]\nname = \"{name}\"\nbase_url = \"{url}\"\nmodel = \"m\"\n{more}\n")
    };
    let with_key = format!("key_file = {key:?}\nfallback = [\"good\"]");
    fs::write(&settings, entry("bad", &bad, with_key) + &entry("good", &good, String::new())).expect("settings");
    let settings = settings.to_str().expect("a path");
    for (name, succeeds) in [("good", true), ("bad", false)] {
        let tested = Program::run(&["model", "test", name, "--config", settings], "");
        let said = text(&tested.stdout);
        assert_eq!(tested.status.success(), succeeds, "{said}");
        assert!(said.contains("good: ok, first word after "), "{said}");
    }
    let tested = Program::run(&["model", "test", "--config", settings], "");
    let said = text(&tested.stdout);
    assert!(said.contains("bad: the upstream refused the request (401): bad key …"), "{said}");
    assert!(said.contains("\n  to mend it: give a key that is valid there: key_env or key_file\n"), "{said}");
    assert!(said.contains("warning: model `bad`: others than its owner can read the key"), "{said}");
    assert_eq!(tested.status.code(), Some(1));
    assert!(text(&tested.stderr).contains("1 of 2 upstreams gave no answer"), "{}", text(&tested.stderr));
    let unknown = Program::run(&["model", "test", "x", "--config", settings], "");
    assert!(text(&unknown.stderr).contains("there is no model `x`; known are: bad, good"), "{}", text(&unknown.stderr));
}
