//! What writing a load down costs: a load tells its journal once a second, so the time for one telling is its share of a second.
//!
//! Measures only; that what is written can be read again is for the tests.

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use proofmark::base::units::Nanos;
use proofmark::model::load::{Answered, Cell, Class, Figures, Interval, LoadEvent, LoadObserver as _, LoadOpening, Phase};
use proofmark::model::redact::Redactor;
use proofmark::record::load::{Journal, LoadFacts};
use std::hint::black_box;

/// Requests of a second.
const RATE: u64 = 20_000;

fn opening(operations: usize) -> LoadOpening {
    LoadOpening {
        began: "2026-11-21T20:05:12Z".parse().expect("an instant"),
        title: "bench".to_owned(),
        target: "http://127.0.0.1:8080".to_owned(),
        environment: "bench".to_owned(),
        seed: 42,
        operations: (0..operations).map(|number| format!("operation{number}")).collect(),
        scenarios: vec![("all".to_owned(), 1)],
        stages: Vec::new(),
        transport: "HTTP/1.1".to_owned(),
        validate: "all".to_owned(),
        open: true,
        planned: Nanos(3_600_000_000_000),
        window: None,
    }
}

/// A second of so many operations, each with answers of two classes whose times spread over two decades.
fn second(operations: usize) -> Interval {
    let mut interval = Interval::empty(Nanos(0), Nanos(1_000_000_000), Phase::Measured);
    let each = RATE / operations as u64;
    interval.due = RATE;
    interval.sent = RATE;
    for operation in 0..operations {
        for (class, count) in [(Class::Status(2), each), (Class::Status(4), each / 50)] {
            let mut figures = Figures::default();
            for number in 0..count {
                let time = Nanos(200_000 + (number.wrapping_mul(6_364_136_223_846_793_005) >> 40));
                figures.response.record(time);
                figures.service.record(Nanos(time.0 - 9_000));
                figures.lag.record(Nanos(9_000 + number % 4_000));
            }
            interval.cells.push(Cell {
                operation,
                class,
                figures,
                answered: Answered { validated: count, invalid: 0, bytes: count * 400 },
            });
        }
    }
    (0..RATE).for_each(|number| interval.lateness.record(Nanos(1_000 + number % 9_000)));
    interval
}

fn seconds(c: &mut Criterion) {
    let mut group = c.benchmark_group("write a second of a load down");
    for operations in [1, 8, 40] {
        let interval = second(operations);
        group.bench_function(format!("{operations} operations"), |b| {
            b.iter_batched(
                || {
                    let folder = tempfile::tempdir().expect("a folder");
                    let journal = Journal::create(folder.path(), &LoadFacts::default(), Redactor::default()).expect("a journal");
                    journal.observe(LoadEvent::Started(&opening(operations)));
                    (folder, journal)
                },
                |(folder, journal)| {
                    journal.observe(LoadEvent::Interval(black_box(&interval)));
                    (folder, journal)
                },
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, seconds);
criterion_main!(benches);
