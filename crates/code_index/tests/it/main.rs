//! The index as its users meet it.
#![expect(clippy::expect_used, clippy::panic, reason = "a helper that fails fails its test")]

mod cache;
mod fixture;
mod links;
mod mentions;
mod outline;
mod robustness;
mod shapes;
