//! OpenAPI of every version, lowered once into one model.
//!
//! Loads documents, resolves references, lowers operations, callbacks and schemas. Never sends anything and judges no exchange.

mod check;
mod check_schema;
mod contract;
mod decode;
mod files;
mod grammar;
mod lint;
mod load;
mod lower;
pub mod model;
mod occur;
pub mod route;
mod rules;
pub mod style;

pub use contract::Contract;
pub use load::{Resolver, load};
pub use occur::{PathPattern, Step};

#[cfg(test)]
mod specs_tests;
