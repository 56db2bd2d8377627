//! Compiled schemas: all documents of one spec registered together, each schema compiled once, on first use.
//!
//! Validates values; never fetches a document and never prints.

use crate::base::pointer::Pointer;
use crate::schema::explain::Explainer;
use crate::schema::format;
use crate::schema::violation::Violation;
use jsonschema::{Draft, Registry, ValidationOptions};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// All documents of one spec, by number, with the validators compiled from them so far.
pub struct SchemaSet {
    registry: Registry<'static>,
    names: Arc<[String]>,
    compiled: Mutex<HashMap<(usize, Pointer), Validator>>,
}

impl fmt::Debug for SchemaSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SchemaSet({})", self.names.join(", "))
    }
}

/// The `$ref` by which schemas of a set name one another: the number of the document and a pointer into it.
#[must_use]
pub fn reference(document: usize, pointer: &Pointer) -> String {
    let mut text = format!("spec:/{document}#");
    for byte in pointer.as_str().bytes() {
        match byte {
            b'/' | b'~' | b'-' | b'.' | b'_' | b'!' | b'$' | b'*' => text.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => text.push(char::from(byte)),
            _ => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}

impl SchemaSet {
    /// Registers documents of JSON Schema 2020-12, each with the name it is shown under; their number is their index, and
    /// every `$ref` in them is one that [`reference()`] made.
    ///
    /// # Errors
    /// A lower-case fragment that says why the documents cannot be registered.
    pub fn new(documents: Vec<(String, Value)>) -> Result<Self, String> {
        let mut builder = Registry::new().draft(Draft::Draft202012).retriever(Nowhere);
        let mut names = Vec::new();
        for (index, (name, document)) in documents.into_iter().enumerate() {
            builder = builder.add(format!("spec:/{index}"), document).map_err(|e| e.to_string())?;
            names.push(name);
        }
        let registry = builder.prepare().map_err(|e| e.to_string())?;
        Ok(Self { registry, names: names.into(), compiled: Mutex::default() })
    }

    /// The validator of the schema at `pointer` in a document; compiled on first use and kept.
    ///
    /// A schema that cannot be compiled gives a validator that accepts nothing and says why.
    #[must_use]
    pub fn validator(&self, document: usize, pointer: &Pointer) -> Validator {
        let key = (document, pointer.clone());
        if let Some(found) = self.lock().get(&key) {
            return found.clone();
        }
        let schema = json!({"$ref": reference(document, pointer)});
        let compiled = options().with_registry(&self.registry).build(&schema).map_err(|e| e.to_string());
        let validator = Validator::new(compiled, Arc::clone(&self.names));
        self.lock().entry(key).or_insert(validator).clone()
    }

    /// The validator of a schema that stands by itself, as suites write them.
    ///
    /// # Errors
    /// A lower-case fragment that says what is wrong with the schema.
    pub fn inline(schema: &Value) -> Result<Validator, String> {
        let compiled = options().build(schema).map_err(|e| {
            let at = e.schema_path().to_string();
            if at.is_empty() { e.to_string() } else { format!("{e} (at {at})") }
        })?;
        Ok(Validator::new(Ok(compiled), Arc::from(Vec::new())))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<(usize, Pointer), Validator>> {
        self.compiled.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn options<'i>() -> ValidationOptions<'i> {
    let options = jsonschema::options()
        .with_draft(Draft::Draft202012)
        .with_retriever(Nowhere)
        .should_validate_formats(true)
        .should_ignore_unknown_formats(true);
    format::register(options)
}

/// Why a `pattern` cannot be used, if it cannot.
#[must_use]
pub fn pattern_fault(pattern: &str) -> Option<String> {
    match options().build(&json!({"pattern": pattern})) {
        Ok(_) => None,
        Err(_) => Some(format!("`{pattern}` is not a regular expression")),
    }
}

/// Whether text is of a format, such as `email`; formats that are not known accept everything.
#[must_use]
pub fn is_format(format: &str, text: &str) -> bool {
    options().build(&json!({"format": format})).is_ok_and(|schema| schema.is_valid(&Value::String(text.to_owned())))
}

/// Nothing is ever fetched: what a spec needs was read before.
struct Nowhere;

impl jsonschema::Retrieve for Nowhere {
    fn retrieve(&self, uri: &jsonschema::Uri<String>) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        Err(format!("`{uri}` was not read").into())
    }
}

/// One compiled schema; cheap to clone.
#[derive(Clone)]
pub struct Validator(Arc<Compiled>);

struct Compiled {
    schema: Result<jsonschema::Validator, String>,
    names: Arc<[String]>,
}

impl fmt::Debug for Validator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.schema {
            Ok(_) => f.write_str("Validator"),
            Err(fault) => write!(f, "Validator({fault})"),
        }
    }
}

impl Validator {
    fn new(schema: Result<jsonschema::Validator, String>, names: Arc<[String]>) -> Self {
        Self(Arc::new(Compiled { schema, names }))
    }

    /// Whether the value conforms; the quick way, which says nothing more.
    #[must_use]
    pub fn is_valid(&self, value: &Value) -> bool {
        self.0.schema.as_ref().is_ok_and(|schema| schema.is_valid(value))
    }

    /// Everything that does not conform, in the order of the value.
    #[must_use]
    pub fn violations(&self, value: &Value) -> Vec<Violation> {
        match &self.0.schema {
            Ok(schema) => Explainer::new(value, &self.0.names).explain(schema.iter_errors(value)),
            Err(fault) => vec![Violation::uncompiled(fault)],
        }
    }

    /// Why the schema could not be compiled, if it could not.
    #[must_use]
    pub fn fault(&self) -> Option<&str> {
        self.0.schema.as_ref().err().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::{SchemaSet, pattern_fault, reference};
    use crate::base::pointer::Pointer;
    use serde_json::{Value, json};

    fn shown(schema: &Value, value: &Value) -> Vec<String> {
        let validator = SchemaSet::inline(schema).expect("a schema");
        let violations = validator.violations(value);
        assert_eq!(validator.is_valid(value), violations.is_empty());
        violations.iter().map(|v| format!("{} {} {}: {}", v.instance, v.schema, v.keyword, v.message)).collect()
    }

    #[test]
    fn violations_name_the_keyword_behind_a_reference() {
        let pointer = Pointer::root().push("components").push("schemas").push("A b/é");
        let document = json!({
            "paths": {"/x/{id}": {"s": {"type": "object", "properties": {"a": {"$ref": reference(1, &pointer)}}}}}
        });
        let other = json!({"components": {"schemas": {"A b/é": {"type": "integer", "minimum": 3}}}});
        let set = SchemaSet::new(vec![("one.yaml".into(), document), ("two.yaml".into(), other)]).expect("registered");
        let schema = Pointer::root().push("paths").push("/x/{id}").push("s");
        let found = set.validator(0, &schema).violations(&json!({"a": 1}));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].document, "two.yaml");
        assert_eq!(found[0].schema, pointer.push("minimum"));
        assert_eq!(found[0].instance.as_str(), "/a");
        let root = set.validator(0, &schema).violations(&json!([]));
        assert_eq!((root[0].document.as_str(), root[0].schema.clone()), ("one.yaml", schema.push("type")));
    }

    #[test]
    fn a_schema_that_cannot_be_compiled_accepts_nothing() {
        let set = SchemaSet::new(vec![("one".into(), json!({"a": {"$ref": "spec:/0#/nowhere"}}))]).expect("registered");
        let validator = set.validator(0, &Pointer::root().push("a"));
        assert!(validator.fault().is_some());
        assert!(!validator.is_valid(&json!(1)));
        assert_eq!(validator.violations(&json!(1)).len(), 1);
        assert!(SchemaSet::inline(&json!({"type": "strnig"})).is_err());
    }

    #[test]
    fn formats_are_asserted() {
        for (format, good, bad) in [
            ("date-time", "2026-01-28T08:00:00Z", "2026-01-28 08:00"),
            ("date", "2026-01-28", "2026-02-30"),
            ("time", "08:00:00Z", "8h"),
            ("uuid", "2eb8aa08-aa98-11ea-b4aa-73b441d16380", "2eb8"),
            ("uri", "https://example.com/x", "/x"),
            ("uri-reference", "/x", "\\x"),
            ("email", "a@example.com", "a@"),
            ("hostname", "example.com", "-x-"),
            ("ipv4", "192.0.2.1", "192.0.2.256"),
            ("ipv6", "2001:db8::1", "2001:db8"),
            ("regex", "^a+$", "("),
            ("duration", "PT2M", "2m"),
            ("byte", "aGVsbG8=", "a*b"),
        ] {
            let schema = json!({"type": "string", "format": format});
            assert!(shown(&schema, &json!(good)).is_empty(), "{format} {good}");
            let faults = shown(&schema, &json!(bad));
            assert!(faults.len() == 1 && faults[0].contains("format"), "{format} {bad} {faults:?}");
        }
        assert!(shown(&json!({"format": "no-such-format"}), &json!("x")).is_empty());
    }

    #[test]
    fn letters_of_every_script_match() {
        assert!(shown(&json!({"pattern": r"^[\p{L}0-9\._\-]+$"}), &json!("é-été.Ж_1")).is_empty());
        assert!(pattern_fault("(").is_some_and(|f| f.contains('(')));
        assert_eq!(pattern_fault(r"^\p{L}+$"), None);
    }

    #[test]
    fn messages_say_what_was_expected_and_found() {
        let schema = json!({
            "type": "object", "required": ["a", "b"], "additionalProperties": false,
            "properties": {"a": {"type": ["string", "null"]}, "b": {"enum": ["X", "Y"]}}
        });
        assert_eq!(
            shown(&schema, &json!({"a": 1, "b": "Z", "c": true})),
            [
                " /additionalProperties additionalProperties: property `c` is not allowed",
                "/a /properties/a/type type: must be a string or null, but is an integer",
                "/b /properties/b/enum enum: must be one of \"X\", \"Y\"",
            ]
        );
        assert_eq!(
            shown(&schema, &json!({})),
            [" /required required: property `a` is missing", " /required required: property `b` is missing"]
        );
    }

    #[test]
    fn alternatives_are_explained_by_the_nearest() {
        let schema = json!({"oneOf": [
            {"type": "object", "properties": {"kind": {"const": "a"}, "x": {"type": "integer"}}, "required": ["kind", "x"]},
            {"type": "object", "properties": {"kind": {"const": "b"}, "y": {"type": "integer"}}, "required": ["kind", "y"]},
            {"type": "string"}
        ]});
        assert_eq!(
            shown(&schema, &json!({"kind": "b", "y": "no"})),
            ["/y /oneOf/1/properties/y/type type: must be an integer, but is a string (nearest of 3 alternatives)"]
        );
        assert_eq!(shown(&schema, &json!(3)), [" /oneOf oneOf: fits none of the 3 alternatives"]);
        let both = json!({"oneOf": [{"minimum": 1}, {"maximum": 9}, {"type": "string"}]});
        assert_eq!(shown(&both, &json!(5)), [" /oneOf oneOf: fits alternatives 1 and 2, but must fit exactly one"]);
    }
}
