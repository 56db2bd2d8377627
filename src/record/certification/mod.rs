//! The only stored shape of a certification, versioned.
//!
//! Turns outcomes into records, redacting as it does, writes them down while they happen, and gives back what a stopped
//! certification had done. Renders nothing, judges nothing and sends nothing.

pub mod journal;
pub mod make;
pub mod resume;
pub mod shape;
pub mod store;
pub mod words;

#[cfg(test)]
pub(crate) mod fixture;

pub use journal::{Journal, recover};
pub use make::{CertificationFacts, CertificationOpening, make};
pub use resume::{Earlier, keep, outcomes};
pub use shape::CertificationRecord;
