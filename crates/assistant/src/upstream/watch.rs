//! Tells the breaker and the statistics of an upstream how each prompt goes, also when nobody waits for it any more.

use super::breaker::{Breaker, Course, Leave};
use super::error::UpstreamError;
use super::statistics::{Statistics, Tally};
use super::{AnswerStream, Piece};
use futures_util::{Stream, StreamExt, stream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// What is known about one upstream; shared by its running answers.
#[derive(Debug)]
pub(super) struct Watch {
    start: Instant,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    breaker: Breaker,
    tally: Tally,
}

impl Watch {
    pub(super) fn start() -> Arc<Self> {
        Arc::new(Self { start: Instant::now(), known: Mutex::default() })
    }

    fn now(&self) -> Duration {
        self.start.elapsed()
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn statistics(&self) -> Statistics {
        let (known, now) = (self.known(), self.now());
        known.tally.statistics(known.breaker.state(now), now)
    }

    /// Leave for one prompt.
    pub(super) fn admit(self: &Arc<Self>) -> Result<Watched, UpstreamError> {
        let leave = self.known().breaker.admit(self.now());
        Ok(self.watched(leave.map_err(|left| UpstreamError::LeftAlone { left })?))
    }

    /// Leave for a test, which somebody wants whatever happened before.
    pub(super) fn admit_by_hand(self: &Arc<Self>) -> Watched {
        let leave = self.known().breaker.admit_by_hand();
        self.watched(leave)
    }

    fn watched(self: &Arc<Self>, leave: Leave) -> Watched {
        Watched { watch: Arc::clone(self), leave, asked: Instant::now(), begun: false, over: false }
    }
}

/// One prompt on its way.
#[derive(Debug)]
pub(super) struct Watched {
    watch: Arc<Watch>,
    leave: Leave,
    asked: Instant,
    begun: bool,
    over: bool,
}

impl Watched {
    /// A scout is one request.
    pub(super) fn is_scout(&self) -> bool {
        self.leave == Leave::Scout
    }

    /// Since the prompt was asked.
    pub(super) fn age(&self) -> Duration {
        self.asked.elapsed()
    }

    pub(super) fn attempt(&self) {
        self.watch.known().tally.attempt();
    }

    /// A request that failed and is tried once more.
    pub(super) fn stumbled(&self, error: &UpstreamError) {
        self.watch.known().tally.failure(error, self.watch.now());
    }

    pub(super) fn failed(&mut self, error: &UpstreamError) {
        self.stumbled(error);
        self.hear(Course::Failed(error.harm()));
    }

    pub(super) fn whole(&mut self) {
        self.watch.known().tally.answer();
        self.hear(Course::Whole);
    }

    fn word(&mut self) {
        if !self.begun {
            self.begun = true;
            self.watch.known().tally.first_word(self.age());
            self.hear(Course::Begun);
        }
    }

    fn hear(&mut self, course: Course) {
        self.over |= course != Course::Begun;
        self.watch.known().breaker.hear(self.leave, course, self.watch.now());
    }

    /// Watches an answer to its end.
    pub(super) fn stream(
        self,
        answer: impl Stream<Item = Result<Piece, UpstreamError>> + Send + 'static,
    ) -> AnswerStream {
        Box::pin(stream::unfold((Box::pin(answer), self), |(mut answer, mut watched)| async move {
            let item = answer.next().await?;
            match &item {
                Ok(Piece::Words(_)) => watched.word(),
                Ok(Piece::Usage(_)) => {}
                Ok(Piece::End(_)) => watched.whole(),
                Err(error) => watched.failed(error),
            }
            Some((item, (answer, watched)))
        }))
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if !self.over {
            self.hear(Course::Dropped);
        }
    }
}
