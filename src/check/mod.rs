//! Judges exchanges against what was expected of them.
//!
//! Pure functions from expectation and exchange to findings. Never sends, stores or shows anything.

pub mod catalogue;
pub mod conform;
pub mod delivery;
pub mod expected;
pub mod judgement;
pub mod lifecycle;
pub mod rules;
pub mod security;
pub mod semantics;
pub mod signature;
pub mod subject;
