//! The effects of a prompt: compose the answer, then show it at the one pace.

use crate::session::{Item, report};
use crate::{Engine, Session, tempo};
use assistant::{
    AnswerStream, Answerer, Ask, Asked, Circumstances, Model, Paragraphs, Piece, Reply, Route, Turn, Upstream,
    UpstreamError, Usage,
};
use domain::audience::AnswerDelta;
use domain::event::{AnswerOutcome, Composed, ContextItem, Origin, Source, Used};
use domain::ids::{AnswerId, ChatId, PromptId, RepoPath};
use domain::plan::Plan;
use domain::session::{Answer, Exchange, FileStatus, State};
use domain::{Command, cards, pace};
use futures_util::StreamExt;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

/// Longest wait before a second try at an upstream, chosen by chance so that many sessions do not come back at once.
const MAX_JITTER_MS: u64 = 400;

/// Composes the answer to a prompt; what comes of it is in the log before anybody sees a word.
pub(crate) async fn compose(engine: Engine, session: Session, prompt: PromptId) {
    let Some(question) = session.with(|state, _| Question::read(state, prompt)) else { return };
    let answer = match question.begun {
        // A part of it was shown by a server that ended: the rest of a live model's words is lost.
        Some(answer) => return finish(&session, prompt, answer, AnswerOutcome::Unavailable).await,
        None => AnswerId(engine.uuid()),
    };
    let offline = Arc::clone(&session.material().offline);
    match (&question.model, offline.route(&question.ask())) {
        (None, _) => written(&engine, &session, &question, answer, offline.reply(&question.ask())).await,
        (Some(name), Route::Written(reply)) => {
            // What is there already comes as late as the model's own words do.
            let wait = engine.tempos().wait(name, engine.parts().entropy.number());
            engine.parts().clock.sleep(wait).await;
            written(&engine, &session, &question, answer, reply).await;
        }
        (Some(name), Route::Model) => match engine.parts().models.get(name) {
            Some(model) => live(&engine, &session, &question, answer, &model).await,
            None => {
                failed(&session, prompt, format!("model `{name}` is no longer configured")).await;
                finish(&session, prompt, answer, AnswerOutcome::Unavailable).await;
            }
        },
    }
}

/// Composes what is there as a whole. In the place of a model it comes as fast as the model speaks.
async fn written(engine: &Engine, session: &Session, question: &Question, answer: AnswerId, reply: Reply) {
    let Reply { text, sources } = reply;
    let speed = question.model.as_ref().map(|name| engine.tempos().speed(name, engine.parts().entropy.number()));
    let rests = speed.map_or_else(Vec::new, |speed| tempo::rests(&text, speed));
    let composed = Composed { answer, prompt: question.prompt, text, last: true, sources, rests };
    report(session, Command::Compose(composed)).await;
}

async fn finish(session: &Session, prompt: PromptId, answer: AnswerId, outcome: AnswerOutcome) {
    report(session, Command::FinishAnswer { answer, prompt, outcome }).await;
}

async fn failed(session: &Session, prompt: PromptId, cause: String) {
    report(session, Command::FailUpstream { prompt, cause }).await;
}

/// Asks a live model. Which of its upstreams were asked in vain is in the log, whoever answers in the end.
async fn live(engine: &Engine, session: &Session, question: &Question, answer: AnswerId, model: &Model) {
    let material = session.material();
    let messages = assistant::messages(&material.task, &material.index, &question.ask());
    let Asked { skipped, answerer } = model.ask(&messages, circumstances(engine)).await;
    for skipped in skipped {
        used(session, question.prompt, &skipped.upstream, skipped.usage).await;
        failed(session, question.prompt, format!("{}: {}", skipped.upstream.name(), skipped.cause)).await;
    }
    match answerer {
        Answerer::Upstream(upstream, words) => {
            let spoken = speak(engine, session, question, answer, &upstream, words).await;
            let heard = session.with(|state, _| heard(state, question.prompt));
            if let Some((name, (wait, speed))) = question.model.as_ref().zip(heard) {
                engine.tempos().note(name, wait, speed);
            }
            if let Err(error) = spoken {
                failed(session, question.prompt, format!("{}: {error}", upstream.name())).await;
                finish(session, question.prompt, answer, AnswerOutcome::Unavailable).await;
            }
        }
        Answerer::Offline => written(engine, session, question, answer, material.offline.reply(&question.ask())).await,
        Answerer::Nobody => finish(session, question.prompt, answer, AnswerOutcome::Unavailable).await,
    }
}

/// How long it took from a prompt to the first words of its answer, and how fast the rest followed.
fn heard(state: &State, prompt: PromptId) -> Option<(Duration, Option<u32>)> {
    let exchange = state.exchanges().iter().find(|exchange| exchange.asked.prompt == prompt)?;
    let parts = &exchange.answer.as_ref()?.parts;
    let wait = Duration::from_millis(parts.first()?.0.saturating_sub(exchange.at));
    Some((wait, tempo::speed(parts)))
}

/// What an upstream took, for staff: what the candidate sees counted is the same for every answer.
async fn used(session: &Session, prompt: PromptId, upstream: &Upstream, usage: Option<Usage>) {
    let Some(usage) = usage else { return };
    let Usage { prompt: read, completion: written, estimated } = usage;
    let cost = upstream.config().prices.cost(&usage);
    let used = Used { prompt, upstream: upstream.name().to_owned(), read, written, cost, estimated };
    report(session, Command::RecordUsage(used)).await;
}

fn circumstances(engine: &Engine) -> Circumstances {
    let wall = u64::try_from(engine.parts().clock.wall()).unwrap_or(0);
    Circumstances {
        jitter: Duration::from_millis(engine.parts().entropy.number() % MAX_JITTER_MS),
        now: UNIX_EPOCH + Duration::from_millis(wall),
    }
}

/// Releases a live model's words paragraph by paragraph, less those that speak about claims that were shown.
async fn speak(
    engine: &Engine,
    session: &Session,
    question: &Question,
    answer: AnswerId,
    upstream: &Upstream,
    mut words: AnswerStream,
) -> Result<(), UpstreamError> {
    let material = session.material();
    let guard = material.offline.guard(question.ask().history);
    let mut paragraphs = Paragraphs::default();
    let mut shown = false;
    while let Some(piece) = words.next().await {
        let words = match piece? {
            Piece::Words(words) => words,
            Piece::Usage(usage) => {
                used(session, question.prompt, upstream, Some(usage)).await;
                continue;
            }
            Piece::End(_) => continue,
        };
        for paragraph in paragraphs.push(&words) {
            shown |= release(session, question.prompt, answer, &paragraph, guard.admits(&paragraph)).await;
        }
    }
    if let Some(paragraph) = paragraphs.finish() {
        shown |= release(session, question.prompt, answer, &paragraph, guard.admits(&paragraph)).await;
    }
    let last = if shown {
        Reply { text: String::new(), sources: Vec::new() }
    } else {
        // Nothing of it may be shown: the written assistant answers instead.
        material.offline.reply(&question.ask())
    };
    written(engine, session, question, answer, last).await;
    Ok(())
}

async fn release(session: &Session, prompt: PromptId, answer: AnswerId, paragraph: &str, admitted: bool) -> bool {
    if admitted && !paragraph.is_empty() {
        let source = Source { start: 0, end: paragraph.len() as u32, origin: Origin::Model {} };
        let part = Composed {
            answer,
            prompt,
            text: paragraph.to_owned(),
            last: false,
            sources: vec![source],
            rests: Vec::new(),
        };
        report(session, Command::Compose(part)).await;
    }
    admitted
}

/// What the assistant volunteers next in a session, if anything is left to volunteer. Which pair it shows does not
/// depend on sides.
pub(crate) fn card(session: &Session) -> Option<Reply> {
    let said = session.with(|state, _| Said::so_far(state, state.exchanges(), |_| true))?;
    session.material().offline.card(&said.ask("", &[]))
}

/// The command that shows it, in the conversation that was spoken in last.
pub(crate) fn volunteer(engine: &Engine, session: &Session, reply: Reply) -> Command {
    let last = session.with(|state, _| state.exchanges().last().map(|last| last.asked.chat));
    let (prompt, answer) = (PromptId(engine.uuid()), AnswerId(engine.uuid()));
    let Reply { text, sources } = reply;
    let card = Composed { answer, prompt, text, last: true, sources, rests: Vec::new() };
    Command::Volunteer { chat: last.unwrap_or_else(|| ChatId(engine.uuid())), card }
}

/// Shows an answer at the one pace, from wherever the clock says it stands, and reports its end.
pub(crate) async fn deliver(session: Session, prompt: PromptId) {
    let mut sent = session.with(|state, now| answer(state, prompt).map_or(0, |answer| answer.visible(now).len()));
    loop {
        let step = session.with(|state, now| {
            let answer = answer(state, prompt)?;
            let next = pace::steps(&answer.paced()).into_iter().find(|step| step.upto > sent);
            Some((answer.id, next, answer.is_whole(), state.seq(), now, state.paused().is_some()))
        });
        let Some((id, next, whole, seq, now, still)) = step else { return };
        match next {
            Some(step) if step.due <= now => {
                let text = session.with(|state, _| answer(state, prompt).map(Answer::text)).unwrap_or_default();
                let words = text.get(sent..step.upto).unwrap_or_default().to_owned();
                session.send(Item::Delta(AnswerDelta { answer: id, prompt, from: sent, text: words }));
                sent = step.upto;
            }
            // While the clock stands still nothing becomes visible: something has to happen first.
            Some(_) if still => {
                if session.changed(seq).await.is_err() {
                    return;
                }
            }
            Some(step) => session.sleep(step.due - now).await,
            None if whole => return finish(&session, prompt, id, AnswerOutcome::Complete).await,
            None => {
                // More may come, or the end of it because the upstream failed.
                let ended = session.with(|state, _| exchange_ended(state, prompt));
                if ended || session.changed(seq).await.is_err() {
                    return;
                }
            }
        }
    }
}

fn answer(state: &State, prompt: PromptId) -> Option<&Answer> {
    state.exchanges().iter().find(|exchange| exchange.asked.prompt == prompt)?.answer.as_ref()
}

fn exchange_ended(state: &State, prompt: PromptId) -> bool {
    state.exchanges().iter().any(|exchange| exchange.asked.prompt == prompt && exchange.outcome.is_some())
}

/// A prompt with everything its answer depends on.
struct Question {
    prompt: PromptId,
    text: String,
    context: Vec<(ContextItem, String)>,
    said: Said,
    /// The live model it is for; none: the offline assistant answers.
    model: Option<String>,
    begun: Option<AnswerId>,
}

/// What was said and done in a session before something is said in it.
struct Said {
    history: Vec<Turn>,
    plan: Plan,
    changed: BTreeSet<RepoPath>,
    most: usize,
    seed: u64,
}

impl Question {
    fn read(state: &State, prompt: PromptId) -> Option<Self> {
        let at = state.exchanges().iter().position(|exchange| exchange.asked.prompt == prompt)?;
        let (earlier, later) = state.exchanges().split_at(at);
        let exchange = later.first()?;
        let asked = &exchange.asked;
        Some(Self {
            prompt,
            text: asked.text.clone(),
            context: asked.context.iter().map(|item| (item.clone(), context_text(state, item))).collect(),
            said: Said::so_far(state, earlier, |chat| chat == asked.chat)?,
            model: state.created().assistant.asked_of(asked).map(str::to_owned),
            begun: exchange.answer.as_ref().map(|answer| answer.id),
        })
    }

    fn ask(&self) -> Ask<'_> {
        self.said.ask(&self.text, &self.context)
    }
}

impl Said {
    /// `here` says which conversations are the one that goes on.
    fn so_far(state: &State, exchanges: &[Exchange], here: impl Fn(ChatId) -> bool) -> Option<Self> {
        let history = exchanges.iter().filter_map(|earlier| {
            let answer = earlier.answer.as_ref()?;
            Some(Turn {
                prompt: earlier.asked.text.clone(),
                text: answer.text(),
                sources: sources(answer),
                // A card is shown in every conversation.
                here: earlier.volunteered || here(earlier.asked.chat),
            })
        });
        let workspace = state.workspace();
        let changed = workspace.paths().into_iter().filter(|path| workspace.status(path) != FileStatus::Unchanged);
        Some(Self {
            history: history.collect(),
            plan: state.sealed()?.plan.clone(),
            changed: changed.cloned().chain(workspace.gone()).collect(),
            most: cards::dose(state.created().minutes).most,
            seed: state.created().seed,
        })
    }

    fn ask<'a>(&'a self, text: &'a str, context: &'a [(ContextItem, String)]) -> Ask<'a> {
        let Self { history, plan, changed, most, seed } = self;
        Ask { text, context, history, plan, changed, most: *most, seed: *seed }
    }
}

/// The sources of all parts, in bytes of the whole text.
fn sources(answer: &Answer) -> Vec<Source> {
    let mut before = 0;
    let mut all = Vec::new();
    for (_, part) in &answer.parts {
        all.extend(part.sources.iter().map(|source| Source {
            start: before + source.start,
            end: before + source.end,
            origin: source.origin.clone(),
        }));
        before += part.text.len() as u32;
    }
    all
}

/// What an item of context says; nothing where it does not exist (any more).
fn context_text(state: &State, item: &ContextItem) -> String {
    match item {
        ContextItem::File { path } => state.workspace().text(path).unwrap_or_default(),
        ContextItem::Selection { path, from_line, to_line } => {
            let text = state.workspace().text(path).unwrap_or_default();
            let first = from_line.saturating_sub(1) as usize;
            let count = (to_line.saturating_sub(*from_line) as usize).saturating_add(1);
            text.lines().skip(first).take(count).collect::<Vec<_>>().join("\n")
        }
        ContextItem::Run { run } => {
            let run = state.runs().iter().find(|known| known.id == *run);
            run.and_then(|run| run.outcome.as_ref()).map(|outcome| outcome.output.clone()).unwrap_or_default()
        }
    }
}
