//! What can go wrong: only reading back what a cache kept.

/// Why bytes could not be read back as a [`crate::FileIndex`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// They were written by another version, or are something else.
    #[error("not an index of this version")]
    Format,
    /// They are cut off or changed.
    #[error("the index is damaged")]
    Damaged,
}
