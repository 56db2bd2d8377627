//! Watches: sends each probe when it is due, for hours or months, and hands on what each says.
//!
//! Follows the clock on the wall and notices when somebody sets it. Writes nothing down itself and computes no figure.

use crate::base::clock::Clock;
use crate::base::seed::Seed;
use crate::base::units::Nanos;
use crate::model::availability::Probe;
use crate::monitor::grid::Grid;
use crate::monitor::probe::{before, probe};
use crate::monitor::tokens::Tokens;
use crate::net::client::Client;
use crate::plan::monitor::PlannedMonitor;
use crate::request::origins::Origins;
use crate::suite::ast::environment::Environment;
use crate::window::hours::{Hours, OperationName};
use crate::window::spec::Outside;
use jiff::Timestamp;
use serde_json::{Map, Value};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

/// The longest sleep: so often it is looked whether somebody set the clock.
const LOOK: Duration = Duration::from_secs(1);
/// A clock that is this far from where it should be was set; below, it was only slewed.
const SET: i128 = 1_000_000_000;

/// What is watched, and with what.
pub struct World {
    /// The environment.
    pub environment: Arc<Environment>,
    /// Where the APIs are.
    pub origins: Origins,
    /// The target as a reader would name it.
    pub target: String,
    /// The client.
    pub client: Client,
    /// Wall time.
    pub clock: Arc<dyn Clock>,
    /// When the APIs are available.
    pub hours: Hours,
    /// The seed of the watch.
    pub seed: Seed,
    /// Tells this session from every other.
    pub salt: u64,
}

/// What all probes share.
pub(super) struct Watching {
    pub(super) planned: Arc<PlannedMonitor>,
    pub(super) world: Arc<World>,
    pub(super) tokens: Tokens,
    pub(super) remembered: Map<String, Value>,
}

/// From where a watch goes on.
#[derive(Clone, Debug)]
pub struct Resumed {
    /// When it began, long ago or now: the instant that fixes when probes are due.
    pub began: Timestamp,
    /// By probe, the due instant of the last one that is recorded.
    pub last_due: Vec<Option<Timestamp>>,
}

/// Hears of everything in order, and writes it down before the watch goes on.
pub trait Keeper {
    /// A probe is done; `inside` where it was due while its operation was open.
    fn probed(&mut self, probe: &Probe, inside: bool);

    /// Somebody set the clock on the wall, by so many nanoseconds.
    fn clock_was_set(&mut self, at: Timestamp, by: i64);

    /// About once a second: what else there is to do.
    fn looked(&mut self, now: Timestamp);
}

/// Why a watch is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It has lasted as long as it was to.
    InTime,
    /// It was stopped.
    Stopped,
}

/// Watches until its time is over or `stop` is cancelled. What is under way then is waited for.
///
/// # Errors
/// A lower-case fragment when a call that comes before all probes is not answered as it should be.
pub async fn watch(
    planned: Arc<PlannedMonitor>,
    world: Arc<World>,
    resumed: &Resumed,
    keeper: &mut dyn Keeper,
    stop: &CancellationToken,
) -> Result<Ended, String> {
    let mut watching = Watching { planned, world, tokens: Tokens::default(), remembered: Map::new() };
    watching.remembered = before(&watching).await?;
    Ok(Watcher::new(Arc::new(watching), resumed).run(keeper, stop).await)
}

/// A turn of a probe.
type Turn = Reverse<(Timestamp, usize, u64)>;

struct Watcher {
    watching: Arc<Watching>,
    names: Vec<OperationName>,
    grids: Vec<Grid>,
    turns: BinaryHeap<Turn>,
    /// When it is over.
    ends: Option<Timestamp>,
    permits: Arc<Semaphore>,
    /// By probe: under way.
    flying: Vec<bool>,
    under_way: usize,
    /// The clock on the wall and the monotonic one when they were looked at last.
    looked: (Timestamp, Instant),
}

impl Watcher {
    fn new(watching: Arc<Watching>, resumed: &Resumed) -> Self {
        let (planned, world) = (&watching.planned, &watching.world);
        let of = planned.probes.len();
        let grid = |(index, probe): (usize, &crate::plan::monitor::PlannedProbe)| {
            Grid::new(resumed.began, (index, of), probe.every, probe.jitter, world.seed)
        };
        let now = world.clock.now();
        let mut watcher = Self {
            names: planned.probes.iter().map(|p| OperationName { api: p.api.clone(), id: p.operation.id.clone() }).collect(),
            grids: planned.probes.iter().enumerate().map(grid).collect(),
            turns: BinaryHeap::new(),
            ends: planned.length.map(|length| crate::model::availability::later(resumed.began, length)),
            permits: Arc::new(Semaphore::new(planned.concurrency.max(1))),
            flying: vec![false; of],
            under_way: 0,
            looked: (now, Instant::now()),
            watching: Arc::clone(&watching),
        };
        // What fell due while nobody watched is not made up for: nothing is known of that time.
        for (index, last) in resumed.last_due.iter().enumerate() {
            watcher.schedule(index, last.map_or(now, |last| last.max(now)));
        }
        watcher
    }

    /// Puts down the next turn of a probe after an instant.
    fn schedule(&mut self, index: usize, after: Timestamp) {
        let turn = self.grids[index].next_after(after);
        self.turns.push(Reverse((self.grids[index].due(turn), index, turn)));
    }

    async fn run(mut self, keeper: &mut dyn Keeper, stop: &CancellationToken) -> Ended {
        let (done, mut came) = mpsc::unbounded_channel();
        let ended = loop {
            let now = self.look(keeper);
            if self.ends.is_some_and(|ends| now >= ends) {
                break Ended::InTime;
            }
            self.begin_due(now, &done);
            let next = self.turns.peek().map_or(LOOK, |Reverse((due, ..))| now.duration_until(*due).unsigned_abs());
            let over = self.ends.map_or(LOOK, |ends| now.duration_until(ends).unsigned_abs());
            tokio::select! {
                biased;
                () = stop.cancelled() => break Ended::Stopped,
                probe = came.recv() => self.end(probe, keeper),
                () = tokio::time::sleep(next.min(over).min(LOOK)) => {}
            }
        };
        while self.under_way > 0 {
            let probe = came.recv().await;
            self.end(probe, keeper);
        }
        ended
    }

    /// Looks at the clock, and whether somebody set it.
    fn look(&mut self, keeper: &mut dyn Keeper) -> Timestamp {
        let (now, at) = (self.watching.world.clock.now(), Instant::now());
        let (before, then) = self.looked;
        let passed = i128::try_from(at.duration_since(then).as_nanos()).unwrap_or(i128::MAX);
        let off = now.as_nanosecond() - before.as_nanosecond() - passed;
        if off.abs() >= SET {
            keeper.clock_was_set(now, i64::try_from(off).unwrap_or(if off < 0 { i64::MIN } else { i64::MAX }));
            self.turns.clear();
            for index in 0..self.grids.len() {
                self.schedule(index, now);
            }
        }
        self.looked = (now, at);
        keeper.looked(now);
        now
    }

    /// Begins every probe whose time has come.
    fn begin_due(&mut self, now: Timestamp, done: &mpsc::UnboundedSender<Probe>) {
        while let Some(Reverse((due, index, turn))) = self.turns.peek().copied() {
            if due > now {
                return;
            }
            self.turns.pop();
            let next = self.grids[index].due(turn + 1);
            if next <= now {
                // More than a turn late: the machine slept, or was busier than a probe may be late. Nothing is known of that time.
                self.schedule(index, now);
                continue;
            }
            self.turns.push(Reverse((next, index, turn + 1)));
            let hours = &self.watching.world.hours;
            let shut = hours.outside() != Outside::Inform && hours.closed_at(&self.names[index], due).is_some();
            if shut || self.flying[index] {
                continue;
            }
            self.flying[index] = true;
            self.under_way += 1;
            let (watching, permits, done) = (Arc::clone(&self.watching), Arc::clone(&self.permits), done.clone());
            tokio::spawn(async move {
                // The permits are never closed.
                let _permit = permits.acquire().await;
                // Whoever asked is gone with the watch.
                let _ = done.send(probe(&watching, index, due).await);
            });
        }
    }

    fn end(&mut self, probe: Option<Probe>, keeper: &mut dyn Keeper) {
        // The sender lives as long as this loop.
        let Some(probe) = probe else { return };
        self.flying[probe.operation] = false;
        self.under_way -= 1;
        let inside = self.watching.world.hours.closed_at(&self.names[probe.operation], probe.due).is_none();
        keeper.probed(&probe, inside);
    }
}
