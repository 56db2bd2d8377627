//! The schemas that editors use, held against the decoder.
//!
//! What the decoder takes the schema takes, and what the schema names the sample suite uses. Never looks at a shipped suite.

use super::environments::WHOLE;
use super::suite;
use crate::base::source::Source;
use crate::base::tree::{Budget, parse};
use crate::schema::{SchemaSet, Validator};
use serde_json::Value;
use std::collections::BTreeSet;

const SUITE_SCHEMA: &str = include_str!("../../../../suites/suite.schema.json");
const ENVIRONMENT_SCHEMA: &str = include_str!("../../../../suites/environment.schema.json");
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
    for (schema, sample, unused) in [(SUITE_SCHEMA, SAMPLE, vec![]), (ENVIRONMENT_SCHEMA, WHOLE, vec!["window"])] {
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
