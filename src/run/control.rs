//! The environment's control: one request for each action.
//!
//! Knows the paths and nothing of what they do. A refusal is the environment's error, not a finding.

use crate::model::exchange::Exchange;
use crate::model::http::Request;
use crate::request::body::urlencoded;
use crate::run::ledger::Ledger;
use crate::run::world::{Lane, World};
use crate::suite::ast::step::ControlAction;
use bytes::Bytes;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Performs one action.
///
/// # Errors
/// A lower-case fragment where the environment has no control.
pub(super) async fn act(
    world: &World,
    lane: &Lane,
    ledger: &Ledger,
    case: &str,
    action: ControlAction,
    with: Map<String, Value>,
) -> Result<Arc<Exchange>, String> {
    let base = lane.control.as_ref().ok_or("the environment offers no control")?;
    let (method, path, body) = request(action, with);
    let mut request = Request::new(method, format!("{base}{path}"));
    if let Some(control) = &world.environment.control {
        for (name, value) in &control.headers {
            request.headers.push(name.clone(), value.expose().clone());
        }
    }
    if let Some(body) = body {
        request.headers.push("content-type", "application/json");
        request.body = Bytes::from(body.to_string());
    }
    let sent = world.client.send(&request, world.environment.limits.timeout.duration()).await;
    if matches!(action, ControlAction::Advance | ControlAction::SetClock | ControlAction::Reset) {
        lane.clock_moved();
    }
    Ok(ledger.sent(case, None, request, sent))
}

fn request(action: ControlAction, mut with: Map<String, Value>) -> (&'static str, String, Option<Value>) {
    match action {
        ControlAction::Advance => ("POST", "/clock".to_owned(), Some(json!({"advance": with.remove("by")}))),
        ControlAction::SetClock => ("POST", "/clock".to_owned(), Some(json!({"set": with.remove("to")}))),
        ControlAction::Clock => ("GET", "/clock".to_owned(), None),
        ControlAction::Event => ("POST", "/events".to_owned(), Some(Value::Object(with))),
        ControlAction::Notification => ("POST", "/notifications".to_owned(), Some(Value::Object(with))),
        ControlAction::Deliveries => {
            let pairs: Vec<(String, String)> =
                with.into_iter().map(|(k, v)| (k, v.as_str().map_or_else(|| v.to_string(), str::to_owned))).collect();
            let query = urlencoded(pairs.iter().map(|(k, v)| (k.as_str(), v.as_str())));
            ("GET", if query.is_empty() { "/deliveries".to_owned() } else { format!("/deliveries?{query}") }, None)
        }
        ControlAction::Allow => ("POST", "/allowed-endpoints".to_owned(), Some(Value::Object(with))),
        ControlAction::Faults => ("PUT", "/faults".to_owned(), Some(Value::Object(with))),
        ControlAction::Reset => ("POST", "/reset".to_owned(), Some(json!({}))),
    }
}

/// True when control answered with success.
pub(super) fn succeeded(exchange: &Exchange) -> bool {
    exchange.response().is_some_and(|r| (200..300).contains(&r.status))
}

/// What control answered, for a reader.
pub(super) fn refusal(exchange: &Exchange) -> String {
    match &exchange.result {
        Ok(response) => {
            let body = crate::check::subject::brief(&String::from_utf8_lossy(&response.body));
            format!(
                "the environment's control answered {} to {} {}: {body}",
                response.status,
                exchange.request.method,
                exchange.request.path()
            )
        }
        Err(error) => {
            format!("the environment's control did not answer {} {}: {error}", exchange.request.method, exchange.request.path())
        }
    }
}
