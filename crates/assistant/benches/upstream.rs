//! What a live model's client adds to a stream, beside a bare connection and beside nginx as the least that a proxy costs:
//! time to the first words, whole streams, many at once, memory of open ones. The upstream is a fake on the same machine.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a benchmark that cannot run should stop, and says what it found"
)]

#[path = "../tests/fake/mod.rs"]
mod fake;

use assistant::{Circumstances, Message, Role, Upstream, UpstreamConfig};
use fake::{Fake, Step, done, head, words};
use futures_util::StreamExt;
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, SystemTime};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;

const NGINX: &str = "/usr/sbin/nginx";
/// Words of a whole answer.
const WORDS: usize = 100;
const AT_ONCE: usize = 64;
const OPEN: usize = 200;

static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap());

/// An upstream that says all its words at once, and one that falls silent after the first.
static WHOLE: LazyLock<Fake> = LazyLock::new(|| {
    let mut script = vec![head()];
    script.extend((0..WORDS).map(|number| words(&format!("word{number} "))));
    RUNTIME.block_on(Fake::start(vec![[script, vec![done()]].concat()]))
});
static SILENT: LazyLock<Fake> =
    LazyLock::new(|| RUNTIME.block_on(Fake::start(vec![vec![head(), words("Hello"), Step::Stall]])));

fn main() {
    divan::main();
    memory();
}

/// How the upstream is reached.
#[derive(Clone, Copy, Debug)]
enum Way {
    Bare,
    Nginx,
    Ours,
}

impl Way {
    /// Those this machine has.
    fn all() -> Vec<Self> {
        let mut ways = vec![Self::Bare, Self::Ours];
        match std::path::Path::new(NGINX).exists() {
            true => ways.insert(1, Self::Nginx),
            false => eprintln!("no {NGINX}: apt-get install nginx-light adds the floor of a proxy"),
        }
        ways
    }

    /// What a client of this way asks; nginx runs as long as it is kept.
    fn open(self, fake: &Fake) -> (Client, Option<Nginx>) {
        match self {
            Self::Bare => (Client::Bare(fake.base_url.clone()), None),
            Self::Nginx => {
                let nginx = Nginx::before(&fake.base_url);
                (Client::Bare(nginx.base_url.clone()), Some(nginx))
            }
            Self::Ours => {
                (Client::Ours(Box::new(Upstream::new(UpstreamConfig::new("fake", &fake.base_url, "m")).unwrap())), None)
            }
        }
    }
}

impl std::fmt::Display for Way {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Bare => "bare connection",
            Self::Nginx => "through nginx",
            Self::Ours => "ours",
        })
    }
}

enum Client {
    Bare(String),
    Ours(Box<Upstream>),
}

/// A stream whose first words were read.
#[allow(dead_code, reason = "it is kept open, and nothing else")]
enum Open {
    Bare(TcpStream, Vec<u8>),
    Ours(assistant::AnswerStream),
}

impl Client {
    async fn begin(&self) -> Open {
        match self {
            Self::Bare(base_url) => {
                let host = base_url.trim_start_matches("http://").trim_end_matches("/v1");
                let mut socket = TcpStream::connect(host).await.unwrap();
                socket.set_nodelay(true).unwrap();
                let request =
                    format!("POST /v1/chat/completions HTTP/1.1\r\nhost: {host}\r\ncontent-length: 2\r\n\r\n{{}}");
                socket.write_all(request.as_bytes()).await.unwrap();
                let mut read = Vec::with_capacity(4096);
                while !String::from_utf8_lossy(&read).contains("data:") {
                    assert!(socket.read_buf(&mut read).await.unwrap() > 0);
                }
                Open::Bare(socket, read)
            }
            Self::Ours(upstream) => {
                let prompt = [Message { role: Role::User, content: "What does `newest` do?".to_owned() }];
                let circumstances = Circumstances { jitter: Duration::ZERO, now: SystemTime::UNIX_EPOCH };
                let mut answer = upstream.stream(&prompt, circumstances).await.unwrap();
                answer.next().await.unwrap().unwrap();
                Open::Ours(answer)
            }
        }
    }
}

impl Open {
    async fn finish(self) {
        match self {
            Self::Bare(mut socket, mut read) => {
                while !String::from_utf8_lossy(&read[read.len().saturating_sub(64)..]).contains("[DONE]") {
                    assert!(socket.read_buf(&mut read).await.unwrap() > 0);
                }
            }
            Self::Ours(mut answer) => {
                while let Some(piece) = answer.next().await {
                    piece.unwrap();
                }
            }
        }
    }
}

struct Nginx {
    base_url: String,
    process: Child,
    _folder: std::path::PathBuf,
}

impl Nginx {
    /// One worker that passes everything on as it comes.
    fn before(upstream: &str) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = std::env::temp_dir().join(format!("bench-nginx-{port}"));
        std::fs::create_dir_all(&folder).unwrap();
        let target = upstream.trim_end_matches("/v1");
        let settings = format!(
            "daemon off; worker_processes 1; error_log stderr crit; pid nginx.pid; events {{ worker_connections 1024; }}\n\
             http {{ access_log off; client_body_temp_path b; proxy_temp_path p; fastcgi_temp_path f; uwsgi_temp_path u; \
             scgi_temp_path s; server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass {target}; proxy_buffering off; \
             proxy_http_version 1.1; }} }} }}\n"
        );
        std::fs::write(folder.join("nginx.conf"), settings).unwrap();
        let process = Command::new(NGINX)
            .arg("-p")
            .arg(&folder)
            .args(["-c", "nginx.conf"])
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            std::thread::yield_now();
        }
        Self { base_url: format!("http://127.0.0.1:{port}/v1"), process, _folder: folder }
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // The worker ends with its master's connection; SIGTERM lets the master end it.
        let _ = Command::new("kill").arg(self.process.id().to_string()).status();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self._folder);
    }
}

#[divan::bench(args = Way::all())]
fn first_words(bencher: divan::Bencher<'_, '_>, way: Way) {
    let (client, _nginx) = way.open(&WHOLE);
    bencher.bench(|| RUNTIME.block_on(client.begin()));
}

#[divan::bench(args = Way::all())]
fn a_hundred_words(bencher: divan::Bencher<'_, '_>, way: Way) {
    let (client, _nginx) = way.open(&WHOLE);
    bencher.bench(|| RUNTIME.block_on(async { client.begin().await.finish().await }));
}

#[divan::bench(args = Way::all(), sample_count = 30)]
fn sixty_four_at_once(bencher: divan::Bencher<'_, '_>, way: Way) {
    let (client, _nginx) = way.open(&WHOLE);
    bencher.counter(divan::counter::ItemsCount::new(AT_ONCE)).bench(|| {
        RUNTIME.block_on(async {
            let streams = (0..AT_ONCE).map(|_| async { client.begin().await.finish().await });
            futures_util::future::join_all(streams).await;
        });
    });
}

/// Memory of this process, the fake upstream in it, in bytes.
fn resident() -> f64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches("kB").trim().parse::<f64>().unwrap() * 1024.0
}

/// What an open stream weighs, less what the fake's side of a bare connection does.
fn memory() {
    let weigh = |way: Way| {
        let (client, _nginx) = way.open(&SILENT);
        let before = resident();
        let open = RUNTIME.block_on(futures_util::future::join_all((0..OPEN).map(|_| client.begin())));
        let each = (resident() - before) / OPEN as f64 / 1024.0;
        drop(open);
        each
    };
    // Once for what the first use of anything costs.
    weigh(Way::Ours);
    let (bare, ours) = (weigh(Way::Bare), weigh(Way::Ours));
    eprintln!(
        "{OPEN} open streams: {ours:.1} kB each with ours, {bare:.1} kB each on bare connections, the fake's end included"
    );
}
