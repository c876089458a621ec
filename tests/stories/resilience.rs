//! What goes wrong around a session: a log that takes nothing for a while, another writer, a broken log, a stop.

use domain::event::{AnswerOutcome, Event, Fact};
use domain::ids::SessionId;
use domain::session::Phase;
use serde_json::json;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use store::{Error, EventLog, Memory, Pending, SessionRow, Verified};
use tests::{House, Program, free_port};
use uuid::Uuid;

/// A log that refuses some appends of one kind of event, as a full disk would.
struct Flaky {
    log: Memory,
    kind: &'static str,
    refusals: AtomicU32,
}

impl EventLog for Flaky {
    fn append(&self, session: SessionId, after: u64, events: Vec<Event>) -> Pending<'_, ()> {
        let meant = events.iter().any(|event| event.fact.kind() == self.kind);
        let left =
            self.refusals.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(u32::from(meant)));
        if meant && left.is_ok() {
            return Box::pin(async { Err(Error::Unavailable { source: "the disk is full".into() }) });
        }
        self.log.append(session, after, events)
    }

    fn read(&self, session: SessionId, after: u64) -> Pending<'_, Vec<Event>> {
        self.log.read(session, after)
    }

    fn sessions(&self) -> Pending<'_, Vec<SessionRow>> {
        self.log.sessions()
    }

    fn heartbeat(&self, session: SessionId, elapsed_ms: u64) -> Pending<'_, ()> {
        self.log.heartbeat(session, elapsed_ms)
    }

    fn elapsed(&self, session: SessionId) -> Pending<'_, u64> {
        self.log.elapsed(session)
    }

    fn verify(&self, session: SessionId) -> Pending<'_, Verified> {
        self.log.verify(session)
    }

    fn erase_payload(&self, session: SessionId, seq: u64) -> Pending<'_, ()> {
        self.log.erase_payload(session, seq)
    }

    fn name_candidate(&self, session: SessionId, name: String) -> Pending<'_, ()> {
        self.log.name_candidate(session, name)
    }

    fn candidate_name(&self, session: SessionId) -> Pending<'_, Option<String>> {
        self.log.candidate_name(session)
    }

    fn erase_candidate(&self, session: SessionId) -> Pending<'_, ()> {
        self.log.erase_candidate(session)
    }
}

async fn flaky_house(kind: &'static str) -> House {
    let log = Flaky { log: Memory::new(), kind, refusals: AtomicU32::new(2) };
    House::with(1, Arc::new(log), engine::Models::default()).await
}

/// Moves the clock on, second by second, while something is awaited.
async fn while_time_passes<T>(house: &House, wait: impl Future<Output = T>) -> T {
    tokio::pin!(wait);
    loop {
        tokio::select! {
            found = &mut wait => return found,
            () = tokio::task::yield_now() => house.pass(1),
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn results_wait_until_the_log_takes_them_again() {
    for kind in ["run_finished", "composed", "judged"] {
        let house = flaky_house(kind).await;
        let candidate = house.candidate(1).await;
        let run = while_time_passes(&house, candidate.run(&["tests/test_corpus.py"])).await;
        assert!(!run.tests.is_empty(), "{kind}");
        let shown = while_time_passes(&house, candidate.ask("what does faithfulness measure?")).await;
        assert_eq!(shown.outcome, AnswerOutcome::Complete, "{kind}");
        let report = while_time_passes(&house, candidate.submit("d")).await;
        assert!(report["checks"].as_array().is_some_and(|checks| !checks.is_empty()), "{kind}");
        let kinds = candidate.kinds().await;
        assert_eq!(kinds.iter().filter(|known| **known == kind).count(), 1, "{kind} is written once");
    }
}

#[tokio::test]
async fn a_command_that_the_log_does_not_take_is_not_acknowledged_and_can_be_sent_again() {
    let house = flaky_house("hypothesised").await;
    let candidate = house.candidate(1).await;
    let note = json!({"id": Uuid::from_u128(1), "text": "versions"});
    for _ in 0..2 {
        assert_eq!(candidate.post("hypotheses", note.clone()).await.refusal(), (503, "unavailable"));
        assert_eq!(candidate.view().await["hypotheses"], json!([]));
    }
    assert_eq!(candidate.post("hypotheses", note).await.status, 201);
}

#[tokio::test]
async fn another_writer_costs_one_refusal_and_then_the_session_goes_on_from_the_log() {
    let house = House::open(1).await;
    let candidate = house.candidate(1).await;
    let seq = candidate.session().await.with(|state, _| state.seq());
    let fact =
        Fact::Hypothesised { hypothesis: domain::ids::HypothesisId(Uuid::from_u128(7)), text: "theirs".to_owned() };
    let event = Event { seq: seq + 1, at: 0, wall: 0, v: Event::VERSION, fact };
    house.log.append(candidate.links.id, seq, vec![event]).await.expect("room in the log");
    let mine = json!({"id": Uuid::from_u128(8), "text": "mine"});
    assert_eq!(candidate.post("hypotheses", mine.clone()).await.status, 503);
    assert_eq!(candidate.post("hypotheses", mine).await.status, 201);
    let notes = candidate.view().await["hypotheses"].clone();
    let texts: Vec<&str> = notes.as_array().expect("notes").iter().filter_map(|note| note["text"].as_str()).collect();
    assert_eq!(texts, ["theirs", "mine"]);
}

#[tokio::test]
async fn one_log_that_cannot_be_read_leaves_the_others_alone() {
    let log = Arc::new(Memory::new());
    let stray = SessionId(Uuid::from_u128(99));
    let fact = Fact::Started {};
    log.append(stray, 0, vec![Event { seq: 1, at: 0, wall: 0, v: Event::VERSION, fact }])
        .await
        .expect("room in the log");
    let house = House::with(1, Arc::clone(&log) as Arc<dyn EventLog>, engine::Models::default()).await;
    let failed = house.engine.resume().await.expect("a list");
    assert_eq!(failed.iter().map(|(session, _)| *session).collect::<Vec<_>>(), [stray]);
    let candidate = house.candidate(1).await;
    assert!(!candidate.ask("what is in helpdesk/corpus.py?").await.text.is_empty());
    assert_eq!(house.owner("GET", "/api/sessions", None).await.ok()["sessions"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn an_answer_under_way_at_the_submission_is_shown_to_its_end_before_the_debrief() {
    let house = House::open(1).await;
    let candidate = house.candidate(1).await;
    candidate.post("prompts", json!({"text": "what does faithfulness measure?"})).await.ok();
    candidate.post("submission", json!({"diagnosis": "d"})).await.ok();
    let concluded = candidate.until(|state| (state.phase() == Phase::Concluded).then_some(()));
    while_time_passes(&house, concluded).await;
    assert_eq!(candidate.view().await["exchanges"][0]["outcome"], "complete");
}

#[tokio::test]
async fn addresses_that_are_not_there_say_so_in_the_envelope() {
    let house = House::open(1).await;
    for (method, path, status, code) in [
        ("GET", "/v1/models", 404, "no_such_route"),
        ("POST", "/v1/chat/completions", 404, "no_such_route"),
        ("POST", "/", 404, "no_such_route"),
        ("GET", "/api/nothing", 404, "no_such_route"),
        ("GET", "/assets/none.js", 404, "no_such_route"),
        ("DELETE", "/api/tasks", 405, "wrong_method"),
    ] {
        assert_eq!(house.owner(method, path, None).await.refusal(), (status, code), "{method} {path}");
    }
    assert_eq!(house.owner("GET", "/healthz", None).await.ok()["status"], "ok");
    for path in ["/", "/session/x", "/session/x/debrief", "/observe/x", "/review/x"] {
        let page = house.owner("GET", path, None).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(
            page.header("content-security-policy").is_some_and(|policy| policy.contains("script-src 'self'")),
            "{path}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_ends_the_server_though_a_feed_is_open_and_a_second_server_is_kept_away() {
    let data = tempfile::TempDir::new().expect("a folder");
    let port = free_port();
    let server = Program::serve(data.path(), port);
    let second =
        Program::run(&["serve", "--listen", "127.0.0.1:0", "--data", data.path().to_str().expect("a path")], "");
    assert!(!second.status.success());
    assert!(String::from_utf8_lossy(&second.stderr).contains("another server uses"), "{second:?}");
    let http = tests::http();
    let base = format!("http://127.0.0.1:{port}/api/sessions");
    let body = json!({"task": "helpdesk_rag", "mode": "practice"}).to_string();
    let created =
        http.post(&base).header("content-type", "application/json").body(body).send().await.expect("an answer");
    let created: serde_json::Value = serde_json::from_str(&created.text().await.expect("a body")).expect("JSON");
    let links = tests::Links::read(&created);
    let feed = http
        .get(format!("{base}/{}/events", links.id))
        .bearer_auth(&links.candidate)
        .header("accept", "text/event-stream")
        .send()
        .await
        .expect("a feed");
    assert_eq!(feed.status(), 200);
    let told = Command::new("kill").arg(server.id().to_string()).status().expect("kill");
    assert!(told.success());
    let ended = tokio::task::spawn_blocking(move || server.wait());
    let ended = tokio::time::timeout(std::time::Duration::from_secs(20), ended).await.expect("it ends by itself");
    assert!(ended.expect("its end").success());
}
