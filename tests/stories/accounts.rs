//! People, programs and what the server notes about them, on a server that others reach.

use futures_util::StreamExt;
use serde_json::{Value, json};
use tests::{House, Links, Program, Reply};
use tokio::time::{Duration, timeout};

const PASSWORD: &str = "correct horse battery";

/// What a request carries to say who it is.
#[derive(Clone, Debug)]
pub(crate) enum Who {
    /// Nothing.
    Nobody,
    /// A cookie.
    Person(String),
    /// A key in the authorization header.
    Key(String),
}

impl Who {
    fn header(&self) -> Option<(&str, String)> {
        match self {
            Self::Nobody => None,
            Self::Person(token) => Some(("cookie", format!("other=1; __Host-caveat={token}"))),
            Self::Key(key) => Some(("authorization", format!("Bearer {key}"))),
        }
    }
}

pub(crate) async fn send(house: &House, who: &Who, method: &str, path: &str, body: Option<Value>) -> Reply {
    let who = who.header();
    let mut headers = vec![("accept", "application/json")];
    headers.extend(who.as_ref().map(|(name, value)| (*name, value.as_str())));
    headers.extend(body.as_ref().map(|_| ("content-type", "application/json")));
    house.raw(method, path, &headers, body.map_or_else(String::new, |body| body.to_string())).await
}

fn token(reply: &Reply) -> String {
    let cookie = reply.header("set-cookie").expect("a cookie");
    for part in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/"] {
        assert!(cookie.split("; ").any(|known| known == part), "{cookie}");
    }
    let (name, rest) = cookie.split_once('=').expect("a name");
    assert_eq!(name, "__Host-caveat");
    rest.split(';').next().unwrap_or_default().to_owned()
}

/// The first admin, set up with the token that the server printed.
pub(crate) async fn first_admin(house: &House) -> Who {
    let printed = house.engine.begin_set_up().await.expect("a register").expect("a token");
    let body = json!({"token": printed, "name": "Ada", "mail": "Ada@Example.org", "password": PASSWORD});
    let made = send(house, &Who::Nobody, "POST", "/api/setup", Some(body)).await;
    assert_eq!((made.status, &made.body["role"]), (201, &json!("admin")), "{}", made.body);
    Who::Person(token(&made))
}

/// Somebody with a role; their id and who they are.
pub(crate) async fn person(house: &House, admin: &Who, role: &str) -> (String, Who) {
    let mail = format!("{role}@example.org");
    let body = json!({"name": role, "mail": mail, "role": role, "password": PASSWORD});
    let added = send(house, admin, "POST", "/api/people", Some(body)).await.ok();
    (added["id"].as_str().expect("an id").to_owned(), Who::Person(token(&sign_in(house, &mail, PASSWORD).await)))
}

async fn sign_in(house: &House, mail: &str, password: &str) -> Reply {
    send(house, &Who::Nobody, "POST", "/api/sign-in", Some(json!({"mail": mail, "password": password}))).await
}

pub(crate) async fn api_key(house: &House, admin: &Who, scopes: &[&str]) -> (String, Who) {
    let body = json!({"name": "a program", "scopes": scopes, "days": 2});
    let made = send(house, admin, "POST", "/api/keys", Some(body)).await.ok();
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    (text(&made["key"]["id"]), Who::Key(text(&made["token"])))
}

pub(crate) async fn session(house: &House, by: &Who) -> Links {
    let body = json!({"task": "helpdesk_rag", "mode": "interview"});
    let made = send(house, by, "POST", "/api/sessions", Some(body)).await;
    assert_eq!(made.status, 201, "{}", made.body);
    assert!(made.body["links"]["review"].as_str().is_some_and(|link| link.starts_with(tests::PUBLIC_URL)));
    Links::read(&made.body)
}

#[tokio::test]
async fn the_first_admin_comes_by_a_token_that_works_once() {
    let house = House::open_to_others(1).await;
    let me = async |who: &Who| send(&house, who, "GET", "/api/me", None).await.ok();
    let voided = house.engine.begin_set_up().await.expect("a register").expect("a token");
    assert_eq!(me(&Who::Nobody).await["awaits_set_up"], true);
    let printed = house.engine.begin_set_up().await.expect("a register").expect("a token");
    let try_with = async |token: &str, password: &str| {
        let body = json!({"token": token, "name": "Ada", "mail": "ada@example.org", "password": password});
        send(&house, &Who::Nobody, "POST", "/api/setup", Some(body)).await
    };
    for wrong in ["", &"0".repeat(64), &voided] {
        assert_eq!(try_with(wrong, PASSWORD).await.refusal(), (403, "bad_set_up"));
    }
    assert_eq!(try_with(&printed, "short").await.refusal(), (422, "bad_password"));
    let made = try_with(&printed, PASSWORD).await;
    assert_eq!(made.status, 201, "{}", made.body);
    assert_eq!(try_with(&printed, PASSWORD).await.refusal(), (403, "bad_set_up"));
    let known = me(&Who::Person(token(&made))).await;
    assert_eq!((&known["person"]["mail"], &known["may_administer"]), (&json!("ada@example.org"), &json!(true)));
    assert_eq!(known["awaits_set_up"], false);
    assert_eq!(house.engine.begin_set_up().await.expect("a register"), None, "nobody is set up twice");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_others_reach_prints_the_set_up_link_until_somebody_has_an_account() {
    let data = tempfile::TempDir::new().expect("a folder");
    let port = tests::free_port();
    let public = ["--public-url", tests::PUBLIC_URL];
    let (server, line) = Program::start("serve", data.path(), port, &public, "Make the first admin");
    let start = format!("{}/setup#token=", tests::PUBLIC_URL);
    let printed = line.split_once(&start).expect("the link").1.to_owned();
    let post = async |path: &str, body: Value| {
        let url = format!("http://127.0.0.1:{port}/api/{path}");
        tests::http()
            .post(url)
            .header("origin", tests::PUBLIC_URL)
            .json(&body)
            .send()
            .await
            .expect("an answer")
            .status()
    };
    assert_eq!(post("sessions", json!({"task": "helpdesk_rag", "mode": "practice"})).await, 401, "nobody is its owner");
    let first = json!({"token": printed, "name": "Ada", "mail": "ada@example.org", "password": PASSWORD});
    assert_eq!(post("setup", first).await, 201);
    server.kill();
    let (_server, line) = Program::start("serve", data.path(), port, &public, "http");
    assert!(line.contains("Caveat is at"), "no second link is printed: {line}");
    assert_eq!(post("sign-in", json!({"mail": "ada@example.org", "password": PASSWORD})).await, 200);
}

#[tokio::test]
async fn no_password_key_cookie_or_word_of_a_candidate_is_in_what_the_server_logs() {
    let data = tempfile::TempDir::new().expect("a folder");
    let port = tests::free_port();
    let config = data.path().join("models.toml");
    let key_file = data.path().join("model.key");
    std::fs::write(&key_file, "sk-model-secret").expect("a file");
    let models = format!(
        "[[model]]\nname = \"local\"\nbase_url = \"http://127.0.0.1:{}/v1\"\nmodel = \"m\"\nkey_file = {key_file:?}\n",
        tests::free_port()
    );
    std::fs::write(&config, models).expect("a file");
    let more = ["--public-url", tests::PUBLIC_URL, "--config", config.to_str().expect("a path")];
    let (server, line) = Program::start_logging("trace", "serve", data.path(), port, &more, "Make the first admin");
    let printed = line.split_once("#token=").expect("the link").1.to_owned();
    let call = async |path: &str, header: (&str, String), body: Value| {
        let request = tests::http().post(format!("http://127.0.0.1:{port}/api/{path}"));
        let request = request.header("origin", tests::PUBLIC_URL).header(header.0, header.1).json(&body);
        Reply::of(request).await
    };
    let nothing = || ("accept", "application/json".to_owned());
    let first = json!({"token": printed, "name": "Ada", "mail": "ada@example.org", "password": PASSWORD});
    assert_eq!(call("setup", nothing(), first).await.status, 201);
    let wrong = "a wrong battery horse";
    let sign_in = |password: &str| json!({"mail": "ada@example.org", "password": password});
    assert_eq!(call("sign-in", nothing(), sign_in(wrong)).await.status, 401);
    let cookie = token(&call("sign-in", nothing(), sign_in(PASSWORD)).await);
    let ada = || ("cookie", format!("__Host-caveat={cookie}"));
    let made = call("keys", ada(), json!({"name": "a program", "scopes": ["sessions:read"]})).await.ok();
    let session = json!({"task": "helpdesk_rag", "mode": "practice", "assistant": {"model": "local"}});
    let session = call("sessions", ada(), session).await.ok();
    let address = session["links"]["candidate"].as_str().expect("a link");
    let link = address.split_once("#key=").expect("a key").1;
    let path = |what: &str| format!("sessions/{}/{what}", session["id"].as_str().expect("an id"));
    let candidate = || ("authorization", format!("Bearer {link}"));
    call(&path("consent"), candidate(), json!({"views": true})).await.ok();
    call(&path("start"), candidate(), json!({})).await.ok();
    let words = "my neighbour Zacharias says hello";
    call(&path("prompts"), candidate(), json!({"text": words})).await.ok();
    let program = ("authorization", format!("Bearer {}", made["token"].as_str().expect("a token")));
    assert_ne!(call("keys", program, json!({"name": "x", "scopes": []})).await.status, 201);
    let said = server.said();
    assert!(said.contains("reqwest::connect"), "it does not log everything: {said}");
    let token = made["token"].as_str().expect("a token");
    for secret in [&printed, PASSWORD, wrong, &cookie, token, link, "sk-model-secret", "Zacharias"] {
        assert!(!said.contains(secret), "{secret} is logged");
    }
}

#[tokio::test]
async fn on_a_server_for_its_own_machine_the_owner_needs_no_account() {
    let house = House::open(2).await;
    let me = house.owner("GET", "/api/me", None).await.ok();
    assert_eq!((&me["actor"]["type"], &me["may_administer"]), (&json!("owner"), &json!(true)));
    let others = House::open_to_others(2).await;
    let me = others.owner("GET", "/api/me", None).await.ok();
    assert_eq!((&me["actor"], &me["may_list"]), (&Value::Null, &json!(false)));
}

#[tokio::test]
async fn somebody_signs_in_and_out_and_the_cookie_ends_with_it() {
    let house = House::open_to_others(3).await;
    first_admin(&house).await;
    let signed = sign_in(&house, " ADA@example.org ", PASSWORD).await;
    let who = Who::Person(token(&signed));
    assert_eq!(send(&house, &who, "GET", "/api/people", None).await.status, 200);
    let out = send(&house, &who, "POST", "/api/sign-out", None).await;
    assert_eq!((out.status, token(&out).as_str()), (204, ""));
    assert_eq!(send(&house, &who, "GET", "/api/people", None).await.refusal(), (401, "sign_in_needed"));
    let week = Who::Person(token(&sign_in(&house, "ada@example.org", PASSWORD).await));
    house.pass(7 * 24 * 3600 - 1);
    assert_eq!(send(&house, &week, "GET", "/api/people", None).await.status, 200);
    house.pass(1);
    assert_eq!(send(&house, &week, "GET", "/api/people", None).await.refusal(), (401, "sign_in_needed"));
}

#[tokio::test]
async fn guessing_passwords_is_slowed_down_and_an_unknown_address_looks_like_a_wrong_password() {
    let house = House::open_to_others(4).await;
    first_admin(&house).await;
    let wrong = sign_in(&house, "ada@example.org", "wrong horse battery").await;
    let unknown = sign_in(&house, "eve@example.org", "wrong horse battery").await;
    assert_eq!(wrong.refusal(), (401, "wrong_sign_in"));
    assert_eq!(wrong.body, unknown.body);
    for _ in 1..10 {
        assert_eq!(sign_in(&house, "ada@example.org", "wrong").await.status, 401);
    }
    for password in ["wrong", PASSWORD] {
        let refused = sign_in(&house, "ada@example.org", password).await;
        assert_eq!(refused.refusal(), (429, "too_many_tries"), "also the right one waits");
    }
    house.pass(15 * 60);
    assert_eq!(sign_in(&house, "ada@example.org", PASSWORD).await.status, 200);
}

#[tokio::test]
async fn behind_a_proxy_everybody_is_counted_by_their_own_address() {
    let house = House::open_to_others(6).await;
    first_admin(&house).await;
    let from = async |address: &str, path: &str, body: Value| {
        let headers = [("content-type", "application/json"), ("x-forwarded-for", address)];
        house.raw("POST", path, &headers, body.to_string()).await
    };
    let sign_in = async |address: &str, password: &str| {
        from(address, "/api/sign-in", json!({"mail": "ada@example.org", "password": password})).await
    };
    for _ in 0..10 {
        assert_eq!(sign_in("203.0.113.1", "wrong").await.status, 401);
    }
    let refused = sign_in("203.0.113.1", PASSWORD).await;
    assert_eq!((refused.refusal(), refused.header("retry-after")), ((429, "too_many_tries"), Some("900")));
    assert_eq!(sign_in("203.0.113.2", PASSWORD).await.status, 200, "a stranger shuts nobody out");
    assert_eq!(
        sign_in("203.0.113.2, 203.0.113.1", PASSWORD).await.status,
        429,
        "what the proxy says counts, not the caller"
    );

    // So many changes nobody makes from one address: the next one waits, and nobody else does.
    let mut taken = 0;
    while from("203.0.113.3", "/api/sign-out", json!({})).await.status != 429 {
        taken += 1;
        assert!(taken < 10_000, "nobody stops it");
    }
    assert_eq!(from("203.0.113.4", "/api/sign-out", json!({})).await.status, 204);
}

#[tokio::test]
async fn another_role_a_new_password_and_a_removal_hold_at_once() {
    let house = House::open_to_others(5).await;
    let admin = first_admin(&house).await;
    let (id, who) = person(&house, &admin, "interviewer").await;
    let path = format!("/api/people/{id}");
    let change = async |body: Value| send(&house, &admin, "PUT", &path, Some(body)).await.ok();
    let links = session(&house, &who).await;
    let url = format!("http://{}/api/sessions/{}/events", house.address, links.id);
    let feed = async |who: &Who| {
        let (name, value) = who.header().expect("somebody");
        let request = tests::http().get(&url).header(name, value).header("accept", "text/event-stream");
        let response = request.send().await.expect("a feed");
        assert_eq!(response.status(), 200);
        response
    };
    let ended = async |response: reqwest::Response| {
        let mut bytes = response.bytes_stream();
        let reading = async { while bytes.next().await.is_some_and(|chunk| chunk.is_ok()) {} };
        timeout(Duration::from_secs(1), reading).await.expect("the end within a second");
    };
    let open = feed(&who).await;
    assert_eq!(change(json!({"role": "observer"})).await["role"], "observer");
    ended(open).await;
    let body = Some(json!({"task": "helpdesk_rag", "mode": "practice"}));
    assert_eq!(send(&house, &who, "POST", "/api/sessions", body).await.refusal(), (403, "forbidden"));
    let open = feed(&who).await;
    change(json!({"password": "another horse battery"})).await;
    ended(open).await;
    assert_eq!(send(&house, &who, "GET", "/api/sessions", None).await.refusal(), (401, "sign_in_needed"));
    let who = Who::Person(token(&sign_in(&house, "interviewer@example.org", "another horse battery").await));
    let open = feed(&who).await;
    assert_eq!(send(&house, &admin, "DELETE", &path, None).await.status, 204);
    ended(open).await;
    assert_eq!(send(&house, &who, "GET", "/api/sessions", None).await.refusal(), (401, "sign_in_needed"));
}

#[tokio::test]
async fn a_change_of_ones_password_needs_the_old_one_and_ends_ones_other_sign_ins() {
    let house = House::open_to_others(6).await;
    let here = first_admin(&house).await;
    let there = Who::Person(token(&sign_in(&house, "ada@example.org", PASSWORD).await));
    let change = async |old: &str, new: &str| {
        send(&house, &here, "PUT", "/api/me/password", Some(json!({"old": old, "new": new}))).await
    };
    assert_eq!(change("wrong", "another horse battery").await.refusal(), (401, "wrong_sign_in"));
    assert_eq!(change(PASSWORD, "short").await.refusal(), (422, "bad_password"));
    assert_eq!(change(PASSWORD, "another horse battery").await.status, 204);
    assert_eq!(send(&house, &here, "GET", "/api/people", None).await.status, 200);
    assert_eq!(send(&house, &there, "GET", "/api/people", None).await.status, 401);
    assert_eq!(sign_in(&house, "ada@example.org", PASSWORD).await.status, 401);
}

#[tokio::test]
async fn the_last_admin_stays_and_what_no_account_can_be_says_why() {
    let house = House::open_to_others(7).await;
    let admin = first_admin(&house).await;
    let people = send(&house, &admin, "GET", "/api/people", None).await.ok();
    assert!(!people.to_string().contains("argon2"), "hashes stay where they are");
    let path = format!("/api/people/{}", people["people"][0]["id"].as_str().expect("an id"));
    let demoted = send(&house, &admin, "PUT", &path, Some(json!({"role": "observer"}))).await;
    assert_eq!(demoted.refusal(), (409, "last_admin"));
    assert_eq!(send(&house, &admin, "DELETE", &path, None).await.refusal(), (409, "last_admin"));
    let new = |name: &str, mail: &str, role: &str, password: &str| json!({"name": name, "mail": mail, "role": role, "password": password});
    for (body, status, code) in [
        (new("Bob", "ada@EXAMPLE.org", "observer", PASSWORD), 409, "taken"),
        (new("Bob", "bob", "observer", PASSWORD), 422, "bad_mail"),
        (new(" ", "bob@example.org", "observer", PASSWORD), 422, "bad_name"),
        (new("Bob", "bob@example.org", "candidate", PASSWORD), 422, "not_by_account"),
        (new("Bob", "bob@example.org", "observer", "12345678901"), 422, "bad_password"),
    ] {
        let reply = send(&house, &admin, "POST", "/api/people", Some(body.clone())).await;
        assert_eq!(reply.refusal(), (status, code), "{body}");
    }
    let nobody = format!("/api/people/{}", uuid::Uuid::nil());
    assert_eq!(send(&house, &admin, "DELETE", &nobody, None).await.refusal(), (404, "not_found"));
}

#[tokio::test]
async fn an_api_key_does_what_its_scopes_say_until_it_is_revoked_or_ends() {
    let house = House::open_to_others(8).await;
    let admin = first_admin(&house).await;
    let (_, maker) = api_key(&house, &admin, &["sessions:create"]).await;
    let (id, reader) = api_key(&house, &admin, &["sessions:read", "sessions:read"]).await;
    let links = session(&house, &maker).await;
    let path = format!("/api/sessions/{}", links.id);
    assert_eq!(send(&house, &maker, "GET", &path, None).await.refusal(), (403, "forbidden"));
    assert_eq!(send(&house, &reader, "GET", &path, None).await.ok()["role"], "observer");
    let shown = send(&house, &admin, "GET", "/api/keys", None).await.ok();
    assert_eq!(shown["keys"].as_array().map(Vec::len), Some(2));
    let Who::Key(secret) = &reader else { panic!("a key") };
    assert!(!shown.to_string().contains(secret), "a token is told once");
    assert_eq!(send(&house, &admin, "DELETE", &format!("/api/keys/{id}"), None).await.status, 204);
    assert_eq!(send(&house, &reader, "GET", &path, None).await.refusal(), (401, "no_access"));
    house.pass(2 * 24 * 3600);
    assert_eq!(send(&house, &maker, "GET", "/api/sessions", None).await.refusal(), (401, "sign_in_needed"));
    for (body, code) in [
        (json!({"name": "p", "scopes": []}), "no_scope"),
        (json!({"name": "", "scopes": ["sessions:read"]}), "bad_name"),
        (json!({"name": "p", "scopes": ["sessions:read"], "days": 0}), "bad_days"),
        (json!({"name": "p", "scopes": ["everything"]}), "bad_body"),
    ] {
        assert_eq!(send(&house, &admin, "POST", "/api/keys", Some(body)).await.refusal(), (422, code));
    }
}

#[tokio::test]
async fn the_audit_log_tells_who_opened_which_key_report_or_log_when() {
    let house = House::open_to_others(9).await;
    let admin = first_admin(&house).await;
    let (id, reviewer) = person(&house, &admin, "reviewer").await;
    let links = session(&house, &admin).await;
    let at = |path: &str| format!("/api/sessions/{}/{path}", links.id);
    let audit = async |query: &str| {
        let entries = send(&house, &admin, "GET", &format!("/api/audit{query}"), None).await.ok()["entries"].clone();
        entries.as_array().expect("entries").clone()
    };
    house.pass(60);
    let before = audit("").await;
    send(&house, &reviewer, "GET", &at("events"), None).await.ok();
    assert_eq!(audit("").await, before, "what is not sealed is not noted");
    send(&house, &reviewer, "GET", &at("events?reveal=true"), None).await.ok();
    send(&house, &Who::Key(links.reviewer.clone()), "GET", &at("export"), None).await.ok();
    let entries = audit("").await;
    let told: Vec<&str> = entries.iter().take(2).filter_map(|entry| entry["act"].as_str()).collect();
    assert_eq!(told, ["log_exported", "key_opened"]);
    assert_eq!(entries[0]["actor"]["type"], "link");
    assert_eq!(entries[1]["actor"], json!({"type": "person", "id": id}));
    assert_eq!(entries[1]["session"], json!(links.id));
    assert_eq!(entries[1]["at"].as_i64(), before[0]["at"].as_i64().map(|at| at + 60_000));
    let numbers: Vec<u64> = entries.iter().filter_map(|entry| entry["n"].as_u64()).collect();
    assert_eq!(numbers, (1..=entries.len() as u64).rev().collect::<Vec<_>>());
    assert_eq!(audit(&format!("?before={}", numbers[1])).await, entries[2..]);
    for act in ["person_added", "session_created", "link_made", "signed_in"] {
        assert!(entries.iter().any(|entry| entry["act"] == act), "{act}");
    }
}
