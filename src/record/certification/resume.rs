//! What a stopped certification had done already, so that it can be gone on with.
//!
//! Gives stored modules and exchanges back as the model has them, and keeps them as they were stored. Never keeps a module that had
//! not come to its end.

use crate::base::diagnostic::Severity;
use crate::base::pointer::Pointer;
use crate::base::units::Nanos;
use crate::model::certification::{ConditionOutcome, Expected, Latency, ModuleId, ModuleOutcome, TlsFacts};
use crate::model::check::{CheckId, Requirement};
use crate::model::exchange::{Direction, Exchange, ExchangeId, Timing, TransportError, TransportErrorKind};
use crate::model::finding::Finding;
use crate::model::http::{Headers, Request, Response};
use crate::record::certification::shape::{
    CertificationRecord, ConditionRecord, ExpectedRecord, LatencyRecord, ModuleRecord, StatusRecord,
};
use crate::record::certification::words;
use crate::record::shape::{BodyRecord, ExchangeRecord, FindingRecord, HeaderRecord, Level, RequirementRecord, Way};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What was done before.
#[derive(Clone, Debug)]
pub struct Earlier {
    /// The modules that came to their end.
    pub modules: Vec<ModuleOutcome>,
    /// Their exchanges: redacted, and large bodies cut.
    pub exchanges: Vec<Arc<Exchange>>,
    /// What is known of TLS.
    pub tls: Option<TlsFacts>,
    /// The number of the next exchange.
    pub next: ExchangeId,
}

/// The modules of a record that came to their end, as the model has them.
#[must_use]
pub fn outcomes(record: &CertificationRecord) -> Earlier {
    let finished = || record.modules.iter().filter(|m| m.status == StatusRecord::Finished);
    let kept: BTreeSet<&str> = finished().flat_map(|m| &m.exchanges).map(String::as_str).collect();
    let last = record.exchanges.iter().filter_map(|x| number(&x.id)).max().unwrap_or(0);
    let exchanges = record.exchanges.iter().filter(|x| kept.contains(x.id.as_str())).filter_map(exchange);
    Earlier {
        modules: finished().filter_map(module).collect(),
        exchanges: exchanges.map(Arc::new).collect(),
        tls: record.tls.as_ref().map(|t| TlsFacts {
            version: t.version.clone(),
            cipher: t.cipher.clone(),
            chain: t.chain.clone(),
            distrust: t.distrust.clone(),
        }),
        next: ExchangeId(last + 1),
    }
}

/// Puts what an earlier record holds into the record of the certification that went on from it, as it was stored: the modules that
/// were kept, and every exchange.
pub fn keep(record: &mut CertificationRecord, earlier: &CertificationRecord) {
    for module in &mut record.modules {
        let same = |m: &&ModuleRecord| m.key == module.key && m.began == module.began && m.status == StatusRecord::Finished;
        if let Some(stored) = earlier.modules.iter().find(same) {
            let expected = module.expected.take();
            *module = ModuleRecord { expected, ..stored.clone() };
        }
    }
    let known: BTreeSet<&str> = earlier.exchanges.iter().map(|x| x.id.as_str()).collect();
    let mut exchanges = earlier.exchanges.clone();
    exchanges.extend(record.exchanges.iter().filter(|x| !known.contains(x.id.as_str())).cloned());
    exchanges.sort_by_key(|x| number(&x.id));
    record.exchanges = exchanges;
    words::complete(record);
}

pub(super) fn number(id: &str) -> Option<u64> {
    id.strip_prefix('x')?.parse().ok()
}

fn module(record: &ModuleRecord) -> Option<ModuleOutcome> {
    let id = ModuleId::parse(&record.key)?;
    Some(ModuleOutcome {
        id,
        required: record.required,
        status: record.status.into(),
        result: record.result.into(),
        conditions: record.conditions.iter().map(condition).collect(),
        findings: record.findings.iter().map(|f| finding(f, id)).collect(),
        notes: record.notes.clone(),
        exchanges: record.exchanges.iter().filter_map(|x| number(x)).map(ExchangeId).collect(),
        latency: record.latency.map(latency),
        expected: record.expected.as_ref().map(expected),
        began: record.began,
        took: Nanos(record.took_ns),
        waited: Nanos(record.waited_ns),
    })
}

fn requirement(record: &RequirementRecord) -> Requirement {
    Requirement { id: record.id.clone(), source: record.source.clone() }
}

fn condition(record: &ConditionRecord) -> ConditionOutcome {
    ConditionOutcome {
        requirement: requirement(&record.requirement),
        title: record.title.clone(),
        result: record.result.into(),
        reason: record.reason.clone(),
    }
}

fn finding(record: &FindingRecord, module: ModuleId) -> Finding {
    let check = ModuleId::ALL.iter().map(|m| m.check()).find(|c| c.0 == record.check);
    Finding {
        check: check.unwrap_or_else(|| -> CheckId { module.check() }),
        requirement: requirement(&record.requirement),
        severity: match record.level {
            Level::Error => Severity::Error,
            Level::Warning => Severity::Warning,
        },
        message: record.message.clone(),
        operation: record.operation.clone(),
        instance: record.instance.as_ref().map(Pointer::from_escaped),
        header: None,
        schema: record.schema.as_ref().map(Pointer::from_escaped),
        spec: record.spec.clone().map(Into::into),
        expected: record.expected.clone(),
        actual: record.actual.clone(),
        exchange: record.exchange.as_deref().and_then(number).map(ExchangeId),
    }
}

fn latency(record: LatencyRecord) -> Latency {
    Latency {
        count: record.count,
        p50: Nanos(record.p50_ns),
        p90: Nanos(record.p90_ns),
        p99: Nanos(record.p99_ns),
        max: Nanos(record.max_ns),
    }
}

fn expected(record: &ExpectedRecord) -> Expected {
    let reason = record.reason.clone();
    if record.came { Expected::Failure(reason) } else { Expected::UnexpectedPass(reason) }
}

fn exchange(record: &ExchangeRecord) -> Option<Exchange> {
    let request = &record.request;
    Some(Exchange {
        id: ExchangeId(number(&record.id)?),
        direction: match record.way {
            Way::Outbound => Direction::Outbound,
            Way::Inbound => Direction::Inbound,
        },
        operation: record.operation.clone(),
        request: Request {
            method: request.method.clone(),
            url: request.url.clone(),
            headers: headers(&request.headers),
            body: body(&request.body),
        },
        result: match &record.response {
            Some(r) => Ok(Response { status: r.status, headers: headers(&r.headers), body: body(&r.body) }),
            None => Err(failure(record.failure.as_deref().unwrap_or_default())),
        },
        timing: Timing { began: record.began, service: Nanos(record.took_ns) },
    })
}

fn headers(fields: &[HeaderRecord]) -> Headers {
    fields.iter().map(|h| (h.name.as_str(), h.value.as_str())).collect()
}

fn body(record: &BodyRecord) -> Bytes {
    match (&record.text, &record.base64) {
        (Some(text), _) => Bytes::from(text.clone()),
        (None, Some(base64)) => STANDARD.decode(base64).unwrap_or_default().into(),
        (None, None) => Bytes::new(),
    }
}

/// The class of a failure, by the words it was stored in.
fn failure(text: &str) -> TransportError {
    use TransportErrorKind as Kind;
    let kinds = [
        Kind::Refused,
        Kind::Name,
        Kind::ConnectTimeout,
        Kind::ReadTimeout,
        Kind::Reset,
        Kind::Tls,
        Kind::Protocol,
        Kind::TooLarge,
        Kind::Forbidden,
        Kind::Cancelled,
    ];
    let of = |kind: &Kind| {
        let rest = text.strip_prefix(&TransportError { kind: *kind, detail: String::new() }.to_string())?;
        let detail = if rest.is_empty() { "" } else { rest.strip_prefix(": ")? };
        Some(TransportError { kind: *kind, detail: detail.to_owned() })
    };
    kinds.iter().find_map(of).unwrap_or_else(|| TransportError { kind: Kind::Protocol, detail: text.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::{keep, outcomes};
    use crate::model::certification::ModuleStatus;
    use crate::record::certification::fixture;

    #[test]
    fn what_was_finished_comes_back_as_it_was() {
        let outcome = fixture::failing();
        let record = fixture::record(&outcome);
        let earlier = outcomes(&record);
        assert_eq!((earlier.modules.len(), earlier.exchanges.len()), (outcome.modules.len(), outcome.exchanges.len()));
        assert_eq!((earlier.tls.as_ref(), earlier.next.0), (outcome.tls.as_ref(), 8));
        for (kept, first) in earlier.exchanges.iter().zip(&outcome.exchanges) {
            assert_eq!(format!("{:?}", kept.result), format!("{:?}", first.result));
            assert_eq!((&kept.request.url, kept.timing), (&first.request.url, first.timing));
        }
        let again = fixture::record(&crate::model::certification::CertificationOutcome {
            modules: earlier.modules,
            exchanges: earlier.exchanges,
            ..outcome
        });
        assert_eq!(again, record);
    }

    #[test]
    fn a_module_that_was_stopped_is_not_kept_and_evidence_stays_as_it_was_stored() {
        let mut outcome = fixture::failing();
        outcome.modules[1].status = ModuleStatus::Interrupted;
        let mut stored = fixture::record(&outcome);
        stored.exchanges[1].request.body.length = 2_097_152;
        stored.exchanges[1].request.body.cut = true;
        let earlier = outcomes(&stored);
        assert_eq!(earlier.modules.len(), outcome.modules.len() - 1);
        assert!(earlier.modules.iter().all(|m| m.id != outcome.modules[1].id));

        let mut record = fixture::record(&fixture::failing());
        record.exchanges.truncate(3);
        keep(&mut record, &stored);
        assert_eq!(record.exchanges, stored.exchanges);
        assert_eq!(record.totals.exchanges, stored.exchanges.len());
        assert_eq!(record.modules[1].status, crate::record::certification::shape::StatusRecord::Finished);
    }
}
