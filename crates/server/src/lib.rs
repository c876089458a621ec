//! HTTP: routes, who may do what, the live feed, the embedded page. The only room that knows axum.

mod access;
mod assets;
mod dto;
mod error;
mod feed;
mod headers;
mod read;
mod routes;
mod sessions;
mod work;

pub use error::{ApiError, ErrorBody};
pub use routes::openapi;

use axum::Router;
use engine::Engine;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;

/// What the routes work with.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) engine: Engine,
    /// The server listens on loopback only: its owner needs no sign-in.
    pub(crate) local: bool,
}

/// The whole service.
pub fn router(engine: Engine, local: bool) -> Router {
    routes::router(Arc::new(App { engine, local }))
}

/// Serves until `stop` ends; requests under way may finish.
pub async fn serve(
    listener: TcpListener,
    engine: Engine,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let local = listener.local_addr()?.ip().is_loopback();
    let service = router(engine, local).into_make_service_with_connect_info::<SocketAddr>();
    // Small events must not wait for an acknowledgement: without this a stream's words come 40 ms late.
    let listener = axum::serve::ListenerExt::tap_io(listener, |socket| {
        if let Err(error) = socket.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY could not be set");
        }
    });
    axum::serve(listener, service).with_graceful_shutdown(stop).await
}
