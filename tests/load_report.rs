//! A stored load shown again, through the binary: from its record, and from the journal of one that was killed.
//!
//! Makes no load; what a load writes is tested where it is made.

mod support;

use proofmark::base::units::Nanos;
use proofmark::model::load::{Answered, Cell, Class, Figures, Interval, LoadEvent, LoadObserver as _, LoadOpening, Phase};
use proofmark::model::redact::Redactor;
use proofmark::record::load::{Journal, LoadFacts};
use std::path::Path;
use support::Bench;

const SECOND: u64 = 1_000_000_000;

fn opening() -> LoadOpening {
    LoadOpening {
        began: "2026-11-21T20:05:12Z".parse().expect("an instant"),
        title: "killed".to_owned(),
        target: "http://127.0.0.1:8080".to_owned(),
        environment: "sandbox".to_owned(),
        seed: 42,
        operations: vec!["getSignature".to_owned()],
        scenarios: Vec::new(),
        stages: Vec::new(),
        transport: "HTTP/1.1, at most 64 connections, 1 event loop".to_owned(),
        validate: "all".to_owned(),
        open: true,
        planned: Nanos(60 * SECOND),
        window: None,
    }
}

/// A second in which a hundred answers came within two milliseconds.
fn interval(second: u64) -> Interval {
    let mut figures = Figures::default();
    figures.response.record_many(Nanos(2_000_000), 100);
    figures.service.record_many(Nanos(1_900_000), 100);
    figures.lag.record_many(Nanos(100_000), 100);
    let answered = Answered { validated: 100, invalid: 0, bytes: 4_000 };
    let mut interval = Interval::empty(Nanos(second * SECOND), Nanos(SECOND), Phase::Measured);
    interval.due = 100;
    interval.sent = 100;
    interval.cells.push(Cell { operation: 0, class: Class::Status(2), figures, answered });
    interval
}

#[test]
fn a_load_that_was_killed_is_shown_up_to_its_last_whole_second() {
    let bench = Bench::new();
    let journal = Journal::create(bench.folder.path(), &LoadFacts::default(), Redactor::default()).expect("a journal");
    journal.observe(LoadEvent::Started(&opening()));
    (0..3).for_each(|second| journal.observe(LoadEvent::Interval(&interval(second))));
    let path = bench.path("journal.jsonl");
    let whole = std::fs::read(&path).expect("the journal");
    std::fs::write(&path, &whole[..whole.len() - 20]).expect("it is cut");
    for shown in [bench.run(&["report", "show", "."]), bench.run(&["report", "show", "journal.jsonl"])] {
        assert_eq!((shown.code, shown.err.as_str()), (130, ""), "{}", shown.out);
        assert!(shown.out.contains("interrupted after 2s of 60s: nothing found wrong so far"), "{}", shown.out);
        assert!(shown.out.contains("validated 200 of 200 received: exact"), "{}", shown.out);
        assert!(shown.out.contains("UNKNOWN"), "{}", shown.out);
    }
    let json: serde_json::Value =
        serde_json::from_str(&bench.run(&["report", "show", ".", "--format", "json"]).out).expect("the record");
    let operation = &json["load"]["operations"][0];
    assert_eq!((&operation["operation"], &operation["count"]), (&"getSignature".into(), &200.into()));
    assert_eq!((&operation["lag"]["p99"], &operation["service_time"]["p99.9"]), (&100.into(), &1_900.into()));
}

#[test]
fn a_record_is_shown_in_every_format() {
    let bench = Bench::new();
    let stored = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/load-v1.json").display().to_string();
    for (format, holds) in [
        ("text", "FAIL     createSignature p99 < 100ms"),
        ("html", "<h2>Distribution of times</h2>"),
        ("json", "\"format\":\"proofmark.load\""),
        ("junit", "<testsuites name=\"proofmark\" tests=\"4\""),
        ("markdown", "| createSignature p99 &lt; 100ms | **FAIL** |"),
    ] {
        let shown = bench.run(&["report", "show", &stored, "--format", format]);
        assert_eq!((shown.code, shown.err.as_str()), (1, ""), "{format}");
        assert!(shown.out.contains(holds), "{format}: {}", shown.out);
    }
}
