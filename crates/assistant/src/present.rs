//! The repository as it stands after a candidate's changes. Claims are about the code that a session began with, and
//! are matched in it; what the index is asked for is told of the code as it is now.

use crate::code::{Code, Names};
use code_index::Index;
use domain::ids::RepoPath;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The code as it stands, with its index.
#[derive(Clone, Debug)]
pub struct Present {
    index: Arc<Index>,
    names: Names,
    texts: BTreeMap<RepoPath, Arc<str>>,
}

impl Present {
    /// The index must be that of the texts.
    pub fn new(index: Arc<Index>, texts: BTreeMap<RepoPath, Arc<str>>) -> Self {
        Self { names: Names::of(&index), index, texts }
    }

    /// The index.
    pub fn index(&self) -> &Arc<Index> {
        &self.index
    }

    /// Every file with its text.
    pub fn texts(&self) -> &BTreeMap<RepoPath, Arc<str>> {
        &self.texts
    }

    pub(crate) fn code(&self) -> Code<'_> {
        Code { index: &self.index, names: &self.names, texts: Some(&self.texts) }
    }
}
