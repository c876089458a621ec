//! Brings a git repository in: its history, along first parents, as the reviewable text that repositories are kept in.

use crate::bare::{Bare, MAX_TEXT_BYTES};
use crate::commit_patch::{Author, CommitPatch};
use crate::error::Error;
use crate::formats::{NAME_RULE, is_name};
use crate::history::{compare, date};
use crate::patch::{File, Files};
use crate::repository::Unfinished;
use domain::ids::{CommitId, RepoPath, RepositoryName};
use git2::{FileMode, ObjectType, Repository};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// Characters of a subject that become a patch's name.
const SLUG_CHARS: usize = 60;

/// A repository that was brought in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// Its folder.
    pub folder: PathBuf,
    /// Its commits, oldest first: the patch's name and the subject.
    pub commits: Vec<(String, String)>,
    /// The last commit as it is built from the text; differs from the original's id where authors did not commit
    /// themselves.
    pub head: CommitId,
}

/// Writes the history of the git repository at `from` under `repos`, from its `HEAD` along first parents. With `last`,
/// older commits become one first commit. Nothing stays behind when it fails.
///
/// # Errors
/// When there is no git repository, something in it is no plain text, or the name is taken.
pub fn import(from: &Path, name: &RepositoryName, repos: &Path, last: Option<usize>) -> Result<Imported, Error> {
    if !is_name(name.as_str()) {
        return Err(Error::unfit(format!("`{name}` is no name for a repository"), NAME_RULE));
    }
    let folder = repos.join(name.as_str());
    if folder.exists() {
        let what = format!("there is a repository `{name}` already, in {}", folder.display());
        return Err(Error::unfit(what, "choose another name, or remove that folder first"));
    }
    let source = Repository::open(from).map_err(|error| {
        let what = format!("{} is no git repository: {}", from.display(), error.message());
        Error::unfit(what, "name a folder that has one; `git init` and a commit make one of any folder")
    })?;
    fs::create_dir_all(repos).map_err(Error::io("create", repos))?;
    let scratch = Unfinished::beside(repos, &repos.join(format!("{name}.git")));
    let bare = Bare::create(&scratch.0)?;
    let new = Unfinished::beside(repos, &folder);
    let history = new.0.join("history");
    fs::create_dir_all(&history).map_err(Error::io("create", &history))?;
    let imported = write_down(&source, &bare, &history, last)?;
    let head = imported
        .last()
        .map(|step| step.id.clone())
        .ok_or_else(|| Error::unfit(format!("{} has no commit", from.display()), "commit something in it first"))?;
    let manifest = manifest(name, &head, &imported);
    fs::write(new.0.join("repository.toml"), manifest).map_err(Error::io("write", &new.0))?;
    fs::rename(&new.0, &folder).map_err(Error::io("name the repository", &folder))?;
    let commits = imported.into_iter().map(|step| (step.patch, step.subject)).collect();
    Ok(Imported { folder, commits, head })
}

struct Step {
    patch: String,
    subject: String,
    id: CommitId,
}

fn write_down(source: &Repository, bare: &Bare, history: &Path, last: Option<usize>) -> Result<Vec<Step>, Error> {
    let git = |error| Error::git("read the history", source.path())(error);
    let mut line = vec![source.head().and_then(|head| head.peel_to_commit()).map_err(git)?];
    while let Some(parent) = line.last().and_then(|commit| commit.parent(0).ok()) {
        if last.is_some_and(|last| line.len() >= last.max(1)) {
            break;
        }
        line.push(parent);
    }
    let mut steps: Vec<Step> = Vec::new();
    for commit in line.into_iter().rev() {
        let short = commit.id().to_string().get(..7).unwrap_or_default().to_owned();
        let files = files(source, &commit, &short)?;
        let signature = commit.author();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        let time = signature.when();
        let (name, mail) = (text(signature.name_bytes()), text(signature.email_bytes()));
        let author = Author { name, mail, seconds: time.seconds(), offset: time.offset_minutes() };
        let message = format!("{}\n", text(commit.message_bytes()));
        let parent = steps.last().map(|step| &step.id);
        let id = bare.commit(parent, &files, &author, &message)?;
        let before = parent.map_or(Ok(BTreeMap::new()), |parent| bare.entries(parent))?;
        let diff = compare(bare, &before, &bare.entries(&id)?, None)?;
        let Author { name, mail, .. } = &author;
        let patch = format!("Author: {name} <{mail}>\nDate: {}\n\n{message}---\n{diff}", date(time));
        readable(&patch, &short)?;
        let subject = message.lines().next().unwrap_or_default().to_owned();
        let file = format!("{:04}-{}.patch", steps.len() + 1, slug(&subject));
        let path = history.join(&file);
        fs::write(&path, patch).map_err(Error::io("write", &path))?;
        steps.push(Step { patch: file, subject, id });
    }
    Ok(steps)
}

/// What is written must be read again the same way.
fn readable(patch: &str, commit: &str) -> Result<(), Error> {
    CommitPatch::read(patch).map(|_| ()).map_err(|mistake| {
        let what = format!("commit {commit} cannot be written down: {}", mistake.what);
        Error::unfit(what, "bring in fewer commits with --last, or change that one")
    })
}

/// The files of a commit, which all have to be plain text.
fn files(source: &Repository, commit: &git2::Commit<'_>, short: &str) -> Result<Files, Error> {
    let git = |error| Error::git("read a commit", source.path())(error);
    let mut files = Files::new();
    let mut folders = vec![(String::new(), commit.tree().map_err(git)?)];
    while let Some((above, tree)) = folders.pop() {
        for entry in &tree {
            let path = format!("{above}{}", String::from_utf8_lossy(entry.name_bytes()));
            let unfit = |why: &str| {
                let what = format!("`{path}` in commit {short} {why}");
                Error::unfit(what, "take it out of the history, or bring in fewer commits with --last")
            };
            match entry.kind() {
                Some(ObjectType::Tree) => {
                    folders.push((format!("{path}/"), source.find_tree(entry.id()).map_err(git)?));
                }
                Some(ObjectType::Blob) if entry.filemode() == i32::from(FileMode::Link) => {
                    return Err(unfit("is a link, which may lead anywhere"));
                }
                Some(ObjectType::Blob) => {
                    let parsed =
                        RepoPath::parse(&path).map_err(|error| unfit(&format!("has no usable path: {error}")))?;
                    let blob = source.find_blob(entry.id()).map_err(git)?;
                    let text = std::str::from_utf8(blob.content()).ok().filter(|text| !text.contains('\0'));
                    let text = text.ok_or_else(|| unfit("is no UTF-8 text"))?;
                    if text.len() > MAX_TEXT_BYTES {
                        return Err(unfit(&format!("is larger than {MAX_TEXT_BYTES} bytes")));
                    }
                    let executable = entry.filemode() == i32::from(FileMode::BlobExecutable);
                    files.insert(parsed, File { text: text.into(), executable });
                }
                _ => return Err(unfit("is a submodule")),
            }
        }
    }
    Ok(files)
}

fn slug(subject: &str) -> String {
    let word = |character: char| if character.is_ascii_alphanumeric() { character.to_ascii_lowercase() } else { ' ' };
    let plain: String = subject.chars().take(SLUG_CHARS).map(word).collect();
    let slug = plain.split_whitespace().collect::<Vec<_>>().join("-");
    if slug.is_empty() { "commit".to_owned() } else { slug }
}

fn manifest(name: &RepositoryName, head: &CommitId, steps: &[Step]) -> String {
    let mut text = format!(
        "name     = \"{name}\"\nsummary  = \"{name}, brought in from its git repository.\"\nlanguage = \"python\"\nhead     = \"{head}\"\n"
    );
    for step in steps {
        let _ = write!(text, "\n[[commit]]\npatch = \"{}\"\nid    = \"{}\"\n", step.patch, step.id);
    }
    text
}
