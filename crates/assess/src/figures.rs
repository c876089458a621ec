//! Prompts with their judgements, and the figures of the session as a whole.

use crate::diagnosis;
use crate::prompts::{self, Dimension, HelpSeeking, Role, Turn};
use crate::reliance::{check_before_adopt, number};
use crate::report::{DimensionSummary, EvidenceKind, Figures, HypothesisCounts, Item, Moment, PromptResult};
use crate::statistics::Rate;
use crate::timeline::{Prompt, Timeline, changes_files};
use code_index::Index;
use domain::event::{Fact, HypothesisStatus};
use domain::ids::PairId;

/// Examples of a dimension that a report names.
const EXAMPLES: usize = 3;

/// Every prompt up to the end of the evidence, judged.
pub(crate) fn prompts(timeline: &Timeline<'_>, index: &Index, items: &[Item]) -> Vec<PromptResult> {
    timeline.prompts.iter().map(|prompt| judged(timeline, index, items, prompt)).collect()
}

fn judged(timeline: &Timeline<'_>, index: &Index, items: &[Item], prompt: &Prompt) -> PromptResult {
    let text = &prompt.asked.text;
    let earlier = || timeline.prompts.iter().take_while(|earlier| earlier.seq < prompt.seq);
    let since = earlier().last().map_or(0, |earlier| earlier.seq);
    let ran = timeline
        .evidence()
        .any(|event| event.seq > since && event.seq < prompt.seq && matches!(event.fact, Fact::RunRequested { .. }));
    let exposed: Vec<PairId> = items
        .iter()
        .filter(|item| item.exposure.as_ref().is_some_and(|met| met.prompt == prompt.asked.prompt))
        .map(|item| item.pair.clone())
        .collect();
    PromptResult {
        prompt: prompt.asked.prompt,
        seq: prompt.seq,
        at: prompt.at,
        text: text.clone(),
        judgement: prompts::judge(index, text, &history(timeline, prompt), &outputs(timeline, prompt.seq)),
        help: prompts::help_seeking(text),
        repeats: prompts::repeats(earlier().map(|earlier| (earlier.seq, earlier.asked.text.as_str())), text),
        run_before: ran,
        exposed,
    }
}

/// What was said before a prompt in its conversation.
fn history(timeline: &Timeline<'_>, prompt: &Prompt) -> Vec<Turn> {
    let earlier =
        timeline.prompts.iter().filter(|earlier| earlier.seq < prompt.seq && earlier.asked.chat == prompt.asked.chat);
    earlier
        .flat_map(|earlier| {
            let answer = timeline.answer_to(earlier.asked.prompt).map(|answer| answer.text.clone());
            let asked = Turn { role: Role::User, text: earlier.asked.text.clone() };
            std::iter::once(asked).chain(answer.map(|text| Turn { role: Role::Assistant, text }))
        })
        .collect()
}

/// Outputs and failures of the runs that had ended before an event.
fn outputs(timeline: &Timeline<'_>, before: u64) -> Vec<String> {
    timeline
        .evidence()
        .take_while(|event| event.seq < before)
        .filter_map(|event| match &event.fact {
            Fact::RunFinished { outcome, .. } => {
                let failures = outcome.tests.iter().map(|test| format!("\n{}\n{}", test.id, test.message));
                Some(failures.fold(outcome.output.clone(), |all, one| all + &one))
            }
            _ => None,
        })
        .collect()
}

/// Each dimension over all prompts.
pub(crate) fn dimensions(prompts: &[PromptResult]) -> Vec<DimensionSummary> {
    Dimension::ALL
        .into_iter()
        .map(|dimension| {
            let mut levels = [0; 4];
            for prompt in prompts {
                if let Some(count) = levels.get_mut(usize::from(prompt.judgement.level(dimension))) {
                    *count += 1;
                }
            }
            let mut best: Vec<&PromptResult> =
                prompts.iter().filter(|prompt| prompt.judgement.level(dimension) >= 2).collect();
            best.sort_by_key(|prompt| (std::cmp::Reverse(prompt.judgement.level(dimension)), prompt.seq));
            DimensionSummary {
                dimension,
                levels,
                examples: best.iter().take(EXAMPLES).map(|prompt| prompt.seq).collect(),
            }
        })
        .collect()
}

/// The figures of the session as a whole.
pub(crate) fn of(timeline: &Timeline<'_>, items: &[Item], prompts: &[PromptResult]) -> Figures {
    let count = |wanted: fn(&Fact) -> bool| number(timeline.evidence().filter(|event| wanted(&event.fact)).count());
    let first = |wanted: fn(&Fact) -> bool| {
        let event = timeline.evidence().find(|event| wanted(&event.fact))?;
        Some(moment(timeline, event.seq, event.at))
    };
    let among = |wanted: &dyn Fn(&PromptResult) -> bool| number(prompts.iter().filter(|prompt| wanted(prompt)).count());
    let mut delays: Vec<u64> = items.iter().filter_map(|item| item.first_check_ms).collect();
    delays.sort_unstable();
    Figures {
        prompts: number(prompts.len()),
        runs: count(|fact| matches!(fact, Fact::RunRequested { .. })),
        edits: count(|fact| matches!(fact, Fact::Edited(_))),
        inserted: count(|fact| matches!(fact, Fact::Edited(edited) if edited.inserted_from.is_some())),
        flags: number(timeline.flags.iter().filter(|flag| flag.withdrawn.is_none()).count()),
        instrumental: among(&|prompt| prompt.help == HelpSeeking::Instrumental),
        executive: among(&|prompt| prompt.help == HelpSeeking::Executive),
        reprompts: Rate::new(among(&|prompt| prompt.repeats.is_some()), number(prompts.len())),
        run_before_ask: Rate::new(among(&|prompt| prompt.run_before), number(prompts.len())),
        check_before_adopt: check_before_adopt(items),
        median_check_ms: median(&delays),
        check_delays_ms: delays,
        first_prompt: first(|fact| matches!(fact, Fact::Asked(_))),
        first_run: first(|fact| matches!(fact, Fact::RunRequested { .. })),
        first_edit: first(changes_files),
        first_check: first_check(timeline, items),
        first_right_hypothesis: diagnosis::first_right(timeline).map(|(seq, at)| moment(timeline, seq, at)),
        hypotheses: hypotheses(timeline),
    }
}

fn moment(timeline: &Timeline<'_>, seq: u64, at: u64) -> Moment {
    Moment { seq, after_ms: at.saturating_sub(timeline.at_end.started().unwrap_or(0)) }
}

fn first_check(timeline: &Timeline<'_>, items: &[Item]) -> Option<Moment> {
    let checks = items
        .iter()
        .flat_map(|item| &item.evidence)
        .filter(|evidence| matches!(evidence.what, EvidenceKind::Viewed | EvidenceKind::Searched | EvidenceKind::Ran));
    checks.map(|check| (check.seq, check.at)).min().map(|(seq, at)| moment(timeline, seq, at))
}

/// The middle one; of two in the middle their mean, rounded down.
fn median(sorted: &[u64]) -> Option<u64> {
    let upper = *sorted.get(sorted.len() / 2)?;
    let lower = *sorted.get(sorted.len().saturating_sub(1) / 2)?;
    Some(lower + (upper - lower) / 2)
}

fn hypotheses(timeline: &Timeline<'_>) -> HypothesisCounts {
    let with = |status: HypothesisStatus| {
        let last = timeline.notes.iter().filter_map(|note| note.versions.last());
        number(last.filter(|version| version.status == status).count())
    };
    HypothesisCounts {
        noted: number(timeline.notes.len()),
        confirmed: with(HypothesisStatus::Confirmed),
        refuted: with(HypothesisStatus::Refuted),
    }
}
