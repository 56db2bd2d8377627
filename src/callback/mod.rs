//! What callbacks need on either side: signatures over raw bytes, delivery headers.
//!
//! Pure: never opens a socket and never reads the clock.

pub mod signature;
