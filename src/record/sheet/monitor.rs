//! A watch as a list of tests: one for each target.
//!
//! Never shows a target as met that depends on what nobody saw.

use crate::base::units::Nanos;
use crate::record::monitor::MonitorRecord;
use crate::record::monitor::shape::{MonitorResult, TargetRecord, TargetResult};
use crate::record::monitor::words::{available, burn, left, share};
use crate::record::shape::Outcome;
use crate::record::sheet::{Counts, Group, Kind, Sheet, Sort, Test};

/// A watch as a list of tests.
#[must_use]
pub fn watch(record: &MonitorRecord) -> Sheet<'_> {
    let plan = record.documents.iter().find(|d| d.kind == "plan").map(|d| d.name.as_str());
    let mut tests: Vec<Test<'_>> = record.targets.iter().map(target).collect();
    tests.extend(observed(record));
    for test in &mut tests {
        test.file = plan;
        (test.began, test.took_ns) = (Some(record.began), Some(record.took_ns));
    }
    Sheet {
        kind: Kind::Watch,
        tool_version: &record.tool_version,
        command: record.command.as_deref(),
        environment: &record.environment,
        began: record.began,
        ended: record.ended,
        took_ns: record.took_ns,
        sentence: &record.sentence,
        exit: match record.verdict {
            MonitorResult::Holds => 0,
            MonitorResult::Fails => 1,
            MonitorResult::Inconclusive => 3,
        },
        trouble: (record.verdict == MonitorResult::Inconclusive).then_some(record.sentence.as_str()),
        facts: vec![
            ("target", record.target.clone()),
            ("environment", record.environment.clone()),
            ("seed", record.seed.to_string()),
            ("window", record.window.clone()),
            ("down", record.rule.clone()),
            ("available", available(&record.all.excluded)),
            ("raw", share(record.all.raw.availability)),
            ("proofmark.version", record.tool_version.clone()),
            ("began", record.began.to_string()),
            ("ended", record.ended.to_string()),
        ],
        documents: &record.documents,
        groups: vec![Group::new(format!("monitor: {}", record.name), record.name.clone(), record.took_ns, tests)],
        counts: Counts::default(),
        exchanges: Vec::new(),
        http: "HTTP/1.1",
    }
    .closed()
}

fn target(target: &TargetRecord) -> Test<'_> {
    let outcome = match target.verdict {
        TargetResult::Holds => Outcome::Pass,
        TargetResult::Fails => Outcome::Fail,
        // A target is asked for: where it is not decided, nobody knows whether it holds.
        TargetResult::Undecided => Outcome::Error,
    };
    let measured = available(&target.figures);
    let mut test = Test::new(format!("target/{}", target.title), target.title.clone(), Sort::Target, outcome);
    test.message = match target.verdict {
        TargetResult::Holds => None,
        TargetResult::Fails => Some(format!("available {measured}")),
        TargetResult::Undecided => {
            let unknown = Nanos(target.figures.no_data_ns);
            Some(format!("not decided, since nothing is known of {unknown}: {measured}"))
        }
    };
    let rates: Vec<String> = target.burns.iter().map(burn).collect();
    test.notes = vec![
        format!("available {measured}"),
        format!("budget {}, {} spent, {}", Nanos(target.budget_ns), Nanos(target.spent_ns), left(target.left_ns)),
        format!("burn rate {}", rates.join(", ")),
    ];
    test.notes.extend(target.alerts.iter().map(|alert| alert.title.clone()));
    test
}

/// What is to be seen beside the targets: the watch itself where it has none, or where it saw nothing.
fn observed(record: &MonitorRecord) -> Option<Test<'_>> {
    let undecided = record.targets.iter().any(|t| t.verdict == TargetResult::Undecided);
    let outcome = match record.verdict {
        MonitorResult::Inconclusive if !undecided => Outcome::Error,
        MonitorResult::Holds if record.targets.is_empty() => Outcome::Pass,
        MonitorResult::Holds | MonitorResult::Fails | MonitorResult::Inconclusive => return None,
    };
    let title = "something was observed inside the window".to_owned();
    let mut test = Test::new("observed".to_owned(), title, Sort::Whole, outcome);
    test.message = (outcome == Outcome::Error).then(|| record.sentence.clone());
    test.notes.push(record.sentence.clone());
    Some(test)
}
