//! The network: the HTTP client, one for requests that are repeated, the probe, the server shell, certificates, address rules.
//!
//! The only room that names the HTTP and TLS crates. Never judges what it carries and never repeats a request by itself.

pub mod address;
mod answer;
pub mod client;
mod fault;
pub mod fetch;
mod hello;
pub mod inbox;
pub mod lean;
pub mod pki;
pub mod probe;
pub mod ranges;
pub mod server;
pub mod steady;
mod tls;
#[cfg(feature = "postgres")]
pub mod tunnel;
mod wire;

#[cfg(test)]
mod client_tests;
#[cfg(test)]
mod probe_tests;
#[cfg(test)]
mod steady_tests;
