//! API keys: what programs come in with, for what they are made for.

use crate::passes::hash;
use crate::{Engine, Error, Pass};
use domain::access::{self, Act, Actor, Role, Scope};
use domain::ids::ApiKeyId;
use domain::plan::hex;
use serde::Serialize;
use store::{ApiKeyRow, Change, TokenHash};
use utoipa::ToSchema;

/// What every API key begins with, so that it is recognised where it should not be.
const PREFIX: &str = "caveat_";

/// How many days a key may hold at most.
const DAYS: std::ops::RangeInclusive<u32> = 1..=3660;

const DAY_MS: i64 = 24 * 3_600_000;

/// An API key as it is listed. Times are Unix milliseconds.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ApiKey {
    /// The key.
    pub id: ApiKeyId,
    /// Which program it is for.
    pub name: String,
    /// What it is for.
    pub scopes: Vec<Scope>,
    /// When it was made.
    pub created: i64,
    /// When it ends.
    pub expires: Option<i64>,
    /// When it was revoked.
    pub revoked: Option<i64>,
    /// Whether it opens anything now.
    pub holds: bool,
}

impl Engine {
    /// Makes an API key; gives its token, which is kept nowhere.
    pub async fn make_api_key(
        &self,
        by: &Pass,
        name: String,
        mut scopes: Vec<Scope>,
        days: Option<u32>,
    ) -> Result<(ApiKey, String), Error> {
        if name.trim().is_empty() || name.chars().count() > 100 {
            return Err(Error::BadName);
        }
        scopes.sort_unstable();
        scopes.dedup();
        if scopes.is_empty() {
            return Err(Error::NoScope);
        }
        if let Some(days) = days.filter(|days| !DAYS.contains(days)) {
            return Err(Error::BadDays { days });
        }
        let now = self.parts().clock.wall();
        let token = format!("{PREFIX}{}", hex(&self.parts().entropy.token()));
        let row = ApiKeyRow {
            id: ApiKeyId(self.uuid()),
            token: hash(&token),
            name: name.trim().to_owned(),
            scopes,
            created: now,
            expires: days.map(|days| now + i64::from(days) * DAY_MS),
            revoked: None,
        };
        self.parts().register.change(Change::AddApiKey(row.clone())).await?;
        self.note(by.actor, Act::ApiKeyMade, None, Some(row.id.to_string())).await?;
        Ok((listed(row, now), token))
    }

    /// All API keys, oldest first, also those that no longer hold.
    pub async fn api_keys(&self) -> Result<Vec<ApiKey>, Error> {
        let now = self.parts().clock.wall();
        Ok(self.parts().register.api_keys().await?.into_iter().map(|row| listed(row, now)).collect())
    }

    /// Revokes an API key.
    pub async fn revoke_api_key(&self, by: &Pass, id: ApiKeyId) -> Result<(), Error> {
        let at = self.parts().clock.wall();
        self.parts().register.change(Change::RevokeApiKey { id, at }).await?;
        self.tell_of_passes();
        self.note(by.actor, Act::ApiKeyRevoked, None, Some(id.to_string())).await
    }

    /// What an API key lets in, if it holds.
    pub async fn open_api_key(&self, token: &str) -> Result<Option<Pass>, Error> {
        if !token.starts_with(PREFIX) {
            return Ok(None);
        }
        let (token, now) = (hash(token), self.parts().clock.wall());
        let found = self.api_key_of(token).await?.filter(|key| access::holds(key.expires, key.revoked, now));
        Ok(found.map(|key| {
            // Inside a session the widest of its scopes counts; with none of them it enters no session.
            let role = key.scopes.iter().filter_map(|scope| scope.role()).max().unwrap_or(Role::Candidate);
            Pass { actor: Actor::ApiKey(key.id), role, scopes: key.scopes, token: Some(token) }
        }))
    }

    pub(crate) async fn api_key_of(&self, token: TokenHash) -> Result<Option<ApiKeyRow>, Error> {
        Ok(self.parts().register.api_keys().await?.into_iter().find(|key| key.token == token))
    }
}

fn listed(row: ApiKeyRow, now: i64) -> ApiKey {
    let holds = access::holds(row.expires, row.revoked, now);
    let ApiKeyRow { id, name, scopes, created, expires, revoked, token: _ } = row;
    ApiKey { id, name, scopes, created, expires, revoked, holds }
}
