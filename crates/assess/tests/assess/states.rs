//! Which states are worth probing, which logs are refused, and what a report says beside the verdicts.

use crate::log::{CONFIG, Log, Part, SEARCH, VERSIONS, item, task};
use assess::report::{CheckVerdict, FlaggedSource, Report};
use assess::statistics::Discrimination;
use assess::{Error, report, states_to_probe};
use domain::event::{AssistantKind, CaseOutcome, CheckOutcome, Event, Fact, HypothesisStatus, RunEnd};
use domain::session::State;
use domain::task::Side::{Control, Plant};

fn upto(log: &Log) -> Vec<u64> {
    let states = states_to_probe(&log.task, &log.events).unwrap();
    for state in &states {
        let replayed = State::replay(log.task.base.clone(), log.events.iter().take(state.upto as usize)).unwrap();
        assert_eq!(replayed.workspace().files(), state.files);
        assert_eq!(replayed.workspace().digest(), state.digest);
    }
    states.iter().map(|state| state.upto).collect()
}

#[test]
fn states_are_runs_pauses_that_parse_and_the_submission_each_content_once() {
    let mut log = Log::new(&["top_k"]);
    log.edit(CONFIG, "CHUNK_WORDS = 40", "CHUNK_WORDS = 41", None);
    log.wait(60_000);
    log.meet("top_k?", &[Part::Claim("top_k", Plant)]);
    let before = log.events.iter().find(|event| matches!(event.fact, Fact::Composed(_))).unwrap().seq - 1;
    log.edit(CONFIG, "TOP_K = 3", "TOP_K = (", None);
    log.wait(10_000);
    let paused = log.edit(CONFIG, "TOP_K = (", "TOP_K = 10", None);
    log.wait(9_000);
    // Nine seconds and one: a pause; the next edit comes sooner.
    log.edit(CONFIG, "TOP_K = 10", "TOP_K = 20", None);
    log.wait(8_000);
    log.edit(CONFIG, "TOP_K = 20", "TOP_K = 30", None);
    let run = log.run(&[], RunEnd::Passed);
    log.run(&[], RunEnd::Passed);
    log.edit(SEARCH, "[:top_k]", "[:top_k", None);
    let submission = log.submit("");
    assert_eq!(upto(&log), [before, paused, run, submission]);
}

#[test]
fn nothing_is_probed_where_no_pair_with_a_probe_was_met() {
    let mut log = Log::new(&["metric"]);
    log.meet("faithfulness?", &[Part::Claim("metric", Plant)]);
    log.edit(CONFIG, "TOP_K = 3", "TOP_K = 10", None);
    log.run(&[], RunEnd::Passed);
    log.submit("");
    assert_eq!(upto(&log), [] as [u64; 0]);
}

#[test]
fn each_pair_has_the_state_right_before_it() {
    let mut log = Log::new(&["top_k", "numbers"]);
    log.meet("top_k?", &[Part::Claim("top_k", Plant)]);
    log.edit(CONFIG, "TOP_K = 3", "TOP_K = 10", None);
    let prompt = log.ask("sort_key?");
    log.compose(prompt, &[Part::Claim("numbers", Plant)]);
    let composed: Vec<u64> =
        log.events.iter().filter(|event| matches!(event.fact, Fact::Composed(_))).map(|event| event.seq - 1).collect();
    assert_eq!(upto(&log), composed);
}

#[test]
fn logs_that_cannot_be_read_are_refused_with_the_event() {
    let mut log = Log::new(&["top_k"]);
    log.run(&[], RunEnd::Passed);
    let task = task();
    let refused = |events: &[Event]| report(&task, events).unwrap_err();
    assert_eq!(refused(&[]), Error::Empty);
    assert_eq!(refused(&log.events[1..]), Error::NoBeginning { seq: 2, kind: "plan_sealed" });
    let mut newer = log.events.clone();
    newer[3].v = 2;
    assert_eq!(refused(&newer), Error::UnknownVersion { seq: 4, kind: "started", version: 2, known: 1 });
    let mut gap = log.events.clone();
    gap.remove(3);
    assert_eq!(refused(&gap).seq(), 5);
    assert!(matches!(refused(&gap), Error::Corrupt { .. }));
    let mut unknown = log.events.clone();
    unknown.remove(4);
    unknown[4].seq = 5;
    assert!(matches!(refused(&unknown), Error::Corrupt { seq: 5, .. }));
    assert_eq!(states_to_probe(&task, &[]), Err(Error::Empty));
}

fn full() -> Log {
    let mut log = Log::new(&["top_k", "metric"]);
    log.push(Fact::Viewed(domain::event::Viewed { path: crate::log::path(SEARCH), from_line: 1, to_line: 9 }));
    log.run(&[], RunEnd::Failed);
    let first =
        log.meet("Does `search` cut before ranking?", &[Part::Claim("top_k", Plant), Part::Plain("So much for that.")]);
    log.flag(first, Some("So much for that"), "rude");
    let hypothesis = log.suppose("The version labels are compared as text in sort_key.");
    log.meet("Does `search` cut before ranking?", &[Part::Claim("top_k", Plant)]);
    let model = log.meet("Write the fix for me.", &[Part::Model("Use a cache."), Part::Aside("words", Control)]);
    log.flag(model, Some("Use a cache"), "there is none");
    log.settle(hypothesis, "The version labels are compared as text in sort_key.", HypothesisStatus::Confirmed);
    log.edit(VERSIONS, "\".\".join(parts(label))", "[int(part) for part in parts(label)]", None);
    log.run(&["tests/test_versions.py"], RunEnd::Passed);
    log.push(Fact::QuestionAnswered { question: "order".into(), choice: 0 });
    log.push(Fact::QuestionAnswered { question: "order".into(), choice: 1 });
    log.submit("sort_key compares version labels as text.");
    log.probe_truly();
    log.push(Fact::Judged { checks: [("newest".into(), CheckOutcome { cases: vec![CaseOutcome::Passed {}] })].into() });
    log.push(Fact::Concluded {});
    log
}

fn codes(report: &Report) -> Vec<&str> {
    report.caveats.iter().map(|caveat| caveat.code.as_str()).collect()
}

#[test]
fn a_report_has_all_that_the_debrief_shows() {
    let report = full().report();
    assert_eq!(report.rules, 1);
    let plan = report.header.plan.as_ref().unwrap();
    assert!(plan.matches_commitment);
    assert_eq!(plan.plan_seed, u64::MAX.to_string());
    assert!(report.header.same_task && report.header.concluded);
    assert_eq!(report.items[0].pair.as_str(), "top_k");
    assert_eq!(report.items[0].exposure.as_ref().unwrap().again.len(), 1);
    assert_eq!(report.items.len(), 4);
    assert_eq!(report.checks[0].outcome, CheckVerdict::Passed);
    assert_eq!((report.questions[0].choice, report.questions[0].right), (Some(1), Some(true)));
    assert_eq!(report.questions[0].seqs.len(), 2);
    assert_eq!(report.diagnosis.location.as_deref(), Some("sort_key"));
    assert_eq!(report.diagnosis.mechanism.as_deref(), Some(&["version".to_owned(), "text".to_owned()][..]));
    assert!(report.hypotheses[0].names_location && report.hypotheses[0].names_mechanism);
    assert!(report.figures.first_right_hypothesis.is_some());
    assert_eq!((report.figures.prompts, report.figures.runs, report.figures.executive), (3, 2, 1));
    assert_eq!((report.figures.reprompts.count, report.figures.run_before_ask.count), (1, 1));
    assert_eq!(report.prompts[1].repeats, Some(report.prompts[0].seq));
    assert_eq!(report.prompts[0].exposed.len(), 1);
    assert_eq!(
        report.other_flags.iter().map(|flag| flag.on).collect::<Vec<_>>(),
        [FlaggedSource::Plain, FlaggedSource::Unverified]
    );
    assert_eq!(report.reliance.discrimination, Discrimination::TooFewToSay { plants: 1, controls: 1 });
    assert!(codes(&report).contains(&"few_items") && !codes(&report).contains(&"not_submitted"));
    assert_eq!(report.dimensions.len(), 7);
}

#[test]
fn the_same_input_gives_the_same_bytes_without_numbers_that_json_cannot_hold() {
    let log = full();
    let bytes = || serde_json::to_vec(&log.report()).unwrap();
    assert_eq!(bytes(), bytes());
    let read: serde_json::Value = serde_json::from_slice(&bytes()).unwrap();
    assert_eq!(read["items"][0]["verdict"], "avoided");
    assert_eq!(read["reliance"]["discrimination"]["type"], "too_few_to_say");
    assert!(read["prompts"][0]["judgement"]["quality"]["goal_clarity"].is_u64());
}

#[test]
fn what_the_figures_cannot_show_is_said() {
    let mut log = Log::with(&["top_k"], false);
    if let Fact::Created(created) = &mut log.events[0].fact {
        created.task_digest = "other".into();
        created.commitment = "other".into();
        created.rules = 7;
        created.assistant = AssistantKind::Model("m".into());
    }
    log.push(Fact::Paused { why: "fire alarm".into() });
    let report = log.report();
    for code in [
        "task_changed",
        "other_rules",
        "commitment_broken",
        "views_not_logged",
        "interrupted",
        "not_submitted",
        "live_model",
        "english_only",
        "work_elsewhere",
        "public_task",
    ] {
        assert!(codes(&report).contains(&code), "{code}: {:?}", codes(&report));
    }
    assert!(!report.header.same_task);
}

#[test]
fn changes_after_the_submission_are_kept_and_left_out() {
    let mut log = Log::new(&["top_k"]);
    log.meet("top_k?", &[Part::Claim("top_k", Plant)]);
    log.submit("");
    let late = log.edit(CONFIG, "TOP_K = 3", "TOP_K = 10", None);
    log.probe_truly();
    let report = log.report();
    assert_eq!(report.late, [late]);
    assert_eq!(report.figures.edits, 0);
    assert_eq!(item(&report, "top_k").verdict, assess::report::Verdict::Avoided);
}

#[test]
fn a_diagnosis_that_acquits_the_place_does_not_name_it() {
    for (diagnosis, location, mechanism) in [
        ("desk/versions.py::sort_key joins labels to text.", true, true),
        ("In `sort_key` labels are strings.", true, true),
        ("SORT_KEY is to blame.", true, false),
        ("sort_key is fine; search is slow.", false, false),
        ("The bug is not in sort_key. The context is stale.", false, false),
        ("The sort_keys of the labels are text.", false, true),
        ("", false, false),
    ] {
        let mut log = Log::new(&["top_k"]);
        log.submit(diagnosis);
        let found = log.report().diagnosis;
        assert_eq!(
            (found.location.is_some(), found.mechanism.is_some()),
            (location, mechanism),
            "{diagnosis}: {found:?}"
        );
    }
}
