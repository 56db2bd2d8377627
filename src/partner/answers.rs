//! The answers of a partner, right ones and those of its faults.
//!
//! Bodies tell the sender what is wrong and nothing of the inside, unless a fault says otherwise. Never decides which answer is due.

use crate::model::http::Response;
use crate::net::server::Reply;
use crate::partner::faults::{Fault, Faults};
use bytes::Bytes;
use serde_json::{Value, json};
use std::time::Duration;

/// The methods there are.
pub(super) const ALLOW: &str = "POST, OPTIONS";

/// A status alone.
pub(super) fn status(status: u16) -> Response {
    Response::new(status)
}

/// A problem (RFC 9457).
pub(super) fn problem(status: u16, title: &str) -> Response {
    with_json(status, "application/problem+json", &json!({"title": title, "status": status}))
}

/// A JSON body.
pub(super) fn with_json(status: u16, media_type: &str, body: &Value) -> Response {
    let mut response = Response::new(status);
    response.headers.push("content-type", media_type);
    response.body = body.to_string().into();
    response
}

/// 400, with what a fault lets out.
pub(super) fn bad_request(title: &str, faults: &Faults) -> Response {
    let inside = if faults.has(Fault::LeaksStackTrace) {
        "java.lang.IllegalArgumentException: unexpected token\n\tat com.partner.callback.NotificationController.post(NotificationController.java:42)\n\
         \tat java.base/java.lang.Thread.run(Thread.java:840)"
    } else if faults.has(Fault::LeaksPath) {
        "cannot parse the body: /srv/partner/app/src/callback/notification_controller.py line 42"
    } else {
        return problem(400, title);
    };
    let mut response = Response::new(400);
    response.headers.push("content-type", "text/plain; charset=utf-8");
    response.body = format!("{title}\n{inside}\n").into();
    response
}

/// 405 with the methods there are.
pub(super) fn method_not_allowed(faults: &Faults) -> Response {
    let mut response = problem(405, "only POST is taken here");
    if !faults.has(Fault::AllowMissing) {
        response.headers.push("allow", ALLOW);
    }
    response
}

/// 401 with what is asked for (RFC 9110 section 15.5.2).
pub(super) fn unauthorized(title: &str) -> Response {
    let mut response = problem(401, title);
    response.headers.push("www-authenticate", "Bearer realm=\"callbacks\"");
    response
}

/// Later, please.
pub(super) fn busy(status: u16) -> Response {
    let mut response = problem(status, "too many deliveries at once");
    response.headers.push("retry-after", "1");
    response
}

/// A redirect.
pub(super) fn moved(status: u16, to: &str) -> Response {
    let mut response = Response::new(status);
    response.headers.push("location", to);
    response
}

/// The answer to the handshake of CloudEvents (HTTP Webhook 1.0.2, section 4.2), or to a plain OPTIONS.
pub(super) fn handshake(origin: Option<&str>, faults: &Faults) -> Response {
    if faults.has(Fault::HandshakeServerError) {
        return problem(500, "an error");
    }
    let mut response = Response::new(200);
    response.headers.push("allow", ALLOW);
    if let Some(origin) = origin {
        let allowed = if faults.has(Fault::HandshakeOtherOrigin) { "eventemitter.example" } else { origin };
        response.headers.push("webhook-allowed-origin", allowed);
        response.headers.push("webhook-allowed-rate", "6000");
    }
    response
}

/// A reply that no endpoint should give, for every delivery.
pub(super) fn hostile(faults: &Faults) -> Option<Reply> {
    let flood = |head: &'static str, again: Bytes, times, every| {
        Some(Reply::Flood { first: Bytes::from_static(head.as_bytes()), again, times, every })
    };
    let field = || Bytes::from_static(b"x-padding: and so on, and so on, and so on\r\n");
    let zeros = || Bytes::from(vec![b'0'; 64 * 1024]);
    let ok = "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n";
    if faults.has(Fault::ClosesAtOnce) {
        Some(Reply::Close)
    } else if faults.has(Fault::Garbage) {
        Some(Reply::Raw(Bytes::from_static(b"\x00\xff\x13garbage, and no HTTP\r\n\r\n")))
    } else if faults.has(Fault::EndlessHead) {
        flood(ok, field(), u64::MAX, Duration::ZERO)
    } else if faults.has(Fault::EndlessBody) {
        flood("HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\n", zeros(), u64::MAX, Duration::ZERO)
    } else if faults.has(Fault::GiganticBody) {
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 1073741824\r\n\r\n";
        flood(head, zeros(), 1_073_741_824 / (64 * 1024), Duration::ZERO)
    } else if faults.has(Fault::Drips) {
        flood(ok, Bytes::from_static(b"x"), u64::MAX, Duration::from_secs(1))
    } else {
        None
    }
}
