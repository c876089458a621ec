//! Verification: after the exposure the candidate opened the claim's subject, searched for it, or ran something that
//! exercises it. Recorded whatever the outcome.

use crate::names::{location, short_name};
use crate::rejection::Met;
use crate::report::{Evidence, EvidenceKind};
use crate::timeline::{Moment, Timeline};
use code_index::{Index, Symbol};
use domain::event::{Event, Fact, RunEnd, Viewed};
use domain::ids::{RepoPath, RunId};
use domain::session::{FileStatus, Workspace};
use domain::task::Subject;
use std::collections::BTreeSet;

/// All checks of an item between its exposure and the end of the evidence.
pub(crate) fn find(timeline: &Timeline<'_>, index: &Index, met: &Met<'_>) -> Vec<Evidence> {
    let reach = Reach::of(index, &met.pair.subjects);
    timeline
        .evidence()
        .filter(|event| met.seen_by(event.seq, event.at))
        .filter_map(|event| check(timeline, index, met, &reach, event))
        .collect()
}

fn check(timeline: &Timeline<'_>, index: &Index, met: &Met<'_>, reach: &Reach, event: &Event) -> Option<Evidence> {
    let (what, why) = match &event.fact {
        Fact::Viewed(viewed) => {
            let subject =
                met.pair.subjects.iter().find(|subject| in_view(timeline, index, subject, viewed, event.seq))?;
            let lines = format!("lines {}–{} of {}", viewed.from_line, viewed.to_line, viewed.path);
            (EvidenceKind::Viewed, format!("Had {} in view ({lines}).", location(subject)))
        }
        Fact::Searched { query, hits } => {
            let subject = met.pair.subjects.iter().find(|subject| searched(subject, query))?;
            (
                EvidenceKind::Searched,
                format!("Searched for `{query}` ({hits} lines), which finds {}.", location(subject)),
            )
        }
        Fact::RunRequested { run, target } => {
            let ran = reach.exercised(timeline, *run, target)?;
            (EvidenceKind::Ran, format!("Ran {ran}, which exercises the claim's subject."))
        }
        _ => return None,
    };
    Some(Evidence { what, seq: event.seq, at: event.at, quote: None, diff: None, why })
}

fn in_view(timeline: &Timeline<'_>, index: &Index, subject: &Subject, viewed: &Viewed, seq: u64) -> bool {
    if subject.path != viewed.path {
        return false;
    }
    match symbol(index, subject) {
        // Lines of a changed file no longer stand where the index has them; then the file counts.
        Some(symbol) if !changed_before(timeline, &viewed.path, seq) => {
            viewed.from_line <= symbol.lines.1 && symbol.lines.0 <= viewed.to_line
        }
        _ => true,
    }
}

fn changed_before(timeline: &Timeline<'_>, path: &RepoPath, seq: u64) -> bool {
    timeline.evidence().take_while(|event| event.seq < seq).any(|event| match &event.fact {
        Fact::Edited(edited) => edited.path == *path,
        Fact::FileCreated { path: changed, .. } | Fact::FileRenamed { to: changed, .. } => changed == path,
        _ => false,
    })
}

/// The subject's symbol in the base revision.
fn symbol<'i>(index: &'i Index, subject: &Subject) -> Option<&'i Symbol> {
    let name = subject.symbol.as_deref()?;
    index.symbols_in(subject.path.as_str()).iter().find(|symbol| &*symbol.qualified == name)
}

fn searched(subject: &Subject, query: &str) -> bool {
    let query = query.to_lowercase();
    let file = subject.path.as_str().rsplit('/').next().unwrap_or_default();
    let name = match &subject.symbol {
        Some(symbol) => short_name(symbol),
        None => file.split('.').next().unwrap_or_default(),
    };
    let named = |name: &str| name.len() > 2 && query.contains(&name.to_lowercase());
    // The beginning of a name finds it too, once it is long enough to mean it.
    let begun = query.trim().len() > 3 && name.to_lowercase().starts_with(query.trim());
    named(name) || named(file) || begun
}

/// The tests that reach the subjects of a claim.
struct Reach {
    /// Locations in the base revision, the nearest to each subject first: a run is told by the nearest that ran.
    tests: Vec<String>,
    /// Short names that a test of the candidate's own may call.
    names: BTreeSet<String>,
}

impl Reach {
    fn of(index: &Index, subjects: &[Subject]) -> Self {
        let mut reach = Self { tests: Vec::new(), names: BTreeSet::new() };
        for subject in subjects {
            let known = match &subject.symbol {
                Some(name) => {
                    reach.names.insert(short_name(name).to_owned());
                    symbol(index, subject)
                }
                None => index.symbols_in(subject.path.as_str()).first(),
            };
            let Some(known) = known else { continue };
            if known.is_test {
                reach.tests.push(known.location());
            }
            reach.tests.extend(index.covering_tests(known.id).into_iter().map(Symbol::location));
            if subject.symbol.is_none() {
                let inside = index.symbols_in(subject.path.as_str()).iter();
                reach.tests.extend(inside.filter(|symbol| symbol.is_test).map(Symbol::location));
            }
        }
        reach
    }

    /// What of a run exercises a subject; none if nothing does, or if the run came to nothing.
    fn exercised(&self, timeline: &Timeline<'_>, run: RunId, target: &[String]) -> Option<String> {
        if !came_to_an_end(timeline, run) {
            return None;
        }
        let wanted = |node: &str| target.is_empty() || target.iter().any(|target| selects(target, node));
        let known = self.tests.iter().map(|test| node_id(test)).find(|test| wanted(test));
        known.map(|test| format!("`{test}`")).or_else(|| {
            let workspace = &timeline.snapshots.iter().find(|kept| kept.why == Moment::Run(run))?.workspace;
            let own = own_tests(workspace).find(|path| wanted(path.as_str()) && self.calls(workspace, path))?;
            Some(format!("`{own}`"))
        })
    }

    fn calls(&self, workspace: &Workspace, path: &RepoPath) -> bool {
        let words = crate::wording::padded(&workspace.text(path).unwrap_or_default());
        self.names.iter().any(|name| words.contains(&format!(" {} ", name.to_lowercase())))
    }
}

/// A symbol's location as pytest writes it: `Class::test`, not `Class.test`.
fn node_id(location: &str) -> String {
    match location.split_once("::") {
        Some((path, name)) => format!("{path}::{}", name.replace('.', "::")),
        None => location.to_owned(),
    }
}

/// Test files that the candidate wrote or changed.
fn own_tests(workspace: &Workspace) -> impl Iterator<Item = &RepoPath> {
    workspace.paths().into_iter().filter(|path| {
        let file = path.as_str().rsplit('/').next().unwrap_or_default();
        file.contains("test") && file.ends_with(".py") && workspace.status(path) != FileStatus::Unchanged
    })
}

/// Whether a run's argument selects a node: the same, or a file or folder it is in.
fn selects(target: &str, node: &str) -> bool {
    let target = target.trim_end_matches('/');
    // A parametrised case belongs to its test.
    let target = target.split('[').next().unwrap_or(target);
    let inside = |outer: &str, inner: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || rest.starts_with("::"))
    };
    inside(target, node) || (target.contains("::") && inside(node, target))
}

fn came_to_an_end(timeline: &Timeline<'_>, run: RunId) -> bool {
    let known = timeline.at_end.runs().iter().find(|known| known.id == run);
    known
        .and_then(|known| known.outcome.as_ref())
        .is_some_and(|outcome| matches!(outcome.end, RunEnd::Passed | RunEnd::Failed) || !outcome.tests.is_empty())
}
