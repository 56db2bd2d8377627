//! The identity of checks and of the requirements they stand on.
//!
//! Names only: what a check does is in `check/`, what makes it fail is in the fault table of the tests.

use std::fmt;

/// The id of a check, `family.name`; the closed list is in `check::catalogue`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CheckId(pub &'static str);

impl CheckId {
    /// The part before the dot.
    #[must_use]
    pub fn family(self) -> &'static str {
        self.0.split('.').next().unwrap_or(self.0)
    }
}

impl fmt::Display for CheckId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// A requirement and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Requirement {
    /// Stable id, such as `rfc9110/allow-on-405` or `laas-signature/launched-once`.
    pub id: String,
    /// The document and section it is taken from.
    pub source: String,
}
