//! What a check costs: loading a spec, decoding a suite, validating a body, judging an exchange.
//!
//! Measures only; that the results are right is for the tests.

use criterion::{Criterion, criterion_group, criterion_main};
use proofmark::app::shipped;
use proofmark::base::diagnostic::Diagnostics;
use proofmark::base::source::Source;
use proofmark::base::units::Nanos;
use proofmark::check::catalogue;
use proofmark::check::expected::Means;
use proofmark::check::judgement::{Bound, answer};
use proofmark::check::rules::Rules;
use proofmark::contract::model::Direction;
use proofmark::contract::{Contract, load};
use proofmark::model::exchange::{Direction as Way, Exchange, ExchangeId, Timing};
use proofmark::model::http::{Request, Response};
use proofmark::suite::ast::expect::Expect;
use proofmark::suite::load_suite;
use proofmark::suite::template::Scope;
use serde_json::Value;
use std::hint::black_box;
use std::sync::Arc;

struct Nothing;

impl Scope for Nothing {
    fn lookup(&self, _name: &str) -> Option<Value> {
        None
    }
}

fn contract(name: &str) -> Contract {
    let source = Source::new(name, shipped::text(name).expect("a shipped file"));
    let (contract, faults): (Option<Contract>, Diagnostics) = load(&source, &|file| Err(format!("{file} is not there").into()));
    assert!(!faults.has_errors());
    contract.expect("a contract")
}

/// An answer of about 400 bytes.
const SIGNATURE: &str = r#"{"id":"SIG-2f1c9d7e4b5a4c3f8e7d6c5b4a392817","contractId":"SBX-COMPLETE/0001","proposalId":"PRO-COMPLETE-30303031",
"status":"SIGNATURE_ONGOING","createdAt":"2026-11-21T20:05:12.000Z","expiresAt":"2027-03-21T20:05:12.000Z","signatories":[
{"id":"SIG-2f1c9d7e-1","status":"SIGNATURE_COMPLETE"},{"id":"SIG-2f1c9d7e-2","status":"SIGNATURE_PENDING"}],"note":"nothing in particular"}"#;

fn benches(c: &mut Criterion) {
    let mut group = c.benchmark_group("load spec");
    for (name, _) in shipped::FILES.iter().filter(|(n, _)| n.starts_with("specs/")) {
        group.bench_function(name.trim_start_matches("specs/"), |b| b.iter(|| contract(black_box(name))));
    }
    group.finish();

    let mut group = c.benchmark_group("decode suite");
    for name in shipped::suites() {
        let source = Source::new(name, shipped::text(name).expect("a shipped file"));
        let checks = catalogue::names();
        group.bench_function(name.rsplit('/').next().unwrap_or(name), |b| b.iter(|| load_suite(black_box(&source), &checks)));
    }
    group.finish();

    let contract = Arc::new(contract("specs/laas-contract-signature.yaml"));
    let operation = Arc::clone(contract.operation("getSignature").expect("the operation"));
    let schema = contract.component_schema("Signature").expect("the schema");
    let validator = contract.validator(&schema, Direction::Response);
    let value: Value = serde_json::from_str(SIGNATURE).expect("JSON");
    assert!(validator.is_valid(&value));
    c.bench_function("validate a body of 400 bytes", |b| b.iter(|| validator.is_valid(black_box(&value))));
    c.bench_function("parse and validate a body of 400 bytes", |b| {
        b.iter(|| validator.is_valid(&serde_json::from_slice(black_box(SIGNATURE.as_bytes())).expect("JSON")));
    });

    let rules = Rules::new(contract, None, Vec::new(), Vec::new());
    let mut response = Response::new(200);
    response.headers.push("content-type", "application/json");
    response.body = SIGNATURE.as_bytes().into();
    let exchange = Exchange {
        id: ExchangeId(1),
        direction: Way::Outbound,
        operation: Some("getSignature".to_owned()),
        request: Request::new("GET", "http://127.0.0.1:1/contract-signature/v1/signatures/SIG-1"),
        result: Ok(response),
        timing: Timing { began: jiff::Timestamp::UNIX_EPOCH, service: Nanos(1) },
    };
    let expect = Expect::default();
    let means = Means { scope: &Nothing, schemas: &|_, _| Ok(()) };
    let judge = || {
        answer(
            black_box(&exchange),
            Bound { rules: Some(&rules), operation: Some(&operation), expect: &expect, cited: None, means },
        )
    };
    assert!(judge().is_clean());
    c.bench_function("judge an exchange", |b| b.iter(judge));
}

criterion_group!(all, benches);
criterion_main!(all);
