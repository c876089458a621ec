//! The handle of one live session: what it takes, what it gives to read, what it tells its readers.

mod owner;

pub(crate) use owner::{Loading, load, report};

use crate::clock::{Clock, SessionTime};
use crate::material::{self, Material};
use crate::{Engine, Error, answer};
use assistant::Present;
use code_index::Index;
use domain::Command;
use domain::audience::{self, AnswerDelta, CandidateFact, ClockView, Reveal, StaffFact};
use domain::event::{Event, Fact, Mode};
use domain::ids::SessionId;
use domain::session::{Effect, Phase, State};
use domain::task::Task;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::{OnceCell, broadcast, mpsc, oneshot, watch};

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
    /// The changed code as it stood when it was last asked for, by the digest of its changes.
    present: Mutex<Option<(String, Arc<Present>)>>,
    /// The report of a session that is concluded, which never changes again.
    report: OnceCell<Arc<assess::Report>>,
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
            n: state.candidate_n_at(event.seq),
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
    /// The task of an effect ended, in whatever way.
    Ended(Effect),
}

/// Where a reader of the feed stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// After this number of the candidate's own counter.
    Candidate(u64),
    /// After this number of the log.
    Log(u64),
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

    /// Lets the assistant volunteer its next remark now.
    pub async fn bring_card_forward(&self, engine: &Engine) -> Result<Receipt, Error> {
        let card = answer::card(self).ok_or(Error::NoCard)?;
        self.command(answer::volunteer(engine, self, card)).await
    }

    /// Practice or an interview.
    pub fn mode(&self) -> Mode {
        self.with(|state, _| state.created().mode)
    }

    pub(crate) fn material(&self) -> &Arc<Material> {
        &self.material
    }

    /// Whether both are handles of one task.
    pub(crate) fn is_the_same_as(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
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

    /// The feed: what came after a number, then what comes.
    pub async fn subscribe(&self, engine: &Engine, after: After) -> Result<Feed, Error> {
        let (reply, answer) = oneshot::channel();
        self.mailbox.send(Message::Subscribe(reply)).await.map_err(|_| Error::Closed)?;
        let (upto, live) = answer.await.map_err(|_| Error::Closed)?;
        let seq = self.with(|state, _| match after {
            After::Candidate(n) => state.seq_of_candidate_n(n),
            After::Log(seq) => seq,
        });
        if seq >= upto {
            return Ok(Feed { past: Vec::new(), live });
        }
        let events = engine.parts().log.read(self.id, seq).await?;
        // What an audience may know of an event does not change with what comes after it: the state of now will do.
        let past = self.with(|state, _| {
            let past = events.into_iter().filter(|event| event.seq <= upto);
            past.map(|event| Arc::new(Published::of(event, state))).collect()
        });
        Ok(Feed { past, live })
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
    pub async fn report(&self, engine: &Engine) -> Result<Arc<assess::Report>, Error> {
        if self.with(|state, _| state.phase()) != Phase::Concluded {
            return Err(Error::NotYet { what: "the report", hint: "it opens when the submission has been judged" });
        }
        let compute = async || {
            let (task, events) = (Arc::clone(self.task()), self.events(engine).await?);
            let report = tokio::task::spawn_blocking(move || assess::report(&task, &events)).await;
            Ok::<_, Error>(Arc::new(report.map_err(|error| Error::Lost(error.to_string()))??))
        };
        self.shared.report.get_or_try_init(compute).await.cloned()
    }

    /// The index of the files as they stand.
    pub(crate) fn index(&self) -> Arc<Index> {
        self.present().map_or_else(|| Arc::clone(&self.material.index), |present| Arc::clone(present.index()))
    }

    /// The code as it stands, made anew only when a file changed; none while it is that of the base revision.
    pub(crate) fn present(&self) -> Option<Arc<Present>> {
        let workspace = self.with(|state, _| state.workspace().clone());
        if material::changed(&workspace).is_empty() {
            return None;
        }
        let digest = workspace.digest();
        let mut kept = self.shared.present.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, present)) = kept.as_ref()
            && *of == digest
        {
            return Some(Arc::clone(present));
        }
        let present = Arc::new(self.material.with_changes(&workspace));
        *kept = Some((digest, Arc::clone(&present)));
        Some(present)
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
