//! The control API under `/_control`: what a test environment offers beside the APIs, and a live one does not.
//!
//! Asks for no token. A jump of the clock is only read here: the shell carries it out, since deliveries take part in it.

use crate::base::units::Nanos;
use crate::model::http::{Request, Response};
use crate::sandbox::answer::{Api, Refusal, json_response, method_not_allowed};
use crate::sandbox::body::{object_of_any_type as body, required_text};
use crate::sandbox::faults::{Fault, Faults};
use crate::sandbox::push::Event;
use crate::sandbox::state::{Outcome, State};
use crate::sandbox::text::{form_pairs, rfc3339};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

const PREFIX: &str = "/_control";

/// Whether a path belongs to the control API.
pub(super) fn is_control(path: &str) -> bool {
    path.strip_prefix(PREFIX).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether a request moves the clock, so that it must not run beside another that does.
pub(super) fn moves_clock(request: &Request) -> bool {
    request.method == "POST" && matches!(request.path().strip_prefix(PREFIX), Some("/clock" | "/reset"))
}

/// Answers a control request; `base` is the underlying clock.
pub(super) fn answer(state: &mut State, request: &Request, base: Timestamp, outcome: &mut Outcome) -> Response {
    let result = perform(state, request, base, outcome);
    // Control answers are never bent by a fault, or a faulty sandbox could not be steered.
    result.unwrap_or_else(|refusal| refusal.response(Api::Laas, &Faults::default()))
}

/// The answer to a jump that was carried out.
pub(super) fn clock_shown(now: Timestamp) -> Response {
    json_response(200, &json!({"now": now.to_string()}))
}

fn perform(state: &mut State, request: &Request, base: Timestamp, outcome: &mut Outcome) -> Result<Response, Refusal> {
    let now = state.clock.now(base);
    let path = request.path().strip_prefix(PREFIX).unwrap_or_default();
    let methods: &[&str] = match path {
        "/clock" => &["GET", "POST"],
        "/faults" => &["GET", "PUT"],
        "/deliveries" => &["GET"],
        "/events" | "/notifications" | "/allowed-endpoints" | "/reset" => &["POST"],
        _ => return Err(Refusal::new(404, "NOT_FOUND", "There is no such path.")),
    };
    let method = if request.method == "HEAD" { "GET" } else { request.method.as_str() };
    match (path, method) {
        ("/clock", "GET") => Ok(clock_shown(now)),
        ("/clock", "POST") => {
            outcome.jump = Some(jump(&body(request)?, now)?);
            Ok(clock_shown(now))
        }
        ("/faults", "GET") => Ok(json_response(200, &json!({"on": state.faults.names()}))),
        ("/faults", "PUT") => switch(state, &body(request)?),
        ("/deliveries", "GET") => {
            let pairs = form_pairs(request.query()).ok_or_else(|| Refusal::invalid("The query is malformed."))?;
            let partner = pairs.iter().find(|(name, _)| name == "partnerId").map(|(_, value)| value.as_str());
            known(state, partner)?;
            Ok(json_response(200, &state.push.deliveries(partner)))
        }
        ("/events", "POST") => happen(state, body(request)?, now),
        ("/notifications", "POST") => notify(state, &body(request)?, now, outcome),
        ("/allowed-endpoints", "POST") => {
            let body = body(request)?;
            if !state.push.allow(required_text(&body, "host")?) {
                return Err(Refusal::invalid("host must be a host, with or without a port."));
            }
            Ok(json_response(200, &json!({"hosts": state.push.allowed()})))
        }
        ("/reset", "POST") => {
            outcome.attempts.clear();
            state.reset();
            Ok(clock_shown(state.clock.now(base)))
        }
        _ => Err(method_not_allowed(methods.iter().copied(), "", false)),
    }
}

fn known(state: &State, partner: Option<&str>) -> Result<(), Refusal> {
    if partner.is_none_or(|p| state.push.knows(p)) {
        return Ok(());
    }
    Err(Refusal::new(404, "UNKNOWN_PARTNER", "There is no such partner."))
}

fn jump(body: &Map<String, Value>, now: Timestamp) -> Result<Timestamp, Refusal> {
    let text = |name: &str| body.get(name).map(|value| value.as_str().unwrap_or_default());
    match (text("advance"), text("set")) {
        (Some(by), None) => {
            let by = Nanos::parse(by).map_err(Refusal::invalid)?;
            let by = SignedDuration::from_nanos(i64::try_from(by.0).unwrap_or(i64::MAX));
            now.checked_add(by).map_err(|_| Refusal::invalid("advance leads beyond the last instant there is."))
        }
        (None, Some(to)) => rfc3339(to).ok_or_else(|| Refusal::invalid("set must be an RFC 3339 date-time.")),
        _ => Err(Refusal::invalid("one of advance and set is required.")),
    }
}

fn switch(state: &mut State, body: &Map<String, Value>) -> Result<Response, Refusal> {
    let mut wanted = Vec::new();
    for (name, value) in body {
        let fault = Fault::parse(name).map_err(Refusal::invalid)?;
        let on = match value {
            Value::Bool(on) => *on,
            Value::String(text) if text == "on" => true,
            Value::String(text) if text == "off" => false,
            _ => return Err(Refusal::invalid(format!("{name} must be on or off."))),
        };
        wanted.push((fault, on));
    }
    wanted.into_iter().for_each(|(fault, on)| state.faults.switch(fault, on));
    Ok(json_response(200, &json!({"on": state.faults.names()})))
}

fn happen(state: &mut State, mut body: Map<String, Value>, now: Timestamp) -> Result<Response, Refusal> {
    let event = required_text(&body, "event_type_id")?.to_owned();
    let client = required_text(&body, "client_id")?.to_owned();
    body.shift_remove("event_type_id");
    body.shift_remove("client_id");
    let (item, subscriptions) = state.pull.happen(&event, &client, &body, now, &state.faults);
    Ok(json_response(200, &json!({"subscriptions": subscriptions, "item": item})))
}

fn notify(state: &mut State, body: &Map<String, Value>, now: Timestamp, outcome: &mut Outcome) -> Result<Response, Refusal> {
    let partner = required_text(body, "partnerId")?;
    known(state, Some(partner))?;
    let event = Event {
        entity: required_text(body, "entity")?.to_owned(),
        event: required_text(body, "event")?.to_owned(),
        id: body.get("id").map(|_| required_text(body, "id").map(str::to_owned)).transpose()?,
        details: body.get("details").cloned(),
    };
    if !event.is_known() {
        return Err(Refusal::invalid("the entity has no such event."));
    }
    outcome.attempts.extend(state.push.emit(partner, &event, now, &state.faults));
    Ok(json_response(200, &json!({"notificationId": state.push.last_webhook_id()})))
}
