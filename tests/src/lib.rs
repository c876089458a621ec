//! The product as users meet it: a server to talk to, and people who talk to it.

// This is test code though it stands outside of `#[test]`: what fails here fails the test, with its place.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, clippy::missing_panics_doc)]

mod binary;
mod desk;
mod guide;
mod house;
#[cfg(feature = "oidc")]
mod provider;
mod wire;

pub use binary::{Program, caveat, free_port};
pub use desk::{Candidate, Links, Reply, Shown};
pub use guide::{Block, blocks, follow, guide};
pub use house::{House, PUBLIC_URL, http, python, root};
#[cfg(feature = "oidc")]
pub use provider::{FakeProvider, Says};
pub use wire::{Heard, Wire};
