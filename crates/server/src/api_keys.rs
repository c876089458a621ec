//! API keys for programs.

use crate::App;
use crate::access::{Administers, Body, InPath};
use crate::error::ApiError;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::access::Scope;
use domain::ids::ApiKeyId;
use engine::ApiKey;
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
    key: ApiKey,
}

/// All API keys.
#[derive(Serialize, ToSchema)]
pub(crate) struct ApiKeys {
    keys: Vec<ApiKey>,
}

/// API keys, oldest first
#[utoipa::path(get, path = "/api/keys", tag = "keys",
    responses((status = 200, body = ApiKeys), (status = "4XX", body = crate::ErrorBody)))]
pub(crate) async fn list_api_keys(_: Administers, State(app): State<Arc<App>>) -> Result<Json<ApiKeys>, ApiError> {
    Ok(Json(ApiKeys { keys: app.engine.api_keys().await? }))
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
    Ok((StatusCode::CREATED, Json(CreatedApiKey { token, key })))
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
