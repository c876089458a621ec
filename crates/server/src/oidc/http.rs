//! How the provider is asked: by TLS, within seconds, never elsewhere than asked, and no endless answers.

use openidconnect::{HttpRequest, HttpResponse};
use reqwest::{Client, Url};
use std::time::Duration;

const CONNECT: Duration = Duration::from_secs(5);
const TOTAL: Duration = Duration::from_secs(10);

/// Bytes of an answer; a long list of keys has a few thousand.
const ANSWER_BYTES: usize = 1 << 20;

/// Why the provider gave no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unanswered {
    #[error(transparent)]
    Http(#[from] reqwest::Error),
    #[error("the answer is longer than {ANSWER_BYTES} bytes")]
    TooLong,
}

/// A client for a provider on this machine, or for one that is reached by TLS.
pub(super) fn client(on_this_machine: bool) -> Result<Client, reqwest::Error> {
    // Fails when there is one already: the assistant installs the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = Client::builder()
        .user_agent(concat!("caveat/", env!("CARGO_PKG_VERSION")))
        // A redirect would carry secrets to where nobody said they should go.
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT)
        .timeout(TOTAL)
        .https_only(!on_this_machine);
    if on_this_machine {
        builder = builder.no_proxy();
    }
    builder.build()
}

pub(super) async fn send(client: Client, request: HttpRequest) -> Result<HttpResponse, Unanswered> {
    let request = reqwest::Request::try_from(request)?;
    let mut response = client.execute(request).await.map_err(reqwest::Error::without_url)?;
    let mut answer = HttpResponse::new(Vec::new());
    *answer.status_mut() = response.status();
    *answer.headers_mut() = std::mem::take(response.headers_mut());
    while let Some(chunk) = response.chunk().await.map_err(reqwest::Error::without_url)? {
        if answer.body().len() + chunk.len() > ANSWER_BYTES {
            return Err(Unanswered::TooLong);
        }
        answer.body_mut().extend_from_slice(&chunk);
    }
    Ok(answer)
}

/// Whether an address is on this machine, where no TLS is needed.
pub(super) fn is_on_this_machine(address: &Url) -> bool {
    address.host_str().is_some_and(|host| {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || bare.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_is_on_this_machine() {
        for (address, expected) in [
            ("http://localhost:8080", true),
            ("http://127.0.0.1/x", true),
            ("http://[::1]:1", true),
            ("http://127.0.0.1.evil.example", false),
            ("http://localhost.evil.example", false),
            ("https://id.example.org", false),
            ("http://10.0.0.1", false),
        ] {
            assert_eq!(is_on_this_machine(&Url::parse(address).expect("an address")), expected, "{address}");
        }
    }
}
