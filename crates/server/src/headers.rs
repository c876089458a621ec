//! What stands around every answer: where requests may come from, what pages may load, what may be kept.

use crate::App;
use crate::access::{is_local_host, is_same_origin};
use crate::error::ApiError;
use axum::extract::{Request, State};
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

const FIXED: [(HeaderName, HeaderValue); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
];

/// Refuses requests under a foreign name or from a foreign page, and sets the headers that never differ.
pub(crate) async fn guard(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let mut response = if app.local && !is_local_host(headers) {
        ApiError::new(
            StatusCode::MISDIRECTED_REQUEST,
            "foreign_host",
            "this server answers under this machine's own names only",
        )
        .hint("open it as http://localhost with its port, or start it with --listen on the address it is reached under")
        .into_response()
    } else if changes && !is_same_origin(headers, app.public_url.as_deref()) {
        ApiError::new(StatusCode::FORBIDDEN, "foreign_origin", "the request comes from another site's page")
            .into_response()
    } else {
        next.run(request).await
    };
    for (name, value) in FIXED {
        response.headers_mut().insert(name, value);
    }
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// What a page may load: its own scripts, styles and fonts, nothing inline but what carries the nonce.
pub(crate) fn content_security_policy(nonce: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; font-src 'self'; \
         img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}
