//! Waits for deliveries at the case's own URLs and hands them to `check`.
//!
//! Pulls in what arrived, moves the clock for replays where it can. Decides nothing about right and wrong.

use crate::base::seed::Seed;
use crate::base::units::Nanos;
use crate::check::delivery::{self, Context, Notification};
use crate::check::expected::{self, Means};
use crate::check::judgement::Judgement;
use crate::check::lifecycle::Observed;
use crate::check::subject::{Body, Subject};
use crate::check::{conform, signature};
use crate::contract::model::{Operation, media_for};
use crate::model::exchange::{Direction, Exchange, TransportError, TransportErrorKind};
use crate::model::http::Response;
use crate::net::inbox::{Answer, Received, Script};
use crate::plan::{PlannedAwait, PlannedCase, PlannedStep};
use crate::run::case::{CaseRun, Did, by_schema};
use crate::run::ledger::Ended;
use crate::run::send::resolve;
use crate::run::world::World;
use crate::suite::ast::expect::Redelivery;
use crate::suite::ast::step::ListenerAnswer;
use crate::suite::matcher::MatchFault;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long before a replay's time the clock is stopped to see that it has not come.
const BEFORE: Nanos = Nanos(5_000_000_000);
/// How long after a replay's time it must have come.
const AFTER: Nanos = Nanos(2_000_000_000);

/// Long enough for what is already on its way.
const A_MOMENT: Duration = Duration::from_millis(150);
/// A little more than a second of real time.
const A_SECOND: Duration = Duration::from_millis(1_020);

/// The listeners of a case, under URLs of its own.
pub(super) struct Mailbox {
    key: String,
    slots: BTreeMap<String, Mutex<Slot>>,
}

#[derive(Default)]
struct Slot {
    next: u64,
    attempts: Vec<Arc<Exchange>>,
    judged: usize,
}

impl Mailbox {
    pub(super) fn new(case: &PlannedCase, world: &World) -> Self {
        let key = format!("c{:x}", Seed(world.seed.0).derive(&case.id).0);
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

    pub(super) fn close(&self, world: &World) {
        for name in self.slots.keys() {
            if let Some(listener) = world.listeners.get(name) {
                listener.inbox.forget(&self.key);
            }
        }
    }
}

impl CaseRun {
    /// Takes in what arrived since the last time.
    fn pull(&self, name: &str) {
        let (Some(listener), Some(slot)) = (self.world.listeners.get(name), self.mailbox.slots.get(name)) else { return };
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        for received in listener.inbox.received(&self.mailbox.key, slot.next) {
            slot.next = received.number + 1;
            slot.attempts.push(self.ledger.keep(&self.case.id, inbound(received)));
        }
    }

    fn attempts(&self, name: &str) -> Vec<Arc<Exchange>> {
        self.mailbox
            .slots
            .get(name)
            .map(|s| s.lock().unwrap_or_else(PoisonError::into_inner).attempts.clone())
            .unwrap_or_default()
    }

    async fn next_arrival(&self, name: &str, until: Instant) {
        let (Some(listener), Some(slot)) = (self.world.listeners.get(name), self.mailbox.slots.get(name)) else { return };
        let from = slot.lock().unwrap_or_else(PoisonError::into_inner).next;
        listener.inbox.wait(&self.mailbox.key, from, until).await;
        self.pull(name);
    }

    /// Attempts not judged yet, judged by the callback's contract, signature and lifecycles.
    fn judge_new(&self, name: &str, wait: &PlannedAwait, did: &mut Did) {
        let Some(slot) = self.mailbox.slots.get(name) else { return };
        let fresh: Vec<(usize, Arc<Exchange>)> = {
            let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
            let from = slot.judged;
            slot.judged = slot.attempts.len();
            slot.attempts.iter().cloned().enumerate().skip(from).collect()
        };
        let all = self.attempts(name);
        for (index, exchange) in fresh {
            let first = !all[..index].iter().any(|earlier| delivery::key(earlier) == delivery::key(&exchange));
            did.exchanges.push(exchange.id);
            if is_for(&wait.operation, &exchange) {
                did.judgement.extend(self.judge_delivery(name, wait, &exchange, first));
            }
        }
    }

    fn judge_delivery(&self, name: &str, wait: &PlannedAwait, exchange: &Exchange, first: bool) -> Judgement {
        let mut judgement = Judgement::default();
        let names = self.names();
        let means = Means { scope: &names, schemas: &by_schema };
        let body = Body::read(&exchange.request.headers, &exchange.request.body);
        let response = Response::new(0);
        let operation = Some(&*wait.operation);
        let subject = Subject { exchange, request: &exchange.request, response: &response, body: &body, operation, cited: None };
        judgement.findings.extend(conform::callback(&subject, &wait.rules.contract));
        if let Some(listener) = self.world.listeners.get(name).filter(|l| !l.secrets.is_empty()) {
            judgement.findings.extend(signature::judge(exchange, operation, &listener.secrets, listener.tolerance));
        }
        self.ledger.delivered(self.case.suite, self.planned(), &wait.callback, body.json());
        let essence = exchange.request.headers.media_type().unwrap_or_default();
        let schema = wait.operation.body.as_ref().and_then(|b| media_for(&b.media, &essence)).and_then(|m| m.schema.as_ref());
        if let (true, Some(value), Some(schema), true) = (first, body.json(), schema, judgement.findings.is_empty()) {
            let observed = Observed { exchange, operation, schema, body: value, created: false };
            let mut tracker = self.tracker.lock().unwrap_or_else(PoisonError::into_inner);
            judgement.extend(tracker.observe(&wait.rules, observed, means));
        }
        judgement
    }

    /// Those that an `await` means, in order of arrival, and how many others there are.
    fn matching(&self, wait: &PlannedAwait) -> (Vec<Arc<Exchange>>, usize) {
        let names = self.names();
        let means = Means { scope: &names, schemas: &by_schema };
        let all = self.attempts(&wait.step.listener.value);
        let before = all.len();
        let meant: Vec<_> = all
            .into_iter()
            .filter(|x| {
                is_for(&wait.operation, x)
                    && expected::body_matches(
                        serde_json::from_slice::<Value>(&x.request.body).ok().as_ref(),
                        &wait.step.matching,
                        means,
                    )
            })
            .collect();
        let others = before - meant.len();
        (meant, others)
    }

    pub(super) async fn await_step(&self, step: &PlannedStep, wait: &PlannedAwait) -> Did {
        let mut did = Did::default();
        let name = &wait.step.listener.value;
        let context = Context { operation: Some(&wait.operation), cited: step.cited.as_ref() };
        let deadline = Instant::now() + wait.step.within.duration();
        self.pull(name);
        while Instant::now() < deadline && !self.arrived(wait) {
            self.next_arrival(name, deadline).await;
        }
        if wait.step.count.max.is_some() {
            self.settle(name, wait, deadline).await;
        }
        self.judge_new(name, wait, &mut did);
        let (meant, others) = self.matching(wait);
        let notifications = delivery::group(meant.iter().map(|x| &**x));
        let before = did.judgement.findings.len();
        if notifications.len() < wait.step.count.min as usize {
            let mut missing = delivery::missing(context, wait.step.count.min, notifications.len(), wait.step.within, others);
            missing.exchange = did.exchanges.last().copied();
            did.judgement.findings.push(missing);
        }
        if let Some(most) = wait.step.count.max {
            did.judgement.findings.extend(delivery::surplus(context, most, &notifications));
        }
        if did.judgement.findings.len() == before {
            self.judge_notifications(wait, context, &notifications, &mut did);
        }
        if let Some(first) = notifications.first().and_then(|n| n.attempts.first()) {
            self.take_delivery(&wait.step.capture, first, &mut did);
        }
        for collect in &wait.step.collect {
            let found = notifications
                .iter()
                .filter_map(Notification::body)
                .flat_map(|b| collect.path.select(&b).into_iter().map(|(_, v)| v.clone()).collect::<Vec<_>>())
                .collect();
            self.collect(&collect.name.value, found);
        }
        if let Some(redelivery) = &wait.step.expect.redelivery
            && did.judgement.is_clean()
        {
            self.redelivery(wait, context, redelivery, &mut did).await;
            self.judge_new(name, wait, &mut did);
        }
        did
    }

    fn arrived(&self, wait: &PlannedAwait) -> bool {
        let (meant, _) = self.matching(wait);
        let notifications = delivery::group(meant.iter().map(|x| &**x));
        // With nothing to come, the wait for a surplus is what remains.
        if notifications.len() < wait.step.count.min as usize {
            return false;
        }
        let Some(attempts) = &wait.step.expect.attempts else { return true };
        let names = self.names();
        notifications.iter().all(|n| {
            let made = json!(n.attempts.len());
            attempts.test(&[(crate::base::pointer::Pointer::root(), &made)], true, &names, &by_schema).is_ok()
        })
    }

    /// Waits out the time in which a surplus would come.
    async fn settle(&self, name: &str, wait: &PlannedAwait, deadline: Instant) {
        let controlled = self.lane().control.is_some();
        let end = |seen: Instant| {
            if controlled {
                (seen + wait.step.quiet.duration()).min(deadline.max(seen + wait.step.quiet.duration()))
            } else {
                deadline
            }
        };
        let mut until = end(Instant::now());
        let mut count = self.attempts(name).len();
        loop {
            self.next_arrival(name, until).await;
            let now = self.attempts(name).len();
            if now > count {
                count = now;
                until = end(Instant::now()).min(deadline);
            }
            if Instant::now() >= until {
                return;
            }
        }
    }

    fn judge_notifications(&self, wait: &PlannedAwait, context: Context<'_>, notifications: &[Notification<'_>], did: &mut Did) {
        let names = self.names();
        let means = Means { scope: &names, schemas: &by_schema };
        let expect = &wait.step.expect;
        let (header_check, body_check) = expected::ids(expect.as_check.as_ref());
        let response = Response::new(0);
        for notification in notifications {
            let Some(first) = notification.attempts.first() else { continue };
            let body = Body::read(&first.request.headers, &first.request.body);
            let subject = Subject {
                exchange: first,
                request: &first.request,
                response: &response,
                body: &body,
                operation: context.operation,
                cited: context.cited,
            };
            expected::headers(&subject, &first.request.headers, &expect.headers, header_check, means, &mut did.judgement);
            expected::body(&subject, body.json(), &expect.body, body_check, means, &mut did.judgement);
            if let Some(attempts) = &expect.attempts {
                let judged = |made: usize| {
                    attempts.test(&[(crate::base::pointer::Pointer::root(), &json!(made))], true, means.scope, means.schemas)
                };
                let made = notification.attempts.len();
                if let Err(fault) = judged(made) {
                    let wanted = match fault {
                        MatchFault::Mismatch(mismatch) => mismatch.expected,
                        other => expected::match_fault(&other),
                    };
                    // More attempts would have done: then some are missing, else there are too many.
                    let fewest = (made + 1..made + 16).find(|n| judged(*n).is_ok()).unwrap_or(made);
                    did.judgement.findings.extend(delivery::wrong_attempts(context, notification, wanted, fewest));
                }
            }
        }
        if let Some(path) = &expect.order {
            did.judgement.findings.extend(delivery::order(context, path, notifications));
        }
        if let Some((path, values)) = &expect.sequence {
            match values.iter().map(|v| resolve(v, &names)).collect::<Result<Vec<_>, _>>() {
                Ok(wanted) => did.judgement.findings.extend(delivery::sequence(context, path, &wanted, notifications)),
                Err(reason) => did.judgement.cannot(reason),
            }
        }
    }

    /// Sees every notification come again, not before and not later than it is due.
    async fn redelivery(&self, wait: &PlannedAwait, context: Context<'_>, redelivery: &Redelivery, did: &mut Did) {
        let same: Vec<&str> = redelivery.same.iter().map(|s| s.value.as_str()).collect();
        let newer: Vec<&str> = redelivery.newer.iter().map(|s| s.value.as_str()).collect();
        let keys: Vec<String> = delivery::group(self.matching(wait).0.iter().map(|x| &**x)).into_iter().map(|n| n.key).collect();
        for round in 0..redelivery.times {
            let counts = self.counts(wait, &keys);
            // The round before ended that long after its replay was due.
            let ahead = if round == 0 { 0 } else { AFTER.0 };
            if let Err(reason) = self.until(wait, Nanos(redelivery.after.0.saturating_sub(BEFORE.0 + ahead)), did).await {
                return did.judgement.cannot(reason);
            }
            // Times of attempts are told in whole seconds: where they are compared, the next one must be able to differ.
            self.listen_for(wait, if newer.is_empty() { wait.step.quiet.duration().min(A_MOMENT) } else { A_SECOND }).await;
            if let Some(early) = self.beyond(wait, &keys, &counts) {
                return did.judgement.findings.push(delivery::off_schedule(
                    context,
                    &early,
                    format!("not before {}", redelivery.after),
                    "earlier",
                ));
            }
            if let Err(reason) = self.until(wait, Nanos(BEFORE.0 + AFTER.0), did).await {
                return did.judgement.cannot(reason);
            }
            let deadline = Instant::now() + wait.step.within.duration();
            while Instant::now() < deadline && !self.grown(wait, &keys, &counts) && self.renamed(wait, &keys).is_none() {
                self.next_arrival(&wait.step.listener.value, deadline).await;
            }
            let attempts = self.attempts(&wait.step.listener.value);
            for (key, count) in keys.iter().zip(&counts) {
                let own: Vec<&Arc<Exchange>> = attempts.iter().filter(|x| delivery::key(x) == *key).collect();
                let Some(first) = own.first() else { continue };
                if let Some(again) = own.get(*count) {
                    if let Some(before) = own.get(count - 1) {
                        did.judgement.findings.extend(delivery::newer(context, before, again, &newer));
                    }
                    did.judgement.findings.extend(delivery::replay(context, first, again, &same, redelivery.identical_body));
                } else if let Some(other) = self.renamed(wait, &keys).filter(|x| x.request.body == first.request.body) {
                    did.judgement.findings.extend(delivery::replay(context, first, &other, &["webhook-id"], false));
                } else if self.comes_late(wait, &keys, &counts, redelivery.after, did).await {
                    did.judgement.findings.push(delivery::off_schedule(
                        context,
                        first,
                        format!("after {}", redelivery.after),
                        "later",
                    ));
                } else {
                    did.judgement.findings.push(delivery::no_replay(
                        context,
                        first,
                        format!("a replay after {}", redelivery.after),
                    ));
                }
            }
            if !did.judgement.is_clean() {
                return;
            }
        }
        if redelivery.last {
            let counts = self.counts(wait, &keys);
            if let Err(reason) = self.until(wait, Nanos(2 * redelivery.after.0), did).await {
                return did.judgement.cannot(reason);
            }
            self.quiet(wait).await;
            if let Some(more) = self.beyond(wait, &keys, &counts) {
                did.judgement.findings.push(delivery::after_last(
                    context,
                    &more,
                    format!("nothing after {} replays", redelivery.times),
                ));
            }
        }
    }

    async fn comes_late(&self, wait: &PlannedAwait, keys: &[String], counts: &[usize], after: Nanos, did: &mut Did) -> bool {
        if self.lane().control.is_none() || self.until(wait, after, did).await.is_err() {
            return false;
        }
        self.quiet(wait).await;
        self.grown(wait, keys, counts)
    }

    /// Lets time pass: by moving the clock where there is control, else by waiting.
    async fn until(&self, wait: &PlannedAwait, by: Nanos, did: &mut Did) -> Result<(), String> {
        if self.lane().control.is_some() {
            did.exchanges.push(self.advance(by).await?);
        } else {
            let deadline = Instant::now() + by.duration();
            while Instant::now() < deadline {
                self.next_arrival(&wait.step.listener.value, deadline).await;
            }
        }
        Ok(())
    }

    /// Gives what may already be on its way the time to arrive.
    async fn quiet(&self, wait: &PlannedAwait) {
        self.listen_for(wait, wait.step.quiet.duration().min(A_MOMENT)).await;
    }

    async fn listen_for(&self, wait: &PlannedAwait, time: Duration) {
        let until = Instant::now() + time;
        while Instant::now() < until {
            self.next_arrival(&wait.step.listener.value, until).await;
        }
    }

    fn counts(&self, wait: &PlannedAwait, keys: &[String]) -> Vec<usize> {
        let attempts = self.attempts(&wait.step.listener.value);
        keys.iter().map(|key| attempts.iter().filter(|x| delivery::key(x) == *key).count()).collect()
    }

    fn grown(&self, wait: &PlannedAwait, keys: &[String], counts: &[usize]) -> bool {
        self.counts(wait, keys).iter().zip(counts).all(|(now, before)| now > before)
    }

    /// An attempt beyond those counted, under a known key or a new one of the same body.
    fn beyond(&self, wait: &PlannedAwait, keys: &[String], counts: &[usize]) -> Option<Arc<Exchange>> {
        let attempts = self.attempts(&wait.step.listener.value);
        let more = keys
            .iter()
            .zip(counts)
            .find_map(|(key, count)| attempts.iter().filter(|x| delivery::key(x) == *key).nth(*count).cloned());
        more.or_else(|| self.renamed(wait, keys))
    }

    /// An attempt that repeats the body of a known notification under another identifier.
    fn renamed(&self, wait: &PlannedAwait, keys: &[String]) -> Option<Arc<Exchange>> {
        let (meant, _) = self.matching(wait);
        let bodies: Vec<_> = meant.iter().filter(|x| keys.contains(&delivery::key(x))).map(|x| x.request.body.clone()).collect();
        meant.into_iter().find(|x| !keys.contains(&delivery::key(x)) && bodies.contains(&x.request.body))
    }

    /// What arrived and no step waited for is judged all the same.
    pub(super) fn sweep(&self) -> Did {
        let mut did = Did::default();
        let awaits = awaits(&self.case.steps);
        for name in self.mailbox.slots.keys() {
            self.pull(name);
            if let Some(wait) = awaits.iter().find(|w| w.step.listener.value == *name).or(awaits.first()) {
                self.judge_new(name, wait, &mut did);
            }
        }
        did
    }
}

fn awaits(steps: &[PlannedStep]) -> Vec<&PlannedAwait> {
    steps
        .iter()
        .flat_map(|step| match &step.kind {
            crate::plan::PlannedKind::Await(wait) => vec![&**wait],
            crate::plan::PlannedKind::Parallel(inner) => awaits(inner),
            _ => Vec::new(),
        })
        .collect()
}

/// True when a request has the method and the path of the callback.
fn is_for(operation: &Operation, exchange: &Exchange) -> bool {
    let path = exchange.request.path();
    exchange.request.method == operation.method && path.trim_end_matches('/') == operation.path.as_str().trim_end_matches('/')
}

fn inbound(received: Received) -> Ended {
    let dropped = || TransportError { kind: TransportErrorKind::Reset, detail: "the listener dropped the connection".to_owned() };
    Ended {
        direction: Direction::Inbound,
        operation: None,
        request: received.request,
        result: received.answered.ok_or_else(dropped),
        began: received.received_at,
        service: Nanos(0),
    }
}
