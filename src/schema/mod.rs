//! The one door to the JSON Schema crate.
//!
//! Compiles schemas and turns their errors into violations. Never reads a spec file and knows no HTTP.
