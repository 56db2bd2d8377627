//! OpenAPI of every version, lowered once into one model.
//!
//! Loads documents, resolves references, lowers operations, callbacks and schemas. Never sends anything and judges no exchange.

mod contract;
mod files;
mod load;
pub mod model;
mod occur;
pub mod route;
pub mod style;

pub use contract::Contract;
pub use load::{Resolver, load};
pub use occur::{PathPattern, Step};
