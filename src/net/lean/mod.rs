//! The lean connections of a load: HTTP/1.1 over a non-blocking socket and HTTP/2 through a library, plain or in TLS.
//!
//! Reads and writes when it is told that it can. Never waits, never retries, never judges, and runs no event loop of its own.

mod body;
mod endpoint;
mod fault;
mod head;
mod link;
mod multiplex;
#[cfg(test)]
pub(crate) mod multiplex_server;
mod reader;

pub use crate::net::lean::endpoint::{Endpoint, LeanTls, Unresolved};
pub use crate::net::lean::fault::classify;
pub use crate::net::lean::head::{Head, header_fields};
pub use crate::net::lean::link::{Link, Progress};
pub use crate::net::lean::multiplex::{Channel, Opened, Underway, Whole};
pub use crate::net::lean::reader::{AnswerReader, Complete, Fed, HeadMemo};
