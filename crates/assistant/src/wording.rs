//! The words of facts. A fact is made of parts; which of several wordings it gets is the chance of the prompt, so that the
//! same question has the same words. The wordings are those of what authors write: present tense, the name first, and
//! nothing that the parts do not say.

use crate::{voice, words};
use domain::chance::Chance;

/// Wordings that say the same; `{part}` stands for a part.
pub(crate) type Form = &'static [&'static str];

/// One thing the index says, before it has its words.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Statement {
    form: Form,
    parts: Vec<(&'static str, String)>,
}

impl Statement {
    /// The parts are those that the form's wordings name.
    pub(crate) fn new<const N: usize>(form: Form, parts: [(&'static str, &str); N]) -> Self {
        Self { form, parts: parts.map(|(name, value)| (name, value.to_owned())).to_vec() }
    }

    /// In words.
    pub(crate) fn words(&self, chance: &mut Chance) -> String {
        self.filled(voice::pick(self.form, chance))
    }

    /// The words that carry its meaning, the same for all its wordings.
    pub(crate) fn stems(&self) -> impl Iterator<Item = String> + '_ {
        self.parts.iter().flat_map(|(_, value)| words::stems(value))
    }

    fn filled(&self, wording: &str) -> String {
        let mut pieces = wording.split(['{', '}']);
        let mut text = pieces.next().unwrap_or_default().to_owned();
        while let (Some(name), Some(rest)) = (pieces.next(), pieces.next()) {
            let part = self.parts.iter().find(|(known, _)| *known == name);
            text.push_str(part.map_or("", |(_, value)| value));
            text.push_str(rest);
        }
        text
    }
}

/// Several statements, one after the other.
pub(crate) fn joined(statements: &[Statement], chance: &mut Chance) -> String {
    statements.iter().map(|statement| statement.words(chance)).collect::<Vec<_>>().join(" ")
}

pub(crate) const MODULE: Form = &["`{name}` is the file `{path}`.", "The module `{name}` is the file `{path}`."];
pub(crate) const SEVERAL: Form =
    &["`{name}` is the name of each of these: {list}.", "There is more than one `{name}`: {list}."];
pub(crate) const MISPLACED: Form = &["There is no `{asked}`, only this one."];
pub(crate) const ALSO: Form = &["The name is also that of {list}.", "By the same name there is {list}, too."];

pub(crate) const DESCRIBED: Form = &["`{signature}`: \"{doc}\"."];
pub(crate) const UNDESCRIBED: Form = &["`{signature}` has no docstring."];
pub(crate) const ONLY_LINE: Form = &["Its one line is `{line}`.", "All it does is `{line}`."];
pub(crate) const IN_CLASS: Form = &["`{signature}` is set in `{class}`.", "`{signature}` belongs to `{class}`."];
pub(crate) const AT_TOP: Form =
    &["`{signature}` is set at the top level of its module.", "`{signature}` is set outside of any function."];
pub(crate) const CLASS_HAS: Form = &["`{signature}` holds {list}.", "In `{signature}` you find {list}."];
pub(crate) const HAS: Form = &["It holds {list}.", "In it you find {list}.", "It has {list} in it."];
pub(crate) const USED: Form = &["It comes up in {list}.", "It is named in {list}."];

pub(crate) const WORK: Form = &[
    "`{signature}` calls {callees} and is called from {callers}.",
    "`{signature}` is called from {callers} and calls {callees}.",
];
pub(crate) const CALLING: Form = &["`{signature}` calls {callees}.", "`{signature}` makes calls to {callees}."];
pub(crate) const CALLED: Form = &["`{signature}` is called from {callers}.", "`{signature}` is called in {callers}."];
pub(crate) const ITS_WORK: Form =
    &["It calls {callees} and is called from {callers}.", "It is called from {callers} and calls {callees}."];
pub(crate) const ITS_CALLING: Form = &["It calls {callees}.", "It makes calls to {callees}."];
pub(crate) const ITS_CALLED: Form = &["It is called from {callers}.", "It is called in {callers}."];

pub(crate) const CALLERS: Form = &["`{name}` is called from {list}.", "The calls of `{name}` are in {list}."];
pub(crate) const MAYBE_CALLERS: Form = &[
    "Calls that may mean `{name}`, going by the name alone, are in {list}.",
    "`{name}` may be meant by the calls in {list}, going by the name alone.",
];
pub(crate) const ONLY_USED: Form = &[
    "Nothing calls `{name}` directly; it comes up in {list}.",
    "`{name}` comes up in {list}, though nothing calls it directly.",
];
pub(crate) const UNCALLED: Form =
    &["Nothing calls `{name}` by name.", "`{name}` is called by name nowhere in this code."];
pub(crate) const CALLS: Form = &[
    "`{name}` calls {inner}, and {outer} from outside.",
    "`{name}` calls {inner}, and outside of this code {outer}.",
    "The calls in `{name}` go to {inner}, and outside to {outer}.",
];
pub(crate) const CALLS_INSIDE: Form =
    &["`{name}` calls {inner}.", "The calls in `{name}` go to {inner}.", "`{name}` makes calls to {inner}."];
pub(crate) const CALLS_OUTSIDE: Form =
    &["`{name}` calls {outer}, all of it from outside.", "`{name}` calls nothing of this code, only {outer}."];
pub(crate) const CALLS_OUTSIDE_SURELY: Form =
    &["`{name}` calls {outer} from outside.", "`{name}` makes calls to {outer}, which are from outside."];
pub(crate) const CALLS_NOTHING: Form = &["`{name}` calls nothing.", "`{name}` has no call in it."];
pub(crate) const CALLS_NOTHING_SURELY: Form = &["`{name}` calls nothing for sure."];
pub(crate) const MAY_CALL: Form =
    &["By the name alone it may also call {list}.", "A call in it may also mean {list}, going by the name alone."];

pub(crate) const UNTESTED: Form = &[
    "I find no test that reaches `{name}`.",
    "`{name}` is reached by no test that I find.",
    "No test that I find gets to `{name}`.",
];
pub(crate) const ONE_TEST: Form =
    &["`{name}` is reached by one test, {list}.", "The one test that reaches `{name}` is {list}."];
pub(crate) const TESTS: Form = &[
    "`{name}` is reached by {count} tests; the nearest are {list}.",
    "Of the {count} tests that reach `{name}`, {list} come nearest.",
    "There are {count} tests that reach `{name}`, first of all {list}.",
];
pub(crate) const FEW_TESTS: Form = &["`{name}` is reached by {list}.", "The tests that reach `{name}` are {list}."];
pub(crate) const TESTS_BY_NAME: Form =
    &["Going by their names, {list} come nearest among the tests.", "By name, the tests that come nearest are {list}."];
pub(crate) const NUMBER_UNTESTED: Form = &["I find no test with `{number}` in it."];
pub(crate) const NUMBER_TESTED: Form =
    &["`{number}` is in the tests at {list}.", "The tests have `{number}` at {list}."];

pub(crate) const HISTORY: Form = &[
    "The history of a file has author, day and reason of each line, and I do not see it.",
    "I do not see the history of a file, which has author, day and reason of each line.",
];
pub(crate) const HISTORY_OF: Form = &[
    "Day, author and reason of each line of `{path}` are in its history, which is not in what I see.",
    "The history of `{path}` has author, day and reason of each line, and I have no part of it.",
];
pub(crate) const AT: Form =
    &["`{name}` is in {place}.", "`{name}` stands in {place}.", "You find `{name}` in {place}."];

pub(crate) const OUTLINE: Form =
    &["`{path}` holds {list}.", "In `{path}` you find {list}.", "`{path}` has {list} in it."];
pub(crate) const OUTLINE_EMPTY: Form = &["`{path}` has no names of its own."];
pub(crate) const OUTLINE_DOC: Form = &["Its own words: \"{doc}\"."];
pub(crate) const NO_PYTHON: Form =
    &["`{path}` is no Python file; it has {lines} lines, and I can search it for a text you name."];
pub(crate) const OVERVIEW: Form = &[
    "There are {count} modules, among them {list}. The tests are {tests} functions in their own files.",
    "The code is in {count} modules, such as {list}. The tests, {tests} functions, have their own files.",
];
pub(crate) const NO_MODULE: Form = &["I find no Python module here."];
pub(crate) const NOWHERE: Form =
    &["The text `{term}` is nowhere in this repository.", "`{term}` is in no line of this repository."];
pub(crate) const ONE_LINE: Form = &["`{term}` is in one line, {list}.", "The one line with `{term}` in it is {list}."];
pub(crate) const LINES: Form = &[
    "`{term}` is in {count} lines: {list}.",
    "The lines with `{term}` are {list}, {count} in all.",
    "For `{term}` there are {count} lines: {list}.",
    "There are {count} lines that have `{term}` in them: {list}.",
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const ALL: &[Form] = &[
        MODULE,
        SEVERAL,
        MISPLACED,
        ALSO,
        DESCRIBED,
        UNDESCRIBED,
        ONLY_LINE,
        IN_CLASS,
        AT_TOP,
        CLASS_HAS,
        HAS,
        USED,
        WORK,
        CALLING,
        CALLED,
        ITS_WORK,
        ITS_CALLING,
        ITS_CALLED,
        CALLERS,
        MAYBE_CALLERS,
        ONLY_USED,
        UNCALLED,
        CALLS,
        CALLS_INSIDE,
        CALLS_OUTSIDE,
        CALLS_OUTSIDE_SURELY,
        CALLS_NOTHING,
        CALLS_NOTHING_SURELY,
        MAY_CALL,
        UNTESTED,
        ONE_TEST,
        TESTS,
        FEW_TESTS,
        TESTS_BY_NAME,
        NUMBER_UNTESTED,
        NUMBER_TESTED,
        HISTORY,
        HISTORY_OF,
        AT,
        OUTLINE,
        OUTLINE_EMPTY,
        OUTLINE_DOC,
        NO_PYTHON,
        OVERVIEW,
        NO_MODULE,
        NOWHERE,
        ONE_LINE,
        LINES,
    ];

    fn parts(wording: &str) -> Vec<&str> {
        wording.split(['{', '}']).skip(1).step_by(2).collect()
    }

    #[test]
    fn every_wording_of_a_form_says_the_same_and_what_it_is_about_comes_first() {
        for form in ALL {
            let said: BTreeSet<BTreeSet<&str>> =
                form.iter().map(|wording| parts(wording).into_iter().collect()).collect();
            assert_eq!(said.len(), 1, "{form:?}");
            let code = |part: &&str| !matches!(*part, "count" | "lines" | "tests");
            let first: BTreeSet<Option<&str>> =
                form.iter().map(|wording| parts(wording).into_iter().find(code)).collect();
            let is_subject = |part: &&Option<&str>| matches!(part, Some("name" | "signature" | "path" | "term"));
            assert!(first.len() == 1 || !first.iter().any(|part| is_subject(&part)), "{form:?}");
            assert!(form.iter().all(|wording| wording.ends_with('.') || wording.ends_with("\".")), "{form:?}");
        }
    }

    #[test]
    fn parts_are_put_in_as_they_are() {
        let form: Form = &["`{name}` is {what}."];
        let statement = Statement::new(form, [("name", "a{what}"), ("what", "{name}")]);
        assert_eq!(statement.words(&mut Chance::new(1, "words")), "`a{what}` is {name}.");
    }
}
