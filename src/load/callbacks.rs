//! Deliveries under load: a receiver that takes what comes, and the matching of what came with what triggered it.
//!
//! Answers at once and judges by the checks of every other delivery. Never asks for a delivery and never waits for one.

use crate::base::clock::Clock;
use crate::base::units::Nanos;
use crate::check::expected::{Means, body_matches};
use crate::check::found::Judgement;
use crate::check::inbound::{Signed, judge};
use crate::check::subject::Body;
use crate::load::triggers::{Trigger, identifier};
use crate::model::exchange::{Direction, Exchange, ExchangeId, Timing};
use crate::model::http::{Request, Response};
use crate::model::load::{CallbackFigures, KeptFailure};
use crate::net::server::{Handler, Reply, handler};
use crate::plan::load::PlannedCallback;
use crate::suite::template::Scope;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// How long an arrival may wait for its trigger to be told of: event loops tell once a second.
const TOLD_WITHIN: Nanos = Nanos(3_000_000_000);

/// A delivery that came.
#[derive(Clone, Debug)]
struct Arrival {
    request: Request,
    at: Instant,
}

/// What came to one listener.
#[derive(Clone, Default)]
pub struct Receiver {
    came: Arc<Mutex<Vec<Arrival>>>,
}

impl Receiver {
    /// Answers every delivery with 204, as fast as it can, and keeps it.
    #[must_use]
    pub fn handler(&self) -> Handler {
        let came = Arc::clone(&self.came);
        handler(move |request: Request, _| {
            let at = Instant::now();
            came.lock().unwrap_or_else(PoisonError::into_inner).push(Arrival { request, at });
            async { Reply::Respond(Response::new(204)) }
        })
    }

    fn take(&self) -> Vec<Arrival> {
        std::mem::take(&mut *self.came.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A listener that is up.
#[derive(Clone)]
pub struct Listening {
    /// Where deliveries come in, as others reach it.
    pub url: String,
    /// What came.
    pub receiver: Receiver,
    /// What deliveries to it are signed with, where they are.
    pub signed: Option<Signed>,
}

/// What a plan's callbacks came to so far.
pub(super) struct Ledger {
    callbacks: Vec<Kept>,
    listeners: BTreeMap<String, Listening>,
    clock: Arc<dyn Clock>,
    zero: Instant,
    failures: Vec<KeptFailure>,
    kinds: HashSet<String>,
}

struct Kept {
    planned: PlannedCallback,
    figures: CallbackFigures,
    /// Triggered, and not delivered yet.
    open: HashMap<String, Trigger>,
    /// Delivered before its trigger was told of.
    early: HashMap<String, Nanos>,
    /// Identifiers of what was delivered, to know a duplicate by.
    seen: HashSet<String>,
    /// The latest sending among the triggers of what was delivered.
    newest: Nanos,
}

/// Templates of a matcher that are not filled in under load.
struct NoNames;

impl Scope for NoNames {
    fn lookup(&self, _: &str) -> Option<Value> {
        None
    }
}

impl Ledger {
    pub(super) fn new(planned: &[PlannedCallback], listeners: &BTreeMap<String, Listening>, clock: Arc<dyn Clock>) -> Self {
        let kept = |planned: &PlannedCallback| Kept {
            planned: planned.clone(),
            figures: CallbackFigures { title: planned.title.clone(), ..CallbackFigures::default() },
            open: HashMap::new(),
            early: HashMap::new(),
            seen: HashSet::new(),
            newest: Nanos(0),
        };
        Self {
            callbacks: planned.iter().map(kept).collect(),
            listeners: listeners.clone(),
            clock,
            zero: Instant::now(),
            failures: Vec::new(),
            kinds: HashSet::new(),
        }
    }

    /// The run began: what came before is forgotten.
    pub(super) fn begin(&mut self, zero: Instant) {
        self.zero = zero;
        self.listeners.values().for_each(|l| drop(l.receiver.take()));
    }

    /// True while a delivery may still come in time.
    pub(super) fn is_waiting(&self) -> bool {
        self.callbacks.iter().any(|c| !c.open.is_empty())
    }

    /// Takes what came and what triggered it. `now` is the time since the start of the run.
    pub(super) fn take(&mut self, triggers: impl IntoIterator<Item = Trigger>, now: Nanos) {
        for trigger in triggers {
            let kept = &mut self.callbacks[trigger.callback];
            kept.figures.triggered += 1;
            match kept.early.remove(&trigger.id) {
                Some(at) => kept.delivered(&trigger, at),
                None => {
                    kept.open.insert(trigger.id.clone(), trigger);
                }
            }
        }
        let listeners: Vec<Listening> = self.listeners.values().cloned().collect();
        let names: Vec<String> = self.listeners.keys().cloned().collect();
        for (name, listening) in names.iter().zip(&listeners) {
            for arrival in listening.receiver.take() {
                self.arrived(name, listening, arrival);
            }
        }
        for kept in &mut self.callbacks {
            kept.expire(now);
        }
    }

    fn arrived(&mut self, name: &str, listening: &Listening, arrival: Arrival) {
        let at = Nanos::from_duration(arrival.at.saturating_duration_since(self.zero));
        let body = Body::read(&arrival.request.headers, &arrival.request.body);
        let means = Means { scope: &NoNames, schemas: &crate::load::journey::by_schema };
        for index in 0..self.callbacks.len() {
            let kept = &mut self.callbacks[index];
            let spec = &kept.planned.spec;
            if spec.listener.value != name || !body_matches(body.json(), &spec.matching, means) {
                continue;
            }
            let Some(id) = body.json().and_then(|b| spec.delivered_id.select(b).first().map(|(_, id)| identifier(id))) else {
                continue;
            };
            let delivery = arrival.request.headers.get("webhook-id").map_or_else(|| id.clone(), str::to_owned);
            if !kept.seen.insert(delivery) {
                kept.figures.duplicates += 1;
                continue;
            }
            match kept.open.remove(&id) {
                Some(trigger) => kept.delivered(&trigger, at),
                None => {
                    kept.early.insert(id, at);
                }
            }
            self.judge(index, listening, &arrival, &body);
        }
    }

    fn judge(&mut self, index: usize, listening: &Listening, arrival: &Arrival, body: &Body) {
        let since = self.clock.now() - jiff::SignedDuration::try_from(arrival.at.elapsed()).unwrap_or_default();
        let planned = self.callbacks[index].planned.clone();
        let exchange = Exchange {
            id: ExchangeId(0),
            direction: Direction::Inbound,
            operation: Some(planned.operation.id.clone()),
            request: arrival.request.clone(),
            result: Ok(Response::new(204)),
            timing: Timing { began: since, service: Nanos(0) },
        };
        let findings = judge(&exchange, &planned.operation, &planned.rules.contract, body, listening.signed.as_ref());
        let judgement = Judgement { findings, errors: Vec::new() };
        let figures = &mut self.callbacks[index].figures;
        figures.validated += 1;
        if judgement.is_clean() {
            return;
        }
        figures.invalid += 1;
        if self.kinds.insert(crate::load::failures::kind(&planned.title, &judgement)) {
            let Judgement { findings, errors } = judgement;
            self.failures.push(KeptFailure { operation: planned.operation.id.clone(), exchange, findings, errors });
        }
    }

    /// The first failure of each kind since the last time.
    pub(super) fn failures(&mut self) -> Vec<KeptFailure> {
        std::mem::take(&mut self.failures)
    }

    /// What they came to so far.
    pub(super) fn figures(&self) -> Vec<CallbackFigures> {
        self.callbacks.iter().map(|kept| CallbackFigures { open: kept.open.len() as u64, ..kept.figures.clone() }).collect()
    }
}

impl Kept {
    fn delivered(&mut self, trigger: &Trigger, at: Nanos) {
        self.figures.delivered += 1;
        // A platform may deliver before it has answered: then the time counts from the sending of what triggered it.
        let from = if at >= trigger.answered { trigger.answered } else { trigger.sent };
        self.figures.latency.record(Nanos(at.0.saturating_sub(from.0)));
        if trigger.answered < self.newest {
            self.figures.out_of_order += 1;
        }
        self.newest = self.newest.max(trigger.sent);
    }

    fn expire(&mut self, now: Nanos) {
        let within = self.planned.spec.within;
        let before = self.open.len();
        self.open.retain(|_, trigger| trigger.answered.0 + within.0 > now.0);
        self.figures.lost += (before - self.open.len()) as u64;
        let before = self.early.len();
        self.early.retain(|_, at| at.0 + TOLD_WITHIN.0 > now.0);
        self.figures.unexpected += (before - self.early.len()) as u64;
    }
}
