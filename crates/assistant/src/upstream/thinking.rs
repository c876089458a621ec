//! Takes away what a model thinks aloud at the beginning of its words, where its server does not set that apart.

const OPEN: &str = "<think>";
const CLOSE: &str = "</think>";

/// How far the words have come.
#[derive(Debug)]
pub(super) enum Thinking {
    /// Too few words to tell; kept until it can be told.
    Unknown(String),
    /// Inside the thoughts; kept is what may be the beginning of their end.
    Inside(String),
    /// Behind them, before the first word.
    Behind,
    /// These are words.
    Over,
}

impl Default for Thinking {
    fn default() -> Self {
        Self::Unknown(String::new())
    }
}

impl Thinking {
    /// What may be shown after this piece.
    pub(super) fn push(&mut self, piece: String) -> String {
        match self {
            Self::Unknown(kept) => {
                kept.push_str(&piece);
                let begun = kept.trim_start();
                if let Some(thoughts) = begun.strip_prefix(OPEN) {
                    let thoughts = thoughts.to_owned();
                    *self = Self::Inside(String::new());
                    self.push(thoughts)
                } else if OPEN.starts_with(begun) {
                    String::new()
                } else {
                    let words = std::mem::take(kept);
                    *self = Self::Over;
                    words
                }
            }
            Self::Inside(kept) => {
                kept.push_str(&piece);
                if let Some((_, behind)) = kept.split_once(CLOSE) {
                    let behind = behind.to_owned();
                    *self = Self::Behind;
                    self.push(behind)
                } else {
                    let from = kept.floor_char_boundary(kept.len().saturating_sub(CLOSE.len()));
                    kept.drain(..from);
                    String::new()
                }
            }
            Self::Behind => {
                let words = piece.trim_start().to_owned();
                if !words.is_empty() {
                    *self = Self::Over;
                }
                words
            }
            Self::Over => piece,
        }
    }

    /// What was kept and turns out to be words, now that nothing follows.
    pub(super) fn finish(&mut self) -> String {
        match std::mem::replace(self, Self::Over) {
            Self::Unknown(kept) if !kept.trim().is_empty() => kept,
            _ => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thoughts_at_the_beginning_are_taken_away_however_they_are_cut() {
        for (said, shown) in [
            ("<think>Hm 🦀.</think>\n\nYes.", "Yes."),
            ("\n<think></think>Yes <think>no</think>", "Yes <think>no</think>"),
            ("Yes, <think> is a tag.", "Yes, <think> is a tag."),
            ("<thin", "<thin"),
            ("<think>for ever", ""),
            (" \n", ""),
            ("<b>", "<b>"),
        ] {
            for size in 1..=said.chars().count() {
                let characters: Vec<char> = said.chars().collect();
                let mut thinking = Thinking::default();
                let mut told: String =
                    characters.chunks(size).map(|piece| thinking.push(piece.iter().collect())).collect();
                told.push_str(&thinking.finish());
                assert_eq!(told, shown, "{said:?} by {size}");
            }
        }
    }
}
