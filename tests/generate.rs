//! Values from schemas written by others: every schema that something conforms to gets a value, and every sample of a valid
//! kind is valid.
//!
//! The schemas are not part of the repository: the test looks for them beside the checkout, or where `PROOFMARK_CORPUS` says,
//! and says so when it finds none. Never opens a connection.

#![expect(clippy::print_stdout, reason = "the figures are for whoever runs it")]

use proofmark::base::seed::Seed;
use proofmark::base::source::Source;
use proofmark::contract::model::{Direction, SchemaRef};
use proofmark::contract::{Contract, Unreadable, load};
use proofmark::generate::{Generated, SampleKind, Wish, samples, value};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Schemas of real specs that nothing conforms to, and why.
const UNSATISFIABLE: &[(&str, &str, &str)] = &[
    ("oas3.1-valid_schema_types.yaml", "nothing_boolean", "it is `false`"),
    ("oas3.1-valid_schema_types.yaml", "nothing_object", "it is `not: {}`"),
    (
        "real31-codat.io__sync-for-expenses__prealpha.json",
        "TransactionMetadataList",
        "`additionalProperties: false` beside an `allOf` that requires properties",
    ),
    ("real31-openai.com__2.3.0.json", "ResponsesServerEvent", "`discriminator` names a schema whose own values are others"),
];

/// Schemas of the test suite that get no value although something conforms to them, and why.
const NOT_FOUND: &[(&str, &str)] =
    &[("after leaving a dynamic scope, it is not used by a $dynamicRef", "a dynamic reference is followed as a plain one")];

/// One schema in this many gets every kind of sample; all of them get a value.
const EVERY: usize = 10;

fn wish() -> Wish {
    Wish { seed: Seed(7), now: "2026-01-28T08:00:00Z".parse().expect("a moment"), most: 8 }
}

fn corpus() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let root = std::env::var_os("PROOFMARK_CORPUS").map_or_else(beside, PathBuf::from);
    if root.join("valid").is_dir() {
        return Some(root);
    }
    println!("skipped: no specs at {}", root.display());
    None
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut all: Vec<PathBuf> = entries.map(|e| e.expect("an entry").path()).filter(|path| path.is_file()).collect();
    all.sort();
    all
}

fn name(file: &Path) -> String {
    file.file_name().expect("a name").to_string_lossy().into_owned()
}

fn read(file: &Path) -> Option<Contract> {
    let text = String::from_utf8_lossy(&std::fs::read(file).expect("a file")).into_owned();
    let folder = file.parent().expect("a folder").to_path_buf();
    let resolver = move |path: &str| {
        if path.contains("://") {
            return Err(Unreadable::remote());
        }
        let text = std::fs::read_to_string(folder.join(path));
        text.map(|t| Source::new(path, t)).map_err(|e| e.to_string().into())
    };
    load(&Source::new(name(file), text), &resolver).0
}

/// Samples of valid kinds that the validator refuses, and required fields whose absence it accepts.
fn wrong(contract: &Contract, schema: &SchemaRef, made: &Generated) -> Vec<String> {
    let validator = contract.validator(schema, Direction::Response);
    let is_right = |kind: &SampleKind, value: &Value| match kind {
        SampleKind::Event | SampleKind::Boundary(_) | SampleKind::Odd(_) | SampleKind::OptionalAbsent(_) => {
            validator.is_valid(value)
        }
        SampleKind::MissingRequired(_) => !validator.is_valid(value),
        SampleKind::UnknownField(_) | SampleKind::UnknownValue(_) => true,
    };
    let wrong = made.samples.iter().filter(|s| !is_right(&s.kind, &s.value));
    wrong.map(|s| format!("{} {schema} {}: {}", contract.title, s.label, s.value)).collect()
}

/// Whether a schema gets both a minimal and a full value.
fn gets_values(contract: &Contract, schema: &SchemaRef) -> bool {
    [false, true].into_iter().all(|full| value(contract, schema, Direction::Response, full, &wish()).is_some())
}

#[test]
fn every_schema_of_real_specs_gets_a_value() {
    let Some(root) = corpus() else { return };
    let (mut count, mut faults) = (0, Vec::new());
    for file in files(&root.join("valid")) {
        let Some(contract) = read(&file) else { continue };
        for component in contract.component_names() {
            let Some(schema) = contract.component_schema(component) else { continue };
            if contract.validator(&schema, Direction::Response).fault().is_some() {
                continue;
            }
            count += 1;
            let known = UNSATISFIABLE.iter().any(|(f, c, _)| *f == name(&file) && *c == component);
            if gets_values(&contract, &schema) == known {
                faults.push(format!("{} {component}: {}", name(&file), if known { "gets a value" } else { "gets none" }));
            }
            if count % EVERY == 0 {
                let made = samples(&contract, &schema, Direction::Response, &wish());
                faults.extend(wrong(&contract, &schema, &made));
            }
        }
    }
    println!("{count} schemas, {} of them unsatisfiable", UNSATISFIABLE.len());
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(count > 2_000, "only {count}");
}

/// The schemas of the JSON Schema Test Suite that some instance of a test conforms to.
#[test]
fn every_satisfiable_schema_of_the_test_suite_gets_a_value() {
    let Some(root) = corpus().map(|root| root.join("json-schema")) else { return };
    let (mut count, mut faults) = (0, Vec::new());
    for folder in ["draft2020-12", "draft2020-12/optional", "draft2020-12/optional/format"] {
        for file in files(&root.join(folder)) {
            let text = std::fs::read_to_string(&file).expect("text");
            let groups: Vec<Value> = serde_json::from_str(&text).expect("a list of groups");
            for group in groups {
                let Some((contract, schema)) = of_group(&root, &group["schema"]) else { continue };
                let validator = contract.validator(&schema, Direction::Response);
                let is_satisfied = |test: &Value| validator.is_valid(&test["data"]);
                if !group["tests"].as_array().expect("tests").iter().any(is_satisfied) {
                    continue;
                }
                count += 1;
                let known = NOT_FOUND.iter().any(|(description, _)| group["description"] == *description);
                if gets_values(&contract, &schema) == known {
                    faults.push(format!("{} {}: {}", name(&file), group["description"], group["schema"]));
                }
                faults.extend(wrong(&contract, &schema, &samples(&contract, &schema, Direction::Response, &wish())));
            }
        }
    }
    println!("{count} schemas");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(count > 400, "only {count}");
}

fn of_group(root: &Path, schema: &Value) -> Option<(Contract, SchemaRef)> {
    let mut schema = schema.clone();
    if let Some(members) = schema.as_object_mut() {
        members.entry("$id").or_insert_with(|| json!("http://example.com/own"));
    }
    let remotes = root.join("remotes");
    let resolver = move |uri: &str| {
        let path = uri.strip_prefix("http://localhost:1234/").ok_or_else(Unreadable::remote)?;
        let text = std::fs::read_to_string(remotes.join(path));
        text.map(|t| Source::new(uri, t)).map_err(|e| e.to_string().into())
    };
    let document = json!({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "components": {"schemas": {"S": schema}}});
    let contract = load(&Source::new("t.json", document.to_string()), &resolver).0?;
    let schema = contract.component_schema("S")?;
    contract.validator(&schema, Direction::Response).fault().is_none().then_some((contract, schema))
}
