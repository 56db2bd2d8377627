//! Judges exchanges against what was expected of them.
//!
//! Pure functions from expectation and exchange to findings. Never sends, stores or shows anything.

pub mod catalogue;
