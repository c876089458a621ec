//! What sessions of one task share, made once.

use assistant::{Offline, Present};
use code_index::Index;
use domain::ids::RepoPath;
use domain::session::{FileStatus, Workspace};
use domain::task::Task;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::thread;

/// What sessions of one task share.
pub struct Material {
    /// The task.
    pub task: Arc<Task>,
    /// The index of the base revision.
    pub index: Arc<Index>,
    /// The assistant that needs no model.
    pub offline: Arc<Offline>,
}

impl Material {
    /// Reads and indexes the task's code.
    pub fn new(task: Arc<Task>) -> Self {
        let files = task.base.iter().map(|(path, text)| (path.to_string(), Arc::clone(text)));
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let index = Arc::new(Index::build(files, threads));
        let offline = Arc::new(Offline::new(Arc::clone(&task), Arc::clone(&index)));
        Self { task, index, offline }
    }

    /// The code with changes over the base revision.
    pub(crate) fn with_changes(&self, workspace: &Workspace) -> Present {
        let mut index = Arc::clone(&self.index);
        let mut texts = self.task.base.as_ref().clone();
        for path in changed(workspace) {
            match workspace.text(&path) {
                Some(text) => {
                    index = Arc::new(index.with_file(path.as_str(), &text));
                    texts.insert(path, text.into());
                }
                None => {
                    index = Arc::new(index.without_file(path.as_str()));
                    texts.remove(&path);
                }
            }
        }
        Present::new(index, texts)
    }
}

/// The files that differ from the base revision, those that are gone included.
pub(crate) fn changed(workspace: &Workspace) -> BTreeSet<RepoPath> {
    let differs = |path: &&RepoPath| workspace.status(path) != FileStatus::Unchanged;
    workspace.paths().into_iter().filter(differs).cloned().chain(workspace.gone()).collect()
}
