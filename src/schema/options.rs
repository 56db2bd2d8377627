//! How schemas are compiled: formats asserted, patterns in Unicode, nothing ever fetched.
//!
//! Settings and small questions that need no schema of one's own. Keeps nothing.

use crate::schema::content::{self, CONTENT};
use crate::schema::form::Form;
use crate::schema::format;
use crate::schema::set::{EDGE, Inner, edge};
use crate::schema::tangle::{self, ANY_OF, ONE_OF};
use jsonschema::json::{Json, SerdeJson};
use jsonschema::{Draft, Registry, Retrieve, ValidationOptions, uri};
use serde_json::{Value, json};
use std::sync::{Arc, Weak};

/// Options for values in the form `F`.
pub(in crate::schema) type Options<'i, F> = ValidationOptions<'i, Arc<dyn Retrieve>, F>;

pub(in crate::schema) fn options<'i, F: Json>() -> Options<'i, F> {
    let options = jsonschema::options_for::<F>()
        .with_draft(Draft::Draft202012)
        .with_retriever(Nowhere)
        .should_validate_formats(true)
        .should_ignore_unknown_formats(true);
    format::register(options)
}

/// The same, for schemas of a set: edges to its other schemas, and contents of texts, are looked at by the set.
pub(in crate::schema) fn options_of<'i, F: Form>(set: &Weak<Inner>) -> Options<'i, F> {
    let (edges, contents, one, any) = (set.clone(), set.clone(), set.clone(), set.clone());
    options()
        .with_keyword(ONE_OF, move |_, value, _| tangle::keyword::<F>(&one, value, true))
        .with_keyword(ANY_OF, move |_, value, _| tangle::keyword::<F>(&any, value, false))
        .with_keyword(EDGE, move |_, value, _| edge::<F>(&edges, value))
        .with_keyword(CONTENT, move |_, value, _| content::keyword::<F>(&contents, value))
}

/// Why a `pattern` cannot be used, if it cannot.
#[must_use]
pub fn pattern_fault(pattern: &str) -> Option<String> {
    match options::<SerdeJson>().build(&json!({"pattern": pattern})) {
        Ok(_) => None,
        Err(_) => Some(format!("`{pattern}` is not a regular expression")),
    }
}

/// Whether text is of a format, such as `email`; formats that are not known accept everything.
#[must_use]
pub fn is_format(format: &str, text: &str) -> bool {
    options::<SerdeJson>().build(&json!({"format": format})).is_ok_and(|schema| schema.is_valid(&Value::String(text.to_owned())))
}

/// The text of a meta-schema of JSON Schema, or of one of its parts, by its URI.
#[must_use]
pub fn meta_schema(address: &str) -> Option<String> {
    let known = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"))?;
    if !known.starts_with("json-schema.org/") {
        return None;
    }
    // The crate brings the meta-schemas of a draft along where something of that draft refers to one.
    let start = "spec:/start";
    let all = [Draft::Draft202012, Draft::Draft201909, Draft::Draft7, Draft::Draft6, Draft::Draft4];
    all.into_iter().find_map(|draft| {
        let registry =
            Registry::new().draft(draft).retriever(Nowhere).add(start, json!({"$ref": address})).ok()?.prepare().ok()?;
        let resolver = registry.resolver(uri::from_str(start).ok()?);
        resolver.lookup(address).ok().map(|found| found.contents().to_string())
    })
}

/// Nothing is ever fetched: what a spec needs was read before.
pub(in crate::schema) struct Nowhere;

impl Retrieve for Nowhere {
    fn retrieve(&self, uri: &jsonschema::Uri<String>) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        Err(format!("`{uri}` was not read").into())
    }
}

#[cfg(test)]
mod tests {
    use super::{meta_schema, pattern_fault};

    #[test]
    fn patterns_that_cannot_be_used_are_named() {
        assert!(pattern_fault("(").is_some_and(|f| f.contains('(')));
        assert_eq!(pattern_fault(r"^\p{L}+$"), None);
    }

    #[test]
    fn meta_schemas_are_carried() {
        for uri in [
            "https://json-schema.org/draft/2020-12/schema",
            "https://json-schema.org/draft/2020-12/meta/core",
            "https://json-schema.org/draft/2019-09/schema",
            "http://json-schema.org/draft-04/schema",
            "http://json-schema.org/draft-07/schema",
        ] {
            assert!(meta_schema(uri).is_some_and(|text| text.contains("\"properties\"")), "{uri}");
        }
        assert_eq!(meta_schema("https://json-schema.org/nothing"), None);
        assert_eq!(meta_schema("https://example.com/schema"), None);
    }
}
