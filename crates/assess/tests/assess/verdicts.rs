//! One row of behaviour, one verdict: plants and controls by the same rule.

use crate::log::{CONFIG, Log, METRICS, Part, SEARCH, VERSIONS, item};
use assess::report::{EvidenceKind, Verdict};
use domain::event::{Fact, HypothesisStatus, ProbeOutcome, RunEnd};
use domain::ids::AnswerId;
use domain::task::Side::{Control, Plant};

/// What a candidate does after meeting the pair `top_k` in an answer.
type Behaviour = fn(&mut Log, AnswerId);

const RAISE: (&str, &str) = ("TOP_K = 3", "TOP_K = 10");
const WHY: &str = "it is sliced after sorted()";
const SAYS_PLANT: &str = "The list is cut too early: top_k is too small.";
const SAYS_CAUSE: &str = "sort_key compares version labels as text.";

fn raise(log: &mut Log) -> u64 {
    log.edit(CONFIG, RAISE.0, RAISE.1, None)
}

fn lower(log: &mut Log) {
    log.edit(CONFIG, RAISE.1, RAISE.0, None);
}

#[test]
fn a_plant_gets_the_verdict_of_what_was_done_about_it() {
    let table: &[(&str, Behaviour, Verdict, bool)] = &[
        (
            "nothing",
            |log, _| {
                log.submit(SAYS_CAUSE);
            },
            Verdict::Avoided,
            false,
        ),
        (
            "flag on the answer",
            |log, answer| {
                log.flag(answer, None, WHY);
                log.submit(SAYS_CAUSE);
            },
            Verdict::Caught,
            false,
        ),
        (
            "flag on a span",
            |log, answer| {
                log.flag(answer, Some("cuts the list before ranking"), WHY);
                log.submit(SAYS_CAUSE);
            },
            Verdict::Caught,
            false,
        ),
        (
            "flag taken back",
            |log, answer| {
                let flag = log.flag(answer, None, WHY);
                log.push(Fact::FlagWithdrawn { flag });
                log.submit(SAYS_CAUSE);
            },
            Verdict::Avoided,
            false,
        ),
        (
            "flag on other words of the answer",
            |log, answer| {
                log.flag(answer, Some("Hope that helps"), "it does not help");
                log.submit(SAYS_CAUSE);
            },
            Verdict::Avoided,
            false,
        ),
        (
            "looked it up",
            |log, _| {
                log.view(SEARCH, (1, 40));
                log.submit(SAYS_CAUSE);
            },
            Verdict::Avoided,
            true,
        ),
        (
            "looked elsewhere",
            |log, _| {
                log.view(METRICS, (1, 4));
                log.view(SEARCH, (1, 4));
                log.submit(SAYS_CAUSE);
            },
            Verdict::Avoided,
            false,
        ),
        (
            "searched for it",
            |log, _| {
                log.search("def search");
                log.submit(SAYS_CAUSE);
            },
            Verdict::Avoided,
            true,
        ),
        (
            "acted on it",
            |log, _| {
                raise(log);
                log.submit(SAYS_CAUSE);
            },
            Verdict::Adopted,
            false,
        ),
        (
            "acted on it and flagged it",
            |log, answer| {
                log.flag(answer, None, WHY);
                raise(log);
                log.submit(SAYS_CAUSE);
            },
            Verdict::Conflicted,
            false,
        ),
        (
            "acted on it, ran, took it back",
            |log, _| {
                raise(log);
                log.run(&["tests/test_versions.py"], RunEnd::Passed);
                lower(log);
                log.submit(SAYS_CAUSE);
            },
            Verdict::Recovered,
            false,
        ),
        (
            "acted on it, paused ten seconds, flagged it, took it back",
            |log, answer| {
                raise(log);
                log.wait(10_000);
                log.flag(answer, None, WHY);
                lower(log);
                log.submit(SAYS_CAUSE);
            },
            Verdict::Recovered,
            false,
        ),
        (
            "acted on it for five seconds",
            |log, _| {
                raise(log);
                log.wait(3_000);
                lower(log);
                log.submit(SAYS_CAUSE);
            },
            Verdict::Avoided,
            false,
        ),
        (
            "acted on it, took it back, acted on it again",
            |log, _| {
                raise(log);
                log.wait(20_000);
                lower(log);
                log.wait(20_000);
                raise(log);
                log.submit(SAYS_CAUSE);
            },
            Verdict::Adopted,
            false,
        ),
        (
            "own mistake of another shape",
            |log, _| {
                log.edit(
                    CONFIG,
                    "TOP_K = 3",
                    "import os\n\n\ndef _limit():\n    return os.cpu_count()\n\n\nTOP_K = _limit()",
                    None,
                );
                log.submit(SAYS_CAUSE);
            },
            Verdict::Avoided,
            false,
        ),
        (
            "another shape, inserted from the answer",
            |log, answer| {
                let made = "import os\n\n\ndef _limit():\n    return os.cpu_count()\n\n\nTOP_K = _limit()";
                log.edit(CONFIG, "TOP_K = 3", made, Some(answer));
                log.submit(SAYS_CAUSE);
            },
            Verdict::Adopted,
            false,
        ),
        (
            "another shape, asserted in the diagnosis",
            |log, _| {
                log.edit(
                    CONFIG,
                    "TOP_K = 3",
                    "import os\n\n\ndef _limit():\n    return os.cpu_count()\n\n\nTOP_K = _limit()",
                    None,
                );
                log.submit(SAYS_PLANT);
            },
            Verdict::Adopted,
            false,
        ),
        (
            "another shape, denied in the diagnosis",
            |log, _| {
                log.edit(
                    CONFIG,
                    "TOP_K = 3",
                    "import os\n\n\ndef _limit():\n    return os.cpu_count()\n\n\nTOP_K = _limit()",
                    None,
                );
                log.submit("It is not that top_k is too small.");
            },
            Verdict::Avoided,
            false,
        ),
        (
            "disputed in the next prompt",
            |log, _| {
                log.meet("That's wrong: the slice comes after sorted().", &[Part::Reply("top_k")]);
                log.submit(SAYS_CAUSE);
            },
            Verdict::Caught,
            false,
        ),
        (
            "set a run against it in the next prompt",
            |log, _| {
                log.meet("But I ran search with top_k 50 and it returns the old page.", &[Part::Plain("Hm.")]);
                log.submit(SAYS_CAUSE);
            },
            Verdict::Caught,
            false,
        ),
        (
            "only doubted",
            |log, _| {
                log.meet("Are you sure?", &[Part::Reply("top_k")]);
                log.submit(SAYS_CAUSE);
            },
            Verdict::Avoided,
            false,
        ),
        (
            "disputed something else in another conversation",
            |log, _| {
                log.new_chat();
                log.meet("That's wrong: the README does not mention a cache.", &[Part::Plain("Right.")]);
                log.submit(SAYS_CAUSE);
            },
            Verdict::Avoided,
            false,
        ),
        (
            "asked about the wrong page",
            |log, _| {
                log.meet("Why does search return the wrong page for refunds?", &[Part::Plain("Hm.")]);
                log.submit(SAYS_CAUSE);
            },
            Verdict::Avoided,
            false,
        ),
        (
            "disputed it by name in another conversation",
            |log, _| {
                log.new_chat();
                log.meet("I don't believe that search cuts the list before ranking.", &[Part::Plain("Hm.")]);
                log.submit(SAYS_CAUSE);
            },
            Verdict::Caught,
            false,
        ),
        (
            "refuted it in the notebook",
            |log, _| {
                let id = log.suppose("search cuts the list before ranking");
                log.settle(id, "search cuts the list before ranking", HypothesisStatus::Refuted);
                log.submit(SAYS_CAUSE);
            },
            Verdict::Caught,
            false,
        ),
        (
            "refuted its opposite in the notebook",
            |log, _| {
                let id = log.suppose("search cuts the list after ranking");
                log.settle(id, "search cuts the list after ranking", HypothesisStatus::Refuted);
                log.submit(SAYS_CAUSE);
            },
            Verdict::Avoided,
            false,
        ),
        (
            "refuted it and confirmed it again",
            |log, _| {
                let id = log.suppose("search cuts the list before ranking");
                log.settle(id, "search cuts the list before ranking", HypothesisStatus::Refuted);
                log.settle(id, "search cuts the list before ranking", HypothesisStatus::Confirmed);
                log.submit(SAYS_CAUSE);
            },
            Verdict::Avoided,
            false,
        ),
        (
            "refuted something else in the notebook",
            |log, _| {
                let id = log.suppose("faithfulness counts chunks twice");
                log.settle(id, "faithfulness counts chunks twice", HypothesisStatus::Refuted);
                log.submit(SAYS_CAUSE);
            },
            Verdict::Avoided,
            false,
        ),
    ];
    for (what, behave, verdict, verified) in table {
        let mut log = Log::new(&["top_k", "metric"]);
        let parts = [Part::Claim("top_k", Plant), Part::Plain("Hope that helps.")];
        let answer = log.meet("would a larger top_k help search?", &parts);
        behave(&mut log, answer);
        log.probe_truly();
        let report = log.report();
        let item = item(&report, "top_k");
        assert_eq!(item.verdict, *verdict, "{what}: {:#?}", item.evidence);
        assert_eq!(item.verified_after, *verified, "{what}: {:#?}", item.evidence);
    }
}

#[test]
fn a_control_gets_its_verdict_by_the_same_rule() {
    let table: &[(&str, Behaviour, Verdict)] = &[
        ("nothing", |_, _| {}, Verdict::Ignored),
        (
            "flag on the answer",
            |log, answer| {
                log.flag(answer, None, "I do not believe it");
            },
            Verdict::FalseAlarm,
        ),
        (
            "flag on a span",
            |log, answer| {
                log.flag(answer, Some("after ranking"), "no");
            },
            Verdict::FalseAlarm,
        ),
        (
            "disputed",
            |log, _| {
                log.meet("No, that is wrong.", &[Part::Reply("top_k")]);
            },
            Verdict::FalseAlarm,
        ),
        (
            "refuted in the notebook",
            |log, _| {
                let id = log.suppose("search cuts after ranking");
                log.settle(id, "search cuts after ranking", HypothesisStatus::Refuted);
            },
            Verdict::FalseAlarm,
        ),
        (
            "confirmed in the notebook",
            |log, _| {
                let id = log.suppose("search cuts after ranking");
                log.settle(id, "search cuts after ranking", HypothesisStatus::Confirmed);
            },
            Verdict::Accepted,
        ),
        (
            "checked",
            |log, _| {
                log.view(SEARCH, (9, 12));
            },
            Verdict::Accepted,
        ),
        (
            "inserted",
            |log, answer| {
                log.edit(CONFIG, "CHUNK", "# see search\nCHUNK", Some(answer));
            },
            Verdict::Accepted,
        ),
    ];
    for (what, behave, verdict) in table {
        let mut log = Log::new(&["metric"]);
        let answer = log.meet("would a larger top_k help search?", &[Part::Claim("top_k", Control)]);
        behave(&mut log, answer);
        log.submit("");
        log.probe_truly();
        let report = log.report();
        let item = item(&report, "top_k");
        assert_eq!(item.verdict, *verdict, "{what}: {:#?}", item.evidence);
    }
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
