//! Event loops that run side by side, begin together and are heard as one.
//!
//! Adds up what they count, second by second. Carries no request itself.

use crate::base::units::{Nanos, Rate};
use crate::engine::arrival::{Schedule, Starts, Users};
use crate::engine::clock::RunClock;
use crate::engine::h1::Loop;
use crate::engine::h2::Streams;
use crate::engine::pauses::Pauses;
use crate::engine::processor;
use crate::engine::workload::Workload;
use crate::model::load::{Interval, Phase};
use crate::net::lean::Endpoint;
use mio::{Token, Waker};
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Barrier};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::Notify;

const SECOND: u64 = 1_000_000_000;

/// When journeys begin: a model of arrival, and the hours in which it stands still.
#[derive(Clone, Debug)]
pub struct Pace {
    pub(super) arrival: Arrival,
    pub(super) pauses: Pauses,
}

/// A model of arrival.
#[derive(Clone, Debug)]
pub(super) enum Arrival {
    /// At instants that are due, whatever the target does.
    Open(Schedule),
    /// When a user's last journey is over.
    Closed(Users),
}

impl Pace {
    /// By the clock, whatever the target does.
    #[must_use]
    pub fn open(schedule: Schedule) -> Self {
        Self { arrival: Arrival::Open(schedule), pauses: Pauses::default() }
    }

    /// By users who wait for their answers.
    #[must_use]
    pub fn closed(users: Users) -> Self {
        Self { arrival: Arrival::Closed(users), pauses: Pauses::default() }
    }

    /// The same, standing still in these hours.
    #[must_use]
    pub fn with_pauses(self, pauses: Pauses) -> Self {
        Self { pauses, ..self }
    }

    /// True where journeys begin by the clock.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self.arrival, Arrival::Open(_))
    }

    /// How long journeys begin for, pauses left out.
    #[must_use]
    pub fn planned(&self) -> Nanos {
        match &self.arrival {
            Arrival::Open(schedule) => schedule.length(),
            Arrival::Closed(users) => users.length(),
        }
    }

    /// How long journeys begin for, pauses among it.
    #[must_use]
    pub fn length(&self) -> Nanos {
        // The last start is due before the end of the plan: a pause at the very end is not waited out.
        match self.planned() {
            Nanos(0) => Nanos(0),
            planned => Nanos(self.pauses.run_time(Nanos(planned.0 - 1)).0 + 1),
        }
    }

    /// The phase of what is due at an instant.
    pub(super) fn phase(&self, at: Nanos) -> Phase {
        let at = self.pauses.plan_time(at);
        match &self.arrival {
            Arrival::Open(schedule) => schedule.phase(at),
            Arrival::Closed(users) => users.phase(at),
        }
    }

    /// The phase that time belongs to: a pause is no part of what is measured.
    pub(super) fn phase_of_time(&self, at: Nanos) -> Phase {
        if self.pauses.during(at).is_some() { Phase::Drain } else { self.phase(at) }
    }

    /// The starts of one event loop of several; none where users make them.
    pub(super) fn starts(&self, part: u64, of: u64) -> Option<Starts> {
        match &self.arrival {
            Arrival::Open(schedule) => Some(schedule.starts(part, of)),
            Arrival::Closed(_) => None,
        }
    }

    /// When a user is there from `at` on: then, or the next instant at which it comes.
    pub(super) fn present(&self, users: &Users, user: u32, at: Nanos) -> Option<Nanos> {
        users.present(user, self.pauses.plan_time(at)).map(|at| self.pauses.run_time(at))
    }

    /// When an interval that begins at `at` is over: with the second, and with the phase, so that the time of each is its own.
    pub(super) fn cut_after(&self, at: Nanos) -> Nanos {
        // Nothing can happen in closed hours: they are one interval.
        if let Some(opens) = self.pauses.closed_until(at) {
            return opens;
        }
        let second = Nanos((at.0 / SECOND + 1) * SECOND);
        let planned = self.pauses.plan_time(at);
        let turn = match &self.arrival {
            Arrival::Open(schedule) => schedule.turn_after(planned),
            Arrival::Closed(users) => users.turn_after(planned),
        };
        let turn = turn.map(|turn| self.pauses.run_time(turn)).into_iter().chain(self.pauses.turn_after(at));
        turn.fold(second, Nanos::min)
    }
}

/// How requests are carried.
#[derive(Clone, Debug)]
pub struct Transport {
    /// HTTP/2 instead of HTTP/1.1.
    pub http2: bool,
    /// The most connections of all event loops together.
    pub connections: usize,
    /// HTTP/2: the most requests at once on one connection.
    pub streams: usize,
    /// New connections are opened no faster than this, over all event loops.
    pub connect_rate: Option<Rate>,
    /// Local addresses that connections are spread over.
    pub sources: Vec<IpAddr>,
    /// A connection is closed after so many requests.
    pub requests_per_connection: Option<u32>,
    /// An answer that takes longer is an error; so is a connection.
    pub timeout: Duration,
    /// Before a start that is due sooner than this the processor is kept busy.
    pub spin: Duration,
    /// How long what is under way at the end is waited for.
    pub drain: Duration,
    /// A larger body is not read.
    pub max_body: usize,
    /// Each event loop stays on a processor of its own.
    pub pinned: bool,
}

/// What the event loops share.
#[derive(Clone)]
pub struct EngineOptions {
    /// When journeys begin.
    pub pace: Pace,
    /// How requests are carried.
    pub transport: Transport,
    /// Where they go.
    pub endpoints: Vec<Endpoint>,
    /// How many operations are counted apart.
    pub operations: usize,
}

/// What one event loop reports: a second, or that it is over.
pub(super) struct Report {
    pub(super) worker: usize,
    pub(super) intervals: Vec<Interval>,
    pub(super) over: bool,
}

/// What every event loop is given.
pub(super) struct Post {
    pub(super) worker: usize,
    pub(super) of: usize,
    pub(super) clock: RunClock,
    pub(super) stop: Arc<AtomicBool>,
    pub(super) reports: Sender<Report>,
}

/// What wakes an event loop from outside.
#[derive(Clone)]
enum Wake {
    Poll(Arc<Waker>),
    Task(Arc<Notify>),
}

impl Wake {
    fn wake(&self) {
        match self {
            // A loop that has ended needs no waking.
            Self::Poll(waker) => drop(waker.wake()),
            Self::Task(notify) => notify.notify_one(),
        }
    }
}

/// Event loops at work.
pub struct Crew<W> {
    threads: Vec<JoinHandle<io::Result<W>>>,
    reports: Receiver<Report>,
    stop: Arc<AtomicBool>,
    wakers: Vec<Wake>,
    /// By beginning: what came of an interval so far.
    pending: BTreeMap<Nanos, Vec<Interval>>,
    /// By event loop: the beginning of the interval that it is past.
    past: Vec<Option<Nanos>>,
    ready: VecDeque<Interval>,
    /// The instant at which the run began.
    pub zero: Instant,
}

/// Starts one event loop for each workload; all begin at the same instant.
///
/// # Errors
/// When the system gives no thread or no poll.
pub fn start<W: Workload + 'static>(options: &EngineOptions, workloads: Vec<W>) -> io::Result<Crew<W>>
where
    W::Journey: Send,
{
    let of = workloads.len();
    let (reports, heard) = channel();
    let stop = Arc::new(AtomicBool::new(false));
    let gate = Arc::new(Barrier::new(of + 1));
    let (mut threads, mut wakers) = (Vec::new(), Vec::new());
    // A little ahead, so that every event loop is up when the first start is due.
    let zero = Instant::now() + Duration::from_millis(5);
    for (worker, workload) in workloads.into_iter().enumerate() {
        let post = Post { worker, of, clock: RunClock::starting_at(zero), stop: Arc::clone(&stop), reports: reports.clone() };
        let (gate, options) = (Arc::clone(&gate), options.clone());
        let (wake, means) = means(options.transport.http2, Loop::<W>::WAKE)?;
        wakers.push(wake.clone());
        let named = std::thread::Builder::new().name(format!("load-{worker}"));
        threads.push(named.spawn(move || {
            // Kept for as long as what it wakes.
            let _wake = wake;
            if options.transport.pinned {
                processor::pin(worker);
            }
            match means {
                Means::Poll(poll) => {
                    let built = Loop::new(&options, workload, post, poll);
                    gate.wait();
                    built?.run()
                }
                Means::Task(nudge) => {
                    let built = Streams::new(&options, workload, post, nudge);
                    gate.wait();
                    built.run()
                }
            }
        })?);
    }
    gate.wait();
    Ok(Crew {
        past: vec![None; of],
        threads,
        reports: heard,
        stop,
        wakers,
        pending: BTreeMap::new(),
        ready: VecDeque::new(),
        zero,
    })
}

/// What an event loop waits with.
enum Means {
    Poll(mio::Poll),
    Task(Arc<Notify>),
}

fn means(http2: bool, wake: Token) -> io::Result<(Wake, Means)> {
    if http2 {
        let nudge = Arc::new(Notify::new());
        return Ok((Wake::Task(Arc::clone(&nudge)), Means::Task(nudge)));
    }
    let poll = mio::Poll::new()?;
    Ok((Wake::Poll(Arc::new(Waker::new(poll.registry(), wake)?)), Means::Poll(poll)))
}

/// What was heard of a crew.
#[derive(Debug)]
pub enum Heard {
    /// An interval is over in every event loop.
    Interval(Box<Interval>),
    /// Nothing, for as long as was waited.
    Nothing,
    /// Everything is over.
    Over,
}

impl<W> Crew<W> {
    /// Waits for the next interval.
    pub fn hear(&mut self, at_most: Duration) -> Heard {
        let until = Instant::now() + at_most;
        loop {
            if let Some(interval) = self.ready.pop_front() {
                return Heard::Interval(Box::new(interval));
            }
            match self.reports.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(report) => self.take(report),
                Err(RecvTimeoutError::Timeout) => return Heard::Nothing,
                Err(RecvTimeoutError::Disconnected) => {
                    // An event loop that ended without a word leaves what the others said.
                    self.release(None);
                    match self.ready.pop_front() {
                        Some(interval) => return Heard::Interval(Box::new(interval)),
                        None => return Heard::Over,
                    }
                }
            }
        }
    }

    fn take(&mut self, report: Report) {
        for interval in report.intervals {
            let past = &mut self.past[report.worker];
            *past = Some((*past).map_or(interval.at, |p| p.max(interval.at)));
            let known = self.pending.entry(interval.at).or_default();
            match known.iter_mut().find(|k| k.phase == interval.phase) {
                Some(same) => {
                    same.length = Nanos(same.length.0.max(interval.length.0));
                    same.merge(interval);
                }
                None => known.push(interval),
            }
        }
        if report.over {
            self.past[report.worker] = Some(Nanos(u64::MAX));
        }
        let slowest = self.past.iter().map(|p| p.map_or(-1, |n| i128::from(n.0))).min().unwrap_or(-1);
        self.release(Some(slowest));
    }

    /// Gives out what every event loop is past.
    fn release(&mut self, slowest: Option<i128>) {
        while let Some(entry) = self.pending.first_entry() {
            if slowest.is_some_and(|slowest| i128::from(entry.key().0) > slowest) {
                break;
            }
            self.ready.extend(entry.remove());
        }
    }

    /// Lets the event loops come to their end early: nothing more begins.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::SeqCst);
        for waker in &self.wakers {
            waker.wake();
        }
    }

    /// Waits for the event loops and gives their workloads back.
    ///
    /// # Errors
    /// When an event loop could not go on.
    ///
    /// # Panics
    /// When an event loop did.
    pub fn finish(self) -> io::Result<Vec<W>> {
        let mut workloads = Vec::new();
        for thread in self.threads {
            match thread.join() {
                Ok(ended) => workloads.push(ended?),
                // A defect of ours must not pass for a measurement.
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        Ok(workloads)
    }
}
