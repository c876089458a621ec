//! How often somebody may try a password: by account and by address, decided from counts and a given time.

use std::collections::HashMap;
use std::time::Duration;

/// Failures of one account within [`WINDOW`] after which it waits.
const BY_ACCOUNT: u32 = 10;
/// The same for one address, behind which several people may sit.
const BY_ADDRESS: u32 = 50;
/// How long failures count.
const WINDOW: Duration = Duration::from_secs(15 * 60);
/// Entries after which those that count no more are thrown away.
const MANY: usize = 10_000;

/// Counts of failures.
#[derive(Debug, Default)]
pub(crate) struct Throttle {
    counts: HashMap<Of, Count>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Of {
    Account(String),
    Address(String),
}

impl Of {
    fn most(&self) -> u32 {
        match self {
            Self::Account(_) => BY_ACCOUNT,
            Self::Address(_) => BY_ADDRESS,
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Count {
    failures: u32,
    since: Duration,
}

impl Throttle {
    /// Counts a try as failed before it is made, so that many at once gain nothing; or says how long to wait.
    pub(crate) fn attempt(&mut self, account: &str, address: &str, now: Duration) -> Result<(), Duration> {
        if self.counts.len() > MANY {
            self.counts.retain(|_, count| now < count.since + WINDOW);
        }
        let both = [Of::Account(account.to_owned()), Of::Address(address.to_owned())];
        for of in &both {
            let count = self.counts.get(of).filter(|count| count.failures >= of.most() && now < count.since + WINDOW);
            if let Some(count) = count {
                return Err(count.since + WINDOW - now);
            }
        }
        for of in both {
            let count = self.counts.entry(of).or_insert(Count { failures: 0, since: now });
            if now >= count.since + WINDOW {
                *count = Count { failures: 0, since: now };
            }
            count.failures += 1;
        }
        Ok(())
    }

    /// The try was right: it counts no more, and neither does what the account got wrong before.
    pub(crate) fn right(&mut self, account: &str, address: &str) {
        self.counts.remove(&Of::Account(account.to_owned()));
        if let Some(count) = self.counts.get_mut(&Of::Address(address.to_owned())) {
            count.failures = count.failures.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn an_account_waits_after_ten_failures_and_may_try_again_when_they_are_old() {
        let mut throttle = Throttle::default();
        for n in 0..10 {
            assert_eq!(throttle.attempt("ada", &n.to_string(), at(n)), Ok(()), "{n}");
        }
        assert_eq!(throttle.attempt("ada", "elsewhere", at(60)), Err(at(840)));
        assert_eq!(throttle.attempt("grace", "0", at(60)), Ok(()), "others go on");
        assert_eq!(throttle.attempt("ada", "elsewhere", at(900)), Ok(()));
    }

    #[test]
    fn an_address_waits_after_fifty_failures_whatever_the_accounts() {
        let mut throttle = Throttle::default();
        for n in 0..50 {
            assert_eq!(throttle.attempt(&n.to_string(), "here", at(0)), Ok(()), "{n}");
        }
        assert_eq!(throttle.attempt("ada", "here", at(1)), Err(at(899)));
        assert_eq!(throttle.attempt("ada", "there", at(1)), Ok(()));
    }

    #[test]
    fn who_gets_it_right_is_not_held_to_what_went_before() {
        let mut throttle = Throttle::default();
        for _ in 0..30 {
            for _ in 0..9 {
                throttle.attempt("ada", "here", at(0)).expect("a try");
                throttle.counts.remove(&Of::Address("here".to_owned()));
            }
            throttle.attempt("ada", "here", at(0)).expect("the tenth");
            throttle.right("ada", "here");
        }
        assert_eq!(throttle.counts[&Of::Address("here".to_owned())].failures, 0);
    }

    #[test]
    fn old_counts_do_not_pile_up() {
        let mut throttle = Throttle::default();
        for n in 0..=MANY {
            throttle.attempt(&n.to_string(), "a", at(n as u64 * 1000)).expect("a try");
        }
        throttle.attempt("one more", "a", at(MANY as u64 * 1000 + 1)).expect("a try");
        assert!(throttle.counts.len() < 10, "{}", throttle.counts.len());
    }
}
