//! One delivery, judged: by what its callback documents, and by the signature its receiver was promised.
//!
//! The same for a run that waits for deliveries and for a receiver that listens. Pure: never waits, answers or remembers.

use crate::base::units::Nanos;
use crate::callback::scheme::Verification;
use crate::check::subject::{Body, Subject};
use crate::check::{conform, signature};
use crate::contract::Contract;
use crate::contract::model::Operation;
use crate::model::exchange::Exchange;
use crate::model::finding::Finding;
use crate::model::http::Response;
use crate::model::signing::SignatureScheme;

/// What deliveries to a receiver were promised to be signed with.
#[derive(Clone, Debug)]
pub struct Signed {
    /// What verifies them.
    pub verification: Verification,
    /// How far the time of an attempt may be from now.
    pub tolerance: Nanos,
}

/// Judges one delivery of a callback; `body` is its body, read once.
#[must_use]
pub fn judge(
    exchange: &Exchange,
    operation: &Operation,
    contract: &Contract,
    body: &Body,
    signed: Option<&Signed>,
) -> Vec<Finding> {
    let response = Response::new(0);
    let operation = Some(operation);
    let subject = Subject { exchange, request: &exchange.request, response: &response, body, operation, cited: None };
    // Only Standard Webhooks judges its own headers of id and time.
    let covered = signed.is_some_and(|s| matches!(s.verification.scheme(), SignatureScheme::StandardWebhooks(_)));
    let mut findings = conform::callback(&subject, contract, covered);
    if let Some(signed) = signed {
        findings.extend(signature::judge(exchange, operation, &signed.verification, signed.tolerance));
    }
    findings
}

/// True when a request has the method and the path of a callback, below whatever it was sent to.
#[must_use]
pub fn is_for(operation: &Operation, method: &str, path: &str) -> bool {
    method == operation.method && path.trim_end_matches('/') == operation.path.as_str().trim_end_matches('/')
}
