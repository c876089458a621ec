//! The index as its users meet it.

mod fixture;
mod links;
mod outline;
