//! The event loop that speaks HTTP/1.1: one request at a time on a connection, many connections.
//!
//! Sends what is due, reads what comes, counts both. Takes no lock and, once warm, allocates nothing for a request.

mod answers;
mod requests;

use crate::base::units::Nanos;
use crate::engine::clock::FineTimer;
use crate::engine::course::Course;
use crate::engine::crew::{EngineOptions, Post, Transport};
use crate::engine::flight::Flight;
use crate::engine::pool::Pool;
use crate::engine::workload::Workload;
use crate::net::lean::{Endpoint, HeadMemo};
use mio::{Events, Poll, Token};
use std::collections::VecDeque;
use std::io;
use std::time::{Duration, Instant};

/// Starts that may wait for a connection; more are missed and said.
const MOST_WAITING: usize = 1 << 20;
/// What one read takes at the most.
const SCRATCH: usize = 64 * 1024;
/// One event loop.
pub(super) struct Loop<W: Workload> {
    course: Course<W>,
    transport: Transport,
    endpoints: Vec<Endpoint>,
    poll: Poll,
    timer: FineTimer,
    armed: Nanos,
    pool: Pool<W::Journey>,
    /// By endpoint, those for whom no connection is free.
    waiting: Vec<VecDeque<Flight<W::Journey>>>,
    scratch: Box<[u8]>,
    memo: HeadMemo,
    in_flight: u64,
    /// No connection is opened before.
    connect_gate: Nanos,
    opened: usize,
    of: usize,
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
        Ok(Self {
            course: Course::new(options, workload, post),
            transport: options.transport.clone(),
            endpoints: options.endpoints.clone(),
            poll,
            timer,
            armed: Nanos(0),
            pool: Pool::new(options.endpoints.len(), share, options.transport.max_body),
            waiting: options.endpoints.iter().map(|_| VecDeque::new()).collect(),
            scratch: vec![0; SCRATCH].into_boxed_slice(),
            memo: HeadMemo::default(),
            in_flight: 0,
            connect_gate: Nanos(0),
            opened: worker,
            of,
        })
    }

    /// Carries the load to its end.
    pub(super) fn run(mut self) -> io::Result<W> {
        std::thread::sleep(self.course.clock.zero().saturating_duration_since(Instant::now()));
        let mut events = Events::with_capacity(512);
        let mut next_cut = self.course.pace.cut_after(Nanos(0));
        let sweep = sweep_every(self.transport.timeout);
        let mut next_sweep = sweep;
        loop {
            self.course.look();
            // Before looking for the end: what fell due until then is made all the same.
            self.start_due();
            while self.course.seen >= next_cut {
                self.cut(next_cut);
                next_cut = self.course.pace.cut_after(next_cut);
            }
            if self.course.stops_early() {
                self.cut(self.course.seen);
            }
            if self.course.is_over(self.is_quiet()) {
                break;
            }
            if self.course.seen >= next_sweep {
                self.sweep();
                next_sweep = Nanos(self.course.seen.0 + sweep.0);
            }
            self.wait(&mut events, next_cut.min(next_sweep))?;
            for event in &events {
                let token = event.token().0;
                if token < Self::FIRST {
                    continue;
                }
                self.on_event(token - Self::FIRST, event.is_writable(), event.is_read_closed() || event.is_error());
                if self.course.is_behind() {
                    self.start_due();
                }
            }
            self.open_for_waiting();
        }
        self.give_up_rest();
        let now = self.course.look();
        self.course.cut(now, self.in_flight, self.pool.open, true);
        Ok(self.course.workload)
    }

    /// Waits for events, or until something is due.
    fn wait(&mut self, events: &mut Events, coarse: Nanos) -> io::Result<()> {
        let seen = self.course.seen;
        let coarse = coarse.min(self.course.turn().max(Nanos(seen.0 + 1_000_000)));
        let fine = match (self.course.fine(), self.opens_at()) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        let timeout = match fine {
            Some(at) if at < coarse => {
                let left = Duration::from_nanos(at.0.saturating_sub(self.course.clock.now().0));
                if left <= self.transport.spin {
                    Some(Duration::ZERO)
                } else {
                    // What was armed for this instant already need not be armed again.
                    let own = if self.armed == at { None } else { self.timer.arm(left - self.transport.spin)? };
                    self.armed = at;
                    Some(own.unwrap_or(Duration::from_nanos(coarse.0 - seen.0)))
                }
            }
            _ => Some(Duration::from_nanos(coarse.0.saturating_sub(seen.0))),
        };
        match self.poll.poll(events, timeout) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
            other => other,
        }
    }

    /// Begins everything whose time has come.
    fn start_due(&mut self) {
        loop {
            let full = self.waiting.iter().map(VecDeque::len).sum::<usize>() >= MOST_WAITING;
            let Some(flight) = self.course.due(full) else { return };
            self.dispatch(flight);
        }
    }

    /// True when nothing is under way and nothing that was due waits to be sent.
    fn is_quiet(&self) -> bool {
        self.in_flight == 0 && self.waiting.iter().all(VecDeque::is_empty)
    }

    /// Reports the second, or the part of one, that is over.
    fn cut(&mut self, at: Nanos) {
        self.course.cut(at, self.in_flight, self.pool.open, false);
    }
}

/// How often connections are looked at for answers that are overdue.
fn sweep_every(timeout: Duration) -> Nanos {
    nanos((timeout / 100).clamp(Duration::from_millis(1), Duration::from_millis(100)))
}

fn nanos(duration: Duration) -> Nanos {
    Nanos::from_duration(duration)
}
