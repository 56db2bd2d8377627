//! Judges exchanges against what was expected of them.
//!
//! Pure functions from expectation and exchange to findings. Never sends, stores or shows anything.

pub mod audit;
#[cfg(test)]
pub(crate) mod bench;
pub mod catalogue;
pub mod conform;
pub mod delivery;
#[cfg(test)]
mod delivery_tests;
pub mod endpoint;
pub mod expected;
pub mod found;
pub mod inbound;
pub mod judgement;
#[cfg(test)]
mod judgement_tests;
pub mod lifecycle;
#[cfg(test)]
mod lifecycle_tests;
pub mod reads;
pub mod rules;
pub mod security;
pub mod semantics;
pub mod signature;
pub mod subject;
