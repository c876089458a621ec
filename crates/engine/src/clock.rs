//! Time as a parameter: the machine's own clock, or one that stands still until a test moves it.

use futures_util::future::BoxFuture;
use std::sync::Mutex;
use std::time::Duration;
use tokio::sync::watch;

/// What the engine knows of time.
pub trait Clock: Send + Sync {
    /// Milliseconds since 1970-01-01 UTC.
    fn wall(&self) -> i64;
    /// Time since some fixed moment; never runs backwards.
    fn monotonic(&self) -> Duration;
    /// Ends when this much time has passed.
    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()>;
}

/// The machine's clock.
#[derive(Debug)]
pub struct SystemClock {
    start: std::time::Instant,
}

impl SystemClock {
    /// A clock whose monotonic time starts now.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the machine's clock")]
    pub fn start() -> Self {
        Self { start: std::time::Instant::now() }
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the machine's clock")]
    fn wall(&self) -> i64 {
        std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(0, |time| i64::try_from(time.as_millis()).unwrap_or(i64::MAX))
    }

    fn monotonic(&self) -> Duration {
        self.start.elapsed()
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(time))
    }
}

/// A clock that stands still until it is moved: the same commands give the same times.
#[derive(Debug)]
pub struct VirtualClock {
    start: i64,
    passed: watch::Sender<Duration>,
    // Moves are made one after another, so that no sleeper misses one.
    moving: Mutex<()>,
}

impl VirtualClock {
    /// A clock that shows `wall` (Unix milliseconds).
    pub fn at(wall: i64) -> Self {
        Self { start: wall, passed: watch::Sender::new(Duration::ZERO), moving: Mutex::new(()) }
    }

    /// Moves the clock on and wakes who slept long enough.
    pub fn advance(&self, time: Duration) {
        let _one_at_a_time = self.moving.lock();
        self.passed.send_modify(|passed| *passed += time);
    }
}

impl Clock for VirtualClock {
    fn wall(&self) -> i64 {
        self.start + i64::try_from(self.passed.borrow().as_millis()).unwrap_or(i64::MAX)
    }

    fn monotonic(&self) -> Duration {
        *self.passed.borrow()
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()> {
        let mut passed = self.passed.subscribe();
        let due = *passed.borrow() + time;
        Box::pin(async move {
            // The sender lives as long as `self`, so waiting ends only when the time has come.
            let _ = passed.wait_for(|now| *now >= due).await;
        })
    }
}

/// The clock of one session: it stands still while the session is paused or the server is down.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SessionTime {
    reached: u64,
    running_since: Option<Duration>,
}

impl SessionTime {
    /// A clock that goes on from a session time (ms).
    pub(crate) fn from(reached: u64, running: bool, clock: &dyn Clock) -> Self {
        Self { reached, running_since: running.then(|| clock.monotonic()) }
    }

    /// Session time in milliseconds.
    pub(crate) fn now(&self, clock: &dyn Clock) -> u64 {
        let passed = self.running_since.map_or(Duration::ZERO, |since| clock.monotonic().saturating_sub(since));
        self.reached + u64::try_from(passed.as_millis()).unwrap_or(u64::MAX / 2)
    }

    /// Lets it run or stand still from here.
    pub(crate) fn set_running(&mut self, running: bool, clock: &dyn Clock) {
        if running != self.running_since.is_some() {
            *self = Self::from(self.now(clock), running, clock);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[test]
    fn session_time_stands_still_while_paused_and_goes_on_from_there() {
        let clock = VirtualClock::at(0);
        let mut time = SessionTime::from(500, true, &clock);
        clock.advance(Duration::from_millis(100));
        assert_eq!(time.now(&clock), 600);
        time.set_running(false, &clock);
        clock.advance(Duration::from_secs(60));
        assert_eq!(time.now(&clock), 600);
        time.set_running(true, &clock);
        clock.advance(Duration::from_millis(7));
        assert_eq!(time.now(&clock), 607);
    }

    #[tokio::test]
    async fn a_sleeper_wakes_when_the_virtual_clock_has_moved_far_enough() {
        let clock = VirtualClock::at(0);
        let mut sleep = clock.sleep(Duration::from_secs(5));
        clock.advance(Duration::from_secs(4));
        assert_eq!((&mut sleep).now_or_never(), None, "a second too early");
        clock.advance(Duration::from_secs(1));
        sleep.await;
    }
}
