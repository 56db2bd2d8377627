//! OpenAPI of every version, lowered once into one model.
//!
//! Loads documents, resolves references, lowers operations, callbacks and schemas. Never sends anything and judges no exchange.

mod api;
pub mod body;
mod check;
mod dialect;
mod document;
pub mod expression;
mod files;
mod foreign;
mod grammar;
mod index;
pub mod lint;
mod load;
mod lower;
pub mod media;
pub mod model;
mod occur;
pub mod overlay;
mod resolver;
pub mod route;
mod router;
mod servers;
pub mod style;
mod swagger;
mod uri;
mod version;
mod view;

pub use api::Contract;
pub use load::{Options, load, load_with};
pub use occur::{PathPattern, Step};
pub use resolver::{Resolver, Unreadable};

#[cfg(test)]
mod broken_tests;
#[cfg(test)]
mod oracle_tests;
#[cfg(test)]
mod specs_tests;
