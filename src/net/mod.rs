//! The network: the HTTP client, the server shell, address rules.
//!
//! The only room that names the HTTP crates. Never judges what it carries and never repeats a request by itself.

pub mod address;
pub mod client;
mod fault;
pub mod fetch;
pub mod inbox;
pub mod server;
mod wire;

#[cfg(test)]
mod client_tests;
