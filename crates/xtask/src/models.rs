//! Live models against a proxy that speaks their dialects, for `cargo xtask interop`.

use crate::failure::Failure;
use crate::house::House;
use crate::{python, tool};
use std::path::Path;
use std::process::Command;

/// Lets the built server talk to LiteLLM's proxy. It has its own environment: its packages are many and pin one another.
pub(crate) fn interop(house: &House, sandbox_python: &Path) -> Result<(), Failure> {
    let outside = python::install(house, "target/interop_models", "requirements/interop_models.txt")?;
    house.step("interop", "tests/interop/models.py");
    let mut models = Command::new(outside);
    models.arg(house.at("tests/interop/models.py"));
    models.env("CAVEAT", house.at("target/debug/caveat")).env("CAVEAT_PYTHON", sandbox_python);
    tool::shown(&mut models, "mend the dialect that is named above (crates/assistant/src/upstream/dialect)")
}
