//! Lowering: from what the specification calls things to what this crate calls them.
//!
//! One file for structure, one for schemas. Works on documents without errors and reports nothing.

pub(in crate::contract) mod operation;
pub(in crate::contract) mod schema;
