//! Cards: when the assistant volunteers its next remark, as the interviewer wants it. Which side it shows is told nobody.

use crate::App;
use crate::access::{Body, Caller};
use crate::dto::Done;
use crate::error::ApiError;
use crate::work::carry_out;
use axum::Json;
use axum::extract::State;
use domain::Command;
use domain::ids::SessionId;
use engine::Session;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Whether cards come at their times.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CardsBody {
    /// They are held back until this is false again.
    held: bool,
}

/// Hold the assistant's own remarks back, or let them come at their times again
///
/// What the candidate asks for is answered all the same.
#[utoipa::path(put, path = "/api/sessions/{id}/cards", tag = "work", params(("id" = SessionId, Path)), request_body = CardsBody,
    responses((status = 200, body = Done), (status = "4XX", body = crate::ErrorBody)))]
pub(crate) async fn hold_cards(caller: Caller, Body(body): Body<CardsBody>) -> Result<Json<Done>, ApiError> {
    let command = if body.held { Command::HoldCards } else { Command::ReleaseCards };
    Ok(Json(carry_out(dealer(&caller)?, command).await?))
}

/// Let the assistant volunteer its next remark now
#[utoipa::path(post, path = "/api/sessions/{id}/cards/next", tag = "work", params(("id" = SessionId, Path)),
    responses((status = 200, body = Done), (status = "4XX", body = crate::ErrorBody)))]
pub(crate) async fn next_card(State(app): State<Arc<App>>, caller: Caller) -> Result<Json<Done>, ApiError> {
    let receipt = dealer(&caller)?.bring_card_forward(&app.engine).await?;
    Ok(Json(Done { n: receipt.n }))
}

/// Interviewers see to cards; to a candidate a card that can be called for would tell that it is one.
fn dealer(caller: &Caller) -> Result<&Session, ApiError> {
    caller.if_so(caller.pass.role.may_open_sealed(), "interviewers see to the assistant's own remarks")
}
