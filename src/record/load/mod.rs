//! The only stored shape of a load, versioned.
//!
//! Turns outcomes into records, redacting as it does and computing every figure once, and writes them down while they happen. Renders
//! nothing, judges nothing and sends nothing.

pub mod figures;
pub mod hgrm;
pub mod hlog;
pub mod journal;
mod line;
pub mod make;
mod measure;
pub mod shape;
pub mod store;
pub mod timeline;
pub mod words;

#[cfg(test)]
pub(crate) mod fixture;

pub use journal::{Journal, recover};
pub use make::{LoadFacts, make};
pub use shape::LoadRecord;
pub use timeline::Timeline;
