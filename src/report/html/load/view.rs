//! What the page of a load shows, in the order in which it shows it.
//!
//! Joins the parts of the record that stand together on the page. Never computes a figure and never writes HTML.

use crate::base::units::{Rate, Share};
use crate::record::load::LoadRecord;
use crate::record::load::figures::{CallbackRecord, ConnectionsRecord, OperationRecord, PointRecord, TimesRecord};
use crate::record::load::shape::{FailureRecord, LoadResult, SloRecord, Validity};
use crate::record::load::words;
use crate::record::shape::{FindingRecord, Outcome};
use crate::report::html::load::chart::Chart;
use crate::report::html::load::curves;
use crate::report::html::message::ExchangeView;
use crate::report::load::shown_as;
use std::collections::BTreeSet;

/// Operations whose distribution is drawn at most; the table has all of them.
const DRAWN: usize = 12;

/// The whole page.
pub(super) struct View<'a> {
    pub(super) tone: &'static str,
    pub(super) validity: &'static str,
    pub(super) headline: &'a str,
    pub(super) rest: Vec<&'a str>,
    pub(super) slos: Vec<SloView<'a>>,
    /// Over all operations first, where there are several.
    pub(super) distributions: Vec<(&'a OperationRecord, Chart)>,
    pub(super) series: Vec<TimedView<'a>>,
    pub(super) rows: Vec<&'a OperationRecord>,
    /// Over all of them, where there are several.
    pub(super) total: Option<&'a OperationRecord>,
    pub(super) connections: Vec<(&'static str, &'a TimesRecord)>,
    pub(super) callbacks: Vec<(&'a CallbackRecord, Option<Chart>)>,
    pub(super) search: Option<Chart>,
    pub(super) failures: Vec<FailureView<'a>>,
}

/// An SLO.
pub(super) struct SloView<'a> {
    pub(super) slo: &'a SloRecord,
    pub(super) tone: &'static str,
    pub(super) word: &'static str,
    pub(super) margin: String,
}

/// A chart over time, and what it shows in figures.
pub(super) struct TimedView<'a> {
    pub(super) chart: Chart,
    pub(super) head: Vec<&'a str>,
    pub(super) rows: Vec<(&'a PointRecord, Vec<String>)>,
}

/// A failing answer with its exchange.
pub(super) struct FailureView<'a> {
    pub(super) failure: &'a FailureRecord,
    pub(super) exchange: ExchangeView<'a>,
}

impl<'a> View<'a> {
    pub(super) fn of(record: &'a LoadRecord) -> Self {
        let load = &record.load;
        let mut parts = record.sentence.split("; ");
        let total = (load.operations.len() > 1).then_some(&load.total);
        let drawn = total.into_iter().chain(load.operations.iter().take(DRAWN));
        View {
            tone: match record.verdict {
                LoadResult::Conforms => "good",
                LoadResult::Fails | LoadResult::Invalid => "bad",
                LoadResult::NotJudged | LoadResult::Interrupted => "open",
            },
            validity: match record.validity.result {
                Validity::Sound => "good",
                Validity::Invalid => "bad",
                Validity::Unknown => "open",
            },
            headline: parts.next().unwrap_or_default(),
            rest: parts.collect(),
            slos: record.slos.iter().map(|s| slo(record, s)).collect(),
            distributions: drawn.filter_map(|o| curves::percentiles(o).map(|chart| (o, chart))).collect(),
            series: if record.series.is_empty() { Vec::new() } else { series(record) },
            rows: load.operations.iter().collect(),
            total,
            connections: connections(&record.connections),
            callbacks: record.callbacks.iter().map(|c| (c, curves::latency(&c.title, &c.latency_curve))).collect(),
            search: record.search.as_ref().and_then(curves::search),
            failures: record.failures.iter().map(failure).collect(),
        }
    }
}

fn slo<'a>(record: &LoadRecord, slo: &'a SloRecord) -> SloView<'a> {
    let outcome = shown_as(record, slo.outcome);
    SloView {
        slo,
        tone: match outcome {
            Outcome::Pass => "good",
            Outcome::Fail | Outcome::Error => "bad",
            Outcome::Skipped | Outcome::Review | Outcome::NotApplicable => "open",
        },
        word: outcome.word(),
        margin: slo.margin.map(words::margin).unwrap_or_default(),
    }
}

fn series(record: &LoadRecord) -> Vec<TimedView<'_>> {
    let rate = |rate: Option<f64>| rate.map_or_else(|| "–".to_owned(), |r| Rate(r).to_string());
    let share = |share: Option<u32>| share.map_or_else(|| "–".to_owned(), |s| Share(s).to_string());
    let us = words::time;
    let mut views = vec![
        timed(record, curves::throughput(record), vec!["Achieved", "Asked", "Answers", "Missed"], |p| {
            vec![rate(p.achieved), rate(p.asked), words::grouped(p.received), words::grouped(p.missed)]
        }),
        timed(record, curves::response(record), vec!["p50", "p90", "p99", "p99.9", "Longest"], |p| {
            [p.p50, p.p90, p.p99, p.p99_9, p.max].map(us).to_vec()
        }),
    ];
    if let Some(chart) = curves::errors(record) {
        let classes: BTreeSet<&str> = record.series.iter().flat_map(|p| p.errors.keys()).map(String::as_str).collect();
        let head = classes.iter().map(|class| words::error(class)).chain(["wrong answers"]).collect();
        views.push(timed(record, chart, head, |p| {
            let of = |class: &&str| words::grouped(p.errors.get(*class).copied().unwrap_or(0));
            classes.iter().map(of).chain([words::grouped(p.invalid)]).collect()
        }));
    }
    views.extend([
        timed(record, curves::lag(record), vec!["Lag p99"], |p| vec![us(p.lag_p99)]),
        timed(record, curves::processor(record), vec!["Used", "Waited for"], |p| vec![share(p.cpu), share(p.run_queue)]),
        timed(record, curves::concurrency(record), vec!["Requests", "Connections"], |p| {
            vec![words::grouped(p.in_flight), words::grouped(p.connections)]
        }),
    ]);
    views
}

fn timed<'a>(
    record: &'a LoadRecord,
    chart: Chart,
    head: Vec<&'a str>,
    cells: impl Fn(&PointRecord) -> Vec<String>,
) -> TimedView<'a> {
    TimedView { chart, head, rows: record.series.iter().map(|p| (p, cells(p))).collect() }
}

fn connections(record: &ConnectionsRecord) -> Vec<(&'static str, &TimesRecord)> {
    let times = [
        ("to an established connection", &record.connect),
        ("to agreed TLS, after that", &record.tls),
        ("from sending to the first byte", &record.first_byte),
    ];
    times.into_iter().filter(|(_, times)| times.samples > 0).collect()
}

fn failure(failure: &FailureRecord) -> FailureView<'_> {
    let findings: Vec<&FindingRecord> = failure.findings.iter().collect();
    FailureView { failure, exchange: ExchangeView::of(&failure.exchange, &findings, false) }
}
