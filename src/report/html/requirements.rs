//! Requirements against the cases that stand for them.
//!
//! Joins what suites declare, cases carry out and findings name. Never counts and never judges anew: a verdict over cases is that of
//! the model's own algebra.

use crate::model::outcome::Verdict;
use crate::record::RunRecord;
use crate::record::shape::{CaseRecord, Level, Outcome};
use crate::report::html::cases::Shown;
use crate::report::html::view::{anchor, tone};
use std::collections::BTreeMap;

/// Cases of one requirement that are shown.
const CASES: usize = 80;
/// Requirements that are shown; a suite declares some hundreds at most.
const ROWS: usize = 1_000;

/// A requirement.
pub(super) struct RequirementView<'a> {
    pub(super) id: &'a str,
    pub(super) suite: Option<&'a str>,
    pub(super) source: Option<&'a str>,
    pub(super) tone: &'static str,
    pub(super) word: &'static str,
    pub(super) cases: Vec<CaseMark<'a>>,
    pub(super) more: usize,
    /// A finding about it that the page shows.
    pub(super) finding: Option<&'a str>,
}

/// A case in the row of a requirement.
pub(super) struct CaseMark<'a> {
    pub(super) title: &'a str,
    pub(super) tone: &'static str,
    pub(super) word: &'static str,
    pub(super) sign: &'static str,
    /// Where the page shows it.
    pub(super) anchor: Option<String>,
}

#[derive(Default)]
struct Row<'a> {
    suite: Option<&'a str>,
    source: Option<&'a str>,
    cases: Vec<(usize, &'a CaseRecord)>,
    level: Option<Level>,
    finding: Option<&'a str>,
}

/// Those that suites declare first, in their order; then those that only findings name.
pub(super) fn requirements<'a>(record: &'a RunRecord, shown: &Shown<'a>) -> Vec<RequirementView<'a>> {
    let mut order: Vec<&str> = Vec::new();
    let mut rows: BTreeMap<&str, Row<'a>> = BTreeMap::new();
    for coverage in &record.coverage {
        let declared = coverage.dimensions.iter().filter(|d| d.key == "requirements");
        for id in declared.flat_map(|d| d.items.iter().chain(&d.missing)) {
            row(&mut order, &mut rows, id).suite.get_or_insert(&coverage.suite);
        }
    }
    for (number, case) in record.cases.iter().enumerate() {
        for id in &case.requirements {
            let row = row(&mut order, &mut rows, id);
            row.suite.get_or_insert(&case.suite);
            row.cases.push((number, case));
        }
    }
    for (number, case) in record.cases.iter().enumerate() {
        for finding in case.findings() {
            let row = row(&mut order, &mut rows, &finding.requirement.id);
            row.source.get_or_insert(&finding.requirement.source);
            row.level = Some(row.level.map_or(finding.level, |l| l.min(finding.level)));
            if row.finding.is_none() && shown.findings.contains(finding.id.as_str()) {
                row.finding = Some(&finding.id);
            }
            if !row.cases.iter().rev().any(|(n, _)| *n == number) {
                row.cases.push((number, case));
            }
        }
    }
    order.into_iter().take(ROWS).filter_map(|id| rows.remove(id).map(|row| view(id, &row, shown))).collect()
}

fn row<'m, 'a>(order: &mut Vec<&'a str>, rows: &'m mut BTreeMap<&'a str, Row<'a>>, id: &'a str) -> &'m mut Row<'a> {
    rows.entry(id).or_insert_with(|| {
        order.push(id);
        Row::default()
    })
}

fn view<'a>(id: &'a str, row: &Row<'a>, shown: &Shown<'a>) -> RequirementView<'a> {
    let (tone, word) = verdict(row);
    let mark = |(number, case): &(usize, &'a CaseRecord)| CaseMark {
        title: &case.title,
        tone: self::tone(case.outcome),
        word: case.outcome.word(),
        sign: sign(case.outcome),
        anchor: shown.cases.contains(number).then(|| anchor(*number)),
    };
    RequirementView {
        id,
        suite: row.suite,
        source: row.source,
        tone,
        word,
        cases: row.cases.iter().take(CASES).map(mark).collect(),
        more: row.cases.len().saturating_sub(CASES),
        finding: row.finding,
    }
}

fn verdict(row: &Row<'_>) -> (&'static str, &'static str) {
    match row.level {
        Some(Level::Error) => return ("bad", Outcome::Fail.word()),
        Some(Level::Warning) => return ("open", "WARNING"),
        None if row.cases.is_empty() => return ("open", "NOT COVERED"),
        None => {}
    }
    let all = row.cases.iter().fold(Verdict::NotApplicable, |verdict, (_, case)| verdict.and(case.outcome.into()));
    let outcome = Outcome::from(all);
    (tone(outcome), outcome.word())
}

fn sign(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "✓",
        Outcome::Fail => "✗",
        Outcome::Error => "!",
        Outcome::Skipped => "–",
        Outcome::Review => "?",
        Outcome::NotApplicable => "·",
    }
}

#[cfg(test)]
mod tests {
    use super::requirements;
    use crate::record::fixture;
    use crate::record::shape::{DimensionRecord, RunRecord};
    use crate::report::html::cases::Builder;

    fn rows(record: &RunRecord) -> Vec<(String, &'static str, usize, bool)> {
        let mut builder = Builder::of(record);
        for suite in &record.suites {
            builder.suite(&suite.title);
        }
        let all = requirements(record, &builder.shown());
        all.into_iter().map(|r| (r.id.to_owned(), r.word, r.cases.len(), r.finding.is_some())).collect()
    }

    #[test]
    fn every_requirement_has_its_cases_and_one_without_any_says_so() {
        let mut record = fixture::record(&fixture::failing());
        record.coverage[0].dimensions.push(DimensionRecord {
            key: "requirements".to_owned(),
            title: "requirements".to_owned(),
            seen: 1,
            known: 2,
            share: None,
            items: vec!["laas-signature/envelop-status".to_owned()],
            missing: vec!["laas-signature/expiry".to_owned()],
        });
        let rows = rows(&record);
        let named: Vec<_> = rows.iter().map(|(id, word, cases, found)| (id.as_str(), *word, *cases, *found)).collect();
        assert_eq!(
            named,
            [
                ("laas-signature/envelop-status", "FAIL", 7, false),
                ("laas-signature/expiry", "NOT COVERED", 0, false),
                ("laas-signature/functional-errors", "FAIL", 1, true),
                ("onewelcome/error-body", "FAIL", 1, true),
                ("rfc9110/retry-after", "WARNING", 1, true),
            ]
        );
    }
}
