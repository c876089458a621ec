//! Who may do what: a link's key gives one role in one session; the owner of a local server needs none.

use crate::App;
use crate::error::ApiError;
use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, RawPathParams, Request};
use axum::http::header::{AUTHORIZATION, HOST, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use domain::access::Role;
use domain::ids::SessionId;
use engine::{By, Pass, Session};
use serde::de::DeserializeOwned;
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
        Err(ApiError::new(StatusCode::FORBIDDEN, "forbidden", "your role does not allow this").hint(hint))
    }
}

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let id = session_id(parts, app).await?;
        let pass = pass(parts, app, id).await?;
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
    if !parts.headers.contains_key(AUTHORIZATION) {
        let owner = Owner::from_request_parts(parts, app).await;
        return owner.map(|_| Pass { by: By::Owner, role: Role::Admin }).map_err(|_| denied());
    }
    let key = bearer(&parts.headers).ok_or_else(denied)?;
    let opened = app.engine.open_link(key).await?;
    opened.filter(|(session, _)| *session == id).map(|(_, pass)| pass).ok_or_else(denied)
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

/// The owner of the server: who speaks to it on its own machine, under that machine's own name.
pub(crate) struct Owner;

impl FromRequestParts<Arc<App>> for Owner {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, ApiError> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
        let loopback = peer.is_some_and(|peer: IpAddr| peer.to_canonical().is_loopback());
        let names = ["forwarded", "x-forwarded-for", "x-real-ip"];
        let forwarded = names.iter().any(|name| parts.headers.contains_key(*name));
        if loopback && !forwarded && is_local_host(&parts.headers) {
            return Ok(Self);
        }
        let detail = "only the server's owner, on its own machine, may do this";
        Err(ApiError::new(StatusCode::FORBIDDEN, "local_only", detail)
            .hint("open the server on the machine it runs on, as http://localhost with its port"))
    }
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
pub(crate) fn is_same_origin(headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(ORIGIN) else { return true };
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://")).map(|(_, host)| host);
    origin.is_some() && origin == host
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
            (Some("null"), false),
        ] {
            let mut headers = HeaderMap::from_iter([(HOST, HeaderValue::from_static("localhost:7878"))]);
            if let Some(origin) = origin {
                headers.insert(ORIGIN, HeaderValue::from_static(origin));
            }
            assert_eq!(is_same_origin(&headers), same, "{origin:?}");
        }
    }
}
