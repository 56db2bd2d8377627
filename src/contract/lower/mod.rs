//! Lowering: from what the specification calls things to what this crate calls them.
//!
//! One file for operations, one for messages, one for what surrounds them, one for schemas. Works on documents without errors
//! and reports nothing.

mod message;
pub(in crate::contract) mod operation;
pub(in crate::contract) mod schema;
pub(in crate::contract) mod spot;
pub(in crate::contract) mod surroundings;
