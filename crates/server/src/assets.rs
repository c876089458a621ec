//! The embedded page.

use crate::App;
use crate::error::ApiError;
use crate::headers::content_security_policy;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{Method, StatusCode, Uri};
use axum::response::{Html, IntoResponse, Response};
use rust_embed::RustEmbed;
use std::sync::Arc;

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Page;

const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><title>Caveat</title><h1>The page is not built</h1>\
<p>The server runs, but its page was not built into it. Run <code>cargo xtask run</code>, which builds both, \
or <code>cargo xtask web</code> and start the server again.</p></html>";

/// Addresses that the page routes on its own.
const PAGES: [&str; 7] = ["", "session", "observe", "review", "sign-in", "setup", "people"];

/// A file of the page, or the page itself for every address that the page routes on its own.
pub(crate) async fn page(State(app): State<Arc<App>>, method: Method, uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    let reads = matches!(method, Method::GET | Method::HEAD);
    match Page::get(path).filter(|_| reads && path != "index.html" && !path.is_empty()) {
        Some(file) => {
            // Built files carry their content's hash in their name.
            let kept = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
            let kind = file.metadata.mimetype().to_owned();
            ([(CONTENT_TYPE, kind), (CACHE_CONTROL, kept.to_owned())], file.data.into_owned()).into_response()
        }
        None if reads && PAGES.contains(&path.split('/').next().unwrap_or_default()) => index(&app),
        None => ApiError::new(StatusCode::NOT_FOUND, "no_such_route", format!("there is no {method} {}", uri.path()))
            .hint("/api/openapi.json lists the routes")
            .into_response(),
    }
}

fn index(app: &App) -> Response {
    let nonce = app.engine.uuid().simple().to_string();
    let html = Page::get("index.html").map_or_else(
        || NOT_BUILT.to_owned(),
        |file| String::from_utf8_lossy(&file.data).replace("__CSP_NONCE__", &nonce),
    );
    ([(CONTENT_SECURITY_POLICY, content_security_policy(&nonce)), (CACHE_CONTROL, "no-store".to_owned())], Html(html))
        .into_response()
}
