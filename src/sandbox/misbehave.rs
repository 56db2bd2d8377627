//! The faults that bend a finished answer: its status, its media type, its bytes on the wire, its time.
//!
//! Works on what an operation answered, whatever that was. Never touches the state, and does nothing when no fault is on.

use crate::model::http::{Request, Response};
use crate::sandbox::answer::json_response;
use crate::sandbox::face::Operation;
use crate::sandbox::faults::{Fault, Faults};
use crate::sandbox::state::{Answer, Outcome};
use bytes::Bytes;
use serde_json::json;
use std::time::Duration;

/// How long a slow answer takes.
const SLOW: Duration = Duration::from_secs(3);
/// How long a racing retrieval leaves the items where they are.
const RACE: Duration = Duration::from_millis(250);

/// The answer as the faults that are on have it.
pub(super) fn bend(
    mut answer: Response,
    operation: Option<Operation>,
    request: &Request,
    faults: &Faults,
    outcome: &mut Outcome,
) -> Answer {
    let Some(operation) = operation.filter(|_| !faults.names().is_empty()) else { return Answer::Respond(answer) };
    let good = (200..300).contains(&answer.status);
    let on = |fault, of| operation == of && good && faults.has(fault);
    if on(Fault::DropsConnection, Operation::GetProposal) {
        return Answer::Close;
    }
    if on(Fault::GarbageAnswer, Operation::GetProposal) {
        return Answer::Raw(Bytes::from_static(b"\x16\x03\x01 this is no HTTP\r\n\r\n"));
    }
    if on(Fault::CutBody, Operation::GetProposal) {
        let mut bytes = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 4096\r\n\r\n".to_vec();
        bytes.extend_from_slice(&answer.body);
        return Answer::Raw(Bytes::from(bytes));
    }
    if answer.status == 204 && faults.has(Fault::NoContentWithBody) {
        return Answer::Raw(Bytes::from_static(
            b"HTTP/1.1 204 No Content\r\ncontent-type: application/json\r\ncontent-length: 4\r\nconnection: close\r\n\r\nnull",
        ));
    }
    if on(Fault::UndocumentedStatus, Operation::GetProposal) && request.method == "GET" {
        answer.status = 203;
    }
    if on(Fault::ServerError, Operation::GetCallback) {
        answer = json_response(500, &json!({"type": "INTERNAL_ERROR", "message": "Something went wrong."}));
    }
    if on(Fault::UnavailableCreate, Operation::CreateSubscription) {
        answer = json_response(503, &json!({"code": "NOT000001", "description": "Try again later."}));
    }
    if on(Fault::WrongMediaType, Operation::GetSignature) {
        answer.headers.set("content-type", "text/plain");
    }
    if on(Fault::MissingMediaType, Operation::GetProposal) {
        answer.headers.remove("content-type");
    }
    if on(Fault::InvalidJson, Operation::GetSignature) {
        let mut bytes = answer.body.to_vec();
        bytes.pop();
        bytes.extend_from_slice(b",}");
        answer.body = Bytes::from(bytes);
    }
    if on(Fault::EmptyBody, Operation::GetProposal) {
        answer.body = Bytes::new();
    }
    if on(Fault::SlowCreate, Operation::CreateSignature) {
        outcome.delay = Some(SLOW);
    }
    if outcome.removal.is_some() {
        outcome.delay = Some(RACE);
    }
    Answer::Respond(answer)
}
