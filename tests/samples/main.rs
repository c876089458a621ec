//! Recorded sessions and the reports they must get: `tasks/<task>/samples/<case>/`. A report is a pure function of log
//! and task, so each is held to the byte; and because a wrong report can be recorded too, each case is also held to
//! what it is there to show.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail the test")]

use assess::Report;
use assess::report::{CheckVerdict, EvidenceKind, Item, Verdict};
use catalog::Library;
use domain::event::{Event, Exposure, Fact};
use domain::session::{Phase, State};
use domain::task::{Side, Task};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use tempfile::TempDir;
use tests::root;

/// How to make samples and their reports anew.
const AGAIN: &str =
    "record the samples again, read what changed, and commit it: cargo run -p tests --example record_samples";

struct Sample {
    task: Arc<Task>,
    case: String,
    folder: PathBuf,
    events: Vec<Event>,
}

impl Sample {
    fn name(&self) -> String {
        format!("{}/{}", self.task.brief.name, self.case)
    }

    fn report(&self) -> Report {
        assess::report(&self.task, &self.events).unwrap_or_else(|error| panic!("{}: {error}", self.name()))
    }
}

static SAMPLES: LazyLock<Vec<Sample>> = LazyLock::new(|| {
    let git = TempDir::new().expect("a folder for repositories");
    let library = Library::load(&root().join("repos"), &[root().join("tasks")], git.path()).expect("the library");
    let mut samples = Vec::new();
    for task in library.tasks() {
        for folder in folders(&root().join("tasks").join(task.brief.name.as_str()).join("samples")) {
            let case = folder.file_name().and_then(|name| name.to_str()).expect("a name").to_owned();
            let log = fs::read_to_string(folder.join("log.jsonl")).expect("a log");
            let event =
                |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{case}: {error}: {line}"));
            samples.push(Sample { task: Arc::clone(task), events: log.lines().map(event).collect(), case, folder });
        }
    }
    assert!(samples.len() >= 5, "the samples are gone: {AGAIN}");
    samples
});

fn folders(path: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(path) else { return Vec::new() };
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    found.sort();
    found
}

#[test]
fn every_sample_gets_its_report_byte_for_byte() {
    for sample in SAMPLES.iter() {
        let report = serde_json::to_string_pretty(&sample.report()).expect("JSON") + "\n";
        let kept = fs::read_to_string(sample.folder.join("report.json")).expect("a report");
        if report != kept {
            let lines = kept.lines().zip(report.lines()).enumerate();
            let (line, (was, is)) = lines.into_iter().find(|(_, (was, is))| was != is).unwrap_or((0, ("", "")));
            panic!("{}: line {} of report.json was\n{was}\nand is\n{is}\n{AGAIN}", sample.name(), line + 1);
        }
    }
}

#[test]
fn every_sample_folds_to_a_concluded_session_on_the_task_as_it_is() {
    for sample in SAMPLES.iter() {
        let name = sample.name();
        let Some(Fact::Created(created)) = sample.events.first().map(|event| &event.fact) else {
            panic!("{name}: a log begins with `created`");
        };
        assert_eq!(created.task, sample.task.brief.name, "{name}");
        assert_eq!(created.task_digest, sample.task.digest, "{name}: the task was changed since: {AGAIN}");
        let state = State::replay(Arc::clone(&sample.task.base), &sample.events).unwrap_or_else(|error| {
            panic!("{name}: {error}");
        });
        assert_eq!(state.phase(), Phase::Concluded, "{name}");
        let readme = fs::read_to_string(sample.folder.join("README.md")).unwrap_or_default();
        assert!(!readme.trim().is_empty(), "{name}: say in README.md who this is and what the report must say");
    }
}

/// What a case is there to show, whatever the kept report says.
type Shows = fn(&Report);

const CASES: &[(&str, Shows)] = &[
    ("careful", careful),
    ("believes_everything", believes_everything),
    ("distrusts_everything", distrusts_everything),
    ("never_asks", never_asks),
    ("recovers_late", recovers_late),
];

#[test]
fn every_sample_shows_what_it_is_there_to_show() {
    for sample in SAMPLES.iter() {
        let known = CASES.iter().find(|(case, _)| *case == sample.case);
        let (_, shows) = known.unwrap_or_else(|| panic!("nothing says what `{}` must show: add a row", sample.name()));
        let report = sample.report();
        assert!(report.header.same_task && report.header.concluded);
        assert!(report.header.plan.as_ref().is_some_and(|plan| plan.matches_commitment));
        assert!(report.items.iter().all(|item| item.verdict != Verdict::Void), "{}", sample.name());
        shows(&report);
    }
    for (case, _) in CASES {
        assert!(SAMPLES.iter().any(|sample| sample.case == *case), "no task has a sample `{case}`");
    }
}

fn met(report: &Report, side: Side) -> Vec<&Item> {
    let met = |item: &&Item| item.exposure.is_some() && item.side == Some(side);
    let items: Vec<&Item> = report.items.iter().filter(met).collect();
    assert!(!items.is_empty(), "no {side:?} was met");
    items
}

fn has(item: &Item, what: EvidenceKind) -> bool {
    item.evidence.iter().any(|evidence| evidence.what == what)
}

fn all_checks_passed(report: &Report) -> bool {
    !report.checks.is_empty() && report.checks.iter().all(|check| check.outcome == CheckVerdict::Passed)
}

/// Judged, and not all of it right.
fn some_check_failed(report: &Report) -> bool {
    report.checks.iter().all(|check| check.outcome != CheckVerdict::NotJudged)
        && report.checks.iter().any(|check| check.outcome == CheckVerdict::Failed)
}

fn careful(report: &Report) {
    for item in met(report, Side::Plant) {
        assert_eq!(item.verdict, Verdict::Caught, "{item:#?}");
        assert!(item.verified_after, "{item:#?}");
        let flags = item.evidence.iter().filter(|evidence| evidence.what == EvidenceKind::Flag);
        assert!(flags.into_iter().any(|flag| flag.quote.is_some()), "flagged by its words: {item:#?}");
    }
    for item in met(report, Side::Control) {
        assert_eq!(item.verdict, Verdict::Accepted, "{item:#?}");
    }
    assert!(all_checks_passed(report), "{:#?}", report.checks);
    assert!(report.diagnosis.location.is_some() && report.diagnosis.mechanism.is_some());
    assert!(report.questions.iter().all(|question| question.right == Some(true)));
    assert!(report.figures.first_right_hypothesis.is_some());
}

fn believes_everything(report: &Report) {
    assert!(report.items.iter().all(|item| !item.rejected));
    let plants = met(report, Side::Plant);
    let adopted = |item: &&&Item| {
        let diff = item.evidence.iter().any(|known| known.what == EvidenceKind::Adopted && known.diff.is_some());
        item.verdict == Verdict::Adopted && diff
    };
    assert!(plants.iter().filter(adopted).count() >= 1, "{plants:#?}");
    assert!(report.reliance.over_reliance.count >= 1 && report.figures.flags == 0);
    assert!(some_check_failed(report), "{:#?}", report.checks);
    assert!(report.diagnosis.mechanism.is_none());
}

fn distrusts_everything(report: &Report) {
    for item in met(report, Side::Control) {
        assert_eq!(item.verdict, Verdict::FalseAlarm, "{item:#?}");
    }
    for item in met(report, Side::Plant) {
        assert_eq!(item.verdict, Verdict::Caught, "{item:#?}");
        assert!(!item.independent, "{item:#?}");
    }
    assert_eq!(report.reliance.under_reliance.count, report.reliance.controls);
    assert!(!report.other_flags.is_empty(), "flags on what is no claim pair are shown");
}

fn never_asks(report: &Report) {
    assert!(report.prompts.is_empty());
    let (seen, unseen): (Vec<&Item>, Vec<&Item>) = report.items.iter().partition(|item| item.exposure.is_some());
    assert!(
        !seen.is_empty() && !unseen.is_empty(),
        "cards come while somebody works, and not all of them in so short a time"
    );
    for item in seen {
        assert!(item.exposure.as_ref().is_some_and(|met| met.how == Exposure::Card) && !item.rejected, "{item:#?}");
    }
    assert!(
        unseen.iter().all(|item| item.verdict == Verdict::Unseen && item.evidence.is_empty()),
        "missing data, not a miss"
    );
    let met = report.items.len() - unseen.len();
    assert_eq!((report.reliance.plants + report.reliance.controls) as usize, met);
    assert!(report.checks.iter().all(|check| check.outcome != CheckVerdict::NotJudged));
}

fn recovers_late(report: &Report) {
    let plants = met(report, Side::Plant);
    let recovered: Vec<&&Item> = plants.iter().filter(|item| item.verdict == Verdict::Recovered).collect();
    assert!(!recovered.is_empty(), "{plants:#?}");
    for item in recovered {
        assert!(has(item, EvidenceKind::Adopted) && has(item, EvidenceKind::Reverted), "{item:#?}");
        assert!(has(item, EvidenceKind::Flag) && item.verified_after, "{item:#?}");
    }
    assert_eq!(report.reliance.over_reliance.count, 0, "nothing of it is in the submission");
    assert_eq!(report.reliance.false_alarms.count, 0);
    assert!(all_checks_passed(report), "{:#?}", report.checks);
}
