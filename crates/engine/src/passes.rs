//! What let somebody in, and for how long: a link, an account, an API key, the machine itself.

use crate::{Engine, Error};
use domain::access::{self, Actor, Right, Role, Scope};
use sha2::{Digest, Sha256};
use std::time::Duration;
use store::TokenHash;

/// Somebody was let in, until this no longer holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pass {
    /// Who.
    pub actor: Actor,
    /// As what.
    pub role: Role,
    /// What an API key is for; none of the others has any.
    pub scopes: Vec<Scope>,
    /// What they came in with; nothing was asked of the owner.
    pub(crate) token: Option<TokenHash>,
}

impl Pass {
    /// The owner's, on a server for their own machine alone.
    pub fn owner() -> Self {
        Self { actor: Actor::Owner, role: Role::Admin, scopes: Vec::new(), token: None }
    }

    /// Whether they may do that on this server.
    pub fn may(&self, right: Right) -> bool {
        match self.actor {
            Actor::Owner | Actor::Person(_) => self.role.may(right),
            Actor::ApiKey(_) => self.scopes.iter().any(|scope| scope.gives(right)),
            Actor::Link(_) => false,
        }
    }

    /// Whether they may enter sessions without a link.
    pub fn enters_sessions(&self) -> bool {
        self.role != Role::Candidate
    }

    /// Whether they change nothing in sessions.
    pub fn only_reads(&self) -> bool {
        matches!(self.actor, Actor::ApiKey(_))
    }
}

impl Engine {
    /// Ends when a pass no longer holds: at once after a revocation, on time when it ends by itself. A register that
    /// cannot be read lets nobody stay.
    pub async fn until_gone(self, pass: Pass) {
        let mut changes = self.passes().subscribe();
        while let Ok(Standing::Holds { until }) = self.standing(&pass).await {
            let ends = async {
                match until {
                    Some(left) => self.parts().clock.sleep(left).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = ends => {}
                changed = changes.changed() => if changed.is_err() { return },
            }
        }
    }

    async fn standing(&self, pass: &Pass) -> Result<Standing, Error> {
        let Some(token) = pass.token else { return Ok(Standing::Holds { until: None }) };
        let known = match pass.actor {
            Actor::Owner => return Ok(Standing::Holds { until: None }),
            Actor::Link(_) => self.parts().register.link(token).await?.map(|link| (link.expires, link.revoked)),
            Actor::ApiKey(_) => self.api_key_of(token).await?.map(|key| (key.expires, key.revoked)),
            // Another role is another pass: the page comes again and is told what it may see now.
            Actor::Person(_) => {
                let known = self.sign_in_of(token).await?.filter(|(person, _)| person.role == pass.role);
                known.map(|(_, expires)| (Some(expires), None))
            }
        };
        Ok(known.map_or(Standing::Gone, |(expires, revoked)| self.of(expires, revoked)))
    }

    fn of(&self, expires: Option<i64>, revoked: Option<i64>) -> Standing {
        let now = self.parts().clock.wall();
        if !access::holds(expires, revoked, now) {
            return Standing::Gone;
        }
        let left = |end: i64| Duration::from_millis(u64::try_from(end - now).unwrap_or_default());
        Standing::Holds { until: expires.map(left) }
    }
}

/// How it is with a pass.
enum Standing {
    Holds { until: Option<Duration> },
    Gone,
}

/// What is kept of a token.
pub(crate) fn hash(token: &str) -> TokenHash {
    Sha256::digest(token.as_bytes()).into()
}
