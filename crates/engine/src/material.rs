//! What sessions of one task share, made once.

use assistant::Offline;
use code_index::Index;
use domain::session::{FileStatus, Workspace};
use domain::task::Task;
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

    /// The index of changed files: the base revision's with the changes over it.
    pub(crate) fn index_of(&self, workspace: &Workspace) -> Arc<Index> {
        let changed = workspace.paths().into_iter().filter(|path| workspace.status(path) != FileStatus::Unchanged);
        let changed = changed.cloned().chain(workspace.gone()).map(|path| (workspace.text(&path), path));
        changed.fold(Arc::clone(&self.index), |index, (text, path)| match text {
            Some(text) => Arc::new(index.with_file(path.as_str(), &text)),
            None => Arc::new(index.without_file(path.as_str())),
        })
    }
}
