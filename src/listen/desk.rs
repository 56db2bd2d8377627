//! Takes requests in, one after the other: finds the callback each is for, has it judged, writes it down and says what to answer.
//!
//! Remembers a bounded number of deliveries; those beyond are judged and written to the journal all the same. Never waits, and
//! never lets what was found change the answer.

use crate::base::clock::Clock;
use crate::base::diagnostic::Severity;
use crate::base::units::Nanos;
use crate::callback::digest;
use crate::check::delivery::{Context, replay};
use crate::check::inbound::{self, Signed};
use crate::check::subject::Body;
use crate::contract::Contract;
use crate::contract::model::Callback;
use crate::listen::Ending;
use crate::listen::script::{Answer, Script};
use crate::model::event::{Event, Observer};
use crate::model::exchange::{Direction, Exchange, ExchangeId, Timing, TransportError, TransportErrorKind};
use crate::model::finding::Finding;
use crate::model::http::{Request, Response};
use crate::model::outcome::{CaseOutcome, GateOutcome, RunOutcome, StepOutcome, Verdict};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// Requests that are kept for the record; what comes later is in the journal alone.
pub(super) const KEPT: usize = 10_000;
/// Bytes of bodies that are kept for the record.
const KEPT_BYTES: usize = 64 << 20;

/// Attempts of one delivery after each of which the delivery is written down again.
const OFTEN: usize = 64;

/// What is listened for.
pub struct Expecting {
    /// The spec that describes the callbacks.
    pub contract: Arc<Contract>,
    /// The callbacks; at least one.
    pub callbacks: Vec<Callback>,
    /// What deliveries were promised to be signed with, where they were.
    pub signed: Option<Signed>,
    /// The header with the identifier of a delivery; without one, deliveries of one body are one delivery.
    pub id_header: Option<String>,
    /// How deliveries are answered.
    pub script: Script,
    /// How many attempts are waited for.
    pub count: Option<usize>,
    /// The URL it is listened at.
    pub url: String,
}

/// What a request turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The first attempt of a delivery.
    First,
    /// A later one, with the same body.
    Replay,
    /// A later one, with another body.
    Changed,
    /// The question whether deliveries may be sent (`OPTIONS`).
    Handshake,
    /// Another method, at the path of a callback.
    WrongMethod,
    /// A path that no callback has.
    Elsewhere,
}

impl Kind {
    /// True for what is an attempt to deliver.
    #[must_use]
    pub fn is_delivery(self) -> bool {
        matches!(self, Self::First | Self::Replay | Self::Changed)
    }
}

/// One request, as it is told to whoever watches.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// When it arrived.
    pub at: Timestamp,
    /// What it was.
    pub kind: Kind,
    /// Which attempt of its delivery it was, from 1; 0 for what is none.
    pub number: usize,
    /// The callback's operation, or method and path of what belongs to none.
    pub operation: String,
    /// What it tells of, as far as its body says so: `SIGNATURE.COMPLETE`.
    pub label: Option<String>,
    /// What was found.
    pub findings: Vec<Finding>,
    /// The status it is answered with; `None` where the connection is dropped.
    pub answered: Option<u16>,
}

type Watcher = Box<dyn Fn(&Attempt) + Send + Sync>;

/// Takes requests in.
pub struct Desk {
    expecting: Expecting,
    clock: Arc<dyn Clock>,
    observer: Arc<dyn Observer>,
    watcher: Watcher,
    began: (Timestamp, Instant),
    counted: CancellationToken,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    next: u64,
    attempts: usize,
    deliveries: Vec<Delivery>,
    by_key: HashMap<String, Known>,
    others: Vec<StepOutcome>,
    exchanges: Vec<Exchange>,
    bytes: usize,
    beyond: Beyond,
}

/// A delivery that came before.
#[derive(Clone, Copy)]
struct Known {
    index: usize,
    attempts: usize,
}

/// A delivery with its attempts.
struct Delivery {
    outcome: CaseOutcome,
    first: Exchange,
    began: Instant,
}

/// What came when no more was kept.
#[derive(Default)]
struct Beyond {
    requests: usize,
    verdict: Option<Verdict>,
}

/// A request that was read.
struct Read {
    exchange: Exchange,
    body: Body,
    callbacks: Vec<usize>,
}

impl Desk {
    /// A desk with nothing taken in yet. `observer` hears of every request before it is judged, `watcher` once it is.
    #[must_use]
    pub fn new(expecting: Expecting, clock: Arc<dyn Clock>, observer: Arc<dyn Observer>, watcher: Watcher) -> Self {
        let began = (clock.now(), Instant::now());
        let counted = CancellationToken::new();
        Self { expecting, clock, observer, watcher, began, counted, state: Mutex::new(State { next: 1, ..State::default() }) }
    }

    /// Cancelled when as many attempts came as are waited for.
    #[must_use]
    pub fn counted(&self) -> &CancellationToken {
        &self.counted
    }

    /// How long the slowest answer takes.
    #[must_use]
    pub fn slowest(&self) -> Duration {
        self.expecting.script.delay()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes one request in and says what to answer.
    pub fn take(&self, request: Request) -> Answer {
        let at = self.clock.now();
        let mut state = self.lock();
        let path = request.path().to_owned();
        let below: Vec<usize> =
            (0..self.expecting.callbacks.len()).filter(|i| reaches(&self.expecting.callbacks[*i], &path)).collect();
        let callbacks: Vec<usize> =
            below.iter().copied().filter(|i| self.expecting.callbacks[*i].operation.method == request.method).collect();
        if !callbacks.is_empty() {
            return self.delivery(&mut state, request, at, callbacks);
        }
        let (kind, response) = match (below.is_empty(), request.method.as_str()) {
            (true, _) => (Kind::Elsewhere, Response::new(404)),
            (false, "OPTIONS") => (Kind::Handshake, self.handshake(&request, &below)),
            (false, _) => (Kind::WrongMethod, self.not_allowed(&below)),
        };
        self.other(&mut state, request, at, kind, &response);
        Answer::now(response)
    }

    fn methods(&self, callbacks: &[usize]) -> String {
        let mut methods: Vec<&str> = callbacks.iter().map(|i| self.expecting.callbacks[*i].operation.method.as_str()).collect();
        methods.push("OPTIONS");
        methods.dedup();
        methods.join(", ")
    }

    fn not_allowed(&self, callbacks: &[usize]) -> Response {
        let mut response = Response::new(405);
        response.headers.push("allow", self.methods(callbacks));
        response
    }

    /// CloudEvents, HTTP 1.1 Web Hooks section 4: whoever asks may send, at any rate.
    fn handshake(&self, request: &Request, callbacks: &[usize]) -> Response {
        let mut response = Response::new(200);
        response.headers.push("allow", self.methods(callbacks));
        if let Some(origin) = request.headers.get("webhook-request-origin") {
            response.headers.push("webhook-allowed-origin", origin);
            response.headers.push("webhook-allowed-rate", "*");
        }
        response
    }

    fn delivery(&self, state: &mut State, request: Request, at: Timestamp, callbacks: Vec<usize>) -> Answer {
        let key = self.key(&request);
        let known = state.by_key.get_mut(&key).map(|known| {
            known.attempts += 1;
            *known
        });
        let number = known.map_or(1, |known| known.attempts);
        let answer = self.expecting.script.answer(number);
        let case = known.map_or_else(
            || format!("listen/{}", state.deliveries.len() + 1),
            |known| state.deliveries[known.index].outcome.id.clone(),
        );
        let body = Body::read(&request.headers, &request.body);
        let mut exchange = exchange(state, request, at, answer.response.as_ref(), answer.after);
        exchange.operation = Some(self.expecting.callbacks[callbacks[0]].operation.id.clone());
        if known.is_none() {
            self.observer.observe(Event::CaseStarted { id: &case });
        }
        // Written down before it is judged.
        self.observer.observe(Event::Exchanged { case: &case, exchange: &exchange });
        let mut read = Read { exchange, body, callbacks };
        let (callback, mut findings) = self.judge(&read);
        let operation = &self.expecting.callbacks[callback].operation;
        read.exchange.operation = Some(operation.id.clone());
        let mut kind = Kind::First;
        if let Some(known) = known {
            let context = Context { operation: Some(&**operation), cited: None };
            let changed = replay(context, &state.deliveries[known.index].first, &read.exchange, &[], true);
            kind = if changed.is_empty() { Kind::Replay } else { Kind::Changed };
            findings.extend(changed);
        }
        let attempt = Attempt {
            at,
            kind,
            number,
            operation: operation.id.clone(),
            label: read.body.json().and_then(label),
            findings,
            answered: answer.response.as_ref().map(|r| r.status),
        };
        let step = step(&attempt, read.exchange.id);
        self.file(state, known, key, &case, read.exchange, step, &attempt);
        state.attempts += 1;
        (self.watcher)(&attempt);
        if self.expecting.count.is_some_and(|count| state.attempts >= count) {
            self.counted.cancel();
        }
        answer
    }

    /// What the attempts of one delivery have in common.
    fn key(&self, request: &Request) -> String {
        let id = self.expecting.id_header.as_deref().and_then(|name| request.headers.get(name)).filter(|id| !id.is_empty());
        id.map_or_else(|| format!("body {}", digest::sha256(&request.body)), |id| format!("id {id}"))
    }

    /// Where several callbacks could be meant, it is the one that fits best.
    fn judge(&self, read: &Read) -> (usize, Vec<Finding>) {
        let judged = read.callbacks.iter().map(|i| {
            let operation = &self.expecting.callbacks[*i].operation;
            let signed = self.expecting.signed.as_ref();
            (*i, inbound::judge(&read.exchange, operation, &self.expecting.contract, &read.body, signed))
        });
        judged.min_by_key(|(_, findings)| findings.len()).unwrap_or_default()
    }

    #[expect(clippy::too_many_arguments, reason = "what one attempt adds to its delivery")]
    fn file(
        &self,
        state: &mut State,
        known: Option<Known>,
        key: String,
        case: &str,
        exchange: Exchange,
        step: StepOutcome,
        attempt: &Attempt,
    ) {
        let verdict = step.verdict;
        if !state.has_room(&exchange) {
            state.beyond.add(verdict);
            return;
        }
        let index = known.map(|known| known.index).unwrap_or_else(|| {
            let outcome = CaseOutcome {
                id: case.to_owned(),
                suite: self.suite(),
                title: title(attempt, &key),
                place: None,
                tags: Vec::new(),
                required: true,
                requirements: Vec::new(),
                verdict: Verdict::NotApplicable,
                reason: None,
                steps: Vec::new(),
                took: Nanos(0),
            };
            state.by_key.insert(key, Known { index: state.deliveries.len(), attempts: 1 });
            state.deliveries.push(Delivery { outcome, first: exchange.clone(), began: Instant::now() });
            state.deliveries.len() - 1
        });
        let delivery = &mut state.deliveries[index];
        delivery.outcome.verdict = delivery.outcome.verdict.and(verdict);
        delivery.outcome.steps.push(step);
        delivery.outcome.took = Nanos::from_duration(delivery.began.elapsed());
        // Each time anew, since nobody knows which attempt is the last; one of very many would fill the journal with itself.
        if delivery.outcome.steps.len() <= OFTEN {
            self.observer.observe(Event::CaseFinished { outcome: &delivery.outcome });
        }
        state.keep(exchange);
    }

    fn other(&self, state: &mut State, request: Request, at: Timestamp, kind: Kind, response: &Response) {
        let operation = format!("{} {}", request.method, request.path());
        let exchange = exchange(state, request, at, Some(response), Duration::ZERO);
        self.observer.observe(Event::Exchanged { case: OTHERS, exchange: &exchange });
        let answered = Some(response.status);
        let attempt = Attempt { at, kind, number: 0, operation, label: None, findings: Vec::new(), answered };
        if state.has_room(&exchange) {
            state.others.push(step(&attempt, exchange.id));
            state.keep(exchange);
        } else {
            state.beyond.add(Verdict::NotApplicable);
        }
        (self.watcher)(&attempt);
    }

    fn suite(&self) -> String {
        format!("{} {}", self.expecting.contract.title, self.expecting.contract.version)
    }

    /// Everything that came, as a run.
    #[must_use]
    pub fn close(&self, ending: Ending) -> RunOutcome {
        let mut state = self.lock();
        let (deliveries, others) = (std::mem::take(&mut state.deliveries), std::mem::take(&mut state.others));
        let mut cases: Vec<CaseOutcome> = deliveries.into_iter().map(|d| d.outcome).collect();
        for outcome in cases.iter().filter(|c| c.steps.len() > OFTEN) {
            self.observer.observe(Event::CaseFinished { outcome });
        }
        let nothing = cases.is_empty();
        let blank = |id: &str, title: String, verdict| CaseOutcome {
            id: id.to_owned(),
            suite: self.suite(),
            title,
            place: None,
            tags: Vec::new(),
            required: false,
            requirements: Vec::new(),
            verdict,
            reason: None,
            steps: Vec::new(),
            took: Nanos(0),
        };
        if let Some(verdict) = others.iter().map(|s| s.verdict).reduce(Verdict::and) {
            let mut case = blank(OTHERS, "requests that are no deliveries".to_owned(), verdict);
            case.reason = (verdict == Verdict::Review).then(|| "came to a path or with a method that no callback has".to_owned());
            case.steps = others;
            cases.push(case);
        }
        if let Some(verdict) = state.beyond.verdict {
            let mut case =
                blank("listen/beyond", format!("{} requests beyond those that are kept", state.beyond.requests), verdict);
            case.reason = Some("judged as they came; the journal has them".to_owned());
            cases.push(case);
        }
        self.observer.observe(Event::RunFinished);
        let (count, attempts) = (self.expecting.count, state.attempts);
        let gate = count.filter(|_| !nothing).map(|count| GateOutcome {
            title: format!("attempts received >= {count}"),
            suite: self.suite(),
            verdict: if attempts >= count { Verdict::Pass } else { Verdict::Fail },
            actual: attempts.to_string(),
        });
        RunOutcome {
            began: self.began.0,
            took: Nanos::from_duration(self.began.1.elapsed()),
            target: self.expecting.url.clone(),
            environment: "listen".to_owned(),
            seed: 0,
            interrupted: ending == Ending::Stopped && count.is_some_and(|count| attempts < count),
            unusable: nothing.then(|| "no delivery arrived".to_owned()),
            cases,
            exchanges: std::mem::take(&mut state.exchanges),
            coverage: Vec::new(),
            gates: gate.into_iter().collect(),
        }
    }
}

/// The case of what is no delivery.
const OTHERS: &str = "listen/others";

impl State {
    fn has_room(&self, exchange: &Exchange) -> bool {
        self.exchanges.len() < KEPT && self.bytes + exchange.request.body.len() <= KEPT_BYTES
    }

    fn keep(&mut self, exchange: Exchange) {
        self.bytes += exchange.request.body.len();
        self.exchanges.push(exchange);
    }
}

impl Beyond {
    fn add(&mut self, verdict: Verdict) {
        self.requests += 1;
        self.verdict = Some(self.verdict.map_or(verdict, |v| v.and(verdict)));
    }
}

fn exchange(state: &mut State, request: Request, at: Timestamp, response: Option<&Response>, after: Duration) -> Exchange {
    let id = ExchangeId(state.next);
    state.next += 1;
    let detail = "the connection was dropped, as it was told to be";
    Exchange {
        id,
        direction: Direction::Inbound,
        operation: None,
        request,
        result: response.cloned().ok_or_else(|| TransportError { kind: TransportErrorKind::Reset, detail: detail.to_owned() }),
        timing: Timing { began: at, service: Nanos::from_duration(after) },
    }
}

fn step(attempt: &Attempt, exchange: ExchangeId) -> StepOutcome {
    let failed = attempt.findings.iter().any(|f| f.severity == Severity::Error);
    let (title, verdict) = match attempt.kind {
        Kind::First => ("attempt 1".to_owned(), Verdict::Pass),
        Kind::Replay => (format!("attempt {}, a replay", attempt.number), Verdict::Pass),
        Kind::Changed => (format!("attempt {}, with another body", attempt.number), Verdict::Pass),
        Kind::Handshake => (format!("{}, the handshake", attempt.operation), Verdict::NotApplicable),
        Kind::WrongMethod => (format!("{}, a method that is not documented", attempt.operation), Verdict::Review),
        Kind::Elsewhere => (format!("{}, a path that no callback has", attempt.operation), Verdict::Review),
    };
    StepOutcome {
        title,
        place: None,
        verdict: if failed { Verdict::Fail } else { verdict },
        reason: None,
        findings: attempt.findings.clone(),
        exchanges: vec![exchange],
    }
}

/// The operation, what it tells of and its identifier, in one line.
fn title(attempt: &Attempt, key: &str) -> String {
    let parts = [Some(attempt.operation.as_str()), attempt.label.as_deref(), key.strip_prefix("id ")];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// What a body tells of: `entity` and `event`, or `type`.
fn label(body: &Value) -> Option<String> {
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    match (text("entity"), text("event")) {
        (Some(entity), Some(event)) => Some(format!("{entity}.{event}")),
        _ => text("type").map(str::to_owned),
    }
}

/// True when a path ends as the URL of the callback does.
fn reaches(callback: &Callback, path: &str) -> bool {
    let suffix = callback.suffix().split(['?', '#']).next().unwrap_or_default();
    path.trim_end_matches('/').ends_with(suffix.trim_end_matches('/'))
}
