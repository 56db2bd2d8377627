//! What is told of a load while it runs, for the tools that watch a machine room.
//!
//! For display only: the record is what counts. Serves and sends nothing itself, and judges nothing.

mod buckets;
#[cfg(feature = "otlp")]
pub mod otlp;
pub mod prometheus;
