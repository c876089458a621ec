//! Who may do what: a link's key gives one role in one session, an account or an API key gives rights on the server; the
//! owner of a server for one machine needs nothing.

use crate::App;
use crate::error::ApiError;
use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, RawPathParams, Request};
use axum::http::header::{AUTHORIZATION, COOKIE, HOST, ORIGIN};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, StatusCode};
use domain::access::{Actor, Right, Role};
use domain::ids::SessionId;
use engine::{Pass, Person, Session};
use serde::de::DeserializeOwned;
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// Somebody in the session the path names.
pub(crate) struct Caller {
    pub(crate) session: Session,
    pub(crate) pass: Pass,
}

impl Caller {
    /// Refuses whoever is not the candidate.
    pub(crate) fn candidate(&self) -> Result<&Session, ApiError> {
        let is = self.pass.role == Role::Candidate;
        self.if_so(is, "this changes the candidate's work: open the candidate's link")
    }

    /// Refuses whoever may not open what is sealed.
    pub(crate) fn reviewer(&self) -> Result<&Session, ApiError> {
        self.if_so(self.pass.role.may_open_sealed(), "this is for reviewers: open the review link")
    }

    /// Refuses one role.
    pub(crate) fn any_but(&self, role: Role, hint: &str) -> Result<&Session, ApiError> {
        self.if_so(self.pass.role != role, hint)
    }

    /// Refuses whom a rule does not allow it.
    pub(crate) fn if_so(&self, allowed: bool, hint: &str) -> Result<&Session, ApiError> {
        if allowed {
            return Ok(&self.session);
        }
        Err(forbidden(hint))
    }
}

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let id = session_id(parts, app).await?;
        let pass = pass(parts, app, id).await?;
        if pass.only_reads() && !parts.method.is_safe() {
            return Err(forbidden("an API key reads sessions, it changes nothing in them"));
        }
        Ok(Self { session: app.engine.session(id).await?, pass })
    }
}

/// What lets the request into a session.
async fn pass(parts: &mut Parts, app: &Arc<App>, id: SessionId) -> Result<Pass, ApiError> {
    // An unknown session and a wrong, ended or revoked key answer alike: nothing can be tried out.
    let denied = || {
        ApiError::new(StatusCode::UNAUTHORIZED, "no_access", "this link does not open that session")
            .hint("open the link you were sent; its key follows the # sign")
    };
    if let Some(key) = bearer(&parts.headers)
        && let Some((session, pass)) = app.engine.open_link(key).await?
    {
        return if session == id { Ok(pass) } else { Err(denied()) };
    }
    let visitor = Visitor::from_request_parts(parts, app).await?.0.ok_or_else(denied)?;
    if visitor.pass.enters_sessions() {
        Ok(visitor.pass)
    } else {
        Err(forbidden("this API key enters no session: it needs the scope sessions:read or reports:read"))
    }
}

fn forbidden(hint: &str) -> ApiError {
    ApiError::new(StatusCode::FORBIDDEN, "forbidden", "your role does not allow this").hint(hint)
}

/// Somebody the server knows without a link: a program with an API key, who signed in, the owner.
pub(crate) struct Known {
    pub(crate) pass: Pass,
    /// Whoever signed in.
    pub(crate) person: Option<Person>,
}

/// Whoever asks, known or not.
pub(crate) struct Visitor(pub(crate) Option<Known>);

impl Visitor {
    /// Refuses everybody but people with an account.
    pub(crate) fn signed_in(self) -> Result<Pass, ApiError> {
        let person = self.0.filter(|known| matches!(known.pass.actor, Actor::Person(_)));
        person.map(|known| known.pass).ok_or_else(not_signed_in)
    }

    fn with(self, right: Right) -> Result<Pass, ApiError> {
        let pass = self.0.ok_or_else(not_signed_in)?.pass;
        if pass.may(right) { Ok(pass) } else { Err(forbidden("ask an admin of this server for the role that does")) }
    }
}

fn not_signed_in() -> ApiError {
    ApiError::new(StatusCode::UNAUTHORIZED, "sign_in_needed", "the server does not know who you are")
        .hint("sign in, send an API key, or open the server on its own machine as http://localhost with its port")
}

impl FromRequestParts<Arc<App>> for Visitor {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        // Who sends a key wants to be known by it and by nothing else.
        if parts.headers.contains_key(AUTHORIZATION) {
            let Some(key) = bearer(&parts.headers) else { return Ok(Self(None)) };
            let pass = app.engine.open_api_key(key).await?;
            return Ok(Self(pass.map(|pass| Known { pass, person: None })));
        }
        if let Some(token) = cookie(&parts.headers, app.cookie_name())
            && let Some((person, pass)) = app.engine.signed_in(&token).await?
        {
            return Ok(Self(Some(Known { pass, person: Some(person) })));
        }
        Ok(Self(is_owner(parts, app).then(|| Known { pass: Pass::owner(), person: None })))
    }
}

/// Extractors that let in who has a right. They come first in a handler: whoever lacks it learns nothing else.
macro_rules! rights {
    ($($(#[$doc:meta])* $name:ident: $right:ident)*) => {$(
        $(#[$doc])*
        pub(crate) struct $name(
            #[allow(dead_code, reason = "not every handler wants to know who it was")] pub(crate) Pass,
        );

        impl FromRequestParts<Arc<App>> for $name {
            type Rejection = ApiError;

            async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
                Visitor::from_request_parts(parts, app).await?.with(Right::$right).map(Self)
            }
        }
    )*};
}

rights! {
    /// Somebody who may set sessions up.
    SetsUp: SetUp
    /// Somebody who may see which sessions there are.
    Lists: List
    /// Somebody who may see to people, API keys and the audit log.
    Administers: Administer
}

/// The token in the cookie of a sign-in.
pub(crate) struct Cookie(pub(crate) Option<String>);

impl FromRequestParts<Arc<App>> for Cookie {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        Ok(Self(cookie(&parts.headers, app.cookie_name())))
    }
}

pub(crate) fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let all = headers.get_all(COOKIE).into_iter().filter_map(|line| line.to_str().ok());
    let mut pairs = all.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(known, _)| *known == name).map(|(_, value)| value.to_owned())
}

/// Where a request comes from.
pub(crate) struct Address(pub(crate) Option<IpAddr>);

impl FromRequestParts<Arc<App>> for Address {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Infallible> {
        Ok(Self(address(app, &parts.extensions, &parts.headers)))
    }
}

/// Where a request comes from: the peer, or whom a proxy on this machine names as its own peer, last of all.
pub(crate) fn address(app: &App, extensions: &Extensions, headers: &HeaderMap) -> Option<IpAddr> {
    let peer = peer(extensions);
    let proxied = !app.local && peer.is_some_and(|peer| peer.is_loopback());
    let said = headers.get("x-forwarded-for").and_then(|said| said.to_str().ok()?.rsplit(',').next());
    said.filter(|_| proxied).and_then(|said| said.trim().parse().ok()).or(peer)
}

fn peer(extensions: &Extensions) -> Option<IpAddr> {
    extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip().to_canonical())
}

/// Whether it is the owner: on a server for its own machine alone, from there, under that machine's own name.
fn is_owner(parts: &Parts, app: &App) -> bool {
    let forwarded = ["forwarded", "x-forwarded-for", "x-real-ip"].iter().any(|name| parts.headers.contains_key(*name));
    let loopback = peer(&parts.extensions).is_some_and(|peer| peer.is_loopback());
    app.local && loopback && !forwarded && is_local_host(&parts.headers)
}

async fn session_id(parts: &mut Parts, app: &Arc<App>) -> Result<SessionId, ApiError> {
    let no_session = || ApiError::new(StatusCode::NOT_FOUND, "unknown_session", "the address names no session");
    let params = RawPathParams::from_request_parts(parts, app).await.map_err(|_| no_session())?;
    let id = params.iter().find(|(name, _)| *name == "id").map(|(_, value)| value).ok_or_else(no_session)?;
    id.parse().map(SessionId).map_err(|_| no_session())
}

pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

/// Whether the request names this machine's loopback as its host: other names come from rebinding attacks.
pub(crate) fn is_local_host(headers: &HeaderMap) -> bool {
    headers.get(HOST).and_then(|host| host.to_str().ok()).is_some_and(|host| {
        let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()));
        let name = name.map_or(host, |(name, _)| name);
        matches!(name, "localhost" | "[::1]") || name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
    })
}

/// Whether a request that changes something comes from a page of this server (or from no page at all).
pub(crate) fn is_same_origin(headers: &HeaderMap, public_url: Option<&str>) -> bool {
    let Some(origin) = headers.get(ORIGIN) else { return true };
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let Ok(origin) = origin.to_str() else { return false };
    let named = origin.split_once("://").map(|(_, host)| host);
    public_url == Some(origin) || (named.is_some() && named == host)
}

/// A JSON body, whose faults are told in the envelope.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Arc<App>> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, ApiError> {
        match axum::Json::<T>::from_request(request, app).await {
            Ok(axum::Json(body)) => Ok(Self(body)),
            Err(rejection) => Err(ApiError::new(rejection.status(), "bad_body", rejection.body_text())
                .hint("send JSON as /api/openapi.json describes it, with content-type application/json")),
        }
    }
}

/// A query string, whose faults are told in the envelope.
pub(crate) struct InQuery<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<Arc<App>> for InQuery<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        match axum::extract::Query::<T>::from_request_parts(parts, app).await {
            Ok(axum::extract::Query(query)) => Ok(Self(query)),
            Err(rejection) => Err(ApiError::new(rejection.status(), "bad_query", rejection.body_text())),
        }
    }
}

/// Parameters of the path, whose faults are told in the envelope.
pub(crate) struct InPath<T>(pub(crate) T);

impl<T: DeserializeOwned + Send> FromRequestParts<Arc<App>> for InPath<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        match axum::extract::Path::<T>::from_request_parts(parts, app).await {
            Ok(axum::extract::Path(path)) => Ok(Self(path)),
            Err(rejection) => Err(ApiError::new(rejection.status(), "bad_path", rejection.body_text())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn a_cookie_is_found_among_others_by_its_whole_name() {
        for (line, found) in [
            ("caveat=a1", Some("a1")),
            ("x=1; caveat=a1; y=2", Some("a1")),
            ("xcaveat=a1", None),
            ("caveat", None),
            ("", None),
        ] {
            let headers = HeaderMap::from_iter([(COOKIE, HeaderValue::from_static(line))]);
            assert_eq!(cookie(&headers, "caveat").as_deref(), found, "{line}");
        }
    }

    #[test]
    fn only_names_of_this_machine_count_as_local() {
        for (host, local) in [
            ("localhost", true),
            ("localhost:7878", true),
            ("127.0.0.1:7878", true),
            ("127.9.9.9", true),
            ("[::1]:80", true),
            ("evil.example:7878", false),
            ("127.0.0.1.evil.example", false),
            ("localhost.evil.example:7878", false),
            ("192.168.0.1:7878", false),
            ("", false),
        ] {
            let headers = HeaderMap::from_iter([(HOST, HeaderValue::from_static(host))]);
            assert_eq!(is_local_host(&headers), local, "{host}");
        }
        assert!(!is_local_host(&HeaderMap::new()));
    }

    #[test]
    fn a_request_from_another_page_is_recognised_by_its_origin() {
        for (origin, same) in [
            (None, true),
            (Some("http://localhost:7878"), true),
            (Some("http://localhost:9999"), false),
            (Some("https://evil.example"), false),
            (Some("https://caveat.example"), true),
            (Some("https://caveat.example.evil.example"), false),
            (Some("null"), false),
        ] {
            let mut headers = HeaderMap::from_iter([(HOST, HeaderValue::from_static("localhost:7878"))]);
            if let Some(origin) = origin {
                headers.insert(ORIGIN, HeaderValue::from_static(origin));
            }
            assert_eq!(is_same_origin(&headers, Some("https://caveat.example")), same, "{origin:?}");
        }
    }
}
