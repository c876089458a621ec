//! Keys in links: who holds one may play one role in one session.

use domain::ids::SessionId;
use domain::plan::hex;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// What the holder of a link may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Works on the task.
    Candidate,
    /// Watches, blind.
    Observer,
    /// Reads the log and the report, opens sealed facts.
    Reviewer,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 3] = [Self::Candidate, Self::Observer, Self::Reviewer];

    fn name(self) -> &'static str {
        match self {
            Self::Candidate => "candidate",
            Self::Observer => "observer",
            Self::Reviewer => "reviewer",
        }
    }
}

/// Makes and recognises keys; none is stored, each follows from the server's secret.
pub(crate) struct Keys {
    secret: [u8; 32],
}

impl Keys {
    /// Keys under a secret.
    pub(crate) fn new(secret: [u8; 32]) -> Self {
        Self { secret }
    }

    /// The key of a role in a session: HMAC-SHA-256 in hexadecimal.
    pub(crate) fn key(&self, session: SessionId, role: Role) -> String {
        hex(&self.mac(session, role).finalize().into_bytes())
    }

    /// The role that a key gives in a session, compared in constant time.
    pub(crate) fn role(&self, session: SessionId, key: &str) -> Option<Role> {
        let bytes = unhex(key)?;
        Role::ALL.into_iter().find(|role| self.mac(session, *role).verify_slice(&bytes).is_ok())
    }

    fn mac(&self, session: SessionId, role: Role) -> Hmac<Sha256> {
        // The secret has the length of a hash block's half: any length is accepted, so this cannot fail.
        #[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.secret).expect("a key of any length");
        mac.update(session.0.as_bytes());
        mac.update(role.name().as_bytes());
        mac
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_key_gives_its_own_role_in_its_own_session_only() {
        let keys = Keys::new([7; 32]);
        let (one, two) = (SessionId(Uuid::from_u128(1)), SessionId(Uuid::from_u128(2)));
        for role in Role::ALL {
            let key = keys.key(one, role);
            assert_eq!(keys.role(one, &key), Some(role));
            assert_eq!(keys.role(two, &key), None);
            assert_eq!(Keys::new([8; 32]).role(one, &key), None);
        }
        for wrong in ["", "xyz", &"0".repeat(64), &"g".repeat(64), &"é".repeat(32)] {
            assert_eq!(keys.role(one, wrong), None, "{wrong}");
        }
    }
}
