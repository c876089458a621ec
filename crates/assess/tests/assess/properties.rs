//! Whatever a log holds: no panic, sound quotes, counts that add up.

use crate::log::{CONFIG, Log, Part, SEARCH};
use assess::prompts::{Role, Turn, judge};
use assess::{report, states_to_probe};
use code_index::Index;
use domain::event::{HypothesisStatus, RunEnd};
use domain::task::Side::{Control, Plant};
use proptest::prelude::*;
use std::sync::Arc;

/// A session made of arbitrary steps and texts.
fn session(steps: &[(u8, String)]) -> Log {
    let mut log = Log::new(&["top_k", "metric"]);
    let mut answers = Vec::new();
    let mut notes = Vec::new();
    for (step, text) in steps {
        match step % 12 {
            0 => answers.push(log.meet(text, &[Part::Plain(text), Part::Claim("top_k", Plant), Part::Plain(text)])),
            1 => answers.push(log.meet(text, &[Part::Claim("metric", Plant), Part::Aside("words", Control)])),
            2 => answers.push(log.meet(text, &[Part::Claim("numbers", Control), Part::Model(text)])),
            3 => answers.push(log.meet(text, &[Part::Reply("top_k")])),
            4 => {
                if let Some(answer) = answers.last() {
                    log.flag(*answer, Some(text), text);
                }
            }
            5 => {
                if let Some(answer) = answers.last() {
                    log.flag(*answer, None, text);
                }
            }
            6 => notes.push(log.suppose(text)),
            7 => {
                if let Some(note) = notes.last() {
                    log.settle(*note, text, HypothesisStatus::Refuted);
                }
            }
            8 => {
                log.edit(CONFIG, "CHUNK_WORDS", &format!("{text}\nCHUNK_WORDS"), answers.last().copied());
            }
            9 => {
                log.run(&[text], RunEnd::Failed);
            }
            10 => {
                log.view(SEARCH, (1, u32::MAX));
            }
            _ => {
                log.search(text);
            }
        }
    }
    log.submit(steps.last().map_or("", |(_, text)| text));
    log.probe_truly();
    log
}

fn words() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[ -~é🦀’\n]{0,80}",
        "(no|but|I ran|wrong|search|cuts|ranking|before|after|`sort_key`|\\?|\\.|\n| |not|1\\. |```){0,12}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_prefix_of_a_log_gives_a_report(steps in proptest::collection::vec((any::<u8>(), words()), 0..14), cut in 0.0..1.0f64) {
        let log = session(&steps);
        let length = 1 + (cut * log.events.len() as f64) as usize;
        let prefix = &log.events[..length.min(log.events.len())];
        let report = report(&log.task, prefix).unwrap();
        states_to_probe(&log.task, prefix).unwrap();
        prop_assert_eq!(report.reliance.verdicts.iter().map(|row| row.count as usize).sum::<usize>(), log.task.key.pairs.len());
        for item in &report.items {
            prop_assert!(item.evidence.iter().all(|evidence| evidence.seq <= report.header.evidence_upto));
            prop_assert!(item.evidence.windows(2).all(|pair| pair[0].seq <= pair[1].seq));
        }
        for prompt in &report.prompts {
            for evidence in &prompt.judgement.evidence {
                prop_assert_eq!(prompt.text.get(evidence.start..evidence.end), Some(evidence.quote.as_str()));
            }
        }
    }

    #[test]
    fn a_judgement_quotes_any_prompt_and_stays_in_its_bounds(prompt in words(), answer in words(), run in words()) {
        let files = [("a/b.py".to_owned(), Arc::from("def sort_key(x):\n    return x\n"))];
        let index = Index::build(files, 1);
        let history = [Turn { role: Role::User, text: run.clone() }, Turn { role: Role::Assistant, text: answer }];
        let judgement = judge(&index, &prompt, &history, &[run]);
        prop_assert!((0.0..=1.0).contains(&judgement.overall));
        prop_assert!(judgement.quality.values().all(|level| *level <= 3));
        for evidence in &judgement.evidence {
            prop_assert_eq!(prompt.get(evidence.start..evidence.end), Some(evidence.quote.as_str()));
        }
    }
}
