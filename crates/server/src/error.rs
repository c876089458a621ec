//! Errors as the outside sees them: one envelope, the right status, what to do.

use axum::Json;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::Refusal;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::ToSchema;

/// The envelope of every error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ErrorBody {
    /// What went wrong.
    pub error: ErrorDetail,
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ErrorDetail {
    /// A stable name for programs.
    pub code: String,
    /// What and where, for people.
    pub detail: String,
    /// How to mend it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// An error on its way out.
#[derive(Debug)]
pub struct ApiError {
    status: StatusCode,
    body: ErrorDetail,
    wait: Option<Duration>,
}

impl ApiError {
    /// An error with its status, code and words.
    pub fn new(status: StatusCode, code: &str, detail: impl Into<String>) -> Self {
        Self { status, body: ErrorDetail { code: code.to_owned(), detail: detail.into(), hint: None }, wait: None }
    }

    /// The same with a word on how to mend it.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.body.hint = Some(hint.into());
        self
    }

    /// The same with how long to wait before it is sent again.
    pub fn wait(mut self, wait: Duration) -> Self {
        self.wait = Some(wait);
        self
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let wait = self.wait.map(|wait| [(RETRY_AFTER, HeaderValue::from(wait.as_millis().div_ceil(1000) as u64))]);
        (self.status, wait.into_iter().flatten().collect::<HeaderMap>(), Json(ErrorBody { error: self.body }))
            .into_response()
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        let status = match &refusal {
            Refusal::Unknown { .. } => StatusCode::NOT_FOUND,
            Refusal::TooLong { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Refusal::Empty { .. }
            | Refusal::BadPath(_)
            | Refusal::BadChange { .. }
            | Refusal::BadLines { .. }
            | Refusal::QuoteNotFound
            | Refusal::NoSuchChoice { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Refusal::Duplicate
            | Refusal::IdReused { .. }
            | Refusal::NoConsent
            | Refusal::NotStarted
            | Refusal::Over
            | Refusal::Paused { .. }
            | Refusal::NotDue { .. }
            | Refusal::TooMany { .. }
            | Refusal::StaleVersion { .. }
            | Refusal::FileExists { .. }
            | Refusal::BudgetUsedUp { .. }
            | Refusal::AnswerPending
            | Refusal::RunPending => StatusCode::CONFLICT,
        };
        Self::new(status, refusal.code(), refusal.to_string())
    }
}

impl From<engine::Error> for ApiError {
    fn from(error: engine::Error) -> Self {
        use engine::CatalogError as Library;
        use engine::Error as E;
        let (status, code) = match error {
            E::Refused(refusal) => return refusal.into(),
            E::UnknownTask { .. } => (StatusCode::NOT_FOUND, "unknown_task"),
            E::UnknownSession(_) => (StatusCode::NOT_FOUND, "unknown_session"),
            E::UnknownModel { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "unknown_model"),
            E::UnfitModel(ref unfit) => (StatusCode::UNPROCESSABLE_ENTITY, unfit.code()),
            E::ModelTaken { .. } => (StatusCode::CONFLICT, "model_taken"),
            E::ModelChanged { .. } => (StatusCode::CONFLICT, "model_changed"),
            E::ModelKeepsName { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "model_keeps_name"),
            E::ModelOfFile { .. } => (StatusCode::CONFLICT, "in_settings_file"),
            E::ModelInUse { .. } => (StatusCode::CONFLICT, "model_in_use"),
            E::ModelTwice { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "model_twice"),
            E::NoPrices => (StatusCode::UNPROCESSABLE_ENTITY, "no_prices"),
            E::BadMinutes { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "bad_minutes"),
            E::NotByLink { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "not_by_link"),
            E::BadHours { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "bad_hours"),
            E::LongNote { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "too_long"),
            E::NotByAccount => (StatusCode::UNPROCESSABLE_ENTITY, "not_by_account"),
            E::BadName => (StatusCode::UNPROCESSABLE_ENTITY, "bad_name"),
            E::BadMail => (StatusCode::UNPROCESSABLE_ENTITY, "bad_mail"),
            E::BadPassword => (StatusCode::UNPROCESSABLE_ENTITY, "bad_password"),
            E::BadDays { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "bad_days"),
            E::NoScope => (StatusCode::UNPROCESSABLE_ENTITY, "no_scope"),
            E::BadSetUp => (StatusCode::FORBIDDEN, "bad_set_up"),
            E::LastAdmin => (StatusCode::CONFLICT, "last_admin"),
            E::WrongSignIn => (StatusCode::UNAUTHORIZED, "wrong_sign_in"),
            E::UnknownMail => (StatusCode::FORBIDDEN, "unknown_mail"),
            E::NoAdminYet => (StatusCode::CONFLICT, "no_admin_yet"),
            E::TooManyTries { .. } => (StatusCode::TOO_MANY_REQUESTS, "too_many_tries"),
            E::Taken { .. } => (StatusCode::CONFLICT, "taken"),
            E::Missing { .. } => (StatusCode::NOT_FOUND, "not_found"),
            E::UnknownFile(_) => (StatusCode::NOT_FOUND, "not_found"),
            E::TaskChanged { .. } => (StatusCode::CONFLICT, "task_changed"),
            E::NoCard => (StatusCode::CONFLICT, "no_card"),
            E::NotYet { .. } => (StatusCode::CONFLICT, "not_yet"),
            E::Catalog(Library::UnknownTask(_) | Library::UnknownCommit { .. } | Library::UnknownFile { .. }) => {
                (StatusCode::NOT_FOUND, "not_found")
            }
            E::NoIsolation { .. } => (StatusCode::SERVICE_UNAVAILABLE, "no_isolation"),
            E::Store(_) | E::Closed => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
            E::NoPlan { .. } | E::Corrupt { .. } | E::Catalog(_) | E::Assess(_) | E::Lost(_) => {
                (StatusCode::INTERNAL_SERVER_ERROR, "internal")
            }
        };
        if status.is_server_error() {
            tracing::error!(%error, "a request failed");
        }
        let api = Self::new(status, code, error.to_string());
        match error {
            E::TooManyTries { wait } => api.wait(wait),
            E::NoIsolation { remedy, .. } => api.hint(remedy),
            E::UnfitModel(unfit) => match unfit.hint() {
                Some(hint) => api.hint(hint),
                None => api,
            },
            E::Store(_) | E::Closed => api.hint("nothing was accepted; send it again in a moment"),
            _ => api,
        }
    }
}
