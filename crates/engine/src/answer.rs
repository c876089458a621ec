//! The effects of a prompt: compose the answer, then show it at the one pace.

use crate::question::{Question, Said};
use crate::session::{Item, report};
use crate::{Engine, Session, tempo};
use assistant::{
    AnswerStream, Answerer, Asked, Circumstances, Model, Paragraphs, Piece, Present, Reply, Route, Upstream,
    UpstreamError, Usage,
};
use domain::audience::AnswerDelta;
use domain::event::{AnswerOutcome, Composed, Origin, Source, Used};
use domain::ids::{AnswerId, ChatId, PromptId};
use domain::session::{Answer, State};
use domain::{Command, pace};
use futures_util::StreamExt;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

/// Longest wait before a second try at an upstream, chosen by chance so that many sessions do not come back at once.
const MAX_JITTER_MS: u64 = 400;

/// Composes the answer to a prompt; what comes of it is in the log before anybody sees a word.
pub(crate) async fn compose(engine: Engine, session: Session, prompt: PromptId) {
    let Some(question) = Question::read(&session, prompt) else { return };
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
            // It was removed while the session runs: somebody has to answer.
            None => {
                failed(&session, prompt, format!("model `{name}` is no longer configured")).await;
                written(&engine, &session, &question, answer, offline.reply(&question.ask())).await;
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
    let index = question.ask().present.map_or(&material.index, Present::index);
    let messages = assistant::messages(&material.task, index, &question.ask());
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
