//! Values and operators in words, for findings.
//!
//! Shortens what is long; never hides a secret, which the redactor does.
