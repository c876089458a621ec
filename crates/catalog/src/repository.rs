//! Builds the bare repositories: the plain history from `repos/<name>/`, and for every task the same
//! history with its defect in the right place.
//!
//! What was built is noted in the repository as a hash of all that went into it, so that an
//! unchanged library is not built again.

use crate::bare::Bare;
use crate::commit_patch::CommitPatch;
use crate::error::Error;
use crate::folder::{Folder, frame};
use crate::manifest::{DefectToml, RepositoryToml};
use crate::patch::Files;
use crate::problem::{Findings, Problem, Source};
use domain::ids::{CommitId, RepositoryName, TaskName};
use domain::plan::hex;
use sha2::{Digest, Sha256};
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Changes when the same files would be built differently.
const BUILD: &str = "1";

/// A repository that tasks are about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    /// Its name.
    pub name: RepositoryName,
    /// One sentence about it.
    pub summary: String,
    /// The programming language.
    pub language: &'static str,
    /// The last commit of its plain history, without any task's defect.
    pub head: CommitId,
}

/// One commit of the plain history.
#[derive(Clone, Debug)]
struct Step {
    /// The patch's name in `repository.toml`.
    name: String,
    patch: Source,
    id: CommitId,
    /// Where the id stands in `repository.toml`.
    span: Range<usize>,
}

/// A repository whose plain history is built.
#[derive(Clone, Debug)]
pub(crate) struct Plain {
    /// The bare repository.
    pub(crate) path: PathBuf,
    /// What may be said about it.
    pub(crate) about: Repository,
    steps: Vec<Step>,
    digest: String,
}

/// A task's own line of history, as its `task.toml` wants it.
pub(crate) struct Line<'a> {
    pub(crate) task: &'a TaskName,
    pub(crate) toml: &'a Source,
    pub(crate) defect: &'a DefectToml,
    pub(crate) patch: &'a Source,
    pub(crate) head: &'a CommitId,
    pub(crate) head_span: Range<usize>,
}

impl Plain {
    /// Reads a repository and builds its plain history; mistakes in its files are noted for `task`.
    pub(crate) fn load(
        repos: &Path,
        git_dir: &Path,
        name: &RepositoryName,
        task: &TaskName,
    ) -> Result<Result<Self, Vec<Problem>>, Error> {
        let mut findings = Findings::new(task.clone());
        let mut folder = Folder::read(&repos.join(name.as_str()), &mut findings);
        let hint = "write repository.toml with the commits of the history";
        let toml = folder.take("repository.toml", hint, &mut findings);
        let read = toml.as_ref().and_then(|toml| read(toml, name, &mut folder, &mut findings));
        let (Some(toml), Some((about, steps)), true) = (toml, read, findings.is_empty()) else {
            return Ok(Err(findings.into_problems()));
        };
        let path = git_dir.join(format!("{name}.git"));
        let plain = Self { path, about, steps, digest: folder.digest(BUILD) };
        if !plain.is_built()? && !plain.build(&toml, git_dir, &mut findings)? {
            return Ok(Err(findings.into_problems()));
        }
        Ok(Ok(plain))
    }

    fn is_built(&self) -> Result<bool, Error> {
        if !is_stamped(&self.path, "plain", &self.digest) {
            return Ok(false);
        }
        let bare = Bare::open(&self.path)?;
        Ok(bare.find(&self.about.head).is_some())
    }

    /// Builds into the repository that exists, or into a new folder that then takes its name.
    fn build(&self, toml: &Source, git_dir: &Path, findings: &mut Findings) -> Result<bool, Error> {
        if self.path.exists() {
            return self.write(&self.path, &Bare::open(&self.path)?, toml, findings);
        }
        let new = Unfinished::beside(git_dir, &self.path);
        if !self.write(&new.0, &Bare::create(&new.0)?, toml, findings)? {
            return Ok(false);
        }
        match fs::rename(&new.0, &self.path) {
            Ok(()) => Ok(true),
            // Another process was faster: what it built is checked as if it had been there before.
            Err(_) if self.path.exists() => self.write(&self.path, &Bare::open(&self.path)?, toml, findings),
            Err(error) => Err(Error::io("name the repository", &self.path)(error)),
        }
    }

    fn write(&self, path: &Path, bare: &Bare, toml: &Source, findings: &mut Findings) -> Result<bool, Error> {
        if bare.in_one_pack(|| self.write_steps(bare, toml, findings))?.is_none() {
            return Ok(false);
        }
        bare.point("refs/plain/head", &self.about.head)?;
        stamp(path, "plain", &self.digest)?;
        Ok(true)
    }

    fn write_steps(&self, bare: &Bare, toml: &Source, findings: &mut Findings) -> Result<Option<()>, Error> {
        let mut files = Files::new();
        let mut parent = None;
        for step in &self.steps {
            let Some(id) = write_step(bare, &step.patch, &mut files, parent.as_ref(), findings)? else {
                return Ok(None);
            };
            if id != step.id {
                findings.at(toml, &step.span, differs(&step.patch.file, &id, &step.id), HINT);
                return Ok(None);
            }
            parent = Some(id);
        }
        Ok(Some(()))
    }

    /// Builds a task's line; tells whether its ids are as pinned and notes what is wrong if not.
    pub(crate) fn build_line(&self, line: &Line<'_>, findings: &mut Findings) -> Result<bool, Error> {
        let bare = Bare::open(&self.path)?;
        let name = format!("task-{}", line.task);
        let digest = self.line_digest(line);
        if !is_stamped(&self.path, &name, &digest) || bare.find(line.head).is_none() {
            if bare.in_one_pack(|| self.write_line(&bare, line, findings))?.is_none() {
                return Ok(false);
            }
            stamp(&self.path, &name, &digest)?;
        }
        bare.point(&format!("refs/tasks/{}", line.task), line.head)?;
        Ok(true)
    }

    fn line_digest(&self, line: &Line<'_>) -> String {
        let mut hash = Sha256::new();
        let after = line.defect.after.get_ref().0.as_str();
        let id = line.defect.id.get_ref().0.as_str();
        for text in [&self.digest, after, id, &line.patch.text, line.head.as_str()] {
            frame(&mut hash, text);
        }
        hex(&hash.finalize())
    }

    fn write_line(&self, bare: &Bare, line: &Line<'_>, findings: &mut Findings) -> Result<Option<()>, Error> {
        let after = &line.defect.after;
        let Some(place) = self.steps.iter().position(|step| step.name == after.get_ref().0.as_str()) else {
            let what = format!("the repository's history has no patch `{}`", after.get_ref().0);
            findings.at(line.toml, &after.span(), what, "name a patch that repository.toml lists");
            return Ok(None);
        };
        let Some((defect, head)) = self.write_from(bare, place, line.patch, findings)? else { return Ok(None) };
        let pinned = &line.defect.id;
        if defect != pinned.get_ref().0 {
            findings.at(line.toml, &pinned.span(), differs(&line.patch.file, &defect, &pinned.get_ref().0), HINT);
            return Ok(None);
        }
        if head != *line.head {
            findings.at(line.toml, &line.head_span, differs("the task's head", &head, line.head), HINT);
        }
        Ok((head == *line.head).then_some(()))
    }

    /// Commits a defect behind one step and all later steps behind it: the defect's commit and the last one.
    fn write_from(
        &self,
        bare: &Bare,
        place: usize,
        patch: &Source,
        findings: &mut Findings,
    ) -> Result<Option<(CommitId, CommitId)>, Error> {
        let (before, later) = self.steps.split_at((place + 1).min(self.steps.len()));
        let Some(step) = before.last() else { return Ok(None) };
        let mut files = bare.files(&step.id)?;
        let Some(defect) = write_step(bare, patch, &mut files, Some(&step.id), findings)? else {
            return Ok(None);
        };
        let mut head = defect.clone();
        for step in later {
            let Some(id) = write_step(bare, &step.patch, &mut files, Some(&head), findings)? else { return Ok(None) };
            head = id;
        }
        Ok(Some((defect, head)))
    }

    /// The ids that a defect behind one step gives, or what is wrong with it there.
    pub(crate) fn land(
        &self,
        bare: &Bare,
        place: usize,
        patch: &Source,
    ) -> Result<Result<(CommitId, CommitId), Option<Problem>>, Error> {
        let mut findings = Findings::new(TaskName::from("new"));
        let landed = bare.in_one_pack(|| self.write_from(bare, place, patch, &mut findings))?;
        Ok(landed.ok_or_else(|| findings.into_problems().into_iter().next()))
    }

    /// The names of the patches, oldest first.
    pub(crate) fn patches(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().map(|step| step.name.as_str())
    }

    /// The text of a patch.
    pub(crate) fn step(&self, place: usize) -> Option<&str> {
        self.steps.get(place).map(|step| step.patch.text.as_ref())
    }
}

const HINT: &str = "a pinned id changes with every byte of the patch and of those before it: undo the change, or pin \
                    the id that the patch gives";

fn differs(what: &str, is: &CommitId, pinned: &CommitId) -> String {
    format!("{what} gives commit {is}, but {pinned} is pinned")
}

/// Reads `repository.toml` and the patches it names.
fn read(
    toml: &Source,
    name: &RepositoryName,
    folder: &mut Folder,
    findings: &mut Findings,
) -> Option<(Repository, Vec<Step>)> {
    let read: RepositoryToml = findings.toml(toml)?;
    if read.name.get_ref().0 != name.as_str() {
        let what = format!("the name is not the folder's, `{name}`");
        findings.at(toml, &read.name.span(), what, "write the folder's name");
    }
    let mut steps = Vec::new();
    for commit in read.commit.get_ref() {
        if let Some(patch) = folder.patch(&commit.patch, "history/", toml, findings) {
            let name = commit.patch.get_ref().0.as_str().to_owned();
            steps.push(Step { name, patch, id: commit.id.get_ref().0.clone(), span: commit.id.span() });
        }
    }
    folder.refuse_unused(findings);
    let (last, head) = (steps.last().map(|step| &step.id), &read.head);
    if last != Some(&head.get_ref().0) {
        findings.at(toml, &head.span(), "the head is not the last commit's id", "write the id of the last [[commit]]");
    }
    let language = read.language.word();
    let about = Repository { name: name.clone(), summary: read.summary, language, head: read.head.into_inner().0 };
    Some((about, steps))
}

fn write_step(
    bare: &Bare,
    source: &Source,
    files: &mut Files,
    parent: Option<&CommitId>,
    findings: &mut Findings,
) -> Result<Option<CommitId>, Error> {
    let step = CommitPatch::read(&source.text).and_then(|step| step.patch.apply(files).map(|()| step));
    match step {
        Ok(step) => bare.commit(parent, files, &step.author, &step.message).map(Some),
        Err(mistake) => {
            findings.in_patch(&source.file, mistake);
            Ok(None)
        }
    }
}

fn stamp_path(repository: &Path, name: &str) -> PathBuf {
    repository.join("caveat").join(name)
}

fn is_stamped(repository: &Path, name: &str, digest: &str) -> bool {
    fs::read_to_string(stamp_path(repository, name)).is_ok_and(|stamp| stamp == digest)
}

/// Notes that everything up to here was built from what `digest` stands for.
fn stamp(repository: &Path, name: &str, digest: &str) -> Result<(), Error> {
    let path = stamp_path(repository, name);
    let new = unfinished(&repository.join("caveat"), name);
    let write = || {
        fs::create_dir_all(repository.join("caveat"))?;
        fs::write(&new, digest)?;
        fs::rename(&new, &path)
    };
    write().map_err(Error::io("write", &path))
}

/// A name in `folder` that no other call of this or another process uses.
pub(crate) fn unfinished(folder: &Path, name: &str) -> PathBuf {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    folder.join(format!(".{name}.{}.{count}.unfinished", std::process::id()))
}

/// A folder that goes away unless it is renamed.
pub(crate) struct Unfinished(pub(crate) PathBuf);

impl Unfinished {
    pub(crate) fn beside(folder: &Path, path: &Path) -> Self {
        Self(unfinished(folder, &path.file_name().unwrap_or_default().to_string_lossy()))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // After the rename there is nothing left to remove, and nobody to tell if removing fails.
        let _ = fs::remove_dir_all(&self.0);
    }
}
