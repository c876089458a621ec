//! The one pacer: how much of an answer is visible when. It sees lengths and times only, so it cannot tell one
//! source, or one side of a claim pair, from another.

use crate::event::Rest;

/// Milliseconds from the composing of a part to its first words.
pub const FIRST_MS: u64 = 600;
/// Milliseconds between two chunks.
pub const CHUNK_MS: u64 = 60;
/// A chunk ends at the first word that reaches this many bytes.
pub const CHUNK_BYTES: usize = 24;

/// A part of an answer: when it was composed (session time, ms) and its text.
pub type Part<'a> = (u64, &'a str);

/// A chunk becomes visible: at this session time (ms), up to this byte of the whole text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Session time in milliseconds.
    pub due: u64,
    /// Visible up to this byte.
    pub upto: usize,
}

/// A part that waits inside, as the parts it is shown in.
pub fn rested<'t>(composed: u64, text: &'t str, rests: &[Rest]) -> Vec<Part<'t>> {
    let mut parts = Vec::with_capacity(rests.len() + 1);
    let (mut start, mut since) = (0, composed);
    for rest in rests {
        let end = text.floor_char_boundary(rest.at as usize).max(start);
        parts.push((since, &text[start..end]));
        (start, since) = (end, composed + u64::from(rest.ms));
    }
    parts.push((since, &text[start..]));
    parts
}

/// When each chunk of an answer becomes visible.
pub fn steps(parts: &[Part<'_>]) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut offset = 0;
    for (composed, text) in parts {
        for end in chunk_ends(text) {
            let earliest = composed + FIRST_MS;
            let due = steps.last().map_or(earliest, |last| earliest.max(last.due + CHUNK_MS));
            steps.push(Step { due, upto: offset + end });
        }
        offset += text.len();
    }
    steps
}

/// How many bytes of the whole text are visible at a session time.
pub fn visible(parts: &[Part<'_>], now: u64) -> usize {
    steps(parts).iter().take_while(|step| step.due <= now).last().map_or(0, |step| step.upto)
}

fn chunk_ends(text: &str) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut start = 0;
    for (at, character) in text.char_indices() {
        let end = at + character.len_utf8();
        if character.is_whitespace() && end - start >= CHUNK_BYTES {
            ends.push(end);
            start = end;
        }
    }
    if start < text.len() {
        ends.push(text.len());
    }
    ends
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nothing_shows_before_the_first_delay_and_all_of_it_at_the_end() {
        let parts = [(1000, "The newest page wins, because the corpus keeps one page a policy.")];
        assert_eq!(visible(&parts, 1000 + FIRST_MS - 1), 0);
        assert_eq!(visible(&parts, 1000 + FIRST_MS), "The newest page wins, because ".len() - "because ".len() + 8);
        assert_eq!(visible(&parts, 60_000), parts[0].1.len());
    }

    #[test]
    fn a_part_that_waits_inside_shows_like_parts_composed_one_after_the_other() {
        let text = "First words.\n\nSecond é.\n\nThird.";
        let rests = [Rest { at: 14, ms: 900 }, Rest { at: 26, ms: 4000 }];
        let parts = rested(100, text, &rests);
        assert_eq!(parts, [(100, "First words.\n\n"), (1000, "Second é.\n\n"), (4100, "Third.")]);
        assert_eq!(visible(&parts, 1000 + FIRST_MS - 1), 14);
        assert_eq!(rested(100, text, &[]), [(100, text)]);
        // What a log of somebody else may say breaks nothing.
        for rests in [[(22, 1), (3, 1)], [(900, 1), (900, 2)], [(0, 0), (0, 0)]] {
            let parts = rested(0, text, &rests.map(|(at, ms)| Rest { at, ms }));
            assert_eq!(parts.iter().map(|(_, piece)| *piece).collect::<String>(), text);
        }
    }

    #[test]
    fn a_later_part_waits_for_the_earlier_one() {
        let long = "word ".repeat(100);
        let steps = steps(&[(0, &long), (1, "tail")]);
        assert!(steps.windows(2).all(|pair| pair[1].due >= pair[0].due + CHUNK_MS));
        assert_eq!(steps.last().unwrap().upto, long.len() + 4);
    }

    proptest! {
        #[test]
        fn chunks_cut_at_characters_and_cover_the_text(text in "[a-z 🦀é\n]{0,200}") {
            let steps = steps(&[(0, &text)]);
            prop_assert!(steps.iter().all(|step| text.is_char_boundary(step.upto)));
            prop_assert_eq!(steps.last().map_or(0, |s| s.upto), text.len());
        }

        #[test]
        fn texts_of_the_same_word_lengths_are_paced_alike(words in proptest::collection::vec(1usize..12, 1..40)) {
            let shaped = |letter: &str| words.iter().map(|n| letter.repeat(*n)).collect::<Vec<_>>().join(" ");
            prop_assert_eq!(steps(&[(5, &shaped("a"))]), steps(&[(5, &shaped("z"))]));
        }
    }
}
