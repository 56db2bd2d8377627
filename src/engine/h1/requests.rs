//! The sending side: which journey goes on over which connection.
//!
//! Opens connections and writes. Never reads.

use crate::base::units::Nanos;
use crate::engine::crew::Pace;
use crate::engine::flight::{Flight, Parked};
use crate::engine::h1::{AFTER_ERROR, Loop, nanos};
use crate::engine::recorder::Times;
use crate::engine::workload::{Judged, Next, Workload};
use crate::model::load::{Class, LoadError};
use crate::net::lean::{Link, Progress, classify};
use mio::Token;
use std::io::ErrorKind;

impl<W: Workload> Loop<W> {
    /// Lets a journey go on, over a connection where one is free.
    pub(super) fn dispatch(&mut self, flight: Flight<W::Journey>) {
        let endpoint = self.workload.endpoint(&flight.journey);
        match self.pool.take(endpoint) {
            Some(index) => self.carry(index, flight),
            None => self.waiting[endpoint].push_back(flight),
        }
    }

    /// Lets a journey go on over this connection, and after it those that wait, until a request is under way or none is left.
    pub(super) fn carry(&mut self, index: usize, flight: Flight<W::Journey>) {
        let mut next = Some(flight);
        loop {
            let Some(flight) = next.take().or_else(|| self.waiting[self.pool.conns[index].endpoint].pop_front()) else {
                self.pool.rest(index);
                return;
            };
            if self.pool.conns[index].link.is_none() && self.gate_is_closed() {
                // Asked for nothing yet, so that it is asked only once; what it was due at stays, so that waiting is lag.
                self.held += 1;
                self.lot.park(self.connect_gate, Parked::Held(flight));
                self.pool.rest(index);
                return;
            }
            match self.step(index, flight) {
                Stepped::Sent => return,
                Stepped::Free(again) => next = again,
            }
        }
    }

    /// One step of a journey.
    fn step(&mut self, index: usize, mut flight: Flight<W::Journey>) -> Stepped<W::Journey> {
        if self.draining && !flight.untouched {
            return Stepped::Free(None);
        }
        let conn = &mut self.pool.conns[index];
        conn.out.clear();
        conn.written = 0;
        match self.workload.next(&mut flight.journey, self.seen, &mut conn.out) {
            Next::Send(ask) => {
                let stale = ask.fresh && conn.served > 0;
                conn.first_byte = None;
                conn.reader.begin(ask.head);
                flight.ask = Some(ask);
                flight.untouched = false;
                conn.flight = Some(flight);
                self.in_flight += 1;
                if stale {
                    self.disconnect(index);
                }
                match self.pool.conns[index].link.as_ref().map(Link::progress) {
                    Some(Progress::Ready) => self.transmit(index),
                    Some(_) => {}
                    None => self.connect(index),
                }
                Stepped::Sent
            }
            Next::Wait(pause) => {
                // The pause is part of the journey: its next request is due at the end of it.
                let until = Nanos(self.seen.0 + pause.0);
                flight.due = until;
                self.lot.park(until, Parked::Flight(flight));
                Stepped::Free(None)
            }
            Next::Unsendable(operation) => {
                let phase = self.pace.phase(flight.due);
                let times = Times { due: flight.due, sent: self.seen, first_byte: self.seen, done: self.seen };
                self.recorder.ended(phase, operation, Class::Error(LoadError::Unsendable), times, Judged::Not, 0);
                self.workload.failed(&mut flight.journey, LoadError::Unsendable);
                self.over(&flight, true);
                Stepped::Free(None)
            }
            Next::Done => Stepped::Free(self.over(&flight, false)),
        }
    }

    /// A journey is over; that of a user may be followed by the next one at once.
    pub(super) fn over(&mut self, flight: &Flight<W::Journey>, failed: bool) -> Option<Flight<W::Journey>> {
        let ((user, nth), Pace::Closed(users)) = (flight.user?, &self.pace) else { return None };
        if self.draining {
            return None;
        }
        let mut pause = users.pause(user, nth);
        if failed {
            pause = pause.max(AFTER_ERROR);
        }
        let at = users.present(user, Nanos(self.seen.0 + pause.0))?;
        if at > self.seen {
            self.lot.park(at, Parked::User(user, nth + 1));
            return None;
        }
        self.journeys += 1;
        let n = (self.journeys - 1) * self.post.of as u64 + self.post.worker as u64;
        let journey = self.workload.begin(n)?;
        Some(Flight { journey, due: at, ask: None, user: Some((user, nth + 1)), untouched: true, unbegun: true })
    }

    /// Writes the request of a connection that is ready.
    pub(super) fn transmit(&mut self, index: usize) {
        let now = self.clock.now();
        self.seen = now;
        let conn = &mut self.pool.conns[index];
        conn.sent = now;
        if let Some(flight) = &mut conn.flight {
            self.recorder.sent(self.pace.phase(flight.due), std::mem::take(&mut flight.unbegun));
        }
        self.write(index);
    }

    /// Writes as much as the socket takes.
    pub(super) fn write(&mut self, index: usize) {
        let conn = &mut self.pool.conns[index];
        let Some(link) = conn.link.as_mut() else { return };
        while conn.written < conn.out.len() || link.owes() {
            match link.write(&conn.out[conn.written..]) {
                Ok(0) if conn.written < conn.out.len() => break,
                Ok(taken) => {
                    conn.written += taken;
                    if taken == 0 && link.owes() {
                        break;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    // The server had ended the idle connection: not a byte was taken, so the request goes over a new one.
                    if conn.written == 0 && conn.served > 0 {
                        self.disconnect(index);
                        self.connect(index);
                    } else {
                        self.fail(index, classify(&error));
                    }
                    return;
                }
            }
        }
    }

    /// Opens the connection of a request that waits for it.
    pub(super) fn connect(&mut self, index: usize) {
        self.seen = self.clock.now();
        if let Some(rate) = self.transport.connect_rate {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a gap between two connections")]
            let gap = (self.post.of as f64 / rate.0 * 1e9) as u64;
            self.connect_gate = Nanos(self.connect_gate.0.max(self.seen.0) + gap);
        }
        let conn = &mut self.pool.conns[index];
        let source =
            (!self.transport.sources.is_empty()).then(|| self.transport.sources[self.opened % self.transport.sources.len()]);
        let turn = self.opened;
        self.opened += self.post.of;
        let token = Token(index + Self::FIRST);
        conn.opening = self.seen;
        (conn.connected, conn.served) = (None, 0);
        match Link::open(&self.endpoints[conn.endpoint], turn, source, self.poll.registry(), token) {
            Ok(link) => conn.link = Some(link),
            Err(error) => self.fail(index, error),
        }
    }

    /// True while no connection may be opened.
    fn gate_is_closed(&self) -> bool {
        self.transport.connect_rate.is_some() && self.connect_gate > self.seen
    }

    /// Ends the connection, keeping its place.
    pub(super) fn disconnect(&mut self, index: usize) {
        let conn = &mut self.pool.conns[index];
        if let Some(link) = conn.link.take() {
            self.pool.open -= u64::from(link.progress() == Progress::Ready);
            link.close(self.poll.registry());
            conn.used_before = true;
        }
        conn.served = 0;
    }

    /// The request of a connection gets no answer.
    pub(super) fn fail(&mut self, index: usize, error: LoadError) {
        self.disconnect(index);
        let now = self.clock.now();
        self.seen = now;
        let conn = &mut self.pool.conns[index];
        let Some(mut flight) = conn.flight.take() else { return };
        self.in_flight -= 1;
        // What was never sent took its time from when its connection was begun.
        let sent = if conn.sent >= conn.opening && conn.written > 0 { conn.sent } else { conn.opening.max(flight.due) };
        let times = Times { due: flight.due, sent, first_byte: now, done: now };
        let operation = flight.ask.map_or(0, |ask| ask.operation);
        let phase = self.pace.phase(flight.due);
        self.recorder.ended(phase, operation, Class::Error(error), times, Judged::Not, 0);
        self.workload.failed(&mut flight.journey, error);
        self.over(&flight, true);
        // Not from within: a target that refuses at once would be called deeper and deeper.
        if let Some(next) = self.waiting[self.pool.conns[index].endpoint].pop_front() {
            self.lot.park(now, Parked::Flight(next));
        }
        self.pool.rest(index);
    }

    /// Looks for what is overdue.
    pub(super) fn sweep(&mut self) {
        let timeout = nanos(self.transport.timeout);
        for index in 0..self.pool.len() {
            let conn = &self.pool.conns[index];
            if conn.flight.is_none() {
                continue;
            }
            let ready = conn.link.as_ref().is_some_and(|l| l.progress() == Progress::Ready);
            let (since, error) =
                if ready { (conn.sent, LoadError::ReadTimeout) } else { (conn.opening, LoadError::ConnectTimeout) };
            if self.seen.0 >= since.0 + timeout.0 {
                self.fail(index, error);
            }
        }
    }

    /// At the very end: what is still under way or was never sent is counted as such.
    pub(super) fn give_up_rest(&mut self) {
        let now = self.clock.now();
        self.seen = now;
        let unsent: Vec<Flight<W::Journey>> =
            self.waiting.iter_mut().flat_map(std::mem::take).chain(self.lot.drain()).filter(|f| f.untouched).collect();
        for mut flight in unsent {
            let times = Times { due: flight.due, sent: now, first_byte: now, done: now };
            let mut bytes = Vec::new();
            let operation = match self.workload.next(&mut flight.journey, now, &mut bytes) {
                Next::Send(ask) => ask.operation,
                Next::Unsendable(operation) => operation,
                Next::Wait(_) | Next::Done => continue,
            };
            let phase = self.pace.phase(flight.due);
            self.recorder.ended(phase, operation, Class::Error(LoadError::Unfinished), times, Judged::Not, 0);
        }
        for index in 0..self.pool.len() {
            if self.pool.conns[index].flight.is_some() {
                self.fail(index, LoadError::Unfinished);
            }
            self.disconnect(index);
        }
    }
}

/// What a step came to.
enum Stepped<J> {
    /// A request is under way, or its journey waits for a connection elsewhere.
    Sent,
    /// The connection is free again; a journey to go on with where there is one.
    Free(Option<Flight<J>>),
}
