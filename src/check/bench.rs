//! A small contract, suites written against it, and exchanges: what tests of this floor and those above judge.
//!
//! Made from texts alone. Never used outside tests.

use crate::base::source::Source;
use crate::base::units::Nanos;
use crate::check::catalogue;
use crate::contract::{Contract, load};
use crate::model::exchange::{Direction, Exchange, ExchangeId, Timing};
use crate::model::http::{Request, Response};
use crate::suite::ast::Suite;
use crate::suite::ast::expect::Expect;
use crate::suite::ast::step::StepKind;
use crate::suite::load_suite;
use jiff::Timestamp;
use std::sync::Arc;

const SPEC: &str = r##"openapi: 3.1.0
info: {title: Things, version: "1"}
servers: [{url: /things/v1}]
security: [{oauth: []}]
paths:
  /things:
    post:
      operationId: createThing
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: "#/components/schemas/Thing"}, example: {owner: me}}}
      responses:
        "201":
          description: made
          headers: {Location: {required: true, schema: {type: string}}, X-Count: {schema: {type: integer}}}
          content: {application/json: {schema: {$ref: "#/components/schemas/Thing"}}}
        "400": {$ref: "#/components/responses/Bad"}
        "401": {$ref: "#/components/responses/Bad"}
        "403": {$ref: "#/components/responses/Bad"}
      callbacks:
        told:
          "{$request.body#/url}/told":
            post:
              parameters:
                - {name: webhook-id, in: header, required: true, schema: {type: string}}
                - {name: X-Turn, in: header, required: true, schema: {type: integer}}
              requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Told"}}}}
              responses: {"204": {description: heard}}
        asked:
          "{$request.body#/url}/asked":
            post:
              requestBody: {content: {application/json: {schema: {type: object, required: [why]}}}}
              responses: {"204": {description: heard}}
    get:
      operationId: listThings
      responses:
        "200":
          description: all
          content: {application/json: {schema: {type: array, items: {$ref: "#/components/schemas/Thing"}}}}
  /things/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      operationId: readThing
      responses:
        "200": {description: it, content: {application/json: {schema: {$ref: "#/components/schemas/Thing"}}}}
        "404": {$ref: "#/components/responses/Bad"}
        "5XX": {description: broken}
    delete:
      operationId: dropThing
      responses: {"204": {description: gone}}
  /drain:
    get:
      operationId: drain
      x-read-once: true
      parameters: [{name: size, in: query, required: true, schema: {type: integer}}]
      responses: {"200": {description: some, content: {application/json: {}}}}
components:
  securitySchemes: {oauth: {type: oauth2, flows: {clientCredentials: {tokenUrl: /token, scopes: {}}}}}
  responses:
    Bad: {description: no, content: {application/json: {schema: {$ref: "#/components/schemas/Error"}}}}
  schemas:
    Thing:
      type: object
      required: [id, state]
      properties:
        id: {type: string}
        state: {enum: [OPEN, DONE, FAILED, ODD]}
        owner: {type: string}
        count: {type: integer}
    Told: {type: object, required: [n], properties: {n: {type: integer}, id: {type: string}, thing: {$ref: "#/components/schemas/Thing"}}}
    Error: {type: object, required: [type], properties: {type: {type: string}, detail: {type: string}}}
"##;

/// What suites begin with, unless they say otherwise.
pub(crate) const DECLARED: &str = r#"errors:
  at: $.type
  codes:
    BAD: {status: 400, operations: [createThing]}
    WORSE: {status: 400, operations: [createThing]}
    NO_TOKEN: {status: 401, operations: [createThing]}
    NO_SCOPE: {status: 403, operations: [createThing]}
    UNKNOWN: {status: 404, operations: [readThing]}
lifecycles:
  thing:
    of: Thing
    id: $.id
    state: $.state
    initial: [OPEN]
    transitions: {OPEN: [DONE, FAILED], FAILED: [OPEN]}
    final: [DONE]
  invariants:
    - {name: done has an owner, source: here, on: Thing, when: {$.state: DONE}, then: {$.owner: {exists: true}}}
    - {name: the owner stays, source: here, on: Thing, id: $.id, unchanged: [$.owner]}
"#;

/// The small contract.
pub(crate) fn contract() -> Arc<Contract> {
    let source = Source::new("things.yaml", SPEC);
    let (contract, faults) = load(&source, &|_| Err("no other file".to_owned().into()));
    Arc::new(contract.unwrap_or_else(|| panic!("{:?}", faults.sorted())))
}

/// A suite over the small contract, with these lines after what suites begin with.
pub(crate) fn suite(declared: &str, lines: &str) -> Arc<Suite> {
    let text = format!("suite: things\nspec: things.yaml\n{declared}{lines}");
    let (suite, faults) = load_suite(&Source::new("suite.yaml", &*text), &catalogue::names());
    let shown: Vec<String> = faults.sorted().iter().map(|d| d.render(false)).collect();
    Arc::new(suite.filter(|_| shown.is_empty()).unwrap_or_else(|| panic!("{}\n{text}", shown.join("\n"))))
}

/// What a step expects, from `{status: 201}`.
pub(crate) fn expectation(yaml: &str) -> Expect {
    let suite = suite(DECLARED, &format!("cases: [{{name: c, steps: [{{call: listThings, expect: {yaml}}}]}}]\n"));
    match &suite.cases[0].steps[0].kind {
        StepKind::Call(call) => call.send.expect.clone(),
        other => panic!("{other:?}"),
    }
}

/// A response with a JSON media type, where there is a body; header lines such as `Location: /x`.
pub(crate) fn response(status: u16, headers: &[&str], body: &str) -> Response {
    let mut response = Response::new(status);
    response.body = body.to_owned().into();
    if !body.is_empty() && !headers.iter().any(|h| h.to_ascii_lowercase().starts_with("content-type")) {
        response.headers.push("content-type", "application/json");
    }
    for (name, value) in headers.iter().filter_map(|h| h.split_once(": ")) {
        response.headers.push(name, value);
    }
    response
}

/// An exchange that began `at` seconds after the beginning and took a tenth of a second.
pub(crate) fn exchange(method: &str, path: &str, response: Response, at: i64) -> Exchange {
    Exchange {
        id: ExchangeId(u64::try_from(at).unwrap_or_default()),
        direction: Direction::Outbound,
        operation: None,
        request: Request::new(method, format!("http://target/things/v1{path}")),
        result: Ok(response),
        timing: Timing { began: Timestamp::from_second(1_000_000 + at).unwrap(), service: Nanos(100_000_000) },
    }
}

/// A delivery that arrived `at` seconds after the beginning.
pub(crate) fn delivery(headers: &[(&str, &str)], body: &str, answered: u16, at: i64) -> Exchange {
    let mut arrived = exchange("POST", "", Response::new(answered), at);
    arrived.direction = Direction::Inbound;
    arrived.timing.service = Nanos(0);
    arrived.request = Request::new("POST", "/told");
    arrived.request.headers = headers.iter().copied().collect();
    arrived.request.body = body.to_owned().into();
    arrived
}
