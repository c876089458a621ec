//! One value, seen from outside.
//!
//! The sandbox gets an input and a program that looks; what should be seen never enters it. The value comes back as one
//! record on a channel that no process of the candidate's has, marked with a number that none of them ever held: the
//! trusted program inside reads it after they have become another process. Anything but exactly one complete record and
//! an end with status 0 is not judged.
//!
//! The code looked at runs in the process that looks, so it can make that process say anything, as it could by returning
//! it. That is worth nothing to it: what is expected is nowhere inside, and each input is in a sandbox of its own.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::driver::{Order, Ran, Stream};
use crate::limits::Counting;
use crate::{End, Limits};

/// What was seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "detail", rename_all = "snake_case")]
pub enum Observation {
    /// What `observe` returned, converted by exact type.
    Value(Value),
    /// The candidate's code raised.
    Raised {
        /// The name of the exception's class.
        kind: String,
        /// Its text, at most 4,000 characters.
        message: String,
    },
    /// Nothing was seen that can be relied on: neither passed nor failed.
    NotJudged {
        /// For people.
        reason: String,
    },
}

/// The largest observation, in bytes of JSON.
const RECORD_BYTES: usize = 1 << 20;

/// The order to look with `program`, at `given` if there is one.
pub(crate) fn order(
    files: Vec<(String, Vec<u8>)>,
    program: &str,
    given: Option<&Value>,
    limits: &Limits,
    mark: &str,
    counting: Counting,
) -> Order {
    let mut header = Map::new();
    header.insert("mode".to_owned(), json!("observe"));
    header.insert("program".to_owned(), json!(program));
    header.insert("given".to_owned(), json!(given));
    header.insert("passes_given".to_owned(), json!(given.is_some()));
    header.insert("result_bytes".to_owned(), json!(RECORD_BYTES));
    Order {
        header,
        files,
        stdin: Vec::new(),
        limits: limits.clone(),
        mark: Some(mark.to_owned()),
        // Room for the record's mark and for the beginning of a second record, which must not be there.
        result_bytes: RECORD_BYTES + 256,
        counting,
    }
}

/// What a finished run has shown.
pub(crate) fn read(ran: &Ran, mark: &str) -> Observation {
    if ran.end != End::Exited(0) {
        return not_judged(match &ran.end {
            End::Exited(status) => format!("the program ended with status {status} before an observation was made"),
            End::Signalled(signal) => format!("the program was ended by signal {signal}"),
            End::WallLimit => "the program ran longer than allowed".to_owned(),
            End::CpuLimit => "the program used more processor time than allowed".to_owned(),
            End::MemoryLimit => "the program used more memory than allowed".to_owned(),
            End::ProcessLimit => "the program had more processes than allowed".to_owned(),
            End::FileLimit => "the program made more files than allowed".to_owned(),
            End::OutputLimit => "the program wrote more output than allowed".to_owned(),
            End::Lost(why) => format!("the program's end is not known: {why}"),
        });
    }
    match record(&ran.result, mark) {
        Ok(Record::Value(value)) => Observation::Value(value),
        // Out of memory is a limit met, whoever says so.
        Ok(Record::Raised { kind, .. }) if kind == "MemoryError" => not_judged("the program ran out of memory"),
        Ok(Record::Raised { kind, message }) => Observation::Raised { kind, message },
        Ok(Record::Unusable(reason)) => not_judged(reason),
        Err(reason) => not_judged(reason),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Record {
    Value(Value),
    Raised { kind: String, message: String },
    Unusable(String),
}

/// The one complete record, if that is all there is.
fn record(result: &Stream, mark: &str) -> Result<Record, &'static str> {
    if result.kept.is_empty() {
        return Err("the program ended before an observation was made");
    }
    let foreign = "something other than the observation was written to its channel";
    let text = std::str::from_utf8(&result.kept).map_err(|_| foreign)?;
    let line = text.strip_suffix('\n').filter(|line| !line.contains('\n')).ok_or(foreign)?;
    let json = line.strip_prefix(mark).and_then(|rest| rest.strip_prefix(' ')).ok_or(foreign)?;
    serde_json::from_str(json).map_err(|_| foreign)
}

fn not_judged(reason: impl Into<String>) -> Observation {
    Observation::NotJudged { reason: reason.into() }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn seen(result: &str, end: End) -> Observation {
        let stream = |text: &str| Stream { kept: text.as_bytes().to_vec(), truncated: false };
        read(&Ran { end, stdout: stream(""), stderr: stream(""), result: stream(result), wall: Duration::ZERO }, "abc")
    }

    #[test]
    fn one_complete_marked_record_and_status_0_is_an_observation() {
        assert_eq!(seen("abc {\"value\":[1,null]}\n", End::Exited(0)), Observation::Value(json!([1, null])));
        let raised = Observation::Raised { kind: "KeyError".to_owned(), message: "'x'".to_owned() };
        assert_eq!(seen("abc {\"raised\":{\"kind\":\"KeyError\",\"message\":\"'x'\"}}\n", End::Exited(0)), raised);
    }

    #[test]
    fn anything_else_is_not_judged() {
        let good = "abc {\"value\":1}\n";
        let cases = [
            ("", End::Exited(0)),
            ("abc {\"value\":1}", End::Exited(0)),
            ("{\"value\":1}\n", End::Exited(0)),
            ("abd {\"value\":1}\n", End::Exited(0)),
            ("abc {\"value\":1}\nabc {\"value\":2}\n", End::Exited(0)),
            ("abc {\"value\":1} x\n", End::Exited(0)),
            ("abc {\"raised\":{\"kind\":\"MemoryError\",\"message\":\"\"}}\n", End::Exited(0)),
            ("abc {\"unusable\":\"no observe\"}\n", End::Exited(0)),
            (good, End::Exited(1)),
            (good, End::Signalled(9)),
            (good, End::WallLimit),
            (good, End::MemoryLimit),
            (good, End::Lost("x".to_owned())),
        ];
        for (text, end) in cases {
            let shown = format!("{text:?} {end:?}");
            assert!(matches!(seen(text, end), Observation::NotJudged { .. }), "{shown}");
        }
    }
}
