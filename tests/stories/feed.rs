//! The live feed: what arrives, in which numbering, and how it goes on after a break.

use futures_util::StreamExt;
use serde_json::{Value, json};
use tests::{Candidate, House};
use tokio::time::{Duration, timeout};

/// One server-sent event.
#[derive(Debug)]
struct Sent {
    name: String,
    id: Option<u64>,
    data: Value,
}

/// Reads events from a stream until one ends it.
async fn read_until(response: reqwest::Response, ends: impl Fn(&Sent) -> bool) -> Vec<Sent> {
    let mut bytes = response.bytes_stream();
    let (mut text, mut seen) = (String::new(), Vec::new());
    let reading = async {
        while let Some(chunk) = bytes.next().await {
            text.push_str(&String::from_utf8_lossy(&chunk.expect("a chunk")));
            while let Some(end) = text.find("\n\n") {
                let block: String = text.drain(..end + 2).collect();
                let field = |name: &str| {
                    block.lines().find_map(|line| line.strip_prefix(name)).map(|rest| rest.trim().to_owned())
                };
                let (Some(name), Some(data)) = (field("event:"), field("data:")) else { continue };
                let data = serde_json::from_str(&data).expect("JSON");
                seen.push(Sent { name, id: field("id:").and_then(|id| id.parse().ok()), data });
                if seen.last().is_some_and(&ends) {
                    return;
                }
            }
        }
    };
    timeout(Duration::from_secs(30), reading).await.expect("the end of the feed");
    seen
}

async fn open(house: &House, candidate: &Candidate<'_>, key: &str, query: &str) -> reqwest::Response {
    let url = format!("http://{}/api/sessions/{}/events{query}", house.address, candidate.links.id);
    let client = tests::http();
    let response = client.get(url).bearer_auth(key).header("accept", "text/event-stream").send().await.expect("a feed");
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    response
}

fn is_kind(sent: &Sent, kind: &str) -> bool {
    sent.name == "fact" && sent.data["kind"] == kind
}

#[tokio::test]
async fn an_answer_arrives_word_by_word_and_then_as_a_whole() {
    let house = House::open(1).await;
    let candidate = house.candidate(3).await;
    let feed = open(&house, &candidate, &candidate.links.candidate, "").await;
    let reading = tokio::spawn(read_until(feed, |sent| is_kind(sent, "answered")));
    let shown = candidate.ask("what does faithfulness measure?").await;
    let seen = reading.await.expect("the feed");
    assert_eq!(seen[0].name, "clock");
    let words: String =
        seen.iter().filter(|sent| sent.name == "delta").filter_map(|sent| sent.data["text"].as_str()).collect();
    assert_eq!(words, shown.text);
    let mut from = 0;
    for delta in seen.iter().filter(|sent| sent.name == "delta") {
        assert_eq!(delta.data["from"], json!(from));
        from += delta.data["text"].as_str().expect("words").len();
        assert_eq!(delta.id, None, "words that are rebuilt from the clock have no number");
    }
    assert_eq!(seen.last().expect("events").data["data"]["text"], json!(shown.text));
}

#[tokio::test]
async fn a_feed_goes_on_after_the_last_number_without_gap_or_repetition() {
    let house = House::open(2).await;
    let candidate = house.candidate(3).await;
    candidate.ask("what does faithfulness measure?").await;
    candidate.write("notes.md", "one\n").await;
    let all = candidate.get("events").await.ok();
    let numbers: Vec<u64> =
        all["events"].as_array().expect("events").iter().filter_map(|event| event["n"].as_u64()).collect();
    assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>());
    let after = numbers.len() as u64 - 2;
    let rest = candidate.get(&format!("events?after={after}")).await.ok();
    assert_eq!(rest["events"].as_array().expect("events").len(), 2);
    let feed = open(&house, &candidate, &candidate.links.candidate, &format!("?after={after}")).await;
    let last = *numbers.last().expect("numbers");
    let seen = read_until(feed, |sent| sent.id == Some(last)).await;
    let ids: Vec<u64> = seen.iter().filter_map(|sent| sent.id).collect();
    assert_eq!(ids, [last - 1, last]);
}

#[tokio::test]
async fn an_observer_follows_what_happens_and_stays_blind() {
    let house = House::open(3).await;
    let candidate = house.candidate(3).await;
    let feed = open(&house, &candidate, &candidate.links.observer, "?reveal=true").await;
    let reading = tokio::spawn(read_until(feed, |sent| sent.data["data"]["kind"] == "answered"));
    candidate.post("views", json!({"path": "helpdesk/corpus.py", "from_line": 1, "to_line": 20})).await.ok();
    candidate.ask("what does faithfulness measure?").await;
    let seen = reading.await.expect("the feed");
    assert!(seen.iter().any(|sent| is_kind(sent, "viewed")));
    assert!(seen.iter().any(|sent| is_kind(sent, "exposed")));
    assert!(!seen.iter().any(|sent| is_kind(sent, "sealed")), "only a reviewer may open sealed facts");
    assert!(seen.iter().any(|sent| sent.name == "delta"));
    let view = candidate.observe("").await.ok();
    assert_eq!(view["staff"]["looking_at"]["path"], "helpdesk/corpus.py");
    assert_eq!(view["staff"]["exposed"], 1);
    let opened = candidate.review("events?reveal=true").await.ok();
    let kinds: Vec<&str> =
        opened["events"].as_array().expect("events").iter().filter_map(|event| event["kind"].as_str()).collect();
    assert!(kinds.contains(&"sealed"));
}

#[tokio::test]
async fn a_prompt_with_accept_event_stream_is_answered_on_the_same_response() {
    let house = House::open(4).await;
    let candidate = house.candidate(3).await;
    let url = format!("http://{}/api/sessions/{}/prompts", house.address, candidate.links.id);
    let client = tests::http();
    let prompt = uuid::Uuid::from_u128(42);
    let response = client
        .post(url)
        .bearer_auth(&candidate.links.candidate)
        .header("accept", "text/event-stream")
        .json(&json!({"id": prompt, "text": "what does faithfulness measure?"}))
        .send()
        .await
        .expect("an answer");
    let reading = tokio::spawn(read_until(response, |_| false));
    let shown = candidate.answer(prompt).await;
    let seen = reading.await.expect("the stream ends by itself");
    let words: String =
        seen.iter().filter(|sent| sent.name == "delta").filter_map(|sent| sent.data["text"].as_str()).collect();
    assert_eq!(words, shown.text);
    assert!(is_kind(seen.last().expect("events"), "answered"));
}

#[tokio::test]
async fn the_committed_contract_is_what_the_server_says() {
    let house = House::open(5).await;
    let said = house.owner("GET", "/api/openapi.json", None).await.ok();
    let file = tests::root().join("crates/server/openapi.json");
    let committed: Value =
        serde_json::from_str(&std::fs::read_to_string(&file).expect("the committed contract")).expect("JSON");
    // Compared as a whole and not shown: it is long, and the command below shows the difference in git.
    assert!(
        said == committed,
        "the routes changed: run `cargo run -p server --example openapi > crates/server/openapi.json`"
    );
}

#[test]
fn a_parameter_stands_where_the_contract_says() {
    let document = serde_json::to_value(server::openapi()).expect("a document");
    let mut misplaced = Vec::new();
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for (method, route) in methods.as_object().expect("methods") {
            for parameter in route["parameters"].as_array().into_iter().flatten() {
                let name = parameter["name"].as_str().expect("a name");
                if (parameter["in"] == "path") != path.contains(&format!("{{{name}}}")) {
                    misplaced.push(format!("{method} {path}: {name} is in {}", parameter["in"]));
                }
            }
        }
    }
    assert!(misplaced.is_empty(), "{}", misplaced.join("\n"));
}
