//! Holds what the runs of two sides found against each other: what is new, what is gone, what comes and goes.
//!
//! Checks and certifications alike, a module of a certification being its case. A finding is the same where its check, its operation, its
//! place in the schema and its case are: not its words, and not what was received. Reads no file and renders nothing.

use crate::record::compare::found::{GATE, Identity, SuiteRun, Told};
use crate::record::compare::ground::grounds;
use crate::record::compare::loads::Asked;
use crate::record::compare::shape::{
    ComparisonRecord, ComparisonResult, ConformanceComparison, CountRecord, CoverageChange, FORMAT, FindingChange, FindingStatus,
    RunRef, SideRecord, VERSION,
};
use crate::record::compare::words;
use crate::record::shape::Level;
use std::collections::{BTreeMap, BTreeSet};

/// The runs of two sides, compared; `None` where a side has none.
#[must_use]
pub fn runs(mut baseline: Vec<SuiteRun>, mut candidate: Vec<SuiteRun>, asked: &Asked) -> Option<ComparisonRecord> {
    baseline.sort_by_key(|r| r.began);
    candidate.sort_by_key(|r| r.began);
    let (first, other) = (&baseline.first()?.print, &candidate.first()?.print);
    let (a, b) = (Side::of(&baseline), Side::of(&candidate));
    let findings = findings(&a, &b);
    let count = |status| CountRecord { status, count: findings.iter().filter(|f| f.status == status).count() };
    let conformance = ConformanceComparison {
        counts: FindingStatus::ALL.into_iter().map(count).collect(),
        cases_added: b.missing_from(&a),
        cases_removed: a.missing_from(&b),
        coverage: coverage(&baseline, &candidate),
        findings,
    };
    let new = conformance.findings.iter().filter(|f| f.status == FindingStatus::New && f.level == Level::Error).count();
    let unjudged = unjudged(&baseline, "the baseline").or_else(|| unjudged(&candidate, "the candidate"));
    let all = || baseline.iter().chain(&candidate);
    let titles: BTreeSet<&str> = all().flat_map(|r| r.titles.iter().map(String::as_str)).collect();
    Some(ComparisonRecord {
        format: FORMAT.to_owned(),
        version: VERSION,
        tool_version: asked.tool_version.clone(),
        command: asked.command.clone(),
        began: all().map(|r| r.began).min()?,
        ended: all().map(|r| r.ended).max()?,
        title: titles.into_iter().collect::<Vec<_>>().join(", "),
        verdict: match (new, &unjudged) {
            (0, None) => ComparisonResult::NotRegressed,
            (0, Some(_)) => ComparisonResult::Inconclusive,
            _ => ComparisonResult::Regressed,
        },
        sentence: words::runs(&conformance, new, unjudged.as_deref()),
        grounds: grounds(first, other),
        baseline: side(&baseline),
        candidate: side(&candidate),
        load: None,
        conformance: Some(conformance),
        redactions: Vec::new(),
        unsaid: asked.unsaid.clone(),
    })
}

/// What the runs of a side came to.
struct Side {
    runs: usize,
    /// In how many runs a finding is.
    findings: BTreeMap<Identity, (usize, Told)>,
    /// Every case, and in how many runs it was judged.
    cases: BTreeMap<String, usize>,
}

impl Side {
    fn of(runs: &[SuiteRun]) -> Self {
        let mut side = Self { runs: runs.len(), findings: BTreeMap::new(), cases: BTreeMap::new() };
        for run in runs {
            for (case, judged) in &run.cases {
                *side.cases.entry(case.clone()).or_default() += usize::from(*judged);
            }
            for (identity, told) in &run.findings {
                let entry = side.findings.entry(identity.clone()).or_insert((0, told.clone()));
                *entry = (entry.0 + 1, told.clone());
            }
        }
        side
    }

    /// Cases of this side that the other does not have.
    fn missing_from(&self, other: &Self) -> Vec<String> {
        self.cases.keys().filter(|id| !other.cases.contains_key(*id)).cloned().collect()
    }
}

fn findings(a: &Side, b: &Side) -> Vec<FindingChange> {
    let identities: BTreeSet<&Identity> = a.findings.keys().chain(b.findings.keys()).collect();
    let mut changes: Vec<FindingChange> = identities
        .into_iter()
        .filter_map(|identity| {
            let of = |side: &Side| side.findings.get(identity).map_or(0, |(count, _)| *count);
            let (before, after) = (of(a), of(b));
            let told = b.findings.get(identity).or_else(|| a.findings.get(identity)).map(|(_, told)| told.clone())?;
            let (check, operation, schema, case) = identity.clone();
            let status = match (before, after) {
                (0, _) => FindingStatus::New,
                (_, 0) if check == GATE => FindingStatus::Fixed,
                (_, 0) => match b.cases.get(&case) {
                    None => FindingStatus::Gone,
                    Some(0) => FindingStatus::NotJudged,
                    Some(_) if before < a.runs => FindingStatus::Flaky,
                    Some(_) => FindingStatus::Fixed,
                },
                _ if before < a.runs || after < b.runs => FindingStatus::Flaky,
                _ => FindingStatus::Still,
            };
            let Told { level, title, message } = told;
            Some(FindingChange {
                status,
                level,
                check,
                operation,
                schema,
                case,
                title,
                message,
                baseline: before,
                candidate: after,
            })
        })
        .collect();
    // Stable: those of one kind stay in the order of their identity.
    changes.sort_by_key(|c| (c.status, c.level));
    changes
}

fn coverage(baseline: &[SuiteRun], candidate: &[SuiteRun]) -> Vec<CoverageChange> {
    let (a, b) = (seen(baseline), seen(candidate));
    let keys: BTreeSet<&(String, String)> = a.keys().chain(b.keys()).collect();
    let none = Seen::default();
    keys.into_iter()
        .filter_map(|key| {
            let (before, after) = (a.get(key).unwrap_or(&none), b.get(key).unwrap_or(&none));
            let minus = |a: &Seen, b: &Seen| a.items.difference(&b.items).cloned().collect::<Vec<_>>();
            let change = CoverageChange {
                suite: key.0.clone(),
                title: key.1.clone(),
                baseline: (before.items.len(), before.known),
                candidate: (after.items.len(), after.known),
                lost: minus(before, after),
                gained: minus(after, before),
            };
            let same = change.lost.is_empty() && change.gained.is_empty() && before.known == after.known;
            (!same).then_some(change)
        })
        .collect()
}

/// What any run of a side has seen of a dimension.
#[derive(Default)]
struct Seen {
    items: BTreeSet<String>,
    known: usize,
}

fn seen(runs: &[SuiteRun]) -> BTreeMap<(String, String), Seen> {
    let mut all: BTreeMap<(String, String), Seen> = BTreeMap::new();
    for coverage in runs.iter().flat_map(|r| &r.coverage) {
        for dimension in &coverage.dimensions {
            let seen = all.entry((coverage.suite.clone(), dimension.title.clone())).or_default();
            seen.items.extend(dimension.items.iter().cloned());
            seen.known = seen.known.max(dimension.known);
        }
    }
    all
}

/// Why nothing that was not found can be taken for not being there.
fn unjudged(runs: &[SuiteRun], side: &str) -> Option<String> {
    let run = runs.iter().find(|r| !r.whole)?;
    Some(format!("a run of {side} {}", run.sentence))
}

fn side(runs: &[SuiteRun]) -> SideRecord {
    let run = |run: &SuiteRun| RunRef {
        path: run.path.clone(),
        began: run.began,
        sentence: run.sentence.clone(),
        pair: None,
        left_out: None,
        load: None,
        validity: None,
        run: run.result,
    };
    SideRecord { target: runs.first().map(|r| r.target.clone()).unwrap_or_default(), runs: runs.iter().map(run).collect() }
}

#[cfg(test)]
mod tests {
    use super::runs;
    use crate::record::certification::fixture as certifications;
    use crate::record::compare::ComparisonRecord;
    use crate::record::compare::fixture::{asked, broken, mended};
    use crate::record::compare::found::SuiteRun;
    use crate::record::compare::shape::{ComparisonResult, FindingStatus};
    use crate::record::fixture;
    use crate::record::shape::RunRecord;
    use std::slice::from_ref;

    fn compare(baseline: &[RunRecord], candidate: &[RunRecord]) -> ComparisonRecord {
        let side = |records: &[RunRecord]| records.iter().map(|r| SuiteRun::of_run("r", r)).collect();
        runs(side(baseline), side(candidate), &asked()).expect("both sides have runs")
    }

    fn statuses(record: &ComparisonRecord) -> Vec<(FindingStatus, &str)> {
        let findings = &record.conformance.as_ref().expect("conformance").findings;
        findings.iter().map(|f| (f.status, f.check.as_str())).collect()
    }

    #[test]
    fn what_is_found_first_is_new_and_what_is_gone_is_fixed() {
        let (good, bad) = (fixture::record(&fixture::passing()), fixture::record(&fixture::failing()));
        let worse = broken();
        assert_eq!(worse.verdict, ComparisonResult::Regressed);
        assert!(statuses(&worse).iter().all(|(s, _)| *s == FindingStatus::New), "{:?}", statuses(&worse));
        assert!(worse.sentence.contains(" new"), "{}", worse.sentence);
        let same = compare(from_ref(&bad), from_ref(&bad));
        assert_eq!(same.verdict, ComparisonResult::NotRegressed);
        assert!(statuses(&same).iter().all(|(s, _)| *s == FindingStatus::Still));
        assert_eq!(statuses(&same).len(), statuses(&worse).len());
        let conformance = same.conformance.expect("conformance");
        assert!(conformance.cases_added.is_empty() && conformance.coverage.is_empty(), "{conformance:?}");
        let alike = compare(from_ref(&good), from_ref(&good));
        assert_eq!((alike.sentence.as_str(), statuses(&alike)), ("nothing new was found", Vec::new()));
    }

    #[test]
    fn what_is_not_judged_any_more_is_not_fixed() {
        let record = mended();
        assert_eq!(record.verdict, ComparisonResult::NotRegressed);
        let gone = statuses(&record).iter().filter(|(s, _)| *s == FindingStatus::Gone).count();
        let removed = record.conformance.as_ref().map(|c| c.cases_removed.len());
        assert!(gone >= 1 && removed >= Some(1), "{:?}", statuses(&record));
        assert!(!statuses(&record).iter().any(|(s, check)| *s == FindingStatus::Fixed && *check == "body.schema"));
    }

    #[test]
    fn what_comes_and_goes_is_flaky_and_what_no_baseline_had_is_new() {
        let (bad, mut without) = (fixture::record(&fixture::failing()), fixture::record(&fixture::failing()));
        for step in without.cases.iter_mut().flat_map(|c| &mut c.steps) {
            step.findings.retain(|f| f.check != "error_code.value");
        }
        let of = |record: &ComparisonRecord| {
            statuses(record).into_iter().find(|(_, check)| *check == "error_code.value").map(|(status, _)| status)
        };
        let (bad, without) = (&bad, &without);
        let compared = |a: &[&RunRecord], b: &[&RunRecord]| {
            let owned = |side: &[&RunRecord]| side.iter().map(|r| (*r).clone()).collect::<Vec<_>>();
            of(&compare(&owned(a), &owned(b)))
        };
        assert_eq!(compared(&[bad, without], &[bad]), Some(FindingStatus::Flaky));
        assert_eq!(compared(&[bad, without], &[without]), Some(FindingStatus::Flaky));
        assert_eq!(compared(&[without, without], &[bad, without]), Some(FindingStatus::New));
        assert_eq!(compared(&[bad, bad], &[without, without]), Some(FindingStatus::Fixed));
    }

    #[test]
    fn a_run_that_judged_nothing_settles_nothing() {
        let good = fixture::record(&fixture::passing());
        let nothing = fixture::record(&fixture::unusable());
        let record = compare(&[good], &[nothing]);
        assert_eq!(record.verdict, ComparisonResult::Inconclusive);
        assert!(record.sentence.contains("a run of the candidate could not be judged"), "{}", record.sentence);
        assert!(record.conformance.is_some_and(|c| !c.cases_removed.is_empty()));
    }
    #[test]
    fn certifications_are_compared_by_their_modules() {
        let (good, bad) =
            (certifications::record(&certifications::passing()), certifications::record(&certifications::failing()));
        let side = |record| vec![SuiteRun::of_certification("c", record)];
        let worse = runs(side(&good), side(&bad), &asked()).expect("a run of each");
        assert_eq!(worse.verdict, ComparisonResult::Regressed, "{}", worse.sentence);
        assert!(statuses(&worse).iter().all(|(s, _)| *s == FindingStatus::New) && !statuses(&worse).is_empty());
        let same = runs(side(&bad), side(&bad), &asked()).expect("a run of each");
        assert!(statuses(&same).iter().all(|(s, _)| *s == FindingStatus::Still));
    }
}
