//! A load as JUnit XML, for CI servers.
//!
//! A test case for each SLO. Never writes a character that XML forbids, and never shows what was not judged, or not measured soundly, as
//! passed.

use crate::base::units::Nanos;
use crate::record::load::LoadRecord;
use crate::record::load::shape::{LoadResult, SloRecord, Validity};
use crate::record::load::words::{grouped, margin};
use crate::record::shape::Outcome;
use crate::report::junit::text;
use crate::report::load::shown_as;
use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};

/// The record as JUnit XML.
///
/// # Panics
/// Never: the XML is written to memory, and every text in it is allowed in XML.
#[must_use]
pub fn render(record: &LoadRecord) -> String {
    let mut report = Report::new("proofmark");
    let took = Nanos(record.took_ns).duration();
    report.set_time(took);
    let mut suite = TestSuite::new(text(&format!("load: {}", record.title)));
    suite.set_time(took);
    for (name, value) in [
        ("target", text(&record.target)),
        ("environment", text(&record.environment)),
        ("seed", record.seed.to_string()),
        ("validation", text(&record.load.validation.sentence)),
        ("validity", text(&record.validity.sentence)),
        ("proofmark.version", record.tool_version.clone()),
        ("began", record.began.to_string()),
    ] {
        suite.add_property(Property::new(name, value));
    }
    for slo in &record.slos {
        suite.add_test_case(test_case(record, slo));
    }
    for (title, status) in beside(record) {
        suite.add_test_case(case(record, title, status));
    }
    report.add_test_suite(suite);
    report.to_string().expect("written to memory, of characters that XML allows")
}

fn test_case(record: &LoadRecord, slo: &SloRecord) -> TestCase {
    let shown = shown_as(record, slo.outcome);
    let mut status = match shown {
        Outcome::Pass => TestCaseStatus::success(),
        Outcome::Fail => TestCaseStatus::non_success(NonSuccessKind::Failure),
        // An SLO is asked for: where it is not judged, nobody knows whether it holds.
        Outcome::Error | Outcome::Skipped | Outcome::Review | Outcome::NotApplicable => {
            TestCaseStatus::non_success(NonSuccessKind::Error)
        }
    };
    let room = slo.margin.map(|m| format!(" ({})", margin(m))).unwrap_or_default();
    let measured = format!("measured {}{room}", slo.actual);
    if shown != Outcome::Pass {
        let message = match shown == slo.outcome {
            true => measured.as_str(),
            false if record.verdict == LoadResult::Interrupted => "the load was stopped before its end",
            false => record.validity.sentence.as_str(),
        };
        status.set_type("slo").set_message(text(message));
    }
    let mut test = case(record, text(&slo.title), status);
    test.set_system_out(text(&measured));
    test
}

/// What keeps a load from conforming beside its SLOs; the load itself where it has none.
fn beside(record: &LoadRecord) -> Vec<(String, TestCaseStatus)> {
    let status = |kind, what: &str, message: &str| {
        let mut status = TestCaseStatus::non_success(kind);
        status.set_type(what).set_message(text(message));
        status
    };
    let mut cases = Vec::new();
    let total = &record.load.total;
    if total.invalid > 0 {
        let message = format!("{} of {} judged answers are wrong", grouped(total.invalid), grouped(total.validated));
        let mut failed = status(NonSuccessKind::Failure, "answers", &message);
        let findings = record.failures.iter().flat_map(|f| f.findings.iter().map(move |g| (f, g)));
        let lines = findings.map(|(failure, found)| format!("{}: {} [{}]", failure.operation, found.message, found.check));
        failed.set_description(text(&lines.collect::<Vec<_>>().join("\n")));
        cases.push(("every judged answer keeps to the contract".to_owned(), failed));
    }
    let wrong: u64 = record.callbacks.iter().map(|c| c.invalid).sum();
    if wrong > 0 {
        let message = format!("{} deliveries are wrong", grouped(wrong));
        cases.push((
            "every judged delivery keeps to the contract".to_owned(),
            status(NonSuccessKind::Failure, "callbacks", &message),
        ));
    }
    let title = "the load was carried out to its end, and measured the target".to_owned();
    match record.verdict {
        LoadResult::Invalid | LoadResult::NotJudged | LoadResult::Interrupted => {
            let message = if record.validity.result == Validity::Invalid { &record.validity.sentence } else { &record.sentence };
            cases.push((title, status(NonSuccessKind::Error, "load", message)));
        }
        LoadResult::Fails if record.aborted.is_some() => {
            cases.push((title, status(NonSuccessKind::Failure, "load", &record.sentence)));
        }
        LoadResult::Conforms if record.slos.is_empty() => cases.push((title, TestCaseStatus::success())),
        LoadResult::Conforms | LoadResult::Fails => {}
    }
    cases
}

fn case(record: &LoadRecord, title: String, status: TestCaseStatus) -> TestCase {
    let mut test = TestCase::new(title, status);
    test.set_classname(text(&record.title));
    test
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::model::load::LoadOutcome;
    use crate::record::fixture::HOSTILE;
    use crate::record::load::fixture;
    use junit_parser::TestStatus;

    /// The test cases as a parser that is not ours reads them.
    fn read(outcome: &LoadOutcome) -> Vec<(String, &'static str)> {
        let xml = render(&fixture::record(outcome));
        let report = junit_parser::from_reader(xml.as_bytes()).expect("JUnit");
        let word = |status: &TestStatus| match status {
            TestStatus::Success => "success",
            TestStatus::Error(_) => "error",
            TestStatus::Failure(_) => "failure",
            TestStatus::Skipped(_) => "skipped",
        };
        report.suites.iter().flat_map(|s| s.cases.iter().map(|c| (c.original_name.clone(), word(&c.status)))).collect()
    }

    #[test]
    fn a_test_case_for_each_slo_and_none_passes_that_was_not_judged() {
        let named = |outcome: &LoadOutcome| read(outcome).into_iter().map(|(_, status)| status).collect::<Vec<_>>();
        assert_eq!(named(&fixture::passing()), ["success"; 3]);
        assert_eq!(
            read(&fixture::failing()),
            [
                ("createSignature p99 < 100ms", "failure"),
                ("p50 < 50ms", "success"),
                ("getAccount p99 < 100ms", "error"),
                ("every judged answer keeps to the contract", "failure")
            ]
            .map(|(name, status)| (name.to_owned(), status))
        );
        assert_eq!(named(&fixture::invalid()), ["error"; 4]);
        assert_eq!(named(&fixture::interrupted()), ["error"; 4]);
        assert_eq!(named(&fixture::unusable()), ["error"; 2]);
        let mut outcome = fixture::passing();
        outcome.slos.clear();
        assert_eq!(named(&outcome), ["success"]);
        outcome.aborted = Some("errors > 5% for 10s".to_owned());
        assert_eq!(named(&outcome), ["failure"]);
    }

    #[test]
    fn well_formed_whatever_a_server_sent() {
        let mut outcome = fixture::failing();
        outcome.opening.title = format!("]]>{HOSTILE}\u{0}\u{ffff}");
        outcome.slos[0].actual = HOSTILE.to_owned();
        for finding in outcome.failures.iter_mut().flat_map(|f| &mut f.findings) {
            finding.message = HOSTILE.to_owned();
        }
        let xml = render(&fixture::record(&outcome));
        assert!(!xml.contains("<script") && !xml.chars().any(|c| c.is_control() && c != '\n'), "{xml}");
        assert_eq!(read(&outcome).len(), 4);
    }
}
