//! Text of files under edit: change sets in the editor's form, applied to a rope in UTF-16 units.

use ropey::Rope;
use serde::de::Error as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The longest text a file may have, in UTF-16 units.
pub const MAX_UNITS: usize = 1_000_000;
/// The most sections a change set may have: an editor sends a few, a replacement throughout a file some hundreds.
pub const MAX_SECTIONS: usize = 10_000;

/// A change of a whole document, in the JSON form of CodeMirror's `ChangeSet`:
/// a number keeps that many UTF-16 units, `[n, line, …]` replaces `n` units by the lines joined with line feeds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangeSet(pub Vec<Section>);

/// One part of a change set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Section {
    /// Keeps this many UTF-16 units.
    Keep(usize),
    /// Replaces units by text.
    Replace {
        /// How many units go.
        delete: usize,
        /// What comes instead.
        insert: String,
    },
}

/// Why a change set does not fit a document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadChange {
    /// Made for a document of another length.
    #[error("the change is made for a text of {expected} UTF-16 units, the file has {actual}")]
    Length {
        /// What the change set spans.
        expected: usize,
        /// What the file has.
        actual: usize,
    },
    /// Cuts a surrogate pair in two.
    #[error("the change cuts the character at UTF-16 unit {unit} in two")]
    CutsCharacter {
        /// The position.
        unit: usize,
    },
    /// The result would be too long.
    #[error("the file would grow to {units} UTF-16 units; the limit is {MAX_UNITS}")]
    TooLong {
        /// What it would have.
        units: usize,
    },
}

impl ChangeSet {
    /// Bytes of the text this change adds.
    pub fn inserted_bytes(&self) -> usize {
        let bytes = |section: &Section| match section {
            Section::Keep(_) => 0,
            Section::Replace { insert, .. } => insert.len(),
        };
        self.0.iter().map(bytes).sum()
    }

    /// Applies the change; the document is untouched when it does not fit.
    pub fn apply(&self, document: &mut Rope) -> Result<(), BadChange> {
        self.check(document)?;
        let mut at = 0;
        for section in &self.0 {
            match section {
                Section::Keep(units) => at += units,
                Section::Replace { delete, insert } => {
                    let from = document.utf16_cu_to_char(at);
                    let to = document.utf16_cu_to_char(at + delete);
                    document.remove(from..to);
                    document.insert(from, insert);
                    at += insert.encode_utf16().count();
                }
            }
        }
        Ok(())
    }

    fn check(&self, document: &Rope) -> Result<(), BadChange> {
        let actual = document.len_utf16_cu();
        // Saturating: the numbers come from outside.
        let expected = self.0.iter().fold(0usize, |sum, section| match section {
            Section::Keep(units) => sum.saturating_add(*units),
            Section::Replace { delete, .. } => sum.saturating_add(*delete),
        });
        if expected != actual {
            return Err(BadChange::Length { expected, actual });
        }
        let mut old = 0;
        let mut units = actual;
        for section in &self.0 {
            match section {
                Section::Keep(kept) => old += kept,
                Section::Replace { delete, insert } => {
                    for edge in [old, old + delete] {
                        if document.char_to_utf16_cu(document.utf16_cu_to_char(edge)) != edge {
                            return Err(BadChange::CutsCharacter { unit: edge });
                        }
                    }
                    old += delete;
                    units = units - delete + insert.encode_utf16().count();
                }
            }
        }
        if units > MAX_UNITS {
            return Err(BadChange::TooLong { units });
        }
        Ok(())
    }
}

impl Serialize for ChangeSet {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|section| match section {
            Section::Keep(units) => Value::from(*units),
            Section::Replace { delete, insert } if insert.is_empty() => Value::from(vec![*delete]),
            Section::Replace { delete, insert } => {
                std::iter::once(Value::from(*delete)).chain(insert.split('\n').map(Value::from)).collect()
            }
        }))
    }
}

impl<'de> Deserialize<'de> for ChangeSet {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let parts = Vec::<Value>::deserialize(deserializer)?;
        if parts.len() > MAX_SECTIONS {
            return Err(D::Error::custom(format!(
                "a change set of {} sections; the limit is {MAX_SECTIONS}: send it in parts",
                parts.len()
            )));
        }
        parts
            .iter()
            .map(section)
            .collect::<Option<Vec<_>>>()
            .map(Self)
            .ok_or_else(|| D::Error::custom("a change set is a list of numbers and of [number, line, …] lists"))
    }
}

fn section(value: &Value) -> Option<Section> {
    if let Some(units) = value.as_u64() {
        return Some(Section::Keep(usize::try_from(units).ok()?));
    }
    let (delete, lines) = value.as_array()?.split_first()?;
    let lines: Vec<&str> = lines.iter().map(Value::as_str).collect::<Option<_>>()?;
    Some(Section::Replace { delete: usize::try_from(delete.as_u64()?).ok()?, insert: normalised(&lines.join("\n")) })
}

/// Text with line feeds only: the editor counts lines and units in this form.
pub fn normalised(text: &str) -> String {
    if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn applied(text: &str, json: &str) -> Result<String, BadChange> {
        let mut rope = Rope::from_str(text);
        let changes: ChangeSet = serde_json::from_str(json).unwrap();
        changes.apply(&mut rope).map(|()| rope.to_string())
    }

    #[test]
    fn changes_count_utf16_units_through_emoji_and_combining_accents() {
        // 🦀 is two units; é here is e + U+0301, two units as well.
        assert_eq!(applied("a🦀e\u{301}b", r#"[3,[2,"x"],1]"#).unwrap(), "a🦀xb");
        assert_eq!(applied("🦀", r#"[2,[0,"one","two"]]"#).unwrap(), "🦀one\ntwo");
        assert_eq!(applied("abc", r#"[1,[1],1]"#).unwrap(), "ac");
    }

    #[test]
    fn changes_that_do_not_fit_are_refused_and_say_why() {
        assert_eq!(applied("abc", "[2]"), Err(BadChange::Length { expected: 2, actual: 3 }));
        assert_eq!(applied("🦀", r#"[1,[1,"x"]]"#), Err(BadChange::CutsCharacter { unit: 1 }));
        assert_eq!(
            applied("", &format!(r#"[[0,"{}"]]"#, "x".repeat(MAX_UNITS + 1))),
            Err(BadChange::TooLong { units: MAX_UNITS + 1 })
        );
        assert!(applied("abc", r#"[18446744073709551615,[18446744073709551615]]"#).is_err());
    }

    #[test]
    fn forms_that_are_no_change_set_are_refused() {
        let many = format!("[{}]", vec!["[0]"; MAX_SECTIONS + 1].join(","));
        assert!(serde_json::from_str::<ChangeSet>(&many).unwrap_err().to_string().contains("sections"));
        for json in [r#"["x"]"#, "[-1]", "[[]]", r#"[["a"]]"#, "[[1,2]]", "{}"] {
            assert!(serde_json::from_str::<ChangeSet>(json).is_err(), "{json}");
        }
    }

    proptest! {
        #[test]
        fn a_change_set_survives_its_json_form(parts in proptest::collection::vec((0usize..9, "[a\n🦀é]{0,6}"), 0..8)) {
            let changes = ChangeSet(parts.into_iter().map(|(n, insert)| {
                if n % 2 == 0 { Section::Keep(n) } else { Section::Replace { delete: n, insert } }
            }).collect());
            let json = serde_json::to_string(&changes).unwrap();
            prop_assert_eq!(serde_json::from_str::<ChangeSet>(&json).unwrap(), changes);
        }

        #[test]
        fn any_change_either_fits_or_leaves_the_text_alone(text in "[a🦀\n]{0,12}", parts in proptest::collection::vec((any::<bool>(), 0usize..6, "[x🦀]{0,3}"), 0..6)) {
            let changes = ChangeSet(parts.into_iter().map(|(keep, n, insert)| {
                if keep { Section::Keep(n) } else { Section::Replace { delete: n, insert } }
            }).collect());
            let mut rope = Rope::from_str(&text);
            if changes.apply(&mut rope).is_err() {
                prop_assert_eq!(rope.to_string(), text);
            }
        }
    }
}
