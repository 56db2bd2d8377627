//! The schemas that editors use, held against the decoder.
//!
//! What the decoder takes the schema takes, and what the schema names the samples use. Never runs anything.

use super::environments::WHOLE;
use super::{profiles, suite};
use crate::base::source::Source;
use crate::base::tree::{Budget, parse};
use crate::model::certification::ModuleId;
use crate::schema::{SchemaSet, Validator};
use crate::suite::decode::profile::modules::{OwnKey, keys as keys_of};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const SUITE_SCHEMA: &str = include_str!("../../../../suites/suite.schema.json");
const ENVIRONMENT_SCHEMA: &str = include_str!("../../../../suites/environment.schema.json");
const PROFILE_SCHEMA: &str = include_str!("../../../../suites/profile.schema.json");
const FAILURES_SCHEMA: &str = include_str!("../../../../suites/expected-failures.schema.json");
const SAMPLE: &str = include_str!("../../../../tests/fixtures/suite-all-features.yaml");

fn validator(schema: &str) -> Validator {
    let validator = SchemaSet::inline(&serde_json::from_str(schema).unwrap()).unwrap();
    assert_eq!(validator.fault(), None);
    validator
}

fn value(yaml: &str) -> Value {
    parse(&Source::new("x.yaml", yaml), Budget::default()).unwrap().root.to_value()
}

fn keys(value: &Value, all: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|v| keys(v, all)),
        Value::Object(members) => {
            for (key, member) in members {
                all.insert(key.clone());
                keys(member, all);
            }
        }
        _ => {}
    }
}

/// The names under every `properties` of a schema.
fn named(schema: &Value, all: &mut BTreeSet<String>) {
    match schema {
        Value::Array(items) => items.iter().for_each(|v| named(v, all)),
        Value::Object(members) => {
            for (key, member) in members {
                if let ("properties", Value::Object(properties)) = (key.as_str(), member) {
                    all.extend(properties.keys().cloned());
                    properties.values().for_each(|v| named(v, all));
                } else {
                    named(member, all);
                }
            }
        }
        _ => {}
    }
}

#[test]
fn the_samples_are_valid_and_use_every_key() {
    for (schema, sample, unused) in [
        (SUITE_SCHEMA, SAMPLE, vec![]),
        (ENVIRONMENT_SCHEMA, WHOLE, vec!["window"]),
        (PROFILE_SCHEMA, profiles::WHOLE, vec![]),
        (FAILURES_SCHEMA, profiles::FAILURES, vec![]),
    ] {
        let sample = value(sample);
        assert_eq!(validator(schema).violations(&sample), vec![]);
        let (mut known, mut used) = (BTreeSet::new(), BTreeSet::new());
        named(&serde_json::from_str(schema).unwrap(), &mut known);
        keys(&sample, &mut used);
        let missing: Vec<&str> = known.difference(&used).map(String::as_str).collect();
        assert_eq!(missing, unused);
    }
}

#[test]
fn what_the_decoder_refuses_by_shape_the_schema_refuses() {
    let validator = validator(SUITE_SCHEMA);
    let step = |step: &str| format!("suite: t\nspec: s.yaml\ncases:\n- name: a\n  steps:\n  - {step}\n");
    for text in [
        step("{cal: x}"),
        step("{call: x, await: p}"),
        step("{call: x, form: {a: b}}"),
        step("{call: x, expect: {status: 2xx}}"),
        step("{call: x, expect: {body: {status: 1}}}"),
        step("{call: x, expect: {body: {$.a: {type: int}}}}"),
        step("{call: x, expect: {time: {matches: x}}}"),
        step("{call: x, capture: {a: {header: b, status: true}}}"),
        step("{call: x, repeat: {times: 0}}"),
        step("{call: x, poll: {every: 1s, within: 1s}}"),
        step("{control: advanse}"),
        step("{await: p}"),
        step("{await: p, callback: a.b, expect: {redelivery: {body: identical}}}"),
        step("{listener: p}"),
        step("{listener: p, respond: [42]}"),
        step("{assert: \"${unique}\"}"),
        "suite: t\nspec: s.yaml\ncases: []\n".to_owned(),
        "suite: t\nspec: s.yaml\ncases:\n- {name: a, steps: []}\n".to_owned(),
    ] {
        assert!(!suite(&text).1.is_empty(), "the decoder takes {text}");
        assert!(!validator.is_valid(&value(&text)), "the schema takes {text}");
    }
}

#[test]
fn shipped_profiles_are_valid() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("suites/certification");
    let validator = validator(PROFILE_SCHEMA);
    let mut looked = 0;
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let text = std::fs::read_to_string(entry.path()).unwrap();
        assert_eq!(validator.violations(&value(&text)), vec![], "{}", entry.path().display());
        assert!(text.starts_with("# yaml-language-server: $schema=../profile.schema.json\n"));
        looked += 1;
    }
    assert!(looked > 6);
}

#[test]
fn a_module_has_the_same_keys_in_the_schema() {
    let validator = validator(PROFILE_SCHEMA);
    let values = [
        (OwnKey::Effect, "effect", json!({"requirement": "a", "source": "b"})),
        (OwnKey::Statuses, "accept", json!(["2XX", 404])),
        (OwnKey::Statuses, "warn", json!(404)),
        (OwnKey::Count, "count", json!(2)),
        (OwnKey::Size, "size", json!("2MiB")),
        (OwnKey::Within, "within", json!("2s")),
        (OwnKey::Ages, "ages", json!(["2s"])),
        (OwnKey::Methods, "methods", json!(["GET"])),
        (OwnKey::MediaTypes, "media_types", json!(["a/b"])),
    ];
    for module in ModuleId::ALL {
        let is_valid = |member: Value| validator.is_valid(&json!({"profile": "p", "modules": {module.key(): member}}));
        assert!(is_valid(json!("off")) && is_valid(json!({"required": false})) && !is_valid(json!(true)), "{module}");
        for (key, name, value) in &values {
            assert_eq!(is_valid(json!({*name: value})), keys_of(*module).contains(key), "{module} {name}");
        }
    }
}

#[test]
fn what_a_profile_is_refused_for_by_shape_the_schema_refuses() {
    let validator = validator(PROFILE_SCHEMA);
    for line in [
        "titel: x",
        "callbacks: []",
        "values: {id: x}",
        "valid_for: 1",
        "signature: {scheme: hmac}",
        "signature: {components: [Date]}",
        "tls: {minimum: 1.2}",
        "limits: {body: 2MB}",
        "read_back: {url: example.org, count: $.n}",
        "modules: {handshke: off}",
        "modules: {redirect: false}",
        "modules: {methods: {methods: [get]}}",
        "modules: {tls: {accept: [2xx]}}",
    ] {
        let text = format!("profile: p\nextends: base\n{line}\n");
        assert!(!profiles::faults(&text).is_empty(), "the decoder takes {line}");
        assert!(!validator.is_valid(&value(&text)), "the schema takes {line}");
    }
}
