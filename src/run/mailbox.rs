//! The listeners of a case: what arrived at its own URLs, kept and judged once.
//!
//! Pulls in what arrived and has each delivery judged by the contract of the callback it is. Waits for nothing that is due.

use crate::base::units::Nanos;
use crate::check::delivery;
use crate::check::expected::Means;
use crate::check::found::Judgement;
use crate::check::inbound;
use crate::check::lifecycle::Observed;
use crate::check::subject::Body;
use crate::contract::media::documented;
use crate::contract::model::Operation;
use crate::model::exchange::{Direction, Exchange, TransportError, TransportErrorKind};
use crate::model::http::Response;
use crate::net::inbox::{Answer, Received, Script};
use crate::plan::{PlannedAwait, PlannedCase, PlannedKind, PlannedStep};
use crate::run::case::{CaseRun, Did, by_schema};
use crate::run::ledger::Ended;
use crate::run::world::World;
use crate::suite::ast::step::ListenerAnswer;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// The listeners of a case, under URLs of its own.
pub(super) struct Mailbox {
    key: String,
    slots: BTreeMap<String, Mutex<Slot>>,
}

#[derive(Default)]
struct Slot {
    next: u64,
    attempts: Vec<Arc<Arrived>>,
    keys: HashSet<String>,
    judged: usize,
}

impl Mailbox {
    /// The key is unique to this run of the case, so that nothing an earlier run provoked is taken for its own.
    pub(super) fn new(case: &PlannedCase, world: &World, unique: &str) -> Self {
        let key = format!("c{unique}");
        let slots =
            case.listeners.iter().filter(|n| world.listeners.contains_key(*n)).map(|n| (n.clone(), Mutex::default())).collect();
        Self { key, slots }
    }

    /// `url` and `dead_url` of every listener of the case.
    pub(super) fn urls(&self, world: &World) -> Value {
        let mut urls = Map::new();
        for name in self.slots.keys() {
            if let Some(listener) = world.listeners.get(name) {
                urls.insert(
                    name.clone(),
                    json!({"url": listener.inbox.url(&self.key), "dead_url": listener.inbox.dead_url().ok()}),
                );
            }
        }
        Value::Object(urls)
    }

    pub(super) fn respond(&self, world: &World, name: &str, answers: &[ListenerAnswer]) {
        let Some(listener) = world.listeners.get(name) else { return };
        let answers = answers
            .iter()
            .map(|a| {
                let answer = a.status.map_or(Answer::Close, |status| {
                    // A redirect needs somewhere to point at, so that following it would be seen.
                    if (300..400).contains(&status) {
                        let mut response = Response::new(status);
                        response.headers.push("location", format!("{}/redirected", listener.inbox.url(&self.key)));
                        return Answer::Respond(response);
                    }
                    Answer::Status(status)
                });
                if a.after.0 == 0 { answer } else { Answer::Delay(a.after.duration(), Box::new(answer)) }
            })
            .collect();
        listener.inbox.respond(&self.key, Script { answers });
    }

    /// Whether the case has no listener.
    pub(super) fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    pub(super) fn close(&self, world: &World) {
        for name in self.slots.keys() {
            if let Some(listener) = world.listeners.get(name) {
                listener.inbox.forget(&self.key);
            }
        }
    }
}

/// A request that arrived, with what is asked of it again and again.
#[derive(Debug)]
pub(super) struct Arrived {
    pub(super) exchange: Arc<Exchange>,
    pub(super) key: String,
    pub(super) body: Option<Value>,
    /// True for the first attempt of a notification.
    first: bool,
}

impl CaseRun {
    /// Takes in what arrived since the last time.
    pub(super) fn pull(&self, name: &str) {
        let (Some(listener), Some(slot)) = (self.world.listeners.get(name), self.mailbox.slots.get(name)) else { return };
        let awaits = awaits(&self.case.steps);
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        for received in listener.inbox.received(&self.mailbox.key, slot.next) {
            slot.next = received.number + 1;
            let mut ended = inbound(received);
            ended.operation = awaits
                .iter()
                .find(|w| inbound::is_for(&w.operation, &ended.request.method, ended.request.path()))
                .map(|w| w.operation.id.clone());
            let exchange = self.ledger.keep(&self.case.id, ended);
            let key = delivery::key(&exchange);
            let first = slot.keys.insert(key.clone());
            let body = serde_json::from_slice(&exchange.request.body).ok();
            slot.attempts.push(Arc::new(Arrived { exchange, key, body, first }));
        }
    }

    pub(super) fn attempts(&self, name: &str) -> Vec<Arc<Arrived>> {
        self.mailbox
            .slots
            .get(name)
            .map(|s| s.lock().unwrap_or_else(PoisonError::into_inner).attempts.clone())
            .unwrap_or_default()
    }

    /// Returns when something more arrived, at the latest at `until`.
    pub(super) async fn next_arrival(&self, name: &str, until: Instant) {
        let (Some(listener), Some(slot)) = (self.world.listeners.get(name), self.mailbox.slots.get(name)) else {
            return tokio::time::sleep_until(until.into()).await;
        };
        let from = slot.lock().unwrap_or_else(PoisonError::into_inner).next;
        listener.inbox.wait(&self.mailbox.key, from, until).await;
        self.pull(name);
    }

    /// Attempts not judged yet, each judged by the contract of the callback it is, by signature and lifecycles. A delivery of a
    /// callback that another step of the case waits for is judged here too: nobody comes back to it.
    pub(super) fn judge_new(&self, name: &str, did: &mut Did) {
        let Some(slot) = self.mailbox.slots.get(name) else { return };
        let fresh: Vec<Arc<Arrived>> = {
            let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
            let from = slot.judged;
            slot.judged = slot.attempts.len();
            slot.attempts[from..].to_vec()
        };
        let mut awaits = awaits(&self.case.steps);
        awaits.sort_by_key(|w| w.step.listener.value != name);
        for arrived in fresh {
            did.exchanges.push(arrived.exchange.id);
            if let Some(wait) = awaits.iter().find(|w| is_for(&w.operation, &arrived.exchange)) {
                did.judgement.extend(self.judge_delivery(name, wait, &arrived));
            }
        }
    }

    fn judge_delivery(&self, name: &str, wait: &PlannedAwait, arrived: &Arrived) -> Judgement {
        let exchange = &*arrived.exchange;
        let mut judgement = Judgement::default();
        let names = self.names();
        let means = Means { scope: &names, schemas: &by_schema };
        let body = Body::read(&exchange.request.headers, &exchange.request.body);
        let signed = self.world.listeners.get(name).and_then(|l| l.signed.as_ref());
        judgement.findings = inbound::judge(exchange, &wait.operation, &wait.rules.contract, &body, signed);
        // Coverage is that of the suite's own spec.
        if Arc::ptr_eq(&wait.rules, &self.planned().rules) {
            self.ledger.delivered(self.case.suite, self.planned(), &wait.callback, body.json());
        }
        let essence = exchange.request.headers.get("content-type").unwrap_or_default();
        let schema = wait.operation.body.as_ref().and_then(|b| documented(&b.media, essence)).and_then(|m| m.schema.as_ref());
        if let (true, Some(value), Some(schema), true) = (arrived.first, body.json(), schema, judgement.findings.is_empty()) {
            let observed = Observed { exchange, operation: Some(&*wait.operation), schema, body: value, created: false };
            let mut tracker = self.tracker.lock().unwrap_or_else(PoisonError::into_inner);
            judgement.extend(tracker.observe(&wait.rules, observed, means));
        }
        judgement
    }

    /// What arrived and no step waited for is judged all the same.
    pub(super) fn sweep(&self) -> Did {
        let mut did = Did::default();
        for name in self.mailbox.slots.keys() {
            self.pull(name);
            self.judge_new(name, &mut did);
        }
        did
    }
}

fn awaits(steps: &[PlannedStep]) -> Vec<&PlannedAwait> {
    steps
        .iter()
        .flat_map(|step| match &step.kind {
            PlannedKind::Await(wait) => vec![&**wait],
            PlannedKind::Parallel(inner) => awaits(inner),
            _ => Vec::new(),
        })
        .collect()
}

/// True when a request has the method and the path of the callback.
pub(super) fn is_for(operation: &Operation, exchange: &Exchange) -> bool {
    inbound::is_for(operation, &exchange.request.method, exchange.request.path())
}

fn inbound(received: Received) -> Ended {
    let detail = "the listener held its answer back or dropped the connection, as it was told to";
    let dropped = || TransportError { kind: TransportErrorKind::Reset, detail: detail.to_owned() };
    Ended {
        direction: Direction::Inbound,
        operation: None,
        request: received.request,
        result: received.answered.ok_or_else(dropped),
        began: received.received_at,
        service: Nanos(0),
    }
}
