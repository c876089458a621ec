//! Folding a log of 5,000 events, and the report on it.

fn main() {
    divan::main();
}
