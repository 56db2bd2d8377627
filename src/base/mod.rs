//! The ground floor: what every room stands on.
//!
//! Source text with spans, diagnostics, JSON pointers, units, the clock, the seed and secrets. Never knows what an
//! HTTP message, a contract or a suite is, and never reads a file or the environment by itself.

pub mod canonical;
pub mod clock;
pub mod diagnostic;
pub mod distance;
pub mod ed25519;
pub mod jsonpath;
pub mod pointer;
pub mod secret;
pub mod seed;
pub mod source;
pub mod tree;
pub mod units;
