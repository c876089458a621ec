//! Every distinct name of one file, stored once.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A name's number within one file.
pub(crate) type NameId = u32;

/// Stands where there is no name, scope, symbol or binding.
pub(crate) const NONE: u32 = u32::MAX;

/// A hash map without a random seed: this crate reads no source of randomness.
pub(crate) type FastMap<K, V> = HashMap<K, V, BuildHasherDefault<FoldHasher>>;

/// Folded multiplication, eight bytes at a time.
#[derive(Default)]
pub(crate) struct FoldHasher(u64);

impl FoldHasher {
    fn mix(&mut self, word: u64) {
        let product = u128::from(self.0 ^ word ^ 0x9e37_79b9_7f4a_7c15) * 0xd6e8_feb8_6659_fd93;
        self.0 = (product as u64) ^ ((product >> 64) as u64);
    }
}

impl Hasher for FoldHasher {
    fn write(&mut self, bytes: &[u8]) {
        let mut words = bytes.chunks_exact(8);
        for word in &mut words {
            let mut block = [0; 8];
            block.copy_from_slice(word);
            self.mix(u64::from_le_bytes(block));
        }
        let rest = words.remainder();
        let mut block = [0; 8];
        block[..rest.len()].copy_from_slice(rest);
        self.mix(u64::from_le_bytes(block) ^ ((bytes.len() as u64) << 56));
    }

    fn write_u32(&mut self, number: u32) {
        self.mix(u64::from(number));
    }

    fn write_u8(&mut self, byte: u8) {
        self.mix(u64::from(byte));
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// The names themselves, end to end in one string, found again through an open-addressed table.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    text: String,
    ends: Vec<u32>,
    table: Vec<u32>,
}

impl Names {
    /// The name with this number, or nothing when there is none.
    pub(crate) fn get(&self, id: NameId) -> &str {
        let id = id as usize;
        let start = match id.checked_sub(1) {
            Some(previous) => self.ends.get(previous).copied().unwrap_or(0),
            None => 0,
        };
        let end = self.ends.get(id).copied().unwrap_or(start);
        self.text.get(start as usize..end as usize).unwrap_or("")
    }

    /// How many names there are.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// All names in the order of their numbers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.ends.len()).map(|id| self.get(id as u32))
    }

    /// The number of a name, if the file has it.
    pub(crate) fn find(&self, name: &str) -> Option<NameId> {
        if self.table.is_empty() {
            return None;
        }
        let id = self.table[self.slot(name)];
        (id != NONE).then_some(id)
    }

    /// The number of a name, given to it now if it is new.
    pub(crate) fn intern(&mut self, name: &str) -> NameId {
        if (self.ends.len() + 1) * 2 > self.table.len() {
            self.grow();
        }
        let slot = self.slot(name);
        if self.table[slot] != NONE {
            return self.table[slot];
        }
        let id = self.ends.len() as u32;
        self.text.push_str(name);
        self.ends.push(self.text.len() as u32);
        self.table[slot] = id;
        id
    }

    /// Where a name stands in the table, or the free place it would take. The table is never full.
    fn slot(&self, name: &str) -> usize {
        let mask = self.table.len() - 1;
        let mut hasher = FoldHasher::default();
        hasher.write(name.as_bytes());
        let mut slot = (hasher.finish() >> 7) as usize & mask;
        while self.table[slot] != NONE && self.get(self.table[slot]) != name {
            slot = (slot + 1) & mask;
        }
        slot
    }

    fn grow(&mut self) {
        let size = (self.table.len() * 2).max(64);
        self.table.clear();
        self.table.resize(size, NONE);
        for id in 0..self.ends.len() as u32 {
            let slot = self.slot(self.get(id));
            self.table[slot] = id;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_number_while_the_table_grows() {
        let mut names = Names::default();
        let numbers: Vec<_> = (0..1000).map(|n| names.intern(&format!("name_{n}"))).collect();
        assert_eq!(numbers, (0..1000).collect::<Vec<u32>>());
        for number in 0..1000 {
            assert_eq!(names.find(&format!("name_{number}")), Some(number));
            assert_eq!(names.get(number), format!("name_{number}"));
        }
        assert_eq!((names.find("other"), names.get(5000), names.len()), (None, "", 1000));
    }

    #[test]
    fn an_empty_table_finds_nothing() {
        assert_eq!(Names::default().find("x"), None);
    }
}
