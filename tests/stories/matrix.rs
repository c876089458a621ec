//! Who may call which route, and who is told what is sealed: every cell is tried over HTTP. The rows are held against the
//! server's own document and its list of routes, so a new route without a rule fails.

use crate::accounts::{Who, api_key, first_admin, person, send};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tests::{House, Links};

/// Everybody who can come, in the order of the columns.
const WHO: [&str; 11] = [
    "nobody",
    "link candidate",
    "link observer",
    "link reviewer",
    "admin",
    "interviewer",
    "observer",
    "reviewer",
    "sessions:create",
    "sessions:read",
    "reports:read",
];

// Columns:                 nobody; links; people; API keys. An x may.
const EVERYBODY: &str = "x xxx xxxx xxx";
const KNOWN_INSIDE: &str = "- xxx xxxx -xx";
const CANDIDATE: &str = "- x-- ---- ---";
const KEEPS_THE_CLOCK: &str = "- --x xx-x ---";
const READS_REPORTS: &str = "- x-x xx-x --x";
const OPENS_SEALED: &str = "- --x xx-x --x";
const SETS_UP: &str = "- --- xx-- x--";
const LISTS: &str = "- --- xxxx -x-";
const PEOPLE: &str = "- --- xxxx ---";
const ADMINS: &str = "- --- x--- ---";

/// A route, what goes along with it, and who may. Such as end something for later rows come last.
pub(crate) struct Rule {
    pub(crate) route: &'static str,
    query: &'static str,
    pub(crate) body: Value,
    may: &'static str,
}

fn rule(route: &'static str, query: &'static str, body: Value, may: &'static str) -> Rule {
    Rule { route, query, body, may }
}

pub(crate) fn rules() -> Vec<Rule> {
    let nothing = || Value::Null;
    let mut rules = vec![
        rule("GET /healthz", "", nothing(), EVERYBODY),
        rule("GET /api/openapi.json", "", nothing(), EVERYBODY),
        rule("GET /api/health", "", nothing(), EVERYBODY),
        rule("GET /api/tasks", "", nothing(), SETS_UP),
        rule("GET /api/me", "", nothing(), EVERYBODY),
        rule("POST /api/setup", "", json!({"token": "", "name": "", "mail": "", "password": ""}), EVERYBODY),
        rule("POST /api/sign-in", "", json!({"mail": "nobody@example.org", "password": ""}), EVERYBODY),
        // To an identity provider and back; without one these are no routes.
        rule("GET /sign-in/oidc", "", nothing(), EVERYBODY),
        rule("GET /sign-in/oidc/callback", "", nothing(), EVERYBODY),
        rule("PUT /api/me/password", "", json!({"old": "", "new": ""}), PEOPLE),
        rule("GET /api/people", "", nothing(), ADMINS),
        rule("POST /api/people", "", json!({"name": "", "mail": "", "role": "admin", "password": ""}), ADMINS),
        rule("PUT /api/people/{person}", "", json!({}), ADMINS),
        rule("DELETE /api/people/{person}", "", nothing(), ADMINS),
        rule("GET /api/keys", "", nothing(), ADMINS),
        rule("POST /api/keys", "", json!({"name": "", "scopes": []}), ADMINS),
        rule("DELETE /api/keys/{key}", "", nothing(), ADMINS),
        rule("GET /api/audit", "", nothing(), ADMINS),
        rule("GET /api/models", "", nothing(), ADMINS),
        rule("POST /api/models", "", json!({"name": "", "model": ""}), ADMINS),
        rule("PUT /api/models/{name}", "", json!({"version": "", "model": {"name": "", "model": ""}}), ADMINS),
        rule("DELETE /api/models/{name}", "", nothing(), ADMINS),
        rule("POST /api/models/{name}/test", "", nothing(), ADMINS),
        rule("GET /api/sessions", "", nothing(), LISTS),
        rule("POST /api/sessions", "", json!({"task": "helpdesk_rag", "mode": "practice"}), SETS_UP),
        rule("GET /api/sessions/{id}/links", "", nothing(), SETS_UP),
        rule("POST /api/sessions/{id}/links", "", json!({"role": "observer"}), SETS_UP),
        rule("DELETE /api/sessions/{id}/links/{link}", "", nothing(), SETS_UP),
        rule("GET /api/sessions/{id}/report", "", nothing(), READS_REPORTS),
        rule("GET /api/sessions/{id}/export", "", nothing(), OPENS_SEALED),
        rule("POST /api/sessions/{id}/pause", "", json!({"why": "x"}), KEEPS_THE_CLOCK),
        rule("POST /api/sessions/{id}/resume", "", nothing(), KEEPS_THE_CLOCK),
        rule("PUT /api/sessions/{id}/cards", "", json!({"held": false}), KEEPS_THE_CLOCK),
        rule("POST /api/sessions/{id}/cards/next", "", nothing(), KEEPS_THE_CLOCK),
    ];
    for (route, query) in [
        ("GET /api/sessions/{id}", ""),
        ("GET /api/sessions/{id}/events", "reveal=true"),
        ("GET /api/sessions/{id}/files", ""),
        ("GET /api/sessions/{id}/files/{path}", ""),
        ("GET /api/sessions/{id}/edits", "path=README.md&after=1"),
        ("GET /api/sessions/{id}/search", "q=version"),
        ("GET /api/sessions/{id}/outline", "path=README.md"),
        ("GET /api/sessions/{id}/definition", "path=README.md&offset=1"),
        ("GET /api/sessions/{id}/references", "path=README.md&offset=1"),
        ("GET /api/sessions/{id}/symbols", "q="),
        ("GET /api/sessions/{id}/changes", ""),
        ("GET /api/sessions/{id}/history", ""),
        ("GET /api/sessions/{id}/history/{commit}", ""),
        ("GET /api/sessions/{id}/revisions/{commit}/{path}", ""),
        ("GET /api/sessions/{id}/blame", "path=README.md"),
    ] {
        rules.push(rule(route, query, nothing(), KNOWN_INSIDE));
    }
    for (route, body) in [
        ("POST /api/sessions/{id}/edits", json!({"type": "delete", "path": "README.md"})),
        ("POST /api/sessions/{id}/views", json!({"path": "README.md", "from_line": 1, "to_line": 2})),
        ("POST /api/sessions/{id}/prompts", json!({"text": "x"})),
        ("POST /api/sessions/{id}/answers/{answer}/flags", json!({"reason": "x"})),
        ("DELETE /api/sessions/{id}/flags/{flag}", Value::Null),
        ("POST /api/sessions/{id}/runs", json!({})),
        ("POST /api/sessions/{id}/hypotheses", json!({"text": "x"})),
        ("PUT /api/sessions/{id}/hypotheses/{hypothesis}", json!({"text": "x", "status": "open"})),
        ("PUT /api/sessions/{id}/questions/{question}", json!({"choice": 0})),
        ("POST /api/sessions/{id}/submission", json!({})),
        ("POST /api/sessions/{id}/start", Value::Null),
        ("POST /api/sessions/{id}/consent", json!({"views": true})),
    ] {
        rules.push(rule(route, "", body, CANDIDATE));
    }
    rules.push(rule("POST /api/sign-out", "", nothing(), EVERYBODY));
    rules
}

/// Everybody of [`WHO`], with a session that all of them mean.
async fn cast(house: &House, plan_seed: u64) -> (Links, Vec<Who>) {
    let admin = first_admin(house).await;
    let body = json!({"task": "helpdesk_rag", "mode": "interview", "plan_seed": plan_seed});
    let links = Links::read(&send(house, &admin, "POST", "/api/sessions", Some(body)).await.ok());
    let by_link = [&links.candidate, &links.observer, &links.reviewer].map(|key| Who::Key(key.clone()));
    let mut cast = vec![Who::Nobody];
    cast.extend(by_link);
    cast.push(admin.clone());
    for role in ["interviewer", "observer", "reviewer"] {
        cast.push(person(house, &admin, role).await.1);
    }
    for scope in ["sessions:create", "sessions:read", "reports:read"] {
        cast.push(api_key(house, &admin, &[scope]).await.1);
    }
    assert_eq!(cast.len(), WHO.len());
    (links, cast)
}

/// The address of a route in a session, its other names filled with what is there or with what is nowhere.
pub(crate) fn address(rule: &Rule, links: &Links, commit: &str) -> (&'static str, String) {
    let (method, path) = rule.route.split_once(' ').expect("a method and a path");
    let mut address = path.replace("{id}", &links.id.to_string()).replace("{path}", "README.md");
    address = address.replace("{commit}", commit).replace("{question}", "none").replace("{name}", "none");
    for name in ["person", "key", "link", "answer", "flag", "hypothesis"] {
        address = address.replace(&format!("{{{name}}}"), &uuid::Uuid::nil().to_string());
    }
    assert!(!address.contains('{'), "{address}: what fills this?");
    (method, if rule.query.is_empty() { address } else { format!("{address}?{}", rule.query) })
}

fn may(columns: &str) -> Vec<bool> {
    columns.chars().filter(|column| *column != ' ').map(|column| column == 'x').collect()
}

/// What the server says when it is a matter of who asks.
fn is_refused(body: &Value) -> bool {
    ["no_access", "sign_in_needed", "forbidden"].iter().any(|code| body["error"]["code"] == *code)
}

async fn head(house: &House, links: &Links) -> String {
    house.engine.session(links.id).await.expect("the session").task().brief.head.to_string()
}

#[tokio::test]
async fn every_route_has_a_rule_and_every_rule_a_route() {
    let document = serde_json::to_value(server::openapi()).expect("a document");
    let mut routes = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().expect("paths") {
        routes.extend(
            methods.as_object().expect("methods").keys().map(|method| format!("{} {path}", method.to_uppercase())),
        );
    }
    // Routes that are registered past the document.
    let source = std::fs::read_to_string(tests::root().join("crates/server/src/routes.rs")).expect("the routes");
    let by_hand = source.split(".route(\"").skip(1).filter_map(|rest| rest.split_once('"'));
    routes.extend(by_hand.map(|(path, _)| format!("GET {}", path.replace("{*path}", "{path}"))));
    let ruled: BTreeSet<String> = rules().iter().map(|rule| rule.route.to_owned()).collect();
    assert_eq!(routes.difference(&ruled).collect::<Vec<_>>(), Vec::<&String>::new(), "routes without a rule");
    assert_eq!(ruled.difference(&routes).collect::<Vec<_>>(), Vec::<&String>::new(), "rules without a route");
    assert_eq!(rules().len(), ruled.len(), "one rule a route");
    assert!(rules().iter().all(|rule| may(rule.may).len() == WHO.len()), "one column for everybody");
}

#[tokio::test]
async fn every_route_answers_whom_its_rule_names_and_nobody_else() {
    let house = House::open_to_others(1).await;
    let (links, cast) = cast(&house, 3).await;
    let commit = head(&house, &links).await;
    let mut wrong = Vec::new();
    for rule in rules() {
        let (method, path) = address(&rule, &links, &commit);
        for ((who, name), may) in cast.iter().zip(WHO).zip(may(rule.may)) {
            let body = Some(rule.body.clone()).filter(|body| !body.is_null());
            let reply = send(&house, who, method, &path, body).await;
            if is_refused(&reply.body) == may || reply.status >= 500 || reply.body["error"]["code"] == "bad_body" {
                wrong.push(format!("{} as {name}: {} {}", rule.route, reply.status, reply.body["error"]));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[tokio::test]
async fn what_is_sealed_is_told_on_two_routes_to_those_who_may_open_it() {
    let house = House::open_to_others(2).await;
    let plan_seed = 918_273_645_546;
    let (links, cast) = cast(&house, plan_seed).await;
    let commit = head(&house, &links).await;
    let session = house.engine.session(links.id).await.expect("the session");
    let salt = session.with(|state, _| state.sealed().map(|sealed| sealed.salt.clone())).expect("a salt");
    let fields =
        [("the plan's seed", plan_seed.to_string()), ("the plan's salt", salt), ("a side", "\"plant\"".into())];
    let opening = ["GET /api/sessions/{id}/events", "GET /api/sessions/{id}/export"];
    let mut wrong = Vec::new();
    for rule in rules().iter().filter(|rule| rule.route.starts_with("GET ") && rule.route != "GET /api/openapi.json") {
        let (method, path) = address(rule, &links, &commit);
        for ((who, name), may) in cast.iter().zip(WHO).zip(may(OPENS_SEALED)) {
            let body = send(&house, who, method, &path, None).await.body;
            let text = body.as_str().map_or_else(|| body.to_string(), str::to_owned);
            for (field, value) in &fields {
                if text.contains(value) != (may && opening.contains(&rule.route)) {
                    wrong.push(format!("{} as {name}: {field}", rule.route));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
