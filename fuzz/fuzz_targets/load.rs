//! The loader on anything: whatever it is given, it answers with a contract or with diagnostics that can be shown.
#![no_main]

use libfuzzer_sys::fuzz_target;
use proofmark::base::source::Source;
use proofmark::contract::model::Direction;
use proofmark::contract::{Unreadable, load};
use proofmark::diff::{Verdict, diff};

/// What references may lead to.
const NEIGHBOUR: &str = "Pet: {type: object, properties: {next: {$ref: '#/Pet'}, back: {$ref: 't.yaml#/components/schemas/A'}}}\n";

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let name = if text.trim_start().starts_with('{') { "t.json" } else { "t.yaml" };
    let resolver = |file: &str| match file {
        "n.yaml" => Ok(Source::new("n.yaml", NEIGHBOUR)),
        "t.yaml" => Ok(Source::new("t.yaml", text)),
        other => Err(Unreadable::from(format!("no {other}"))),
    };
    let (contract, faults) = load(&Source::new(name, text), &resolver);
    assert_eq!(contract.is_none(), faults.has_errors());
    for fault in faults {
        assert!(!fault.render(false).is_empty());
    }
    let Some(contract) = contract else { return };
    let _ = contract.compile_all();
    let _ = contract.lint();
    assert_eq!(diff(&contract, &contract).verdict, Verdict::Same);
    let value = serde_json::json!({"id": "1", "next": {"kind": "x"}, "items": [1, null, "a"]});
    for schema in contract.schemas() {
        for direction in [Direction::Request, Direction::Response] {
            let validator = contract.validator(schema, direction);
            assert_eq!(validator.is_valid(&value), validator.violations(&value).is_empty());
        }
    }
    for operation in &contract.operations {
        let path = operation.path.fill(|_| Some("x".to_owned())).unwrap_or_default();
        let _ = contract.route(&operation.method, &path);
    }
});
