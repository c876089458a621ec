//! What became of the requests to one upstream, in memory.

use super::breaker::BreakerState;
use super::error::{FailureKind, UpstreamError};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// Times of so many answers are kept.
const KEPT: usize = 100;

/// What became of the requests to one upstream since the server started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statistics {
    /// Requests sent, second tries and tests included.
    pub attempts: u64,
    /// Answers that came whole.
    pub answers: u64,
    /// Requests that failed, by kind.
    pub failures: BTreeMap<FailureKind, u64>,
    /// The newest failure.
    pub last_error: Option<LastError>,
    /// Time to the first word of the newest hundred answers; none before the first.
    pub first_word: Option<FirstWord>,
    /// Whether it is asked.
    pub breaker: BreakerState,
}

/// The newest failure of an upstream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastError {
    /// What it was, without the key.
    pub text: String,
    /// How long ago.
    pub ago: Duration,
}

/// Time from asking to the first word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FirstWord {
    /// Half of the answers were faster.
    pub median: Duration,
    /// Nineteen of twenty were no slower.
    pub p95: Duration,
    /// The slowest of them.
    pub slowest: Duration,
    /// Of so many answers.
    pub answers: usize,
}

/// What is counted.
#[derive(Debug, Default)]
pub(super) struct Tally {
    attempts: u64,
    answers: u64,
    failures: BTreeMap<FailureKind, u64>,
    last_error: Option<(String, Duration)>,
    first_words: VecDeque<Duration>,
}

impl Tally {
    pub(super) fn attempt(&mut self) {
        self.attempts += 1;
    }

    pub(super) fn answer(&mut self) {
        self.answers += 1;
    }

    pub(super) fn failure(&mut self, error: &UpstreamError, now: Duration) {
        *self.failures.entry(error.kind()).or_default() += 1;
        self.last_error = Some((error.to_string(), now));
    }

    pub(super) fn first_word(&mut self, after: Duration) {
        if self.first_words.len() == KEPT {
            self.first_words.pop_front();
        }
        self.first_words.push_back(after);
    }

    pub(super) fn statistics(&self, breaker: BreakerState, now: Duration) -> Statistics {
        let last_error = self.last_error.as_ref();
        Statistics {
            attempts: self.attempts,
            answers: self.answers,
            failures: self.failures.clone(),
            last_error: last_error.map(|(text, at)| LastError { text: text.clone(), ago: now.saturating_sub(*at) }),
            first_word: first_word(self.first_words.iter().copied().collect()),
            breaker,
        }
    }
}

fn first_word(mut times: Vec<Duration>) -> Option<FirstWord> {
    times.sort_unstable();
    // The smallest that so many percent do not exceed.
    let rank = |percent: usize| times.get((times.len() * percent).div_ceil(100).checked_sub(1)?).copied();
    Some(FirstWord { median: rank(50)?, p95: rank(95)?, slowest: rank(100)?, answers: times.len() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_hundred_times_are_summed_up() {
        let mut tally = Tally::default();
        let now = |tally: &Tally| tally.statistics(BreakerState::HalfOpen, Duration::ZERO).first_word;
        assert_eq!(now(&tally), None);
        tally.first_word(Duration::from_secs(7));
        let one = Duration::from_secs(7);
        assert_eq!(now(&tally), Some(FirstWord { median: one, p95: one, slowest: one, answers: 1 }));
        for millis in (1..=100).rev() {
            tally.first_word(Duration::from_millis(millis));
        }
        let [median, p95, slowest] = [50, 95, 100].map(Duration::from_millis);
        assert_eq!(now(&tally), Some(FirstWord { median, p95, slowest, answers: 100 }));
    }

    #[test]
    fn failures_are_counted_by_kind_and_the_newest_is_kept_with_its_age() {
        let mut tally = Tally::default();
        for (second, error) in [(1, UpstreamError::Cut(None)), (2, UpstreamError::Cut(None)), (5, UpstreamError::Key)] {
            tally.failure(&error, Duration::from_secs(second));
        }
        let statistics = tally.statistics(BreakerState::HalfOpen, Duration::from_secs(9));
        assert_eq!(statistics.failures, BTreeMap::from([(FailureKind::Cut, 2), (FailureKind::Settings, 1)]));
        let last = LastError { text: UpstreamError::Key.to_string(), ago: Duration::from_secs(4) };
        assert_eq!(statistics.last_error, Some(last));
    }
}
