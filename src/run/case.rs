//! Executes one case: its steps in order, until the first that is not right.
//!
//! Holds what the case remembers. Decides nothing about right and wrong: `check` does.

use crate::base::diagnostic::Severity;
use crate::base::units::Nanos;
use crate::check::catalogue::BODY_EXPECTED;
use crate::check::expected::Means;
use crate::check::judgement::{Bound, Judgement, answer, assertion};
use crate::check::lifecycle::{Observed, Tracker};
use crate::check::subject::{Body, Fill, Subject, finding};
use crate::model::exchange::{Exchange, ExchangeId};
use crate::model::outcome::{CaseOutcome, StepOutcome, Verdict};
use crate::plan::{Plan, PlannedCase, PlannedKind, PlannedSend, PlannedStep, PlannedSuite};
use crate::run::control;
use crate::run::deliveries::Mailbox;
use crate::run::ledger::Ledger;
use crate::run::scope::Names;
use crate::run::send::{Answered, Sender, resolve};
use crate::run::tokens;
use crate::run::world::{Lane, World};
use crate::schema::SchemaSet;
use crate::suite::ast::case::Isolation;
use crate::suite::ast::environment::Identity;
use crate::suite::ast::expect::{Capture, CaptureFrom, Collect};
use crate::suite::ast::step::{ControlAction, ControlStep, Repeat};
use futures_util::future::{BoxFuture, join_all};
use serde_json::{Map, Value, json};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use tokio_util::sync::CancellationToken;

/// Judges by a schema written in a suite.
pub(super) fn by_schema(schema: &Value, value: &Value) -> Result<(), String> {
    let validator = SchemaSet::inline(schema)?;
    match validator.violations(value).into_iter().next() {
        None => Ok(()),
        Some(violation) => Err(violation.message),
    }
}

/// A case that the run never came to.
pub(super) fn not_reached(case: &PlannedCase, plan: &Plan) -> CaseOutcome {
    outcome(case, plan, Verdict::Skipped, Some("the run was stopped before".to_owned()), Vec::new(), Nanos(0))
}

fn outcome(
    case: &PlannedCase,
    plan: &Plan,
    verdict: Verdict,
    reason: Option<String>,
    steps: Vec<StepOutcome>,
    took: Nanos,
) -> CaseOutcome {
    CaseOutcome {
        id: case.id.clone(),
        suite: plan.suites[case.suite].suite.title.clone(),
        title: case.title.clone(),
        place: Some(case.place.clone()),
        tags: case.tags.clone(),
        required: case.required,
        requirements: case.requirements.iter().map(|r| r.id.clone()).collect(),
        verdict,
        reason,
        steps,
        took,
    }
}

/// One case being executed.
pub(super) struct CaseRun {
    pub(super) plan: Arc<Plan>,
    pub(super) world: Arc<World>,
    pub(super) ledger: Arc<Ledger>,
    pub(super) case: Arc<PlannedCase>,
    lane: usize,
    stop: CancellationToken,
    names: Mutex<Names>,
    pub(super) tracker: Mutex<Tracker>,
    pub(super) mailbox: Mailbox,
}

/// What a step did.
#[derive(Default)]
pub(super) struct Did {
    pub(super) judgement: Judgement,
    pub(super) exchanges: Vec<ExchangeId>,
    /// Outcomes of inner steps, for `parallel`.
    pub(super) inner: Vec<StepOutcome>,
}

impl Did {
    pub(super) fn cannot(reason: impl Into<String>) -> Self {
        let mut did = Self::default();
        did.judgement.cannot(reason);
        did
    }

    pub(super) fn add(&mut self, other: Self) {
        self.judgement.extend(other.judgement);
        self.exchanges.extend(other.exchanges);
        self.inner.extend(other.inner);
    }
}

impl CaseRun {
    pub(super) fn new(
        plan: &Arc<Plan>,
        world: &Arc<World>,
        ledger: &Arc<Ledger>,
        case: Arc<PlannedCase>,
        lane: usize,
        stop: CancellationToken,
    ) -> Self {
        let mailbox = Mailbox::new(&case, world);
        let mut run = Self {
            plan: Arc::clone(plan),
            world: Arc::clone(world),
            ledger: Arc::clone(ledger),
            case,
            lane,
            stop,
            names: Mutex::new(Names::default()),
            tracker: Mutex::new(Tracker::default()),
            mailbox,
        };
        let fixed = run.fixed_names();
        run.names.get_mut().unwrap_or_else(PoisonError::into_inner).fixed = fixed;
        run
    }

    pub(super) fn planned(&self) -> &PlannedSuite {
        &self.plan.suites[self.case.suite]
    }

    pub(super) fn lane(&self) -> &Lane {
        &self.world.lanes[self.lane]
    }

    pub(super) fn names(&self) -> Names {
        self.names.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn remember(&self, name: &str, value: Value) {
        self.names.lock().unwrap_or_else(PoisonError::into_inner).remembered.insert(name.to_owned(), value);
    }

    fn sender(&self) -> Sender<'_> {
        Sender { world: &self.world, lane: self.lane(), ledger: &self.ledger, planned: self.planned(), case: &self.case.id }
    }

    fn fixed_names(&self) -> Map<String, Value> {
        let planned = self.planned();
        let mut auth = Map::new();
        for (name, identity) in &self.world.environment.auth {
            if let Identity::OAuth2 { client_id, client_secret, .. } = identity {
                auth.insert(name.value.clone(), json!({"client_id": client_id, "client_secret": client_secret.expose()}));
            }
        }
        // Unique on a server that outlives the run too, so the time of the run is part of it.
        let nanos = u64::try_from(self.world.clock.now().as_nanosecond().rem_euclid(1 << 62)).unwrap_or_default();
        let unique = crate::base::seed::Seed(self.world.seed.0 ^ nanos).derive(&self.case.id).0;
        let mut fixed = Map::new();
        fixed.insert("unique".into(), Value::String(format!("u{unique:016x}")));
        fixed.insert("base".into(), json!(planned.rules.contract.base_path().trim_end_matches('/')));
        fixed.insert("target".into(), json!(self.lane().origins.of(&planned.spec)));
        fixed.insert("run".into(), json!({"seed": self.world.seed.0}));
        fixed.insert("row".into(), Value::Object(self.case.row.iter().cloned().collect()));
        fixed.insert("listener".into(), self.mailbox.urls(&self.world));
        fixed.insert("auth".into(), Value::Object(auth));
        fixed
    }

    /// Executes the case.
    pub(super) async fn execute(&mut self) -> CaseOutcome {
        let began = Instant::now();
        if let Some(reason) = &self.case.lacking {
            return outcome(&self.case, &self.plan, Verdict::Skipped, Some(reason.clone()), Vec::new(), Nanos(0));
        }
        let mut steps = Vec::new();
        let mut reason = None;
        if self.case.isolation == Isolation::Exclusive
            && self.lane().control.is_some()
            && let Err(why) = self.reset().await
        {
            return outcome(&self.case, &self.plan, Verdict::Error, Some(why), steps, Nanos::from_duration(began.elapsed()));
        }
        for (listener, answers) in &self.case.responders {
            self.mailbox.respond(&self.world, listener, answers);
        }
        let mut ended = false;
        for step in &self.case.steps {
            if ended || self.stop.is_cancelled() {
                steps.push(skipped(step, if ended { "an earlier step was not right" } else { "the run was stopped before" }));
                continue;
            }
            let stop = self.stop.clone();
            let did = tokio::select! {
                did = self.step(step) => did,
                () = stop.cancelled() => {
                    steps.push(skipped(step, "the run was stopped"));
                    ended = true;
                    continue;
                }
            };
            let done = self.step_outcome(step, did);
            ended = !matches!(done.verdict, Verdict::Pass);
            steps.extend([done]);
        }
        if !self.stop.is_cancelled() {
            let rest = self.sweep();
            if !rest.judgement.is_clean() || !rest.exchanges.is_empty() {
                let findings = self.gated(rest.judgement.findings);
                let verdict = if findings.iter().any(|f| f.severity == Severity::Error) { Verdict::Fail } else { Verdict::Pass };
                steps.push(StepOutcome {
                    title: "deliveries nobody waited for".to_owned(),
                    place: None,
                    verdict,
                    reason: None,
                    findings,
                    exchanges: rest.exchanges,
                });
            }
        }
        self.mailbox.close(&self.world);
        let seen = std::mem::take(&mut self.tracker.get_mut().unwrap_or_else(PoisonError::into_inner).transitions);
        self.ledger.transitions(self.case.suite, seen);
        let verdict = if self.stop.is_cancelled() && !steps.iter().any(|s| s.verdict == Verdict::Fail) {
            reason = Some("the run was stopped".to_owned());
            Verdict::Skipped
        } else {
            let judged = steps.iter().filter(|s| s.verdict != Verdict::Skipped);
            let verdict = judged.map(|s| s.verdict).fold(Verdict::NotApplicable, Verdict::and);
            if verdict == Verdict::Error {
                reason = steps.iter().find_map(|s| s.reason.clone().filter(|_| s.verdict == Verdict::Error));
            }
            verdict
        };
        outcome(&self.case, &self.plan, verdict, reason, steps, Nanos::from_duration(began.elapsed()))
    }

    async fn reset(&self) -> Result<(), String> {
        let exchange =
            control::act(&self.world, self.lane(), &self.ledger, &self.case.id, ControlAction::Reset, Map::new()).await?;
        if control::succeeded(&exchange) { Ok(()) } else { Err(control::refusal(&exchange)) }
    }

    fn step_outcome(&self, step: &PlannedStep, did: Did) -> StepOutcome {
        let findings = self.gated(did.judgement.findings);
        let failed = findings.iter().any(|f| f.severity == Severity::Error);
        let inner = did.inner.iter().map(|s| s.verdict).fold(Verdict::Pass, Verdict::and);
        let own = if failed {
            Verdict::Fail
        } else if did.judgement.errors.is_empty() {
            Verdict::Pass
        } else {
            Verdict::Error
        };
        let mut outcome = StepOutcome {
            title: step.title.clone(),
            place: Some(step.place.clone()),
            verdict: own.and(inner),
            reason: did.judgement.errors.first().cloned(),
            findings,
            exchanges: did.exchanges,
        };
        for inner in did.inner {
            outcome.findings.extend(inner.findings);
            outcome.exchanges.extend(inner.exchanges);
            outcome.reason = outcome.reason.or(inner.reason);
        }
        outcome
    }

    /// Findings with the severity that the suite's gate gives them.
    fn gated(&self, findings: Vec<crate::model::finding::Finding>) -> Vec<crate::model::finding::Finding> {
        let strict = self.planned().suite.gate.fail_on.contains(&Severity::Warning);
        findings
            .into_iter()
            .map(|mut f| {
                if strict {
                    f.severity = Severity::Error;
                }
                f
            })
            .collect()
    }

    fn step<'s>(&'s self, step: &'s PlannedStep) -> BoxFuture<'s, Did> {
        Box::pin(async move {
            if let Err(reason) = self.fetch_tokens(step).await {
                return Did::cannot(reason);
            }
            match &step.kind {
                PlannedKind::Send(send) => self.send_step(step, send).await,
                PlannedKind::Control(control) => self.control_step(step, control).await,
                PlannedKind::Listener(name, answers) => {
                    self.mailbox.respond(&self.world, name, answers);
                    Did::default()
                }
                PlannedKind::Await(wait) => self.await_step(step, wait).await,
                PlannedKind::Set(values) => {
                    for (name, value) in values {
                        match resolve(value, &self.names()) {
                            Ok(value) => self.remember(name, value),
                            Err(reason) => return Did::cannot(reason),
                        }
                    }
                    Did::default()
                }
                PlannedKind::Assert(assert) => {
                    let names = self.names();
                    match resolve(&assert.value, &names) {
                        Ok(value) => {
                            let means = Means { scope: &names, schemas: &by_schema };
                            Did { judgement: assertion(assert, &value, step.cited.as_ref(), means), ..Did::default() }
                        }
                        Err(reason) => Did::cannot(reason),
                    }
                }
                PlannedKind::Parallel(inner) => {
                    let done =
                        join_all(inner.iter().map(|step| async move { self.step_outcome(step, self.step(step).await) })).await;
                    Did { inner: done, ..Did::default() }
                }
            }
        })
    }

    async fn fetch_tokens(&self, step: &PlannedStep) -> Result<(), String> {
        for name in &step.tokens {
            let token = tokens::token(&self.world, self.lane(), &self.ledger, &self.case.id, name).await?;
            let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(Value::Object(identities)) = names.fixed.get_mut("auth") {
                let identity = identities.entry(name.clone()).or_insert_with(|| json!({}));
                identity["token"] = Value::String(token);
            }
        }
        Ok(())
    }

    async fn send_step(&self, step: &PlannedStep, send: &PlannedSend) -> Did {
        let mut all = Vec::new();
        if let Some(poll) = &send.poll {
            let deadline = Instant::now() + poll.within.duration();
            let mut did = Did::default();
            loop {
                let (one, answered) = self.send_once(step, send, &self.names()).await;
                let clean = one.judgement.is_clean();
                did.judgement = one.judgement;
                did.exchanges.extend(one.exchanges);
                let Some(answered) = answered.filter(|_| clean) else { return did };
                let names = self.names();
                let means = Means { scope: &names, schemas: &by_schema };
                let response = answered.exchange.response();
                let body = response.map(|r| Body::read(&r.headers, &r.body));
                let value = body.as_ref().and_then(Body::json);
                if crate::check::expected::body_matches(value, &poll.until, means) {
                    self.take(&send.capture, &send.collect, &[answered], &mut did);
                    return did;
                }
                if Instant::now() >= deadline {
                    let Some(response) = response else { return did };
                    let body = body.unwrap_or(Body::Empty);
                    let subject = Subject {
                        exchange: &answered.exchange,
                        request: &answered.exchange.request,
                        response,
                        body: &body,
                        operation: answered.operation.as_deref(),
                        cited: step.cited.as_ref(),
                    };
                    crate::check::expected::body(&subject, body.json(), &poll.until, BODY_EXPECTED, means, &mut did.judgement);
                    return did;
                }
                tokio::time::sleep(poll.every.duration()).await;
            }
        }
        let mut did = Did::default();
        let Repeat { times, concurrently, .. } =
            send.repeat.unwrap_or(Repeat { times: 1, concurrently: false, span: Default::default() });
        if concurrently {
            for (one, answered) in
                join_all((0..times).map(|i| async move { self.send_once(step, send, &self.names().repeated(i)).await })).await
            {
                did.add(one);
                all.extend(answered);
            }
        } else {
            for i in 0..times {
                let (one, answered) = self.send_once(step, send, &self.names().repeated(i)).await;
                did.add(one);
                all.extend(answered);
                if !did.judgement.is_clean() {
                    break;
                }
            }
        }
        if did.judgement.is_clean() {
            self.take(&send.capture, &send.collect, &all, &mut did);
        }
        did
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
        let bound = Bound { rules: Some(&planned.rules), operation, expect: &send.expect, cited: step.cited.as_ref(), means };
        let mut judgement = answer(&answered.exchange, bound);
        let (Some(operation), Some(response)) = (operation, answered.exchange.response()) else { return judgement };
        if answered.exchange.request.method != operation.method {
            return judgement;
        }
        let body = Body::read(&response.headers, &response.body);
        self.ledger.answered(self.case.suite, planned, operation, response.status, body.json());
        let essence = response.headers.media_type().unwrap_or_default();
        let broken = judgement.findings.iter().any(|f| matches!(f.check.family(), "body" | "status" | "media_type"));
        if let (Some(value), Some(schema)) = (body.json(), planned.rules.answer_schema(operation, response.status, &essence))
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

    async fn control_step(&self, step: &PlannedStep, control: &ControlStep) -> Did {
        let Repeat { times, concurrently, .. } =
            control.repeat.unwrap_or(Repeat { times: 1, concurrently: false, span: Default::default() });
        let mut did = Did::default();
        let mut all = Vec::new();
        if concurrently {
            for (one, answered) in
                join_all((0..times).map(|i| async move { self.control_once(step, control, &self.names().repeated(i)).await }))
                    .await
            {
                did.add(one);
                all.extend(answered);
            }
        } else {
            for i in 0..times {
                let (one, answered) = self.control_once(step, control, &self.names().repeated(i)).await;
                did.add(one);
                all.extend(answered);
                if !did.judgement.is_clean() {
                    break;
                }
            }
        }
        if did.judgement.is_clean() {
            self.take(&control.capture, &control.collect, &all, &mut did);
        }
        did
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
        let mut did = Did { exchanges: vec![exchange.id], ..Did::default() };
        if control.expect.status.is_none() && !control::succeeded(&exchange) {
            did.judgement.cannot(control::refusal(&exchange));
            return (did, None);
        }
        let means = Means { scope: names, schemas: &by_schema };
        let bound = Bound { rules: None, operation: None, expect: &control.expect, cited: step.cited.as_ref(), means };
        did.judgement = answer(&exchange, bound);
        (did, Some(Answered { exchange, operation: None }))
    }

    /// Advances the clock of the target, where there is control.
    pub(super) async fn advance(&self, by: Nanos) -> Result<ExchangeId, String> {
        let by = jiff::SignedDuration::try_from(by.duration()).map_err(|e| e.to_string())?;
        let mut with = Map::new();
        with.insert("by".into(), Value::String(format!("PT{}S", by.as_secs())));
        let exchange = control::act(&self.world, self.lane(), &self.ledger, &self.case.id, ControlAction::Advance, with).await?;
        if control::succeeded(&exchange) { Ok(exchange.id) } else { Err(control::refusal(&exchange)) }
    }

    /// Captures from the last answer, collects from all of them.
    fn take(&self, capture: &[Capture], collect: &[Collect], answers: &[Answered], did: &mut Did) {
        let Some(last) = answers.last() else { return };
        for capture in capture {
            match captured(capture, &last.exchange) {
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

fn skipped(step: &PlannedStep, reason: &str) -> StepOutcome {
    StepOutcome {
        title: step.title.clone(),
        place: Some(step.place.clone()),
        verdict: Verdict::Skipped,
        reason: Some(reason.to_owned()),
        findings: Vec::new(),
        exchanges: Vec::new(),
    }
}

fn captured(capture: &Capture, exchange: &Exchange) -> Option<Value> {
    let response = exchange.response()?;
    match &capture.from {
        CaptureFrom::Status => Some(Value::from(response.status)),
        CaptureFrom::Header(name) => response.headers.get(&name.value).map(|v| Value::String(v.to_owned())),
        CaptureFrom::Body(path) => {
            let body: Value = serde_json::from_slice(&response.body).ok()?;
            path.select(&body).first().map(|(_, v)| (*v).clone())
        }
    }
}

fn source(capture: &Capture) -> String {
    match &capture.from {
        CaptureFrom::Body(path) => format!("a value at {path}"),
        CaptureFrom::Header(name) => format!("the header {}", name.value),
        CaptureFrom::Status => "a status".to_owned(),
    }
}
