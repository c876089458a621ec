//! All routes on one page. A handler is registered once, for the router and for the OpenAPI document alike.

use crate::error::ApiError;
use crate::{App, api_keys, assets, audit, cards, feed, headers, limits, links, models, people, read, sessions, work};
use axum::extract::DefaultBodyLimit;
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router, middleware};
use domain::audience::{AnswerDelta, ClockView, StaffEvent};
use std::any::Any;
use std::sync::Arc;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Bytes of a request body: a whole file of the largest size, and its JSON form.
const BODY_BYTES: usize = 4 * 1024 * 1024;

// Paths of files have slashes, which the document cannot say: these two are registered by hand below.
#[derive(OpenApi)]
#[openapi(
    info(title = "Caveat", description = "An interview server for code comprehension."),
    paths(read::file, read::revision),
    // The feed's own: a stream of events names no schema.
    components(schemas(StaffEvent, AnswerDelta, ClockView))
)]
struct Document;

fn documented() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::with_openapi(Document::openapi())
        // the server
        .routes(routes!(sessions::health))
        .routes(routes!(sessions::tasks))
        .routes(routes!(sessions::list, sessions::create))
        // who comes in
        .routes(routes!(people::me))
        .routes(routes!(people::change_password))
        .routes(routes!(people::set_up))
        .routes(routes!(people::sign_in))
        .routes(routes!(people::sign_out))
        .routes(routes!(people::list_people, people::add_person))
        .routes(routes!(people::change_person, people::remove_person))
        .routes(routes!(api_keys::list_api_keys, api_keys::make_api_key))
        .routes(routes!(api_keys::revoke_api_key))
        .routes(routes!(audit::audit))
        .routes(routes!(models::list_models, models::add_model))
        .routes(routes!(models::change_model, models::remove_model))
        .routes(routes!(models::test_model))
        .routes(routes!(links::list_links, links::make_link))
        .routes(routes!(links::revoke_link))
        // a session
        .routes(routes!(sessions::page))
        .routes(routes!(feed::events))
        .routes(routes!(sessions::report))
        .routes(routes!(sessions::export))
        // reading
        .routes(routes!(read::files))
        .routes(routes!(read::edits, work::edit))
        .routes(routes!(read::search))
        .routes(routes!(read::outline))
        .routes(routes!(read::definition))
        .routes(routes!(read::references))
        .routes(routes!(read::symbols))
        .routes(routes!(read::changes))
        .routes(routes!(read::history))
        .routes(routes!(read::commit))
        .routes(routes!(read::blame))
        // working
        .routes(routes!(work::consent))
        .routes(routes!(work::start))
        .routes(routes!(work::pause))
        .routes(routes!(work::resume))
        .routes(routes!(cards::hold_cards))
        .routes(routes!(cards::next_card))
        .routes(routes!(work::view))
        .routes(routes!(work::ask))
        .routes(routes!(work::flag))
        .routes(routes!(work::withdraw))
        .routes(routes!(work::run))
        .routes(routes!(work::hypothesise))
        .routes(routes!(work::change_hypothesis))
        .routes(routes!(work::answer_question))
        .routes(routes!(work::submit))
}

/// The contract of the HTTP side.
pub fn openapi() -> utoipa::openapi::OpenApi {
    documented().into_openapi()
}

pub(crate) fn router(app: Arc<App>) -> Router {
    let (api, document) = documented().split_for_parts();
    let api = with_provider(api, &app);
    let pages = Router::new().fallback(assets::page).layer(CompressionLayer::new());
    api.route("/api/sessions/{id}/files/{*path}", get(read::file))
        .route("/api/sessions/{id}/revisions/{commit}/{*path}", get(read::revision))
        .route("/api/openapi.json", get(async || Json(document)))
        .route("/healthz", get(sessions::healthz))
        .method_not_allowed_fallback(wrong_method)
        .fallback_service(pages.with_state(Arc::clone(&app)))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(CatchPanicLayer::custom(|_: Box<dyn Any + Send>| broken()))
        .layer(middleware::from_fn_with_state(Arc::clone(&app), limits::hold))
        .layer(middleware::from_fn_with_state(Arc::clone(&app), headers::guard))
        .with_state(app)
}

/// Pages of the browser that lead to an identity provider and back; there where one is set up.
#[cfg(feature = "oidc")]
fn with_provider(api: Router<Arc<App>>, app: &App) -> Router<Arc<App>> {
    let Some(provider) = &app.provider else { return api };
    let way = Router::new()
        .route("/sign-in/oidc", get(crate::oidc::leave))
        .route("/sign-in/oidc/callback", get(crate::oidc::come_back));
    api.merge(way.layer(axum::Extension(Arc::clone(provider))))
}

#[cfg(not(feature = "oidc"))]
fn with_provider(api: Router<Arc<App>>, _: &App) -> Router<Arc<App>> {
    api
}

async fn wrong_method(method: Method, uri: Uri) -> ApiError {
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "wrong_method", format!("{} does not take {method}", uri.path()))
        .hint("/api/openapi.json lists the routes")
}

fn broken() -> Response {
    ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "the server made a mistake; what was saved is safe")
        .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn references<'a>(value: &'a serde_json::Value, found: &mut BTreeSet<&'a str>) {
        match value {
            serde_json::Value::Object(fields) => {
                found.extend(fields.get("$ref").and_then(|name| name.as_str()));
                fields.values().for_each(|value| references(value, found));
            }
            serde_json::Value::Array(items) => items.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }

    #[test]
    fn every_type_that_the_document_refers_to_is_in_it() {
        let document = serde_json::to_value(openapi()).expect("a document");
        let mut found = BTreeSet::new();
        references(&document, &mut found);
        assert!(found.len() > 30, "{}", found.len());
        for name in found {
            let path = name.trim_start_matches('#');
            assert!(document.pointer(path).is_some(), "{name} is not described");
        }
    }
}
