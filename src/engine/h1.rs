//! The event loop that speaks HTTP/1.1: one request at a time on a connection, many connections.
//!
//! Sends what is due, reads what comes, counts both. Takes no lock and, once warm, allocates nothing for a request.

mod answers;
mod requests;

use crate::base::units::Nanos;
use crate::engine::arrival::Starts;
use crate::engine::clock::{FineTimer, RunClock};
use crate::engine::crew::{EngineOptions, Pace, Post, Report, Transport};
use crate::engine::flight::{Flight, Lot, Parked};
use crate::engine::pool::Pool;
use crate::engine::recorder::Recorder;
use crate::engine::workload::Workload;
use crate::model::load::Phase;
use crate::net::lean::{Endpoint, HeadMemo};
use mio::{Events, Poll, Token};
use std::collections::VecDeque;
use std::io;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Starts that may wait for a connection; more are missed and said.
const MOST_WAITING: usize = 1 << 20;
/// What one read takes at the most.
const SCRATCH: usize = 64 * 1024;
/// How long a user waits after it got no answer, so that a dead target is not called in a tight circle.
const AFTER_ERROR: Nanos = Nanos(100_000_000);

/// One event loop.
pub(super) struct Loop<W: Workload> {
    workload: W,
    pace: Pace,
    transport: Transport,
    endpoints: Vec<Endpoint>,
    post: Post,
    clock: RunClock,
    poll: Poll,
    timer: FineTimer,
    armed: Nanos,
    pool: Pool<W::Journey>,
    /// By endpoint, those for whom no connection is free.
    waiting: Vec<VecDeque<Flight<W::Journey>>>,
    lot: Lot<W::Journey>,
    recorder: Recorder,
    scratch: Box<[u8]>,
    memo: HeadMemo,
    starts: Option<Starts>,
    next_start: Option<(u64, Nanos)>,
    journeys: u64,
    in_flight: u64,
    /// Journeys that wait for a connection to be allowed.
    held: u64,
    /// Until when journeys begin.
    ends: Nanos,
    draining: bool,
    /// No connection is opened before.
    connect_gate: Nanos,
    opened: usize,
    /// The time as it was last looked at.
    seen: Nanos,
}

impl<W: Workload> Loop<W> {
    /// The token of what wakes the loop from outside.
    pub(super) const WAKE: Token = Token(0);
    const TIMER: Token = Token(1);
    const FIRST: usize = 2;

    pub(super) fn new(options: &EngineOptions, workload: W, post: Post, poll: Poll) -> io::Result<Self> {
        let timer = FineTimer::new(poll.registry(), Self::TIMER)?;
        let (worker, of) = (post.worker, post.of);
        let share = options.transport.connections / of + usize::from(worker < options.transport.connections % of);
        let starts = match &options.pace {
            Pace::Open(schedule) => Some(schedule.starts(worker as u64, of as u64)),
            Pace::Closed(_) => None,
        };
        Ok(Self {
            workload,
            ends: options.pace.length(),
            pace: options.pace.clone(),
            transport: options.transport.clone(),
            endpoints: options.endpoints.clone(),
            clock: post.clock,
            poll,
            timer,
            armed: Nanos(0),
            pool: Pool::new(options.endpoints.len(), share, options.transport.max_body),
            waiting: options.endpoints.iter().map(|_| VecDeque::new()).collect(),
            lot: Lot::new(),
            recorder: Recorder::new(options.operations),
            scratch: vec![0; SCRATCH].into_boxed_slice(),
            memo: HeadMemo::default(),
            starts,
            next_start: None,
            journeys: 0,
            in_flight: 0,
            held: 0,
            draining: false,
            connect_gate: Nanos(0),
            opened: worker,
            seen: Nanos(0),
            post,
        })
    }

    /// Carries the load to its end.
    pub(super) fn run(mut self) -> io::Result<W> {
        let wait = self.clock.zero().saturating_duration_since(std::time::Instant::now());
        std::thread::sleep(wait);
        self.begin();
        let mut events = Events::with_capacity(512);
        let mut next_cut = self.pace.cut_after(Nanos(0));
        let sweep = sweep_every(self.transport.timeout);
        let mut next_sweep = sweep;
        loop {
            self.seen = self.clock.now();
            // Before looking for the end: what fell due until then is made all the same.
            self.start_due();
            while self.seen >= next_cut {
                self.cut(next_cut);
                next_cut = self.pace.cut_after(next_cut);
            }
            if !self.draining && (self.seen >= self.ends || self.post.stop.load(Ordering::Relaxed)) {
                self.begin_drain();
            }
            if self.draining && (self.is_quiet() || self.seen.0 >= self.ends.0 + nanos(self.transport.drain).0) {
                break;
            }
            if self.seen >= next_sweep {
                self.sweep();
                next_sweep = Nanos(self.seen.0 + sweep.0);
            }
            self.wait(&mut events, next_cut.min(next_sweep))?;
            for event in &events {
                let token = event.token().0;
                if token < Self::FIRST {
                    continue;
                }
                self.on_event(token - Self::FIRST, event.is_writable(), event.is_read_closed() || event.is_error());
                if self.next_start.is_some_and(|(_, due)| due <= self.seen) {
                    self.start_due();
                }
            }
        }
        self.give_up_rest();
        self.seen = self.clock.now();
        self.workload.tick();
        let phase = self.phase_before(self.seen);
        let intervals = self.recorder.cut(self.seen, phase, self.in_flight, self.pool.open);
        // Whoever no longer listens has had enough.
        let _ = self.post.reports.send(Report { worker: self.post.worker, intervals, over: true });
        Ok(self.workload)
    }

    fn begin(&mut self) {
        self.next_start = self.starts.as_mut().and_then(Iterator::next);
        let Pace::Closed(users) = &self.pace else { return };
        let mine = (self.post.worker..users.peak() as usize).step_by(self.post.of);
        let coming: Vec<(u32, Nanos)> = mine
            .filter_map(|user| {
                let user = u32::try_from(user).ok()?;
                Some((user, users.present(user, Nanos(0))?))
            })
            .collect();
        for (user, at) in coming {
            self.lot.park(at, Parked::User(user, 0));
        }
    }

    /// Waits for events, or until something is due.
    fn wait(&mut self, events: &mut Events, coarse: Nanos) -> io::Result<()> {
        let fine = match (self.next_start.map(|(_, due)| due), self.lot.next_at()) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        let ends = if self.draining { Nanos(self.ends.0 + nanos(self.transport.drain).0) } else { self.ends };
        let coarse = coarse.min(ends.max(Nanos(self.seen.0 + 1_000_000)));
        let timeout = match fine {
            Some(at) if at < coarse => {
                let left = Duration::from_nanos(at.0.saturating_sub(self.clock.now().0));
                if left <= self.transport.spin {
                    Some(Duration::ZERO)
                } else {
                    // What was armed for this instant already need not be armed again.
                    let own = if self.armed == at { None } else { self.timer.arm(left - self.transport.spin)? };
                    self.armed = at;
                    Some(own.unwrap_or(Duration::from_nanos(coarse.0 - self.seen.0)))
                }
            }
            _ => Some(Duration::from_nanos(coarse.0.saturating_sub(self.seen.0))),
        };
        match self.poll.poll(events, timeout) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
            other => other,
        }
    }

    /// Begins everything whose time has come.
    fn start_due(&mut self) {
        while let Some((n, due)) = self.next_start.filter(|(_, due)| *due <= self.seen && !self.draining) {
            let phase = self.pace.phase(due);
            self.recorder.due(phase, Nanos(self.seen.0 - due.0));
            self.next_start = self.starts.as_mut().and_then(Iterator::next);
            self.begin_journey(n, due, None);
        }
        while let Some((at, parked)) = self.lot.take(self.seen) {
            match parked {
                Parked::Flight(flight) => self.dispatch(flight),
                Parked::Held(flight) => {
                    self.held -= 1;
                    self.dispatch(flight);
                }
                Parked::User(user, nth) if !self.draining => {
                    self.journeys += 1;
                    let n = (self.journeys - 1) * self.post.of as u64 + self.post.worker as u64;
                    self.begin_journey(n, at, Some((user, nth)));
                }
                Parked::User(..) => {}
            }
        }
    }

    fn begin_journey(&mut self, n: u64, due: Nanos, user: Option<(u32, u64)>) {
        let phase = self.pace.phase(due);
        if self.waiting.iter().map(VecDeque::len).sum::<usize>() >= MOST_WAITING {
            self.recorder.missed(phase);
            return;
        }
        match self.workload.begin(n) {
            Some(journey) => {
                self.dispatch(Flight { journey, due, ask: None, user, untouched: true, unbegun: true });
            }
            // Nothing is left to be done: unique rows are used up.
            None if user.is_none() => self.next_start = None,
            None => {}
        }
    }

    fn begin_drain(&mut self) {
        self.draining = true;
        self.next_start = None;
        if self.post.stop.load(Ordering::Relaxed) && self.seen < self.ends {
            self.ends = self.seen;
            self.cut(self.seen);
        }
    }

    /// True when nothing is under way and nothing that was due waits to be sent.
    fn is_quiet(&self) -> bool {
        self.in_flight == 0 && self.held == 0 && self.waiting.iter().all(VecDeque::is_empty)
    }

    /// The phase of a second that ends then.
    fn phase_before(&self, at: Nanos) -> Phase {
        if at > self.ends { Phase::Drain } else { self.pace.phase(Nanos(at.0.saturating_sub(1))) }
    }

    /// Reports the second, or the part of one, that is over.
    fn cut(&mut self, at: Nanos) {
        self.workload.tick();
        let phase = self.phase_before(at);
        let intervals = self.recorder.cut(at, phase, self.in_flight, self.pool.open);
        // Whoever no longer listens has had enough.
        let _ = self.post.reports.send(Report { worker: self.post.worker, intervals, over: false });
    }
}

/// How often connections are looked at for answers that are overdue.
fn sweep_every(timeout: Duration) -> Nanos {
    nanos((timeout / 100).clamp(Duration::from_millis(1), Duration::from_millis(100)))
}

fn nanos(duration: Duration) -> Nanos {
    Nanos::from_duration(duration)
}
