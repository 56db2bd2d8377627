//! Watches: sends each probe when it is due, for hours or months, and hands on what each says.
//!
//! Follows the clock on the wall and notices when somebody sets it. Writes nothing down itself and computes no figure.

use crate::base::clock::Clock;
use crate::base::secret::Secret;
use crate::base::seed::Seed;
use crate::base::units::Nanos;
use crate::model::availability::{Probe, later};
use crate::monitor::grid::Grid;
use crate::monitor::probe::{Prepared, before, probe};
use crate::monitor::tokens::Tokens;
use crate::net::client::Client;
use crate::net::steady::SteadyClient;
use crate::plan::monitor::{PlannedMonitor, PlannedProbe};
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
use tokio::sync::Semaphore;
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

/// The longest sleep: so often it is looked whether somebody set the clock.
const LOOK: Duration = Duration::from_secs(1);
/// So often at the most the keeper is asked to look at how things stand: that costs something for each operation.
const SHOWN: Duration = Duration::from_millis(250);
/// So often at the most probes are begun and taken in. What is due, or answered, in between waits for the others: a machine that
/// wakes up for each of a thousand probes a second does little else.
const STEP: Duration = Duration::from_millis(25);
/// Calls that come before all probes are tried again after this.
const AGAIN: Duration = Duration::from_secs(5);
/// A clock that is this far from where it should be was set; below, it was only slewed.
const SET: i128 = 1_000_000_000;

/// Permits that a semaphore can hold on every machine.
const MOST: usize = 1 << 20;
/// Fewer probes a second than this are not meant by any limit.
const SLOWEST: f64 = 0.001;

/// What is watched, and with what.
pub struct World {
    /// The environment.
    pub environment: Arc<Environment>,
    /// Where the APIs are.
    pub origins: Origins,
    /// The client of what is asked seldom, and of what must not be asked twice.
    pub client: Client,
    /// The client of probes.
    pub steady: SteadyClient,
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
    /// By probe, what it sends; none before it is known what the calls before all probes captured.
    pub(super) prepared: Vec<Option<Prepared>>,
}

/// From where a watch goes on.
#[derive(Clone, Debug)]
pub struct Resumed {
    /// When it began, long ago or now: the instant that fixes when probes are due.
    pub began: Timestamp,
    /// When this session of it began, which is when each operation is probed first.
    pub session: Timestamp,
    /// By probe, the due instant of the last one that is recorded.
    pub last_due: Vec<Option<Timestamp>>,
}

/// A probe that is done.
#[derive(Clone, Debug)]
pub struct Probed {
    /// What it came to.
    pub probe: Probe,
    /// Whether it was due while its operation was open.
    pub inside: bool,
}

/// Hears of everything in order, and writes it down before the watch goes on.
pub trait Keeper: Send {
    /// A call that comes before all probes was not answered as it should be; it is tried again. Nothing is known meanwhile.
    fn not_ready(&mut self, why: &str);

    /// A token was granted, which nobody may see from now on. Comes before the probe that was made with it.
    fn granted(&mut self, token: &Secret<String>);

    /// Probes are done, in this order; those of one operation in the order in which they were due.
    fn probed(&mut self, probes: &[Probed]);

    /// Somebody set the clock on the wall, by so many nanoseconds.
    fn clock_was_set(&mut self, at: Timestamp, by: i64);

    /// A few times a second, and at least once in two: what else there is to do.
    fn looked(&mut self, now: Timestamp);
}

/// Why a watch is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It has lasted as long as it was to, until this instant.
    InTime(Timestamp),
    /// It was stopped.
    Stopped,
}

/// Watches until its time is over or `stop` is cancelled. What is under way then is waited for.
pub async fn watch(
    planned: Arc<PlannedMonitor>,
    world: Arc<World>,
    resumed: &Resumed,
    keeper: &mut dyn Keeper,
    stop: &CancellationToken,
) -> Ended {
    let ends = planned.length.map(|length| later(resumed.began, length));
    let mut watching = Watching { planned, world, tokens: Tokens::default(), prepared: Vec::new() };
    match ready(&watching, ends, keeper, stop).await {
        Ok(remembered) => watching.prepared = Prepared::all(&watching.planned, &watching.world, &remembered),
        Err(ended) => return ended,
    }
    Watcher::new(&Arc::new(watching), resumed, ends).run(keeper, stop).await
}

/// Makes the calls that come before all probes, until each is answered as it should be; what they captured.
async fn ready(
    watching: &Watching,
    ends: Option<Timestamp>,
    keeper: &mut dyn Keeper,
    stop: &CancellationToken,
) -> Result<Map<String, Value>, Ended> {
    loop {
        let called = tokio::select! {
            biased;
            () = stop.cancelled() => return Err(Ended::Stopped),
            called = before(watching) => called,
        };
        watching.tokens.news().iter().for_each(|token| keeper.granted(token));
        match called {
            Ok(remembered) => return Ok(remembered),
            Err(why) => keeper.not_ready(&why),
        }
        let until = Instant::now() + AGAIN;
        while let Some(left) = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
            let now = watching.world.clock.now();
            if let Some(ends) = ends.filter(|ends| now >= *ends) {
                return Err(Ended::InTime(ends));
            }
            keeper.looked(now);
            tokio::select! {
                biased;
                () = stop.cancelled() => return Err(Ended::Stopped),
                () = tokio::time::sleep(left.min(LOOK)) => {}
            }
        }
    }
}

/// When a probe is due: an instant, which one, and its turn on the grid; one without a turn is made beside the grid.
type Due = Reverse<(Timestamp, usize, Option<u64>)>;

struct Watcher {
    watching: Arc<Watching>,
    names: Vec<OperationName>,
    grids: Vec<Grid>,
    due: BinaryHeap<Due>,
    /// When it is over.
    ends: Option<Timestamp>,
    permits: Arc<Semaphore>,
    /// By probe: under way.
    flying: Vec<bool>,
    under_way: JoinSet<Probe>,
    /// The clock on the wall and the monotonic one when they were looked at last.
    looked: (Timestamp, Instant),
    /// When the keeper was asked to look last.
    shown: Option<Instant>,
}

impl Watcher {
    fn new(watching: &Arc<Watching>, resumed: &Resumed, ends: Option<Timestamp>) -> Self {
        let (planned, world) = (&watching.planned, &watching.world);
        let of = planned.probes.len();
        let grid =
            |(index, probe): (usize, &PlannedProbe)| Grid::new(resumed.began, (index, of), probe.every, probe.jitter, world.seed);
        let name = |probe: &PlannedProbe| OperationName { api: probe.api.clone(), id: probe.operation.id.clone() };
        let now = world.clock.now();
        let mut watcher = Self {
            names: planned.probes.iter().map(name).collect(),
            grids: planned.probes.iter().enumerate().map(grid).collect(),
            due: BinaryHeap::new(),
            ends,
            permits: Arc::new(Semaphore::new(usize::try_from(planned.limits.concurrency).unwrap_or(usize::MAX).clamp(1, MOST))),
            flying: vec![false; of],
            under_way: JoinSet::new(),
            looked: (now, Instant::now()),
            shown: None,
            watching: Arc::clone(watching),
        };
        // Where the session could begin at once, its first probes tell of its first instant.
        let late = now.duration_since(resumed.session).unsigned_abs() >= LOOK;
        let start = if late { now } else { resumed.session };
        for (index, probe) in planned.probes.iter().enumerate() {
            let last = resumed.last_due.get(index).copied().flatten();
            if last.is_some_and(|last| start <= last) {
                watcher.schedule(index, last.unwrap_or(now).max(now));
                continue;
            }
            watcher.due.push(Reverse((start, index, None)));
            // What fell due while nobody watched is not made up for: nothing is known of that time.
            watcher.schedule(index, later(start, Nanos(probe.every.0 / 2)));
        }
        watcher
    }

    /// Puts down the next turn of a probe after an instant.
    fn schedule(&mut self, index: usize, after: Timestamp) {
        let turn = self.grids[index].next_after(after);
        self.due.push(Reverse((self.grids[index].due(turn), index, Some(turn))));
    }

    async fn run(mut self, keeper: &mut dyn Keeper, stop: &CancellationToken) -> Ended {
        let mut first = true;
        let ended = loop {
            let now = self.look(keeper);
            if let Some(ends) = self.ends.filter(|ends| now >= *ends) {
                break Ended::InTime(ends);
            }
            self.begin_due(now, first);
            first = false;
            let pass = self.looked.1 + STEP;
            let next = self.due.peek().map_or(LOOK, |Reverse((due, ..))| until(now, *due));
            let over = self.ends.map_or(LOOK, |ends| until(now, ends));
            tokio::select! {
                biased;
                () = stop.cancelled() => break Ended::Stopped,
                Some(probe) = self.under_way.join_next() => self.end(probe, keeper),
                () = tokio::time::sleep(next.min(over).min(LOOK)) => {}
            }
            tokio::select! {
                biased;
                () = stop.cancelled() => break Ended::Stopped,
                () = tokio::time::sleep_until(pass.into()) => {}
            }
        };
        while let Some(probe) = self.under_way.join_next().await {
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
            self.due.clear();
            for index in 0..self.grids.len() {
                self.schedule(index, now);
            }
        }
        self.looked = (now, at);
        if self.shown.is_none_or(|shown| at.duration_since(shown) >= SHOWN) {
            self.shown = Some(at);
            keeper.looked(now);
        }
        now
    }

    /// Begins every probe whose time has come. All of them are due at the start; those are sent no faster than is allowed.
    fn begin_due(&mut self, now: Timestamp, start: bool) {
        let mut begun = 0_u32;
        while let Some(Reverse((due, index, turn))) = self.due.peek().copied() {
            if due > now {
                return;
            }
            self.due.pop();
            let next = turn.map(|turn| (self.grids[index].due(turn.saturating_add(1)), turn.saturating_add(1)));
            if let Some((next, turn)) = next {
                if next <= now {
                    // More than a turn late: the machine slept, or was busier than a probe may be late. Nothing is known of that time.
                    self.schedule(index, now);
                    continue;
                }
                self.due.push(Reverse((next, index, Some(turn))));
            }
            if self.is_shut(index, due) || self.flying[index] {
                continue;
            }
            let wait = if start { Duration::from_secs_f64(f64::from(begun) / self.rate()) } else { Duration::ZERO };
            begun += 1;
            self.begin(index, due, wait);
        }
    }

    /// The most probes a second.
    fn rate(&self) -> f64 {
        self.watching.planned.limits.rate.0.max(SLOWEST)
    }

    fn begin(&mut self, index: usize, due: Timestamp, wait: Duration) {
        self.flying[index] = true;
        let (watching, permits) = (Arc::clone(&self.watching), Arc::clone(&self.permits));
        self.under_way.spawn(async move {
            if !wait.is_zero() {
                tokio::time::sleep(wait).await;
            }
            // The permits are never closed.
            let _permit = permits.acquire().await;
            probe(&watching, index, due).await
        });
    }

    /// Whether nothing is to be sent at an instant, since its operation is closed then. One that opens before its next turn is probed
    /// when it does.
    fn is_shut(&mut self, index: usize, due: Timestamp) -> bool {
        let hours = &self.watching.world.hours;
        if hours.outside() == Outside::Inform {
            return false;
        }
        let Some(closed) = hours.closed_at(&self.names[index], due) else { return false };
        let opens = closed.opens.map(|opens| opens.timestamp());
        let next = later(due, self.watching.planned.probes[index].every);
        let known = |at: Timestamp| self.due.iter().any(|Reverse((due, of, turn))| (*due, *of, *turn) == (at, index, None));
        if let Some(opens) = opens.filter(|opens| *opens <= next && !known(*opens)) {
            self.due.push(Reverse((opens, index, None)));
        }
        true
    }

    /// Takes in a probe that is done, and every other that is.
    fn end(&mut self, first: Result<Probe, JoinError>, keeper: &mut dyn Keeper) {
        let mut done = Vec::new();
        let mut next = Some(first);
        while let Some(ended) = next {
            match ended {
                Ok(probe) => done.push(self.ended(probe)),
                // A defect of ours must not pass for an outage: it is raised again where a person sees it.
                Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
                Err(_) => {}
            }
            next = self.under_way.try_join_next();
        }
        self.watching.tokens.news().iter().for_each(|token| keeper.granted(token));
        keeper.probed(&done);
    }

    fn ended(&mut self, probe: Probe) -> Probed {
        self.flying[probe.operation] = false;
        let inside = self.watching.world.hours.is_open(&self.names[probe.operation], probe.due);
        Probed { probe, inside }
    }
}

/// How long it is from one instant to a later one; nothing where it is not later.
fn until(now: Timestamp, at: Timestamp) -> Duration {
    Duration::try_from(now.duration_until(at)).unwrap_or_default()
}
