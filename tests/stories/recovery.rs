//! The server is killed in mid-session and started again: nothing is lost, nothing is adapted.

use serde_json::{Value, json};
use tests::{Links, Program, free_port};

struct Browser {
    http: reqwest::Client,
    port: u16,
}

impl Browser {
    async fn send(&self, key: &str, method: &str, path: &str, body: Option<Value>) -> Value {
        let url = format!("http://127.0.0.1:{}{path}", self.port);
        let mut request = self.http.request(method.parse().expect("a method"), url);
        if !key.is_empty() {
            request = request.bearer_auth(key);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.expect("an answer");
        let status = response.status();
        let text = response.text().await.expect("a body");
        assert!(status.is_success(), "{method} {path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_kill_minus_nine_files_chat_notebook_clock_and_plan_are_as_they_were() {
    let data = tempfile::TempDir::new().expect("a folder");
    let port = free_port();
    let server = Program::serve(data.path(), port);
    let browser = Browser { http: tests::http(), port };
    let created = browser
        .send("", "POST", "/api/sessions", Some(json!({"task": "helpdesk_rag", "mode": "practice", "plan_seed": 4})))
        .await;
    let links = Links::read(&created);
    let key = links.candidate.as_str();
    let at = |path: &str| format!("/api/sessions/{}{path}", links.id);
    browser.send(key, "POST", &at("/consent"), Some(json!({"views": true}))).await;
    browser.send(key, "POST", &at("/start"), Some(json!({}))).await;
    browser
        .send(key, "POST", &at("/edits"), Some(json!({"type": "create", "path": "notes.md", "text": "so far\n"})))
        .await;
    browser.send(key, "POST", &at("/hypotheses"), Some(json!({"text": "versions are text"}))).await;
    // Killed while the answer is under way: it was asked, so it must come.
    browser.send(key, "POST", &at("/prompts"), Some(json!({"text": "what does faithfulness measure?"}))).await;
    let before = browser.send(key, "GET", &at(""), None).await["view"].clone();
    server.kill();

    let server = Program::serve(data.path(), port);
    let deadline = std::time::Duration::from_secs(30);
    let answered = async {
        loop {
            let view = browser.send(key, "GET", &at(""), None).await["view"].clone();
            if view["exchanges"][0]["outcome"] == "complete" {
                return view;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    let after = tokio::time::timeout(deadline, answered).await.expect("the answer");
    for field in [
        "session",
        "phase",
        "commitment",
        "files",
        "hypotheses",
        "flags",
        "runs",
        "choices",
        "submission",
        "views_allowed",
    ] {
        assert_eq!(after[field], before[field], "{field}");
    }
    assert_eq!(after["clock"]["deadline"], before["clock"]["deadline"]);
    let passed = |view: &Value| view["clock"]["now"].as_u64().expect("a time");
    assert!(passed(&after) >= passed(&before), "time does not run backwards");
    assert!(passed(&after) < passed(&before) + 30_000, "time the server was down does not count");
    assert_eq!(after["exchanges"][0]["prompt"], before["exchanges"][0]["prompt"]);
    let file = browser.send(key, "GET", &at("/files/notes.md"), None).await;
    assert_eq!(file["text"], "so far\n");
    server.kill();

    let verified = Program::run(&["log", "verify", "--data", data.path().to_str().expect("a path")], "");
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
    assert!(String::from_utf8_lossy(&verified.stdout).contains("ok: "));
    let exported = Program::run(
        &["export", &links.id.to_string(), "--format", "jsonl", "--data", data.path().to_str().expect("a path")],
        "",
    );
    let lines = String::from_utf8_lossy(&exported.stdout).into_owned();
    let events: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert!(events.iter().any(|event| event["kind"] == "restarted"));
    let seqs: Vec<u64> = events.iter().filter_map(|event| event["seq"].as_u64()).collect();
    assert_eq!(seqs, (1..=seqs.len() as u64).collect::<Vec<_>>());
}
