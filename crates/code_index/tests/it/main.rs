//! The index as its users meet it.

mod fixture;
mod links;
mod mentions;
mod outline;
mod robustness;
mod shapes;
