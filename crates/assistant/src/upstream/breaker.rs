//! Leaves an upstream alone that keeps failing, and tries it again after a while. Time is handed in, counted from any
//! fixed moment.

use std::time::Duration;

/// So many failures in a row open it.
pub(super) const THRESHOLD: u32 = 5;
/// The first wait; each further one is twice as long …
pub(super) const FIRST_WAIT: Duration = Duration::from_secs(5);
/// … up to this.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(5 * 60);
/// No upstream is left alone for longer than this, whatever it asks for.
pub(super) const LONGEST_ASKED: Duration = Duration::from_secs(60 * 60);

/// Whether an upstream is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreakerState {
    /// It is.
    Closed {
        /// Failures in a row.
        failures: u32,
    },
    /// It is left alone.
    Open {
        /// For so long; nought when the next prompt finds out.
        left: Duration,
    },
    /// One prompt is on its way to find out.
    HalfOpen,
}

/// What a failure says about answers to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Harm {
    /// Nothing: it was about this one prompt.
    Nothing,
    /// It may be by chance.
    Once,
    /// The next will fail too, until something is mended or, where that was said, until that time is over.
    Lasting(Option<Duration>),
}

/// How an admitted prompt goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Course {
    /// The first word is there.
    Begun,
    /// The whole answer is there.
    Whole,
    /// It failed.
    Failed(Harm),
    /// Nobody waits for it any more.
    Dropped,
}

/// Leave to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leave {
    Usual,
    /// To find out whether it works again.
    Scout,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Closed,
    Open { until: Duration },
    HalfOpen,
}

/// The machine itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Breaker {
    at: At,
    failures: u32,
    wait: Duration,
}

impl Default for Breaker {
    fn default() -> Self {
        Self { at: At::Closed, failures: 0, wait: FIRST_WAIT }
    }
}

impl Breaker {
    /// Leave for one prompt, or how long to wait for it.
    pub(super) fn admit(&mut self, now: Duration) -> Result<Leave, Duration> {
        match self.at {
            At::Closed => Ok(Leave::Usual),
            At::Open { until } if now >= until => Ok(self.admit_by_hand()),
            At::Open { until } => Err(until - now),
            At::HalfOpen => Err(FIRST_WAIT),
        }
    }

    /// Leave that somebody takes who knows of the failures.
    pub(super) fn admit_by_hand(&mut self) -> Leave {
        if self.at == At::Closed {
            return Leave::Usual;
        }
        self.at = At::HalfOpen;
        Leave::Scout
    }

    /// Hears how a prompt goes. While it is open or half open, only the scout counts: what began before is old news.
    pub(super) fn hear(&mut self, leave: Leave, course: Course, now: Duration) {
        match (self.at, course) {
            (At::Closed, Course::Whole) => *self = Self::default(),
            (At::Closed, Course::Failed(harm)) => self.fail(harm, now),
            (At::HalfOpen, _) if leave == Leave::Scout => self.hear_scout(course, now),
            _ => {}
        }
    }

    fn fail(&mut self, harm: Harm, now: Duration) {
        match harm {
            Harm::Nothing => {}
            Harm::Once => {
                self.failures += 1;
                if self.failures >= THRESHOLD {
                    self.open(None, now);
                }
            }
            Harm::Lasting(asked) => self.open(asked, now),
        }
    }

    fn hear_scout(&mut self, course: Course, now: Duration) {
        match course {
            // Others may ask again; one more failure, such as a cut before the end, opens it for longer.
            Course::Begun => (self.at, self.failures) = (At::Closed, THRESHOLD - 1),
            Course::Whole => *self = Self::default(),
            Course::Failed(Harm::Lasting(asked)) => self.open(asked, now),
            Course::Failed(Harm::Once) => self.open(None, now),
            Course::Failed(Harm::Nothing) | Course::Dropped => self.at = At::Open { until: now },
        }
    }

    fn open(&mut self, asked: Option<Duration>, now: Duration) {
        let wait = asked.unwrap_or(self.wait).min(LONGEST_ASKED);
        if asked.is_none() {
            self.wait = (self.wait * 2).min(LONGEST_WAIT);
        }
        self.at = At::Open { until: now + wait };
    }

    /// For people to read.
    pub(super) fn state(&self, now: Duration) -> BreakerState {
        match self.at {
            At::Closed => BreakerState::Closed { failures: self.failures },
            At::Open { until } => BreakerState::Open { left: until.saturating_sub(now) },
            At::HalfOpen => BreakerState::HalfOpen,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One step of a story: at which second what happens, and what is seen then.
    enum Step {
        /// Somebody asks and gets leave.
        Admits(Leave),
        /// Somebody asks and is told to wait so many seconds.
        Waits(u64),
        Hears(Leave, Course),
    }
    use Course::{Begun, Dropped, Failed, Whole};
    use Leave::{Scout, Usual};
    use Step::{Admits, Hears, Waits};

    const ONCE: Course = Failed(Harm::Once);
    const LASTING: Course = Failed(Harm::Lasting(None));

    fn tell(name: &str, story: Vec<(u64, Step)>) -> Breaker {
        let mut breaker = Breaker::default();
        for (number, (second, step)) in story.into_iter().enumerate() {
            let now = Duration::from_secs(second);
            match step {
                Admits(leave) => assert_eq!(breaker.admit(now), Ok(leave), "{name}, step {number}"),
                Waits(left) => assert_eq!(breaker.admit(now), Err(Duration::from_secs(left)), "{name}, step {number}"),
                Hears(leave, course) => breaker.hear(leave, course, now),
            }
        }
        breaker
    }

    fn opened() -> Vec<(u64, Step)> {
        (0..5).map(|_| (0, Hears(Usual, ONCE))).collect()
    }

    #[test]
    fn stories() {
        let after = |story: Vec<(u64, Step)>| opened().into_iter().chain(story).collect::<Vec<_>>();
        for (name, story) in [
            (
                "four failures leave it closed",
                (0..4).map(|_| (0, Hears(Usual, ONCE))).chain([(0, Admits(Usual))]).collect(),
            ),
            ("the fifth opens it for five seconds", after(vec![(0, Waits(5)), (4, Waits(1)), (5, Admits(Scout))])),
            (
                "a whole answer between them starts the count again",
                (0..4)
                    .map(|_| (0, Hears(Usual, ONCE)))
                    .chain([(0, Hears(Usual, Whole))])
                    .chain((0..4).map(|_| (0, Hears(Usual, ONCE))))
                    .chain([(0, Admits(Usual))])
                    .collect(),
            ),
            (
                "a fault of one prompt counts for nothing",
                (0..9).map(|_| (0, Hears(Usual, Failed(Harm::Nothing)))).chain([(0, Admits(Usual))]).collect(),
            ),
            ("a wrong key opens it at once", vec![(0, Hears(Usual, LASTING)), (0, Waits(5))]),
            (
                "what it asks for is kept to",
                vec![
                    (7, Hears(Usual, Failed(Harm::Lasting(Some(Duration::from_secs(90)))))),
                    (7, Waits(90)),
                    (97, Admits(Scout)),
                ],
            ),
            (
                "but not for longer than an hour",
                vec![(0, Hears(Usual, Failed(Harm::Lasting(Some(Duration::MAX))))), (0, Waits(3600))],
            ),
            ("one scout at a time", after(vec![(5, Admits(Scout)), (5, Waits(5)), (60, Waits(5))])),
            (
                "a scout that fails doubles the wait",
                after(vec![(5, Admits(Scout)), (6, Hears(Scout, ONCE)), (6, Waits(10)), (16, Admits(Scout))]),
            ),
            (
                "a first word closes it, and a failure behind it opens it for longer",
                after(vec![
                    (5, Admits(Scout)),
                    (6, Hears(Scout, Begun)),
                    (6, Admits(Usual)),
                    (7, Hears(Scout, ONCE)),
                    (7, Waits(10)),
                ]),
            ),
            (
                "a whole answer makes it forget",
                after(vec![(5, Admits(Scout)), (6, Hears(Scout, Begun)), (7, Hears(Scout, Whole))])
                    .into_iter()
                    .chain((0..5).map(|_| (8, Hears(Usual, ONCE))))
                    .chain([(8, Waits(5))])
                    .collect(),
            ),
            (
                "a scout that nobody waits for any more leaves room for the next",
                after(vec![(5, Admits(Scout)), (6, Hears(Scout, Dropped)), (6, Admits(Scout))]),
            ),
            (
                "old news changes nothing",
                after(vec![
                    (1, Hears(Usual, Whole)),
                    (1, Waits(4)),
                    (5, Admits(Scout)),
                    (5, Hears(Usual, ONCE)),
                    (5, Hears(Usual, Whole)),
                    (5, Waits(5)),
                ]),
            ),
        ] {
            tell(name, story);
        }
    }

    #[test]
    fn waits_double_up_to_five_minutes() {
        let mut breaker = tell("opened", opened());
        let (mut now, mut waits) = (Duration::ZERO, Vec::new());
        for _ in 0..9 {
            let BreakerState::Open { left } = breaker.state(now) else { panic!("{breaker:?}") };
            waits.push(left.as_secs());
            now += left;
            assert_eq!(breaker.admit(now), Ok(Scout));
            breaker.hear(Scout, ONCE, now);
        }
        assert_eq!(waits, [5, 10, 20, 40, 80, 160, 300, 300, 300]);
    }

    #[test]
    fn by_hand_it_is_tried_at_any_time() {
        let mut breaker = tell("opened", opened());
        assert_eq!(breaker.admit_by_hand(), Scout);
        breaker.hear(Scout, Whole, Duration::ZERO);
        assert_eq!(breaker.state(Duration::ZERO), BreakerState::Closed { failures: 0 });
    }
}
