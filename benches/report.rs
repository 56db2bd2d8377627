//! What a page costs: rendering runs of several sizes, a load, and the pages of comparisons and watches.
//!
//! Measures only; that the pages are right is for the tests.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use proofmark::record::monitor;
use proofmark::report::{Format, Record, render};
use std::hint::black_box;
use std::path::{Path, PathBuf};

#[path = "../tests/support/large.rs"]
mod large;

fn sample(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/samples").join(path)
}

fn length(record: Record<'_>) -> usize {
    render(Format::Html, record).text().len()
}

fn runs(c: &mut Criterion) {
    let mut group = c.benchmark_group("page of a run");
    group.sample_size(20);
    for (exchanges, findings) in [(100, 10), (10_000, 1_000), (100_000, 0), (100_000, 50_000)] {
        let record = large::record(exchanges, findings);
        group.throughput(Throughput::Elements(exchanges as u64));
        group.bench_function(format!("{exchanges} exchanges, {findings} findings"), |b| {
            b.iter(|| length(black_box(Record::from(&record))));
        });
    }
    group.finish();
}

fn watches(c: &mut Criterion) {
    let quarter = monitor::file::read(&sample("monitor/quarter.json")).expect("a record");
    c.bench_function("page of a watch of a quarter", |b| b.iter(|| length(black_box(Record::from(&quarter)))));
}

criterion_group!(benches, runs, watches);
criterion_main!(benches);
