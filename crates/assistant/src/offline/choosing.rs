//! Which written answer fits a prompt best.

use super::history::shown;
use super::{Ask, Item, Offline, Prompt, Question};
use crate::code::Mentions;
use crate::matching::Score;
use crate::{questions, repository, talk};
use code_index::SymbolId;
use domain::ids::PairId;
use domain::task::Subject;

/// A written answer answers the question from this score on …
const ANSWERS: f64 = 0.44;
/// … or this one, for a pair that was shown before.
const ANSWERS_AGAIN: f64 = 0.40;
/// From this score on it is near, and is given as such where nothing else answers.
const NEAR: f64 = 0.28;
/// What answers knows at least so much of what the question says beside names, because that is what is asked.
const COVERS: f64 = 0.15;
/// So much of it, if it is to go before a fact.
const COVERS_MORE: f64 = 0.30;
/// One telling word is enough where it is so much of an intent.
const MUCH_OF_IT: f64 = 0.50;
/// A question that asks the index for a place, callers, tests or what a name is means a written answer only if it is
/// this close to one of its intents …
const THE_INTENT: f64 = 0.95;
/// … and one that wishes for the fix if it is this close.
const ALMOST_THE_INTENT: f64 = 0.85;

/// An item that fits a question.
#[derive(Clone, Copy, Debug)]
pub(super) struct Match {
    pub(super) item: usize,
    pub(super) question: usize,
    pub(super) score: f64,
}

impl Offline {
    /// How close to an intent a question must be for a written answer; 0 where the score alone decides.
    pub(super) fn least(&self, question: &str, mentions: &Mentions) -> f64 {
        let is_history = questions::kind(question, mentions) == Some(questions::Kind::History);
        match is_history || repository::is_for_the_index(&self.base(), question, mentions, None) {
            true => THE_INTENT,
            false if talk::wishes_for_a_fix(question) => ALMOST_THE_INTENT,
            false => 0.0,
        }
    }

    /// The best item of some kind that answers, over all questions; of equals the first.
    pub(super) fn best(&self, ask: &Ask<'_>, prompt: &Prompt, admitted: impl Fn(&Item) -> bool) -> Option<Match> {
        let shown = shown(ask.history);
        self.best_of(prompt, |item, score, question| {
            let least = match &self.items[item] {
                Item::Pair(id) if shown.contains(id) => ANSWERS_AGAIN,
                _ => ANSWERS,
            };
            let is_focused = score.focused || score.named >= 1.0 || score.intent >= ALMOST_THE_INTENT;
            let answers = score.total >= least && is_focused && score.beside >= COVERS;
            admitted(&self.items[item]) && answers && self.may_answer(ask, &shown, item, score, question)
        })
    }

    /// The item that is nearest to the prompt, if one is near; nearer than a fact about what the prompt names, where
    /// there is one.
    pub(super) fn nearest(&self, ask: &Ask<'_>, prompt: &Prompt, beside_fact: bool) -> Option<Match> {
        let shown = shown(ask.history);
        let covers = if beside_fact { COVERS_MORE } else { 0.0 };
        self.best_of(prompt, |item, score, question| {
            let is_focused = score.focused || score.named > 0.0;
            score.total >= NEAR
                && score.beside >= covers
                && is_focused
                && self.may_answer(ask, &shown, item, score, question)
        })
    }

    fn best_of(&self, prompt: &Prompt, fits: impl Fn(usize, &Score, &Question) -> bool) -> Option<Match> {
        let mut best: Option<Match> = None;
        for (at, question) in prompt.questions.iter().enumerate() {
            for (item, score) in question.scores.iter().enumerate() {
                if best.is_none_or(|best| score.total > best.score) && fits(item, score, question) {
                    best = Some(Match { item, question: at, score: score.total });
                }
            }
        }
        best
    }

    /// Whether the question leaves room for a written answer, and an item has more than one chance word of it.
    fn may_answer(&self, ask: &Ask<'_>, shown: &[PairId], item: usize, score: &Score, question: &Question) -> bool {
        let needed = if score.named > 0.0 { 1 } else { 2 };
        let telling = (score.focused && score.intent >= MUCH_OF_IT) || score.intent >= ALMOST_THE_INTENT;
        if question.pointed || score.intent < question.least || (score.shared < needed && !telling) {
            return false;
        }
        match &self.items[item] {
            Item::Pair(id) => ask.plan.sides.contains_key(id) && (shown.contains(id) || self.may_show(ask, shown, id)),
            Item::Knowledge(_) | Item::Clarification(_) => true,
        }
    }

    /// Whether a pair that was not shown may be.
    pub(super) fn may_show(&self, ask: &Ask<'_>, shown: &[PairId], id: &PairId) -> bool {
        shown.len() < ask.most && !self.is_changed(ask, id)
    }

    pub(super) fn is_changed(&self, ask: &Ask<'_>, id: &PairId) -> bool {
        let subjects = self.task.key.pairs.get(id).map_or(&[][..], |pair| &pair.subjects);
        subjects.iter().any(|subject| ask.changed.contains(&subject.path))
    }

    pub(super) fn subjects(&self, item: usize) -> &[Subject] {
        let key = &self.task.key;
        match &self.items[item] {
            Item::Pair(id) => key.pairs.get(id).map_or(&[], |pair| &pair.subjects),
            Item::Knowledge(id) => key.knowledge.get(id).map_or(&[], |item| &item.subjects),
            Item::Clarification(_) => &[],
        }
    }

    /// How plainly a question names one of the subjects, 0 to 1; `meant` is what its "it" stands for.
    pub(super) fn named(&self, mentions: &Mentions, meant: Option<SymbolId>, subjects: &[Subject]) -> f64 {
        let code = self.base();
        let naming = |subject: &Subject| {
            let is_meant = meant.is_some() && code.subject(subject).map(|symbol| symbol.id) == meant;
            if is_meant { 1.0 } else { code.naming(mentions, subject) }
        };
        subjects.iter().map(naming).fold(0.0, f64::max)
    }
}
