//! Tests of the family `endpoint`: answers as a partner might give them.
//!
//! Sends nothing.

use super::{Asked, Judged, acknowledged, allowed_rate, handshake, leak, method, retry_after, status, statuses};
use crate::base::units::Nanos;
use crate::model::certification::{ModuleId, ModuleResult};
use crate::model::check::Requirement;
use crate::model::exchange::{Direction, Exchange, ExchangeId, Timing, TransportError, TransportErrorKind};
use crate::model::http::{Request, Response};
use crate::suite::ast::profile::{ModuleSpec, Statuses};
use jiff::Timestamp;

fn spec(accept: &[Statuses], warn: &[Statuses]) -> ModuleSpec {
    ModuleSpec {
        required: true,
        requirement: Requirement { id: "callback/x".to_owned(), source: "a source".to_owned() },
        effect: None,
        accept: accept.to_vec(),
        warn: warn.to_vec(),
        count: None,
        size: None,
        within: None,
        ages: Vec::new(),
        methods: Vec::new(),
        media_types: Vec::new(),
    }
}

fn exchange(result: Result<Response, TransportErrorKind>) -> Exchange {
    Exchange {
        id: ExchangeId(7),
        direction: Direction::Outbound,
        operation: Some("PostNotification".to_owned()),
        request: Request::new("POST", "http://127.0.0.1/notifications"),
        result: result.map_err(|kind| TransportError { kind, detail: String::new() }),
        timing: Timing { began: Timestamp::UNIX_EPOCH, service: Nanos(0) },
    }
}

fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Exchange {
    let headers = headers.iter().copied().collect();
    exchange(Ok(Response { status, headers, body: body.to_owned().into() }))
}

fn judged(
    judge: impl Fn(&Asked<'_>, &Exchange) -> Judged,
    accept: &[Statuses],
    warn: &[Statuses],
    exchange: &Exchange,
) -> ModuleResult {
    let spec = spec(accept, warn);
    judge(&Asked { module: ModuleId::Methods, spec: &spec, what: "GET" }, exchange).result
}

#[test]
fn a_status_is_accepted_tolerated_or_wrong() {
    let accept = [Statuses::Class(2)];
    let warn = [Statuses::One(404)];
    for (given, result) in [
        (200, ModuleResult::Passed),
        (299, ModuleResult::Passed),
        (404, ModuleResult::Warning),
        (409, ModuleResult::Failed),
        (500, ModuleResult::Failed),
        (302, ModuleResult::Skipped),
        (304, ModuleResult::Failed),
    ] {
        assert_eq!(judged(status, &accept, &warn, &answer(given, &[], "")), result, "{given}");
    }
    assert_eq!(judged(status, &accept, &warn, &exchange(Err(TransportErrorKind::Reset))), ModuleResult::Failed);
    assert_eq!(judged(status, &accept, &warn, &exchange(Err(TransportErrorKind::Cancelled))), ModuleResult::Skipped);
}

#[test]
fn a_body_needs_a_media_type_and_a_405_its_methods() {
    let accept = [Statuses::Class(2), Statuses::One(405)];
    for (given, result) in [
        (answer(200, &[], "ok"), ModuleResult::Failed),
        (answer(200, &[("content-type", "text/plain")], "ok"), ModuleResult::Passed),
        (answer(200, &[], ""), ModuleResult::Passed),
        (answer(204, &[], ""), ModuleResult::Passed),
    ] {
        assert_eq!(judged(acknowledged, &accept, &[], &given), result, "{given:?}");
    }
    let refused = |headers: &[(&str, &str)]| {
        let given = Exchange { request: Request::new("GET", "http://127.0.0.1/x"), ..answer(405, headers, "") };
        judged(|a, x| method(a, x, "POST"), &accept, &[], &given)
    };
    assert_eq!(refused(&[]), ModuleResult::Failed);
    assert_eq!(refused(&[("Allow", "OPTIONS, POST")]), ModuleResult::Passed);
    for odd in ["", "PUT", "GET, POST"] {
        assert_eq!(refused(&[("Allow", odd)]), ModuleResult::Warning, "{odd}");
    }
}

#[test]
fn the_handshake_allows_us_or_does_not() {
    let accept = [Statuses::Class(2), Statuses::One(405)];
    let shake = |exchange: &Exchange| judged(|a, x| handshake(a, x, "us.example"), &accept, &[], exchange);
    for (given, result) in [
        (answer(405, &[("allow", "POST")], ""), ModuleResult::Passed),
        (answer(405, &[], ""), ModuleResult::Warning),
        (answer(200, &[], ""), ModuleResult::Warning),
        (answer(200, &[("webhook-allowed-origin", "*")], ""), ModuleResult::Passed),
        (answer(200, &[("WebHook-Allowed-Origin", "US.example")], ""), ModuleResult::Passed),
        (answer(200, &[("webhook-allowed-origin", "them.example")], ""), ModuleResult::Failed),
        (answer(500, &[], ""), ModuleResult::Failed),
    ] {
        assert_eq!(shake(&given), result, "{given:?}");
    }
    let rate = |headers: &[(&str, &str)]| answer(200, headers, "").response().and_then(|r| allowed_rate(r, "us.example"));
    assert_eq!(rate(&[("webhook-allowed-origin", "*"), ("webhook-allowed-rate", "120")]), Some(Some(120)));
    assert_eq!(rate(&[("webhook-allowed-origin", "us.example"), ("webhook-allowed-rate", "*")]), Some(None));
    assert_eq!(rate(&[("webhook-allowed-origin", "us.example")]), None);
    assert_eq!(rate(&[("webhook-allowed-rate", "*")]), None);
}

#[test]
fn the_inside_is_recognised_and_the_outside_is_not() {
    for inside in [
        "Traceback (most recent call last):\n  File \"/srv/hooks/app.py\", line 12, in handler",
        "Error: boom\n    at Object.handler (/app/src/index.js:10:5)",
        "at handler (index.js:3:7)",
        "java.lang.NullPointerException: x",
        "at com.example.Hook.handle(Hook.java)",
        "thread 'main' panicked at src/main.rs:4:5",
        "{\"error\": \"cannot open /var/lib/hooks/db.sqlite\"}",
        "cannot open C:\\hooks\\app\\x",
        "see /app/handlers/notify.rb",
        "SQLSTATE[23000]",
    ] {
        assert!(leak(inside).is_some(), "{inside}");
    }
    for outside in [
        "{\"type\":\"INVALID_PARAMETER\",\"message\":\"entity is missing\"}",
        "{\"source\":{\"pointer\":\"/data/attributes/title\"}}",
        "{\"instance\":\"/hooks/notifications\",\"type\":\"https://partner.example/errors/usr/1\"}",
        "Not Found at 10:45",
        "version 1.2.3 (build 4)",
        "",
    ] {
        assert_eq!(leak(outside), None, "{outside}");
    }
}

#[test]
fn the_time_to_come_back_is_seconds_or_a_date() {
    let after = |headers: &[(&str, &str)]| answer(429, headers, "").response().and_then(retry_after);
    assert_eq!(after(&[("retry-after", "3")]), Some(3));
    let date = ("date", "Sun, 22 Nov 2026 10:00:00 GMT");
    assert_eq!(after(&[("retry-after", "Sun, 22 Nov 2026 10:00:05 GMT"), date]), Some(5));
    assert_eq!(after(&[("retry-after", "Sun, 22 Nov 2026 09:00:00 GMT"), date]), Some(0));
    assert_eq!(after(&[("retry-after", "soon"), date]), None);
    assert_eq!(after(&[]), None);
}

#[test]
fn statuses_are_said_as_a_reader_would() {
    assert_eq!(statuses(&[Statuses::Class(2), Statuses::One(405), Statuses::One(404)]), "2XX, 405 or 404");
    assert_eq!(statuses(&[Statuses::One(401)]), "401");
}
