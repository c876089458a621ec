//! Sign-in with OpenID Connect: an identity provider vouches for people's mail addresses, this server says what they may.

mod http;
mod pending;
mod problem;
mod proof;
mod way;

pub(crate) use way::{come_back, leave};

use domain::access::Role;
use openidconnect::core::CoreProviderMetadata;
use openidconnect::{ClientId, ClientSecret, IssuerUrl, RedirectUrl};
use pending::Pending;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Longest name of a provider, in characters: it stands on a button.
const NAME_CHARS: usize = 40;

/// How a provider is reached, and who may come from it.
pub struct Settings {
    /// Its address, exactly as it names itself, such as `https://id.example.org`.
    pub issuer: String,
    /// As what it knows this server.
    pub client_id: String,
    /// What shows it that this server asks.
    pub client_secret: String,
    /// What the sign-in page calls it.
    pub name: String,
    /// The role of people without an account, who get one when they come; none: they are turned away.
    pub new_people: Option<Role>,
}

/// What is wrong with settings.
#[derive(Debug, thiserror::Error)]
pub enum BadSettings {
    /// The issuer is no address.
    #[error("issuer: this is no address: {0}")]
    Issuer(String),
    /// The issuer is reached without TLS.
    #[error("issuer: it must begin with https:// unless it is on this machine")]
    Plain,
    /// Something is empty.
    #[error("{0}: say something")]
    Empty(&'static str),
    /// The name does not fit on a button.
    #[error("name: {NAME_CHARS} characters at most, it stands on a button")]
    LongName,
    /// A role that nobody gets by coming.
    #[error("new_people: nobody becomes {0} by coming: choose observer, reviewer or interviewer")]
    NewPeople(Role),
    /// What links begin with is no address.
    #[error("the public address is none: {0}")]
    PublicUrl(String),
    /// There is no HTTP client.
    #[error("no HTTP client can be made: {0}")]
    Client(#[source] reqwest::Error),
}

/// An identity provider, and the sign-ins that are under way there.
pub struct Provider {
    name: String,
    issuer: IssuerUrl,
    on_this_machine: bool,
    id: ClientId,
    secret: ClientSecret,
    back: RedirectUrl,
    new_people: Option<Role>,
    http: reqwest::Client,
    // Held while the provider is asked about itself: others wait for that answer instead of asking too.
    about: tokio::sync::Mutex<About>,
    pending: Mutex<Pending>,
}

/// What the provider says about itself.
#[derive(Default)]
struct About {
    known: Option<(Arc<CoreProviderMetadata>, Duration)>,
    failed: Option<Duration>,
}

impl Provider {
    /// A provider by its settings, for a server that browsers reach at `public_url`. Nothing is sent yet.
    pub fn new(settings: Settings, public_url: &str) -> Result<Self, BadSettings> {
        let issuer = IssuerUrl::new(settings.issuer).map_err(|error| BadSettings::Issuer(error.to_string()))?;
        let on_this_machine = http::is_on_this_machine(issuer.url());
        if issuer.url().scheme() != "https" && !(on_this_machine && issuer.url().scheme() == "http") {
            return Err(BadSettings::Plain);
        }
        let texts =
            [("client_id", &settings.client_id), ("client_secret", &settings.client_secret), ("name", &settings.name)];
        if let Some((what, _)) = texts.into_iter().find(|(_, text)| text.trim().is_empty()) {
            return Err(BadSettings::Empty(what));
        }
        if settings.name.chars().count() > NAME_CHARS {
            return Err(BadSettings::LongName);
        }
        if let Some(role) = settings.new_people.filter(|role| !role.comes_unasked()) {
            return Err(BadSettings::NewPeople(role));
        }
        let back = format!("{}/sign-in/oidc/callback", public_url.trim_end_matches('/'));
        Ok(Self {
            name: settings.name.trim().to_owned(),
            issuer,
            on_this_machine,
            id: ClientId::new(settings.client_id),
            secret: ClientSecret::new(settings.client_secret),
            back: RedirectUrl::new(back).map_err(|error| BadSettings::PublicUrl(error.to_string()))?,
            new_people: settings.new_people,
            http: http::client(on_this_machine).map_err(BadSettings::Client)?,
            about: tokio::sync::Mutex::default(),
            pending: Mutex::default(),
        })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider").field("name", &self.name).field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings {
            issuer: "https://id.example.org".into(),
            client_id: "caveat".into(),
            client_secret: "hush".into(),
            name: "Example".into(),
            new_people: None,
        }
    }

    fn said(settings: Settings) -> String {
        Provider::new(settings, "https://caveat.example").map_or_else(|bad| bad.to_string(), |_| String::new())
    }

    #[test]
    fn settings_that_cannot_work_or_are_not_safe_are_refused_with_a_remedy() {
        let change = |change: fn(&mut Settings)| {
            let mut settings = settings();
            change(&mut settings);
            said(settings)
        };
        assert_eq!(change(|_| ()), "");
        assert_eq!(change(|it| it.issuer = "http://localhost:8080".into()), "");
        assert_eq!(change(|it| it.new_people = Some(Role::Interviewer)), "");
        for (said, expected) in [
            (change(|it| it.issuer = "id.example.org".into()), "issuer: this is no address"),
            (change(|it| it.issuer = "http://id.example.org".into()), "issuer: it must begin with https://"),
            (change(|it| it.issuer = "ftp://localhost".into()), "issuer: it must begin with https://"),
            (change(|it| it.client_id = " ".into()), "client_id: say something"),
            (change(|it| it.client_secret.clear()), "client_secret: say something"),
            (change(|it| it.name.clear()), "name: say something"),
            (change(|it| it.name = "x".repeat(41)), "name: 40 characters at most"),
            (change(|it| it.new_people = Some(Role::Admin)), "new_people: nobody becomes admin by coming"),
            (change(|it| it.new_people = Some(Role::Candidate)), "new_people: nobody becomes candidate by coming"),
        ] {
            assert!(said.starts_with(expected), "{said:?} begins with {expected:?}");
        }
    }

    #[test]
    fn what_is_written_about_a_provider_holds_no_secret() {
        let provider = Provider::new(settings(), "https://caveat.example").expect("a provider");
        assert!(!format!("{provider:?}").contains("hush"));
    }
}
