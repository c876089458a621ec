//! What earlier answers showed.

use super::Turn;
use domain::event::{Exposure, Origin};
use domain::ids::{KnowledgeId, PairId};
use std::collections::BTreeSet;

/// Pairs that were shown, oldest first, each once.
pub(super) fn shown(history: &[Turn]) -> Vec<PairId> {
    let mut shown = Vec::new();
    for source in history.iter().flat_map(|turn| &turn.sources) {
        if let Origin::Pair { pair, .. } = &source.origin
            && !shown.contains(pair)
        {
            shown.push(pair.clone());
        }
    }
    shown
}

/// Knowledge that an answer gave, in whole or in part.
pub(super) fn known(history: &[Turn]) -> BTreeSet<&KnowledgeId> {
    let sources = history.iter().flat_map(|turn| &turn.sources);
    sources
        .filter_map(|source| match &source.origin {
            Origin::Knowledge { knowledge } => Some(knowledge),
            _ => None,
        })
        .collect()
}

/// Pairs that an answer showed or spoke about, in order.
pub(super) fn pairs_in(turn: &Turn) -> Vec<PairId> {
    let of = |origin: &Origin| match origin {
        Origin::Pair { pair, .. } | Origin::Reply { pair } => Some(pair.clone()),
        _ => None,
    };
    turn.sources.iter().filter_map(|source| of(&source.origin)).collect()
}

pub(super) fn is_aside(origin: &Origin) -> bool {
    matches!(origin, Origin::Pair { exposure: Exposure::Aside, .. })
}
