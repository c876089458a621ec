//! The sealed plan: which side of every claim pair a session meets.

use crate::chance::Chance;
use crate::ids::PairId;
use crate::task::{Key, Side};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use utoipa::ToSchema;

/// The side chosen for every pair.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct Plan {
    /// Sides by pair.
    pub sides: BTreeMap<PairId, Side>,
}

/// A plan needs this many plants that make the fix wrong when acted on.
pub const DECISIVE_PLANTS: usize = 2;
/// Lowest and highest share of plants, in percent.
pub const PLANT_SHARE: (usize, usize) = (40, 60);
/// Draws before a task's testlets are called impossible; a random draw of a sound task succeeds within a few.
const TRIES: usize = 10_000;

/// Why no plan can be drawn.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "no plan of this task has 40–60 % plants and at least two decisive ones: \
     {pairs} pairs, {decisive} of them decisive; add pairs or widen the testlets' combinations"
)]
pub struct NoPlan {
    /// Pairs of the task.
    pub pairs: usize,
    /// Decisive ones among them.
    pub decisive: usize,
}

impl Plan {
    /// Draws the sides from a seed: testlets jointly, free pairs alone, until the share of plants and the
    /// number of decisive ones are right (rejection sampling, so every allowed plan is equally likely
    /// within the testlets' own combinations).
    pub fn draw(key: &Key, seed: u64) -> Result<Self, NoPlan> {
        let mut chance = Chance::new(seed, "plan");
        (0..TRIES).map(|_| Self::propose(key, &mut chance)).find(|plan| plan.is_allowed(key)).ok_or_else(|| NoPlan {
            pairs: key.pairs.len(),
            decisive: key.pairs.values().filter(|pair| pair.decisive).count(),
        })
    }

    fn propose(key: &Key, chance: &mut Chance) -> Self {
        let mut sides = BTreeMap::new();
        for testlet in &key.testlets {
            if let Some(combination) = testlet.combinations.get(chance.below(testlet.combinations.len())) {
                sides.extend(testlet.pairs.iter().cloned().zip(combination.iter().copied()));
            }
        }
        let drawn: BTreeSet<PairId> = sides.keys().cloned().collect();
        for pair in key.pairs.keys().filter(|pair| !drawn.contains(*pair)) {
            let side = if chance.below(2) == 0 { Side::Control } else { Side::Plant };
            sides.insert(pair.clone(), side);
        }
        Self { sides }
    }

    /// Whether the share of plants and the number of decisive plants are as promised.
    pub fn is_allowed(&self, key: &Key) -> bool {
        let plants = self.plants().count();
        let decisive = self.plants().filter(|id| key.pairs.get(id).is_some_and(|pair| pair.decisive)).count();
        let share = plants * 100;
        let all = self.sides.len();
        all > 0 && share >= PLANT_SHARE.0 * all && share <= PLANT_SHARE.1 * all && decisive >= DECISIVE_PLANTS
    }

    /// The pairs whose false side is shown.
    pub fn plants(&self) -> impl Iterator<Item = &PairId> {
        self.sides.iter().filter(|(_, side)| **side == Side::Plant).map(|(id, _)| id)
    }

    /// The text that is hashed: one `pair=side` line each, in order of the pairs.
    pub fn canonical(&self) -> String {
        self.sides.iter().fold(String::new(), |mut text, (pair, side)| {
            let side = match side {
                Side::Control => "control",
                Side::Plant => "plant",
            };
            let _ = writeln!(text, "{pair}={side}");
            text
        })
    }

    /// `SHA-256(salt ‖ plan)` in hexadecimal: shown at the start, opened in the debrief.
    pub fn commitment(&self, salt: &str) -> String {
        let mut hash = Sha256::new();
        hash.update(salt.as_bytes());
        hash.update(self.canonical().as_bytes());
        hex(&hash.finalize())
    }
}

/// Bytes in hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
