//! What the figures cannot show, said aloud.

use crate::RULES;
use crate::report::{Caveat, Item, Reliance};
use crate::states::Outcomes;
use crate::statistics::{Discrimination, FEWEST};
use crate::timeline::Timeline;
use domain::event::{AnswerOutcome, Event, Fact};
use domain::ids::{PairId, PromptId};

/// Everything to know before reading a figure.
pub(crate) fn of(timeline: &Timeline<'_>, outcomes: &Outcomes, items: &[Item], reliance: &Reliance) -> Vec<Caveat> {
    let mut found = Vec::new();
    about_the_task(timeline, &mut found);
    about_the_log(timeline, &mut found);
    about_the_probes(timeline, outcomes, items, &mut found);
    about_what_it_shows(timeline, reliance, &mut found);
    found
}

fn add(found: &mut Vec<Caveat>, code: &str, seqs: Vec<u64>, text: String) {
    found.push(Caveat { code: code.to_owned(), text, seqs });
}

fn about_the_task(timeline: &Timeline<'_>, found: &mut Vec<Caveat>) {
    let created = timeline.state.created();
    let task = timeline.task;
    if created.task != task.brief.name {
        let text = format!("The session was on the task `{}`; this report uses `{}`.", created.task, task.brief.name);
        add(found, "other_task", vec![1], text);
    } else if created.task_digest != task.digest {
        let text = "The task was changed after the session was set up: pairs, keys and checks may differ from those in force then.";
        add(found, "task_changed", vec![1], text.to_owned());
    }
    if created.rules != RULES {
        let text = format!(
            "The session was set up under version {} of the rules; this report follows {RULES}.",
            created.rules
        );
        add(found, "other_rules", vec![1], text);
    }
    let unknown: Vec<&PairId> =
        timeline.showings().into_keys().filter(|id| !task.key.pairs.contains_key(*id)).collect();
    if !unknown.is_empty() {
        let names = unknown.iter().map(|id| id.as_str()).collect::<Vec<_>>().join(", ");
        add(
            found,
            "unknown_pairs",
            Vec::new(),
            format!("Shown, but no longer part of the task, and left out: {names}."),
        );
    }
}

fn about_the_log(timeline: &Timeline<'_>, found: &mut Vec<Caveat>) {
    let of_kind = |wanted: fn(&Event) -> bool| -> Vec<u64> {
        timeline.events.iter().filter(|event| wanted(event)).map(|event| event.seq).collect()
    };
    if timeline.at_end.submission().is_none() {
        let text = "Nothing was handed in yet: verdicts are as of the log's last event.";
        add(found, "not_submitted", vec![timeline.end], text.to_owned());
    }
    match timeline.state.sealed() {
        None => add(
            found,
            "no_plan",
            Vec::new(),
            "The log holds no plan; sides are known for what was shown only.".to_owned(),
        ),
        Some(sealed) if sealed.plan.commitment(&sealed.salt) != timeline.state.created().commitment => {
            let text = "The plan in the log does not open the commitment that was shown at the start.";
            add(found, "commitment_broken", vec![1], text.to_owned());
        }
        Some(_) => {}
    }
    if !timeline.at_end.views_allowed() {
        let text =
            "The candidate did not agree to the logging of views and searches: checks by reading cannot be seen.";
        add(found, "views_not_logged", of_kind(|event| matches!(event.fact, Fact::Consented { .. })), text.to_owned());
    }
    if !timeline.late.is_empty() {
        let text = "Files were changed after the submission; those changes are kept and left out.";
        add(found, "late_changes", timeline.late.clone(), text.to_owned());
    }
    let interrupted = of_kind(|event| matches!(event.fact, Fact::Paused { .. } | Fact::Restarted {}));
    if !interrupted.is_empty() {
        let text = "The session was interrupted by a pause or a restart; the clock stood still.";
        add(found, "interrupted", interrupted, text.to_owned());
    }
    let failed = lost_answers(timeline);
    if !failed.is_empty() {
        let text =
            "The live model failed for some prompts: the candidate lost those answers through no fault of theirs.";
        add(found, "upstream_failed", failed, text.to_owned());
    }
}

/// Where one upstream failed and another answered in its place nothing was lost.
fn lost_answers(timeline: &Timeline<'_>) -> Vec<u64> {
    let answered = |asked: PromptId| {
        let mut exchanges = timeline.at_end.exchanges().iter();
        exchanges.any(|exchange| exchange.asked.prompt == asked && exchange.outcome == Some(AnswerOutcome::Complete))
    };
    let lost = |event: &&Event| match event.fact {
        Fact::Answered { outcome, .. } => outcome == AnswerOutcome::Unavailable,
        Fact::UpstreamFailed { prompt, .. } => !answered(prompt),
        _ => false,
    };
    timeline.events.iter().filter(lost).map(|event| event.seq).collect()
}

fn about_the_probes(timeline: &Timeline<'_>, outcomes: &Outcomes, items: &[Item], found: &mut Vec<Caveat>) {
    if !outcomes.misplaced.is_empty() {
        let text = "Probe outcomes whose digest is not that of the files they name were ignored.";
        add(found, "probes_of_other_files", outcomes.misplaced.clone(), text.to_owned());
    }
    if !outcomes.unjudged.is_empty() {
        let text = "Some probes could not be judged; they count as no evidence in either direction.";
        add(found, "probes_not_judged", outcomes.unjudged.clone(), text.to_owned());
    }
    let unjudged: Vec<&str> = items.iter().filter(|item| item.unjudged).map(|item| item.pair.as_str()).collect();
    if !unjudged.is_empty() && timeline.submission().is_some() {
        let text = format!("Whether the submission acts on these claims was not judged: {}.", unjudged.join(", "));
        add(found, "submission_not_judged", Vec::new(), text);
    }
}

fn about_what_it_shows(timeline: &Timeline<'_>, reliance: &Reliance, found: &mut Vec<Caveat>) {
    if matches!(reliance.discrimination, Discrimination::TooFewToSay { .. }) {
        let text = format!(
            "{} plants and {} controls are few: read the counts and the width of the intervals. d′ and c need {FEWEST} of each.",
            reliance.plants, reliance.controls
        );
        add(found, "few_items", Vec::new(), text);
    }
    let models = timeline.state.created().assistant.models();
    if !models.is_empty() {
        let text = format!(
            "What no claim pair answered came from the model{} `{}`, unverified; flags on it are shown and never counted.",
            if models.len() == 1 { "" } else { "s" },
            models.join("`, `")
        );
        add(found, "live_model", Vec::new(), text);
    }
    for (code, text) in [
        ("english_only", "The assistant and the reading of prompts, flags and notes know English only."),
        (
            "work_elsewhere",
            "Work outside this window, such as another editor, a terminal or another assistant, is not seen.",
        ),
        ("public_task", "The key of a public task can be found; who knows it is not measured by this report."),
    ] {
        add(found, code, Vec::new(), text.to_owned());
    }
}
