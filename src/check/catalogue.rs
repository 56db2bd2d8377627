//! The closed list of checks: id, what it says, and the requirement it stands on.
//!
//! Names and sources only; how each one judges is in the file of its family.

use crate::model::check::{CheckId, Requirement};

/// A check and what it stands on.
#[derive(Clone, Copy, Debug)]
pub struct CheckInfo {
    /// Its id.
    pub id: CheckId,
    /// What it says, as a sentence fragment.
    pub title: &'static str,
    /// The requirement cited where the suite names none.
    pub requirement: &'static str,
    /// Where that requirement is written.
    pub source: &'static str,
}

impl CheckInfo {
    /// The requirement cited where the suite names none.
    #[must_use]
    pub fn requirement(&self) -> Requirement {
        Requirement { id: self.requirement.to_owned(), source: self.source.to_owned() }
    }
}

macro_rules! checks {
    ($($name:ident = $id:literal, $title:literal, $requirement:literal, $source:literal;)+) => {
        $(#[doc = concat!("`", $id, "`: ", $title, ".")] pub const $name: CheckId = CheckId($id);)+
        /// Every check there is.
        pub const ALL: &[CheckInfo] = &[$(CheckInfo { id: $name, title: $title, requirement: $requirement, source: $source }),+];
    };
}

checks! {
    TRANSPORT_ANSWERED = "transport.answered", "a request gets a whole HTTP answer", "rfc9112/message", "RFC 9112 section 2.1";
    STATUS_DOCUMENTED = "status.documented", "the status is one the operation documents", "openapi/responses", "OpenAPI 3.1 section 4.8.16, Responses Object";
    STATUS_EXPECTED = "status.expected", "the status is the one the case expects", "suite/expect-status", "the suite";
    MEDIA_TYPE_DOCUMENTED = "media_type.documented", "the media type is one documented for the status", "openapi/media-type", "OpenAPI 3.1 section 4.8.17, Response Object";
    BODY_PARSES = "body.parses", "a body is what its media type says: JSON, parts, text", "rfc8259/grammar", "RFC 8259 section 2";
    BODY_SCHEMA = "body.schema", "the body satisfies its schema", "openapi/schema", "OpenAPI 3.1 section 4.8.24, Schema Object";
    BODY_EXPECTED = "body.expected", "the body is as the case expects", "suite/expect-body", "the suite";
    HEADERS_REQUIRED = "headers.required", "a required header is there", "openapi/headers", "OpenAPI 3.1 section 4.8.21, Header Object";
    HEADERS_SCHEMA = "headers.schema", "a header's value satisfies its schema", "openapi/headers", "OpenAPI 3.1 section 4.8.21, Header Object";
    HEADERS_EXPECTED = "headers.expected", "a header is as the case expects", "suite/expect-headers", "the suite";
    ERROR_CODE_ENVELOPE = "error_code.envelope", "an error body bears its code where the catalogue says", "catalogue/envelope", "the suite's catalogue of error codes";
    ERROR_CODE_DOCUMENTED = "error_code.documented", "an error code is documented for this operation and status", "catalogue/codes", "the suite's catalogue of error codes";
    ERROR_CODE_EXPECTED = "error_code.expected", "the error code is the one the case expects", "suite/expect-error", "the suite";
    LIFECYCLE_INITIAL = "lifecycle.initial", "a new object begins in an initial state", "lifecycle/initial", "the suite's lifecycle";
    LIFECYCLE_TRANSITION = "lifecycle.transition", "a state is left only as declared", "lifecycle/transitions", "the suite's lifecycle";
    LIFECYCLE_INVARIANT = "lifecycle.invariant", "a declared relation holds", "lifecycle/invariants", "the suite's invariants";
    LIFECYCLE_UNCHANGED = "lifecycle.unchanged", "what never changes does not change", "lifecycle/unchanged", "the suite's invariants";
    SEMANTICS_ALLOW = "semantics.allow", "a 405 lists the methods there are", "rfc9110/allow-on-405", "RFC 9110 section 15.5.6";
    SEMANTICS_CHALLENGE = "semantics.challenge", "a refusal carries a challenge of the operation's scheme, with a realm", "rfc6750/challenge", "RFC 6750 section 3; RFC 9110 section 15.5.2";
    SEMANTICS_LOCATION = "semantics.location", "the Location of a 201 leads to a readable resource of the contract", "rfc9110/location-on-201", "RFC 9110 section 10.2.2";
    SEMANTICS_NO_CONTENT = "semantics.no_content", "a 204 carries no content", "rfc9110/no-content", "RFC 9110 sections 8.6 and 15.3.5";
    SEMANTICS_HEAD = "semantics.head", "a HEAD is answered as the GET would be, without the body", "rfc9110/head", "RFC 9110 section 9.3.2";
    SECURITY_ENFORCED = "security.enforced", "credentials that do not suffice are refused", "rfc6750/refusal", "RFC 6750 section 3.1";
    SECURITY_REFUSAL = "security.refusal", "a refusal has the status and error code of its reason", "rfc6750/error-codes", "RFC 6750 section 3.1";
    SECURITY_LEAK = "security.leak", "an error body shows nothing of the inside", "owasp/error-handling", "OWASP API Security Top 10 2023, API8";
    TIMING_LIMIT = "timing.limit", "the answer comes within the time the case allows", "suite/expect-time", "the suite";
    DELIVERY_ARRIVED = "delivery.arrived", "a delivery that is due arrives", "delivery/at-least-once", "LaaS Notifications 1.1.0, Use Cases";
    DELIVERY_SURPLUS = "delivery.surplus", "nothing more is delivered than is due", "delivery/no-surplus", "the suite";
    DELIVERY_STABLE_ID = "delivery.stable_id", "a replay bears the identifier of the first attempt", "standard-webhooks/id", "Standard Webhooks, Webhook headers";
    DELIVERY_IDENTICAL_BODY = "delivery.identical_body", "a replay has the body of the first attempt", "delivery/identical-body", "Standard Webhooks, Deliverability";
    DELIVERY_SCHEDULE = "delivery.schedule", "a replay comes at its time", "delivery/schedule", "LaaS Notifications, replay rule";
    DELIVERY_ORDER = "delivery.order", "deliveries come in the order of what happened", "delivery/order", "the suite";
    DELIVERY_EXACTLY_ONCE = "delivery.exactly_once", "nothing is retrieved twice", "pull/exactly-once", "OneWelcome Notification API, retrieve";
    DELIVERY_COMPLETE = "delivery.complete", "nothing is lost", "pull/complete", "OneWelcome Notification API, retrieve";
    SIGNATURE_PRESENT = "signature.present", "a delivery bears its signature headers", "standard-webhooks/headers", "Standard Webhooks, Webhook headers";
    SIGNATURE_VALID = "signature.valid", "the signature is right for the bytes received", "standard-webhooks/signature", "Standard Webhooks, Verifying webhooks";
    SIGNATURE_FRESH = "signature.fresh", "the attempt's timestamp is near the present", "standard-webhooks/timestamp", "Standard Webhooks, Verifying webhooks";
}

/// The entry of a check.
///
/// # Panics
/// Never for an id of this file: every constant is in the list.
#[must_use]
pub fn info(id: CheckId) -> &'static CheckInfo {
    ALL.iter().find(|c| c.id == id).expect("every CheckId constant stands in ALL")
}

/// The check a suite names in `as`.
#[must_use]
pub fn by_name(name: &str) -> Option<CheckId> {
    ALL.iter().map(|c| c.id).find(|id| id.0 == name)
}

/// Every id, as a suite may write it.
#[must_use]
pub fn names() -> Vec<&'static str> {
    ALL.iter().map(|c| c.id.0).collect()
}

#[cfg(test)]
mod tests {
    use super::{ALL, by_name};
    use std::collections::BTreeSet;

    #[test]
    fn ids_are_unique_and_found_by_name() {
        let ids: BTreeSet<_> = ALL.iter().map(|c| c.id).collect();
        assert_eq!(ids.len(), ALL.len());
        assert_eq!(by_name("delivery.order").map(|id| id.family()), Some("delivery"));
        assert_eq!(by_name("delivery.ordre"), None);
    }
}
