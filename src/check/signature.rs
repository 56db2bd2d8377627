//! The family `signature`: a delivery bears the signature its receiver was promised.
//!
//! Judges raw bytes as they arrived, at the instant they arrived. Holds no key beyond the call.

use crate::base::units::Nanos;
use crate::callback::signature::{SignatureFault, WebhookSecret, verify};
use crate::check::catalogue::{SIGNATURE_FRESH, SIGNATURE_PRESENT, SIGNATURE_VALID};
use crate::check::subject::{Fill, brief, finding};
use crate::contract::model::Operation;
use crate::model::exchange::Exchange;
use crate::model::finding::Finding;

/// Judges the Standard Webhooks headers of an inbound exchange.
#[must_use]
pub fn judge(exchange: &Exchange, operation: Option<&Operation>, secrets: &[WebhookSecret], tolerance: Nanos) -> Vec<Finding> {
    let Err(faults) = verify(&exchange.request.headers, &exchange.request.body, secrets, exchange.timing.began, tolerance) else {
        return Vec::new();
    };
    faults
        .into_iter()
        .map(|fault| {
            let text = fault.to_string();
            let found = match &fault {
                SignatureFault::MissingHeader(name) => finding(SIGNATURE_PRESENT, text, format!("the header {name}"), "absent"),
                SignatureFault::Stale { by, .. } | SignatureFault::FromTheFuture { by, .. } => finding(
                    SIGNATURE_FRESH,
                    text,
                    format!("an attempt time within {tolerance} of now"),
                    format!("{by} beyond it"),
                ),
                SignatureFault::BadTimestamp { sent: shown, .. } | SignatureFault::Malformed(shown) => {
                    finding(SIGNATURE_VALID, text, "headers as Standard Webhooks writes them", brief(shown))
                }
                SignatureFault::Mismatch(_) | SignatureFault::NotCovered(_) | SignatureFault::OtherBody(_) => {
                    finding(SIGNATURE_VALID, text, "a signature by the agreed secret over these bytes", "another signature")
                }
            };
            found.about(exchange, operation)
        })
        .collect()
}
