//! Whole answers with everything that is found in them: one fault, one finding; two faults, two.
//!
//! Tables over the small contract. Sends nothing.

use crate::base::pointer::Pointer;
use crate::base::units::Nanos;
use crate::callback::scheme::Verification;
use crate::callback::standard::{WebhookSecret, sign};
use crate::check::bench::{DECLARED, contract, delivery, exchange, expectation, response, suite};
use crate::check::expected::Means;
use crate::check::found::Judgement;
use crate::check::judgement::{Bound, answer};
use crate::check::rules::{Catalogue, Rules};
use crate::check::subject::{Body, Subject};
use crate::check::{conform, signature};
use crate::model::check::Requirement;
use crate::model::exchange::{Exchange, TransportError, TransportErrorKind};
use crate::model::finding::Finding;
use crate::model::http::Response;
use crate::model::signing::{SignatureScheme, WebhookAlgorithm};
use crate::suite::ast::catalogue::OperationSet;
use crate::suite::template::Scope;
use serde_json::Value;
use std::collections::BTreeMap;

struct Nothing;

impl Scope for Nothing {
    fn lookup(&self, _name: &str) -> Option<Value> {
        None
    }
}

const MEANS: Means<'static> = Means { scope: &Nothing, schemas: &|_, _| Ok(()) };

/// The rules of the declarations that suites begin with.
pub(super) fn rules() -> Rules {
    let suite = suite(DECLARED, "cases: [{name: c, steps: [{call: listThings}]}]\n");
    let errors = suite.errors.clone().unwrap();
    let mut codes: BTreeMap<String, BTreeMap<u16, _>> = BTreeMap::new();
    for code in &errors.codes {
        for rule in &code.rules {
            let OperationSet::Named(operations) = &rule.operations else { continue };
            let status = rule.status.to_string().parse().unwrap();
            for operation in operations {
                let of_status: &mut std::collections::BTreeSet<String> =
                    codes.entry(operation.value.clone()).or_default().entry(status).or_default();
                of_status.insert(code.code.value.clone());
            }
        }
    }
    let bound = suite.invariants.iter().map(|invariant| crate::check::rules::BoundInvariant {
        invariant: invariant.clone(),
        requirement: Requirement { id: invariant.name.value.clone(), source: "here".into() },
    });
    Rules::new(contract(), Some(Catalogue { at: errors.at, codes }), suite.lifecycles.clone(), bound.collect())
}

fn judged(exchange: &Exchange, operation: Option<&str>, expect: &str) -> Judgement {
    let rules = rules();
    let operation = operation.map(|id| std::sync::Arc::clone(rules.contract.operation(id).unwrap()));
    let expect = expectation(expect);
    answer(exchange, Bound { rules: Some(&rules), operation: operation.as_deref(), expect: &expect, cited: None, means: MEANS })
}

fn shown(findings: &[Finding]) -> Vec<String> {
    findings
        .iter()
        .map(|f| format!("{}{}", f.check.0, f.instance.as_ref().map(|p| format!(" {p}")).unwrap_or_default()))
        .collect()
}

fn check(what: &str, operation: &str, response: Response, expect: &str, wanted: &[&str]) {
    let (method, path) = match operation {
        "createThing" => ("POST", "/things"),
        "dropThing" => ("DELETE", "/things/t1"),
        "listThings" => ("GET", "/things"),
        _ => ("GET", "/things/t1"),
    };
    let judgement = judged(&exchange(method, path, response, 0), Some(operation), expect);
    assert_eq!(
        (shown(&judgement.findings), judgement.errors),
        (wanted.iter().map(|s| (*s).to_owned()).collect(), vec![]),
        "{what}"
    );
}

const MADE: &[&str] = &["Location: /things/v1/things/t1"];
const THING: &str = r#"{"id":"t1","state":"OPEN"}"#;
const CHALLENGED: &[&str] = &["WWW-Authenticate: Bearer realm=\"things\", error=\"invalid_token\""];

#[test]
fn a_right_answer_finds_nothing() {
    check("created", "createThing", response(201, MADE, THING), "{status: 201, body: {$.state: OPEN}}", &[]);
    check("by class", "readThing", response(200, &[], THING), "{status: 2XX}", &[]);
    check("a range of the spec", "readThing", response(503, &[], ""), "{status: 503}", &[]);
    check("a code", "createThing", response(400, &[], r#"{"type":"BAD"}"#), "{error: BAD}", &[]);
    check("no content", "dropThing", response(204, &[], ""), "{status: 204, empty: true}", &[]);
    check("refused", "createThing", response(401, CHALLENGED, r#"{"type":"NO_TOKEN"}"#), "{denied: invalid_token}", &[]);
}

#[test]
fn each_fault_is_one_finding() {
    let create = |what, status, headers: &[&str], body, expect, wanted: &[&str]| {
        check(what, "createThing", response(status, headers, body), expect, wanted);
    };
    create("status", 202, &[], THING, "{status: 201, body: {$.state: DONE}}", &["status.documented"]);
    create("another", 400, &[], r#"{"type":"BAD"}"#, "{status: 201, body: {$.state: OPEN}}", &["status.expected"]);
    create(
        "media type",
        201,
        &[MADE[0], "Content-Type: text/plain"],
        "oops",
        "{body: {$.state: OPEN}}",
        &["media_type.documented"],
    );
    create("not JSON", 201, MADE, "{\"id\":", "{body: {$.state: OPEN}}", &["body.parses"]);
    create("empty", 201, &[MADE[0], "Content-Type: application/json"], "", "{empty: false}", &["body.parses"]);
    create("schema", 201, MADE, r#"{"id":1,"state":"OPEN"}"#, "{body: {$.id: t1}}", &["body.schema /id"]);
    create("value", 201, MADE, THING, "{body: {$.state: DONE}}", &["body.expected /state"]);
    create("no header", 201, &[], THING, "{headers: {Location: {exists: true}}}", &["headers.required"]);
    let count = &[MADE[0], "X-Count: many"];
    create("header's schema", 201, count, THING, "{headers: {X-Count: \"3\"}}", &["headers.schema"]);
    create("header", 201, MADE, THING, "{headers: {X-Kind: a}}", &["headers.expected"]);
    create(
        "Location",
        201,
        &["Location: /elsewhere"],
        THING,
        "{headers: {Location: {matches: things}}}",
        &["semantics.location"],
    );
    create("no code", 400, &[], r#"{"detail":"x"}"#, "{error: BAD}", &["error_code.envelope"]);
    create("unknown code", 400, &[], r#"{"type":"ODD"}"#, "{error: BAD}", &["error_code.documented /type"]);
    create("another code", 400, &[], r#"{"type":"WORSE"}"#, "{error: BAD}", &["error_code.expected /type"]);
    create("a leak", 400, &[], r#"{"type":"BAD","detail":"panicked at a"}"#, "{error: BAD}", &["security.leak"]);
    check("content", "dropThing", response(204, &[], "{}"), "{}", &["semantics.no_content"]);
    check("time", "readThing", response(200, &[], THING), "{time: {lt: 1ms}}", &["timing.limit"]);
    // A media type without a schema is JSON all the same.
    check("no schema", "drain", response(200, &[], "[1,"), "{}", &["body.parses"]);
    check(
        "as",
        "readThing",
        response(200, &[], THING),
        "{body: {$.id: x}, as: delivery.exactly_once}",
        &["delivery.exactly_once /id"],
    );
}

#[test]
fn faults_that_have_nothing_to_do_with_each_other_are_all_found() {
    let create = |headers: &[&str], body, expect, wanted: &[&str]| {
        check(body, "createThing", response(201, headers, body), expect, wanted);
    };
    let odd = r#"{"id":"t1","state":"OPEN","count":"x"}"#;
    create(MADE, odd, "{body: {$.state: DONE}}", &["body.schema /count", "body.expected /state"]);
    create(&[], odd, "{headers: {X-Kind: a}}", &["headers.required", "body.schema /count", "headers.expected"]);
    // What is missing may be what was expected: the object as a whole is broken.
    create(MADE, r#"{"id":"t1"}"#, "{body: {$.state: DONE}}", &["body.schema "]);
    let body = r#"{"type":"BAD","detail":1}"#;
    check(body, "createThing", response(400, &[], body), "{error: WORSE}", &["body.schema /detail", "error_code.expected /type"]);
    let trace = r#"{"detail":"panicked at src"}"#;
    check("an undocumented 500", "createThing", response(500, &[], trace), "{}", &["security.leak", "status.documented"]);
    let refused = response(401, CHALLENGED, r#"{"type":"NO_TOKEN"}"#);
    check("denied, and a status", "createThing", refused, "{denied: invalid_token, status: 403}", &["status.expected"]);
}

#[test]
fn refusals_are_those_of_rfc_6750() {
    let no_error = "WWW-Authenticate: Bearer realm=\"things\"";
    let scope = "WWW-Authenticate: Bearer realm=\"things\", error=\"insufficient_scope\"";
    let no_realm = "WWW-Authenticate: Bearer error=\"invalid_token\"";
    let basic = "WWW-Authenticate: Basic realm=\"things\"";
    let (token, forbidden, bad) = (r#"{"type":"NO_TOKEN"}"#, r#"{"type":"NO_SCOPE"}"#, r#"{"type":"BAD"}"#);
    type Row<'r> = (&'r str, u16, &'r [&'r str], &'r str, &'r [&'r str]);
    let rows: &[Row<'_>] = &[
        ("no_token", 401, &[no_error], token, &[]),
        ("no_token", 401, CHALLENGED, token, &["security.refusal"]),
        ("no_token", 401, &[basic], token, &["semantics.challenge"]),
        ("no_token", 401, &[], token, &["semantics.challenge"]),
        ("no_token", 201, MADE, THING, &["security.enforced"]),
        ("no_token", 403, &[], forbidden, &["security.refusal"]),
        ("invalid_token", 401, &[no_error], token, &["security.refusal"]),
        ("invalid_token", 401, &[no_realm], token, &["semantics.challenge"]),
        ("insufficient_scope", 403, &[scope], forbidden, &[]),
        ("insufficient_scope", 403, &[], forbidden, &["semantics.challenge"]),
        ("insufficient_scope", 401, CHALLENGED, token, &["security.refusal"]),
        ("malformed_token", 400, &[], bad, &[]),
        ("malformed_token", 400, CHALLENGED, bad, &["security.refusal"]),
        ("other_client", 403, &[], forbidden, &[]),
        ("other_client", 201, MADE, THING, &["security.enforced"]),
    ];
    for (reason, status, headers, body, wanted) in rows {
        let expect = format!("{{denied: {reason}}}");
        check(&format!("{reason} {status} {headers:?}"), "createThing", response(*status, headers, body), &expect, wanted);
    }
}

#[test]
fn head_and_405_are_judged_by_http() {
    let run = |method: &str, operation, response| {
        shown(&judged(&exchange(method, "/things/t1", response, 0), operation, "{}").findings)
    };
    let read = Some("readThing");
    assert_eq!(run("HEAD", read, response(200, &[], "")), Vec::<String>::new());
    assert_eq!(run("HEAD", read, response(200, &[], THING)), ["semantics.head"]);
    assert_eq!(run("HEAD", read, response(405, &["Allow: GET, DELETE"], "")), ["semantics.head"]);
    assert_eq!(run("PUT", None, response(405, &["Allow: GET, DELETE"], "")), Vec::<String>::new());
    assert_eq!(run("PUT", None, response(405, &["Allow: GET"], "")), ["semantics.allow"]);
    assert_eq!(run("PUT", None, response(405, &["Allow: GET, DELETE, PUT"], "")), ["semantics.allow"]);
    assert_eq!(run("PUT", None, response(405, &[], "")), ["semantics.allow"]);
    assert_eq!(run("PUT", None, response(418, &[], "{")), ["body.parses"]);
}

#[test]
fn a_target_below_a_path_of_its_own_is_understood() {
    let mut made = exchange("POST", "/things", response(201, &["Location: /gateway/things/v1/things/t1"], THING), 0);
    made.request.url = "https://host/gateway/things/v1/things".to_owned();
    assert_eq!(shown(&judged(&made, Some("createThing"), "{}").findings), Vec::<String>::new());
}

#[test]
fn no_answer_and_no_value_are_never_a_pass() {
    let mut lost = exchange("GET", "/things/t1", Response::new(200), 0);
    lost.result = Err(TransportError { kind: TransportErrorKind::Reset, detail: "gone".into() });
    let judgement = judged(&lost, Some("readThing"), "{status: 200, body: {$.id: t1}}");
    assert_eq!((shown(&judgement.findings), judgement.is_clean()), (vec!["transport.answered".to_owned()], false));
    let read = exchange("GET", "/things/t1", response(200, &[], THING), 0);
    let judgement = judged(&read, Some("readThing"), "{body: {$.id: \"${unique}\"}}");
    assert_eq!((judgement.findings.len(), judgement.errors), (0, vec!["`${unique}` holds nothing".to_owned()]));
}

#[test]
fn a_finding_says_what_was_wanted_and_what_was_found() {
    let read = exchange("GET", "/things/t1", response(200, &[], r#"{"id":1,"state":"OPEN"}"#), 7);
    let found = judged(&read, Some("readThing"), "{}").findings.remove(0);
    assert_eq!((found.check.0, &*found.expected, &*found.actual), ("body.schema", "a string", "1"));
    assert_eq!((found.instance, found.operation.as_deref()), (Some(Pointer::from_escaped("/id")), Some("readThing")));
    assert_eq!((found.exchange, found.requirement.id.as_str()), (Some(read.id), "openapi/schema"));
    assert!(found.schema.is_some_and(|s| s.as_str().ends_with("/properties/id/type")));
}

#[test]
fn a_delivery_is_judged_by_its_callback() {
    let contract = contract();
    let operation = &contract.callback("createThing.told").unwrap().operation;
    let run = |headers: &[(&str, &str)], body: &str, signed| {
        let exchange = delivery(headers, body, 204, 0);
        let (none, read) = (Response::new(0), Body::read(&exchange.request.headers, &exchange.request.body));
        let subject = Subject {
            exchange: &exchange,
            request: &exchange.request,
            response: &none,
            body: &read,
            operation: Some(operation),
            cited: None,
        };
        shown(&conform::callback(&subject, &contract, signed))
    };
    let json = ("content-type", "application/json");
    let whole = [json, ("webhook-id", "1"), ("x-turn", "3")];
    assert_eq!(run(&whole, r#"{"n":1}"#, false), Vec::<String>::new());
    assert_eq!(run(&whole[..2], r#"{"n":1}"#, false), ["headers.required"]);
    assert_eq!(run(&[json, ("x-turn", "3")], r#"{"n":1}"#, false), ["headers.required"], "unsigned, so nobody else says it");
    assert_eq!(run(&[json, ("x-turn", "3")], r#"{"n":1}"#, true), Vec::<String>::new(), "signature.present says it");
    assert_eq!(run(&[json, whole[1], ("x-turn", "one")], r#"{"n":1}"#, true), ["headers.schema"]);
    assert_eq!(run(&whole, r#"{"n":"1"}"#, true), ["body.schema /n"]);
    assert_eq!(run(&whole, "{", true), ["body.parses"]);
    assert_eq!(run(&whole[1..], r#"{"n":1}"#, true), ["media_type.documented"], "a body, though none is required");
    assert_eq!(run(&[("content-type", "text/plain"), whole[1], whole[2]], "n", true), ["media_type.documented"]);
}

#[test]
fn a_signature_is_right_or_wrong_in_one_way() {
    let secret = WebhookSecret::from_bytes(b"key".to_vec());
    let scheme = SignatureScheme::StandardWebhooks(WebhookAlgorithm::V1);
    let verification = Verification::new(&scheme, &secret.spelled()).unwrap();
    let began = delivery(&[], "", 204, 0).timing.began.as_second();
    let run = |id: Option<&str>, at: i64, signature: Option<&str>| {
        let at = at.to_string();
        let mut headers = vec![("webhook-timestamp", &*at)];
        headers.extend(id.map(|id| ("webhook-id", id)));
        headers.extend(signature.map(|s| ("webhook-signature", s)));
        let exchange = delivery(&headers, "{}", 204, 0);
        shown(&signature::judge(&exchange, None, &verification, Nanos(300_000_000_000)))
    };
    let right = sign(&secret, "m1", began, b"{}");
    assert_eq!(run(Some("m1"), began, Some(&right)), Vec::<String>::new());
    assert_eq!(run(Some("m2"), began, Some(&right)), ["signature.valid"]);
    assert_eq!(run(None, began, Some(&right)), ["signature.present"]);
    assert_eq!(run(Some("m1"), began, None), ["signature.present"]);
    assert_eq!(run(Some("m1"), began - 301, Some(&sign(&secret, "m1", began - 301, b"{}"))), ["signature.fresh"]);
    assert_eq!(run(Some("m1"), began + 301, Some(&sign(&secret, "m1", began + 301, b"{}"))), ["signature.fresh"]);
}
