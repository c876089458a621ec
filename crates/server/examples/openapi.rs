//! Writes the contract of the HTTP side, as it is committed beside this crate.

use std::io::Write;

fn main() -> std::io::Result<()> {
    let document = serde_json::to_string_pretty(&server::openapi())?;
    writeln!(std::io::stdout(), "{document}")
}
