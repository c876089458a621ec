//! The task that owns a session: takes commands one by one, appends before anybody sees, starts what is due.

use super::{Item, Message, Published, Receipt, Session, Shared, clock_view, number};
use crate::clock::SessionTime;
use crate::{Engine, Error, answer, judge, run};
use domain::Command;
use domain::event::{Event, Fact, SubmittedBy};
use domain::ids::SessionId;
use domain::session::{Effect, Phase, State};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::{OnceCell, broadcast, mpsc, watch};

/// How often the session time reached is put down outside the log.
const HEARTBEAT: Duration = Duration::from_secs(2);
/// Before something that failed for a passing reason is tried again.
const RETRY: Duration = Duration::from_secs(1);
/// Feed items a slow reader may lag behind before it has to start over.
const FEED_ITEMS: usize = 256;
/// Commands that may wait.
const MAILBOX: usize = 256;

/// Why a session is loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loading {
    /// The server was started: time that the clock should have counted was lost, which the log should tell.
    AtStart,
    /// Somebody asked for it.
    OnDemand,
}

/// Loads a session from its log and starts its task.
pub(crate) async fn load(engine: &Engine, id: SessionId, loading: Loading) -> Result<Session, Error> {
    let parts = engine.parts();
    let events = parts.log.read(id, 0).await?;
    let Some(Fact::Created(created)) = events.first().map(|event| &event.fact) else {
        return Err(Error::UnknownSession(id));
    };
    let material = engine.material(&created.task)?;
    if created.base != material.task.brief.head {
        return Err(Error::TaskChanged {
            session: id,
            task: created.task.clone(),
            expected: created.base.to_string(),
            actual: material.task.brief.head.to_string(),
        });
    }
    let state = State::replay(Arc::clone(&material.task.base), &events)
        .map_err(|source| Error::Corrupt { session: id, source })?;
    let reached = parts.log.elapsed(id).await?.max(state.at());
    let time = SessionTime::from(reached, runs(&state), parts.clock.as_ref());
    let (mailbox, messages) = mpsc::channel(MAILBOX);
    let shared = Arc::new(Shared {
        seq: watch::Sender::new(state.seq()),
        state: RwLock::new(state),
        time: Mutex::new(time),
        clock: Arc::clone(&parts.clock),
        feed: broadcast::Sender::new(FEED_ITEMS),
        present: Mutex::new(None),
        report: OnceCell::new(),
    });
    let session = Session { id, material, mailbox, shared };
    let owner =
        Owner { engine: engine.clone(), session: session.clone(), in_flight: BTreeSet::new(), overtaken: false };
    tokio::spawn(owner.run(messages, loading));
    Ok(session)
}

/// Whether session time passes in a state.
fn runs(state: &State) -> bool {
    state.phase() != Phase::Concluded && state.paused().is_none()
}

/// The task that owns a session.
struct Owner {
    engine: Engine,
    session: Session,
    in_flight: BTreeSet<Effect>,
    /// The log has events of another writer: what this task holds is no longer the truth.
    overtaken: bool,
}

impl Owner {
    async fn run(mut self, mut messages: mpsc::Receiver<Message>, loading: Loading) {
        self.resume(loading).await;
        let clock = Arc::clone(&self.session.shared.clock);
        let mut beat = clock.sleep(HEARTBEAT);
        while !self.overtaken {
            let deadline = self.deadline();
            let card = self.card();
            tokio::select! {
                // Time first: a full mailbox must not carry work past the deadline.
                biased;
                () = deadline => {
                    let submit = Command::Submit { by: SubmittedBy::Deadline, diagnosis: String::new() };
                    if let Err(error) = self.handle(submit).await {
                        tracing::warn!(session = %self.session.id, %error, "the deadline could not be recorded; trying again");
                        clock.sleep(RETRY).await;
                    }
                }
                () = card => {
                    if let Some(card) = answer::card(&self.session)
                        && let Err(error) = self.handle(answer::volunteer(&self.engine, &self.session, card)).await
                    {
                        tracing::warn!(session = %self.session.id, %error, "a card could not be recorded; trying again");
                        clock.sleep(RETRY).await;
                    }
                }
                message = messages.recv() => match message {
                    Some(Message::Command(command, reply)) => {
                        let result = self.handle(*command).await;
                        // Who asked may have gone; what happened stands.
                        let _ = reply.send(result);
                    }
                    Some(Message::Subscribe(reply)) => {
                        let seq = self.session.with(|state, _| state.seq());
                        let _ = reply.send((seq, self.session.shared.feed.subscribe()));
                    }
                    Some(Message::Ended(effect)) => {
                        self.in_flight.remove(&effect);
                        self.issue();
                    }
                    None => break,
                },
                () = &mut beat => {
                    if !self.beat().await {
                        break;
                    }
                    beat = clock.sleep(HEARTBEAT);
                }
            }
        }
        self.engine.forget(&self.session);
    }

    /// After a start: says so in the log, closes runs that died with the last server, issues what is due.
    async fn resume(&mut self, loading: Loading) {
        let (working, runs) = self.session.with(|state, _| {
            let runs = state.runs().iter().filter(|run| run.outcome.is_none()).map(|run| run.id).collect::<Vec<_>>();
            (loading == Loading::AtStart && state.phase() == Phase::Working, runs)
        });
        let restart = working.then_some(Command::Restart);
        let lost = runs.into_iter().map(|run| Command::FinishRun { run, outcome: run::lost_with_the_server() });
        for command in restart.into_iter().chain(lost) {
            if let Err(error) = self.handle(command).await {
                tracing::warn!(session = %self.session.id, %error, "could not record the restart");
            }
        }
        self.issue();
    }

    async fn handle(&mut self, command: Command) -> Result<Receipt, Error> {
        let shared = Arc::clone(&self.session.shared);
        let (facts, seq, at) = self.session.with(|state, now| {
            let at = now.max(state.at());
            state.decide(command, now).map(|facts| (facts, state.seq(), at))
        })?;
        let events = number(facts, seq, at, shared.clock.wall());
        if events.is_empty() {
            return Ok(self.session.receipt());
        }
        if let Err(error) = self.engine.parts().log.append(self.session.id, seq, events.clone()).await {
            // Loaded again from the log at the next access.
            self.overtaken = matches!(error, store::Error::Conflict { .. });
            return Err(error.into());
        }
        for event in events {
            if let Err(error) = self.publish(event) {
                self.overtaken = true;
                return Err(error);
            }
        }
        self.issue();
        Ok(self.session.receipt())
    }

    /// Applies an event that is on disk, and tells everyone.
    fn publish(&self, event: Event) -> Result<(), Error> {
        let shared = &self.session.shared;
        let (published, clock, running) = {
            let mut state = shared.state.write().unwrap_or_else(PoisonError::into_inner);
            state.apply(&event).map_err(|source| Error::Corrupt { session: self.session.id, source })?;
            let moves_clock =
                matches!(event.fact, Fact::Started {} | Fact::Paused { .. } | Fact::Resumed {} | Fact::Concluded {});
            let clock = moves_clock.then(|| clock_view(&state, event.at));
            (Published::of(event, &state), clock, runs(&state))
        };
        shared.set_running(running);
        shared.seq.send_replace(published.event.seq);
        self.session.send(Item::Fact(Arc::new(published)));
        if let Some(clock) = clock {
            self.session.send(Item::Clock(clock));
        }
        Ok(())
    }

    /// Starts what the log says is due and is not under way.
    fn issue(&mut self) {
        let due = self.session.with(|state, _| state.effects());
        let showing = |effect: &Effect| match effect {
            Effect::Deliver(prompt) => due.contains(&Effect::Answer(*prompt)),
            Effect::Answer(_) | Effect::Run(_) | Effect::Judge => false,
        };
        self.in_flight.retain(|effect| due.contains(effect) || showing(effect));
        for effect in due {
            if let Effect::Answer(prompt) = effect
                && self.session.with(|state, _| state.answer_of(prompt).is_some())
                && self.in_flight.insert(Effect::Deliver(prompt))
            {
                self.spawn(Effect::Deliver(prompt));
            }
            if self.in_flight.insert(effect.clone()) {
                self.spawn(effect);
            }
        }
    }

    fn spawn(&self, effect: Effect) {
        let (engine, session) = (self.engine.clone(), self.session.clone());
        let task = match &effect {
            Effect::Answer(prompt) => tokio::spawn(answer::compose(engine, session, *prompt)),
            Effect::Deliver(prompt) => tokio::spawn(answer::deliver(session, *prompt)),
            Effect::Run(run) => tokio::spawn(run::carry_out(engine, session, *run)),
            Effect::Judge => tokio::spawn(judge::carry_out(engine, session)),
        };
        let session = self.session.clone();
        tokio::spawn(async move {
            if let Err(error) = task.await {
                tracing::error!(session = %session.id, ?effect, %error, "an effect broke");
            }
            if session.with(|state, _| state.effects().contains(&effect)) {
                // It ended and is still due: what stood in its way may pass.
                session.shared.clock.sleep(RETRY).await;
            }
            // Where the session was put away, the next load issues what is due.
            let _ = session.mailbox.send(Message::Ended(effect)).await;
        });
    }

    /// Ends when time is up; never, while no clock runs.
    fn deadline(&self) -> impl Future<Output = ()> + use<> {
        self.until(self.session.with(|state, _| {
            let runs = state.phase() == Phase::Working && state.paused().is_none();
            state.deadline().filter(|_| runs)
        }))
    }

    /// Ends when the assistant has something to volunteer.
    fn card(&self) -> impl Future<Output = ()> + use<> {
        let due = self.session.with(|state, _| state.card_due());
        self.until(due.filter(|_| answer::card(&self.session).is_some()))
    }

    /// Ends at a session time (ms).
    fn until(&self, at: Option<u64>) -> impl Future<Output = ()> + use<> {
        let shared = Arc::clone(&self.session.shared);
        let left = self.session.with(|_, now| at.map(|at| at.saturating_sub(now)));
        async move {
            match left {
                Some(left) => shared.clock.sleep(Duration::from_millis(left)).await,
                None => std::future::pending().await,
            }
        }
    }

    /// Puts the time down; false when the session can be put away.
    async fn beat(&self) -> bool {
        let (counts, now) = self.session.with(|state, now| (state.phase() == Phase::Working && runs(state), now));
        if !counts {
            // No clock to keep and nothing under way: it can be loaded again when somebody asks for it.
            return self.session.shared.feed.receiver_count() > 0 || !self.in_flight.is_empty();
        }
        if let Err(error) = self.engine.parts().log.heartbeat(self.session.id, now).await {
            tracing::warn!(session = %self.session.id, %error, "could not put the session time down");
        }
        true
    }
}

/// A command whose result nobody waits for: an effect's report. A refusal means that it is no longer due; while the
/// log takes nothing, the report waits, for what was done once should not be done again.
pub(crate) async fn report(session: &Session, command: Command) {
    loop {
        match session.command(command.clone()).await {
            Ok(_) | Err(Error::Refused(_) | Error::Closed) => return,
            Err(Error::Store(store::Error::Unavailable { source })) => {
                tracing::warn!(session = %session.id(), %source, "the log takes nothing; trying again");
                session.shared.clock.sleep(RETRY).await;
            }
            Err(error) => {
                tracing::error!(session = %session.id(), %error, "the result of an effect could not be recorded");
                return;
            }
        }
    }
}
