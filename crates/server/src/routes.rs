//! All routes on one page. A handler is registered once, for the router and for the OpenAPI document alike.

use crate::{App, assets, feed, headers, read, sessions, work};
use axum::extract::DefaultBodyLimit;
use axum::routing::get;
use axum::{Json, Router, middleware};
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
    paths(read::file, read::revision)
)]
struct Document;

fn documented() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::with_openapi(Document::openapi())
        // the server
        .routes(routes!(sessions::health))
        .routes(routes!(sessions::tasks))
        .routes(routes!(sessions::list, sessions::create))
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
    let pages = Router::new().fallback(assets::page).layer(CompressionLayer::new());
    api.route("/api/sessions/{id}/files/{*path}", get(read::file))
        .route("/api/sessions/{id}/revisions/{commit}/{*path}", get(read::revision))
        .route("/api/openapi.json", get(async || Json(document)))
        .fallback_service(pages.with_state(Arc::clone(&app)))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(CatchPanicLayer::new())
        .layer(middleware::from_fn_with_state(Arc::clone(&app), headers::guard))
        .with_state(app)
}
