//! What pages read of a session: files, search, names, history.

use crate::App;
use crate::access::{Caller, InPath, InQuery};
use crate::dto::FileBody;
use crate::error::ApiError;
use axum::Json;
use axum::extract::State;
use domain::access::Role;
use domain::audience::{self, FileEntry};
use domain::event::Edited;
use domain::ids::{CommitId, RepoPath, SessionId};
use engine::{Engine, OutlineNode, Place, SearchHits, UseOfSymbol};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// A list under its name.
macro_rules! list {
    ($($(#[$doc:meta])* $name:ident { $field:ident: $item:ty })*) => {$(
        $(#[$doc])*
        #[derive(Serialize, ToSchema)]
        pub(crate) struct $name { $field: Vec<$item> }
    )*};
}

list! {
    /// The session's files.
    Files { files: FileEntry }
    /// Changes of a file.
    Edits { edits: Edited }
    /// A file's outline.
    Outline { items: OutlineNode }
    /// Where a name is defined.
    Targets { targets: Place }
    /// Where a name is used.
    Uses { references: UseOfSymbol }
    /// Names that match.
    Names { symbols: Place }
    /// Commits, newest first.
    Commits { commits: CommitBody }
    /// Who last touched each line.
    Blame { lines: BlameBody }
}

/// A commit.
#[derive(Serialize, ToSchema)]
pub(crate) struct CommitBody {
    id: CommitId,
    author: String,
    /// RFC 3339.
    when: String,
    subject: String,
    body: String,
    files: Vec<RepoPath>,
}

impl From<engine::Commit> for CommitBody {
    fn from(known: engine::Commit) -> Self {
        let engine::Commit { id, author, when, subject, body, files } = known;
        Self { id, author, when, subject, body, files }
    }
}

/// Who last touched a line.
#[derive(Serialize, ToSchema)]
pub(crate) struct BlameBody {
    /// From 1.
    line: u32,
    commit: CommitId,
    author: String,
    /// RFC 3339.
    when: String,
    subject: String,
}

impl From<engine::BlameLine> for BlameBody {
    fn from(known: engine::BlameLine) -> Self {
        let engine::BlameLine { line, commit, author, when, subject } = known;
        Self { line, commit, author, when, subject }
    }
}

/// A commit and what it changed.
#[derive(Serialize, ToSchema)]
pub(crate) struct CommitDiff {
    commit: CommitBody,
    /// Unified.
    diff: String,
}

/// A text.
#[derive(Serialize, ToSchema)]
pub(crate) struct Text {
    text: String,
}

/// A unified diff.
#[derive(Serialize, ToSchema)]
pub(crate) struct Diff {
    diff: String,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PathQuery {
    /// The file.
    path: RepoPath,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct MaybePathQuery {
    /// The file; none: all.
    path: Option<RepoPath>,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EditsQuery {
    /// The file.
    path: RepoPath,
    /// Changes after this version.
    after: u32,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PlaceQuery {
    /// The file.
    path: RepoPath,
    /// UTF-16 units from the file's beginning.
    offset: usize,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SearchQuery {
    /// The text to find.
    q: String,
    /// Upper and lower case differ.
    #[serde(default)]
    case: bool,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct NameQuery {
    /// Part of a name.
    #[serde(default)]
    q: String,
}

type Answer<T> = Result<Json<T>, ApiError>;

/// Reads what needs the disk or the index away from the threads that serve.
async fn apart<T: Send + 'static>(
    read: impl FnOnce() -> Result<T, engine::Error> + Send + 'static,
) -> Result<T, ApiError> {
    match tokio::task::spawn_blocking(read).await {
        Ok(result) => Ok(result?),
        Err(error) => Err(engine::Error::Lost(error.to_string()).into()),
    }
}

/// The session's files
#[utoipa::path(get, path = "/api/sessions/{id}/files", tag = "reading", params(("id" = SessionId, Path)),
    responses((status = 200, body = Files), (status = "4XX", body = crate::ErrorBody)))]
pub(crate) async fn files(caller: Caller) -> Json<Files> {
    Json(Files { files: caller.session.with(|state, now| audience::candidate_view(state, now).files) })
}

/// A file of the session
#[utoipa::path(get, path = "/api/sessions/{id}/files/{path}", tag = "reading", params(("id" = SessionId, Path), ("path" = RepoPath, Path)),
    responses((status = 200, body = FileBody), (status = "4XX", body = crate::ErrorBody)))]
pub(crate) async fn file(caller: Caller, InPath(named): InPath<(SessionId, RepoPath)>) -> Answer<FileBody> {
    let (_, path) = named;
    let (text, version) = caller.session.file(&path)?;
    Ok(Json(FileBody { path, text, version }))
}

/// Changes of a file, to rebase on
#[utoipa::path(get, path = "/api/sessions/{id}/edits", tag = "reading", params(("id" = SessionId, Path), EditsQuery),
    responses((status = 200, body = Edits), (status = "4XX", body = crate::ErrorBody)))]
pub(crate) async fn edits(
    State(app): State<Arc<App>>,
    caller: Caller,
    InQuery(query): InQuery<EditsQuery>,
) -> Answer<Edits> {
    let edits = caller.session.edits_after(&app.engine, &query.path, query.after).await?;
    Ok(Json(Edits { edits }))
}

/// Search the text of all files
#[utoipa::path(get, path = "/api/sessions/{id}/search", tag = "reading", params(("id" = SessionId, Path), SearchQuery),
    responses((status = 200, body = SearchHits), (status = "4XX", body = crate::ErrorBody)))]
pub(crate) async fn search(caller: Caller, InQuery(query): InQuery<SearchQuery>) -> Answer<SearchHits> {
    let notes = caller.pass.role == Role::Candidate;
    Ok(Json(caller.session.search(&query.q, query.case, notes).await?))
}

/// A file's outline
#[utoipa::path(get, path = "/api/sessions/{id}/outline", tag = "reading", params(("id" = SessionId, Path), PathQuery),
    responses((status = 200, body = Outline), (status = "4XX", body = crate::ErrorBody)))]
pub(crate) async fn outline(caller: Caller, InQuery(query): InQuery<PathQuery>) -> Answer<Outline> {
    let items = apart(move || caller.session.outline(&query.path)).await?;
    Ok(Json(Outline { items }))
}

/// Where the name at a place is defined
#[utoipa::path(get, path = "/api/sessions/{id}/definition", tag = "reading", params(("id" = SessionId, Path), PlaceQuery),
    responses((status = 200, body = Targets), (status = "4XX", body = crate::ErrorBody)))]
pub(crate) async fn definition(caller: Caller, InQuery(query): InQuery<PlaceQuery>) -> Answer<Targets> {
    let targets = apart(move || caller.session.definition(&query.path, query.offset)).await?;
    Ok(Json(Targets { targets }))
}

/// Where the name at a place is used
#[utoipa::path(get, path = "/api/sessions/{id}/references", tag = "reading", params(("id" = SessionId, Path), PlaceQuery),
    responses((status = 200, body = Uses), (status = "4XX", body = crate::ErrorBody)))]
pub(crate) async fn references(caller: Caller, InQuery(query): InQuery<PlaceQuery>) -> Answer<Uses> {
    let references = apart(move || caller.session.references(&query.path, query.offset)).await?;
    Ok(Json(Uses { references }))
}

/// Names that match
#[utoipa::path(get, path = "/api/sessions/{id}/symbols", tag = "reading", params(("id" = SessionId, Path), NameQuery),
    responses((status = 200, body = Names), (status = "4XX", body = crate::ErrorBody)))]
pub(crate) async fn symbols(caller: Caller, InQuery(query): InQuery<NameQuery>) -> Answer<Names> {
    let symbols = apart(move || Ok(caller.session.symbols(&query.q))).await?;
    Ok(Json(Names { symbols }))
}

/// What the session changed
#[utoipa::path(get, path = "/api/sessions/{id}/changes", tag = "reading", params(("id" = SessionId, Path)),
    responses((status = 200, body = Diff), (status = "4XX", body = crate::ErrorBody)))]
pub(crate) async fn changes(caller: Caller) -> Answer<Diff> {
    Ok(Json(Diff { diff: caller.session.changes().await? }))
}

/// Commits of the repository, or those that touched a file
#[utoipa::path(get, path = "/api/sessions/{id}/history", tag = "reading", params(("id" = SessionId, Path), MaybePathQuery),
    responses((status = 200, body = Commits), (status = "4XX", body = crate::ErrorBody)))]
pub(crate) async fn history(
    State(app): State<Arc<App>>,
    caller: Caller,
    InQuery(query): InQuery<MaybePathQuery>,
) -> Answer<Commits> {
    let (engine, task) = library(&app, &caller);
    let commits = apart(move || {
        Ok(match &query.path {
            Some(path) => engine.library().file_history(&task, path)?,
            None => engine.library().history(&task)?,
        })
    });
    Ok(Json(Commits { commits: commits.await?.into_iter().map(CommitBody::from).collect() }))
}

/// A commit and what it changed
#[utoipa::path(get, path = "/api/sessions/{id}/history/{commit}", tag = "reading",
    params(("id" = SessionId, Path), ("commit" = CommitId, Path), MaybePathQuery),
    responses((status = 200, body = CommitDiff), (status = "4XX", body = crate::ErrorBody)))]
pub(crate) async fn commit(
    State(app): State<Arc<App>>,
    caller: Caller,
    InPath(named): InPath<(SessionId, CommitId)>,
    InQuery(query): InQuery<MaybePathQuery>,
) -> Answer<CommitDiff> {
    let (_, id) = named;
    let (engine, task) = library(&app, &caller);
    let found = apart(move || {
        let mut commits = engine.library().history(&task)?.into_iter();
        let commit = commits
            .find(|commit| commit.id == id)
            .ok_or_else(|| engine::CatalogError::UnknownCommit { task: task.clone(), commit: id.clone() })?;
        let diff = engine.library().commit_diff(&task, &id, query.path.as_ref())?;
        Ok(CommitDiff { commit: commit.into(), diff })
    });
    Ok(Json(found.await?))
}

/// A file as it stood at a commit
#[utoipa::path(get, path = "/api/sessions/{id}/revisions/{commit}/{path}", tag = "reading",
    params(("id" = SessionId, Path), ("commit" = CommitId, Path), ("path" = RepoPath, Path)),
    responses((status = 200, body = Text), (status = "4XX", body = crate::ErrorBody)))]
pub(crate) async fn revision(
    State(app): State<Arc<App>>,
    caller: Caller,
    InPath(named): InPath<(SessionId, CommitId, RepoPath)>,
) -> Answer<Text> {
    let (_, commit, path) = named;
    let (engine, task) = library(&app, &caller);
    let text = apart(move || Ok(engine.library().file_at(&task, &commit, &path)?)).await?;
    Ok(Json(Text { text }))
}

/// Who last touched each line of a file, at the base revision
#[utoipa::path(get, path = "/api/sessions/{id}/blame", tag = "reading", params(("id" = SessionId, Path), PathQuery),
    responses((status = 200, body = Blame), (status = "4XX", body = crate::ErrorBody)))]
pub(crate) async fn blame(
    State(app): State<Arc<App>>,
    caller: Caller,
    InQuery(query): InQuery<PathQuery>,
) -> Answer<Blame> {
    let (engine, task) = library(&app, &caller);
    let lines = apart(move || Ok(engine.library().blame(&task, &query.path)?)).await?;
    Ok(Json(Blame { lines: lines.into_iter().map(BlameBody::from).collect() }))
}

fn library(app: &App, caller: &Caller) -> (Engine, domain::ids::TaskName) {
    (app.engine.clone(), caller.session.task().brief.name.clone())
}
