//! A certification as JUnit XML, for CI servers.
//!
//! A test case for each module. Never writes a character that XML forbids, and never shows what was not judged as passed.

use crate::base::units::Nanos;
use crate::record::certification::CertificationRecord;
use crate::record::certification::shape::{ModuleRecord, ResultRecord, StatusRecord};
use crate::record::shape::{FindingRecord, Level};
use crate::report::certification::text::times;
use crate::report::junit::text;
use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};

/// The record as JUnit XML.
///
/// # Panics
/// Never: the XML is written to memory, and every text in it is allowed in XML.
#[must_use]
pub fn render(record: &CertificationRecord) -> String {
    let mut report = Report::new("proofmark");
    let took = Nanos(record.took_ns).duration();
    report.set_time(took);
    let mut suite = TestSuite::new(text(&format!("certification: {}", record.profile.name)));
    suite.set_time(took);
    for (name, value) in [
        ("endpoint", text(&record.registered)),
        ("profile", text(&record.profile.name)),
        ("spec", text(&format!("{} {}", record.spec.title, record.spec.version))),
        ("seed", record.seed.to_string()),
        ("proofmark.version", record.tool_version.clone()),
        ("began", record.began.to_string()),
    ] {
        suite.add_property(Property::new(name, value));
    }
    for module in record.by_row() {
        suite.add_test_case(test_case(record, module));
    }
    if record.unusable.is_some() || record.interrupted {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_type("certification").set_message(text(&record.sentence));
        suite.add_test_case(TestCase::new("the certification was carried out to its end", status));
    }
    report.add_test_suite(suite);
    report.to_string().expect("written to memory, of characters that XML allows")
}

fn test_case(record: &CertificationRecord, module: &ModuleRecord) -> TestCase {
    let mut test = TestCase::new(text(&format!("{}: {}", module.label(), module.title)), status(module));
    test.set_classname(text(&record.profile.name)).set_time(Nanos(module.took_ns).duration());
    test.add_property(Property::new("id", text(&module.key)));
    test.add_property(Property::new("required", module.required.to_string()));
    for condition in &module.conditions {
        let value = format!("{}: {}", condition.requirement.id, condition.result.key());
        test.add_property(Property::new("requirement", text(&value)));
    }
    let mut out: Vec<String> = module.notes.clone();
    out.extend(module.latency.as_ref().map(times));
    if !module.fails() {
        out.extend(module.findings.iter().map(shown));
    }
    if !out.is_empty() {
        test.set_system_out(text(&out.join("\n")));
    }
    test
}

fn status(module: &ModuleRecord) -> TestCaseStatus {
    let (mut status, message) = match (&module.expected, module.status, module.result) {
        (Some(expected), ..) if expected.came => (TestCaseStatus::skipped(), format!("failed as announced: {}", expected.reason)),
        (Some(expected), ..) => (
            TestCaseStatus::non_success(NonSuccessKind::Failure),
            format!("did not fail as had been announced: {}", expected.reason),
        ),
        (None, StatusRecord::Finished, ResultRecord::Passed | ResultRecord::Warning) => return TestCaseStatus::success(),
        (None, StatusRecord::Finished, ResultRecord::Failed) => {
            let first = module.findings.iter().find(|f| f.level == Level::Error).map(|f| f.message.clone());
            (TestCaseStatus::non_success(NonSuccessKind::Failure), first.unwrap_or_else(|| "failed".to_owned()))
        }
        (None, StatusRecord::Finished, ResultRecord::Skipped) if module.required => {
            (TestCaseStatus::non_success(NonSuccessKind::Error), reason(module, "not judged"))
        }
        (None, StatusRecord::Finished, ResultRecord::Review) => (TestCaseStatus::skipped(), reason(module, "a person must look")),
        (None, StatusRecord::Finished, _) => (TestCaseStatus::skipped(), reason(module, "not judged")),
        (None, ..) => (TestCaseStatus::non_success(NonSuccessKind::Error), "did not come to its end".to_owned()),
    };
    status.set_message(text(&message));
    if module.fails() {
        status.set_type(text(module.findings.first().map_or(module.key.as_str(), |f| f.check.as_str())));
        status.set_description(text(&module.findings.iter().map(shown).collect::<Vec<_>>().join("\n")));
    }
    status
}

fn reason(module: &ModuleRecord, otherwise: &str) -> String {
    module.reason().unwrap_or(otherwise).to_owned()
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

#[cfg(test)]
mod tests {
    use super::render;
    use crate::record::certification::fixture;
    use crate::record::fixture::HOSTILE;

    #[test]
    fn a_test_case_for_each_module() {
        let xml = render(&fixture::record(&fixture::failing()));
        assert!(xml.contains(r#"tests="12" skipped="4" failures="3" errors="0""#), "{xml}");
        let unjudged = render(&fixture::record(&fixture::unjudged()));
        assert!(
            unjudged.contains(r#"tests="4" skipped="0" failures="0" errors="1""#),
            "what is required and was not judged: {unjudged}"
        );
        let interrupted = render(&fixture::record(&fixture::interrupted()));
        assert!(interrupted.contains(r#"tests="4" skipped="0" failures="0" errors="1""#), "{interrupted}");
    }

    #[test]
    fn well_formed_whatever_an_endpoint_sent() {
        let mut outcome = fixture::failing();
        for module in &mut outcome.modules {
            module.notes.push(format!("]]>{HOSTILE}\u{0}\u{ffff}"));
        }
        let xml = render(&fixture::record(&outcome));
        assert!(!xml.contains("<script") && !xml.chars().any(|c| c.is_control() && c != '\n'), "{xml}");
        let report = quick_junit::Report::deserialize_from_str(&xml).expect("it is well formed");
        assert_eq!(report.test_suites[0].test_cases.len(), 12);
    }
}
