//! The HTTP face of the three APIs and of the token endpoint: routing, authorization, bodies, and the answer of each operation.
//!
//! Path and method are judged first, then the token, then the request. Opens no connection and keeps no state.

use crate::model::http::{Request, Response};
use crate::sandbox::answer::{Api, Refusal, json_response, method_not_allowed};
use crate::sandbox::body::{object, required_text};
use crate::sandbox::faults::{Fault, Faults};
use crate::sandbox::signature::{self, Lack};
use crate::sandbox::state::{Launch, Outcome, State};
use crate::sandbox::text::percent_decoded;
use crate::sandbox::tokens::Grant;
use jiff::Timestamp;
use serde_json::{Value, json};

const ADMINISTRATOR: &str = "notification:consent:administrator";
const CONSUMER: &str = "notification:consent:consumer";
const LAAS: &str = "oob";

/// An operation of the three APIs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Token,
    RegisterCallback,
    GetCallback,
    ListNotifications,
    CreateSubscription,
    GetSubscription,
    DeleteSubscription,
    RetrieveNotifications,
    CreateSignature,
    GetSignature,
    GetProposal,
}

/// The operations of one path, by method.
type Methods = &'static [(&'static str, Operation)];

/// Where a path leads: its API, its operations, and its one parameter as written.
fn route(path: &str) -> (Api, Methods, &str) {
    use Operation as O;
    let parts: Vec<&str> = path.strip_prefix('/').unwrap_or(path).split('/').collect();
    let pull = path == "/notification/v2" || path.starts_with("/notification/v2/");
    let api = if pull { Api::Pull } else { Api::Laas };
    let (methods, parameter): (Methods, &str) = match parts.as_slice() {
        ["auth", "oauth", "v2", "token"] => (&[("POST", O::Token)], ""),
        ["laas-notifications", "v1", "partners", id, "callback"] => {
            (&[("GET", O::GetCallback), ("PUT", O::RegisterCallback)], *id)
        }
        ["laas-notifications", "v1", "partners", id, "notifications"] => (&[("GET", O::ListNotifications)], *id),
        ["notification", "v2", "subscriptions"] => (&[("POST", O::CreateSubscription)], ""),
        ["notification", "v2", "subscriptions", id] => (&[("GET", O::GetSubscription), ("DELETE", O::DeleteSubscription)], *id),
        ["notification", "v2", "subscriptions", id, "notifications"] => (&[("GET", O::RetrieveNotifications)], *id),
        ["contract-signature", "v1", "signatures"] => (&[("POST", O::CreateSignature)], ""),
        ["contract-signature", "v1", "signatures", id] => (&[("GET", O::GetSignature)], *id),
        ["contract-signature", "v1", "proposals", id] => (&[("GET", O::GetProposal)], *id),
        _ => (&[], ""),
    };
    let empty = parameter.is_empty() && parts.iter().any(|part| part.is_empty());
    (api, if empty { &[] } else { methods }, parameter)
}

/// Answers a request to one of the APIs.
pub(super) fn answer(
    state: &mut State,
    request: &Request,
    now: Timestamp,
    outcome: &mut Outcome,
) -> (Response, Option<Operation>) {
    let (api, methods, parameter) = route(request.path());
    if methods.is_empty() {
        return (Refusal::new(404, "NOT_FOUND", "There is no such path.").response(api, &state.faults), None);
    }
    let head = request.method == "HEAD" && !state.faults.has(Fault::HeadRefused);
    let method = if head { "GET" } else { request.method.as_str() };
    let Some((_, operation)) = methods.iter().find(|(m, _)| *m == method) else {
        let refusal =
            method_not_allowed(methods.iter().map(|(m, _)| *m), &request.method, state.faults.has(Fault::AllowIncomplete));
        return (refusal.response(api, &state.faults), None);
    };
    let call = Call { request, parameter, now, head };
    let answer = perform(state, *operation, &call, outcome).unwrap_or_else(|refusal| refusal.response(api, &state.faults));
    (answer, Some(*operation))
}

/// A request on its way to its operation.
struct Call<'a> {
    request: &'a Request,
    /// The path parameter as written.
    parameter: &'a str,
    now: Timestamp,
    head: bool,
}

impl Call<'_> {
    /// The path parameter, decoded; one that cannot be is left as written, and so is found nowhere.
    fn id(&self) -> String {
        percent_decoded(self.parameter).unwrap_or_else(|| self.parameter.to_owned())
    }
}

fn perform(state: &mut State, operation: Operation, call: &Call<'_>, outcome: &mut Outcome) -> Result<Response, Refusal> {
    use Operation as O;
    match operation {
        O::Token => Ok(state.issue(call.request, call.now)),
        O::RegisterCallback | O::GetCallback | O::ListNotifications => push(state, operation, call),
        O::CreateSubscription | O::GetSubscription | O::DeleteSubscription | O::RetrieveNotifications => {
            pull(state, operation, call, outcome)
        }
        O::CreateSignature => create_signature(state, call, outcome),
        O::GetSignature => {
            let grant = authorize(state, call, LAAS)?;
            let envelope = state.envelope(&call.id()).filter(|e| e.partner == grant.partner);
            let unknown = || Refusal::new(404, "UNKNOWN_SIGNATURE", "There is no such signature.");
            Ok(json_response(200, &envelope.ok_or_else(unknown)?.shown(&state.faults)))
        }
        O::GetProposal => get_proposal(state, call),
    }
}

fn authorize(state: &State, call: &Call<'_>, scope: &'static str) -> Result<Grant, Refusal> {
    let lasting = state.faults.has(Fault::ExpiredTokenAccepted) && call.request.method == "GET";
    let now = if lasting { Timestamp::MIN } else { call.now };
    let granted = state.tokens.authorize(&call.request.headers, scope, now, &state.faults);
    match granted {
        Err(refusal) if is_served_anyway(&refusal, call.request, &state.faults) => Ok(state.tokens.anyone(scope, call.now)),
        granted => granted,
    }
}

/// For the faults that do not look at tokens. Only where something is created: there an answer cannot be 404 for another reason.
fn is_served_anyway(refusal: &Refusal, request: &Request, faults: &Faults) -> bool {
    let bare = request.headers.get("authorization").is_none();
    let served = match refusal.code {
        "UNAUTHORIZED" => bare && faults.has(Fault::NoTokenAccepted),
        "INVALID_TOKEN" => faults.has(Fault::BogusTokenAccepted),
        "INSUFFICIENT_SCOPE" => faults.has(Fault::WrongScopeAccepted),
        _ => false,
    };
    served && request.method == "POST"
}

fn push(state: &mut State, operation: Operation, call: &Call<'_>) -> Result<Response, Refusal> {
    let grant = authorize(state, call, LAAS)?;
    let id = call.id();
    if !state.push.knows(&id) {
        return Err(Refusal::new(404, "UNKNOWN_PARTNER", "There is no such partner."));
    }
    if grant.partner.as_ref() != Some(&id) && !state.faults.has(Fault::OtherClientReads) {
        return Err(Refusal::new(403, "INSUFFICIENT_SCOPE", "The token does not give access to this partner.")
            .challenged(Some("insufficient_scope"), None));
    }
    match operation {
        Operation::RegisterCallback => state.push.register(&id, &object(call.request)?, call.now, &state.faults),
        Operation::GetCallback => state.push.callback(&id, &state.faults),
        _ => state.push.list(&id, call.request.query(), &state.faults),
    }
}

fn pull(state: &mut State, operation: Operation, call: &Call<'_>, outcome: &mut Outcome) -> Result<Response, Refusal> {
    let administrative = matches!(operation, Operation::CreateSubscription | Operation::DeleteSubscription);
    let lax = operation == Operation::DeleteSubscription && state.faults.has(Fault::ConsumerDeletes);
    let mut grant = authorize(state, call, if administrative { ADMINISTRATOR } else { CONSUMER });
    if lax && grant.as_ref().is_err_and(|refusal| refusal.status == 403) {
        grant = authorize(state, call, CONSUMER);
    }
    let (grant, id) = (grant?, call.id());
    let (now, faults) = (call.now, &state.faults);
    let mut answer = match operation {
        Operation::CreateSubscription => return state.pull.create(&object(call.request)?, &grant.client, now, faults),
        Operation::DeleteSubscription => return state.pull.delete(&id, faults),
        Operation::GetSubscription => state.pull.get(&id, &grant.client, now, faults)?,
        _ => {
            let (answer, removal) = state.pull.retrieve(&id, &grant.client, call.head, now, faults)?;
            outcome.removal = removal;
            answer
        }
    };
    match (faults.has(Fault::NoStoreMissing), faults.has(Fault::Cacheable)) {
        (true, _) => {}
        (false, true) => answer.headers.push("cache-control", "max-age=60"),
        (false, false) => answer.headers.push("cache-control", "no-store"),
    }
    Ok(answer)
}

fn create_signature(state: &mut State, call: &Call<'_>, outcome: &mut Outcome) -> Result<Response, Refusal> {
    let grant = authorize(state, call, LAAS)?;
    let body = object(call.request)?;
    let empty = body.get("contractId").and_then(Value::as_str) == Some("") && state.faults.has(Fault::EmptyContractAccepted);
    let contract = if empty { "" } else { required_text(&body, "contractId")? };
    let (id, attempts) = state.launch(contract, grant.partner.as_deref(), call.now).map_err(|reason| match reason {
        Launch::Lacks(Lack::Signatories) => Refusal::new(400, "SIGNATORIES_UNDEFINED", "The contract has no signatories yet."),
        Launch::Lacks(Lack::Bank) => Refusal::new(400, "BANK_INFORMATION_UNDEFINED", "The contract has no bank account yet."),
        Launch::Lacks(Lack::Contract) => Refusal::new(404, "UNKNOWN_CONTRACT", "There is no such contract."),
        Launch::Twice => Refusal::new(409, "DUPLICATED_REQUEST", "The signature of this contract was already launched."),
    })?;
    outcome.attempts.extend(attempts);
    let shown = state.envelope(&id).map_or(Value::Null, |envelope| envelope.shown(&state.faults));
    let mut answer = json_response(201, &shown);
    let id = if state.faults.has(Fault::LocationElsewhere) { "SIG-0" } else { &id };
    let base = if state.faults.has(Fault::LocationRelative) { "" } else { "/contract-signature/v1/" };
    if !state.faults.has(Fault::LocationMissing) {
        answer.headers.push("location", format!("{base}signatures/{id}"));
    }
    Ok(answer)
}

fn get_proposal(state: &State, call: &Call<'_>) -> Result<Response, Refusal> {
    authorize(state, call, LAAS)?;
    let id = call.id();
    let contract =
        signature::contract_of(&id).ok_or_else(|| Refusal::new(404, "UNKNOWN_PROPOSAL", "There is no such proposal."))?;
    let moved =
        state.faults.has(Fault::ProposalMoves) && state.envelope_of(&contract).is_some_and(signature::Envelope::is_complete);
    let quotation = id.replacen("PRO-", "QUO-", 1);
    Ok(json_response(200, &json!({"id": id, "quotationId": quotation, "status": if moved { "SIGNED" } else { "ACCEPTED" }})))
}

#[cfg(test)]
#[path = "face_tests.rs"]
mod tests;
