//! A certificate as text, as one page and as a badge.
//!
//! Only shows what the certificate says. Never verifies it.

pub mod text;
