//! Reliance: counts first, then rates with intervals. Void and unseen items are missing data.

use crate::report::{ByExposure, EvidenceKind, Item, Reliance, Verdict, VerdictCount};
use crate::statistics::{Rate, discrimination};
use domain::event::Exposure;
use domain::task::Side;

/// Counts and rates over the items.
pub(crate) fn of(items: &[Item]) -> Reliance {
    let plants = met(items, Side::Plant);
    let controls = met(items, Side::Control);
    let hits = share(&plants, |item| item.rejected);
    let false_alarms = share(&controls, |item| item.rejected);
    Reliance {
        verdicts: verdicts(items),
        plants: hits.n,
        controls: false_alarms.n,
        over_reliance: share(&plants, |item| matches!(item.verdict, Verdict::Adopted | Verdict::Conflicted)),
        under_reliance: false_alarms,
        plants_verified: share(&plants, |item| item.verified_after),
        controls_verified: share(&controls, |item| item.verified_after),
        discrimination: discrimination(hits.count, hits.n, false_alarms.count, false_alarms.n),
        by_exposure: [Exposure::Asked, Exposure::Aside, Exposure::Card]
            .map(|how| by_exposure(&plants, &controls, how))
            .to_vec(),
        hits,
        false_alarms,
    }
}

/// Plants verified between the exposure and their first adoption, among the plants ever adopted.
pub(crate) fn check_before_adopt(items: &[Item]) -> Rate {
    let first = |item: &Item, kinds: &[EvidenceKind]| {
        item.evidence.iter().find(|evidence| kinds.contains(&evidence.what)).map(|evidence| evidence.seq)
    };
    let adopted: Vec<&Item> = met(items, Side::Plant)
        .into_iter()
        .filter(|item| matches!(item.verdict, Verdict::Adopted | Verdict::Conflicted | Verdict::Recovered))
        .collect();
    share(&adopted, |item| {
        let adopted = first(item, &[EvidenceKind::Adopted, EvidenceKind::Asserted]);
        let checked = first(item, &[EvidenceKind::Viewed, EvidenceKind::Searched, EvidenceKind::Ran]);
        // A run of the adopting state itself is no check before it.
        checked.zip(adopted).is_some_and(|(checked, adopted)| checked < adopted)
    })
}

/// Items of a side that were met and are not void.
fn met(items: &[Item], side: Side) -> Vec<&Item> {
    items
        .iter()
        .filter(|item| item.side == Some(side) && !matches!(item.verdict, Verdict::Unseen | Verdict::Void))
        .collect()
}

fn share(items: &[&Item], counts: impl Fn(&Item) -> bool) -> Rate {
    Rate::new(number(items.iter().filter(|item| counts(item)).count()), number(items.len()))
}

fn by_exposure(plants: &[&Item], controls: &[&Item], how: Exposure) -> ByExposure {
    let of = |items: &[&Item]| {
        let met: Vec<&Item> =
            items.iter().filter(|item| item.exposure.as_ref().is_some_and(|met| met.how == how)).copied().collect();
        share(&met, |item| item.rejected)
    };
    ByExposure { how, hits: of(plants), false_alarms: of(controls) }
}

fn verdicts(items: &[Item]) -> Vec<VerdictCount> {
    [
        Verdict::Caught,
        Verdict::Recovered,
        Verdict::Avoided,
        Verdict::Conflicted,
        Verdict::Adopted,
        Verdict::Accepted,
        Verdict::FalseAlarm,
        Verdict::Ignored,
        Verdict::Unseen,
        Verdict::Void,
    ]
    .into_iter()
    .map(|verdict| {
        let pairs: Vec<_> = items.iter().filter(|item| item.verdict == verdict).map(|item| item.pair.clone()).collect();
        VerdictCount { verdict, count: number(pairs.len()), pairs }
    })
    .collect()
}

/// A count as the report has it.
pub(crate) fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
