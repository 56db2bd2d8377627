//! What a run has done so far: exchanges and what they cover.
//!
//! Numbers, keeps and counts. Judges nothing; an exchange is observed before anyone judges it.

use crate::base::units::Nanos;
use crate::contract::model::Operation;
use crate::model::coverage::{Coverage, Dimension};
use crate::model::event::{Event, Observer};
use crate::model::exchange::{Direction, Exchange, ExchangeId, Timing, TransportError};
use crate::model::http::{Request, Response};
use crate::model::outcome::{CaseOutcome, Verdict};
use crate::net::client::Sent;
use crate::plan::{Plan, PlannedSuite, coverage};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// What was seen, suite by suite.
type Seen = Vec<BTreeSet<(Dimension, String)>>;

/// What a run has done so far.
pub(super) struct Ledger {
    pub(super) observer: Arc<dyn Observer>,
    next: AtomicU64,
    exchanges: Mutex<Vec<Arc<Exchange>>>,
    seen: Mutex<Seen>,
    /// By case, whether any of its requests was answered.
    answered: Mutex<HashMap<String, bool>>,
}

/// An exchange that has ended and is to be kept.
pub(super) struct Ended {
    pub(super) direction: Direction,
    pub(super) operation: Option<String>,
    pub(super) request: Request,
    pub(super) result: Result<Response, TransportError>,
    pub(super) began: Timestamp,
    pub(super) service: Nanos,
}

impl Ledger {
    pub(super) fn new(plan: &Plan, observer: Arc<dyn Observer>) -> Self {
        Self {
            observer,
            next: AtomicU64::new(1),
            exchanges: Mutex::new(Vec::new()),
            seen: Mutex::new(vec![BTreeSet::new(); plan.suites.len()]),
            answered: Mutex::default(),
        }
    }

    /// Keeps what was sent and what came of it.
    pub(super) fn sent(&self, case: &str, operation: Option<String>, request: Request, sent: Sent) -> Arc<Exchange> {
        let Sent { result, timing, .. } = sent;
        self.keep(
            case,
            Ended { direction: Direction::Outbound, operation, request, result, began: timing.began, service: timing.service },
        )
    }

    /// Numbers and keeps an exchange, and lets the observer write it down before anyone judges it.
    pub(super) fn keep(&self, case: &str, ended: Ended) -> Arc<Exchange> {
        if ended.direction == Direction::Outbound {
            let mut answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
            *answered.entry(case.to_owned()).or_default() |= ended.result.is_ok();
        }
        let exchange = Arc::new(Exchange {
            id: ExchangeId(self.next.fetch_add(1, Ordering::Relaxed)),
            direction: ended.direction,
            operation: ended.operation,
            request: ended.request,
            result: ended.result,
            timing: Timing { began: ended.began, service: ended.service },
        });
        self.observer.observe(Event::Exchanged { case, exchange: &exchange });
        self.exchanges.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&exchange));
        exchange
    }

    /// Whether any request of a case was answered; `None` where it sent none.
    pub(super) fn had_answers(&self, case: &str) -> Option<bool> {
        self.answered.lock().unwrap_or_else(PoisonError::into_inner).get(case).copied()
    }

    /// Notes what an answer covers.
    pub(super) fn answered(
        &self,
        suite: usize,
        planned: &PlannedSuite,
        operation: &Operation,
        status: u16,
        body: Option<&Value>,
    ) {
        let mut found = vec![(Dimension::Operations, operation.id.clone())];
        if let Some(documented) = operation.response_for(status) {
            found.push((Dimension::Statuses, coverage::status(&operation.id, documented.pattern)));
        }
        if let (Some(catalogue), Some(body)) = (&planned.rules.catalogue, body)
            && status >= 400
            && let Some(code) = catalogue.at.select(body).first().and_then(|(_, v)| v.as_str())
        {
            found.push((Dimension::ErrorCodes, coverage::error_code(&operation.id, status, code)));
        }
        self.note(suite, found);
    }

    /// Notes what a delivery covers.
    pub(super) fn delivered(&self, suite: usize, planned: &PlannedSuite, callback: &str, body: Option<&Value>) {
        let mut found = vec![(Dimension::Callbacks, callback.to_owned())];
        if let (Some(events), Some(body)) = (&planned.suite.events, body)
            && callback == format!("{}.{}", events.callback.operation, events.callback.name)
        {
            let parts: Vec<&Value> = events.by.iter().filter_map(|path| path.select(body).first().map(|(_, v)| *v)).collect();
            found.push((Dimension::Events, coverage::event(parts)));
        }
        self.note(suite, found);
    }

    /// Notes transitions that were seen.
    pub(super) fn transitions(&self, suite: usize, names: impl IntoIterator<Item = String>) {
        self.note(suite, names.into_iter().map(|n| (Dimension::Transitions, n)));
    }

    fn note(&self, suite: usize, found: impl IntoIterator<Item = (Dimension, String)>) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)[suite].extend(found);
    }

    /// The exchanges in order of number, and the coverage of every suite.
    pub(super) fn close(&self, plan: &Plan, cases: &[CaseOutcome]) -> (Vec<Exchange>, Vec<Coverage>) {
        let kept = std::mem::take(&mut *self.exchanges.lock().unwrap_or_else(PoisonError::into_inner));
        let mut exchanges: Vec<Exchange> = kept.into_iter().map(Arc::unwrap_or_clone).collect();
        exchanges.sort_by_key(|x| x.id);
        let mut seen = std::mem::take(&mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner));
        for (outcome, case) in cases.iter().zip(&plan.cases) {
            // A requirement is covered by a case that was judged, not by one that was skipped.
            if matches!(outcome.verdict, Verdict::Pass | Verdict::Fail) {
                seen[case.suite].extend(outcome.requirements.iter().map(|r| (Dimension::Requirements, r.clone())));
            }
        }
        let mut covered = super::blank(plan);
        for (coverage, seen) in covered.iter_mut().zip(seen) {
            for dimension in &mut coverage.dimensions {
                dimension.seen = seen.iter().filter(|(d, _)| *d == dimension.dimension).map(|(_, n)| n.clone()).collect();
            }
        }
        (exchanges, covered)
    }
}
