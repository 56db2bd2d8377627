//! The only stored shape of a run, versioned.
//!
//! Turns outcomes into records, redacting as it does, computes every figure once, and reads and writes what it made. Renders
//! nothing and judges nothing.

pub mod certificate;
pub mod certification;
pub mod compare;
pub mod curl;
pub mod digest;
pub mod figures;
pub mod fingerprint;
pub mod history;
pub mod journal;
pub mod layout;
mod lines;
pub mod load;
pub mod make;
pub mod mend;
pub mod merge;
pub mod monitor;
pub mod redactions;
#[cfg(test)]
pub(crate) mod schema;
pub mod scrub;
pub mod shape;
pub mod share;
pub mod sheet;
pub mod store;

#[cfg(test)]
pub(crate) mod fixture;

pub use make::{Facts, Opening, make};
pub use shape::RunRecord;
pub use store::{directory, read, write};
