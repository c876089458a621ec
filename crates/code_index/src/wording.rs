//! Short texts taken from the source: signatures, docstrings, decorators, `__all__`.

/// A signature holds at most so many characters of an assigned value.
const LONGEST_ASSIGNMENT: usize = 100;

/// A definition's opening lines on one line: comments and needless white space removed.
pub(crate) fn signature(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut quote = None;
    let mut rest = source.chars();
    while let Some(character) = rest.next() {
        match (quote, character) {
            (None, '#') => {
                rest.by_ref().find(|&next| next == '\n');
                push_space(&mut out);
            }
            (None, '\\') => push_space(&mut out),
            (None, white) if white.is_whitespace() => push_space(&mut out),
            (None, closing @ (')' | ']' | '}')) => {
                trim_end(&mut out, &[' ', ',']);
                out.push(closing);
            }
            (Some(_), '\\') => {
                out.push('\\');
                out.extend(rest.next());
            }
            (open, character) => {
                if open == Some(character) {
                    quote = None;
                } else if open.is_none() && matches!(character, '"' | '\'') {
                    quote = Some(character);
                }
                out.push(character);
            }
        }
    }
    trim_end(&mut out, &[' ']);
    out
}

fn push_space(out: &mut String) {
    if !out.ends_with([' ', '(', '[', '{']) && !out.is_empty() {
        out.push(' ');
    }
}

fn trim_end(out: &mut String, characters: &[char]) {
    let length = out.trim_end_matches(characters).len();
    out.truncate(length);
}

/// The first line of an assignment, cut where it gets long.
pub(crate) fn assignment(source: &str) -> String {
    let first = source.lines().next().unwrap_or("").trim_end();
    let cut = first.char_indices().nth(LONGEST_ASSIGNMENT).map_or(first.len(), |(at, _)| at);
    let mut out = first[..cut].to_owned();
    if cut < source.trim_end().len() {
        out.push_str(" …");
    }
    out
}

/// The first paragraph of a docstring, on one line; nothing if it is empty.
pub(crate) fn first_paragraph(literal: &str) -> Option<String> {
    let body = unquoted(literal)?.trim_start();
    let lines = body.lines().map(str::trim).take_while(|line| !line.is_empty());
    let paragraph = lines.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ");
    (!paragraph.is_empty()).then_some(paragraph)
}

/// What stands between the quotes of a string literal.
pub(crate) fn unquoted(literal: &str) -> Option<&str> {
    let body = literal.trim_start_matches(|character: char| character.is_ascii_alphabetic());
    ["\"\"\"", "'''", "\"", "'"]
        .into_iter()
        .find_map(|quote| body.strip_prefix(quote).map(|rest| rest.strip_suffix(quote).unwrap_or(rest)))
}

/// The contents of the simple string literals in a piece of source, as in the value of `__all__`.
pub(crate) fn strings(source: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut rest = source;
    while let Some(start) = rest.find(['"', '\'', '#']) {
        let mark = rest.as_bytes()[start];
        let body = &rest[start + 1..];
        let end = if mark == b'#' { body.find('\n') } else { body.find(char::from(mark)) };
        let Some(end) = end else { break };
        if mark != b'#' && end > 0 {
            out.push(&body[..end]);
        }
        rest = &body[end + 1..];
    }
    out
}

/// A decorator without its `@`, on one line.
pub(crate) fn decorator(source: &str) -> String {
    signature(source.trim_start_matches('@'))
}

/// Whether a name is written as constants are.
pub(crate) fn is_constant(name: &str) -> bool {
    name.chars().any(char::is_uppercase) && !name.chars().any(char::is_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_one_line_without_comments() {
        let table = [
            ("def f(a, b = 1)", "def f(a, b = 1)"),
            ("def f(\n    a,  # the first\n    b='#',\n)\n -> int", "def f(a, b='#') -> int"),
            ("class  A (\n  B,\n)", "class A (B)"),
            ("def f(a=\"it's\",\r\n\tb='\\'#')", "def f(a=\"it's\", b='\\'#')"),
        ];
        for (source, expected) in table {
            assert_eq!(signature(source), expected, "{source:?}");
        }
    }

    #[test]
    fn a_docstring_gives_its_first_paragraph() {
        let table = [
            ("\"\"\"One.\n\n   Two.\"\"\"", Some("One.")),
            ("r'''\n  One\n  line.\n\n  Two'''", Some("One line.")),
            ("'short'", Some("short")),
            ("\"\"\"\"\"\"", None),
            ("''", None),
        ];
        for (source, expected) in table {
            assert_eq!(first_paragraph(source).as_deref(), expected, "{source:?}");
        }
    }

    #[test]
    fn long_assignments_are_cut() {
        assert_eq!(assignment("X = 1"), "X = 1");
        assert_eq!(assignment("X = [\n  1,\n]"), "X = [ …");
        assert_eq!(assignment(&format!("X = '{}'", "é".repeat(200))).chars().count(), 102);
    }

    #[test]
    fn exported_names_are_read_past_comments() {
        assert_eq!(strings("[\n 'a', # 'no'\n \"b\"]"), ["a", "b"]);
        assert!(strings("sorted(names").is_empty());
    }
}
