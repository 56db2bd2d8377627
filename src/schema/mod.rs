//! The one door to the JSON Schema crate.
//!
//! Compiles schemas and turns their errors into violations. Never reads a spec file and knows no HTTP.

mod explain;
mod format;
mod set;
mod violation;

pub use set::{SchemaSet, Validator, is_format, pattern_fault, reference};
pub use violation::Violation;
