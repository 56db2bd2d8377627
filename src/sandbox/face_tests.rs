//! What the face promises on every operation: paths, methods, tokens, error shapes, bodies.
//!
//! Works on the state machine alone: opens no connection and never waits.

use crate::model::http::Request;
use crate::sandbox::bench::{ADMIN, Bench, CALLBACK, CONSUMER, LAAS, LIST, SIGNATURES, SUBSCRIPTIONS};
use crate::sandbox::faults::Fault;
use jiff::SignedDuration;
use serde_json::json;

#[test]
fn unknown_paths_and_methods_are_answered_before_authorization() {
    let mut bench = Bench::new(&[]);
    for (method, path, status, code, allow) in [
        ("GET", "/", 404, "NOT_FOUND", None),
        ("GET", "/contract-signature/v1/nothing", 404, "NOT_FOUND", None),
        ("GET", "/contract-signature/v1/signatures/", 404, "NOT_FOUND", None),
        ("GET", "/notification/v2/nothing", 404, "NOT000006", None),
        ("GET", SIGNATURES, 405, "METHOD_NOT_ALLOWED", Some("POST")),
        ("HEAD", SIGNATURES, 405, "METHOD_NOT_ALLOWED", Some("POST")),
        ("DELETE", CALLBACK, 405, "METHOD_NOT_ALLOWED", Some("GET, HEAD, PUT")),
        ("PUT", LIST, 405, "METHOD_NOT_ALLOWED", Some("GET, HEAD")),
        ("PATCH", "/notification/v2/subscriptions/sub-1", 405, "NOT000004", Some("GET, HEAD, DELETE")),
        ("GET", "/auth/oauth/v2/token", 405, "METHOD_NOT_ALLOWED", Some("POST")),
        ("DELETE", "/_control/clock", 405, "METHOD_NOT_ALLOWED", Some("GET, HEAD, POST")),
        ("GET", "/_control/nothing", 404, "NOT_FOUND", None),
    ] {
        let seen = bench.call("", method, path, None);
        assert_eq!((seen.error(), seen.header("allow")), ((status, code), allow), "{method} {path}");
        assert_eq!(seen.header("content-type"), Some("application/json"));
    }
}

#[test]
fn every_operation_wants_a_token_with_its_scope() {
    let id = format!("{SUBSCRIPTIONS}/sub-1");
    let items = format!("{id}/notifications");
    for (method, path, wrong) in [
        ("PUT", CALLBACK, CONSUMER),
        ("GET", CALLBACK, CONSUMER),
        ("GET", LIST, CONSUMER),
        ("POST", SIGNATURES, CONSUMER),
        ("GET", "/contract-signature/v1/signatures/SIG-1", CONSUMER),
        ("GET", "/contract-signature/v1/proposals/PRO-COMPLETE", CONSUMER),
        ("POST", SUBSCRIPTIONS, CONSUMER),
        ("GET", &id, ADMIN),
        ("DELETE", &id, CONSUMER),
        ("GET", &items, LAAS),
    ] {
        let mut bench = Bench::new(&[]);
        let pull = path.starts_with("/notification/");
        let realm = if pull { "Bearer realm=\"notification\"" } else { "Bearer realm=\"laas\"" };
        let seen = bench.call("", method, path, None);
        assert_eq!(seen.error(), (401, if pull { "NOT000002" } else { "UNAUTHORIZED" }), "{method} {path}");
        assert_eq!(seen.header("www-authenticate"), Some(realm));

        let mut bad = Request::new(method, path);
        bad.headers.push("authorization", "Bearer nonsense");
        let seen = bench.send(&bad);
        assert_eq!(seen.error(), (401, if pull { "NOT000002" } else { "INVALID_TOKEN" }), "{method} {path}");
        assert_eq!(seen.header("www-authenticate"), Some(format!("{realm}, error=\"invalid_token\"").as_str()));

        bad.headers.set("authorization", "Bearer");
        assert_eq!(bench.send(&bad).error(), (400, if pull { "NOT000001" } else { "INVALID_REQUEST" }), "{method} {path}");

        let seen = bench.call(wrong, method, path, None);
        assert_eq!(seen.error(), (403, if pull { "NOT000003" } else { "INSUFFICIENT_SCOPE" }), "{method} {path}");
        assert!(seen.header("www-authenticate").is_some_and(|c| c.contains("error=\"insufficient_scope\"")));
    }
}

#[test]
fn a_token_ends_with_its_hour_on_the_sandbox_clock() {
    let mut bench = Bench::new(&[]);
    let mut request = Request::new("GET", LIST);
    let token = bench.token(LAAS);
    request.headers.push("authorization", format!("Bearer {token}"));
    bench.advance(SignedDuration::from_secs(3_599));
    assert_eq!(bench.send(&request).status, 200);
    bench.advance(SignedDuration::from_secs(1));
    assert_eq!(bench.send(&request).error(), (401, "INVALID_TOKEN"));
    let mut lax = Bench::new(&[Fault::ExpiredTokenAccepted]);
    let token = lax.token(LAAS);
    request.headers.set("authorization", format!("Bearer {token}"));
    lax.advance(SignedDuration::from_hours(2));
    assert_eq!(lax.send(&request).status, 200);
}

#[test]
fn bodies_are_told_apart_by_what_is_wrong_with_them() {
    let mut bench = Bench::new(&[]);
    let token = format!("Bearer {}", bench.token(LAAS));
    let admin = format!("Bearer {}", bench.token(ADMIN));
    for (media, body, code) in [
        ("application/json", "{}", "MISSING_VALUE"),
        ("application/json; charset=utf-8", "{\"other\": 1}", "MISSING_VALUE"),
        ("application/json", "{\"contractId\": null}", "INVALID_PARAMETER"),
        ("application/json", "{\"contractId\": 7}", "INVALID_PARAMETER"),
        ("application/json", "{\"contractId\": \"\"}", "INVALID_PARAMETER"),
        ("application/json", "{\"contractId\": ", "INVALID_PARAMETER"),
        ("application/json", "", "INVALID_PARAMETER"),
        ("application/json", "[]", "INVALID_PARAMETER"),
        ("text/plain", "{\"contractId\": \"SBX-ONGOING\"}", "INVALID_PARAMETER"),
    ] {
        let mut request = Request::new("POST", SIGNATURES);
        request.headers.push("authorization", token.as_str());
        request.headers.push("content-type", media);
        request.body = body.to_owned().into();
        assert_eq!(bench.send(&request).error(), (400, code), "{body}");
        request.url = SUBSCRIPTIONS.to_owned();
        request.headers.set("authorization", admin.as_str());
        assert_eq!(bench.send(&request).error(), (400, "NOT000001"), "{body}");
    }
    let seen = bench.call(LAAS, "POST", SIGNATURES, json!({"contractId": "SBX-ONGOING", "unknown": true}));
    assert_eq!(seen.status, 201, "unknown fields are ignored");
}

#[test]
fn the_control_api_says_what_it_cannot_do() {
    let mut bench = Bench::new(&[]);
    for (method, path, body) in [
        ("POST", "/clock", json!({})),
        ("POST", "/clock", json!({"advance": "-PT1S"})),
        ("POST", "/clock", json!({"advance": 5})),
        ("POST", "/clock", json!({"advance": "PT1S", "set": "2026-01-28T08:00:00Z"})),
        ("POST", "/clock", json!({"set": "soon"})),
        ("POST", "/events", json!({"client_id": "c"})),
        ("POST", "/notifications", json!({"partnerId": "PARTNER-1", "entity": "SIGNATURE", "event": "UPDATED"})),
        ("POST", "/allowed-endpoints", json!({"host": "https://h/"})),
        ("PUT", "/faults", json!({"no-such-fault": "on"})),
        ("PUT", "/faults", json!({"no-replay": "maybe"})),
    ] {
        assert_eq!(bench.control(method, path, body.clone()).status, 400, "{path} {body}");
    }
    let seen = bench.control("PUT", "/faults", json!({"no-replay": "on", "slow-create": "on"}));
    assert_eq!(seen.body, json!({"on": ["slow-create", "no-replay"]}));
    assert_eq!(bench.control("PUT", "/faults", json!({"slow-create": "off"})).body, json!({"on": ["no-replay"]}));
    let seen = bench.control("POST", "/clock", json!({"set": "2030-01-01T00:00:00Z"}));
    assert_eq!((seen.status, bench.now().to_string().as_str()), (200, "2030-01-01T00:00:00Z"));
    assert_eq!(bench.control("GET", "/clock", None).body, json!({"now": "2030-01-01T00:00:00Z"}));
    assert_eq!(bench.control("POST", "/reset", None).body, json!({"now": "2026-01-28T08:00:00Z"}));
}
