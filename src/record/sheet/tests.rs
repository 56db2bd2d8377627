//! Held to the verdict: whatever a record says, its tests and its exit code say the same.
//!
//! Judges no layout.

use crate::base::source::Spot;
use crate::record::certification::fixture as certifications;
use crate::record::fixture as runs;
use crate::record::load::fixture as loads;
use crate::record::monitor::fixture as watches;
use crate::record::shape::{Outcome, RunResult};
use crate::record::sheet::{Counts, Sheet, Sort, certification, load, run, watch};

fn agrees(sheet: &Sheet<'_>) {
    let bad = sheet.tests().any(|(_, t)| t.outcome.is_bad());
    assert_eq!(bad, sheet.exit != 0, "{}", sheet.sentence);
    assert!(sheet.exit != 0 || sheet.tests().any(|(_, t)| t.outcome == Outcome::Pass), "nothing judged is no success");
    let all = sheet.counts;
    assert_eq!(all.tests, all.passed + all.failed + all.errors + all.skipped + all.review);
    assert_eq!(all.tests, sheet.groups.iter().map(|g| g.counts.tests).sum::<usize>());
    assert_eq!(all.tests, sheet.tests().count());
    for (_, test) in sheet.tests() {
        assert!(!test.title.is_empty() && !test.id.is_empty());
        assert!(!test.outcome.is_bad() || test.message.is_some(), "{} says why", test.title);
    }
}

#[test]
fn no_sheet_is_green_where_the_verdict_is_not() {
    for outcome in [runs::passing(), runs::failing(), runs::skipping(), runs::interrupted(), runs::unusable()] {
        let record = runs::record(&outcome);
        agrees(&run(&record));
    }
    for outcome in
        [loads::passing(), loads::failing(), loads::invalid(), loads::searched(), loads::unusable(), loads::interrupted()]
    {
        agrees(&load(&loads::record(&outcome)));
    }
    for outcome in [
        certifications::passing(),
        certifications::failing(),
        certifications::unjudged(),
        certifications::interrupted(),
        certifications::unusable(),
    ] {
        agrees(&certification(&certifications::record(&outcome)));
    }
    for record in [watches::failing(), watches::empty()] {
        agrees(&watch(&record));
    }
}

#[test]
fn a_verdict_that_no_test_tells_has_a_test_of_its_own() {
    let record = runs::record(&runs::skipping());
    let sheet = run(&record);
    let whole: Vec<_> = sheet.tests().filter(|(_, t)| t.sort == Sort::Whole).collect();
    assert_eq!((whole.len(), whole[0].1.outcome, sheet.exit), (1, Outcome::Error, 3));
    assert_eq!(whole[0].1.message.as_deref(), Some(record.sentence.as_str()));
    // Whatever a file says: a verdict without a case to show for it.
    for (verdict, exit) in [(RunResult::Fails, 1), (RunResult::NotJudged, 3), (RunResult::Interrupted, 130)] {
        let mut record = runs::record(&runs::passing());
        record.verdict = verdict;
        let sheet = run(&record);
        assert_eq!((sheet.exit, sheet.counts.errors), (exit, 1));
    }
}

#[test]
fn a_run_in_tests() {
    let record = runs::record(&runs::failing());
    let sheet = run(&record);
    assert_eq!(sheet.counts, Counts { tests: 8, passed: 2, failed: 3, errors: 1, skipped: 2, review: 0 });
    let tests: Vec<_> = sheet.tests().map(|(_, t)| t).collect();
    let failed = tests.iter().find(|t| t.title == "no signatories").expect("the case");
    assert_eq!(failed.cause(), "error_code.value");
    assert_eq!(failed.spot, Some(Spot { file: "suites/laas-contract-signature.yaml".to_owned(), line: 50, column: 5 }));
    // It began with its first exchange.
    let exchange = sheet.exchange("x3").expect("an exchange");
    assert_eq!(failed.began, Some(exchange.began));
    assert_eq!(failed.parts[0].span.map(|s| s.0), Some(exchange.began));
    assert_eq!(sheet.exchange("x99").map(|x| &x.id), None);
    let gate = tests.iter().find(|t| t.sort == Sort::Gate).expect("a gate");
    assert_eq!((gate.message.as_deref(), gate.file), (Some("found 66.66%, 2 of 3"), Some("suites/laas-contract-signature.yaml")));
}
