//! What interviews are made of: loads `repos/` and `tasks/`, rebuilds the git history, hands out
//! files and history of a task, and records submissions. The only user of git2.
//!
//! A repository lies as reviewable patches beside the commit ids that they must give; this crate
//! builds bare git repositories from them. Patches are read and applied as plain data,
//! so that every mistake has a line; git2 stores the outcome and reads it back. Configuration of the
//! user or the machine plays no part in either.

mod bare;
mod commit_patch;
mod error;
mod folder;
mod formats;
mod history;
mod import;
mod key;
mod library;
mod manifest;
mod patch;
mod problem;
mod proofs;
mod repository;
mod skeleton;
mod spot;
mod testlets;

pub use error::Error;
pub use history::{BlameLine, Commit};
pub use import::{Imported, import};
pub use library::Library;
pub use patch::Mistake;
pub use problem::Problem;
pub use proofs::{Contradiction, KnowledgeProof, Observation, Proofs, Sample, VisibleTests, World};
pub use repository::Repository;
pub use skeleton::{NewTask, begin};
pub use spot::Spot;
