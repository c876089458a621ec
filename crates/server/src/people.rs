//! People: the first set-up, signing in and out, accounts.

use crate::App;
use crate::access::{Address, Administers, Body, Cookie, InPath, Visitor};
use crate::error::ApiError;
use axum::Json;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderName, StatusCode};
use domain::access::{Actor, Right, Role};
use domain::ids::PersonId;
use engine::{NewPerson, Person, PersonChange};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// How long a browser keeps its cookie, in seconds; the server decides all the same.
pub(crate) const KEPT_S: u32 = 7 * 24 * 3600;

/// Everybody with an account.
#[derive(Serialize, ToSchema)]
pub(crate) struct People {
    people: Vec<Person>,
}

/// Who asks, as the server sees them.
#[derive(Serialize, ToSchema)]
pub(crate) struct Me {
    /// None: nobody signed in.
    actor: Option<Actor>,
    /// Whoever signed in.
    person: Option<Person>,
    /// May set sessions up.
    may_set_up: bool,
    /// May see the list of sessions.
    may_list: bool,
    /// May see to people, API keys and the audit log.
    may_administer: bool,
    /// Nobody has an account yet: the set-up link is on the server's terminal.
    awaits_set_up: bool,
    /// Whose accounts open this server too, as the sign-in page names them; none: people sign in with a password only.
    provider: Option<String>,
}

/// The first admin.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetUpBody {
    /// As the server printed it on its terminal.
    token: String,
    name: String,
    mail: String,
    /// 12 to 200 characters.
    password: String,
}

/// Who signs in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignInBody {
    mail: String,
    password: String,
}

/// A change of one's own password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordBody {
    old: String,
    /// 12 to 200 characters.
    new: String,
}

/// Somebody who gets an account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPersonBody {
    name: String,
    mail: String,
    /// `admin`, `interviewer`, `observer` or `reviewer`.
    role: Role,
    /// Their first password, 12 to 200 characters.
    password: String,
}

/// What changes about somebody; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PersonChangeBody {
    name: Option<String>,
    role: Option<Role>,
    /// It signs them out everywhere.
    password: Option<String>,
}

/// An answer that sets the cookie, or takes it away.
type WithCookie<T> = (StatusCode, [(HeaderName, String); 1], T);

/// Who asks
#[utoipa::path(get, path = "/api/me", tag = "people",
    responses((status = 200, body = Me), (status = "4XX", body = crate::ErrorBody)))]
pub(crate) async fn me(State(app): State<Arc<App>>, Visitor(visitor): Visitor) -> Json<Me> {
    let may = |right| visitor.as_ref().is_some_and(|visitor| visitor.pass.may(right));
    Json(Me {
        may_set_up: may(Right::SetUp),
        may_list: may(Right::List),
        may_administer: may(Right::Administer),
        awaits_set_up: app.engine.awaits_set_up(),
        provider: app.provider.as_ref().map(|provider| provider.name().to_owned()),
        actor: visitor.as_ref().map(|visitor| visitor.pass.actor),
        person: visitor.and_then(|visitor| visitor.person),
    })
}

/// Make the first admin
///
/// With the token that the server printed on its terminal; it works once.
#[utoipa::path(post, path = "/api/setup", tag = "people", request_body = SetUpBody,
    responses((status = 201, body = Person), (status = "4XX", body = crate::ErrorBody)))]
pub(crate) async fn set_up(
    State(app): State<Arc<App>>,
    Body(body): Body<SetUpBody>,
) -> Result<WithCookie<Json<Person>>, ApiError> {
    let first = NewPerson { name: body.name, mail: body.mail, role: Role::Admin, password: body.password };
    let (person, token) = app.engine.set_up(&body.token, first).await?;
    Ok((StatusCode::CREATED, cookie(&app, &token, KEPT_S), Json(person)))
}

/// Sign in
#[utoipa::path(post, path = "/api/sign-in", tag = "people", request_body = SignInBody,
    responses((status = 200, body = Person), (status = "4XX", body = crate::ErrorBody)))]
pub(crate) async fn sign_in(
    State(app): State<Arc<App>>,
    Address(address): Address,
    Body(body): Body<SignInBody>,
) -> Result<WithCookie<Json<Person>>, ApiError> {
    let (person, token) = app.engine.sign_in(&body.mail, body.password, address).await?;
    Ok((StatusCode::OK, cookie(&app, &token, KEPT_S), Json(person)))
}

/// Sign out
#[utoipa::path(post, path = "/api/sign-out", tag = "people",
    responses((status = 204), (status = "4XX", body = crate::ErrorBody)))]
pub(crate) async fn sign_out(State(app): State<Arc<App>>, Cookie(token): Cookie) -> Result<WithCookie<()>, ApiError> {
    if let Some(token) = token {
        app.engine.sign_out(&token).await?;
    }
    Ok((StatusCode::NO_CONTENT, cookie(&app, "", 0), ()))
}

fn cookie(app: &App, token: &str, kept: u32) -> [(HeaderName, String); 1] {
    [(SET_COOKIE, app.set_cookie(app.cookie_name(), token, kept))]
}

/// Change one's own password
///
/// Every other sign-in of the person ends.
#[utoipa::path(put, path = "/api/me/password", tag = "people", request_body = PasswordBody,
    responses((status = 204), (status = "4XX", body = crate::ErrorBody)))]
pub(crate) async fn change_password(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Address(address): Address,
    Body(body): Body<PasswordBody>,
) -> Result<StatusCode, ApiError> {
    let pass = visitor.signed_in()?;
    app.engine.change_password(&pass, body.old, body.new, address).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Everybody with an account
#[utoipa::path(get, path = "/api/people", tag = "people",
    responses((status = 200, body = People), (status = "4XX", body = crate::ErrorBody)))]
pub(crate) async fn list_people(_: Administers, State(app): State<Arc<App>>) -> Result<Json<People>, ApiError> {
    Ok(Json(People { people: app.engine.people().await? }))
}

/// Add somebody
#[utoipa::path(post, path = "/api/people", tag = "people", request_body = NewPersonBody,
    responses((status = 201, body = Person), (status = "4XX", body = crate::ErrorBody)))]
pub(crate) async fn add_person(
    Administers(by): Administers,
    State(app): State<Arc<App>>,
    Body(body): Body<NewPersonBody>,
) -> Result<(StatusCode, Json<Person>), ApiError> {
    let new = NewPerson { name: body.name, mail: body.mail, role: body.role, password: body.password };
    Ok((StatusCode::CREATED, Json(app.engine.add_person(&by, new).await?)))
}

/// Change somebody
///
/// Another role holds at once; a new password signs them out everywhere.
#[utoipa::path(put, path = "/api/people/{person}", tag = "people", params(("person" = PersonId, Path)), request_body = PersonChangeBody,
    responses((status = 200, body = Person), (status = "4XX", body = crate::ErrorBody)))]
pub(crate) async fn change_person(
    Administers(by): Administers,
    State(app): State<Arc<App>>,
    InPath(person): InPath<PersonId>,
    Body(body): Body<PersonChangeBody>,
) -> Result<Json<Person>, ApiError> {
    let change = PersonChange { name: body.name, role: body.role, password: body.password };
    Ok(Json(app.engine.change_person(&by, person, change).await?))
}

/// Remove somebody
#[utoipa::path(delete, path = "/api/people/{person}", tag = "people", params(("person" = PersonId, Path)),
    responses((status = 204), (status = "4XX", body = crate::ErrorBody)))]
pub(crate) async fn remove_person(
    Administers(by): Administers,
    State(app): State<Arc<App>>,
    InPath(person): InPath<PersonId>,
) -> Result<StatusCode, ApiError> {
    app.engine.remove_person(&by, person).await?;
    Ok(StatusCode::NO_CONTENT)
}
