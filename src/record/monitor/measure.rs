//! The figures of a watch, as they are stored.
//!
//! The only arithmetic of its record, all of it done by the room of availability. Judges nothing by itself.

use crate::model::availability::Level;
use crate::model::histogram::Histogram;
use crate::monitor::budget::{Budget, Burn, TargetOutcome};
use crate::monitor::calendar::{dates, hours, weekdays};
use crate::monitor::figures::{Figures, Ratio, Seen};
use crate::monitor::log::Log;
use crate::monitor::minutes::{Counts, start_of};
use crate::record::load::figures::TimesRecord;
use crate::record::monitor::shape::{
    AlertRecord, BurnRecord, CountsRecord, DateRecord, FiguresRecord, SubjectRecord, TargetRecord,
};
use crate::record::monitor::words;
use crate::window::spans::{Spans, Stretch};
use jiff::tz::TimeZone;

/// An operation, or all as one, and the time that counts for it.
#[derive(Clone, Debug, Default)]
pub(super) struct Subject {
    pub(super) seen: Seen,
    pub(super) eligible: Spans,
    pub(super) raw_seen: Seen,
    pub(super) raw: Spans,
}

/// The run by the calendar.
#[derive(Clone, Debug, Default)]
pub(super) struct Calendar {
    dates: Vec<(String, Stretch)>,
    weekdays: Vec<Spans>,
    hours: Vec<Spans>,
}

impl Calendar {
    pub(super) fn of(run: Option<Stretch>, zone: &TimeZone) -> Self {
        let Some(run) = run else { return Self::default() };
        Self {
            dates: dates(run, zone).into_iter().map(|(date, part)| (date.to_string(), part)).collect(),
            weekdays: weekdays(run, zone).to_vec(),
            hours: hours(run, zone).to_vec(),
        }
    }
}

/// The stored form of figures.
pub(super) fn figures(figures: &Figures) -> FiguresRecord {
    let level = |ratio: Option<Ratio>| ratio.map(|r| r.level().millionths());
    FiguresRecord {
        eligible_ns: figures.eligible.0,
        observed_ns: figures.observed().0,
        up_ns: figures.up.0,
        degraded_ns: figures.degraded.0,
        down_ns: figures.down.0,
        no_data_ns: figures.no_data.0,
        availability: level(figures.availability()),
        at_least: level(figures.at_least()),
        at_most: level(figures.at_most()),
    }
}

/// Everything that is told of a subject but for its probes.
pub(super) fn subject(name: &str, of: &Subject, calendar: &Calendar) -> SubjectRecord {
    let Subject { seen, eligible, raw_seen, raw } = of;
    let on = |part: &Spans| figures(&Figures::of(seen, &eligible.intersection(part)));
    let date = |(date, part): &(String, Stretch)| DateRecord {
        date: date.clone(),
        length_ns: part.length().0,
        figures: on(&Spans::of(part.from, part.to)),
    };
    SubjectRecord {
        operation: name.to_owned(),
        excluded: figures(&Figures::of(seen, eligible)),
        raw: figures(&Figures::of(raw_seen, raw)),
        dates: calendar.dates.iter().map(date).collect(),
        weekdays: calendar.weekdays.iter().map(on).collect(),
        hours: calendar.hours.iter().map(on).collect(),
        ..SubjectRecord::default()
    }
}

/// Adds what is told of the probes of an operation; `eligible` is the time that counts for it.
pub(super) fn probes(record: &mut SubjectRecord, log: &Log, eligible: &Spans) {
    for run in log.minutes.runs() {
        let inside = (run.from..run.end()).filter(|m| counts(eligible, *m)).count() as u64;
        add(&mut record.probes, run.counts, inside);
        add(&mut record.probes_outside, run.counts, u64::from(run.length) - inside);
    }
    record.late_probes += log.late;
    for (why, count) in &log.whys {
        *record.causes.entry((*why).to_owned()).or_default() += count;
    }
}

/// Windows begin and end with a minute, so that all of one is on the same side; of the first minute of a run only a part is there.
fn counts(eligible: &Spans, minute: i64) -> bool {
    let (from, to) = (start_of(minute), start_of(minute + 1));
    eligible.contains(from) || eligible.next_change(from).is_some_and(|change| change < to)
}

fn add(to: &mut CountsRecord, of: Counts, minutes: u64) {
    let [up, degraded, down] = [of.up, of.degraded, of.down].map(|n| u64::from(n) * minutes);
    to.up += up;
    to.degraded += degraded;
    to.down += down;
    to.total += up + degraded + down;
    to.minutes += minutes;
    to.bad_minutes += if of.down > 0 { minutes } else { 0 };
}

/// Adds what is told of the probes of one operation to what is told of all.
pub(super) fn join(all: &mut SubjectRecord, one: &SubjectRecord) {
    for (to, of) in [(&mut all.probes, &one.probes), (&mut all.probes_outside, &one.probes_outside)] {
        to.total += of.total;
        to.up += of.up;
        to.degraded += of.degraded;
        to.down += of.down;
        to.minutes += of.minutes;
        to.bad_minutes += of.bad_minutes;
    }
    all.late_probes += one.late_probes;
    for (why, count) in &one.causes {
        *all.causes.entry(why.clone()).or_default() += count;
    }
}

/// The percentiles of a histogram, in microseconds.
pub(super) fn times(histogram: &Histogram) -> TimesRecord {
    let at = |quantile| histogram.quantile(quantile).map(|n| n.0 / 1_000);
    TimesRecord {
        samples: histogram.count(),
        min: histogram.min().map(|n| n.0 / 1_000),
        p50: at(0.5),
        p90: at(0.9),
        p95: at(0.95),
        p99: at(0.99),
        p99_9: at(0.999),
        p99_99: at(0.9999),
        max: histogram.max().map(|n| n.0 / 1_000),
        mean: histogram.mean().map(|mean| mean.0 as f64 / 1e3),
        beyond: histogram.saturated(),
    }
}

/// The stored form of a target.
pub(super) fn target(availability: Level, operation: Option<String>, over: Option<u64>, outcome: &TargetOutcome) -> TargetRecord {
    let Budget { whole, spent } = outcome.budget;
    let burn = |burn: &Burn| BurnRecord {
        over_ns: burn.over.0,
        observed_ns: burn.observed.0,
        down_ns: burn.down.0,
        hundredths: burn.hundredths(),
    };
    let mut record = TargetRecord {
        title: String::new(),
        availability: availability.millionths(),
        operation,
        over_ns: over,
        from: outcome.run.from,
        verdict: outcome.verdict.into(),
        figures: figures(&outcome.figures),
        budget_ns: whole.0,
        spent_ns: spent.0,
        left_ns: outcome.budget.left(),
        burns: outcome.burns.iter().map(burn).collect(),
        alerts: Vec::new(),
    };
    for rule in &outcome.alerts {
        let mut alert = AlertRecord {
            urgency: rule.urgency.into(),
            tenths: rule.tenths,
            long_ns: rule.long.0,
            short_ns: rule.short.0,
            title: String::new(),
        };
        alert.title = words::alert(&alert);
        record.alerts.push(alert);
    }
    record.title = words::target(&record);
    record
}
