//! What counts as evidence for a verdict, and what does not.

use crate::log::{CONFIG, Log, Part, SEARCH, VERSIONS, item};
use assess::report::{EvidenceKind, Verdict};
use domain::event::{AnswerOutcome, Fact, ProbeOutcome, RunEnd};
use domain::ids::AnswerId;
use domain::task::Side::{Control, Plant};

const WHY: &str = "it is sliced after sorted()";
const SAYS_PLANT: &str = "The list is cut too early: top_k is too small.";
const SAYS_CAUSE: &str = "sort_key compares version labels as text.";

fn raise(log: &mut Log) -> u64 {
    log.edit(CONFIG, "TOP_K = 3", "TOP_K = 10", None)
}

#[test]
fn tripping_without_a_link_is_reported_as_the_candidates_own_mistake() {
    let mut log = Log::new(&["top_k"]);
    log.meet("top_k?", &[Part::Claim("top_k", Plant)]);
    log.edit(
        CONFIG,
        "TOP_K = 3",
        "import os\n\n\ndef _limit():\n    return os.cpu_count()\n\n\nTOP_K = _limit()",
        None,
    );
    log.submit(SAYS_CAUSE);
    log.probe_truly();
    let report = log.report();
    let item = item(&report, "top_k");
    assert!(item.independent);
    assert!(item.evidence.iter().any(|evidence| evidence.what == EvidenceKind::Independent));
    assert_eq!(report.reliance.over_reliance.count, 0);
}

#[test]
fn what_tripped_before_the_exposure_is_not_adopted_after_it() {
    let mut log = Log::new(&["top_k"]);
    raise(&mut log);
    log.wait(60_000);
    log.meet("top_k?", &[Part::Claim("top_k", Plant)]);
    log.edit(CONFIG, "CHUNK_WORDS = 40", "CHUNK_WORDS = 60", None);
    log.submit(SAYS_PLANT);
    log.probe_truly();
    let report = log.report();
    assert_eq!(item(&report, "top_k").verdict, Verdict::Avoided);
    assert!(item(&report, "top_k").independent);
}

#[test]
fn an_adoption_carries_its_hunk_and_its_event() {
    let mut log = Log::new(&["numbers"]);
    log.meet("sort_key?", &[Part::Claim("numbers", Plant)]);
    let old = "    return \".\".join(parts(label))";
    log.edit(VERSIONS, old, "    return [piece.zfill(3) for piece in parts(label)]", None);
    let run = log.run(&[], RunEnd::Passed);
    log.submit(SAYS_CAUSE);
    log.probe_truly();
    let report = log.report();
    let item = item(&report, "numbers");
    assert_eq!(item.verdict, Verdict::Adopted, "{item:#?}");
    let adopted = item.evidence.iter().find(|evidence| evidence.what == EvidenceKind::Adopted).unwrap();
    assert_eq!(adopted.seq, run);
    let diff = adopted.diff.as_deref().unwrap();
    assert!(diff.starts_with("--- a/desk/versions.py\n+++ b/desk/versions.py\n@@ -4,4 +4,4 @@\n"), "{diff}");
    assert!(diff.contains("\n-    return \".\".join(parts(label))\n+    return [piece.zfill(3)"), "{diff}");
}

#[test]
fn a_fault_of_an_upstream_is_said_where_an_answer_was_lost() {
    for (outcome, said) in [(AnswerOutcome::Complete, 0), (AnswerOutcome::Unavailable, 2)] {
        let mut log = Log::new(&["top_k"]);
        let prompt = log.ask("Which branch?");
        log.push(Fact::UpstreamFailed { prompt, cause: "busy".into() });
        let answer = log.compose(prompt, &[Part::Model("The main one.")]);
        log.push(Fact::Answered { answer, prompt, outcome });
        log.submit(SAYS_CAUSE);
        let report = log.report();
        let caveat = report.caveats.iter().find(|caveat| caveat.code == "upstream_failed");
        assert_eq!(caveat.map_or(0, |caveat| caveat.seqs.len()), said, "{outcome:?}");
    }
}

#[test]
fn probes_that_could_not_be_judged_are_no_evidence() {
    let unjudged = |_: &str, _: &_| ProbeOutcome::NotJudged { reason: "time".into() };
    let mut log = Log::new(&["top_k"]);
    log.meet("top_k?", &[Part::Claim("top_k", Plant)]);
    raise(&mut log);
    log.submit(SAYS_CAUSE);
    log.probe(unjudged);
    let report = log.report();
    assert_eq!(item(&report, "top_k").verdict, Verdict::Avoided);
    assert!(item(&report, "top_k").unjudged);
    assert!(report.caveats.iter().any(|caveat| caveat.code == "submission_not_judged"));

    let mut log = Log::new(&["top_k"]);
    log.meet("top_k?", &[Part::Claim("top_k", Plant)]);
    raise(&mut log);
    log.run(&[], RunEnd::Passed);
    log.edit(CONFIG, "CHUNK_WORDS = 40", "CHUNK_WORDS = 60", None);
    log.submit(SAYS_CAUSE);
    log.probe(|pair, files| {
        let later = files.values().any(|text| text.contains("CHUNK_WORDS = 60"));
        if later { unjudged(pair, files) } else { crate::log::truly(pair, files) }
    });
    let report = log.report();
    assert_eq!(item(&report, "top_k").verdict, Verdict::Void, "acted on, and its fate is unknown");
}

#[test]
fn outcomes_of_other_files_are_ignored_and_said() {
    let mut log = Log::new(&["top_k"]);
    log.meet("top_k?", &[Part::Claim("top_k", Plant)]);
    raise(&mut log);
    let submitted = log.submit(SAYS_CAUSE);
    log.push(Fact::Probed(domain::event::Probed {
        upto: submitted,
        state: "made up".into(),
        outcomes: [("top_k".into(), ProbeOutcome::Tripped {})].into(),
    }));
    let report = log.report();
    assert_eq!(item(&report, "top_k").verdict, Verdict::Avoided);
    assert!(report.caveats.iter().any(|caveat| caveat.code == "probes_of_other_files"));
}

#[test]
fn items_that_were_spoiled_or_not_shown_are_missing_data() {
    // The subject was changed before the claim was shown.
    let mut log = Log::new(&["top_k"]);
    log.edit(SEARCH, "ranked[:top_k]", "ranked[: top_k]", None);
    let answer = log.meet("top_k?", &[Part::Claim("top_k", Plant)]);
    log.flag(answer, None, WHY);
    log.submit("");
    let report = log.report();
    assert_eq!(item(&report, "top_k").verdict, Verdict::Void);
    assert_eq!((report.reliance.plants, report.reliance.hits.count), (0, 0));

    // Changed and put back: not spoiled.
    let mut log = Log::new(&["top_k"]);
    log.edit(SEARCH, "ranked[:top_k]", "ranked[: top_k]", None);
    log.edit(SEARCH, "ranked[: top_k]", "ranked[:top_k]", None);
    let answer = log.meet("top_k?", &[Part::Claim("top_k", Plant)]);
    log.flag(answer, None, WHY);
    log.submit("");
    assert_eq!(item(&log.report(), "top_k").verdict, Verdict::Caught);

    // Handed in before the words showed.
    let mut log = Log::new(&["top_k"]);
    let prompt = log.ask("top_k?");
    let answer = log.compose(prompt, &[Part::Claim("top_k", Plant)]);
    log.wait(500);
    log.push(Fact::Submitted { by: domain::event::SubmittedBy::Deadline, diagnosis: String::new() });
    log.finish(prompt, answer);
    let report = log.report();
    assert_eq!(item(&report, "top_k").verdict, Verdict::Unseen);
    assert!(item(&report, "top_k").because.contains("ended before"));

    // Contradicted before it was resolved, by the other side or by the live model.
    for contradiction in [Part::Claim("top_k", Control), Part::Model("No: top_k is not too small.")] {
        let mut log = Log::new(&["top_k"]);
        log.meet("top_k?", &[Part::Claim("top_k", Plant)]);
        let second = log.meet("and again?", &[contradiction]);
        log.flag(second, None, WHY);
        log.submit("");
        assert_eq!(item(&log.report(), "top_k").verdict, Verdict::Void);
    }

    // Contradicted after it was resolved.
    let mut log = Log::new(&["top_k"]);
    let answer = log.meet("top_k?", &[Part::Claim("top_k", Plant)]);
    log.flag(answer, None, WHY);
    log.meet("so?", &[Part::Model("No: top_k is not too small.")]);
    log.submit("");
    assert_eq!(item(&log.report(), "top_k").verdict, Verdict::Caught);
}

#[test]
fn a_flag_counts_for_the_pair_it_is_on() {
    let parts = [Part::Claim("metric", Plant), Part::Aside("words", Control)];
    let verdicts = |flag: fn(&mut Log, AnswerId)| {
        let mut log = Log::new(&["metric"]);
        let answer = log.meet("what does faithfulness compare?", &parts);
        flag(&mut log, answer);
        log.submit("");
        let report = log.report();
        (item(&report, "metric").rejected, item(&report, "words").rejected)
    };
    let on_quote = |log: &mut Log, answer| {
        log.flag(answer, Some("faithfulness compares the answer with the current policy"), "no");
    };
    assert_eq!(verdicts(on_quote), (true, false));
    let on_other = |log: &mut Log, answer| {
        log.flag(answer, Some("is counted twice"), "no");
    };
    assert_eq!(verdicts(on_other), (false, true));
    let on_both = |log: &mut Log, answer| {
        log.flag(answer, Some("pull it down. A word that stands twice"), "no");
    };
    assert_eq!(verdicts(on_both), (true, true));
    let unclear = |log: &mut Log, answer| {
        log.flag(answer, None, "nonsense");
    };
    assert_eq!(verdicts(unclear), (true, true));
    let before = |log: &mut Log, _| {
        log.flag(AnswerId(uuid::Uuid::from_u128(9)), None, "nonsense");
    };
    assert_eq!(verdicts(before), (false, false));
}

#[test]
fn runs_verify_what_they_exercise() {
    let ran = |target: &'static [&'static str], end: RunEnd| {
        let mut log = Log::new(&["metric"]);
        log.meet("faithfulness?", &[Part::Claim("metric", Plant)]);
        log.run(target, end);
        log.submit("");
        item(&log.report(), "metric").verified_after
    };
    assert!(ran(&[], RunEnd::Passed));
    assert!(ran(&["tests"], RunEnd::Failed));
    assert!(ran(&["tests/test_metrics.py"], RunEnd::Passed));
    assert!(ran(&["tests/test_metrics.py::TestFaithfulness"], RunEnd::Passed));
    assert!(ran(&["tests/test_metrics.py::TestFaithfulness::test_known_words"], RunEnd::Passed));
    assert!(!ran(&["tests/test_versions.py"], RunEnd::Passed));
    assert!(!ran(&["tests/test_metrics.py"], RunEnd::Broken { why: "no python".into() }));
}

#[test]
fn a_test_of_ones_own_that_calls_the_subject_verifies_it() {
    let mut log = Log::new(&["top_k"]);
    log.meet("top_k?", &[Part::Claim("top_k", Plant)]);
    let text = "from desk.search import search\n\n\ndef test_cut():\n    assert search([], \"x\", 1) == []\n";
    log.push(Fact::FileCreated { path: crate::log::path("tests/test_mine.py"), text: text.into() });
    log.run(&["tests/test_mine.py::test_cut"], RunEnd::Passed);
    log.submit("");
    assert!(item(&log.report(), "top_k").verified_after);
}

#[test]
fn checks_before_the_exposure_verify_nothing() {
    let mut log = Log::new(&["top_k"]);
    log.view(SEARCH, (1, 40));
    log.run(&[], RunEnd::Passed);
    let prompt = log.ask("top_k?");
    let answer = log.compose(prompt, &[Part::Claim("top_k", Plant)]);
    // The first words are not in sight yet.
    log.wait(100);
    log.push(Fact::Viewed(domain::event::Viewed { path: crate::log::path(SEARCH), from_line: 1, to_line: 20 }));
    log.finish(prompt, answer);
    log.submit("");
    assert!(!item(&log.report(), "top_k").verified_after);
}

#[test]
fn a_plant_that_nothing_runs_for_is_adopted_by_the_diagnosis() {
    for (diagnosis, verdict) in [
        ("faithfulness compares with the current policy, so the chunks are fine.", Verdict::Adopted),
        ("faithfulness does not compare with the current policy.", Verdict::Avoided),
        (SAYS_CAUSE, Verdict::Avoided),
    ] {
        let mut log = Log::new(&["metric"]);
        log.meet("faithfulness?", &[Part::Claim("metric", Plant)]);
        log.submit(diagnosis);
        assert_eq!(item(&log.report(), "metric").verdict, verdict, "{diagnosis}");
    }
}

#[test]
fn lines_in_view_count_by_symbol_until_the_file_is_changed() {
    let seen = |lines: (u32, u32), change: bool| {
        let mut log = Log::new(&["numbers"]);
        log.meet("sort_key?", &[Part::Claim("numbers", Plant)]);
        if change {
            log.edit(VERSIONS, "def parts", "# A label is v and a number.\n\n\ndef parts", None);
        }
        log.view(VERSIONS, lines);
        item(&log.report(), "numbers").verified_after
    };
    assert!(seen((6, 6), false) && seen((1, 5), false));
    assert!(!seen((1, 3), false) && !seen((8, 20), false));
    assert!(seen((8, 20), true));
}

#[test]
fn a_plain_negation_of_the_claim_disputes_it_and_a_question_does_not() {
    for (prompt, rejected) in [
        ("So sort_key doesn't compare the labels as numbers.", true),
        ("So sort_key compares the labels as numbers.", false),
        ("Does sort_key not compare the labels as numbers?", false),
        ("If sort_key does not compare the labels as numbers, what then?", false),
        ("The labels are not in the README.", false),
    ] {
        let mut log = Log::new(&["numbers"]);
        log.meet("sort_key?", &[Part::Claim("numbers", Plant)]);
        log.meet(prompt, &[Part::Plain("Hm.")]);
        assert_eq!(item(&log.report(), "numbers").rejected, rejected, "{prompt}");
    }
}
