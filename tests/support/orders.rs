//! A server of a small API that notes every request, and loads against it.
//!
//! Answers as it is told. Never judges what it is sent.

#![allow(dead_code, unreachable_pub, reason = "each test file uses a part of this")]

use crate::support::{Bench, Ran};
use serde_json::Value;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

/// What the server promises.
pub const SPEC: &str = "\
openapi: 3.1.0
info: {title: Orders, version: 1.0.0}
servers: [{url: /v1}]
paths:
  /orders:
    post:
      operationId: createOrder
      requestBody: {required: true, content: {application/json: {schema: {type: object}, example: {item: pen}}}}
      responses:
        '201': {description: made, content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}}
  /orders/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}, example: o1}]
    get:
      operationId: getOrder
      responses: {'200': {description: it, content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}}}
    delete:
      operationId: dropOrder
      responses: {'204': {description: gone}}
components: {schemas: {Order: {type: object, required: [id], properties: {id: {type: string}, count: {type: integer}}}}}
";

/// A request as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Came {
    /// `GET /v1/orders/o1`
    pub line: String,
    /// Its body.
    pub body: String,
}

/// A server that goes away with the test.
pub struct Orders {
    /// Its origin.
    pub url: String,
    came: Arc<Mutex<Vec<Came>>>,
    told: Receiver<()>,
}

impl Orders {
    /// Answers each request as `answer` says: a status and a body of JSON.
    pub fn start(answer: fn(&Came) -> (u16, &'static str)) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("its address"));
        let came = Arc::new(Mutex::new(Vec::new()));
        let (tell, told) = channel();
        let noted = Arc::clone(&came);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (noted, tell) = (Arc::clone(&noted), tell.clone());
                std::thread::spawn(move || converse(stream, &noted, &tell, answer));
            }
        });
        Self { url, came, told }
    }

    /// One that keeps its promises.
    pub fn right() -> Self {
        Self::start(|came| match came.line.split(' ').next() {
            Some("POST") => (201, r#"{"id":"o7","count":1}"#),
            Some("DELETE") => (204, ""),
            _ => (200, r#"{"id":"o1","count":1}"#),
        })
    }

    /// Everything that came so far, in order.
    pub fn came(&self) -> Vec<Came> {
        self.came.lock().expect("whole").clone()
    }

    /// The lines of what came, in order.
    pub fn lines(&self) -> Vec<String> {
        self.came().into_iter().map(|c| c.line).collect()
    }

    /// Waits until so many requests came.
    pub fn wait_for(&self, requests: usize) {
        for _ in 0..requests {
            self.told.recv().expect("the server is there");
        }
    }
}

/// Reads one request after another from a connection.
fn converse(mut stream: TcpStream, noted: &Mutex<Vec<Came>>, tell: &Sender<()>, answer: fn(&Came) -> (u16, &'static str)) {
    let mut seen: Vec<u8> = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = stream.read(&mut buffer) {
        seen.extend_from_slice(&buffer[..read]);
        let Some(end) = seen.windows(4).position(|w| w == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&seen[..end]).into_owned();
        let length = head.lines().find_map(|l| l.to_ascii_lowercase().strip_prefix("content-length: ")?.parse::<usize>().ok());
        let whole = end + 4 + length.unwrap_or_default();
        if seen.len() < whole {
            continue;
        }
        let line = head.lines().next().unwrap_or_default().trim_end_matches(" HTTP/1.1").to_owned();
        let came = Came { line, body: String::from_utf8_lossy(&seen[end + 4..whole]).into_owned() };
        seen.drain(..whole);
        let (status, body) = answer(&came);
        noted.lock().expect("whole").push(came);
        let said = match status {
            204 => "HTTP/1.1 204 No Content\r\n\r\n".to_owned(),
            _ => format!(
                "HTTP/1.1 {status} Said\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            ),
        };
        if stream.write_all(said.as_bytes()).is_err() {
            return;
        }
        let _ = tell.send(());
    }
}

/// What a load came to.
pub struct Loaded {
    /// What was shown.
    pub ran: Ran,
    /// The record.
    pub record: Value,
}

impl Loaded {
    /// The only load made on a bench, which had to come to this exit code. A machine that was too busy to measure on spoils the
    /// verdict and no count: then the record says so, and says nothing worse.
    pub fn of(bench: &Bench, ran: Ran, code: i32) -> Self {
        let record = bench.record();
        if record["validity"]["result"] == "invalid" {
            let faults = record["health"]["faults"].as_array().expect("faults");
            let busy = |fault: &Value| ["lateness", "run-queue"].contains(&fault["name"].as_str().unwrap_or_default());
            assert!(faults.iter().all(busy), "{faults:?}");
            assert_eq!(ran.code, if code == 130 { 130 } else { 3 }, "{}{}", ran.out, ran.err);
        } else {
            assert_eq!(ran.code, code, "{}{}", ran.out, ran.err);
        }
        Self { ran, record }
    }

    /// The figures of an operation.
    pub fn operation(&self, name: &str) -> &Value {
        let all = self.record["load"]["operations"].as_array().expect("operations");
        all.iter().find(|o| o["operation"] == name).unwrap_or_else(|| panic!("{name} in {all:?}"))
    }

    /// Its answers: received, judged, found wrong.
    pub fn answers(&self, name: &str) -> [u64; 3] {
        let operation = self.operation(name);
        ["count", "validated", "invalid"].map(|key| operation[key].as_u64().expect("a count"))
    }

    /// The objectives with what became of them.
    pub fn slos(&self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        self.record["slos"].as_array().expect("objectives").iter().map(|s| (text(&s["title"]), text(&s["outcome"]))).collect()
    }

    /// A number of the record, by JSON Pointer.
    pub fn number(&self, pointer: &str) -> u64 {
        self.record.pointer(pointer).and_then(Value::as_u64).unwrap_or_else(|| panic!("{pointer} in {}", self.record["load"]))
    }
}

/// A bench with the spec and an environment that names the server.
pub fn bench(url: &str) -> Bench {
    let bench = Bench::new();
    bench.write("spec.yaml", SPEC);
    bench.write("env.yaml", &format!("environment: bare\ntarget: {url}\n"));
    bench
}

/// Carries out a plan over the spec: scenarios, arrival and what else it says, a line each.
pub fn plan(bench: &Bench, lines: &[&str], options: &[&str], code: i32) -> Loaded {
    write_plan(bench, lines);
    let mut args = vec!["load", "plan.yaml", "--env", "env.yaml"];
    args.extend(options);
    let ran = bench.run(&args);
    Loaded::of(bench, ran, code)
}

/// Writes a plan over the spec, carried by one event loop over one connection: requests arrive in the order they are made.
pub fn write_plan(bench: &Bench, lines: &[&str]) {
    let transport = "transport: {workers: 1, connections: 1}";
    bench.write("plan.yaml", &format!("load: orders\nspec: spec.yaml\n{transport}\n{}\n", lines.join("\n")));
}
