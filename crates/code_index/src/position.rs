//! Text positions. The parser counts bytes of UTF-8, an editor counts UTF-16 units, people count lines.

use serde::{Deserialize, Serialize};

/// A place as an editor shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LineColumn {
    /// The line, counted from 1.
    pub line: u32,
    /// UTF-16 units before the place in its line.
    pub column: u32,
}

/// Converts the positions of one text. A position inside a character means the start of that character; one behind
/// the end means the end.
#[derive(Debug, Clone)]
pub struct LineIndex {
    bytes: usize,
    units: usize,
    /// First byte of each line.
    lines: Vec<usize>,
    /// The characters outside ASCII.
    wide: Vec<Wide>,
}

/// A character that does not count the same in both: where it starts and ends, in bytes and in units.
#[derive(Debug, Clone, Copy)]
struct Wide {
    bytes: (usize, usize),
    units: (usize, usize),
}

impl LineIndex {
    /// Reads a text once. Lines end with `\n`; a `\r` before it belongs to the line.
    pub fn new(text: &str) -> LineIndex {
        let mut index = LineIndex { bytes: text.len(), units: 0, lines: vec![0], wide: Vec::new() };
        for (at, character) in text.char_indices() {
            let (start, bytes) = (index.units, character.len_utf8());
            index.units += character.len_utf16();
            if character == '\n' {
                index.lines.push(at + 1);
            } else if bytes > 1 {
                index.wide.push(Wide { bytes: (at, at + bytes), units: (start, index.units) });
            }
        }
        index
    }

    /// Bytes to UTF-16 units.
    pub fn to_utf16(&self, byte: usize) -> usize {
        let byte = byte.min(self.bytes);
        let before = self.wide.partition_point(|wide| wide.bytes.0 < byte);
        match before.checked_sub(1).map(|last| self.wide[last]) {
            Some(wide) if byte < wide.bytes.1 => wide.units.0,
            Some(wide) => byte - wide.bytes.1 + wide.units.1,
            None => byte,
        }
    }

    /// UTF-16 units to bytes.
    pub fn to_byte(&self, utf16: usize) -> usize {
        let unit = utf16.min(self.units);
        let before = self.wide.partition_point(|wide| wide.units.0 < unit);
        match before.checked_sub(1).map(|last| self.wide[last]) {
            Some(wide) if unit < wide.units.1 => wide.bytes.0,
            Some(wide) => unit - wide.units.1 + wide.bytes.1,
            None => unit,
        }
    }

    /// The line and column of a byte.
    pub fn line_column(&self, byte: usize) -> LineColumn {
        let byte = byte.min(self.bytes);
        let line = self.lines.partition_point(|&start| start <= byte);
        let start = self.to_utf16(self.lines[line - 1]);
        LineColumn { line: line as u32, column: (self.to_utf16(byte) - start) as u32 }
    }

    /// The byte at a line and column; the end of the line if it is shorter. A line before the first means the start,
    /// one after the last the end.
    pub fn byte(&self, place: LineColumn) -> usize {
        let Some(line) = (place.line as usize).checked_sub(1) else { return 0 };
        let Some(&start) = self.lines.get(line) else { return self.bytes };
        let end = self.lines.get(line + 1).map_or(self.bytes, |&next| next - 1);
        self.to_byte(self.to_utf16(start) + place.column as usize).min(end)
    }

    /// How many lines there are; a text that ends with a line break has an empty last one.
    pub fn line_count(&self) -> u32 {
        self.lines.len() as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_emoji_and_a_combining_accent_convert_both_ways() {
        let text = "a🦀b\ne\u{301}x\r\nend";
        let index = LineIndex::new(text);
        // (text before the place, UTF-16 units, line, column)
        let table = [
            ("", 0, 1, 0),
            ("a", 1, 1, 1),
            ("a🦀", 3, 1, 3),
            ("a🦀b", 4, 1, 4),
            ("a🦀b\n", 5, 2, 0),
            ("a🦀b\ne", 6, 2, 1),
            ("a🦀b\ne\u{301}", 7, 2, 2),
            ("a🦀b\ne\u{301}x\r", 9, 2, 4),
            ("a🦀b\ne\u{301}x\r\n", 10, 3, 0),
            (text, 13, 3, 3),
        ];
        for (before, units, line, column) in table {
            let place = LineColumn { line, column };
            assert_eq!(index.to_utf16(before.len()), units, "{before:?}");
            assert_eq!(index.to_byte(units), before.len(), "{before:?}");
            assert_eq!(index.line_column(before.len()), place, "{before:?}");
            assert_eq!(index.byte(place), before.len(), "{before:?}");
        }
    }

    #[test]
    fn places_that_do_not_exist_become_the_nearest_that_does() {
        let index = LineIndex::new("a🦀b\nc");
        assert_eq!((index.to_utf16(3), index.to_utf16(99)), (1, 6));
        assert_eq!((index.to_byte(2), index.to_byte(99)), (1, 8));
        let byte = |line, column| index.byte(LineColumn { line, column });
        assert_eq!([byte(0, 5), byte(1, 99), byte(2, 99), byte(9, 0)], [0, 6, 8, 8]);
        assert_eq!(LineIndex::new("").line_column(7), LineColumn { line: 1, column: 0 });
    }

    proptest! {
        #[test]
        fn every_place_agrees_with_counting(text in "[a\n\r\u{e9}\u{301}\u{20ac}\u{1f980}]{0,40}") {
            let index = LineIndex::new(&text);
            for (at, _) in text.char_indices().chain([(text.len(), ' ')]) {
                let units = text[..at].encode_utf16().count();
                prop_assert_eq!(index.to_utf16(at), units);
                prop_assert_eq!(index.to_byte(units), at);
                prop_assert_eq!(index.byte(index.line_column(at)), at);
            }
        }
    }
}
