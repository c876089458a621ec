//! Live words, held back until a paragraph is whole.

/// Cuts words that arrive in pieces into paragraphs: at blank lines, but never inside a fenced code block. All
/// paragraphs together are the words that came in, byte for byte.
#[derive(Clone, Debug, Default)]
pub struct Paragraphs {
    text: String,
    /// Start of the first line that was not looked at yet.
    line: usize,
    /// The mark that closes the open code block.
    fence: Option<String>,
    /// Some line of the paragraph has words.
    filled: bool,
    /// A blank line came after them: the paragraph ends where the next words begin.
    ended: bool,
}

impl Paragraphs {
    /// Takes the next words and hands out the paragraphs that are whole now, each with the blank lines behind it.
    pub fn push(&mut self, words: &str) -> Vec<String> {
        self.text.push_str(words);
        let mut whole = Vec::new();
        while let Some(length) = self.text[self.line..].find('\n') {
            let end = self.line + length + 1;
            if self.ends_before(self.line, end) {
                whole.push(self.release());
            } else {
                self.line = end;
            }
        }
        if self.ended && !self.text[self.line..].trim().is_empty() {
            whole.push(self.release());
        }
        whole
    }

    /// What is left when no more words come; none if there is nothing.
    pub fn finish(self) -> Option<String> {
        (!self.text.is_empty()).then_some(self.text)
    }

    /// Whether the paragraph so far ends before the line `start..end`.
    fn ends_before(&mut self, start: usize, end: usize) -> bool {
        let line = self.text[start..end].trim();
        let blank = line.is_empty();
        if let Some(fence) = &self.fence {
            if line.starts_with(fence.as_str()) && line.trim_start_matches(fence.as_str()).is_empty() {
                self.fence = None;
            }
            return false;
        }
        if blank {
            self.ended = self.filled;
            return false;
        }
        if self.ended {
            return true;
        }
        self.filled = true;
        self.fence = fence(line);
        false
    }

    /// Hands out everything before the line that is looked at.
    fn release(&mut self) -> String {
        let rest = self.text.split_off(self.line);
        let paragraph = std::mem::replace(&mut self.text, rest);
        self.line = 0;
        self.filled = false;
        self.ended = false;
        paragraph
    }
}

/// The mark that closes the code block which a line opens.
fn fence(line: &str) -> Option<String> {
    ['`', '~'].into_iter().find_map(|mark| {
        let length = line.chars().take_while(|character| *character == mark).count();
        (length >= 3).then(|| mark.to_string().repeat(length))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cut(text: &str) -> Vec<String> {
        let mut paragraphs = Paragraphs::default();
        let mut whole = paragraphs.push(text);
        whole.extend(paragraphs.finish());
        whole
    }

    #[test]
    fn paragraphs_end_at_blank_lines() {
        assert_eq!(cut("one\ntwo\n\n\nthree\n"), ["one\ntwo\n\n\n", "three\n"]);
        assert_eq!(cut("\n\none"), ["\n\none"]);
        assert_eq!(cut(""), [""; 0]);
    }

    #[test]
    fn a_code_block_stays_whole() {
        let text = "see:\n\n```python\na = 1\n\nb = 2\n```\n\nthen\n";
        assert_eq!(cut(text), ["see:\n\n", "```python\na = 1\n\nb = 2\n```\n\n", "then\n"]);
        assert_eq!(cut("````\n```\n\n````\n\nx").len(), 2);
        assert_eq!(cut("~~~\nnever closed\n\nx").len(), 1);
    }

    #[test]
    fn a_paragraph_is_held_back_until_the_next_begins() {
        let mut paragraphs = Paragraphs::default();
        assert_eq!(paragraphs.push("one\n"), [""; 0]);
        assert_eq!(paragraphs.push("\n "), [""; 0]);
        assert_eq!(paragraphs.push("t"), ["one\n\n"]);
        assert_eq!(paragraphs.push("wo\n"), [""; 0]);
        assert_eq!(paragraphs.finish().as_deref(), Some(" two\n"));
    }

    proptest! {
        #[test]
        fn however_the_words_arrive_the_paragraphs_are_the_same(
            lines in proptest::collection::vec("[a`~ é]{0,4}", 0..20),
            sizes in proptest::collection::vec(1usize..9, 1..20),
        ) {
            let text = lines.join("\n");
            let mut paragraphs = Paragraphs::default();
            let mut whole = Vec::new();
            let characters: Vec<char> = text.chars().collect();
            let mut at = 0;
            for size in sizes.iter().cycle().take_while(|_| !characters.is_empty()) {
                if at >= characters.len() {
                    break;
                }
                let end = (at + size).min(characters.len());
                whole.extend(paragraphs.push(&characters[at..end].iter().collect::<String>()));
                at = end;
            }
            whole.extend(paragraphs.finish());
            prop_assert_eq!(whole.concat(), text.clone());
            prop_assert_eq!(whole, cut(&text));
        }
    }
}
