//! What is prepared against what the maker makes, and against what the client sends.
//!
//! Random values and loopback alone. Judges no timing.

use crate::base::seed::Seed;
use crate::base::source::Source;
use crate::check::bench::suite;
use crate::contract::load;
use crate::model::http::Request;
use crate::net::client::{Client, ClientOptions};
use crate::plan::bind::{Selection, SuiteInput, bind};
use crate::plan::{Plan, PlannedKind, PlannedSend};
use crate::request::maker::Maker;
use crate::request::names::Names;
use crate::request::origins::Origins;
use crate::request::prepared::slot::{Held, SlotNames, SlotValue, Slots, Unfit};
use crate::request::prepared::slow::Once;
use crate::request::prepared::{Prepared, Ready};
use crate::suite::ast::environment::Environment;
use crate::suite::load_environment;
use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

const SPEC: &str = r#"openapi: 3.1.0
info: {title: Things, version: "1"}
servers: [{url: /v1}]
paths:
  /things/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      operationId: readThing
      parameters:
        - {name: q, in: query, schema: {type: string}}
        - {name: free, in: query, allowReserved: true, schema: {type: string}}
        - {name: X-Trace, in: header, schema: {type: string}}
        - {name: crumb, in: cookie, schema: {type: string}}
      responses: {"200": {description: it}}
  /styled/{id}:
    parameters: [{name: id, in: path, required: true, style: matrix, schema: {type: string}}]
    get: {operationId: styled, responses: {"200": {description: it}}}
  /things:
    post:
      operationId: makeThing
      requestBody:
        content:
          application/json: {}
          application/x-ndjson: {}
          application/x-www-form-urlencoded: {}
          multipart/form-data: {}
          text/plain: {}
          text/plain;charset=latin1: {}
      responses: {"201": {description: made}}
"#;

/// Steps of which every request can be prepared.
const READY: &[&str] = &[
    r#"{call: readThing, path: {id: fixed}}"#,
    r#"{call: readThing, path: {id: "${a}"}, query: {q: "x ${b}", other: "${c}"}}"#,
    r#"{call: readThing, path: {id: "no-${a}.x"}, headers: {X-Trace: "${b}", X-Own: "is ${c}; ${b}"}, cookies: {crumb: "${a}"}}"#,
    r#"{call: readThing, path: {id: x}, headers: {Cookie: "crumb=${a}", Accept: null}}"#,
    r#"{call: makeThing, body: {a: "${a}", b: ["x", "${b}"], c: "is \"${c}\" ${a}\n", "é": "${d.deep.0}"}}"#,
    r#"{call: makeThing, body: "${a}"}"#,
    r#"{call: makeThing, body: [{n: "${a}"}, {n: "${b}"}], content_type: application/x-ndjson}"#,
    r#"{call: makeThing, body: {a: "${a}", "b c": "x${b}"}, content_type: application/x-www-form-urlencoded}"#,
    r#"{request: "POST /v1/things", form: {a: "${a}", "b c": "x${b}"}}"#,
    r#"{call: makeThing, body: "a ${a}", content_type: text/plain}"#,
    r#"{call: makeThing, raw: "<a>${a}</a>", content_type: application/xml}"#,
    r#"{call: makeThing}"#,
    r#"{call: makeThing, auth: partner, body: {a: "${a}"}}"#,
    r#"{call: readThing, path: {id: "${a}"}, auth: {bearer: "${b}"}}"#,
    r#"{call: readThing, path: {id: "${a}"}, auth: partner, headers: {Authorization: "of ${b}"}}"#,
    r#"{request: "HEAD ${base}/things/1", query: {x: "${a}"}}"#,
    r#"{request: "DELETE /v1/things?x=1&y=tail", headers: {Host: other.example}}"#,
    r#"{request: "PUT /v1/things", raw: ""}"#,
    r#"{call: styled, path: {id: "${a}"}}"#,
    r#"{request: "GET /v1/things?x=1&y=${c}&z=", query: {w: "${a}"}}"#,
];

/// Steps whose requests are made anew each time, and why.
const SLOW: &[(&str, &str)] = &[
    (r#"{request: "GET /v1/things/${a}"}"#, "say which operation"),
    (r#"{request: "GET ${a}"}"#, ""),
    (r#"{request: "${a} /v1/things"}"#, "does not stand"),
    (r#"{call: readThing, path: {id: x}, query: {free: "${a}"}}"#, "depends on the value"),
    (r#"{call: makeThing, body: {a: "${a}"}, content_type: multipart/form-data}"#, "parts of a body"),
    (r#"{call: makeThing, body: "${a}", content_type: "text/plain;charset=latin1"}"#, "depends on the value"),
    (r#"{call: makeThing, body: "${a}", content_type: "${b}"}"#, ""),
    (r#"{call: readThing, path: {id: x}, auth: {basic: "${a}"}}"#, "no identity"),
    (r#"{call: makeThing, headers: {Host: "${a}"}}"#, "does not stand"),
];

struct Bench {
    plan: Plan,
    environment: Environment,
    origins: Origins,
    fixed: Names,
}

impl Bench {
    fn new(steps: &[&str], origin: &str) -> Self {
        let steps: String = steps.iter().map(|step| format!("    - {step}\n")).collect();
        let (contract, faults) = load(&Source::new("things.yaml", SPEC), &|_| Err("no other file".to_owned().into()));
        let contract = contract.unwrap_or_else(|| panic!("{:?}", faults.sorted()));
        let text = format!(
            "environment: fake\ntarget: {origin}\nsecrets: {{s: \"${{env.S:-hush}}\"}}\nauth: {{partner: {{oauth2: {{token_url: /token, client_id: c, client_secret: \"${{secret.s}}\"}}}}}}\n"
        );
        let (environment, faults) = load_environment(&Source::new("env.yaml", text), &|_| None);
        let environment = environment.unwrap_or_else(|| panic!("{:?}", faults.sorted()));
        let lines = format!("cases:\n- name: c\n  steps:\n    - {{set: {{a: 1, b: 1, c: 1, d: 1}}}}\n{steps}");
        let input = SuiteInput {
            suite: suite("", &lines),
            slug: "things".to_owned(),
            contract: Arc::new(contract),
            spec: "things".to_owned(),
            others: HashMap::new(),
        };
        let (plan, faults) = bind(&[input], &environment, &Selection::default());
        let plan = plan.unwrap_or_else(|| panic!("{:?}", faults.sorted()));
        let mut bench = Self { plan, environment, origins: Origins::all_at(origin), fixed: Names::default() };
        bench.fixed.fixed = bench.maker().known(&[], json!({}));
        bench
    }

    fn maker(&self) -> Maker<'_> {
        Maker {
            planned: &self.plan.suites[0],
            origins: &self.origins,
            environment: &self.environment,
            seed: Seed(1),
            case: "things/c",
        }
    }

    fn sends(&self) -> impl Iterator<Item = &PlannedSend> {
        self.plan.cases[0].steps.iter().filter_map(|step| match &step.kind {
            PlannedKind::Send(send) => Some(&**send),
            _ => None,
        })
    }

    fn compile(&self, send: &PlannedSend, slots: &mut Slots) -> Result<Prepared, String> {
        Prepared::compile(&self.maker(), send, &self.fixed, slots)
    }

    /// One step, prepared.
    fn ready(&self, slots: &mut Slots) -> Ready {
        let send = self.sends().next().unwrap();
        match self.compile(send, slots).unwrap() {
            Prepared::Ready(ready) => *ready,
            Prepared::Slow(why) => panic!("{why}"),
        }
    }
}

/// A request read back from its bytes: the first line, the fields in order, the body.
fn parsed(bytes: &[u8]) -> (String, Vec<(String, String)>, Vec<u8>) {
    let end = bytes.windows(4).position(|w| w == b"\r\n\r\n").expect("the end of the head");
    let head = std::str::from_utf8(&bytes[..end]).unwrap();
    let mut lines = head.split("\r\n");
    let first = lines.next().unwrap().to_owned();
    let fields = lines.map(|line| line.split_once(": ").unwrap()).map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
    (first, fields, bytes[end + 4..].to_vec())
}

/// What has to be on the wire of a request of the maker.
fn wanted(made: &Request, origin: &str) -> (String, Vec<(String, String)>, Vec<u8>) {
    let host = made.headers.get("host").unwrap_or(&origin["http://".len()..]);
    let mut fields = vec![("host".to_owned(), host.to_owned())];
    let own = made.headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("host"));
    fields.extend(own.map(|(n, v)| (n.to_ascii_lowercase(), v.to_owned())));
    if made.headers.get("accept").is_none() {
        fields.push(("accept".to_owned(), "*/*".to_owned()));
    }
    fields.push(("user-agent".to_owned(), concat!("proofmark/", env!("CARGO_PKG_VERSION")).to_owned()));
    if !made.body.is_empty() || ["POST", "PUT", "PATCH"].contains(&&*made.method) {
        fields.push(("content-length".to_owned(), made.body.len().to_string()));
    }
    (format!("{} {} HTTP/1.1", made.method, &made.url[origin.len()..]), fields, made.body.to_vec())
}

const ORIGIN: &str = "http://127.0.0.1:9";

fn scalar() -> impl Strategy<Value = Value> {
    let odd = prop_oneof![
        Just("\""),
        Just("\\"),
        Just("%"),
        Just("%41"),
        Just("/"),
        Just("é"),
        Just("\u{1f600}"),
        Just(" "),
        Just("&"),
        Just("="),
        Just("+"),
        Just("#"),
        Just("?"),
        Just("\r\n"),
        Just("x"),
        Just("."),
        Just(";"),
        Just(","),
        Just("\u{0}"),
        Just("'")
    ];
    prop_oneof![
        proptest::collection::vec(odd, 0..8).prop_map(|parts| Value::String(parts.concat())),
        any::<String>().prop_map(Value::String),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null),
        Just(json!({"a": ["\"", 1]})),
    ]
}

/// The steps that can be prepared, prepared once for all values.
static PREPARED: LazyLock<(Bench, Vec<(Slots, Ready)>)> = LazyLock::new(|| {
    let bench = Bench::new(READY, ORIGIN);
    let prepare = |(step, send)| {
        let mut slots = Slots::default();
        match bench.compile(send, &mut slots) {
            Ok(Prepared::Ready(ready)) => (slots, *ready),
            other => panic!("{step}: {other:?}"),
        }
    };
    let prepared = READY.iter().zip(bench.sends()).map(prepare).collect();
    (bench, prepared)
});

proptest! {
    #[test]
    fn what_is_written_is_what_the_maker_makes(values in proptest::collection::vec(scalar(), 5), token in "[A-Za-z0-9._~+/-]{1,30}") {
        let (bench, prepared) = &*PREPARED;
        for (send, (slots, ready)) in bench.sends().zip(prepared) {
            let held = |(i, name): (usize, &String)| Held::of(&if name.starts_with("auth.") { json!(token) } else { values[i].clone() });
            let held: Vec<Held> = slots.names().iter().enumerate().map(held).collect();
            let holds = |i: usize| held[i].borrow();
            let names = SlotNames { fixed: &bench.fixed, slots, values: holds };
            let mut out = b"before".to_vec();
            if ready.write(holds, &mut out).is_err() {
                assert_eq!(out, b"before");
                continue;
            }
            let made = bench.maker().complete(send, &names).unwrap().request;
            let wanted = wanted(&made, ORIGIN);
            assert_eq!(parsed(&out[6..]), wanted);
            let parts = ready.parts(holds).unwrap();
            assert_eq!((parts.url, &parts.body), (made.url, &made.body));
            let beside = |name: &str| name != "host" && name != "content-length";
            let fields: Vec<_> = wanted.1.into_iter().filter(|(n, _)| beside(n)).collect();
            assert_eq!(parts.headers, fields.into_iter().collect());
            let mut again = Vec::new();
            Once::make(&bench.maker(), send, &names).unwrap().write(&mut again);
            assert_eq!(again, out[6..]);
        }
    }

    #[test]
    fn what_is_plain_always_fits(text in "[a-z0-9._~-]{0,20}[a-z]", number in any::<i32>()) {
        for ((_, ready), step) in PREPARED.1.iter().zip(READY) {
            let number = number.to_string();
            let written = ready.write(|i| if i == 0 { SlotValue::Text(&text) } else { SlotValue::Bare(&number) }, &mut Vec::new());
            assert_eq!(written, Ok(()), "{step}");
        }
    }
}

#[test]
fn what_depends_on_the_values_is_left_to_the_maker() {
    for (step, reason) in SLOW {
        let bench = Bench::new(&[step], ORIGIN);
        let send = bench.sends().next().unwrap();
        let mut slots = Slots::default();
        match bench.compile(send, &mut slots) {
            Ok(Prepared::Slow(why)) => assert!(why.contains(reason), "{step}: {why}"),
            other => panic!("{step}: {other:?}"),
        }
    }
}

#[test]
fn what_can_never_be_sent_is_a_mistake() {
    for (step, reason) in [
        (r#"{request: "GET ${target}9/", auth: {bearer: x}}"#, "is not the target"),
        (r#"{request: "GET /v1/../x"}"#, "as a segment of its path"),
        (r#"{call: makeThing, headers: {Transfer-Encoding: chunked}}"#, "how a body is framed"),
        (r#"{call: makeThing, body: 1, content_type: application/pdf}"#, "nothing says how"),
        (r#"{request: "GET /v1/things", headers: {"x y": 1}}"#, "`x y` cannot be sent"),
    ] {
        let bench = Bench::new(&[step], ORIGIN);
        let why = bench.compile(bench.sends().next().unwrap(), &mut Slots::default()).expect_err(step);
        assert!(why.contains(reason), "{step}: {why}");
    }
}

#[test]
fn the_bytes_of_a_request() {
    let mut slots = Slots::default();
    let bench = Bench::new(&[r#"{call: makeThing, auth: partner, body: {a: "${d.n}", b: "<${unique}>"}}"#], ORIGIN);
    let ready = bench.ready(&mut slots);
    assert_eq!(slots.names(), ["d.n", "unique", "auth.partner.token"]);
    assert_eq!(slots.tokens().collect::<Vec<_>>(), [(2, "partner")]);
    let mut out = Vec::new();
    let values = [SlotValue::Bare("7"), SlotValue::Text("u1"), SlotValue::Text("t0")];
    ready.write(|i| values[i], &mut out).unwrap();
    let agent = concat!("user-agent: proofmark/", env!("CARGO_PKG_VERSION"));
    assert_eq!(
        String::from_utf8(out).unwrap(),
        format!(
            "POST /v1/things HTTP/1.1\r\nhost: 127.0.0.1:9\r\naccept: application/json, */*;q=0.5\r\ncontent-type: application/json\r\nauthorization: Bearer t0\r\n{agent}\r\ncontent-length: 18\r\n\r\n{{\"a\":7,\"b\":\"<u1>\"}}"
        )
    );
    assert!(!ready.is_fixed());
    assert_eq!(ready.target().operation.as_ref().map(|o| o.id.as_str()), Some("makeThing"));
}

#[test]
fn nothing_is_written_of_what_does_not_fit() {
    let step = r#"{call: readThing, path: {id: "${a}"}, headers: {X-Own: "${b}"}, query: {q: "${c}"}}"#;
    let bench = Bench::new(&[step], ORIGIN);
    let mut slots = Slots::default();
    let ready = bench.ready(&mut slots);
    let text = SlotValue::Text;
    let slot = |name: &str| slots.index(name).unwrap();
    for (a, b, c, unfit) in [
        (text("x"), text("x\r\nx-injected: 1"), text("x"), Some(Unfit::Odd(slot("b")))),
        (text(".."), text("x"), text("x"), Some(Unfit::Odd(slot("a")))),
        (text(""), text("x"), text("x"), Some(Unfit::Odd(slot("a")))),
        (text("x"), text("x"), SlotValue::Json("null"), Some(Unfit::Odd(slot("c")))),
        (text("x"), SlotValue::Missing, text("x"), Some(Unfit::Missing(slot("b")))),
        (text("x/../y"), text("\t"), text(""), None),
    ] {
        let mut out = Vec::new();
        let holds = |i: usize| {
            if i == slot("a") {
                a
            } else if i == slot("b") {
                b
            } else {
                c
            }
        };
        assert_eq!(ready.write(holds, &mut out).err(), unfit, "{a:?} {b:?} {c:?}");
        assert_eq!(out.is_empty(), unfit.is_some());
    }
}

/// Whether all of a request is there.
fn is_whole(read: &[u8]) -> bool {
    read.windows(4).any(|w| w == b"\r\n\r\n") && {
        let (_, fields, body) = parsed(read);
        let length = fields.iter().find(|(name, _)| name == "content-length");
        length.is_none_or(|(_, length)| body.len().to_string() == *length)
    }
}

/// A server that answers nothing but the end, and gives what it read.
async fn heard(client: &Client, request: impl FnOnce(&str) -> Request) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let hearing = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut read = Vec::new();
        while !is_whole(&read) {
            assert_ne!(stream.read_buf(&mut read).await.unwrap(), 0, "the request ends too soon");
        }
        stream.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").await.unwrap();
        String::from_utf8(read).unwrap()
    });
    client.send_once(&request(&origin), Duration::from_secs(60)).await.result.unwrap();
    hearing.await.unwrap().replace(&origin["http://".len()..], "HOST")
}

#[tokio::test]
async fn both_clients_send_the_same() {
    let client = Client::new(&ClientOptions::default()).unwrap();
    let mut steps = READY.to_vec();
    steps.push(r#"{request: "PATCH /v1/things"}"#);
    steps.push(r#"{request: "OPTIONS /v1/things"}"#);
    steps.push(r#"{request: "QUERY /v1/things", raw: x}"#);
    for step in steps {
        let mut mine = Vec::new();
        let sent = heard(&client, |origin| {
            let bench = Bench::new(&[step], origin);
            let mut slots = Slots::default();
            let ready = bench.ready(&mut slots);
            let values = |i: usize| match slots.names()[i].as_str() {
                "b" => SlotValue::Bare("3"),
                "c" => SlotValue::Text("xy"),
                _ => SlotValue::Text("x y"),
            };
            ready.write(values, &mut mine).unwrap();
            mine = String::from_utf8(std::mem::take(&mut mine)).unwrap().replace(&origin["http://".len()..], "HOST").into();
            let names = SlotNames { fixed: &bench.fixed, slots: &slots, values };
            bench.maker().complete(bench.sends().next().unwrap(), &names).unwrap().request
        })
        .await;
        let sorted = |bytes: &[u8]| {
            let (first, mut fields, body) = parsed(bytes);
            fields.sort();
            (first, fields, body)
        };
        assert_eq!(sorted(&mine), sorted(sent.as_bytes()), "{step}");
    }
}
