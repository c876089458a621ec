//! Live models: those of the settings file, and those that admins added on the page. A change holds for the next prompt;
//! answers that are under way go on.

mod unfit;
mod view;

pub use unfit::Unfit;
pub use view::{
    BreakerView, DialectView, FailureCount, KeyPlace, LastErrorView, ModelFrom, ModelView, PresetView, TimeToFirstWord,
    Trouble, UpstreamTest, UpstreamView, dialects, presets,
};

use crate::{Engine, Error, Pass};
use assistant::{Model, ModelConfig, ModelEntry, ModelError, Secret, Upstream, WithFallback};
use domain::access::Act;
use domain::plan::hex;
use futures_util::future::join_all;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use store::{Change, ModelRow};

/// What the name of a variable begins with whose key the page may use. Without it, an admin of the page could have any
/// variable of the server sent to an address of theirs.
pub const KEY_PREFIX: &str = "CAVEAT_KEY_";

/// Most characters of a model's name.
const NAME_CHARACTERS: usize = 60;

/// Gives a variable of the environment.
pub type Environment = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// The live models of a server, by the name a session is set up with.
#[derive(Debug, Default)]
pub struct Models {
    known: RwLock<Arc<Known>>,
    // Held while they are changed, so that what is kept and what is asked stay the same.
    changing: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Known {
    entries: Vec<Entry>,
    models: BTreeMap<String, Arc<Model>>,
}

/// One model as it is written, and its upstream if it has one that can work.
#[derive(Clone, Debug)]
struct Entry {
    written: ModelEntry,
    from: ModelFrom,
    upstream: Result<Arc<Upstream>, Unfit>,
}

impl Models {
    /// The models of a settings file, as they are written there and as they are asked.
    pub fn new(entries: Vec<(ModelEntry, ModelConfig)>) -> Result<Self, ModelError> {
        let (written, configs): (Vec<_>, Vec<_>) = entries.into_iter().unzip();
        let models = assistant::models(configs)?;
        let entry = |written: ModelEntry| {
            // The first upstream of a model is its own.
            let own = models.get(&written.name).and_then(|model| model.upstreams().first());
            let upstream = own.cloned().ok_or(Unfit::Name);
            Entry { written, from: ModelFrom::File, upstream }
        };
        let entries = written.into_iter().map(entry).collect();
        Ok(Self { known: RwLock::new(Arc::new(Known { entries, models })), ..Self::default() })
    }

    /// A model by its name.
    pub fn get(&self, name: &str) -> Option<Arc<Model>> {
        self.known().models.get(name).cloned()
    }

    /// The names of those that can be asked.
    pub fn names(&self) -> Vec<String> {
        self.known().models.keys().cloned().collect()
    }

    fn known(&self) -> Arc<Known> {
        Arc::clone(&self.known.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn replace(&self, known: Known) {
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(known);
    }
}

impl Known {
    /// Links the entries. One that admins added and that does not fit the others is left out, with the reason; the
    /// settings file's fit each other.
    fn of(mut entries: Vec<Entry>) -> Self {
        loop {
            let upstreams = entries.iter().filter_map(Entry::asked).collect();
            let error = match assistant::linked(&upstreams) {
                Ok(models) => return Self { entries, models },
                Err(error) => error,
            };
            let is_it = |entry: &&mut Entry| entry.from == ModelFrom::Page && entry.asked_as(error.name());
            match entries.iter_mut().find(is_it) {
                Some(entry) => entry.upstream = Err(Unfit::Linked(error.to_string())),
                None => return Self { entries, models: BTreeMap::new() },
            }
        }
    }

    /// The same with one entry more, less or other. None that works breaks by that; such as could not work may fit again.
    fn anew(mut entries: Vec<Entry>, environment: &Environment) -> Result<Self, Unfit> {
        let mut models = linked(&entries)?;
        let mut more_fit = true;
        // Each that fits may be what another falls back to.
        while std::mem::take(&mut more_fit) {
            for at in 0..entries.len() {
                if entries[at].may_fit_again() {
                    entries[at] = Entry::of_page(entries[at].written.clone(), &entries[..at], environment);
                    match linked(&entries) {
                        Ok(linked) => (models, more_fit) = (linked, more_fit || entries[at].upstream.is_ok()),
                        Err(unfit) => entries[at].upstream = Err(unfit),
                    }
                }
            }
        }
        Ok(Self { entries, models })
    }

    fn of_page(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.from == ModelFrom::Page && entry.written.name == name)
    }

    /// What an admin added and may change.
    fn changeable(&self, name: &str) -> Result<&Entry, Error> {
        let in_file = || self.entries.iter().any(|entry| entry.written.name == name);
        self.of_page(name).ok_or_else(|| match in_file() {
            true => Error::ModelOfFile { name: name.to_owned() },
            false => Error::Missing { what: "model" },
        })
    }
}

impl Entry {
    /// What an admin wrote, where the settings file's entries come first in `others`.
    fn of_page(written: ModelEntry, others: &[Self], environment: &Environment) -> Self {
        let is_hidden = others.iter().any(|other| other.from == ModelFrom::File && other.written.name == written.name);
        let upstream = if is_hidden { Err(Unfit::InFile) } else { opened(&written, environment).map(Arc::new) };
        Self { written, from: ModelFrom::Page, upstream }
    }

    /// This one in the place of another.
    fn in_place_of(self, other: &Self) -> Self {
        let upstream = match (self.upstream, &other.upstream) {
            (Ok(new), Ok(old)) => Ok(Arc::new(new.in_place_of(old))),
            (upstream, _) => upstream,
        };
        Self { upstream, ..self }
    }

    /// As the store keeps it, if it can work by itself.
    fn kept(&self) -> Result<String, Unfit> {
        self.upstream.as_ref().map_err(Unfit::clone)?;
        serde_json::to_string(&self.written).map_err(|error| Unfit::Unreadable(error.to_string()))
    }

    /// What cannot be read stays so.
    fn may_fit_again(&self) -> bool {
        self.upstream.as_ref().is_err_and(|unfit| !matches!(unfit, Unfit::Unreadable(_)))
    }

    /// Changes with all that is written about it, and with nothing else.
    fn version(&self) -> String {
        let written = serde_json::to_vec(&self.written).unwrap_or_default();
        hex(&Sha256::digest(written))
    }

    fn asked(&self) -> Option<(String, WithFallback)> {
        let upstream = self.upstream.as_ref().ok()?;
        Some((self.written.name.clone(), (Arc::clone(upstream), self.written.fallback.clone())))
    }

    fn asked_as(&self, name: &str) -> bool {
        self.written.name == name && self.upstream.is_ok()
    }
}

/// The models of those entries that can work, if they go together.
fn linked(entries: &[Entry]) -> Result<BTreeMap<String, Arc<Model>>, Unfit> {
    let upstreams = entries.iter().filter_map(Entry::asked).collect();
    assistant::linked(&upstreams).map_err(|error| Unfit::Linked(error.to_string()))
}

fn is_asked_like(one: &Model, other: &Model) -> bool {
    let upstreams = one.upstreams().iter().zip(other.upstreams());
    one.upstreams().len() == other.upstreams().len()
        && upstreams.into_iter().all(|(one, other)| one.is_asked_like(other))
}

/// The upstream of what an admin wrote, with its key.
fn opened(written: &ModelEntry, environment: &Environment) -> Result<Upstream, Unfit> {
    if !is_name(&written.name) {
        return Err(Unfit::Name);
    }
    let key = key(written, environment)?;
    let config = written.config(key).map_err(Unfit::Entry)?;
    Ok(Upstream::new(config.upstream)?)
}

fn is_name(name: &str) -> bool {
    let fits = |character: char| character.is_ascii_alphanumeric() || "-_.:".contains(character);
    name.len() <= NAME_CHARACTERS
        && name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name.chars().all(fits)
        && name != assistant::OFFLINE
}

fn key(written: &ModelEntry, environment: &Environment) -> Result<Option<Secret>, Unfit> {
    if written.key_file.is_some() {
        return Err(Unfit::KeyFile);
    }
    let Some(name) = &written.key_env else { return Ok(None) };
    let fits = |character: char| character.is_ascii_alphanumeric() || character == '_';
    match name.strip_prefix(KEY_PREFIX) {
        Some(rest) if !rest.is_empty() && rest.chars().all(fits) => {}
        _ => return Err(Unfit::KeyName { name: name.clone() }),
    }
    let key = environment(name).map(|key| key.trim().to_owned()).filter(|key| !key.is_empty());
    key.map(|key| Some(Secret::new(key))).ok_or_else(|| Unfit::NoKey { name: name.clone() })
}

impl Engine {
    /// Names of the models a session may be set up with.
    pub fn models(&self) -> Vec<String> {
        self.parts().models.names()
    }

    /// Puts the models that admins added beside those of the settings file. Gives what cannot work, with the reason.
    pub async fn load_models(&self) -> Result<Vec<(String, Unfit)>, Error> {
        let models = &self.parts().models;
        let _alone = models.changing.lock().await;
        let mut entries = models.known().entries.clone();
        entries.retain(|entry| entry.from == ModelFrom::File);
        for row in self.parts().register.models().await? {
            match serde_json::from_str(&row.entry) {
                Ok(written) => entries.push(Entry::of_page(written, &entries, &self.parts().environment)),
                // Kept with nothing but its name, so that the page shows it and can remove it.
                Err(error) => {
                    let written = ModelEntry { name: row.name, ..ModelEntry::default() };
                    let upstream = Err(Unfit::Unreadable(error.to_string()));
                    entries.push(Entry { written, from: ModelFrom::Page, upstream });
                }
            }
        }
        let known = Known::of(entries);
        let unfit = |entry: &Entry| Some((entry.written.name.clone(), entry.upstream.as_ref().err()?.clone()));
        let unfit = known.entries.iter().filter_map(unfit).collect();
        self.ask_from_now_on(known);
        Ok(unfit)
    }

    /// All models with what became of the requests to them, the settings file's first.
    pub fn model_views(&self) -> Vec<ModelView> {
        self.parts().models.known().entries.iter().map(|entry| entry.view()).collect()
    }

    /// Adds a model; sessions can be set up with it from now on.
    pub async fn add_model(&self, by: &Pass, written: ModelEntry) -> Result<ModelView, Error> {
        let models = &self.parts().models;
        let _alone = models.changing.lock().await;
        let now = models.known();
        if now.entries.iter().any(|entry| entry.written.name == written.name) {
            return Err(Error::ModelTaken { name: written.name });
        }
        let name = written.name.clone();
        let new = Entry::of_page(written, &now.entries, &self.parts().environment);
        let row = ModelRow { name: name.clone(), entry: new.kept()?, added: self.wall() };
        let entries = now.entries.iter().cloned().chain([new.clone()]).collect();
        let known = Known::anew(entries, &self.parts().environment)?;
        self.parts().register.change(Change::AddModel(row)).await?;
        self.ask_from_now_on(known);
        self.note(by.actor, Act::ModelAdded, None, Some(name)).await?;
        Ok(new.view())
    }

    /// Changes a model that an admin added, if it still is as they read it. Sessions that were set up with it ask it as
    /// it is now from their next prompt on; an answer that is under way goes on, and budgets count at the prices they
    /// were made with.
    pub async fn change_model(
        &self,
        by: &Pass,
        name: &str,
        version: &str,
        written: ModelEntry,
    ) -> Result<ModelView, Error> {
        let models = &self.parts().models;
        let _alone = models.changing.lock().await;
        let now = models.known();
        let old = now.changeable(name)?;
        if old.version() != version {
            return Err(Error::ModelChanged { name: name.to_owned() });
        }
        if written.name != name {
            return Err(Error::ModelKeepsName { name: name.to_owned() });
        }
        let new = Entry::of_page(written, &now.entries, &self.parts().environment).in_place_of(old);
        let change = Change::ChangeModel { name: name.to_owned(), entry: new.kept()? };
        let changed = |entry: &Entry| if std::ptr::eq(entry, old) { new.clone() } else { entry.clone() };
        let known = Known::anew(now.entries.iter().map(changed).collect(), &self.parts().environment)?;
        self.parts().register.change(change).await?;
        self.ask_from_now_on(known);
        self.note(by.actor, Act::ModelChanged, None, Some(name.to_owned())).await?;
        Ok(new.view())
    }

    /// From the next prompt on, these are the models. What was written beforehand must not come as late as models did that
    /// are asked no longer.
    fn ask_from_now_on(&self, known: Known) {
        let before = self.parts().models.known();
        for (name, model) in &before.models {
            if !known.models.get(name).is_some_and(|now| is_asked_like(now, model)) {
                self.tempos().forget(name);
            }
        }
        self.parts().models.replace(known);
    }

    /// Removes a model that an admin added. In sessions that were set up with it the offline assistant answers from now on.
    pub async fn remove_model(&self, by: &Pass, name: &str) -> Result<(), Error> {
        let models = &self.parts().models;
        let _alone = models.changing.lock().await;
        let now = models.known();
        now.changeable(name)?;
        let left = || now.entries.iter().filter(|entry| entry.from == ModelFrom::File || entry.written.name != name);
        let is_gone = left().all(|entry| entry.written.name != name);
        if let Some(user) = left().find(|entry| is_gone && entry.written.fallback.iter().any(|other| other == name)) {
            return Err(Error::ModelInUse { name: name.to_owned(), by: user.written.name.clone() });
        }
        let known = Known::anew(left().cloned().collect(), &self.parts().environment)?;
        self.parts().register.change(Change::RemoveModel(name.to_owned())).await?;
        self.ask_from_now_on(known);
        self.note(by.actor, Act::ModelRemoved, None, Some(name.to_owned())).await
    }

    /// Asks every upstream of a model for a word, all at once.
    pub async fn test_model(&self, name: &str) -> Result<Vec<UpstreamTest>, Error> {
        let known = self.parts().models.known();
        let Some(model) = known.models.get(name) else {
            let unfit = known.of_page(name).and_then(|entry| entry.upstream.as_ref().err());
            let unfit = unfit.ok_or(Error::Missing { what: "model" })?;
            return Ok(vec![UpstreamTest::failed(name, Trouble::from(unfit))]);
        };
        let now = self.time_of_day();
        let test = async |upstream: &Arc<Upstream>| match upstream.test(now).await {
            Ok(first_word) => UpstreamTest::passed(upstream.name(), first_word),
            Err(error) => UpstreamTest::failed(upstream.name(), Trouble::from(&error)),
        };
        Ok(join_all(model.upstreams().iter().map(test)).await)
    }

    fn time_of_day(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(u64::try_from(self.wall()).unwrap_or(0))
    }
}
