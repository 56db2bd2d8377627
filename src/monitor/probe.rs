//! One probe: a request, its answer, and what that says of the operation.
//!
//! Sends once and judges by the checks of everything else. Keeps nothing and repeats nothing.

use crate::base::diagnostic::Severity;
use crate::base::units::Nanos;
use crate::check::expected::Means;
use crate::check::judgement::{Bound, answer};
use crate::check::reads::{Reads, reads};
use crate::model::availability::{Probe, State, Why, detail};
use crate::model::exchange::{Direction, Exchange, ExchangeId, TransportError};
use crate::model::http::{Request, Response};
use crate::monitor::watch::{Watching, World};
use crate::net::client::ClientOptions;
use crate::net::steady::Encoded;
use crate::plan::monitor::{PlannedMonitor, PlannedProbe};
use crate::plan::{PlannedCase, PlannedKind, PlannedSend, PlannedStep};
use crate::request::capture::captured;
use crate::request::credential::Credential;
use crate::request::maker::{Made, Maker};
use crate::request::names::Names;
use crate::schema::SchemaSet;
use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A longer body is not remembered: a watch of a thousand operations would hold a thousand of them.
const LONGEST: usize = 64 * 1024;

/// A step that is sent, and of which case.
#[derive(Clone, Copy)]
struct Sending<'a> {
    suite: usize,
    case: &'a str,
    step: &'a PlannedStep,
    send: &'a PlannedSend,
}

impl<'a> Sending<'a> {
    /// The first step of a case that sends something.
    fn first_of(case: &'a PlannedCase) -> Option<Self> {
        case.steps.iter().find_map(|step| Self::of(case, step))
    }

    fn of(case: &'a PlannedCase, step: &'a PlannedStep) -> Option<Self> {
        let PlannedKind::Send(send) = &step.kind else { return None };
        Some(Self { suite: case.suite, case: &case.id, step, send })
    }

    fn maker<'w>(&self, planned: &'w PlannedMonitor, world: &'w World) -> Maker<'w>
    where
        'a: 'w,
    {
        let suite = &planned.plan.suites[self.suite];
        Maker { planned: suite, origins: &world.origins, environment: &world.environment, seed: world.seed, case: self.case }
    }
}

/// What is sent again and again: made once, since requests of one step differ in nothing but tokens.
pub(super) struct Prepared {
    names: Names,
    /// The request without credentials, and these; or why there is none.
    made: Result<(Made, Vec<Credential>), String>,
    /// The request that was sent last.
    last: Mutex<Option<Arc<Encoded>>>,
    /// The answer that was found right last, and what was read of it.
    right: Mutex<Option<(Response, Reads)>>,
}

impl Prepared {
    fn new(sending: Sending<'_>, planned: &PlannedMonitor, world: &World, remembered: &Map<String, Value>) -> Self {
        let maker = sending.maker(planned, world);
        let mut fixed = maker.known(&[], Value::Object(Map::new()));
        fixed.insert("unique".into(), json!(format!("u{:016x}", world.salt)));
        let names = Names { fixed, remembered: remembered.clone().into_iter().collect(), ..Names::default() };
        let made = maker.request(sending.send, &names).and_then(|made| {
            let credentials = maker.credentials(sending.send, &made, &names)?;
            Ok((made, credentials))
        });
        Self { names, made, last: Mutex::default(), right: Mutex::default() }
    }

    /// By probe.
    pub(super) fn all(planned: &PlannedMonitor, world: &World, remembered: &Map<String, Value>) -> Vec<Option<Self>> {
        let prepared = |probe: &PlannedProbe| Some(Self::new(Sending::first_of(&probe.case)?, planned, world, remembered));
        planned.probes.iter().map(prepared).collect()
    }

    /// The request that was sent last, where every other one is the same.
    fn again(&self, credentials: &[Credential]) -> Option<Arc<Encoded>> {
        let changes = credentials.iter().any(|credential| credential.needs_token_of().is_some());
        if changes { None } else { locked(&self.last).clone() }
    }

    /// The bytes of a request: those of the last one where it was the same, which it is unless it has another token.
    fn encoded(&self, request: Request, options: &ClientOptions) -> Result<Arc<Encoded>, NotMade> {
        let mut last = locked(&self.last);
        if let Some(same) = last.as_ref().filter(|last| *last.request() == request) {
            return Ok(Arc::clone(same));
        }
        let encoded = Arc::new(Encoded::of(request, options).map_err(NotMade::Unsendable)?);
        *last = Some(Arc::clone(&encoded));
        Ok(encoded)
    }

    /// Whether an answer is the same as the one that was found right last, in all that was read of that.
    fn was_right(&self, response: &Response) -> bool {
        locked(&self.right).as_ref().is_some_and(|(known, reads)| {
            let same = |name: &String| known.headers.all(name).eq(response.headers.all(name));
            known.status == response.status && known.body == response.body && reads.headers.iter().all(same)
        })
    }

    /// Remembers a right answer, where its judgement depends on nothing but the answer and it is not long.
    fn remember(&self, response: &Response, made: &Made, send: &PlannedSend) {
        let reads = reads(&made.request.method, made.operation.as_deref(), response.status, &send.expect);
        let kept = reads.filter(|reads| !reads.request && response.body.len() <= LONGEST);
        // A copy of its own: what was received holds on to all that was read with it.
        let own = || Response { body: Bytes::copy_from_slice(&response.body), ..response.clone() };
        *locked(&self.right) = kept.map(|reads| (own(), reads));
    }
}

fn locked<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a call came to.
struct Called {
    request: Arc<Encoded>,
    result: Result<Response, TransportError>,
    took: Nanos,
    /// The first thing that is not right.
    wrong: Option<String>,
}

/// Why a request could not be made.
enum NotMade {
    Request(String),
    Unsendable(TransportError),
    Token(String),
}

/// Makes the calls that come before all probes; what they captured.
///
/// # Errors
/// A lower-case fragment with the first call that was not answered as it should be.
pub(super) async fn before(watching: &Watching) -> Result<Map<String, Value>, String> {
    let mut remembered = Map::new();
    for case in &watching.planned.before {
        let said = |why: String| format!("before the first probe, {}: {why}", case.title);
        for sending in case.steps.iter().filter_map(|step| Sending::of(case, step)) {
            let send = sending.send;
            let timeout = watching.world.environment.limits.timeout.duration();
            let prepared = Prepared::new(sending, &watching.planned, &watching.world, &remembered);
            let called = match call(watching, sending, &prepared, timeout).await {
                Ok(called) => called,
                Err(NotMade::Request(why) | NotMade::Token(why)) => return Err(said(why)),
                Err(NotMade::Unsendable(error)) => return Err(said(error.to_string())),
            };
            if let Some(wrong) = called.wrong {
                return Err(said(wrong));
            }
            let response = called.result.as_ref().map_err(|error| said(error.to_string()))?;
            if response.status >= 400 && send.expect.status.is_none() {
                return Err(said(format!("it was answered {}", response.status)));
            }
            for capture in &send.capture {
                let name = &capture.name.value;
                let none = || said(format!("there is nothing to remember as `{name}`"));
                remembered.insert(name.clone(), captured(capture, response).ok_or_else(none)?);
            }
            let body: Value = serde_json::from_slice(&response.body).unwrap_or_default();
            for collect in &send.collect {
                let found: Vec<Value> = collect.path.select(&body).into_iter().map(|(_, v)| v.clone()).collect();
                remembered.insert(collect.name.value.clone(), Value::Array(found));
            }
        }
    }
    Ok(remembered)
}

/// Makes one probe that is due.
pub(super) async fn probe(watching: &Watching, index: usize, due: Timestamp) -> Probe {
    let planned = &watching.planned.probes[index];
    let sent = watching.world.clock.now();
    let probe = |took, state, why, status, text: &str| Probe {
        operation: index,
        due,
        sent,
        took,
        state,
        why,
        status,
        detail: detail(text),
    };
    let (Some(sending), Some(prepared)) = (Sending::first_of(&planned.case), &watching.prepared[index]) else {
        // The binder lets no other step through.
        return probe(Nanos(0), State::Down, None, None, "there is nothing to send");
    };
    let called = match call(watching, sending, prepared, planned.timeout.duration()).await {
        Ok(called) => called,
        Err(NotMade::Token(why)) => return probe(Nanos(0), State::Down, Some(Why::Token), None, &why),
        Err(NotMade::Request(why)) => return probe(Nanos(0), State::Down, None, None, &why),
        Err(NotMade::Unsendable(error)) => {
            return probe(Nanos(0), State::Down, Some(Why::Transport(error.kind)), None, &error.to_string());
        }
    };
    let Called { request, result, took, wrong } = called;
    let line = || format!("{} {}", request.request().method, request.request().url);
    let response = match &result {
        Ok(response) => response,
        Err(error) => return probe(took, State::Down, Some(Why::Transport(error.kind)), None, &format!("{}: {error}", line())),
    };
    let status = Some(response.status);
    let said = |what: &str| {
        let body = String::from_utf8_lossy(&response.body);
        format!("{}: {}{what}\n{body}", line(), response.status)
    };
    match wrong {
        _ if response.status >= 500 => probe(took, State::Down, Some(Why::ServerError), status, &said("")),
        _ if response.status == 429 => probe(took, State::Degraded, Some(Why::Throttled), status, &said("")),
        Some(wrong) => probe(took, State::Degraded, Some(Why::NonConforming), status, &said(&format!(", {wrong}"))),
        None if planned.slow.is_some_and(|slow| took > slow) => {
            probe(took, State::Degraded, Some(Why::Slow), status, &format!("{}: {} after {took}", line(), response.status))
        }
        None => probe(took, State::Up, None, status, ""),
    }
}

async fn call(watching: &Watching, sending: Sending<'_>, prepared: &Prepared, timeout: Duration) -> Result<Called, NotMade> {
    let Sending { step, send, .. } = sending;
    let (made, credentials) = prepared.made.as_ref().map_err(|why| NotMade::Request(why.clone()))?;
    let request = match prepared.again(credentials) {
        Some(request) => request,
        // What is seldom gone through is kept out of the way: every probe under way would hold the room for it.
        None => Box::pin(request(watching, sending, prepared, (made, credentials))).await?,
    };
    let World { client, steady, .. } = &*watching.world;
    let sent = if made.read_once() {
        Box::pin(client.send_once(request.request(), timeout)).await
    } else {
        steady.send(&request, timeout).await
    };
    let took = sent.timing.service;
    if sent.result.as_ref().is_ok_and(|response| prepared.was_right(response)) {
        return Ok(Called { request, result: sent.result, took, wrong: None });
    }
    let exchange = Exchange {
        id: ExchangeId(0),
        direction: Direction::Outbound,
        operation: made.operation.as_ref().map(|o| o.id.clone()),
        request: request.request().clone(),
        result: sent.result,
        timing: sent.timing,
    };
    let bound = Bound {
        rules: Some(&made.rules),
        operation: made.operation.as_deref(),
        expect: &send.expect,
        cited: step.cited.as_ref(),
        means: Means { scope: &prepared.names, schemas: &by_schema },
    };
    let judged = answer(&exchange, bound);
    let found = judged.findings.iter().find(|f| f.severity == Severity::Error);
    let wrong = found.map(|f| format!("{}: {}", f.message, f.actual)).or_else(|| judged.errors.first().cloned());
    if let (None, Ok(response)) = (&wrong, &exchange.result) {
        prepared.remember(response, made, send);
    }
    Ok(Called { request, result: exchange.result, took, wrong })
}

/// The request with its credentials.
async fn request(
    watching: &Watching,
    sending: Sending<'_>,
    prepared: &Prepared,
    (made, credentials): (&Made, &[Credential]),
) -> Result<Arc<Encoded>, NotMade> {
    let (mut request, mut credentials) = (made.request.clone(), credentials.to_vec());
    for credential in &mut credentials {
        if let Some(identity) = credential.needs_token_of() {
            let token = watching.tokens.of(&watching.world, identity).await.map_err(NotMade::Token)?;
            *credential = credential.clone().with_token(token.expose());
        }
    }
    let maker = sending.maker(&watching.planned, &watching.world);
    maker.identify(sending.send, &mut request, credentials).map_err(NotMade::Request)?;
    prepared.encoded(request, watching.world.steady.options())
}

fn by_schema(schema: &Value, value: &Value) -> Result<(), String> {
    SchemaSet::inline(schema)?.violations(value).into_iter().next().map_or(Ok(()), |violation| Err(violation.message))
}
