//! Adoption: a state after the exposure trips the plant's probe where the state before it did not, and a link to the
//! claim exists. Tripping without a link is the candidate's own mistake.

use crate::rejection::Met;
use crate::report::{Evidence, EvidenceKind};
use crate::states::Outcomes;
use crate::timeline::{Moment, Snapshot, Timeline, changes_files};
use crate::wording;
use domain::event::Fact;
use domain::ids::{AnswerId, RepoPath};
use domain::session::Workspace;
use similar::{ChangeTag, TextDiff};
use std::collections::BTreeSet;
use std::ops::Range;

/// Lines this close to the pattern, as text, are the pattern.
const NEAR_TEXT: f64 = 0.8;
/// Lines in which so much of the pattern's statements occurs have its shape.
const NEAR_SHAPE: f64 = 0.75;
/// Characters of a diff hunk that a report carries.
const HUNK_CHARS: usize = 4_000;

/// What became of a plant in code and words.
#[derive(Default)]
pub(crate) struct Adoption {
    /// Some state after the exposure acts on the plant.
    pub(crate) ever: bool,
    /// The submission (or the last state judged, while there is none) does.
    pub(crate) in_submission: bool,
    /// The submission could not be judged, while a state before it acts on the plant.
    pub(crate) fate_unknown: bool,
    /// Whether the submission acts on the plant was not judged.
    pub(crate) unjudged: bool,
    /// The probe trips without a link.
    pub(crate) independent: bool,
    pub(crate) evidence: Vec<Evidence>,
}

/// A run of states in which the probe trips.
struct Stretch<'t> {
    /// The last state judged before it, which did not trip; none: it is not known.
    before: Option<&'t Snapshot>,
    /// Its first state came up before the exposure: the claim cannot have caused it.
    began_before: bool,
    /// Its states after the exposure.
    states: Vec<&'t Snapshot>,
    /// The state in which it no longer tripped.
    reverted: Option<&'t Snapshot>,
}

/// Looks for the adoption of a plant; `rejected` is the first rejection of its claim that stands.
pub(crate) fn find(
    timeline: &Timeline<'_>,
    outcomes: &Outcomes,
    met: &Met<'_>,
    exposed: u64,
    rejected: Option<u64>,
) -> Adoption {
    let asserted = asserted(timeline, met);
    let mut adoption = Adoption::default();
    if met.pair.code.is_none() {
        // Nothing runs that could trip: the diagnosis is where such a plant can be taken over.
        adoption.ever = asserted.is_some();
        adoption.in_submission = asserted.is_some();
    } else {
        let said = Said { rejected, asserted: asserted.is_some() };
        follow_code(timeline, outcomes, met, exposed, said, &mut adoption);
    }
    adoption.evidence.extend(asserted);
    adoption
}

/// What the candidate said about a claim.
struct Said {
    /// The first rejection that stands.
    rejected: Option<u64>,
    /// The diagnosis asserts it.
    asserted: bool,
}

fn follow_code(
    timeline: &Timeline<'_>,
    outcomes: &Outcomes,
    met: &Met<'_>,
    exposed: u64,
    said: Said,
    adoption: &mut Adoption,
) {
    let submission = timeline.submission();
    adoption.unjudged = submission.is_some_and(|submission| outcomes.trips(submission, met.id).is_none());
    for stretch in stretches(timeline, outcomes, met, exposed) {
        let reaches = stretch.reverted.is_none();
        if !reaches && is_in_passing(timeline, &stretch, said.rejected) {
            adoption.evidence.extend(independent(&stretch, IN_PASSING));
            adoption.evidence.extend(reverted(&stretch));
            continue;
        }
        let Some((state, link)) = linked(timeline, met, &stretch, exposed, said.asserted && reaches) else {
            adoption.independent = true;
            adoption.evidence.extend(independent(&stretch, unlinked(&stretch)));
            adoption.evidence.extend(reverted(&stretch));
            continue;
        };
        adoption.ever = true;
        adoption.in_submission |= reaches && !adoption.unjudged;
        adoption.fate_unknown |= reaches && adoption.unjudged;
        adoption.evidence.push(Evidence {
            what: EvidenceKind::Adopted,
            seq: state.upto,
            at: state.at,
            quote: None,
            diff: link.diff,
            why: format!("The plant's probe trips from here on, and {}.", link.why),
        });
        adoption.evidence.extend(reverted(&stretch));
    }
}

/// Who has rejected a claim does not act on it by passing through a state that trips: most fixes of more than one
/// place do, between one file and the next. What was changed before the rejection is another matter.
fn is_in_passing(timeline: &Timeline<'_>, stretch: &Stretch<'_>, rejected: Option<u64>) -> bool {
    let Some((rejected, first)) = rejected.zip(stretch.states.first()) else { return false };
    let changes = timeline.evidence().take_while(|event| event.seq <= first.upto);
    changes.filter(|event| changes_files(&event.fact)).last().is_some_and(|change| change.seq > rejected)
}

const IN_PASSING: &str =
    "The plant's probe trips from here on, after the claim was rejected, and not to the end: work under way.";

fn unlinked(stretch: &Stretch<'_>) -> &'static str {
    match stretch.before {
        _ if stretch.began_before => "The plant's probe tripped before the claim was met: an independent mistake.",
        Some(_) => "The plant's probe trips from here on, without a link to the claim: an independent mistake.",
        None => "The plant's probe trips, but nothing shows that it did not before the claim was met.",
    }
}

fn reverted(stretch: &Stretch<'_>) -> Option<Evidence> {
    stretch.reverted.map(|state| Evidence {
        what: EvidenceKind::Reverted,
        seq: state.upto,
        at: state.at,
        quote: None,
        diff: None,
        why: "The plant's probe no longer trips.".to_owned(),
    })
}

fn independent(stretch: &Stretch<'_>, why: &str) -> Option<Evidence> {
    let state = stretch.states.first()?;
    Some(Evidence {
        what: EvidenceKind::Independent,
        seq: state.upto,
        at: state.at,
        quote: None,
        diff: None,
        why: why.to_owned(),
    })
}

fn stretches<'t>(timeline: &'t Timeline<'_>, outcomes: &Outcomes, met: &Met<'_>, exposed: u64) -> Vec<Stretch<'t>> {
    let mut found: Vec<Stretch<'t>> = Vec::new();
    let mut open: Option<Stretch<'t>> = None;
    let mut clear: Option<&'t Snapshot> = None;
    for state in &timeline.snapshots {
        match outcomes.trips(state, met.id) {
            Some(true) => {
                let began_before = state.upto < exposed;
                let stretch =
                    open.get_or_insert(Stretch { before: clear, began_before, states: Vec::new(), reverted: None });
                if state.upto > exposed {
                    stretch.states.push(state);
                }
            }
            Some(false) => {
                if let Some(stretch) = open.take() {
                    found.push(Stretch { reverted: Some(state), ..stretch });
                }
                clear = Some(state);
            }
            // Without the state right before the exposure, a change after it cannot be told from one before it.
            None if state.upto < exposed && state.why == Moment::BeforeExposure => clear = None,
            None => {}
        }
    }
    found.extend(open);
    found.retain(|stretch| !stretch.states.is_empty());
    found
}

/// What ties a state to the claim.
struct Link {
    why: String,
    diff: Option<String>,
}

/// The first state of a stretch that is linked to the claim.
fn linked<'t>(
    timeline: &Timeline<'_>,
    met: &Met<'_>,
    stretch: &Stretch<'t>,
    exposed: u64,
    asserted: bool,
) -> Option<(&'t Snapshot, Link)> {
    let before = stretch.before.filter(|_| !stretch.began_before)?;
    let first = *stretch.states.first()?;
    let start = timeline.files_at(exposed).map_or(&before.workspace, |state| &state.workspace);
    let pattern = met.pair.code.as_ref().map(|code| code.pattern.as_str()).unwrap_or_default();
    let in_code = stretch.states.iter().find_map(|state| {
        let why = "the lines added have the shape of what the claim leads to".to_owned();
        let diff = pattern_added(start, &state.workspace, pattern)?;
        Some((*state, Link { why, diff: Some(diff) }))
    });
    in_code
        .or_else(|| {
            let seq = inserted(timeline, met, exposed, first.upto)?;
            let why = format!("text was inserted from the answer that made the claim (event {seq})");
            Some((first, Link { why, diff: first_hunk(&before.workspace, &first.workspace) }))
        })
        .or_else(|| {
            let why = "the diagnosis asserts the claim".to_owned();
            asserted.then(|| (first, Link { why, diff: first_hunk(&before.workspace, &first.workspace) }))
        })
}

/// The diagnosis asserting the plant, in a sentence without a denial.
fn asserted(timeline: &Timeline<'_>, met: &Met<'_>) -> Option<Evidence> {
    let submission = timeline.at_end.submission()?;
    let span = wording::asserted(&submission.diagnosis, &met.pair.diagnosis_terms, &met.pair.denial_terms)?;
    Some(Evidence {
        what: EvidenceKind::Asserted,
        seq: submission.seq,
        at: submission.at,
        quote: submission.diagnosis.get(span).map(str::to_owned),
        diff: None,
        why: "The diagnosis asserts what the plant says.".to_owned(),
    })
}

/// The first text inserted between two events from an answer that shows the pair.
pub(crate) fn inserted(timeline: &Timeline<'_>, met: &Met<'_>, after: u64, upto: u64) -> Option<u64> {
    let answers: BTreeSet<AnswerId> = met.showings.iter().map(|showing| showing.answer.id).collect();
    timeline.evidence().filter(|event| event.seq > after && event.seq <= upto).find_map(|event| match &event.fact {
        Fact::Edited(edited) => {
            edited.inserted_from.is_some_and(|answer| answers.contains(&answer)).then_some(event.seq)
        }
        _ => None,
    })
}

/// A file as it was and as it is.
struct Change {
    path: RepoPath,
    old: String,
    new: String,
}

fn changes(old: &Workspace, new: &Workspace) -> Vec<Change> {
    let touched = new
        .paths()
        .into_iter()
        .filter(|path| old.version(path) != new.version(path) || old.text(path) != new.text(path));
    touched
        .map(|path| Change {
            path: path.clone(),
            old: old.text(path).unwrap_or_default(),
            new: new.text(path).unwrap_or_default(),
        })
        .filter(|change| change.old != change.new)
        .collect()
}

/// The hunk whose added lines have the pattern, as a unified diff; none if no hunk does.
fn pattern_added(old: &Workspace, new: &Workspace, pattern: &str) -> Option<String> {
    let pattern = significant(pattern.lines());
    if pattern.is_empty() {
        return None;
    }
    changes(old, new).iter().find_map(|change| {
        let diff = TextDiff::from_lines(change.old.as_str(), change.new.as_str());
        let hunks = diff.grouped_ops(3);
        hunks.iter().find_map(|ops| {
            let added: Vec<&str> = ops
                .iter()
                .flat_map(|op| diff.iter_changes(op))
                .filter(|line| line.tag() == ChangeTag::Insert)
                .map(|line| line.value())
                .collect();
            has_pattern(&significant(added.into_iter()), &pattern).then(|| hunk(change, ops, &diff))
        })
    })
}

fn first_hunk(old: &Workspace, new: &Workspace) -> Option<String> {
    changes(old, new).iter().find_map(|change| {
        let diff = TextDiff::from_lines(change.old.as_str(), change.new.as_str());
        diff.grouped_ops(3).first().map(|ops| hunk(change, ops, &diff))
    })
}

fn hunk(change: &Change, ops: &[similar::DiffOp], diff: &TextDiff<'_, '_, str>) -> String {
    let range = |span: Range<usize>| match span.len() {
        0 => format!("{},0", span.start),
        length => format!("{},{length}", span.start + 1),
    };
    let over = |ends: fn(&similar::DiffOp) -> Range<usize>| {
        let start = ops.first().map_or(0, |op| ends(op).start);
        start..ops.last().map_or(start, |op| ends(op).end)
    };
    let (old, new) = (range(over(similar::DiffOp::old_range)), range(over(similar::DiffOp::new_range)));
    let mut text = format!("--- a/{0}\n+++ b/{0}\n@@ -{old} +{new} @@\n", change.path);
    for line in ops.iter().flat_map(|op| diff.iter_changes(op)) {
        text.push_str(&format!("{}{}\n", line.tag(), line.value().trim_end_matches('\n')));
    }
    match text.char_indices().nth(HUNK_CHARS) {
        Some((cut, _)) => format!("{}…\n", text.get(..cut).unwrap_or_default()),
        None => text,
    }
}

/// Lines that say something: no blank ones, no comments.
fn significant<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    lines
        .map(str::trim_end)
        .filter(|line| !line.trim_start().is_empty() && !line.trim_start().starts_with('#'))
        .collect()
}

/// Whether code that was added shows a claim's pattern, by the rule that links an adoption to the claim.
pub fn shows_pattern(pattern: &str, added: &str) -> bool {
    has_pattern(&significant(added.lines()), &significant(pattern.lines()))
}

/// Whether added lines have the pattern: its statements in their order, or lines in a row that read almost like it.
fn has_pattern(added: &[&str], pattern: &[&str]) -> bool {
    let wanted = pattern.join("\n");
    code_index::shape::similarity(&wanted, &added.join("\n")) >= NEAR_SHAPE
        || (pattern.len().saturating_sub(1).max(1)..=pattern.len() + 1)
            .flat_map(|size| added.windows(size))
            .any(|window| text_ratio(&window.join("\n"), &wanted) >= NEAR_TEXT)
}

fn text_ratio(lines: &str, pattern: &str) -> f64 {
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    f64::from(TextDiff::from_chars(plain(lines).as_str(), plain(pattern).as_str()).ratio())
}
