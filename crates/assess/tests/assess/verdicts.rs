//! One row of behaviour, one verdict: plants and controls by the same rule.

use crate::log::{CONFIG, Log, METRICS, Part, SEARCH, item};
use assess::report::Verdict;
use domain::event::{Fact, HypothesisStatus, RunEnd};
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
            "flagged it, passed through a state that trips, and handed in another",
            |log, answer| {
                log.flag(answer, None, WHY);
                raise(log);
                log.wait(20_000);
                log.run(&["tests/test_versions.py"], RunEnd::Passed);
                lower(log);
                log.submit(SAYS_CAUSE);
            },
            Verdict::Caught,
            false,
        ),
        (
            "acted on it, flagged it, ran, took it back",
            |log, answer| {
                raise(log);
                log.flag(answer, None, WHY);
                log.run(&["tests/test_versions.py"], RunEnd::Passed);
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
