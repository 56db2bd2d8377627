//! Executes functional plans: steps, captures, polling, awaiting callbacks.
//!
//! Only executes and hands exchanges to `check`. Holds no rule of judgement and no report format.

#[cfg(test)]
mod bench;
mod case;
mod control;
mod deliveries;
mod ledger;
mod mailbox;
mod pulse;
mod redelivery;
mod requests;
mod send;
#[cfg(test)]
mod tests;
mod tokens;
pub mod world;

use crate::base::units::Nanos;
use crate::model::coverage::Coverage;
use crate::model::event::{Event, Observer};
use crate::model::outcome::{CaseOutcome, GateOutcome, RunOutcome, Verdict};
use crate::plan::uses::operations;
use crate::plan::{Plan, PlannedCase, coverage};
use crate::run::case::CaseRun;
use crate::run::ledger::Ledger;
use crate::run::world::World;
use crate::suite::ast::case::Isolation;
use crate::window::spec::Outside;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::{Mutex, Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Executes a plan. Stops early, keeping what was done, when `stop` is cancelled.
pub async fn execute(plan: Arc<Plan>, world: Arc<World>, observer: Arc<dyn Observer>, stop: CancellationToken) -> RunOutcome {
    let began = world.clock.now();
    let clock = Instant::now();
    observer.observe(Event::RunStarted { cases: plan.cases.len() });
    let ledger = Arc::new(Ledger::new(&plan, Arc::clone(&observer)));
    let mut outcomes: Vec<Option<CaseOutcome>> = vec![None; plan.cases.len()];
    let (shared, mut exclusive): (Vec<_>, Vec<_>) =
        plan.cases.iter().cloned().enumerate().partition(|(_, c)| c.isolation == Isolation::Shared);
    let runner = Runner { plan: Arc::clone(&plan), world: Arc::clone(&world), ledger: Arc::clone(&ledger), stop: stop.clone() };
    if world.lanes.len() > 1 {
        // The first lane carries what may run side by side, the others one case at a time. What waits longest begins first.
        exclusive.sort_by_key(|(_, case)| std::cmp::Reverse(case.patience()));
        let (a, b) = tokio::join!(runner.shared(shared), runner.exclusive(exclusive, 1..world.lanes.len()));
        a.into_iter().chain(b).for_each(|(i, o)| outcomes[i] = Some(o));
    } else {
        let first = runner.shared(shared).await;
        let second = runner.exclusive(exclusive, 0..1).await;
        first.into_iter().chain(second).for_each(|(i, o)| outcomes[i] = Some(o));
    }
    observer.observe(Event::RunFinished);
    let interrupted = stop.is_cancelled();
    let cases: Vec<CaseOutcome> =
        outcomes.into_iter().zip(&plan.cases).map(|(o, c)| o.unwrap_or_else(|| case::not_reached(c, &plan))).collect();
    let (exchanges, coverage) = ledger.close(&plan, &cases);
    let gates = gates(&plan, &coverage, interrupted);
    RunOutcome {
        began,
        took: Nanos::from_duration(clock.elapsed()),
        target: world.target.clone(),
        environment: world.environment.name.clone(),
        seed: world.seed.0,
        interrupted,
        unusable: None,
        cases,
        exchanges,
        coverage,
        gates,
    }
}

/// What every case is run with.
#[derive(Clone)]
struct Runner {
    plan: Arc<Plan>,
    world: Arc<World>,
    ledger: Arc<Ledger>,
    stop: CancellationToken,
}

type Done = Vec<(usize, CaseOutcome)>;

impl Runner {
    async fn shared(&self, cases: Vec<(usize, Arc<PlannedCase>)>) -> Done {
        let permits = Arc::new(Semaphore::new(self.world.jobs.max(1)));
        let mut tasks = JoinSet::new();
        for (index, case) in cases {
            let (runner, permits) = (self.clone(), Arc::clone(&permits));
            tasks.spawn(async move {
                let _permit = permits.acquire().await.ok()?;
                runner.one(index, case, 0).await
            });
        }
        collect(tasks).await
    }

    async fn exclusive(&self, cases: Vec<(usize, Arc<PlannedCase>)>, lanes: std::ops::Range<usize>) -> Done {
        let (queue, waiting) = mpsc::unbounded_channel();
        for case in cases {
            // The receiver lives until every lane has ended, so nothing is lost here.
            let _ = queue.send(case);
        }
        drop(queue);
        let waiting = Arc::new(Mutex::new(waiting));
        let mut tasks = JoinSet::new();
        for lane in lanes {
            let (runner, waiting) = (self.clone(), Arc::clone(&waiting));
            tasks.spawn(async move {
                let mut done = Vec::new();
                loop {
                    let next = waiting.lock().await.recv().await;
                    let Some((index, case)) = next else { return done };
                    done.extend(runner.one(index, case, lane).await);
                }
            });
        }
        collect(tasks).await
    }

    async fn one(&self, index: usize, case: Arc<PlannedCase>, lane: usize) -> Option<(usize, CaseOutcome)> {
        if self.stop.is_cancelled() {
            return None;
        }
        let instance = &self.world.lanes[lane];
        let origin = instance.origins.of(&self.plan.suites[case.suite].spec).to_owned();
        if self.world.hours.outside() == Outside::Wait && case.lacking.is_none() {
            self.await_hours(&case).await;
        }
        self.ledger.observer.observe(Event::CaseStarted { id: &case.id });
        let outcome = if let Some(why) = instance.pulse.gone(&origin).filter(|_| case.lacking.is_none()) {
            case::not_answered(&case, &self.plan, why)
        } else {
            let mut run = CaseRun::new(&self.plan, &self.world, &self.ledger, Arc::clone(&case), lane, self.stop.clone());
            let outcome = run.execute().await;
            pulse::note(&self.world, lane, &self.ledger, &case.id, &origin).await;
            outcome
        };
        self.ledger.observer.observe(Event::CaseFinished { outcome: &outcome });
        Some((index, outcome))
    }
}

impl Runner {
    /// Waits until everything that a case calls is available, as far as it ever will be.
    async fn await_hours(&self, case: &PlannedCase) {
        let hours = &self.world.hours;
        let called = operations(&self.plan, case);
        let mut told = None;
        while let Some(wait) = hours.wait(&called) {
            if told != Some(wait.until) {
                self.ledger.observer.observe(Event::Waiting { why: &wait.closed.to_string(), until: wait.until });
                told = Some(wait.until);
            }
            tokio::select! {
                () = tokio::time::sleep(wait.nap) => {}
                () = self.stop.cancelled() => return,
            }
        }
    }
}

async fn collect<T: IntoIterator<Item = (usize, CaseOutcome)> + 'static>(mut tasks: JoinSet<T>) -> Done {
    let mut done = Vec::new();
    while let Some(joined) = tasks.join_next().await {
        match joined {
            Ok(found) => done.extend(found),
            // A defect of ours must not pass for a verdict: it is raised again where a person sees it.
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(_) => {}
        }
    }
    done
}

fn gates(plan: &Plan, covered: &[Coverage], interrupted: bool) -> Vec<GateOutcome> {
    let mut gates = Vec::new();
    if plan.restricted || interrupted {
        return gates;
    }
    for (planned, coverage) in plan.suites.iter().zip(covered) {
        for (dimension, wanted) in &planned.suite.gate.coverage {
            let found = coverage.dimensions.iter().find(|d| d.dimension == dimension.value);
            let (verdict, actual) = match found.and_then(|d| Some((d, d.share()?))) {
                None => (Verdict::Skipped, "there is nothing to cover".to_owned()),
                Some((found, share)) => {
                    let missing: Vec<&str> = found.missing().take(5).collect();
                    let verdict = if share >= *wanted { Verdict::Pass } else { Verdict::Fail };
                    let rest = found.missing().count().saturating_sub(missing.len());
                    let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
                    let lacking =
                        if missing.is_empty() { String::new() } else { format!(", not seen: {}{more}", missing.join(", ")) };
                    (verdict, format!("{share} ({} of {}){lacking}", found.seen_count(), found.known.len()))
                }
            };
            gates.push(GateOutcome {
                title: format!("{} covered >= {wanted}", dimension.value.title()),
                suite: planned.suite.title.clone(),
                verdict,
                actual,
            });
        }
    }
    gates
}

/// Everything a plan could cover, nothing of it seen.
fn blank(plan: &Plan) -> Vec<Coverage> {
    plan.suites.iter().map(coverage::known).collect()
}
