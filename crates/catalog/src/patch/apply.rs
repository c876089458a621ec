//! Applies the changes of a diff to files.

use super::{Change, File, Files, Hunk, Kind, Mistake, Sign, conflict};

/// How to mend a patch that does not fit.
const HOW: &str = "make the patch anew against the revision it is meant for";

/// Applies one file's change.
pub(super) fn change(change: &Change, files: &mut Files) -> Result<(), Mistake> {
    let path = &change.path;
    let refuse = |what: String| Mistake::new(change.line, what, HOW);
    let old = files.get(path);
    match (change.kind, old) {
        (Kind::Create, Some(_)) => return Err(refuse(format!("`{path}` exists already"))),
        (Kind::Modify | Kind::Delete, None) => return Err(refuse(format!("there is no `{path}` to change"))),
        (Kind::Create, None) => {
            if let Some(other) = conflict(files, path) {
                return Err(refuse(format!("`{path}` cannot stand beside the file `{other}`")));
            }
        }
        (Kind::Modify | Kind::Delete, Some(_)) => {}
    }
    let text = hunks(change, old.map_or("", |file| &file.text))?;
    if change.kind == Kind::Delete {
        if !text.is_empty() {
            return Err(refuse(format!("`{path}` is deleted, but text of it would be left")));
        }
        files.remove(path);
        return Ok(());
    }
    let executable = change.executable.or(old.map(|file| file.executable)).unwrap_or(false);
    files.insert(path.clone(), File { text: text.into(), executable });
    Ok(())
}

fn hunks(change: &Change, old: &str) -> Result<String, Mistake> {
    let lines: Vec<&str> = old.split_inclusive('\n').collect();
    let mut text = String::with_capacity(old.len());
    let mut done = 0;
    for hunk in &change.hunks {
        let expected: Vec<(usize, &str)> = hunk.side(Sign::Add).collect();
        let aim = if expected.is_empty() { hunk.old_start } else { hunk.old_start.saturating_sub(1) };
        let at =
            locate(&lines, &expected, hunk, done, aim).ok_or_else(|| misfit(change, hunk, &lines, &expected, aim))?;
        text.extend(lines.get(done..at).unwrap_or_default().iter().copied());
        text.extend(hunk.side(Sign::Remove).map(|(_, line)| line));
        done = at + expected.len();
    }
    text.extend(lines.get(done..).unwrap_or_default().iter().copied());
    Ok(text)
}

impl Hunk {
    /// The lines of one side with their index in the hunk: all but those of the `other` sign.
    fn side(&self, other: Sign) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.lines.iter().enumerate();
        lines.filter(move |(_, line)| line.sign != other).map(|(index, line)| (index, line.text.as_str()))
    }

    fn ends_in_context(&self) -> bool {
        self.lines.last().is_some_and(|line| line.sign == Sign::Keep)
    }
}

/// The place nearest to the one aimed at where every old line stands, by the rules of `git apply`: a
/// hunk that names the first line stands at the start, one without context behind it at the end, and
/// of two places equally near the later one is taken.
fn locate(lines: &[&str], expected: &[(usize, &str)], hunk: &Hunk, done: usize, aim: usize) -> Option<usize> {
    let last = lines.len().checked_sub(expected.len())?;
    let fits = |at: usize| {
        (done..=last).contains(&at)
            && (at == 0 || hunk.old_start > 1)
            && (at == last || hunk.ends_in_context())
            && expected.iter().zip(lines.iter().skip(at)).all(|((_, expected), line)| expected == line)
    };
    (0..=lines.len()).flat_map(|way| [aim.checked_add(way), aim.checked_sub(way)]).flatten().find(|at| fits(*at))
}

fn misfit(change: &Change, hunk: &Hunk, lines: &[&str], expected: &[(usize, &str)], aim: usize) -> Mistake {
    let path = &change.path;
    let differs = expected.iter().enumerate().find(|(offset, (_, text))| lines.get(aim + offset) != Some(text));
    let Some((offset, (index, text))) = differs else {
        return Mistake::new(hunk.line, format!("the hunk does not fit into `{path}`"), HOW);
    };
    let line = hunk.line.saturating_add(u32::try_from(index + 1).unwrap_or(u32::MAX));
    let found =
        lines.get(aim + offset).map_or("nothing".to_owned(), |found| format!("`{}`", found.trim_end_matches('\n')));
    let what = format!(
        "the hunk does not apply: line {} of `{path}` should be `{}`, it is {found}",
        aim + offset + 1,
        text.trim_end_matches('\n'),
    );
    Mistake::new(line, what, HOW)
}
