//! What an answer depends on: the prompt, what stands beside it, what was said before, and the code as it stands.

use crate::{Session, material};
use assistant::{Ask, Present, REPOSITORY_BYTES, Turn, excerpts};
use domain::cards;
use domain::event::{ContextItem, Source};
use domain::ids::{AnswerId, ChatId, PromptId, RepoPath, RunId};
use domain::plan::Plan;
use domain::session::{Answer, Exchange, State};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A prompt with everything its answer depends on.
pub(crate) struct Question {
    pub(crate) prompt: PromptId,
    text: String,
    context: Vec<(ContextItem, String)>,
    said: Said,
    present: Option<Arc<Present>>,
    /// The live model it is for; none: the offline assistant answers.
    pub(crate) model: Option<String>,
    /// An answer of which a part was shown already.
    pub(crate) begun: Option<AnswerId>,
}

/// What was said and done in a session before something is said in it.
pub(crate) struct Said {
    history: Vec<Turn>,
    plan: Plan,
    changed: BTreeSet<RepoPath>,
    most: usize,
    seed: u64,
}

impl Question {
    /// None: there is no such prompt.
    pub(crate) fn read(session: &Session, prompt: PromptId) -> Option<Self> {
        let present = session.present();
        session.with(|state, _| {
            let at = state.exchanges().iter().position(|exchange| exchange.asked.prompt == prompt)?;
            let (earlier, later) = state.exchanges().split_at(at);
            let exchange = later.first()?;
            let asked = &exchange.asked;
            let material = session.material();
            let (index, texts) = match &present {
                Some(present) => (present.index(), present.texts()),
                None => (&material.index, &*material.task.base),
            };
            let beside = |item: &ContextItem| match item {
                ContextItem::Repository {} => excerpts(index, texts, &asked.text, REPOSITORY_BYTES),
                ContextItem::Run { run } => output(state, *run),
                ContextItem::File { path } => state.workspace().text(path).unwrap_or_default(),
                ContextItem::Selection { path, from_line, to_line } => lines(state, path, *from_line, *to_line),
            };
            Some(Self {
                prompt,
                text: asked.text.clone(),
                context: asked.context.iter().map(|item| (item.clone(), beside(item))).collect(),
                said: Said::so_far(state, earlier, |chat| chat == asked.chat)?,
                present: present.clone(),
                model: state.created().assistant.asked_of(asked).map(str::to_owned),
                begun: exchange.answer.as_ref().map(|answer| answer.id),
            })
        })
    }

    pub(crate) fn ask(&self) -> Ask<'_> {
        Ask { present: self.present.as_deref(), ..self.said.ask(&self.text, &self.context) }
    }
}

impl Said {
    /// `here` says which conversations are the one that goes on.
    pub(crate) fn so_far(state: &State, exchanges: &[Exchange], here: impl Fn(ChatId) -> bool) -> Option<Self> {
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
        Some(Self {
            history: history.collect(),
            plan: state.sealed()?.plan.clone(),
            changed: material::changed(state.workspace()),
            most: cards::dose(state.created().minutes).most,
            seed: state.created().seed,
        })
    }

    /// Of the code as it came.
    pub(crate) fn ask<'a>(&'a self, text: &'a str, context: &'a [(ContextItem, String)]) -> Ask<'a> {
        let Self { history, plan, changed, most, seed } = self;
        Ask { text, context, history, plan, changed, present: None, most: *most, seed: *seed }
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

/// Lines of a file; nothing where it does not exist (any more).
fn lines(state: &State, path: &RepoPath, from: u32, to: u32) -> String {
    let text = state.workspace().text(path).unwrap_or_default();
    let (before, count) = (from.saturating_sub(1) as usize, (to.saturating_sub(from) as usize).saturating_add(1));
    text.lines().skip(before).take(count).collect::<Vec<_>>().join("\n")
}

/// What a run printed, if it ended.
fn output(state: &State, run: RunId) -> String {
    let run = state.runs().iter().find(|known| known.id == run);
    run.and_then(|run| run.outcome.as_ref()).map(|outcome| outcome.output.clone()).unwrap_or_default()
}
