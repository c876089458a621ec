//! Chance as a parameter: the machine's own, or a stream that a seed determines.

use domain::chance::Chance;
use sha2::{Digest, Sha256};
use std::sync::{Mutex, PoisonError};
use uuid::Uuid;

/// Where ids, seeds and salts come from.
pub trait Entropy: Send + Sync {
    /// A random (version 4) UUID.
    fn uuid(&self) -> Uuid;

    /// A random number.
    fn number(&self) -> u64 {
        self.uuid().as_u64_pair().1 ^ self.uuid().as_u64_pair().0.rotate_left(32)
    }

    /// 256 random bits, for a token that must not be guessed.
    fn token(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        for _ in 0..3 {
            // 122 random bits each.
            hash.update(self.uuid().as_bytes());
        }
        hash.finalize().into()
    }

    /// 32 random bytes, less the few bits that mark a UUID.
    fn bytes(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes[..16].copy_from_slice(self.uuid().as_bytes());
        bytes[16..].copy_from_slice(self.uuid().as_bytes());
        bytes
    }
}

/// The operating system's random source.
#[derive(Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the machine for chance")]
    fn uuid(&self) -> Uuid {
        Uuid::new_v4()
    }
}

/// A stream that its seed determines.
#[derive(Debug)]
pub struct SeededEntropy(Mutex<Chance>);

impl SeededEntropy {
    /// The stream of a seed.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(Chance::new(seed, "entropy")))
    }
}

impl Entropy for SeededEntropy {
    fn uuid(&self) -> Uuid {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).uuid()
    }
}
