//! What is asked about the candidate's own work: what failed in their run, what they changed, what their changes took away.

use super::{Ask, Offline, Prompt};
use crate::facts;
use crate::runs::{self, Failed, Read};
use crate::voice::Content;
use crate::words;
use domain::event::{ContextItem, Origin};
use domain::ids::RepoPath;
use std::collections::BTreeSet;

/// Questions for what the candidate changed.
const CHANGES: &str = "what have i changed, what did i change, which files have i changed, which files did i change, what are \
    my changes, what i changed, what i have changed";
/// Most tests that are named.
const NAMED: usize = 3;

impl Offline {
    /// Answers a question about the candidate's runs and changes.
    pub(super) fn standing(&self, ask: &Ask<'_>) -> Option<Content> {
        if words::hold(ask.text, CHANGES) {
            return Some(Content::of(changes(ask.changed), Origin::Index {}));
        }
        let pasted = runs::is_pasted(ask.text);
        if !pasted && !runs::asks(ask.text) {
            return None;
        }
        let run = ask.context.iter().find(|(item, _)| matches!(item, ContextItem::Run { .. }));
        let text = match (pasted, run) {
            (true, _) => match runs::read(ask.text) {
                Read::Failed(failed) => self.failed(ask, &failed, "That output"),
                Read::Passed | Read::Unclear => return None,
            },
            (false, Some((_, output))) => match runs::read(output) {
                Read::Failed(failed) => self.failed(ask, &failed, "The last run"),
                Read::Passed => "In the last run nothing failed.".to_owned(),
                Read::Unclear => "The output of the last run does not say what failed.".to_owned(),
            },
            (false, None) => {
                const NO_RUN: &str = "I see no run beside your prompt. Run the tests, put the last run beside it, and I say \
                    which failed, with what, and what they reach.";
                return Some(Content::of(NO_RUN, Origin::Plain {}));
            }
        };
        Some(Content::of(text, Origin::Index {}))
    }

    /// What failed, with what, and what the first of it calls.
    fn failed(&self, ask: &Ask<'_>, failed: &Failed, run: &str) -> String {
        let because = |reason: &str| if reason.is_empty() { String::new() } else { format!(": `{reason}`") };
        let mut text = match failed.tests.as_slice() {
            [] => format!("{run} ends with `{}`", failed.reason.as_deref().unwrap_or("an error")),
            [(test, reason)] => format!("{run} has one failure, `{test}`{}", because(reason)),
            tests => {
                let named = tests.iter().take(NAMED).map(|(test, reason)| format!("`{test}`{}", because(reason)));
                format!("{run} has {} failures. {}", tests.len(), named.collect::<Vec<_>>().join("; "))
            }
        };
        if let (true, Some((path, line))) = (failed.tests.len() < 2, &failed.place) {
            text.push_str(&format!(", at `{path}:{line}`"));
        }
        text.push('.');
        let code = self.code(ask);
        let test = match (failed.tests.first(), &failed.place) {
            (Some((id, _)), _) => {
                let name = id.rsplit("::").next().unwrap_or_default().split('[').next().unwrap_or_default();
                code.index.symbol(name).into_iter().find(|symbol| id.starts_with(&*symbol.path))
            }
            (None, Some((path, line))) => code.index.enclosing_line(path, *line),
            (None, None) => None,
        };
        if let Some(called) = test.and_then(|test| facts::called(&code, test)) {
            text.push_str(&format!(" {called}"));
        }
        text
    }

    /// Says of what the prompt names that it is not there any more.
    pub(super) fn gone(&self, ask: &Ask<'_>, prompt: &Prompt) -> Option<Content> {
        let (base, code) = (self.base(), self.code(ask));
        let mentions = prompt.questions.iter().flat_map(|question| &question.mentions.symbols);
        let symbols = mentions.filter_map(|mention| base.index.get(*mention.ids.first()?));
        let gone = |symbol: &&code_index::Symbol| facts::subject(symbol).is_some_and(|it| code.subject(&it).is_none());
        let symbol = symbols.into_iter().find(gone)?;
        let text = format!(
            "`{}` is not there any more; before your changes it was in {}.",
            symbol.qualified,
            base.place(symbol)
        );
        Some(Content::of(text, Origin::Index {}))
    }
}

fn changes(paths: &BTreeSet<RepoPath>) -> String {
    let paths: Vec<String> = paths.iter().map(|path| format!("`{path}`")).collect();
    match paths.as_slice() {
        [] => "You changed nothing so far.".to_owned(),
        [one] => format!("So far you changed {one}; the panel of your changes shows every line."),
        paths => format!(
            "So far you changed {} files, {}; the panel of your changes shows every line.",
            paths.len(),
            paths.join(", ")
        ),
    }
}
