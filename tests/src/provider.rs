//! An identity provider on loopback that says what a test wants it to say.

use chrono::{DateTime, Utc};
use openidconnect::core::{
    CoreEdDsaPrivateSigningKey, CoreIdToken, CoreIdTokenClaims, CoreJsonWebKeySet, CoreJwsSigningAlgorithm,
};
use openidconnect::{
    AccessToken, Audience, EmptyAdditionalClaims, EndUserEmail, IssuerUrl, JsonWebKeyId, Nonce, PkceCodeChallenge,
    PkceCodeVerifier, PrivateSigningKey, StandardClaims, SubjectIdentifier,
};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

// Known to everybody, good for nothing but tests.
const KEYS: [&str; 2] = [
    "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIIWwcvexw92Do7SDaHZLadgjKr7Kmop7sUxIexKL03T5\n-----END PRIVATE KEY-----\n",
    "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIGuP+MYpwJ99NUrMGfBl53Y1wCECPUuXrWQaPrMU3FvY\n-----END PRIVATE KEY-----\n",
];
const ACCESS: &str = "an-access-token";

/// What the provider says.
#[derive(Clone, Debug)]
pub struct Says {
    /// Whose mail address it is.
    pub mail: Option<String>,
    /// Whether it is theirs.
    pub verified: Option<bool>,
    /// The mail address comes only to who asks for it.
    pub apart: bool,
    /// For which sign-in.
    pub nonce: String,
    /// What the verifier must hash to.
    pub challenge: String,
    /// For which server.
    pub audience: String,
    /// Until when, in Unix milliseconds.
    pub expires: i64,
    /// Which of its two keys signs, and which one it tells of; each is named by its number.
    pub signs: usize,
    /// The name of the key in the proof.
    pub named: usize,
    /// Which it tells of.
    pub tells: usize,
    /// What it answers to every question instead.
    pub instead: Option<String>,
}

/// The provider.
pub struct FakeProvider {
    /// Its address.
    pub issuer: String,
    says: Arc<Mutex<Says>>,
}

impl FakeProvider {
    /// A provider that vouches for a mail address, for a server whose clock shows `wall`.
    pub async fn start(mail: &str, wall: i64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        Self::on(listener, mail, wall)
    }

    /// The same where somebody listens already.
    pub fn on(listener: TcpListener, mail: &str, wall: i64) -> Self {
        let issuer = format!("http://{}", listener.local_addr().expect("an address"));
        let says = Arc::new(Mutex::new(Says {
            mail: Some(mail.to_owned()),
            verified: Some(true),
            apart: false,
            nonce: String::new(),
            challenge: String::new(),
            audience: "caveat".to_owned(),
            expires: wall + 300_000,
            signs: 0,
            named: 0,
            tells: 0,
            instead: None,
        }));
        let (known, name) = (Arc::clone(&says), issuer.clone());
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let said = Arc::clone(&known);
                tokio::spawn(answer(socket, said, name.clone()));
            }
        });
        Self { issuer, says }
    }

    /// Has it say something else.
    pub fn say(&self, change: impl FnOnce(&mut Says)) {
        change(&mut self.says.lock().expect("what it says"));
    }
}

async fn answer(socket: TcpStream, says: Arc<Mutex<Says>>, issuer: String) {
    let mut socket = BufReader::new(socket);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if socket.read_line(&mut line).await.unwrap_or(0) <= 2 {
            break;
        }
        if let Some(bytes) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = bytes.trim().parse().expect("a length");
        }
        head += &line;
    }
    let mut body = vec![0; length];
    socket.read_exact(&mut body).await.expect("the body");
    let says = says.lock().expect("what it says").clone();
    let answer = says.instead.clone().unwrap_or_else(|| {
        let path = head.split(' ').nth(1).unwrap_or_default();
        let (status, body) = respond(path, &head, &String::from_utf8_lossy(&body), &says, &issuer);
        let body = body.to_string();
        format!(
            "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
    });
    // Whoever asked may have heard enough.
    let _ = socket.write_all(answer.as_bytes()).await;
}

fn respond(path: &str, head: &str, body: &str, says: &Says, issuer: &str) -> (u16, Value) {
    match path {
        "/.well-known/openid-configuration" => (
            200,
            json!({
                "issuer": issuer,
                "authorization_endpoint": format!("{issuer}/authorize"),
                "token_endpoint": format!("{issuer}/token"),
                "userinfo_endpoint": format!("{issuer}/me"),
                "jwks_uri": format!("{issuer}/keys"),
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["EdDSA"],
            }),
        ),
        "/keys" => {
            let keys = CoreJsonWebKeySet::new(vec![key(says.tells, says.tells).as_verification_key()]);
            (200, serde_json::to_value(keys).expect("JSON"))
        }
        "/token" => token(head, body, says, issuer),
        "/me" if head.contains(&format!("Bearer {ACCESS}")) => {
            (200, json!({"sub": "s-1", "email": says.mail, "email_verified": says.verified, "name": "Grace Hopper"}))
        }
        _ => (404, json!({})),
    }
}

/// The proof, for who shows the code, the secret, and what the sign-in began with.
fn token(head: &str, body: &str, says: &Says, issuer: &str) -> (u16, Value) {
    let field = |name: &str| {
        let pairs = body.split('&').filter_map(|pair| pair.split_once('='));
        pairs.filter(|(known, _)| *known == name).map(|(_, value)| value.to_owned()).next().unwrap_or_default()
    };
    let challenge = PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(field("code_verifier")));
    // caveat:hush
    let known = head.to_ascii_lowercase().contains("authorization: basic") && head.contains("Y2F2ZWF0Omh1c2g=");
    if !known || field("code") != "a-code" || challenge.as_str() != says.challenge {
        return (400, json!({"error": "invalid_grant"}));
    }
    let at = |millis: i64| DateTime::<Utc>::from_timestamp_millis(millis).expect("a time");
    let mail = says.mail.clone().filter(|_| !says.apart).map(EndUserEmail::new);
    let who = StandardClaims::new(SubjectIdentifier::new("s-1".to_owned()))
        .set_email(mail)
        .set_email_verified(says.verified.filter(|_| !says.apart));
    let claims = CoreIdTokenClaims::new(
        IssuerUrl::new(issuer.to_owned()).expect("an issuer"),
        vec![Audience::new(says.audience.clone())],
        at(says.expires),
        at(says.expires - 300_000),
        who,
        EmptyAdditionalClaims {},
    )
    .set_nonce(Some(Nonce::new(says.nonce.clone())));
    let access = AccessToken::new(ACCESS.to_owned());
    let key = key(says.signs, says.named);
    let token = CoreIdToken::new(claims, &key, CoreJwsSigningAlgorithm::EdDsa, Some(&access), None).expect("a token");
    (200, json!({"access_token": ACCESS, "token_type": "Bearer", "id_token": token}))
}

fn key(number: usize, named: usize) -> CoreEdDsaPrivateSigningKey {
    let name = Some(JsonWebKeyId::new(named.to_string()));
    CoreEdDsaPrivateSigningKey::from_ed25519_pem(KEYS[number], name).expect("a key")
}
