//! What remains of an event when its words are erased: enough to fold the log, nothing anybody wrote.

use domain::Fact;
use domain::event::{
    Asked, CaseOutcome, CheckOutcome, Composed, Edited, Flagged, HypothesisChanged, RunOutcome, TestResult,
};
use domain::text::{ChangeSet, Section};

/// What stands where words were.
const ERASED: &str = "[erased]";

/// The fact without its words; none when its kind holds nobody's words. Erasing twice changes nothing.
pub(crate) fn without_words(fact: &Fact) -> Option<Fact> {
    Some(match fact {
        Fact::Searched { query, hits } => Fact::Searched { query: gone(query), hits: *hits },
        Fact::Edited(edited) => Fact::Edited(Edited { changes: masked_changes(&edited.changes), ..edited.clone() }),
        Fact::FileCreated { path, text } => {
            Fact::FileCreated { path: path.clone(), text: masked(text, char::len_utf16) }
        }
        Fact::Asked(asked) => Fact::Asked(Asked { text: gone(&asked.text), ..asked.clone() }),
        // Sources point at bytes of the text.
        Fact::Composed(composed) => {
            Fact::Composed(Composed { text: masked(&composed.text, char::len_utf8), ..composed.clone() })
        }
        Fact::UpstreamFailed { prompt, cause } => Fact::UpstreamFailed { prompt: *prompt, cause: gone(cause) },
        Fact::Flagged(flagged) => Fact::Flagged(Flagged {
            quote: flagged.quote.as_deref().map(gone),
            reason: gone(&flagged.reason),
            ..flagged.clone()
        }),
        Fact::Hypothesised { hypothesis, text } => Fact::Hypothesised { hypothesis: *hypothesis, text: gone(text) },
        Fact::HypothesisChanged(changed) => Fact::HypothesisChanged(HypothesisChanged {
            text: gone(&changed.text),
            evidence: gone(&changed.evidence),
            ..changed.clone()
        }),
        Fact::RunFinished { run, outcome } => Fact::RunFinished { run: *run, outcome: run_without_words(outcome) },
        Fact::Submitted { by, diagnosis } => Fact::Submitted { by: *by, diagnosis: gone(diagnosis) },
        Fact::Judged { checks } => Fact::Judged {
            checks: checks.iter().map(|(id, outcome)| (id.clone(), check_without_words(outcome))).collect(),
        },
        Fact::Paused { why } => Fact::Paused { why: gone(why) },
        Fact::Created(_)
        | Fact::PlanSealed(_)
        | Fact::Consented { .. }
        | Fact::Started {}
        | Fact::Viewed(_)
        | Fact::FileRenamed { .. }
        | Fact::FileDeleted { .. }
        | Fact::Volunteered { .. }
        | Fact::CardsHeld {}
        | Fact::CardsReleased {}
        | Fact::Used(_)
        | Fact::Answered { .. }
        | Fact::FlagWithdrawn { .. }
        | Fact::RunRequested { .. }
        | Fact::QuestionAnswered { .. }
        | Fact::Committed { .. }
        | Fact::Probed(_)
        | Fact::Concluded {}
        | Fact::Resumed {}
        | Fact::Restarted {} => return None,
    })
}

/// Words that nothing measures or counts in.
fn gone(words: &str) -> String {
    if words.is_empty() { String::new() } else { ERASED.to_owned() }
}

/// Text that later events count in: its lines keep their lengths in the unit that `len` counts.
fn masked(text: &str, len: fn(char) -> usize) -> String {
    text.split('\n').map(|line| ".".repeat(line.chars().map(len).sum())).collect::<Vec<_>>().join("\n")
}

fn masked_changes(changes: &ChangeSet) -> ChangeSet {
    let section = |section: &Section| match section {
        Section::Keep(units) => Section::Keep(*units),
        Section::Replace { delete, insert } => {
            Section::Replace { delete: *delete, insert: masked(insert, char::len_utf16) }
        }
    };
    ChangeSet(changes.0.iter().map(section).collect())
}

fn run_without_words(outcome: &RunOutcome) -> RunOutcome {
    let test = |test: &TestResult| TestResult { message: gone(&test.message), ..test.clone() };
    RunOutcome { output: gone(&outcome.output), tests: outcome.tests.iter().map(test).collect(), ..outcome.clone() }
}

fn check_without_words(outcome: &CheckOutcome) -> CheckOutcome {
    let case = |case: &CaseOutcome| match case {
        CaseOutcome::Failed { observed } => CaseOutcome::Failed { observed: gone(observed) },
        CaseOutcome::Passed {} | CaseOutcome::NotJudged { .. } => case.clone(),
    };
    CheckOutcome { cases: outcome.cases.iter().map(case).collect() }
}
