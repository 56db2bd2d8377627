//! The only stored shape of a comparison, versioned, and what makes one of stored runs.
//!
//! Holds the runs of two sides against each other and computes every figure once: that the run is the replicate, and not the request, is
//! its one law. Reads no clock, runs nothing and renders nothing.

mod decide;
pub mod figures;
pub mod found;
pub mod ground;
pub mod loads;
pub mod runs;
pub mod shape;
pub mod stats;
pub mod store;
pub mod student;
pub mod values;
pub mod words;

#[cfg(test)]
mod coverage_tests;
#[cfg(test)]
pub(crate) mod fixture;

pub use shape::ComparisonRecord;
