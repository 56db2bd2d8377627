//! Certificates: what an endpoint was certified for, signed so that anyone can verify it.
//!
//! A certificate's file is the canonical form (RFC 8785) of its JSON and one line break, and every byte of it is signed with Ed25519.
//! Never reads a key file and never asks what time it is.

pub mod issue;
pub mod shape;
pub mod verify;

#[cfg(test)]
pub(crate) mod fixture;

pub use issue::{Certificate, Refused, issue};
pub use verify::{Fault, Verified, verify};
