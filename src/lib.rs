//! Proofmark: contract conformance and load testing for OpenAPI services and callback endpoints.
//!
//! The floors are in `ARCHITECTURE.md`. Nothing is re-exported here, so that an import always shows its arrow.

pub mod app;
pub mod base;
pub mod callback;
pub mod certify;
pub mod check;
pub mod cli;
pub mod contract;
pub mod diff;
pub mod engine;
pub mod export;
pub mod generate;
pub mod listen;
pub mod load;
pub mod model;
pub mod monitor;
pub mod net;
pub mod partner;
pub mod plan;
pub mod record;
pub mod report;
pub mod request;
pub mod run;
pub mod sandbox;
pub mod schema;
pub mod suite;
pub mod window;
