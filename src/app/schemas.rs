//! `proofmark schema`: the JSON Schemas that travel inside the binary.
//!
//! Text by name. Never reads a file, and makes no schema.

use crate::base::diagnostic::Diagnostic;
use crate::base::distance::did_you_mean;
use serde_json::{Value, json};

macro_rules! schemas {
    ($($name:literal = $file:literal),+ $(,)?) => {
        &[$(($name, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/", $file)))),+]
    };
}

/// What is written by hand.
const WRITTEN: &[(&str, &str)] = schemas! {
    "suite" = "suites/suite.schema.json",
    "environment" = "suites/environment.schema.json",
    "load" = "suites/load.schema.json",
    "monitor" = "suites/monitor.schema.json",
    "profile" = "suites/profile.schema.json",
    "expected-failures" = "suites/expected-failures.schema.json",
};

/// What is stored, by kind.
const STORED: &[(&str, &str)] = schemas! {
    "run" = "schemas/record-run.schema.json",
    "load" = "schemas/record-load.schema.json",
    "certification" = "schemas/record-certification.schema.json",
    "monitor" = "schemas/record-monitor.schema.json",
    "comparison" = "schemas/record-comparison.schema.json",
};

/// Everything that has a schema.
fn names() -> impl Iterator<Item = &'static str> + Clone {
    WRITTEN.iter().map(|(name, _)| *name).chain(["record"])
}

/// The schema of what is named; of a `record` of one kind, or of any.
///
/// # Errors
/// When nothing of that name has one.
pub fn schema(what: &str, kind: Option<&str>) -> Result<String, Diagnostic> {
    if what != "record" {
        if let Some(kind) = kind {
            let fault = Diagnostic::error("usage/schema", format!("`{what}` has no kinds, and `{kind}` is none of them"));
            return Err(fault.hint("such as `proofmark schema record load`"));
        }
        return WRITTEN.iter().find(|(name, _)| *name == what).map(|(_, text)| (*text).to_owned()).ok_or_else(|| {
            let hint = did_you_mean(what, names()).unwrap_or_else(|| format!("one of {}", listed(names())));
            Diagnostic::error("usage/schema", format!("nothing that is called `{what}` has a schema")).hint(hint)
        });
    }
    let kinds = || STORED.iter().map(|(name, _)| *name);
    match kind {
        None => Ok(any()),
        Some(kind) => STORED.iter().find(|(name, _)| *name == kind).map(|(_, text)| (*text).to_owned()).ok_or_else(|| {
            let hint = did_you_mean(kind, kinds()).unwrap_or_else(|| format!("one of {}", listed(kinds())));
            Diagnostic::error("usage/schema", format!("there is no kind of record that is called `{kind}`")).hint(hint)
        }),
    }
}

fn listed<'n>(names: impl Iterator<Item = &'n str>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The schema of a record of whatever kind.
fn any() -> String {
    let read = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    let kinds: Vec<Value> = STORED.iter().map(|(_, text)| read(text)).collect();
    let whole = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:proofmark:record",
        "title": "A record.json, of whatever kind",
        "oneOf": kinds.iter().map(|kind| json!({"$ref": kind["$id"]})).collect::<Vec<_>>(),
        "$defs": STORED.iter().zip(&kinds).map(|((name, _), kind)| ((*name).to_owned(), kind.clone())).collect::<serde_json::Map<_, _>>(),
    });
    format!("{whole:#}\n")
}

#[cfg(test)]
mod tests {
    use super::{STORED, WRITTEN, schema};
    use serde_json::Value;

    #[test]
    fn every_name_has_a_schema_and_mistakes_are_answered() {
        for (name, text) in WRITTEN {
            assert_eq!(schema(name, None).as_deref(), Ok(*text));
        }
        for (kind, _) in STORED {
            let read: Value = serde_json::from_str(&schema("record", Some(kind)).expect("a schema")).expect("JSON");
            assert_eq!(read["$id"], format!("urn:proofmark:record:{kind}:1"));
        }
        let any: Value = serde_json::from_str(&schema("record", None).expect("a schema")).expect("JSON");
        assert_eq!(any["oneOf"].as_array().map(Vec::len), Some(5));
        let hint = |what, kind| schema(what, kind).expect_err("a mistake").hint.unwrap_or_default();
        assert_eq!(hint("siute", None), "did you mean `suite`?");
        assert_eq!(hint("record", Some("lod")), "did you mean `load`?");
        assert!(hint("x-y-z", None).contains("`expected-failures`, `record`"));
        assert!(hint("suite", Some("load")).contains("schema record load"));
    }
}
