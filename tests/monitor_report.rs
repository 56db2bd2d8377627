//! Stored watches in every format, as others read them: metrics by the parser of the published Prometheus library.
//!
//! Watches nothing; what a page complains about in a browser is in `browser.rs`.

mod support;

use proofmark::base::source::Source;
use proofmark::record::monitor::file;
use proofmark::record::monitor::shape::{FiguresRecord, MonitorRecord, SubjectRecord};
use proofmark::report::{self, Format};
use proofmark::suite::load_openslo;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use support::{Bench, python};

fn record(name: &str) -> MonitorRecord {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/samples/monitor");
    file::read(&samples.join(name)).expect("a record")
}

fn render(format: Format, record: &MonitorRecord) -> String {
    report::render(format, record).text()
}

#[test]
fn a_stored_watch_is_shown_in_every_format() {
    let record = record("quarter.json");
    for (format, holds) in [
        ("text", "UNDECIDED  all operations available for at least 97.5% of the run: 98.8138%, between 96.1839% and"),
        ("html", "<caption>March 2026</caption>"),
        ("json", "\"format\":\"proofmark.monitor\""),
        ("junit", "<testsuites name=\"proofmark\" tests=\"5\""),
        ("markdown", "| **MISSED** | 97.0804% |"),
        ("csv", "2026-03-29,Europe/Paris,operation,showPet,82800.000,48600.000,"),
        ("openmetrics", "# EOF\n"),
        ("openslo", "duration: 30d"),
    ] {
        let text = render(format.parse::<Format>().expect("a format"), &record);
        assert!(text.contains(holds), "{format}: {text}");
    }
}

#[test]
fn the_record_is_read_back_from_its_json() {
    for name in ["report.json", "quarter.json"] {
        let record = record(name);
        let json = render(Format::Json, &record);
        assert_eq!(file::parse(&json, name), Ok(record));
    }
}

#[test]
fn targets_are_read_back_from_openslo() {
    let record = record("quarter.json");
    let (targets, faults) = load_openslo(&Source::new("slos.yaml", render(Format::OpenSlo, &record)));
    assert!(faults.is_empty(), "{:?}", faults.sorted());
    let read = targets.unwrap_or_default();
    let read: Vec<_> = read.iter().map(|t| (t.availability.value.millionths(), t.over.map(|over| over.0))).collect();
    assert_eq!(read, record.targets.iter().map(|t| (t.availability, t.over_ns)).collect::<Vec<_>>());
}

/// What the library reads: values by name and labels, and the types of families.
fn parsed(python: &Path, text: &str) -> (BTreeMap<String, f64>, BTreeMap<String, (String, String)>) {
    let bench = Bench::new();
    bench.write("metrics.txt", text);
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/interop/openmetrics.py");
    let output = Command::new(python).arg(script).arg(bench.path("metrics.txt")).output().expect("the library runs");
    assert!(output.status.success(), "{}\n{text}", String::from_utf8_lossy(&output.stderr));
    let families: Vec<Value> = serde_json::from_slice(&output.stdout).expect("what it says");
    let (mut values, mut types) = (BTreeMap::new(), BTreeMap::new());
    let word = |value: &Value| value.as_str().expect("text").to_owned();
    for family in &families {
        types.insert(word(&family["name"]), (word(&family["type"]), word(&family["unit"])));
        for sample in family["samples"].as_array().expect("samples") {
            let labels: BTreeMap<String, String> =
                sample["labels"].as_object().expect("labels").iter().map(|(name, value)| (name.clone(), word(value))).collect();
            let key = format!("{} {labels:?}", word(&sample["name"]));
            assert_eq!(
                values.insert(key.clone(), sample["value"].as_f64().unwrap_or(f64::INFINITY)),
                None,
                "{key} is there once"
            );
        }
    }
    (values, types)
}

/// The key of a sample as [`parsed`] makes it.
fn key(name: &str, labels: &[(&str, &str)]) -> String {
    let labels: BTreeMap<&str, &str> = labels.iter().copied().collect();
    format!("proofmark_monitor_{name} {labels:?}")
}

fn figures(values: &BTreeMap<String, f64>, scope: &[(&str, &str)], maintenance: &str, f: &FiguresRecord) {
    let labels = |more: &[(&'static str, &'static str)]| -> Vec<(String, String)> {
        let all = scope.iter().copied().chain([("maintenance", maintenance)]).chain(more.iter().copied());
        all.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    };
    let of = |name: &str, labels: Vec<(String, String)>| {
        let labels: Vec<(&str, &str)> = labels.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        values.get(&key(name, &labels)).copied()
    };
    for (name, ns) in [
        ("eligible_seconds", f.eligible_ns),
        ("observed_seconds", f.observed_ns),
        ("up_seconds", f.up_ns),
        ("degraded_seconds", f.degraded_ns),
        ("down_seconds", f.down_ns),
        ("no_data_seconds", f.no_data_ns),
    ] {
        assert_eq!(of(name, labels(&[])), Some(ns as f64 / 1e9), "{name} {scope:?}");
    }
    for (bound, share) in [("observed", f.availability), ("at_least", f.at_least), ("at_most", f.at_most)] {
        let share = share.map(|millionths| f64::from(millionths) / 1e6);
        assert_eq!(of("availability_ratio", labels(&[("bound", bound)])), share, "{bound} {scope:?}");
    }
}

#[test]
fn another_library_reads_the_same_figures() {
    let Some(python) = python() else { return };
    for name in ["report.json", "quarter.json"] {
        let record = record(name);
        let (values, types) = parsed(&python, &render(Format::OpenMetrics, &record));
        for (family, kind, unit) in [
            ("watch", "info", ""),
            ("verdict", "stateset", ""),
            ("availability_ratio", "gauge", "ratio"),
            ("eligible_seconds", "gauge", "seconds"),
            ("probes", "counter", ""),
            ("response_time_seconds", "summary", "seconds"),
            ("target_burn_rate", "gauge", ""),
        ] {
            let found = types.get(&format!("proofmark_monitor_{family}"));
            assert_eq!(found, Some(&(kind.to_owned(), unit.to_owned())), "{family}");
        }
        let subjects: Vec<(&str, &str, &SubjectRecord)> =
            record.operations.iter().map(|s| ("operation", s.operation.as_str(), s)).chain([("all", "", &record.all)]).collect();
        for (scope, operation, subject) in subjects {
            let labels = [("scope", scope), ("operation", operation)];
            figures(&values, &labels, "excluded", &subject.excluded);
            figures(&values, &labels, "included", &subject.raw);
        }
        for subject in &record.operations {
            let of = [("operation", subject.operation.as_str()), ("window", "outside"), ("state", "down")];
            assert_eq!(values.get(&key("probes_total", &of)).copied(), Some(subject.probes_outside.down as f64));
            let of = [("operation", subject.operation.as_str()), ("window", "inside"), ("quantile", "0.99")];
            let p99 = subject.response_time.p99.map(|us| us as f64 / 1e6);
            assert_eq!(values.get(&key("response_time_seconds", &of)).copied(), p99);
        }
        assert_eq!(values.get(&key("verdict", &[("proofmark_monitor_verdict", "fails")])).copied(), Some(1.0));
    }
}

#[test]
fn another_library_reads_names_whatever_is_in_them() {
    let Some(python) = python() else { return };
    let mut record = record("report.json");
    let evil = "a\"b\\c} 1 # EOF {é,=👍";
    record.name = evil.to_owned();
    record.operations[0].operation = evil.to_owned();
    record.targets[2].operation = Some(evil.to_owned());
    record.targets[2].title = evil.to_owned();
    record.targets.push(record.targets[2].clone());
    record.targets[1].burns[0].hundredths = None;
    record.targets[1].burns[0].down_ns = 1;
    let (values, _) = parsed(&python, &render(Format::OpenMetrics, &record));
    let labels = [("scope", "operation"), ("operation", evil), ("maintenance", "excluded")];
    assert_eq!(values.get(&key("down_seconds", &labels)).copied(), Some(1_800.0));
    assert!(
        values.keys().any(|k| k.starts_with("proofmark_monitor_watch_info") && k.contains(&format!("{evil:?}"))),
        "{values:?}"
    );
    let infinite = values.iter().filter(|(k, v)| k.starts_with("proofmark_monitor_target_burn_rate") && v.is_infinite());
    assert_eq!(infinite.count(), 1);
}
