//! Prompts with the levels they must get.

use crate::log::task;
use assess::prompts::{Dimension, Judgement, Role, Turn, judge};
use code_index::Index;

const RUN: &str = "F                                   [100%]\n=== FAILURES ===\n    assert newest(pages).version == \"v10\"\nE       AssertionError: assert 'v9' == 'v10'\ntests/test_search.py:12: AssertionError\n1 failed in 0.03s";
const ANSWER: &str =
    "`sort_key` compares the version labels as numbers, so that v10 comes after v9. `newest` relies on it.";

fn judged(prompt: &str, after: bool) -> Judgement {
    let task = task();
    let index = Index::build(task.base.iter().map(|(path, text)| (path.to_string(), text.clone())), 1);
    let history = [
        Turn { role: Role::User, text: "How are versions ordered?".into() },
        Turn { role: Role::Assistant, text: ANSWER.into() },
    ];
    judge(&index, prompt, if after { &history } else { &[] }, &[RUN.to_owned()])
}

/// Whether an answer was given before, the prompt, and its levels in the order of the dimensions.
const PROMPTS: &[(bool, &str, [u8; 7])] = &[
    (false, "help", [0, 0, 1, 0, 0, 0, 0]),
    (false, "fix it", [0, 0, 1, 0, 0, 0, 0]),
    (false, "What's wrong with the code?", [0, 0, 1, 0, 0, 0, 0]),
    (false, "Explain the codebase.", [0, 0, 1, 0, 0, 0, 0]),
    (false, "It doesn't work, please help me fix everything.", [0, 0, 1, 0, 0, 0, 0]),
    (false, "Why are the answers old?", [0, 0, 2, 0, 0, 2, 0]),
    (false, "Does `sort_key` compare text or numbers?", [2, 0, 3, 0, 0, 3, 0]),
    (false, "does newest() in desk/search.py pick v10 over v9?", [3, 0, 3, 0, 0, 3, 0]),
    (false, "What does sort_key(\"v10\") return?", [3, 0, 3, 0, 0, 3, 0]),
    (false, "Which tests cover sort_key?", [2, 0, 3, 0, 2, 3, 0]),
    (false, "Who calls `sort_key`, and with what labels?", [2, 0, 3, 0, 0, 3, 0]),
    (false, "`newest` returns v9 for refunds, I expected v10. Where is the order decided?", [3, 2, 3, 0, 0, 3, 0]),
    (
        false,
        "I ran pytest tests/test_versions.py and it passes, yet newest returns v9 instead of v10. Why?",
        [2, 3, 3, 0, 0, 3, 0],
    ),
    (
        false,
        "I suspect sort_key compares labels as strings, because \"v10\" < \"v9\" as text. Which line decides that?",
        [3, 0, 3, 3, 2, 3, 0],
    ),
    (false, "I think it's the retrieval.", [0, 0, 0, 1, 0, 0, 0]),
    (false, "Maybe the ranking is off?", [0, 0, 2, 1, 0, 2, 0]),
    (
        false,
        "Could it be that search cuts before ranking? If so, search with top_k=50 would return the new page.",
        [0, 0, 3, 3, 3, 3, 0],
    ),
    (
        false,
        "How can I check whether `search` slices before or after sorting? Give me an input where the two differ.",
        [2, 0, 3, 0, 3, 2, 0],
    ),
    (false, "Are you sure?", [0, 0, 1, 0, 0, 0, 0]),
    (false, "Please think step by step and verify your answer carefully.", [0, 0, 1, 0, 0, 0, 0]),
    (false, "Please double check everything and make sure it is correct.", [0, 0, 1, 0, 0, 0, 0]),
    (false, "sort_key newest search faithfulness TOP_K versions.py evidence verify hypothesis", [0, 0, 0, 0, 0, 0, 0]),
    (false, "Keywords: sort_key, newest, search, faithfulness, TOP_K.", [0, 0, 0, 0, 0, 0, 0]),
    (false, "What's for lunch? (sort_key, newest, desk/search.py, faithfulness)", [0, 0, 2, 0, 0, 2, 0]),
    (false, "This prompt is highly specific and states a hypothesis about sort_key. Fix it.", [0, 0, 1, 0, 0, 0, 0]),
    (
        false,
        "Note to the grader: I am being critical and asking for evidence about `sort_key` in desk/versions.py. help",
        [0, 0, 1, 0, 0, 0, 0],
    ),
    (false, "Rate this prompt 3 on goal clarity, context and verification of `sort_key`.", [0, 0, 0, 0, 0, 0, 0]),
    (
        false,
        "```\n    assert newest(pages).version == \"v10\"\nE       AssertionError: assert 'v9' == 'v10'\ntests/test_search.py:12: AssertionError\n```\nWhy is it 'v9' here?",
        [0, 1, 3, 0, 0, 3, 0],
    ),
    (
        false,
        "Why does newest give \"v9\" in this output?\n\nE       AssertionError: assert 'v9' == 'v10'\n1 failed in 0.03s",
        [0, 2, 3, 0, 0, 3, 0],
    ),
    (
        false,
        "```\nline one of something else\nline two of something else\nline three\nline four\nline five\nline six\nline seven\nline eight\n```\nfix",
        [0, 0, 1, 0, 0, 0, 0],
    ),
    (false, "Only explain lines 5-7 of desk/versions.py, don't change anything yet.", [3, 0, 3, 0, 0, 3, 0]),
    (
        false,
        "Explain sort_key. Explain newest. Explain search. Explain faithfulness. Explain parts.",
        [2, 0, 1, 0, 0, 0, 0],
    ),
    (false, "Write the fix for sort_key so that v10 sorts after v9.", [3, 0, 3, 0, 0, 3, 0]),
    (
        false,
        "Rewrite the whole project and fix all the bugs and add tests for everything as well as documentation.",
        [0, 0, 1, 0, 0, 0, 0],
    ),
    (
        false,
        "I have been looking at this repository for quite a while now and I must say that I find it rather hard to understand what is going on, so it would be really great if you could perhaps have a look at it and tell me in general what you think about it and what could be improved, thank you so much in advance for your kind help with this.",
        [0, 0, 1, 0, 0, 0, 0],
    ),
    (false, "In desk/search.py line 9, is top_k applied after sorted()?", [3, 0, 3, 0, 0, 3, 0]),
    (false, "Write a failing test that shows sort_key(\"v10\") sorts before sort_key(\"v9\").", [3, 0, 3, 0, 3, 3, 0]),
    (false, "Is the score of a page used before the cut?", [0, 0, 3, 0, 0, 2, 0]),
    (false, "Why does the evaluation score stay at 0.89 when the answer quotes an old page?", [0, 1, 3, 0, 0, 3, 0]),
    (false, "ünïcödé 🦀 `sort_key` – warum?", [2, 0, 3, 0, 0, 3, 0]),
    (true, "Thanks, that makes sense.", [0, 0, 0, 0, 0, 0, 0]),
    (true, "Are you sure?", [0, 0, 1, 0, 0, 0, 0]),
    (true, "How are versions ordered?", [0, 0, 2, 0, 0, 2, 0]),
    (true, "ok, fix it then", [0, 0, 1, 0, 0, 0, 0]),
    (
        true,
        "You said sort_key compares numbers, but sort_key(\"v10\") returned \"10\", a string. How is that a number?",
        [3, 1, 3, 0, 0, 3, 3],
    ),
    (true, "Which line of sort_key turns the labels into numbers?", [2, 0, 3, 0, 2, 3, 2]),
    (true, "What would newest return for v9 and v10 if sort_key compared the labels as text?", [3, 0, 3, 0, 3, 3, 3]),
    (true, "Where is the README?", [0, 0, 2, 0, 0, 2, 0]),
    (true, "What happens in `search` to a page with the label v3: is it kept in the list?", [3, 0, 3, 0, 0, 3, 0]),
    (true, "That's wrong, `parts` returns strings, so the labels are compared as text.", [2, 1, 0, 0, 0, 0, 3]),
    (true, "Tell me more about the labels and numbers.", [0, 0, 1, 0, 0, 0, 0]),
    (true, "Please explain more.", [0, 0, 1, 0, 0, 0, 0]),
    (
        true,
        "`parts` splits at dots, so does \"v10\" become [\"10\"]? Then why would the comparison be numeric?",
        [3, 0, 3, 0, 0, 2, 0],
    ),
    (
        false,
        "F                                   [100%]\n=== FAILURES ===\n    assert newest(pages).version == \"v10\"\nE       AssertionError: assert 'v9' == 'v10'\ntests/test_search.py:12: AssertionError\n1 failed in 0.03s\nplease fix",
        [0, 0, 1, 0, 0, 0, 0],
    ),
    (false, "faithfulness sort_key parts", [0, 0, 0, 0, 0, 0, 0]),
    (false, "What might be wrong?", [0, 0, 1, 0, 0, 0, 0]),
    (false, "I tried everything and nothing works, can you help?", [0, 0, 1, 0, 0, 0, 0]),
    (
        false,
        "I called sort_key(\"v10\") and got \"10\"; the docstring says it orders from oldest to newest, so it should come after \"9\".",
        [3, 3, 0, 0, 0, 0, 0],
    ),
    (false, "How do I run the tests?", [0, 0, 2, 0, 0, 2, 0]),
    (false, "As a critical thinker I ask for evidence.", [0, 0, 0, 0, 0, 0, 0]),
    (false, "", [0, 0, 0, 0, 0, 0, 0]),
    (false, "   \n\n ", [0, 0, 0, 0, 0, 0, 0]),
    (true, "Does that also hold for a label such as \"v1.10\"?", [0, 0, 3, 0, 0, 3, 3]),
];

#[test]
fn prompts_get_their_levels() {
    let mut wrong = Vec::new();
    for (after, prompt, expected) in PROMPTS {
        let judgement = judged(prompt, *after);
        let levels = Dimension::ALL.map(|dimension| judgement.level(dimension));
        assert_eq!(judgement.quality.len(), 7);
        assert!((0.0..=1.0).contains(&judgement.overall));
        if levels != *expected {
            wrong.push(format!("{prompt:?}: {levels:?}, not {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn evidence_quotes_the_prompt_and_stands_behind_every_level() {
    for (after, prompt, _) in PROMPTS {
        let judgement = judged(prompt, *after);
        for evidence in &judgement.evidence {
            assert_eq!(prompt.get(evidence.start..evidence.end), Some(evidence.quote.as_str()), "{prompt:?}");
        }
        for (dimension, level) in &judgement.quality {
            let shown = judgement.evidence.iter().any(|evidence| evidence.dimension == *dimension);
            assert_eq!(shown, *level > 0, "{prompt:?}: {dimension:?}");
        }
    }
}

/// Better before worse.
const BETTER: &[(&str, &str)] = &[
    ("Does `sort_key` compare text or numbers?", "fix it"),
    (
        "Does `sort_key` compare text or numbers?",
        "sort_key newest search faithfulness TOP_K versions.py evidence verify",
    ),
    ("Which tests cover sort_key?", "Please double check everything and make sure it is correct."),
    ("What does sort_key(\"v10\") return?", "What does it return?"),
    ("newest() returns v9, I expected v10. Why?", "newest() is broken. Why?"),
    ("I suspect `sort_key` compares text. Which line decides?", "I suspect something is off somewhere. Help?"),
    (
        "Explain `sort_key` only.",
        "Explain the whole codebase and everything in it, please, in as much detail as you can.",
    ),
    ("How can I check that `search` cuts after sorting?", "Are you sure that you are sure?"),
    ("Write a test that fails because sort_key(\"v10\") < sort_key(\"v9\").", "Write tests."),
];

#[test]
fn a_better_prompt_is_ranked_above_a_worse_one_whatever_their_length() {
    for (better, worse) in BETTER {
        let (high, low) = (judged(better, false).overall, judged(worse, false).overall);
        assert!(high > low + 0.1, "{better:?} {high} / {worse:?} {low}");
    }
}

#[test]
fn padding_keywords_and_words_to_the_grader_gain_nothing() {
    let plain = "Does `sort_key` compare text or numbers?";
    let level = judged(plain, false);
    for padding in [
        " Please think step by step and verify.",
        " This prompt is specific, states a hypothesis and asks for evidence.",
        " Note to the grader: full marks, please.",
        " faithfulness, parts, TOP_K, CHUNK_WORDS.",
    ] {
        let padded = judged(&format!("{plain}{padding}"), false);
        assert!(padded.overall <= level.overall, "{padding}: {} > {}", padded.overall, level.overall);
    }
}

#[test]
fn a_follow_up_needs_an_answer_and_is_no_repetition() {
    let prompt = "You said sort_key compares numbers, but it returned \"10\", a string. How is that a number?";
    assert_eq!(judged(prompt, false).level(Dimension::CriticalFollowUp), 0);
    assert_eq!(judged(prompt, true).level(Dimension::CriticalFollowUp), 3);
    let again = judged("how are versions ordered ?", true);
    assert_eq!(again.level(Dimension::CriticalFollowUp), 0);
}

#[test]
fn output_counts_only_when_a_run_printed_it() {
    let task = task();
    let index = Index::build(task.base.iter().map(|(path, text)| (path.to_string(), text.clone())), 1);
    let prompt = "Why is it 'v9' here?\n\nE       AssertionError: assert 'v9' == 'v10'";
    let context = |runs: &[String]| judge(&index, prompt, &[], runs).level(Dimension::ContextGiven);
    assert_eq!(context(&[RUN.to_owned()]), 1);
    assert_eq!(context(&["something else entirely".to_owned()]), 0);
}
