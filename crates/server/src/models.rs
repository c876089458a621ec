//! Live models, as admins see to them. No key goes through here: only the name of the variable that holds it.

use crate::App;
use crate::access::{Administers, Body, InPath};
use crate::error::ApiError;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use engine::{Dialect, DialectView, KeyHeader, ModelEntry, ModelView, Preset, PresetView, UpstreamTest};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// All live models.
#[derive(Serialize, ToSchema)]
pub(crate) struct LiveModels {
    /// The settings file's first.
    models: Vec<ModelView>,
    /// Common kinds of upstreams.
    presets: Vec<PresetView>,
    /// How upstreams are spoken to.
    dialects: Vec<DialectView>,
    /// What the name of a variable begins with whose key may be used.
    key_prefix: &'static str,
}

/// A model as an admin writes it. What is left out is as the preset says.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ModelBody {
    /// As a session is set up with it.
    name: String,
    preset: Option<Preset>,
    dialect: Option<Dialect>,
    /// Where it is, version included.
    base_url: Option<String>,
    /// As the upstream knows it.
    model: String,
    /// The variable of the server's environment that holds the key; its name begins with `CAVEAT_KEY_`. None: no key.
    key_env: Option<String>,
    /// The header that the key goes into.
    key_header: Option<KeyHeader>,
    /// Most tokens of an answer.
    max_tokens: Option<u32>,
    /// How freely words are chosen, from 0 to 2; none leaves it to the upstream.
    temperature: Option<f64>,
    /// Whether chat completions are asked for token counts, as they usually are; a few older servers refuse.
    ask_usage: Option<bool>,
    /// Who is asked when it fails, in order; `offline` is the offline assistant.
    #[serde(default)]
    fallback: Vec<String>,
    /// Price of a million tokens read.
    price_in: Option<f64>,
    /// Price of a million tokens written.
    price_out: Option<f64>,
}

/// A model as it shall be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ModelChangeBody {
    /// The version that was read; when there is a newer one, nothing is changed.
    version: String,
    /// All of it, under the same name.
    model: ModelBody,
}

/// What came of asking a model for a word.
#[derive(Serialize, ToSchema)]
pub(crate) struct ModelTest {
    /// Its own upstream, then those that it falls back to.
    upstreams: Vec<UpstreamTest>,
}

/// Live models, with what became of the requests to them since the server started
#[utoipa::path(get, path = "/api/models", tag = "models",
    responses((status = 200, body = LiveModels), (status = "4XX", body = crate::ErrorBody)))]
pub(crate) async fn list_models(_: Administers, State(app): State<Arc<App>>) -> Json<LiveModels> {
    let models = app.engine.model_views();
    Json(LiveModels {
        models,
        presets: engine::presets(),
        dialects: engine::dialects(),
        key_prefix: engine::KEY_PREFIX,
    })
}

/// Add a model
#[utoipa::path(post, path = "/api/models", tag = "models", request_body = ModelBody,
    responses((status = 201, body = ModelView), (status = "4XX", body = crate::ErrorBody)))]
pub(crate) async fn add_model(
    Administers(by): Administers,
    State(app): State<Arc<App>>,
    Body(body): Body<ModelBody>,
) -> Result<(StatusCode, Json<ModelView>), ApiError> {
    Ok((StatusCode::CREATED, Json(app.engine.add_model(&by, entry(body)).await?)))
}

fn entry(body: ModelBody) -> ModelEntry {
    ModelEntry {
        name: body.name,
        preset: body.preset,
        dialect: body.dialect,
        base_url: body.base_url,
        model: body.model,
        key_env: body.key_env,
        // Nobody can have a file of the server sent away.
        key_file: None,
        key_header: body.key_header,
        max_tokens: body.max_tokens,
        temperature: body.temperature,
        ask_usage: body.ask_usage,
        price_in: body.price_in,
        price_out: body.price_out,
        fallback: body.fallback,
    }
}

/// Change a model that was added here
///
/// Sessions that were set up with it ask it as it is now from their next prompt on. An answer that is under way goes on
/// as it began, and a session's budget for cost counts at the prices that it was made with.
#[utoipa::path(put, path = "/api/models/{name}", tag = "models", params(("name" = String, Path)),
    request_body = ModelChangeBody,
    responses((status = 200, body = ModelView), (status = "4XX", body = crate::ErrorBody)))]
pub(crate) async fn change_model(
    Administers(by): Administers,
    State(app): State<Arc<App>>,
    InPath(name): InPath<String>,
    Body(ModelChangeBody { version, model }): Body<ModelChangeBody>,
) -> Result<Json<ModelView>, ApiError> {
    Ok(Json(app.engine.change_model(&by, &name, &version, entry(model)).await?))
}

/// Remove a model that was added here
#[utoipa::path(delete, path = "/api/models/{name}", tag = "models", params(("name" = String, Path)),
    responses((status = 204), (status = "4XX", body = crate::ErrorBody)))]
pub(crate) async fn remove_model(
    Administers(by): Administers,
    State(app): State<Arc<App>>,
    InPath(name): InPath<String>,
) -> Result<StatusCode, ApiError> {
    app.engine.remove_model(&by, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ask a model, and all that it falls back to, for a word
#[utoipa::path(post, path = "/api/models/{name}/test", tag = "models", params(("name" = String, Path)),
    responses((status = 200, body = ModelTest), (status = "4XX", body = crate::ErrorBody)))]
pub(crate) async fn test_model(
    _: Administers,
    State(app): State<Arc<App>>,
    InPath(name): InPath<String>,
) -> Result<Json<ModelTest>, ApiError> {
    Ok(Json(ModelTest { upstreams: app.engine.test_model(&name).await? }))
}
