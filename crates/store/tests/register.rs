//! What any register does: one story, told on disk and in memory.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail anywhere")]

mod common;

use common::{searches, session};
use domain::access::Role;
use domain::ids::LinkId;
use store::{Change, Error, EventLog, LinkRow, Memory, Register, Sqlite};
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
