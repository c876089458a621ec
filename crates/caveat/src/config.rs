//! The settings file: live models, and who else vouches for people.

use anyhow::{Context, Result, bail};
use assistant::{Limits, Secret, Upstream, UpstreamConfig};
use domain::access::Role;
use serde::Deserialize;
use server::oidc::Provider;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// ```toml
/// [[model]]
/// name     = "local"                       # as a session is set up with it
/// base_url = "http://127.0.0.1:11434/v1"   # any OpenAI-compatible endpoint
/// model    = "qwen3:8b"                    # as the endpoint knows it
/// key_env  = "MODEL_KEY"                   # or key_file = "…"; none: no key is sent
///
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
    model: Vec<Model>,
    oidc: Option<Oidc>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(feature = "oidc"), expect(dead_code, reason = "what is wrong in it is told in every build"))]
struct Oidc {
    issuer: String,
    client_id: String,
    client_secret_env: Option<String>,
    client_secret_file: Option<PathBuf>,
    name: String,
    new_people: Option<Role>,
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

fn read(file: &Path) -> Result<Config> {
    let text = std::fs::read_to_string(file).with_context(|| format!("{}: cannot be read", file.display()))?;
    toml::from_str(&text).with_context(|| format!("{}", file.display()))
}

/// The models a settings file names; none without a file.
pub(crate) fn models(file: Option<&Path>) -> Result<BTreeMap<String, Arc<Upstream>>> {
    let Some(file) = file else { return Ok(BTreeMap::new()) };
    let mut models = BTreeMap::new();
    for model in read(file)?.model {
        let name = model.name.clone();
        let upstream = upstream(model).with_context(|| format!("{}: model `{name}`", file.display()))?;
        if models.insert(name.clone(), Arc::new(upstream)).is_some() {
            bail!("{}: model `{name}` is named twice: give each its own name", file.display());
        }
    }
    Ok(models)
}

fn upstream(model: Model) -> Result<Upstream> {
    let config = UpstreamConfig {
        base_url: model.base_url,
        key: secret("key", model.key_env, model.key_file)?.map(Secret::new),
        model: model.model,
        limits: Limits::default(),
    };
    Ok(Upstream::new(config)?)
}

/// A secret from the environment or from a file: never from the settings themselves, which people show around.
fn secret(what: &str, env: Option<String>, file: Option<PathBuf>) -> Result<Option<String>> {
    match (env, file) {
        (Some(name), None) => {
            let found = std::env::var(&name).with_context(|| format!("the environment has no {name}"))?;
            Ok(Some(found))
        }
        (None, Some(file)) => {
            let text = std::fs::read_to_string(&file).with_context(|| format!("{}: cannot be read", file.display()))?;
            Ok(Some(text.trim().to_owned()))
        }
        (None, None) => Ok(None),
        (Some(_), Some(_)) => bail!("{what}_env and {what}_file exclude one another: keep one"),
    }
}

/// The identity provider a settings file names, for a server that browsers reach at `public_url`; none without one.
pub(crate) fn provider(file: Option<&Path>, public_url: Option<&str>) -> Result<Option<Arc<Provider>>> {
    let Some(file) = file else { return Ok(None) };
    let Some(oidc) = read(file)?.oidc else { return Ok(None) };
    let provider = provider_of(oidc, public_url).with_context(|| format!("{}: [oidc]", file.display()))?;
    Ok(Some(Arc::new(provider)))
}

#[cfg(feature = "oidc")]
fn provider_of(oidc: Oidc, public_url: Option<&str>) -> Result<Provider> {
    let public_url = public_url
        .context("it needs --public-url: the provider sends people back there; without it nobody signs in")?;
    let secret = secret("client_secret", oidc.client_secret_env, oidc.client_secret_file)?;
    let settings = server::oidc::Settings {
        issuer: oidc.issuer,
        client_id: oidc.client_id,
        client_secret: secret.context("say where the secret is: client_secret_env or client_secret_file")?,
        name: oidc.name,
        new_people: oidc.new_people,
    };
    Ok(Provider::new(settings, public_url)?)
}

#[cfg(not(feature = "oidc"))]
fn provider_of(_: Oidc, _: Option<&str>) -> Result<Provider> {
    bail!("this program was built without OpenID Connect: build it with `--features oidc`, or take the section out")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECTION: &str = "[oidc]\nissuer = \"https://id.example.org\"\nclient_id = \"caveat\"\nname = \"Example\"\n";
    const PUBLIC_URL: Option<&str> = Some("https://caveat.example");

    /// What is said about settings; empty: they are taken. `SECRET` in them is a file with a secret.
    fn said(settings: &str, public_url: Option<&str>) -> String {
        let folder = tempfile::TempDir::new().expect("a folder");
        let (file, secret) = (folder.path().join("settings.toml"), folder.path().join("secret"));
        std::fs::write(&secret, "hush\n").expect("a secret");
        std::fs::write(&file, settings.replace("SECRET", &secret.display().to_string())).expect("settings");
        provider(Some(&file), public_url).map_or_else(|error| format!("{error:#}"), |_| String::new())
    }

    #[test]
    fn unknown_names_are_refused_in_every_section() {
        for settings in
            ["[other]\n", &format!("{SECTION}secret = \"hush\"\n"), &format!("{SECTION}issuer_url = \"\"\n")]
        {
            let said = said(settings, PUBLIC_URL);
            assert!(said.contains("unknown field"), "{settings}: {said}");
        }
    }

    #[test]
    fn without_the_section_there_is_no_provider() {
        assert_eq!(said("", PUBLIC_URL), "");
        assert!(provider(None, PUBLIC_URL).expect("settings").is_none());
    }

    #[test]
    #[cfg(not(feature = "oidc"))]
    fn a_build_without_the_feature_names_it() {
        for public_url in [PUBLIC_URL, None] {
            assert!(said(SECTION, public_url).contains("build it with `--features oidc`"));
        }
    }

    #[test]
    #[cfg(feature = "oidc")]
    fn a_section_that_cannot_work_is_refused_with_its_remedy() {
        let whole = format!("{SECTION}client_secret_file = \"SECRET\"\n");
        assert_eq!(said(&whole, PUBLIC_URL), "");
        for (settings, public_url, expected) in [
            (whole.clone(), None, "it needs --public-url"),
            (SECTION.to_owned(), PUBLIC_URL, "client_secret_env or client_secret_file"),
            (format!("{whole}client_secret_env = \"X\"\n"), PUBLIC_URL, "client_secret_file exclude one another"),
            (format!("{SECTION}client_secret_env = \"CAVEAT_NO_SUCH\"\n"), PUBLIC_URL, "no CAVEAT_NO_SUCH"),
            (format!("{whole}new_people = \"admin\"\n"), PUBLIC_URL, "nobody becomes admin by coming"),
            (format!("{whole}new_people = \"owner\"\n"), PUBLIC_URL, "unknown variant"),
            (whole.replace("https:", "http:"), PUBLIC_URL, "must begin with https://"),
        ] {
            let said = said(&settings, public_url);
            assert!(said.contains(expected), "{settings}: {said}");
        }
    }
}
