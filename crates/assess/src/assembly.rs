//! The report put together.

use crate::report::{FlaggedSource, Header, OpenedPlan, OtherFlag, Report, Submission};
use crate::states::Outcomes;
use crate::timeline::{self, Flag, Timeline, pair_of};
use crate::{Error, RULES, caveats, diagnosis, figures, rejection, reliance, verdict, wording};
use code_index::Index;
use domain::event::{Event, Fact, Origin};
use domain::session::Phase;
use domain::task::Task;

/// What a session shows, as a function of its log, its task and [`RULES`]: the same input gives the same bytes. A log
/// that breaks off anywhere gives a report of what it has. A task that was changed since is noted in the report.
///
/// # Errors
/// Refuses a log it cannot read, naming the event: empty, without its beginning, in an unknown version, or with an
/// event that does not follow from the ones before it.
pub fn report(task: &Task, events: &[Event]) -> Result<Report, Error> {
    let timeline = timeline::read(task, events)?;
    let texts = task.base.iter().filter(|(path, _)| path.as_str().ends_with(".py"));
    let index = Index::build(texts.map(|(path, text)| (path.to_string(), text.clone())), 1);
    let outcomes = Outcomes::of(&timeline);
    let items = verdict::items(&timeline, &index, &outcomes);
    let reliance = reliance::of(&items);
    let prompts = figures::prompts(&timeline, &index, &items);
    Ok(Report {
        rules: RULES,
        header: header(&timeline),
        caveats: caveats::of(&timeline, &outcomes, &items, &reliance),
        checks: diagnosis::checks(&timeline),
        questions: diagnosis::questions(&timeline),
        diagnosis: diagnosis::of(&timeline),
        hypotheses: diagnosis::notebook(&timeline),
        dimensions: figures::dimensions(&prompts),
        figures: figures::of(&timeline, &items, &prompts),
        other_flags: timeline.flags.iter().filter_map(|flag| other_flag(&timeline, flag)).collect(),
        late: timeline.late.clone(),
        items,
        reliance,
        prompts,
    })
}

fn header(timeline: &Timeline<'_>) -> Header {
    let created = timeline.state.created();
    Header {
        session: created.session,
        task: created.task.clone(),
        title: timeline.task.brief.title.clone(),
        task_digest: created.task_digest.clone(),
        same_task: created.task == timeline.task.brief.name && created.task_digest == timeline.task.digest,
        repository: created.repository.clone(),
        base: created.base.clone(),
        mode: created.mode,
        minutes: created.minutes,
        assistant: created.assistant.clone(),
        rules_at_creation: created.rules,
        commitment: created.commitment.clone(),
        plan: plan(timeline),
        created_wall: timeline.events.first().map_or(0, |first| first.wall),
        started_at: timeline.state.started(),
        submission: timeline.state.submission().map(|submission| Submission {
            seq: submission.seq,
            at: submission.at,
            by: submission.by,
            commit: submission.commit.clone(),
        }),
        evidence_upto: timeline.end,
        last_seq: timeline.state.seq(),
        views_logged: timeline.state.views_allowed(),
        concluded: timeline.state.phase() == Phase::Concluded,
    }
}

fn plan(timeline: &Timeline<'_>) -> Option<OpenedPlan> {
    let event = timeline.events.iter().rev().find(|event| matches!(event.fact, Fact::PlanSealed(_)))?;
    let Fact::PlanSealed(sealed) = &event.fact else { return None };
    Some(OpenedPlan {
        plan_seed: sealed.plan_seed.to_string(),
        salt: sealed.salt.clone(),
        canonical: sealed.plan.canonical(),
        sides: sealed.plan.sides.clone(),
        matches_commitment: sealed.plan.commitment(&sealed.salt) == timeline.state.created().commitment,
        seq: event.seq,
    })
}

/// A standing flag that is on no claim pair.
fn other_flag(timeline: &Timeline<'_>, flag: &Flag) -> Option<OtherFlag> {
    let answer = timeline.answers.iter().find(|answer| answer.id == flag.flagged.answer)?;
    let places = match &flag.flagged.quote {
        Some(quote) => wording::quoted(&answer.text, quote),
        None => std::iter::once(0..answer.text.len().max(1)).collect(),
    };
    let on = |wanted: fn(&Origin) -> bool| {
        answer
            .pieces
            .iter()
            .any(|piece| wanted(&piece.origin) && places.iter().any(|place| rejection::overlap(place, &piece.span)))
    };
    if flag.withdrawn.is_some() || on(|origin| pair_of(origin).is_some()) {
        return None;
    }
    let verified =
        |origin: &Origin| matches!(origin, Origin::Knowledge { .. } | Origin::Clarification {} | Origin::Index {});
    let on = match (on(verified), on(|origin| matches!(origin, Origin::Model {}))) {
        (_, true) => FlaggedSource::Unverified,
        (true, false) => FlaggedSource::Verified,
        (false, false) => FlaggedSource::Plain,
    };
    Some(OtherFlag {
        seq: flag.seq,
        answer: flag.flagged.answer,
        quote: flag.flagged.quote.clone(),
        reason: flag.flagged.reason.clone(),
        on,
    })
}
