//! Whether recorded sessions still get the reports that stand beside them.

use super::Complaint;
use catalog::{Proofs, Sample, Spot};
use domain::event::Event;
use domain::task::Task;
use std::fs;

/// Samples whose report is another one, or whose files cannot be read.
pub(crate) fn complaints(task: &Task, proofs: &Proofs) -> Vec<Complaint> {
    proofs.samples.iter().filter_map(|(case, sample)| complaint(task, case, sample).err()).collect()
}

fn complaint(task: &Task, case: &str, sample: &Sample) -> Result<(), Complaint> {
    let of = |rule, file: &str, what: String| {
        let hint = "record the session anew and read what changed, or remove the folder";
        Complaint::error(rule, Spot::new(format!("samples/{case}/{file}"), ""), what, hint)
    };
    let unreadable = |file, error: String| of("sample-unreadable", file, format!("it cannot be read: {error}"));
    let log = fs::read_to_string(&sample.log).map_err(|error| unreadable("log.jsonl", error.to_string()))?;
    let kept = fs::read_to_string(&sample.report).map_err(|error| unreadable("report.json", error.to_string()))?;
    let computed = report(task, &log).map_err(|error| unreadable("log.jsonl", error))?;
    match first_difference(&kept, &computed) {
        Some(line) => {
            Err(of("sample-differs", "report.json", format!("the log gets another report: line {line} differs")))
        }
        None => Ok(()),
    }
}

fn report(task: &Task, log: &str) -> Result<String, String> {
    let event = |(number, line): (usize, &str)| {
        serde_json::from_str::<Event>(line).map_err(|error| format!("line {}: {error}", number + 1))
    };
    let events = log.lines().enumerate().map(event).collect::<Result<Vec<_>, _>>()?;
    let report = assess::report(task, &events).map_err(|error| error.to_string())?;
    let text = serde_json::to_string_pretty(&report).map_err(|error| error.to_string())?;
    Ok(text + "\n")
}

/// The first line, from 1, in which two texts differ.
fn first_difference(kept: &str, computed: &str) -> Option<usize> {
    if kept == computed {
        return None;
    }
    let same = kept.lines().zip(computed.lines()).take_while(|(kept, computed)| kept == computed).count();
    Some(same + 1)
}
