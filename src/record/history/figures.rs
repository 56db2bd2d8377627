//! Which figures of a record the history keeps, under which names.
//!
//! Takes them as the record has them, brought to a few units; what a record does not know is left out, never put down as nought.

use crate::record::certification::CertificationRecord;
use crate::record::history::entry::{FigureEntry, Unit};
use crate::record::load::LoadRecord;
use crate::record::load::figures::{OperationRecord, TimesRecord};
use crate::record::monitor::MonitorRecord;
use crate::record::monitor::shape::SubjectRecord;
use crate::record::shape::RunRecord;
use std::collections::BTreeMap;

/// Whether more of a figure is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Better {
    /// Less is.
    Less,
    /// More is.
    More,
    /// Neither: it says how much there was.
    Neither,
}

/// What the history says of a figure by its name.
#[must_use]
pub fn better(name: &str) -> Better {
    match name {
        "rate" | "margin" | "passed" | "gates.held" | "availability" | "kept" => Better::More,
        "cases" | "requirements" | "eligible" => Better::Neither,
        name if name.starts_with("coverage.") => Better::More,
        _ => Better::Less,
    }
}

/// The figures that a trend shows where none is asked for; names alone, of all operations together unless they are in [`EACH`].
pub const USUAL: [&str; 14] = [
    "p50",
    "p99",
    "rate",
    "errors",
    "margin",
    "passed",
    "failed",
    "findings",
    "took",
    "coverage.operations",
    "coverage.statuses",
    "kept",
    "availability",
    "outages",
];
/// Of these each operation is shown as well.
pub const EACH: [&str; 4] = ["p99", "margin", "coverage.operations", "coverage.statuses"];

/// Figures by operation and name, so that each is there once.
#[derive(Default)]
struct Figures(BTreeMap<(String, String), FigureEntry>);

impl Figures {
    fn add(&mut self, operation: &str, name: &str, unit: Unit, value: Option<f64>, samples: Option<u64>) {
        let Some(value) = value.and_then(rounded) else { return };
        let figure = FigureEntry { name: name.to_owned(), operation: operation.to_owned(), unit, value, samples };
        self.0.insert((operation.to_owned(), name.to_owned()), figure);
    }

    fn count(&mut self, operation: &str, name: &str, value: usize) {
        self.add(operation, name, Unit::Count, Some(value as f64), None);
    }

    fn done(self) -> Vec<FigureEntry> {
        self.0.into_values().collect()
    }
}

/// A value to fifteen digits, which every way of storing and handing it on keeps; nothing of what is no number.
#[must_use]
pub fn rounded(value: f64) -> Option<f64> {
    let kept: f64 = format!("{value:.14e}").parse().ok()?;
    // A nought without a sign, which not every database keeps.
    kept.is_finite().then_some(kept + 0.0)
}

/// Those of a run of suites.
#[must_use]
pub fn of_run(record: &RunRecord) -> Vec<FigureEntry> {
    let mut figures = Figures::default();
    let totals = &record.totals;
    for (name, value) in [
        ("cases", totals.cases),
        ("passed", totals.passed),
        ("failed", totals.failed),
        ("not carried out", totals.errors),
        ("skipped", totals.skipped),
        ("findings", totals.findings),
        ("warnings", totals.warnings),
        ("gates.held", totals.gates_held),
        ("gates.open", totals.gates.saturating_sub(totals.gates_held)),
    ] {
        figures.count("", name, value);
    }
    figures.add("", "took", Unit::Micros, Some(micros(record.took_ns)), None);
    let mut by_check: BTreeMap<&str, usize> = BTreeMap::new();
    for cause in &record.causes {
        *by_check.entry(&cause.check).or_default() += cause.count;
    }
    for (check, count) in by_check {
        figures.count(check, "findings", count);
    }
    for coverage in &record.coverage {
        for dimension in &coverage.dimensions {
            let name = format!("coverage.{}", dimension.key);
            let (seen, known) = (dimension.seen as f64, dimension.known as f64);
            figures.add(&coverage.suite, &name, Unit::Share, Some(seen / known), Some(dimension.known as u64));
        }
    }
    let keys: Vec<&String> = record.coverage.iter().flat_map(|c| c.dimensions.iter().map(|d| &d.key)).collect();
    for key in keys {
        let of = |part: fn(&crate::record::shape::DimensionRecord) -> usize| -> usize {
            record.coverage.iter().flat_map(|c| &c.dimensions).filter(|d| d.key == *key).map(part).sum()
        };
        let (seen, known) = (of(|d| d.seen), of(|d| d.known));
        figures.add("", &format!("coverage.{key}"), Unit::Share, Some(seen as f64 / known as f64), Some(known as u64));
    }
    for suite in &record.suites {
        figures.add(&suite.title, "took", Unit::Micros, Some(micros(suite.took_ns)), None);
        figures.count(&suite.title, "passed", suite.totals.passed);
        figures.count(&suite.title, "failed", suite.totals.failed);
    }
    for operation in &record.operations {
        let samples = Some(operation.calls.saturating_sub(operation.unanswered) as u64);
        for (name, value) in [("p50", operation.p50_ns), ("p99", operation.p99_ns), ("max", operation.max_ns)] {
            figures.add(&operation.operation, name, Unit::Micros, value.map(micros), samples);
        }
    }
    figures.done()
}

/// Those of a load.
#[must_use]
pub fn of_load(record: &LoadRecord) -> Vec<FigureEntry> {
    let mut figures = Figures::default();
    for operation in &record.load.operations {
        of_operation(&mut figures, &operation.operation, operation);
        figures.add(&operation.operation, "rate", Unit::PerSecond, operation.rate, None);
    }
    of_operation(&mut figures, "", &record.load.total);
    figures.add("", "rate", Unit::PerSecond, record.load.arrival.throughput, None);
    figures.count("", "missed", usize::try_from(record.load.arrival.missed).unwrap_or(usize::MAX));
    for slo in &record.slos {
        figures.add(&slo.title, "margin", Unit::Share, slo.margin.map(|m| m as f64 / 1e4), None);
    }
    for callback in &record.callbacks {
        times(&mut figures, &callback.title, "delivery.", &callback.latency);
        let lost = (callback.triggered > 0).then(|| callback.lost as f64 / callback.triggered as f64);
        figures.add(&callback.title, "lost", Unit::Share, lost, Some(callback.triggered));
    }
    if let Some(capacity) = record.search.as_ref().and_then(|s| s.capacity) {
        figures.add("capacity", "rate", Unit::PerSecond, Some(capacity), None);
    }
    figures.done()
}

fn of_operation(figures: &mut Figures, name: &str, operation: &OperationRecord) {
    times(figures, name, "", &operation.response_time);
    times(figures, name, "service.", &operation.service_time);
    figures.add(name, "lag.p99", Unit::Micros, operation.lag.p99.map(|us| us as f64), Some(operation.lag.samples));
    let asked = operation.count + operation.unanswered;
    let wrong = operation.unanswered + operation.invalid;
    figures.add(name, "errors", Unit::Share, (asked > 0).then(|| wrong as f64 / asked as f64), Some(asked));
}

fn times(figures: &mut Figures, operation: &str, prefix: &str, times: &TimesRecord) {
    let values = [("p50", times.p50), ("p90", times.p90), ("p99", times.p99), ("p99.9", times.p99_9), ("max", times.max)];
    for (name, value) in values {
        figures.add(operation, &format!("{prefix}{name}"), Unit::Micros, value.map(|us| us as f64), Some(times.samples));
    }
}

/// Those of a certification.
#[must_use]
pub fn of_certification(record: &CertificationRecord) -> Vec<FigureEntry> {
    let mut figures = Figures::default();
    let totals = &record.totals;
    for (name, value) in [
        ("passed", totals.passed + totals.warned),
        ("failed", totals.failed + totals.passed_unexpectedly),
        ("review", totals.review),
        ("skipped", totals.skipped),
        ("requirements", totals.requirements),
        ("kept", totals.kept),
        ("findings", totals.findings),
        ("warnings", totals.warnings),
    ] {
        figures.count("", name, value);
    }
    figures.add("", "took", Unit::Micros, Some(micros(record.took_ns)), None);
    for module in &record.modules {
        let Some(latency) = &module.latency else { continue };
        for (name, value) in [("p50", latency.p50_ns), ("p90", latency.p90_ns), ("p99", latency.p99_ns), ("max", latency.max_ns)]
        {
            figures.add(&module.key, name, Unit::Micros, Some(micros(value)), Some(latency.count));
        }
    }
    figures.done()
}

/// Those of a watch.
#[must_use]
pub fn of_monitor(record: &MonitorRecord) -> Vec<FigureEntry> {
    let mut figures = Figures::default();
    for (name, subject) in record.operations.iter().map(|o| (o.operation.as_str(), o)).chain([("", &record.all)]) {
        of_subject(&mut figures, name, subject);
        let outages = record.incidents.iter().filter(|i| name.is_empty() || i.operation == name).count();
        figures.count(name, "outages", outages);
    }
    figures.done()
}

fn of_subject(figures: &mut Figures, name: &str, subject: &SubjectRecord) {
    let millionths = |share: u32| f64::from(share) / 1e6;
    figures.add(name, "availability", Unit::Share, subject.excluded.availability.map(millionths), Some(subject.probes.total));
    figures.add(name, "down", Unit::Micros, Some(micros(subject.excluded.down_ns)), None);
    figures.add(name, "no data", Unit::Micros, Some(micros(subject.excluded.no_data_ns)), None);
    times(figures, name, "", &subject.response_time);
}

fn micros(ns: u64) -> f64 {
    ns as f64 / 1e3
}

#[cfg(test)]
mod tests {
    use super::{Better, better, of_certification, of_load, of_run, rounded};
    use crate::record::certification::fixture as certifications;
    use crate::record::fixture as runs;
    use crate::record::history::entry::FigureEntry;
    use crate::record::load::fixture as loads;

    fn of<'a>(figures: &'a [FigureEntry], operation: &str, name: &str) -> Option<&'a FigureEntry> {
        figures.iter().find(|f| f.operation == operation && f.name == name)
    }

    #[test]
    fn of_a_load_the_times_rates_errors_and_margins() {
        let record = loads::record(&loads::failing());
        let figures = of_load(&record);
        let total = &record.load.total;
        let value = |operation: &str, name: &str| of(&figures, operation, name).map(|f| (f.value, f.samples));
        assert_eq!(value("", "p99"), Some((total.response_time.p99.expect("a time") as f64, Some(total.response_time.samples))));
        assert_eq!(value("createSignature", "p50"), Some((8447.0, Some(324))));
        assert_eq!(value("createSignature", "service.p99.9"), Some((1_600_511.0, Some(324))));
        assert_eq!(value("createSignature p99 < 100ms", "margin"), Some((-3.4825, None)));
        assert_eq!(value("getAccount p99 < 100ms", "margin"), None, "what could not be judged has none");
        let errors = value("", "errors").expect("a share");
        assert!(errors.0 > 0.0 && errors.0 < 1.0 && errors.1 == Some(total.count + total.unanswered), "{errors:?}");
        for name in ["p50", "p90", "p99", "p99.9", "max", "lag.p99", "rate", "errors"] {
            for operation in ["", "createSignature", "getSignature"] {
                assert!(of(&figures, operation, name).is_some(), "{operation} {name}");
            }
        }
        assert!(of_load(&loads::record(&loads::unusable())).iter().all(|f| f.value.is_finite()));
    }

    #[test]
    fn of_a_check_the_counts_findings_coverage_and_times() {
        let record = runs::record(&runs::failing());
        let figures = of_run(&record);
        let value = |operation: &str, name: &str| of(&figures, operation, name).map(|f| f.value);
        assert_eq!(value("", "cases"), Some(record.totals.cases as f64));
        assert_eq!(value("", "failed"), Some(record.totals.failed as f64));
        let cause = &record.causes[0];
        assert!(value(&cause.check, "findings") >= Some(cause.count as f64));
        let coverage = &record.coverage[0];
        let dimension = &coverage.dimensions[0];
        let share = dimension.seen as f64 / dimension.known as f64;
        assert_eq!(value(&coverage.suite, &format!("coverage.{}", dimension.key)), rounded(share));
        assert_eq!(value("", "took"), Some(record.took_ns as f64 / 1e3));
        let certified = of_certification(&certifications::record(&certifications::passing()));
        assert!(of(&certified, "", "kept").is_some_and(|f| f.value > 0.0));
    }

    #[test]
    fn a_value_is_kept_by_every_way_of_writing_it() {
        for value in [0.0, 39.27, 1.0 / 3.0, -3.4825, 1e22, 123_456_789.123_456_79] {
            let kept = rounded(value).expect("a number");
            assert!((kept - value).abs() <= value.abs() * 1e-14);
            assert_eq!(serde_json::from_str::<f64>(&serde_json::to_string(&kept).expect("JSON")).expect("a number"), kept);
        }
        assert_eq!((rounded(f64::NAN), rounded(f64::INFINITY)), (None, None));
    }

    #[test]
    fn more_or_less_is_better() {
        for (name, expected) in [
            ("p99", Better::Less),
            ("service.p50", Better::Less),
            ("errors", Better::Less),
            ("rate", Better::More),
            ("margin", Better::More),
            ("coverage.statuses", Better::More),
            ("availability", Better::More),
            ("cases", Better::Neither),
        ] {
            assert_eq!(better(name), expected, "{name}");
        }
    }
}
