//! How often somebody may try a password: by account and by address, decided from counts and a given time.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

/// Failures within [`WINDOW`] of one account from one address after which it waits there.
const BY_BOTH: u32 = 10;
/// The same for one address, behind which several people may sit.
const BY_ADDRESS: u32 = 50;
/// The same for one account from everywhere: so many guesses gain nothing, and one stranger cannot shut its owner out.
const BY_ACCOUNT: u32 = 200;
/// How long failures count.
const WINDOW: Duration = Duration::from_secs(15 * 60);
/// Entries after which those that count no more are thrown away.
const MANY: usize = 10_000;

/// Counts of failures.
#[derive(Debug, Default)]
pub(crate) struct Throttle {
    counts: HashMap<Of, Count>,
}

/// From where somebody tries; none: it is not known, which is a place like any other.
pub(crate) type From = Option<IpAddr>;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Of {
    Both(String, From),
    Address(From),
    Account(String),
}

impl Of {
    fn most(&self) -> u32 {
        match self {
            Self::Both(..) => BY_BOTH,
            Self::Address(_) => BY_ADDRESS,
            Self::Account(_) => BY_ACCOUNT,
        }
    }

    fn all(account: &str, from: From) -> [Self; 3] {
        [Self::Both(account.to_owned(), from), Self::Address(from), Self::Account(account.to_owned())]
    }
}

#[derive(Clone, Copy, Debug)]
struct Count {
    failures: u32,
    since: Duration,
}

impl Throttle {
    /// Counts a try as failed before it is made, so that many at once gain nothing; or says how long to wait.
    pub(crate) fn attempt(&mut self, account: &str, from: From, now: Duration) -> Result<(), Duration> {
        if self.counts.len() > MANY {
            self.counts.retain(|_, count| now < count.since + WINDOW);
        }
        let all = Of::all(account, from);
        for of in &all {
            let count = self.counts.get(of).filter(|count| count.failures >= of.most() && now < count.since + WINDOW);
            if let Some(count) = count {
                return Err(count.since + WINDOW - now);
            }
        }
        for of in all {
            let count = self.counts.entry(of).or_insert(Count { failures: 0, since: now });
            if now >= count.since + WINDOW {
                *count = Count { failures: 0, since: now };
            }
            count.failures += 1;
        }
        Ok(())
    }

    /// The try was right: it counts no more, and neither does what was got wrong before from there.
    pub(crate) fn right(&mut self, account: &str, from: From) {
        let [both, address, account] = Of::all(account, from);
        self.counts.remove(&both);
        for of in [address, account] {
            if let Some(count) = self.counts.get_mut(&of) {
                count.failures = count.failures.saturating_sub(1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn from(n: u32) -> From {
        Some(IpAddr::from(n.to_be_bytes()))
    }

    #[test]
    fn an_account_waits_where_ten_failures_came_from_and_may_try_again_when_they_are_old() {
        let mut throttle = Throttle::default();
        for n in 0..10 {
            assert_eq!(throttle.attempt("ada", from(1), at(n)), Ok(()), "{n}");
        }
        assert_eq!(throttle.attempt("ada", from(1), at(60)), Err(at(840)));
        assert_eq!(throttle.attempt("grace", from(1), at(60)), Ok(()), "others go on");
        assert_eq!(throttle.attempt("ada", from(2), at(60)), Ok(()), "its owner comes in from elsewhere");
        assert_eq!(throttle.attempt("ada", from(1), at(900)), Ok(()));
    }

    #[test]
    fn an_account_waits_everywhere_when_many_guess_at_it_together() {
        let mut throttle = Throttle::default();
        for n in 0..200 {
            assert_eq!(throttle.attempt("ada", from(n), at(0)), Ok(()), "{n}");
        }
        assert_eq!(throttle.attempt("ada", from(1000), at(1)), Err(at(899)));
        assert_eq!(throttle.attempt("grace", from(1000), at(1)), Ok(()));
    }

    #[test]
    fn an_address_waits_after_fifty_failures_whatever_the_accounts() {
        let mut throttle = Throttle::default();
        for n in 0..50 {
            assert_eq!(throttle.attempt(&n.to_string(), from(1), at(0)), Ok(()), "{n}");
        }
        assert_eq!(throttle.attempt("ada", from(1), at(1)), Err(at(899)));
        assert_eq!(throttle.attempt("ada", from(2), at(1)), Ok(()));
    }

    #[test]
    fn who_gets_it_right_is_not_held_to_what_went_before() {
        let mut throttle = Throttle::default();
        for _ in 0..3 {
            for _ in 0..9 {
                throttle.attempt("ada", from(1), at(0)).expect("a try");
            }
            throttle.attempt("ada", from(1), at(0)).expect("the tenth");
            throttle.right("ada", from(1));
        }
        assert_eq!(throttle.attempt("ada", from(1), at(0)), Ok(()));
    }

    #[test]
    fn old_counts_do_not_pile_up() {
        let mut throttle = Throttle::default();
        for n in 0..=MANY {
            throttle.attempt(&n.to_string(), from(1), at(n as u64 * 1000)).expect("a try");
        }
        throttle.attempt("one more", from(1), at(MANY as u64 * 1000 + 1)).expect("a try");
        assert!(throttle.counts.len() < 10, "{}", throttle.counts.len());
    }
}
