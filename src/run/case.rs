//! Executes one case: its steps in order, until the first that is not right.
//!
//! Holds what the case remembers. Decides nothing about right and wrong: `check` does.

use crate::base::diagnostic::Severity;
use crate::base::seed::Seed;
use crate::base::units::Nanos;
use crate::check::expected::Means;
use crate::check::found::Judgement;
use crate::check::judgement::assertion;
use crate::check::lifecycle::Tracker;
use crate::model::exchange::ExchangeId;
use crate::model::outcome::{CaseOutcome, StepOutcome, Verdict};
use crate::plan::{Plan, PlannedCase, PlannedKind, PlannedStep, PlannedSuite};
use crate::request::names::{Names, resolve};
use crate::run::control;
use crate::run::ledger::Ledger;
use crate::run::mailbox::Mailbox;
use crate::run::send::{Outside, Sender};
use crate::run::tokens;
use crate::run::world::{Lane, World};
use crate::schema::SchemaSet;
use crate::suite::ast::case::Isolation;
use crate::suite::ast::step::ControlAction;
use crate::window::hours::Closed;
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

/// A case that was not begun, since the target is gone.
pub(super) fn not_answered(case: &PlannedCase, plan: &Plan, why: String) -> CaseOutcome {
    outcome(case, plan, Verdict::Error, Some(why), Vec::new(), Nanos(0))
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
    pub(super) names: Mutex<Names>,
    pub(super) tracker: Mutex<Tracker>,
    pub(super) mailbox: Mailbox,
    outside: Outside,
}

/// What a step did.
#[derive(Default)]
pub(super) struct Did {
    pub(super) judgement: Judgement,
    pub(super) exchanges: Vec<ExchangeId>,
    /// Outcomes of inner steps, for `parallel`.
    pub(super) inner: Vec<StepOutcome>,
}

/// What is left of a case of which something was sent outside its window: there an answer is information, never a failure.
fn informed(closed: &Closed, mut steps: Vec<StepOutcome>) -> (Verdict, Option<String>, Vec<StepOutcome>) {
    for step in &mut steps {
        step.findings.iter_mut().for_each(|finding| finding.severity = Severity::Warning);
        if matches!(step.verdict, Verdict::Fail | Verdict::Error) {
            step.verdict = Verdict::Skipped;
            step.reason.get_or_insert_with(|| "not judged outside the window".to_owned());
        }
    }
    (Verdict::Skipped, Some(format!("not judged: {closed}")), steps)
}

/// Why a step or a case was not carried out.
const STOPPED: &str = "the run was stopped";

/// What came of making the target ready.
enum Prepared {
    Ready,
    Stopped,
    Refused(Box<StepOutcome>),
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
        // Unique on a server that outlives the run too, so the time of the run is part of it.
        let nanos = u64::try_from(world.clock.now().as_nanosecond().rem_euclid(1 << 62)).unwrap_or_default();
        let unique = format!("u{:016x}", Seed(world.seed.0 ^ nanos).derive(&case.id).0);
        let mailbox = Mailbox::new(&case, world, &unique);
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
            outside: Outside::default(),
        };
        let fixed = run.fixed_names(unique);
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

    pub(super) fn remember(&self, name: &str, value: Value) {
        self.names.lock().unwrap_or_else(PoisonError::into_inner).remembered.insert(name.to_owned(), value);
    }

    pub(super) fn sender(&self) -> Sender<'_> {
        Sender {
            world: &self.world,
            lane: self.lane(),
            ledger: &self.ledger,
            planned: self.planned(),
            case: &self.case.id,
            outside: &self.outside,
        }
    }

    fn fixed_names(&self, unique: String) -> Map<String, Value> {
        let mut fixed = self.sender().maker().known(&self.case.row, self.mailbox.urls(&self.world));
        fixed.insert("unique".into(), Value::String(unique));
        fixed
    }

    /// Executes the case.
    pub(super) async fn execute(&mut self) -> CaseOutcome {
        let began = Instant::now();
        let (verdict, reason, steps) = match &self.case.lacking {
            Some(reason) => (Verdict::Skipped, Some(reason.clone()), Vec::new()),
            None => self.carry_out().await,
        };
        let (verdict, reason, steps) = match self.outside.first() {
            Some(closed) if verdict != Verdict::Skipped => informed(closed, steps),
            _ => (verdict, reason, steps),
        };
        self.mailbox.close(&self.world);
        let seen = std::mem::take(&mut self.tracker.get_mut().unwrap_or_else(PoisonError::into_inner).transitions);
        self.ledger.transitions(self.case.suite, seen);
        outcome(&self.case, &self.plan, verdict, reason, steps, Nanos::from_duration(began.elapsed()))
    }

    async fn carry_out(&self) -> (Verdict, Option<String>, Vec<StepOutcome>) {
        let mut steps = Vec::new();
        match self.prepare().await {
            Prepared::Ready => {}
            Prepared::Stopped => return (Verdict::Skipped, Some(STOPPED.to_owned()), steps),
            Prepared::Refused(step) => return (Verdict::Error, step.reason.clone(), vec![*step]),
        }
        let (mut ended, mut stopped) = (false, false);
        for step in &self.case.steps {
            if ended {
                steps.push(skipped(step, "an earlier step was not right"));
                continue;
            }
            stopped = stopped || self.stop.is_cancelled();
            let did = if stopped { None } else { self.unless_stopped(self.step(step)).await };
            let Some(did) = did else {
                stopped = true;
                steps.push(skipped(step, STOPPED));
                continue;
            };
            let done = self.step_outcome(step, did);
            ended = done.verdict != Verdict::Pass;
            steps.push(done);
        }
        if !stopped {
            steps.extend(self.told().await);
            steps.extend(self.swept());
        }
        let judged = steps.iter().filter(|s| s.verdict != Verdict::Skipped);
        let verdict = judged.map(|s| s.verdict).fold(Verdict::NotApplicable, Verdict::and);
        if stopped && verdict != Verdict::Fail {
            return (Verdict::Skipped, Some(STOPPED.to_owned()), steps);
        }
        let reason = steps.iter().find(|s| s.verdict == Verdict::Error).and_then(|s| s.reason.clone());
        (verdict, reason.filter(|_| verdict == Verdict::Error), steps)
    }

    async fn unless_stopped<T>(&self, doing: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            done = doing => Some(done),
            () = self.stop.cancelled() => None,
        }
    }

    /// The target as the case needs it: reset where it has the target to itself, its listeners told how to answer.
    async fn prepare(&self) -> Prepared {
        if self.case.isolation == Isolation::Exclusive && self.lane().control.is_some() {
            let acted = control::act(&self.world, self.lane(), &self.ledger, &self.case.id, ControlAction::Reset, Map::new());
            let refused = |reason: String, exchanges| {
                Prepared::Refused(Box::new(StepOutcome {
                    title: "reset of the target".to_owned(),
                    place: None,
                    verdict: Verdict::Error,
                    reason: Some(reason),
                    findings: Vec::new(),
                    exchanges,
                }))
            };
            match self.unless_stopped(acted).await {
                None => return Prepared::Stopped,
                Some(Err(reason)) => return refused(reason, Vec::new()),
                Some(Ok(exchange)) if !control::succeeded(&exchange) => {
                    return refused(control::refusal(&exchange), vec![exchange.id]);
                }
                Some(Ok(_)) => {}
            }
        }
        for (listener, answers) in &self.case.responders {
            self.mailbox.respond(&self.world, listener, answers);
        }
        Prepared::Ready
    }

    /// What the platform itself says it delivered, for the audit of the run; asked where the case has the target to itself, so that
    /// the list is of this case. Never judged: a platform without such a list is none the worse.
    async fn told(&self) -> Option<StepOutcome> {
        let own = self.case.isolation == Isolation::Exclusive && self.lane().control.is_some();
        if !own || self.mailbox.is_empty() {
            return None;
        }
        let with = Map::new();
        let asked = control::act(&self.world, self.lane(), &self.ledger, &self.case.id, ControlAction::Deliveries, with);
        let exchange = self.unless_stopped(asked).await?.ok()?;
        let listed = control::succeeded(&exchange);
        Some(StepOutcome {
            title: "what the platform says it delivered".to_owned(),
            place: None,
            verdict: if listed { Verdict::Pass } else { Verdict::NotApplicable },
            reason: None,
            findings: Vec::new(),
            exchanges: vec![exchange.id],
        })
    }

    /// What was delivered and no step waited for, judged all the same.
    fn swept(&self) -> Option<StepOutcome> {
        let rest = self.sweep();
        if rest.judgement.is_clean() && rest.exchanges.is_empty() {
            return None;
        }
        let findings = self.gated(rest.judgement.findings);
        let verdict = if findings.iter().any(|f| f.severity == Severity::Error) {
            Verdict::Fail
        } else if rest.judgement.errors.is_empty() {
            Verdict::Pass
        } else {
            Verdict::Error
        };
        Some(StepOutcome {
            title: "deliveries nobody waited for".to_owned(),
            place: None,
            verdict,
            reason: rest.judgement.errors.first().cloned(),
            findings,
            exchanges: rest.exchanges,
        })
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
