//! Begins a task: its defect in the middle of a history, the undoing of it as a first reference fix, and every other
//! file with what is still to be written.

use crate::bare::Bare;
use crate::commit_patch::{Author, CommitPatch};
use crate::error::Error;
use crate::formats::{NAME_RULE, is_name};
use crate::history::{compare, date};
use crate::problem::Source;
use crate::repository::{Plain, Unfinished};
use domain::ids::{CommitId, RepoPath, RepositoryName, TaskName};
use std::fs;
use std::path::{Path, PathBuf};

/// Marks what an author still has to write.
pub(crate) const UNWRITTEN: &str = "WRITE:";
/// The defect lands after so much of the history, unless it is said where: neither the first suspect nor out of sight.
const PLACE: (usize, usize) = (2, 3);

const TASK: &str = include_str!("../skeleton/task.toml");
const BRIEF: &str = include_str!("../skeleton/brief.md");
const CLARIFICATIONS: &str = include_str!("../skeleton/clarifications.md");
const QUESTIONS: &str = include_str!("../skeleton/questions.toml");
const CHECK: &str = include_str!("../skeleton/check.toml");
const KNOWLEDGE: &str = include_str!("../skeleton/knowledge.toml");
const PAIR: &str = include_str!("../skeleton/pair.toml");
/// As few pairs as a plan can be drawn from, with whether they are decisive.
const PAIRS: &[(&str, bool)] = &[("first", true), ("second", true), ("third", false), ("fourth", false)];

/// What a new task is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTask {
    /// Its name.
    pub name: TaskName,
    /// The title on the page.
    pub title: String,
    /// The repository, which must be there.
    pub repository: RepositoryName,
    /// The defect: a unified diff, or a whole patch with author, date and message.
    pub defect: String,
    /// The subject of the commit that brings the defect in, where the patch has none.
    pub subject: Option<String>,
    /// The patch of the history behind which the defect lands; none: the best place at which it applies.
    pub after: Option<String>,
    /// Suggested minutes.
    pub minutes: u32,
    /// junior, mid or senior.
    pub level: String,
}

/// Where a defect lands, and what comes of it.
struct Landed {
    after: String,
    patch: String,
    defect: CommitId,
    head: CommitId,
}

/// Writes a new task under `tasks`, and gives its folder. Nothing stays behind when it fails.
///
/// # Errors
/// When a name is unfit or taken, the repository is unknown or broken, or the defect applies nowhere.
pub fn begin(repos: &Path, tasks: &Path, git_dir: &Path, new: &NewTask) -> Result<PathBuf, Error> {
    if !is_name(new.name.as_str()) {
        return Err(Error::unfit(format!("`{}` is no name for a task", new.name), NAME_RULE));
    }
    let folder = tasks.join(new.name.as_str());
    if folder.exists() {
        let what = format!("there is a task `{}` already, in {}", new.name, folder.display());
        return Err(Error::unfit(what, "choose another name, or remove that folder first"));
    }
    fs::create_dir_all(git_dir).map_err(Error::io("create", git_dir))?;
    let plain = Plain::load(repos, git_dir, &new.repository, &new.name)?.map_err(|problems| {
        let what = format!("the repository `{}` cannot be built", new.repository);
        Error::unfit(what, problems.first().map(ToString::to_string).unwrap_or_default())
    })?;
    let bare = Bare::open(&plain.path)?;
    let landed = land(&plain, &bare, new)?;
    let (head, sound) = (bare.entries(&landed.head)?, bare.entries(&plain.about.head)?);
    let reference = compare(&bare, &head, &sound, None)?;
    let subject = head.iter().filter(|(path, entry)| sound.get(*path) != Some(entry)).map(|(path, _)| path).next();
    fs::create_dir_all(tasks).map_err(Error::io("create", tasks))?;
    let unfinished = Unfinished::beside(tasks, &folder);
    for (inside, text) in files(new, &landed, subject, reference) {
        let path = unfinished.0.join(&inside);
        let write = || fs::create_dir_all(path.parent().unwrap_or(&path)).and_then(|()| fs::write(&path, &text));
        write().map_err(Error::io("write", &path))?;
    }
    fs::rename(&unfinished.0, &folder).map_err(Error::io("name the task", &folder))?;
    Ok(folder)
}

/// Tries the place that was asked for, or all of them from the best one backwards and then forwards.
fn land(plain: &Plain, bare: &Bare, new: &NewTask) -> Result<Landed, Error> {
    let names: Vec<&str> = plain.patches().collect();
    let best = (names.len() * PLACE.0 / PLACE.1).max(1) - 1;
    let places: Vec<usize> = match &new.after {
        Some(after) => {
            let place = names.iter().position(|name| name == after);
            vec![place.ok_or_else(|| {
                let what = format!("the history of `{}` has no patch `{after}`", new.repository);
                Error::unfit(what, format!("name one of: {}", names.join(", ")))
            })?]
        }
        None => (0..=best).rev().chain(best + 1..names.len()).collect(),
    };
    let mut mistake = None;
    for place in places {
        let patch = commit_patch(plain, place, new)?;
        let file = "the defect".to_owned();
        match plain.land(bare, place, &Source { file, text: patch.as_str().into() })? {
            Ok((defect, head)) => {
                let after = names.get(place).copied().unwrap_or_default().to_owned();
                return Ok(Landed { after, patch, defect, head });
            }
            // What is wrong at the best place says most.
            Err(problem) => mistake = mistake.or(problem),
        }
    }
    let what = mistake.map_or_else(|| "the history is empty".to_owned(), |problem| problem.to_string());
    Err(Error::unfit(
        format!("the defect lands nowhere in the history: {what}"),
        "make the diff against an early commit",
    ))
}

/// The defect as a commit behind a place: by the author before it, at a time before the next commit.
fn commit_patch(plain: &Plain, place: usize, new: &NewTask) -> Result<String, Error> {
    if new.defect.starts_with("Author:") {
        return Ok(new.defect.clone());
    }
    let subject = new.subject.as_deref().filter(|subject| !subject.trim().is_empty()).ok_or_else(|| {
        let what = "the defect has no commit message";
        Error::unfit(what, "say with --subject what its commit is said to do, innocently")
    })?;
    let time = |place: usize| plain.step(place).and_then(|text| CommitPatch::read(text).ok()).map(|step| step.author);
    let Some(Author { name, mail, seconds, offset }) = time(place) else {
        return Err(Error::unfit("the history is empty", "bring in a repository with commits"));
    };
    let next = time(place + 1).map_or(seconds + 2 * 3600, |next| next.seconds.max(seconds));
    let when = date(git2::Time::new(seconds + (next - seconds) / 2, offset));
    Ok(format!("Author: {name} <{mail}>\nDate: {when}\n\n{}\n---\n{}", subject.trim(), new.defect))
}

fn files(new: &NewTask, landed: &Landed, subject: Option<&RepoPath>, reference: String) -> Vec<(String, String)> {
    let subject = subject.map_or_else(|| format!("{UNWRITTEN} path::symbol"), ToString::to_string);
    let minutes = new.minutes.to_string();
    let values = [
        ("{name}", new.name.as_str()),
        ("{title}", &new.title),
        ("{repository}", new.repository.as_str()),
        ("{minutes}", &minutes),
        ("{level}", &new.level),
        ("{head}", landed.head.as_str()),
        ("{after}", &landed.after),
        ("{defect}", landed.defect.as_str()),
        ("{subject}", &subject),
    ];
    let filled = |text: &str| values.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value));
    let mut files = vec![
        ("task.toml".to_owned(), filled(TASK)),
        ("brief.md".to_owned(), filled(BRIEF)),
        ("clarifications.md".to_owned(), CLARIFICATIONS.to_owned()),
        ("questions.toml".to_owned(), QUESTIONS.to_owned()),
        ("testlets.toml".to_owned(), String::new()),
        ("checks/first.toml".to_owned(), CHECK.to_owned()),
        ("knowledge/first.toml".to_owned(), filled(KNOWLEDGE)),
        ("defect.patch".to_owned(), landed.patch.clone()),
        ("fixes/reference.patch".to_owned(), reference),
    ];
    files.extend(PAIRS.iter().map(|(id, decisive)| {
        let text = filled(PAIR).replace("{decisive}", if *decisive { "true" } else { "false" }).replace("{id}", id);
        (format!("pairs/{id}.toml"), text)
    }));
    files
}
