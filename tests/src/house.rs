//! A whole server in this process: real library, real sandbox, real log; time and chance under the test's control.

use crate::desk::{Candidate, Links, Reply};
use crate::wire::Wire;
use catalog::Library;
use domain::ids::PairId;
use domain::plan::Plan;
use domain::task::Side;
use engine::{Engine, Models, Parts, SeededEntropy, VirtualClock};
use sandbox::Sandbox;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use store::{EventLog, Memory, Register};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::OnceCell;

/// The project's folder.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_owned).unwrap_or_default()
}

/// The interpreter that runs candidates' tests.
pub fn python() -> PathBuf {
    std::env::var_os("CAVEAT_PYTHON").map_or_else(|| root().join("target/python/bin/python"), PathBuf::from)
}

/// What links of a server that others reach begin with.
pub const PUBLIC_URL: &str = "https://caveat.example";

/// A server under test.
pub struct House {
    /// The engine, to wait for what happened.
    pub engine: Engine,
    /// Time.
    pub clock: Arc<VirtualClock>,
    /// The log.
    pub log: Arc<dyn EventLog>,
    /// Where the server answers.
    pub address: SocketAddr,
    http: reqwest::Client,
    // Removed when the test ends.
    _data: TempDir,
    _scratch: Option<TempDir>,
}

/// What a server is made of.
struct Furniture {
    seed: u64,
    log: Arc<dyn EventLog>,
    register: Arc<dyn Register>,
    models: Models,
    environment: BTreeMap<String, String>,
    options: server::Options,
    library: Arc<Library>,
    sandbox: Sandbox,
    scratch: Option<TempDir>,
}

impl Furniture {
    /// Everything fresh, for its own machine alone.
    async fn of(seed: u64) -> Self {
        let store = Arc::new(Memory::new());
        Self {
            seed,
            log: Arc::clone(&store) as Arc<dyn EventLog>,
            register: store,
            models: Models::default(),
            environment: BTreeMap::new(),
            options: server::Options::default(),
            library: library().await,
            sandbox: sandbox().await,
            scratch: None,
        }
    }
}

// One sandbox and one library for all tests of a process: both are read-only, and the self-test takes its time.
static SANDBOX: OnceCell<(Sandbox, TempDir)> = OnceCell::const_new();
static LIBRARY: OnceCell<(Arc<Library>, TempDir)> = OnceCell::const_new();

async fn sandbox() -> Sandbox {
    let (sandbox, _) = SANDBOX
        .get_or_init(async || {
            let scratch = TempDir::new().expect("a scratch folder");
            (Sandbox::start(config(&scratch)).await, scratch)
        })
        .await;
    let refusal = &sandbox.isolation().refusal;
    assert!(refusal.is_none(), "stories run Python, so they need the sandbox (cargo xtask prepare): {refusal:?}");
    sandbox.clone()
}

fn config(scratch: &TempDir) -> sandbox::Config {
    let scratch = scratch.path().into();
    sandbox::Config { python: python(), bwrap: None, scratch, concurrency: 2, trust_local_code: false }
}

async fn library() -> Arc<Library> {
    let (library, _) = LIBRARY
        .get_or_init(async || {
            let git = TempDir::new().expect("a folder for repositories");
            let library =
                Library::load(&root().join("repos"), &[root().join("tasks")], git.path()).expect("the library");
            assert!(library.problems().is_empty(), "{:?}", library.problems());
            (Arc::new(library), git)
        })
        .await;
    Arc::clone(library)
}

impl House {
    /// A server with a fresh log in memory.
    pub async fn open(seed: u64) -> Self {
        Self::with(seed, Arc::new(Memory::new()), Models::default()).await
    }

    /// A server over a given log and models, with a fresh register.
    pub async fn with(seed: u64, log: Arc<dyn EventLog>, models: Models) -> Self {
        Self::furnished(Furniture { log, models, ..Furniture::of(seed).await }).await
    }

    /// A server over a given store with a library and models of its own.
    pub async fn stocked(seed: u64, store: Arc<Memory>, library: Library, models: Models) -> Self {
        let log = Arc::clone(&store) as Arc<dyn EventLog>;
        let library = Arc::new(library);
        Self::furnished(Furniture { log, register: store, library, models, ..Furniture::of(seed).await }).await
    }

    /// A server on a machine that can keep nothing inside, whose owner trusts their own code.
    pub async fn trusting(seed: u64) -> Self {
        let scratch = TempDir::new().expect("a scratch folder");
        let config = sandbox::Config { bwrap: Some("/nowhere".into()), trust_local_code: true, ..config(&scratch) };
        let sandbox = Sandbox::start(config).await;
        Self::furnished(Furniture { sandbox, scratch: Some(scratch), ..Furniture::of(seed).await }).await
    }

    /// A server that others reach by TLS, behind a proxy: nobody is its owner, people sign in.
    pub async fn open_to_others(seed: u64) -> Self {
        Self::open_to_others_with(seed, None).await
    }

    /// The same, with somebody else who vouches for people.
    pub async fn open_to_others_with(seed: u64, provider: Option<Arc<server::oidc::Provider>>) -> Self {
        let options = server::Options { public_url: Some(PUBLIC_URL.to_owned()), provider };
        Self::furnished(Furniture { options, ..Furniture::of(seed).await }).await
    }

    /// A server over a given store, with the log and the register that are in it.
    pub async fn over(seed: u64, store: Arc<Memory>, models: Models) -> Self {
        Self::keyed(seed, store, models, &[]).await
    }

    /// The same, started with these variables.
    pub async fn keyed(seed: u64, store: Arc<Memory>, models: Models, environment: &[(&str, &str)]) -> Self {
        let log = Arc::clone(&store) as Arc<dyn EventLog>;
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self::furnished(Furniture { log, register: store, models, environment, ..Furniture::of(seed).await }).await
    }

    async fn furnished(furniture: Furniture) -> Self {
        let Furniture { seed, log, register, models, environment, options, library, sandbox, scratch } = furniture;
        let data = TempDir::new().expect("a data folder");
        // 2026-01-05 09:00 UTC, a Monday.
        let clock = Arc::new(VirtualClock::at(1_767_603_600_000));
        let parts = Parts {
            log: Arc::clone(&log),
            register,
            library,
            sandbox,
            models,
            environment: Arc::new(move |name: &str| environment.get(name).cloned()),
            clock: Arc::clone(&clock) as Arc<dyn engine::Clock>,
            entropy: Arc::new(SeededEntropy::new(seed)),
        };
        let engine = Engine::start(parts);
        engine.load_models().await.expect("a readable register");
        engine.resume().await.expect("a readable log");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(server::serve(listener, engine.clone(), options, std::future::pending()));
        let http = http();
        Self { engine, clock, log, address, http, _data: data, _scratch: scratch }
    }

    /// Puts a wire before the server, over which everything goes from now on.
    pub async fn overhear(&mut self) -> Wire {
        let wire = Wire::to(self.address).await;
        self.address = wire.address;
        wire
    }

    /// A request without a key, as the owner of the server makes it.
    pub async fn owner(&self, method: &str, path: &str, body: Option<Value>) -> Reply {
        Reply::of(request(&self.http, method, &self.url(path), None, body)).await
    }

    /// Sets a session up and gives its links.
    pub async fn new_session(&self, body: Value) -> Links {
        let reply = self.owner("POST", "/api/sessions", Some(body)).await;
        assert_eq!(reply.status, 201, "{}", reply.body);
        Links::read(&reply.body)
    }

    /// The first seed whose plan has these claims on these sides.
    pub fn plan_seed(&self, task: &str, plants: &[&str], controls: &[&str]) -> u64 {
        let task = self.engine.library().task(&task.into()).expect("a task");
        let fits = |plan: &Plan| {
            let is = |id: &&str, side| plan.sides.get(&PairId::from(*id)) == Some(&side);
            plants.iter().all(|id| is(id, Side::Plant)) && controls.iter().all(|id| is(id, Side::Control))
        };
        let mut seeds = 0..100_000;
        seeds.find(|seed| fits(&Plan::draw(&task.key, *seed).expect("a plan"))).expect("a plan with these sides")
    }

    /// A candidate who has consented and started a practice session on the first task.
    pub async fn candidate(&self, plan_seed: u64) -> Candidate<'_> {
        let links = self
            .new_session(json!({"task": "helpdesk_rag", "mode": "practice", "seed": 7, "plan_seed": plan_seed}))
            .await;
        let candidate = Candidate::new(self, links);
        candidate.post("consent", json!({"views": true})).await.ok();
        candidate.post("start", json!({})).await.ok();
        candidate
    }

    /// A request with a key.
    pub async fn request(&self, key: &str, method: &str, path: &str, body: Option<Value>) -> Reply {
        Reply::of(request(&self.http, method, &self.url(path), Some(key), body)).await
    }

    /// A request with exactly these headers.
    pub async fn raw(&self, method: &str, path: &str, headers: &[(&str, &str)], body: String) -> Reply {
        let method = method.parse().expect("a method");
        let mut request = self.http.request(method, self.url(path)).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Reply::of(request).await
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Moves time on.
    pub fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

/// A client that speaks to loopback.
pub fn http() -> reqwest::Client {
    // The client of the tests speaks to loopback without TLS; it wants a provider all the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().expect("a client")
}

fn request(
    http: &reqwest::Client,
    method: &str,
    url: &str,
    key: Option<&str>,
    body: Option<Value>,
) -> reqwest::RequestBuilder {
    let mut request = http.request(method.parse().expect("a method"), url).header("accept", "application/json");
    if let Some(key) = key {
        request = request.bearer_auth(key);
    }
    match body {
        Some(body) => request.json(&body),
        None => request,
    }
}
