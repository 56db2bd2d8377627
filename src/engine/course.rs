//! What one event loop has to do and when: starts that are due, users that come, journeys that go on, seconds to report.
//!
//! Keeps the times and the counts. Never sends anything and knows no connection.

use crate::base::units::Nanos;
use crate::engine::arrival::Starts;
use crate::engine::clock::RunClock;
use crate::engine::crew::{Arrival, EngineOptions, Pace, Post, Report};
use crate::engine::flight::{Flight, Lot, Parked};
use crate::engine::recorder::{Recorder, Times};
use crate::engine::workload::{Ask, Judged, Next, Workload};
use crate::model::load::{Class, LoadError, Phase};
use std::sync::atomic::Ordering;

/// How long a user waits after it got no answer, so that a dead target is not called in a tight circle.
const AFTER_ERROR: Nanos = Nanos(100_000_000);

/// The course of one event loop.
pub(super) struct Course<W: Workload> {
    pub(super) workload: W,
    pub(super) pace: Pace,
    pub(super) post: Post,
    pub(super) clock: RunClock,
    pub(super) recorder: Recorder,
    pub(super) lot: Lot<W::Journey>,
    starts: Option<Starts>,
    next_start: Option<(u64, Nanos)>,
    journeys: u64,
    /// Until when journeys begin.
    ends: Nanos,
    drain: Nanos,
    pub(super) draining: bool,
    /// The time as it was last looked at.
    pub(super) seen: Nanos,
}

impl<W: Workload> Course<W> {
    pub(super) fn new(options: &EngineOptions, workload: W, post: Post) -> Self {
        let pace = options.pace.clone();
        let mut starts = pace.starts(post.worker as u64, post.of as u64);
        let mut lot = Lot::new();
        if let Arrival::Closed(users) = &pace.arrival {
            for user in (0..users.peak()).skip(post.worker).step_by(post.of) {
                if let Some(at) = pace.present(users, user, Nanos(0)) {
                    lot.park(at, Parked::User(user, 0));
                }
            }
        }
        Self {
            workload,
            clock: post.clock,
            recorder: Recorder::new(options.operations),
            lot,
            next_start: starts.as_mut().and_then(|starts| next_start(starts, &pace)),
            starts,
            journeys: 0,
            ends: pace.length(),
            drain: Nanos::from_duration(options.transport.drain),
            draining: false,
            seen: Nanos(0),
            pace,
            post,
        }
    }

    /// Looks at the clock.
    pub(super) fn look(&mut self) -> Nanos {
        self.seen = self.clock.now();
        self.seen
    }

    /// Lets journeys begin no more where the load is stopped before its time; true when that is so for the first time.
    pub(super) fn stops_early(&mut self) -> bool {
        let stops = self.seen < self.ends && self.post.stop.load(Ordering::Relaxed);
        if stops {
            self.ends = self.seen;
        }
        stops
    }

    /// Begins the drain where its time has come; true when all is over, `quiet` where nothing is under way or waits to be sent.
    pub(super) fn is_over(&mut self, quiet: bool) -> bool {
        if !self.draining && self.seen >= self.ends {
            self.draining = true;
            self.next_start = None;
        }
        self.draining && (quiet || self.seen >= self.last())
    }

    /// When what is under way is given up.
    fn last(&self) -> Nanos {
        Nanos(self.ends.0 + self.drain.0)
    }

    /// When something has to be done to the microsecond.
    pub(super) fn fine(&self) -> Option<Nanos> {
        match (self.next_start.map(|(_, due)| due), self.lot.next_at()) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    /// A start is due that was not made yet.
    pub(super) fn is_behind(&self) -> bool {
        self.next_start.is_some_and(|(_, due)| due <= self.seen)
    }

    /// When journeys begin no more, or are waited for no longer.
    pub(super) fn turn(&self) -> Nanos {
        if self.draining { self.last() } else { self.ends }
    }

    /// The next journey whose time has come; one that begins is missed where there are `full` too many that wait.
    pub(super) fn due(&mut self, full: bool) -> Option<Flight<W::Journey>> {
        while let Some((n, due)) = self.next_start.filter(|(_, due)| *due <= self.seen && !self.draining) {
            let phase = self.pace.phase(due);
            self.recorder.due(phase, Nanos(self.seen.0 - due.0));
            self.next_start = self.starts.as_mut().and_then(|starts| next_start(starts, &self.pace));
            if full {
                self.recorder.missed(phase);
                continue;
            }
            match self.begin(n, due, None) {
                // Nothing is left to be done: unique rows are used up.
                None => self.next_start = None,
                begun => return begun,
            }
        }
        while let Some((at, parked)) = self.lot.take(self.seen) {
            match parked {
                Parked::Flight(flight) => return Some(flight),
                Parked::User(user, nth) if !self.draining => {
                    if let Some(flight) = self.user_begins(user, nth, at) {
                        return Some(flight);
                    }
                }
                Parked::User(..) => {}
            }
        }
        None
    }

    fn user_begins(&mut self, user: u32, nth: u64, at: Nanos) -> Option<Flight<W::Journey>> {
        let n = self.journeys * self.post.of as u64 + self.post.worker as u64;
        self.journeys += 1;
        self.begin(n, at, Some((user, nth)))
    }

    fn begin(&mut self, n: u64, due: Nanos, user: Option<(u32, u64)>) -> Option<Flight<W::Journey>> {
        let journey = self.workload.begin(n)?;
        Some(Flight { journey, due, ask: None, user, untouched: true, unbegun: true })
    }

    /// A journey is over; that of a user may be followed by the next one at once.
    pub(super) fn over(&mut self, flight: &Flight<W::Journey>, failed: bool) -> Option<Flight<W::Journey>> {
        let ((user, nth), Arrival::Closed(users)) = (flight.user?, &self.pace.arrival) else { return None };
        if self.draining {
            return None;
        }
        let mut pause = users.pause(user, nth);
        if failed {
            pause = pause.max(AFTER_ERROR);
        }
        let at = self.pace.present(users, user, Nanos(self.seen.0 + pause.0))?;
        if at > self.seen {
            self.lot.park(at, Parked::User(user, nth + 1));
            return None;
        }
        self.user_begins(user, nth + 1, at)
    }

    /// The request of a journey gets no answer.
    pub(super) fn failed(&mut self, mut flight: Flight<W::Journey>, error: LoadError, sent: Nanos) {
        let times = Times { due: flight.due, sent, first_byte: self.seen, done: self.seen };
        let operation = flight.ask.map_or(0, |ask| ask.operation);
        let phase = self.pace.phase(flight.due);
        self.recorder.ended(phase, operation, Class::Error(error), times, Judged::Not, 0);
        self.workload.failed(&mut flight.journey, error);
        self.over(&flight, true);
    }

    /// One step of a journey: that its next request, written to `out`, is to be sent, or what there is to go on with instead.
    pub(super) fn step(&mut self, mut flight: Flight<W::Journey>, out: &mut Vec<u8>) -> Stepped<W::Journey> {
        if self.draining && !flight.untouched {
            return Stepped::Free(None);
        }
        if let Some(opens) = self.pace.pauses.closed_until(self.seen) {
            // Closed hours are no latency: what waits for them to be over is due that much later.
            flight.due = Nanos(opens.0 - self.seen.0.saturating_sub(flight.due.0));
            self.lot.park(opens, Parked::Flight(flight));
            return Stepped::Free(None);
        }
        out.clear();
        match self.workload.next(&mut flight.journey, self.seen, out) {
            Next::Send(ask) => {
                flight.ask = Some(ask);
                flight.untouched = false;
                Stepped::Send(flight)
            }
            Next::Wait(pause) => {
                // The pause is part of the journey: its next request is due at the end of it.
                flight.due = Nanos(self.seen.0 + pause.0);
                self.lot.park(flight.due, Parked::Flight(flight));
                Stepped::Free(None)
            }
            Next::Unsendable(operation) => {
                flight.ask = Some(Ask { operation, head: false, fresh: false });
                self.unsendable(flight);
                Stepped::Free(None)
            }
            Next::Done => Stepped::Free(self.over(&flight, false)),
        }
    }

    /// The request of a journey cannot be made after all.
    pub(super) fn unsendable(&mut self, flight: Flight<W::Journey>) {
        let sent = self.seen;
        self.failed(flight, LoadError::Unsendable, sent);
    }

    /// At the very end: a start whose request never was sent is counted as such.
    pub(super) fn never_sent(&mut self, mut flight: Flight<W::Journey>) {
        if !flight.untouched {
            return;
        }
        let operation = match self.workload.next(&mut flight.journey, self.seen, &mut Vec::new()) {
            Next::Send(ask) => ask.operation,
            Next::Unsendable(operation) => operation,
            Next::Wait(_) | Next::Done => return,
        };
        flight.ask = Some(Ask { operation, head: false, fresh: false });
        let sent = self.seen;
        self.failed(flight, LoadError::Unfinished, sent);
    }

    /// Reports the second that ended at `at`.
    pub(super) fn cut(&mut self, at: Nanos, in_flight: u64, open: u64, over: bool) {
        self.workload.tick();
        let phase = if at > self.ends { Phase::Drain } else { self.pace.phase_of_time(Nanos(at.0.saturating_sub(1))) };
        let intervals = self.recorder.cut(at, phase, in_flight, open);
        // Whoever no longer listens has had enough.
        let _ = self.post.reports.send(Report { worker: self.post.worker, intervals, over });
    }
}

/// The next start and when it is due in the run.
fn next_start(starts: &mut Starts, pace: &Pace) -> Option<(u64, Nanos)> {
    starts.next().map(|(n, due)| (n, pace.pauses.run_time(due)))
}

/// What a step came to.
pub(super) enum Stepped<J> {
    /// Its request is to be sent.
    Send(Flight<J>),
    /// Nothing is; a journey to go on with where there is one.
    Free(Option<Flight<J>>),
}
