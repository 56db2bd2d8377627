//! The record as JUnit XML, for CI servers.
//!
//! A suite per suite, a test case per case and per gate. Never writes a character that XML forbids.

use crate::base::units::Nanos;
use crate::record::RunRecord;
use crate::record::shape::{CaseRecord, FindingRecord, GateRecord, Level, Outcome};
use crate::report::visible;
use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};

/// The record as JUnit XML.
///
/// # Panics
/// Never: the XML is written to memory, and every text in it is allowed in XML.
#[must_use]
pub fn render(record: &RunRecord) -> String {
    let mut report = Report::new("proofmark");
    report.set_time(Nanos(record.took_ns).duration());
    for figures in &record.suites {
        let mut suite = begin(record, &figures.title, figures.took_ns);
        for case in record.cases.iter().filter(|c| c.suite == figures.title) {
            suite.add_test_case(test_case(case));
        }
        for gate in record.gates.iter().filter(|g| g.suite == figures.title) {
            suite.add_test_case(gate_case(gate));
        }
        report.add_test_suite(suite);
    }
    let known = |title: &str| record.suites.iter().any(|s| s.title == title);
    for gate in record.gates.iter().filter(|g| !known(&g.suite)) {
        let mut suite = begin(record, &gate.suite, 0);
        suite.add_test_case(gate_case(gate));
        report.add_test_suite(suite);
    }
    if record.unusable.is_some() || record.interrupted {
        let mut suite = begin(record, "run", record.took_ns);
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_type("run").set_message(text(&record.sentence));
        suite.add_test_case(TestCase::new("the run was carried out to its end", status));
        report.add_test_suite(suite);
    }
    report.to_string().expect("written to memory, of characters that XML allows")
}

fn begin(record: &RunRecord, title: &str, took_ns: u64) -> TestSuite {
    let mut suite = TestSuite::new(text(title));
    suite.set_time(Nanos(took_ns).duration());
    for (name, value) in [
        ("target", text(&record.target)),
        ("environment", text(&record.environment)),
        ("seed", record.seed.to_string()),
        ("proofmark.version", record.tool_version.clone()),
        ("began", record.began.to_string()),
    ] {
        suite.add_property(Property::new(name, value));
    }
    suite
}

fn test_case(case: &CaseRecord) -> TestCase {
    let mut status = status(case.outcome);
    match case.outcome {
        Outcome::Pass | Outcome::NotApplicable => {}
        Outcome::Fail => {
            let message = case.findings().find(|f| f.level == Level::Error).map(|f| f.message.as_str());
            status.set_message(text(message.or(case.reason.as_deref()).unwrap_or("failed")));
            status.set_description(text(&details(case)));
        }
        Outcome::Error | Outcome::Skipped | Outcome::Review => {
            let step = case.steps.iter().find_map(|s| s.reason.as_deref());
            status.set_message(text(case.reason.as_deref().or(step).unwrap_or("no reason was given")));
            if case.outcome == Outcome::Error {
                status.set_description(text(&details(case)));
            }
        }
    }
    if let Some(check) = case.findings().next().filter(|_| case.outcome == Outcome::Fail) {
        status.set_type(text(&check.check));
    }
    let mut test = TestCase::new(text(&case.title), status);
    test.set_classname(text(&case.suite)).set_time(Nanos(case.took_ns).duration());
    test.add_property(Property::new("id", text(&case.id)));
    for requirement in &case.requirements {
        test.add_property(Property::new("requirement", text(requirement)));
    }
    let warnings: Vec<String> = case.findings().filter(|f| f.level == Level::Warning).map(shown).collect();
    if !warnings.is_empty() && case.outcome != Outcome::Fail {
        test.set_system_out(text(&warnings.join("\n")));
    }
    test
}

fn gate_case(gate: &GateRecord) -> TestCase {
    let mut status = status(gate.outcome);
    if gate.outcome != Outcome::Pass {
        status.set_type("gate").set_message(text(&format!("found {}", gate.actual)));
    }
    let mut test = TestCase::new(text(&format!("gate: {}", gate.title)), status);
    test.set_classname(text(&gate.suite));
    test
}

fn status(outcome: Outcome) -> TestCaseStatus {
    match outcome {
        Outcome::Pass => TestCaseStatus::success(),
        Outcome::Fail => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Outcome::Error => TestCaseStatus::non_success(NonSuccessKind::Error),
        Outcome::Skipped | Outcome::Review | Outcome::NotApplicable => TestCaseStatus::skipped(),
    }
}

fn details(case: &CaseRecord) -> String {
    let mut parts: Vec<String> = case.findings().map(shown).collect();
    if let Some(place) = &case.place {
        parts.push(format!("at {place}"));
    }
    parts.push(format!("run again: {}", case.rerun));
    parts.join("\n")
}

fn shown(finding: &FindingRecord) -> String {
    let mut lines = vec![
        format!("{}: {} [{}]", finding.level.word(), finding.message, finding.check),
        format!("  requirement {} ({})", finding.requirement.id, finding.requirement.source),
        format!("  expected {}", finding.expected),
        format!("  received {}", finding.actual),
    ];
    lines.extend(finding.excerpt.iter().map(|l| format!("  {} {}", if l.marked { ">" } else { "|" }, l.text)));
    lines.extend(finding.curl.as_ref().map(|c| format!("  {c}")));
    lines.join("\n")
}

/// Text that XML allows.
pub(in crate::report) fn text(text: &str) -> String {
    visible::block(text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::record::fixture;

    #[test]
    fn a_suite_per_suite_and_a_case_per_case_and_gate() {
        let xml = render(&fixture::record(&fixture::failing()));
        assert!(xml.contains(r#"tests="8" skipped="2" failures="3" errors="1""#), "{xml}");
        assert_eq!(xml.matches("<testsuite ").count(), 2);
        insta::assert_snapshot!(xml);
    }

    #[test]
    fn well_formed_whatever_a_server_sent() {
        let mut outcome = fixture::failing();
        for case in &mut outcome.cases {
            case.title = format!("]]>{}\u{0}\u{ffff}", fixture::HOSTILE);
            case.reason = Some(fixture::HOSTILE.to_owned());
        }
        let xml = render(&fixture::record(&outcome));
        assert!(!xml.contains("<script") && !xml.chars().any(|c| c.is_control() && c != '\n'), "{xml}");
        let report = quick_junit::Report::deserialize_from_str(&xml).expect("it is well formed");
        assert_eq!(report.test_suites.len(), 2);
        assert_eq!(render(&fixture::record(&fixture::unusable())).matches("<error").count(), 1);
    }
}
