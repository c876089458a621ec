//! Where the edges meet: runs sessions, carries out their effects, answers what pages ask. No HTTP.
//!
//! [`Engine`] sets sessions up and finds them; [`Session`] is the handle of one that is live.

mod answer;
mod api_keys;
mod audit;
mod clock;
mod entropy;
mod error;
mod judge;
mod links;
mod material;
mod models;
mod passes;
mod passwords;
mod people;
pub mod proof;
mod question;
mod read;
mod run;
mod session;
mod setup;
mod tempo;
mod throttle;

pub use api_keys::ApiKey;
pub use assess::Report;
pub use assistant::{Dialect, KeyHeader, ModelEntry, Preset};
pub use audit::AuditEntry;
pub use catalog::{BlameLine, Commit, Error as CatalogError, Problem};
pub use clock::{Clock, SystemClock, VirtualClock};
pub use entropy::{Entropy, SeededEntropy, SystemEntropy};
pub use error::Error;
pub use links::{Link, NewLink};
pub use material::Material;
pub use models::{
    BreakerView, DialectView, Environment, FailureCount, KEY_PREFIX, KeyPlace, LastErrorView, ModelFrom, ModelView,
    Models, PresetView, TimeToFirstWord, Trouble, Unfit, UpstreamTest, UpstreamView, dialects, presets,
};
pub use passes::Pass;
pub use people::{NewPerson, Person, PersonChange, Vouched};
pub use read::{OutlineNode, Place, SearchHit, SearchHits, UseOfSymbol};
pub use sandbox::Enforced;
pub use session::{After, Feed, Item, Published, Receipt, Session};
pub use setup::{AssistantChoice, NewSession, SessionSummary};

use catalog::Library;
use domain::event::Mode;
use domain::ids::{SessionId, TaskName};
use passwords::Passwords;
use sandbox::{Level, Refusal, Sandbox};
use session::Loading;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use store::{EventLog, Register, SessionRow, TokenHash};
use tempo::Tempos;
use throttle::Throttle;
use tokio::sync::{OnceCell, watch};

/// What the binary puts together.
pub struct Parts {
    /// Where logs are kept.
    pub log: Arc<dyn EventLog>,
    /// Where it is written who may come in.
    pub register: Arc<dyn Register>,
    /// Repositories and tasks.
    pub library: Arc<Library>,
    /// Where Python runs.
    pub sandbox: Sandbox,
    /// The live models of the settings file; those that admins added come beside them.
    pub models: Models,
    /// Where the keys are of models that admins added.
    pub environment: Environment,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub entropy: Arc<dyn Entropy>,
}

/// What signing in needs beside the register.
struct Doorway {
    /// Of the first set-up, while it is open.
    set_up: Mutex<Option<TokenHash>>,
    throttle: Mutex<Throttle>,
    passwords: Passwords,
    /// Held while people are changed, so that two changes together cannot do what neither may.
    people: tokio::sync::Mutex<()>,
}

impl Doorway {
    fn new() -> Self {
        Self {
            set_up: Mutex::default(),
            throttle: Mutex::default(),
            passwords: Passwords::new(),
            people: tokio::sync::Mutex::default(),
        }
    }
}

/// Runs sessions.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    parts: Parts,
    // Moves with every change by which somebody may be out.
    passes: watch::Sender<u64>,
    doorway: Doorway,
    tempos: Mutex<Tempos>,
    materials: Mutex<HashMap<TaskName, Arc<Material>>>,
    // A cell each: loading a session reads its log, which must not happen twice at once nor hold up other sessions.
    live: Mutex<HashMap<SessionId, Arc<OnceCell<Session>>>>,
}

impl Engine {
    /// An engine over its parts.
    pub fn start(parts: Parts) -> Self {
        Self(Arc::new(Inner {
            parts,
            passes: watch::Sender::new(0),
            doorway: Doorway::new(),
            tempos: Mutex::default(),
            materials: Mutex::new(HashMap::new()),
            live: Mutex::new(HashMap::new()),
        }))
    }

    /// Repositories and tasks.
    pub fn library(&self) -> &Library {
        &self.0.parts.library
    }

    fn tempos(&self) -> std::sync::MutexGuard<'_, Tempos> {
        self.0.tempos.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The sandbox, if it may run code of sessions of this mode. Code that is run without walls because it is trusted
    /// is the owner's own, which an interview's is not.
    pub fn sandbox_for(&self, mode: Mode) -> Result<&Sandbox, Error> {
        let isolation = self.sandbox().isolation();
        let refused = |cause: &str, remedy: &str| Error::NoIsolation { cause: cause.into(), remedy: remedy.into() };
        match &isolation.refusal {
            Some(Refusal { cause, remedy }) => Err(refused(cause, remedy)),
            None if isolation.level == Level::Trusted && mode != Mode::Practice => {
                Err(refused("without isolation only practice may run", "caveat doctor says what this machine lacks"))
            }
            None => Ok(self.sandbox()),
        }
    }

    /// The sandbox.
    pub fn sandbox(&self) -> &Sandbox {
        &self.0.parts.sandbox
    }

    /// Time since the engine's clock began, for what is measured and not kept.
    pub fn elapsed(&self) -> Duration {
        self.0.parts.clock.monotonic()
    }

    /// A fresh random id.
    pub fn uuid(&self) -> uuid::Uuid {
        self.0.parts.entropy.uuid()
    }

    /// A fresh token that nobody guesses: 256 random bits in hexadecimal.
    pub fn token(&self) -> String {
        domain::plan::hex(&self.0.parts.entropy.token())
    }

    /// The time of day, in Unix milliseconds.
    pub fn wall(&self) -> i64 {
        self.0.parts.clock.wall()
    }

    /// The session, loaded from its log if it is not live.
    pub async fn session(&self, id: SessionId) -> Result<Session, Error> {
        self.load(id, Loading::OnDemand).await
    }

    async fn load(&self, id: SessionId, loading: Loading) -> Result<Session, Error> {
        let cell = {
            let mut live = self.0.live.lock().unwrap_or_else(PoisonError::into_inner);
            let cell = live.entry(id).or_default();
            if cell.get().is_some_and(|session| !session.is_live()) {
                *cell = Arc::default();
            }
            Arc::clone(cell)
        };
        let loaded = cell.get_or_try_init(|| session::load(self, id, loading)).await.cloned();
        if loaded.is_err() {
            let mut live = self.0.live.lock().unwrap_or_else(PoisonError::into_inner);
            if live.get(&id).is_some_and(|cell| !cell.initialized()) {
                live.remove(&id);
            }
        }
        loaded
    }

    /// Loads every session that is not concluded, so that clocks run and deadlines come though nobody looks.
    /// Gives what could not be loaded, with the reason.
    pub async fn resume(&self) -> Result<Vec<(SessionId, Error)>, Error> {
        let mut failed = Vec::new();
        for row in self.0.parts.log.sessions().await? {
            if let Err(error) = self.resume_one(&row).await {
                failed.push((row.session, error));
            }
        }
        Ok(failed)
    }

    async fn resume_one(&self, row: &SessionRow) -> Result<(), Error> {
        let last = self.0.parts.log.read(row.session, row.last_seq.saturating_sub(1)).await?;
        let concluded = last.last().is_some_and(|event| matches!(event.fact, domain::Fact::Concluded {}));
        if !concluded {
            self.load(row.session, Loading::AtStart).await?;
        }
        Ok(())
    }

    fn doorway(&self) -> &Doorway {
        &self.0.doorway
    }

    pub(crate) fn passes(&self) -> &watch::Sender<u64> {
        &self.0.passes
    }

    /// Lets everybody who was let in be looked at again.
    pub(crate) fn tell_of_passes(&self) {
        self.0.passes.send_modify(|change| *change += 1);
    }

    pub(crate) fn parts(&self) -> &Parts {
        &self.0.parts
    }

    /// Forgets a session whose task ends, unless it was loaded again already.
    pub(crate) fn forget(&self, session: &Session) {
        let mut live = self.0.live.lock().unwrap_or_else(PoisonError::into_inner);
        let id = session.id();
        if live.get(&id).and_then(|cell| cell.get()).is_some_and(|known| known.is_the_same_as(session)) {
            live.remove(&id);
        }
    }

    /// What sessions of a task share: its index and its offline assistant.
    pub(crate) fn material(&self, name: &TaskName) -> Result<Arc<Material>, Error> {
        let mut materials = self.0.materials.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(material) = materials.get(name) {
            return Ok(Arc::clone(material));
        }
        let task = self.library().task(name).ok_or_else(|| self.unknown_task(name))?;
        let material = Arc::new(Material::new(task));
        materials.insert(name.clone(), Arc::clone(&material));
        Ok(material)
    }

    fn unknown_task(&self, name: &TaskName) -> Error {
        let known = self.library().tasks().map(|task| task.brief.name.to_string()).collect();
        Error::UnknownTask { name: name.clone(), known }
    }
}
