//! The vocabulary that every floor above shares.
//!
//! Messages, exchanges, findings, verdicts, coverage, events. Performs no I/O, knows no stored shape and no HTTP library.

pub mod availability;
pub mod certification;
pub mod check;
pub mod coverage;
pub mod event;
pub mod exchange;
pub mod finding;
pub mod histogram;
pub mod http;
pub mod load;
pub mod outcome;
pub mod redact;
pub mod signing;
