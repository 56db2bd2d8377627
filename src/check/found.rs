//! What judging comes to: findings, and what could not be judged.
//!
//! Adds up. Never judges anything itself.

use crate::base::diagnostic::Severity;
use crate::model::finding::Finding;

/// What was found, and what could not be judged.
#[derive(Clone, Debug, Default)]
pub struct Judgement {
    /// What was found.
    pub findings: Vec<Finding>,
    /// Why an expectation could not be judged; such a step is an error, never a pass.
    pub errors: Vec<String>,
}

impl Judgement {
    /// Notes an expectation that could not be judged.
    pub fn cannot(&mut self, reason: impl Into<String>) {
        self.errors.push(reason.into());
    }

    /// True when no error was found and every expectation could be judged; warnings stop nothing.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.findings.iter().all(|f| f.severity != Severity::Error) && self.errors.is_empty()
    }

    /// Adds another judgement.
    pub fn extend(&mut self, other: Self) {
        self.findings.extend(other.findings);
        self.errors.extend(other.errors);
    }
}
