//! Carries out load plans: journeys at their time, every answer judged, objectives, health, search, callbacks.
//!
//! Only executes and hands answers to `check`. Holds no rule of judgement and no report format.

mod before;
pub mod callbacks;
mod drive;
mod failures;
mod health;
mod hours;
mod journey;
pub mod judge;
mod memory;
mod script;
mod search;
mod slo;
mod tokens;
mod triggers;

use crate::base::clock::Clock;
use crate::base::seed::Seed;
use crate::base::units::{Nanos, Rate};
use crate::engine::Processor;
use crate::load::callbacks::Listening;
use crate::load::drive::Driver;
use crate::load::script::{identities, prepare};
use crate::model::load::{LoadEvent, LoadObserver, LoadOpening, LoadOutcome};
use crate::net::client::Client;
use crate::net::lean::{Endpoint, LeanTls, Unresolved};
use crate::net::probe::TlsOptions;
use crate::plan::load::PlannedLoad;
use crate::request::origins::Origins;
use crate::suite::ast::environment::Environment;
use crate::suite::ast::load::{Arrival, HttpVersion, Validate};
use crate::window::hours::{Hours, OperationName};
use crate::window::spec::Outside;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// What a load is carried out against.
pub struct World {
    /// The environment.
    pub environment: Arc<Environment>,
    /// Where the APIs are.
    pub origins: Origins,
    /// The target as a reader would name it.
    pub target: String,
    /// For tokens and what is done before.
    pub client: Client,
    /// How TLS is spoken to the target.
    pub tls: TlsOptions,
    /// The listeners by name.
    pub listeners: BTreeMap<String, Listening>,
    /// Wall time.
    pub clock: Arc<dyn Clock>,
    /// When the APIs are available.
    pub hours: Hours,
    /// The seed of the run.
    pub seed: Seed,
    /// Tells this run from every other.
    pub salt: u64,
    /// The machine.
    pub processor: Processor,
}

/// Why a load was not begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unready {
    /// An input is wrong.
    Input(String),
    /// The target gives no token, has no address, or refuses what has to be done before.
    Target(String),
}

/// Carries out a load. Ends early, keeping what was measured, when `stop` is cancelled.
///
/// # Errors
/// When it cannot be begun.
pub async fn execute(
    planned: Arc<PlannedLoad>,
    world: Arc<World>,
    observer: Arc<dyn LoadObserver>,
    stop: CancellationToken,
) -> Result<LoadOutcome, Unready> {
    let over = CancellationToken::new();
    let _ended = over.clone().drop_guard();
    let tokens = tokens::keep(&world, identities(&planned), over.clone()).await.map_err(Unready::Target)?;
    let remembered = before::call(&planned, &world, &tokens).await.map_err(Unready::Target)?;
    let scripts = Arc::new(prepare(&planned, &world, remembered).map_err(Unready::Input)?);
    let http2 = planned.load.transport.http == HttpVersion::Http2;
    let lean = LeanTls::new(&world.tls, http2).map_err(Unready::Input)?;
    let mut endpoints = Vec::new();
    for origin in &scripts.origins {
        endpoints.push(Endpoint::resolve(origin, &lean).map_err(|why| match why {
            Unresolved::Url(why) => Unready::Input(why),
            Unresolved::Name(why) => Unready::Target(why),
        })?);
    }
    let driver = Driver::new(scripts, tokens, endpoints, Arc::clone(&observer), stop);
    let joined = tokio::task::spawn_blocking(move || driver.run()).await;
    let outcome = match joined {
        Ok(outcome) => outcome.map_err(|error| Unready::Input(format!("the event loops cannot run: {error}")))?,
        // A defect of ours must not pass for a measurement: it is raised again where a person sees it.
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(_) => return Err(Unready::Target("the load was ended from outside".to_owned())),
    };
    observer.observe(LoadEvent::Finished(&outcome));
    Ok(outcome)
}

/// How many event loops a plan gets on a machine.
#[must_use]
pub fn workers(planned: &PlannedLoad, processor: Processor) -> u32 {
    let transport = &planned.load.transport;
    // One processor is left to the target or the rest of the machine, where there are several.
    let spare = u32::try_from(processor.count.saturating_sub(1)).unwrap_or(1).max(1);
    let wanted = transport.workers.as_ref().map_or(spare, |w| w.value);
    let connections = u32::try_from(connections(planned, processor)).unwrap_or(u32::MAX);
    wanted.clamp(1, connections.max(1))
}

/// How many connections a plan may have at once.
#[must_use]
pub fn connections(planned: &PlannedLoad, processor: Processor) -> usize {
    /// Where starts are due by the clock and nothing is said.
    const USUAL: usize = 1_000;
    let load = &planned.load;
    if let Some(given) = &load.transport.connections {
        return given.value as usize;
    }
    let streams = match load.transport.http {
        HttpVersion::Http1 => 1,
        HttpVersion::Http2 => load.transport.streams.max(1) as usize,
    };
    let most = processor.descriptors.map_or(USUAL, |d| usize::try_from(d / 2).unwrap_or(USUAL)).max(1);
    match &load.arrival {
        Arrival::Closed { stages, .. } => stages.iter().map(|s| s.users as usize).max().unwrap_or(1).div_ceil(streams),
        Arrival::Open { .. } | Arrival::Search(_) => USUAL.min(most).div_ceil(streams),
    }
}

/// What is known of a plan's demands before anything is sent, a lower-case fragment each.
#[must_use]
pub fn beyond_reach(planned: &PlannedLoad, processor: Processor) -> Vec<String> {
    let peak = match &planned.load.arrival {
        Arrival::Open { stages, .. } => stages.iter().map(|s| s.from.0.max(s.to.0)).fold(0.0, f64::max),
        Arrival::Closed { .. } => 0.0,
        Arrival::Search(search) => search.from.0,
    };
    health::beyond_reach(Rate(peak), processor, workers(planned, processor), connections(planned, processor))
}

/// Why a plan may not be carried out now, where the environment lets nothing be sent outside a window.
#[must_use]
pub fn refusal(planned: &PlannedLoad, hours: &Hours) -> Option<String> {
    if hours.outside() != Outside::Refuse {
        return None;
    }
    let length: u64 = match &planned.load.arrival {
        Arrival::Open { stages, .. } => stages.iter().map(|s| s.during.0).sum(),
        Arrival::Closed { stages, .. } => stages.iter().map(|s| s.during.0).sum(),
        Arrival::Search(search) => search.step.0,
    };
    let now = hours.now();
    let length = Duration::from_nanos(length.saturating_add(planned.load.transport.drain.0));
    let until = now.checked_add(length).unwrap_or(Timestamp::MAX);
    let closes = |operation: &OperationName| {
        let (window, _) = hours.windows().of(&operation.api, &operation.id);
        window.next_change(now).filter(|change| *change < until)
    };
    planned.called.iter().find_map(|operation| match (hours.closed_at(operation, now), closes(operation)) {
        (Some(closed), _) => Some(closed.to_string()),
        (None, Some(at)) => hours.closed_at(operation, at).map(|closed| format!("the plan is not over before {closed}")),
        (None, None) => None,
    })
}

/// What is known before the first request.
fn opening(
    planned: &PlannedLoad,
    world: &World,
    stages: Vec<(Nanos, Nanos, String)>,
    planned_time: Nanos,
    window: Option<String>,
) -> LoadOpening {
    let load = &planned.load;
    let (workers, connections) = (workers(planned, world.processor), connections(planned, world.processor));
    let plural = |n: usize, what: &str| if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") };
    let http = match load.transport.http {
        HttpVersion::Http1 => "HTTP/1.1",
        HttpVersion::Http2 => "HTTP/2",
    };
    LoadOpening {
        began: world.clock.now(),
        title: load.title.value.clone(),
        target: world.target.clone(),
        environment: world.environment.name.clone(),
        seed: world.seed.0,
        operations: planned.operations.clone(),
        scenarios: planned.scenarios.iter().map(|s| (s.title.clone(), s.weight)).collect(),
        stages,
        transport: format!("{http}, at most {}, {}", plural(connections, "connection"), plural(workers as usize, "event loop")),
        validate: match load.validate {
            Validate::All => "all".to_owned(),
            Validate::Sample(share) => share.to_string(),
            Validate::None => "none".to_owned(),
        },
        open: !matches!(load.arrival, Arrival::Closed { .. }),
        planned: planned_time,
        window,
    }
}
