//! The steps that send: calls, raw requests, control, once, repeated or polled.
//!
//! Sends through `send` and `control`, and keeps what a step remembers. Never says what is right and wrong: `check` does.

use crate::base::units::Nanos;
use crate::check::catalogue::BODY_EXPECTED;
use crate::check::expected::{self, Means};
use crate::check::found::Judgement;
use crate::check::judgement::{Bound, answer};
use crate::check::lifecycle::Observed;
use crate::check::subject::{Body, Fill, Subject, finding};
use crate::model::check::CheckId;
use crate::model::exchange::{Exchange, ExchangeId};
use crate::model::http::Response;
use crate::plan::{PlannedSend, PlannedStep};
use crate::request::capture::captured;
use crate::request::names::{Names, resolve};
use crate::run::case::{CaseRun, Did, by_schema};
use crate::run::control;
use crate::run::send::Answered;
use crate::suite::ast::expect::{Capture, CaptureFrom, Collect, Expect};
use crate::suite::ast::step::{ControlAction, ControlStep, Poll, Repeat};
use futures_util::future::{BoxFuture, join_all};
use serde_json::{Map, Value};
use std::sync::{Arc, PoisonError};
use std::time::Instant;

/// What came of sending once.
type Once = (Did, Option<Answered>);

impl CaseRun {
    pub(super) async fn send_step(&self, step: &PlannedStep, send: &PlannedSend) -> Did {
        let once = |names: Names| -> BoxFuture<'_, Once> { Box::pin(async move { self.send_once(step, send, &names).await }) };
        let (mut did, answers) = match &send.poll {
            Some(poll) => self.polled(step, poll, &send.expect, once).await,
            None => self.repeated(send.repeat, once).await,
        };
        if did.judgement.is_clean() {
            self.take(&send.capture, &send.collect, &answers, &mut did);
        }
        did
    }

    pub(super) async fn control_step(&self, step: &PlannedStep, control: &ControlStep) -> Did {
        let once =
            |names: Names| -> BoxFuture<'_, Once> { Box::pin(async move { self.control_once(step, control, &names).await }) };
        let (mut did, answers) = match &control.poll {
            Some(poll) => self.polled(step, poll, &control.expect, once).await,
            None => self.repeated(control.repeat, once).await,
        };
        if did.judgement.is_clean() {
            self.take(&control.capture, &control.collect, &answers, &mut did);
        }
        did
    }

    /// Does something so many times, one after the other or at the same time.
    async fn repeated<'s>(&'s self, repeat: Option<Repeat>, once: impl Fn(Names) -> BoxFuture<'s, Once>) -> (Did, Vec<Answered>) {
        let mut did = Did::default();
        let mut answers = Vec::new();
        let Some(Repeat { times, concurrently, .. }) = repeat else {
            let (one, answered) = once(self.names()).await;
            return (one, answered.into_iter().collect());
        };
        if concurrently {
            for (one, answered) in join_all((0..times).map(|i| once(self.names().repeated(i)))).await {
                did.add(one);
                answers.extend(answered);
            }
            return (did, answers);
        }
        for i in 0..times {
            let (one, answered) = once(self.names().repeated(i)).await;
            did.add(one);
            answers.extend(answered);
            if !did.judgement.is_clean() {
                break;
            }
        }
        (did, answers)
    }

    /// Does something until the body matches or the time is up.
    async fn polled<'s>(
        &'s self,
        step: &PlannedStep,
        poll: &Poll,
        expect: &Expect,
        once: impl Fn(Names) -> BoxFuture<'s, Once>,
    ) -> (Did, Vec<Answered>) {
        let deadline = Instant::now() + poll.within.duration();
        let mut exchanges = Vec::new();
        loop {
            let (mut did, answered) = once(self.names()).await;
            exchanges.append(&mut did.exchanges);
            let late = Instant::now() >= deadline;
            let names = self.names();
            let means = Means { scope: &names, schemas: &by_schema };
            let body = answered.as_ref().and_then(|a| a.exchange.response()).map(|r| Body::read(&r.headers, &r.body));
            let matched = expected::body_matches(body.as_ref().and_then(Body::json), &poll.until, means);
            if !did.judgement.is_clean() || matched || late {
                if let Some(answered) = answered.as_ref().filter(|_| did.judgement.is_clean() && !matched) {
                    let check = expected::filed(expect.as_check.as_ref(), BODY_EXPECTED);
                    let body = body.as_ref().unwrap_or(&Body::Empty);
                    did.judgement.extend(not_become(step, poll, check, answered, body, means));
                }
                did.exchanges = exchanges;
                return (did, answered.into_iter().collect());
            }
            drop(names);
            // The last look is at the end of the time, not after it.
            let next = (Instant::now() + poll.every.duration()).min(deadline);
            tokio::time::sleep_until(next.into()).await;
        }
    }

    async fn send_once(&self, step: &PlannedStep, send: &PlannedSend, names: &Names) -> (Did, Option<Answered>) {
        match self.sender().send(send, names).await {
            Err(reason) => (Did::cannot(reason), None),
            Ok(answered) => {
                let judgement = self.judge(step, send, &answered, names);
                (Did { judgement, exchanges: vec![answered.exchange.id], inner: Vec::new() }, Some(answered))
            }
        }
    }

    fn judge(&self, step: &PlannedStep, send: &PlannedSend, answered: &Answered, names: &Names) -> Judgement {
        let planned = self.planned();
        let means = Means { scope: names, schemas: &by_schema };
        let operation = answered.operation.as_deref();
        let rules = answered.rules.as_ref().unwrap_or(&planned.rules);
        let bound = Bound { rules: Some(rules), operation, expect: &send.expect, cited: step.cited.as_ref(), means };
        let mut judgement = answer(&answered.exchange, bound);
        let (Some(operation), Some(response)) = (operation, answered.exchange.response()) else { return judgement };
        // Coverage and lifecycles are those of the suite's own spec.
        if answered.exchange.request.method != operation.method || !Arc::ptr_eq(rules, &planned.rules) {
            return judgement;
        }
        let body = Body::read(&response.headers, &response.body);
        self.ledger.answered(self.case.suite, planned, operation, response.status, body.json());
        let essence = response.headers.get("content-type").unwrap_or_default();
        let broken = judgement.findings.iter().any(|f| matches!(f.check.family(), "body" | "status" | "media_type"));
        if let (Some(value), Some(schema)) = (body.json(), planned.rules.answer_schema(operation, response.status, essence))
            && !broken
        {
            let observed = Observed {
                exchange: &answered.exchange,
                operation: Some(operation),
                schema,
                body: value,
                created: response.status == 201,
            };
            let mut tracker = self.tracker.lock().unwrap_or_else(PoisonError::into_inner);
            judgement.extend(tracker.observe(&planned.rules, observed, means));
        }
        judgement
    }

    async fn control_once(&self, step: &PlannedStep, control: &ControlStep, names: &Names) -> (Did, Option<Answered>) {
        let mut with = Map::new();
        for (name, value) in &control.with {
            match resolve(value, names) {
                Ok(value) => {
                    with.insert(name.value.clone(), value);
                }
                Err(reason) => return (Did::cannot(reason), None),
            }
        }
        let exchange = match control::act(&self.world, self.lane(), &self.ledger, &self.case.id, control.action.value, with).await
        {
            Ok(exchange) => exchange,
            Err(reason) => return (Did::cannot(reason), None),
        };
        if control.action.value == ControlAction::Reset {
            // What was launched before is gone, and ids may come again.
            self.tracker.lock().unwrap_or_else(PoisonError::into_inner).forget_objects();
        }
        let mut did = Did { exchanges: vec![exchange.id], ..Did::default() };
        if exchange.result.is_err() || control.expect.status.is_none() && !control::succeeded(&exchange) {
            did.judgement.cannot(control::refusal(&exchange));
            return (did, None);
        }
        let means = Means { scope: names, schemas: &by_schema };
        let bound = Bound { rules: None, operation: None, expect: &control.expect, cited: step.cited.as_ref(), means };
        did.judgement = answer(&exchange, bound);
        (did, Some(Answered { exchange, operation: None, rules: None }))
    }

    /// Advances the clock of the target, where there is control.
    pub(super) async fn advance(&self, by: Nanos) -> Result<ExchangeId, String> {
        let by = jiff::SignedDuration::try_from(by.duration()).map_err(|e| e.to_string())?;
        let mut with = Map::new();
        with.insert("by".into(), Value::String(by.to_string()));
        let exchange = control::act(&self.world, self.lane(), &self.ledger, &self.case.id, ControlAction::Advance, with).await?;
        if control::succeeded(&exchange) { Ok(exchange.id) } else { Err(control::refusal(&exchange)) }
    }

    /// Captures from the last answer, collects from all of them.
    fn take(&self, capture: &[Capture], collect: &[Collect], answers: &[Answered], did: &mut Did) {
        let Some(last) = answers.last() else { return };
        for capture in capture {
            match last.exchange.response().and_then(|response| captured(capture, response)) {
                Some(value) => self.remember(&capture.name.value, value),
                None => did.judgement.findings.push(
                    finding(BODY_EXPECTED, format!("nothing to remember as `{}`", capture.name.value), source(capture), "absent")
                        .about(&last.exchange, last.operation.as_deref()),
                ),
            }
        }
        for collect in collect {
            let found = answers
                .iter()
                .filter_map(|a| serde_json::from_slice::<Value>(&a.exchange.response()?.body).ok())
                .flat_map(|body| collect.path.select(&body).into_iter().map(|(_, v)| v.clone()).collect::<Vec<_>>())
                .collect();
            self.collect(&collect.name.value, found);
        }
    }

    /// Adds values to a remembered list.
    pub(super) fn collect(&self, name: &str, values: Vec<Value>) {
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        match names.remembered.entry(name.to_owned()).or_insert_with(|| Value::Array(Vec::new())) {
            Value::Array(list) => list.extend(values),
            other => *other = Value::Array(values),
        }
    }

    /// Remembers what a delivery bears.
    pub(super) fn take_delivery(&self, capture: &[Capture], exchange: &Exchange, did: &mut Did) {
        for capture in capture {
            let value = match &capture.from {
                CaptureFrom::Body(path) => serde_json::from_slice::<Value>(&exchange.request.body)
                    .ok()
                    .and_then(|b| path.select(&b).first().map(|(_, v)| (*v).clone())),
                CaptureFrom::Header(name) => exchange.request.headers.get(&name.value).map(|v| Value::String(v.to_owned())),
                CaptureFrom::Status => None,
            };
            match value {
                Some(value) => self.remember(&capture.name.value, value),
                None => did.judgement.findings.push(
                    finding(BODY_EXPECTED, format!("nothing to remember as `{}`", capture.name.value), source(capture), "absent")
                        .about(exchange, None),
                ),
            }
        }
    }
}

/// What a body was to become and did not, by the end of the time.
fn not_become(step: &PlannedStep, poll: &Poll, check: CheckId, answered: &Answered, body: &Body, means: Means<'_>) -> Judgement {
    let mut judgement = Judgement::default();
    let none = Response::new(0);
    let exchange = &answered.exchange;
    let subject = Subject {
        exchange,
        request: &exchange.request,
        response: exchange.response().unwrap_or(&none),
        body,
        operation: answered.operation.as_deref(),
        cited: step.cited.as_ref(),
    };
    expected::body(&subject, body.json(), &poll.until, check, means, &mut judgement);
    judgement
}

fn source(capture: &Capture) -> String {
    match &capture.from {
        CaptureFrom::Body(path) => format!("a value at {path}"),
        CaptureFrom::Header(name) => format!("the header {}", name.value),
        CaptureFrom::Status => "a status".to_owned(),
    }
}
