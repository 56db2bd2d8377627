//! Executes one case: its steps in order, until the first that is not right.
//!
//! Holds what the case remembers. Decides nothing about right and wrong: `check` does.

use crate::base::diagnostic::Severity;
use crate::base::units::Nanos;
use crate::check::expected::Means;
use crate::check::judgement::{Judgement, assertion};
use crate::check::lifecycle::Tracker;
use crate::model::exchange::ExchangeId;
use crate::model::outcome::{CaseOutcome, StepOutcome, Verdict};
use crate::plan::{Plan, PlannedCase, PlannedKind, PlannedStep, PlannedSuite};
use crate::run::control;
use crate::run::deliveries::Mailbox;
use crate::run::ledger::Ledger;
use crate::run::scope::Names;
use crate::run::send::{Sender, resolve};
use crate::run::tokens;
use crate::run::world::{Lane, World};
use crate::schema::SchemaSet;
use crate::suite::ast::case::Isolation;
use crate::suite::ast::environment::Identity;
use crate::suite::ast::step::ControlAction;
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
    pub(super) names: Mutex<Names>,
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

    pub(super) fn remember(&self, name: &str, value: Value) {
        self.names.lock().unwrap_or_else(PoisonError::into_inner).remembered.insert(name.to_owned(), value);
    }

    pub(super) fn sender(&self) -> Sender<'_> {
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
