//! The settings of an identity provider.

#[cfg(feature = "oidc")]
use super::secret;
#[cfg(feature = "oidc")]
use anyhow::Context;
use anyhow::Result;
#[cfg(not(feature = "oidc"))]
use anyhow::bail;
use domain::access::Role;
use serde::Deserialize;
use server::oidc::Provider;
use std::path::PathBuf;

/// The section `[oidc]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(feature = "oidc"), expect(dead_code, reason = "what is wrong in it is told in every build"))]
pub(super) struct Section {
    issuer: String,
    client_id: String,
    client_secret_env: Option<String>,
    client_secret_file: Option<PathBuf>,
    name: String,
    new_people: Option<Role>,
}

#[cfg(feature = "oidc")]
pub(super) fn provider(oidc: Section, public_url: Option<&str>) -> Result<Provider> {
    let public_url = public_url
        .context("it needs --public-url: the provider sends people back there; without it nobody signs in")?;
    let secret = secret(
        "client_secret",
        oidc.client_secret_env.as_deref(),
        oidc.client_secret_file.as_deref(),
        &super::environment,
    )?;
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
pub(super) fn provider(_: Section, _: Option<&str>) -> Result<Provider> {
    bail!("this program was built without OpenID Connect: build it with `--features oidc`, or take the section out")
}

#[cfg(test)]
mod tests {
    use crate::config::provider;

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
