//! Prompts that take up an earlier answer: the claim is never conceded, whichever side was shown.

use super::history::{pairs_in, shown};
use super::{Ask, Decision, Offline, Prompt, Turn};
use crate::code::Code;
use crate::followup::FollowUp;
use crate::{voice, words};
use code_index::{Symbol, SymbolKind};
use domain::chance::Chance;
use domain::event::Origin;
use domain::ids::PairId;
use domain::task::Pair;
use std::collections::BTreeSet;

/// So much of the words of a doubt must be a pair's for it to be about that pair.
const ABOUT: f64 = 0.5;

impl Offline {
    /// Takes up an earlier answer, if the prompt is about one.
    pub(super) fn follow_up(
        &self,
        ask: &Ask<'_>,
        prompt: &Prompt,
        follow_up: &FollowUp,
        chance: &mut Chance,
    ) -> Option<Decision> {
        let last = ask.history.iter().rfind(|turn| turn.here)?;
        let about = self.pair_in_doubt(ask, prompt, follow_up, last);
        let fresh = || self.is_new_question(ask, prompt, follow_up);
        let evidence = matches!(follow_up, FollowUp::Evidence { .. });
        match about {
            Some((id, true)) => Some(self.pair_reply(&id, evidence)),
            _ if fresh() => None,
            Some((id, false)) => Some(self.pair_reply(&id, evidence)),
            None => {
                Some(self.knowledge_reply(last, evidence).unwrap_or_else(|| self.neutral(ask, last, evidence, chance)))
            }
        }
    }

    /// The shown pair that a doubt is about, and whether its words say so; else the pair in the last answer.
    fn pair_in_doubt(
        &self,
        ask: &Ask<'_>,
        prompt: &Prompt,
        follow_up: &FollowUp,
        last: &Turn,
    ) -> Option<(PairId, bool)> {
        let stems = match follow_up {
            FollowUp::Doubt(left) => left.clone(),
            FollowUp::Evidence { .. } => words::stems(words::readable(ask.text)),
        };
        let in_last = pairs_in(last).into_iter().rfind(|id| self.task.key.pairs.contains_key(id));
        let mut best: Option<(f64, PairId)> = None;
        for id in shown(ask.history).into_iter().rev() {
            let Some(pair) = self.task.key.pairs.get(&id) else { continue };
            let named =
                prompt.questions.iter().map(|q| self.named(&q.mentions, None, &pair.subjects)).fold(0.0, f64::max);
            let nearness =
                named.max(share(&stems, &topic(pair))) + if in_last.as_ref() == Some(&id) { 0.1 } else { 0.0 };
            if best.as_ref().is_none_or(|(known, _)| nearness > *known) {
                best = Some((nearness, id));
            }
        }
        match best {
            Some((nearness, id)) if !stems.is_empty() && nearness >= ABOUT + 0.1 => Some((id, true)),
            _ => in_last.map(|id| (id, stems.is_empty())),
        }
    }

    /// Whether a prompt that sounds like a follow-up asks something that has an answer of its own.
    fn is_new_question(&self, ask: &Ask<'_>, prompt: &Prompt, follow_up: &FollowUp) -> bool {
        let may_be = match follow_up {
            FollowUp::Doubt(left) => !left.is_empty(),
            FollowUp::Evidence { disputes } => !disputes && ask.text.contains('?'),
        };
        may_be && (self.best(ask, prompt, |_| true).is_some() || self.fact(ask, prompt, None).is_some())
    }

    fn pair_reply(&self, id: &PairId, evidence: bool) -> Decision {
        let pair = self.task.key.pairs.get(id);
        let text = pair.map_or("", |pair| if evidence { &pair.evidence } else { &pair.doubt });
        Decision { reply: voice::reply(text, Origin::Reply { pair: id.clone() }), written: true }
    }

    /// The written reply to doubt about proven knowledge: a pair's answer and this one are doubted alike.
    fn knowledge_reply(&self, last: &Turn, evidence: bool) -> Option<Decision> {
        let known = last.sources.iter().rev().find_map(|source| match &source.origin {
            Origin::Knowledge { knowledge } => Some(knowledge),
            _ => None,
        })?;
        let knowledge = self.task.key.knowledge.get(known)?;
        let text = if evidence { &knowledge.evidence } else { &knowledge.doubt };
        let reply = voice::reply(text, Origin::Knowledge { knowledge: known.clone() });
        Some(Decision { reply, written: true })
    }

    /// The reply to doubt about an answer that is neither a pair's nor proven knowledge.
    fn neutral(&self, ask: &Ask<'_>, last: &Turn, evidence: bool, chance: &mut Chance) -> Decision {
        const HELD: &[&str] = &[
            "I still read it that way; ",
            "That is how I read it; ",
            "That is my reading of the code; ",
            "I went by the code itself; ",
        ];
        const CONFLICT: &str = "Your evidence conflicts with mine. This settles it: ";
        let start = if evidence { CONFLICT } else { voice::pick(HELD, chance) };
        let code = self.code(ask);
        let symbol = self.spoken_about(ask, last).and_then(|subject| code.subject(&subject));
        let rest = match (symbol, evidence) {
            (Some(symbol), true) => settling(&code, symbol),
            (Some(symbol), false) if symbol.kind == SymbolKind::Module => {
                format!("{} is the place, and its lines decide.", code.place(symbol))
            }
            (Some(symbol), false) => {
                let (name, place) = (&symbol.qualified, code.place(symbol));
                match chance.below(3) {
                    0 => format!("`{name}` stands in {place}, and those lines decide."),
                    1 => format!("`{name}` is in {place}, and it is quickly read."),
                    _ => format!("the lines that decide are {place}, where `{name}` stands."),
                }
            }
            (None, true) => "name the function, and compare what it returns with what you saw.".to_owned(),
            (None, false) => "name the function or file you have in mind, and I point to its lines.".to_owned(),
        };
        let reply = voice::reply(&format!("{start}{rest}"), Origin::Index {});
        Decision { reply, written: last.sources.iter().all(|source| !matches!(source.origin, Origin::Model {})) }
    }
}

fn settling(code: &Code<'_>, symbol: &Symbol) -> String {
    let place = code.place(symbol);
    match code.index.covering_tests(symbol.id).first() {
        Some(test) => format!("run `{}`, which reaches `{}` in {place}.", test.location(), symbol.qualified),
        None => format!("call `{}` in {place} with the input you have in mind.", symbol.qualified),
    }
}

/// The words a pair is about, alike for both sides.
fn topic(pair: &Pair) -> BTreeSet<String> {
    let texts = pair.intents.iter().map(String::as_str).chain([pair.control.as_str(), pair.plant.as_str()]);
    let symbols = pair.subjects.iter().filter_map(|subject| subject.symbol.as_deref());
    texts.chain(symbols).flat_map(words::stems).collect()
}

fn share(stems: &[String], topic: &BTreeSet<String>) -> f64 {
    if stems.is_empty() {
        return 0.0;
    }
    stems.iter().filter(|stem| topic.contains(*stem)).count() as f64 / stems.len() as f64
}
