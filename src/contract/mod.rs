//! OpenAPI of every version, lowered once into one model.
//!
//! Loads documents, resolves references, lowers operations, callbacks and schemas. Never sends anything and judges no exchange.
