//! What was checked and how it ended, for the summary.

use crate::failure::Failure;
use crate::house::{self, House};
use std::time::Duration;

/// Every check of one run, in order.
pub(crate) struct Tally<'a> {
    house: &'a House,
    lines: Vec<(&'static str, Outcome)>,
}

enum Outcome {
    Passed(Duration),
    Failed(String),
    /// Not run, and why; never without a word.
    LeftOut(&'static str),
}

impl<'a> Tally<'a> {
    pub(crate) fn new(house: &'a House) -> Self {
        Self { house, lines: Vec::new() }
    }

    /// Runs one check; a failure is shown at once and the others still run.
    pub(crate) fn check(&mut self, name: &'static str, doing: &str, check: impl FnOnce() -> Result<(), Failure>) {
        self.house.step(name, doing);
        let before = self.house.elapsed();
        let outcome = match check() {
            Ok(()) => Outcome::Passed(self.house.elapsed().saturating_sub(before)),
            Err(failure) => {
                house::tell(&failure.to_string());
                Outcome::Failed(failure.short())
            }
        };
        self.lines.push((name, outcome));
    }

    /// Notes a check that does not run.
    pub(crate) fn leave_out(&mut self, name: &'static str, why: &'static str) {
        self.house.step(name, &format!("left out: {why}"));
        self.lines.push((name, Outcome::LeftOut(why)));
    }

    /// Prints the summary; fails when a check did.
    pub(crate) fn close(self) -> Result<(), Failure> {
        house::print(&summary(&self.lines));
        let count = |wanted: fn(&Outcome) -> bool| self.lines.iter().filter(|(_, outcome)| wanted(outcome)).count();
        let failed = count(|outcome| matches!(outcome, Outcome::Failed(_)));
        let passed = count(|outcome| matches!(outcome, Outcome::Passed(_)));
        let left_out = self.lines.len() - failed - passed;
        let line = format!("{passed} passed, {failed} failed, {left_out} left out");
        house::print(&format!("checks: {line}, in {:.0} s", self.house.elapsed().as_secs_f64()));
        if failed == 0 { Ok(()) } else { Err(Failure::new(format!("{failed} of the checks above"))) }
    }
}

fn summary(lines: &[(&'static str, Outcome)]) -> String {
    let lines = lines.iter().map(|(name, outcome)| match outcome {
        Outcome::Passed(took) => format!("  passed    {name:<12} {:6.1} s", took.as_secs_f64()),
        Outcome::Failed(why) => format!("  FAILED    {name:<12} {why}"),
        Outcome::LeftOut(why) => format!("  left out  {name:<12} {why}"),
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_has_a_line_for_every_check_and_says_why_one_was_left_out() {
        let lines = [
            ("format", Outcome::Passed(Duration::from_millis(1_240))),
            ("lints", Outcome::Failed("`cargo clippy` ended with exit status: 101".to_owned())),
            ("advisories", Outcome::LeftOut("they need a network")),
        ];
        assert_eq!(
            summary(&lines),
            "  passed    format          1.2 s\n  FAILED    lints        `cargo clippy` ended with exit status: 101\n  left out  advisories   they need a network"
        );
    }
}
