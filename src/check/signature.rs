//! The family `signature`: a delivery bears the signature its receiver was promised.
//!
//! Judges raw bytes as they arrived, at the instant they arrived. Holds no key beyond the call.

use crate::base::units::Nanos;
use crate::callback::fault::SignatureFault;
use crate::callback::scheme::Verification;
use crate::check::catalogue::{SIGNATURE_FRESH, SIGNATURE_PRESENT, SIGNATURE_VALID};
use crate::check::subject::{Fill, brief, finding};
use crate::contract::model::Operation;
use crate::model::check::{CheckId, Requirement};
use crate::model::exchange::Exchange;
use crate::model::finding::Finding;
use crate::model::signing::SignatureScheme;

/// Judges the signature of an inbound exchange.
#[must_use]
pub fn judge(exchange: &Exchange, operation: Option<&Operation>, verification: &Verification, tolerance: Nanos) -> Vec<Finding> {
    let Err(faults) = verification.verify(&exchange.request, exchange.timing.began, tolerance) else {
        return Vec::new();
    };
    let scheme = verification.scheme();
    faults
        .into_iter()
        .map(|fault| {
            let text = fault.to_string();
            let (check, expected, actual) = match fault {
                SignatureFault::MissingHeader(name) => (SIGNATURE_PRESENT, format!("the header {name}"), "absent".to_owned()),
                SignatureFault::Stale { by, .. } | SignatureFault::FromTheFuture { by, .. } => {
                    (SIGNATURE_FRESH, format!("an attempt time within {tolerance} of now"), format!("{by} from now"))
                }
                SignatureFault::BadTimestamp { sent, .. } => (SIGNATURE_VALID, written(scheme).to_owned(), brief(&sent)),
                SignatureFault::Malformed(what) => (SIGNATURE_VALID, written(scheme).to_owned(), brief(&what)),
                SignatureFault::NotCovered(component) => {
                    (SIGNATURE_VALID, format!("a signature that covers {component}"), "one that does not".to_owned())
                }
                SignatureFault::OtherBody(algorithm) => {
                    (SIGNATURE_VALID, format!("the {algorithm} of these bytes"), "that of other bytes".to_owned())
                }
                SignatureFault::Mismatch(_) => (
                    SIGNATURE_VALID,
                    "a signature by the agreed secret over these bytes".to_owned(),
                    "another signature".to_owned(),
                ),
            };
            let mut found = finding(check, text, expected, actual).about(exchange, operation);
            if let Some(requirement) = requirement(scheme, check) {
                found.requirement = requirement;
            }
            found
        })
        .collect()
}

fn written(scheme: &SignatureScheme) -> &'static str {
    match scheme {
        SignatureScheme::StandardWebhooks(_) => "headers as Standard Webhooks writes them",
        SignatureScheme::HttpMessage(_) => "headers as RFC 9421 writes them",
        SignatureScheme::SharedSecret { .. } => "the agreed secret, once",
    }
}

/// What a finding stands on, where it is not Standard Webhooks.
fn requirement(scheme: &SignatureScheme, check: CheckId) -> Option<Requirement> {
    let (id, source) = match scheme {
        SignatureScheme::StandardWebhooks(_) => return None,
        SignatureScheme::SharedSecret { .. } => ("shared-secret/header", "the agreed signature scheme"),
        SignatureScheme::HttpMessage(_) if check == SIGNATURE_PRESENT => ("rfc9421/headers", "RFC 9421 section 4"),
        SignatureScheme::HttpMessage(_) => ("rfc9421/verification", "RFC 9421 section 3.2"),
    };
    Some(Requirement { id: id.to_owned(), source: source.to_owned() })
}
