//! What a candidate does: every handler turns a body into a command. A repeated command is answered like the first.

use crate::App;
use crate::access::{Body, Caller, InPath};
use crate::dto::{
    ChoiceBody, Consent, Done, EditBody, FlagBody, FlagTaken, HypothesisBody, HypothesisChange, HypothesisTaken,
    PromptBody, PromptTaken, RunBody, RunTaken, SubmissionBody, ViewBody, Why,
};
use crate::error::ApiError;
use crate::feed;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::access::Role;
use domain::event::{Asked, Edited, Flagged, HypothesisChanged, Mode, SubmittedBy, Viewed};
use domain::ids::{AnswerId, ChatId, FlagId, HypothesisId, PromptId, QuestionId, RunId, SessionId};
use domain::{Command, Refusal};
use engine::Session;
use std::sync::Arc;

pub(crate) async fn carry_out(session: &Session, command: Command) -> Result<Done, ApiError> {
    match session.command(command).await {
        Ok(receipt) => Ok(Done { n: receipt.n }),
        Err(engine::Error::Refused(Refusal::Duplicate)) => Ok(Done { n: session.receipt().n }),
        Err(error) => Err(error.into()),
    }
}

/// Agree to the rules
#[utoipa::path(post, path = "/api/sessions/{id}/consent", tag = "work", params(("id" = SessionId, Path)), request_body = Consent,
    responses((status = 200, body = Done), (status = "4XX", body = crate::ErrorBody)))]
pub(crate) async fn consent(caller: Caller, Body(body): Body<Consent>) -> Result<Json<Done>, ApiError> {
    let command = Command::Consent { views: body.views };
    Ok(Json(carry_out(caller.candidate()?, command).await?))
}

/// Start the clock
#[utoipa::path(post, path = "/api/sessions/{id}/start", tag = "work", params(("id" = SessionId, Path)),
    responses((status = 200, body = Done), (status = "4XX", body = crate::ErrorBody)))]
pub(crate) async fn start(caller: Caller) -> Result<Json<Done>, ApiError> {
    Ok(Json(carry_out(caller.candidate()?, Command::Start).await?))
}

/// Stop the clock
#[utoipa::path(post, path = "/api/sessions/{id}/pause", tag = "work", params(("id" = SessionId, Path)), request_body = Why,
    responses((status = 200, body = Done), (status = "4XX", body = crate::ErrorBody)))]
pub(crate) async fn pause(caller: Caller, Body(body): Body<Why>) -> Result<Json<Done>, ApiError> {
    Ok(Json(carry_out(clock_keeper(&caller)?, Command::Pause { why: body.why }).await?))
}

/// Let the clock run again
#[utoipa::path(post, path = "/api/sessions/{id}/resume", tag = "work", params(("id" = SessionId, Path)),
    responses((status = 200, body = Done), (status = "4XX", body = crate::ErrorBody)))]
pub(crate) async fn resume(caller: Caller) -> Result<Json<Done>, ApiError> {
    Ok(Json(carry_out(clock_keeper(&caller)?, Command::Resume).await?))
}

/// Reviewers keep the clock; who practises keeps their own.
fn clock_keeper(caller: &Caller) -> Result<&Session, ApiError> {
    let practice = caller.session.with(|state, _| state.created().mode == Mode::Practice);
    let keeps = caller.pass.role.may_open_sealed() || (practice && caller.pass.role == Role::Candidate);
    caller.if_so(keeps, "in an interview the interviewer keeps the clock")
}

/// Change the files
#[utoipa::path(post, path = "/api/sessions/{id}/edits", tag = "work", params(("id" = SessionId, Path)), request_body = EditBody,
    responses((status = 200, body = Done), (status = "4XX", body = crate::ErrorBody)))]
pub(crate) async fn edit(caller: Caller, Body(body): Body<EditBody>) -> Result<Json<Done>, ApiError> {
    let command = match body {
        EditBody::Edit { edit, path, version, changes, inserted_from } => {
            Command::Edit(Edited { edit, path, version, changes, inserted_from })
        }
        EditBody::Create { path, text } => Command::CreateFile { path, text },
        EditBody::Rename { from, to } => Command::RenameFile { from, to },
        EditBody::Delete { path } => Command::DeleteFile { path },
    };
    Ok(Json(carry_out(caller.candidate()?, command).await?))
}

/// Tell what is in view
#[utoipa::path(post, path = "/api/sessions/{id}/views", tag = "work", params(("id" = SessionId, Path)), request_body = ViewBody,
    responses((status = 204), (status = "4XX", body = crate::ErrorBody)))]
pub(crate) async fn view(caller: Caller, Body(body): Body<ViewBody>) -> Result<StatusCode, ApiError> {
    let viewed = Viewed { path: body.path, from_line: body.from_line, to_line: body.to_line };
    carry_out(caller.candidate()?, Command::View(viewed)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ask the assistant
///
/// The answer arrives on the feed; with `Accept: text/event-stream` on this response too.
#[utoipa::path(post, path = "/api/sessions/{id}/prompts", tag = "work", params(("id" = SessionId, Path)), request_body = PromptBody,
    responses((status = 202, body = PromptTaken), (status = "4XX", body = crate::ErrorBody)))]
pub(crate) async fn ask(
    State(app): State<Arc<App>>,
    caller: Caller,
    headers: HeaderMap,
    Body(body): Body<PromptBody>,
) -> Result<Response, ApiError> {
    let session = caller.candidate()?;
    let prompt = body.id.unwrap_or_else(|| PromptId(app.engine.uuid()));
    // The session's own id names its first conversation.
    let chat = body.chat.unwrap_or(ChatId(session.id().0));
    let asked = Asked { prompt, chat, text: body.text, context: body.context, model: body.model };
    if feed::wants_stream(&headers) {
        return feed::answer_stream(&app.engine, session, caller.pass.clone(), asked).await;
    }
    carry_out(session, Command::Ask(asked)).await?;
    Ok((StatusCode::ACCEPTED, Json(PromptTaken { id: prompt })).into_response())
}

/// Flag an answer as wrong
#[utoipa::path(post, path = "/api/sessions/{id}/answers/{answer}/flags", tag = "work",
    params(("id" = SessionId, Path), ("answer" = AnswerId, Path)), request_body = FlagBody,
    responses((status = 201, body = FlagTaken), (status = "4XX", body = crate::ErrorBody)))]
pub(crate) async fn flag(
    State(app): State<Arc<App>>,
    caller: Caller,
    InPath(named): InPath<(SessionId, AnswerId)>,
    Body(body): Body<FlagBody>,
) -> Result<(StatusCode, Json<FlagTaken>), ApiError> {
    let (_, answer) = named;
    let id = body.id.unwrap_or_else(|| FlagId(app.engine.uuid()));
    let flagged = Flagged { flag: id, answer, quote: body.quote, reason: body.reason };
    carry_out(caller.candidate()?, Command::Flag(flagged)).await?;
    Ok((StatusCode::CREATED, Json(FlagTaken { id })))
}

/// Take a flag back
#[utoipa::path(delete, path = "/api/sessions/{id}/flags/{flag}", tag = "work",
    params(("id" = SessionId, Path), ("flag" = FlagId, Path)),
    responses((status = 204), (status = "4XX", body = crate::ErrorBody)))]
pub(crate) async fn withdraw(
    caller: Caller,
    InPath(named): InPath<(SessionId, FlagId)>,
) -> Result<StatusCode, ApiError> {
    let (_, flag) = named;
    carry_out(caller.candidate()?, Command::WithdrawFlag { flag }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Run tests
#[utoipa::path(post, path = "/api/sessions/{id}/runs", tag = "work", params(("id" = SessionId, Path)), request_body = RunBody,
    responses((status = 202, body = RunTaken), (status = "4XX", body = crate::ErrorBody), (status = 503, body = crate::ErrorBody)))]
pub(crate) async fn run(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(body): Body<RunBody>,
) -> Result<(StatusCode, Json<RunTaken>), ApiError> {
    let session = caller.candidate()?;
    app.engine.sandbox_for(session.mode())?;
    let id = body.id.unwrap_or_else(|| RunId(app.engine.uuid()));
    carry_out(session, Command::Run { run: id, target: body.target }).await?;
    Ok((StatusCode::ACCEPTED, Json(RunTaken { id })))
}

/// Note a hypothesis
#[utoipa::path(post, path = "/api/sessions/{id}/hypotheses", tag = "work", params(("id" = SessionId, Path)), request_body = HypothesisBody,
    responses((status = 201, body = HypothesisTaken), (status = "4XX", body = crate::ErrorBody)))]
pub(crate) async fn hypothesise(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(body): Body<HypothesisBody>,
) -> Result<(StatusCode, Json<HypothesisTaken>), ApiError> {
    let id = body.id.unwrap_or_else(|| HypothesisId(app.engine.uuid()));
    carry_out(caller.candidate()?, Command::Hypothesise { hypothesis: id, text: body.text }).await?;
    Ok((StatusCode::CREATED, Json(HypothesisTaken { id })))
}

/// Change a hypothesis
#[utoipa::path(put, path = "/api/sessions/{id}/hypotheses/{hypothesis}", tag = "work",
    params(("id" = SessionId, Path), ("hypothesis" = HypothesisId, Path)), request_body = HypothesisChange,
    responses((status = 200, body = Done), (status = "4XX", body = crate::ErrorBody)))]
pub(crate) async fn change_hypothesis(
    caller: Caller,
    InPath(named): InPath<(SessionId, HypothesisId)>,
    Body(body): Body<HypothesisChange>,
) -> Result<Json<Done>, ApiError> {
    let (_, hypothesis) = named;
    let change = HypothesisChanged { hypothesis, text: body.text, status: body.status, evidence: body.evidence };
    Ok(Json(carry_out(caller.candidate()?, Command::ChangeHypothesis(change)).await?))
}

/// Answer a comprehension question
#[utoipa::path(put, path = "/api/sessions/{id}/questions/{question}", tag = "work",
    params(("id" = SessionId, Path), ("question" = QuestionId, Path)), request_body = ChoiceBody,
    responses((status = 200, body = Done), (status = "4XX", body = crate::ErrorBody)))]
pub(crate) async fn answer_question(
    caller: Caller,
    InPath(named): InPath<(SessionId, QuestionId)>,
    Body(body): Body<ChoiceBody>,
) -> Result<Json<Done>, ApiError> {
    let (_, question) = named;
    let session = caller.candidate()?;
    let known = session.task().brief.questions.iter().find(|known| known.id == question);
    let choices = known
        .map(|known| known.choices.len() as u32)
        .ok_or_else(|| Refusal::Unknown { what: "question", id: question.to_string() })?;
    let command = Command::AnswerQuestion { question, choice: body.choice, choices };
    Ok(Json(carry_out(session, command).await?))
}

/// Hand the files in
#[utoipa::path(post, path = "/api/sessions/{id}/submission", tag = "work", params(("id" = SessionId, Path)), request_body = SubmissionBody,
    responses((status = 202, body = Done), (status = "4XX", body = crate::ErrorBody)))]
pub(crate) async fn submit(
    caller: Caller,
    Body(body): Body<SubmissionBody>,
) -> Result<(StatusCode, Json<Done>), ApiError> {
    let command = Command::Submit { by: SubmittedBy::Candidate, diagnosis: body.diagnosis };
    Ok((StatusCode::ACCEPTED, Json(carry_out(caller.candidate()?, command).await?)))
}
