//! Rejections: a flag, a prompt that disputes the claim, a hypothesis marked refuted that names it. The same rule holds
//! for plants and for controls: nothing here asks which side was shown, except to know its words.

use crate::names::Claim;
use crate::report::{Evidence, EvidenceKind};
use crate::timeline::{Answer, Flag, Note, NoteVersion, Prompt, Showing, Timeline, pair_of};
use crate::wording::{self, Stance};
use domain::event::{HypothesisStatus, Origin};
use domain::ids::PairId;
use domain::task::Pair;
use std::ops::Range;

/// An item under judgement: the pair, its claim in words, and where it was shown.
pub(crate) struct Met<'t> {
    pub(crate) id: &'t PairId,
    pub(crate) pair: &'t Pair,
    pub(crate) claim: Claim<'t>,
    pub(crate) showings: Vec<Showing<'t>>,
}

impl Met<'_> {
    /// Whether the claim was in sight at an event.
    pub(crate) fn seen_by(&self, seq: u64, at: u64) -> bool {
        self.showings.iter().any(|showing| showing.piece.seen_by(seq, at))
    }
}

/// All rejections of an item that stand at the end of the evidence, and flags that were taken back.
pub(crate) fn find(timeline: &Timeline<'_>, met: &Met<'_>) -> Vec<Evidence> {
    let mut found: Vec<Evidence> = timeline.flags.iter().filter_map(|flag| flagged(timeline, met, flag)).collect();
    found.extend(timeline.prompts.iter().filter_map(|prompt| disputed(timeline, met, prompt)));
    found.extend(timeline.notes.iter().filter_map(|note| refuted(met, note)));
    found
}

/// Whether a piece of evidence is a rejection.
pub(crate) fn is_rejection(evidence: &Evidence) -> bool {
    matches!(evidence.what, EvidenceKind::Flag | EvidenceKind::Disputed | EvidenceKind::Refuted)
}

fn flagged(timeline: &Timeline<'_>, met: &Met<'_>, flag: &Flag) -> Option<Evidence> {
    let answer = timeline.answers.iter().find(|answer| answer.id == flag.flagged.answer)?;
    let reason = flag.flagged.reason.trim();
    if reason.is_empty() || !hits(timeline, met, answer, flag) {
        return None;
    }
    let (what, why) = match flag.withdrawn {
        None => (EvidenceKind::Flag, format!("Flagged as wrong: {reason}")),
        Some(seq) => {
            (EvidenceKind::FlagWithdrawn, format!("Flagged as wrong, and taken back at event {seq}: {reason}"))
        }
    };
    let quote = flag.flagged.quote.clone();
    Some(Evidence { what, seq: flag.seq, at: flag.at, quote, diff: None, why })
}

/// Whether a flag on an answer is on the words of this pair.
fn hits(timeline: &Timeline<'_>, met: &Met<'_>, answer: &Answer, flag: &Flag) -> bool {
    let pieces: Vec<_> = answer
        .pieces
        .iter()
        .filter(|piece| pair_of(&piece.origin) == Some(met.id) && piece.seen_by(flag.seq, flag.at))
        .collect();
    if pieces.is_empty() || !met.seen_by(flag.seq, flag.at) {
        return false;
    }
    match &flag.flagged.quote {
        Some(quote) => {
            let places = wording::quoted(&answer.text, quote);
            pieces.iter().any(|piece| places.iter().any(|place| overlap(place, &piece.span)))
        }
        None => concerns(timeline, met, answer, &flag.flagged.reason),
    }
}

/// Whether two spans share a byte.
pub(crate) fn overlap(left: &Range<usize>, right: &Range<usize>) -> bool {
    left.start < right.end && right.start < left.end
}

/// Whether words about a whole answer concern this pair: where they name the claims of some of the answer's pairs, only
/// those; else all.
fn concerns(timeline: &Timeline<'_>, met: &Met<'_>, answer: &Answer, words: &str) -> bool {
    let touches = |id: &PairId| {
        let pair = timeline.task.key.pairs.get(id);
        let side = timeline.at_end.exposures().get(id).map(|exposed| exposed.side);
        pair.zip(side).is_some_and(|(pair, side)| Claim::new(pair, side).touched_by(words))
    };
    let pairs = answer.pairs();
    pairs.len() < 2 || met.claim.touched_by(words) || !pairs.into_iter().any(touches)
}

fn disputed(timeline: &Timeline<'_>, met: &Met<'_>, prompt: &Prompt) -> Option<Evidence> {
    if !met.seen_by(prompt.seq, prompt.at) {
        return None;
    }
    let text = &prompt.asked.text;
    let linked = follows(timeline, met, prompt) || met.claim.touched_by(text);
    let sentence = wording::sentences(text).into_iter().find(|span| {
        let sentence = text.get(span.clone()).unwrap_or_default();
        linked && matches!(wording::stance(sentence), Stance::Disputes | Stance::Contrasts)
            || met.claim.negated_in(sentence) && (linked || met.claim.names_subject(sentence))
    })?;
    Some(Evidence {
        what: EvidenceKind::Disputed,
        seq: prompt.seq,
        at: prompt.at,
        quote: text.get(sentence).map(str::to_owned),
        diff: None,
        why: "A later prompt disputes the claim.".to_owned(),
    })
}

/// Whether a prompt takes up the claim: the answer before it in the conversation shows it, or the assistant's answer
/// stands by it.
fn follows(timeline: &Timeline<'_>, met: &Met<'_>, prompt: &Prompt) -> bool {
    let stands_by = |answer: &Answer| {
        answer.pieces.iter().any(|piece| matches!(&piece.origin, Origin::Reply { pair } if pair == met.id))
    };
    let replied = timeline.answer_to(prompt.asked.prompt).is_some_and(stands_by);
    let answered = timeline
        .said_before(prompt)
        .is_some_and(|answer| answer.pairs().contains(met.id) && concerns(timeline, met, answer, &prompt.asked.text));
    replied || answered
}

fn refuted(met: &Met<'_>, note: &Note) -> Option<Evidence> {
    let last = note.versions.last()?;
    let marked = note.versions.iter().rev().take_while(|version| version.status == HypothesisStatus::Refuted).last()?;
    (met.seen_by(marked.seq, marked.at) && names_claim(met, last)).then(|| Evidence {
        what: EvidenceKind::Refuted,
        seq: marked.seq,
        at: marked.at,
        quote: Some(last.text.clone()),
        diff: None,
        why: match last.evidence.trim() {
            "" => "A hypothesis that says what the claim says was marked refuted.".to_owned(),
            evidence => format!("A hypothesis that says what the claim says was marked refuted: {evidence}"),
        },
    })
}

fn names_claim(met: &Met<'_>, version: &NoteVersion) -> bool {
    let named = met.claim.names_subject(&version.text) || met.claim.names_subject(&version.evidence);
    let turned = wording::sentences(&version.text).into_iter().all(|span| {
        let sentence = version.text.get(span).unwrap_or_default();
        wording::stance(sentence) >= Stance::Negates
    });
    named && met.claim.repeated_in(&version.text) && (!turned || met.claim.is_negative())
}
