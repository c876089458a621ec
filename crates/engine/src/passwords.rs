//! Passwords: argon2id, a few at a time, away from the threads that serve.

use crate::Error;
use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc};
use tokio::sync::Semaphore;

/// How long a password is, in characters. The upper bound keeps hashing cheap.
const CHARS: std::ops::RangeInclusive<usize> = 12..=200;

/// Hashing takes 19 MiB each; more wait.
const AT_ONCE: usize = 2;

/// What is checked when there is no such account, so that it takes as long as when there is one.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$E5bdZGWVZ3iyDmTEfxuoQLwGGRSyKqTM1PI/ZbT0NoI";

/// Makes and checks hashes.
pub(crate) struct Passwords {
    turns: Semaphore,
}

impl Passwords {
    pub(crate) fn new() -> Self {
        Self { turns: Semaphore::new(AT_ONCE) }
    }

    /// The hash of a new password in PHC form.
    pub(crate) async fn hash(&self, password: String, salt: [u8; 16]) -> Result<String, Error> {
        if !CHARS.contains(&password.chars().count()) {
            return Err(Error::BadPassword);
        }
        self.apart(move || Argon2::default().hash_password_with_salt(password.as_bytes(), &salt))
            .await?
            .map(|hash| hash.to_string())
            .map_err(|error| Error::Lost(error.to_string()))
    }

    /// Whether a password is the one that was hashed; without a hash it is not, in the same time.
    pub(crate) async fn is_right(&self, password: String, hash: Option<String>) -> Result<bool, Error> {
        // What cannot have been accepted need not be hashed.
        if password.chars().count() > *CHARS.end() {
            return Ok(false);
        }
        let known = hash.is_some();
        let right = self.apart(move || {
            let hash = hash.as_deref().unwrap_or(NOBODY);
            let hash = phc::PasswordHash::new(hash)?;
            Argon2::default().verify_password(password.as_bytes(), &hash)
        });
        Ok(right.await?.is_ok() && known)
    }

    async fn apart<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        // The semaphore is never closed.
        let _turn = self.turns.acquire().await.map_err(|error| Error::Lost(error.to_string()))?;
        tokio::task::spawn_blocking(work).await.map_err(|error| Error::Lost(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_recognised_by_its_hash_and_no_other_is() {
        let passwords = Passwords::new();
        let hash = passwords.hash("correct horse battery".into(), [7; 16]).await.expect("a hash");
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        for (password, known, right) in [
            ("correct horse battery", Some(hash.clone()), true),
            ("correct horse batterY", Some(hash.clone()), false),
            ("correct horse battery", None, false),
            ("", Some(hash), false),
        ] {
            assert_eq!(passwords.is_right(password.into(), known).await.expect("an outcome"), right, "{password}");
        }
    }

    #[tokio::test]
    async fn passwords_have_a_least_and_a_greatest_length() {
        let passwords = Passwords::new();
        for (chars, accepted) in [(0, false), (11, false), (12, true), (200, true), (201, false)] {
            assert_eq!(passwords.hash("é".repeat(chars), [1; 16]).await.is_ok(), accepted, "{chars}");
        }
    }

    #[test]
    fn the_hash_of_nobody_can_be_read() {
        assert!(phc::PasswordHash::new(NOBODY).is_ok());
    }
}
