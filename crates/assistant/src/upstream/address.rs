//! Where requests go, and what all of them carry.

use super::config::{KeyHeader, Secret, UpstreamConfig};
use super::dialect::Request;
use super::error::UpstreamError;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Url};
use std::sync::Once;
use std::time::Duration;

/// Connections are given up before a common server would close them.
const POOL_IDLE: Duration = Duration::from_secs(30);

/// A client for one host.
pub(super) fn client(base: &Url, config: &UpstreamConfig) -> Result<Client, UpstreamError> {
    install_provider();
    let mut builder = Client::builder()
        .user_agent(concat!("caveat/", env!("CARGO_PKG_VERSION")))
        .default_headers(headers(config.key.as_ref(), config.key_header)?)
        // A redirect would carry prompts and key to a host that nobody configured.
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(config.limits.connect)
        .pool_idle_timeout(POOL_IDLE)
        .tcp_nodelay(true);
    if is_loopback(base) {
        builder = builder.no_proxy();
    }
    builder.build().map_err(UpstreamError::Client)
}

/// reqwest is built without a cryptography provider of its own, so that only ring is compiled.
fn install_provider() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        // An error says that the process has one already, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

/// The base address, where it can work.
pub(super) fn base(text: &str) -> Result<Url, UpstreamError> {
    let bad = |why: &str| UpstreamError::Address { why: why.to_owned() };
    let base = Url::parse(text.trim_end_matches('/')).map_err(|error| bad(&error.to_string()))?;
    if !matches!(base.scheme(), "http" | "https") {
        return Err(bad("it must begin with http:// or https://"));
    }
    if !base.username().is_empty() || base.password().is_some() {
        return Err(bad("it holds a name or password; give the key apart"));
    }
    if base.query().is_some() || base.fragment().is_some() {
        return Err(bad("it holds a `?` or `#`; give the part before it"));
    }
    Ok(base)
}

/// Where a request goes.
pub(super) fn of(base: &Url, request: &Request) -> Url {
    let mut address = base.clone();
    // Only addresses that are no base, such as `data:`, have no segments, and the scheme was looked at.
    if let Ok(mut segments) = address.path_segments_mut() {
        segments.pop_if_empty().extend(&request.path);
    }
    address.set_query(request.query);
    address
}

fn is_loopback(address: &Url) -> bool {
    address.host_str().is_some_and(|host| {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || bare.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
    })
}

fn headers(key: Option<&Secret>, place: KeyHeader) -> Result<HeaderMap, UpstreamError> {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("text/event-stream"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(key) = key {
        let (name, before) = place.parts();
        let value = HeaderValue::from_str(&format!("{before}{}", key.tell()));
        let mut value = value.map_err(|_| UpstreamError::Key)?;
        value.set_sensitive(true);
        headers.insert(HeaderName::from_static(name), value);
    }
    Ok(headers)
}
