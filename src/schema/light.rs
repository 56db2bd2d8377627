//! Schemas for answers as they arrive: read and validated in one go, nothing built.
//!
//! Says whether an answer conforms, as the full validator would, or that it is not sure. Never says why.

use crate::schema::set::Inner;
use crate::schema::tape::{Tape, Taped};
use std::fmt;
use std::sync::Arc;

/// One compiled schema for answers as they arrive; cheap to clone.
#[derive(Clone)]
pub struct LightValidator {
    pub(in crate::schema) schema: Arc<jsonschema::Validator<Taped>>,
    /// Keeps the set alive, to whose schemas this one may lead.
    pub(in crate::schema) set: Option<Arc<Inner>>,
}

impl fmt::Debug for LightValidator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LightValidator({})", if self.set.is_some() { "of a set" } else { "inline" })
    }
}

impl LightValidator {
    /// Whether the JSON in `bytes` conforms. `None` when they are not JSON, name a member of an object twice, or are
    /// unusually large: then only the full validator knows.
    #[must_use]
    pub fn is_valid(&self, bytes: &[u8], tape: &mut Tape) -> Option<bool> {
        tape.read(bytes).map(|document| document.with_root(|root| self.schema.is_valid(root)))
    }
}
