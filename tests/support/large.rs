//! A run that is larger than any page: as many cases, findings and exchanges as are asked for.
//!
//! Made of outcomes as a run makes them, so that its record is one. The same numbers give the same run.

#![allow(dead_code, unreachable_pub, reason = "each file uses a part of this")]

use jiff::{SignedDuration, Timestamp};
use proofmark::base::diagnostic::Severity;
use proofmark::base::pointer::Pointer;
use proofmark::base::units::Nanos;
use proofmark::model::check::{CheckId, Requirement};
use proofmark::model::exchange::{Direction, Exchange, ExchangeId, Timing};
use proofmark::model::finding::Finding;
use proofmark::model::http::{Request, Response};
use proofmark::model::outcome::{CaseOutcome, RunOutcome, StepOutcome, Verdict};
use proofmark::model::redact::Redactor;
use proofmark::record::{Facts, RunRecord, make};

/// Exchanges of one case, each with a step of its own.
const STEPS: usize = 4;
/// Findings of one step.
const FOUND: usize = 5;
/// Operations of the API.
const OPERATIONS: usize = 40;

/// The record of a run with `exchanges` exchanges and `findings` findings, of which the first cases have all.
pub fn record(exchanges: usize, findings: usize) -> RunRecord {
    let cases = (0..exchanges.div_ceil(STEPS)).map(|n| case(n, findings)).collect();
    let outcome = RunOutcome {
        began: began(),
        took: Nanos(90_000_000_000),
        target: "http://127.0.0.1:8080".to_owned(),
        environment: "large".to_owned(),
        seed: 1,
        interrupted: false,
        unusable: None,
        cases,
        exchanges: (0..exchanges).map(exchange).collect(),
        coverage: Vec::new(),
        gates: Vec::new(),
    };
    let facts = Facts { tool_version: "0.0.0".to_owned(), ..Facts::default() };
    make(&outcome, &Redactor::default(), &facts)
}

fn began() -> Timestamp {
    "2026-11-21T20:05:12Z".parse().expect("an instant")
}

fn case(number: usize, findings: usize) -> CaseOutcome {
    let steps: Vec<StepOutcome> = (0..STEPS).map(|step| self::step(number * STEPS + step, findings)).collect();
    CaseOutcome {
        id: format!("large/case-{number}"),
        suite: format!("Suite {}", number % 3),
        title: format!("order {number} is created, read, changed and cancelled"),
        place: None,
        tags: Vec::new(),
        required: true,
        requirements: vec![format!("large/requirement-{}", number % 60)],
        verdict: steps.iter().fold(Verdict::NotApplicable, |v, s| v.and(s.verdict)),
        reason: None,
        steps,
        took: Nanos(3_600_000),
    }
}

fn step(exchange: usize, findings: usize) -> StepOutcome {
    let first = exchange * FOUND;
    let found: Vec<Finding> = (first..findings.min(first + FOUND)).map(|n| finding(n, exchange)).collect();
    StepOutcome {
        title: format!("call {}", operation(exchange)),
        place: None,
        verdict: if found.is_empty() { Verdict::Pass } else { Verdict::Fail },
        reason: None,
        findings: found,
        exchanges: vec![ExchangeId(exchange as u64 + 1)],
    }
}

fn operation(exchange: usize) -> String {
    format!("operation{}", exchange % OPERATIONS)
}

fn finding(number: usize, exchange: usize) -> Finding {
    let member = number % FOUND;
    Finding {
        check: CheckId("body.schema"),
        requirement: Requirement { id: format!("large/schema-{member}"), source: "Large API 1.0".to_owned() },
        severity: if member == 4 { Severity::Warning } else { Severity::Error },
        message: "the body is not as its schema says".to_owned(),
        operation: Some(operation(exchange)),
        header: None,
        instance: Some(Pointer::from_escaped(format!("/lines/{member}/amount"))),
        schema: Some(Pointer::from_escaped(format!("/components/schemas/Line/properties/amount{member}"))),
        spec: None,
        expected: "a number".to_owned(),
        actual: format!("the string \"{number}\""),
        exchange: Some(ExchangeId(exchange as u64 + 1)),
    }
}

fn exchange(number: usize) -> Exchange {
    let mut request = Request::new("POST", format!("http://127.0.0.1:8080/v1/orders/{number}"));
    request.headers.push("content-type", "application/json");
    request.body = format!("{{\"order\":{number}}}").into();
    let mut response = Response::new(200);
    response.headers.push("content-type", "application/json");
    let lines: Vec<String> = (0..FOUND).map(|line| format!("{{\"line\":{line},\"amount\":\"{number}\"}}")).collect();
    response.body = format!("{{\"id\":\"O-{number}\",\"lines\":[{}]}}", lines.join(",")).into();
    let after = SignedDuration::from_micros(i64::try_from(number * 900).expect("small"));
    Exchange {
        id: ExchangeId(number as u64 + 1),
        direction: Direction::Outbound,
        operation: Some(operation(number)),
        request,
        result: Ok(response),
        timing: Timing { began: began().checked_add(after).expect("in range"), service: Nanos(800_000 + number as u64 % 97) },
    }
}
