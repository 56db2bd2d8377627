//! The rules, each with its reason and two examples.
//!
//! Data only; `docs/lint.md` is written from it, and a test tries every example. Applies no rule.

mod bodies;
mod choices;
mod operations;
mod references;
mod schemas;
mod structure;

pub use structure::{LOADING, Loading};

use super::rule::{Family, Rule};

/// Every rule, by family.
pub static FAMILIES: &[Family] = &[
    Family { name: "Examples and bodies", rules: bodies::RULES },
    Family { name: "Paths and operations", rules: operations::RULES },
    Family { name: "Schemas", rules: schemas::RULES },
    Family { name: "Alternatives and lists of schemas", rules: choices::RULES },
    Family { name: "Components, links, security", rules: references::RULES },
];

/// Every rule.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    FAMILIES.iter().flat_map(|f| f.rules)
}

/// A rule by its id.
#[must_use]
pub fn rule(id: &str) -> Option<&'static Rule> {
    rules().find(|r| r.id == id)
}
