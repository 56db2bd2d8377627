//! Makes the record of a certification.
//!
//! Where a certification's words become stored words, and where what must not be shown is taken out. Judges nothing and writes
//! no file.

use crate::model::certification::{CertificationOutcome, ConditionOutcome, Expected, Latency, ModuleId, ModuleOutcome, TlsFacts};
use crate::model::redact::Redactor;
use crate::record::certification::shape::{
    CertificationRecord, CertificationResult, CertificationTotals, ConditionRecord, EndpointRecord, ExpectedRecord, FORMAT,
    LatencyRecord, ModuleRecord, ProfileRecord, SpecRecord, TlsRecord, VERSION,
};
use crate::record::certification::words;
use crate::record::make::{after, command, exchange, finding, learned, machine};
use crate::record::scrub;
use crate::record::shape::{BuildRecord, DocumentRecord, RequirementRecord};
use jiff::Timestamp;

/// What a record says beside what the certification itself produced.
#[derive(Clone, Debug, Default)]
pub struct CertificationFacts {
    /// The tool's version.
    pub tool_version: String,
    /// The command as typed, word by word.
    pub command: Vec<String>,
    /// The profile's name and title.
    pub profile: ProfileRecord,
    /// The spec's title and version.
    pub spec: SpecRecord,
    /// The profile (kind `profile`, what it extends after it) and the spec (kind `spec`, its other files after it), by digest; see
    /// [`crate::record::digest::document`].
    pub documents: Vec<DocumentRecord>,
    /// What is known of the machine (`processors`, `kernel`), in order.
    pub machine: Vec<(String, String)>,
    /// How the tool was built.
    pub build: Option<BuildRecord>,
    /// Modules of the profile that were left out on request; with any, no certificate may come of it.
    pub left_out: Vec<ModuleId>,
    /// Modules that were to be run.
    pub planned: usize,
}

/// What is known of a certification when it begins.
#[derive(Clone, Debug)]
pub struct CertificationOpening {
    /// When it begins.
    pub began: Timestamp,
    /// The URL given.
    pub registered: String,
    /// The URLs that deliveries go to, by callback operation.
    pub endpoints: Vec<(String, String)>,
    /// The seed.
    pub seed: u64,
    /// The modules that a certificate needs.
    pub required: Vec<ModuleId>,
}

/// The record of a certification: redacted, with every figure that a report shows.
#[must_use]
pub fn make(outcome: &CertificationOutcome, redactor: &Redactor, facts: &CertificationFacts) -> CertificationRecord {
    let opening = CertificationOpening {
        began: outcome.began,
        registered: outcome.registered.clone(),
        endpoints: outcome.endpoints.clone(),
        seed: outcome.seed,
        required: Vec::new(),
    };
    let redactor = &learned(redactor, outcome.exchanges.iter().map(AsRef::as_ref));
    let mut record = blank(&opening, redactor, facts);
    record.took_ns = outcome.took.0;
    record.ended = after(outcome.began, outcome.took.0);
    record.tls = outcome.tls.as_ref().map(|t| tls(t, redactor));
    record.interrupted = outcome.interrupted;
    record.unusable = outcome.unusable.as_deref().map(|u| scrub::text(redactor, u));
    record.verdict = outcome.verdict(facts.left_out.is_empty()).into();
    record.modules = outcome.modules.iter().map(|m| module(m, redactor)).collect();
    record.exchanges = outcome.exchanges.iter().map(|x| exchange(x, redactor)).collect();
    words::complete(&mut record);
    record
}

/// A record in which nothing has happened yet.
pub(crate) fn blank(opening: &CertificationOpening, redactor: &Redactor, facts: &CertificationFacts) -> CertificationRecord {
    let endpoint =
        |(operation, url): &(String, String)| EndpointRecord { operation: operation.clone(), url: scrub::url(redactor, url) };
    CertificationRecord {
        format: FORMAT.to_owned(),
        version: VERSION,
        tool_version: facts.tool_version.clone(),
        command: (!facts.command.is_empty()).then(|| command(&facts.command, redactor).join(" ")),
        began: opening.began,
        ended: opening.began,
        took_ns: 0,
        registered: scrub::url(redactor, &opening.registered),
        endpoints: opening.endpoints.iter().map(endpoint).collect(),
        tls: None,
        profile: facts.profile.clone(),
        spec: facts.spec.clone(),
        documents: facts.documents.clone(),
        machine: machine(&facts.machine, redactor),
        build: facts.build.clone(),
        seed: opening.seed,
        interrupted: true,
        unusable: None,
        left_out: facts.left_out.iter().map(|m| m.key().to_owned()).collect(),
        planned: facts.planned,
        verdict: CertificationResult::Interrupted,
        sentence: String::new(),
        totals: CertificationTotals::default(),
        notes: Vec::new(),
        redactions: Vec::new(),
        modules: Vec::new(),
        exchanges: Vec::new(),
    }
}

/// The stored form of what is known of TLS.
pub(crate) fn tls(facts: &TlsFacts, redactor: &Redactor) -> TlsRecord {
    TlsRecord {
        version: facts.version.clone(),
        cipher: facts.cipher.clone(),
        chain: facts.chain.clone(),
        distrust: facts.distrust.as_deref().map(|d| scrub::text(redactor, d)),
    }
}

/// The stored form of a module.
pub(crate) fn module(module: &ModuleOutcome, redactor: &Redactor) -> ModuleRecord {
    ModuleRecord {
        row: module.id.row(),
        key: module.id.key().to_owned(),
        title: module.id.title().to_owned(),
        required: module.required,
        status: module.status.into(),
        result: module.result.into(),
        conditions: module.conditions.iter().map(|c| condition(c, redactor)).collect(),
        findings: module.findings.iter().map(|f| finding(f, redactor)).collect(),
        notes: module.notes.iter().map(|n| scrub::text(redactor, n)).collect(),
        exchanges: module.exchanges.iter().map(ToString::to_string).collect(),
        latency: module.latency.map(latency),
        expected: module.expected.as_ref().map(|e| expected(e, redactor)),
        began: module.began,
        took_ns: module.took.0,
        waited_ns: module.waited.0,
    }
}

fn condition(condition: &ConditionOutcome, redactor: &Redactor) -> ConditionRecord {
    ConditionRecord {
        requirement: RequirementRecord { id: condition.requirement.id.clone(), source: condition.requirement.source.clone() },
        title: scrub::text(redactor, &condition.title),
        result: condition.result.into(),
        reason: condition.reason.as_deref().map(|r| scrub::text(redactor, r)),
    }
}

fn latency(latency: Latency) -> LatencyRecord {
    LatencyRecord {
        count: latency.count,
        p50_ns: latency.p50.0,
        p90_ns: latency.p90.0,
        p99_ns: latency.p99.0,
        max_ns: latency.max.0,
    }
}

fn expected(expected: &Expected, redactor: &Redactor) -> ExpectedRecord {
    let (came, reason) = match expected {
        Expected::Failure(reason) => (true, reason),
        Expected::UnexpectedPass(reason) => (false, reason),
    };
    ExpectedRecord { came, reason: scrub::text(redactor, reason) }
}

#[cfg(test)]
mod tests {
    use super::make;
    use crate::base::secret::Secret;
    use crate::model::redact::Redactor;
    use crate::record::certification::fixture;

    #[test]
    fn a_secret_is_nowhere_in_the_record() {
        const WORD: &str = "hunter2-hunter2";
        let mut outcome = fixture::failing();
        outcome.registered = format!("https://{WORD}@partner.example/hook?k={WORD}");
        outcome.endpoints[0].1 = format!("https://partner.example/hook/notifications?k={WORD}");
        outcome.unusable = Some(WORD.to_owned());
        if let Some(tls) = &mut outcome.tls {
            tls.distrust = Some(WORD.to_owned());
        }
        for module in &mut outcome.modules {
            module.notes.push(format!("it said {WORD}"));
            for condition in &mut module.conditions {
                condition.reason = Some(WORD.to_owned());
            }
            for finding in &mut module.findings {
                finding.actual = WORD.to_owned();
            }
        }
        let mut exchange = (*outcome.exchanges[0]).clone();
        exchange.request.headers.push("x-shared", WORD);
        exchange.request.body = format!("{{\"k\":\"{WORD}\"}}").into();
        outcome.exchanges[0] = exchange.into();
        let mut facts = fixture::facts();
        facts.command = ["proofmark", "certify", "--secret", "s3cret-typed", WORD].map(str::to_owned).to_vec();
        let record = make(&outcome, &Redactor::new([Secret::new(WORD.to_owned())]), &facts);
        let stored = serde_json::to_string(&record).expect("a record is JSON");
        assert!(!stored.contains("hunter2") && !stored.contains("s3cret-typed"), "{stored}");
    }
}
