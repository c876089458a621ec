//! Bad input: a clear error each, and the session goes on.

use serde_json::json;
use tests::House;
use uuid::Uuid;

#[tokio::test]
async fn what_cannot_be_set_up_says_why() {
    let house = House::open(1).await;
    for (body, status, code) in [
        (json!({"task": "no_such_task", "mode": "practice"}), 404, "unknown_task"),
        (json!({"task": "helpdesk_rag", "mode": "practice", "minutes": 0}), 422, "bad_minutes"),
        (json!({"task": "helpdesk_rag", "mode": "practice", "assistant": {"model": "none"}}), 422, "unknown_model"),
        (json!({"task": "helpdesk_rag", "mode": "exam"}), 422, "bad_body"),
        (json!({"task": "helpdesk_rag", "mode": "practice", "sed": 1}), 422, "bad_body"),
    ] {
        let reply = house.owner("POST", "/api/sessions", Some(body.clone())).await;
        assert_eq!(reply.refusal(), (status, code), "{body}");
    }
    let reply =
        house.raw("POST", "/api/sessions", &[("content-type", "application/json")], "{not json".to_owned()).await;
    assert_eq!(reply.refusal(), (400, "bad_body"));
}

#[tokio::test]
async fn commands_that_do_not_fit_are_refused_and_the_session_goes_on() {
    let house = House::open(2).await;
    let candidate = house.candidate(1).await;
    let edit = |path: &str, version: u32, changes: serde_json::Value| json!({"type": "edit", "edit": Uuid::nil(), "path": path, "version": version, "changes": changes});
    for (path, body, status, code) in [
        ("prompts", json!({"text": "x".repeat(100_000)}), 413, "too_long"),
        ("prompts", json!({"text": "  "}), 422, "empty"),
        ("edits", edit("../../etc/passwd", 1, json!([0])), 422, "bad_body"),
        ("edits", edit("helpdesk/nowhere.py", 1, json!([0])), 404, "not_found"),
        ("edits", edit("README.md", 1, json!([3])), 422, "bad_change"),
        ("edits", edit("README.md", 9, json!([3])), 409, "stale_version"),
        ("edits", edit("README.md", 1, json!("all")), 422, "bad_body"),
        ("edits", json!({"type": "create", "path": "README.md", "text": ""}), 409, "file_exists"),
        ("edits", json!({"type": "delete", "path": "gone.py"}), 404, "not_found"),
        ("runs", json!({"target": ["-p"]}), 404, "not_found"),
        ("runs", json!({"target": ["../x.py"]}), 422, "bad_path"),
        ("answers/00000000-0000-0000-0000-000000000000/flags", json!({"reason": "no"}), 404, "not_found"),
        ("answers/nonsense/flags", json!({"reason": "no"}), 400, "bad_path"),
        ("hypotheses", json!({"text": ""}), 422, "empty"),
        ("submission", json!({"diagnosis": "x".repeat(40_000)}), 413, "too_long"),
        ("start", json!({}), 200, ""),
    ] {
        let reply = candidate.post(path, body.clone()).await;
        if status == 200 {
            reply.ok();
        } else {
            let shown: String = body.to_string().chars().take(100).collect();
            assert_eq!(reply.refusal(), (status, code), "{path} {shown}");
        }
    }
    for (path, status, code) in [
        ("files/none.py", 404, "not_found"),
        ("files/..%2F..%2Fetc%2Fpasswd", 400, "bad_path"),
        ("outline?path=/etc/passwd", 400, "bad_query"),
        ("history/0000000000000000000000000000000000000000", 404, "not_found"),
        ("history/HEAD", 404, "not_found"),
        ("report", 409, "not_yet"),
        ("nothing", 404, "no_such_route"),
    ] {
        assert_eq!(candidate.get(path).await.refusal(), (status, code), "{path}");
    }
    let question = candidate.send("PUT", "questions/none", Some(json!({"choice": 0}))).await;
    assert_eq!(question.refusal(), (404, "not_found"));
    let id = candidate.session().await.task().brief.questions[0].id.clone();
    let choice = candidate.send("PUT", &format!("questions/{id}"), Some(json!({"choice": 99}))).await;
    assert_eq!(choice.refusal(), (422, "no_such_choice"));
    let shown = candidate.ask("how do I run the tests?").await;
    assert!(!shown.text.is_empty());
}

#[tokio::test]
async fn a_repeated_command_is_answered_like_the_first_and_done_once() {
    let house = House::open(3).await;
    let candidate = house.candidate(1).await;
    let file = candidate.get("files/README.md").await.ok();
    let units = file["text"].as_str().expect("text").encode_utf16().count();
    let bodies = [
        ("hypotheses", json!({"id": Uuid::from_u128(1), "text": "strings"}), "hypothesised"),
        ("prompts", json!({"id": Uuid::from_u128(2), "text": "what is in helpdesk/corpus.py?"}), "asked"),
        ("runs", json!({"id": Uuid::from_u128(3), "target": ["tests/test_corpus.py"]}), "run_requested"),
        (
            "edits",
            json!({"type": "edit", "edit": Uuid::from_u128(4), "path": "README.md", "version": 1, "changes": [units, [0, "", "more"]]}),
            "edited",
        ),
    ];
    for (path, body, kind) in bodies {
        let (first, second) = (candidate.post(path, body.clone()).await, candidate.post(path, body).await);
        assert_eq!(first.status, second.status, "{path}");
        assert_eq!(first.ok()["id"], second.ok()["id"]);
        assert_eq!(candidate.kinds().await.iter().filter(|known| **known == kind).count(), 1, "{kind}");
    }
    candidate.post("submission", json!({"diagnosis": "d"})).await.ok();
    let again = candidate.post("submission", json!({"diagnosis": "e"})).await;
    assert_eq!(again.refusal(), (409, "session_over"));
}

#[tokio::test]
async fn a_run_of_bad_code_is_told_and_harms_nothing() {
    let house = House::open(4).await;
    let candidate = house.candidate(1).await;
    for (text, end) in [
        ("def test_fails():\n    assert 1 == 2\n", json!({"type": "failed"})),
        ("def test_broken(:\n", json!({"type": "failed"})),
        ("import os\ndef test_gone():\n    os._exit(3)\n", serde_json::Value::Null),
    ] {
        candidate.write("tests/test_mine.py", text).await;
        let run = candidate.run(&["tests/test_mine.py"]).await;
        assert_ne!(json!(run.end), json!({"type": "passed"}), "{text}");
        if !end.is_null() {
            assert_eq!(json!(run.end), end, "{text}: {}", run.output);
        }
    }
    candidate.write("tests/test_mine.py", "def test_holds():\n    assert True\n").await;
    let run = candidate.run(&["tests/test_mine.py"]).await;
    assert_eq!(json!(run.end), json!({"type": "passed"}), "{}", run.output);
    assert_eq!(run.tests.len(), 1);
}

#[tokio::test]
async fn keys_open_their_own_role_and_session_only() {
    let house = House::open(5).await;
    let candidate = house.candidate(1).await;
    let other = house.candidate(1).await;
    let path = format!("/api/sessions/{}", candidate.links.id);
    for key in ["", "nonsense", &other.links.candidate, &other.links.reviewer] {
        let reply = house.raw("GET", &path, &[("authorization", &format!("Bearer {key}"))], String::new()).await;
        assert_eq!(reply.refusal(), (401, "no_access"), "{key}");
    }
    for (key, route, method, status) in [
        (&candidate.links.observer, "prompts", "POST", 403),
        (&candidate.links.observer, "edits", "POST", 403),
        (&candidate.links.observer, "report", "GET", 403),
        (&candidate.links.observer, "export", "GET", 403),
        (&candidate.links.reviewer, "submission", "POST", 403),
        (&candidate.links.candidate, "export", "GET", 403),
    ] {
        let body = match route {
            "edits" => json!({"type": "delete", "path": "README.md"}),
            "submission" => json!({}),
            _ => json!({"text": "x"}),
        };
        let headers = [("authorization", format!("Bearer {key}")), ("content-type", "application/json".to_owned())];
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let reply = house.raw(method, &format!("{path}/{route}"), &headers, body.to_string()).await;
        assert_eq!(reply.refusal(), (status, "forbidden"), "{route}");
    }
}

#[tokio::test]
async fn the_owners_routes_answer_the_owner_only() {
    let house = House::open(6).await;
    let here = house.address.to_string();
    for (headers, status, code) in [
        (vec![("host", "evil.example")], 421, "foreign_host"),
        (vec![("host", here.as_str()), ("origin", "http://evil.example")], 403, "foreign_origin"),
        (vec![("host", here.as_str()), ("x-forwarded-for", "10.0.0.9")], 401, "sign_in_needed"),
    ] {
        let mut headers = headers;
        headers.push(("content-type", "application/json"));
        let body = json!({"task": "helpdesk_rag", "mode": "practice"}).to_string();
        let reply = house.raw("POST", "/api/sessions", &headers, body).await;
        assert_eq!(reply.refusal(), (status, code), "{headers:?}");
    }
}

#[tokio::test]
async fn own_code_runs_without_walls_in_practice_and_interviews_are_refused() {
    let house = House::trusting(1).await;
    let health = house.owner("GET", "/api/health", None).await.ok();
    assert_eq!(
        (&health["isolation"]["level"], &health["isolation"]["refusal"]),
        (&json!("trusted"), &serde_json::Value::Null)
    );
    let interview = json!({"task": "helpdesk_rag", "mode": "interview"});
    let refused = house.owner("POST", "/api/sessions", Some(interview)).await;
    assert_eq!(refused.refusal(), (503, "no_isolation"));
    let candidate = house.candidate(1).await;
    let run = candidate.run(&[]).await;
    assert!(!run.tests.is_empty(), "{run:?}");
}

#[tokio::test]
async fn who_asks_too_much_at_once_is_told_how_long_to_wait_and_loses_nothing() {
    let house = House::open(1).await;
    let candidate = house.candidate(1).await;
    let note = |number: u32| json!({"text": format!("idea {number}")});
    let mut taken = 0;
    let refused = loop {
        let reply = candidate.post("runs", json!({"target": ["nowhere.py::nothing"]})).await;
        if reply.status == 429 {
            break reply;
        }
        taken += 1;
        assert!(taken < 100, "nobody stops it");
    };
    assert_eq!(refused.refusal(), (429, "too_fast"));
    let wait: u64 = refused.header("retry-after").and_then(|wait| wait.parse().ok()).expect("how long to wait");
    assert!((1..=60).contains(&wait), "{wait}");
    // Whoever runs too much can still note, read and, after the wait, run.
    candidate.post("hypotheses", note(1)).await.ok();
    assert_eq!(candidate.get("files").await.status, 200);
    house.pass(wait);
    assert_ne!(candidate.post("runs", json!({"target": []})).await.status, 429);
}
