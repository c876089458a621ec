use crate::fixture::{FILES, index};
use code_index::{Error, FileIndex, Index};
use std::sync::Arc;

#[test]
fn a_file_read_back_from_the_cache_is_the_same() {
    let read = |text: &str| FileIndex::from_bytes(&FileIndex::parse(text).to_bytes()).expect("what was written");
    let cached = Index::assemble(FILES.iter().map(|(path, text)| (*path, Arc::new(read(text)))));
    let draw = |index: &Index| {
        let references = |symbol: &code_index::Symbol| (symbol.clone(), index.references(symbol.id));
        index.symbols().map(references).collect::<Vec<_>>()
    };
    assert_eq!(draw(&cached), draw(&index()));
    assert_eq!(cached.stats(), index().stats());
}

#[test]
fn damaged_bytes_are_refused_or_harmless() {
    let (path, text) = FILES[1];
    let whole = FileIndex::parse(text).to_bytes();
    assert_eq!(FileIndex::from_bytes(b"something else").err(), Some(Error::Format));
    for length in (8..whole.len()).step_by(97) {
        assert_eq!(FileIndex::from_bytes(&whole[..length]).err(), Some(Error::Damaged), "{length}");
    }
    let mut refused = 0;
    for at in (8..whole.len()).step_by(13) {
        let mut changed = whole.clone();
        changed[at] ^= 0x55;
        let Ok(file) = FileIndex::from_bytes(&changed) else {
            refused += 1;
            continue;
        };
        let index = Index::assemble([(path, Arc::new(file))]);
        for byte in (0..text.len()).step_by(50) {
            index.definition_at(path, byte);
        }
        for symbol in index.symbols().take(5) {
            index.references(symbol.id);
        }
        index.outline(path);
    }
    assert!(refused > 0);
}
