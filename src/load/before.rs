//! What is called once before a load: a registration, a subscription, an order to ask for.
//!
//! Calls, judges and remembers. Repeats nothing, and counts nothing for the load.

use crate::check::expected::Means;
use crate::load::World;
use crate::load::judge::{StepRules, in_full};
use crate::load::tokens::Tokens;
use crate::model::exchange::{Direction, Exchange, ExchangeId};
use crate::plan::load::PlannedLoad;
use crate::plan::{PlannedCase, PlannedKind};
use crate::request::capture::captured;
use crate::request::maker::Maker;
use crate::request::names::Names;
use crate::request::prepared::slow::Once;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Makes the calls, and gives what they captured.
///
/// # Errors
/// A lower-case fragment with the first call that was not answered as it should be.
pub(super) async fn call(planned: &PlannedLoad, world: &World, tokens: &Tokens) -> Result<Map<String, Value>, String> {
    let mut remembered = Map::new();
    for case in &planned.before {
        one(case, planned, world, tokens, &mut remembered)
            .await
            .map_err(|why| format!("before the load, {}: {why}", case.title))?;
    }
    Ok(remembered)
}

async fn one(
    case: &PlannedCase,
    planned: &PlannedLoad,
    world: &World,
    tokens: &Tokens,
    remembered: &mut Map<String, Value>,
) -> Result<(), String> {
    let suite = &planned.plan.suites[case.suite];
    let maker =
        Maker { planned: suite, origins: &world.origins, environment: &world.environment, seed: world.seed, case: &case.id };
    for step in &case.steps {
        let PlannedKind::Send(send) = &step.kind else { continue };
        let names = names(&maker, world, tokens, remembered);
        let once = Once::make(&maker, send, &names)?;
        let target = once.target();
        let (operation, rules) = (target.operation.clone(), Arc::clone(&target.rules));
        let request = once.parts();
        let sent = world.client.send_once(&request, world.environment.limits.timeout.duration()).await;
        let exchange = Exchange {
            id: ExchangeId(0),
            direction: Direction::Outbound,
            operation: operation.as_ref().map(|o| o.id.clone()),
            request,
            result: sent.result,
            timing: sent.timing,
        };
        let method = exchange.request.method.clone();
        let rules = StepRules { method, rules, operation, expect: Arc::new(send.expect.clone()), cited: step.cited.clone() };
        let judgement = in_full(&rules, &exchange, Means { scope: &names, schemas: &crate::load::journey::by_schema });
        if !judgement.is_clean() {
            let first = judgement.findings.first().map(|f| format!("{}: {}", f.message, f.actual));
            return Err(first.or(judgement.errors.first().cloned()).unwrap_or_else(|| "it is not as it should be".to_owned()));
        }
        let Ok(response) = &exchange.result else { continue };
        if response.status >= 400 && send.expect.status.is_none() {
            return Err(format!("it was answered {}", response.status));
        }
        for capture in &send.capture {
            let name = &capture.name.value;
            let value = captured(capture, response).ok_or_else(|| format!("there is nothing to remember as `{name}`"))?;
            remembered.insert(name.clone(), value);
        }
        let body: Value = serde_json::from_slice(&response.body).unwrap_or_default();
        for collect in &send.collect {
            let found: Vec<Value> = collect.path.select(&body).into_iter().map(|(_, v)| v.clone()).collect();
            remembered.insert(collect.name.value.clone(), Value::Array(found));
        }
    }
    Ok(())
}

fn names(maker: &Maker<'_>, world: &World, tokens: &Tokens, remembered: &Map<String, Value>) -> Names {
    let mut fixed = maker.known(&[], listeners(world));
    fixed.insert("unique".into(), json!(format!("u{:016x}", world.salt)));
    if let Some(Value::Object(auth)) = fixed.get_mut("auth") {
        for (name, token) in tokens.all() {
            if let Some(Value::Object(identity)) = auth.get_mut(&name) {
                identity.insert("token".into(), Value::String(token));
            } else {
                auth.insert(name, json!({ "token": token }));
            }
        }
    }
    Names { fixed, remembered: remembered.clone().into_iter().collect(), ..Names::default() }
}

/// The listeners as templates see them.
pub(super) fn listeners(world: &World) -> Value {
    Value::Object(world.listeners.iter().map(|(name, l)| (name.clone(), json!({ "url": l.url }))).collect())
}
