//! What a live model's answer costs on its way through the whole server: the program itself with its log on disk, a fake
//! model on the same machine, candidates who read the stream of their prompts. Written answers go the same way.

// A benchmark that cannot run should stop, and say what it found.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::disallowed_methods)]

#[path = "../../crates/assistant/tests/fake/mod.rs"]
mod fake;

use domain::pace::{CHUNK_MS, FIRST_MS};
use fake::{Fake, Step, done, head, words};
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tests::{Links, Program, Reply, free_port, http};

/// Words of an answer.
const WORDS: usize = 100;
const AT_ONCE: usize = 64;
const OPEN: usize = 200;
/// Prompts one after another.
const ALONE: usize = 10;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    // A test of all targets only wants to see that it builds.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let whole = [vec![head()], (0..WORDS).map(|n| words(&format!("word{n} "))).collect(), vec![done()]].concat();
    let held = vec![head(), words("A first paragraph.\n\nAnd then"), Step::Stall];
    let (quick, slow) = (Fake::start(vec![whole]).await, Fake::start(vec![held]).await);
    let desk = Desk::open(&quick.base_url, &slow.base_url).await;

    let bare = median(join_all((0..ALONE).map(|_| bare(&quick.base_url))).await);
    let idle = desk.memory();
    let sessions = desk.sessions(OPEN).await;
    let mut first = Vec::new();
    for at in &sessions[..ALONE] {
        first.push(desk.ask(at, "quick").await.0);
    }
    let added = median(first).saturating_sub(Duration::from_millis(FIRST_MS));
    println!("first words of a prompt, behind the pace: {added:.1?} (the model itself, bare: {bare:.1?})");

    let before = desk.processor();
    let answers = join_all(sessions[ALONE..].iter().take(AT_ONCE).map(|at| desk.ask(at, "quick"))).await;
    let each = (desk.processor() - before) / AT_ONCE as u32;
    let mut late: Vec<Duration> = answers.iter().map(|(_, last, chunks)| last.saturating_sub(due(*chunks))).collect();
    late.sort();
    println!(
        "{AT_ONCE} answers of {WORDS} words at once: {each:.1?} of processor time each, with log, pace and feed; last word \
         behind its time by {:.1?} (median), {:.1?} (the latest)",
        late[AT_ONCE / 2],
        late[AT_ONCE - 1]
    );

    let open = desk.memory();
    let streams = join_all(sessions.iter().map(|at| desk.begin(at, "slow"))).await;
    let answering = desk.memory();
    println!(
        "memory: {idle} kB idle, {} kB for each of {OPEN} sessions at work, {} kB more for its open stream",
        (open - idle) / OPEN as u64,
        (answering - open) / OPEN as u64
    );
    drop(streams);
}

/// When the last of so many chunks of an answer is due.
fn due(chunks: usize) -> Duration {
    Duration::from_millis(FIRST_MS + CHUNK_MS * chunks.saturating_sub(1) as u64)
}

/// Time to the first bytes of the model, asked without anything between.
async fn bare(base_url: &str) -> Duration {
    let (client, start) = (http(), Instant::now());
    let mut response = client.post(format!("{base_url}/chat/completions")).body("{}").send().await.unwrap();
    response.chunk().await.unwrap();
    start.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// Somebody at work: their links, and the address that the proxy names as theirs.
struct At {
    links: Links,
    address: String,
}

/// The program as people reach it through a proxy, so that everybody is held to what one may ask for by themselves.
struct Desk {
    program: Program,
    base: String,
    admin: String,
    client: reqwest::Client,
    _data: TempDir,
}

impl Desk {
    async fn open(quick: &str, slow: &str) -> Self {
        let (data, port) = (TempDir::new().unwrap(), free_port());
        let entry =
            |name: &str, url: &str| format!("[[model]]\nname = \"{name}\"\nbase_url = \"{url}\"\nmodel = \"m\"\n");
        let config = data.path().join("models.toml");
        std::fs::write(&config, entry("quick", quick) + &entry("slow", slow)).unwrap();
        let public = format!("http://127.0.0.1:{port}");
        let more = ["--config", config.to_str().unwrap(), "--public-url", &public];
        let (program, _) = Program::start("serve", &data.path().join("data"), port, &more, "Caveat is at");
        let said = program.said();
        let token = said.split_once("#token=").unwrap().1.split_whitespace().next().unwrap().to_owned();
        let client = http();
        let first =
            json!({"token": token, "name": "Ada", "mail": "ada@example.org", "password": "correct horse battery"});
        let set_up = Reply::of(client.post(format!("{public}/api/setup")).json(&first)).await;
        let admin = set_up.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
        Self { program, base: format!("{public}/api"), admin, client, _data: data }
    }

    fn post(&self, at: &At, path: &str, body: &Value) -> reqwest::RequestBuilder {
        let request = self.client.post(format!("{}/sessions/{}/{path}", self.base, at.links.id)).json(body);
        request.bearer_auth(&at.links.candidate).header("x-forwarded-for", &at.address)
    }

    /// Sessions at work that may ask both models, set up from as many places as it takes.
    async fn sessions(&self, count: usize) -> Vec<At> {
        let body = json!({"task": "helpdesk_rag", "mode": "interview", "assistant": {"models": ["quick", "slow"]}});
        let mut sessions = Vec::new();
        for number in 0..count {
            let address = format!("10.0.{}.{}", number / 250, number % 250);
            let set_up = self.client.post(format!("{}/sessions", self.base)).json(&body);
            let set_up = set_up.header("cookie", &self.admin).header("x-forwarded-for", &address);
            let links = Links::read(&Reply::of(set_up).await.ok());
            let at = At { links, address };
            Reply::of(self.post(&at, "consent", &json!({"views": true}))).await.ok();
            Reply::of(self.post(&at, "start", &json!({}))).await.ok();
            sessions.push(at);
        }
        sessions
    }

    /// Asks and reads up to the first words; how long that took, and the rest of the stream.
    async fn begin(&self, at: &At, model: &str) -> (Instant, Duration, reqwest::Response, String) {
        let body = json!({"text": "How do people usually name their branches?", "model": model});
        let start = Instant::now();
        let request = self.post(at, "prompts", &body).header("accept", "text/event-stream");
        let mut response = request.send().await.unwrap().error_for_status().unwrap();
        let mut read = String::new();
        while !read.contains("event: delta") {
            read += &String::from_utf8_lossy(&response.chunk().await.unwrap().expect("more of the stream"));
        }
        (start, start.elapsed(), response, read)
    }

    /// Asks and reads to the end: when the first and the last words came, and in how many chunks.
    async fn ask(&self, at: &At, model: &str) -> (Duration, Duration, usize) {
        let (start, first, mut response, mut read) = self.begin(at, model).await;
        let mut last = first;
        while let Some(chunk) = response.chunk().await.unwrap() {
            let text = String::from_utf8_lossy(&chunk);
            if text.contains("event: delta") {
                last = start.elapsed();
            }
            read += &text;
        }
        (first, last, read.matches("event: delta").count())
    }

    /// Processor time that the program has used.
    fn processor(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.program.id())).unwrap();
        let fields: Vec<&str> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
        let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
        Duration::from_millis(ticks * 10)
    }

    /// Memory of the program, in kB.
    fn memory(&self) -> u64 {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.program.id())).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches("kB").trim().parse().unwrap()
    }
}
