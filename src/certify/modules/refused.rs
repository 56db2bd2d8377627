//! What an endpoint has to refuse, and how: bodies, media types and methods that are no delivery.
//!
//! Everything is rightly signed, so that only what is asked about is wrong. Decides no status.

use crate::certify::deliver::Draft;
use crate::certify::stage::Run;
use crate::certify::tally::Tally;
use crate::check::endpoint::{self, Judged};
use crate::generate::SampleKind;
use crate::model::http::Request;
use crate::plan::certification::{Endpoint, SigningPlan};
use bytes::Bytes;

/// A required field missing, malformed JSON, no body.
pub(super) async fn invalid_body(run: &Run<'_>) -> Tally {
    let mut tally = Tally::new();
    for endpoint in &run.stage.plan.endpoints {
        let mut bodies: Vec<(String, Bytes, bool)> = endpoint
            .samples
            .iter()
            .filter_map(|s| match &s.kind {
                // What an endpoint does not read it need not miss: inside optional parts, acceptance is only odd.
                SampleKind::MissingRequired(at) => {
                    let body = Bytes::from(s.value.to_string());
                    Some((format!("a delivery with {}", s.label), body, at.tokens().count() > 1))
                }
                _ => None,
            })
            .collect();
        if let Some(sample) = endpoint.first() {
            let whole = sample.value.to_string();
            let cut: String = whole.chars().take(whole.chars().count() / 2).collect();
            bodies.push(("a delivery whose JSON ends in the middle".to_owned(), Bytes::from(cut), false));
        }
        bodies.push(("a delivery that is not JSON at all".to_owned(), Bytes::from_static(b"this is not JSON"), false));
        bodies.push(("a delivery without a body".to_owned(), Bytes::new(), false));
        for (what, body, lenient) in bodies {
            let draft = Draft::exactly(run.stage, endpoint, body);
            let Some(request) = draft.sealed(run.stage, run.now()) else { continue };
            let exchange = run.send(&endpoint.name, request).await;
            tally.add(match exchange.response() {
                Some(response) if lenient && (200..300).contains(&response.status) => {
                    let expected = endpoint::statuses(&run.spec.accept);
                    run.asked(&what).warning(format!("{what} was accepted"), expected, endpoint::shown(response), Some(&exchange))
                }
                _ => endpoint::status(&run.asked(&what), &exchange),
            });
        }
    }
    tally
}

/// A valid body under another media type.
pub(super) async fn content_type(run: &Run<'_>) -> Tally {
    let mut tally = Tally::new();
    for endpoint in &run.stage.plan.endpoints {
        let Some(sample) = endpoint.first() else { continue };
        for media_type in &run.spec.media_types {
            let mut draft = Draft::new(run.stage, endpoint, &sample.value);
            draft.media_type = Some(media_type.clone());
            let Some(request) = draft.sealed(run.stage, run.now()) else { continue };
            let exchange = run.send(&endpoint.name, request).await;
            tally.add(endpoint::status(&run.asked(&format!("a delivery as {media_type}")), &exchange));
        }
    }
    tally
}

/// Methods that the spec does not document.
pub(super) async fn methods(run: &Run<'_>) -> Tally {
    let mut tally = Tally::new();
    let keyless = matches!(run.stage.plan.signing, SigningPlan::KeyMissing(_));
    for endpoint in &run.stage.plan.endpoints {
        let documented =
            |method: &str| run.stage.plan.endpoints.iter().any(|e| e.url == endpoint.url && e.operation.method == method);
        for method in run.spec.methods.iter().filter(|m| !documented(m)) {
            let exchange = run.send(&endpoint.name, other_method(run, endpoint, method)).await;
            let refused = exchange.response().is_some_and(|r| matches!(r.status, 401 | 403));
            tally.add(if keyless && refused {
                Judged::skipped(format!("{method} was refused for want of a signature, and no key is given"))
            } else {
                endpoint::method(&run.asked(method), &exchange, &endpoint.operation.method)
            });
        }
    }
    tally
}

/// A request of that method, signed as deliveries are, so that an endpoint that verifies first comes to the method.
fn other_method(run: &Run<'_>, endpoint: &Endpoint, method: &str) -> Request {
    let value = endpoint.first().map(|s| s.value.to_string()).unwrap_or_default();
    let has_body = !matches!(method, "GET" | "HEAD" | "DELETE" | "OPTIONS" | "TRACE");
    let mut draft = Draft::exactly(run.stage, endpoint, if has_body { value } else { String::new() });
    method.clone_into(&mut draft.method);
    if !has_body {
        draft.media_type = None;
    }
    let now = run.now();
    draft.sealed(run.stage, now).unwrap_or_else(|| draft.addressed(run.stage, now))
}

/// The handshake by which an endpoint consents to deliveries (CloudEvents HTTP Webhook 1.0 section 4).
pub(super) async fn handshake(run: &Run<'_>) -> Tally {
    let mut tally = Tally::new();
    let origin = &run.stage.plan.profile.delivery.origin;
    for endpoint in &run.stage.plan.endpoints {
        let mut request = Request::new("OPTIONS", endpoint.url.clone());
        request.headers.push("WebHook-Request-Origin", origin.clone());
        let exchange = run.send(&endpoint.name, request).await;
        if let Some(response) = exchange.response() {
            tally.note(match endpoint::allowed_rate(response, origin) {
                None => format!("OPTIONS: {}", response.status),
                Some(None) => "the handshake allows any number of deliveries".to_owned(),
                Some(Some(rate)) => format!("the handshake allows {rate} deliveries a minute"),
            });
        }
        tally.add(endpoint::handshake(&run.asked("OPTIONS"), &exchange, origin));
    }
    tally
}
