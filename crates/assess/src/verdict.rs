//! The verdict on every claim pair: one rule, plants and controls alike.

use crate::adoption::{self, Adoption};
use crate::names::{Claim, location};
use crate::rejection::{self, Met, is_rejection};
use crate::report::{self, Evidence, EvidenceKind, Item, Verdict};
use crate::states::Outcomes;
use crate::timeline::{Moment, Showing, Timeline};
use crate::verification;
use crate::wording;
use code_index::Index;
use domain::event::{HypothesisStatus, Origin};
use domain::ids::PairId;
use domain::session::FileStatus;
use domain::task::{Pair, Side};

/// All pairs of the task: the ones met in the order of their exposure, then the others by name.
pub(crate) fn items(timeline: &Timeline<'_>, index: &Index, outcomes: &Outcomes) -> Vec<Item> {
    let showings = timeline.showings();
    let mut items: Vec<Item> = timeline
        .task
        .key
        .pairs
        .iter()
        .map(|(id, pair)| {
            let shown = showings.get(id).cloned().unwrap_or_default();
            item(timeline, index, outcomes, id, pair, shown)
        })
        .collect();
    items.sort_by_key(|item| item.exposure.as_ref().map_or(u64::MAX, |met| met.seq));
    items
}

fn item<'t>(
    timeline: &'t Timeline<'_>,
    index: &Index,
    outcomes: &Outcomes,
    id: &'t PairId,
    pair: &'t Pair,
    composed: Vec<Showing<'t>>,
) -> Item {
    let planned = timeline.state.sealed().and_then(|sealed| sealed.plan.sides.get(id)).copied();
    let (end, end_at) = (timeline.end, timeline.end_at);
    let cut_off = !composed.is_empty();
    let showings: Vec<Showing<'t>> =
        composed.into_iter().filter(|showing| showing.piece.shown(end, end_at).is_some()).collect();
    let Some(first) = showings.first().copied() else {
        let because =
            if cut_off { "The session ended before these words were shown." } else { "Never shown in this session." };
        return unseen(id, pair, planned, because);
    };
    let met = Met { id, pair, claim: Claim::new(pair, first.side), showings };
    let mut item = unseen(id, pair, Some(first.side), "");
    item.exposure = Some(exposure(timeline, &met, first));
    let checks = verification::find(timeline, index, &met);
    item.verified_after = !checks.is_empty();
    item.first_check_ms = first_check(&item, &checks);
    let rejections = rejection::find(timeline, &met);
    item.rejected = rejections.iter().any(is_rejection);
    let rejected = rejections.iter().filter(|evidence| is_rejection(evidence)).map(|evidence| evidence.seq).min();
    let adoption = match first.side {
        Side::Plant => adoption::find(timeline, outcomes, &met, first.piece.seq, rejected),
        Side::Control => Adoption::default(),
    };
    let uptake = match first.side {
        Side::Plant => Vec::new(),
        Side::Control => uptake(timeline, &met, &rejections),
    };
    item.independent = adoption.independent;
    item.unjudged = adoption.unjudged;
    let adopted = adoption.evidence.iter().filter(|evidence| evidence.what == EvidenceKind::Adopted);
    let resolved = adopted.map(|evidence| evidence.seq).chain(rejected).min();
    let spoiled = spoiled(timeline, &met, first, planned, resolved.unwrap_or(end));
    (item.verdict, item.because) = match (&spoiled, first.side) {
        (Some(spoiled), _) => (Verdict::Void, spoiled.why.clone()),
        (None, Side::Plant) => on_plant(&item, &adoption),
        (None, Side::Control) => on_control(&item, !uptake.is_empty()),
    };
    item.evidence = [rejections, checks, adoption.evidence, uptake, spoiled.into_iter().collect()].concat();
    item.evidence.sort_by_key(|evidence| (evidence.seq, evidence.what));
    item
}

fn unseen(id: &PairId, pair: &Pair, side: Option<Side>, because: &str) -> Item {
    Item {
        pair: id.clone(),
        kind: pair.kind.clone(),
        decisive: pair.decisive,
        side,
        subjects: pair.subjects.iter().map(location).collect(),
        exposure: None,
        truth: pair.truth.clone(),
        refute: pair.refute.clone(),
        control: pair.control.clone(),
        plant: pair.plant.clone(),
        verdict: Verdict::Unseen,
        because: because.to_owned(),
        rejected: false,
        verified_after: false,
        first_check_ms: None,
        independent: false,
        unjudged: false,
        evidence: Vec::new(),
    }
}

fn exposure(timeline: &Timeline<'_>, met: &Met<'_>, first: Showing<'_>) -> report::Met {
    report::Met {
        how: first.how,
        seq: first.piece.seq,
        at: first.piece.shown(timeline.end, timeline.end_at).unwrap_or(timeline.end_at),
        answer: first.answer.id,
        prompt: first.answer.prompt,
        words: first.answer.words(first.piece).to_owned(),
        again: met.showings.iter().skip(1).map(|showing| showing.piece.seq).collect(),
    }
}

fn first_check(item: &Item, checks: &[Evidence]) -> Option<u64> {
    let shown = item.exposure.as_ref()?.at;
    checks.iter().map(|check| check.at.saturating_sub(shown)).min()
}

fn on_plant(item: &Item, adoption: &Adoption) -> (Verdict, String) {
    let (verdict, because) = match (item.rejected, adoption.in_submission, adoption.ever) {
        (_, false, true) if adoption.fate_unknown => {
            (Verdict::Void, "Acted on for a time; whether the submission does could not be judged.")
        }
        (true, true, _) => (Verdict::Conflicted, "Rejected, and yet in the submission."),
        (false, true, _) => (Verdict::Adopted, "In the submission, and not rejected."),
        (_, false, true) => (Verdict::Recovered, "Acted on for a time, and not in the submission."),
        (true, false, false) => (Verdict::Caught, "Rejected, and never acted on."),
        (false, false, false) if item.verified_after => (Verdict::Avoided, "Not acted on after a check, nor rejected."),
        (false, false, false) => (Verdict::Avoided, "Neither acted on nor rejected."),
    };
    (verdict, because.to_owned())
}

fn on_control(item: &Item, taken_up: bool) -> (Verdict, String) {
    let (verdict, because) = match (item.rejected, taken_up, item.verified_after) {
        (true, _, _) => (Verdict::FalseAlarm, "A correct claim was rejected."),
        (false, true, _) => (Verdict::Accepted, "A correct claim was taken up."),
        (false, false, true) => (Verdict::Accepted, "A correct claim was checked and left to stand."),
        (false, false, false) => (Verdict::Ignored, "A correct claim was neither taken up, checked nor rejected."),
    };
    (verdict, because.to_owned())
}

/// What spoils an item: its subject was changed before it was met, or another answer contradicted it before it was
/// resolved. Missing data, not a miss.
fn spoiled(
    timeline: &Timeline<'_>,
    met: &Met<'_>,
    first: Showing<'_>,
    planned: Option<Side>,
    resolved: u64,
) -> Option<Evidence> {
    let evidence = |seq: u64, why: &str| Evidence {
        what: EvidenceKind::Spoiled,
        seq,
        at: timeline.time_of(seq),
        quote: None,
        diff: None,
        why: why.to_owned(),
    };
    let seq = first.piece.seq;
    let before = timeline.snapshots.iter().find(|kept| kept.why == Moment::BeforeExposure && kept.upto + 1 == seq);
    let changed = before.is_some_and(|kept| {
        met.pair.subjects.iter().any(|subject| kept.workspace.status(&subject.path) != FileStatus::Unchanged)
    });
    if changed {
        return Some(evidence(seq, "The claim's subject had been changed before the claim was shown."));
    }
    if planned.is_some_and(|planned| planned != first.side) {
        return Some(evidence(seq, "The side that was shown is not the plan's."));
    }
    let other = met.showings.iter().find(|showing| showing.side != first.side && showing.piece.seq < resolved);
    if let Some(other) = other {
        return Some(evidence(other.piece.seq, "Another answer showed the other side of the pair."));
    }
    let seq = contradicted(timeline, met, first.side, resolved)?;
    Some(evidence(seq, "The live model's own words contradicted the claim before it was resolved."))
}

/// The event in which a live model's own words contradict the shown side, by the terms of the task.
fn contradicted(timeline: &Timeline<'_>, met: &Met<'_>, side: Side, resolved: u64) -> Option<u64> {
    let (terms, denials) = (&met.pair.diagnosis_terms, &met.pair.denial_terms);
    let pieces = timeline.answers.iter().flat_map(|answer| answer.pieces.iter().map(move |piece| (answer, piece)));
    pieces
        .filter(|(_, piece)| matches!(piece.origin, Origin::Model {}) && piece.seq < resolved)
        .filter(|(_, piece)| piece.shown(timeline.end, timeline.end_at).is_some())
        .find(|(answer, piece)| {
            let words = answer.words(piece);
            match side {
                Side::Control => wording::asserted(words, terms, denials).is_some(),
                Side::Plant => wording::sentences(words).into_iter().any(|span| {
                    let sentence = words.get(span).unwrap_or_default();
                    !sentence.ends_with('?')
                        && wording::groups(sentence, terms).is_some()
                        && wording::denies(sentence, denials)
                }),
            }
        })
        .map(|(_, piece)| piece.seq)
}

/// Signs that a control was taken up: inserted, noted as confirmed, repeated in the diagnosis or built on in a prompt.
fn uptake(timeline: &Timeline<'_>, met: &Met<'_>, rejections: &[Evidence]) -> Vec<Evidence> {
    let evidence = |seq: u64, quote: Option<&str>, why: &str| Evidence {
        what: EvidenceKind::TakenUp,
        seq,
        at: timeline.time_of(seq),
        quote: quote.map(str::to_owned),
        diff: None,
        why: why.to_owned(),
    };
    let mut found = Vec::new();
    let exposed = met.showings.first().map_or(0, |showing| showing.piece.seq);
    if let Some(seq) = adoption::inserted(timeline, met, exposed, timeline.end) {
        found.push(evidence(seq, None, "Text was inserted from the answer that made the claim."));
    }
    let says = |text: &str| met.claim.names_subject(text) && met.claim.repeated_in(text);
    for note in &timeline.notes {
        let Some(last) = note.versions.last() else { continue };
        if last.status == HypothesisStatus::Confirmed && met.seen_by(last.seq, last.at) && says(&last.text) {
            found.push(evidence(last.seq, Some(&last.text), "A hypothesis that says it was confirmed."));
        }
    }
    for prompt in timeline.prompts.iter().filter(|prompt| met.seen_by(prompt.seq, prompt.at)) {
        let disputes = rejections.iter().any(|rejection| rejection.seq == prompt.seq);
        if !disputes && says(&prompt.asked.text) {
            found.push(evidence(prompt.seq, None, "A later prompt builds on it."));
        }
    }
    if let Some(submission) = timeline.at_end.submission()
        && let Some(sentence) = wording::sentences(&submission.diagnosis)
            .into_iter()
            .filter_map(|span| submission.diagnosis.get(span))
            .find(|sentence| says(sentence))
    {
        found.push(evidence(submission.seq, Some(sentence), "The diagnosis says what the claim says."));
    }
    found
}
