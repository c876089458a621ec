//! Sign-ins that are under way at the provider: few, short-lived, and each bound to the browser that began it.

use std::collections::HashMap;
use std::time::Duration;

/// How long somebody may take at the provider.
pub(super) const PATIENCE: Duration = Duration::from_secs(10 * 60);

/// So many at once; beyond that the oldest is given up.
const MOST: usize = 1_000;

/// What a sign-in is known by when it comes back. Neither can be guessed, and one without the other opens nothing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Ticket {
    /// What the provider hands back.
    pub(super) state: String,
    /// What the browser's cookie says.
    pub(super) browser: String,
}

/// What was agreed on when the sign-in began.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Begun {
    /// What the provider's proof must name.
    pub(super) nonce: String,
    /// What shows that whoever began it ends it.
    pub(super) verifier: String,
}

/// All sign-ins that are under way.
#[derive(Debug, Default)]
pub(super) struct Pending(HashMap<Ticket, (Begun, Duration)>);

impl Pending {
    pub(super) fn begin(&mut self, ticket: Ticket, begun: Begun, now: Duration) {
        self.0.retain(|_, (_, since)| now < *since + PATIENCE);
        if self.0.len() >= MOST {
            let oldest = self.0.iter().min_by_key(|(_, (_, since))| *since).map(|(ticket, _)| ticket.clone());
            oldest.and_then(|oldest| self.0.remove(&oldest));
        }
        self.0.insert(ticket, (begun, now));
    }

    /// Takes one out: it works once, and in time.
    pub(super) fn take(&mut self, ticket: &Ticket, now: Duration) -> Option<Begun> {
        let (begun, since) = self.0.remove(ticket)?;
        (now < since + PATIENCE).then_some(begun)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticket(state: &str, browser: &str) -> Ticket {
        Ticket { state: state.into(), browser: browser.into() }
    }

    fn begun(nonce: &str) -> Begun {
        Begun { nonce: nonce.into(), verifier: "v".into() }
    }

    #[test]
    fn a_sign_in_is_taken_once_in_time_and_by_the_browser_that_began_it() {
        let at = Duration::from_secs;
        for (state, browser, now, found) in [
            ("s", "b", 599, true),
            ("s", "b", 600, false),
            ("s", "other", 0, false),
            ("other", "b", 0, false),
            ("", "", 0, false),
        ] {
            let mut pending = Pending::default();
            pending.begin(ticket("s", "b"), begun("n"), at(0));
            let taken = pending.take(&ticket(state, browser), at(now));
            assert_eq!(taken.is_some(), found, "{state} {browser} {now}");
            assert_eq!(pending.take(&ticket("s", "b"), at(now)).is_some(), !found && now < 600, "{state} {browser}");
        }
    }

    #[test]
    fn of_too_many_the_oldest_is_given_up_and_what_took_too_long_is_forgotten() {
        let mut pending = Pending::default();
        for number in 0..=MOST as u64 {
            pending.begin(ticket(&number.to_string(), "b"), begun("n"), Duration::from_millis(number));
        }
        assert_eq!(pending.0.len(), MOST);
        let now = Duration::from_secs(2);
        assert_eq!(pending.take(&ticket("0", "b"), now), None);
        assert_eq!(pending.take(&ticket("1", "b"), now), Some(begun("n")));
        pending.begin(ticket("new", "b"), begun("n"), PATIENCE * 2);
        assert_eq!(pending.0.len(), 1);
    }
}
