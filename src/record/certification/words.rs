//! Computes every figure of a certification's record, and the verdict in words.
//!
//! Works on the stored modules and exchanges, so that a whole certification and one recovered from its journal are counted
//! alike. Never changes what became of a module.

use crate::base::units::Nanos;
use crate::model::certification::{CertificationVerdict, ModuleResult};
use crate::record::certification::shape::{
    CertificationRecord, CertificationResult, CertificationTotals, LatencyRecord, ModuleRecord, ResultRecord, StatusRecord,
};
use crate::record::curl;
use crate::record::figures::{counted, excerpt};
use crate::record::redactions;
use crate::record::shape::{ExchangeRecord, Level};
use std::collections::BTreeMap;

/// Bytes of a body that are worth standing in a command line; a larger one is a file there.
const TYPED: usize = 2048;

/// Modules that a sentence names of each kind.
const NAMED: usize = 6;

/// `214 answers: half within 12ms, 90% 31ms, 99% 88ms, longest 143ms`.
#[must_use]
pub fn times(latency: &LatencyRecord) -> String {
    format!(
        "{}: half within {}, 90% {}, 99% {}, longest {}",
        counted(usize::try_from(latency.count).unwrap_or(usize::MAX), "answer"),
        Nanos(latency.p50_ns),
        Nanos(latency.p90_ns),
        Nanos(latency.p99_ns),
        Nanos(latency.max_ns)
    )
}

/// Fills in the figures of a record from its modules, exchanges and verdict.
pub fn complete(record: &mut CertificationRecord) {
    complete_findings(record);
    record.totals = totals(record);
    record.sentence = sentence(record);
    let exchanges = std::mem::take(&mut record.exchanges);
    record.redactions = redactions::list(record, &exchanges);
    record.exchanges = exchanges;
}

fn complete_findings(record: &mut CertificationRecord) {
    let exchanges: BTreeMap<&str, &ExchangeRecord> = record.exchanges.iter().map(|x| (x.id.as_str(), x)).collect();
    for (number, finding) in record.modules.iter_mut().flat_map(|m| &mut m.findings).enumerate() {
        finding.id = format!("f{}", number + 1);
        if let Some(exchange) = finding.exchange.as_deref().and_then(|id| exchanges.get(id)) {
            finding.curl = command(exchange);
            finding.excerpt = excerpt(finding, exchange);
        }
    }
}

/// The command line that makes the same call, a large body as a file.
#[must_use]
pub fn command(exchange: &ExchangeRecord) -> Option<String> {
    if exchange.request.body.length <= TYPED {
        return curl::line(exchange);
    }
    let mut shortened = exchange.clone();
    shortened.request.body.cut = true;
    curl::line(&shortened)
}

fn totals(record: &CertificationRecord) -> CertificationTotals {
    let mut totals = CertificationTotals { exchanges: record.exchanges.len(), ..CertificationTotals::default() };
    for module in &record.modules {
        totals.modules += 1;
        match (&module.expected, module.result) {
            (Some(expected), _) if expected.came => totals.failed_as_expected += 1,
            (Some(_), _) => totals.passed_unexpectedly += 1,
            (None, ResultRecord::Passed) => totals.passed += 1,
            (None, ResultRecord::Warning) => totals.warned += 1,
            (None, ResultRecord::Review) => totals.review += 1,
            (None, ResultRecord::Failed) => totals.failed += 1,
            (None, ResultRecord::Skipped) => totals.skipped += 1,
            (None, ResultRecord::NotApplicable) => totals.not_applicable += 1,
        }
        totals.requirements += usize::from(module.result != ResultRecord::NotApplicable);
        totals.kept += usize::from(matches!(module.result, ResultRecord::Passed | ResultRecord::Warning));
        for finding in &module.findings {
            match finding.level {
                Level::Error => totals.findings += 1,
                Level::Warning => totals.warnings += 1,
            }
        }
    }
    totals
}

fn sentence(record: &CertificationRecord) -> String {
    match record.verdict {
        CertificationResult::Certified | CertificationResult::Conforms | CertificationResult::Fails => judged(record),
        CertificationResult::NotJudged => format!("could not be judged: {}", obstacle(record)),
        CertificationResult::Interrupted => {
            let done = record.modules.iter().filter(|m| m.status == StatusRecord::Finished).count();
            let failed = named(record, "failed", ModuleRecord::fails);
            let found = failed.unwrap_or_else(|| "nothing failed so far".to_owned());
            format!("interrupted after {done} of {}: {found}", counted(record.planned.max(done), "module"))
        }
    }
}

fn judged(record: &CertificationRecord) -> String {
    let totals = &record.totals;
    let mut sentence = if totals.kept == totals.requirements {
        format!("the endpoint keeps all {}", counted(totals.requirements, "requirement"))
    } else {
        format!("the endpoint keeps {} of {}", totals.kept, counted(totals.requirements, "requirement"))
    };
    if totals.warnings > 0 {
        sentence = format!("{sentence}, with {}", counted(totals.warnings, "warning"));
    }
    let announced = |m: &ModuleRecord, came: bool| m.expected.as_ref().is_some_and(|e| e.came == came);
    let parts = [
        named(record, "failed", ModuleRecord::fails),
        named(record, "did not fail as had been announced", |m| announced(m, false)),
        named(record, "failed as announced", |m| announced(m, true)),
        named(record, "not judged", |m| m.expected.is_none() && m.result == ResultRecord::Skipped),
        named(record, "for a person to look at", |m| m.expected.is_none() && m.result == ResultRecord::Review),
        (!record.left_out.is_empty()).then(|| format!("{} left out", counted(record.left_out.len(), "module"))),
    ];
    for part in parts.into_iter().flatten() {
        sentence = format!("{sentence}; {part}");
    }
    sentence
}

/// `2 failed: row 7 signature-refused, row 19 overload`; `None` where there is none.
fn named(record: &CertificationRecord, what: &str, of: impl Fn(&ModuleRecord) -> bool) -> Option<String> {
    let modules: Vec<String> = record.modules.iter().filter(|m| of(m)).map(ModuleRecord::label).collect();
    let more = modules.len().saturating_sub(NAMED);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    let first = modules.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    (!modules.is_empty()).then(|| format!("{} {what}: {first}{rest}", modules.len()))
}

fn obstacle(record: &CertificationRecord) -> String {
    if let Some(reason) = &record.unusable {
        return reason.clone();
    }
    let skipped: Vec<&ModuleRecord> = record.modules.iter().filter(|m| m.required && m.result == ResultRecord::Skipped).collect();
    match skipped.first() {
        None => "no module was run".to_owned(),
        Some(first) => {
            let what = counted(skipped.len(), "required module");
            let why = first.reason().map(|r| format!(" ({r})")).unwrap_or_default();
            let more = if skipped.len() > 1 { format!(" and {} more", skipped.len() - 1) } else { String::new() };
            format!("{what} not judged: {}{why}{more}", first.label())
        }
    }
}

impl CertificationResult {
    /// The verdict as the model has it, which the exit code follows.
    #[must_use]
    pub fn verdict(self) -> CertificationVerdict {
        match self {
            Self::Certified => CertificationVerdict::Certified,
            Self::Conforms => CertificationVerdict::Conforms,
            Self::Fails => CertificationVerdict::Fails,
            Self::NotJudged => CertificationVerdict::NotJudged,
            Self::Interrupted => CertificationVerdict::Interrupted,
        }
    }
}

/// The worst of several results; `NotApplicable` of none.
#[must_use]
pub fn worst(results: impl Iterator<Item = ResultRecord>) -> ResultRecord {
    results.map(ModuleResult::from).fold(ModuleResult::NotApplicable, ModuleResult::and).into()
}

#[cfg(test)]
mod tests {
    use super::{TYPED, command};
    use crate::record::certification::fixture;
    use crate::record::certification::shape::CertificationResult;

    #[test]
    fn counts_and_words_of_a_failing_certification() {
        let record = fixture::record(&fixture::failing());
        let t = record.totals;
        assert_eq!((t.modules, t.passed, t.warned, t.review, t.failed, t.skipped, t.not_applicable), (12, 4, 1, 1, 2, 1, 1));
        assert_eq!((t.failed_as_expected, t.passed_unexpectedly, t.requirements, t.kept), (1, 1, 11, 6));
        assert_eq!(record.verdict, CertificationResult::Fails);
        assert_eq!(
            record.sentence,
            "the endpoint keeps 6 of 11 requirements, with 1 warning; 2 failed: row 7 signature-refused, row 25 error-bodies; \
             1 did not fail as had been announced: row 15 content-type; 1 failed as announced: row 17 handshake; \
             1 not judged: row 21 authorization; 1 for a person to look at: row 3 duplicate-delivery"
        );
        let finding = &record.modules.iter().find(|m| m.row == 7).expect("row 7").findings[0];
        assert_eq!(finding.id, "f2");
        assert!(finding.curl.as_deref().is_some_and(|c| c.starts_with("curl -i -X POST ")), "{finding:?}");
        assert!(finding.excerpt.iter().any(|l| l.text.contains("accepted")), "{finding:?}");
    }

    #[test]
    fn every_verdict_in_words() {
        let mut left_out = fixture::facts();
        left_out.left_out = vec![crate::model::certification::ModuleId::Overload];
        let partial =
            crate::record::certification::make(&fixture::passing(), &crate::model::redact::Redactor::default(), &left_out);
        assert_eq!(partial.sentence, "the endpoint keeps all 3 requirements; 1 module left out");
        assert_eq!(partial.verdict, CertificationResult::Conforms);
        for (outcome, verdict, sentence) in [
            (fixture::passing(), CertificationResult::Certified, "the endpoint keeps all 3 requirements"),
            (
                fixture::unjudged(),
                CertificationResult::NotJudged,
                "could not be judged: 1 required module not judged: row 21 authorization (the profile's credential is not set)",
            ),
            (
                fixture::unusable(),
                CertificationResult::NotJudged,
                "could not be judged: https://partner.example/hooks does not answer: connection refused",
            ),
            (
                fixture::interrupted(),
                CertificationResult::Interrupted,
                "interrupted after 3 of 12 modules: nothing failed so far",
            ),
        ] {
            let record = fixture::record(&outcome);
            assert_eq!((record.verdict, record.sentence.as_str()), (verdict, sentence));
        }
    }

    #[test]
    fn a_large_body_is_a_file_in_the_command() {
        let record = fixture::record(&fixture::failing());
        let mut exchange = record.exchanges[0].clone();
        let text = "x".repeat(TYPED + 1);
        exchange.request.body.length = text.len();
        exchange.request.body.text = Some(text);
        assert!(command(&exchange).is_some_and(|c| c.contains(" --data-binary @body.bin ")));
    }
}
