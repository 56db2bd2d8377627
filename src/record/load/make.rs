//! Makes the record of a load.
//!
//! Where a load's words become stored words, and where what must not be shown is taken out. Judges nothing and writes no file.

use crate::base::units::{Nanos, Rate, Share};
use crate::model::load::{Health, HealthFault, KeptFailure, LoadOpening, LoadOutcome, SearchOutcome, SearchStep, SloOutcome};
use crate::model::redact::Redactor;
use crate::record::certification::words::command as curl;
use crate::record::figures::excerpt;
use crate::record::load::measure::{self, micros, rounded};
use crate::record::load::shape::{
    FORMAT, FailureRecord, FaultRecord, HealthRecord, LoadRecord, ScenarioRecord, SearchRecord, SearchStepRecord, SloRecord,
    StageRecord, VERSION,
};
use crate::record::load::timeline::Timeline;
use crate::record::load::words;
use crate::record::make::{after, command, exchange, finding, learned, machine};
use crate::record::redactions;
use crate::record::scrub;
use crate::record::shape::{BuildRecord, DocumentRecord};

/// What a record says beside what the load itself produced.
#[derive(Clone, Debug, Default)]
pub struct LoadFacts {
    /// The tool's version.
    pub tool_version: String,
    /// The command as typed, word by word.
    pub command: Vec<String>,
    /// The plan, suites and specs, by digest; see [`crate::record::digest::document`].
    pub documents: Vec<DocumentRecord>,
    /// What is known of the machine (`processors`, `kernel`), in order.
    pub machine: Vec<(String, String)>,
    /// How the tool was built.
    pub build: Option<BuildRecord>,
}

/// The record of a load: redacted, with every figure that a report shows.
#[must_use]
pub fn make(outcome: &LoadOutcome, timeline: &Timeline, redactor: &Redactor, facts: &LoadFacts) -> LoadRecord {
    let redactor = &learned(redactor, outcome.failures.iter().map(|failure| &failure.exchange));
    let told = Told { health: Some(health(&outcome.health, redactor)), failures: failures(&outcome.failures, redactor) };
    assemble(outcome, told, timeline, redactor, facts)
}

/// What is stored already when a journal is read: it has no more than that.
pub(super) struct Told {
    pub(super) health: Option<HealthRecord>,
    pub(super) failures: Vec<FailureRecord>,
}

/// The record of an outcome whose failures and health are taken from elsewhere.
pub(super) fn assemble(
    outcome: &LoadOutcome,
    told: Told,
    timeline: &Timeline,
    redactor: &Redactor,
    facts: &LoadFacts,
) -> LoadRecord {
    let opening = &outcome.opening;
    let text = |text: &str| scrub::text(redactor, text);
    let load = measure::figures(outcome, timeline.spans());
    let verdict = outcome.verdict().into();
    let mut record = LoadRecord {
        format: FORMAT.to_owned(),
        version: VERSION,
        tool_version: facts.tool_version.clone(),
        command: (!facts.command.is_empty()).then(|| command(&facts.command, redactor).join(" ")),
        began: opening.began,
        ended: after(opening.began, outcome.took.0),
        took_ns: outcome.took.0,
        title: text(&opening.title),
        target: scrub::url(redactor, &opening.target),
        environment: redactor.text(&opening.environment),
        seed: opening.seed,
        open: opening.open,
        planned_ns: opening.planned.0,
        window: opening.window.as_deref().map(text),
        transport: text(&opening.transport),
        validate: opening.validate.clone(),
        scenarios: scenarios(opening, redactor),
        stages: stages(opening, redactor),
        documents: facts.documents.clone(),
        machine: machine(&facts.machine, redactor),
        build: facts.build.clone(),
        interrupted: outcome.interrupted,
        aborted: outcome.aborted.as_deref().map(text),
        unusable: outcome.unusable.as_deref().map(text),
        verdict,
        sentence: String::new(),
        validity: words::validity(told.health.as_ref(), &load, verdict),
        slos: outcome.slos.iter().map(|s| slo(s, redactor)).collect(),
        load,
        connections: measure::connections(outcome),
        health: told.health,
        callbacks: outcome.callbacks.iter().map(|c| measure::callback(c, redactor)).collect(),
        search: outcome.search.as_ref().map(|s| search(s, redactor)),
        failures: told.failures,
        failures_not_kept: outcome.failures_not_kept,
        redactions: Vec::new(),
        notes: timeline.notes().to_vec(),
        series: Vec::new(),
    };
    number(&mut record.failures);
    record.sentence = words::sentence(&record);
    let exchanges: Vec<_> = record.failures.iter().map(|failure| failure.exchange.clone()).collect();
    record.redactions = redactions::list(&record, &exchanges);
    record.series = timeline.points(&opening.operations);
    record
}

/// The stored form of scenarios.
pub(super) fn scenarios(opening: &LoadOpening, redactor: &Redactor) -> Vec<ScenarioRecord> {
    let scenario = |(title, weight): &(String, u32)| ScenarioRecord { title: scrub::text(redactor, title), weight: *weight };
    opening.scenarios.iter().map(scenario).collect()
}

/// The stored form of stages.
pub(super) fn stages(opening: &LoadOpening, redactor: &Redactor) -> Vec<StageRecord> {
    let stage = |(at, length, title): &(Nanos, Nanos, String)| StageRecord {
        at_ns: at.0,
        length_ns: length.0,
        title: scrub::text(redactor, title),
    };
    opening.stages.iter().map(stage).collect()
}

/// The stored form of an SLO.
pub(super) fn slo(slo: &SloOutcome, redactor: &Redactor) -> SloRecord {
    SloRecord {
        title: scrub::text(redactor, &slo.title),
        outcome: slo.verdict.into(),
        actual: scrub::text(redactor, &slo.actual),
        margin: slo.margin,
    }
}

/// The stored form of a generator's health.
pub(super) fn health(health: &Health, redactor: &Redactor) -> HealthRecord {
    let fault = |fault: &HealthFault| FaultRecord {
        name: fault.name.to_owned(),
        seen: scrub::text(redactor, &fault.seen),
        hint: scrub::text(redactor, &fault.hint),
    };
    let share = |share: Option<Share>| share.map(|s| s.0);
    HealthRecord {
        lag_p99_ns: health.lag_p99.map(|n| n.0),
        lag_max_ns: health.lag_max.map(|n| n.0),
        own_lag_p99_ns: health.own_lag_p99.map(|n| n.0),
        missed: health.missed,
        cpu_peak: share(health.cpu_peak),
        cpu_mean: share(health.cpu_mean),
        run_queue: share(health.run_queue),
        descriptors: health.descriptors,
        ports: health.ports,
        workers: health.workers,
        faults: health.faults.iter().map(fault).collect(),
        remarks: health.remarks.iter().map(|r| scrub::text(redactor, r)).collect(),
        could_hold: health.could_hold.map(|r| rounded(r.0)),
    }
}

/// The stored form of a search.
pub(super) fn search(search: &SearchOutcome, redactor: &Redactor) -> SearchRecord {
    let rate = |rate: Option<Rate>| rate.map(|r| rounded(r.0));
    let mut record = SearchRecord {
        capacity: rate(search.capacity),
        broke_at: rate(search.broke_at),
        unbounded: search.unbounded,
        sentence: String::new(),
        steps: search.steps.iter().map(|s| step(s, redactor)).collect(),
    };
    record.sentence = words::search(&record);
    record
}

/// The stored form of a step of a search.
pub(super) fn step(step: &SearchStep, redactor: &Redactor) -> SearchStepRecord {
    SearchStepRecord {
        rate: rounded(step.rate.0),
        achieved: rounded(step.achieved.0),
        held: step.held,
        broken: step.broken.iter().map(|b| scrub::text(redactor, b)).collect(),
        p50: step.p50.map(micros),
        p99: step.p99.map(micros),
        confirms: step.confirms,
        spoiled: step.spoiled,
    }
}

fn failures(failures: &[KeptFailure], redactor: &Redactor) -> Vec<FailureRecord> {
    failures.iter().map(|f| failure(f, redactor)).collect()
}

/// The stored form of a failing answer.
pub(super) fn failure(failure: &KeptFailure, redactor: &Redactor) -> FailureRecord {
    let redactor = &learned(redactor, [&failure.exchange]);
    FailureRecord {
        operation: failure.operation.clone(),
        findings: failure.findings.iter().map(|f| finding(f, redactor)).collect(),
        errors: failure.errors.iter().map(|e| scrub::text(redactor, e)).collect(),
        exchange: exchange(&failure.exchange, redactor),
    }
}

/// Numbers exchanges and findings in the order in which they are kept, since event loops number on their own, and completes them.
fn number(failures: &mut [FailureRecord]) {
    let mut findings = 0;
    for (i, failure) in failures.iter_mut().enumerate() {
        failure.exchange.id = format!("x{}", i + 1);
        for finding in &mut failure.findings {
            findings += 1;
            finding.id = format!("f{findings}");
            finding.exchange = Some(failure.exchange.id.clone());
            finding.excerpt = excerpt(finding, &failure.exchange);
            finding.curl = curl(&failure.exchange);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::make;
    use crate::base::secret::Secret;
    use crate::model::load::LoadEvent;
    use crate::model::redact::Redactor;
    use crate::record::load::figures::TimesRecord;
    use crate::record::load::shape::{LoadResult, Validity};
    use crate::record::load::{Timeline, fixture};

    #[test]
    fn a_secret_is_nowhere_in_the_record() {
        const WORD: &str = "hunter2-hunter2";
        let mut outcome = fixture::failing();
        outcome.opening.title = WORD.to_owned();
        outcome.opening.target = format!("https://{WORD}@partner.example/");
        outcome.opening.transport = WORD.to_owned();
        outcome.opening.scenarios[0].0 = WORD.to_owned();
        outcome.opening.stages[0].2 = WORD.to_owned();
        outcome.slos[0].title = WORD.to_owned();
        outcome.slos[0].actual = WORD.to_owned();
        outcome.aborted = Some(WORD.to_owned());
        outcome.unusable = Some(WORD.to_owned());
        outcome.health.remarks.push(WORD.to_owned());
        outcome.callbacks[0].title = WORD.to_owned();
        for failure in &mut outcome.failures {
            failure.errors.push(WORD.to_owned());
            failure.exchange.request.url.push_str(&format!("?k={WORD}"));
            failure.exchange.request.headers.push("x-shared", WORD);
            failure.exchange.request.body = format!("{{\"k\":\"{WORD}\"}}").into();
            for finding in &mut failure.findings {
                finding.actual = WORD.to_owned();
            }
        }
        let mut facts = fixture::facts();
        facts.command = ["proofmark", "load", "--secret", "s3cret-typed", WORD].map(str::to_owned).to_vec();
        facts.machine.push(("host".to_owned(), WORD.to_owned()));
        let redactor = Redactor::new([Secret::new(WORD.to_owned())]);
        let mut timeline = Timeline::default();
        timeline.hear(LoadEvent::Note(WORD), &redactor);
        let record = make(&outcome, &timeline, &redactor, &facts);
        let stored = serde_json::to_string(&record).expect("a record is JSON");
        assert!(!stored.contains("hunter2") && !stored.contains("s3cret-typed"), "{stored}");
        assert!(record.failures[0].findings[0].curl.is_some() && stored.contains("[redacted]"));
    }

    #[test]
    fn counts_times_and_rates() {
        let record = fixture::record(&fixture::failing());
        let (create, get) = (&record.load.operations[0], &record.load.operations[1]);
        assert_eq!((create.count, get.count, record.load.total.count), (324, 1_288, 1_612));
        assert_eq!((get.validated, get.invalid, get.unanswered), (1_288, 8, 8));
        assert_eq!(get.errors.iter().map(|(k, v)| (k.as_str(), *v)).collect::<Vec<_>>(), [("read_timeout", 1), ("reset", 7)]);
        assert_eq!(get.statuses.iter().map(|(k, v)| (k.as_str(), *v)).collect::<Vec<_>>(), [("2xx", 1_280), ("4xx", 8)]);
        let arrival = &record.load.arrival;
        assert_eq!((arrival.measured_ns, arrival.drain_ns, arrival.due), (8_000_000_000, 250_000_000, 1_600));
        // What came in the drain is answered, and no part of the rate.
        assert_eq!((arrival.asked, arrival.achieved, arrival.achieved_share), (Some(200.0), Some(199.0), Some(9_950)));
        assert_eq!(record.load.warmup.as_ref().map(|w| (w.length_ns, w.received)), Some((2_000_000_000, 96)));
        let curve = &create.response_curve;
        assert_eq!(
            (curve[0].quantile, curve.last().map(|p| (p.quantile, Some(p.us), p.count))),
            (0.0, Some((1.0, create.response_time.max, 324)))
        );
        assert!(curve.windows(2).all(|w| w[0].quantile < w[1].quantile && w[0].us <= w[1].us && w[0].count <= w[1].count));
        // Most connections are opened while it warms up, which is no part of the times of requests.
        let connections = &record.connections;
        assert_eq!((connections.opened, connections.connect.samples, connections.first_byte.samples), (67, 67, 1_604));
        assert_eq!(record.series.len(), 11);
        assert_eq!((record.series[7].in_flight, record.series[7].cpu), (31, Some(180)));
    }

    #[test]
    fn every_verdict_in_words() {
        for (outcome, verdict, validity, sentence) in [
            (
                fixture::passing(),
                LoadResult::Conforms,
                Validity::Sound,
                "conforms: all 3 SLOs hold, 1,612 answers, every one judged and found right, 8 requests without an answer",
            ),
            (
                fixture::failing(),
                LoadResult::Fails,
                Validity::Sound,
                "does not conform: 1 of 3 SLOs does not hold; 8 of 1,612 judged answers wrong",
            ),
            (
                fixture::invalid(),
                LoadResult::Invalid,
                Validity::Invalid,
                "invalid: the generator could have held 140/s, and was asked for more",
            ),
            (
                fixture::unusable(),
                LoadResult::NotJudged,
                Validity::Unknown,
                "could not be judged: nothing listens at http://127.0.0.1:8080: connection refused",
            ),
            (
                fixture::interrupted(),
                LoadResult::Interrupted,
                Validity::Sound,
                "interrupted after 10.25s of 60s: nothing found wrong so far",
            ),
        ] {
            let record = fixture::record(&outcome);
            assert_eq!((record.verdict, record.validity.result, record.sentence.as_str()), (verdict, validity, sentence));
        }
        let searched = fixture::record(&fixture::searched()).search.expect("a search");
        assert_eq!(searched.sentence, "the SLOs hold up to 800/s, and no longer at 850/s");
    }

    #[test]
    fn no_sample_has_no_time() {
        let record = fixture::record(&fixture::unusable());
        assert_eq!(record.load.total.response_time, TimesRecord::default());
        assert_eq!(record.load.validation.sentence, "validated 0 of 0 received");
        assert!(!record.load.validation.exact);
    }

    #[test]
    fn the_members_that_others_read_have_their_names() {
        let json = serde_json::to_value(fixture::record(&fixture::failing())).expect("a record is JSON");
        let operation = &json["load"]["operations"][1];
        assert_eq!((&operation["operation"], &operation["count"]), (&"getSignature".into(), &1_288.into()));
        assert_eq!((&operation["validated"], &operation["errors"]["reset"]), (&1_288.into(), &7.into()));
        for times in ["response_time", "service_time", "lag"] {
            for key in ["min", "p50", "p90", "p95", "p99", "p99.9", "p99.99", "max", "mean"] {
                assert!(operation[times][key].is_number(), "{times} {key}");
            }
        }
    }
}
