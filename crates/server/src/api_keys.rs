//! API keys for programs, and the audit log.

use crate::App;
use crate::access::{Administers, Body, InPath, InQuery};
use crate::error::ApiError;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::access::{Act, Actor, Scope};
use domain::ids::{ApiKeyId, SessionId};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// What a new API key shall be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewApiKeyBody {
    /// Which program it is for.
    name: String,
    scopes: Vec<Scope>,
    /// How many days it holds; none: until it is revoked.
    days: Option<u32>,
}

/// A new API key. Its token is told this once.
#[derive(Serialize, ToSchema)]
pub(crate) struct CreatedApiKey {
    /// Goes along as `Authorization: Bearer`.
    token: String,
    key: ApiKeyBody,
}

/// An API key. Times are Unix milliseconds.
#[derive(Serialize, ToSchema)]
pub(crate) struct ApiKeyBody {
    id: ApiKeyId,
    name: String,
    scopes: Vec<Scope>,
    created: i64,
    expires: Option<i64>,
    revoked: Option<i64>,
    /// Whether it opens anything now.
    holds: bool,
}

impl From<engine::ApiKey> for ApiKeyBody {
    fn from(known: engine::ApiKey) -> Self {
        let engine::ApiKey { id, name, scopes, created, expires, revoked, holds } = known;
        Self { id, name, scopes, created, expires, revoked, holds }
    }
}

/// All API keys.
#[derive(Serialize, ToSchema)]
pub(crate) struct ApiKeys {
    keys: Vec<ApiKeyBody>,
}

/// Entries of the audit log, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct Audit {
    entries: Vec<AuditBody>,
}

/// An entry of the audit log.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditBody {
    n: u64,
    /// Unix milliseconds.
    at: i64,
    actor: Actor,
    act: Act,
    session: Option<SessionId>,
    /// With which person, link or key, by its id.
    about: Option<String>,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct AuditQuery {
    /// Entries before this number; none: the newest.
    before: Option<u64>,
}

/// API keys, oldest first
#[utoipa::path(get, path = "/api/keys", tag = "keys",
    responses((status = 200, body = ApiKeys), (status = "4XX", body = crate::ErrorBody)))]
pub(crate) async fn list_api_keys(_: Administers, State(app): State<Arc<App>>) -> Result<Json<ApiKeys>, ApiError> {
    let keys = app.engine.api_keys().await?;
    Ok(Json(ApiKeys { keys: keys.into_iter().map(ApiKeyBody::from).collect() }))
}

/// Make an API key
#[utoipa::path(post, path = "/api/keys", tag = "keys", request_body = NewApiKeyBody,
    responses((status = 201, body = CreatedApiKey), (status = "4XX", body = crate::ErrorBody)))]
pub(crate) async fn make_api_key(
    Administers(by): Administers,
    State(app): State<Arc<App>>,
    Body(body): Body<NewApiKeyBody>,
) -> Result<(StatusCode, Json<CreatedApiKey>), ApiError> {
    let (key, token) = app.engine.make_api_key(&by, body.name, body.scopes, body.days).await?;
    Ok((StatusCode::CREATED, Json(CreatedApiKey { token, key: key.into() })))
}

/// Revoke an API key
#[utoipa::path(delete, path = "/api/keys/{key}", tag = "keys", params(("key" = ApiKeyId, Path)),
    responses((status = 204), (status = "4XX", body = crate::ErrorBody)))]
pub(crate) async fn revoke_api_key(
    Administers(by): Administers,
    State(app): State<Arc<App>>,
    InPath(key): InPath<ApiKeyId>,
) -> Result<StatusCode, ApiError> {
    app.engine.revoke_api_key(&by, key).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The audit log: who saw or changed what, newest first
#[utoipa::path(get, path = "/api/audit", tag = "server", params(AuditQuery),
    responses((status = 200, body = Audit), (status = "4XX", body = crate::ErrorBody)))]
pub(crate) async fn audit(
    _: Administers,
    State(app): State<Arc<App>>,
    InQuery(query): InQuery<AuditQuery>,
) -> Result<Json<Audit>, ApiError> {
    let entries = app.engine.audit(query.before).await?;
    let body =
        |engine::AuditEntry { n, at, actor, act, session, about }| AuditBody { n, at, actor, act, session, about };
    Ok(Json(Audit { entries: entries.into_iter().map(body).collect() }))
}
