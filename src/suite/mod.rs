//! The YAML language of suites and environments, decoded with a place for every node.
//!
//! Never resolves names against a contract and executes nothing.

pub mod ast;
pub mod matcher;
pub mod path;
pub mod template;
