//! The product as users meet it, over HTTP: each story is somebody with something to do.

mod commands;
mod faults;
mod feed;
mod leaks;
mod practice;
mod recovery;
mod upstream;
