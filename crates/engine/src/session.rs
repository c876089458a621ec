//! One live session: a task of its own owns the state, takes commands one by one, appends before anybody sees.

use crate::clock::{Clock, SessionTime};
use crate::material::Material;
use crate::{Engine, Error, answer, judge, run};
use domain::audience::{self, AnswerDelta, CandidateFact, ClockView, Reveal, StaffFact};
use domain::event::{Event, Fact, SubmittedBy};
use domain::ids::SessionId;
use domain::session::{Effect, Phase, State};
use domain::task::Task;
use domain::{Command, Refusal};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::{broadcast, mpsc, oneshot, watch};

/// How often the session time reached is put down outside the log.
const HEARTBEAT: Duration = Duration::from_secs(2);
/// Feed items a slow reader may lag behind before it has to start over.
const FEED_ITEMS: usize = 1024;
/// Commands that may wait.
const MAILBOX: usize = 256;

/// A live session.
#[derive(Clone)]
pub struct Session {
    id: SessionId,
    material: Arc<Material>,
    mailbox: mpsc::Sender<Message>,
    shared: Arc<Shared>,
}

struct Shared {
    state: RwLock<State>,
    time: Mutex<SessionTime>,
    clock: Arc<dyn Clock>,
    feed: broadcast::Sender<Item>,
    // The last event's number: who waits for a change of the state waits here.
    seq: watch::Sender<u64>,
}

/// What a command brought about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The candidate's counter after it.
    pub n: u64,
    /// The log's last number after it.
    pub seq: u64,
}

/// An event with what each audience may know of it, worked out once for all readers.
#[derive(Debug)]
pub struct Published {
    /// The event.
    pub event: Event,
    /// The candidate's counter after it.
    pub n: u64,
    /// For the candidate.
    pub candidate: Option<CandidateFact>,
    /// For staff who are blind.
    pub staff: Option<StaffFact>,
    /// For staff who asked for the sealed facts.
    pub opened: Option<StaffFact>,
}

impl Published {
    fn of(event: Event, state: &State) -> Self {
        Self {
            n: state.candidate_n(),
            candidate: audience::for_candidate(&event, state),
            staff: audience::for_staff(&event, state, Reveal::Nothing),
            opened: audience::for_staff(&event, state, Reveal::Sealed),
            event,
        }
    }
}

/// What a feed carries.
#[derive(Clone, Debug)]
pub enum Item {
    /// An event.
    Fact(Arc<Published>),
    /// Words of an answer became visible.
    Delta(AnswerDelta),
    /// The clock stopped or goes on.
    Clock(ClockView),
}

/// A feed: what was, then what comes.
pub struct Feed {
    /// Events so far, after the number asked for.
    pub past: Vec<Arc<Published>>,
    /// Items from here on.
    pub live: broadcast::Receiver<Item>,
}

enum Message {
    Command(Box<Command>, oneshot::Sender<Result<Receipt, Error>>),
    Subscribe(oneshot::Sender<(u64, broadcast::Receiver<Item>)>),
}

impl Session {
    /// Its id.
    pub fn id(&self) -> SessionId {
        self.id
    }

    /// Its task.
    pub fn task(&self) -> &Arc<Task> {
        &self.material.task
    }

    pub(crate) fn material(&self) -> &Arc<Material> {
        &self.material
    }

    /// Whether its own task still takes commands.
    pub(crate) fn is_live(&self) -> bool {
        !self.mailbox.is_closed()
    }

    /// Reads the state and the session time (ms).
    pub fn with<T>(&self, read: impl FnOnce(&State, u64) -> T) -> T {
        let now = self.now();
        read(&self.shared.state.read().unwrap_or_else(PoisonError::into_inner), now)
    }

    /// Session time in milliseconds.
    pub fn now(&self) -> u64 {
        self.shared.now()
    }

    /// The clock as pages show it.
    pub fn clock(&self) -> ClockView {
        self.with(clock_view)
    }

    /// Carries a command out; durable when it answers.
    pub async fn command(&self, command: Command) -> Result<Receipt, Error> {
        let (reply, answer) = oneshot::channel();
        self.mailbox.send(Message::Command(Box::new(command), reply)).await.map_err(|_| Error::Closed)?;
        answer.await.map_err(|_| Error::Closed)?
    }

    /// A receipt of the state as it stands: what a repeated command gets.
    pub fn receipt(&self) -> Receipt {
        self.with(|state, _| Receipt { n: state.candidate_n(), seq: state.seq() })
    }

    /// The feed: events for which `wanted` holds from the log, then what comes. `known` tells from the candidate's
    /// counter and the log's number whether the reader has an event already.
    pub async fn subscribe(&self, engine: &Engine, known: impl Fn(&Published) -> bool) -> Result<Feed, Error> {
        let (reply, answer) = oneshot::channel();
        self.mailbox.send(Message::Subscribe(reply)).await.map_err(|_| Error::Closed)?;
        let (upto, live) = answer.await.map_err(|_| Error::Closed)?;
        let past = self.history(engine, upto).await?;
        Ok(Feed { past: past.into_iter().filter(|published| !known(published)).collect(), live })
    }

    /// The log so far with what each audience may know of it.
    pub async fn history(&self, engine: &Engine, upto: u64) -> Result<Vec<Arc<Published>>, Error> {
        let corrupt = |source| Error::Corrupt { session: self.id, source };
        let events = engine.parts().log.read(self.id, 0).await?;
        let mut events = events.into_iter().filter(|event| event.seq <= upto);
        let first = events.next().ok_or(Error::UnknownSession(self.id))?;
        let mut state = State::begin(Arc::clone(&self.task().base), &first).map_err(corrupt)?;
        let mut past = vec![Arc::new(Published::of(first, &state))];
        for event in events {
            state.apply(&event).map_err(corrupt)?;
            past.push(Arc::new(Published::of(event, &state)));
        }
        Ok(past)
    }

    /// The log as it is stored.
    pub async fn events(&self, engine: &Engine) -> Result<Vec<Event>, Error> {
        Ok(engine.parts().log.read(self.id, 0).await?)
    }

    pub(crate) fn send(&self, item: Item) {
        // Nobody listening is no fault.
        let _ = self.shared.feed.send(item);
    }

    /// Waits for some milliseconds of time; while the session is paused its own time does not pass.
    pub(crate) async fn sleep(&self, millis: u64) {
        self.shared.clock.sleep(Duration::from_millis(millis)).await;
    }

    /// The report; the candidate's comes with the debrief, so nobody gets one before the session is judged.
    pub async fn report(&self, engine: &Engine) -> Result<assess::Report, Error> {
        if self.with(|state, _| state.phase()) != Phase::Concluded {
            return Err(Error::NotYet { what: "the report", hint: "it opens when the submission has been judged" });
        }
        Ok(assess::report(self.task(), &self.events(engine).await?)?)
    }

    /// Waits until the state has an event after `seq`.
    pub(crate) async fn changed(&self, seq: u64) -> Result<(), Error> {
        let mut watch = self.shared.seq.subscribe();
        watch.wait_for(|now| *now > seq).await.map(|_| ()).map_err(|_| Error::Closed)
    }
}

impl Shared {
    fn now(&self) -> u64 {
        self.time.lock().unwrap_or_else(PoisonError::into_inner).now(self.clock.as_ref())
    }

    fn set_running(&self, running: bool) {
        self.time.lock().unwrap_or_else(PoisonError::into_inner).set_running(running, self.clock.as_ref());
    }
}

fn clock_view(state: &State, now: u64) -> ClockView {
    ClockView {
        now,
        minutes: state.created().minutes,
        started: state.started(),
        deadline: state.deadline(),
        paused: state.paused().map(str::to_owned),
    }
}

/// Events of facts, numbered after `seq`.
pub(crate) fn number(facts: Vec<Fact>, seq: u64, at: u64, wall: i64) -> Vec<Event> {
    let event = |(seq, fact)| Event { seq, at, wall, v: Event::VERSION, fact };
    (seq + 1..).zip(facts).map(event).collect()
}

/// Loads a session from its log and starts its task.
pub(crate) async fn load(engine: &Engine, id: SessionId) -> Result<Session, Error> {
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
    });
    let session = Session { id, material, mailbox, shared };
    let owner = Owner { engine: engine.clone(), session: session.clone(), in_flight: BTreeSet::new() };
    tokio::spawn(owner.run(messages));
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
}

impl Owner {
    async fn run(mut self, mut messages: mpsc::Receiver<Message>) {
        self.resume().await;
        let clock = Arc::clone(&self.session.shared.clock);
        let mut beat = clock.sleep(HEARTBEAT);
        loop {
            let deadline = self.deadline();
            tokio::select! {
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
                    None => break,
                },
                () = deadline => {
                    let submit = Command::Submit { by: SubmittedBy::Deadline, diagnosis: String::new() };
                    if let Err(error) = self.handle(submit).await {
                        tracing::warn!(session = %self.session.id, %error, "the deadline could not be recorded; trying again");
                        clock.sleep(HEARTBEAT).await;
                    }
                }
                () = &mut beat => {
                    if !self.beat().await {
                        break;
                    }
                    beat = clock.sleep(HEARTBEAT);
                }
            }
        }
    }

    /// After a start: says so in the log, closes runs that died with the last server, issues what is due.
    async fn resume(&mut self) {
        let (working, runs) = self.session.with(|state, _| {
            let runs = state.runs().iter().filter(|run| run.outcome.is_none()).map(|run| run.id).collect::<Vec<_>>();
            (state.phase() == Phase::Working, runs)
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
        self.engine.parts().log.append(self.session.id, seq, events.clone()).await?;
        for event in events {
            self.publish(event)?;
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
                tokio::spawn(answer::deliver(self.session.clone(), prompt));
            }
            if self.in_flight.insert(effect.clone()) {
                self.spawn(effect);
            }
        }
    }

    fn spawn(&self, effect: Effect) {
        let (engine, session) = (self.engine.clone(), self.session.clone());
        match effect {
            Effect::Answer(prompt) => drop(tokio::spawn(answer::compose(engine, session, prompt))),
            Effect::Deliver(prompt) => drop(tokio::spawn(answer::deliver(session, prompt))),
            Effect::Run(run) => drop(tokio::spawn(run::carry_out(engine, session, run))),
            Effect::Judge => drop(tokio::spawn(judge::carry_out(engine, session))),
        }
    }

    /// Ends when time is up; never, while no clock runs.
    fn deadline(&self) -> impl Future<Output = ()> + use<> {
        let shared = Arc::clone(&self.session.shared);
        let left = self.session.with(|state, now| {
            let runs = state.phase() == Phase::Working && state.paused().is_none();
            state.deadline().filter(|_| runs).map(|deadline| deadline.saturating_sub(now))
        });
        async move {
            match left {
                Some(left) => shared.clock.sleep(Duration::from_millis(left)).await,
                None => std::future::pending().await,
            }
        }
    }

    /// Puts the time down; false when the session can be put away.
    async fn beat(&self) -> bool {
        let (phase, now) = self.session.with(|state, now| (state.phase(), now));
        if phase == Phase::Concluded {
            if self.session.shared.feed.receiver_count() > 0 {
                return true;
            }
            self.engine.forget(self.session.id).await;
            return false;
        }
        if let Err(error) = self.engine.parts().log.heartbeat(self.session.id, now).await {
            tracing::warn!(session = %self.session.id, %error, "could not put the session time down");
        }
        true
    }
}

/// A command whose result nobody waits for: an effect's report. A refusal means that it is no longer due.
pub(crate) async fn report(session: &Session, command: Command) {
    match session.command(command).await {
        Ok(_) | Err(Error::Refused(Refusal::NotDue { .. } | Refusal::Over | Refusal::Duplicate)) => {}
        Err(error) => tracing::error!(session = %session.id(), %error, "the result of an effect could not be recorded"),
    }
}
