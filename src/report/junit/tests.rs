//! JUnit of every kind, as parsers that are not ours read it.
//!
//! What the schema says is in `tests/formats.rs`.

use super::render;
use crate::record::certification::fixture as certifications;
use crate::record::fixture::{self as runs, HOSTILE};
use crate::record::load::fixture as loads;
use crate::record::monitor::fixture as watches;
use crate::record::monitor::shape::{MonitorResult, TargetResult};
use crate::record::sheet::{Sheet, certification, load, run, watch};
use crate::report::monitor::fixture::hostile;
use junit_parser::TestStatus;

/// The test cases as a parser that is not ours reads them.
fn read(sheet: &Sheet<'_>) -> Vec<(String, &'static str)> {
    let xml = render(sheet);
    let report = junit_parser::from_reader(xml.as_bytes()).expect("JUnit");
    let word = |status: &TestStatus| match status {
        TestStatus::Success => "success",
        TestStatus::Error(_) => "error",
        TestStatus::Failure(_) => "failure",
        TestStatus::Skipped(_) => "skipped",
    };
    report.suites.iter().flat_map(|s| s.cases.iter().map(|c| (c.original_name.clone(), word(&c.status)))).collect()
}

fn statuses(sheet: &Sheet<'_>) -> Vec<&'static str> {
    read(sheet).into_iter().map(|(_, status)| status).collect()
}

/// Well formed, and nothing that acts, whatever is in it.
fn harmless(sheet: &Sheet<'_>) {
    let xml = render(sheet);
    assert!(!xml.contains("<script") && !xml.chars().any(|c| c.is_control() && c != '\n'), "{xml}");
    let report = quick_junit::Report::deserialize_from_str(&xml).expect("it is well formed");
    let suites = report.test_suites.iter().map(|s| s.test_cases.len()).sum::<usize>();
    assert_eq!((suites, read(sheet).len()), (sheet.counts.tests, sheet.counts.tests));
}

#[test]
fn a_suite_per_suite_and_a_case_per_case_and_gate() {
    let record = runs::record(&runs::failing());
    let xml = render(&run(&record));
    assert!(xml.contains(r#"tests="8" failures="3" errors="1""#), "{xml}");
    assert_eq!(xml.matches("<testsuite ").count(), 2);
    insta::assert_snapshot!(xml);
    let unusable = runs::record(&runs::unusable());
    assert_eq!(statuses(&run(&unusable)), ["error"]);
}

#[test]
fn a_reason_is_in_the_text_too_since_some_readers_show_nothing_else() {
    let record = runs::record(&runs::failing());
    let xml = render(&run(&record));
    assert!(xml.contains(">found 66.66%, 2 of 3</failure>"), "{xml}");
    assert!(xml.contains(">the connection was cut before the answer was whole: after 512 of 2048 bytes\nat suites/"), "{xml}");
}

#[test]
fn a_test_case_for_each_slo_and_none_passes_that_was_not_judged() {
    let named = |outcome: &_| statuses(&load(&loads::record(outcome)));
    assert_eq!(named(&loads::passing()), ["success"; 3]);
    assert_eq!(
        read(&load(&loads::record(&loads::failing()))),
        [
            ("createSignature p99 < 100ms", "failure"),
            ("p50 < 50ms", "success"),
            ("getAccount p99 < 100ms", "error"),
            ("every judged answer keeps to the contract", "failure")
        ]
        .map(|(name, status)| (name.to_owned(), status))
    );
    assert_eq!(named(&loads::invalid()), ["error"; 4]);
    assert_eq!(named(&loads::interrupted()), ["error"; 4]);
    assert_eq!(named(&loads::unusable()), ["error"; 2]);
    let mut outcome = loads::passing();
    outcome.slos.clear();
    assert_eq!(named(&outcome), ["success"]);
    outcome.aborted = Some("errors > 5% for 10s".to_owned());
    assert_eq!(named(&outcome), ["failure"]);
}

#[test]
fn a_test_case_for_each_module() {
    let counted = |outcome| {
        let record = certifications::record(&outcome);
        let counts = certification(&record).counts;
        (counts.tests, counts.skipped + counts.review, counts.failed, counts.errors)
    };
    assert_eq!(counted(certifications::failing()), (12, 4, 3, 0));
    assert_eq!(counted(certifications::unjudged()), (4, 0, 0, 1));
    assert_eq!(counted(certifications::interrupted()), (4, 0, 0, 1));
}

#[test]
fn a_test_case_for_each_target() {
    insta::assert_snapshot!(render(&watch(&watches::failing())));
}

#[test]
fn what_is_not_known_never_passes() {
    let mut record = watches::failing();
    assert_eq!(statuses(&watch(&record)), ["failure", "success", "failure"]);
    record.targets[0].verdict = TargetResult::Undecided;
    assert_eq!(statuses(&watch(&record)), ["error", "success", "failure"]);
    assert_eq!(read(&watch(&watches::empty())), [("something was observed inside the window".to_owned(), "error")]);
    record.targets.clear();
    record.verdict = MonitorResult::Holds;
    assert_eq!(statuses(&watch(&record)), ["success"]);
}

#[test]
fn well_formed_whatever_a_server_sent() {
    let evil = format!("]]>{HOSTILE}\u{0}\u{ffff}\n::error::x");
    let mut outcome = runs::failing();
    for case in &mut outcome.cases {
        case.title.clone_from(&evil);
        case.reason = Some(evil.clone());
    }
    harmless(&run(&runs::record(&outcome)));
    let mut outcome = loads::failing();
    outcome.opening.title.clone_from(&evil);
    outcome.slos[0].actual.clone_from(&evil);
    for finding in outcome.failures.iter_mut().flat_map(|f| &mut f.findings) {
        finding.message.clone_from(&evil);
    }
    harmless(&load(&loads::record(&outcome)));
    let mut outcome = certifications::failing();
    outcome.modules.iter_mut().for_each(|m| m.notes.push(evil.clone()));
    harmless(&certification(&certifications::record(&outcome)));
    harmless(&watch(&hostile(&evil)));
}
