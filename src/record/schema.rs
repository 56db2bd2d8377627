//! The published JSON Schemas of records, derived from the stored shapes and held to them.
//!
//! For tests alone: what is derived is committed, and the binary prints what is committed. Never part of a build.

use crate::record::certification::CertificationRecord;
use crate::record::compare::{self, ComparisonRecord};
use crate::record::load::LoadRecord;
use crate::record::monitor::MonitorRecord;
use crate::record::{RunRecord, certification, load, monitor, shape};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};
use std::borrow::Cow;
use std::path::{Path, PathBuf};

/// An instant as it is stored.
pub(crate) struct Instant;

impl JsonSchema for Instant {
    fn schema_name() -> Cow<'static, str> {
        "Instant".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "format": "date-time", "description": "An instant in UTC (RFC 3339)."})
    }
}

/// Members that records of version 1 may lack: they were added after the first of them were written.
const ADDED: [(&str, &[&str]); 1] = [("Totals", &["gates", "gates_held"])];

fn derived<T: JsonSchema>(kind: &str, title: &str, format: &str, version: u32) -> Value {
    // As it is written, not as it is read: a member that a reader can do without is still always there.
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schema: Value = settings.into_generator().into_root_schema_for::<T>().into();
    let mut whole = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": format!("urn:proofmark:record:{kind}:{version}"),
        "title": title,
    });
    let members = schema.as_object_mut().expect("an object");
    members.remove("$schema");
    members.remove("title");
    for (key, value) in members {
        whole[key] = value.take();
    }
    whole["properties"]["format"] = json!({"const": format, "description": "What the file is."});
    whole["properties"]["version"] = json!({"const": version, "description": "The shape's version."});
    for (name, added) in ADDED {
        let shape = if whole["$defs"][name].is_object() { &mut whole["$defs"][name] } else { &mut whole };
        if let Some(required) = shape["required"].as_array_mut() {
            required.retain(|member| !added.iter().any(|added| member == added));
        }
    }
    whole
}

/// Every kind with its schema.
fn all() -> [(&'static str, Value); 5] {
    [
        ("run", derived::<RunRecord>("run", "A run of suites", shape::FORMAT, shape::VERSION)),
        ("load", derived::<LoadRecord>("load", "A load", load::shape::FORMAT, load::shape::VERSION)),
        (
            "certification",
            derived::<CertificationRecord>(
                "certification",
                "A certification of a callback endpoint",
                certification::shape::FORMAT,
                certification::shape::VERSION,
            ),
        ),
        ("monitor", derived::<MonitorRecord>("monitor", "A watch over an API", monitor::shape::FORMAT, monitor::shape::VERSION)),
        (
            "comparison",
            derived::<ComparisonRecord>("comparison", "A comparison of runs", compare::shape::FORMAT, compare::shape::VERSION),
        ),
    ]
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn read(path: &str) -> Value {
    let text = std::fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"));
    serde_json::from_str(&text).expect("JSON")
}

/// The violations of a record against the committed schema of its kind.
fn violations(kind: &str, record: &Value) -> Vec<String> {
    let schema = read(&format!("schemas/record-{kind}.schema.json"));
    let validator = crate::schema::SchemaSet::inline(&schema).expect("a schema");
    validator.violations(record).into_iter().map(|v| format!("{} {}", v.instance, v.message)).collect()
}

/// Every committed record, with its kind.
const RECORDS: [(&str, &str); 11] = [
    ("run", "tests/fixtures/record-v1.json"),
    ("run", "reports/samples/report.json"),
    ("load", "tests/fixtures/load-v1.json"),
    ("load", "reports/samples/load/report.json"),
    ("certification", "tests/fixtures/certification-v1.json"),
    ("certification", "reports/samples/certification/report.json"),
    ("monitor", "reports/samples/monitor/report.json"),
    ("monitor", "reports/samples/monitor/quarter.json"),
    ("comparison", "tests/fixtures/comparison-v1.json"),
    ("comparison", "reports/samples/comparison/check/report.json"),
    ("comparison", "reports/samples/comparison/load/report.json"),
];

/// Run with `PROOFMARK_SCHEMAS=write` to write the schemas anew.
#[test]
fn the_published_schemas_are_those_of_the_stored_shapes() {
    for (kind, schema) in all() {
        let path = root().join(format!("schemas/record-{kind}.schema.json"));
        let text = format!("{schema:#}\n");
        if std::env::var_os("PROOFMARK_SCHEMAS").is_some_and(|v| v == "write") {
            std::fs::create_dir_all(root().join("schemas")).expect("the folder is made");
            std::fs::write(&path, &text).expect("the schema is written");
        }
        let committed = std::fs::read_to_string(&path).expect("the schema is there");
        assert!(committed == text, "{} is not what is stored: run it again with PROOFMARK_SCHEMAS=write", path.display());
    }
}

#[test]
fn every_committed_record_keeps_to_its_schema() {
    for (kind, path) in RECORDS {
        assert_eq!(violations(kind, &read(path)), Vec::<String>::new(), "{path}");
    }
}

/// Takes away each member of a record in turn, and misspells each, and gives what went unseen.
fn unseen(kind: &str, record: &Value) -> Vec<String> {
    let schema = read(&format!("schemas/record-{kind}.schema.json"));
    let validator = crate::schema::SchemaSet::inline(&schema).expect("a schema");
    let mut unseen = Vec::new();
    for key in record.as_object().expect("an object").keys() {
        let mut without = record.clone();
        let value = without.as_object_mut().and_then(|members| members.remove(key)).expect("the member");
        let optional = schema["required"].as_array().is_none_or(|required| !required.contains(&json!(key)));
        if validator.is_valid(&without) && !optional {
            unseen.push(format!("{key} is missing"));
        }
        without[format!("{key}s_")] = value;
        if validator.is_valid(&without) {
            unseen.push(format!("{key} is misspelt"));
        }
        let mut wrong = record.clone();
        wrong[key] = json!({"nothing": ["of", "the", "kind"]});
        if validator.is_valid(&wrong) {
            unseen.push(format!("{key} is something else"));
        }
    }
    unseen
}

#[test]
fn a_mistake_in_a_writer_is_seen() {
    for (kind, path) in RECORDS {
        let record = read(path);
        assert_eq!(unseen(kind, &record), Vec::<String>::new(), "{path}");
        let required = read(&format!("schemas/record-{kind}.schema.json"))["required"].as_array().map_or(0, Vec::len);
        assert!(required * 10 >= record.as_object().expect("an object").len() * 8, "{path}: most members are required");
    }
    // Far below the top, too.
    let mut record = read("reports/samples/report.json");
    record["cases"][1]["steps"][0]["findings"][0]["level"] = json!("fatal");
    record["exchanges"][0]["request"]["methd"] = json!("GET");
    let found = violations("run", &record);
    assert!(found.iter().any(|f| f.starts_with("/cases/1/steps/0/findings/0/level")), "{found:?}");
    assert!(found.iter().any(|f| f.starts_with("/exchanges/0/request")), "{found:?}");
    // One kind is not taken for another.
    assert!(!violations("load", &read("reports/samples/report.json")).is_empty());
}
