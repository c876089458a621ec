//! The library: every task that is in order, and what is wrong with the others.

use crate::bare::Bare;
use crate::commit_patch::Author;
use crate::error::Error;
use crate::folder::Folder;
use crate::formats::{NAME_RULE, is_name};
use crate::history::{BlameLine, Commit, History};
use crate::key::Reader;
use crate::manifest::TaskToml;
use crate::patch::{File, Files, Patch, conflict};
use crate::problem::{Findings, Problem, Source};
use crate::proofs::{Proofs, VisibleTests};
use crate::repository::{Line, Plain, Repository};
use domain::ids::{CommitId, RepoPath, RepositoryName, SessionId, TaskName};
use domain::task::{BaseFiles, Brief, DiagnosisKey, Key, RubricDimension, SuggestedPhase, Task};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Longest session a task may suggest, in minutes.
const MAX_MINUTES: u32 = 480;
/// Who hands in; the name says nothing about the person.
const CANDIDATE: (&str, &str) = ("Candidate", "candidate@caveat.invalid");

/// Every task that is in order, and what is wrong with the others. All calls block: they read files.
#[derive(Debug)]
pub struct Library {
    tasks: BTreeMap<TaskName, Loaded>,
    repositories: Vec<Repository>,
    problems: Vec<Problem>,
}

#[derive(Debug)]
struct Loaded {
    task: Arc<Task>,
    proofs: Proofs,
    /// The bare repository.
    repository: PathBuf,
    /// Taken while something is written to that repository.
    writing: Arc<Mutex<()>>,
}

impl Library {
    /// Reads the tasks of all `tasks` folders (each holds one folder for a task) with their
    /// repositories from `repos`, and brings the bare repositories under `git_dir` up to date. Quick
    /// when nothing has changed. A task with mistakes is left out and its [`Problem`]s are kept.
    ///
    /// # Errors
    /// When one of the folders itself cannot be read or made.
    pub fn load(repos: &Path, tasks: &[PathBuf], git_dir: &Path) -> Result<Self, Error> {
        fs::create_dir_all(git_dir).map_err(Error::io("create", git_dir))?;
        let mut loader = Loader { repos, git_dir, repositories: BTreeMap::new() };
        let mut library = Self { tasks: BTreeMap::new(), repositories: Vec::new(), problems: Vec::new() };
        for folder in folders(tasks)? {
            library.add(&folder, &mut loader);
        }
        library.repositories = loader.repositories.into_values().flatten().map(|(plain, _)| plain.about).collect();
        Ok(library)
    }

    fn add(&mut self, folder: &Path, loader: &mut Loader<'_>) {
        let name = TaskName(folder.file_name().unwrap_or_default().to_string_lossy().into_owned());
        let mut findings = Findings::new(name.clone());
        match self.tasks.entry(name.clone()) {
            Entry::Occupied(_) => {
                let hint = "rename one of the two folders, or serve only one of them";
                findings.in_file(&folder.display().to_string(), "another folder has a task of this name", hint);
            }
            Entry::Vacant(place) => match loader.task(folder, &name, &mut findings) {
                Ok(Some(loaded)) if findings.is_empty() => {
                    place.insert(loaded);
                }
                Ok(_) => {}
                Err(error) => {
                    let hint = "see that the data folder can be written and has space left";
                    findings.in_file(&folder.display().to_string(), error.to_string(), hint);
                }
            },
        }
        self.problems.extend(findings.into_problems());
    }

    /// The tasks that are in order, by name.
    pub fn tasks(&self) -> impl Iterator<Item = &Arc<Task>> {
        self.tasks.values().map(|loaded| &loaded.task)
    }

    /// A task by its name.
    pub fn task(&self, name: &TaskName) -> Option<Arc<Task>> {
        self.tasks.get(name).map(|loaded| Arc::clone(&loaded.task))
    }

    /// Puts a task in the place of the one of its name, whose repository and proofs stay: for tries with a key that
    /// stands in no folder.
    ///
    /// # Errors
    /// When there is no task of that name.
    pub fn replace(&mut self, task: Task) -> Result<(), Error> {
        let loaded = self.tasks.get_mut(&task.brief.name);
        let loaded = loaded.ok_or_else(|| Error::UnknownTask(task.brief.name.clone()))?;
        loaded.task = Arc::new(task);
        Ok(())
    }

    /// The repositories that the tasks are about, by name, as far as their history is in order.
    pub fn repositories(&self) -> &[Repository] {
        &self.repositories
    }

    /// What is wrong with the tasks that were left out.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// What an author's check runs besides the task's key.
    pub fn proofs(&self, task: &TaskName) -> Option<&Proofs> {
        self.tasks.get(task).map(|loaded| &loaded.proofs)
    }

    /// The files a session starts from, read anew from the bare repository.
    ///
    /// # Errors
    /// When the task is unknown or the repository cannot be read.
    pub fn checkout(&self, task: &TaskName) -> Result<BaseFiles, Error> {
        let loaded = self.loaded(task)?;
        Bare::open(&loaded.repository)?.base(&loaded.task.brief.head).map(Arc::new)
    }

    /// All commits up to the task's head, newest first.
    ///
    /// # Errors
    /// When the task is unknown or the repository cannot be read.
    pub fn history(&self, task: &TaskName) -> Result<Vec<Commit>, Error> {
        self.look(task, |history| history.commits())
    }

    /// The commits that touched a file, newest first; renames are not followed.
    ///
    /// # Errors
    /// When the task is unknown or the repository cannot be read.
    pub fn file_history(&self, task: &TaskName, path: &RepoPath) -> Result<Vec<Commit>, Error> {
        let mut commits = self.history(task)?;
        commits.retain(|commit| commit.files.contains(path));
        Ok(commits)
    }

    /// A file as a commit of the task's history left it.
    ///
    /// # Errors
    /// When task, commit or file is unknown, or the file is no text of at most one megabyte.
    pub fn file_at(&self, task: &TaskName, commit: &CommitId, path: &RepoPath) -> Result<String, Error> {
        self.look(task, |history| history.file_at(commit, path))
    }

    /// What a commit of the task's history changed, as a unified diff; with a path, in that file only.
    ///
    /// # Errors
    /// When task or commit is unknown, or the repository cannot be read.
    pub fn commit_diff(&self, task: &TaskName, commit: &CommitId, path: Option<&RepoPath>) -> Result<String, Error> {
        self.look(task, |history| history.diff(commit, path))
    }

    /// The lines of a file at the task's head, each with the commit it comes from.
    ///
    /// # Errors
    /// When task or file is unknown, or the file is no text of at most one megabyte.
    pub fn blame(&self, task: &TaskName, path: &RepoPath) -> Result<Vec<BlameLine>, Error> {
        self.look(task, |history| history.blame(path))
    }

    /// Commits what a session handed in, on top of the task's head, and points
    /// `refs/sessions/<session>` at it. `files` is the whole tree; `wall` is Unix milliseconds. The
    /// same input gives the same id, so a retry is harmless.
    ///
    /// # Errors
    /// When the task is unknown, one path stands in another's way, or the repository cannot be written.
    pub fn record_submission(
        &self,
        task: &TaskName,
        session: SessionId,
        files: &BTreeMap<RepoPath, String>,
        wall: i64,
        message: &str,
    ) -> Result<CommitId, Error> {
        let loaded = self.loaded(task)?;
        if let Some((path, other)) = files.keys().find_map(|path| Some((path, conflict(files, path)?))) {
            return Err(Error::PathConflict { path: path.clone(), other });
        }
        let bare = Bare::open(&loaded.repository)?;
        let head = &loaded.task.brief.head;
        let entries = bare.entries(head)?;
        let file = |(path, text): (&RepoPath, &String)| {
            let executable = entries.get(path).is_some_and(|entry| entry.executable);
            (path.clone(), File { text: text.as_str().into(), executable })
        };
        let files: Files = files.iter().map(file).collect();
        let (name, mail) = (CANDIDATE.0.to_owned(), CANDIDATE.1.to_owned());
        let author = Author { name, mail, seconds: wall.div_euclid(1000), offset: 0 };
        let message = format!("{}\n", message.replace('\0', "").trim_end());
        let _writing = loaded.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let id = bare.commit(Some(head), &files, &author, &message)?;
        bare.point(&format!("refs/sessions/{session}"), &id)?;
        Ok(id)
    }

    /// The task's files after a unified diff was applied to them.
    ///
    /// # Errors
    /// When the task is unknown, or the patch is malformed or does not apply.
    pub fn apply(&self, task: &TaskName, patch: &str) -> Result<BTreeMap<RepoPath, String>, Error> {
        let mut files = self.loaded(task)?.base();
        Patch::read(patch, 1)?.apply(&mut files)?;
        Ok(files.into_iter().map(|(path, file)| (path, file.text.as_ref().to_owned())).collect())
    }

    fn loaded(&self, task: &TaskName) -> Result<&Loaded, Error> {
        self.tasks.get(task).ok_or_else(|| Error::UnknownTask(task.clone()))
    }

    fn look<T>(&self, task: &TaskName, at: impl FnOnce(&History<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let loaded = self.loaded(task)?;
        let bare = Bare::open(&loaded.repository)?;
        at(&History { bare: &bare, task, head: &loaded.task.brief.head })
    }
}

impl Loaded {
    fn base(&self) -> Files {
        let file = |text: &Arc<str>| File { text: Arc::clone(text), executable: false };
        self.task.base.iter().map(|(path, text)| (path.clone(), file(text))).collect()
    }
}

/// The folders right under the given ones, by name.
fn folders(roots: &[PathBuf]) -> Result<Vec<PathBuf>, Error> {
    let mut folders = Vec::new();
    for root in roots {
        let entries = fs::read_dir(root).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let entries = entries.map_err(Error::io("read", root))?;
        let hidden = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        let mut found: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
        found.retain(|path| path.is_dir() && !hidden(path));
        found.sort();
        folders.extend(found);
    }
    Ok(folders)
}

/// A repository, and the lock that is taken while something is written to it.
type Shared = (Plain, Arc<Mutex<()>>);
/// A repository as one load has seen it, or what is wrong with it.
type Seen = Result<Shared, Vec<Problem>>;

/// Reads tasks and, once each, the repositories they need.
struct Loader<'a> {
    repos: &'a Path,
    git_dir: &'a Path,
    repositories: BTreeMap<RepositoryName, Seen>,
}

impl Loader<'_> {
    fn task(&mut self, path: &Path, name: &TaskName, findings: &mut Findings) -> Result<Option<Loaded>, Error> {
        if !is_name(name.as_str()) {
            findings.in_file(&path.display().to_string(), format!("the folder's name `{name}` is no name"), NAME_RULE);
            return Ok(None);
        }
        let mut folder = Folder::read(path, findings);
        let hint = "write task.toml, or move the folder out of the tasks";
        let Some(source) = folder.take("task.toml", hint, findings) else { return Ok(None) };
        let Some(toml) = findings.toml::<TaskToml>(&source) else { return Ok(None) };
        judge(&toml, name, &source, findings);
        let Some(defect) = folder.patch(&toml.defect.patch, "", &source, findings) else { return Ok(None) };
        let repository = RepositoryName(toml.repository.get_ref().0.clone());
        if !self.repos.join(repository.as_str()).is_dir() {
            let what = format!("there is no repository `{repository}` in {}", self.repos.display());
            let hint = "bring it in with `caveat repo add`, or name one that is there";
            findings.at(&source, &toml.repository.span(), what, hint);
            return Ok(None);
        }
        let Some((plain, writing)) = self.repository(&repository, name, findings)? else { return Ok(None) };
        let line = Line {
            task: name,
            toml: &source,
            defect: &toml.defect,
            patch: &defect,
            head: &toml.head.get_ref().0,
            head_span: toml.head.span(),
        };
        if !plain.build_line(&line, findings)? {
            return Ok(None);
        }
        let base = Bare::open(&plain.path)?.base(line.head)?;
        let digest = folder.digest(line.head.as_str());
        let orders = toml.assistant.orders.clone();
        let (brief, key, proofs) = read(path, &mut folder, toml, &source, &base, findings);
        let task = Arc::new(Task { brief, key, base: Arc::new(base), orders, digest });
        Ok(Some(Loaded { task, proofs, repository: plain.path, writing }))
    }

    /// The repository, built once in this load; its problems are noted for every task that needs it.
    fn repository(
        &mut self,
        name: &RepositoryName,
        task: &TaskName,
        findings: &mut Findings,
    ) -> Result<Option<Shared>, Error> {
        if !self.repositories.contains_key(name) {
            let seen = Plain::load(self.repos, self.git_dir, name, task)?;
            self.repositories.insert(name.clone(), seen.map(|plain| (plain, Arc::default())));
        }
        match self.repositories.get(name) {
            Some(Ok(seen)) => Ok(Some(seen.clone())),
            Some(Err(problems)) => {
                findings.repeat(problems);
                Ok(None)
            }
            None => Ok(None),
        }
    }
}

/// The rules of `task.toml` that its types do not hold.
fn judge(toml: &TaskToml, name: &TaskName, source: &Source, findings: &mut Findings) {
    if toml.name.get_ref().0 != name.as_str() {
        let what = format!("the name is not the folder's, `{name}`");
        findings.at(source, &toml.name.span(), what, "write the folder's name");
    }
    if !(1..=MAX_MINUTES).contains(toml.minutes.get_ref()) {
        findings.at(source, &toml.minutes.span(), "the minutes are out of range", "write 1 to 480 minutes");
    }
    if toml.tests.failing.get_ref().len() > 1 {
        let hint = "leave at most one visible test red, so that the tests do not give the cause away";
        findings.at(source, &toml.tests.failing.span(), "more than one visible test fails", hint);
    }
    for rubric in toml.rubric.iter().filter(|rubric| rubric.anchors.get_ref().len() != 4) {
        let what = format!("a dimension has four anchors, this one {}", rubric.anchors.get_ref().len());
        findings.at(source, &rubric.anchors.span(), what, "describe levels 1 to 4, one text each");
    }
}

/// Reads the rest of the folder, now that the files of the head are known.
fn read(
    path: &Path,
    folder: &mut Folder,
    toml: TaskToml,
    source: &Source,
    base: &BTreeMap<RepoPath, Arc<str>>,
    findings: &mut Findings,
) -> (Brief, Key, Proofs) {
    let file = |text: &Arc<str>| File { text: Arc::clone(text), executable: false };
    let files: Files = base.iter().map(|(path, text)| (path.clone(), file(text))).collect();
    let text = brief_text(folder, findings);
    let mut reader = Reader { folder, base: &files, findings };
    let (pairs, invented) = reader.pairs();
    let (knowledge, knowledge_proofs) = reader.knowledge();
    let questions = reader.questions();
    let (reference, tempting) = reader.fixes(&toml.fixes, source);
    let clarifications = reader.clarifications();
    let checks = reader.checks();
    let testlets = reader.testlets(&pairs);
    folder.refuse_unused(findings);
    folder.find_unwritten(findings);
    let key = Key {
        pairs,
        testlets: testlets.testlets,
        knowledge,
        clarifications,
        checks,
        answers: questions.answers,
        diagnosis: DiagnosisKey {
            location: toml.diagnosis.location,
            mechanism: toml.diagnosis.mechanism,
            cause: toml.diagnosis.cause,
        },
        reference,
        tempting,
        follow_ups: toml.follow_up.into_iter().map(|follow_up| follow_up.text).collect(),
        rubric: toml
            .rubric
            .into_iter()
            .map(|rubric| RubricDimension { dimension: rubric.dimension, anchors: rubric.anchors.into_inner() })
            .collect(),
    };
    let brief = Brief {
        name: TaskName(toml.name.into_inner().0),
        title: toml.title,
        summary: toml.summary,
        repository: RepositoryName(toml.repository.into_inner().0),
        head: toml.head.into_inner().0,
        minutes: toml.minutes.into_inner(),
        level: toml.level.word().to_owned(),
        focus: toml.focus,
        text,
        stable: toml.stable,
        phases: toml
            .phase
            .into_iter()
            .map(|phase| SuggestedPhase {
                name: phase.name.word().to_owned(),
                minutes: phase.minutes,
                hint: phase.hint,
            })
            .collect(),
        questions: questions.open,
        help: toml.assistant.help,
    };
    let proofs = Proofs {
        folder: path.to_owned(),
        version: toml.version,
        tests: VisibleTests { command: toml.tests.command, failing: toml.tests.failing.into_inner() },
        knowledge: knowledge_proofs,
        questions: questions.proofs,
        invented,
        worlds: testlets.worlds,
        contradictions: testlets.contradictions,
        samples: folder.samples(),
    };
    (brief, key, proofs)
}

fn brief_text(folder: &mut Folder, findings: &mut Findings) -> String {
    let hint = "write the ticket as its reporter would: the symptom and what good means, never the cause";
    let Some(source) = folder.take("brief.md", hint, findings) else { return String::new() };
    if source.text.trim().is_empty() {
        findings.in_file(&source.file, "the brief is empty", hint);
    }
    source.text.as_ref().to_owned()
}
