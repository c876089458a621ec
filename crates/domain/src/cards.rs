//! Cards: remarks that the assistant volunteers at set times, so that who asks little meets claim pairs too. When one
//! comes follows from the clock and from how many pairs were met, never from a side.

/// A session of so many minutes is a full-length one.
const FULL_LENGTH_MINUTES: u32 = 60;
/// When the first card is due and when the last, in percent of the session's time.
const DUE_PERCENT: (u64, u64) = (12, 75);
/// Milliseconds without words of the assistant before a card.
pub const QUIET_MS: u64 = 20_000;

/// How many pairs a candidate meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dose {
    /// Cards see to it that these are met.
    pub least: usize,
    /// No further pair comes up after these.
    pub most: usize,
}

/// How many pairs a candidate meets in a session of so many minutes: checking them has to fit the time.
pub fn dose(minutes: u32) -> Dose {
    if minutes < FULL_LENGTH_MINUTES { Dose { least: 8, most: 10 } } else { Dose { least: 10, most: 12 } }
}

/// Milliseconds after the start at which one more pair is due when `met` were met; none: no card is.
pub fn due(minutes: u32, met: usize) -> Option<u64> {
    let Dose { least, .. } = dose(minutes);
    let (first, last) = DUE_PERCENT;
    let steps = least.saturating_sub(1).max(1) as u64;
    (met < least).then(|| u64::from(minutes) * 600 * (first * steps + (last - first) * met as u64) / steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_are_spread_over_the_time_and_leave_some_at_both_ends() {
        for minutes in [5, 45, 59, 60, 480] {
            let due: Vec<u64> = (0..).map_while(|met| due(minutes, met)).collect();
            assert_eq!(due.len(), dose(minutes).least);
            assert!(due.is_sorted_by(|one, other| one < other), "{due:?}");
            let all = u64::from(minutes) * 60_000;
            assert_eq!((due[0], *due.last().unwrap()), (all * 12 / 100, all * 75 / 100));
        }
    }
}
