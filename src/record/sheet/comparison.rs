//! A comparison as a list of tests: one for each figure that is compared, for each finding of either side, and for the whole.
//!
//! Never shows as passed what could not be decided.

use crate::record::compare::ComparisonRecord;
use crate::record::compare::shape::{
    ComparisonResult, FigureComparison, FigureResult, FindingChange, FindingStatus, OperationComparison,
};
use crate::record::compare::words::{certainty, change, interval, percent, value};
use crate::record::shape::{Level, Outcome};
use crate::record::sheet::{Counts, Group, Kind, Sheet, Sort, Test};

/// A comparison as a list of tests.
#[must_use]
pub fn comparison(record: &ComparisonRecord) -> Sheet<'_> {
    let operations = record.load.iter().flat_map(|l| &l.operations);
    let mut tests: Vec<Test<'_>> = operations.flat_map(|o| o.figures.iter().map(move |f| figure(o, f))).collect();
    tests.extend(record.conformance.iter().flat_map(|c| &c.findings).map(finding));
    tests.push(whole(record));
    let took_ns = u64::try_from(record.ended.duration_since(record.began).as_nanos()).unwrap_or(0);
    let undecided = matches!(record.verdict, ComparisonResult::Inconclusive | ComparisonResult::Interrupted);
    Sheet {
        kind: Kind::Comparison,
        tool_version: &record.tool_version,
        command: record.command.as_deref(),
        environment: &record.candidate.target,
        began: record.began,
        ended: record.ended,
        took_ns,
        sentence: &record.sentence,
        exit: match record.verdict {
            ComparisonResult::NotRegressed => 0,
            ComparisonResult::Regressed => 1,
            ComparisonResult::Inconclusive => 3,
            ComparisonResult::Interrupted => 130,
        },
        trouble: undecided.then_some(record.sentence.as_str()),
        facts: vec![
            ("baseline", record.baseline.target.clone()),
            ("candidate", record.candidate.target.clone()),
            ("verdict", record.sentence.clone()),
            ("proofmark.version", record.tool_version.clone()),
            ("began", record.began.to_string()),
            ("ended", record.ended.to_string()),
        ],
        documents: &[],
        groups: vec![Group::new(format!("compare: {}", record.title), record.title.clone(), took_ns, tests)],
        counts: Counts::default(),
        exchanges: Vec::new(),
        http: "HTTP/1.1",
    }
    .closed()
}

fn figure<'r>(operation: &'r OperationComparison, figure: &'r FigureComparison) -> Test<'r> {
    let name = figure.figure.name();
    let (outcome, message) = match (&figure.decides, &figure.refused) {
        (Some(decided), _) => match decided.outcome {
            FigureResult::Regressed => (Outcome::Fail, Some(decided.sentence.clone())),
            // It is asked for: where it is open, nobody knows.
            FigureResult::Inconclusive => (Outcome::Error, Some(decided.sentence.clone())),
            FigureResult::Improved | FigureResult::NotRegressed => (Outcome::Pass, None),
        },
        (None, Some(why)) => (Outcome::Skipped, Some(why.clone())),
        // It decides nothing, whichever way it went.
        (None, None) if figure.interval.is_none() => {
            (Outcome::Skipped, Some("a single run of a side says nothing of the next one".to_owned()))
        }
        (None, None) => (Outcome::Pass, None),
    };
    let id = format!("figure/{}/{name}", operation.operation);
    let mut test = Test::new(id, format!("{} {name}", operation.operation), Sort::Figure, outcome);
    test.message = message;
    let dash = || "–".to_owned();
    let sides = [figure.baseline, figure.candidate].map(|side| value(figure.figure, side));
    let (by, between) = (figure.change.map_or_else(dash, change), figure.interval.map_or_else(dash, interval));
    let margin = figure.decides.as_ref().map(|d| format!(", margin {}", percent(d.margin))).unwrap_or_default();
    test.notes.push(format!("{} to {}: {by} ({between}){margin}", sides[0], sides[1]));
    test.notes.extend(figure.decides.iter().flat_map(|d| certainty(figure.figure, d)));
    test
}

fn finding(found: &FindingChange) -> Test<'_> {
    let outcome = match (found.status, found.level) {
        (FindingStatus::New, Level::Error) => Outcome::Fail,
        (FindingStatus::Fixed, _) => Outcome::Pass,
        _ => Outcome::Skipped,
    };
    let place = [found.operation.as_deref(), found.schema.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let id = format!("finding/{}/{}/{place}", found.case, found.check);
    let test = Test::new(id, format!("{}: {} {place}", found.case, found.check), Sort::Change, outcome);
    test.saying(format!("{}: {} [{}]", found.status.word(), found.message, found.check))
}

/// The comparison itself, so that one without a single figure does not pass for want of tests.
fn whole(record: &ComparisonRecord) -> Test<'_> {
    let outcome = match record.verdict {
        ComparisonResult::NotRegressed => Outcome::Pass,
        ComparisonResult::Regressed => Outcome::Fail,
        ComparisonResult::Inconclusive | ComparisonResult::Interrupted => Outcome::Error,
    };
    let title = "the candidate is not worse than the baseline".to_owned();
    let mut test = Test::new("whole".to_owned(), title, Sort::Whole, outcome);
    test.message = (outcome != Outcome::Pass).then(|| record.sentence.clone());
    test.notes.push(record.sentence.clone());
    test.notes.extend(record.unsaid.iter().cloned());
    test
}

#[cfg(test)]
mod tests {
    use super::comparison;
    use crate::record::compare::{ComparisonRecord, fixture};
    use crate::record::shape::Outcome;

    fn of(record: &ComparisonRecord, title: &str) -> Option<Outcome> {
        comparison(record).groups[0].tests.iter().find(|t| t.title == title).map(|t| t.outcome)
    }

    #[test]
    fn a_test_for_each_figure_and_none_passes_that_was_not_decided() {
        let regressed = fixture::regressed();
        assert_eq!(of(&regressed, "createSignature p50"), Some(Outcome::Fail));
        assert_eq!(of(&regressed, "createSignature p99"), Some(Outcome::Skipped), "of too few answers");
        assert_eq!(of(&regressed, "createSignature errors"), Some(Outcome::Pass));
        assert_eq!(comparison(&regressed).groups[0].tests.len(), 19, "six figures of two operations and of all, and the verdict");
        assert_eq!(of(&fixture::open(), "createSignature p50"), Some(Outcome::Error));
        assert_eq!(of(&fixture::alike(), "all operations throughput"), Some(Outcome::Pass));
        assert!(comparison(&fixture::single()).groups[0].tests.iter().all(|t| t.outcome != Outcome::Pass));
    }

    #[test]
    fn the_exit_code_is_told_by_the_tests() {
        let verdict = "the candidate is not worse than the baseline";
        assert_eq!(of(&fixture::broken(), verdict), Some(Outcome::Fail));
        assert_eq!(of(&fixture::mended(), verdict), Some(Outcome::Pass));
        for record in
            [fixture::regressed(), fixture::open(), fixture::alike(), fixture::single(), fixture::broken(), fixture::mended()]
        {
            let sheet = comparison(&record);
            let bad = sheet.groups[0].tests.iter().any(|t| t.outcome.is_bad());
            assert_eq!(bad, sheet.exit != 0, "{}", record.sentence);
        }
    }
}
