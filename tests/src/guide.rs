//! The authors' guide as a script: what its blocks of code say is written, run and compared.
//!
//! A block with a path behind its language is a file. A block `sh` is run by a shell in which `caveat` is this build's;
//! a block `text` behind it is what it prints, where `…` stands for anything.

use crate::binary::caveat;
use crate::house::{python, root};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

/// One block of code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// A file and its text.
    File(String, String),
    /// Commands.
    Run(String),
    /// What the commands before it print.
    Prints(String),
}

/// The blocks of a page, in their order, each with its line.
pub fn blocks(page: &str) -> Vec<(usize, Block)> {
    let mut blocks = Vec::new();
    // Where it began, its head, and its text so far.
    let mut open: Option<(usize, String, String)> = None;
    for (number, line) in page.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(head)) => open = Some((number + 1, head.to_owned(), String::new())),
            (Some((start, head, text)), Some(_)) => {
                let block = match (head.as_str(), head.split_once(' ')) {
                    ("sh", _) => Block::Run(text.clone()),
                    ("text", _) => Block::Prints(text.clone()),
                    (_, Some((_, path))) => Block::File(path.to_owned(), text.clone()),
                    (other, None) => panic!("line {start}: a block `{other}` is neither a file nor commands"),
                };
                blocks.push((*start, block));
                open = None;
            }
            (Some((_, _, text)), None) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, None) => {}
        }
    }
    blocks
}

/// Follows a page in a folder, and fails with the line at which it is not as the page says.
pub fn follow(page: &str, folder: &Path) {
    let bin = folder.join(".bin");
    fs::create_dir_all(&bin).expect("a folder for the program");
    symlink(caveat(), bin.join("caveat")).expect("the program under its name");
    let mut printed = String::new();
    for (line, block) in blocks(page) {
        match block {
            Block::File(path, text) => {
                let path = folder.join(path);
                fs::create_dir_all(path.parent().expect("a folder")).expect("its folder");
                fs::write(path, text).expect("a file");
            }
            Block::Run(commands) => printed = run(&commands, folder, line),
            Block::Prints(expected) => {
                assert!(is_like(&expected, &printed), "line {line}: it prints\n{printed}\nand not\n{expected}");
            }
        }
    }
}

fn run(commands: &str, folder: &Path, line: usize) -> String {
    let path = std::env::var("PATH").unwrap_or_default();
    let output = Command::new("sh")
        .args(["-eu", "-c", &format!("exec 2>&1\n{commands}")])
        .current_dir(folder)
        .env("PATH", format!("{}:{path}", folder.join(".bin").display()))
        .env("HOME", folder)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        // The same ids of commits every day.
        .env("GIT_AUTHOR_DATE", "2026-03-02T09:00:00+01:00")
        .env("CAVEAT_PYTHON", python())
        .output()
        .expect("a shell");
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "line {line}: {commands}\nends with {}:\n{printed}", output.status);
    printed
}

/// Whether a text is as expected, with `…` for anything, lines included.
fn is_like(expected: &str, text: &str) -> bool {
    let mut parts = expected.trim().split('…');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.trim().strip_prefix(first) else { return false };
    let mut last = first;
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
        last = part;
    }
    rest.is_empty() || last.is_empty()
}

/// The authors' guide.
pub fn guide() -> String {
    fs::read_to_string(root().join("tasks/README.md")).expect("the guide")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_files_commands_and_what_they_print() {
        let page = "text\n```sh\na b\n```\n```text\nc\n```\n```toml x/y.toml\nd = 1\n```\n";
        let expected = [
            (2, Block::Run("a b\n".into())),
            (5, Block::Prints("c\n".into())),
            (8, Block::File("x/y.toml".into(), "d = 1\n".into())),
        ];
        assert_eq!(blocks(page), expected);
    }

    #[test]
    fn dots_stand_for_anything_and_the_rest_for_itself() {
        assert!(is_like("a … c\n", "a b\nx c\n"));
        assert!(is_like("…\nend", "begin\nend"));
        assert!(is_like("begin…", "begin and more"));
        assert!(!is_like("a b", "a b c"));
        assert!(!is_like("a … d", "a b c"));
        assert!(!is_like("… c", "a b c d"));
    }
}
