//! Schemas that stand by themselves, as suites write them.
//!
//! Compiles one schema at a time, with the documents that it refers to handed in. Keeps and fetches nothing.

use crate::schema::options::options;
use crate::schema::set::SchemaSet;
use crate::schema::validator::{Compiled, Validator};
use jsonschema::Draft;
use jsonschema::json::Json;
use serde_json::Value;
use std::sync::Arc;

/// Gives the document of a URI, where there is one.
type Documents = dyn Fn(&str) -> Option<Value> + Send + Sync;

/// How a schema that stands by itself is to be read.
#[derive(Clone, Default)]
pub struct Inline {
    dialect: Option<String>,
    documents: Option<Arc<Documents>>,
    lenient_formats: bool,
}

impl std::fmt::Debug for Inline {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Inline({:?})", self.dialect)
    }
}

struct Retriever(Option<Arc<Documents>>);

impl jsonschema::Retrieve for Retriever {
    fn retrieve(&self, uri: &jsonschema::Uri<String>) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        let found = self.0.as_ref().and_then(|documents| documents(uri.as_str()));
        found.ok_or_else(|| format!("`{uri}` was not read").into())
    }
}

impl Inline {
    /// As JSON Schema 2020-12, formats asserted, with no other document.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The dialect of a schema without `$schema`, by its URI.
    #[must_use]
    pub fn dialect(mut self, uri: &str) -> Self {
        self.dialect = Some(uri.to_owned());
        self
    }

    /// Where other documents come from.
    #[must_use]
    pub fn documents(mut self, documents: impl Fn(&str) -> Option<Value> + Send + Sync + 'static) -> Self {
        self.documents = Some(Arc::new(documents));
        self
    }

    /// Formats are annotations, unless the dialect asserts them.
    #[must_use]
    pub fn formats_unasserted(mut self) -> Self {
        self.lenient_formats = true;
        self
    }

    /// Compiles a schema.
    ///
    /// # Errors
    /// A lower-case fragment that says what is wrong with the schema.
    pub fn compile(&self, schema: &Value) -> Result<Validator, String> {
        let mut compiled = Compiled::new(Ok(self.build(schema)?), None);
        compiled.written = Some(Written { how: self.clone(), schema: schema.clone() });
        Ok(Validator { compiled: Arc::new(compiled), set: None })
    }

    fn build<F: Json>(&self, schema: &Value) -> Result<jsonschema::Validator<F>, String> {
        let fallback = self.dialect.as_deref().map_or(Draft::Draft202012, Draft::from_schema_uri);
        let draft = match schema.get("$schema").and_then(Value::as_str).map(Draft::from_schema_uri) {
            Some(Draft::Unknown) | None => fallback,
            Some(draft) => draft,
        };
        let mut options = options().with_draft(draft).with_retriever(Retriever(self.documents.clone()));
        if self.lenient_formats {
            options = options.should_validate_formats(false);
        }
        options.build(schema).map_err(|e| {
            let at = e.schema_path().to_string();
            if at.is_empty() { e.to_string() } else { format!("{e} (at {at})") }
        })
    }
}

/// A schema that stands by itself, and how it is to be read.
pub(in crate::schema) struct Written {
    how: Inline,
    schema: Value,
}

impl Written {
    pub(in crate::schema) fn compile<F: Json>(&self) -> Result<jsonschema::Validator<F>, String> {
        self.how.build(&self.schema)
    }
}

impl SchemaSet {
    /// The validator of a schema that stands by itself, as suites write them.
    ///
    /// # Errors
    /// A lower-case fragment that says what is wrong with the schema.
    pub fn inline(schema: &Value) -> Result<Validator, String> {
        Inline::new().compile(schema)
    }
}
