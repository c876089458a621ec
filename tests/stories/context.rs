//! What the assistant sees: what the candidate put beside a prompt, and the code as it stands.

use assistant::ModelEntry;
use domain::event::{ContextItem, Origin};
use engine::Models;
use serde_json::json;
use std::sync::{Arc, Mutex};
use store::Memory;
use tests::{Candidate, House};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const WORDS: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n\
    data: {\"choices\":[{\"delta\":{\"content\":\"I see.\"},\"finish_reason\":\"stop\"}]}\n\n\
    data: [DONE]\n\n";

/// What a model was sent.
pub(crate) type Heard = Arc<Mutex<Vec<String>>>;

/// A model that keeps what it hears.
pub(crate) async fn listener() -> (String, Heard) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let heard = Heard::default();
    let kept = Arc::clone(&heard);
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let body = request(&mut socket).await.expect("a request");
            kept.lock().expect("nobody fails").push(body);
            let _ = socket.write_all(WORDS.as_bytes()).await;
        }
    });
    (format!("http://{address}/v1"), heard)
}

/// The body of a request.
async fn request(socket: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length =
                head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0usize) {
                return Some(body.to_owned());
            }
        }
        if socket.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

/// The one at an address, as `local`.
pub(crate) fn models(base_url: String) -> Models {
    let entry =
        ModelEntry { name: "local".into(), base_url: Some(base_url), model: "m".into(), ..ModelEntry::default() };
    let config = entry.config(None).expect("an entry that fits");
    Models::new(vec![(entry, config)]).expect("models")
}

async fn house(base_url: String) -> House {
    House::with(1, Arc::new(Memory::new()), models(base_url)).await
}

async fn begin(house: &House) -> Candidate<'_> {
    let body = json!({"task": "helpdesk_rag", "mode": "practice", "plan_seed": 3, "assistant": {"model": "local"}});
    let candidate = Candidate::new(house, house.new_session(body).await);
    candidate.post("consent", json!({"views": true})).await.ok();
    candidate.post("start", json!({})).await.ok();
    candidate
}

/// Asks with something beside it; the last thing the model heard.
async fn beside(candidate: &Candidate<'_>, heard: &Heard, text: &str, context: serde_json::Value) -> String {
    let id = uuid::Uuid::from_u128(text.len() as u128);
    candidate.post("prompts", json!({"id": id, "text": text, "context": context})).await.ok();
    assert_eq!(candidate.answer(id).await.origins, [Origin::Model {}], "{text}");
    heard.lock().expect("nobody fails").last().cloned().expect("it was asked")
}

#[tokio::test]
async fn the_whole_repository_goes_along_as_it_stands_within_its_budget_and_the_log_says_so() {
    let (base_url, heard) = listener().await;
    let house = house(base_url).await;
    let candidate = begin(&house).await;
    let question = "How do people usually name their branches in a team like this one?";
    let without = beside(&candidate, &heard, question, json!([])).await;
    assert!(!without.contains("From the repository"), "nothing goes along unasked");
    let added = "def freshly_added():\n    return 'a line of today'\n";
    candidate.post("edits", json!({"type": "create", "path": "helpdesk/extra.py", "text": added})).await.ok();
    let whole = json!([{"type": "repository"}]);
    let with = beside(&candidate, &heard, "What would people in a team say to freshly_added?", whole).await;
    assert!(with.contains("=== helpdesk/extra.py") && with.contains("a line of today"), "{}", &with[..2000]);
    assert!(with.contains("=== helpdesk/corpus.py"), "what nobody named fills the rest");
    assert!(with.len() < 100 << 10, "{}", with.len());
    assert!(with.find("a line of today") < with.find("=== helpdesk/corpus.py"), "what was named comes first");
    let asked = candidate.session().await.with(|state, _| state.exchanges()[1].asked.context.clone());
    assert_eq!(asked, [ContextItem::Repository {}]);
    assert_eq!(candidate.view().await["exchanges"][1]["prompt"]["context"], json!([{"type": "repository"}]));
}

#[tokio::test]
async fn after_an_edit_facts_are_about_the_new_code_and_written_answers_say_that_they_are_older() {
    let house = House::open(4).await;
    let candidate = house.candidate(5).await;
    let before = candidate.ask("Who calls sort_key?").await;
    assert!(before.text.contains("sort_key"), "{}", before.text);
    let path = "helpdesk/corpus.py";
    let file = candidate.get(&format!("files/{path}")).await.ok();
    let text = format!(
        "{}\n\ndef oldest_first(pages):\n    return sort_key(pages[0].version)\n",
        file["text"].as_str().expect("text")
    );
    candidate.write(path, &text).await;
    let new = candidate.ask("What does oldest_first do?").await;
    assert!(new.text.contains("oldest_first") && new.text.contains("sort_key"), "{}", new.text);
    let callers = candidate.ask("Who calls sort_key now?").await;
    assert!(callers.text.contains("oldest_first"), "{}", callers.text);
    let task = candidate.session().await.task().clone();
    let known = task.key.knowledge.values().find(|item| !item.subjects.is_empty()).expect("knowledge of a file");
    let subject = &known.subjects[0].path;
    candidate.write(subject.as_str(), &format!("{}\n", task.base[subject])).await;
    let written = candidate.ask(&known.intents[0]).await;
    assert!(written.text.contains("before you") || written.text.contains("your changes"), "{}", written.text);
}
