//! What sessions of one task share, made once.

use assistant::Offline;
use code_index::Index;
use domain::task::Task;
use std::sync::Arc;
use std::thread;

pub(crate) struct Material {
    pub(crate) task: Arc<Task>,
    /// The index of the base revision.
    pub(crate) index: Arc<Index>,
    pub(crate) offline: Arc<Offline>,
}

impl Material {
    pub(crate) fn new(task: Arc<Task>) -> Self {
        let files = task.base.iter().map(|(path, text)| (path.to_string(), Arc::clone(text)));
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let index = Arc::new(Index::build(files, threads));
        let offline = Arc::new(Offline::new(Arc::clone(&task), Arc::clone(&index)));
        Self { task, index, offline }
    }
}
