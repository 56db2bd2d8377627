//! What a question about availability costs: open or not, when that changes, and the making of a window.
//!
//! Measures only; that the answers are right is for the tests.

use criterion::{Criterion, criterion_group, criterion_main};
use jiff::{Timestamp, ToSpan as _};
use proofmark::base::diagnostic::Diagnostics;
use proofmark::base::source::Source;
use proofmark::base::tree::{Budget, parse};
use proofmark::window::spec::WindowSpec;
use proofmark::window::{compile, decode};
use std::hint::black_box;

/// The seed's hours and a thousand maintenances, one each 40 hours.
fn spec(around: Timestamp) -> WindowSpec {
    let begin = around.checked_sub((500 * 40).hours()).expect("an instant");
    let planned = (0_i64..1_000).map(|nth| {
        let from = begin.checked_add((nth * 40).hours()).expect("an instant");
        format!("  - {{from: {from}, to: {}}}\n", from.checked_add(90.minutes()).expect("an instant"))
    });
    let planned: String = planned.collect();
    let text = format!("zone: Europe/Paris\nopen: [\"Mon-Sun 07:30-22:00\"]\nmaintenance:\n{planned}");
    let source = Source::new("window.yaml", text);
    let document = parse(&source, Budget::default()).expect("a document");
    let mut faults = Diagnostics::new();
    decode::availability(&document.root, &source, &mut faults).expect("a window")
}

fn windows(c: &mut Criterion) {
    let around: Timestamp = "2026-11-29T12:00:00Z".parse().expect("an instant");
    let spec = spec(around);
    let window = compile::window(&spec, around, &|_| None).expect("a window");
    // Instants over three years, in no order, so that no branch is learned.
    let instants: Vec<Timestamp> =
        (0_i64..4_096).map(|nth| around.checked_add((nth * 7_919 % 4_096 * 6 - 8_000).hours()).expect("an instant")).collect();
    let mut group = c.benchmark_group("window");
    let mut turn = instants.iter().cycle();
    let mut next = || *turn.next().expect("an instant");
    group.bench_function("is_open", |b| b.iter(|| window.is_open(black_box(next()))));
    group.bench_function("next_change", |b| b.iter(|| window.next_change(black_box(next()))));
    let beyond = around.checked_add((30 * 366 * 24).hours()).expect("an instant");
    group.bench_function("is_open beyond the table", |b| b.iter(|| window.is_open(black_box(beyond))));
    group.bench_function("next_change beyond the table", |b| b.iter(|| window.next_change(black_box(beyond))));
    group.bench_function("compile", |b| b.iter(|| compile::window(black_box(&spec), around, &|_| None)));
    group.finish();
}

criterion_group!(all, windows);
criterion_main!(all);
