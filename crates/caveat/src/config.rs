//! The settings file: live models.

use anyhow::{Context, Result, bail};
use assistant::{Limits, Secret, Upstream, UpstreamConfig};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// ```toml
/// [[model]]
/// name     = "local"                       # as a session is set up with it
/// base_url = "http://127.0.0.1:11434/v1"   # any OpenAI-compatible endpoint
/// model    = "qwen3:8b"                    # as the endpoint knows it
/// key_env  = "MODEL_KEY"                   # or key_file = "…"; none: no key is sent
/// ```
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    #[serde(default)]
    model: Vec<Model>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Model {
    name: String,
    base_url: String,
    model: String,
    key_env: Option<String>,
    key_file: Option<PathBuf>,
}

/// The models a settings file names; none without a file.
pub(crate) fn models(file: Option<&Path>) -> Result<BTreeMap<String, Arc<Upstream>>> {
    let Some(file) = file else { return Ok(BTreeMap::new()) };
    let text = std::fs::read_to_string(file).with_context(|| format!("{}: cannot be read", file.display()))?;
    let config: Config = toml::from_str(&text).with_context(|| format!("{}", file.display()))?;
    let mut models = BTreeMap::new();
    for model in config.model {
        let name = model.name.clone();
        let upstream = upstream(model).with_context(|| format!("{}: model `{name}`", file.display()))?;
        if models.insert(name.clone(), Arc::new(upstream)).is_some() {
            bail!("{}: model `{name}` is named twice: give each its own name", file.display());
        }
    }
    Ok(models)
}

fn upstream(model: Model) -> Result<Upstream> {
    let key = match (&model.key_env, &model.key_file) {
        (Some(name), None) => Some(std::env::var(name).with_context(|| format!("the environment has no {name}"))?),
        (None, Some(file)) => Some(
            std::fs::read_to_string(file)
                .with_context(|| format!("{}: cannot be read", file.display()))?
                .trim()
                .to_owned(),
        ),
        (None, None) => None,
        (Some(_), Some(_)) => bail!("key_env and key_file exclude one another: keep one"),
    };
    let config = UpstreamConfig {
        base_url: model.base_url,
        key: key.map(Secret::new),
        model: model.model,
        limits: Limits::default(),
    };
    Ok(Upstream::new(config)?)
}
