//! A watch as JUnit XML, for CI servers.
//!
//! A test case for each target. Never writes a character that XML forbids, and never shows what is not known as passed.

use crate::base::units::Nanos;
use crate::record::monitor::MonitorRecord;
use crate::record::monitor::shape::{MonitorResult, TargetRecord, TargetResult};
use crate::record::monitor::words::share;
use crate::record::shape::Outcome;
use crate::report::junit::text;
use crate::report::monitor::{available, burn, left, of_target};
use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};

/// The record as JUnit XML.
///
/// # Panics
/// Never: the XML is written to memory, and every text in it is allowed in XML.
#[must_use]
pub fn render(record: &MonitorRecord) -> String {
    let mut report = Report::new("proofmark");
    let took = Nanos(record.took_ns).duration();
    report.set_time(took);
    let mut suite = TestSuite::new(text(&format!("monitor: {}", record.name)));
    suite.set_time(took);
    for (name, value) in [
        ("target", text(&record.target)),
        ("environment", text(&record.environment)),
        ("seed", record.seed.to_string()),
        ("window", text(&record.window)),
        ("down", text(&record.rule)),
        ("available", text(&available(&record.all.excluded))),
        ("raw", share(record.all.raw.availability)),
        ("proofmark.version", text(&record.tool_version)),
        ("began", record.began.to_string()),
        ("ended", record.ended.to_string()),
    ] {
        suite.add_property(Property::new(name, value));
    }
    for target in &record.targets {
        suite.add_test_case(test_case(record, target));
    }
    suite.add_test_cases(observed(record));
    report.add_test_suite(suite);
    report.to_string().expect("written to memory, of characters that XML allows")
}

fn test_case(record: &MonitorRecord, target: &TargetRecord) -> TestCase {
    let measured = available(&target.figures);
    let mut status = match of_target(target.verdict).0 {
        Outcome::Pass => TestCaseStatus::success(),
        Outcome::Fail => TestCaseStatus::non_success(NonSuccessKind::Failure),
        // A target is asked for: where it is not decided, nobody knows whether it holds.
        Outcome::Error | Outcome::Skipped | Outcome::Review | Outcome::NotApplicable => {
            TestCaseStatus::non_success(NonSuccessKind::Error)
        }
    };
    let rates: Vec<String> = target.burns.iter().map(burn).collect();
    let mut lines = vec![
        format!("available {measured}"),
        format!("budget {}, {} spent, {}", Nanos(target.budget_ns), Nanos(target.spent_ns), left(target.left_ns)),
        format!("burn rate {}", rates.join(", ")),
    ];
    lines.extend(target.alerts.iter().map(|alert| alert.title.clone()));
    if target.verdict != TargetResult::Holds {
        let unknown = Nanos(target.figures.no_data_ns);
        let message = match target.verdict {
            TargetResult::Undecided => format!("not decided, since nothing is known of {unknown}: {measured}"),
            TargetResult::Holds | TargetResult::Fails => format!("available {measured}"),
        };
        status.set_type("target").set_message(text(&message));
    }
    let mut test = case(record, text(&target.title), status);
    test.set_system_out(text(&lines.join("\n")));
    test
}

/// What is to be seen beside the targets: the watch itself where it has none, or where it saw nothing.
fn observed(record: &MonitorRecord) -> Option<TestCase> {
    let undecided = record.targets.iter().any(|t| t.verdict == TargetResult::Undecided);
    let status = match record.verdict {
        MonitorResult::Inconclusive if !undecided => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_type("watch").set_message(text(&record.sentence));
            status
        }
        MonitorResult::Holds if record.targets.is_empty() => TestCaseStatus::success(),
        MonitorResult::Holds | MonitorResult::Fails | MonitorResult::Inconclusive => return None,
    };
    let mut test = case(record, "something was observed inside the window".to_owned(), status);
    test.set_system_out(text(&record.sentence));
    Some(test)
}

fn case(record: &MonitorRecord, title: String, status: TestCaseStatus) -> TestCase {
    let mut test = TestCase::new(title, status);
    test.set_classname(text(&record.name));
    test
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::record::fixture::HOSTILE;
    use crate::record::monitor::MonitorRecord;
    use crate::record::monitor::fixture;
    use crate::record::monitor::shape::{MonitorResult, TargetResult};
    use crate::report::monitor::fixture::hostile;
    use junit_parser::TestStatus;

    /// The test cases as a parser that is not ours reads them.
    fn read(record: &MonitorRecord) -> Vec<(String, &'static str)> {
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
    fn a_test_case_for_each_target() {
        insta::assert_snapshot!(render(&fixture::failing()));
    }

    #[test]
    fn what_is_not_known_never_passes() {
        let named = |record: &MonitorRecord| read(record).into_iter().map(|(_, status)| status).collect::<Vec<_>>();
        let mut record = fixture::failing();
        assert_eq!(named(&record), ["failure", "success", "failure"]);
        record.targets[0].verdict = TargetResult::Undecided;
        assert_eq!(named(&record), ["error", "success", "failure"]);
        assert_eq!(read(&fixture::empty()), [("something was observed inside the window".to_owned(), "error")]);
        record.targets.clear();
        record.verdict = MonitorResult::Holds;
        assert_eq!(named(&record), ["success"]);
    }

    #[test]
    fn well_formed_whatever_a_server_sent() {
        let record = hostile(&format!("]]>{HOSTILE}\u{0}\u{ffff}"));
        let xml = render(&record);
        assert!(!xml.contains("<script") && !xml.chars().any(|c| c.is_control() && c != '\n'), "{xml}");
        assert_eq!(read(&record).len(), 3);
    }
}
