//! Which written answer fits a prompt best.

use super::history::shown;
use super::{Ask, Item, Offline, Prompt, Question};
use crate::code::Mentions;
use crate::matching::Score;
use crate::{questions, repository, talk};
use domain::ids::PairId;
use domain::task::Subject;

/// A written answer fits from this score on.
const FITS: f64 = 0.32;
/// A pair that was shown before fits from this score on.
const FITS_AGAIN: f64 = 0.29;
/// A question that asks the index for a place, callers or tests means a written answer only if it is this close to one
/// of its intents …
const THE_INTENT: f64 = 0.95;
/// … and one that asks what a name is, or wishes for the fix, if it is this close.
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
        if !repository::is_for_the_index(&self.code(), question, mentions, None) {
            return if talk::wishes_for_a_fix(question) { ALMOST_THE_INTENT } else { 0.0 };
        }
        match questions::kind(question, mentions) {
            Some(kind) if kind.is_structural() => THE_INTENT,
            _ => ALMOST_THE_INTENT,
        }
    }

    /// The best fitting item of some kind over all questions; of equals the first.
    pub(super) fn best(&self, ask: &Ask<'_>, prompt: &Prompt, admitted: impl Fn(&Item) -> bool) -> Option<Match> {
        let shown = shown(ask.history);
        let mut best: Option<Match> = None;
        for (at, question) in prompt.questions.iter().enumerate() {
            for (item, score) in question.scores.iter().enumerate().filter(|(item, _)| admitted(&self.items[*item])) {
                let fits = self.fits(ask, &shown, item, score, question);
                if fits && best.is_none_or(|best| score.total > best.score) {
                    best = Some(Match { item, question: at, score: score.total });
                }
            }
        }
        best
    }

    fn fits(&self, ask: &Ask<'_>, shown: &[PairId], item: usize, score: &Score, question: &Question) -> bool {
        let needed = if score.named > 0.0 { 1 } else { 2 };
        let thin = score.shared < needed && score.intent < ALMOST_THE_INTENT;
        if question.pointed || score.intent < question.least || thin {
            return false;
        }
        match &self.items[item] {
            Item::Pair(id) if !ask.plan.sides.contains_key(id) => false,
            Item::Pair(id) if shown.contains(id) => score.total >= FITS_AGAIN,
            Item::Pair(id) => score.total >= FITS && !self.is_changed(ask, id),
            Item::Knowledge(_) | Item::Clarification(_) => score.total >= FITS,
        }
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

    pub(super) fn named(&self, mentions: &Mentions, subjects: &[Subject]) -> f64 {
        let code = self.code();
        subjects.iter().map(|subject| code.naming(mentions, subject)).fold(0.0, f64::max)
    }
}
