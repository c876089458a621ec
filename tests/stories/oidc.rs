//! Signing in with OpenID Connect: who comes in, who does not, and what the page is told.

use crate::accounts::{Who, first_admin, person, send};
use domain::access::Role;
use serde_json::{Value, json};
use server::oidc::{Provider, Settings};
use std::collections::BTreeMap;
use std::sync::Arc;
use tests::{FakeProvider, House, PUBLIC_URL, Says};
use tokio::net::TcpListener;

const NINE_O_CLOCK: i64 = 1_767_603_600_000;

fn provider(issuer: &str, new_people: Option<Role>) -> Option<Arc<Provider>> {
    let settings = Settings {
        issuer: issuer.to_owned(),
        client_id: "caveat".to_owned(),
        client_secret: "hush".to_owned(),
        name: "Example".to_owned(),
        new_people,
    };
    Some(Arc::new(Provider::new(settings, PUBLIC_URL).expect("a provider")))
}

/// A server, a provider that vouches for `mail`, and an admin.
async fn scene(seed: u64, mail: &str, new_people: Option<Role>) -> (House, FakeProvider, Who) {
    let fake = FakeProvider::start(mail, NINE_O_CLOCK).await;
    let house = House::open_to_others_with(seed, provider(&fake.issuer, new_people)).await;
    let admin = first_admin(&house).await;
    (house, fake, admin)
}

/// Where a browser is sent, and the cookies it is given; redirects are not followed.
async fn visit(house: &House, path: &str, cookie: &str) -> (String, BTreeMap<String, String>) {
    let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    let request = client.build().expect("a client").get(format!("http://{}{path}", house.address));
    let response = request.header("cookie", cookie).send().await.expect("an answer");
    assert_eq!(response.status(), 303, "{path}");
    let header = |value: &reqwest::header::HeaderValue| value.to_str().expect("text").to_owned();
    let mut cookies = BTreeMap::new();
    for cookie in response.headers().get_all("set-cookie").into_iter().map(header) {
        for part in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/"] {
            assert!(cookie.split("; ").any(|known| known == part), "{cookie}");
        }
        let (name, rest) = cookie.split_once('=').expect("a name");
        cookies.insert(name.to_owned(), rest.split(';').next().unwrap_or_default().to_owned());
    }
    (response.headers().get("location").map(header).expect("a place"), cookies)
}

/// A sign-in that is under way: what the provider was told, and the browser's cookie.
struct Way {
    told: BTreeMap<String, String>,
    cookie: String,
}

/// Goes to the provider, which learns for which sign-in it vouches.
async fn leave(house: &House, fake: &FakeProvider) -> Way {
    let (place, cookies) = visit(house, "/sign-in/oidc", "").await;
    let place = reqwest::Url::parse(&place).expect("an address");
    assert_eq!(format!("{}{}", fake.issuer, "/authorize"), place.as_str().split('?').next().unwrap_or_default());
    let told: BTreeMap<String, String> = place.query_pairs().into_owned().collect();
    fake.say(|says| (says.nonce, says.challenge) = (told["nonce"].clone(), told["code_challenge"].clone()));
    Way { told, cookie: format!("__Host-caveat-sign-in={}", cookies["__Host-caveat-sign-in"]) }
}

/// Comes back from it: the problem, or who signed in.
async fn come_back(house: &House, query: &str, cookie: &str) -> Result<Who, String> {
    let (place, mut cookies) = visit(house, &format!("/sign-in/oidc/callback?{query}"), cookie).await;
    assert_eq!(cookies.remove("__Host-caveat-sign-in").as_deref(), Some(""), "the way is over");
    match place.strip_prefix("/sign-in?problem=") {
        Some(problem) => {
            assert!(cookies.is_empty(), "{cookies:?}");
            Err(problem.to_owned())
        }
        None => {
            assert_eq!(place, "/");
            Ok(Who::Person(cookies.remove("__Host-caveat").expect("a cookie")))
        }
    }
}

async fn sign_in(house: &House, fake: &FakeProvider) -> Result<Who, String> {
    let way = leave(house, fake).await;
    come_back(house, &way.query(), &way.cookie).await
}

impl Way {
    fn query(&self) -> String {
        format!("code=a-code&state={}", self.told["state"])
    }
}

async fn me(house: &House, who: &Who) -> Value {
    send(house, who, "GET", "/api/me", None).await.ok()
}

#[tokio::test]
async fn somebody_with_an_account_comes_in_by_a_provider_that_vouches_for_their_address() {
    let (house, fake, admin) = scene(1, " Reviewer@Example.org ", None).await;
    let (id, _) = person(&house, &admin, "reviewer").await;
    assert_eq!(me(&house, &Who::Nobody).await["provider"], "Example");
    let way = leave(&house, &fake).await;
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", "caveat"),
        ("code_challenge_method", "S256"),
        ("scope", "openid email profile"),
        ("redirect_uri", "https://caveat.example/sign-in/oidc/callback"),
    ] {
        assert_eq!(way.told[name], value);
    }
    let who = come_back(&house, &way.query(), &way.cookie).await.expect("somebody");
    assert_eq!(me(&house, &who).await["person"]["id"], json!(id));
    let newest = send(&house, &admin, "GET", "/api/audit", None).await.ok()["entries"][0].clone();
    assert_eq!((&newest["act"], &newest["actor"]), (&json!("signed_in"), &json!({"type": "person", "id": id})));
    assert_eq!(send(&house, &who, "POST", "/api/sign-out", None).await.status, 204);
    assert_eq!(me(&house, &who).await["actor"], Value::Null);
}

#[tokio::test]
async fn a_way_back_that_is_not_the_one_begun_here_leads_nowhere() {
    let (house, fake, _) = scene(2, "ada@example.org", None).await;
    let (one, other) = (leave(&house, &fake).await, leave(&house, &fake).await);
    let state = &one.told["state"];
    for (query, cookie, problem) in [
        ("code=a-code".to_owned(), one.cookie.clone(), "stale"),
        (format!("code=a-code&state={}", "0".repeat(64)), one.cookie.clone(), "stale"),
        (one.query(), String::new(), "stale"),
        (one.query(), other.cookie.clone(), "stale"),
        (format!("{}&state=twice", one.query()), one.cookie.clone(), "stale"),
        (format!("state={state}"), one.cookie.clone(), "refused"),
    ] {
        let came = come_back(&house, &query, &cookie).await;
        assert_eq!(came.err().as_deref(), Some(problem), "{query} {cookie}");
    }
    for (query, problem) in [
        ("error=access_denied&error_description=%3Cb%3Epay", "declined"),
        ("code=a-code&iss=https%3A%2F%2Fother.example", "refused"),
        ("code=another-code", "refused"),
    ] {
        let way = leave(&house, &fake).await;
        let query = format!("{query}&state={}", way.told["state"]);
        assert_eq!(come_back(&house, &query, &way.cookie).await.err().as_deref(), Some(problem), "{query}");
    }
    let way = leave(&house, &fake).await;
    assert!(come_back(&house, &way.query(), &way.cookie).await.is_ok());
    assert_eq!(come_back(&house, &way.query(), &way.cookie).await.err().as_deref(), Some("stale"), "a second time");
    for (seconds, expected) in [(599, None), (600, Some("stale"))] {
        let way = leave(&house, &fake).await;
        house.pass(seconds);
        fake.say(|says| says.expires = NINE_O_CLOCK + 3_600_000);
        assert_eq!(come_back(&house, &way.query(), &way.cookie).await.err().as_deref(), expected, "{seconds} s");
    }
}

#[tokio::test]
async fn a_proof_that_does_not_hold_lets_nobody_in() {
    let (house, fake, _) = scene(3, "ada@example.org", Some(Role::Observer)).await;
    type Change = fn(&mut Says);
    let changes: [(&str, Change, &str); 11] = [
        ("another sign-in's", |says| says.nonce = "0".repeat(64), "refused"),
        ("another verifier's", |says| says.challenge = "0".repeat(43), "refused"),
        ("another server's", |says| says.audience = "other".into(), "refused"),
        ("of yesterday", |says| says.expires = NINE_O_CLOCK - 1_000, "refused"),
        ("signed by another key", |says| says.signs = 1, "refused"),
        ("with a key nobody knows", |says| (says.signs, says.named) = (1, 1), "refused"),
        ("not verified", |says| says.verified = Some(false), "unverified"),
        ("perhaps verified", |says| says.verified = None, "unverified"),
        ("without an address", |says| says.mail = None, "unverified"),
        ("with something that is no address", |says| says.mail = Some("ada".into()), "unverified"),
        ("with another sign for K", |says| says.mail = Some("\u{212a}@example.org".into()), "unknown"),
    ];
    for (what, change, problem) in changes {
        let way = leave(&house, &fake).await;
        let mut before = None;
        fake.say(|says| {
            before = Some(says.clone());
            change(says);
        });
        let came = come_back(&house, &way.query(), &way.cookie).await;
        assert_eq!(came.err().as_deref(), Some(problem), "{what}");
        fake.say(|says| *says = before.take().expect("what it said"));
    }
    assert!(sign_in(&house, &fake).await.is_ok(), "all else was right");
}

#[tokio::test]
async fn somebody_without_an_account_is_turned_away_or_gets_one_as_the_settings_say() {
    let (house, fake, admin) = scene(4, "grace@example.org", None).await;
    assert_eq!(sign_in(&house, &fake).await.err().as_deref(), Some("unknown"));
    let count = async |house: &House, admin: &Who| {
        send(house, admin, "GET", "/api/people", None).await.ok()["people"].as_array().map(Vec::len)
    };
    assert_eq!(count(&house, &admin).await, Some(1));
    for (seed, role) in [(5, Role::Observer), (6, Role::Reviewer), (7, Role::Interviewer)] {
        let (house, fake, admin) = scene(seed, "Grace@example.org", Some(role)).await;
        fake.say(|says| says.apart = true);
        let who = sign_in(&house, &fake).await.expect("somebody");
        let known = me(&house, &who).await["person"].clone();
        assert_eq!((&known["mail"], &known["role"]), (&json!("grace@example.org"), &json!(role)));
        assert_eq!(known["name"], "Grace Hopper");
        let again = sign_in(&house, &fake).await.expect("the same");
        assert_eq!(me(&house, &again).await["person"]["id"], known["id"]);
        assert_eq!(count(&house, &admin).await, Some(2));
    }
}

#[tokio::test]
async fn whoever_has_the_set_up_link_comes_first() {
    let fake = FakeProvider::start("grace@example.org", NINE_O_CLOCK).await;
    let house = House::open_to_others_with(8, provider(&fake.issuer, Some(Role::Interviewer))).await;
    assert_eq!(sign_in(&house, &fake).await.err().as_deref(), Some("no_admin"));
    first_admin(&house).await;
    assert!(sign_in(&house, &fake).await.is_ok());
}

#[tokio::test]
async fn a_provider_that_is_down_holds_nothing_else_up_and_is_asked_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let house = House::open_to_others_with(9, provider(&format!("http://{address}"), None)).await;
    let admin = first_admin(&house).await;
    let unreachable = async || visit(&house, "/sign-in/oidc", "").await.0 == "/sign-in?problem=unreachable";
    assert!(unreachable().await);
    assert_eq!(me(&house, &admin).await["may_administer"], true);
    let fake =
        FakeProvider::on(TcpListener::bind(address).await.expect("the same port"), "ada@example.org", NINE_O_CLOCK);
    assert!(unreachable().await, "it is left in peace for a while");
    house.pass(5);
    assert!(sign_in(&house, &fake).await.is_ok());
}

#[tokio::test]
async fn answers_that_lead_elsewhere_or_never_end_are_no_answers() {
    let elsewhere = FakeProvider::start("ada@example.org", NINE_O_CLOCK).await;
    let long = format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n\"{}", "x".repeat((1 << 20) + 1));
    let location = format!("{}/.well-known/openid-configuration", elsewhere.issuer);
    let redirect = format!("HTTP/1.1 302 Found\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n");
    for instead in [redirect, long, "HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n".to_owned(), String::new()] {
        let (house, fake, _) = scene(10, "ada@example.org", None).await;
        fake.say(|says| says.instead = Some(instead));
        assert_eq!(visit(&house, "/sign-in/oidc", "").await.0, "/sign-in?problem=unreachable");
    }
}

#[tokio::test]
async fn a_provider_may_change_its_keys() {
    let (house, fake, _) = scene(11, "ada@example.org", None).await;
    assert!(sign_in(&house, &fake).await.is_ok());
    fake.say(|says| (says.signs, says.named, says.tells) = (1, 1, 1));
    assert_eq!(sign_in(&house, &fake).await.err().as_deref(), Some("refused"), "it was asked a moment ago");
    house.pass(60);
    assert!(sign_in(&house, &fake).await.is_ok());
}

#[tokio::test]
async fn a_server_without_a_provider_has_no_such_way() {
    let house = House::open_to_others(12).await;
    assert_eq!(me(&house, &Who::Nobody).await["provider"], Value::Null);
    let page = send(&house, &Who::Nobody, "GET", "/sign-in/oidc", None).await;
    assert_eq!((page.status, page.header("location"), page.header("set-cookie")), (200, None, None));
}
