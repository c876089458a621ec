//! The audit log: who saw or changed what on the server, apart from the logs of sessions.

use crate::{Engine, Error};
use domain::access::{Act, Actor};
use domain::ids::SessionId;
use serde::Serialize;
use store::{AuditRow, Change};
use utoipa::ToSchema;

/// Entries of the audit log that are given at once.
const ENTRIES: u32 = 200;

/// An entry of the audit log.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AuditEntry {
    /// Its number.
    pub n: u64,
    /// When, in Unix milliseconds.
    pub at: i64,
    /// Who.
    pub actor: Actor,
    /// What they did.
    pub act: Act,
    /// In which session.
    pub session: Option<SessionId>,
    /// With which person, link or key, by its id; with which model, by its name.
    pub about: Option<String>,
}

impl Engine {
    /// Notes in the audit log who did what.
    pub async fn note(
        &self,
        actor: Actor,
        act: Act,
        session: Option<SessionId>,
        about: Option<String>,
    ) -> Result<(), Error> {
        let at = self.parts().clock.wall();
        Ok(self.parts().register.change(Change::Note(AuditRow { n: 0, at, actor, act, session, about })).await?)
    }

    /// The newest entries of the audit log before a number (none: all), newest first.
    pub async fn audit(&self, before: Option<u64>) -> Result<Vec<AuditEntry>, Error> {
        let rows = self.parts().register.audit(before, ENTRIES).await?;
        Ok(rows
            .into_iter()
            .map(|AuditRow { n, at, actor, act, session, about }| AuditEntry { n, at, actor, act, session, about })
            .collect())
    }
}
