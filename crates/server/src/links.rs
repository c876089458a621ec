//! Invitations to a session: made, listed, revoked. A link's key is told once.

use crate::App;
use crate::access::{Body, InPath, SetsUp};
use crate::error::ApiError;
use axum::Json;
use axum::extract::State;
use axum::http::header::HOST;
use axum::http::{HeaderMap, StatusCode};
use domain::access::Role;
use domain::ids::{LinkId, SessionId};
use engine::{Engine, Link, NewLink, Pass, Session};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// One link a role.
#[derive(Serialize, ToSchema)]
pub(crate) struct Links {
    candidate: String,
    observe: String,
    review: String,
}

/// What a new link shall be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewLinkBody {
    /// `candidate`, `observer` or `reviewer`.
    role: Role,
    /// How many hours it holds; none: 30 days.
    hours: Option<u32>,
    /// Whom it is for.
    #[serde(default)]
    note: String,
}

/// A new link. Its address holds its key and is told this once.
#[derive(Serialize, ToSchema)]
pub(crate) struct CreatedLink {
    address: String,
    link: Link,
}

/// The links of a session.
#[derive(Serialize, ToSchema)]
pub(crate) struct LinkList {
    links: Vec<Link>,
}

/// The links that a new session begins with.
pub(crate) async fn first_links(
    app: &App,
    by: &Pass,
    headers: &HeaderMap,
    session: &Session,
) -> Result<Links, ApiError> {
    let link = async |role| {
        let (_, token) = app.engine.make_link(by, session, NewLink::usual(role)).await?;
        Ok::<_, ApiError>(address(app, headers, session.id(), role, &token))
    };
    Ok(Links {
        candidate: link(Role::Candidate).await?,
        observe: link(Role::Observer).await?,
        review: link(Role::Reviewer).await?,
    })
}

fn address(app: &App, headers: &HeaderMap, session: SessionId, role: Role, token: &str) -> String {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    let base = app.public_url.clone().unwrap_or_else(|| format!("http://{host}"));
    let page = match role {
        Role::Candidate => "session",
        Role::Observer => "observe",
        Role::Admin | Role::Interviewer | Role::Reviewer => "review",
    };
    format!("{base}/{page}/{session}#key={token}")
}

/// Links of a session, oldest first
#[utoipa::path(get, path = "/api/sessions/{id}/links", tag = "links", params(("id" = SessionId, Path)),
    responses((status = 200, body = LinkList), (status = "4XX", body = crate::ErrorBody)))]
pub(crate) async fn list_links(
    _: SetsUp,
    State(app): State<Arc<App>>,
    InPath(id): InPath<SessionId>,
) -> Result<Json<LinkList>, ApiError> {
    let session = known(&app.engine, id).await?;
    Ok(Json(LinkList { links: app.engine.links(session.id()).await? }))
}

/// Make a link to a session
#[utoipa::path(post, path = "/api/sessions/{id}/links", tag = "links", params(("id" = SessionId, Path)), request_body = NewLinkBody,
    responses((status = 201, body = CreatedLink), (status = "4XX", body = crate::ErrorBody)))]
pub(crate) async fn make_link(
    SetsUp(by): SetsUp,
    State(app): State<Arc<App>>,
    InPath(id): InPath<SessionId>,
    headers: HeaderMap,
    Body(body): Body<NewLinkBody>,
) -> Result<(StatusCode, Json<CreatedLink>), ApiError> {
    let session = known(&app.engine, id).await?;
    let new = NewLink { role: body.role, hours: body.hours, note: body.note };
    let (link, token) = app.engine.make_link(&by, &session, new).await?;
    let address = address(&app, &headers, id, link.role, &token);
    Ok((StatusCode::CREATED, Json(CreatedLink { address, link })))
}

/// Revoke a link
///
/// It opens nothing any more, and feeds that it opened end within a second.
#[utoipa::path(delete, path = "/api/sessions/{id}/links/{link}", tag = "links",
    params(("id" = SessionId, Path), ("link" = LinkId, Path)),
    responses((status = 204), (status = "4XX", body = crate::ErrorBody)))]
pub(crate) async fn revoke_link(
    SetsUp(by): SetsUp,
    State(app): State<Arc<App>>,
    InPath((session, link)): InPath<(SessionId, LinkId)>,
) -> Result<StatusCode, ApiError> {
    app.engine.revoke_link(&by, session, link).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn known(engine: &Engine, id: SessionId) -> Result<Session, ApiError> {
    Ok(engine.session(id).await?)
}
