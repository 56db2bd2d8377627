//! Plays the sender of callbacks against a partner's endpoint, module by module.
//!
//! Sends deliveries as planned, waits for what comes and hands it to the checks. Never decides what a profile accepts, never
//! follows a redirect and never stores anything.

mod deliver;
mod effect;
mod follow_ups;
mod life;
mod modules;
mod paced;
mod stage;
mod tally;

pub use follow_ups::FollowUps;
pub use stage::World;

use crate::base::units::Nanos;
use crate::certify::life::look_for_life;
use crate::certify::modules::Preflight;
use crate::certify::stage::{Run, Stage};
use crate::certify::tally::Tally;
use crate::model::certification::{
    CertificationEvent, CertificationObserver, CertificationOutcome, ConditionOutcome, Expected, ModuleId, ModuleOutcome,
    ModuleResult, ModuleStatus,
};
use crate::model::exchange::{Exchange, ExchangeId};
use crate::plan::certification::CertificationPlan;
use crate::window::spec::Outside;
use std::sync::Arc;
use std::time::Instant;
use tokio_util::sync::CancellationToken;

/// What an earlier, unfinished certification of the same endpoint left behind.
#[derive(Clone, Debug, Default)]
pub struct Earlier {
    /// Its finished modules; they are not run again.
    pub modules: Vec<ModuleOutcome>,
    /// Their exchanges.
    pub exchanges: Vec<Arc<Exchange>>,
    /// The number of the next exchange; 0 to begin with the first.
    pub next: u64,
}

/// Whether a module looks back over what the others exchanged, so that it is run again when any of them is.
#[must_use]
pub fn looks_back(id: ModuleId) -> bool {
    matches!(id, ModuleId::ResponseTime | ModuleId::Redirect | ModuleId::ErrorBodies)
}

/// Runs a certification until its end or until `stop`; what was found until then is kept.
pub async fn execute(
    plan: &CertificationPlan,
    world: &World,
    earlier: Earlier,
    observer: &dyn CertificationObserver,
    stop: &CancellationToken,
) -> CertificationOutcome {
    let (began, started) = (world.clock.now(), Instant::now());
    let mut stage = Stage::new(plan, world, observer, stop.clone(), earlier.next.max(1));
    stage.keep_earlier(&earlier);
    let to_run: Vec<ModuleId> = plan.modules.iter().copied().filter(|id| !earlier.modules.iter().any(|m| m.id == *id)).collect();
    observer.observe(CertificationEvent::Started { modules: &to_run });
    if let Some(first) = to_run.first() {
        await_hours(&stage, *first).await;
    }
    let preflight = modules::preflight(&mut stage).await;
    if let Some(facts) = &stage.tls {
        observer.observe(CertificationEvent::TlsSeen { facts });
    }
    let mut modules = earlier.modules;
    let unusable = match preflight {
        Preflight::Reached => None,
        Preflight::Unreachable(why) => Some(why),
    };
    if unusable.is_none() {
        for id in &to_run {
            let waited = if modules::sends(*id) { await_hours(&stage, *id).await } else { Nanos(0) };
            if stop.is_cancelled() {
                break;
            }
            modules.push(run(&stage, *id, waited).await);
        }
    }
    modules.sort_by_key(|m| m.id);
    observer.observe(CertificationEvent::Finished);
    CertificationOutcome {
        began,
        took: Nanos::from_duration(started.elapsed()),
        registered: plan.registered.clone(),
        endpoints: plan.endpoints.iter().map(|e| (e.name.clone(), e.url.clone())).collect(),
        tls: stage.tls.clone(),
        seed: world.seed.0,
        interrupted: stop.is_cancelled(),
        unusable,
        modules,
        exchanges: stage.exchanges(),
    }
}

/// Waits until deliveries may be made, where that is wished and they ever may; gives the time that it took.
async fn await_hours(stage: &Stage<'_>, id: ModuleId) -> Nanos {
    let (hours, called, began) = (&stage.world.hours, stage.called(), Instant::now());
    if hours.outside() != Outside::Wait {
        return Nanos(0);
    }
    let mut told = None;
    while let Some(wait) = hours.wait(called) {
        if told != Some(wait.until) {
            let at_most = Nanos::from_duration(wait.left);
            stage.observer.observe(CertificationEvent::Waiting { id, what: &wait.closed.to_string(), at_most });
            told = Some(wait.until);
        }
        tokio::select! {
            () = tokio::time::sleep(wait.nap) => {}
            () = stage.stop.cancelled() => break,
        }
    }
    if told.is_some() { Nanos::from_duration(began.elapsed()) } else { Nanos(0) }
}

async fn run(stage: &Stage<'_>, id: ModuleId, until_open: Nanos) -> ModuleOutcome {
    let Some(spec) = stage.plan.profile.modules.get(&id) else { return outcome_without_spec(stage, id) };
    stage.observer.observe(CertificationEvent::ModuleStarted { id });
    let (began, started) = (stage.world.clock.now(), Instant::now());
    let run = Run::new(stage, id, spec);
    let tally = match stage.dead() {
        Some(why) if modules::sends(id) => Tally::skipped(format!("the endpoint stopped answering: {why}")),
        _ => modules::run(&run).await,
    };
    let outside = run.outside();
    let tally = match outside {
        Some(closed) => tally.informed(&closed.to_string()),
        None => tally,
    };
    // What was not judged for the hour of the day is not at its end: who goes on with the certification has it run again.
    let interrupted = (stage.stop.is_cancelled() || outside.is_some()) && tally.result == ModuleResult::Skipped;
    let mut conditions = vec![ConditionOutcome {
        requirement: spec.requirement.clone(),
        title: id.title().to_owned(),
        result: tally.result,
        reason: tally.reason,
    }];
    if let (Some(requirement), Some((result, reason))) = (&spec.effect, tally.effect) {
        conditions.push(ConditionOutcome {
            requirement: requirement.clone(),
            title: effect::title(id).to_owned(),
            result,
            reason: Some(reason),
        });
    }
    let result = conditions.iter().map(|c| c.result).reduce(ModuleResult::and).unwrap_or(ModuleResult::Skipped);
    let expected = stage.plan.expected.iter().find(|e| e.module.value == id).map(|e| {
        if result == ModuleResult::Failed {
            Expected::Failure(e.reason.clone())
        } else {
            Expected::UnexpectedPass(e.reason.clone())
        }
    });
    let outcome = ModuleOutcome {
        id,
        required: spec.required,
        status: if interrupted { ModuleStatus::Interrupted } else { ModuleStatus::Finished },
        result,
        conditions,
        findings: tally.findings,
        notes: tally.notes,
        exchanges: run.exchanges(),
        latency: tally.latency,
        // A module that was not judged neither keeps nor breaks what was announced of it.
        expected: expected.filter(|_| !matches!(result, ModuleResult::Skipped | ModuleResult::NotApplicable)),
        began,
        took: Nanos::from_duration(started.elapsed()),
        waited: Nanos(tally.waited.0 + run.put_off().0 + until_open.0),
    };
    stage.observer.observe(CertificationEvent::ModuleFinished { outcome: &outcome });
    if modules::sends(id) {
        look_for_life(stage).await;
    }
    outcome
}

/// A plan has only modules that its profile has; this says so should that ever change.
fn outcome_without_spec(stage: &Stage<'_>, id: ModuleId) -> ModuleOutcome {
    ModuleOutcome {
        id,
        required: false,
        status: ModuleStatus::Finished,
        result: ModuleResult::NotApplicable,
        conditions: Vec::new(),
        findings: Vec::new(),
        notes: vec!["the profile does not have this module".to_owned()],
        exchanges: Vec::<ExchangeId>::new(),
        latency: None,
        expected: None,
        began: stage.world.clock.now(),
        took: Nanos(0),
        waited: Nanos(0),
    }
}
