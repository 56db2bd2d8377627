//! Figures of histograms and counts, as they are stored.
//!
//! The only arithmetic of a load's record. Judges nothing, and keeps no histogram.

use crate::base::units::Nanos;
use crate::model::histogram::Histogram;
use crate::model::load::{CallbackFigures, ConnectionFigures, LoadOutcome, Totals};
use crate::model::redact::Redactor;
use crate::record::load::figures::{
    ArrivalRecord, CallbackRecord, ConnectionsRecord, CurveRecord, LoadFigures, OperationRecord, TimesRecord, ValidationRecord,
    WarmupRecord,
};
use crate::record::load::timeline::Spans;
use crate::record::load::words;
use crate::record::scrub;

/// Points of a distribution in each half of the distance that is left to 100%, as HdrHistogram's own tools take them.
pub(super) const TICKS: u32 = 5;

/// Everything that is measured of requests.
pub(super) fn figures(outcome: &LoadOutcome, spans: Spans) -> LoadFigures {
    let measured = &outcome.measured;
    let names = &outcome.opening.operations;
    let operation = |(index, name): (usize, &String)| operation(measured, Some(index), name, spans);
    let total = self::operation(measured, None, "all operations", spans);
    LoadFigures {
        operations: names.iter().enumerate().map(operation).collect(),
        validation: validation(&total),
        arrival: arrival(outcome, spans),
        warmup: (outcome.warmup.length.0 > 0).then(|| warmup(&outcome.warmup)),
        total,
    }
}

fn operation(totals: &Totals, operation: Option<usize>, name: &str, spans: Spans) -> OperationRecord {
    let figures = totals.answers(operation);
    let answered = totals.answered(operation);
    let errors: std::collections::BTreeMap<String, u64> =
        totals.errors(operation).into_iter().map(|(error, count)| (error.word().to_owned(), count)).collect();
    let count = figures.response.count();
    OperationRecord {
        operation: name.to_owned(),
        count,
        validated: answered.validated,
        invalid: answered.invalid,
        unanswered: errors.values().sum(),
        errors,
        statuses: totals.statuses(operation).into_iter().map(|(class, count)| (format!("{class}xx"), count)).collect(),
        rate: per_second(count, spans.measured + spans.drain),
        bytes: answered.bytes,
        response_time: times(&figures.response),
        service_time: times(&figures.service),
        lag: times(&figures.lag),
        response_curve: curve(&figures.response),
        service_curve: curve(&figures.service),
    }
}

fn validation(total: &OperationRecord) -> ValidationRecord {
    let (validated, received) = (total.validated, total.count);
    let exact = received > 0 && validated == received;
    let share = share(validated, received);
    ValidationRecord {
        validated,
        received,
        invalid: total.invalid,
        exact,
        share,
        sentence: words::validation(validated, received, exact, share),
    }
}

fn arrival(outcome: &LoadOutcome, spans: Spans) -> ArrivalRecord {
    let measured = &outcome.measured;
    let open = outcome.opening.open;
    ArrivalRecord {
        measured_ns: spans.measured,
        drain_ns: spans.drain,
        due: measured.due,
        sent: measured.sent,
        missed: measured.missed,
        journeys: measured.journeys,
        unfinished: outcome.unfinished,
        asked: per_second(measured.due, spans.measured).filter(|_| open),
        achieved: per_second(measured.in_time, spans.measured).filter(|_| open),
        achieved_share: share(measured.in_time.min(measured.due), measured.due).filter(|_| open),
        throughput: per_second(spans.received, spans.measured),
        cpu_per_request_ns: measured.cpu.0.checked_div(measured.sent),
    }
}

fn warmup(warmup: &Totals) -> WarmupRecord {
    WarmupRecord {
        length_ns: warmup.length.0,
        received: warmup.received(None),
        unanswered: warmup.errors(None).iter().map(|(_, count)| count).sum(),
        invalid: warmup.answered(None).invalid,
    }
}

/// The percentiles of a histogram.
pub(super) fn times(histogram: &Histogram) -> TimesRecord {
    let at = |quantile| histogram.quantile(quantile).map(micros);
    TimesRecord {
        samples: histogram.count(),
        min: histogram.min().map(micros),
        p50: at(0.5),
        p90: at(0.9),
        p95: at(0.95),
        p99: at(0.99),
        p99_9: at(0.999),
        p99_99: at(0.9999),
        max: histogram.max().map(micros),
        mean: histogram.mean().map(|mean| mean.0 as f64 / 1e3),
        beyond: histogram.saturated(),
    }
}

/// The distribution of a histogram.
pub(super) fn curve(histogram: &Histogram) -> Vec<CurveRecord> {
    let point = |p: crate::model::histogram::CurvePoint| CurveRecord {
        quantile: (p.quantile * 1e12).round() / 1e12,
        us: micros(p.time),
        count: p.count,
    };
    histogram.curve(TICKS).map(point).collect()
}

/// The stored form of connections: of the whole run, since most are opened while it warms up, but for the first byte of answers.
pub(super) fn connections(outcome: &LoadOutcome) -> ConnectionsRecord {
    let mut whole: ConnectionFigures = outcome.warmup.connections.clone();
    whole.merge(&outcome.measured.connections);
    ConnectionsRecord {
        opened: whole.opened,
        reopened: whole.reopened,
        resumed: whole.resumed,
        connect: times(&whole.connect),
        tls: times(&whole.tls),
        first_byte: times(&outcome.measured.connections.first_byte),
    }
}

/// The stored form of callbacks.
pub(super) fn callback(figures: &CallbackFigures, redactor: &Redactor) -> CallbackRecord {
    CallbackRecord {
        title: scrub::text(redactor, &figures.title),
        triggered: figures.triggered,
        delivered: figures.delivered,
        lost: figures.lost,
        open: figures.open,
        duplicates: figures.duplicates,
        out_of_order: figures.out_of_order,
        unexpected: figures.unexpected,
        validated: figures.validated,
        invalid: figures.invalid,
        latency: times(&figures.latency),
        latency_curve: curve(&figures.latency),
    }
}

/// Whole microseconds.
pub(super) fn micros(time: Nanos) -> u64 {
    time.0 / 1_000
}

/// So many a second, to hundredths.
pub(super) fn per_second(count: u64, nanos: u64) -> Option<f64> {
    (nanos > 0).then(|| rounded(count as f64 * 1e9 / nanos as f64))
}

/// To hundredths, so that what is written is what is read.
pub(super) fn rounded(rate: f64) -> f64 {
    (rate * 100.0).round() / 100.0
}

/// A share in hundredths of a per cent, rounded down so that 100% is only ever said of all.
pub(super) fn share(part: u64, whole: u64) -> Option<u32> {
    let share = (u128::from(part) * 10_000).checked_div(u128::from(whole))?;
    Some(u32::try_from(share).unwrap_or(u32::MAX))
}
