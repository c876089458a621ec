//! A place in a task's folder that is named by what stands there, for those who judge a task after it was read.

use crate::problem::{Problem, Source};
use crate::proofs::Proofs;
use domain::ids::TaskName;
use std::fs;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A value in a TOML file of a task's folder, or the whole of any file in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    /// The file, from the task's folder.
    pub file: String,
    /// The value: names and, in lists, numbers from 0, with dots between them; empty: the whole file.
    pub key: String,
}

impl Spot {
    /// A value in a file.
    pub fn new(file: impl Into<String>, key: impl Into<String>) -> Self {
        Self { file: file.into(), key: key.into() }
    }
}

impl Proofs {
    /// A mistake of this task's author at a place that is looked up in the file as it is now.
    pub fn problem(&self, task: &TaskName, spot: &Spot, what: impl Into<String>, hint: impl Into<String>) -> Problem {
        let path = self.folder.join(&spot.file);
        let file = path.display().to_string();
        let place = fs::read_to_string(&path).ok().and_then(|text| {
            let span = find(&text, &spot.key)?;
            Some(Source { file: file.clone(), text: text.into() }.place(span.start))
        });
        let (line, column) = place.unzip();
        Problem { task: task.clone(), file, line, column, what: what.into(), hint: hint.into() }
    }
}

/// Where the value stands; the nearest table around it where it is not there.
fn find(text: &str, key: &str) -> Option<Range<usize>> {
    if key.is_empty() {
        return None;
    }
    let table = DeTable::parse(text).ok()?;
    let mut parts = key.split('.');
    let mut at = table.get_ref().get(parts.next()?)?;
    for part in parts {
        match inside(at, part) {
            Some(next) => at = next,
            None => break,
        }
    }
    Some(at.span())
}

fn inside<'a, 'i>(value: &'a Spanned<DeValue<'i>>, part: &str) -> Option<&'a Spanned<DeValue<'i>>> {
    match value.get_ref() {
        DeValue::Table(table) => table.get(part),
        DeValue::Array(values) => values.get(part.parse::<usize>().ok()?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_in_tables_lists_and_tables_in_lists() {
        let text = "a = 1\n[b]\nc = [\"x\", \"y\"]\n[[d]]\ne = 1\n[[d]]\ne = 2\n";
        let found = |key: &str| find(text, key).map(|span| &text[span]);
        assert_eq!(found("a"), Some("1"));
        assert_eq!(found("b.c.1"), Some("\"y\""));
        assert_eq!(found("d.1.e"), Some("2"));
        assert_eq!(found("b.nothing"), found("b"));
        assert_eq!(found("nothing"), None);
        assert_eq!(found(""), None);
        assert_eq!(find("no toml", "a"), None);
    }
}
