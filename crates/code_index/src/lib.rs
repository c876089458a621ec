//! What Python code says: text in; symbols, references, call sites and spans out. Never opens a file.
//!
//! [`FileIndex`] is one parsed text, [`Index`] a repository of them. Offsets are bytes of UTF-8; [`position`] converts
//! them to what an editor counts.

mod codec;
mod covering;
mod error;
mod file;
mod grammar;
mod index;
mod links;
mod lookup;
mod mentions;
mod modules;
mod names;
mod notes;
pub mod position;
mod resolve;
pub mod shape;
mod symbol;
mod tokens;
mod types;
mod walk;
mod wording;

pub use error::Error;
pub use file::FileIndex;
pub use index::{Index, is_test_file};
pub use mentions::{Mention, MentionForm, Mentioned};
pub use symbol::{
    CallSite, Callee, Certainty, Definition, OutlineItem, Reference, Stats, Symbol, SymbolId, SymbolKind, SyntaxError,
    Usage,
};

/// Whether a text has a place that is not Python. The grammar is a little wider than Python's own: it also takes the
/// print statement of Python 2, and does not know which statements are allowed where.
pub fn has_syntax_error(text: &str) -> bool {
    FileIndex::parse(text).syntax_error_count() > 0
}
