//! The audit log, as admins read it.

use crate::App;
use crate::access::{Administers, InQuery};
use crate::error::ApiError;
use axum::Json;
use axum::extract::State;
use engine::AuditEntry;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// Entries of the audit log, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct Audit {
    entries: Vec<AuditEntry>,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditQuery {
    /// Entries before this number; none: the newest.
    before: Option<u64>,
}

/// The audit log: who saw or changed what, newest first
#[utoipa::path(get, path = "/api/audit", tag = "server", params(AuditQuery),
    responses((status = 200, body = Audit), (status = "4XX", body = crate::ErrorBody)))]
pub(crate) async fn audit(
    _: Administers,
    State(app): State<Arc<App>>,
    InQuery(query): InQuery<AuditQuery>,
) -> Result<Json<Audit>, ApiError> {
    Ok(Json(Audit { entries: app.engine.audit(query.before).await? }))
}
