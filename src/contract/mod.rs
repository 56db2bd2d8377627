//! OpenAPI of every version, lowered once into one model.
//!
//! Loads documents, resolves references, lowers operations, callbacks and schemas. Never sends anything and judges no exchange.

mod api;
mod check;
mod dialect;
mod document;
mod examples;
mod files;
mod foreign;
mod grammar;
mod index;
pub mod lint;
mod load;
mod lower;
pub mod model;
mod occur;
pub mod overlay;
pub mod route;
mod router;
pub mod style;
mod swagger;
mod uri;
mod version;

pub use api::Contract;
pub use load::{Options, Resolver, Unreadable, load, load_with};
pub use occur::{PathPattern, Step};

#[cfg(test)]
mod broken_tests;
#[cfg(test)]
mod oracle_tests;
#[cfg(test)]
mod specs_tests;
