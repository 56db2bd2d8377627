//! Loads made by hand, for the tests of records and reports.
//!
//! Every time, number and text is fixed. Never used outside tests.

use crate::base::units::{Nanos, Rate, Share};
use crate::model::histogram::Histogram;
use crate::model::load::{
    Answered, CallbackFigures, Cell, Class, Figures, Health, HealthFault, Interval, KeptFailure, LoadError, LoadEvent,
    LoadObserver, LoadOpening, LoadOutcome, Phase, SearchOutcome, SearchStep, SloOutcome, Totals,
};
use crate::model::outcome::Verdict;
use crate::model::redact::Redactor;
use crate::record::digest::document;
use crate::record::fixture as runs;
use crate::record::load::{LoadFacts, LoadRecord, Timeline, make};

const SECOND: u64 = 1_000_000_000;

pub(crate) fn facts() -> LoadFacts {
    LoadFacts {
        tool_version: "0.1.0".to_owned(),
        command: ["proofmark", "load", "signature.load.yaml", "--seed", "42"].map(str::to_owned).to_vec(),
        documents: vec![
            document("plan", "signature.load.yaml", b"load: signature journey"),
            document("suite", "suites/laas-contract-signature.yaml", b"suite: LaaS contract signature"),
            document("spec", "specs/laas-contract-signature.yaml", b"openapi: 3.1.0"),
        ],
        machine: [("processors", "2"), ("kernel", "Linux 6.1.0")].map(|(n, v)| (n.to_owned(), v.to_owned())).to_vec(),
        ..LoadFacts::default()
    }
}

/// The record of an outcome whose intervals were all told.
pub(crate) fn record(outcome: &LoadOutcome) -> LoadRecord {
    let mut timeline = Timeline::default();
    events(outcome, |event| timeline.hear(event, &Redactor::default()));
    make(outcome, &timeline, &Redactor::default(), &facts())
}

/// Tells everything that is told of such a load.
pub(crate) fn observe(outcome: &LoadOutcome, observer: &dyn LoadObserver) {
    events(outcome, |event| observer.observe(event));
}

fn events(outcome: &LoadOutcome, mut tell: impl FnMut(LoadEvent<'_>)) {
    tell(LoadEvent::Started(&outcome.opening));
    tell(LoadEvent::Note("the connections are made within the first second"));
    for interval in &intervals(outcome.measured.received(None) > 0) {
        tell(LoadEvent::Interval(interval));
        tell(LoadEvent::Callbacks(&outcome.callbacks));
    }
    outcome.failures.iter().for_each(|f| tell(LoadEvent::Failure(f)));
    outcome.search.iter().flat_map(|s| &s.steps).for_each(|s| tell(LoadEvent::Searched(s)));
    tell(LoadEvent::Finished(outcome));
}

/// Two seconds of warm-up, eight measured ones, and what came in the drain; the sixth second is slow.
pub(crate) fn intervals(answered: bool) -> Vec<Interval> {
    let phase = |second| match second {
        0 | 1 => Phase::Warmup,
        2..=9 => Phase::Measured,
        _ => Phase::Drain,
    };
    (0..=10).map(|second| interval(second, phase(second), answered)).collect()
}

fn interval(second: u64, phase: Phase, answered: bool) -> Interval {
    let mut interval = Interval::empty(Nanos(second * SECOND), Nanos(if second == 10 { SECOND / 4 } else { SECOND }), phase);
    let due = match phase {
        Phase::Warmup => 50,
        Phase::Measured => 200,
        Phase::Drain => 0,
    };
    interval.due = due;
    interval.sent = due;
    interval.journeys = due.saturating_sub(1);
    interval.in_flight = if second == 7 { 31 } else { due / 50 };
    interval.open = 64;
    interval.cpu = Nanos(due * 90_000);
    interval.run_queue = Nanos(2_000_000);
    interval.workers = 1;
    if second == 0 {
        interval.connections.opened = 64;
        (1..=64).for_each(|n| interval.connections.connect.record(Nanos(n * 11_000)));
        (1..=64).for_each(|n| interval.connections.tls.record(Nanos(900_000 + n * 21_000)));
    }
    if second == 7 {
        interval.connections.opened = 3;
        interval.connections.reopened = 3;
        interval.connections.resumed = 2;
        (1..=3).for_each(|n| interval.connections.connect.record(Nanos(n * 40_000)));
    }
    let slow = if second == 7 { 40 } else { 1 };
    let (create, get) = if phase == Phase::Drain { (4, 16) } else { (due / 5, due * 4 / 5 - 2) };
    if answered {
        interval.cells.push(cell(0, Class::Status(2), create, 4_000 * slow));
        interval.cells.push(cell(1, Class::Status(2), get, 1_500 * slow));
        (1..=create + get).for_each(|n| interval.connections.first_byte.record(Nanos((900 + n) * slow * 1_000)));
    }
    if phase == Phase::Measured && answered {
        interval.cells.push(cell(1, Class::Status(4), 1, 1_200));
        interval.cells[2].answered = Answered { validated: 1, invalid: 0, bytes: 180 };
        interval.cells.push(cell(1, Class::Error(if second == 7 { LoadError::ReadTimeout } else { LoadError::Reset }), 1, 9_000));
        interval.cells[3].answered = Answered::default();
    }
    interval
}

/// So many requests between `base` microseconds and three times that, the last of them ten times as long.
fn cell(operation: usize, class: Class, count: u64, base: u64) -> Cell {
    let mut figures = Figures::default();
    for n in 0..count {
        let service = if n + 1 == count { base * 10 } else { base + n * base * 2 / count };
        let lag = 20 + n % 60;
        figures.service.record(Nanos(service * 1_000));
        figures.lag.record(Nanos(lag * 1_000));
        figures.response.record(Nanos((service + lag) * 1_000));
    }
    Cell { operation, class, figures, answered: Answered { validated: count, invalid: 0, bytes: count * 412 } }
}

fn opening() -> LoadOpening {
    LoadOpening {
        began: "2026-11-21T20:05:12Z".parse().expect("an instant"),
        title: "signature journey at office hours".to_owned(),
        target: "the embedded sandbox at http://127.0.0.1:8080".to_owned(),
        environment: "sandbox".to_owned(),
        seed: 42,
        operations: ["createSignature", "getSignature"].map(str::to_owned).to_vec(),
        scenarios: vec![("everyone signs".to_owned(), 1), ("call getSignature".to_owned(), 9)],
        stages: vec![
            (Nanos(0), Nanos(2 * SECOND), "50/s (warm-up)".to_owned()),
            (Nanos(2 * SECOND), Nanos(4 * SECOND), "200/s".to_owned()),
            (Nanos(6 * SECOND), Nanos(4 * SECOND), "200/s, second shift".to_owned()),
        ],
        transport: "HTTP/1.1, at most 64 connections, 1 event loop".to_owned(),
        validate: "all".to_owned(),
        open: true,
        planned: Nanos(10 * SECOND),
        window: None,
    }
}

fn slo(title: &str, verdict: Verdict, actual: &str, margin: Option<i64>) -> SloOutcome {
    SloOutcome { title: title.to_owned(), verdict, actual: actual.to_owned(), margin }
}

fn empty(answered: bool) -> LoadOutcome {
    let (mut measured, mut warmup) = (Totals::default(), Totals::default());
    for interval in intervals(answered) {
        if interval.phase == Phase::Warmup { &mut warmup } else { &mut measured }.add(&interval);
    }
    LoadOutcome {
        opening: opening(),
        took: Nanos(10_250_000_000),
        measured,
        warmup,
        slos: Vec::new(),
        health: Health {
            lag_p99: Some(Nanos(79_000)),
            lag_max: Some(Nanos(81_000)),
            own_lag_p99: Some(Nanos(61_000)),
            missed: 0,
            cpu_peak: Some(Share(180)),
            cpu_mean: Some(Share(150)),
            run_queue: Some(Share(20)),
            descriptors: Some(1_048_576),
            ports: Some(28_232),
            workers: 1,
            faults: Vec::new(),
            remarks: vec!["a virtual machine: its host may take the processor away unseen".to_owned()],
            could_hold: None,
        },
        callbacks: Vec::new(),
        failures: Vec::new(),
        failures_not_kept: 0,
        search: None,
        aborted: None,
        unfinished: 0,
        interrupted: false,
        unusable: None,
    }
}

/// Everything holds, every answer is judged.
pub(crate) fn passing() -> LoadOutcome {
    let mut outcome = empty(true);
    outcome.slos = vec![
        slo("p95 < 300ms", Verdict::Pass, "149ms", Some(5_033)),
        slo("achieved_rate >= 98%", Verdict::Pass, "99.50%", Some(153)),
        slo("validated: exact", Verdict::Pass, "all of 1,612", None),
    ];
    outcome
}

/// An SLO does not hold, answers are wrong, callbacks are lost, one SLO has nothing to be judged by.
pub(crate) fn failing() -> LoadOutcome {
    let mut outcome = empty(true);
    outcome.slos = vec![
        slo("createSignature p99 < 100ms", Verdict::Fail, "448ms", Some(-34_825)),
        slo("p50 < 50ms", Verdict::Pass, "3.72ms", Some(9_256)),
        slo("getAccount p99 < 100ms", Verdict::Skipped, "no sample", None),
    ];
    let wrong = outcome.measured.cells.iter_mut().find(|c| c.class == Class::Status(4)).expect("answers of 4xx");
    wrong.answered.invalid = wrong.answered.validated;
    outcome.callbacks = vec![callback()];
    let run = runs::failing();
    let findings = || run.cases.iter().flat_map(|c| c.steps.iter().flat_map(|s| s.findings.clone()));
    for id in [3, 5] {
        let exchange = run.exchanges.iter().find(|x| x.id.0 == id).expect("an exchange").clone();
        let findings: Vec<_> = findings().filter(|f| f.exchange.is_some_and(|x| x.0 == id)).collect();
        let operation = exchange.operation.clone().unwrap_or_default();
        outcome.failures.push(KeptFailure { operation, exchange, findings, errors: Vec::new() });
    }
    outcome.failures[1].errors.push("the body is larger than is judged".to_owned());
    outcome.failures_not_kept = 1_234;
    outcome
}

fn callback() -> CallbackFigures {
    let mut latency = Histogram::new();
    (1..=300).for_each(|n| latency.record(Nanos(n * 400_000)));
    CallbackFigures {
        title: "createSignature -> registerCallback.notification".to_owned(),
        triggered: 324,
        delivered: 300,
        lost: 20,
        open: 4,
        duplicates: 5,
        out_of_order: 2,
        unexpected: 1,
        validated: 300,
        invalid: 0,
        latency,
    }
}

/// The generator was the bottleneck.
pub(crate) fn invalid() -> LoadOutcome {
    let mut outcome = passing();
    outcome.health.lag_p99 = Some(Nanos(412_000_000));
    outcome.health.own_lag_p99 = Some(Nanos(398_000_000));
    outcome.health.missed = 120;
    outcome.health.cpu_peak = Some(Share(9_980));
    outcome.health.faults = vec![
        HealthFault {
            name: "lag",
            seen: "99% of the requests left up to 398ms late, though a connection was free".to_owned(),
            hint: "ask for less than 140/s, or give it more processors with `--workers`".to_owned(),
        },
        HealthFault {
            name: "cpu",
            seen: "99.80% of its processor".to_owned(),
            hint: "give it a processor of its own".to_owned(),
        },
    ];
    outcome.health.could_hold = Some(Rate(140.0));
    outcome
}

/// A search for the capacity.
pub(crate) fn searched() -> LoadOutcome {
    let mut outcome = passing();
    let step = |rate: f64, held: bool, confirms: bool| SearchStep {
        rate: Rate(rate),
        achieved: Rate(if held { rate } else { 820.0 }),
        held,
        broken: if held { Vec::new() } else { vec!["p99 < 50ms".to_owned()] },
        p50: Some(Nanos(if held { 2_000_000 } else { 300_000_000 })),
        p99: Some(Nanos(if held { 9_000_000 } else { 900_000_000 })),
        confirms,
    };
    outcome.search = Some(SearchOutcome {
        capacity: Some(Rate(800.0)),
        broke_at: Some(Rate(850.0)),
        steps: vec![
            step(400.0, true, false),
            step(800.0, true, false),
            step(1_600.0, false, false),
            step(850.0, false, false),
            step(800.0, true, true),
        ],
        unbounded: false,
    });
    outcome
}

/// Nothing answered.
pub(crate) fn unusable() -> LoadOutcome {
    let mut outcome = empty(false);
    outcome.slos = vec![slo("p95 < 300ms", Verdict::Skipped, "no sample", None)];
    outcome.unusable = Some("nothing listens at http://127.0.0.1:8080: connection refused".to_owned());
    outcome
}

/// Stopped after a while.
pub(crate) fn interrupted() -> LoadOutcome {
    let mut outcome = passing();
    outcome.interrupted = true;
    outcome.opening.planned = Nanos(60 * SECOND);
    outcome
}
