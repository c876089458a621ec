//! The way of a browser: to the provider, and back.

use super::Provider;
use super::pending::{Begun, PATIENCE, Ticket};
use super::problem::Problem;
use crate::App;
use crate::access::cookie;
use crate::people::KEPT_S;
use axum::Extension;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::http::header::SET_COOKIE;
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use serde::Deserialize;
use std::sync::Arc;

/// What a browser brings back from the provider.
#[derive(Deserialize)]
pub(crate) struct Returned {
    state: Option<String>,
    code: Option<String>,
    error: Option<String>,
    /// Who sends the browser back, where providers say so.
    iss: Option<String>,
}

/// Sends a browser to the provider.
pub(crate) async fn leave(State(app): State<Arc<App>>, Extension(provider): Extension<Arc<Provider>>) -> Response {
    let engine = &app.engine;
    let ticket = Ticket { state: engine.token(), browser: engine.token() };
    let begun = Begun { nonce: engine.token(), verifier: engine.token() };
    match provider.address(engine, &ticket.state, &begun).await {
        Ok(address) => {
            let cookie = app.set_cookie(cookie_name(&app), &ticket.browser, patience_s());
            provider.pending().begin(ticket, begun, engine.elapsed());
            ([(SET_COOKIE, cookie)], Redirect::to(address.as_str())).into_response()
        }
        Err(problem) => back_to_the_page(problem).into_response(),
    }
}

/// Lets somebody in whom the provider vouches for.
pub(crate) async fn come_back(
    State(app): State<Arc<App>>,
    Extension(provider): Extension<Arc<Provider>>,
    headers: HeaderMap,
    returned: Result<Query<Returned>, QueryRejection>,
) -> Response {
    let browser = cookie(&headers, cookie_name(&app));
    let used = (SET_COOKIE, app.set_cookie(cookie_name(&app), "", 0));
    let returned = returned.map(|Query(returned)| returned).map_err(|_| Problem::Stale);
    match async { let_in(&app, &provider, browser, returned?).await }.await {
        Ok(token) => {
            let signed_in = (SET_COOKIE, app.set_cookie(app.cookie_name(), &token, KEPT_S));
            (AppendHeaders([used, signed_in]), Redirect::to("/")).into_response()
        }
        Err(problem) => (AppendHeaders([used]), back_to_the_page(problem)).into_response(),
    }
}

async fn let_in(
    app: &App,
    provider: &Provider,
    browser: Option<String>,
    returned: Returned,
) -> Result<String, Problem> {
    let (Some(state), Some(browser)) = (returned.state, browser) else { return Err(Problem::Stale) };
    let taken = provider.pending().take(&Ticket { state, browser }, app.engine.elapsed());
    let begun = taken.ok_or(Problem::Stale)?;
    if returned.iss.is_some_and(|iss| iss != provider.issuer.as_str()) {
        return Err(Problem::Refused.said("another provider sent the browser back"));
    }
    if let Some(error) = returned.error {
        return Err(Problem::Declined.said(&error));
    }
    let code = returned.code.ok_or_else(|| Problem::Refused.said("the browser brought no code back"))?;
    let who = provider.vouched(&app.engine, code, begun).await?;
    let (_, token) = app.engine.sign_in_vouched(who, provider.new_people).await?;
    Ok(token)
}

fn back_to_the_page(problem: Problem) -> Redirect {
    Redirect::to(&format!("/sign-in?problem={}", problem.code()))
}

/// The cookie of a browser that is on its way.
fn cookie_name(app: &App) -> &'static str {
    if app.is_secure() { "__Host-caveat-sign-in" } else { "caveat-sign-in" }
}

fn patience_s() -> u32 {
    u32::try_from(PATIENCE.as_secs()).unwrap_or(u32::MAX)
}
