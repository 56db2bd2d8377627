//! What is told of a load while it runs, for the tools that watch a machine room.
//!
//! For display only: the record is what counts. Serves nothing itself and judges nothing.

pub mod prometheus;
