//! Whether what a candidate gets holds anything that is sealed: the statements themselves, their truth, the cause.

use super::Complaint;
use super::trial::short;
use catalog::{Error, Library, Spot};
use domain::task::Task;
use std::collections::BTreeSet;

/// A sentence shorter than this may well stand somewhere by chance.
const SENTENCE_CHARS: usize = 40;

/// Sealed sentences that stand in the repository, its history, the brief or the questions.
pub(crate) fn complaints(library: &Library, task: &Task) -> Result<Vec<Complaint>, Error> {
    let visible: Vec<(String, String)> =
        visible(library, task)?.into_iter().map(|(name, text)| (name, plain(&text))).collect();
    let mut complaints = Vec::new();
    for (spot, text) in sealed(task) {
        for sentence in sentences(&text) {
            if let Some((name, _)) = visible.iter().find(|(_, text)| text.contains(&sentence)) {
                let what = format!("{name} has this for a candidate to find: \"{}\"", short(&sentence));
                let hint = "word it differently, or take it out of what a candidate can see";
                complaints.push(Complaint::error("sealed-in-view", spot.clone(), what, hint));
            }
        }
    }
    Ok(complaints)
}

/// What a candidate can read without asking, with its name for a message.
fn visible(library: &Library, task: &Task) -> Result<Vec<(String, String)>, Error> {
    let (brief, name) = (&task.brief, &task.brief.name);
    let mut visible: Vec<(String, String)> =
        task.base.iter().map(|(path, text)| (format!("`{path}`"), text.to_string())).collect();
    visible.push(("the brief".to_owned(), brief.text.clone()));
    visible.push(("the task's summary".to_owned(), format!("{}. {}", brief.title, brief.summary)));
    visible.extend(brief.phases.iter().map(|phase| ("a phase's hint".to_owned(), phase.hint.clone())));
    for question in &brief.questions {
        visible
            .push((format!("question `{}`", question.id), format!("{} {}", question.text, question.choices.join(" "))));
    }
    for commit in library.history(name)? {
        let diff = library.commit_diff(name, &commit.id, None)?;
        let place = format!("commit {}", commit.id.as_str().get(..7).unwrap_or_default());
        // The diffs show lines behind a sign; what was once in a file counts as what is.
        let lines: Vec<&str> = diff.lines().map(|line| line.strip_prefix(['+', '-', ' ']).unwrap_or(line)).collect();
        visible.push((place, format!("{} {} {}", commit.subject, commit.body, lines.join("\n"))));
    }
    Ok(visible)
}

/// What stays sealed until the debrief, or is said by the assistant only.
fn sealed(task: &Task) -> Vec<(Spot, String)> {
    let key = &task.key;
    let mut sealed = Vec::new();
    let mut seal = |file: &str, key: &str, text: &str| sealed.push((Spot::new(file, key), text.to_owned()));
    for (id, pair) in &key.pairs {
        let file = format!("pairs/{id}.toml");
        seal(&file, "control", &pair.control);
        seal(&file, "plant", &pair.plant);
        seal(&file, "aside", &pair.aside.0);
        seal(&file, "aside_plant", &pair.aside.1);
        seal(&file, "refute", &pair.refute);
        seal(&file, "truth", &pair.truth);
    }
    for (number, fix) in key.tempting.iter().enumerate() {
        seal("task.toml", &format!("fixes.tempting.{number}.why"), &fix.why);
    }
    for (number, question) in task.brief.questions.iter().enumerate() {
        if let Some(answer) = key.answers.get(&question.id) {
            seal("questions.toml", &format!("question.{number}.why"), &answer.why);
        }
    }
    seal("task.toml", "diagnosis.cause", &key.diagnosis.cause);
    sealed
}

/// The sentences that are long enough to be no chance, in plain form.
fn sentences(text: &str) -> BTreeSet<String> {
    let sentences = text.split_inclusive(['.', ';', ':', '?', '!']).map(plain);
    // A dot inside a name splits a sentence, so that the pieces are put together again by looking at the whole, too.
    sentences.chain([plain(text)]).filter(|sentence| sentence.chars().count() >= SENTENCE_CHARS).collect()
}

/// Words in lower case with single blanks between them, without marks of emphasis or code.
fn plain(text: &str) -> String {
    let marks = |character: char| matches!(character, '`' | '*' | '"' | '.' | ';' | ':' | '?' | '!');
    text.to_lowercase().replace(marks, " ").split_whitespace().collect::<Vec<_>>().join(" ")
}
