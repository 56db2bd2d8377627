//! The charts of a load.
//!
//! Lays the record's points out as lines, with the stages and the warm-up behind those over time. Never computes a figure.

use crate::base::units::{Nanos, Rate, Share};
use crate::record::load::LoadRecord;
use crate::record::load::figures::{CurveRecord, OperationRecord, PhaseRecord, PointRecord};
use crate::record::load::shape::SearchRecord;
use crate::record::load::words::{error, grouped, time};
use crate::report::html::load::chart::{Chart, Scale};
use std::collections::BTreeSet;

/// Distances between marks of time, in seconds.
const STEPS: [u64; 18] = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 21_600, 43_200, 86_400, 604_800];
/// Marks of time at most.
const MARKS: u64 = 8;
/// Characters of a stage's name above the chart.
const STAGE: usize = 26;

/// The distribution of the times of an operation, as HdrHistogram's own tools plot it; `None` without answers.
pub(super) fn percentiles(operation: &OperationRecord) -> Option<Chart> {
    let (response, service) = (&operation.response_curve, &operation.service_curve);
    let times = || response.iter().chain(service).map(|p| p.us);
    let upright = Scale::of_times(times().min()? as f64, times().max()? as f64);
    let finite = |curve: &[CurveRecord]| curve.iter().map(nines).filter(|n| n.is_finite()).fold(1.0, f64::max);
    let end = finite(response).max(finite(service)).ceil().max(2.0);
    let about = if upright.is_by_powers() { "both scales by powers of ten" } else { "" };
    let mut chart = Chart::new(&operation.operation, about, Scale::level(end), upright, micros);
    chart.mark(0.0, "0%".to_owned());
    for (nine, label) in ["90%", "99%", "99.9%", "99.99%", "99.999%", "99.9999%"].into_iter().enumerate() {
        if nine as f64 + 1.0 <= end {
            chart.mark(nine as f64 + 1.0, label.to_owned());
        }
    }
    for (label, curve) in [("response", response), ("service", service)] {
        chart.line(label, curve.iter().map(|p| (nines(p).min(end), Some(p.us as f64))));
    }
    let r = &operation.response_time;
    chart.described = format!(
        "distribution of the response time: p50 {}, p90 {}, p99 {}, p99.9 {}, longest {}",
        time(r.p50),
        time(r.p90),
        time(r.p99),
        time(r.p99_9),
        time(r.max)
    );
    Some(chart)
}

/// How many nines a point has: 1 at 90%, 2 at 99%.
fn nines(point: &CurveRecord) -> f64 {
    (1.0 / (1.0 - point.quantile)).log10()
}

/// The distribution of a callback's latency; `None` without deliveries.
pub(super) fn latency(title: &str, curve: &[CurveRecord]) -> Option<Chart> {
    let largest = curve.iter().map(|p| p.us).max()?;
    let end = curve.iter().map(nines).filter(|n| n.is_finite()).fold(1.0, f64::max).ceil().max(2.0);
    let mut chart = Chart::new(title, "from trigger to delivery", Scale::level(end), Scale::upright(largest as f64), micros);
    chart.mark(0.0, "0%".to_owned());
    for (nine, label) in ["90%", "99%", "99.9%", "99.99%"].into_iter().enumerate().filter(|(n, _)| *n as f64 + 1.0 <= end) {
        chart.mark(nine as f64 + 1.0, label.to_owned());
    }
    chart.line("latency", curve.iter().map(|p| (nines(p).min(end), Some(p.us as f64))));
    Some(chart)
}

/// Rates asked for and had.
pub(super) fn throughput(record: &LoadRecord) -> Chart {
    let asked = |p: &PointRecord| p.asked.filter(|_| record.open);
    let largest = record.series.iter().flat_map(|p| [asked(p), p.achieved]).flatten().fold(1.0, f64::max);
    let mut chart = over_time("Throughput", "answers a second", record, Scale::upright(largest), |v| Rate(v).to_string());
    chart.line("answers", record.series.iter().map(|p| (middle(p), p.achieved)));
    if record.open {
        chart.line("asked", record.series.iter().map(|p| (middle(p), asked(p))));
    }
    chart
}

/// Response times by percentile.
pub(super) fn response(record: &LoadRecord) -> Chart {
    let times = |p: &PointRecord| [p.p50, p.p90, p.p99, p.p99_9, p.max];
    let all = || record.series.iter().flat_map(times).flatten();
    let scale = Scale::decades(all().min().unwrap_or(1) as f64, all().max().unwrap_or(1) as f64);
    let mut chart = over_time("Response time", "by powers of ten", record, scale, micros);
    for (i, label) in ["p50", "p90", "p99", "p99.9", "longest"].into_iter().enumerate() {
        chart.line(label, record.series.iter().map(|p| (middle(p), times(p)[i].map(|us| us as f64))));
    }
    chart
}

/// How late requests left.
pub(super) fn lag(record: &LoadRecord) -> Chart {
    let largest = record.series.iter().filter_map(|p| p.lag_p99).max().unwrap_or(1);
    let mut chart = over_time("Lag", "99% of the requests left no later", record, Scale::upright(largest as f64), micros);
    chart.line("lag p99", record.series.iter().map(|p| (middle(p), p.lag_p99.map(|us| us as f64))));
    chart
}

/// The share of processors that the generator used and waited for.
pub(super) fn processor(record: &LoadRecord) -> Chart {
    let said = |hundredths: f64| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between nothing and all")]
        Share(hundredths as u32).to_string()
    };
    let scale = Scale::upright(record.series.iter().flat_map(|p| [p.cpu, p.run_queue]).flatten().max().unwrap_or(0).into());
    let mut chart = over_time("Processor of the generator", "share of its event loops", record, scale, said);
    chart.line("used", record.series.iter().map(|p| (middle(p), p.cpu.map(f64::from))));
    chart.line("waited for", record.series.iter().map(|p| (middle(p), p.run_queue.map(f64::from))));
    chart
}

/// Requests under way, and connections.
pub(super) fn concurrency(record: &LoadRecord) -> Chart {
    let largest = record.series.iter().map(|p| p.in_flight.max(p.connections)).max().unwrap_or(1);
    let mut chart = over_time("Under way", "at the end of each second", record, Scale::upright(largest as f64), count);
    chart.line("requests", record.series.iter().map(|p| (middle(p), Some(p.in_flight as f64))));
    chart.line("connections", record.series.iter().map(|p| (middle(p), Some(p.connections as f64))));
    chart
}

/// Requests without an answer by class, and wrong answers; `None` where there are none.
pub(super) fn errors(record: &LoadRecord) -> Option<Chart> {
    let classes: BTreeSet<&str> = record.series.iter().flat_map(|p| p.errors.keys()).map(String::as_str).collect();
    let of = |p: &PointRecord, class: &str| p.errors.get(class).copied().unwrap_or(0);
    let counts = |p: &PointRecord| classes.iter().map(|c| of(p, c)).chain([p.invalid]).max();
    let largest = record.series.iter().filter_map(counts).max().filter(|n| *n > 0)?;
    let mut chart = over_time("Errors", "requests without an answer, by class", record, Scale::upright(largest as f64), count);
    for class in &classes {
        chart.line(error(class), record.series.iter().map(|p| (middle(p), Some(of(p, class) as f64))));
    }
    if record.series.iter().any(|p| p.invalid > 0) {
        chart.line("wrong answers", record.series.iter().map(|p| (middle(p), Some(p.invalid as f64))));
    }
    Some(chart)
}

/// Response times at the rates that were tried; `None` where no step had an answer.
pub(super) fn search(search: &SearchRecord) -> Option<Chart> {
    let times = || search.steps.iter().flat_map(|s| [s.p50, s.p99]).flatten();
    let (smallest, largest) = (times().min()?, times().max()?);
    let end = search.steps.iter().map(|s| s.rate).fold(1.0, f64::max);
    let scale = Scale::level(end);
    let mut chart =
        Chart::new("Response time by rate", "by powers of ten", scale, Scale::decades(smallest as f64, largest as f64), micros);
    for value in scale.marks() {
        chart.mark(value, Rate(value).to_string());
    }
    // Of the target a spoiled step says nothing.
    let mut steps: Vec<_> = search.steps.iter().filter(|s| !s.spoiled).collect();
    steps.sort_by(|a, b| a.rate.total_cmp(&b.rate));
    chart.line("p50", steps.iter().map(|s| (s.rate, s.p50.map(|us| us as f64))));
    chart.line("p99", steps.iter().map(|s| (s.rate, s.p99.map(|us| us as f64))));
    for step in steps {
        if let Some(us) = step.p99 {
            chart.dot(step.rate, us as f64, if step.held { "good" } else { "bad" });
        }
    }
    chart.described.clone_from(&search.sentence);
    Some(chart)
}

fn over_time(title: &str, about: &str, record: &LoadRecord, y: Scale, said: impl Fn(f64) -> String) -> Chart {
    let end = record.series.last().map_or(1, |p| p.at_ns.saturating_add(p.length_ns));
    let mut chart = Chart::new(title, about, Scale::level(end as f64), y, said);
    chart.end_ns = Some(end);
    for stretch in record.series.chunk_by(|a, b| a.phase == b.phase) {
        if let [first, ..] = stretch
            && first.phase != PhaseRecord::Measured
        {
            let last = stretch.last().unwrap_or(first);
            chart.band(first.at_ns as f64, last.at_ns.saturating_add(last.length_ns) as f64, first.phase.word(), "aside");
        }
    }
    for stage in record.stages.iter().filter(|s| s.at_ns < end) {
        let title: String = stage.title.chars().take(STAGE).collect();
        let title = if title == stage.title { title } else { format!("{title}…") };
        chart.band(stage.at_ns as f64, stage.at_ns.saturating_add(stage.length_ns) as f64, &title, "stage");
    }
    let seconds = end / 1_000_000_000;
    let step = STEPS.into_iter().find(|step| seconds / step <= MARKS).unwrap_or(STEPS[STEPS.len() - 1]);
    for mark in (0..=seconds).step_by(usize::try_from(step).unwrap_or(1)).take(100) {
        let at = Nanos(mark * 1_000_000_000);
        chart.mark(at.0 as f64, at.to_string());
    }
    chart
}

fn middle(point: &PointRecord) -> f64 {
    point.at_ns as f64 + point.length_ns as f64 / 2.0
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "marks of scales that begin at nothing")]
fn micros(us: f64) -> String {
    time(Some(us as u64))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "marks of scales that begin at nothing")]
fn count(value: f64) -> String {
    // A quarter of a small scale is no whole number, and means nothing where things are counted.
    if value.fract() > 0.0 { String::new() } else { grouped(value as u64) }
}
