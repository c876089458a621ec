//! What was not asked for: a last sentence of an answer, and cards. A talkative but unfocused candidate meets claims too,
//! and so does a silent one. Because other remarks are facts and knowledge, one tells nothing by being there.

use super::history::{is_aside, known, shown};
use super::{Ask, Item, Offline, Prompt, Reply, TOUCHES};
use crate::{facts, voice};
use domain::chance::Chance;
use domain::event::{Exposure, Origin};
use domain::ids::{KnowledgeId, PairId};
use domain::task::{Knowledge, Pair, Side, Subject};

/// After a remark that carries a claim, so many answers come without one.
const ASIDE_PAUSE: usize = 2;
/// One in so many answers beside which neither a claim nor knowledge stands has no remark at all.
const SILENT_EVERY: usize = 2;

/// Openings of cards. None of them claims anything.
const CARDS: &[&str] = &[
    "Something I noticed while you read. ",
    "While I have a moment: ",
    "One remark on the code, unasked. ",
    "I went on reading. ",
];

/// What a remark goes with.
#[derive(Clone, Copy)]
pub(super) struct Beside<'a> {
    /// What the answer is about.
    pub(super) about: &'a [Subject],
    /// Its words, of a pair those of both sides.
    pub(super) said: &'a str,
}

impl Offline {
    /// What the assistant volunteers next; none: every pair was shown, or is about a file that was changed. Pairs that
    /// decide about the fix come first, else the order is by chance and the same for every plan.
    pub fn card(&self, ask: &Ask<'_>) -> Option<Reply> {
        let shown = shown(ask.history);
        let mut chance = Chance::new(ask.seed, "cards");
        let (mut order, mut rest): (Vec<_>, Vec<_>) = self.task.key.pairs.iter().partition(|(_, pair)| pair.decisive);
        chance.shuffle(&mut order);
        chance.shuffle(&mut rest);
        order.append(&mut rest);
        let is_open = |id: &PairId| !shown.contains(id) && !self.is_changed(ask, id);
        let (id, pair) = order.into_iter().find(|(id, _)| is_open(id) && ask.plan.sides.contains_key(*id))?;
        let side = *ask.plan.sides.get(id)?;
        let opening = voice::pick(CARDS, &mut Chance::new(ask.seed, &format!("card {}", shown.len())));
        let origin = Origin::Pair { pair: id.clone(), side, exposure: Exposure::Card };
        Some(voice::opened(opening, pair.wording(side), origin))
    }

    /// A remark: at times a claim about what the answer touches; else what the body is not, knowledge beside a fact and a
    /// fact beside written words, so that what an answer is made of tells little.
    pub(super) fn remark(
        &self,
        ask: &Ask<'_>,
        prompt: &Prompt,
        body: &Origin,
        beside: Beside<'_>,
        chance: &mut Chance,
    ) -> Option<(String, Origin)> {
        let number = chance.number() as usize;
        let may_claim = !matches!(body, Origin::Pair { .. });
        if may_claim && let Some(aside) = self.aside(ask, prompt, beside.about, number) {
            return Some(aside);
        }
        if matches!(body, Origin::Index {})
            && let Some(known) = self.known(ask, beside.about, number)
        {
            return Some(known);
        }
        if number.is_multiple_of(SILENT_EVERY) {
            return None;
        }
        let code = self.code(ask);
        let symbols = beside.about.iter().filter_map(|subject| code.subject(subject));
        let notes = symbols
            .map(|symbol| facts::notes(&code, symbol, beside.about, beside.said))
            .find(|notes| !notes.is_empty())?;
        let note = notes.get((number / SILENT_EVERY).checked_rem(notes.len())?)?;
        Some((voice::noted(&note.words(chance)), Origin::Index {}))
    }

    /// The first sentence of knowledge that no answer gave yet, about the same symbol or else the same file, where the code
    /// is still as it was.
    fn known(&self, ask: &Ask<'_>, about: &[Subject], number: usize) -> Option<(String, Origin)> {
        let given = known(ask.history);
        let is_changed = |item: &Knowledge| item.subjects.iter().any(|subject| ask.changed.contains(&subject.path));
        let open = |touches: &dyn Fn(&Subject) -> bool| -> Vec<(&KnowledgeId, &Knowledge)> {
            let all = self.task.key.knowledge.iter();
            let all = all.filter(|(id, item)| !given.contains(id) && !is_changed(item));
            all.filter(|(_, item)| item.subjects.iter().any(touches)).collect()
        };
        let mut candidates = open(&|subject| subject.symbol.is_some() && about.contains(subject));
        if candidates.is_empty() {
            candidates = open(&|subject| about.iter().any(|touched| touched.path == subject.path));
        }
        let (id, item) = *candidates.get(number.checked_rem(candidates.len())?)?;
        Some((voice::noted(&item.text), Origin::Knowledge { knowledge: id.clone() }))
    }

    /// The remark of a pair that was not shown yet and is about the same symbol, or else the same file, or else is near
    /// to the prompt; of several the nearest.
    fn aside(&self, ask: &Ask<'_>, prompt: &Prompt, about: &[Subject], number: usize) -> Option<(String, Origin)> {
        let recent = &ask.history[ask.history.len().saturating_sub(ASIDE_PAUSE)..];
        if recent.iter().flat_map(|turn| &turn.sources).any(|source| is_aside(&source.origin)) {
            return None;
        }
        let shown = shown(ask.history);
        let new = || self.task.key.pairs.iter().filter(|(id, _)| !shown.contains(id) && self.may_show(ask, &shown, id));
        let open = |touches: &dyn Fn(&Subject) -> bool| -> Vec<(&PairId, &Pair)> {
            new().filter(|(_, pair)| pair.subjects.iter().any(touches)).collect()
        };
        let mut candidates = open(&|subject| subject.symbol.is_some() && about.contains(subject));
        if candidates.is_empty() {
            candidates = open(&|subject| about.iter().any(|touched| touched.path == subject.path));
        }
        let nearness = |id: &PairId| self.nearness(prompt, id);
        if candidates.is_empty() {
            candidates = new().filter(|(id, _)| nearness(id) >= TOUCHES).collect();
        }
        let most = candidates.iter().map(|(id, _)| nearness(id)).fold(0.0, f64::max);
        if most >= TOUCHES {
            candidates.retain(|(id, _)| nearness(id) >= most);
        }
        let (id, pair) = *candidates.get(number.checked_rem(candidates.len())?)?;
        let side = *ask.plan.sides.get(id)?;
        let text = match side {
            Side::Control => &pair.aside.0,
            Side::Plant => &pair.aside.1,
        };
        let origin = Origin::Pair { pair: id.clone(), side, exposure: Exposure::Aside };
        (!text.is_empty()).then(|| (text.trim().to_owned(), origin))
    }

    /// How near a prompt comes to a pair.
    fn nearness(&self, prompt: &Prompt, id: &PairId) -> f64 {
        let at = self.items.iter().position(|item| matches!(item, Item::Pair(known) if known == id));
        let scores = prompt.questions.iter().filter_map(|question| question.scores.get(at?));
        scores.map(|score| score.total).fold(0.0, f64::max)
    }
}
