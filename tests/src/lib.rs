//! The product as users meet it: a server to talk to, and people who talk to it.

mod binary;
mod desk;
mod house;

pub use binary::{Program, caveat, free_port};
pub use desk::{Candidate, Links, Reply, Shown};
pub use house::{House, http, python, root};
