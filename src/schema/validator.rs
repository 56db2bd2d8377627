//! Compiled schemas as they are handed out.
//!
//! Answers whether values conform, and how they do not. Compiles nothing by itself.

use crate::base::pointer::Pointer;
use crate::schema::explain::Explainer;
use crate::schema::inline::Written;
use crate::schema::light::LightValidator;
use crate::schema::set::Inner;
use crate::schema::source::Unit;
use crate::schema::tape::Taped;
use crate::schema::violation::Violation;
use serde_json::Value;
use std::fmt;
use std::sync::{Arc, OnceLock};

/// One compiled schema; cheap to clone.
#[derive(Clone)]
pub struct Validator {
    pub(in crate::schema) compiled: Arc<Compiled>,
    /// Keeps the set alive, to whose schemas this one may lead.
    pub(in crate::schema) set: Option<Arc<Inner>>,
}

pub(in crate::schema) struct Compiled {
    pub(in crate::schema) schema: Result<jsonschema::Validator, String>,
    /// Where a schema of a set comes from, so that another one can explain what this one refuses.
    pub(in crate::schema) origin: Option<Origin>,
    /// How a schema that stands by itself was written, so that it can be compiled once more.
    pub(in crate::schema) written: Option<Written>,
    light: OnceLock<Option<Arc<jsonschema::Validator<Taped>>>>,
}

pub(in crate::schema) struct Origin {
    pub(in crate::schema) unit: Unit,
    pub(in crate::schema) within: Pointer,
    /// `schema` leads to other compiled schemas and so cannot explain itself.
    pub(in crate::schema) has_edges: bool,
    pub(in crate::schema) explainer: OnceLock<Option<Result<jsonschema::Validator, String>>>,
}

impl Compiled {
    pub(in crate::schema) fn new(schema: Result<jsonschema::Validator, String>, origin: Option<Origin>) -> Self {
        Self { schema, origin, written: None, light: OnceLock::new() }
    }

    /// The same schema for values that lie on a tape; compiled on first use and kept.
    pub(in crate::schema) fn light(&self, set: Option<&Inner>) -> Option<&Arc<jsonschema::Validator<Taped>>> {
        let compile = || match (&self.schema, &self.origin, &self.written, set) {
            (Err(_), ..) => None,
            (Ok(_), Some(origin), _, Some(set)) => set.compile_as(origin).ok(),
            (Ok(_), _, Some(written), _) => written.compile().ok(),
            _ => None,
        };
        self.light.get_or_init(|| compile().map(Arc::new)).as_ref()
    }

    /// The schema that tells what is wrong with a value.
    pub(in crate::schema) fn explaining(&self, set: Option<&Inner>) -> &Result<jsonschema::Validator, String> {
        let other = self.origin.as_ref().zip(set).filter(|_| self.schema.is_ok());
        other.and_then(|(origin, set)| origin.explainer.get_or_init(|| set.explainer(origin)).as_ref()).unwrap_or(&self.schema)
    }
}

impl fmt::Debug for Validator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.compiled.schema {
            Ok(_) => f.write_str("Validator"),
            Err(fault) => write!(f, "Validator({fault})"),
        }
    }
}

impl Validator {
    /// Whether the value conforms; the quick way, which says nothing more.
    #[must_use]
    pub fn is_valid(&self, value: &Value) -> bool {
        match &self.compiled.schema {
            Ok(schema) => schema.is_valid(value),
            Err(_) => false,
        }
    }

    /// Everything that does not conform, in the order of the value.
    #[must_use]
    pub fn violations(&self, value: &Value) -> Vec<Violation> {
        let set = self.set.as_deref();
        if self.compiled.origin.is_some() && self.is_valid(value) {
            return Vec::new();
        }
        match self.compiled.explaining(set) {
            Ok(schema) => Explainer::new(value, set).explain(schema.iter_errors(value)),
            Err(fault) => vec![Violation::uncompiled(fault)],
        }
    }

    /// The same schema for answers as they arrive; compiled on first use and kept. `None` where the schema is unusable.
    #[must_use]
    pub fn light(&self) -> Option<LightValidator> {
        let schema = self.compiled.light(self.set.as_deref())?;
        Some(LightValidator { schema: Arc::clone(schema), set: self.set.clone() })
    }

    /// Why the schema could not be compiled, if it could not.
    #[must_use]
    pub fn fault(&self) -> Option<&str> {
        self.compiled.schema.as_ref().err().map(String::as_str)
    }
}
