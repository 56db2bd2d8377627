//! Makes the record of a run.
//!
//! The one place where a run's words become stored words, and where what must not be shown is taken out. Computes no figure by
//! itself and writes no file.

use crate::base::source::Place;
use crate::model::coverage::{Coverage, DimensionCoverage};
use crate::model::exchange::Exchange;
use crate::model::finding::Finding;
use crate::model::http::{Request, Response};
use crate::model::outcome::{CaseOutcome, GateOutcome, RunOutcome, StepOutcome};
use crate::model::redact::{REDACTED, Redactor};
use crate::record::curl;
use crate::record::figures;
use crate::record::scrub::{self, Hits, Side};
use crate::record::shape::{
    BuildRecord, CaseRecord, CoverageRecord, DimensionRecord, DocumentRecord, ExchangeRecord, FORMAT, FactRecord, FindingRecord,
    GateRecord, RequestRecord, RequirementRecord, ResponseRecord, RunRecord, RunResult, StepRecord, Totals, VERSION,
};
use jiff::{SignedDuration, Timestamp};

/// What a record says beside what the run itself produced.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The tool's version.
    pub tool_version: String,
    /// The command as typed, word by word.
    pub command: Vec<String>,
    /// The options, besides the suite and the case, that running a single case again needs (`--env`, `staging.yaml`).
    pub rerun_options: Vec<String>,
    /// The specs and suites, by digest; see [`crate::record::digest::document`].
    pub documents: Vec<DocumentRecord>,
    /// Which cases were asked for, where not all were, as options (`--tag`, `smoke`).
    pub selection: Vec<String>,
    /// What is known of the machine (`processors`, `kernel`), in order.
    pub machine: Vec<(String, String)>,
    /// How the tool was built.
    pub build: Option<BuildRecord>,
}

/// The record of a run: redacted, with every figure that a report shows.
#[must_use]
pub fn make(outcome: &RunOutcome, redactor: &Redactor, facts: &Facts) -> RunRecord {
    let redactor = &learned(redactor, &outcome.exchanges);
    let mut record = blank(&Opening::of(outcome), redactor, facts);
    record.took_ns = outcome.took.0;
    record.ended = after(outcome.began, outcome.took.0);
    record.interrupted = outcome.interrupted;
    record.unusable = outcome.unusable.as_deref().map(|u| redactor.text(u));
    record.verdict = outcome.verdict().into();
    record.coverage = outcome.coverage.iter().map(coverage).collect();
    record.gates = outcome.gates.iter().map(|g| gate(g, redactor)).collect();
    record.cases = outcome.cases.iter().map(|c| case(c, redactor)).collect();
    record.exchanges = outcome.exchanges.iter().map(|x| exchange(x, redactor)).collect();
    figures::compute(&mut record);
    record
}

/// A redactor that also hides what the exchanges have at the places that are to be hidden: words may quote it.
pub(crate) fn learned<'x>(redactor: &Redactor, exchanges: impl IntoIterator<Item = &'x Exchange>) -> Redactor {
    let mut redactor = redactor.clone();
    exchanges.into_iter().for_each(|exchange| scrub::learn(&mut redactor, exchange));
    redactor
}

/// What is known of a run when it begins.
#[derive(Clone, Debug)]
pub struct Opening {
    /// When it begins.
    pub began: Timestamp,
    /// The target as a reader would name it.
    pub target: String,
    /// The environment's name.
    pub environment: String,
    /// The seed.
    pub seed: u64,
}

impl Opening {
    fn of(outcome: &RunOutcome) -> Self {
        Self {
            began: outcome.began,
            target: outcome.target.clone(),
            environment: outcome.environment.clone(),
            seed: outcome.seed,
        }
    }
}

/// A record in which nothing has happened yet.
pub(crate) fn blank(opening: &Opening, redactor: &Redactor, facts: &Facts) -> RunRecord {
    RunRecord {
        format: FORMAT.to_owned(),
        version: VERSION,
        tool_version: facts.tool_version.clone(),
        command: (!facts.command.is_empty()).then(|| command(&facts.command, redactor).join(" ")),
        rerun_options: command(&facts.rerun_options, redactor),
        began: opening.began,
        ended: opening.began,
        took_ns: 0,
        target: scrub::url(redactor, &opening.target),
        environment: redactor.text(&opening.environment),
        seed: opening.seed,
        interrupted: true,
        unusable: None,
        verdict: RunResult::Interrupted,
        sentence: String::new(),
        documents: facts.documents.clone(),
        selection: command(&facts.selection, redactor),
        machine: machine(&facts.machine, redactor),
        build: facts.build.clone(),
        merged: None,
        planned: None,
        totals: Totals::default(),
        suites: Vec::new(),
        operations: Vec::new(),
        deliveries: None,
        coverage: Vec::new(),
        gates: Vec::new(),
        causes: Vec::new(),
        skipped: Vec::new(),
        notes: Vec::new(),
        redactions: Vec::new(),
        cases: Vec::new(),
        exchanges: Vec::new(),
    }
}

/// The stored form of what is known of the machine.
pub(crate) fn machine(facts: &[(String, String)], redactor: &Redactor) -> Vec<FactRecord> {
    let fact = |(name, value): &(String, String)| FactRecord { name: name.clone(), value: scrub::text(redactor, value) };
    facts.iter().map(fact).collect()
}

/// The instant `nanos` after `began`.
pub(crate) fn after(began: Timestamp, nanos: u64) -> Timestamp {
    let took = SignedDuration::from_nanos(i64::try_from(nanos).unwrap_or(i64::MAX));
    began.checked_add(took).unwrap_or(Timestamp::MAX)
}

/// The words of a command line, quoted, the values of secret options hidden.
pub(crate) fn command(words: &[String], redactor: &Redactor) -> Vec<String> {
    let mut hide = false;
    let mut out = Vec::with_capacity(words.len());
    for text in words {
        if std::mem::take(&mut hide) {
            out.push(REDACTED.to_owned());
            continue;
        }
        match text.split_once('=') {
            Some((name, _)) if is_secret_option(name) => out.push(format!("{name}={REDACTED}")),
            _ => {
                hide = is_secret_option(text);
                out.push(curl::word(&scrub::url(redactor, text)));
            }
        }
    }
    out
}

fn is_secret_option(name: &str) -> bool {
    name.starts_with("--") && ["secret", "token", "password", "key"].iter().any(|word| name.ends_with(word))
}

fn coverage(coverage: &Coverage) -> CoverageRecord {
    CoverageRecord {
        suite: coverage.suite.clone(),
        spec: coverage.spec.clone(),
        dimensions: coverage.dimensions.iter().map(dimension).collect(),
    }
}

fn dimension(covered: &DimensionCoverage) -> DimensionRecord {
    DimensionRecord {
        key: covered.dimension.key().to_owned(),
        title: covered.dimension.title().to_owned(),
        seen: covered.seen_count(),
        known: covered.known.len(),
        share: covered.share().map(|s| s.0),
        items: covered.known.intersection(&covered.seen).cloned().collect(),
        missing: covered.missing().map(str::to_owned).collect(),
    }
}

fn gate(gate: &GateOutcome, redactor: &Redactor) -> GateRecord {
    GateRecord {
        title: gate.title.clone(),
        suite: gate.suite.clone(),
        outcome: gate.verdict.into(),
        actual: scrub::text(redactor, &gate.actual),
    }
}

/// The stored form of a case.
pub(crate) fn case(case: &CaseOutcome, redactor: &Redactor) -> CaseRecord {
    CaseRecord {
        id: case.id.clone(),
        suite: case.suite.clone(),
        title: scrub::text(redactor, &case.title),
        place: case.place.as_ref().map(Place::to_string),
        file: case.place.as_ref().map(|p| p.source.name().to_owned()),
        tags: case.tags.clone(),
        required: case.required,
        requirements: case.requirements.clone(),
        outcome: case.verdict.into(),
        reason: case.reason.as_deref().map(|r| scrub::text(redactor, r)),
        steps: case.steps.iter().map(|s| step(s, redactor)).collect(),
        took_ns: case.took.0,
        rerun: String::new(),
    }
}

fn step(step: &StepOutcome, redactor: &Redactor) -> StepRecord {
    StepRecord {
        title: scrub::text(redactor, &step.title),
        place: step.place.as_ref().map(Place::to_string),
        outcome: step.verdict.into(),
        reason: step.reason.as_deref().map(|r| scrub::text(redactor, r)),
        findings: step.findings.iter().map(|f| finding(f, redactor)).collect(),
        exchanges: step.exchanges.iter().map(ToString::to_string).collect(),
    }
}

pub(crate) fn finding(finding: &Finding, redactor: &Redactor) -> FindingRecord {
    // A value that is too short to be searched for is known by its place.
    let is_hidden = finding.instance.as_ref().is_some_and(|at| redactor.hides_place(&at.tokens().collect::<Vec<_>>()));
    FindingRecord {
        id: String::new(),
        check: finding.check.to_string(),
        requirement: RequirementRecord { id: finding.requirement.id.clone(), source: finding.requirement.source.clone() },
        level: finding.severity.into(),
        message: scrub::text(redactor, &finding.message),
        operation: finding.operation.clone(),
        instance: finding.instance.as_ref().map(|p| redactor.text(p.as_str())),
        schema: finding.schema.as_ref().map(ToString::to_string),
        spec: finding.spec.clone().map(Into::into),
        expected: scrub::text(redactor, &finding.expected),
        actual: if is_hidden { REDACTED.to_owned() } else { scrub::text(redactor, &finding.actual) },
        exchange: finding.exchange.map(|x| x.to_string()),
        excerpt: Vec::new(),
        curl: None,
    }
}

/// The stored form of an exchange.
pub(crate) fn exchange(exchange: &Exchange, redactor: &Redactor) -> ExchangeRecord {
    let mut hits = Hits::default();
    ExchangeRecord {
        id: exchange.id.to_string(),
        way: exchange.direction.into(),
        operation: exchange.operation.clone(),
        began: exchange.timing.began,
        took_ns: exchange.timing.service.0,
        request: request(&exchange.request, redactor, &mut hits),
        response: exchange.response().map(|r| response(r, redactor, &mut hits)),
        failure: exchange.result.as_ref().err().map(|e| redactor.text(&e.to_string())),
        redactions: hits.records(),
    }
}

fn request(request: &Request, redactor: &Redactor, hits: &mut Hits) -> RequestRecord {
    let media_type = request.headers.media_type();
    RequestRecord {
        method: redactor.text(&request.method),
        url: scrub::request_url(redactor, &request.url, hits),
        headers: scrub::headers(redactor, &request.headers, Side::Request, hits),
        body: scrub::body(redactor, media_type.as_deref(), &request.body, Side::Request, hits),
    }
}

fn response(response: &Response, redactor: &Redactor, hits: &mut Hits) -> ResponseRecord {
    let media_type = response.headers.media_type();
    ResponseRecord {
        status: response.status,
        headers: scrub::headers(redactor, &response.headers, Side::Response, hits),
        body: scrub::body(redactor, media_type.as_deref(), &response.body, Side::Response, hits),
    }
}

#[cfg(test)]
mod tests {
    use super::{Facts, make};
    use crate::base::pointer::Pointer;
    use crate::base::secret::Secret;
    use crate::model::redact::Redactor;
    use crate::model::redact::rules::{Place, Rules};
    use crate::record::fixture;

    #[test]
    fn what_stands_at_a_hidden_place_is_not_quoted_and_what_it_was_is_hidden_elsewhere() {
        let mut outcome = fixture::failing();
        outcome.cases[1].steps[0].findings[0].actual = "`17`".to_owned();
        outcome.cases[1].steps[0].findings[0].instance = Some(Pointer::from_escaped("/people/0/pin"));
        outcome.cases[1].reason = Some("Ada Lovelace has no contract".to_owned());
        for exchange in &mut outcome.exchanges {
            exchange.request.body = r#"{"people":[{"pin":17,"name":"Ada Lovelace"}]}"#.into();
        }
        let place = |text| Place::parse(text).expect("a pointer");
        let rules = Rules { pointers: vec![place("/people/*/pin"), place("/people/*/name")], ..Rules::default() };
        let record = make(&outcome, &Redactor::with([], rules), &fixture::facts());
        let stored = serde_json::to_string(&record).expect("a record is JSON");
        assert!(!stored.contains("Lovelace") && !stored.contains("17\""), "{stored}");
        assert_eq!(record.cases[1].steps[0].findings[0].actual, "[redacted]");
        let listed: Vec<_> = record.redactions.iter().map(|r| (r.place.as_str(), r.rule.as_str())).collect();
        for wanted in [("request body /people/*/pin", "pointer"), ("record /cases/*/reason", "quoted")] {
            assert!(listed.contains(&wanted), "{listed:?}");
        }
    }

    #[test]
    fn a_secret_is_nowhere_in_the_record() {
        let mut outcome = fixture::failing();
        outcome.target = "https://hunter2-hunter2@host.example".to_owned();
        outcome.cases[1].steps[0].findings[0].actual = "it says hunter2-hunter2".to_owned();
        outcome.cases[1].reason = Some("hunter2-hunter2".to_owned());
        for exchange in &mut outcome.exchanges {
            exchange.request.url.push_str("?k=hunter2-hunter2");
            exchange.request.headers.push("x-note", "hunter2-hunter2");
            exchange.request.body = "{\"k\":\"hunter2-hunter2\"}".into();
            if let Ok(response) = &mut exchange.result {
                response.body = "\u{e9} hunter2-hunter2".into();
            }
        }
        let words = ["proofmark", "check", "--secret", "s3cret-typed", "--api-key=s3cret-typed", "hunter2-hunter2"];
        let facts = Facts { command: words.map(str::to_owned).to_vec(), ..fixture::facts() };
        let redactor = Redactor::new([Secret::new("hunter2-hunter2".to_owned())]);
        let stored = serde_json::to_string(&make(&outcome, &redactor, &facts)).expect("a record is JSON");
        assert!(!stored.contains("hunter2"), "{stored}");
        assert!(!stored.contains("s3cret-typed"), "{stored}");
    }
}
