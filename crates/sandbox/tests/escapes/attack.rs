//! What one attack is and how it is made.

use std::net::{TcpListener, UdpSocket};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::time::Duration;

use sandbox::{Config, End, Job, Limits, Outcome, Sandbox};

use crate::support::{self, config, files, limits};
use crate::walls::TOOLS;

/// Programs in the order in which they run; those of one step run side by side.
pub(crate) struct Attack {
    steps: Vec<Vec<String>>,
    tree: Vec<(String, Vec<u8>)>,
    limits: Limits,
    expected: Vec<End>,
}

/// An attack that must gain nothing: every program ends by itself and has called `gain` for nothing.
pub(crate) fn gains_nothing(text: &str) -> Attack {
    Attack { steps: vec![vec![text.to_owned()]], tree: Vec::new(), limits: limits(), expected: vec![End::Exited(0)] }
}

/// An attack on a limit, which must end like this.
pub(crate) fn ends(text: &str, expected: &[End]) -> Attack {
    Attack { expected: expected.to_vec(), ..gains_nothing(text) }
}

impl Attack {
    pub(crate) fn within(mut self, change: impl FnOnce(&mut Limits)) -> Self {
        change(&mut self.limits);
        self
    }

    pub(crate) fn with(mut self, tree: &[(&str, &str)]) -> Self {
        self.tree = files(tree);
        self
    }

    pub(crate) fn then(mut self, text: &str) -> Self {
        self.steps.push(vec![text.to_owned()]);
        self
    }

    pub(crate) fn beside(mut self, text: &str) -> Self {
        self.steps.last_mut().expect("a step").push(text.to_owned());
        self
    }

    pub(crate) fn carry_out(self) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        runtime.expect("a runtime").block_on(self.make());
    }

    async fn make(self) {
        let host = Host::begin();
        // One slot where nothing runs side by side, so that each run is the next of the last.
        let concurrency = self.steps.iter().map(Vec::len).max().unwrap_or(1);
        let sandbox = Sandbox::start(Config { concurrency, ..config() }).await;
        assert_eq!(sandbox.isolation().refusal, None);
        for step in &self.steps {
            let runs = step.iter().map(|text| sandbox.run(self.job(text, &host)));
            for run in side_by_side(runs).await {
                self.judge(&run.expect("a run"));
            }
        }
        assert_eq!(support::processes_with(&host.marker), 0, "a process is left");
        assert_eq!(std::fs::read_to_string(&host.canary).expect("the canary"), host.word, "the canary was touched");
        let after = sandbox.run(Job { limits: limits(), ..support::program("print('well')") }).await.expect("a run");
        assert_eq!((after.end, after.stdout.as_slice()), (End::Exited(0), b"well\n".as_slice()), "the next run");
    }

    fn job(&self, text: &str, host: &Host) -> Job {
        let text = format!("# {}\n{TOOLS}\n{BOOK}\n{text}\nclose()", host.marker);
        Job { files: self.tree.clone(), env: host.told(), limits: self.limits.clone(), ..support::program(&text) }
    }

    fn judge(&self, outcome: &Outcome) {
        let said = [&outcome.stdout, &outcome.stderr].map(|text| String::from_utf8_lossy(text).into_owned()).concat();
        assert!(self.expected.contains(&outcome.end), "{:?}: {said}", outcome.end);
        assert!(outcome.wall < self.limits.wall + Duration::from_secs(1), "{:?}", outcome.wall);
        if outcome.end == End::Exited(0) {
            assert_eq!(said, "held\n");
        }
    }
}

/// Awaits all, side by side.
async fn side_by_side<F: Future<Output = Result<Outcome, sandbox::Error>>>(
    runs: impl Iterator<Item = F>,
) -> Vec<Result<Outcome, sandbox::Error>> {
    let mut runs: Vec<_> = runs.map(Box::pin).collect();
    let mut done: Vec<Option<_>> = runs.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (run, done) in runs.iter_mut().zip(&mut done).filter(|(_, done)| done.is_none()) {
            if let std::task::Poll::Ready(outcome) = run.as_mut().poll(context) {
                *done = Some(outcome);
            }
        }
        if done.iter().all(Option::is_some) { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    done.into_iter().flatten().collect()
}

/// Written down as the attack goes: what it has gained.
const BOOK: &str = r"
import sys
gained = []
def left_in(place):
    # Where the Python environment lies below, the folders that lead to it are there for every run.
    leads = lambda name: any((way + '/').startswith(f'{place}/{name}/') for way in (sys.prefix, sys.base_prefix))
    return [name for name in os.listdir(place) if not leads(name)]
def gain(thing):
    if thing: gained.append(thing)
def refused(action, *arguments):
    answer = attempt(action, *arguments)
    if not (answer.isupper() and answer.startswith('E')): gain((getattr(action, '__name__', action), arguments, answer))
def refused_call(number, *arguments):
    answer = call(number, *arguments)
    if answer == 'allowed': gain((number, arguments))
def close():
    sys.stdout.flush()
    os.write(1, b'held\n' if not gained else repr(gained).encode())
";

/// Things of the host's to be found.
struct Host {
    word: String,
    /// Among the arguments of every program of this attack.
    marker: String,
    canary: std::path::PathBuf,
    /// Of a socket in no folder.
    name: String,
    port: u16,
    datagrams: u16,
    _folder: tempfile::TempDir,
    _held: (TcpListener, UdpSocket, UnixListener, UnixListener, std::os::fd::OwnedFd),
}

impl Host {
    fn begin() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let word = format!("word-{}", folder.path().display()).replace('/', "-");
        let canary = folder.path().join("canary");
        std::fs::write(&canary, &word).expect("a canary");
        let stream = TcpListener::bind("127.0.0.1:0").expect("a listener");
        let datagrams = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        let name = folder.path().file_name().expect("a name").to_string_lossy().into_owned();
        let hidden =
            UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name).expect("a name")).expect("a listener");
        let open = UnixListener::bind(folder.path().join("socket")).expect("a listener");
        // Without close-on-exec, as a library of the server might leave it.
        let leak = rustix::io::dup(std::fs::File::open(&canary).expect("the canary")).expect("a descriptor");
        Self {
            marker: format!("attack-{word}-"),
            word: word.clone(),
            port: stream.local_addr().expect("an address").port(),
            datagrams: datagrams.local_addr().expect("an address").port(),
            canary,
            name,
            _folder: folder,
            _held: (stream, datagrams, hidden, open, leak),
        }
    }

    /// What the attacker knows beforehand. The word is told in two halves, so that it is nowhere inside as a whole.
    fn told(&self) -> Vec<(String, String)> {
        let (first, second) = self.word.split_at(self.word.len() / 2);
        let canary = self.canary.to_string_lossy();
        let pairs = [
            ("FIRST", first),
            ("SECOND", second),
            ("CANARY", &canary),
            ("HIDDEN", &self.name),
            ("PORT", &self.port.to_string()),
            ("DATAGRAMS", &self.datagrams.to_string()),
            ("SERVER", &std::process::id().to_string()),
        ];
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
    }
}
