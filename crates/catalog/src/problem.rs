//! What is wrong with a task's files, for the person who writes them.

use crate::patch::Mistake;
use domain::ids::TaskName;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// One mistake in a task's folder or in its repository: where it is and how to mend it. A task with
/// a problem is not offered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Problem {
    /// The task that is not offered because of it.
    pub task: TaskName,
    /// The file, as reached from the folders that were given to load.
    pub file: String,
    /// The line, from 1; none when the whole file is meant.
    pub line: Option<u32>,
    /// The column in characters, from 1.
    pub column: Option<u32>,
    /// What is wrong.
    pub what: String,
    /// How to mend it.
    pub hint: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        for number in [self.line, self.column].into_iter().flatten() {
            write!(f, ":{number}")?;
        }
        write!(f, ": {}\n  help: {}", self.what, self.hint)
    }
}

/// A text file of the library and the name it is reported under.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// The name for messages.
    pub(crate) file: String,
    /// The whole text.
    pub(crate) text: Arc<str>,
}

impl Source {
    /// Line and column, from 1, of a byte offset.
    pub(crate) fn place(&self, offset: usize) -> (u32, u32) {
        let before = self.text.get(..offset).unwrap_or(&self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
    }
}

/// The problems of one task, gathered while it is read.
#[derive(Debug)]
pub(crate) struct Findings {
    task: TaskName,
    problems: Vec<Problem>,
}

impl Findings {
    pub(crate) fn new(task: TaskName) -> Self {
        Self { task, problems: Vec::new() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }

    pub(crate) fn into_problems(self) -> Vec<Problem> {
        self.problems
    }

    /// Notes what was found before for another task.
    pub(crate) fn repeat(&mut self, problems: &[Problem]) {
        let task = &self.task;
        self.problems.extend(problems.iter().cloned().map(|problem| Problem { task: task.clone(), ..problem }));
    }

    /// Notes a mistake in a whole file.
    pub(crate) fn in_file(&mut self, file: &str, what: impl Into<String>, hint: impl Into<String>) {
        let (what, hint) = (what.into(), hint.into());
        self.problems.push(Problem {
            task: self.task.clone(),
            file: file.to_owned(),
            line: None,
            column: None,
            what,
            hint,
        });
    }

    /// Notes a mistake at a place in a file.
    pub(crate) fn at(
        &mut self,
        source: &Source,
        span: &Range<usize>,
        what: impl Into<String>,
        hint: impl Into<String>,
    ) {
        let (line, column) = source.place(span.start);
        self.in_file(&source.file, what, hint);
        if let Some(problem) = self.problems.last_mut() {
            (problem.line, problem.column) = (Some(line), Some(column));
        }
    }

    /// Notes a mistake in a patch.
    pub(crate) fn in_patch(&mut self, file: &str, mistake: Mistake) {
        self.in_file(file, mistake.what, mistake.hint);
        if let Some(problem) = self.problems.last_mut() {
            problem.line = Some(mistake.line);
        }
    }

    /// Reads a TOML file; a mistake in it is noted with its place.
    pub(crate) fn toml<T: DeserializeOwned>(&mut self, source: &Source) -> Option<T> {
        match toml::from_str(&source.text) {
            Ok(value) => Some(value),
            Err(error) => {
                let (what, hint) = explain(error.message());
                self.at(source, &error.span().unwrap_or(0..0), what, hint);
                None
            }
        }
    }
}

/// Splits a message into what is wrong and how to mend it. Our own checks say both, separated by
/// `; `; the parser's say only the first.
fn explain(message: &str) -> (String, String) {
    let message = message.trim().replace('\n', ", ");
    if let Some((what, hint)) = message.split_once("; ") {
        return (what.to_owned(), hint.to_owned());
    }
    let hint = match message.split(' ').take(2).collect::<Vec<_>>()[..] {
        ["unknown", "field"] => "remove the field, or spell it as one of those listed",
        ["unknown", "variant"] => "write one of the listed words",
        ["missing", "field"] => "add the field to this table",
        ["duplicate", _] => "keep one of the two",
        ["invalid", "type:"] | ["invalid", "value:"] => "write the value in the form that is expected",
        _ => "correct the TOML here: text in quotes, lists in [ ], longer text between ''' and '''",
    };
    (message, hint.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_lines_and_characters_from_one() {
        let source = Source { file: "x".into(), text: "é = 1\nname = é2\n".into() };
        assert_eq!(source.place(0), (1, 1));
        assert_eq!(source.place("é = 1\nname = é".len()), (2, 9));
        assert_eq!(source.place(10_000), (3, 1));
    }

    #[test]
    fn a_problem_reads_as_place_mistake_and_remedy() {
        let mut findings = Findings::new("t".into());
        let source = Source { file: "tasks/t/task.toml".into(), text: "a = 1\nb = 2".into() };
        findings.at(&source, &(6..7), "b is too large", "write 1");
        assert_eq!(findings.into_problems()[0].to_string(), "tasks/t/task.toml:2:1: b is too large\n  help: write 1");
    }
}
