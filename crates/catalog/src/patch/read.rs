//! Reads the text of a diff.

use super::{Change, Hunk, HunkLine, Kind, Mistake, Sign};
use domain::ids::RepoPath;
use std::collections::BTreeSet;

/// What a path of a diff may be.
const DEV_NULL: &str = "/dev/null";
/// How to make a diff that this reads.
const HOW: &str = "make it with `git diff --no-renames --full-index --no-color -U3`";

/// Reads all changes of a diff.
pub(super) fn patch(text: &str, first_line: u32) -> Result<Vec<Change>, Mistake> {
    let mut reader = Reader { lines: text.lines().collect(), next: 0, first_line };
    reader.refuse_controls(text)?;
    let mut changes: Vec<Change> = Vec::new();
    let mut seen = BTreeSet::new();
    while let Some(line) = reader.peek() {
        if line.is_empty() {
            reader.next += 1;
            continue;
        }
        let change = reader.change()?;
        if !seen.insert(change.path.clone()) {
            return Err(Mistake::new(
                change.line,
                format!("`{}` is changed twice", change.path),
                "put all its hunks under one header",
            ));
        }
        changes.push(change);
    }
    if changes.is_empty() {
        return Err(reader.mistake("the diff is empty", HOW));
    }
    Ok(changes)
}

struct Reader<'a> {
    lines: Vec<&'a str>,
    next: usize,
    first_line: u32,
}

/// What the lines between `diff --git` and the first hunk say.
#[derive(Default)]
struct Header<'a> {
    created: bool,
    deleted: bool,
    executable: Option<bool>,
    old: Option<&'a str>,
    new: Option<&'a str>,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<&'a str> {
        self.lines.get(self.next).copied()
    }

    fn line(&self) -> u32 {
        self.first_line.saturating_add(u32::try_from(self.next).unwrap_or(u32::MAX))
    }

    fn mistake(&self, what: impl Into<String>, hint: impl Into<String>) -> Mistake {
        Mistake::new(self.line(), what, hint)
    }

    fn refuse_controls(&mut self, text: &str) -> Result<(), Mistake> {
        for (number, line) in text.split('\n').enumerate() {
            if let Some(control) = line.chars().find(|c| matches!(c, '\r' | '\0')) {
                self.next = number;
                let what = format!("the line has a {}", if control == '\r' { "carriage return" } else { "zero byte" });
                return Err(self.mistake(what, "patches hold text with plain newlines only"));
            }
        }
        Ok(())
    }

    fn change(&mut self) -> Result<Change, Mistake> {
        let line = self.line();
        let first = self.peek().unwrap_or_default();
        let named = match first.strip_prefix("diff --git ") {
            Some(names) => Some(self.named_twice(names)?),
            None if first.starts_with("--- ") => None,
            None => return Err(self.mistake("this line is no part of a diff", HOW)),
        };
        self.next += usize::from(named.is_some());
        let header = self.header()?;
        let path = self.path(line, named, &header)?;
        let kind = kind(&header);
        let mut hunks = Vec::new();
        while self.peek().is_some_and(|line| line.starts_with("@@ ")) {
            hunks.push(self.hunk()?);
        }
        if hunks.is_empty() && kind == Kind::Modify && header.executable.is_none() {
            return Err(Mistake::new(line, format!("nothing changes in `{path}`"), HOW));
        }
        Ok(Change { line, path, kind, executable: header.executable, hunks })
    }

    /// `a/x b/x`, the same name twice.
    fn named_twice(&self, names: &'a str) -> Result<&'a str, Mistake> {
        if names.contains('"') {
            return Err(self.mistake("the path is quoted", "give the file a plain ASCII name"));
        }
        let middle = names.len() / 2;
        let halves = names.get(..middle).zip(names.get(middle..));
        halves
            .and_then(|(old, new)| old.strip_prefix("a/").zip(new.strip_prefix(" b/")))
            .filter(|(old, new)| old == new)
            .map(|(_, path)| path)
            .ok_or_else(|| self.mistake("the header does not name one file as `a/… b/…`", HOW))
    }

    fn header(&mut self) -> Result<Header<'a>, Mistake> {
        let mut header = Header::default();
        while let Some(line) = self.peek() {
            if line.starts_with("@@ ") || line.starts_with("diff --git ") || line.is_empty() {
                break;
            }
            if let Some(old) = line.strip_prefix("--- ") {
                header.old = Some(old);
                self.next += 1;
                let new = self.peek().and_then(|line| line.strip_prefix("+++ "));
                header.new = Some(new.ok_or_else(|| self.mistake("`+++` is missing after `---`", HOW))?);
                self.next += 1;
                break;
            }
            self.extended(line, &mut header)?;
            self.next += 1;
        }
        Ok(header)
    }

    fn extended(&self, line: &str, header: &mut Header<'_>) -> Result<(), Mistake> {
        if let Some(mode) = line.strip_prefix("new file mode ") {
            header.created = true;
            header.executable = Some(self.mode(mode)?);
        } else if let Some(mode) = line.strip_prefix("deleted file mode ") {
            header.deleted = true;
            self.mode(mode)?;
        } else if let Some(mode) = line.strip_prefix("new mode ") {
            header.executable = Some(self.mode(mode)?);
        } else if let Some(mode) = line.strip_prefix("old mode ") {
            self.mode(mode)?;
        } else if let Some(ids) = line.strip_prefix("index ") {
            ids.split_once(' ').map(|(_, mode)| self.mode(mode)).transpose()?;
        } else if line == "GIT binary patch" || line.starts_with("Binary files ") {
            return Err(self.mistake("the patch changes a binary file", "repositories hold text files only"));
        } else if ["similarity ", "dissimilarity ", "rename ", "copy "].iter().any(|word| line.starts_with(word)) {
            return Err(self.mistake("the patch renames or copies a file", HOW));
        } else {
            return Err(self.mistake("this line is no part of a diff's header", HOW));
        }
        Ok(())
    }

    /// Whether a mode is that of an executable file; other things than files are refused.
    fn mode(&self, mode: &str) -> Result<bool, Mistake> {
        let what = match mode {
            "100644" => return Ok(false),
            "100755" => return Ok(true),
            "120000" => "a symbolic link".to_owned(),
            "160000" => "a submodule".to_owned(),
            other => format!("something of mode {other}"),
        };
        Err(self.mistake(
            format!("the patch makes or changes {what}"),
            "only regular files (modes 100644 and 100755) are accepted",
        ))
    }

    /// The file that the header names, when all its lines agree on it.
    fn path(&self, line: u32, named: Option<&str>, header: &Header<'_>) -> Result<RepoPath, Mistake> {
        let mut names: Vec<&str> = named.into_iter().collect();
        for (side, prefix, absent) in [(header.old, "a/", header.created), (header.new, "b/", header.deleted)] {
            let Some(side) = side.map(|side| side.strip_suffix('\t').unwrap_or(side)) else { continue };
            match side.strip_prefix(prefix) {
                Some(name) => names.push(name),
                None if side == DEV_NULL && (absent || named.is_none()) => {}
                None => {
                    let what = format!("`{side}` should start with `{prefix}`");
                    return Err(Mistake::new(line, what, HOW));
                }
            }
        }
        let first = names.first().copied().unwrap_or_default();
        if names.iter().any(|name| *name != first) {
            return Err(Mistake::new(line, "the header names more than one file", HOW));
        }
        RepoPath::parse(first)
            .map_err(|error| Mistake::new(line, error.to_string(), "name a file inside the repository, from its root"))
    }

    fn hunk(&mut self) -> Result<Hunk, Mistake> {
        let line = self.line();
        let (old_start, mut old_left, mut new_left) = ranges(self.peek().unwrap_or_default())
            .ok_or_else(|| self.mistake("the hunk's header is not `@@ -line,count +line,count @@`", HOW))?;
        self.next += 1;
        let mut lines: Vec<HunkLine> = Vec::new();
        while old_left > 0 || new_left > 0 || self.peek().is_some_and(|line| line.starts_with('\\')) {
            let Some(text) = self.peek() else {
                return Err(Mistake::new(line, "the hunk is shorter than its header says", HOW));
            };
            if text.starts_with('\\') {
                self.without_newline(&mut lines, old_left, new_left)?;
                continue;
            }
            let (sign, text) = signed(text).ok_or_else(|| {
                self.mistake("a line of a hunk starts with a space, `+` or `-`; the header counts more lines", HOW)
            })?;
            let counts = [(sign != Sign::Add, &mut old_left), (sign != Sign::Remove, &mut new_left)];
            for (_, left) in counts.into_iter().filter(|(counts, _)| *counts) {
                *left =
                    left.checked_sub(1).ok_or_else(|| self.mistake("the hunk is longer than its header says", HOW))?;
            }
            lines.push(HunkLine { sign, text: format!("{text}\n") });
            self.next += 1;
        }
        Ok(Hunk { line, old_start, lines })
    }

    /// `\ No newline at end of file`: takes the newline from the line before, which must end its side.
    fn without_newline(&mut self, lines: &mut [HunkLine], old_left: usize, new_left: usize) -> Result<(), Mistake> {
        let ends_its_side =
            |sign: Sign| (sign == Sign::Add || old_left == 0) && (sign == Sign::Remove || new_left == 0);
        match lines.last_mut().filter(|line| line.text.ends_with('\n') && ends_its_side(line.sign)) {
            Some(line) => {
                line.text.pop();
                self.next += 1;
                Ok(())
            }
            None => Err(self.mistake("only a file's last line can lack its newline", HOW)),
        }
    }
}

fn kind(header: &Header<'_>) -> Kind {
    if header.created || header.old == Some(DEV_NULL) {
        Kind::Create
    } else if header.deleted || header.new == Some(DEV_NULL) {
        Kind::Delete
    } else {
        Kind::Modify
    }
}

/// `@@ -a,b +c,d @@ …`: old start, old count, new count.
fn ranges(line: &str) -> Option<(usize, usize, usize)> {
    let (ranges, _) = line.strip_prefix("@@ -")?.split_once(" @@")?;
    let (old, new) = ranges.split_once(" +")?;
    let range = |text: &str| -> Option<(usize, usize)> {
        let (start, count) = text.split_once(',').unwrap_or((text, "1"));
        Some((start.parse().ok()?, count.parse().ok()?))
    };
    let ((old_start, old_count), (_, new_count)) = (range(old)?, range(new)?);
    Some((old_start, old_count, new_count))
}

/// Mail programs strip the space of an empty context line; git takes that too.
fn signed(line: &str) -> Option<(Sign, &str)> {
    if line.is_empty() {
        return Some((Sign::Keep, ""));
    }
    [(" ", Sign::Keep), ("-", Sign::Remove), ("+", Sign::Add)]
        .into_iter()
        .find_map(|(mark, sign)| line.strip_prefix(mark).map(|text| (sign, text)))
}
