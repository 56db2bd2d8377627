//! What it costs to judge the body of an answer: built and then validated, or validated as it was read.
//!
//! Measures only; that the verdicts are the same is for the tests.

use criterion::{Criterion, criterion_group, criterion_main};
use proofmark::app::shipped;
use proofmark::base::source::Source;
use proofmark::contract::load;
use proofmark::contract::model::Direction;
use proofmark::schema::{SchemaSet, Tape, Validator};
use serde_json::{Value, json};
use std::hint::black_box;

/// An answer of 400 bytes with twelve properties.
const ORDER: &str = r#"{"id":"ord_5f2c9e7ab81d4e60","status":"CONFIRMED","customer":"cus_91be77d0","currency":"EUR","amount":12950,
"discount":0.15,"express":false,"createdAt":"2026-11-21T20:05:12Z","updatedAt":"2026-11-21T20:07:45Z","note":null,
"tags":["fragile","gift","priority"],"address":{"line":"14 rue des Lilas","city":"Montreuil","postcode":"93100","country":"FR",
"instructions":"leave it with the neighbour"}}"#;

fn order() -> Validator {
    let text = json!({"type": "string", "minLength": 1, "maxLength": 80});
    let schema = json!({
        "type": "object", "additionalProperties": false,
        "required": ["id", "status", "customer", "currency", "amount", "createdAt"],
        "properties": {
            "id": {"type": "string", "pattern": "^ord_[0-9a-f]{16}$"}, "customer": text, "note": {"type": ["string", "null"]},
            "status": {"enum": ["PENDING", "CONFIRMED", "SHIPPED", "CANCELLED"]},
            "currency": {"type": "string", "minLength": 3, "maxLength": 3},
            "amount": {"type": "integer", "minimum": 0}, "discount": {"type": "number", "minimum": 0, "maximum": 1},
            "express": {"type": "boolean"}, "createdAt": {"type": "string", "format": "date-time"},
            "updatedAt": {"type": "string", "format": "date-time"}, "tags": {"type": "array", "items": text, "maxItems": 8},
            "address": {
                "type": "object", "required": ["line", "city", "country"],
                "properties": {"line": text, "city": text, "postcode": text, "country": text, "instructions": text}
            }
        }
    });
    SchemaSet::inline(&schema).expect("a schema")
}

/// The same size of answer, as a shipped spec describes it.
const SIGNATURE: &str = r#"{"id":"SIG-2f1c9d7e4b5a4c3f8e7d6c5b4a392817","contractId":"SBX-COMPLETE/0001","proposalId":"PRO-COMPLETE-30303031",
"status":"SIGNATURE_ONGOING","createdAt":"2026-11-21T20:05:12.000Z","expiresAt":"2027-03-21T20:05:12.000Z","signatories":[
{"id":"SIG-2f1c9d7e-1","status":"SIGNATURE_COMPLETE"},{"id":"SIG-2f1c9d7e-2","status":"SIGNATURE_PENDING"}],"note":"nothing in particular"}"#;

fn signature() -> Validator {
    let name = "specs/laas-contract-signature.yaml";
    let source = Source::new(name, shipped::text(name).expect("a shipped file"));
    let contract = load(&source, &|file| Err(format!("{file} is not there").into())).0.expect("a contract");
    let schema = contract.component_schema("Signature").expect("the schema");
    contract.validator(&schema, Direction::Response)
}

fn benches(c: &mut Criterion) {
    // Everything is accepted without a look, so that only the reading is left.
    let anything = SchemaSet::inline(&json!(true)).expect("a schema").light().expect("a schema");
    for (name, full, body) in [("order", order(), ORDER), ("signature", signature(), SIGNATURE)] {
        let light = full.light().expect("a schema");
        let value: Value = serde_json::from_str(body).expect("JSON");
        let bytes = body.as_bytes();
        let mut tape = Tape::new();
        assert!(full.is_valid(&value));
        assert_eq!(light.is_valid(bytes, &mut tape), Some(true));
        let mut group = c.benchmark_group(format!("judge {name}"));
        group.bench_function("build", |b| b.iter(|| serde_json::from_slice::<Value>(black_box(bytes)).expect("JSON")));
        group.bench_function("validate", |b| b.iter(|| full.is_valid(black_box(&value))));
        group.bench_function("build and validate", |b| {
            b.iter(|| full.is_valid(&serde_json::from_slice(black_box(bytes)).expect("JSON")));
        });
        group.bench_function("read", |b| b.iter(|| anything.is_valid(black_box(bytes), &mut tape)));
        group.bench_function("read and validate", |b| b.iter(|| light.is_valid(black_box(bytes), &mut tape)));
        group.finish();
    }
}

criterion_group!(all, benches);
criterion_main!(all);
