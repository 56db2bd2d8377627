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

    /// Forgets what came before an instant.
    fn forget_until(&self, instant: Instant) {
        self.came.lock().unwrap_or_else(PoisonError::into_inner).retain(|arrival| arrival.at >= instant);
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

    /// The run began: what came before is forgotten. By the time that this is called deliveries of the run may have come.
    pub(super) fn begin(&mut self, zero: Instant) {
        self.zero = zero;
        self.listeners.values().for_each(|l| l.receiver.forget_until(zero));
    }

    /// True while a delivery may still come in time.
    pub(super) fn is_waiting(&self) -> bool {
        self.callbacks.iter().any(|c| !c.open.is_empty())
    }

    /// Takes what came and what triggered it. `now` is the time since the start of the run.
    pub(super) fn take(&mut self, triggers: impl IntoIterator<Item = Trigger>, now: Nanos) {
        let mut early = Vec::new();
        for trigger in triggers {
            let kept = &mut self.callbacks[trigger.callback];
            kept.figures.triggered += 1;
            match kept.early.remove(&trigger.id) {
                Some(at) => early.push((at, trigger)),
                None => {
                    kept.open.insert(trigger.id.clone(), trigger);
                }
            }
        }
        // In the order in which they came, whichever event loop told of them first.
        early.sort_by_key(|(at, _)| *at);
        early.iter().for_each(|(at, trigger)| self.callbacks[trigger.callback].delivered(trigger, *at));
        let listeners: Vec<Listening> = self.listeners.values().cloned().collect();
        let names: Vec<String> = self.listeners.keys().cloned().collect();
        for (name, listening) in names.iter().zip(&listeners) {
            for arrival in listening.receiver.take() {
                self.arrived(name, listening, &arrival);
            }
        }
        for kept in &mut self.callbacks {
            kept.expire(now);
        }
    }

    fn arrived(&mut self, name: &str, listening: &Listening, arrival: &Arrival) {
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
            self.judge(index, listening, arrival, &body);
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

#[cfg(test)]
mod tests {
    use super::{Arrival, Ledger, Listening, Receiver, TOLD_WITHIN};
    use crate::base::clock::ManualClock;
    use crate::base::source::Source;
    use crate::base::units::Nanos;
    use crate::check::bench::contract;
    use crate::check::catalogue;
    use crate::check::rules::Rules;
    use crate::load::triggers::Trigger;
    use crate::model::http::Request;
    use crate::model::load::CallbackFigures;
    use crate::plan::load::PlannedCallback;
    use crate::suite::load_plan;
    use std::sync::{Arc, PoisonError};
    use std::time::{Duration, Instant};

    const PLAN: &str = "load: l
suite: s.yaml
scenarios: [{call: createThing}]
arrival: {model: open, stages: [{rate: 1/s, for: 1s}]}
callbacks:
  - {trigger: createThing, id: $.id, listener: partner, callback: createThing.told, match: {$.n: {gt: 0}}, delivered_id: $.id, within: 1s}
";

    /// A ledger of one callback, with its listener's receiver; times are in milliseconds from the start of the run.
    struct Bench {
        ledger: Ledger,
        receiver: Receiver,
        zero: Instant,
    }

    impl Bench {
        fn new() -> Self {
            let plan = load_plan(&Source::new("plan.yaml", PLAN), &catalogue::names()).0.unwrap();
            let contract = contract();
            let planned = PlannedCallback {
                spec: plan.callbacks[0].clone(),
                title: "createThing -> createThing.told".to_owned(),
                operation: Arc::clone(&contract.callback("createThing.told").unwrap().operation),
                rules: Arc::new(Rules::new(contract, None, Vec::new(), Vec::new())),
            };
            let receiver = Receiver::default();
            let listening = Listening { url: "http://127.0.0.1:1".to_owned(), receiver: receiver.clone(), signed: None };
            let clock = Arc::new(ManualClock::at(jiff::Timestamp::UNIX_EPOCH));
            let mut ledger = Ledger::new(&[planned], &[("partner".to_owned(), listening)].into(), clock);
            let zero = Instant::now();
            ledger.begin(zero);
            Self { ledger, receiver, zero }
        }

        fn arrives(&self, at: u64, delivery: &str, body: &str) {
            let mut request = Request::new("POST", "/told");
            let fields = [("content-type", "application/json"), ("webhook-id", delivery), ("x-turn", "1")];
            request.headers = fields.into_iter().filter(|(_, value)| !value.is_empty()).collect();
            request.body = body.to_owned().into();
            let at = self.zero + Duration::from_millis(at);
            self.receiver.came.lock().unwrap_or_else(PoisonError::into_inner).push(Arrival { request, at });
        }

        fn delivers(&self, at: u64, id: &str) {
            self.arrives(at, &format!("w-{id}"), &format!(r#"{{"n":1,"id":"{id}"}}"#));
        }

        fn take(&mut self, triggers: &[(&str, u64, u64)], now: u64) -> CallbackFigures {
            let millis = |at: u64| Nanos(at * 1_000_000);
            let trigger = |(id, sent, answered): &(&str, u64, u64)| Trigger {
                callback: 0,
                id: (*id).to_owned(),
                sent: millis(*sent),
                answered: millis(*answered),
            };
            self.ledger.take(triggers.iter().map(trigger), millis(now));
            self.ledger.figures().remove(0)
        }
    }

    /// Triggered, delivered, lost, open, twice, out of order, unexpected.
    fn counts(f: &CallbackFigures) -> [u64; 7] {
        [f.triggered, f.delivered, f.lost, f.open, f.duplicates, f.out_of_order, f.unexpected]
    }

    #[test]
    fn a_delivery_is_measured_from_the_answer_that_triggered_it_or_from_its_request() {
        let mut bench = Bench::new();
        bench.delivers(17, "a");
        bench.delivers(25, "b");
        // The second came while its trigger was not answered yet.
        let figures = bench.take(&[("a", 0, 10), ("b", 20, 30)], 40);
        assert_eq!(counts(&figures), [2, 2, 0, 0, 0, 0, 0]);
        assert_eq!((figures.validated, figures.invalid), (2, 0));
        assert_eq!((figures.latency.min(), figures.latency.count()), (Some(Nanos(5_000_000)), 2));
        assert!(!bench.ledger.is_waiting());
    }

    #[test]
    fn one_that_is_told_of_later_waits_for_its_trigger() {
        let mut bench = Bench::new();
        bench.delivers(15, "a");
        assert_eq!(counts(&bench.take(&[], 20)), [0; 7]);
        assert_eq!(counts(&bench.take(&[("a", 0, 10)], 1_000)), [1, 1, 0, 0, 0, 0, 0]);
        // Nothing triggered this one.
        bench.delivers(1_100, "b");
        let told = TOLD_WITHIN.0 / 1_000_000;
        assert_eq!(counts(&bench.take(&[], 1_099 + told)), [1, 1, 0, 0, 0, 0, 0]);
        assert_eq!(counts(&bench.take(&[], 1_100 + told)), [1, 1, 0, 0, 0, 0, 1]);
    }

    #[test]
    fn what_has_not_come_in_time_is_lost() {
        let mut bench = Bench::new();
        assert_eq!(counts(&bench.take(&[("a", 0, 10), ("b", 500, 510)], 1_009)), [2, 0, 0, 2, 0, 0, 0]);
        assert!(bench.ledger.is_waiting());
        assert_eq!(counts(&bench.take(&[], 1_010)), [2, 0, 1, 1, 0, 0, 0]);
        bench.delivers(1_200, "b");
        assert_eq!(counts(&bench.take(&[], 1_600)), [2, 1, 1, 0, 0, 0, 0]);
        assert!(!bench.ledger.is_waiting());
    }

    #[test]
    fn the_same_notification_again_is_a_duplicate_and_delivered_once() {
        let mut bench = Bench::new();
        bench.delivers(15, "a");
        bench.delivers(16, "a");
        assert_eq!(counts(&bench.take(&[("a", 0, 10)], 20)), [1, 1, 0, 0, 1, 0, 0]);
        bench.delivers(30, "a");
        assert_eq!(counts(&bench.take(&[], 40)), [1, 1, 0, 0, 2, 0, 0]);
        // Without an identifier of the delivery that of the notification tells.
        bench.arrives(50, "", r#"{"n":1,"id":"b"}"#);
        bench.arrives(51, "", r#"{"n":1,"id":"b"}"#);
        assert_eq!(counts(&bench.take(&[("b", 40, 45)], 60)), [2, 2, 0, 0, 3, 0, 0]);
    }

    #[test]
    fn order_is_that_of_triggers_that_did_not_overlap_and_of_arrivals() {
        let apart = [("a", 0, 10), ("b", 20, 30)];
        let mut bench = Bench::new();
        bench.delivers(40, "b");
        bench.delivers(41, "a");
        assert_eq!(bench.take(&apart, 50).out_of_order, 1);
        // Which of two that overlap was first nobody knows.
        let mut bench = Bench::new();
        bench.delivers(40, "b");
        bench.delivers(41, "a");
        assert_eq!(bench.take(&[("a", 0, 25), ("b", 20, 30)], 50).out_of_order, 0);
        // Event loops tell of their triggers one after the other; what came is in the order in which it came.
        for (first, second, wanted) in [("a", "b", 0), ("b", "a", 1)] {
            for triggers in [[apart[0], apart[1]], [apart[1], apart[0]]] {
                let mut bench = Bench::new();
                bench.delivers(40, first);
                bench.delivers(41, second);
                assert_eq!(bench.take(&[], 45).delivered, 0);
                assert_eq!(bench.take(&triggers, 50).out_of_order, wanted, "{first} before {second}");
            }
        }
    }

    #[test]
    fn what_is_not_meant_passes_by_and_what_is_wrong_is_kept_once() {
        let mut bench = Bench::new();
        bench.arrives(15, "w1", r#"{"n":0,"id":"a"}"#);
        bench.arrives(15, "w2", "no JSON");
        assert_eq!(counts(&bench.take(&[("a", 0, 10)], 20)), [1, 0, 0, 1, 0, 0, 0]);
        for (at, id) in [(21, "a"), (22, "b")] {
            bench.arrives(at, id, &format!(r#"{{"n":1,"id":"{id}","thing":{{"id":7}}}}"#));
        }
        let figures = bench.take(&[("b", 0, 11)], 30);
        assert_eq!((figures.delivered, figures.validated, figures.invalid), (2, 2, 2));
        assert_eq!(bench.ledger.failures().len(), 1);
        assert!(bench.ledger.failures().is_empty(), "told once");
    }

    #[test]
    fn what_came_before_the_run_is_forgotten_and_nothing_else() {
        let mut bench = Bench::new();
        bench.delivers(4, "a");
        bench.delivers(5, "b");
        bench.ledger.begin(bench.zero + Duration::from_millis(5));
        assert_eq!(counts(&bench.take(&[("a", 0, 10), ("b", 0, 10)], 20)), [2, 1, 0, 1, 0, 0, 0]);
    }
}
