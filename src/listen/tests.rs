//! The desk: what it takes for an attempt, and what it makes of it.
//!
//! Takes requests in by hand; opens no socket.

use crate::base::clock::ManualClock;
use crate::base::source::Source;
use crate::base::units::Nanos;
use crate::contract::{self, Contract};
use crate::listen::script::{Script, Told};
use crate::listen::{Attempt, Desk, Ending, Expecting, Kind};
use crate::model::event::Silent;
use crate::model::http::Request;
use crate::model::outcome::{RunVerdict, Verdict};
use jiff::Timestamp;
use std::sync::{Arc, Mutex, PoisonError};

const SPEC: &str = r#"
openapi: 3.1.0
info: {title: Things, version: "1"}
paths:
  /hooks:
    post:
      operationId: register
      responses: {"204": {description: done}}
      callbacks:
        told:
          "{$request.body#/url}/told":
            post:
              operationId: tell
              requestBody:
                required: true
                content: {application/json: {schema: {type: object, required: [type], properties: {type: {type: string}}}}}
              responses: {"204": {description: done}}
webhooks:
  pinged:
    put:
      operationId: ping
      responses: {"204": {description: done}}
  counted:
    put:
      operationId: count
      requestBody:
        required: true
        content: {application/json: {schema: {type: integer}}}
      responses: {"204": {description: done}}
"#;

struct Bench {
    desk: Desk,
    seen: Arc<Mutex<Vec<Attempt>>>,
}

fn contract() -> Arc<Contract> {
    let (contract, faults) = contract::load(&Source::new("things.yaml", SPEC), &|_| unreachable!("one document"));
    Arc::new(contract.unwrap_or_else(|| panic!("{:?}", faults.sorted())))
}

fn bench(answers: Vec<Told>, count: Option<usize>, id_header: Option<&str>) -> Bench {
    let contract = contract();
    let callbacks = contract.callbacks().map(|(_, c)| c.clone()).chain(contract.webhooks.iter().cloned()).collect();
    let seen: Arc<Mutex<Vec<Attempt>>> = Arc::default();
    let expecting = Expecting {
        contract,
        callbacks,
        signed: None,
        id_header: id_header.map(str::to_owned),
        script: Script::new(0, answers, Nanos(0)),
        count,
        url: "http://127.0.0.1:1".to_owned(),
    };
    let watching = Arc::clone(&seen);
    let watcher = move |attempt: &Attempt| watching.lock().unwrap_or_else(PoisonError::into_inner).push(attempt.clone());
    let clock = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
    Bench { desk: Desk::new(expecting, clock, Arc::new(Silent), Box::new(watcher)), seen }
}

impl Bench {
    fn send(&self, method: &str, url: &str, id: Option<&str>, body: &'static str) -> (Attempt, Option<u16>) {
        let mut request = Request::new(method, url);
        if let Some(id) = id {
            request.headers.push("webhook-id", id);
        }
        if !body.is_empty() {
            request.headers.push("content-type", "application/json");
        }
        request.body = body.into();
        let answer = self.desk.take(request);
        let last = self.seen.lock().unwrap_or_else(PoisonError::into_inner).last().cloned();
        (last.expect("it was told"), answer.response.map(|r| r.status))
    }

    fn told(&self, id: Option<&str>, body: &'static str) -> (Kind, usize, Option<u16>, usize) {
        let (attempt, status) = self.send("POST", "/any/where/told", id, body);
        assert_eq!(attempt.answered, status);
        (attempt.kind, attempt.number, status, attempt.findings.len())
    }
}

#[test]
fn attempts_of_one_delivery_are_counted_and_answered_as_told() {
    let bench = bench(vec![Told::Status(503), Told::Drop, Told::Status(202)], None, Some("webhook-id"));
    let body = r#"{"type":"a.b"}"#;
    assert_eq!(bench.told(Some("1"), body), (Kind::First, 1, Some(503), 0));
    assert_eq!(bench.told(Some("2"), body), (Kind::First, 1, Some(503), 0));
    assert_eq!(bench.told(Some("1"), body), (Kind::Replay, 2, None, 0));
    assert_eq!(bench.told(Some("1"), r#"{"type":"a.c"}"#), (Kind::Changed, 3, Some(202), 1));
    assert_eq!(bench.told(Some("1"), body), (Kind::Replay, 4, Some(202), 0));
    let outcome = bench.desk.close(Ending::Stopped);
    let cases: Vec<_> = outcome.cases.iter().map(|c| (c.title.as_str(), c.verdict, c.steps.len())).collect();
    assert_eq!(cases, [("tell a.b 1", Verdict::Fail, 4), ("tell a.b 2", Verdict::Pass, 1)]);
    assert_eq!((outcome.exchanges.len(), outcome.verdict(), outcome.interrupted), (5, RunVerdict::Fails, false));
}

#[test]
fn without_an_identifier_the_body_tells_deliveries_apart() {
    for header in [None, Some("webhook-id")] {
        let bench = bench(Vec::new(), None, header);
        assert_eq!(bench.told(None, r#"{"type":"a"}"#), (Kind::First, 1, Some(204), 0));
        assert_eq!(bench.told(None, r#"{"type":"b"}"#), (Kind::First, 1, Some(204), 0));
        assert_eq!(bench.told(None, r#"{"type":"a"}"#), (Kind::Replay, 2, Some(204), 0));
    }
}

#[test]
fn what_is_no_delivery_is_answered_and_kept_apart() {
    let bench = bench(Vec::new(), None, Some("webhook-id"));
    let (attempt, status) = bench.send("GET", "/told", None, "");
    assert_eq!((attempt.kind, status, attempt.operation.as_str()), (Kind::WrongMethod, Some(405), "GET /told"));
    let mut asked = Request::new("OPTIONS", "/told");
    asked.headers.push("WebHook-Request-Origin", "sender.example");
    let answer = bench.desk.take(asked).response.unwrap();
    let field = |name: &str| answer.headers.get(name).unwrap_or_default().to_owned();
    assert_eq!(
        (answer.status, field("webhook-allowed-origin"), field("webhook-allowed-rate")),
        (200, "sender.example".to_owned(), "*".to_owned())
    );
    let outcome = bench.desk.close(Ending::TimeUp);
    assert_eq!(outcome.verdict(), RunVerdict::NotJudged);
    assert_eq!(outcome.cases.iter().map(|c| (c.verdict, c.steps.len())).collect::<Vec<_>>(), [(Verdict::Review, 2)]);
}

#[test]
fn of_several_callbacks_the_one_that_fits_is_meant() {
    let bench = bench(Vec::new(), None, Some("webhook-id"));
    assert_eq!(bench.send("PUT", "/", Some("1"), "").0.operation, "ping");
    assert_eq!(bench.send("PUT", "/", Some("2"), "7").0.operation, "ping", "any body fits what documents none");
    assert_eq!(bench.send("POST", "/told/", Some("3"), "{}").0.findings.len(), 1);
}

#[test]
fn fewer_than_were_waited_for_do_not_conform() {
    let body = r#"{"type":"a"}"#;
    let enough = bench(Vec::new(), Some(2), Some("webhook-id"));
    enough.told(Some("1"), body);
    assert!(!enough.desk.counted().is_cancelled());
    enough.told(Some("1"), body);
    assert!(enough.desk.counted().is_cancelled());
    assert_eq!(enough.desk.close(Ending::Counted).verdict(), RunVerdict::Conforms);
    for (ending, verdict) in [(Ending::TimeUp, RunVerdict::Fails), (Ending::Stopped, RunVerdict::Interrupted)] {
        let fewer = bench(Vec::new(), Some(2), Some("webhook-id"));
        fewer.told(Some("1"), body);
        assert_eq!(fewer.desk.close(ending).verdict(), verdict);
    }
    let nothing = bench(Vec::new(), Some(2), Some("webhook-id"));
    assert_eq!(nothing.desk.close(Ending::TimeUp).verdict(), RunVerdict::NotJudged);
}

#[test]
fn what_is_kept_is_bounded_and_nothing_goes_unjudged() {
    let bench = bench(vec![Told::Status(503), Told::Status(204)], None, Some("webhook-id"));
    for n in 0..super::desk::KEPT {
        bench.send("POST", "/told", Some(&n.to_string()), r#"{"type":"a"}"#);
    }
    assert_eq!(bench.told(Some("0"), r#"{"type":"a"}"#), (Kind::Replay, 2, Some(204), 0));
    assert_eq!(bench.told(Some("more"), "{}"), (Kind::First, 1, Some(503), 1));
    let outcome = bench.desk.close(Ending::Stopped);
    assert_eq!((outcome.exchanges.len(), outcome.cases.len()), (super::desk::KEPT, super::desk::KEPT + 1));
    let beyond = outcome.cases.last().unwrap();
    assert_eq!((beyond.verdict, beyond.title.as_str()), (Verdict::Fail, "2 requests beyond those that are kept"));
}
