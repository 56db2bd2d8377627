//! What callbacks need on either side: signatures over raw bytes, delivery headers.
//!
//! Pure: never opens a socket and never reads the clock.

pub mod components;
pub mod digest;
pub mod fault;
pub mod http_message;
#[cfg(test)]
mod http_message_tests;
pub mod scheme;
#[cfg(test)]
mod scheme_tests;
pub mod shared_secret;
pub mod standard;
#[cfg(test)]
mod standard_tests;
pub mod structured;
