//! What is asked of the provider, and when its proof holds.

use super::Provider;
use super::http;
use super::pending::Begun;
use super::problem::Problem;
use chrono::{DateTime, Utc};
use engine::{Engine, Vouched};
use futures_util::future::BoxFuture;
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreClientAuthMethod, CoreIdToken, CoreIdTokenClaims, CoreProviderMetadata,
    CoreTokenResponse, CoreUserInfoClaims,
};
use openidconnect::url::Url;
use openidconnect::{
    AccessTokenHash, AuthType, AuthorizationCode, ClaimsVerificationError, CsrfToken, EndpointMaybeSet, EndpointNotSet,
    EndpointSet, HttpRequest, HttpResponse, Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, Scope,
    SignatureVerificationError, TokenResponse,
};
use std::sync::Arc;
use std::time::Duration;

/// What a provider said about itself is believed for so long.
const BELIEVED: Duration = Duration::from_secs(3600);
/// The same, when its proof names a key that it did not tell of then: it may have new ones.
const BELIEVED_LESS: Duration = Duration::from_secs(60);
/// A provider that did not answer is left in peace for so long.
const LEFT_IN_PEACE: Duration = Duration::from_secs(5);

type Client =
    CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;

impl Provider {
    /// Where a browser goes to sign in, for a sign-in that comes back with `state`.
    pub(super) async fn address(&self, engine: &Engine, state: &str, begun: &Begun) -> Result<Url, Problem> {
        let about = self.about(engine, BELIEVED).await?;
        let (state, nonce) = (state.to_owned(), begun.nonce.clone());
        let client = self.client(&about);
        let flow = CoreAuthenticationFlow::AuthorizationCode;
        let request = client.authorize_url(flow, || CsrfToken::new(state), || Nonce::new(nonce));
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(begun.verifier.clone()));
        let scopes = ["email", "profile"].map(|scope| Scope::new(scope.to_owned()));
        let (address, _, _) = request.add_scopes(scopes).set_pkce_challenge(challenge).url();
        if address.scheme() == "https" || self.on_this_machine {
            Ok(address)
        } else {
            Err(Problem::Unreachable.said("the provider has people sign in without TLS"))
        }
    }

    /// For whom the provider vouches, when it is shown the code that a browser brought back.
    pub(super) async fn vouched(&self, engine: &Engine, code: String, begun: Begun) -> Result<Vouched, Problem> {
        let about = self.about(engine, BELIEVED).await?;
        let client = self.client(&about);
        let request = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|error| Problem::Unreachable.because(&error))?
            .set_pkce_verifier(PkceCodeVerifier::new(begun.verifier));
        let answer = request.request_async(&self.http()).await.map_err(|error| match error {
            openidconnect::RequestTokenError::Request(error) => Problem::Unreachable.because(&error),
            error => Problem::Refused.because(&error),
        })?;
        let token = answer.id_token().ok_or_else(|| Problem::Refused.said("the answer has no ID token"))?;
        let nonce = Nonce::new(begun.nonce);
        let claims = match self.claims(engine, &about, token, &answer, &nonce) {
            Err(ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey)) => {
                let about = self.about(engine, BELIEVED_LESS).await?;
                self.claims(engine, &about, token, &answer, &nonce)
            }
            claims => claims,
        };
        let claims = claims.map_err(|error| Problem::Refused.because(&error))?;
        if claims.email().is_some() {
            let name = claims.name().and_then(|name| name.get(None)).map(|name| name.to_string());
            return person(claims.email().map(|mail| mail.to_string()), claims.email_verified(), name);
        }
        // Some providers tell mail addresses only to who asks for them.
        let request = client.user_info(answer.access_token().clone(), Some(claims.subject().clone()));
        let Ok(request) = request else { return Err(Problem::Unverified) };
        let more: CoreUserInfoClaims =
            request.request_async(&self.http()).await.map_err(|error| Problem::Refused.because(&error))?;
        let name = more.name().and_then(|name| name.get(None)).map(|name| name.to_string());
        person(more.email().map(|mail| mail.to_string()), more.email_verified(), name)
    }

    /// What the token says, if it is the provider's, for this server, for this sign-in, and of now.
    fn claims(
        &self,
        engine: &Engine,
        about: &CoreProviderMetadata,
        token: &CoreIdToken,
        answer: &CoreTokenResponse,
        nonce: &Nonce,
    ) -> Result<CoreIdTokenClaims, ClaimsVerificationError> {
        let client = self.client(about);
        let now = DateTime::<Utc>::from_timestamp_millis(engine.wall()).unwrap_or_default();
        let verifier = client.id_token_verifier().set_time_fn(move || now);
        let claims = token.claims(&verifier, nonce)?.clone();
        if let Some(expected) = claims.access_token_hash() {
            let unsigned = ClaimsVerificationError::SignatureVerification;
            let (alg, key) = (token.signing_alg().map_err(unsigned)?, token.signing_key(&verifier).map_err(unsigned)?);
            let actual = AccessTokenHash::from_token(answer.access_token(), alg, key)
                .map_err(|error| ClaimsVerificationError::Other(error.to_string()))?;
            if actual != *expected {
                return Err(ClaimsVerificationError::Other("the access token is not the one of the ID token".into()));
            }
        }
        Ok(claims)
    }

    /// What the provider says about itself, asked for when it is wanted and not known, or too old.
    async fn about(&self, engine: &Engine, believed: Duration) -> Result<Arc<CoreProviderMetadata>, Problem> {
        let mut about = self.about.lock().await;
        let now = engine.elapsed();
        if let Some((known, _)) = about.known.as_ref().filter(|(_, at)| now < *at + believed) {
            return Ok(Arc::clone(known));
        }
        if about.failed.is_some_and(|at| now < at + LEFT_IN_PEACE) {
            return Err(Problem::Unreachable);
        }
        match CoreProviderMetadata::discover_async(self.issuer.clone(), &self.http()).await {
            Ok(found) => {
                let found = Arc::new(found);
                (about.known, about.failed) = (Some((Arc::clone(&found), engine.elapsed())), None);
                Ok(found)
            }
            Err(error) => {
                about.failed = Some(engine.elapsed());
                Err(Problem::Unreachable.because(&error))
            }
        }
    }

    fn client(&self, about: &CoreProviderMetadata) -> Client {
        let ways = about.token_endpoint_auth_methods_supported();
        let only_in_the_body = ways.is_some_and(|ways| {
            ways.contains(&CoreClientAuthMethod::ClientSecretPost)
                && !ways.contains(&CoreClientAuthMethod::ClientSecretBasic)
        });
        let way = if only_in_the_body { AuthType::RequestBody } else { AuthType::BasicAuth };
        CoreClient::from_provider_metadata(about.clone(), self.id.clone(), Some(self.secret.clone()))
            .set_redirect_uri(self.back.clone())
            .set_auth_type(way)
    }

    fn http(&self) -> impl Fn(HttpRequest) -> BoxFuture<'static, Result<HttpResponse, http::Unanswered>> {
        let client = self.http.clone();
        move |request| Box::pin(http::send(client.clone(), request))
    }
}

/// Somebody whose mail address the provider knows to be theirs.
fn person(mail: Option<String>, verified: Option<bool>, name: Option<String>) -> Result<Vouched, Problem> {
    match mail {
        Some(mail) if verified == Some(true) => Ok(Vouched { mail, name: name.unwrap_or_default() }),
        _ => Err(Problem::Unverified),
    }
}
