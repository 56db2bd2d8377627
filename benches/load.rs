//! What a request of a load costs the generator: when it is due, its bytes, the head of its answer, its judgement, its record.
//!
//! Measures only; that the results are right is for the tests.

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use proofmark::app::shipped;
use proofmark::base::seed::Seed;
use proofmark::base::source::Source;
use proofmark::base::units::{Nanos, Rate};
use proofmark::check::catalogue;
use proofmark::check::found::Judgement;
use proofmark::check::rules::Rules;
use proofmark::contract::{Contract, load};
use proofmark::engine::arrival::{Schedule, Stage};
use proofmark::engine::{Answer, Judged};
use proofmark::load::judge::{Judge, StepRules};
use proofmark::model::exchange::{Direction, Exchange, ExchangeId, Timing};
use proofmark::model::http::{Request, Response};
use proofmark::model::load::{Answered, Cell, Class, ConnectionFigures, Figures, Phase};
use proofmark::net::lean::{AnswerReader, Fed, HeadMemo};
use proofmark::plan::bind::{Selection, SuiteInput, bind};
use proofmark::plan::{Plan, PlannedKind};
use proofmark::request::maker::Maker;
use proofmark::request::names::Names;
use proofmark::request::origins::Origins;
use proofmark::request::prepared::Prepared;
use proofmark::request::prepared::slot::{SlotValue, Slots};
use proofmark::suite::ast::load::Validate;
use proofmark::suite::{load_environment, load_suite};
use std::collections::HashMap;
use std::hint::black_box;
use std::sync::Arc;

fn contract(name: &str, text: &str) -> Arc<Contract> {
    let (contract, faults) = load(&Source::new(name, text), &|file| Err(format!("{file} is not there").into()));
    assert!(!faults.has_errors());
    Arc::new(contract.expect("a contract"))
}

fn signatures() -> Arc<Contract> {
    let name = "specs/laas-contract-signature.yaml";
    contract(name, shipped::text(name).expect("a shipped file"))
}

fn arrival(c: &mut Criterion) {
    /// Starts that are asked for at a time.
    const MANY: u64 = 1_000;
    let stage = |from, to| Stage { from: Rate(from), to: Rate(to), during: Nanos(3_600_000_000_000), phase: Phase::Measured };
    let mut group = c.benchmark_group("arrival of 1000");
    for (name, stage, seed) in [
        ("constant", stage(20_000.0, 20_000.0), None),
        ("ramp", stage(1_000.0, 40_000.0), None),
        ("poisson", stage(20_000.0, 20_000.0), Some(Seed(7))),
    ] {
        let schedule = Schedule::new(vec![stage], seed);
        let mut starts = schedule.starts(0, 1);
        group.bench_function(name, |b| {
            b.iter(|| {
                for _ in 0..MANY {
                    match starts.next() {
                        Some(start) => drop(black_box(start)),
                        None => starts = schedule.starts(0, 1),
                    }
                }
            });
        });
    }
    group.finish();
}

/// An answer of about 400 bytes, whose identifier ends with this number.
fn signature(number: u32) -> String {
    format!(
        r#"{{"id":"SIG-2f1c9d7e4b5a4c3f8e7d6c5b{number:08}","contractId":"SBX-COMPLETE/0001","proposalId":"PRO-COMPLETE-30303031",
"status":"SIGNATURE_ONGOING","createdAt":"2026-11-21T20:05:12.000Z","expiresAt":"2027-03-21T20:05:12.000Z","signatories":[
{{"id":"SIG-2f1c9d7e-1","status":"SIGNATURE_COMPLETE"}},{{"id":"SIG-2f1c9d7e-2","status":"SIGNATURE_PENDING"}}],"note":"nothing in particular"}}"#
    )
}

fn head(second: u32, length: usize) -> String {
    format!(
        "HTTP/1.1 200 OK\r\nServer: one\r\nDate: Sat, 21 Nov 2026 20:05:{:02} GMT\r\nContent-Type: application/json\r\n\
         Cache-Control: no-store\r\nContent-Length: {length}\r\n\r\n",
        second % 60
    )
}

fn heads(c: &mut Criterion) {
    let body = signature(1);
    let answers: Vec<String> = (0..2).map(|second| head(second, body.len()) + &body).collect();
    let (mut reader, mut memo) = (AnswerReader::new(1 << 20), HeadMemo::default());
    let mut read = |answer: &str| {
        reader.begin(false);
        match reader.feed(black_box(answer.as_bytes()), &mut memo) {
            Fed::Complete(answer) => answer.body.len(),
            other => panic!("{other:?}"),
        }
    };
    let mut group = c.benchmark_group("read an answer");
    group.bench_function("its head as the last", |b| b.iter(|| read(&answers[0])));
    let mut turn = 0;
    group.bench_function("its head another", |b| {
        b.iter(|| {
            turn ^= 1;
            read(&answers[turn])
        });
    });
    group.finish();
}

fn recording(c: &mut Criterion) {
    let mut cell = Cell { operation: 0, class: Class::Status(2), figures: Figures::default(), answered: Answered::default() };
    let (mut connections, mut n) = (ConnectionFigures::default(), 0_u64);
    c.bench_function("record a request", |b| {
        b.iter(|| {
            n = n.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let time = Nanos(black_box(100_000 + (n >> 44)));
            cell.figures.response.record(time);
            cell.figures.service.record(Nanos(time.0 - 5_000));
            cell.figures.lag.record(Nanos(5_000 + (n >> 60)));
            connections.first_byte.record(Nanos(time.0 - 6_000));
            cell.answered.validated += 1;
        });
    });
}

fn judging(c: &mut Criterion) {
    let contract = signatures();
    let rules = StepRules {
        method: "GET".to_owned(),
        operation: contract.operation("getSignature").cloned(),
        rules: Arc::new(Rules::new(contract, None, Vec::new(), Vec::new())),
        expect: Arc::default(),
        cited: None,
    };
    let answer = |head: &str, body: &str, judge: &mut Judge| {
        let (head, body) = (head.as_bytes(), body.as_bytes());
        let (service, at, sent) = (Nanos(1), Nanos(2), Nanos(1));
        let answer = Answer { status: 200, head, fields: &[], body, service, at, sent };
        judge.judge(0, &answer, |_| Some((exchange(), Judgement::default()))).judged
    };
    let judge = || Judge::new([rules.clone()], Validate::All, Seed(1));
    let mut group = c.benchmark_group("judge an answer of 400 bytes");
    let (body, mut repeated) = (signature(1), judge());
    let head = head(1, body.len());
    group.bench_function("repeated", |b| b.iter(|| assert_eq!(answer(&head, black_box(&body), &mut repeated), Judged::Right)));
    let (mut fresh, mut number) = (judge(), 0);
    group.bench_function("fresh", |b| {
        let next = || {
            number += 1;
            signature(number)
        };
        b.iter_batched_ref(
            next,
            |body| assert_eq!(answer(&head, black_box(body), &mut fresh), Judged::Right),
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

/// What is judged in full once, before there is a short way.
fn exchange() -> Exchange {
    Exchange {
        id: ExchangeId(1),
        direction: Direction::Outbound,
        operation: None,
        request: Request::new("GET", "http://127.0.0.1:1/"),
        result: Ok(Response::new(200)),
        timing: Timing { began: jiff::Timestamp::UNIX_EPOCH, service: Nanos(1) },
    }
}

const SUITE: &str = r#"suite: signatures
spec: laas-contract-signature.yaml
cases:
  - name: both
    steps:
      - call: getSignature
        path: {signatureId: SIG-1}
        auth: none
      - call: createSignature
        body: {contractId: "SBX-COMPLETE/${unique}"}
        auth: partner
"#;

fn writing(c: &mut Criterion) {
    let environment = "environment: e\ntarget: http://127.0.0.1:1\nauth: {partner: {bearer: \"${env.TOKEN:-token}\"}}\n";
    let environment = load_environment(&Source::new("env.yaml", environment), &|_| None).0.expect("an environment");
    let suite = load_suite(&Source::new("suite.yaml", SUITE), &catalogue::names()).0.expect("a suite");
    let input = SuiteInput {
        suite: Arc::new(suite),
        slug: "signatures".to_owned(),
        contract: signatures(),
        spec: "laas-contract-signature".to_owned(),
        others: HashMap::new(),
    };
    let plan: Plan = bind(&[input], &environment, &Selection::default()).0.expect("a plan");
    let (case, origins) = (&plan.cases[0], Origins::all_at("http://127.0.0.1:1"));
    let maker = Maker { planned: &plan.suites[0], origins: &origins, environment: &environment, seed: Seed(1), case: &case.id };
    let mut slots = Slots::default();
    let mut group = c.benchmark_group("write a request");
    for (name, step) in [("static", 0), ("slotted", 1)] {
        let PlannedKind::Send(send) = &case.steps[step].kind else { panic!("{name} is no request") };
        let prepared = Prepared::compile(&maker, send, &Names::default(), &mut slots).expect("a request");
        let ready = prepared.ready().expect("a prepared request");
        let mut out = Vec::with_capacity(4_096);
        group.bench_function(name, |b| {
            b.iter(|| {
                out.clear();
                ready.write(|_| SlotValue::Text(black_box("u00c0ffee00c0ffee")), &mut out).expect("it fits");
                out.len()
            });
        });
    }
    group.finish();
}

criterion_group!(all, arrival, heads, recording, judging, writing);
criterion_main!(all);
