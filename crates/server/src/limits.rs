//! How much one caller may ask for in a while, so that nobody takes the server away from the others.

use crate::App;
use crate::access::{address, bearer};
use crate::error::ApiError;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Callers that are remembered at most; whoever has asked for nothing lately is forgotten first.
const REMEMBERED: usize = 10_000;
/// So many people may sit behind one address.
const BEHIND_ONE_ADDRESS: u32 = 8;

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    /// An answer of the assistant.
    Ask,
    /// A run in the sandbox.
    Run,
    /// A new session.
    SetUp,
    /// A sign-in by way of an identity provider, which is asked about it.
    SignIn,
    /// Any other change.
    Change,
    /// To read something.
    Read,
}

impl Kind {
    fn of(method: &Method, path: &str) -> Self {
        match *method {
            _ if path.starts_with("/sign-in/oidc") => Self::SignIn,
            Method::GET | Method::HEAD | Method::OPTIONS => Self::Read,
            Method::POST if path == "/api/sessions" => Self::SetUp,
            Method::POST if path.ends_with("/prompts") => Self::Ask,
            Method::POST if path.ends_with("/runs") => Self::Run,
            _ => Self::Change,
        }
    }

    /// At once, and every second after that. A person at work stays far below.
    fn allowance(self) -> (u32, f64) {
        match self {
            Self::Ask => (12, 0.25),
            Self::Run => (12, 0.5),
            Self::SetUp => (30, 0.2),
            Self::SignIn => (20, 0.5),
            Self::Change => (400, 20.0),
            Self::Read => (1500, 60.0),
        }
    }
}

/// Who asks: a key, or an address with everybody behind it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Caller {
    Key(String),
    Address(IpAddr),
}

/// What is left for one caller and kind: a bucket that fills at a steady rate.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    left: f64,
    at: Duration,
}

impl Bucket {
    /// Takes one, or says how long to wait for it.
    fn take(&mut self, now: Duration, burst: f64, per_second: f64) -> Result<(), Duration> {
        let passed = now.saturating_sub(self.at).as_secs_f64();
        (self.left, self.at) = ((self.left + passed * per_second).min(burst), now);
        if self.left >= 1.0 {
            self.left -= 1.0;
            return Ok(());
        }
        Err(Duration::from_secs_f64((1.0 - self.left) / per_second))
    }
}

/// What is left for everybody.
#[derive(Debug, Default)]
pub(crate) struct Limits(Mutex<HashMap<(Caller, Kind), Bucket>>);

impl Limits {
    fn take(&self, caller: Caller, kind: Kind, now: Duration) -> Result<(), Duration> {
        let (burst, per_second) = kind.allowance();
        let people = if matches!(caller, Caller::Address(_)) { BEHIND_ONE_ADDRESS } else { 1 };
        let (burst, per_second) = (f64::from(burst * people), per_second * f64::from(people));
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= REMEMBERED {
            let mut times: Vec<Duration> = buckets.values().map(|bucket| bucket.at).collect();
            times.sort();
            let middle = times.get(times.len() / 2).copied().unwrap_or_default();
            buckets.retain(|_, bucket| bucket.at > middle);
        }
        buckets.entry((caller, kind)).or_insert(Bucket { left: burst, at: now }).take(now, burst, per_second)
    }
}

/// Lets a request through if its caller has not asked for too much lately.
pub(crate) async fn hold(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let kind = Kind::of(request.method(), request.uri().path());
    let key = bearer(request.headers()).map(|key| Caller::Key(key.chars().take(128).collect()));
    let address = address(&app, request.extensions(), request.headers()).map(Caller::Address);
    let now = app.engine.elapsed();
    let wait = [address, key].into_iter().flatten().find_map(|caller| app.limits.take(caller, kind, now).err());
    match wait {
        Some(wait) => {
            ApiError::new(StatusCode::TOO_MANY_REQUESTS, "too_fast", "that is more than one may ask for at once")
                .hint("wait as long as Retry-After says, in seconds, and send it again; nothing is lost by that")
                .wait(wait)
                .into_response()
        }
        None => next.run(request).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(limits: &Limits, caller: &Caller, kind: Kind, now: u64) -> usize {
        (0..5_000).take_while(|_| limits.take(caller.clone(), kind, Duration::from_secs(now)).is_ok()).count()
    }

    #[test]
    fn a_burst_is_let_through_and_then_the_steady_rate() {
        let (limits, ada) = (Limits::default(), Caller::Key("ada".into()));
        assert_eq!(taken(&limits, &ada, Kind::Ask, 0), 12);
        assert_eq!(limits.take(ada.clone(), Kind::Ask, Duration::ZERO), Err(Duration::from_secs(4)));
        assert_eq!(taken(&limits, &ada, Kind::Ask, 8), 2);
        assert_eq!(taken(&limits, &ada, Kind::Ask, 10_000), 12, "what was not used is not saved up");
    }

    #[test]
    fn callers_and_kinds_do_not_share() {
        let (limits, ada, ben) = (Limits::default(), Caller::Key("ada".into()), Caller::Key("ben".into()));
        assert_eq!(taken(&limits, &ada, Kind::Run, 0), 12);
        assert_eq!(taken(&limits, &ben, Kind::Run, 0), 12);
        assert_eq!(taken(&limits, &ada, Kind::Change, 0), 400);
        assert_eq!(taken(&limits, &Caller::Address([127, 0, 0, 1].into()), Kind::Run, 0), 96);
    }

    #[test]
    fn a_flood_of_callers_is_forgotten_and_nobody_else_is() {
        let limits = Limits::default();
        for number in 0..3 * REMEMBERED as u64 {
            let caller = Caller::Key(number.to_string());
            assert!(limits.take(caller, Kind::Read, Duration::from_millis(number)).is_ok());
        }
        assert!(limits.0.lock().unwrap().len() <= REMEMBERED);
    }

    #[test]
    fn requests_are_counted_by_what_they_cost() {
        for (method, path, kind) in [
            (Method::GET, "/api/sessions", Kind::Read),
            (Method::GET, "/sign-in", Kind::Read),
            (Method::GET, "/sign-in/oidc/callback", Kind::SignIn),
            (Method::POST, "/api/sessions", Kind::SetUp),
            (Method::POST, "/api/sessions/x/prompts", Kind::Ask),
            (Method::POST, "/api/sessions/x/runs", Kind::Run),
            (Method::POST, "/api/sessions/x/edits", Kind::Change),
            (Method::PUT, "/api/sessions/x/questions/y", Kind::Change),
            (Method::DELETE, "/api/sessions/x/flags/y", Kind::Change),
        ] {
            assert_eq!(Kind::of(&method, path), kind, "{method} {path}");
        }
    }
}
