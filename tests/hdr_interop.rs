//! Our interval logs and distributions as others read them: the published HdrHistogram library of Python.
//!
//! The library is of another language and another hand, installed by `./test` from its registry. Never replaced by our own.

mod support;

use jiff::Timestamp;
use proofmark::base::units::Nanos;
use proofmark::model::histogram::Histogram;
use proofmark::model::load::{Answered, Cell, Class, Figures, Interval, LoadEvent, LoadObserver as _, LoadOpening, Phase};
use proofmark::model::redact::Redactor;
use proofmark::record::load::{Journal, LoadFacts, hgrm, hlog};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use support::python;

const SECONDS: u64 = 5;
const QUANTILES: [f64; 9] = [0.0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1.0];

fn opening() -> LoadOpening {
    LoadOpening {
        began: "2026-11-21T20:05:12.5Z".parse::<Timestamp>().expect("an instant"),
        title: "interop".to_owned(),
        target: "http://127.0.0.1:8080".to_owned(),
        environment: "sandbox".to_owned(),
        seed: 42,
        operations: ["getSignature", "GET /accounts, all"].map(str::to_owned).to_vec(),
        scenarios: Vec::new(),
        stages: Vec::new(),
        transport: "HTTP/1.1".to_owned(),
        validate: "all".to_owned(),
        open: true,
        planned: Nanos(SECONDS * 1_000_000_000),
        window: None,
    }
}

/// Times over eight orders of magnitude, a thousand of each second; the first second is a warm-up.
fn intervals() -> Vec<Interval> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let interval = |second: u64| {
        let phase = if second == 0 { Phase::Warmup } else { Phase::Measured };
        let mut interval = Interval::empty(Nanos(second * 1_000_000_000), Nanos(1_000_000_000), phase);
        for (operation, class) in [(0, 2), (0, 4), (1, 2)] {
            let mut figures = Figures::default();
            for _ in 0..500 {
                let time = Nanos(random() % 10_u64.pow(3 + (random() % 9) as u32));
                figures.response.record(time);
                figures.service.record(Nanos(time.0 / 2));
                figures.lag.record(Nanos(0));
            }
            interval.cells.push(Cell { operation, class: Class::Status(class), figures, answered: Answered::default() });
        }
        interval
    };
    (0..SECONDS).map(interval).collect()
}

/// What the library reads of a tag of the log.
fn read(python: &Path, log: &Path, tag: &str) -> Value {
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/interop/hdr_histogram.py");
    let quantiles = QUANTILES.map(|q| q.to_string());
    let output = Command::new(python).arg(script).arg(log).arg(tag).args(quantiles).output().expect("the library runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("what it says")
}

/// The points of a distribution as it is printed: value, share and count.
fn points(distribution: &str) -> Vec<(String, f64, u64)> {
    let is_point = |l: &&str| l.trim_start().starts_with(|c: char| c.is_ascii_digit());
    let point = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        (fields[0].to_owned(), fields[1].parse().expect("a share"), fields[2].parse().expect("a count"))
    };
    distribution.lines().filter(is_point).map(point).collect()
}

/// Every point that we print is a value that the library has, with the count that it has, and holds the share that it says.
fn distributed(ours: &Histogram, theirs: &Value, what: &str) {
    let text = hgrm::text(ours);
    let counts: BTreeMap<String, u64> = theirs["values"]
        .as_array()
        .expect("values")
        .iter()
        .map(|v| (format!("{:.3}", v[0].as_f64().expect("a value") / 1e3), v[1].as_u64().expect("a count")))
        .collect();
    let points = points(&text);
    assert!(points.len() >= 10 || ours.max() == Some(Nanos(0)), "{text}");
    for (value, share, count) in points {
        assert_eq!(counts.get(&value), Some(&count), "{what} {value}");
        assert!(count as f64 / ours.count() as f64 >= share, "{what} {value} {share}");
    }
    let mean = format!("#[Mean    = {:12.3}, ", theirs["mean"].as_f64().expect("a mean") / 1e3);
    let deviation = format!("StdDeviation   = {:12.3}]", theirs["deviation"].as_f64().expect("a deviation") / 1e3);
    assert!(text.contains(&mean) && text.contains(&deviation), "{what} {mean}{deviation} {text}");
}

#[test]
fn another_library_reads_the_same_counts_and_times() {
    let Some(python) = python() else { return };
    let dir = tempfile::tempdir().expect("a temporary folder");
    let (opening, intervals) = (opening(), intervals());
    let journal = Journal::create(dir.path(), &LoadFacts::default(), Redactor::default()).expect("a journal");
    journal.observe(LoadEvent::Started(&opening));
    intervals.iter().for_each(|interval| journal.observe(LoadEvent::Interval(interval)));
    let log = hlog::write(dir.path()).expect("the log is written");

    for (operation, name) in ["getSignature", "GET__accounts__all"].into_iter().enumerate() {
        for (kind, of) in
            [("response", (|f| &f.response) as fn(&Figures) -> &Histogram), ("service", |f| &f.service), ("lag", |f| &f.lag)]
        {
            let mut ours = Histogram::new();
            let cells = intervals.iter().filter(|i| i.phase == Phase::Measured).flat_map(|i| &i.cells);
            cells.filter(|c| c.operation == operation).for_each(|c| ours.merge(of(&c.figures)));
            let theirs = read(&python, &log, &format!("{name}.{kind}"));
            let micros = |time: Option<Nanos>| time.map(|n| n.0 / 1_000);
            assert_eq!(theirs["count"].as_u64(), Some(ours.count()), "{name} {kind}");
            assert_eq!(theirs["max"].as_u64(), micros(ours.max()), "{name} {kind}");
            assert_eq!(theirs["min"].as_u64(), micros(ours.min()), "{name} {kind}");
            for (quantile, time) in QUANTILES.iter().zip(theirs["quantiles"].as_array().expect("quantiles")).skip(1) {
                assert_eq!(time.as_u64(), micros(ours.quantile(*quantile)), "{name} {kind} {quantile}");
            }
            distributed(&ours, &theirs, &format!("{name} {kind}"));
            let began = 1_795_291_512_500.0;
            let read: Vec<(f64, f64)> = theirs["intervals"]
                .as_array()
                .expect("intervals")
                .iter()
                .map(|i| (i[0].as_f64().expect("a time") - began, i[1].as_f64().expect("a time") - began))
                .collect();
            assert_eq!(read, [(1_000.0, 2_000.0), (2_000.0, 3_000.0), (3_000.0, 4_000.0), (4_000.0, 5_000.0)], "{name} {kind}");
        }
    }
    assert_eq!(read(&python, &log, "getSignature.response.warmup")["count"], 1_000);
}
