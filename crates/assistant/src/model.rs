//! What a session is set up with: upstreams that are asked in order until one of them says a word.

use crate::messages::Message;
use crate::upstream::{AnswerStream, Circumstances, Piece, Upstream, UpstreamConfig, UpstreamError, Usage};
use futures_util::{StreamExt, stream};
use std::collections::BTreeMap;
use std::sync::Arc;

/// In a list of fallbacks: the offline assistant, behind all others.
pub const OFFLINE: &str = "offline";

/// A live model by the name a session is set up with.
#[derive(Clone, Debug)]
pub struct Model {
    upstreams: Vec<Arc<Upstream>>,
    offline_at_last: bool,
}

/// What came of asking a model.
pub struct Asked {
    /// Upstreams that were asked in vain, in order.
    pub skipped: Vec<Skipped>,
    /// Who answers.
    pub answerer: Answerer,
}

/// An upstream that was asked and said nothing.
#[derive(Debug)]
pub struct Skipped {
    /// What it is called in the settings.
    pub upstream: Arc<Upstream>,
    /// Why it said nothing.
    pub cause: UpstreamError,
    /// What it took all the same.
    pub usage: Option<Usage>,
}

/// Who answers a prompt.
pub enum Answerer {
    /// This upstream, whose first word is there: from now on no other is asked.
    Upstream(Arc<Upstream>, AnswerStream),
    /// The offline assistant.
    Offline,
    /// Nobody.
    Nobody,
}

impl Model {
    /// A model of upstreams in the order in which they are asked.
    pub fn new(upstreams: Vec<Arc<Upstream>>, offline_at_last: bool) -> Self {
        Self { upstreams, offline_at_last }
    }

    /// Its upstreams, in the order in which they are asked.
    pub fn upstreams(&self) -> &[Arc<Upstream>] {
        &self.upstreams
    }

    /// Whether the offline assistant answers when no upstream does.
    pub fn offline_at_last(&self) -> bool {
        self.offline_at_last
    }

    /// Asks one upstream after the other until one says a word.
    pub async fn ask(&self, messages: &[Message], circumstances: Circumstances) -> Asked {
        let mut skipped = Vec::new();
        for upstream in &self.upstreams {
            match begun(upstream, messages, circumstances).await {
                Ok(answer) => return Asked { skipped, answerer: Answerer::Upstream(Arc::clone(upstream), answer) },
                Err((cause, usage)) => skipped.push(Skipped { upstream: Arc::clone(upstream), cause, usage }),
            }
        }
        let answerer = if self.offline_at_last { Answerer::Offline } else { Answerer::Nobody };
        Asked { skipped, answerer }
    }
}

/// An answer whose first word is there.
async fn begun(
    upstream: &Upstream,
    messages: &[Message],
    circumstances: Circumstances,
) -> Result<AnswerStream, (UpstreamError, Option<Usage>)> {
    let mut usage = None;
    let mut answer = upstream.stream(messages, circumstances).await.map_err(|error| (error, None))?;
    while let Some(piece) = answer.next().await {
        match piece {
            Ok(Piece::Usage(counted)) => usage = Some(counted),
            Ok(first) => return Ok(Box::pin(stream::iter([Ok(first)]).chain(answer))),
            Err(error) => return Err((error, usage)),
        }
    }
    Err((UpstreamError::Cut(None), usage))
}

/// One entry of the settings: an upstream, and what is asked when it fails.
#[derive(Clone, Debug)]
pub struct ModelConfig {
    /// The upstream; its name is the model's.
    pub upstream: UpstreamConfig,
    /// Names of other entries, and [`OFFLINE`] for the offline assistant. What those fall back to is asked after them.
    pub fallback: Vec<String>,
}

/// Why entries make no models.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// Two entries have one name.
    #[error("model `{name}` is named twice: give each its own name")]
    NamedTwice {
        /// The name.
        name: String,
    },
    /// A name that means something else.
    #[error("model `{name}`: the name is empty or taken, choose another: `{OFFLINE}` is the offline assistant")]
    Name {
        /// The name.
        name: String,
    },
    /// A fallback that is no entry.
    #[error("model `{name}`: its fallback `{fallback}` is no model; known are: {}", known.join(", "))]
    Unknown {
        /// Whose.
        name: String,
        /// The unknown one.
        fallback: String,
        /// What it could have been.
        known: Vec<String>,
    },
    /// Fallbacks that come back to where they began.
    #[error("model `{name}`: its fallbacks go in a circle: {}; take one of them out", way.join(" → "))]
    Circle {
        /// Whose.
        name: String,
        /// From one to itself.
        way: Vec<String>,
    },
    /// Something behind the offline assistant.
    #[error("model `{name}`: nothing comes behind `{OFFLINE}`, which always answers: put it last")]
    BehindOffline {
        /// Whose.
        name: String,
    },
    /// An upstream that cannot work.
    #[error("model `{name}`: {cause}")]
    Upstream {
        /// Whose.
        name: String,
        /// Why.
        cause: UpstreamError,
    },
}

impl ModelError {
    /// Whose entry has to change.
    pub fn name(&self) -> &str {
        match self {
            Self::NamedTwice { name }
            | Self::Name { name }
            | Self::Unknown { name, .. }
            | Self::Circle { name, .. }
            | Self::BehindOffline { name }
            | Self::Upstream { name, .. } => name,
        }
    }
}

/// An upstream, and the names of those that are asked when it fails.
pub type WithFallback = (Arc<Upstream>, Vec<String>);

/// Makes the models of settings. An entry that several fall back to is one upstream, with one breaker.
pub fn models(entries: Vec<ModelConfig>) -> Result<BTreeMap<String, Arc<Model>>, ModelError> {
    let mut upstreams = BTreeMap::new();
    for ModelConfig { upstream, fallback } in entries {
        let name = upstream.name.clone();
        let upstream = Upstream::new(upstream).map_err(|cause| ModelError::Upstream { name: name.clone(), cause })?;
        if upstreams.insert(name.clone(), (Arc::new(upstream), fallback)).is_some() {
            return Err(ModelError::NamedTwice { name });
        }
    }
    linked(&upstreams)
}

/// Makes models of upstreams that are there already, by their names; what is known of each stays with it.
pub fn linked(upstreams: &BTreeMap<String, WithFallback>) -> Result<BTreeMap<String, Arc<Model>>, ModelError> {
    let model = |name: &String| {
        if name.trim().is_empty() || name == OFFLINE {
            return Err(ModelError::Name { name: name.clone() });
        }
        let mut order = Order { upstreams, names: Vec::new(), offline: false };
        order.follow(name, &mut Vec::new())?;
        let chosen =
            order.names.iter().filter_map(|name| upstreams.get(name)).map(|(upstream, _)| Arc::clone(upstream));
        Ok((name.clone(), Arc::new(Model::new(chosen.collect(), order.offline))))
    };
    upstreams.keys().map(model).collect()
}

/// The order in which the fallbacks of one entry are asked.
struct Order<'a> {
    upstreams: &'a BTreeMap<String, WithFallback>,
    names: Vec<String>,
    offline: bool,
}

impl Order<'_> {
    fn follow(&mut self, name: &String, way: &mut Vec<String>) -> Result<(), ModelError> {
        way.push(name.clone());
        if !self.names.contains(name) {
            self.names.push(name.clone());
        }
        let fallbacks = self.upstreams.get(name).map_or(&[][..], |(_, fallback)| fallback);
        for (place, next) in fallbacks.iter().enumerate() {
            if next == OFFLINE {
                if place + 1 < fallbacks.len() {
                    return Err(ModelError::BehindOffline { name: name.clone() });
                }
                self.offline = true;
            } else if !self.upstreams.contains_key(next) {
                let known = self.upstreams.keys().map(String::as_str).chain([OFFLINE]).map(str::to_owned).collect();
                return Err(ModelError::Unknown { name: name.clone(), fallback: next.clone(), known });
            } else if let Some(begin) = way.iter().position(|passed| passed == next) {
                let circle = way[begin..].iter().chain([next]).cloned().collect();
                return Err(ModelError::Circle { name: name.clone(), way: circle });
            } else {
                self.follow(next, way)?;
            }
        }
        way.pop();
        Ok(())
    }
}
