//! The product as users meet it, over HTTP: each story is somebody with something to do.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "helpers of stories fail the story")]

mod accounts;
mod answers;
mod authoring;
mod canaries;
mod commands;
mod context;
mod exposure;
mod faults;
mod feed;
mod leaks;
mod library;
mod links;
mod matrix;
mod model_changes;
mod models;
#[cfg(feature = "oidc")]
mod oidc;
mod practice;
mod recovery;
mod resilience;
mod twins;
mod upstream;
mod upstream_faults;
mod voices;
mod words;
