//! One probe: a request, its answer, and what that says of the operation.
//!
//! Sends once and judges by the checks of everything else. Keeps nothing and repeats nothing.

use crate::base::diagnostic::Severity;
use crate::base::units::Nanos;
use crate::check::expected::Means;
use crate::check::judgement::{Bound, answer};
use crate::model::availability::{Probe, State, Why, detail};
use crate::model::exchange::{Direction, Exchange, ExchangeId};
use crate::monitor::watch::{Watching, World};
use crate::plan::monitor::PlannedProbe;
use crate::plan::{PlannedKind, PlannedSend, PlannedStep};
use crate::request::capture::captured;
use crate::request::maker::Maker;
use crate::request::names::Names;
use crate::schema::SchemaSet;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::time::Duration;

/// The names that requests of a watch are made with.
pub(super) fn names(world: &World, maker: &Maker<'_>, remembered: &Map<String, Value>) -> Names {
    let mut fixed = maker.known(&[], Value::Object(Map::new()));
    fixed.insert("unique".into(), json!(format!("u{:016x}", world.salt)));
    Names { fixed, remembered: remembered.clone().into_iter().collect(), ..Names::default() }
}

/// What a call came to: the exchange, or why no request could be made, and what was found.
struct Called {
    exchange: Result<Exchange, NotMade>,
    /// The first thing that is not right.
    wrong: Option<String>,
}

/// Why a request could not be made.
enum NotMade {
    Request(String),
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
        for step in &case.steps {
            let PlannedKind::Send(send) = &step.kind else { continue };
            let timeout = watching.world.environment.limits.timeout.duration();
            let called = call(watching, case.suite, &case.id, step, send, &remembered, timeout).await;
            let exchange = match called.exchange {
                Ok(exchange) => exchange,
                Err(NotMade::Request(why) | NotMade::Token(why)) => return Err(said(why)),
            };
            if let Some(wrong) = called.wrong {
                return Err(said(wrong));
            }
            let response = exchange.result.as_ref().map_err(|error| said(error.to_string()))?;
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
    let Some((step, send)) = sending(planned) else {
        // The binder lets no other step through.
        return probe(Nanos(0), State::Down, None, None, "there is nothing to send");
    };
    let case = &planned.case;
    let timeout = planned.timeout.duration();
    let called = call(watching, case.suite, &case.id, step, send, &watching.remembered, timeout).await;
    let exchange = match called.exchange {
        Ok(exchange) => exchange,
        Err(NotMade::Token(why)) => return probe(Nanos(0), State::Down, Some(Why::Token), None, &why),
        Err(NotMade::Request(why)) => return probe(Nanos(0), State::Down, None, None, &why),
    };
    let took = exchange.timing.service;
    let line = format!("{} {}", exchange.request.method, exchange.request.url);
    let response = match &exchange.result {
        Ok(response) => response,
        Err(error) => return probe(took, State::Down, Some(Why::Transport(error.kind)), None, &format!("{line}: {error}")),
    };
    let status = Some(response.status);
    let said = |what: &str| {
        let body = String::from_utf8_lossy(&response.body);
        format!("{line}: {}{what}\n{body}", response.status)
    };
    match called.wrong {
        _ if response.status >= 500 => probe(took, State::Down, Some(Why::ServerError), status, &said("")),
        _ if response.status == 429 => probe(took, State::Degraded, Some(Why::Throttled), status, &said("")),
        Some(wrong) => probe(took, State::Degraded, Some(Why::NonConforming), status, &said(&format!(", {wrong}"))),
        None if planned.slow.is_some_and(|slow| took > slow) => {
            probe(took, State::Degraded, Some(Why::Slow), status, &format!("{line}: {} after {took}", response.status))
        }
        None => probe(took, State::Up, None, status, ""),
    }
}

fn sending(planned: &PlannedProbe) -> Option<(&PlannedStep, &PlannedSend)> {
    planned.case.steps.iter().find_map(|step| match &step.kind {
        PlannedKind::Send(send) => Some((step, &**send)),
        _ => None,
    })
}

async fn call(
    watching: &Watching,
    suite: usize,
    case: &str,
    step: &PlannedStep,
    send: &PlannedSend,
    remembered: &Map<String, Value>,
    timeout: Duration,
) -> Called {
    let world = &watching.world;
    let planned = &watching.planned.plan.suites[suite];
    let maker = Maker { planned, origins: &world.origins, environment: &world.environment, seed: world.seed, case };
    let names = names(world, &maker, remembered);
    let made = match make(watching, &maker, send, &names).await {
        Ok(made) => made,
        Err(why) => return Called { exchange: Err(why), wrong: None },
    };
    let once = made.read_once();
    let crate::request::maker::Made { request, operation, rules } = made;
    let client = &world.client;
    let sent = if once { client.send_once(&request, timeout).await } else { client.send(&request, timeout).await };
    let exchange = Exchange {
        id: ExchangeId(0),
        direction: Direction::Outbound,
        operation: operation.as_ref().map(|o| o.id.clone()),
        request,
        result: sent.result,
        timing: sent.timing,
    };
    let bound = Bound {
        rules: Some(&rules),
        operation: operation.as_deref(),
        expect: &send.expect,
        cited: step.cited.as_ref(),
        means: Means { scope: &names, schemas: &by_schema },
    };
    let judged = answer(&exchange, bound);
    let found = judged.findings.iter().find(|f| f.severity == Severity::Error);
    let wrong = found.map(|f| format!("{}: {}", f.message, f.actual)).or_else(|| judged.errors.first().cloned());
    Called { exchange: Ok(exchange), wrong }
}

async fn make(
    watching: &Watching,
    maker: &Maker<'_>,
    send: &PlannedSend,
    names: &Names,
) -> Result<crate::request::maker::Made, NotMade> {
    let mut made = maker.request(send, names).map_err(NotMade::Request)?;
    let mut credentials = maker.credentials(send, &made, names).map_err(NotMade::Request)?;
    for credential in &mut credentials {
        if let Some(identity) = credential.needs_token_of() {
            let token = watching.tokens.of(&watching.world, identity).await.map_err(NotMade::Token)?;
            *credential = credential.clone().with_token(token.expose());
        }
    }
    maker.identify(send, &mut made.request, credentials).map_err(NotMade::Request)?;
    Ok(made)
}

fn by_schema(schema: &Value, value: &Value) -> Result<(), String> {
    SchemaSet::inline(schema)?.violations(value).into_iter().next().map_or(Ok(()), |violation| Err(violation.message))
}
