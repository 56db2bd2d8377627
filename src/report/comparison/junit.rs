//! A comparison as JUnit XML, for CI servers.
//!
//! A test case for each figure that is compared, and for each finding of either side. Never shows as passed what could not be decided.

use crate::record::compare::ComparisonRecord;
use crate::record::compare::shape::{
    ComparisonResult, FigureComparison, FigureResult, FindingChange, FindingStatus, OperationComparison,
};
use crate::record::compare::words::certainty;
use crate::record::shape::Level;
use crate::report::comparison::{cells, told};
use crate::report::junit::text;
use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};

/// The record as JUnit XML.
///
/// # Panics
/// Never: the XML is written to memory, and every text in it is allowed in XML.
#[must_use]
pub fn render(record: &ComparisonRecord) -> String {
    let mut report = Report::new("proofmark");
    let mut suite = TestSuite::new(text(&format!("compare: {}", record.title)));
    for (name, value) in [
        ("baseline", &record.baseline.target),
        ("candidate", &record.candidate.target),
        ("verdict", &record.sentence),
        ("proofmark.version", &record.tool_version),
    ] {
        suite.add_property(Property::new(name, text(value)));
    }
    for operation in record.load.iter().flat_map(|l| &l.operations) {
        for figure in &operation.figures {
            suite.add_test_case(of_figure(operation, figure));
        }
    }
    for found in record.conformance.iter().flat_map(|c| &c.findings) {
        suite.add_test_case(of_finding(found));
    }
    suite.add_test_case(whole(record));
    report.add_test_suite(suite);
    report.to_string().expect("written to memory, of characters that XML allows")
}

fn status(kind: NonSuccessKind, what: &str, message: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(what).set_message(text(message));
    status
}

fn of_figure(operation: &OperationComparison, figure: &FigureComparison) -> TestCase {
    let name = figure.figure.name();
    let status = match (&figure.decides, &figure.refused) {
        (Some(decided), _) => match decided.outcome {
            FigureResult::Regressed => status(NonSuccessKind::Failure, "regressed", &decided.sentence),
            // It is asked for: where it is open, nobody knows.
            FigureResult::Inconclusive => status(NonSuccessKind::Error, "inconclusive", &decided.sentence),
            FigureResult::Improved | FigureResult::NotRegressed => TestCaseStatus::success(),
        },
        (None, Some(why)) => skipped(why),
        // It decides nothing, whichever way it went.
        (None, None) if figure.interval.is_none() => skipped("a single run of a side says nothing of the next one"),
        (None, None) => TestCaseStatus::success(),
    };
    let mut test = TestCase::new(text(&format!("{} {name}", operation.operation)), status);
    test.set_classname(text(&operation.operation));
    let [baseline, candidate, change, interval, margin] = cells(figure);
    let margin = if margin.is_empty() { margin } else { format!(", margin {margin}") };
    let mut said = format!("{baseline} to {candidate}: {change} ({interval}){margin}: {}", told(figure));
    for line in figure.decides.iter().flat_map(|d| certainty(figure.figure, d)) {
        said.push('\n');
        said.push_str(&line);
    }
    test.set_system_out(text(&said));
    test
}

fn skipped(why: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(text(why));
    status
}

fn of_finding(found: &FindingChange) -> TestCase {
    let said = format!("{}: {} [{}]", found.status.word(), found.message, found.check);
    let status = match (found.status, found.level) {
        (FindingStatus::New, Level::Error) => status(NonSuccessKind::Failure, "new", &said),
        (FindingStatus::Fixed, _) => TestCaseStatus::success(),
        _ => skipped(&said),
    };
    let place = [found.operation.as_deref(), found.schema.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let mut test = TestCase::new(text(&format!("{} {place}", found.check)), status);
    test.set_classname(text(&found.case));
    test.set_system_out(text(&said));
    test
}

/// The comparison itself, so that one without a single figure does not pass for want of tests.
fn whole(record: &ComparisonRecord) -> TestCase {
    let status = match record.verdict {
        ComparisonResult::NotRegressed => TestCaseStatus::success(),
        ComparisonResult::Regressed => status(NonSuccessKind::Failure, "regressed", &record.sentence),
        ComparisonResult::Inconclusive | ComparisonResult::Interrupted => {
            status(NonSuccessKind::Error, "inconclusive", &record.sentence)
        }
    };
    let mut test = TestCase::new("the candidate is not worse than the baseline", status);
    test.set_classname(text(&record.title));
    test.set_system_out(text(&record.unsaid.join("\n")));
    test
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::record::compare::ComparisonRecord;
    use crate::record::compare::fixture;
    use crate::record::fixture::HOSTILE;
    use junit_parser::TestStatus;

    /// The test cases as a parser that is not ours reads them.
    fn read(record: &ComparisonRecord) -> Vec<(String, &'static str)> {
        let xml = render(record);
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
    fn a_test_case_for_each_figure_and_none_passes_that_was_not_decided() {
        let of = |record: &ComparisonRecord, name: &str| read(record).into_iter().find(|(n, _)| n == name).map(|(_, s)| s);
        let regressed = fixture::regressed();
        assert_eq!(of(&regressed, "createSignature p50"), Some("failure"));
        assert_eq!(of(&regressed, "createSignature p99"), Some("skipped"), "of too few answers");
        assert_eq!(of(&regressed, "createSignature errors"), Some("success"));
        assert_eq!(read(&regressed).len(), 19, "six figures of two operations and of all, and the verdict");
        assert_eq!(of(&fixture::open(), "createSignature p50"), Some("error"));
        assert_eq!(of(&fixture::alike(), "all operations throughput"), Some("success"));
        assert!(read(&fixture::single()).iter().all(|(_, status)| *status != "success"));
        let verdict = "the candidate is not worse than the baseline";
        assert_eq!(of(&fixture::broken(), verdict), Some("failure"));
        assert_eq!(of(&fixture::mended(), verdict), Some("success"));
    }

    #[test]
    fn well_formed_whatever_a_server_sent() {
        let mut record = fixture::broken();
        record.title = format!("]]>{HOSTILE}\u{0}\u{ffff}");
        for found in &mut record.conformance.as_mut().expect("findings").findings {
            found.message = HOSTILE.to_owned();
        }
        let xml = render(&record);
        assert!(!xml.contains("<script") && !xml.chars().any(|c| c.is_control() && c != '\n'), "{xml}");
    }
}
