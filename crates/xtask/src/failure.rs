//! Why a step failed, and what mends it.

use std::fmt;

/// What went wrong, what the tool said, and the one thing that mends it.
#[derive(Debug)]
pub(crate) struct Failure {
    what: String,
    output: String,
    remedy: String,
}

impl Failure {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), output: String::new(), remedy: String::new() }
    }

    /// What the tool printed before it gave up.
    pub(crate) fn output(mut self, output: impl Into<String>) -> Self {
        self.output = output.into();
        self
    }

    /// What the reader should do now.
    pub(crate) fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = remedy.into();
        self
    }

    /// The failure in one line, for the summary.
    pub(crate) fn short(&self) -> String {
        if self.remedy.is_empty() { self.what.clone() } else { format!("{}; {}", self.what, self.remedy) }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in self.output.trim_end().lines() {
            writeln!(f, "    {line}")?;
        }
        write!(f, "failed: {}", self.what)?;
        if !self.remedy.is_empty() {
            write!(f, "\n  mend: {}", self.remedy)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_shows_the_output_first_and_the_remedy_last() {
        let failure = Failure::new("`npm ci` ended with 1").output("ENOTFOUND\n").remedy("check the network");
        assert_eq!(failure.to_string(), "    ENOTFOUND\nfailed: `npm ci` ended with 1\n  mend: check the network");
        assert_eq!(failure.short(), "`npm ci` ended with 1; check the network");
    }
}
