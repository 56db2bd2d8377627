//! The schemas that editors use, held against the decoder.
//!
//! What the decoder takes the schema takes, and what the schema names the samples use. Never runs anything.

use super::environments::WHOLE;
use super::{profiles, suite};
use crate::base::source::Source;
use crate::base::tree::{Budget, parse};
use crate::model::certification::ModuleId;
use crate::schema::{SchemaSet, Validator};
use crate::suite::decode::load::tests as load;
use crate::suite::decode::monitor::tests as monitor;
use crate::suite::decode::profile::modules::{OwnKey, keys as keys_of};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const SUITE_SCHEMA: &str = include_str!("../../../../suites/suite.schema.json");
const ENVIRONMENT_SCHEMA: &str = include_str!("../../../../suites/environment.schema.json");
const PROFILE_SCHEMA: &str = include_str!("../../../../suites/profile.schema.json");
const FAILURES_SCHEMA: &str = include_str!("../../../../suites/expected-failures.schema.json");
const LOAD_SCHEMA: &str = include_str!("../../../../suites/load.schema.json");
const MONITOR_SCHEMA: &str = include_str!("../../../../suites/monitor.schema.json");
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

/// A schema without what it shares with that of suites, whose sample uses all of it.
fn own(schema: &str) -> Value {
    let mut own: Value = serde_json::from_str(schema).unwrap();
    let suites: Value = serde_json::from_str(SUITE_SCHEMA).unwrap();
    if own["title"] != suites["title"]
        && let (Some(own), Some(suites)) = (own["$defs"].as_object_mut(), suites["$defs"].as_object())
    {
        own.retain(|name, definition| suites.get(name) != Some(definition));
    }
    own
}

#[test]
fn the_samples_are_valid_and_use_every_key() {
    for (schema, samples, unused) in [
        (SUITE_SCHEMA, vec![SAMPLE], Vec::<&str>::new()),
        (ENVIRONMENT_SCHEMA, vec![WHOLE], vec![]),
        (PROFILE_SCHEMA, vec![profiles::WHOLE], vec![]),
        (FAILURES_SCHEMA, vec![profiles::FAILURES], vec![]),
        (LOAD_SCHEMA, vec![load::WHOLE, load::CLOSED, load::SEARCH], vec![]),
        (MONITOR_SCHEMA, vec![monitor::WHOLE, monitor::MINUTES], vec![]),
    ] {
        let (mut known, mut used) = (BTreeSet::new(), BTreeSet::new());
        named(&own(schema), &mut known);
        for sample in samples {
            let sample = value(sample);
            assert_eq!(validator(schema).violations(&sample), vec![]);
            keys(&sample, &mut used);
        }
        let missing: Vec<&str> = known.difference(&used).map(String::as_str).collect();
        assert_eq!(missing, unused);
    }
}

#[test]
fn what_plans_and_suites_share_is_described_once() {
    let [loads, monitors, suites] =
        [LOAD_SCHEMA, MONITOR_SCHEMA, SUITE_SCHEMA].map(|text| serde_json::from_str::<Value>(text).unwrap()["$defs"].clone());
    for (one, other) in [(&loads, &suites), (&monitors, &suites), (&monitors, &loads)] {
        let (one, other) = (one.as_object().unwrap(), other.as_object().unwrap());
        let shared: Vec<&String> = one.keys().filter(|name| other.contains_key(*name)).collect();
        assert!(shared.len() > 10, "{shared:?}");
        for name in shared {
            assert_eq!(one[name], other[name], "{name}");
        }
    }
}

#[test]
fn what_a_plan_is_refused_for_by_shape_the_schema_refuses() {
    let validator = validator(LOAD_SCHEMA);
    let open = "{model: open, stages: [{rate: 1/s, for: 10s}]}";
    let with = |scenario: &str, arrival: &str, more: &str| {
        format!("load: l\nsuite: s.yaml\nscenarios: [{scenario}]\narrival: {arrival}\n{more}\n")
    };
    let sound = with("{case: a}", open, "");
    assert!(load::plan(&sound).1.is_empty() && validator.is_valid(&value(&sound)));
    let scenarios = [
        "",
        "{call: a, case: b}",
        "{weight: 1}",
        "{case: a, weight: 0}",
        "{case: a, row: 0}",
        "{case: a, path: {}}",
        "{call: a, row: 1}",
        "{call: a, repeat: {times: 2}}",
        "{call: a, capture: {id: $.id}}",
        "{call: a, data: ids.json}",
        "{call: a, data: {pick: random}}",
        "{call: a, data: {file: a.csv, pick: any}}",
        "{case: a, row: 1, data: a.csv}",
    ];
    let arrivals = [
        "{stages: []}",
        "{model: opn}",
        "{model: open}",
        "{model: open, stages: []}",
        "{model: poisson, stages: [{for: 1s}]}",
        "{model: open, stages: [{rate: 1/s}]}",
        "{model: open, stages: [{rate: 1, for: 1s}]}",
        "{model: open, stages: [{rate: 1/s, spike: 1/s, for: 1s}]}",
        "{model: open, stages: [{spike: 1/s, to: 2/s, for: 1s}]}",
        "{model: open, stages: [{rate: 1/s, for: 1s}], think: 1s}",
        "{model: closed, stages: [{users: 0, for: 1s}]}",
        "{model: closed, stages: [{rate: 1/s, for: 1s}]}",
        "{model: closed, stages: [{users: 1, for: 1s}], think: {min: 1s}}",
        "{model: search}",
        "{model: search, from: 1/s, up: 1}",
        "{model: search, from: 1/s, confirm: 0}",
    ];
    let lines = [
        "spec: x.yaml",
        "slos: {}",
        "transport: {http: 3}",
        "transport: {connections: 0}",
        "transport: {timeout: 10}",
        "validate: some",
        "validate: {smple: 10%}",
        "callbacks: {}",
        "callbacks: [{trigger: a}]",
        "slo: {}",
        "slo: {p95: 300}",
        "slo: {p95: 300ms}",
        "slo: {p9x: \"< 1s\"}",
        "slo: {p95: {is: \"< 1s\"}}",
        "slo: {a: {erors: \"< 1%\"}}",
        "slo: {p95: []}",
        "abort: {}",
        "abort: {when: errors > 5%}",
    ];
    let broken = scenarios.iter().map(|scenario| with(scenario, open, ""));
    let broken = broken.chain(arrivals.iter().map(|arrival| with("{case: a}", arrival, "slo: {p99: \"< 1s\"}")));
    for text in broken.chain(lines.iter().map(|line| with("{case: a}", open, line))) {
        assert!(!load::plan(&text).1.is_empty(), "the decoder takes {text}");
        assert!(!validator.is_valid(&value(&text)), "the schema takes {text}");
    }
}

#[test]
fn what_a_monitor_plan_is_refused_for_by_shape_the_schema_refuses() {
    let validator = validator(MONITOR_SCHEMA);
    let with = |probe: &str, more: &str| format!("monitor: m\nsuite: s.yaml\nprobes: [{probe}]\n{more}\n");
    let sound = "{call: a, every: 10s}";
    let probes = [
        "",
        "{call: a}",
        "{every: 10s}",
        "{case: a, every: 10s}",
        "{request: GET /a, every: 10s}",
        "{call: a, every: 10}",
        "{call: a, every: 10s, jitter: 1s}",
        "{call: a, every: 10s, timeout: 1}",
        "{call: a, every: 10s, slow: fast}",
        "{call: a, every: 10s, name: ' '}",
        "{call: a, every: 10s, name: ' a'}",
        "{call: a, every: 10s, as: partner}",
        "{call: a, every: 10s, repeat: {times: 2}}",
        "{call: a, every: 10s, poll: {every: 1s, within: 2s, until: {$.a: 1}}}",
        "{call: a, every: 10s, capture: {id: $.id}}",
        "{call: a, every: 10s, collect: {ids: '$[*].id'}}",
        "{call: a, every: 10s, expect: {status: 2xx}}",
    ];
    let lines = [
        "spec: x.yaml",
        "down: all",
        "down: {}",
        "down: {failures: 3}",
        "down: {failures: 0, within: 90s}",
        "down: {failures: 1001, within: 90s}",
        "down: {within: 90s, bad_minutes: 50%}",
        "down: {bad_minutes: 1/2}",
        "down: 0 within 90s",
        "down: 3 in 90s",
        "down: bad_minutes",
        "targets: []",
        "targets: {availability: 99%}",
        "targets: [99.9]",
        "targets: ['.5%']",
        "targets: [99% over]",
        "targets: [{operation: a}]",
        "targets: [{availability: 99.9}]",
        "targets: [{availability: 99.9%, over: 30}]",
        "alerts: {}",
        "alerts: [{on: down}]",
        "alerts: [{command: [a]}]",
        "alerts: [{on: [], command: [a]}]",
        "alerts: [{on: [down, down], command: [a]}]",
        "alerts: [{on: dwon, command: [a]}]",
        "alerts: [{on: down, command: a}]",
        "alerts: [{on: down, command: []}]",
        "alerts: [{on: down, command: [a], webhook: {url: 'https://a'}}]",
        "alerts: [{on: down, webhook: {}}]",
        "alerts: [{on: down, webhook: {url: 'ftp://a'}}]",
        "alerts: [{on: down, webhook: {url: 'https:///a'}}]",
        "alerts: [{on: down, webhook: {url: 'https://a', secret: '${env.A}'}}]",
        "alerts: [{on: down, webhook: {url: 'https://a/${state}'}}]",
        "limits: {rate: 10}",
        "limits: {concurrency: 0}",
        "limits: {concurrency: 1025}",
        "limits: {timeout: 1s}",
        "for: ever",
        "jitter: 10%",
    ];
    assert!(monitor::plan(&with(sound, "")).1.is_empty() && validator.is_valid(&value(&with(sound, ""))));
    let broken = probes.iter().map(|probe| with(probe, ""));
    for text in broken.chain(lines.iter().map(|line| with(sound, line))) {
        assert!(!monitor::plan(&text).1.is_empty(), "the decoder takes {text}");
        assert!(!validator.is_valid(&value(&text)), "the schema takes {text}");
    }
}

/// What stands in the folder of the plans, and in the document, is valid.
#[test]
fn shipped_monitor_plans_and_those_of_the_document_are_valid() {
    let validator = validator(MONITOR_SCHEMA);
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("suites/monitor");
    let mut texts: Vec<String> =
        std::fs::read_dir(folder).unwrap().flatten().map(|e| std::fs::read_to_string(e.path()).unwrap()).collect();
    assert!(texts.len() == 3 && texts.iter().all(|t| t.starts_with("# yaml-language-server: $schema=../monitor.schema.json\n")));
    texts.extend(monitor::documented());
    for text in texts {
        assert_eq!(validator.violations(&value(&text)), vec![], "{text}");
        assert_eq!(monitor::plan(&text).1, Vec::<String>::new(), "{text}");
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
