//! One commit as reviewable text: author, date, message and diff.

use crate::patch::{Mistake, Patch};
use jiff::fmt::strtime::BrokenDownTime;

/// The form of a date, and of every time this crate hands out.
pub(crate) const DATE: &str = "%Y-%m-%dT%H:%M:%S%:z";

/// Who made a commit, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Author {
    pub(crate) name: String,
    pub(crate) mail: String,
    /// Unix seconds.
    pub(crate) seconds: i64,
    /// Minutes east of UTC.
    pub(crate) offset: i32,
}

/// One commit as reviewable text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CommitPatch {
    pub(crate) author: Author,
    /// Ends with exactly one newline.
    pub(crate) message: String,
    pub(crate) patch: Patch,
}

impl CommitPatch {
    /// Reads `Author:`, `Date:`, a blank line, the message, `---` and the diff.
    pub(crate) fn read(text: &str) -> Result<Self, Mistake> {
        let mut lines = text.lines();
        let (name, mail) = lines.next().and_then(author).ok_or_else(|| {
            Mistake::new(1, "the first line is not `Author: Name <mail>`", "start the patch with its author")
        })?;
        let (seconds, offset) = lines.next().and_then(date).ok_or_else(|| {
            let hint = "write the date like `Date: 2025-03-03T09:12:00+01:00`";
            Mistake::new(2, "the second line is no date with an offset", hint)
        })?;
        if lines.next().is_none_or(|line| !line.is_empty()) {
            return Err(Mistake::new(3, "the third line is not blank", "put a blank line before the message"));
        }
        let rest: Vec<&str> = lines.collect();
        let end = rest.iter().position(|line| *line == "---").ok_or_else(|| {
            Mistake::new(4, "no line `---` ends the message", "put a line `---` between the message and the diff")
        })?;
        let message = rest.get(..end).unwrap_or_default();
        let start = 5 + end;
        let trimmed = message.join("\n").trim_end_matches('\n').to_owned();
        if trimmed.lines().next().is_none_or(|subject| subject.trim().is_empty()) {
            return Err(Mistake::new(4, "the commit has no subject line", "write one line that says what changes"));
        }
        if let Some((index, _)) = message.iter().enumerate().find(|(_, line)| line.contains(['\r', '\0'])) {
            let hint = "messages hold text with plain newlines only";
            return Err(Mistake::new(number(4 + index), "the message has a carriage return or zero byte", hint));
        }
        let diff: String = text.split_inclusive('\n').skip(start - 1).collect();
        let patch = Patch::read(&diff, number(start))?;
        Ok(Self { author: Author { name, mail, seconds, offset }, message: format!("{trimmed}\n"), patch })
    }
}

fn number(line: usize) -> u32 {
    u32::try_from(line).unwrap_or(u32::MAX)
}

fn author(line: &str) -> Option<(String, String)> {
    let (name, mail) = line.strip_prefix("Author: ")?.split_once(" <")?;
    let mail = mail.strip_suffix('>')?;
    let plain = |text: &str| {
        !text.is_empty() && text.trim() == text && !text.contains(['<', '>']) && !text.contains(char::is_control)
    };
    (plain(name) && plain(mail)).then(|| (name.to_owned(), mail.to_owned()))
}

/// Unix seconds and minutes east of UTC.
fn date(line: &str) -> Option<(i64, i32)> {
    let time = BrokenDownTime::parse(DATE, line.strip_prefix("Date: ")?).ok()?;
    Some((time.to_timestamp().ok()?.as_second(), time.offset()?.seconds() / 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIFF: &str = "diff --git a/x b/x\nnew file mode 100644\n--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+one\n";

    fn with(head: &str) -> Result<CommitPatch, Mistake> {
        CommitPatch::read(&format!("{head}{DIFF}"))
    }

    #[test]
    fn a_patch_gives_author_time_and_message() {
        let read = with("Author: Ada B. <a@b.example>\nDate: 2025-03-03T09:12:00-03:30\n\nSubject\n\nBody.\n\n\n---\n")
            .unwrap();
        let Author { name, mail, seconds, offset } = read.author;
        assert_eq!((name.as_str(), mail.as_str(), seconds, offset), ("Ada B.", "a@b.example", 1_741_005_720, -210));
        assert_eq!(read.message, "Subject\n\nBody.\n");
    }

    #[test]
    fn a_broken_head_is_named_by_its_line() {
        let cases = [
            ("Author Ada\n", 1, "Author"),
            ("Author: Ada <a>\nDate: yesterday\n", 2, "date"),
            ("Author: Ada <a>\nDate: 2025-03-03T09:12:00\n", 2, "offset"),
            ("Author: Ada <a>\nDate: 2025-03-03T09:12:00+01:00\nSubject\n", 3, "blank"),
            ("Author: Ada <a>\nDate: 2025-03-03T09:12:00+01:00\n\n---\n", 4, "subject"),
            ("Author: Ada <a>\nDate: 2025-03-03T09:12:00+01:00\n\nSubject\nno end\n", 4, "---"),
        ];
        for (head, line, what) in cases {
            let mistake = with(head).unwrap_err();
            assert_eq!(mistake.line, line, "{head:?}: {mistake}");
            assert!(mistake.what.contains(what), "{head:?}: {mistake}");
        }
    }
}
