//! OpenAPI of every version, lowered once into one model.
//!
//! Loads documents, resolves references, lowers operations, callbacks and schemas. Never sends anything and judges no exchange.

mod api;
mod check;
mod check_schema;
mod decode;
mod document;
mod examples;
mod files;
mod grammar;
mod load;
mod lower;
pub mod model;
mod occur;
pub mod overlay;
pub mod route;
mod rules;
pub mod style;

pub use api::Contract;
pub use load::{Resolver, Unreadable, load};
pub use occur::{PathPattern, Step};

#[cfg(test)]
mod broken_tests;
#[cfg(test)]
mod specs_tests;
