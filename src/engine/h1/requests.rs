//! The sending side: which journey goes on over which connection.
//!
//! Opens connections and writes. Never reads.

use crate::base::units::Nanos;
use crate::engine::course::Stepped;
use crate::engine::flight::Flight;
use crate::engine::h1::{Loop, nanos};
use crate::engine::workload::Workload;
use crate::model::load::LoadError;
use crate::net::lean::{Link, Progress, classify};
use mio::Token;
use std::collections::VecDeque;
use std::io::ErrorKind;

/// The most connections to one endpoint that are begun before answers are read again.
const OPENED_A_ROUND: usize = 8;

impl<W: Workload> Loop<W> {
    /// Lets a journey go on, over a connection where one is free.
    pub(super) fn dispatch(&mut self, flight: Flight<W::Journey>) {
        let endpoint = self.course.workload.endpoint(&flight.journey);
        match self.pool.take_open(endpoint) {
            Some(index) => self.carry(index, flight),
            None => self.waiting[endpoint].push_back(flight),
        }
    }

    /// Opens connections for those that still wait after everything that has come was read: a start that is late by this loop's own
    /// doing must not open a connection where an unread answer is about to free one.
    pub(super) fn open_for_waiting(&mut self) {
        for endpoint in 0..self.waiting.len() {
            for _ in 0..OPENED_A_ROUND {
                if self.waiting[endpoint].is_empty() || self.gate_is_closed() {
                    break;
                }
                let Some(index) = self.pool.take_room(endpoint) else { break };
                self.disconnect(index);
                self.pool.assign(index, endpoint);
                match self.waiting[endpoint].pop_front() {
                    Some(flight) => self.carry(index, flight),
                    None => self.pool.rest(index),
                }
            }
        }
    }

    /// When the next connection may be opened for one that waits; `None` where nobody waits or there is no room.
    pub(super) fn opens_at(&self) -> Option<Nanos> {
        let waits = |(endpoint, waiting): (usize, &VecDeque<_>)| !waiting.is_empty() && self.pool.has_room(endpoint);
        self.waiting.iter().enumerate().any(waits).then_some(self.connect_gate)
    }

    /// Lets a journey go on over this connection, and after it those that wait, until a request is under way or none is left.
    pub(super) fn carry(&mut self, index: usize, flight: Flight<W::Journey>) {
        let mut next = Some(flight);
        loop {
            let Some(flight) = next.take().or_else(|| self.waiting[self.pool.conns[index].endpoint].pop_front()) else {
                self.pool.rest(index);
                return;
            };
            let conn = &mut self.pool.conns[index];
            match self.course.step(flight, &mut conn.out) {
                Stepped::Free(again) => next = again.and_then(|flight| self.here(index, flight)),
                Stepped::Send(flight) => return self.send(index, flight),
            }
        }
    }

    /// The next journey of a user, where it goes to the endpoint of this connection; one that goes elsewhere is sent there.
    fn here(&mut self, index: usize, flight: Flight<W::Journey>) -> Option<Flight<W::Journey>> {
        if self.course.workload.endpoint(&flight.journey) == self.pool.conns[index].endpoint {
            return Some(flight);
        }
        self.dispatch(flight);
        None
    }

    /// Sends the request that was written for a connection, opening that where it is not open.
    fn send(&mut self, index: usize, flight: Flight<W::Journey>) {
        let conn = &mut self.pool.conns[index];
        let ask = flight.ask;
        conn.written = 0;
        conn.first_byte = None;
        conn.reader.begin(ask.is_some_and(|a| a.head));
        conn.flight = Some(flight);
        self.in_flight += 1;
        if ask.is_some_and(|a| a.fresh) && conn.served > 0 {
            self.disconnect(index);
        }
        match self.pool.conns[index].link.as_ref().map(Link::progress) {
            Some(Progress::Ready) => self.transmit(index),
            Some(_) => {}
            None => self.connect(index),
        }
    }

    /// Writes the request of a connection that is ready.
    pub(super) fn transmit(&mut self, index: usize) {
        let now = self.course.look();
        let conn = &mut self.pool.conns[index];
        conn.sent = now;
        if let Some(flight) = &mut conn.flight {
            let phase = self.course.pace.phase(flight.due);
            self.course.recorder.sent(phase, std::mem::take(&mut flight.unbegun));
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
        let now = self.course.look();
        if let Some(rate) = self.transport.connect_rate {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a gap between two connections")]
            let gap = (self.of as f64 / rate.0 * 1e9) as u64;
            self.connect_gate = Nanos(self.connect_gate.0.max(now.0) + gap);
        }
        let conn = &mut self.pool.conns[index];
        let source =
            (!self.transport.sources.is_empty()).then(|| self.transport.sources[self.opened % self.transport.sources.len()]);
        let turn = self.opened;
        self.opened += self.of;
        let token = Token(index + Self::FIRST);
        conn.opening = now;
        (conn.connected, conn.served) = (None, 0);
        match Link::open(&self.endpoints[conn.endpoint], turn, source, self.poll.registry(), token) {
            Ok(link) => conn.link = Some(link),
            Err(error) => self.fail(index, error),
        }
    }

    /// True while no connection may be opened.
    fn gate_is_closed(&self) -> bool {
        self.transport.connect_rate.is_some() && self.connect_gate > self.course.seen
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
        self.course.look();
        let conn = &mut self.pool.conns[index];
        let Some(flight) = conn.flight.take() else { return };
        self.in_flight -= 1;
        // What was never sent took its time from when its connection was begun.
        let sent = if conn.sent >= conn.opening && conn.written > 0 { conn.sent } else { conn.opening.max(flight.due) };
        self.course.failed(flight, error, sent);
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
            if self.course.seen.0 >= since.0 + timeout.0 {
                self.fail(index, error);
            }
        }
    }

    /// At the very end: what is still under way or was never sent is counted as such.
    pub(super) fn give_up_rest(&mut self) {
        self.course.look();
        let parked: Vec<Flight<W::Journey>> = self.course.lot.drain().collect();
        for flight in self.waiting.iter_mut().flat_map(std::mem::take).chain(parked) {
            self.course.never_sent(flight);
        }
        for index in 0..self.pool.len() {
            if self.pool.conns[index].flight.is_some() {
                self.fail(index, LoadError::Unfinished);
            }
            self.disconnect(index);
        }
    }
}
