//! HTTP: routes, who may do what, the live feed, the embedded page. The only room that knows axum.

mod access;
mod api_keys;
mod assets;
mod audit;
mod cards;
mod dto;
mod error;
mod feed;
mod headers;
mod limits;
mod links;
mod models;
#[cfg(feature = "oidc")]
pub mod oidc;
#[cfg(not(feature = "oidc"))]
#[path = "no_oidc.rs"]
pub mod oidc;
mod people;
mod read;
mod routes;
mod sessions;
mod work;

pub use error::{ApiError, ErrorBody};
pub use routes::openapi;

use engine::Engine;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

/// What the routes work with.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) engine: Engine,
    /// The server is for its own machine alone: its owner need not sign in.
    pub(crate) local: bool,
    /// What links begin with.
    pub(crate) public_url: Option<String>,
    /// Who else vouches for people.
    pub(crate) provider: Option<Arc<oidc::Provider>>,
    /// What callers may still ask for.
    pub(crate) limits: Arc<limits::Limits>,
}

impl App {
    /// Whether browsers reach it by TLS.
    fn is_secure(&self) -> bool {
        self.public_url.as_ref().is_some_and(|url| url.starts_with("https://"))
    }

    /// The cookie of a sign-in; its prefix lets no other host and no plain connection set it.
    fn cookie_name(&self) -> &'static str {
        if self.is_secure() { "__Host-caveat" } else { "caveat" }
    }

    /// The header that gives a browser a cookie for so many seconds; for none, it takes the cookie away.
    fn set_cookie(&self, name: &str, value: &str, kept_s: u32) -> String {
        let secure = if self.is_secure() { "; Secure" } else { "" };
        format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={kept_s}{secure}")
    }
}

/// How the server is reached.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What links begin with, such as `https://interviews.example.org`; none: as the request named the server.
    pub public_url: Option<String>,
    /// Who else vouches for people, so that they sign in without a password of this server.
    pub provider: Option<Arc<oidc::Provider>>,
}

impl Options {
    /// Whether a server that listens there is for its own machine alone, so that its owner need not sign in. One that
    /// has a public name is not, wherever it listens: a proxy lets others in.
    pub fn is_local(&self, listening: SocketAddr) -> bool {
        listening.ip().is_loopback() && self.public_url.is_none()
    }
}

/// Requests under way may take this long after the server was told to stop; feeds would never end by themselves.
const LAST_REQUESTS: Duration = Duration::from_secs(3);

/// Serves until `stop` ends.
pub async fn serve(
    listener: TcpListener,
    engine: Engine,
    options: Options,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let local = options.is_local(listener.local_addr()?);
    let Options { public_url, provider } = options;
    let app = Arc::new(App { engine, local, public_url, provider, limits: Arc::default() });
    let service = routes::router(app).into_make_service_with_connect_info::<SocketAddr>();
    // Small events must not wait for an acknowledgement: without this a stream's words come 40 ms late.
    let listener = axum::serve::ListenerExt::tap_io(listener, |socket| {
        if let Err(error) = socket.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY could not be set");
        }
    });
    let (stopping, stopped) = tokio::sync::watch::channel(false);
    let graceful = async move {
        stop.await;
        stopping.send_replace(true);
    };
    let too_long = async {
        let mut stopped = stopped;
        // The sender goes with the server: then there is nothing to wait for.
        if stopped.wait_for(|stopped| *stopped).await.is_err() {
            std::future::pending::<()>().await;
        }
        tokio::time::sleep(LAST_REQUESTS).await;
    };
    tokio::select! {
        served = async { axum::serve(listener, service).with_graceful_shutdown(graceful).await } => served,
        () = too_long => Ok(()),
    }
}
