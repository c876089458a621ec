//! The server itself, its library, and setting sessions up.

use crate::App;
use crate::access::{Body, Caller, InQuery, Lists, SetsUp};
use crate::dto::{
    CreatedSession, EnforcedBody, Health, IsolationBody, NewSessionBody, Problem, RefusalBody, SessionCard,
    SessionPage, Sessions, TaskCard, Tasks,
};
use crate::error::ApiError;
use crate::links::first_links;
use axum::Json;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::access::{Act, Role};
use domain::audience;
use domain::ids::SessionId;
use engine::{Engine, NewSession};
use serde::Deserialize;
use std::fmt::Write;
use std::sync::Arc;

/// Whether the server is up: for those who watch it.
pub(crate) async fn healthz() -> Json<serde_json::Value> {
    Json(serde_json::json!({"status": "ok"}))
}

/// How the server is
#[utoipa::path(get, path = "/api/health", tag = "server",
    responses((status = 200, body = Health), (status = "4XX", body = crate::ErrorBody)))]
pub(crate) async fn health(State(app): State<Arc<App>>) -> Json<Health> {
    Json(Health { version: env!("CARGO_PKG_VERSION"), isolation: isolation(&app.engine), models: app.engine.models() })
}

fn isolation(engine: &Engine) -> IsolationBody {
    let isolation = engine.sandbox().isolation();
    let enforced = |known: &engine::Enforced| EnforcedBody { limit: known.limit.to_string(), by: known.by.to_string() };
    IsolationBody {
        level: isolation.level.name().to_owned(),
        means: isolation.means.clone(),
        limits: isolation.limits.iter().map(enforced).collect(),
        attacks_repelled: isolation.attacks_repelled.clone(),
        refusal: isolation
            .refusal
            .as_ref()
            .map(|refusal| RefusalBody { cause: refusal.cause.clone(), remedy: refusal.remedy.clone() }),
    }
}

/// The library of tasks, for those who set sessions up: a candidate is to meet a task unprepared
#[utoipa::path(get, path = "/api/tasks", tag = "server",
    responses((status = 200, body = Tasks), (status = "4XX", body = crate::ErrorBody)))]
pub(crate) async fn tasks(_: SetsUp, State(app): State<Arc<App>>) -> Json<Tasks> {
    let library = app.engine.library();
    let card = |task: &Arc<domain::task::Task>| TaskCard {
        brief: task.brief.clone(),
        pairs: task.key.pairs.len(),
        checks: task.key.checks.len(),
    };
    let problem = |known: &engine::Problem| Problem {
        task: known.task.to_string(),
        file: known.file.clone(),
        line: known.line,
        what: known.what.clone(),
        hint: known.hint.clone(),
    };
    Json(Tasks {
        tasks: library.tasks().map(card).collect(),
        problems: library.problems().iter().map(problem).collect(),
    })
}

/// Set a session up
#[utoipa::path(post, path = "/api/sessions", tag = "sessions", request_body = NewSessionBody,
    responses((status = 201, body = CreatedSession), (status = "4XX", body = crate::ErrorBody)))]
pub(crate) async fn create(
    SetsUp(by): SetsUp,
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Body(body): Body<NewSessionBody>,
) -> Result<(StatusCode, Json<CreatedSession>), ApiError> {
    let session = app
        .engine
        .create(NewSession {
            task: body.task,
            mode: body.mode,
            minutes: body.minutes,
            seed: body.seed,
            plan_seed: body.plan_seed,
            assistant: body.assistant,
            prompts: body.prompts,
            cost: body.cost,
            candidate: body.candidate,
        })
        .await?;
    app.engine.note(by.actor, Act::SessionCreated, Some(session.id()), None).await?;
    let links = first_links(&app, &by, &headers, &session).await?;
    Ok((StatusCode::CREATED, Json(CreatedSession { id: session.id(), links })))
}

/// Sessions of this server, newest first
#[utoipa::path(get, path = "/api/sessions", tag = "sessions",
    responses((status = 200, body = Sessions), (status = "4XX", body = crate::ErrorBody)))]
pub(crate) async fn list(_: Lists, State(app): State<Arc<App>>) -> Result<Json<Sessions>, ApiError> {
    let sessions = app.engine.sessions().await?.into_iter().map(|known| SessionCard {
        id: known.id,
        task: known.task,
        title: known.title,
        phase: known.phase,
        mode: known.mode,
        created: known.created,
    });
    Ok(Json(Sessions { sessions: sessions.collect() }))
}

/// A session, as the holder of the link may see it
#[utoipa::path(get, path = "/api/sessions/{id}", tag = "sessions", params(("id" = SessionId, Path)),
    responses((status = 200, body = SessionPage), (status = "4XX", body = crate::ErrorBody)))]
pub(crate) async fn page(State(app): State<Arc<App>>, caller: Caller) -> Json<SessionPage> {
    let session = &caller.session;
    let isolation = isolation(&app.engine);
    let (view, staff) = session.with(|state, now| match caller.pass.role {
        Role::Candidate => (Some(audience::candidate_view(state, now)), None),
        Role::Admin | Role::Interviewer | Role::Observer | Role::Reviewer => {
            (None, Some(audience::staff_view(state, now)))
        }
    });
    Json(SessionPage {
        role: caller.pass.role,
        brief: session.task().brief.clone(),
        view,
        staff,
        can_run: app.engine.sandbox_for(session.mode()).is_ok(),
        isolation,
    })
}

/// The report; for the candidate once the debrief is open
#[utoipa::path(get, path = "/api/sessions/{id}/report", tag = "sessions", params(("id" = SessionId, Path)),
    responses((status = 200, body = engine::Report), (status = "4XX", body = crate::ErrorBody)))]
pub(crate) async fn report(State(app): State<Arc<App>>, caller: Caller) -> Result<Json<Arc<engine::Report>>, ApiError> {
    caller.any_but(Role::Observer, "observers see the session, not its report")?;
    let report = caller.session.report(&app.engine).await?;
    app.engine.note(caller.pass.actor, Act::ReportRead, Some(caller.session.id()), None).await?;
    Ok(Json(report))
}

/// In which form a log is exported.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportQuery {
    /// `jsonl`: one event a line.
    #[serde(default)]
    #[param(inline)]
    format: ExportFormat,
}

#[derive(Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
enum ExportFormat {
    #[default]
    Jsonl,
}

/// The whole log
#[utoipa::path(get, path = "/api/sessions/{id}/export", tag = "sessions", params(("id" = SessionId, Path), ExportQuery),
    responses((status = 200, body = String, content_type = "application/x-ndjson"), (status = "4XX", body = crate::ErrorBody)))]
pub(crate) async fn export(
    State(app): State<Arc<App>>,
    caller: Caller,
    InQuery(query): InQuery<ExportQuery>,
) -> Result<Response, ApiError> {
    let ExportFormat::Jsonl = query.format;
    let session = caller.reviewer()?;
    app.engine.note(caller.pass.actor, Act::LogExported, Some(session.id()), None).await?;
    let mut lines = String::new();
    for event in session.events(&app.engine).await? {
        let line = serde_json::to_string(&event)
            .map_err(|error| ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", error.to_string()))?;
        let _ = writeln!(lines, "{line}");
    }
    let name = format!("attachment; filename=\"{}.jsonl\"", session.id());
    Ok(([(CONTENT_TYPE, "application/x-ndjson".to_owned()), (CONTENT_DISPOSITION, name)], lines).into_response())
}
