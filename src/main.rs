//! The `proofmark` binary.
//!
//! Hands the arguments to `cli` and exits with its code. Holds nothing else.

fn main() {}
