//! Just enough of Rust's text to look for words in it.

/// The lines of a source that ship: without comments and without items for tests. With their numbers.
pub(crate) fn shipped(text: &str) -> Vec<(usize, &str)> {
    let mut lines = text.lines().enumerate().map(|(number, line)| (number + 1, line));
    let mut shipped = Vec::new();
    while let Some((number, line)) = lines.next() {
        if line.trim_start().starts_with("#[cfg(test)]") {
            lines.by_ref().find(|(_, next)| ends_item(next, indent(line)));
        } else if !line.trim_start().starts_with("//") {
            shipped.push((number, line));
        }
    }
    shipped
}

/// rustfmt puts the end of an item under its beginning.
fn ends_item(line: &str, margin: &str) -> bool {
    indent(line) == margin && (line.trim_start() == "}" || line.ends_with(';'))
}

fn indent(line: &str) -> &str {
    &line[..line.len() - line.trim_start().len()]
}

/// True when the word stands in the line on its own, not as a part of another.
pub(crate) fn has_word(line: &str, word: &str) -> bool {
    let is_part = |character: char| character.is_alphanumeric() || character == '_';
    // A pattern that begins or ends with a sign needs no border there.
    let begins = word.starts_with(is_part);
    let ends = word.ends_with(is_part);
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back().is_some_and(is_part);
        let after = line[at + word.len()..].chars().next().is_some_and(is_part);
        !(begins && before || ends && after)
    })
}

#[test]
fn only_what_ships_is_looked_at() {
    let text = "//! Doc.\nuse a;\n#[cfg(test)]\nmod fixture;\nfn f() {\n    // comment\n    g()\n}\n\n#[cfg(test)]\nmod tests {\n    fn t() {\n    }\n}\nfn h() {}\n";
    let lines: Vec<_> = shipped(text).into_iter().map(|(number, _)| number).collect();
    assert_eq!(lines, [2, 5, 7, 8, 9, 15]);
}

#[test]
fn words_are_whole() {
    for (line, word, expected) in [
        ("let now = Instant::now();", "Instant", true),
        ("let instantly = Instants;", "Instant", false),
        ("std::fs::read(x)", "std::fs", true),
        ("my_std::fs", "std::fs", false),
        ("a HashMap<K, V>", "HashMap", true),
    ] {
        assert_eq!(has_word(line, word), expected, "{word} in {line}");
    }
}
