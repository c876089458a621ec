//! The settings file: live models, and who else vouches for people.

mod models;
mod vouching;

pub(crate) use models::Settings;

use anyhow::{Context, Result, anyhow, bail};
use assistant::ModelEntry;
use serde::Deserialize;
use server::oidc::Provider;
use std::path::Path;
use std::sync::Arc;

/// A list of [`ModelEntry`], as README.md shows it, and
///
/// ```toml
/// [oidc]                                   # with the feature `oidc`, beside --public-url
/// issuer            = "https://id.example.org"
/// client_id         = "caveat"
/// client_secret_env = "OIDC_SECRET"        # or client_secret_file = "…"
/// name              = "Example"            # "Sign in with Example"
/// new_people        = "observer"           # or reviewer, interviewer; none: only people with an account get in
/// ```
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    #[serde(default)]
    model: Vec<ModelEntry>,
    oidc: Option<vouching::Section>,
}

/// Gives a variable of the environment.
type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// What this process was started with.
pub(crate) fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn load(file: &Path) -> Result<Config> {
    let text = std::fs::read_to_string(file).with_context(|| format!("{}: cannot be read", file.display()))?;
    toml::from_str(&text).map_err(|error| anyhow!("{}: {error}", file.display()))
}

/// The models a settings file names; none without a file.
pub(crate) fn models(file: Option<&Path>) -> Result<Settings> {
    let Some(file) = file else { return Ok(Settings::default()) };
    models::read(&load(file)?, &environment).map_err(|error| anyhow!("{}: {error:#}", file.display()))
}

/// The identity provider a settings file names, for a server that browsers reach at `public_url`; none without one.
pub(crate) fn provider(file: Option<&Path>, public_url: Option<&str>) -> Result<Option<Arc<Provider>>> {
    let Some(file) = file else { return Ok(None) };
    let Some(oidc) = load(file)?.oidc else { return Ok(None) };
    let provider = vouching::provider(oidc, public_url).with_context(|| format!("{}: [oidc]", file.display()))?;
    Ok(Some(Arc::new(provider)))
}

/// A secret from the environment or from a file: never from the settings themselves, which people show around.
fn secret(what: &str, env: Option<&str>, file: Option<&Path>, environment: Environment<'_>) -> Result<Option<String>> {
    let (place, text) = match (env, file) {
        (Some(name), None) => {
            let text = environment(name).with_context(|| format!("the environment has no {name}"))?;
            (format!("the environment's {name}"), text)
        }
        (None, Some(file)) => {
            let place = file.display().to_string();
            let text = std::fs::read_to_string(file).with_context(|| format!("{place}: cannot be read"))?;
            (place, text)
        }
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => bail!("{what}_env and {what}_file exclude one another: keep one"),
    };
    match text.trim() {
        "" => bail!("{place} is empty: put the {what} there"),
        text => Ok(Some(text.to_owned())),
    }
}
