//! What any register does: one story, told on disk and in memory.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail anywhere")]

mod common;

use common::{searches, session};
use domain::access::{Act, Actor, Role, Scope};
use domain::ids::{ApiKeyId, LinkId, PersonId};
use store::{
    ApiKeyRow, AuditRow, Change, Error, EventLog, LinkRow, Memory, ModelRow, PersonRow, Register, SignInRow, Sqlite,
};
use uuid::Uuid;

macro_rules! told_by_both {
    ($($story:ident)*) => {
        mod in_memory {
            use super::*;
            $(#[tokio::test]
            async fn $story() {
                let store = Memory::new();
                two_sessions(&store).await;
                super::$story(&store).await;
            })*
        }

        mod on_disk {
            use super::*;
            $(#[tokio::test]
            async fn $story() {
                let dir = tempfile::tempdir().unwrap();
                let store = Sqlite::open(dir.path().join("log.db")).await.unwrap();
                two_sessions(&store).await;
                super::$story(&store).await;
            })*
        }
    };
}

told_by_both! {
    a_link_is_found_by_its_token_and_by_its_session
    the_first_opening_and_the_first_revocation_are_noted
    people_are_told_apart_by_mail_and_can_change_and_go
    who_signed_in_stays_until_signed_out_or_removed
    an_api_key_keeps_its_scopes_and_its_first_revocation
    models_are_told_apart_by_name_and_can_change_and_go
    the_audit_log_numbers_its_entries_and_gives_the_newest_first
}

async fn two_sessions(log: &dyn EventLog) {
    for n in [1, 2] {
        log.append(session(n), 0, searches(0, 1)).await.unwrap();
    }
}

fn link(n: u8, of: u128, role: Role) -> LinkRow {
    LinkRow {
        id: LinkId(Uuid::from_u128(n.into())),
        session: session(of),
        token: [n; 32],
        role,
        note: format!("for {n}"),
        created: n.into(),
        expires: n.is_multiple_of(2).then_some(99),
        revoked: None,
        opened: None,
    }
}

async fn a_link_is_found_by_its_token_and_by_its_session(register: &dyn Register) {
    let links = [link(3, 1, Role::Candidate), link(2, 1, Role::Observer), link(4, 2, Role::Reviewer)];
    for link in &links {
        register.change(Change::AddLink(link.clone())).await.unwrap();
    }
    for link in &links {
        assert_eq!(register.link(link.token).await.unwrap().as_ref(), Some(link));
    }
    assert_eq!(register.link([9; 32]).await.unwrap(), None);
    assert_eq!(register.links(session(1)).await.unwrap(), [links[1].clone(), links[0].clone()]);
    assert_eq!(register.links(session(3)).await.unwrap(), []);
}

async fn the_first_opening_and_the_first_revocation_are_noted(register: &dyn Register) {
    let made = link(5, 1, Role::Candidate);
    register.change(Change::AddLink(made.clone())).await.unwrap();
    for at in [10, 20] {
        register.change(Change::LinkOpened { id: made.id, at }).await.unwrap();
        register.change(Change::RevokeLink { session: session(1), id: made.id, at: at + 1 }).await.unwrap();
    }
    let found = register.link(made.token).await.unwrap().unwrap();
    assert_eq!((found.opened, found.revoked), (Some(10), Some(11)));
    let unknown = LinkId(Uuid::from_u128(77));
    for change in [
        Change::LinkOpened { id: unknown, at: 1 },
        Change::RevokeLink { session: session(1), id: unknown, at: 1 },
        Change::RevokeLink { session: session(2), id: made.id, at: 1 },
    ] {
        let error = register.change(change).await.unwrap_err();
        assert!(matches!(error, Error::Missing { what: "link" }), "{error}");
    }
}

fn person(n: u8, name: &str, role: Role) -> PersonRow {
    let (id, mail) = (PersonId(Uuid::from_u128(n.into())), format!("{n}@example.org"));
    PersonRow { id, name: name.into(), mail, role, password: format!("hash {n}"), created: n.into() }
}

async fn people_are_told_apart_by_mail_and_can_change_and_go(register: &dyn Register) {
    let (grace, ada) = (person(1, "Grace", Role::Admin), person(2, "Ada", Role::Observer));
    for person in [&grace, &ada] {
        register.change(Change::AddPerson(person.clone())).await.unwrap();
    }
    let twin = PersonRow { mail: ada.mail.clone(), ..person(3, "Eve", Role::Admin) };
    let error = register.change(Change::AddPerson(twin)).await.unwrap_err();
    assert!(matches!(error, Error::Taken { what: "person" }), "{error}");
    assert_eq!(register.people().await.unwrap(), [ada.clone(), grace.clone()]);
    let promoted = PersonRow { role: Role::Interviewer, password: "new".into(), ..ada };
    register.change(Change::ChangePerson(promoted.clone())).await.unwrap();
    register.change(Change::RemovePerson(grace.id)).await.unwrap();
    assert_eq!(register.people().await.unwrap(), [promoted]);
    for change in [Change::ChangePerson(grace.clone()), Change::RemovePerson(grace.id)] {
        let error = register.change(change).await.unwrap_err();
        assert!(matches!(error, Error::Missing { what: "person" }), "{error}");
    }
}

async fn who_signed_in_stays_until_signed_out_or_removed(register: &dyn Register) {
    let (ada, bob) = (person(1, "Ada", Role::Admin), person(2, "Bob", Role::Admin));
    for person in [&ada, &bob] {
        register.change(Change::AddPerson(person.clone())).await.unwrap();
    }
    for (n, of) in [(1, &ada), (2, &ada), (3, &ada), (4, &bob)] {
        let sign_in = SignInRow { token: [n; 32], person: of.id, expires: n.into() };
        register.change(Change::SignIn { row: sign_in.clone(), now: 0 }).await.unwrap();
        assert_eq!(register.sign_in([n; 32]).await.unwrap(), Some(sign_in));
    }
    let left = async || {
        let mut left = Vec::new();
        for n in 1..=4 {
            left.extend(register.sign_in([n; 32]).await.unwrap().map(|_| n));
        }
        left
    };
    for _ in 0..2 {
        register.change(Change::SignOut([1; 32])).await.unwrap();
    }
    assert_eq!(left().await, [2, 3, 4]);
    register.change(Change::SignOutAll { person: ada.id, but: Some([3; 32]) }).await.unwrap();
    assert_eq!(left().await, [3, 4]);
    register.change(Change::SignOutAll { person: ada.id, but: None }).await.unwrap();
    assert_eq!(left().await, [4]);
    register.change(Change::RemovePerson(bob.id)).await.unwrap();
    assert_eq!(left().await, [0u8; 0]);
    for (n, now) in [(1, 0), (2, 0), (3, 2)] {
        let row = SignInRow { token: [n; 32], person: ada.id, expires: n.into() };
        register.change(Change::SignIn { row, now }).await.unwrap();
    }
    assert_eq!(left().await, [3], "what has ended is forgotten when somebody signs in");
}

async fn an_api_key_keeps_its_scopes_and_its_first_revocation(register: &dyn Register) {
    let key = |n: u8, scopes| ApiKeyRow {
        id: ApiKeyId(Uuid::from_u128(n.into())),
        token: [n; 32],
        name: format!("program {n}"),
        scopes,
        created: 9 - i64::from(n),
        expires: Some(50),
        revoked: None,
    };
    let keys = [key(1, vec![Scope::SessionsCreate, Scope::ReportsRead]), key(2, vec![Scope::SessionsRead])];
    for key in &keys {
        register.change(Change::AddApiKey(key.clone())).await.unwrap();
    }
    assert_eq!(register.api_keys().await.unwrap(), [keys[1].clone(), keys[0].clone()]);
    for at in [5, 6] {
        register.change(Change::RevokeApiKey { id: keys[0].id, at }).await.unwrap();
    }
    assert_eq!(register.api_keys().await.unwrap()[1].revoked, Some(5));
    let unknown = Change::RevokeApiKey { id: ApiKeyId(Uuid::nil()), at: 1 };
    assert!(matches!(register.change(unknown).await, Err(Error::Missing { what: "API key" })));
}

async fn models_are_told_apart_by_name_and_can_change_and_go(register: &dyn Register) {
    let model = |name: &str, added| ModelRow { name: name.into(), entry: format!("{{\"name\":\"{name}\"}}"), added };
    let (small, large) = (model("small", 1), model("large", 2));
    for model in [&small, &large] {
        register.change(Change::AddModel(model.clone())).await.unwrap();
    }
    let error = register.change(Change::AddModel(model("small", 3))).await.unwrap_err();
    assert!(matches!(error, Error::Taken { what: "model" }), "{error}");
    assert_eq!(register.models().await.unwrap(), [large, small.clone()]);
    let change = |name: &str| Change::ChangeModel { name: name.into(), entry: "{}".into() };
    register.change(change("small")).await.unwrap();
    let small = ModelRow { entry: "{}".into(), ..small };
    assert_eq!(register.models().await.unwrap()[1], small);
    register.change(Change::RemoveModel("large".into())).await.unwrap();
    assert_eq!(register.models().await.unwrap(), [small]);
    for change in [Change::RemoveModel("large".into()), change("large")] {
        let error = register.change(change).await.unwrap_err();
        assert!(matches!(error, Error::Missing { what: "model" }), "{error}");
    }
}

async fn the_audit_log_numbers_its_entries_and_gives_the_newest_first(register: &dyn Register) {
    let id = Uuid::from_u128(3);
    let actors = [Actor::Owner, Actor::Person(PersonId(id)), Actor::ApiKey(ApiKeyId(id)), Actor::Link(LinkId(id))];
    let mut entries = Vec::new();
    for (n, actor) in (1..).zip(actors) {
        let about = (n > 2).then(|| id.to_string());
        let entry = AuditRow { n, at: 7, actor, act: Act::KeyOpened, session: (n > 1).then_some(session(1)), about };
        register.change(Change::Note(AuditRow { n: 0, ..entry.clone() })).await.unwrap();
        entries.insert(0, entry);
    }
    assert_eq!(register.audit(None, 9).await.unwrap(), entries);
    assert_eq!(register.audit(Some(4), 2).await.unwrap(), entries[1..3]);
}
