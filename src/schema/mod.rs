//! The one door to the JSON Schema crate.
//!
//! Compiles schemas and turns their errors into violations. Never reads a spec file and knows no HTTP.

mod alternatives;
mod content;
mod explain;
mod form;
mod format;
mod inline;
mod light;
mod options;
mod pattern;
mod set;
mod source;
mod tangle;
mod tape;
mod validator;
mod violation;
mod words;

pub use inline::Inline;
pub use light::LightValidator;
pub use options::{is_format, meta_schema, pattern_fault};
pub use pattern::{Counted, counted, is_too_large};
pub use set::SchemaSet;
pub use source::{Lowered, Resource, Source, Unit, reference};
pub use tape::Tape;
pub use validator::Validator;
pub use violation::Violation;

#[cfg(test)]
mod tests;
