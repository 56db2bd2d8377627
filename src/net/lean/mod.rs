//! The lean connection of a load: HTTP/1.1 over a non-blocking socket, plain or in TLS.
//!
//! Reads and writes when it is told that it can. Never waits, never retries, never judges, and runs no event loop of its own.

mod body;
mod endpoint;
mod fault;
mod head;
mod link;
mod reader;

pub use crate::net::lean::endpoint::{Endpoint, LeanTls, Unresolved};
pub use crate::net::lean::fault::classify;
pub use crate::net::lean::head::{Head, header_fields};
pub use crate::net::lean::link::{Link, Progress};
pub use crate::net::lean::reader::{AnswerReader, Complete, Fed, HeadMemo};
