//! What the past of a task's files shows: log, old files, diffs and blame, all from the task's head
//! backwards. Commits of other tasks and sessions in the same repository cannot be reached.

use crate::bare::{Bare, Entry};
use crate::commit_patch::DATE;
use crate::error::Error;
use domain::ids::{CommitId, RepoPath, TaskName};
use git2::{DiffOptions, Oid, Patch};
use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// One commit of a task's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its id.
    pub id: CommitId,
    /// The author's name.
    pub author: String,
    /// When it was made: RFC 3339 with the author's offset.
    pub when: String,
    /// The first line of its message.
    pub subject: String,
    /// The rest of its message, without blank lines around it.
    pub body: String,
    /// The files it created, changed or deleted.
    pub files: Vec<RepoPath>,
}

/// One line of a file and the commit it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlameLine {
    /// The line, from 1.
    pub line: u32,
    /// The commit that last changed it.
    pub commit: CommitId,
    /// That commit's author.
    pub author: String,
    /// When: RFC 3339 with the author's offset.
    pub when: String,
    /// The first line of that commit's message.
    pub subject: String,
}

/// The history of one task in an open repository.
pub(crate) struct History<'a> {
    pub(crate) bare: &'a Bare,
    pub(crate) task: &'a TaskName,
    pub(crate) head: &'a CommitId,
}

impl History<'_> {
    /// All commits, newest first.
    pub(crate) fn commits(&self) -> Result<Vec<Commit>, Error> {
        let read = || {
            let mut next = Some(self.bare.repo().find_commit(Oid::from_str(self.head.as_str())?)?);
            let mut commits = Vec::new();
            while let Some(commit) = next {
                commits.push(self.describe(&commit)?);
                next = if commit.parent_count() > 0 { Some(commit.parent(0)?) } else { None };
            }
            Ok(commits)
        };
        read().map_err(self.bare.failed("read the history"))
    }

    fn describe(&self, commit: &git2::Commit<'_>) -> Result<Commit, git2::Error> {
        let Signed { author, when, subject } = signed(commit);
        let message = String::from_utf8_lossy(commit.message_bytes()).into_owned();
        let body = message.split_once('\n').map_or("", |(_, body)| body).trim().to_owned();
        Ok(Commit { id: CommitId(commit.id().to_string()), author, when, subject, body, files: self.changed(commit)? })
    }

    fn changed(&self, commit: &git2::Commit<'_>) -> Result<Vec<RepoPath>, git2::Error> {
        let parent = if commit.parent_count() > 0 { Some(commit.parent(0)?.tree()?) } else { None };
        let mut options = DiffOptions::new();
        // Everything that configuration could choose is chosen here.
        options.old_prefix("a").new_prefix("b").ignore_submodules(true).skip_binary_check(true);
        let diff = self.bare.repo().diff_tree_to_tree(parent.as_ref(), Some(&commit.tree()?), Some(&mut options))?;
        let path = |delta: git2::DiffDelta<'_>| {
            let file = delta.new_file().path().or(delta.old_file().path())?;
            RepoPath::parse(file.to_str()?).ok()
        };
        Ok(diff.deltas().filter_map(path).collect::<BTreeSet<_>>().into_iter().collect())
    }

    /// The commit, if it is part of this history.
    fn known(&self, id: &CommitId) -> Result<git2::Commit<'_>, Error> {
        let unknown = || {
            let commit = CommitId(id.as_str().chars().take(40).collect());
            Error::UnknownCommit { task: self.task.clone(), commit }
        };
        let commit = self.bare.find(id).ok_or_else(unknown)?;
        let reach = || {
            let head = Oid::from_str(self.head.as_str())?;
            Ok(head == commit.id() || self.bare.repo().graph_descendant_of(head, commit.id())?)
        };
        if reach().map_err(self.bare.failed("walk the history"))? { Ok(commit) } else { Err(unknown()) }
    }

    /// A file as a commit left it.
    pub(crate) fn file_at(&self, commit: &CommitId, path: &RepoPath) -> Result<String, Error> {
        let id = CommitId(self.known(commit)?.id().to_string());
        let entries = self.bare.entries(&id)?;
        let entry = entries.get(path).ok_or_else(|| Error::UnknownFile { commit: id, path: path.clone() })?;
        self.bare.text(entry.id)?.ok_or_else(|| Error::NotText { path: path.clone() })
    }

    /// What a commit changed, as a unified diff; of one file only if `only` names it.
    pub(crate) fn diff(&self, commit: &CommitId, only: Option<&RepoPath>) -> Result<String, Error> {
        let commit = self.known(commit)?;
        let parent = match commit.parent_id(0) {
            Ok(parent) => self.bare.entries(&CommitId(parent.to_string()))?,
            Err(_) => BTreeMap::new(),
        };
        let child = self.bare.entries(&CommitId(commit.id().to_string()))?;
        compare(self.bare, &parent, &child, only)
    }

    /// The lines of a file at the head with the commits they come from. A file that was moved begins
    /// with its move.
    pub(crate) fn blame(&self, path: &RepoPath) -> Result<Vec<BlameLine>, Error> {
        self.file_at(self.head, path)?;
        let mut commits = self.commits()?;
        commits.retain(|commit| commit.files.contains(path));
        let (mut lines, mut before) = (Vec::new(), String::new());
        for commit in commits.iter().rev() {
            let entry = self.bare.entries(&commit.id)?.get(path).copied();
            let text = entry.map_or(Ok(None), |entry| self.bare.text(entry.id))?.unwrap_or_default();
            lines = carry(lines, commit, &before, &text).map_err(self.bare.failed("blame a file"))?;
            before = text;
        }
        let line = |(number, commit): (u32, &Commit)| BlameLine {
            line: number,
            commit: commit.id.clone(),
            author: commit.author.clone(),
            when: commit.when.clone(),
            subject: commit.subject.clone(),
        };
        Ok((1..).zip(lines).map(line).collect())
    }
}

/// What leads from one commit's files to another's, as a unified diff; of one file only if `only` names it.
pub(crate) fn compare(
    bare: &Bare,
    before: &BTreeMap<RepoPath, Entry>,
    after: &BTreeMap<RepoPath, Entry>,
    only: Option<&RepoPath>,
) -> Result<String, Error> {
    let paths: BTreeSet<&RepoPath> = before.keys().chain(after.keys()).collect();
    let mut text = String::new();
    for path in paths.into_iter().filter(|path| only.is_none_or(|only| only == *path)) {
        let (old, new) = (before.get(path), after.get(path));
        if old != new {
            text.push_str(&heading(path, old, new));
            hunks(bare, path, old, new, &mut text)?;
        }
    }
    Ok(text)
}

fn hunks(
    bare: &Bare,
    path: &RepoPath,
    old: Option<&Entry>,
    new: Option<&Entry>,
    text: &mut String,
) -> Result<(), Error> {
    let read = |entry: Option<&Entry>| entry.map_or(Ok(Some(String::new())), |entry| bare.text(entry.id));
    let (Some(before), Some(after)) = (read(old)?, read(new)?) else {
        let _ = writeln!(text, "Binary files a/{path} and b/{path} differ");
        return Ok(());
    };
    if before == after {
        return Ok(());
    }
    let side =
        |prefix: &str, entry: Option<&Entry>| entry.map_or("/dev/null".to_owned(), |_| format!("{prefix}/{path}"));
    let _ = writeln!(text, "--- {}\n+++ {}", side("a", old), side("b", new));
    let mut options = DiffOptions::new();
    options.context_lines(3).interhunk_lines(0).indent_heuristic(true).force_text(true);
    // Between two texts without a repository no attribute or driver can play a part.
    let mut print = || {
        let mut patch = Patch::from_buffers(before.as_bytes(), None, after.as_bytes(), None, Some(&mut options))?;
        patch.print(&mut |_, _, line| {
            match line.origin() {
                'F' => return true,
                sign @ ('+' | '-' | ' ') => text.push(sign),
                _ => {}
            }
            text.push_str(&String::from_utf8_lossy(line.content()));
            true
        })
    };
    print().map_err(bare.failed("compare two files"))
}

/// The commits behind the lines of `after`, when `lines` are those behind `before` and `commit` made
/// the one out of the other.
fn carry<'a>(
    lines: Vec<&'a Commit>,
    commit: &'a Commit,
    before: &str,
    after: &str,
) -> Result<Vec<&'a Commit>, git2::Error> {
    let mut options = DiffOptions::new();
    options.context_lines(0).interhunk_lines(0).indent_heuristic(true).force_text(true);
    let patch = Patch::from_buffers(before.as_bytes(), None, after.as_bytes(), None, Some(&mut options))?;
    let mut old = lines.into_iter();
    let (mut carried, mut done) = (Vec::new(), 0);
    for index in 0..patch.num_hunks() {
        let (hunk, _) = patch.hunk(index)?;
        // A hunk without old lines names the line before it, any other its first.
        let start = hunk.old_start().saturating_sub(u32::from(hunk.old_lines() > 0));
        carried.extend(old.by_ref().take(start.saturating_sub(done) as usize));
        carried.extend(std::iter::repeat_n(commit, hunk.new_lines() as usize));
        old.by_ref().take(hunk.old_lines() as usize).for_each(drop);
        done = start.saturating_add(hunk.old_lines());
    }
    carried.extend(old);
    Ok(carried)
}

fn heading(path: &RepoPath, old: Option<&Entry>, new: Option<&Entry>) -> String {
    let mode = |entry: &Entry| if entry.executable { "100755" } else { "100644" };
    let mut text = format!("diff --git a/{path} b/{path}\n");
    let _ = match (old.map(mode), new.map(mode)) {
        (None, Some(mode)) => writeln!(text, "new file mode {mode}"),
        (Some(mode), None) => writeln!(text, "deleted file mode {mode}"),
        (Some(old), Some(new)) if old != new => writeln!(text, "old mode {old}\nnew mode {new}"),
        _ => Ok(()),
    };
    text
}

struct Signed {
    author: String,
    when: String,
    subject: String,
}

fn signed(commit: &git2::Commit<'_>) -> Signed {
    let author = commit.author();
    let message = String::from_utf8_lossy(commit.message_bytes());
    Signed {
        author: String::from_utf8_lossy(author.name_bytes()).into_owned(),
        when: date(author.when()),
        subject: message.lines().next().unwrap_or_default().to_owned(),
    }
}

/// RFC 3339 with the offset that the author had.
pub(crate) fn date(time: git2::Time) -> String {
    let offset = Offset::from_seconds(time.offset_minutes().saturating_mul(60)).unwrap_or(Offset::UTC);
    let timestamp = Timestamp::from_second(time.seconds()).unwrap_or(Timestamp::UNIX_EPOCH);
    timestamp.to_zoned(TimeZone::fixed(offset)).strftime(DATE).to_string()
}
